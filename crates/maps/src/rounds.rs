//! Hashes of long inputs by AES rounds, whatever a round is on a processor (`arch`). Who chooses them, and the keys, are in
//! `hash`.

/// Number of 64-bit words of key material.
pub const KEY_WORDS: usize = 16;

/// Sixteen bytes and the AES round on them.
///
/// # Safety
/// `round` is the AES encryption round: ShiftRows, SubBytes, MixColumns, then `key` is added.
pub unsafe trait Block: Copy {
    /// # Safety
    /// Sixteen bytes at `p` are readable.
    unsafe fn load(p: *const u8) -> Self;
    /// The block made of two words.
    fn words(lo: u64, hi: u64) -> Self;
    /// Bitwise sum.
    fn xor(self, other: Self) -> Self;
    /// # Safety
    /// The processor has the instruction.
    unsafe fn round(self, key: Self) -> Self;
    /// The lower word.
    fn low(self) -> u64;
}

/// The hash of long inputs by AES rounds, for any implementation of the round.
///
/// Each sixteen bytes go through at least four rounds with secret keys; in inputs of more than 64 bytes two rounds lie
/// between a lane's successive blocks.
///
/// # Safety
/// `len` bytes at `p` are readable; `len` is above 16; the processor has what `B` needs.
#[allow(dead_code, reason = "nothing calls it on processors whose AES instructions are not known")]
#[inline(always)]
pub(crate) unsafe fn blocks<B: Block>(p: *const u8, len: usize, seed: u64, keys: &[u64; KEY_WORDS]) -> u64 {
    let k = |i: usize| B::words(keys[2 * i], keys[2 * i + 1]);
    // SAFETY: every load lies within the input: from its begin, or backwards from its end, which is at least 17, 33 and 65
    // bytes long in the three cases. The processor has AES.
    unsafe {
        let s = B::words(seed, len as u64).xor(k(0)).round(k(1));
        let end = p.add(len);
        let twice = |x: B, i: usize| x.round(k(i)).round(s);
        let z = if len <= 32 {
            let x = twice(B::load(p).xor(s), 2);
            let y = twice(B::load(end.sub(16)).xor(s), 3);
            x.xor(y)
        } else {
            let (mut a, mut b, mut c, mut d) = (s, s, s, s);
            let mut q = p;
            if len > 64 {
                // Full blocks but the last, which is taken from the end.
                let mut n = (len - 1) / 64;
                while n > 0 {
                    a = twice(a.xor(B::load(q)), 2);
                    b = twice(b.xor(B::load(q.add(16))), 3);
                    c = twice(c.xor(B::load(q.add(32))), 4);
                    d = twice(d.xor(B::load(q.add(48))), 5);
                    q = q.add(64);
                    n -= 1;
                }
                q = end.sub(64);
            }
            let last = if len > 64 { q.add(32) } else { end.sub(32) };
            a = twice(a.xor(B::load(q)), 2);
            b = twice(b.xor(B::load(q.add(16))), 3);
            c = twice(c.xor(B::load(last)), 4);
            d = twice(d.xor(B::load(last.add(16))), 5);
            a.xor(b).round(k(6)).xor(c.xor(d).round(k(7)))
        };
        z.round(k(1)).round(s).low()
    }
}

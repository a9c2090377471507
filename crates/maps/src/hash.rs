//! Seeded hashes of memory and of integers, keyed once per process. How types are hashed is the embedder's business.
//!
//! Tables take the upper half of a hash. Integers and inputs of up to sixteen bytes are mixed by folded 64x64->128 bit multiplications, whose operands are both
//! secret-dependent. Longer inputs go through AES rounds where the processor has them, else through more multiplications.
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

pub use crate::rounds::{Block, KEY_WORDS};

/// The key material. Relaxed everywhere: the keys are set before the process has a second thread.
static KEYS: [AtomicU64; KEY_WORDS] = [
    // Digits of pi, until `init_keys` replaces them.
    AtomicU64::new(0x243f_6a88_85a3_08d3),
    AtomicU64::new(0x1319_8a2e_0370_7345),
    AtomicU64::new(0xa409_3822_299f_31d1),
    AtomicU64::new(0x082e_fa98_ec4e_6c89),
    AtomicU64::new(0x4528_21e6_38d0_1377),
    AtomicU64::new(0xbe54_66cf_34e9_0c6d),
    AtomicU64::new(0xc0ac_29b7_c97c_50dd),
    AtomicU64::new(0x3f84_d5b5_b547_0917),
    AtomicU64::new(0x9216_d5d9_8979_fb1b),
    AtomicU64::new(0xd131_0ba6_98df_b5ad),
    AtomicU64::new(0x2ffd_72db_d01a_dfb7),
    AtomicU64::new(0xb8e1_afed_6a26_7e97),
    AtomicU64::new(0xba7c_9045_f12c_7f99),
    AtomicU64::new(0x24a1_9947_b391_6cf7),
    AtomicU64::new(0x0801_f2e2_858e_fc17),
    AtomicU64::new(0x6369_20d8_7157_4e69),
];
static USE_AES: AtomicBool = AtomicBool::new(false);

/// Sets the process's hash keys, before the first hash is taken.
///
/// # Safety
/// `use_aes` only if the processor has AES instructions (AES-NI; the AES extension).
pub unsafe fn init_keys(random: &[u8; KEY_WORDS * 8], use_aes: bool) {
    for (slot, bytes) in KEYS.iter().zip(random.chunks_exact(8)) {
        let mut word = [0; 8];
        word.copy_from_slice(bytes);
        // Odd, as the multiplications lose nothing then.
        slot.store(u64::from_le_bytes(word) | 1, Relaxed);
    }
    USE_AES.store(use_aes, Relaxed);
}

#[inline(always)]
fn key(i: usize) -> u64 {
    KEYS[i].load(Relaxed)
}

/// Where it is called is not the way that is worth a straight one.
#[cold]
#[inline(always)]
pub(crate) fn cold() {}

/// The 128-bit product folded onto itself.
#[inline(always)]
fn fold(a: u64, b: u64) -> u64 {
    let p = a as u128 * b as u128;
    p as u64 ^ (p >> 64) as u64
}

/// Hash of a 64-bit integer; what [`hash_memory`]'s eight-byte specialisation is.
#[inline(always)]
pub fn hash64(x: u64, seed: u64) -> u64 {
    // The folded product alone leaves regular sets of keys with regular hashes; its product with an odd number spreads
    // what there is to the upper half, which tables use.
    fold(x ^ key(0), seed ^ key(1)).wrapping_mul(key(12))
}

/// [`hash64`] that is not spread yet: for one part of several, of which `before` is what came of those before it.
#[cfg(feature = "std")]
#[inline(always)]
pub(crate) fn mix64(x: u64, before: u64) -> u64 {
    fold(x ^ key(0), before ^ key(1))
}

/// [`mix64`] for a byte, such as ends texts: a product that is not folded, of which the bits are turned for the next.
#[cfg(feature = "std")]
#[inline(always)]
pub(crate) fn mix8(x: u8, before: u64) -> u64 {
    (before ^ u64::from(x)).wrapping_mul(key(13)).rotate_left(32)
}

/// Makes of what any hash function answers, which may have all its differences in a few bits, what tables take.
#[cfg(feature = "std")]
#[inline(always)]
pub(crate) fn spread(hash: u64) -> u64 {
    fold(hash, key(12))
}

/// Hash of a 32-bit integer.
#[inline(always)]
pub fn hash32(x: u32, seed: u64) -> u64 {
    fold(x as u64 ^ key(0), seed ^ key(2)).wrapping_mul(key(12))
}

/// # Safety
/// Eight bytes at `p` are readable.
#[inline(always)]
unsafe fn read64(p: *const u8) -> u64 {
    // SAFETY: eight bytes at `p` are readable (this function's contract), aligned or not.
    u64::from_le(unsafe { p.cast::<u64>().read_unaligned() })
}

/// # Safety
/// Four bytes at `p` are readable.
#[inline(always)]
unsafe fn read32(p: *const u8) -> u64 {
    // SAFETY: four bytes at `p` are readable (this function's contract), aligned or not.
    u32::from_le(unsafe { p.cast::<u32>().read_unaligned() }) as u64
}

/// Hash of `len` bytes at `p`.
///
/// # Safety
/// `len` bytes at `p` are readable. No byte beyond is read.
#[inline(always)]
pub unsafe fn hash_memory(p: *const u8, len: usize, seed: u64) -> u64 {
    // SAFETY: `len` bytes at `p` are readable (this function's contract).
    unsafe { hash_after(p, len, seed, 0) }
}

/// The length of the longest input that is hashed without a call.
pub(crate) const SHORT: usize = 16;

/// [`hash_memory`] of no more than [`SHORT`] bytes.
///
/// # Safety
/// `len` bytes at `p` are readable, and no more than that many. No byte beyond is read.
#[inline(always)]
pub(crate) unsafe fn hash_short(p: *const u8, len: usize, seed: u64) -> u64 {
    // SAFETY: so many bytes are readable (this function's contract).
    let (a, b) = unsafe { read_short(p, len) };
    finish(a, b, len, seed, 0)
}

/// Hash of `len` bytes at `p`, the last part of a value, and of what is before them, of which `before` is a hash: [`hash_pair`]'s, or this one's. With 0, as if there were nothing, it is [`hash_memory`].
///
/// A short input's first multiplication does not wait for `before`.
///
/// # Safety
/// `len` bytes at `p` are readable. No byte beyond is read.
#[inline(always)]
pub unsafe fn hash_after(p: *const u8, len: usize, seed: u64, before: u64) -> u64 {
    if len <= SHORT {
        // SAFETY: `len` bytes are readable, sixteen at most.
        let (a, b) = unsafe { read_short(p, len) };
        return finish(a, b, len, seed, before);
    }
    // SAFETY: `len` bytes are readable; here they are more than 16.
    unsafe { hash_long(p, len, seed ^ before) }
}

/// Hash of two words that are a part of a value, to be given to [`hash_after`]: a single multiplication.
#[inline(always)]
pub fn hash_pair(a: u64, b: u64, seed: u64) -> u64 {
    fold(a ^ key(13), b ^ seed ^ key(14))
}

/// All of up to sixteen bytes, in two words.
///
/// # Safety
/// `len` bytes at `p` are readable, and no more than sixteen.
#[inline(always)]
unsafe fn read_short(p: *const u8, len: usize) -> (u64, u64) {
    // SAFETY: each read lies within the `len` bytes.
    unsafe {
        if len >= 8 {
            return (read64(p), read64(p.add(len - 8)));
        }
        // These jump here and back in any case.
        cold();
        if len >= 4 {
            (read32(p), read32(p.add(len - 4)))
        } else if len > 0 {
            ((*p as u64) << 16 | (*p.add(len >> 1) as u64) << 8 | *p.add(len - 1) as u64, 0)
        } else {
            (0, 0)
        }
    }
}

/// Mixes the last sixteen bytes, and what is before them.
#[inline(always)]
fn finish(a: u64, b: u64, len: usize, seed: u64, before: u64) -> u64 {
    let p = (a ^ key(3)) as u128 * (b ^ seed ^ key(4)) as u128;
    fold(p as u64 ^ key(5) ^ len as u64 ^ before, (p >> 64) as u64 ^ key(6) ^ seed)
}

/// # Safety
/// As `hash_memory`; `len` is above 16.
#[inline(never)]
unsafe fn hash_long(p: *const u8, len: usize, seed: u64) -> u64 {
    #[cfg(not(miri))]
    if USE_AES.load(Relaxed) {
        // SAFETY: `AtomicU64` has the layout of `u64`, and the keys do not change any more; `len` is above 16; the
        // processor has AES by the promise made to `init_keys`.
        return unsafe { crate::arch::hash_aes(p, len, seed, &*(&raw const KEYS).cast()) };
    }
    // SAFETY: `len` bytes are readable, more than 16.
    unsafe { multiplied(p, len, seed) }
}

/// The portable hash of long inputs: two chains of multiplications over 32 bytes at a time.
///
/// # Safety
/// `len` bytes at `p` are readable; `len` is above 16.
unsafe fn multiplied(mut p: *const u8, len: usize, seed: u64) -> u64 {
    let (mut s0, mut s1) = (seed ^ key(7), seed ^ key(8));
    let mut left = len;
    // SAFETY: the loop leaves 1..=32 bytes, of which the middle sixteen are read only if there are more than sixteen; the
    // last sixteen bytes may overlap what was read, but lie within the input, which is longer than sixteen.
    unsafe {
        while left > 32 {
            s0 = fold(read64(p) ^ key(9), read64(p.add(8)) ^ s0);
            s1 = fold(read64(p.add(16)) ^ key(10), read64(p.add(24)) ^ s1);
            p = p.add(32);
            left -= 32;
        }
        if left > 16 {
            s0 = fold(read64(p) ^ key(11), read64(p.add(8)) ^ s0);
        }
        let end = p.add(left);
        finish(read64(end.sub(16)), read64(end.sub(8)), len, s0 ^ s1.rotate_left(32), 0)
    }
}

#[cfg(test)]
#[path = "hash_tests.rs"]
mod tests;

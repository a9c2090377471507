//! Pointer masks of types, and the byte programs that stand for long ones.
//!
//! A mask has one bit per word, lowest bit first; 1 means that the word may be a pointer. A program is a sequence of
//!
//! | first byte | meaning |
//! |---|---|
//! | `0000_0000` | end |
//! | `0nnn_nnnn` | the next `n` bits stand in the following `ceil(n / 8)` bytes |
//! | `1000_0000 n c` | repeat the last `n` bits `c` times; both are varints |
//! | `1nnn_nnnn c` | the same with `n` in the first byte |
//!
//! A type's program is preceded by its length in four bytes, a module's (for data and bss) is not.

use super::desc::Type;

/// The mask does not fit in the buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overflow;

/// Bytes of a mask that covers `bytes` of memory.
#[inline]
pub const fn mask_size(bytes: usize) -> usize {
    (bytes / 8).div_ceil(8)
}

/// The program of a type that has one.
///
/// # Safety
/// `t` is a descriptor.
#[inline]
pub unsafe fn program(t: *const Type) -> Option<*const u8> {
    // SAFETY: a type's program follows its length.
    unsafe { (*t).has_gc_prog().then(|| (*t).gc_data.add(4)) }
}

/// Bits written so far, into bytes that were zero.
struct Bits<'a> {
    buf: &'a mut [u8],
    len: usize,
}

/// Most bits that one step moves: with an offset of up to 7 within a byte they fit in a 64-bit load.
const STEP: usize = 56;

impl Bits<'_> {
    /// The `n <= STEP` bits from bit `at` on. Bits beyond the buffer read as 0.
    #[inline]
    fn get(&self, at: usize, n: usize) -> u64 {
        let first = at / 8;
        let word = match self.buf.get(first..first + 8) {
            Some(b) => b.iter().rev().fold(0u64, |w, &x| w << 8 | u64::from(x)),
            None => {
                let tail = self.buf.get(first..).unwrap_or(&[]);
                tail.iter().rev().fold(0u64, |w, &x| w << 8 | u64::from(x))
            }
        };
        word >> (at % 8) & ((1 << n) - 1)
    }

    /// Appends the low `n <= STEP` bits of `v`; the bits above must be 0.
    #[inline]
    fn put(&mut self, v: u64, n: usize) -> Result<(), Overflow> {
        let end = self.len + n;
        if end > self.buf.len() * 8 {
            return Err(Overflow);
        }
        let mut word = v << (self.len % 8);
        let from = self.len / 8;
        let to = end.div_ceil(8).max(from);
        for b in self.buf.get_mut(from..to).unwrap_or(&mut []) {
            *b |= word as u8;
            word >>= 8;
        }
        self.len = end;
        Ok(())
    }

    /// Appends the last `n` bits, `times` times over.
    fn repeat(&mut self, n: usize, times: usize) -> Result<(), Overflow> {
        let mut left = n.checked_mul(times).ok_or(Overflow)?;
        if n == 0 || n > self.len || left > self.buf.len() * 8 - self.len {
            return if left == 0 { Ok(()) } else { Err(Overflow) };
        }
        // What stands `distance` back is what comes next. After one period has been written, twice the distance
        // serves as well, so short patterns soon move in full steps.
        let mut distance = n;
        while left > 0 {
            let k = distance.min(STEP).min(left);
            let v = self.get(self.len - distance, k);
            self.put(v, k)?;
            left -= k;
            if k == distance {
                distance *= 2;
            }
        }
        Ok(())
    }
}

/// Runs a program, writes the mask to the front of `dst`, clears the rest, and says how many bits there are.
///
/// # Safety
/// `prog` is a well-formed program.
pub unsafe fn expand(prog: *const u8, dst: &mut [u8]) -> Result<usize, Overflow> {
    dst.fill(0);
    let mut bits = Bits { buf: dst, len: 0 };
    let mut p = prog;
    // SAFETY (of the reads below): a well-formed program ends with a zero byte at an instruction's place.
    let mut byte = || {
        // SAFETY: see above.
        let b = unsafe { *p };
        // SAFETY: at most one past the end of the program.
        p = unsafe { p.add(1) };
        b
    };
    fn varint(byte: &mut impl FnMut() -> u8) -> usize {
        let (mut v, mut shift) = (0usize, 0u32);
        loop {
            let b = byte();
            v |= usize::from(b & 0x7f).wrapping_shl(shift);
            if b < 0x80 {
                return v;
            }
            shift += 7;
        }
    }
    loop {
        let op = byte();
        let n = usize::from(op & 0x7f);
        if op & 0x80 == 0 {
            if n == 0 {
                return Ok(bits.len);
            }
            let mut left = n;
            while left > 0 {
                let k = left.min(8);
                let v = u64::from(byte());
                bits.put(v & ((1 << k) - 1), k)?;
                left -= k;
            }
        } else {
            let n = if n == 0 { varint(&mut byte) } else { n };
            let times = varint(&mut byte);
            bits.repeat(n, times)?;
        }
    }
}

/// Writes the mask of a type to `dst`, whichever form it has; gives the number of bits, `ptr_bytes / 8`.
///
/// # Safety
/// `t` is a descriptor.
pub unsafe fn type_mask(t: *const Type, dst: &mut [u8]) -> Result<usize, Overflow> {
    // SAFETY: `t` is a descriptor; a mask has as many bytes as `ptr_bytes` asks for.
    unsafe {
        let bits = (*t).ptr_bytes / 8;
        if bits == 0 {
            dst.fill(0);
            return Ok(0);
        }
        if let Some(prog) = program(t) {
            expand(prog, dst)?;
        } else {
            let n = mask_size((*t).ptr_bytes);
            let head = dst.get_mut(..n).ok_or(Overflow)?;
            core::ptr::copy_nonoverlapping((*t).gc_data, head.as_mut_ptr(), n);
            if let Some(tail) = dst.get_mut(n..) {
                tail.fill(0);
            }
        }
        Ok(bits)
    }
}

/// Writes one byte (0 or 1) per word of the type, up to its last pointer; gives their number. `dst` needs `ptr_bytes / 8` bytes.
///
/// # Safety
/// `t` is a descriptor.
pub unsafe fn type_mask_bytes(t: *const Type, dst: &mut [u8]) -> Result<usize, Overflow> {
    // SAFETY: passed on.
    let n = unsafe { type_mask(t, dst)? };
    if n > dst.len() {
        return Err(Overflow);
    }
    // Spread from the end: the bits that are still to be read lie in front of the byte that is written.
    for i in (0..n).rev() {
        let bit = dst[i / 8] >> (i % 8) & 1;
        dst[i] = bit;
    }
    Ok(n)
}

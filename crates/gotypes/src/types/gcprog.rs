//! Pointer masks of types, from whichever form a type has: a mask, or a program if it is long.
//!
//! A mask has one bit per word, lowest bit first; 1 means that the word may be a pointer. What a program is, and what runs
//! parts of it, is in [`goxide_symtab::gcprog`]. A type's program is preceded by its length in four bytes, a module's (for data and
//! bss) is not.

use super::desc::Type;
use goxide_symtab::gcprog::{Cursor, Run};

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

/// Runs a program, writes the mask to the front of `dst`, clears the rest, and says how many bits there are.
///
/// # Errors
/// [`Overflow`] if `dst` is too short.
///
/// # Safety
/// `prog` is a well-formed program.
pub unsafe fn expand(prog: *const u8, dst: &mut [u8]) -> Result<usize, Overflow> {
    dst.fill(0);
    let room = dst.len() * 8;
    // SAFETY: a whole program is at `prog` (this function's contract), and stays until the cursor is gone. One bit more
    // than there is room for shows that it is too long.
    let mut cursor = unsafe { Cursor::new(prog, 0..room + 1) };
    let mut at = 0;
    while let Some(Run { bits, len }) = cursor.next() {
        if len > room - at {
            return Err(Overflow);
        }
        // 64 bits at an offset of up to 7 are in nine bytes.
        let word = (u128::from(bits) << (at % 8)).to_le_bytes();
        for (d, w) in dst[at / 8..].iter_mut().zip(&word[..9]) {
            *d |= w;
        }
        at += len;
    }
    Ok(at)
}

/// Writes the mask of a type to `dst`, whichever form it has; gives the number of bits, `ptr_bytes / 8`.
///
/// # Errors
/// [`Overflow`] if `dst` is too short.
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
/// # Errors
/// [`Overflow`] if `dst` is too short.
///
/// # Safety
/// `t` is a descriptor.
pub unsafe fn type_mask_bytes(t: *const Type, dst: &mut [u8]) -> Result<usize, Overflow> {
    // SAFETY: `t` is a descriptor (this function's contract).
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

//! The portable twin of the vector search: eight bytes in one integer.

use crate::control;

/// log2 of the mask bits per slot.
pub const SHIFT: u32 = 3;
/// The bits of a mask.
pub const MASK: u64 = control::FULL;

/// The high bit of each control byte that equals the lowest byte of `byte`; rarely also of a byte above such a one.
///
/// # Safety
/// `ctrl` points to a control word.
#[inline(always)]
pub unsafe fn match_byte(ctrl: *const u64, byte: u32) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    // SAFETY: `ctrl` points to a control word (this function's contract).
    let x = unsafe { control::word(ctrl) } ^ ONES.wrapping_mul(byte as u8 as u64);
    // A byte of x is zero where the control byte matches.
    x.wrapping_sub(ONES) & !x & MASK
}

/// Whether one of the control bytes is zero.
///
/// # Safety
/// `ctrl` points to a control word.
#[inline(always)]
pub unsafe fn has_zero(ctrl: *const u64) -> bool {
    // SAFETY: `ctrl` points to a control word (this function's contract).
    control::empties(unsafe { control::word(ctrl) }) != 0
}

/// A hint that is not given.
#[cfg(miri)]
#[inline(always)]
pub fn prefetch(_p: *const u8) {}

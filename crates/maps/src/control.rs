//! The control word of a group: its bytes, and what they say of the slots all at once. What the bytes mean is told in `group`, which
//! searches them.

/// A slot that never held an entry since its table was made, or whose emptiness ends probes.
pub const EMPTY: u8 = 0;
/// A slot whose entry was deleted and which probes must pass.
pub const DELETED: u8 = 1;
/// The bit that marks full slots.
pub const FULL: u64 = 0x8080_8080_8080_8080;

/// The control word at `ctrl`.
///
/// # Safety
/// `ctrl` points to a control word.
#[inline(always)]
pub unsafe fn word(ctrl: *const u64) -> u64 {
    // SAFETY: a control word can be read.
    u64::from_le(unsafe { ctrl.read() })
}

/// The high bit of each byte that is `EMPTY`.
#[inline(always)]
pub const fn empties(word: u64) -> u64 {
    // Of the three kinds of byte only EMPTY has neither bit 7 nor bit 0.
    !(word | word << 7) & FULL
}

/// The high bit of each byte that is `EMPTY` or `DELETED`.
#[inline(always)]
pub const fn frees(word: u64) -> u64 {
    !word & FULL
}

/// The high bit of each byte that is full.
#[inline(always)]
pub const fn fulls(word: u64) -> u64 {
    word & FULL
}

/// The slot of the lowest bit of a mask made by [`empties`], [`frees`] or [`fulls`].
#[inline(always)]
pub const fn first(mask: u64) -> usize {
    (mask.trailing_zeros() >> 3) as usize
}

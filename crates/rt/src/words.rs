//! Words as compiled code passes them to entries and takes them back.

/// The low byte of a register as a Go `bool`.
#[inline(always)]
pub const fn truth(word: usize) -> bool {
    word as u8 != 0
}

/// Two result words.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Two(pub usize, pub usize);

/// What the leaf of a fast entry answers that has decided, where the result is Go's `false`: a register whose low byte is 0 and that is
/// not 0.
pub const DECIDED_FALSE: usize = 0x100;

/// What the leaf of a fast entry answers that has decided.
#[inline(always)]
pub const fn decided(answer: bool) -> usize {
    DECIDED_FALSE | answer as usize
}

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

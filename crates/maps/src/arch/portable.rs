//! Processors without a search of their own (WebAssembly, say): the control word as an integer, and no AES.

pub use crate::group::generic::{MASK, SHIFT, has_zero, match_byte};

/// A hint that is not given.
#[inline(always)]
pub fn prefetch(_p: *const u8) {}

/// The long-input hash with AES instructions: there are none that this crate knows here.
///
/// # Safety
/// Never to be called.
pub unsafe fn hash_aes(_p: *const u8, _len: usize, _seed: u64, _keys: &[u64; crate::rounds::KEY_WORDS]) -> u64 {
    unreachable!("`init_keys` was told of AES instructions on a processor for which none are known")
}

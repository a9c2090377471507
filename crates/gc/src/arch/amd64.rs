//! amd64: see `mod.rs` for the list of names.

use core::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};

/// A hint: the line of `p` will be used soon. Any address does.
#[inline(always)]
pub fn prefetch(p: *const u8) {
    // SAFETY: a prefetch never faults.
    unsafe { _mm_prefetch::<_MM_HINT_T0>(p.cast()) }
}

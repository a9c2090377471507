//! arm64: see `mod.rs` for the list of names.

use core::arch::asm;

/// A hint: the line of `p` will be used soon. Any address does.
#[inline(always)]
pub fn prefetch(p: *const u8) {
    // SAFETY: a prefetch never faults.
    unsafe { asm!("prfm pldl1keep, [{}]", in(reg) p, options(nostack, preserves_flags, readonly)) }
}

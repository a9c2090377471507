//! Machines without a hint of this kind (WebAssembly, say).

/// A hint that is not given.
#[inline(always)]
pub fn prefetch(_p: *const u8) {}

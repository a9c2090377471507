//! The host's memory, for tests.

use std::alloc::{Layout, alloc_zeroed};

/// `size` zero bytes that nothing else uses, at a multiple of `align`, a power of two; null if there are none. They are never freed.
pub fn fresh(size: usize, align: usize) -> *mut u8 {
    let Ok(layout) = Layout::from_size_align(size.max(1), align.max(4096)) else { return std::ptr::null_mut() };
    // SAFETY: the size is not 0.
    unsafe { alloc_zeroed(layout) }
}

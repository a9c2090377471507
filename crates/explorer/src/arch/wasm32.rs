//! Linear memory, which grows at its end.

use std::arch::wasm32::{memory_grow, memory_size};

/// Bytes by which linear memory grows.
const PAGE: usize = 64 << 10;

/// `size` zero bytes that nothing used before, at a multiple of `align`, a power of two; null if there are none.
pub fn fresh(size: usize, align: usize) -> *mut u8 {
    let end = memory_size(0) * PAGE;
    let Some(at) = end.checked_next_multiple_of(align.max(PAGE)) else { return std::ptr::null_mut() };
    let Some(to) = at.checked_add(size.next_multiple_of(PAGE)) else { return std::ptr::null_mut() };
    // There is one thread, so nothing grows it in between.
    if memory_grow(0, (to - end) / PAGE) != end / PAGE {
        return std::ptr::null_mut();
    }
    at as *mut u8
}

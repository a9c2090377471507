//! Plain copies, clears and comparisons of memory.
//!
//! All go to the routines of `goxide-sys` and not through the compiler's memory functions: a copy may overlap, and it
//! moves aligned words whole, which a collector that runs beside it relies on.

use goxide_sys::mem;

/// Copies `n` bytes; the ranges may overlap.
///
/// # Safety
/// `src` is readable and `dst` writable for `n` bytes.
#[inline(always)]
pub unsafe fn copy(dst: *mut u8, src: *const u8, n: usize) {
    // SAFETY: the caller's promise.
    unsafe { mem::copy(dst, src, n) }
}

/// Clears `n` bytes.
///
/// # Safety
/// `p` is writable for `n` bytes.
#[inline(always)]
pub unsafe fn clear(p: *mut u8, n: usize) {
    // SAFETY: the caller's promise.
    unsafe { mem::clear(p, n) }
}

/// Whether `n` bytes are the same.
///
/// # Safety
/// Both are readable for `n` bytes.
#[inline(always)]
pub unsafe fn equal(a: *const u8, b: *const u8, n: usize) -> bool {
    // SAFETY: the caller's promise.
    unsafe { a == b || mem::equal(a, b, n) }
}

/// Whether two values of `T`'s size are the same bytes; they need not be aligned.
///
/// # Safety
/// Both are readable for `size_of::<T>()` bytes.
#[inline(always)]
pub unsafe fn equal_as<T: Copy + PartialEq>(a: *const u8, b: *const u8) -> bool {
    // SAFETY: the caller's promise.
    unsafe { a.cast::<T>().read_unaligned() == b.cast::<T>().read_unaligned() }
}

//! Plain copies, clears and comparisons of memory.
//!
//! All go through the compiler's memory functions, so that a freestanding build has one definition of them. A copy is
//! overlap-safe and moves aligned words whole, which a collector that runs beside it relies on.

/// Copies `n` bytes; the ranges may overlap.
///
/// # Safety
/// `src` is readable and `dst` writable for `n` bytes.
#[inline(always)]
pub unsafe fn copy(dst: *mut u8, src: *const u8, n: usize) {
    // SAFETY: the caller's promise; with no bytes to move, the pointers may be null.
    unsafe {
        if n != 0 {
            core::ptr::copy(src, dst, n);
        }
    }
}

/// Clears `n` bytes.
///
/// # Safety
/// `p` is writable for `n` bytes.
#[inline(always)]
pub unsafe fn clear(p: *mut u8, n: usize) {
    // SAFETY: the caller's promise; with no bytes to clear, the pointer may be null.
    unsafe {
        if n != 0 {
            core::ptr::write_bytes(p, 0, n);
        }
    }
}

/// Whether `n` bytes are the same.
///
/// # Safety
/// Both are readable for `n` bytes.
#[inline(always)]
pub unsafe fn equal(a: *const u8, b: *const u8, n: usize) -> bool {
    // SAFETY: the caller's promise; an empty range may have any pointer.
    unsafe {
        a == b || n == 0 || core::slice::from_raw_parts(a, n) == core::slice::from_raw_parts(b, n)
    }
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

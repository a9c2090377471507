//! The C names that compiled Rust calls, for programs that are linked without libc: block moves and compares, and the
//! auxiliary vector, which the compiler's support library for arm64 asks whether the processor has LSE atomics.
//! The work is done in `arch`, in assembly, so that the compiler cannot turn a loop here into a call of itself.

use crate::arch;

/// C's `memcpy`.
///
/// # Safety
/// As in C.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn memcpy(dst: *mut u8, src: *const u8, n: usize) -> *mut u8 {
    // SAFETY: C's contract is stricter than ours.
    unsafe { arch::copy(dst, src, n) }
}

/// C's `memmove`.
///
/// # Safety
/// As in C.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn memmove(dst: *mut u8, src: *const u8, n: usize) -> *mut u8 {
    // SAFETY: C's contract is ours.
    unsafe { arch::copy(dst, src, n) }
}

/// C's `memset`.
///
/// # Safety
/// As in C.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn memset(dst: *mut u8, byte: i32, n: usize) -> *mut u8 {
    // SAFETY: C's contract is ours.
    unsafe { arch::fill(dst, byte, n) }
}

/// C's `memcmp`.
///
/// # Safety
/// As in C.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn memcmp(a: *const u8, b: *const u8, n: usize) -> i32 {
    // SAFETY: C's contract is ours.
    unsafe { arch::compare(a, b, n) }
}

/// BSD's `bcmp`: zero if equal.
///
/// # Safety
/// As in C.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bcmp(a: *const u8, b: *const u8, n: usize) -> i32 {
    // SAFETY: C's contract is ours.
    !unsafe { arch::equal(a, b, n) } as i32
}

/// C's `strlen`.
///
/// # Safety
/// As in C.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn strlen(s: *const u8) -> usize {
    // SAFETY: C's contract is ours.
    unsafe { arch::strlen(s) }
}

/// The C library's `getauxval`: 0 for what is not there, and before `auxv::init`.
#[cfg(not(feature = "std"))]
#[unsafe(no_mangle)]
pub extern "C" fn getauxval(tag: usize) -> usize {
    crate::auxv::get(tag).unwrap_or(0)
}

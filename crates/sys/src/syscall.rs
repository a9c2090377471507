//! The system call instruction, raw. Typed calls live in the modules named after what they do.

pub use crate::arch::nr;

/// Makes system call `nr`; the result is the kernel's, errors as `-4095..=-1` (see [`crate::Errno::check`]).
///
/// # Safety
/// The call must be one that the caller may make: pointers valid as the kernel will use them, and
/// no memory that Rust owns unmapped or changed behind its back.
#[inline(always)]
pub unsafe fn raw(nr: usize, a0: usize, a1: usize, a2: usize, a3: usize, a4: usize, a5: usize) -> isize {
    // SAFETY: the kernel may do with these arguments what the call does.
    unsafe { crate::arch::syscall6(nr, a0, a1, a2, a3, a4, a5) }
}

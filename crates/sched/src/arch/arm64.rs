//! AArch64.

use core::arch::asm;

/// Calls `f(arg)` on the stack that ends at `sp`.
///
/// # Safety
/// `sp` is 16-aligned, below it is a system stack of this thread, and no frame of the caller is
/// needed any more. `f` does not return.
pub(crate) unsafe fn call_on(sp: usize, f: unsafe extern "C" fn(usize) -> !, arg: usize) -> ! {
    // SAFETY: the caller's.
    unsafe {
        asm!(
            "mov sp, {sp}",  // the frames above are gone
            "mov x29, xzr",  // frame chains end here
            "blr {f}",
            "brk #1",        // it does not return
            sp = in(reg) sp,
            f = in(reg) f,
            in("x0") arg,
            options(noreturn),
        )
    }
}

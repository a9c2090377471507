//! x86-64.

use core::arch::asm;

/// Calls `f(arg)` on the stack that ends at `sp`.
///
/// # Safety
/// `sp` is 16-aligned, below it is a system stack of this thread, and no frame of the caller is
/// needed any more. `f` does not return.
pub(crate) unsafe fn call_on(sp: usize, f: unsafe extern "C" fn(usize) -> !, arg: usize) -> ! {
    // SAFETY: the caller's; the C ABI wants the stack 16-aligned at the call.
    unsafe {
        asm!(
            "mov rsp, {sp}", // the frames above are gone
            "xor ebp, ebp",  // frame chains end here
            "call {f}",
            "ud2",           // it does not return
            sp = in(reg) sp,
            f = in(reg) f,
            in("rdi") arg,
            options(noreturn),
        )
    }
}

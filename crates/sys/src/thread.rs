//! Kernel threads: made and ended without libc. Their stacks and thread blocks belong to the caller.

use crate::Errno;
use crate::arch;

const CLONE_VM: usize = 0x100;
const CLONE_FS: usize = 0x200;
const CLONE_FILES: usize = 0x400;
const CLONE_SIGHAND: usize = 0x800;
const CLONE_THREAD: usize = 0x1_0000;
const CLONE_SYSVSEM: usize = 0x4_0000;
const CLONE_SETTLS: usize = 0x8_0000;

const FLAGS: usize = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_SYSVSEM | CLONE_THREAD;

/// Starts a thread that calls `entry(arg)` on the stack that ends at `stack_top`, with `tls_base` in the thread
/// register (left as the parent's when 0). Gives its thread number.
///
/// The child inherits the signal mask: block all signals around the call if a handler needs what the child has not
/// set up yet.
///
/// # Safety
/// - The memory below `stack_top` is the child's alone, writable, and enough for `entry`, until the thread is gone.
/// - `tls_base` is 0, or what every piece of code the child runs expects of the thread register. In a hosted process
///   that code must not be the C library's.
/// - `arg` is what `entry` wants.
pub unsafe fn spawn(
    stack_top: *mut u8,
    tls_base: usize,
    entry: unsafe extern "C" fn(usize) -> !,
    arg: usize,
) -> Result<i32, Errno> {
    let flags = if tls_base == 0 { FLAGS } else { FLAGS | CLONE_SETTLS };
    // SAFETY: stack, thread register and argument are the caller's promise.
    let ret = unsafe { arch::clone_thread(flags, stack_top, tls_base, entry, arg) };
    Errno::check(ret).map(|tid| tid as i32)
}

/// Ends the calling thread: stores 0 in `free_word`, wakes a futex waiter on it, and is gone. From the store on it
/// does not touch its stack, so whoever sees the 0 may free that.
///
/// # Safety
/// `free_word` may be written, and nothing on this thread's stack is needed any more.
pub unsafe fn exit_thread(free_word: *mut u32) -> ! {
    // SAFETY: the caller's contract.
    unsafe { arch::exit_thread(free_word) }
}

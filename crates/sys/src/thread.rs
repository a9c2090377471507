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
const CLONE_PARENT_SETTID: usize = 0x10_0000;

const FLAGS: usize = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_SYSVSEM | CLONE_THREAD;

/// Starts a thread that calls `entry(arg)` on the stack that ends at `stack_top`, with `tls_base` in the thread
/// register (left as the parent's when 0). Gives its thread number, which the kernel writes to `tid` besides, if that is
/// not null: before the child runs.
///
/// The child inherits the signal mask: block all signals around the call if a handler needs what the child has not
/// set up yet.
///
/// # Errors
/// That of the system call: `EAGAIN` if the system has no room for another thread now, `ENOMEM`, `EPERM`.
///
/// # Safety
/// - The memory below `stack_top` is the child's alone, writable, and enough for `entry`, until the thread is gone.
/// - `tls_base` is 0, or what every piece of code the child runs expects of the thread register. In a hosted process
///   that code must not be the C library's.
/// - `arg` is what `entry` wants.
/// - `tid` is null, or may be written until this returns.
pub unsafe fn spawn(
    stack_top: *mut u8,
    tls_base: usize,
    entry: unsafe extern "C" fn(usize) -> !,
    arg: usize,
    tid: *mut i32,
) -> Result<i32, Errno> {
    let mut flags = if tls_base == 0 { FLAGS } else { FLAGS | CLONE_SETTLS };
    if !tid.is_null() {
        flags |= CLONE_PARENT_SETTID;
    }
    // SAFETY: the memory below `stack_top` is the child's alone and enough, `tls_base` is what its code expects, `arg` what
    // `entry` wants, and `tid` may be written if it is not null (this function's contract).
    let ret = unsafe { arch::clone_thread(flags, stack_top, tls_base, entry, arg, tid) };
    Errno::check(ret).map(|tid| tid as i32)
}

/// How many nanoseconds later than asked the kernel may end this thread's sleeps; 0: as late as for a thread of its maker's when that
/// made it, 50 us as a rule.
pub fn set_timer_leeway(ns: usize) {
    const PR_SET_TIMERSLACK: usize = 29;
    // SAFETY: takes no pointer. An emulator may refuse it, with no other effect than later wake-ups.
    unsafe { crate::syscall::raw(arch::nr::PRCTL, PR_SET_TIMERSLACK, ns, 0, 0, 0, 0) };
}

/// Calls `spawn` again, after a pause that grows from 1 to 19 ms, while the kernel says that it has no room for another thread
/// just now (`EAGAIN`): threads that are about to end may make some. Twenty times in all.
///
/// # Errors
/// That of the last call: `EAGAIN` after twenty, any other at once.
pub fn retry(mut spawn: impl FnMut() -> Result<i32, Errno>) -> Result<i32, Errno> {
    const TIMES: u32 = 20;
    // One place that calls: what makes a thread is inlined here.
    let mut n = 1;
    loop {
        let made = spawn();
        if made != Err(Errno::AGAIN) || n == TIMES {
            return made;
        }
        crate::process::usleep(n * 1000);
        n += 1;
    }
}

/// Ends the calling thread: stores 0 in `free_word`, wakes a futex waiter on it, and is gone. From the store on it
/// does not touch its stack, so a thread that sees the 0 may free that.
///
/// # Safety
/// `free_word` may be written, and nothing on this thread's stack is needed any more.
pub unsafe fn exit_thread(free_word: *mut u32) -> ! {
    // SAFETY: `free_word` may be written; nothing on this thread's stack is needed any more (the caller's promises).
    unsafe { arch::exit_thread(free_word) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(failures: u32, error: Errno) -> (Result<i32, Errno>, u32) {
        let mut calls = 0;
        let made = retry(|| {
            calls += 1;
            if calls > failures { Ok(7) } else { Err(error) }
        });
        (made, calls)
    }

    #[test]
    fn a_full_process_table_is_tried_again() {
        assert_eq!(after(0, Errno::AGAIN), (Ok(7), 1));
        assert_eq!(after(3, Errno::AGAIN), (Ok(7), 4));
        assert_eq!(after(19, Errno::AGAIN), (Ok(7), 20));
        assert_eq!(after(20, Errno::AGAIN), (Err(Errno::AGAIN), 20));
        assert_eq!(after(1, Errno::NOMEM), (Err(Errno::NOMEM), 1));
    }
}

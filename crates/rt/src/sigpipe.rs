//! SIGPIPE. It is caught, so that a write to a broken pipe is an error that package os can look at, and so that what the runtime
//! prints does not end a program. It is caught from the first moment on at which a program may write: when the initialisation of
//! packages begins, or when the runtime prints. A program that is over before saves a system call.
//!
//! Not here: faults, which are caught from the start (`signals`).

use crate::state::RT;
use core::sync::atomic::Ordering::Relaxed;
use goxide_sys::signal::{self, SA_ONSTACK, SA_RESTART, SA_SIGINFO, SIGPIPE, SigInfo, UContext};

/// Catches it, also where the parent process had ignored it, as Go's runtime does.
#[inline]
pub fn catch() {
    if !RT.sigpipe_caught.load(Relaxed) {
        install();
    }
}

#[cold]
fn install() {
    let flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
    // SAFETY: the handler does nothing, so it may run anywhere. The kernel cannot refuse: the signal may be caught, and the handler's
    // description lies on this stack. Two threads that come here at once say the same.
    let _ = unsafe { signal::sigaction(SIGPIPE, handler as *const () as usize, flags, signal::ALL) };
    RT.sigpipe_caught.store(true, Relaxed);
}

/// The write that raised it answers EPIPE, and package os decides whether that is the program's end.
///
/// # Safety
/// The kernel calls it, as the handler of the signal.
unsafe extern "C" fn handler(_: i32, _: *mut SigInfo, _: *mut UContext) {}

/// Ends the program by SIGPIPE: it wrote to a standard output or standard error without a reader.
pub fn die() -> ! {
    reset();
    signal::sigprocmask(signal::How::Unblock, 1 << (SIGPIPE - 1));
    let _ = goxide_sys::process::raise(SIGPIPE);
    // The signal was sent to this thread and not blocked, so it has ended the program, unless a tracer took it away.
    goxide_sys::process::exit_group(2)
}

/// The default action again.
pub fn reset() {
    // SAFETY: the default action runs no code of the program.
    let _ = unsafe { signal::sigaction(SIGPIPE, signal::SIG_DFL, 0, 0) };
}

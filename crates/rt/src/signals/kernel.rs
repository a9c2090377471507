//! The kernel's own action of a signal: how a process ends by one.

use goxide_sys::process;
use goxide_sys::signal::{self, How};

use super::table::bit;

/// Has the kernel do with this thread what it does about `sig` by itself. Comes back if that is nothing. Safe in a handler, and in a forked
/// child that shares its parent's memory.
pub fn act(sig: i32) {
    // SAFETY: the default action runs no code of the program.
    let _ = unsafe { signal::sigaction(sig, signal::SIG_DFL, 0, 0) };
    // Handlers run with all signals blocked.
    signal::sigprocmask(How::Unblock, bit(sig));
    let _ = process::raise(sig);
}

/// Ends the process by `sig`, whose action is to end it.
pub fn end_by(sig: i32) -> ! {
    act(sig);
    // The signal was sent to this thread and is not blocked, so it has ended the process, unless a tracer took it away.
    process::exit_group(2)
}

//! What package internal/poll asks of the network poller.

use goxide_netpoll::{Direction, Misuse, Which};
use goxide_rt::fatal;
use goxide_rt::netpoll::{self, PollDesc};
use goxide_rt::state::RT;
use goxide_rt::token::System;
use goxide_rt::words::Two;
use goxide_sys::Errno;

const READ: usize = b'r' as usize;
const WRITE: usize = b'w' as usize;

/// A mode, as package internal/poll has it.
fn direction(mode: usize) -> Direction {
    if mode == WRITE { Direction::Write } else { Direction::Read }
}

#[unsafe(no_mangle)]
extern "C" fn gx_internal_poll_runtime_pollServerInit(sys: System<'_>) {
    netpoll::start(sys)
}

#[unsafe(no_mangle)]
extern "C" fn gx_internal_poll_runtime_isPollServerDescriptor(fd: usize) -> bool {
    RT.net.poller.owns(fd as i32)
}

/// The descriptor and 0; or null and the error's number: EPERM for what epoll does not watch.
#[unsafe(no_mangle)]
extern "C" fn gx_internal_poll_runtime_pollOpen(_: System<'_>, fd: usize) -> Two {
    match RT.net.poller.open(fd as i32) {
        Ok(desc) => Two(core::ptr::from_ref(desc) as usize, 0),
        Err(Errno(e)) => Two(0, e as usize),
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_internal_poll_runtime_pollClose(_: System<'_>, pd: &PollDesc) {
    // SAFETY: package internal/poll's descriptor, which it forgets after this call.
    match unsafe { RT.net.poller.close(pd) } {
        Ok(()) => {}
        Err(Misuse::Waiting(Direction::Write)) => fatal::throw(b"runtime: blocked write on closing polldesc"),
        Err(Misuse::Waiting(Direction::Read)) => fatal::throw(b"runtime: blocked read on closing polldesc"),
        Err(Misuse::NotShut | Misuse::ShutTwice) => fatal::throw(b"runtime: close polldesc w/o unblock"),
    }
}

/// A leaf, called before each operation.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_internal_poll_runtime_pollReset(pd: &PollDesc, mode: usize) -> usize {
    netpoll::code(RT.net.poller.reset(pd, direction(mode)))
}

/// `d` nanoseconds from now; 0 for no deadline, negative for one that has passed.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_internal_poll_runtime_pollSetDeadline(sys: System<'_>, pd: &PollDesc, d: i64, mode: usize) {
    let at = if d > 0 { goxide_sys::time::nanotime().saturating_add(d) } else { d };
    let which = match mode {
        READ => Which::Read,
        WRITE => Which::Write,
        _ => Which::Both,
    };
    netpoll::set_deadline(sys, pd, which, at);
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_internal_poll_runtime_pollUnblock(sys: System<'_>, pd: &PollDesc) {
    netpoll::shut(sys, pd)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_internal_poll_runtime_pollWait(sys: System<'_>, pd: &'static PollDesc, mode: usize) -> usize {
    // SAFETY: in an entry of a goroutine that answers one word.
    unsafe { netpoll::wait(sys, pd, direction(mode)) }
}

/// For systems whose operations are begun first and awaited afterwards. On Linux there are none: package internal/poll never calls it.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_internal_poll_runtime_pollWaitCanceled(_: System<'_>, _pd: &PollDesc, _mode: usize) {
    fatal::throw(b"goxide: internal/poll.runtime_pollWaitCanceled is of no use on Linux")
}

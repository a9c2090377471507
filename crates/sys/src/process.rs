//! The process as a whole: its end, its numbers, signals to its threads, giving up the processor.

use crate::Errno;
use crate::arch::nr;
use crate::syscall::raw;
use crate::time::Timespec;

/// Ends the process, all threads of it.
pub fn exit_group(code: i32) -> ! {
    loop {
        // SAFETY: takes no pointer, and does not return.
        unsafe { raw(nr::EXIT_GROUP, code as usize, 0, 0, 0, 0, 0) };
    }
}

/// This process's number.
#[inline]
pub fn getpid() -> i32 {
    rustix::process::getpid().as_raw_nonzero().get()
}

/// This thread's number.
#[inline]
pub fn gettid() -> i32 {
    rustix::thread::gettid().as_raw_nonzero().get()
}

/// Sends `sig` to thread `tid` of process `pid`.
///
/// # Errors
/// That of the system call: `ESRCH` if there is no such thread, `EINVAL` if there is no such signal.
pub fn tgkill(pid: i32, tid: i32, sig: i32) -> Result<(), Errno> {
    // SAFETY: takes no pointer. What a handler does is its own affair.
    Errno::check(unsafe { raw(nr::TGKILL, pid as usize, tid as usize, sig as usize, 0, 0, 0) }).map(drop)
}

/// Sends `sig` to process `pid`.
///
/// # Errors
/// That of the system call: `ESRCH` if there is no such process, `EPERM`, `EINVAL` if there is no such signal.
pub fn kill(pid: i32, sig: i32) -> Result<(), Errno> {
    // SAFETY: takes no pointer.
    Errno::check(unsafe { raw(nr::KILL, pid as usize, sig as usize, 0, 0, 0, 0) }).map(drop)
}

/// Sends `sig` to the calling thread.
///
/// # Errors
/// `EINVAL` if there is no such signal.
pub fn raise(sig: i32) -> Result<(), Errno> {
    tgkill(getpid(), gettid(), sig)
}

/// Lets another thread have the processor.
#[inline]
pub fn sched_yield() {
    rustix::thread::sched_yield();
}

/// Sleeps `us` microseconds; a signal may cut it short.
pub fn usleep(us: u32) {
    let ts = Timespec::from_nanos(us as i64 * 1000);
    // SAFETY: the kernel reads one timespec and, the second being null, writes nothing.
    unsafe { raw(nr::NANOSLEEP, (&raw const ts).addr(), 0, 0, 0, 0, 0) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_agree_with_std() {
        assert_eq!(getpid() as u32, std::process::id());
        assert!(gettid() > 0);
    }

    #[test]
    fn signal_zero_only_asks() {
        assert_eq!(kill(getpid(), 0), Ok(()));
        assert_eq!(raise(0), Ok(()));
        assert_eq!(tgkill(getpid(), 0x3fff_ffff, 0), Err(Errno::SRCH));
    }

    #[test]
    fn sleeps_at_least() {
        let t = std::time::Instant::now();
        usleep(3000);
        sched_yield();
        assert!(t.elapsed().as_micros() >= 3000);
    }
}

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

/// Sleeps `us` microseconds at least, also if signals are handled in between.
///
/// Until a time, not for so long: what the kernel says is left after a signal has its timers' slack in it, so that signals that follow closely
/// would make a sleep last for ever; and emulators leave it unset where the signal came first.
pub fn usleep(us: u32) {
    const MONOTONIC: usize = 1;
    const ABSOLUTE: usize = 1;
    let until = Timespec::from_nanos(crate::time::nanotime() + i64::from(us) * 1000);
    let at = (&raw const until).addr();
    // SAFETY: the kernel reads one timespec.
    while unsafe { raw(nr::CLOCK_NANOSLEEP, MONOTONIC, ABSOLUTE, at, 0, 0, 0) } == -(Errno::INTR.0 as isize) {}
}

/// How often threads of this process have given up their core so far because they had to wait. Costs about as much as a system call and
/// a few loads for each thread.
pub fn times_blocked() -> u64 {
    const ALL_THREADS: usize = 0;
    let mut usage = Usage::default();
    let at = (&raw mut usage).addr();
    // SAFETY: the kernel writes one of its structs.
    let done = unsafe { raw(nr::GETRUSAGE, ALL_THREADS, at, 0, 0, 0, 0) };
    debug_assert_eq!(done, 0, "it fails for a bad pointer or an unknown `who` alone");
    usage.blocked as u64
}

/// What the kernel says of the use of resources, as it lays it out.
#[repr(C)]
#[derive(Default)]
struct Usage {
    user: Timespec,
    system: Timespec,
    /// Memory, page faults, blocks, messages, signals.
    others: [i64; 12],
    /// Voluntary switches to another thread.
    blocked: i64,
    /// Other switches.
    preempted: i64,
}

const _: () = assert!(size_of::<Usage>() == 144 && core::mem::offset_of!(Usage, blocked) == 128, "the kernel's layout");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_blocked_counts_sleeps() {
        let before = times_blocked();
        (0..20).for_each(|_| usleep(100));
        assert!(times_blocked() - before >= 20);
    }

    #[test]
    fn numbers_agree_with_std() {
        assert_eq!(getpid() as u32, std::process::id());
        assert!(gettid() > 0);
    }

    #[test]
    fn usleep_goes_on_after_a_signal() {
        use crate::signal::{SA_RESTART, SIGUSR1, sigaction};
        extern "C" fn nothing(_: i32) {}
        // SAFETY: the handler does nothing.
        unsafe { sigaction(SIGUSR1, nothing as *const () as usize, SA_RESTART, 0) }.unwrap();
        let (pid, tid) = (getpid(), gettid());
        let other = std::thread::spawn(move || {
            for _ in 0..20 {
                std::thread::sleep(std::time::Duration::from_millis(1));
                tgkill(pid, tid, SIGUSR1).unwrap();
            }
        });
        let begin = std::time::Instant::now();
        usleep(50_000);
        assert!(begin.elapsed() >= std::time::Duration::from_millis(50));
        other.join().unwrap();
        // Signals that follow each other as closely as they can do not make it last.
        let over = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
        let seen = over.clone();
        let other = std::thread::spawn(move || {
            let begin = std::time::Instant::now();
            while !seen.load(std::sync::atomic::Ordering::Relaxed) {
                tgkill(pid, tid, SIGUSR1).unwrap();
                assert!(begin.elapsed() < std::time::Duration::from_secs(20), "a sleep of 2 ms does not end");
            }
        });
        usleep(2000);
        over.store(true, std::sync::atomic::Ordering::Relaxed);
        other.join().unwrap();
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

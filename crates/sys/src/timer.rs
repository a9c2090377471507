//! Timers that measure processor time and send a signal: one of a single thread, and that of the whole process.
//!
//! What the signal does is not here.

use crate::Errno;
use crate::arch::nr;
use crate::syscall::raw;
use crate::time::Timespec;

/// A timer over the processor time of one thread, to which it sends its signal. It stays until it is [deleted](Self::delete), also when
/// the thread has ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ThreadTimer(i32);

/// The kernel's `struct sigevent`.
#[repr(C)]
struct Event {
    value: usize,
    signo: i32,
    notify: i32,
    tid: i32,
    rest: [i32; 11],
}
const _: () = assert!(size_of::<Event>() == 64 && core::mem::offset_of!(Event, tid) == 16);

/// To one thread of this process.
const SIGEV_THREAD_ID: i32 = 4;

impl ThreadTimer {
    /// Has `sig` sent to thread `tid` of this process each time that it has used `period` nanoseconds of a processor; the first time when
    /// it has used `first`.
    ///
    /// # Errors
    /// That of the system calls: `EINVAL` if there is no such thread (any more), `EAGAIN` if the kernel has no room for another timer.
    pub fn start(tid: i32, sig: i32, first: u64, period: u64) -> Result<ThreadTimer, Errno> {
        // The clock of another thread's time, as the kernel numbers them: of a thread (4), as scheduled (2).
        let clock = (!tid << 3 | 6) as usize;
        let event = Event { value: 0, signo: sig, notify: SIGEV_THREAD_ID, tid, rest: [0; 11] };
        let mut id = 0i32;
        // SAFETY: the kernel reads one event and writes one number.
        let made = unsafe { raw(nr::TIMER_CREATE, clock, (&raw const event).addr(), (&raw mut id).addr(), 0, 0, 0) };
        Errno::check(made)?;
        let timer = ThreadTimer(id);
        let times = [Timespec::from_nanos(period as i64), Timespec::from_nanos(first as i64)];
        // SAFETY: the kernel reads two timespecs, period and first time; the old ones are not asked for.
        let set = unsafe { raw(nr::TIMER_SETTIME, id as usize, 0, times.as_ptr().addr(), 0, 0, 0) };
        match Errno::check(set) {
            Ok(_) => Ok(timer),
            Err(e) => {
                timer.delete();
                Err(e)
            }
        }
    }

    /// Its number.
    pub fn id(self) -> i32 {
        self.0
    }

    /// That of a number.
    pub fn of(id: i32) -> ThreadTimer {
        ThreadTimer(id)
    }

    /// No more signals of it, but for one that may be on its way. A timer that is gone already is left alone.
    pub fn delete(self) {
        // SAFETY: takes no pointer. Fails only for a number that is no timer's.
        unsafe { raw(nr::TIMER_DELETE, self.0 as usize, 0, 0, 0, 0, 0) };
    }
}

/// Has SIGPROF sent to the process, to any of its threads that runs, each time that all have used `period` nanoseconds together; 0: never again.
pub fn profile_process(period: u64) {
    const ITIMER_PROF: usize = 2;
    let half = [(period / 1_000_000_000) as i64, (period % 1_000_000_000) as i64 / 1000];
    let times = [half, half];
    // SAFETY: the kernel reads two timevals; the old ones are not asked for. It cannot fail: the microseconds are below a million.
    unsafe { raw(nr::SETITIMER, ITIMER_PROF, times.as_ptr().addr(), 0, 0, 0, 0) };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::{SA_RESTART, SA_SIGINFO, SIG_IGN, SIGURG, sigaction};
    use core::sync::atomic::{AtomicI32, AtomicU32, Ordering::SeqCst};

    static COUNT: AtomicU32 = AtomicU32::new(0);
    static LAST: AtomicI32 = AtomicI32::new(0);

    extern "C" fn count(_: i32) {
        COUNT.fetch_add(1, SeqCst);
        LAST.store(crate::process::gettid(), SeqCst);
    }

    fn work(until: u32) {
        let start = std::time::Instant::now();
        while COUNT.load(SeqCst) < until && start.elapsed().as_secs() < 20 {
            std::hint::black_box(0);
        }
    }

    #[test]
    fn a_timer_signals_the_thread_that_it_measures() {
        // SAFETY: the handler only counts.
        unsafe { sigaction(SIGURG, count as *const () as usize, SA_SIGINFO | SA_RESTART, 0).unwrap() };
        let (send, tid) = std::sync::mpsc::channel();
        let worker = std::thread::spawn(move || {
            send.send(crate::process::gettid()).unwrap();
            work(3);
        });
        let tid = tid.recv().unwrap();
        // Of another thread: this one.
        let timer = ThreadTimer::start(tid, SIGURG, 1_000_000, 1_000_000).unwrap();
        assert_eq!(ThreadTimer::of(timer.id()), timer);
        worker.join().unwrap();
        assert!(COUNT.load(SeqCst) >= 3 && LAST.load(SeqCst) == tid);
        timer.delete();
        assert!(ThreadTimer::start(tid, SIGURG, 1, 1).is_err(), "the thread is gone");
        // SAFETY: ignored.
        unsafe { sigaction(SIGURG, SIG_IGN, 0, 0).unwrap() };
    }
}

//! The account of the processor time that collecting takes, and what holds it to its share.
//!
//! Time is what the kernel says that a thread has used, where a turn is long enough for asking to cost little (asking is a
//! system call of 0.3 us, a worker's turn takes 150 us and more). An assist takes tens of microseconds, so the clock on the
//! wall must do, and what is much longer than an assist can be the kernel gave to others.
//!
//! Every ten milliseconds while marking the account goes to the limiter (goxide-gc). Marking on processors that no goroutine
//! wants is on neither side of it. A stopped world counts for all processors, since none of them is the program's.

use crate::state::{GC, RT};
use core::sync::atomic::{AtomicI64, Ordering::*};
use goxide_sys::Lock;

/// Between two updates of the limiter, in nanoseconds.
const PERIOD_NS: i64 = 10_000_000;
/// More than an uninterrupted assist takes: it scans 64 KiB at most.
const LONGEST_ASSIST_NS: i64 = 250_000;

/// Time that goroutines spent on assists.
static ASSIST_NS: AtomicI64 = AtomicI64::new(0);
/// Time for which the world was stopped, times the number of processors.
static PAUSE_NS: AtomicI64 = AtomicI64::new(0);
/// When the limiter is to be updated.
static NEXT: AtomicI64 = AtomicI64::new(0);

/// Processor time of workers since the program began, by mode.
pub static TIME: [AtomicI64; 3] = [const { AtomicI64::new(0) }; 3];

struct Seen {
    collecting: i64,
    idle: i64,
    process: i64,
}
/// The account at the last update.
static SEEN: Lock<Seen> = Lock::new(Seen { collecting: 0, idle: 0, process: 0 });

/// Processor time that collecting has taken since the program began, in nanoseconds.
#[derive(Clone, Copy)]
pub struct Taken {
    /// By assists.
    pub assist: i64,
    /// By workers that had a processor, or a part of it, to themselves.
    pub dedicated: i64,
    /// By workers on processors that no goroutine wanted.
    pub idle: i64,
    /// By stopping the world.
    pub pauses: i64,
}

/// Nothing yet.
pub const NOTHING: Taken = Taken { assist: 0, dedicated: 0, idle: 0, pauses: 0 };

impl Taken {
    /// Until now.
    pub fn now() -> Taken {
        let [dedicated, fraction, idle] = [0, 1, 2].map(|i| TIME[i].load(Relaxed));
        Taken { assist: ASSIST_NS.load(Relaxed), dedicated: dedicated + fraction, idle, pauses: PAUSE_NS.load(Relaxed) }
    }

    /// What was taken since then.
    pub fn since(&self, then: &Taken) -> Taken {
        Taken {
            assist: self.assist - then.assist,
            dedicated: self.dedicated - then.dedicated,
            idle: self.idle - then.idle,
            pauses: self.pauses - then.pauses,
        }
    }
}

/// An assist took so long by the clock on the wall.
pub fn assisted(ns: i64) {
    ASSIST_NS.fetch_add(ns.min(LONGEST_ASSIST_NS), Relaxed);
}

/// The world was stopped for so long.
pub fn paused(ns: i64, procs: u32) {
    PAUSE_NS.fetch_add(ns * i64::from(procs), Relaxed);
}

/// Updates the limiter if it is time. Costs a load if not.
#[inline]
pub fn update(now: i64) {
    if now >= NEXT.load(Relaxed) {
        update_now(now);
    }
}

#[cold]
#[inline(never)]
fn update_now(now: i64) {
    let mut seen = SEEN.lock();
    if now < NEXT.load(Relaxed) {
        return;
    }
    NEXT.store(now + PERIOD_NS, Relaxed);
    let (taken, process) = (Taken::now(), goxide_sys::time::process_cputime());
    let collecting = taken.assist + taken.dedicated + taken.pauses;
    let more =
        Seen { collecting: collecting - seen.collecting, idle: taken.idle - seen.idle, process: process - seen.process };
    *seen = Seen { collecting, idle: taken.idle, process };
    GC.limit(|l| {
        // A processor that the machine does not have gives no time to take.
        l.resize(RT.sched.proc_count().min(RT.cpus.load(Relaxed)).max(1));
        l.update(more.collecting, more.process - more.collecting - more.idle);
    });
}

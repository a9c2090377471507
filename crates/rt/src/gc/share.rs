//! The account of the processor time that collecting takes, and what holds it to its share.
//!
//! Time is what the kernel says that a thread has used, where a turn is long enough for asking to cost little (asking is a
//! system call of 0.3 us, a worker's turn takes 150 us and more). An assist takes tens of microseconds, so the clock on the
//! wall must do. One that takes much longer ran on a slow machine, or the kernel gave time to others: of the next ones the kernel is
//! asked too, until they are short again.
//!
//! Every ten milliseconds while marking the account goes to the limiter (goxide-gc). Marking on processors that no goroutine
//! wants is on neither side of it. A stopped world counts for all processors, since none of them is the program's, by the
//! processor time of the thread that stopped it.

use crate::gc::account::{Seen, Share, Taken};
use crate::records::Mode;
use crate::state::{GC, RT};
use core::sync::atomic::Ordering::*;

/// Between two updates of the limiter, in nanoseconds.
const PERIOD_NS: i64 = 10_000_000;
/// More than an uninterrupted assist takes, which scans 64 KiB at most, but on slow machines.
const LONG_ASSIST_NS: i64 = 250_000;

/// What is kept of it.
fn kept() -> &'static Share {
    &RT.collection.share
}

impl Taken {
    /// Until now.
    pub fn now() -> Taken {
        let [dedicated, fraction, idle] = kept().time.each_ref().map(|ns| ns.load(Relaxed));
        Taken {
            assist: kept().assist_ns.load(Relaxed),
            dedicated: dedicated + fraction,
            idle,
            pauses: kept().pause_ns.load(Relaxed),
        }
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

/// A worker's turn took so long, by the kernel's account.
pub fn marked(mode: Mode, ns: i64) {
    kept().time[mode as usize].fetch_add(ns, Relaxed);
}

/// An assist that has begun on this thread.
pub struct Assist {
    /// When, by the clock on the wall.
    begin: i64,
    /// What the thread had used by then, if the kernel was asked.
    cpu: Option<i64>,
}

impl Assist {
    /// It begins. If the last one was long, it costs a system call here and one at its end.
    pub fn begin() -> Assist {
        let cpu = kept().long_assists.load(Relaxed).then(goxide_sys::time::thread_cputime);
        Assist { begin: goxide_sys::time::nanotime(), cpu }
    }

    /// It ends. Returns the time by the clock on the wall.
    pub fn end(self) -> i64 {
        let now = goxide_sys::time::nanotime();
        let wall = now - self.begin;
        if self.cpu.is_some() != (wall > LONG_ASSIST_NS) {
            kept().long_assists.store(wall > LONG_ASSIST_NS, Relaxed);
        }
        let ns = match self.cpu {
            Some(cpu) => goxide_sys::time::thread_cputime() - cpu,
            None => wall.min(LONG_ASSIST_NS),
        };
        kept().assist_ns.fetch_add(ns, Relaxed);
        now
    }
}

/// The world stood while this thread used so much of its processor. For the limiter: by the clock on the wall a stop is as long as
/// the kernel makes it, which on a machine where other processes want the processors is a hundred times as long as it costs. Until
/// the last goroutine stands the others' time is the program's.
pub fn stood(ns: i64) {
    let procs = RT.sched.proc_count().min(RT.cpus.load(Relaxed)).max(1);
    kept().stood_ns.fetch_add(ns * i64::from(procs), Relaxed);
}

/// The world was stopped for so long by the clock on the wall. For the statistics, as Go's count it.
pub fn paused(ns: i64, procs: u32) {
    kept().pause_ns.fetch_add(ns * i64::from(procs), Relaxed);
}

/// Updates the limiter if it is time. Costs a load if not.
#[inline]
pub fn update(now: i64) {
    if now >= kept().next.load(Relaxed) {
        update_now(now);
    }
}

#[cold]
#[inline(never)]
fn update_now(now: i64) {
    let mut seen = kept().seen.lock();
    if now < kept().next.load(Relaxed) {
        return;
    }
    kept().next.store(now + PERIOD_NS, Relaxed);
    let (taken, process) = (Taken::now(), goxide_sys::time::process_cputime());
    let collecting = taken.assist + taken.dedicated + kept().stood_ns.load(Relaxed);
    let more =
        Seen { collecting: collecting - seen.collecting, idle: taken.idle - seen.idle, process: process - seen.process };
    *seen = Seen { collecting, idle: taken.idle, process };
    GC.limit(|l| {
        // A processor that the machine does not have gives no time to take.
        l.resize(RT.sched.proc_count().min(RT.cpus.load(Relaxed)).max(1));
        l.update_of(more.process, more.idle, more.collecting);
    });
}

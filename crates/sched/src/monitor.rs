//! What a monitor needs of the scheduler. A monitor is a thread without a processor that keeps tasks from starving each other: it takes
//! processors away from calls that last, asks tasks that have run for a whole time slice to yield, and sees to it that due timers are run
//! though every processor is busy. When it does what is its own policy, which is not here.
//!
//! It is needed once a program has a second task or a timer; no task can starve before that. Then [`Host::begin_monitor`] is called, and
//! starts the thread by [`Sched::start_monitor`].
//!
//! The monitor sleeps in two ways, on one note. It *naps* ([`Sched::monitor_nap`]) until a time that it knows; a timer that will be due before
//! then and that no idle thread waits for ends the nap: `monitor_naps` is set before the heaps are looked at, a timer enters its heap before
//! that word is looked at, all SeqCst. It *rests* ([`Sched::monitor_rest`]) while every processor is idle: `monitor_rests` is set
//! under the central lock, under which processors leave the idle list, so either the monitor sees that one left or the thread that takes
//! it off wakes it.

use core::sync::atomic::Ordering;

use crate::coded::Code as _;
use crate::host::Host;
use crate::model::{Central, Proc, Sched, Thread};
use crate::proc;
use crate::status::Started;

/// A timer may be so late before a nap is ended for it, in nanoseconds.
const SLACK_NS: i64 = 500_000;
/// How late a timer that no thread would run is when the monitor looks at it, in nanoseconds, and how long it sleeps at least before it looks
/// at one again that is later than that.
const BRIEF_NS: i64 = 200_000;

/// When a nap ends for a timer that is due `when`, in which the monitor would sleep `until` otherwise. Never at once: what the timer waits
/// for (a task that does not yield, a world that is stopped, a thread that has not begun to run) may need the monitor's hardware processor.
fn brief_end(when: i64, now: i64, until: i64) -> i64 {
    when.max(now).saturating_add(BRIEF_NS).min(until)
}

/// What a processor does. Its slice and its call are told apart by [`Proc::sched_tick`] and [`Proc::syscall_tick`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Doing {
    /// Nothing: it is idle, stopped with the world, or not in use.
    Nothing,
    /// It runs a task, or looks for one, or its task has stopped the world.
    Running,
    /// Its task is in a system call, and keeps it meanwhile.
    Call,
}

/// Numbers about the whole scheduler, of one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Processors.
    pub procs: u32,
    /// Of these, idle.
    pub idle_procs: u32,
    /// Threads made and not ended.
    pub threads: u32,
    /// Of these, searching for work.
    pub spinning: u32,
    /// Whether a task waits for a searcher to be started.
    pub wanted: bool,
    /// Threads parked for want of work.
    pub idle_threads: u32,
    /// Threads parked because the task that they are locked to does not run.
    pub idle_locked: u32,
    /// Tasks in the global queue.
    pub global: u32,
    /// The world is being stopped.
    pub stopping: bool,
    /// Processors that have not stopped yet.
    pub stop_wait: i32,
    /// The monitor rests.
    pub monitor_rests: bool,
}

impl<H: Host> Sched<H> {
    /// Something has appeared that could starve: a second task, a timer. Costs a load except for the first time. An embedder whose
    /// monitor has other duties as well calls it when one of these appears.
    #[inline]
    pub fn need_monitor(&'static self) {
        if self.started.load(Ordering::Relaxed) == Started::Alone {
            self.begin_monitor();
        }
    }

    #[cold]
    #[inline(never)]
    fn begin_monitor(&'static self) {
        if self.started.take(Started::Alone, Started::Monitored, Ordering::SeqCst, Ordering::Relaxed) {
            self.host.begin_monitor();
        }
    }

    /// Makes the thread of a monitor, which calls `f` with its descriptor. By [`Host::begin_monitor`].
    ///
    /// # Safety
    /// `f` may be called with the descriptor, on the thread that is started with it, and never returns. It calls
    /// [`Sched::monitor_begins`] first.
    pub unsafe fn start_monitor(&'static self, f: unsafe fn(*mut Thread<H>)) {
        // SAFETY: `f` may be called with the descriptor on the thread that is started with it, and never returns (this function's contract).
        let m = unsafe { self.new_system_thread(f) };
        self.count_system_thread();
        self.make(m);
    }

    /// The monitor's thread runs: the last task may have parked before it counted as none that could ready one.
    pub fn monitor_begins(&'static self) {
        self.check_for_deadlock();
    }

    /// What `p` does.
    ///
    /// # Safety
    /// `p` is a processor of this scheduler.
    pub unsafe fn doing(&self, p: *mut Proc<H>) -> Doing {
        // SAFETY: processors are never freed.
        let (status, thread) = unsafe { ((*p).status.load(Ordering::SeqCst), (*p).thread.load(Ordering::Relaxed)) };
        match status {
            proc::Status::Running => Doing::Running,
            // The stopper's: its task's slice goes on.
            proc::Status::Stopped if !thread.is_null() => Doing::Running,
            proc::Status::Syscall => Doing::Call,
            _ => Doing::Nothing,
        }
    }

    /// Whether a processor that a system call keeps would have something to do at `now`.
    ///
    /// # Safety
    /// `p` is a processor of this scheduler.
    pub unsafe fn has_work(&self, p: *mut Proc<H>, now: i64) -> bool {
        // SAFETY: processors are never freed.
        let p = unsafe { &*p };
        let timer = p.timers.next();
        !p.queue.is_empty() || (timer != 0 && timer <= now) || self.global_len.load(Ordering::SeqCst) != 0
    }

    /// When the earliest timer of `p` is due that no idle thread sees to (0: there is none).
    ///
    /// # Safety
    /// `p` is a processor of this scheduler.
    pub unsafe fn neglected_timer(&self, p: *mut Proc<H>) -> i64 {
        // While a processor is idle a thread sleeps for all timers, and runs those that are due wherever they are.
        // SAFETY: processors are never freed.
        if self.wake.idle() != 0 { 0 } else { unsafe { (*p).timers.earliest() } }
    }

    /// Whether every processor is idle.
    pub fn all_idle(&self) -> bool {
        self.wake.idle() >= self.proc_count()
    }

    /// The monitor sleeps until a time on the host's clock, or less, since a timer is due before that no thread would run. On the monitor's
    /// thread.
    pub fn monitor_nap(&self, until: i64) {
        self.monitor_naps.store(until, Ordering::SeqCst);
        let (when, now) = (self.earliest_timer(), self.host.nanotime());
        let end = if self.is_missed(when, until) { brief_end(when, now, until) } else { until };
        // What is due before then, and begins now, need not end the nap any more.
        self.monitor_naps.store(end, Ordering::SeqCst);
        self.monitor_note.sleep_timeout((end - now).max(0));
        self.monitor_naps.store(0, Ordering::SeqCst);
        self.monitor_note.clear();
    }

    /// The monitor sleeps while no processor is in use, but not beyond `until` (0: however long). On the monitor's thread.
    pub fn monitor_rest(&self, until: i64) {
        let rests = self.locked(|_| {
            let idle = self.all_idle();
            // Relaxed: read and written under the central lock.
            self.monitor_rests.store(idle, Ordering::Relaxed);
            idle
        });
        if !rests {
            return;
        }
        let left = if until == 0 { -1 } else { (until - self.host.nanotime()).max(0) };
        self.monitor_note.sleep_timeout(left);
        self.locked(|_| self.monitor_rests.store(false, Ordering::Relaxed));
        self.monitor_note.clear();
    }

    /// A processor has left the idle list.
    #[inline]
    pub(crate) fn stir_monitor(&self, _: &Central<H>) {
        if self.monitor_rests.load(Ordering::Relaxed) {
            self.monitor_rests.store(false, Ordering::Relaxed);
            self.monitor_note.wakeup();
        } else if self.monitor_naps.load(Ordering::SeqCst) != 0 && self.wake.idle() == 0 {
            // It was the last, whose thread sees to all timers.
            self.hasten_monitor(self.next_timer());
        }
    }

    /// Whether a timer that is due `when` (0: there is none) would be too late if nothing saw to it before the monitor wakes at `until`,
    /// and nothing else does.
    #[inline]
    fn is_missed(&self, when: i64, until: i64) -> bool {
        when != 0 && when < until.saturating_sub(SLACK_NS) && self.wake.idle() == 0
    }

    /// A processor that is busy has a timer that is due `when` (0: it has none).
    #[inline]
    pub(crate) fn hasten_monitor(&self, when: i64) {
        if when != 0 && self.is_missed(when, self.monitor_naps.load(Ordering::SeqCst)) {
            self.monitor_note.wakeup();
        }
    }

    /// The numbers, of one moment.
    pub fn counts(&self) -> Counts {
        self.locked(|c| Counts {
            procs: self.proc_count(),
            idle_procs: self.wake.idle(),
            threads: c.n_threads as u32,
            spinning: self.wake.spinning(),
            wanted: self.wake.is_wanted(),
            idle_threads: c.n_idle_threads as u32,
            idle_locked: c.n_idle_locked as u32,
            global: c.global.len(),
            stopping: self.stopping.load(Ordering::Relaxed) != 0,
            stop_wait: c.stop_wait,
            monitor_rests: self.monitor_rests.load(Ordering::Relaxed),
        })
    }

    /// The number of what `p` does, for what prints it: 0 idle, 1 running, 2 in a system call, 3 stopped, 4 not in use.
    ///
    /// # Safety
    /// `p` is a processor of this scheduler.
    pub unsafe fn status_number(&self, p: *mut Proc<H>) -> u32 {
        // SAFETY: processors are never freed.
        match unsafe { (*p).status.load(Ordering::Relaxed) } {
            // No thread has it.
            proc::Status::Offered | proc::Status::Withheld => 0,
            status => status.number(),
        }
    }

    /// Dead tasks that `p` keeps, more or less: its holder changes the number meanwhile.
    ///
    /// # Safety
    /// `p` is a processor of this scheduler.
    pub unsafe fn spare_tasks(&self, p: *mut Proc<H>) -> u32 {
        // SAFETY: processors are never freed. The holder may write the word meanwhile: a volatile read is one access of the machine, which
        // gives the old number or the new one, either of which will do.
        unsafe { (&raw const (*p).free.len).read_volatile() }
    }

    /// Asks the poller which tasks can go on, and makes them runnable. On the monitor's thread.
    pub fn poll_now(&'static self) {
        let last = self.last_poll.load(Ordering::SeqCst);
        // 0: a thread has begun to wait there meanwhile.
        if last == 0 {
            return;
        }
        let now = self.host.nanotime().max(1);
        if self.last_poll.compare_exchange(last, now, Ordering::SeqCst, Ordering::SeqCst).is_ok() {
            // The tasks that the poller gives wait for it no more, and are on no queue yet: until they are, this thread is a reason why
            // the program goes on.
            self.locked(|c| c.n_system_threads -= 1);
            let mut list = self.host.poll(0);
            // SAFETY: what the poller gives is WAITING, and to ready it is this thread's duty (`Host::poll`).
            unsafe { self.inject(&mut list) };
            self.add_system_thread();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nap_is_never_over_before_it_begins() {
        const NOW: i64 = 1 << 40;
        // However late the timer is, and whether or not the nap ends for it.
        for when in [1, NOW - SLACK_NS, NOW, NOW + 1, NOW + SLACK_NS, NOW + 20 * SLACK_NS] {
            for until in [NOW + 1, NOW + BRIEF_NS, NOW + 20 * SLACK_NS] {
                let end = brief_end(when, NOW, until);
                assert!(end > NOW && end <= until, "due {when}, until {until}: {end}");
                // A timer that is not late yet is looked at when it is so late as it may be.
                assert!(end == until || end == when.max(NOW) + BRIEF_NS);
            }
        }
    }
}

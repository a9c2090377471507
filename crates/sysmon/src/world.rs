//! The seam: what a monitor sees of a scheduler, and what it asks of it ([`World`]).

use crate::seen::Seen;

/// What a processor does: a worker thread, or the right to run tasks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Activity {
    /// Nothing: it waits for work.
    Idle,
    /// It runs a task, or looks for one.
    Running {
        /// Differs from one time slice to the next.
        slice: u32,
    },
    /// Its task is in a call that may block, and keeps the processor in the meantime.
    Call {
        /// As for `Running`.
        slice: u32,
        /// Differs from one call to the next.
        call: u32,
    },
}

/// A scheduler, as its monitor sees it. All times are on the clock of [`World::now`].
///
/// Every method is called on the thread that calls [`Monitor::turn`](crate::Monitor::turn), which holds no processor and no lock of the
/// scheduler's. None may wait for a task: the monitor is what keeps tasks from being waited for in vain. What changes while the monitor
/// looks it sees the next time. Methods with a default stand for duties that a scheduler need not have.
pub trait World {
    /// A monotonic clock in nanoseconds, above 0. Called once a turn.
    fn now(&self) -> i64;

    /// How many processors there are; they have the numbers below that. Called once a turn, so a number may be beyond those that are left:
    /// what the other methods are asked about it is answered by `Idle`, 0 or false.
    fn procs(&self) -> u32;

    /// What the processor does.
    fn activity(&self, proc: u32) -> Activity;

    /// What the monitor remembers of the processor: the scheduler keeps it, zero at first, and leaves it alone.
    fn seen(&self, proc: u32) -> &Seen;

    /// Whether a processor in a call would have something to do at `now`, if another thread had it.
    fn has_work(&self, proc: u32, now: i64) -> bool;

    /// Takes the processor from the thread that is in a call, and hands it to another or makes it idle. False if the call was over first.
    fn retake(&self, proc: u32) -> bool;

    /// Asks the task that the processor runs to yield. It may be another by then, and need not obey.
    fn preempt(&self, proc: u32);

    /// Whether every processor is idle. More often right than cheap: [`World::rest`] is told what follows.
    fn all_idle(&self) -> bool;

    /// The scheduler stops all processors by itself: they are left alone meanwhile, but for tasks that still run, and the one that stops them,
    /// whose processor is [`Activity::Running`].
    fn is_stopping(&self) -> bool {
        false
    }

    /// When the earliest timer is due that the processor is to run and no other thread would (0: there is none, or an idle thread sees to
    /// it).
    fn timer(&self, proc: u32) -> i64 {
        let _ = proc;
        0
    }

    /// When something last looked which I/O is ready; 0: a thread waits for it, or nothing does.
    fn polled(&self) -> i64 {
        0
    }

    /// Makes the tasks runnable whose I/O is ready.
    fn poll(&self) {}

    /// The time from which [`Periods::collect`](crate::Periods) counts; 0: a collection would find nothing.
    fn collected(&self) -> i64 {
        0
    }

    /// Asks for a collection.
    fn collect(&self) {}

    /// Whether memory could be given back, and what does that sleeps. A few loads: asked about once a second, and before each rest.
    fn has_surplus(&self) -> bool {
        false
    }

    /// Wakes what gives memory back.
    fn wake_scavenger(&self) {}

    /// What the scheduler wants looked after while it is active: about once a second.
    fn upkeep(&self) {}

    /// How often [`World::trace`] is wanted; 0: not at all.
    fn trace_period(&self) -> i64 {
        0
    }

    /// Prints, or records, the scheduler's state.
    fn trace(&self) {}

    /// How often threads have given up their core so far because they had to wait, the monitor's included. Asked for only at looks at which
    /// every processor is in a call.
    fn blocked(&self) -> u64 {
        0
    }

    /// Anything else that wants a look each time the monitor looks; whether the next look should come soon.
    fn look(&self) -> bool {
        false
    }

    /// Sleeps until a time, which may be past. The scheduler may end it earlier, for a timer that is due before.
    fn nap(&self, until: i64);

    /// As [`World::nap`], which the kernel may end some tens of microseconds late to save wake-ups; this should end as soon as it can be
    /// had.
    fn nap_exactly(&self, until: i64) {
        self.nap(until);
    }

    /// Sleeps while all processors are idle: until one is not, but not beyond `until`. Whether they are idle is to be looked at again in such
    /// a way that a processor which ceases to be is not missed; what takes one off the idle list ends the rest.
    fn rest(&self, until: Option<i64>);
}

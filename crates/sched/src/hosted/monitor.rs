//! What a monitor sees of a hosted runtime, and does to it ([`Watched`]). Its policy is the monitor's own, given to
//! [`Builder::monitor`](super::Builder::monitor).

use std::fmt;
use std::sync::{Mutex, PoisonError};

pub use super::state::Watched;
use super::state::{Monitor, Os, Policy};
use crate::monitor::Doing;
use crate::{Host, Proc, Sched, Thread};

impl Monitor {
    pub(super) fn new(policy: Option<Policy>) -> Self {
        Monitor { exists: policy.is_some(), policy: Mutex::new(policy) }
    }
}

impl fmt::Debug for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watched").field("procs", &self.procs()).finish_non_exhaustive()
    }
}

impl Watched {
    fn proc(&self, i: u32) -> Option<&'static Proc<Os>> {
        // SAFETY: processors are never freed.
        (i < self.procs()).then(|| unsafe { &*self.sched.proc_at(i) })
    }

    /// A monotonic clock.
    pub fn now(&self) -> i64 {
        self.sched.host().nanotime()
    }

    /// How many processors there are.
    pub fn procs(&self) -> u32 {
        self.sched.proc_count()
    }

    /// What the processor does, and two numbers: of its time slice, and of its call.
    pub fn doing(&self, i: u32) -> (Doing, u32, u32) {
        use std::sync::atomic::Ordering::Relaxed;
        let Some(p) = self.proc(i) else { return (Doing::Nothing, 0, 0) };
        let (slice, call) = (p.sched_tick.load(Relaxed), p.syscall_tick.load(Relaxed));
        // SAFETY: a processor of this scheduler.
        (unsafe { self.sched.doing(core::ptr::from_ref(p).cast_mut()) }, slice, call)
    }

    /// Whether a processor in a call would have something to do.
    pub fn has_work(&self, i: u32, now: i64) -> bool {
        // SAFETY: a processor of this scheduler.
        self.proc(i).is_some_and(|p| unsafe { self.sched.has_work(core::ptr::from_ref(p).cast_mut(), now) })
    }

    /// Takes the processor from a call, and hands it to another thread; false if the call was over.
    pub fn retake(&self, i: u32) -> bool {
        // SAFETY: a processor of this scheduler.
        self.proc(i).is_some_and(|p| unsafe { self.sched.retake(core::ptr::from_ref(p).cast_mut()) })
    }

    /// When the earliest timer of the processor is due that no idle thread sees to (0: there is none).
    pub fn timer(&self, i: u32) -> i64 {
        // SAFETY: a processor of this scheduler.
        self.proc(i).map_or(0, |p| unsafe { self.sched.neglected_timer(core::ptr::from_ref(p).cast_mut()) })
    }

    /// Whether every processor is idle.
    pub fn all_idle(&self) -> bool {
        self.sched.all_idle()
    }

    /// Whether all processors are being stopped, by what takes them by itself.
    pub fn is_stopping(&self) -> bool {
        self.sched.is_stopping()
    }

    /// Sleeps until a time, or less. On the monitor's thread.
    pub fn nap(&self, until: i64) {
        self.sched.monitor_nap(until);
    }

    /// Sleeps while all processors are idle, but not beyond `until` (0: however long). On the monitor's thread.
    pub fn rest(&self, until: i64) {
        self.sched.monitor_rest(until);
    }
}

/// Starts the monitor's thread, if there is to be one.
pub(super) fn begin(sched: &'static Sched<Os>) {
    if sched.host().monitor.exists {
        // SAFETY: `run` is for a thread of this scheduler's, and does not return.
        unsafe { sched.start_monitor(run) };
    }
}

/// # Safety
/// `m` is this thread, made for the monitor.
unsafe fn run(m: *mut Thread<Os>) {
    // SAFETY: descriptors point to the scheduler they belong to, which is leaked.
    let sched: &'static Sched<Os> = unsafe { &*(*m).sched };
    sched.monitor_begins();
    watch(sched)
}

/// The rest of the monitor's life. On its thread.
pub(super) fn watch(sched: &'static Sched<Os>) -> ! {
    let policy = sched.host().monitor.policy.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(policy) = policy {
        policy(Watched { sched });
    }
    loop {
        std::thread::park();
    }
}

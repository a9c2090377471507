//! What a monitor sees of a hosted runtime, and does to it ([`Watched`]). Its policy is the monitor's own, given to
//! [`Builder::monitor`](super::Builder::monitor).

use std::fmt;
use std::marker::PhantomData;
use std::panic::resume_unwind;
use std::sync::{Mutex, PoisonError};

use super::ending::ShutDown;
use super::os::{guarded, leave};
pub use super::state::Watched;
use super::state::{Monitor, Os, Policy};
use crate::monitor::Doing;
use crate::{Proc, Sched, Thread};

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
        // SAFETY: processors stay as long as their scheduler.
        (i < self.procs()).then(|| unsafe { &*self.sched.proc_at(i) })
    }

    /// A monotonic clock.
    pub fn now(&self) -> i64 {
        goxide_sys::time::nanotime()
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

    /// Sleeps until a time, or less. On the monitor's thread. Unwinds the monitor when the runtime ends.
    pub fn nap(&self, until: i64) {
        self.sleep(until, |sched| sched.monitor_nap(until));
    }

    /// Sleeps while all processors are idle, but not beyond `until` (0: however long). On the monitor's thread. Unwinds the monitor when the
    /// runtime ends.
    pub fn rest(&self, until: i64) {
        self.sleep(until, |sched| sched.monitor_rest(until));
    }

    fn sleep(&self, until: i64, sleep: impl FnOnce(&Sched<Os>)) {
        let ending = &self.sched.host().ending;
        let end = || {
            if !std::thread::panicking() {
                resume_unwind(Box::new(ShutDown));
            }
        };
        if ending.end.forbids_sleep() {
            end();
        }
        if ending.is_timeless() {
            // The scheduler's clock stands: it would not sleep.
            let left = if until == 0 { -1 } else { (until - self.now()).max(0) };
            self.sched.monitor_note.sleep_timeout(left);
            self.sched.monitor_note.clear();
        } else {
            sleep(self.sched);
        }
        if ending.end.has_come() {
            end();
        }
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
    // SAFETY: descriptors point to the scheduler they belong to, which stays while the thread runs; `m` is this thread.
    unsafe {
        (*(*m).sched).monitor_begins();
        watch(m)
    }
}

/// The rest of the monitor's life.
///
/// # Safety
/// `m` is this thread, made for the monitor, on g0.
pub(super) unsafe fn watch(m: *mut Thread<Os>) -> ! {
    // SAFETY: descriptors point to the scheduler they belong to, which stays while the thread runs.
    let sched: &'static Sched<Os> = unsafe { &*(*m).sched };
    let policy = sched.host().monitor.policy.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(policy) = policy {
        guarded(|| policy(Watched { sched, here: PhantomData }));
    }
    while !sched.host().ending.end.forbids_sleep() {
        sched.monitor_note.sleep();
        sched.monitor_note.clear();
    }
    // SAFETY: `m` is this thread (this function's contract); nothing on the stack is owned any more.
    unsafe { leave(m) }
}

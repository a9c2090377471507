//! The watch: one thread without a processor that keeps tasks from starving each other. It takes
//! processors away from system calls that last, and asks tasks that have run for a whole time slice
//! to yield.
//!
//! It exists once a program has a second task or a timer ([`Sched::begin_watch`], if the embedder
//! wants it at all): no task can starve before that. It looks at every processor, at first after
//! [`MIN_US`], then less and less often down to every [`MAX_US`], and often again when there was
//! something to do. When every processor is idle it sleeps until one is not: `watch_asleep` is set
//! under the central lock, under which processors leave the idle list, so either it sees that one
//! left or the thread that takes it off wakes it.
//!
//! Not here: polling the network, collector duties. An embedder with a monitor of its own that does
//! all of that says no to [`Host::wants_watch`].

use core::sync::atomic::Ordering;

use crate::host::Host;
use crate::model::{Central, Proc, Sched, Thread};
use crate::proc;
use crate::status::Started;

/// The shortest time between two looks, in microseconds.
const MIN_US: u32 = 20;
/// The longest.
const MAX_US: u32 = 10_000;
/// How long a task runs before it is asked to yield, and how long a system call may keep a
/// processor that no task needs, in nanoseconds.
const SLICE_NS: i64 = 10_000_000;

impl<H: Host> Sched<H> {
    /// Something has appeared that could starve: a second task, a timer. Costs a load except for
    /// the first time. On g0.
    #[inline]
    pub(crate) fn need_watch(&'static self) {
        if self.started.load(Ordering::Relaxed) == Started::Unwatched {
            self.begin_watch();
        }
    }

    #[cold]
    #[inline(never)]
    fn begin_watch(&'static self) {
        if !self.started.take(Started::Unwatched, Started::Watched, Ordering::SeqCst, Ordering::Relaxed)
            || !self.host.wants_watch()
        {
            return;
        }
        // SAFETY: the function takes a descriptor of this scheduler's on its thread, and loops forever.
        let m = unsafe { self.new_system_thread(Self::watch) };
        self.count_system_thread();
        self.make(m);
    }

    /// What the thread does.
    ///
    /// # Safety
    /// `m` is this thread, the watch's own.
    unsafe fn watch(m: *mut Thread<H>) {
        // SAFETY: descriptors point to the scheduler they belong to, which lives forever.
        let sched: &'static Self = unsafe { &*(*m).sched };
        // The last task may have parked before this thread counted as none that could ready it.
        sched.check_for_deadlock();
        let mut delay = MIN_US;
        loop {
            goxide_sys::process::usleep(delay);
            if delay == MAX_US && sched.sleep_while_idle() {
                delay = MIN_US;
                continue;
            }
            delay = if sched.look() { MIN_US } else { (delay * 2).min(MAX_US) };
        }
    }

    /// Sleeps while no processor is in use; whether it did.
    fn sleep_while_idle(&self) -> bool {
        let asleep = self.locked(|_| {
            let idle = self.wake.idle() >= self.proc_count();
            // Relaxed: read and written under the central lock.
            self.watch_asleep.store(idle, Ordering::Relaxed);
            idle
        });
        if asleep {
            self.watch_note.sleep();
            self.watch_note.clear();
        }
        asleep
    }

    /// A processor leaves the idle list.
    #[inline]
    pub(crate) fn wake_watch(&self, _: &Central<H>) {
        if self.watch_asleep.load(Ordering::Relaxed) {
            self.watch_asleep.store(false, Ordering::Relaxed);
            self.watch_note.wakeup();
        }
    }

    /// Looks at every processor; whether one was taken from a system call.
    fn look(&'static self) -> bool {
        if self.stopping.load(Ordering::SeqCst) != 0 {
            // The stopper of the world takes and asks by itself.
            return false;
        }
        let now = self.host.nanotime();
        let mut took = self.host.watch_tick();
        // SAFETY: processors are never freed, and what was seen of them is this thread's.
        self.for_each_proc(|p| unsafe {
            match (*p).status.load(Ordering::SeqCst) {
                proc::Status::Syscall => took |= self.look_at_syscall(p, now),
                proc::Status::Running => self.look_at_task(p, now),
                _ => {}
            }
        });
        took
    }

    /// # Safety
    /// `p` is a processor of this scheduler; this thread is the one that watches.
    unsafe fn look_at_syscall(&'static self, p: *mut Proc<H>, now: i64) -> bool {
        // SAFETY: processors are never freed, and what was seen of them is the watch's, which this thread is (this function's contract).
        unsafe {
            // A task that makes one short call after the other is found in another one each time, and has no moment in which
            // it could be asked to yield: once its slice is over, the call that it is in counts as one that lasts.
            let over = self.slice_is_over(p, now);
            let tick = (*p).syscall_tick.load(Ordering::Relaxed);
            let seen = &mut (*p).seen;
            if seen.syscall_tick != tick {
                seen.syscall_tick = tick;
                seen.syscall_when = now;
                return over && self.has_work(p) && self.retake(p);
            }
            // Without anything to do elsewhere it may stay for a slice; then it is made idle, so
            // that the watch can sleep.
            (self.has_work(p) || now - seen.syscall_when >= SLICE_NS) && self.retake(p)
        }
    }

    /// # Safety
    /// `p` is a processor of this scheduler; this thread is the one that watches.
    unsafe fn look_at_task(&self, p: *mut Proc<H>, now: i64) {
        // SAFETY: processors are never freed, and what was seen of them is the watch's, which this thread is (this function's contract).
        unsafe {
            if self.slice_is_over(p, now) {
                self.preempt_one(p);
            }
        }
    }

    /// Whether a processor's task has had it for a whole slice, as far as was seen.
    ///
    /// # Safety
    /// `p` is a processor of this scheduler; this thread is the one that watches.
    unsafe fn slice_is_over(&self, p: *mut Proc<H>, now: i64) -> bool {
        // SAFETY: processors are never freed, and what was seen of them is the watch's, which this thread is (this function's contract).
        unsafe {
            let tick = (*p).sched_tick.load(Ordering::Relaxed);
            let seen = &mut (*p).seen;
            if seen.sched_tick != tick || seen.sched_when == 0 {
                seen.sched_tick = tick;
                seen.sched_when = now;
                return false;
            }
            now - seen.sched_when >= SLICE_NS
        }
    }

    /// Whether a processor that a system call keeps would have something to do.
    ///
    /// # Safety
    /// `p` is a processor of this scheduler.
    pub(crate) unsafe fn has_work(&self, p: *mut Proc<H>) -> bool {
        // SAFETY: processors are never freed.
        let p = unsafe { &*p };
        !p.queue.is_empty() || p.timers.next() != 0 || self.global_len.load(Ordering::SeqCst) != 0
    }
}

//! Rest: what a thread does that found no work ([`Sched::rest`]). It gives its processor up, looks at everything once more, and sleeps:
//! in the poller or until the next timer if no thread does yet, else until woken.
//!
//! One thread at a time sleeps for the network and for timers. `last_poll` is 0 while it does, and `poll_until` says until when, 0 for
//! good; who starts a timer that is due earlier, or readies something from outside, breaks that sleep. The order of search before is in the
//! module `schedule`; lists of idle processors and threads, and the rules by which none misses work, in `idle`.

use core::ptr::null_mut;
use core::sync::atomic::Ordering;

use crate::Sched;
use crate::host::Host;
use crate::proc::{self, Proc};
use crate::task::{Task, TaskList};
use crate::thread::Thread;
use crate::timer_heap::TimerHeap;

/// How long a system call may keep a processor for which there is work, in microseconds.
const SYSCALL_GRACE_US: u32 = 20;

/// What a thread has after it was to give its processor up.
enum Given<H: Host> {
    /// The processor still, and a task that came in between; null if everything is to be looked at again.
    Kept(*mut Task<H>),
    /// No processor.
    Up,
}

impl<H: Host> Sched<H> {
    /// Gives the processor up, and sleeps until there is one with work for this thread. A task to run, or null: everything is to be
    /// looked at again. `until` is when the next timer that was seen is due (0: none).
    ///
    /// # Safety
    /// On g0 of `m`, this thread, which holds a processor with an empty queue; it does afterwards, too.
    #[inline(never)]
    pub(crate) unsafe fn rest(&'static self, m: *mut Thread<H>, until: i64) -> *mut Task<H> {
        // SAFETY: `m` is this thread, on g0, and holds a processor with an empty queue (this function's contract); when that is given up it
        // has none.
        unsafe {
            match self.give_up(m) {
                Given::Kept(t) => t,
                Given::Up => self.rest_without(m, until),
            }
        }
    }

    /// What follows in [`Sched::rest`] when the processor is gone, given up or taken. What a searcher owes to the others, it owes in either
    /// case: the last look, and to sleep for the timers of all if no thread does.
    ///
    /// # Safety
    /// On g0 of `m`, this thread, which has no processor; it does afterwards.
    #[inline(never)]
    pub(crate) unsafe fn rest_without(&'static self, m: *mut Thread<H>, mut until: i64) -> *mut Task<H> {
        // SAFETY: `m` is this thread, on g0, without a processor (this function's contract), up to where a step says that it took one, which
        // ends this.
        unsafe {
            loop {
                let searched = core::mem::replace(&mut (*m).spinning, false);
                if self.look_again(m, searched) {
                    return null_mut();
                }
                if searched {
                    until = earlier(until, self.next_timer());
                }
                if let Some(t) = self.sleep_for_others(m, until, searched) {
                    return t;
                }
                let p = self.take_from_syscall();
                if !p.is_null() {
                    self.take_proc(m, p);
                    return null_mut();
                }
                if self.park_thread(m) {
                    return null_mut();
                }
                // Woken for a processor that the stopper of the world took.
                until = 0;
            }
        }
    }

    /// Puts the processor on the idle list, unless something has come that it is needed for.
    ///
    /// # Safety
    /// `m` is this thread and holds a processor with an empty queue.
    unsafe fn give_up(&'static self, m: *mut Thread<H>) -> Given<H> {
        self.locked(|c| {
            if self.stopping.load(Ordering::SeqCst) != 0 || self.host.has_own_task() {
                return Given::Kept(null_mut());
            }
            // SAFETY: `m` is this thread and holds a processor with an empty queue (this function's contract), which may be filled from
            // the global one, and is on no list when it has been released.
            unsafe {
                if self.global_len.load(Ordering::SeqCst) != 0 {
                    return Given::Kept(self.global_get(c, (*m).proc, 0));
                }
                let p = self.give_proc(m);
                self.idle_put(c, p);
            }
            Given::Up
        })
    }

    /// The look at everything that follows when the processor is on the idle list, by the rules of `idle`. Whether the thread has taken a
    /// processor, and searches.
    ///
    /// # Safety
    /// `m` is this thread and has no processor; it does not spin, but has `searched`: then it still counts as a searcher.
    unsafe fn look_again(&'static self, m: *mut Thread<H>, searched: bool) -> bool {
        if searched {
            self.wake.stop_spinning();
            // The last look, rule 2 of `idle`.
            if !self.work_anywhere() {
                return false;
            }
        } else if !self.wake.is_wanted() {
            return false;
        }
        let p = self.locked(|c| self.idle_get(c));
        if !p.is_null() {
            // SAFETY: `m` is this thread and has no processor (this function's contract); `p` was taken off the idle list.
            unsafe {
                self.take_proc(m, p);
                self.start_spinning(m);
            }
            return true;
        }
        if searched {
            self.wake_proc();
        }
        false
    }

    /// Sleeps for the network or for a timer, if there is either and no thread does. `Some` if the thread has taken a processor
    /// afterwards: a task, or null if everything is to be looked at again.
    ///
    /// # Safety
    /// On g0 of `m`, this thread, which has no processor.
    unsafe fn sleep_for_others(&'static self, m: *mut Thread<H>, until: i64, searched: bool) -> Option<*mut Task<H>> {
        let waiters = self.has_waiters();
        if (!waiters && until == 0) || self.last_poll.swap(0, Ordering::SeqCst) == 0 {
            if until != 0 {
                let present = self.poll_until.load(Ordering::SeqCst);
                if present == 0 || present > until {
                    self.break_sleep();
                }
            }
            return None;
        }
        let mut list = self.sleep_until(waiters);
        // SAFETY: `m` is this thread, on g0, without a processor (this function's contract).
        unsafe { self.after_sleep(m, &mut list, searched) }
    }

    /// What follows the sleep of [`Sched::sleep_for_others`].
    ///
    /// # Safety
    /// On g0 of `m`, this thread, which has no processor. What is in `list` came from the poller.
    #[inline(always)]
    unsafe fn after_sleep(
        &'static self,
        m: *mut Thread<H>,
        list: &mut TaskList<H>,
        searched: bool,
    ) -> Option<*mut Task<H>> {
        let p = self.locked(|c| self.idle_get(c));
        // SAFETY: what the poller gives is WAITING, and to ready it is this thread's duty (`Host::poll`). `m` is this thread, on g0, without
        // a processor (this function's contract) until it takes `p`, which was taken off the idle list.
        unsafe {
            if p.is_null() {
                self.inject(list);
                return None;
            }
            self.take_proc(m, p);
            let t = self.take_polled(list);
            if t.is_null() && searched {
                self.start_spinning(m);
            }
            Some(t)
        }
    }

    /// Whether there is a poller, and tasks that wait for it.
    #[inline]
    pub fn has_waiters(&self) -> bool {
        self.host.has_poller() && self.host.poll_waiters() != 0
    }

    /// The sleeping part of an idle thread: until the next timer, a wake-up, or I/O if there are
    /// `waiters` for it. Not at all if there is nothing to sleep for: a timer that it was to sleep
    /// for may have been stopped since, and a deadlock be what remains. The timers are looked at
    /// after `last_poll` says that a thread sleeps; [`Sched::check_dead`] looks at both the other
    /// way about.
    fn sleep_until(&self, waiters: bool) -> TaskList<H> {
        let until = self.earliest_timer();
        self.poll_until.store(until, Ordering::SeqCst);
        let delay = if until == 0 { -1 } else { (until - self.host.nanotime()).max(0) };
        let list = if (until == 0 && !waiters) || self.host.has_own_task() {
            TaskList::new()
        } else if self.host.has_poller() {
            self.host.poll(delay)
        } else {
            self.timer_note.sleep_timeout(delay);
            TaskList::new()
        };
        self.slept();
        list
    }

    /// No thread sleeps for the network and for timers any more.
    #[inline(always)]
    fn slept(&self) {
        // A ring that comes after this is for the next sleeper, who wakes once for nothing.
        self.timer_note.clear();
        self.poll_until.store(0, Ordering::SeqCst);
        self.last_poll.store(self.host.nanotime().max(1), Ordering::SeqCst);
    }

    /// This thread goes on as if [`Host::poll`] had come back with `list`, and schedules. For an embedder that left the scheduler there.
    ///
    /// # Safety
    /// The calling thread left the scheduler in a [`Host::poll`] that was to wait, and its per-thread word is set to its g0; nothing on this
    /// stack is needed any more. What is in `list` is as the poller gives it.
    pub unsafe fn polled_on(&'static self, mut list: TaskList<H>) -> ! {
        self.slept();
        // SAFETY: `m` is this thread, on g0, and gave its processor up before it went to the poller (this function's contract). It did not
        // spin then.
        unsafe {
            let m = self.thread();
            match self.after_sleep(m, &mut list, false) {
                Some(t) if t.is_null() => {}
                Some(t) if !(*t).locked_thread.is_null() => self.start_locked(m, t),
                Some(t) => self.execute(m, t, false),
                None => self.stop_thread(m),
            }
            self.schedule()
        }
    }

    /// A timer has been set for `when`: the sleeping thread must not sleep longer than that.
    pub(crate) fn wake_sleeper(&'static self, when: i64) {
        if self.last_poll.load(Ordering::SeqCst) != 0 {
            // No thread sleeps. If a processor is idle, its last thread may have missed the timer.
            self.wake_proc();
            return;
        }
        // 0 means for good, or about to be set: waking once too often is harmless.
        let until = self.poll_until.load(Ordering::SeqCst);
        if until == 0 || until > when {
            self.break_sleep();
        }
    }

    /// The sleeping thread, or else the next one that is about to sleep, is to look at everything again.
    pub(crate) fn break_sleep(&self) {
        // Once there is a poller no thread begins to sleep elsewhere, and one that did is woken by `poller_started`.
        if self.host.has_poller() {
            self.host.poll_break();
        } else {
            self.timer_note.wakeup();
        }
    }

    /// To be called when [`Host::has_poller`] has become true, so that a thread that sleeps for a
    /// timer goes to sleep in the poller instead.
    pub fn poller_started(&self) {
        self.timer_note.wakeup();
    }

    /// When a thread last asked the poller; 0 while one sleeps there. For monitors.
    pub fn last_poll(&self) -> i64 {
        self.last_poll.load(Ordering::Relaxed)
    }

    /// No timer is due before this (0: there is none, not even a stopped one).
    pub(crate) fn next_timer(&self) -> i64 {
        self.first_of(TimerHeap::next)
    }

    /// When the earliest timer is due (0: there is none); a time before that if many were put off. Takes the heaps' locks.
    pub fn earliest_timer(&self) -> i64 {
        self.first_of(TimerHeap::earliest)
    }

    /// Whether no timer seems to be pending. Takes the heaps' locks.
    pub(crate) fn no_timer_seems_pending(&self) -> bool {
        let Some((n, table)) = self.procs() else { return true };
        // SAFETY: processors are never freed.
        (0..n).all(|i| !table.has_timers(i) || unsafe { (*table.get(i)).timers.seems_done() })
    }

    fn first_of(&self, time: fn(&TimerHeap) -> i64) -> i64 {
        let Some((n, table)) = self.procs() else { return 0 };
        let mut until = 0;
        for i in 0..n {
            if table.has_timers(i) {
                // SAFETY: processors are never freed.
                until = earlier(until, time(unsafe { &(*table.get(i)).timers }));
            }
        }
        until
    }

    /// Whether there is something to run in the global queue, in that of a processor that is not idle, or with the embedder.
    pub(crate) fn work_anywhere(&self) -> bool {
        if self.global_len.load(Ordering::SeqCst) != 0 || self.host.has_idle_task(core::ptr::null_mut()) {
            return true;
        }
        let Some((n, table)) = self.procs() else { return false };
        // SAFETY: processors are never freed.
        (0..n).any(|i| !table.is_idle(i) && unsafe { !(*table.get(i)).queue.is_empty() })
    }

    /// A thread without anything to do looks whether some system call sits on a processor for
    /// which there is work, and takes that processor if so.
    fn take_from_syscall(&self) -> *mut Proc<H> {
        let Some((n, table)) = self.procs() else { return null_mut() };
        let now = self.host.nanotime();
        for i in 0..n {
            let p = table.get(i);
            // SAFETY: processors are never freed; taking one is decided by its status.
            unsafe {
                if (*p).status.load(Ordering::SeqCst) != proc::Status::Syscall || !self.has_work(p, now) {
                    continue;
                }
                let tick = (*p).syscall_tick.load(Ordering::Relaxed);
                crate::os::usleep(SYSCALL_GRACE_US);
                if (*p).syscall_tick.load(Ordering::Relaxed) == tick && self.has_work(p, now) && self.try_retake(p) {
                    return p;
                }
            }
        }
        null_mut()
    }
}

/// The earlier of two times, where 0 is never.
#[inline]
pub(crate) fn earlier(a: i64, b: i64) -> i64 {
    if a == 0 || (b != 0 && b < a) { b } else { a }
}

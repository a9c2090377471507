//! Idle processors, idle threads, and who gets woken when work appears.
//!
//! A thread that holds a processor but found no work *spins*: it searches other processors for a
//! while before it parks. A counter says how many do. Two rules keep work from being
//! overlooked without a wake-up for each new task:
//!
//! 1. A thread that makes a task runnable then looks at the counter: if none searches and a
//!    processor is idle, it starts one searcher ([`Sched::wake_proc`]). One is enough, because
//! 2. a searcher that finds work hands its role on ([`Sched::stop_spinning`] wakes a successor),
//!    and a searcher that finds nothing first gives up its processor, then leaves the count, and
//!    then looks at everything once more.
//!
//! The push of a task and the look at the counter are both SeqCst, as are the leaving of the
//! count and the last look: in their total order either the pusher sees the count without the
//! searcher, or the searcher sees the push.
//!
//! [`Wake`](crate::wake::Wake) holds the counters and covers the remaining gap: a pusher that finds
//! neither a searcher nor an idle processor leaves a request there; a thread that gives up its
//! processor without having searched looks for it after the processor was put on the idle list,
//! takes the processor back, and searches. Of "pusher misses the idle processor" and "releaser
//! misses the request" at most one can happen. On a busy machine a push costs loads only.
//!
//! Here too: making threads, parking them, and deadlock detection.

use core::ptr::null_mut;
use core::sync::atomic::Ordering;

use crate::Sched;
use crate::host::{Asleep, Event, Host};
use crate::model::Central;
use crate::proc::{self, Proc};
use crate::state::Status;
use crate::status::Started;
use crate::thread::Thread;

impl<H: Host> Sched<H> {
    // ---- processors ----

    /// Makes `p` this thread's.
    ///
    /// # Safety
    /// `m` is this thread and has no processor; `p` was taken off a list or by its status, so that no other thread has it.
    #[inline]
    pub(crate) unsafe fn take_proc(&self, m: *mut Thread<H>, p: *mut Proc<H>) {
        // SAFETY: `m` is this thread; `p` was taken off a list or by its status (this function's contract), so no other
        // thread uses its fields.
        unsafe {
            debug_assert!((*m).proc.is_null());
            (*m).proc = p;
            (*p).thread.store(m, Ordering::Release);
            (*p).status.store(proc::Status::Running, Ordering::SeqCst);
        }
    }

    /// Takes this thread's processor from it.
    ///
    /// # Safety
    /// `m` is this thread and holds a processor.
    #[inline]
    pub(crate) unsafe fn give_proc(&self, m: *mut Thread<H>) -> *mut Proc<H> {
        // SAFETY: `m` is this thread, and it holds a processor.
        unsafe {
            let p = (*m).proc;
            debug_assert!(!p.is_null());
            self.host.trace(Event::GiveUp, null_mut());
            (*m).proc = null_mut();
            (*p).thread.store(null_mut(), Ordering::Release);
            (*p).status.store(proc::Status::Idle, Ordering::SeqCst);
            p
        }
    }

    /// Puts `p`, whose queue is empty, on the idle list.
    pub(crate) fn idle_put(&self, c: &mut Central<H>, p: *mut Proc<H>) {
        // SAFETY: `p` was released by this thread and is on no list; there is a table if there is a processor.
        unsafe {
            let table = self.table();
            let id = (*p).id;
            // A stopped timer may be set again from anywhere, which does not note that there are timers.
            if (*p).timers.is_empty() {
                table.clear_timers(id);
            }
            table.set_idle(id, true);
            (*p).link = c.idle_procs;
        }
        c.idle_procs = p;
        self.wake.idle_added();
    }

    /// Takes an idle processor, or null.
    pub(crate) fn idle_get(&self, c: &mut Central<H>) -> *mut Proc<H> {
        let p = c.idle_procs;
        if !p.is_null() {
            // SAFETY: the idle list holds valid processors and is ours under the lock.
            unsafe {
                c.idle_procs = (*p).link;
                (*p).link = null_mut();
                self.table().set_idle((*p).id, false);
            }
            self.wake.idle_removed();
            self.stir_monitor(c);
        }
        p
    }

    // ---- spinning ----

    /// # Safety
    /// `m` is this thread.
    #[inline]
    pub(crate) unsafe fn start_spinning(&self, m: *mut Thread<H>) {
        // SAFETY: `m` is this thread.
        unsafe { (*m).spinning = true };
        self.wake.start_spinning();
    }

    /// This searcher found work: hands the role on.
    ///
    /// # Safety
    /// `m` is this thread.
    #[inline]
    pub(crate) unsafe fn stop_spinning(&'static self, m: *mut Thread<H>) {
        // SAFETY: `m` is this thread.
        unsafe { (*m).spinning = false };
        self.wake.stop_spinning();
        self.wake_proc();
    }

    /// Work has appeared: makes sure that a thread searches, if there is a processor to search
    /// with. Rule 1 of the module's header.
    #[inline]
    pub fn wake_proc(&'static self) {
        if self.wake.should_wake() {
            self.wake_proc_slow();
        }
    }

    #[cold]
    #[inline(never)]
    fn wake_proc_slow(&'static self) {
        while self.wake.claim() {
            let p = self.locked(|c| self.idle_get(c));
            if !p.is_null() {
                return self.start_thread(p, true);
            }
            self.wake.unclaim();
            if !self.wake.should_wake() {
                return;
            }
        }
    }

    // ---- threads ----

    /// Lets some thread, parked or new, run with `p` (null: with an idle one, if any). With
    /// `spinning` the caller has counted it already.
    pub(crate) fn start_thread(&'static self, p: *mut Proc<H>, spinning: bool) {
        debug_assert!(!p.is_null() || !spinning);
        let (p, m) = self.locked(|c| {
            let p = if p.is_null() { self.idle_get(c) } else { p };
            (p, if p.is_null() { null_mut() } else { self.idle_thread_get(c) })
        });
        if p.is_null() {
            return;
        }
        if m.is_null() {
            self.new_thread(p, spinning);
            return;
        }
        // SAFETY: `m` came off the idle list, so it waits for exactly this, and `p` is ours to give.
        unsafe {
            self.offer(m, p, spinning);
            (*m).park.wakeup();
        }
    }

    fn new_thread(&'static self, p: *mut Proc<H>, spinning: bool) {
        let (old, over, limit) = self.locked(|c| {
            let limit = c.max_threads;
            (self.take_ended(c), c.n_threads as u32 >= limit, limit)
        });
        if over {
            self.host.thread_limit(limit);
        }
        let m = if old.is_null() { self.new_thread_record() } else { old };
        // SAFETY: the descriptor is new or recycled, and no thread runs on it yet; `p` is ours to give.
        unsafe { self.offer(m, p, spinning) };
        self.make(m);
    }

    /// Leaves `p` for `m`, which does not run yet. Until it does, the stopper of the world may take the processor, as from a system call (if it
    /// looks at `p` before this, it waits for the thread, which stops as any other).
    /// The thread finds out, and goes on as one that gave it up ([`Sched::rest_without`]): what was to be done with the processor is found by
    /// a look at everything, or by what starts the world again.
    ///
    /// # Safety
    /// `m` is a thread that sleeps for this, taken off the idle list, or is not made yet; `p` was taken off a list or by its status.
    unsafe fn offer(&self, m: *mut Thread<H>, p: *mut Proc<H>, spinning: bool) {
        // SAFETY: only the waker touches `m` now, and `p` is ours (this function's contract) until the status says that it is offered.
        unsafe {
            (*m).spinning = spinning;
            (*m).next_proc = p;
            (*m).offered = true;
            (*p).status.store(proc::Status::Offered, Ordering::Release);
        }
    }

    /// Takes what was left in `next_proc`; false if it was offered only, and is gone, or withheld: then the offer has ended.
    ///
    /// # Safety
    /// `m` is this thread, has no processor, and was left one.
    #[inline(never)]
    unsafe fn take_next(&self, m: *mut Thread<H>) -> bool {
        // SAFETY: `m` is this thread (this function's contract); a processor that was not just offered is this thread's, and one that was by the
        // exchange. (That of an offer to another thread, later, is as good: that one finds its own gone.)
        unsafe {
            let p = core::mem::replace(&mut (*m).next_proc, null_mut());
            if core::mem::replace(&mut (*m).offered, false) {
                // The world may stop, and go on, between two steps.
                while !self.take_status(p, proc::Status::Offered, proc::Status::Running) {
                    let status = (*p).status.load(Ordering::Relaxed);
                    if status == proc::Status::Withheld {
                        if self.take_status(p, proc::Status::Withheld, proc::Status::Stopped) {
                            return false;
                        }
                    } else if status != proc::Status::Offered {
                        return false;
                    }
                }
            }
            self.take_proc(m, p);
            true
        }
    }

    /// A descriptor whose thread has left its stack, counted as a thread again; or null.
    fn take_ended(&self, c: &mut Central<H>) -> *mut Thread<H> {
        let mut at: *mut *mut Thread<H> = &mut c.ended;
        // SAFETY: the list is ours under the lock; descriptors are never freed.
        unsafe {
            while !(*at).is_null() {
                let m = *at;
                // Acquire: pairs with the last store of the ending thread.
                if (*m).ending.load(Ordering::Acquire) == 0 {
                    *at = (*m).link;
                    (*m).link = null_mut();
                    (*m).id = c.next_thread_id;
                    c.next_thread_id += 1;
                    c.n_threads += 1;
                    return m;
                }
                at = &raw mut (*m).link;
            }
        }
        null_mut()
    }

    /// What a thread made by [`Host::start_thread`] calls, on its own stack, with the per-thread
    /// word set to its g0 (this sets it again, to be sure). Thread 0 calls it too, once its first
    /// task is spawned.
    ///
    /// # Safety
    /// `m` is the calling thread's descriptor.
    pub unsafe fn thread_main(&'static self, m: *mut Thread<H>) -> ! {
        // SAFETY: `m` is this thread's.
        unsafe {
            self.host.set_current((*m).g0);
            self.host.thread_begin(m);
            if let Some(f) = (*m).start_fn {
                f(m);
            }
            if (*m).proc.is_null() && !self.take_next(m) {
                self.go_without(m);
            }
            self.schedule()
        }
    }

    fn idle_thread_get(&self, c: &mut Central<H>) -> *mut Thread<H> {
        let m = c.idle_threads;
        if !m.is_null() {
            // SAFETY: the list is ours under the lock.
            unsafe {
                c.idle_threads = (*m).link;
                (*m).link = null_mut();
            }
            c.n_idle_threads -= 1;
        }
        m
    }

    /// Parks this thread, which holds no processor, until it has one.
    ///
    /// # Safety
    /// `m` is this thread, on g0, without a processor.
    pub(crate) unsafe fn stop_thread(&'static self, m: *mut Thread<H>) {
        // SAFETY: `m` is this thread, on g0, without a processor (this function's contract), also after an offer that was none.
        unsafe {
            if !self.park_thread(m) {
                self.go_without(m);
            }
        }
    }

    /// What this thread was offered is gone: it looks for another processor, or parks until it has one.
    ///
    /// # Safety
    /// `m` is this thread, on g0, without a processor.
    #[cold]
    #[inline(never)]
    unsafe fn go_without(&'static self, m: *mut Thread<H>) {
        // SAFETY: `m` is this thread, on g0, without a processor (this function's contract), and has one afterwards; a task that comes with it
        // is RUNNABLE and this thread's alone.
        unsafe {
            let t = self.rest_without(m, 0);
            if !t.is_null() {
                self.enqueue((*m).proc, t, true);
            }
        }
    }

    /// Parks this thread, which holds no processor, until it is given one. False if that was an offer, and the processor is gone.
    ///
    /// # Safety
    /// `m` is this thread, on g0, without a processor.
    pub(crate) unsafe fn park_thread(&'static self, m: *mut Thread<H>) -> bool {
        // SAFETY: `m` is this thread; while it is on the idle list only the waker touches it.
        unsafe {
            debug_assert!((*m).proc.is_null() && !(*m).spinning);
            let gave = self.locked(|c| {
                (*m).link = c.idle_threads;
                c.idle_threads = m;
                c.n_idle_threads += 1;
                let mut own = self.host.give_up_own_tasks(m);
                let gave = !own.is_empty();
                while !own.is_empty() {
                    let t = own.pop_front();
                    (*t).state.change(Status::WAITING, Status::RUNNABLE);
                    self.global_push(c, t);
                }
                self.check_dead(c);
                gave
            });
            if gave {
                self.wake_proc();
            }
            self.await_proc(m)
        }
    }

    /// Sleeps until a waker has left a processor in `next_proc`, and takes it. False if that was an offer, and the processor is gone.
    ///
    /// # Safety
    /// `m` is this thread and has no processor; a waker has it, or will, and leaves it a processor before it rings.
    #[must_use]
    pub(crate) unsafe fn await_proc(&self, m: *mut Thread<H>) -> bool {
        // SAFETY: `m` is this thread; `next_proc` was written before the note was rung.
        unsafe {
            self.host.sleep(m);
            (*m).park.clear();
            self.take_next(m)
        }
    }

    /// Finds something to do for `p`, which its thread gives up because it will block.
    ///
    /// # Safety
    /// `p` was taken from its thread ([`Sched::give_proc`], or by its status), so that no other thread has it, and is on no
    /// list.
    pub(crate) unsafe fn hand_off(&'static self, p: *mut Proc<H>) {
        // SAFETY: `p` was released by the caller and is on no list.
        unsafe {
            if !(*p).queue.is_empty() || self.global_len.load(Ordering::SeqCst) != 0 || self.host.has_idle_task(p) {
                return self.start_thread(p, false);
            }
            // No thread searches and none is idle: it may as well search.
            if self.wake.spinning() + self.wake.idle() == 0 && self.wake.claim() {
                return self.start_thread(p, true);
            }
            let (run, when) = self.locked(|c| {
                if self.stopping.load(Ordering::SeqCst) != 0 {
                    self.one_stopped(c, p);
                    return (false, 0);
                }
                if self.global_len.load(Ordering::SeqCst) != 0 {
                    return (true, 0);
                }
                // The last one that could poll must go and poll.
                if self.host.has_poller()
                    && self.wake.idle() + 1 == self.proc_count()
                    && self.last_poll.load(Ordering::SeqCst) != 0
                {
                    return (true, 0);
                }
                let when = (*p).timers.next();
                self.idle_put(c, p);
                (false, when)
            });
            if run {
                self.start_thread(p, false);
            } else if when != 0 {
                self.wake_sleeper(when);
            }
        }
    }

    /// This thread's task ended while locked to it: leaves for good.
    ///
    /// # Safety
    /// `m` is this thread, on g0, and holds a processor; its task is gone.
    pub(crate) unsafe fn end_thread(&'static self, m: *mut Thread<H>) -> ! {
        // SAFETY: `m` is this thread and holds a processor; its task is gone.
        unsafe {
            self.host.set_current((*m).g0);
            let p = self.give_proc(m);
            let main = m == self.main_thread.load(Ordering::Relaxed);
            (*m).ending.store(1, Ordering::Relaxed);
            self.hand_off(p);
            self.locked(|c| {
                c.n_threads -= 1;
                if !main {
                    (*m).link = c.ended;
                    c.ended = m;
                }
                self.check_dead(c);
            });
            if main {
                // The process would end with it. It sleeps instead.
                loop {
                    self.host.sleep(m);
                    (*m).park.clear();
                }
            }
            self.host.thread_exit(m)
        }
    }

    // ---- the end ----

    /// This thread waits on, as it was about to, and schedules when it is given a processor. For an embedder that takes a deadlock for no reason to
    /// end: so tasks that are spawned or readied from outside afterwards are run. And for one that left the scheduler in [`Host::sleep`].
    ///
    /// # Safety
    /// The calling thread is one of this scheduler's that runs tasks, in [`Host::all_asleep`] or where it has left [`Host::sleep`], with the
    /// per-thread word set to its g0; nothing on this stack is needed any more.
    pub unsafe fn sleep_on(&'static self) -> ! {
        // SAFETY: `m` is this thread, on g0, without a processor (a thread in `check_dead` has none). Unless it has ended, it is on the list of
        // idle threads, or waits for its locked task to be chosen: a waker leaves it a processor before it rings.
        unsafe {
            let m = self.thread();
            if (*m).ending.load(Ordering::Relaxed) != 0 {
                self.host.thread_exit(m)
            }
            if !self.await_proc(m) {
                self.go_without(m);
            }
            let t = (*m).locked_task;
            if !t.is_null() {
                // The waker has chosen it.
                self.execute(m, t, false)
            }
            // From the top of the stack: the next deadlock is found deeper in it, otherwise.
            self.restart_stack(m)
        }
    }

    /// Called under the lock whenever a thread stops being a reason why something might happen.
    pub(crate) fn check_dead(&self, c: &mut Central<H>) {
        let running = c.n_threads - c.n_idle_threads - c.n_idle_locked - c.n_system_threads;
        // The one thread that is awake may sleep for a timer that was stopped: it shall look again.
        if running == 1
            && self.last_poll.load(Ordering::SeqCst) == 0
            && self.no_timer_seems_pending()
            && !(self.host.has_poller() && self.host.poll_waiters() != 0)
        {
            return self.break_sleep();
        }
        if running > 0
            || !c.global.is_empty()
            || self.started.load(Ordering::Relaxed) == Started::No
            || self.frozen.load(Ordering::SeqCst)
            || !self.host.detects_deadlock()
        {
            return;
        }
        let mut waiting = 0u32;
        let mut stray = 0u64;
        self.for_each_task(|t| {
            // SAFETY: descriptors are never freed.
            let t = unsafe { &*t };
            if !t.is_system() {
                match t.state.get().plain() {
                    Status::WAITING | Status::PREEMPTED => waiting += 1,
                    Status::RUNNABLE | Status::RUNNING | Status::SYSCALL => stray = t.id,
                    _ => {}
                }
            }
        });
        let mut timers = false;
        self.for_each_proc(|p| {
            // SAFETY: processors are never freed.
            timers |= unsafe { !(*p).timers.is_empty() };
        });
        if stray == 0 && waiting != 0 && timers {
            return;
        }
        // SAFETY: the lock is held, since there is a `Central` to borrow, which is not used any more: what follows does not
        // return.
        unsafe { self.lock.unlock() };
        assert!(stray == 0, "task {stray} is not waiting, but no thread is awake");
        self.host.all_asleep(if waiting == 0 { Asleep::NoTasks } else { Asleep::AllWaiting })
    }
}

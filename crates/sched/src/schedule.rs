//! The scheduling loop: choosing the next task ([`Sched::schedule`]) and running it.
//!
//! All of this happens on a thread's system stack. `schedule` does not return: it leaves by
//! [`Host::resume`], and the frames it used are abandoned, so nothing here may own anything.
//!
//! Order of choice: what the embedder puts first; every 61st time slice the global queue; the
//! processor's own queue (its `next` slot first, and that one inherits the time slice, so that two
//! tasks that wake each other cannot starve the rest: at the slice's end it goes to the global queue); the global queue; the network; the queues
//! of others, in random order, four rounds; the embedder's idle work. What a thread does that found nothing in all of these
//! is in the module `rest`.

use core::ptr::null_mut;
use core::sync::atomic::Ordering;

use crate::Sched;
use crate::host::{Event, Host};
use crate::model::Central;
use crate::proc::{self, Proc};
use crate::queue::HALF;
use crate::rest::earlier;
use crate::state::Status;
use crate::task::{Resume, Task, TaskList};
use crate::thread::Thread;

/// The global queue is served first once in so many time slices.
const GLOBAL_TICK: u32 = 61;
/// Rounds of a search through the other processors.
const ROUNDS: u32 = 4;
/// How long a thief leaves the `next` slot of a running processor alone, in microseconds.
const NEXT_GRACE_US: u32 = 3;

/// What a search brought.
enum Found<H: Host> {
    Task(*mut Task<H>),
    /// Timers ran, or the world wants to stop: look at everything again.
    Again,
    /// Nothing; the next timer seen is due then (0: none).
    Nothing {
        until: i64,
    },
}

impl<H: Host> Sched<H> {
    /// Runs tasks, forever. On g0, with a processor, and with no task of its own.
    ///
    /// # Safety
    /// Nothing on this system stack is needed any more.
    pub unsafe fn schedule(&'static self) -> ! {
        // SAFETY: on g0, so this thread's word is set; `m` is its descriptor; what `find` returns is RUNNABLE and ours.
        unsafe {
            let m = self.thread();
            debug_assert!((*m).locks == 0);
            if !(*m).locked_task.is_null() {
                self.stop_locked(m);
                self.execute(m, (*m).locked_task, false)
            }
            loop {
                let (t, inherit) = self.find(m);
                if (*m).spinning {
                    self.stop_spinning(m);
                }
                if !(*t).locked_thread.is_null() {
                    self.start_locked(m, t);
                    continue;
                }
                self.execute(m, t, inherit)
            }
        }
    }

    /// Runs `t`, which is RUNNABLE and on no queue.
    ///
    /// # Safety
    /// On g0 of `m`, this thread, which holds a processor; `t` was taken off a queue, and so is this thread's alone.
    #[inline]
    pub(crate) unsafe fn execute(&'static self, m: *mut Thread<H>, t: *mut Task<H>, inherit: bool) -> ! {
        // SAFETY: `t` was taken off a queue, so it is ours; `m` is this thread.
        unsafe {
            (*t).state.change(Status::RUNNABLE, Status::RUNNING);
            (*t).thread = m;
            (*t).preempt.store(false, Ordering::Relaxed);
            (*t).reset_guard();
            (*m).curg.store(t, Ordering::Release);
            if !inherit {
                Proc::<H>::bump(&(*(*m).proc).sched_tick);
            }
            self.host.trace(Event::Start, t);
            self.go(m, t)
        }
    }

    /// Lets the RUNNING task `t` of this thread go on: finish half first, if there is one.
    ///
    /// # Safety
    /// On g0 of `m`, this thread, which holds a processor; `t` runs on it and its context is saved.
    #[inline]
    pub(crate) unsafe fn go(&'static self, m: *mut Thread<H>, t: *mut Task<H>) -> ! {
        // SAFETY: `t` runs on this thread and its context is saved.
        unsafe {
            self.host.set_current(t);
            if !matches!((*t).resume, Resume::AtOnce) {
                (*m).resuming = true;
                self.finish(t);
            }
            // Also when this is the end of a finish half that lets its task go on by itself.
            (*m).resuming = false;
            self.host.resume(t)
        }
    }

    /// What `t`, which is about to run, has left to do.
    ///
    /// # Safety
    /// On g0 with a processor; `t` runs on this thread, and its context is saved.
    #[inline(never)]
    unsafe fn finish(&'static self, t: *mut Task<H>) {
        // SAFETY: `t` runs on this thread, this is g0, and it is asked once for each time that it was set. A record of waiting is on no
        // list any more, and its timer, if it is one, has fired and left its heap.
        unsafe {
            match core::mem::replace(&mut (*t).resume, Resume::AtOnce) {
                Resume::AtOnce => {}
                Resume::Acquire => self.finish_acquire(t),
                Resume::Waited => self.give_record(t),
                Resume::Finish(half) => self.host.finish(t, half),
            }
        }
    }

    /// Enters the loop from a place where g0 may already be in use: a finish half that parks its
    /// task again would otherwise nest deeper each time.
    ///
    /// # Safety
    /// On g0 of `m`, this thread, whose frames are not needed any more.
    #[inline]
    pub(crate) unsafe fn reschedule(&'static self, m: *mut Thread<H>) -> ! {
        // SAFETY: `m` is this thread; its frames on g0 are not needed any more.
        unsafe {
            if (*m).resuming {
                (*m).resuming = false;
                self.restart_stack(m)
            }
            self.schedule()
        }
    }

    /// Finds a task to run; sleeps until there is one. Also says whether the task inherits the time slice.
    ///
    /// # Safety
    /// On g0 of `m`, this thread, which holds a processor.
    unsafe fn find(&'static self, m: *mut Thread<H>) -> (*mut Task<H>, bool) {
        // SAFETY: `m` is this thread, on g0 (this function's contract), and holds a processor whenever the loop begins: `stop_here`,
        // `look_around` and `rest` come back with one. Nothing is on its queue when `look_around` is reached, as `pick` found nothing there.
        unsafe {
            loop {
                let p = (*m).proc;
                if self.stopping.load(Ordering::SeqCst) != 0 {
                    self.stop_here(m);
                    continue;
                }
                // A task that was asked to yield may have parked before it saw that. The request is the time slice's as well.
                let is_over = (*p).preempt.load(Ordering::Relaxed);
                if is_over {
                    (*p).preempt.store(false, Ordering::Relaxed);
                    self.end_slice(p);
                }
                self.host.safe_point(p);
                let (now, until, _) = self.run_timers(&(*p).timers, 0);
                let (t, inherit) = self.pick(p, now, is_over);
                if !t.is_null() {
                    // The processor will be busy when its next timer is due.
                    self.hasten_monitor(until);
                    return (t, inherit);
                }
                match self.look_around(m, now) {
                    Found::Task(t) => {
                        self.hasten_monitor(until);
                        return (t, false);
                    }
                    Found::Again => {}
                    Found::Nothing { until: others } => {
                        let t = self.rest(m, earlier(until, others));
                        if !t.is_null() {
                            return (t, false);
                        }
                    }
                }
            }
        }
    }

    /// A time slice is over: what is in the `next` slot, and would inherit it, goes to the global queue, as what was asked to yield does. Before
    /// timers run: what they ready is no part of the slice, and may be why it was ended.
    ///
    /// # Safety
    /// On g0 of a thread that holds `p`.
    #[cold]
    #[inline(never)]
    unsafe fn end_slice(&'static self, p: *mut Proc<H>) {
        // SAFETY: this thread holds `p` (this function's contract), so it may take from its queue as its owner; what it takes is on no queue.
        unsafe {
            let t = (*p).queue.pop_next();
            if !t.is_null() {
                self.locked(|c| self.global_push(c, t));
            }
        }
    }

    /// Chooses from what is there for `p` without a search: what the embedder puts first, its own queue and the global one. Null if there
    /// is nothing; also says whether the task inherits the time slice. If that `is_over`, none does.
    ///
    /// # Safety
    /// On g0 of a thread that holds `p`.
    #[inline]
    unsafe fn pick(&'static self, p: *mut Proc<H>, now: i64, is_over: bool) -> (*mut Task<H>, bool) {
        // SAFETY: this thread holds `p` (this function's contract), so it may take from its queue as its owner, and fill it.
        unsafe {
            let t = self.host.pick_task(p, now);
            if !t.is_null() {
                return (t, false);
            }
            if (*p).sched_tick.load(Ordering::Relaxed).is_multiple_of(GLOBAL_TICK)
                && self.global_len.load(Ordering::Relaxed) != 0
            {
                let t = self.locked(|c| self.global_get(c, p, 1));
                if !t.is_null() {
                    return (t, false);
                }
            }
            let t = (*p).queue.pop_next();
            if !t.is_null() {
                return (t, !is_over);
            }
            let t = (*p).queue.pop();
            if !t.is_null() {
                return (t, false);
            }
            if self.global_len.load(Ordering::SeqCst) != 0 {
                return (self.locked(|c| self.global_get(c, p, 0)), false);
            }
            (null_mut(), false)
        }
    }

    /// Looks where other threads may have left something: the network, the other processors, the embedder's idle work.
    ///
    /// # Safety
    /// On g0 of `m`, this thread, which holds a processor with an empty queue. Afterwards it holds one too, perhaps another.
    unsafe fn look_around(&'static self, m: *mut Thread<H>, now: i64) -> Found<H> {
        // SAFETY: `m` is this thread, on g0, and holds a processor, whose queue is empty (this function's contract); what the poller
        // gives is WAITING and to ready it is this thread's duty (`Host::poll`).
        unsafe {
            if self.has_waiters() && self.last_poll.load(Ordering::Relaxed) != 0 {
                let t = self.take_polled(&mut self.host.poll(0));
                if !t.is_null() {
                    return Found::Task(t);
                }
            }
            let mut until = 0;
            // At most half as many searchers as busy processors: searching is not free.
            if (*m).spinning || 2 * self.wake.spinning() < self.busy_procs() {
                if !(*m).spinning {
                    self.start_spinning(m);
                }
                match self.steal(m, now) {
                    Found::Nothing { until: others } => until = others,
                    found => return found,
                }
            }
            let t = self.host.pick_idle_task((*m).proc);
            if t.is_null() { Found::Nothing { until } } else { Found::Task(t) }
        }
    }

    /// Whether a task waits in the queue of `p`, which this thread holds, or in the global one: for tasks that only use idle
    /// time.
    ///
    /// # Safety
    /// `p` is a processor of this scheduler.
    #[inline]
    pub unsafe fn has_runnable(&self, p: *mut Proc<H>) -> bool {
        // SAFETY: processors are never freed.
        self.global_len.load(Ordering::Relaxed) != 0 || unsafe { !(*p).queue.is_empty() }
    }

    /// Processors that run a task, or look for one, as of some moment in the recent past.
    pub fn busy_procs(&self) -> u32 {
        self.proc_count().saturating_sub(self.wake.idle())
    }

    /// Processors that run a task, as of some moment in the recent past.
    pub fn running_procs(&self) -> u32 {
        self.busy_procs().saturating_sub(self.wake.spinning())
    }

    /// # Safety
    /// On g0 of `m`, this thread, which holds a processor with an empty queue. Afterwards it holds one too, perhaps another.
    unsafe fn steal(&'static self, m: *mut Thread<H>, mut now: i64) -> Found<H> {
        // SAFETY: `m` is this thread; stealing goes into its own, empty, queue.
        unsafe {
            let p = (*m).proc;
            let (n, table) = (self.proc_count(), self.table());
            let mut until = 0;
            let mut ran = false;
            for round in 0..ROUNDS {
                let last = round == ROUNDS - 1;
                let r = (*m).random();
                let stride = *table.strides.add((r >> 16) as usize % table.n_strides.load(Ordering::Relaxed) as usize);
                let mut at = r % n;
                for _ in 0..n {
                    if self.stopping.load(Ordering::SeqCst) != 0 {
                        return Found::Again;
                    }
                    let victim = table.get(at);
                    if victim != p {
                        if last && table.has_timers(at) {
                            let (t, next, did) = self.run_timers(&(*victim).timers, now);
                            now = t;
                            until = earlier(until, next);
                            if did {
                                // A timer usually readies onto the processor that runs it: ours.
                                let t = (*p).queue.pop_next();
                                if !t.is_null() {
                                    return Found::Task(t);
                                }
                                let t = (*p).queue.pop();
                                if !t.is_null() {
                                    return Found::Task(t);
                                }
                                ran = true;
                            }
                        }
                        if !table.is_idle(at) {
                            let mut kept = true;
                            let t = (*victim).queue.steal_into(&(*p).queue, last, || {
                                if (*victim).status.load(Ordering::Relaxed) == proc::Status::Running {
                                    kept = self.nap(m);
                                }
                                kept
                            });
                            if !t.is_null() {
                                return Found::Task(t);
                            }
                            if !kept {
                                return self.after_nap(m);
                            }
                        }
                    }
                    at = (at + stride) % n;
                }
            }
            if ran { Found::Again } else { Found::Nothing { until } }
        }
    }

    /// Sleeps for the grace that a thief gives the owner of a `next` slot; with the kernel's slack that is some 60 us. The processor is left
    /// behind meanwhile, as by a system call, so that neither a stop of the world nor a task that becomes ready waits for this. Whether
    /// nothing else had the processor, and this thread has it again; if not, go on with [`Sched::after_nap`].
    ///
    /// # Safety
    /// On g0 of `m`, this thread, which holds a processor with an empty queue.
    #[cold]
    unsafe fn nap(&self, m: *mut Thread<H>) -> bool {
        // SAFETY: `m` is this thread and holds the processor (this function's contract), until the status says that it is left behind; the
        // exchange makes it ours again.
        unsafe {
            if self.host.has_own_task() {
                // They are this thread's to run.
                crate::os::usleep(NEXT_GRACE_US);
                return true;
            }
            let p = (*m).proc;
            let tick = Proc::<H>::bump(&(*p).syscall_tick);
            (*m).proc = null_mut();
            (*p).thread.store(null_mut(), Ordering::Relaxed);
            // SeqCst, with the load below: as in `enter_syscall`.
            (*p).status.store(proc::Status::Syscall, Ordering::SeqCst);
            if self.stopping.load(Ordering::SeqCst) == 0 {
                crate::os::usleep(NEXT_GRACE_US);
            }
            if !self.take_status(p, proc::Status::Syscall, proc::Status::Running) {
                return false;
            }
            (*m).proc = p;
            (*p).thread.store(m, Ordering::Release);
            // What takes a processor from a call counts: if another thread had it, and left it behind in its turn, it may have work.
            Proc::<H>::bump(&(*p).syscall_tick).wrapping_sub(tick) == 1
        }
    }

    /// The search ends: the processor was taken, or has been elsewhere. Comes back when the thread has one.
    ///
    /// # Safety
    /// On g0 of `m`, this thread, which searches, after [`Sched::nap`] said false.
    #[cold]
    unsafe fn after_nap(&'static self, m: *mut Thread<H>) -> Found<H> {
        // SAFETY: `m` is this thread, on g0 (this function's contract); it goes without a processor to where it is given one.
        unsafe {
            if (*m).proc.is_null() {
                let t = self.rest_without(m, 0);
                if !t.is_null() {
                    return Found::Task(t);
                }
            }
            Found::Again
        }
    }

    // ---- queues ----

    /// Makes a task of the local queue: `next` slot or tail. An overflow goes to the global queue.
    ///
    /// # Safety
    /// This thread holds `p`; `t` is RUNNABLE, on no queue, and this thread's alone.
    #[inline]
    pub(crate) unsafe fn enqueue(&self, p: *mut Proc<H>, mut t: *mut Task<H>, next: bool) {
        // SAFETY: this thread holds `p`; `t` is RUNNABLE and on no queue.
        unsafe {
            if next {
                t = (*p).queue.swap_next(t);
                if t.is_null() {
                    return;
                }
            }
            if !(*p).queue.push(t) {
                self.overflow(p, t);
            }
        }
    }

    /// # Safety
    /// As for [`Sched::enqueue`].
    #[cold]
    #[inline(never)]
    unsafe fn overflow(&self, p: *mut Proc<H>, t: *mut Task<H>) {
        // SAFETY: this thread holds `p`; the batch was taken off its queue.
        unsafe {
            loop {
                let mut batch = [null_mut(); HALF];
                if (*p).queue.take_half(&mut batch) {
                    let mut list = TaskList::new();
                    for b in batch {
                        list.push_back(b);
                    }
                    list.push_back(t);
                    self.locked(|c| self.global_append(c, &mut list));
                    return;
                }
                if (*p).queue.push(t) {
                    return;
                }
            }
        }
    }

    pub(crate) fn global_append(&self, c: &mut Central<H>, list: &mut TaskList<H>) {
        c.global.append(list);
        self.global_len.store(c.global.len(), Ordering::SeqCst);
    }

    /// # Safety
    /// `t` is RUNNABLE, on no queue, and this thread's alone.
    pub(crate) unsafe fn global_push(&self, c: &mut Central<H>, t: *mut Task<H>) {
        // SAFETY: `t` is RUNNABLE and on no queue.
        unsafe { c.global.push_back(t) };
        self.global_len.store(c.global.len(), Ordering::SeqCst);
    }

    /// Takes one task, and moves a fair share (at most `max`, 0 for no limit) to `p`'s queue.
    ///
    /// # Safety
    /// This thread holds `p`.
    pub(crate) unsafe fn global_get(&self, c: &mut Central<H>, p: *mut Proc<H>, max: u32) -> *mut Task<H> {
        let len = c.global.len();
        if len == 0 {
            return null_mut();
        }
        let mut n = (len / self.proc_count() + 1).min(len).min(HALF as u32);
        if max != 0 {
            n = n.min(max);
        }
        let first = c.global.pop_front();
        for _ in 1..n {
            let t = c.global.pop_front();
            // SAFETY: this thread holds `p`; `t` was on the global queue.
            unsafe {
                if !(*p).queue.push(t) {
                    c.global.push_front(t);
                    break;
                }
            }
        }
        self.global_len.store(c.global.len(), Ordering::SeqCst);
        first
    }

    /// Makes a list of WAITING tasks runnable. On a thread with or without a processor, known to
    /// the scheduler or not.
    ///
    /// # Safety
    /// Every task of the list is WAITING, and to ready it is the caller's duty.
    pub(crate) unsafe fn inject(&'static self, list: &mut TaskList<H>) {
        let n = list.len();
        if n == 0 {
            return;
        }
        // Under the lock, so that deadlock detection sees tasks waiting or queued, nothing between.
        self.locked(|c| {
            loop {
                let t = list.pop_front();
                if t.is_null() {
                    break;
                }
                // SAFETY: it was on the list; it is WAITING and ours to ready (the caller's promise).
                unsafe {
                    self.host.trace(Event::Ready, t);
                    (*t).state.change(Status::WAITING, Status::RUNNABLE);
                    self.global_push(c, t);
                }
            }
        });
        // One processor for each, as far as they go; the last wake-up is a searcher's.
        for _ in 1..n {
            if self.wake.idle() == 0 {
                break;
            }
            self.start_thread(null_mut(), false);
        }
        self.wake_proc();
    }

    /// Keeps the first of `list` for this thread, and queues the others up on its processor, where one more thread is woken to
    /// look for them: no lock is taken for them, unless they are more than the queue holds.
    ///
    /// # Safety
    /// On g0 with a processor; every task of the list is WAITING, and to ready it is this thread's duty.
    pub(crate) unsafe fn take_polled(&'static self, list: &mut TaskList<H>) -> *mut Task<H> {
        let first = list.pop_front();
        if first.is_null() {
            return first;
        }
        // SAFETY: what the poller gives is WAITING, on no queue, and ours to ready (`Host::poll`); this thread holds the processor
        // (this function's contract).
        unsafe {
            self.host.trace(Event::Ready, first);
            (*first).state.change(Status::WAITING, Status::RUNNABLE);
            if !list.is_empty() {
                let p = self.proc();
                loop {
                    let t = list.pop_front();
                    if t.is_null() {
                        break;
                    }
                    self.host.trace(Event::Ready, t);
                    (*t).state.change(Status::WAITING, Status::RUNNABLE);
                    self.enqueue(p, t, false);
                }
                self.wake_proc();
            }
        }
        first
    }
}

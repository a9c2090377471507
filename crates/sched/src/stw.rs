//! Stopping and starting the world, changing the number of processors, asking running tasks to
//! yield.
//!
//! The world is stopped when every processor but the stopper's is STOPPED: idle ones, those of
//! system calls, and those that a thread is being woken for are taken as they are, running ones are asked (their task's guard word, their
//! `preempt` flag, and if that does not help within some tens of microseconds, a signal by the embedder) and stop in the
//! scheduling loop. `stop_wait` counts
//! those that have not yet; the one that brings it to 0 wakes the stopper.
//!
//! Only one task at a time may stop the world: it holds the world semaphore.
//! [`Sched::with_world_stopped_on_g0`] does all of it; the other functions are for a collector,
//! which keeps the semaphore across several stops.

use core::mem::{align_of, size_of};
use core::ptr::null_mut;
use core::sync::atomic::{AtomicU32, Ordering};

use crate::Sched;
use crate::host::{Event, Host};
use crate::model::{Central, Then};
use crate::proc::{self, Proc, Table};
use crate::task::{PREEMPT, Task, TaskList};
use crate::thread::Thread;

/// Looks at the note before tasks that still run are interrupted: they are some microseconds from their next prologue, mostly, and
/// a signal costs them as much again.
const GRACE: u32 = 500;
/// Looks at it before the stopper sleeps: waking a thread takes some tens of microseconds.
const LOOKS: u32 = 2000;
/// The stopper looks again, and asks again, after so long; each time after twice as long,
const ASK_AGAIN_NS: i64 = 100_000;
/// up to this: where a signal takes about as long to handle as there is between two (on emulated processors, under checkers), what is
/// asked would do nothing else.
const ASK_AT_LEAST_NS: i64 = 10_000_000;

/// How a task is asked to yield.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ask {
    /// By its guard word, at which it looks in its next prologue.
    Word,
    /// By its guard word, and the embedder interrupts it.
    Signal,
}

impl<H: Host> Sched<H> {
    /// `p` has stopped (or been taken while it was not in use).
    ///
    /// # Safety
    /// `p` is held by this thread, or was taken off a list or by its status.
    pub(crate) unsafe fn one_stopped(&self, c: &mut Central<H>, p: *mut Proc<H>) {
        // SAFETY: this thread holds `p`, or took it off a list or by its status (this function's contract), so it is ours.
        unsafe { (*p).status.store(proc::Status::Stopped, Ordering::SeqCst) };
        c.stop_wait -= 1;
        if c.stop_wait == 0 {
            self.stop_note.wakeup();
        }
    }

    /// This thread gives its processor to the stopper and sleeps until it gets one again.
    ///
    /// # Safety
    /// `m` is this thread, on g0 with a processor; it runs no task.
    pub(crate) unsafe fn stop_here(&'static self, m: *mut Thread<H>) {
        // SAFETY: `m` is this thread and holds a processor; no task is running on it.
        unsafe {
            if (*m).spinning {
                (*m).spinning = false;
                // The stopper wakes a searcher when it starts the world: no successor now.
                self.wake.stop_spinning();
            }
            let went = self.locked(|c| {
                if self.stopping.load(Ordering::SeqCst) == 0 {
                    return false;
                }
                let p = self.give_proc(m);
                self.one_stopped(c, p);
                true
            });
            if went {
                self.stop_thread(m);
            }
        }
    }

    /// The semaphore (1: free) that the stopper of the world holds. Acquire it with
    /// [`Sched::acquire_on_g0`], or without waiting with [`Sched::try_acquire`].
    ///
    /// A pointer: with stores to it two could be made to stop the world at once.
    pub fn world_semaphore(&self) -> *const AtomicU32 {
        &raw const self.world
    }

    /// Stops the world; returns when no other thread runs a task or the scheduler.
    ///
    /// # Safety
    /// On g0 of a thread with a processor; the world semaphore is held.
    pub unsafe fn stop_the_world(&'static self) {
        // SAFETY: a thread with a processor has a descriptor, and on g0 its word is set.
        let m = unsafe { self.thread() };
        self.host.trace(Event::StopWorld, null_mut());
        let wait = self.locked(|c| {
            let n = self.proc_count();
            c.stop_wait = n as i32;
            self.stopping.store(1, Ordering::SeqCst);
            // SAFETY: this thread has a processor, so there are a table and a word for it; processors taken off the idle list
            // or by status are ours.
            unsafe {
                self.ask_all(Ask::Word);
                self.one_stopped(c, (*m).proc);
                let table = self.table();
                for i in 0..n {
                    let p = table.get(i);
                    if self.take_status(p, proc::Status::Syscall, proc::Status::Stopped) {
                        Proc::<H>::bump(&(*p).syscall_tick);
                        c.stop_wait -= 1;
                    } else if self.take_status(p, proc::Status::Offered, proc::Status::Withheld) {
                        self.take_over_queue(c, p, (*m).proc);
                        c.stop_wait -= 1;
                    }
                }
                loop {
                    let p = self.idle_get(c);
                    if p.is_null() {
                        break;
                    }
                    (*p).status.store(proc::Status::Stopped, Ordering::SeqCst);
                    c.stop_wait -= 1;
                }
            }
            c.stop_wait > 0
        });
        if wait && !self.stop_is_seen(GRACE) {
            // SAFETY: this thread is one of the scheduler's and on g0 with a processor (this function's contract), so its word
            // is set.
            unsafe { self.preempt_all() };
            if !self.stop_is_seen(LOOKS) {
                let mut until_next = ASK_AGAIN_NS;
                while !self.stop_note.sleep_timeout(until_next) {
                    // SAFETY: this thread's word is still set.
                    unsafe { self.preempt_all() };
                    until_next = (until_next * 2).min(ASK_AT_LEAST_NS);
                }
            }
        }
        self.stop_note.clear();
    }

    /// What waits in the queue of `p`, which was offered and is withheld now, goes to the end of that of `mine`. The thread that it was offered to
    /// has not come for it, and a task that stops the world again and again would keep it from running for as long: no processor need be idle and
    /// steal it meanwhile.
    ///
    /// # Safety
    /// This thread holds `mine`, and has taken `p` by its status. The central lock is held.
    unsafe fn take_over_queue(&self, c: &mut Central<H>, p: *mut Proc<H>, mine: *mut Proc<H>) {
        // SAFETY: both are this thread's (this function's contract), so it may take from the one as its owner, and push to the other; what is taken
        // is RUNNABLE and on no queue.
        unsafe {
            loop {
                let mut t = (*p).queue.pop_next();
                if t.is_null() {
                    t = (*p).queue.pop();
                }
                if t.is_null() {
                    return;
                }
                if !(*mine).queue.push(t) {
                    self.global_push(c, t);
                }
            }
        }
    }

    /// Whether all processors stop within so many looks.
    fn stop_is_seen(&self, looks: u32) -> bool {
        (0..looks).any(|_| {
            core::hint::spin_loop();
            self.stop_note.is_rung()
        })
    }

    /// Starts the world again, with the number of processors last asked for.
    ///
    /// # Safety
    /// On g0 of the thread that stopped it.
    pub unsafe fn start_the_world(&'static self) {
        let mut rest = self.locked(|c| {
            let n = match core::mem::take(&mut c.new_procs) {
                0 => self.proc_count(),
                n => n,
            };
            // SAFETY: this thread has the world stopped, on g0, so its word is set; the number was one at least.
            let rest = unsafe { self.resize_procs(c, n) };
            self.stopping.store(0, Ordering::SeqCst);
            rest
        });
        while !rest.is_null() {
            let p = rest;
            // SAFETY: `resize_procs` gave us these processors.
            unsafe {
                rest = (*p).link;
                (*p).link = null_mut();
            }
            self.start_thread(p, false);
        }
        // There may be more work than what sits in local queues.
        self.wake_proc();
        self.host.trace(Event::WorldRuns, null_mut());
    }

    /// Stops what can be stopped, for a process that is about to die and wants to print what its
    /// tasks were doing. Takes no lock that the dying thread might hold, waits briefly, promises
    /// nothing. The world never starts again.
    ///
    /// # Safety
    /// - The calling thread is one of this scheduler's, and its per-thread word is set.
    /// - The process ends without entering the scheduler again: counts of what has stopped are wrong from now on.
    pub unsafe fn freeze_the_world(&self) {
        self.frozen.store(true, Ordering::SeqCst);
        for _ in 0..5 {
            self.stopping.store(1, Ordering::SeqCst);
            // SAFETY: this thread's word is set (first point).
            if !unsafe { self.preempt_all() } {
                break;
            }
            crate::os::usleep(1000);
        }
    }

    /// Whether the world is stopped or about to be.
    #[inline]
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed) != 0
    }

    /// Stops the world, calls `f`, starts the world, lets `t` go on. If someone else has the world
    /// stopped, `t` parks (with `reason`) until it is its turn. `f` may use what `t` has from the embedder, and `t.ctx`.
    ///
    /// # Safety
    /// `t` is the running task of this thread, its context is saved, and this is g0. `f` does not
    /// enter the scheduler.
    pub unsafe fn with_world_stopped_on_g0(
        &'static self,
        t: *mut Task<H>,
        reason: H::Reason,
        f: unsafe fn(*mut Task<H>),
    ) -> ! {
        // SAFETY: `t` is this thread's task on g0, saved; the scheduler's own word stays; `f` is called as it wants it: on g0,
        // with the semaphore held.
        unsafe { self.acquire(t, &raw const self.world, false, reason, Then::Stopped(f)) }
    }

    /// The world is `t`'s to stop.
    ///
    /// # Safety
    /// On g0 of the thread that runs `t`, whose context is saved; the world's semaphore is held. `f` may be called then, and does not
    /// enter the scheduler.
    pub(crate) unsafe fn stopped_for(&'static self, t: *mut Task<H>, f: unsafe fn(*mut Task<H>)) {
        // SAFETY: `t` runs on this thread's g0, and the semaphore is held: `f` may be called as it wants it.
        unsafe {
            self.stop_the_world();
            f(t);
            self.start_the_world();
            // Handed to the waiter: a task that stops the world again and again would take it back before they run.
            // They are next here when this task waits for it, so it need not yield now.
            let _ = self.release(&raw const self.world, true);
        }
    }

    /// Lets the next [`Sched::start_the_world`] go on with `n` processors.
    pub fn set_proc_count(&self, n: u32) {
        self.locked(|c| c.new_procs = n.max(1));
    }

    /// Asks every running task to yield, but the calling thread's, by [`Host::preempt_thread`] too; whether there was one.
    ///
    /// # Safety
    /// The calling thread is one of this scheduler's, and its per-thread word is set.
    pub unsafe fn preempt_all(&self) -> bool {
        // SAFETY: the word is set (the caller's promise).
        unsafe { self.ask_all(Ask::Signal) }
    }

    /// # Safety
    /// As for [`Sched::preempt_all`].
    #[inline(never)]
    unsafe fn ask_all(&self, how: Ask) -> bool {
        let mut any = false;
        // SAFETY: processors of the table; the word is set (the caller's promise).
        self.for_each_proc(|p| any |= unsafe { self.ask_one(p, how) });
        any
    }

    /// Asks the task that runs on `p` to yield, by [`Host::preempt_thread`] too; false if none runs there. It may be another
    /// task by the time it is asked, or not notice: ask again.
    ///
    /// # Safety
    /// `p` is a processor of this scheduler; the calling thread's per-thread word is set.
    pub unsafe fn preempt_one(&self, p: *mut Proc<H>) -> bool {
        // SAFETY: this function's contract is that of `ask_one`.
        unsafe { self.ask_one(p, Ask::Signal) }
    }

    /// Asks `t` to yield, if it runs. One that was asked already, and has not reached a place where it looks, is asked by
    /// [`Host::preempt_thread`] too: for waiters that come back from time to time.
    ///
    /// # Safety
    /// `t` is a task of this scheduler; the calling thread's per-thread word is set.
    pub unsafe fn ask_again(&self, t: *mut Task<H>) {
        // SAFETY: descriptors are never freed; processors of the table; the word is set (the caller's promise).
        unsafe {
            if (*t).guard0.load(Ordering::Relaxed) != PREEMPT {
                return (*t).ask_to_yield();
            }
            self.for_each_proc(|p| {
                let m = (*p).thread.load(Ordering::Acquire);
                if !m.is_null() && (*m).curg.load(Ordering::Acquire) == t {
                    self.ask_one(p, Ask::Signal);
                }
            });
        }
    }

    /// # Safety
    /// As for [`Sched::preempt_one`].
    unsafe fn ask_one(&self, p: *mut Proc<H>, how: Ask) -> bool {
        // SAFETY: descriptors are never freed; the words are atomic.
        unsafe {
            // The stopper's own counts as stopped, but has its thread: a task that stops the world over and over is hardly ever found in a moment in
            // which it does not, and has a slice like any other. It sees when it goes on that it was asked.
            if !matches!((*p).status.load(Ordering::Relaxed), proc::Status::Running | proc::Status::Stopped) {
                return false;
            }
            let m = (*p).thread.load(Ordering::Acquire);
            if m.is_null() || core::ptr::eq(m, self.thread()) {
                return false;
            }
            // Also between two tasks, of which the next would inherit the slice.
            (*p).preempt.store(true, Ordering::Relaxed);
            let t = (*m).curg.load(Ordering::Acquire);
            if t.is_null() || t == (*m).g0 {
                return false;
            }
            (*t).ask_to_yield();
            if how == Ask::Signal {
                self.host.preempt_thread(m);
            }
            true
        }
    }

    /// Takes `p` if its status is `from`.
    ///
    /// # Safety
    /// `p` is a processor of this scheduler.
    pub(crate) unsafe fn take_status(&self, p: *mut Proc<H>, from: proc::Status, to: proc::Status) -> bool {
        // SAFETY: processors are never freed.
        unsafe { (*p).status.take(from, to, Ordering::SeqCst, Ordering::Relaxed) }
    }

    /// Goes over to `n` processors. This thread keeps its processor, or gets the first. The
    /// others become idle, or, if they have tasks, are returned as a list.
    ///
    /// # Safety
    /// - The world is stopped by this thread, or does not exist yet. The central lock is held.
    /// - This thread's per-thread word is set. `n` is not 0.
    pub(crate) unsafe fn resize_procs(&self, c: &mut Central<H>, n: u32) -> *mut Proc<H> {
        let old = self.proc_count();
        if self.try_table().is_none_or(|table| n > table.cap) {
            self.grow_table(old, n);
        }
        // SAFETY: nothing else touches processors while the world is stopped; there is a table by now, and entries up to `n`
        // exist in it; this thread's word is set.
        unsafe {
            let m = self.thread();
            let table = self.table();
            for i in old..n {
                let slot = table.procs.add(i as usize);
                if (*slot).is_null() {
                    // What is used of a processor at once lies in its first page.
                    let (size, align) = (size_of::<Proc<H>>(), align_of::<Proc<H>>().max(4096));
                    *slot = self.host.alloc_record(size, align).cast();
                    Proc::init(&self.host, *slot, i);
                }
                (**slot).status.store(proc::Status::Stopped, Ordering::SeqCst);
            }
            for (i, s) in (1..=n).filter(|&s| gcd(s, n) == 1).enumerate() {
                *table.strides.add(i) = s;
                table.n_strides.store(i as u32 + 1, Ordering::Relaxed);
            }
            let mine = (*m).proc;
            if !mine.is_null() && (*mine).id < n {
                (*mine).status.store(proc::Status::Running, Ordering::SeqCst);
            } else {
                if !mine.is_null() {
                    self.give_proc(m);
                }
                self.take_proc(m, table.get(0));
            }
            for i in n..old {
                self.destroy_proc(c, table.get(i), (*m).proc);
            }
            self.n_procs.store(n, Ordering::Release);
            let mut rest = null_mut();
            for i in (0..n).rev() {
                let p = table.get(i);
                if p == (*m).proc {
                    continue;
                }
                if self.take_status(p, proc::Status::Withheld, proc::Status::Offered) {
                    // The thread is still on its way: no other need be woken, or made.
                    continue;
                }
                (*p).status.store(proc::Status::Idle, Ordering::SeqCst);
                if (*p).queue.is_empty() {
                    self.idle_put(c, p);
                } else {
                    (*p).link = rest;
                    rest = p;
                }
            }
            rest
        }
    }

    /// # Safety
    /// The world is stopped by this thread; `p` and `to` are two processors.
    unsafe fn destroy_proc(&self, c: &mut Central<H>, p: *mut Proc<H>, to: *mut Proc<H>) {
        // SAFETY: the world is stopped: `p` and `to` are ours.
        unsafe {
            let mut list = TaskList::new();
            loop {
                let mut t = (*p).queue.pop_next();
                if t.is_null() {
                    t = (*p).queue.pop();
                }
                if t.is_null() {
                    break;
                }
                list.push_back(t);
            }
            // Ahead of the others: they have waited in a queue already.
            list.append(&mut c.global);
            self.global_append(c, &mut list);
            if (*p).timers.move_to(&(*to).timers, |n| self.timer_memory(n)) {
                self.table().note_timers((*to).id);
            }
            self.table().clear_timers((*p).id);
            self.free_give(p, 0);
            self.share_records(p, 0);
            self.host.proc_destroy(p);
            (*p).status.store(proc::Status::Dead, Ordering::SeqCst);
        }
    }

    fn grow_table(&self, old: u32, n: u32) {
        let cap = n.next_power_of_two().max(32);
        let words = cap as usize / 32;
        // SAFETY: fresh memory of the right size, written before it is published; the old table,
        // if there is one, has `old` entries and stays as it is.
        unsafe {
            let array = |size: usize, n: usize| self.host.alloc_record(size * n, 8);
            let procs: *mut *mut Proc<H> = array(size_of::<usize>(), cap as usize).cast();
            let idle: *mut AtomicU32 = array(4, words).cast();
            let timers: *mut AtomicU32 = array(4, words).cast();
            let strides: *mut u32 = array(4, cap as usize).cast();
            for i in 0..cap as usize {
                procs.add(i).write(null_mut());
                strides.add(i).write(1);
            }
            for i in 0..words {
                idle.add(i).write(AtomicU32::new(0));
                timers.add(i).write(AtomicU32::new(0));
            }
            if old != 0 {
                let before = self.table();
                for i in 0..before.cap {
                    *procs.add(i as usize) = before.get(i);
                }
                for i in 0..before.cap as usize / 32 {
                    (*idle.add(i)).store((*before.idle.add(i)).load(Ordering::Relaxed), Ordering::Relaxed);
                    (*timers.add(i)).store((*before.timers.add(i)).load(Ordering::Relaxed), Ordering::Relaxed);
                }
            }
            debug_assert!(align_of::<Table<H>>() <= 8);
            let table = self.record(Table { cap, procs, idle, timers, strides, n_strides: AtomicU32::new(1) });
            self.table.store(table, Ordering::Release);
        }
    }
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

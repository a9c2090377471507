//! Tasks that stay: where a task that has started on a thread waits until that thread runs it.
//!
//! A task binds itself to the thread that first runs it, its *home*, unless it was spawned as one that migrates. The
//! scheduler knows nothing of homes: it queues tasks anywhere, and lets any thread choose any task. So a thread that has
//! chosen a task of another home does not resume it but sends it there ([`send`]): it parks the task (which is WAITING
//! from then on), and puts it into the home's *inbox*. A thread asks its inbox once per scheduling decision ([`pick`]).
//!
//! What must not happen is that a thread sleeps with a task in its inbox. All that matters is decided under the central
//! lock, in terms of where the home is:
//!
//! - It is on the list of idle threads: it has no processor and sleeps. It is taken off the list, and given the task and
//!   a processor: an idle one, or that of the sender, who sleeps instead. (A waker that has none to give leaves the task
//!   in the global queue, to be chosen and sent by a thread that has one.)
//! - It is about to give up its processor or to get onto that list: it looks at its inbox, under the same lock
//!   ([`has_tasks`], [`empty`]). In the first case it goes on; in the second, where it has no processor any more, the
//!   tasks go to the global queue.
//! - It sleeps for a timer, or will: it looks at its inbox after it has made that known, and a sender looks whether a
//!   thread sleeps after it has filled the inbox, and wakes it.
//! - It runs a task, or does what the task asked to be done outside: it comes to its inbox later.
//! - It is locked to a task: it comes to its inbox when it no longer is. The task itself goes the scheduler's way,
//!   through the queues, since its thread waits for nothing else.

use core::ptr::null_mut;
use core::sync::atomic::{AtomicU32, Ordering};

use super::state::{Home, Os, current};
use crate::model::Central;
use crate::os::Context;
use crate::state::Status;
use crate::task::TaskList;
use crate::{Proc, Sched, Task, Thread};

impl Home {
    pub fn new() -> Self {
        Home {
            inbox: TaskList::new(),
            len: AtomicU32::new(0),
            mine: TaskList::new(),
            turn: false,
            residents: 0,
            bottom: Context::EMPTY,
        }
    }

    /// Whether a task waits here for its turn.
    fn is_wanted(&self) -> bool {
        // SeqCst: see the third case of the module's header.
        !self.mine.is_empty() || self.len.load(Ordering::SeqCst) != 0
    }

    /// With the central lock held.
    ///
    /// # Safety
    /// `t` waits and is on no list; the central lock is held.
    unsafe fn push(&mut self, t: *mut Task<Os>) {
        // SAFETY: `t` waits and is on no list.
        unsafe { self.inbox.push_back(t) };
        self.len.store(self.inbox.len(), Ordering::SeqCst);
    }

    /// Moves the inbox behind what is to run next. With the central lock held.
    fn collect(&mut self) {
        self.mine.append(&mut self.inbox);
        self.len.store(0, Ordering::SeqCst);
    }
}

/// The task `t`, which this thread has chosen, is at home elsewhere.
///
/// # Safety
/// On g0; `t` runs on this thread, its context is saved, and it has another home.
#[cold]
pub(super) unsafe fn send(sched: &'static Sched<Os>, t: *mut Task<Os>) -> ! {
    /// # Safety
    /// As an [`Unlock`](crate::park::Unlock); `sched` is the address of a scheduler that stays while its threads run.
    unsafe fn post(t: *mut Task<Os>, sched: usize) -> bool {
        // SAFETY: the address of a scheduler that stays while its threads run; `t` waits and is off this thread.
        unsafe {
            let sched: &'static Sched<Os> = &*(sched as *const Sched<Os>);
            deliver(sched, t, sched.thread());
        }
        true
    }
    // SAFETY: on g0, `t` is this thread's task, saved (the caller's promises). With `resuming`, the system stack is used from its top again: a thread may send any
    // number of tasks before it runs one.
    unsafe {
        (*(*t).thread).resuming = true;
        sched.park_on_g0(t, Some(post), &raw const *sched as usize, 0)
    }
}

/// Readies the WAITING task `t`, which has a home, from a thread that is not its home, or not of the scheduler.
///
/// # Safety
/// The caller has the duty to ready it.
pub(super) unsafe fn ready(sched: &'static Sched<Os>, t: *mut Task<Os>) {
    // SAFETY: it is WAITING and ours to ready (the caller's promise).
    unsafe { deliver(sched, t, null_mut()) }
}

/// Puts the WAITING task `t` where its home will find it. `lender`, unless null, is this thread, which then has no task:
/// if that is what it takes, it gives its processor to the home and sleeps until it has one again.
///
/// # Safety
/// `t` is WAITING, on no list, has a home, and to ready it is this thread's duty. `lender` is null or this thread, on g0
/// with a processor.
unsafe fn deliver(sched: &'static Sched<Os>, t: *mut Task<Os>, lender: *mut Thread<Os>) {
    // SAFETY: `t` is ours until it is on a list; threads' descriptors stay as long as their scheduler; a thread taken off the idle list
    // waits for what `wake` gives it.
    unsafe {
        let home = (*t).ext.home;
        let wake = |p: *mut Proc<Os>| {
            (*home).next_proc = p;
            (*home).park.wakeup();
        };
        let mut queued = false;
        let mut idle = null_mut();
        let asleep = sched.locked(|c| {
            let place = idle_place(c, home);
            if place.is_null() {
                (*home).ext.push(t);
                return false;
            }
            idle = sched.idle_get(c);
            if idle.is_null() && lender.is_null() {
                (*t).state.change(Status::WAITING, Status::RUNNABLE);
                sched.global_push(c, t);
                queued = true;
                return false;
            }
            *place = (*home).link;
            (*home).link = null_mut();
            c.n_idle_threads -= 1;
            (*home).ext.push(t);
            true
        });
        if queued {
            sched.wake_proc();
        } else if !asleep {
            // SeqCst, as the store of the inbox' length: see the third case of the module's header.
            let scheduling = (*home).curg.load(Ordering::SeqCst).is_null();
            if scheduling && sched.last_poll.load(Ordering::SeqCst) == 0 {
                sched.break_sleep();
            }
        } else if !idle.is_null() {
            wake(idle);
        } else {
            wake(sched.give_proc(lender));
            sched.stop_thread(lender);
        }
    }
}

/// The link that leads to `m` on the list of idle threads, or null.
///
/// # Safety
/// The central lock is held while the link is used.
unsafe fn idle_place(c: &mut Central<Os>, m: *mut Thread<Os>) -> *mut *mut Thread<Os> {
    let mut at: *mut *mut Thread<Os> = &mut c.idle_threads;
    // SAFETY: the list is ours under the lock.
    unsafe {
        while !(*at).is_null() {
            if *at == m {
                return at;
            }
            at = &raw mut (**at).link;
        }
    }
    null_mut()
}

/// The next task that is at home on this thread, RUNNABLE, or null. Every other time the others come first, if there are
/// any; `idle` says that there are not.
///
/// # Safety
/// On g0 of a thread that holds `p`.
#[inline]
pub(super) unsafe fn pick(sched: &'static Sched<Os>, p: *mut Proc<Os>, idle: bool) -> *mut Task<Os> {
    // SAFETY: this thread holds `p`, so it is the one found there; what is on its list waits for us.
    unsafe {
        let home = &raw mut (*(*p).thread.load(Ordering::Relaxed)).ext;
        if (*home).len.load(Ordering::Relaxed) != 0 {
            sched.locked(|_| (*home).collect());
        }
        if (*home).mine.is_empty() {
            return null_mut();
        }
        (*home).turn = !(*home).turn;
        if !idle && (*home).turn && sched.has_runnable(p) {
            return null_mut();
        }
        let t = (*home).mine.pop_front();
        (*t).state.change(Status::WAITING, Status::RUNNABLE);
        t
    }
}

/// Whether a task waits that only this thread may run.
pub(super) fn has_tasks() -> bool {
    // SAFETY: on g0, whose thread's descriptor is this thread's.
    unsafe { (*(*current()).thread).ext.is_wanted() }
}

/// Takes out all tasks that wait for this thread, which gets onto the idle list. With the central lock held.
///
/// # Safety
/// `m` is this thread; the central lock is held.
pub(super) unsafe fn empty(m: *mut Thread<Os>) -> TaskList<Os> {
    // SAFETY: `m` is this thread.
    unsafe {
        (*m).ext.collect();
        core::mem::take(&mut (*m).ext.mine)
    }
}

/// The running task, which is at home here, lets others run: those that are at home here, and those in the queues.
///
/// # Safety
/// On the stack of a running task on its home; `on_g0` as in the module above.
#[inline]
pub(super) unsafe fn has_rivals(sched: &'static Sched<Os>, t: *mut Task<Os>) -> bool {
    // SAFETY: a running task's thread holds a processor.
    unsafe {
        let m = (*t).thread;
        let p = (*m).proc;
        // Every 16th time it goes the long way, past timers.
        (*m).ext.is_wanted()
            || sched.has_runnable(p)
            || sched.stopping.load(Ordering::Relaxed) != 0
            || Proc::<Os>::bump(&(*p).sched_tick).is_multiple_of(16)
    }
}

/// Parks a task that yields, behind the others at home on this thread; for `park_on_g0`.
///
/// # Safety
/// As an [`Unlock`](crate::park::Unlock); this thread is the home of `t`.
pub(super) unsafe fn queue_up(t: *mut Task<Os>, _: usize) -> bool {
    // SAFETY: `t` waits; this is g0 of its home.
    unsafe { (*(*t).ext.home).ext.mine.push_back(t) };
    true
}

//! How tasks come to an end when their runtime is shut down.
//!
//! A task has a stack, and what lies on it may be lent to others or pinned: it cannot be freed as it is. So **a task that waits is unwound**: the
//! function that it waits in panics with [`ShutDown`], without a word on standard error, and the task's destructors run, on the task. One that runs
//! goes on until it comes to wait. One that has not begun does not: its closure is dropped, on a stack of its own.
//!
//! 1. `closing` goes up: nothing is spawned any more but what is part of an operation of a task that has not ended, and whatever comes to wait, or was
//!    woken, is unwound ([`Wait`]). The scheduler's clock stands at its end, so that every sleep is over and every alarm is due, which is then dropped
//!    without being run.
//! 2. A task of the runtime's own stops the world and *sweeps* ([`sweep`]): it takes what waits off the lists where it waits. With the world
//!    stopped a task runs at no step of an operation: it has begun to wait, or will look at `closing` first. So after the sweep none waits but for
//!    what comes to an end of itself. The sweep counts the living, too, exactly; from then on those that end count.
//! 3. There are none: threads end. See `shutdown`.
//!
//! What is not cut short: joins (the other task ends too), the end of a scope (which its tasks may rely on), calls that block, and **whatever a task
//! does while it unwinds**, since a panic in a destructor that runs because of another ends the process. A destructor waits for what it waits
//! for; only sleeps and parks end early. Whether a task unwinds is known from its thread's panic count when it begins to wait; later that may be that of
//! another task of the thread, so it is remembered across the wait.
//!
//! Where panics abort there is nothing to unwind with: both steps leave what waits alone, and the shutdown takes as long as the tasks do.

use std::fmt;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use goxide_sys::Note;

use super::state::{Ending, Kind, Os, Swept, current};
use crate::end::End;
use crate::model::{Resume, SemaWaiter, Then};
use crate::state::Status;
use crate::{NotifyList, Sched, Task, TaskList};

/// Whether a panic unwinds.
const UNWINDS: bool = cfg!(panic = "unwind");

/// What a task is unwound with when its runtime is [shut down](super::Runtime::shutdown), and what [`join`](super::JoinHandle::join) then says of it:
/// the error's type, by `downcast_ref`. Also said of a task that was spawned too late.
///
/// A task that catches it goes on, and is unwound anew where it next waits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct ShutDown;

impl fmt::Display for ShutDown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the task's runtime was shut down")
    }
}

impl std::error::Error for ShutDown {}

fn locked<T>(m: &Mutex<T>) -> MutexGuard<'_, T> {
    m.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Ending {
    pub(super) fn new() -> Self {
        Ending {
            closing: AtomicBool::new(false),
            timeless: AtomicBool::new(false),
            counted: AtomicBool::new(false),
            living: AtomicUsize::new(0),
            spawning: Mutex::new(()),
            swept: Mutex::new(Swept(TaskList::new())),
            done: Note::new(),
            end: End::new(),
            threads: Mutex::new(Vec::new()),
        }
    }

    #[inline]
    pub(super) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
    }

    #[inline]
    pub(super) fn is_cancelling(&self) -> bool {
        UNWINDS && self.is_closing()
    }

    #[inline]
    pub(super) fn is_timeless(&self) -> bool {
        self.timeless.load(Ordering::Relaxed)
    }

    /// Nothing is spawned from now on, and nothing waits, but by those that have looked already.
    pub(super) fn close(&self) {
        self.closing.store(true, Ordering::SeqCst);
        self.timeless.store(UNWINDS, Ordering::SeqCst);
    }

    /// No task is left that could sleep: nor does a thread for one.
    pub(super) fn stop_clock(&self) {
        self.timeless.store(true, Ordering::SeqCst);
    }

    /// Counts a task that is spawned though the runtime is closing; the guard is held until it is where the sweep sees it.
    pub(super) fn one_more(&self) -> MutexGuard<'_, ()> {
        let guard = locked(&self.spawning);
        if self.counted.load(Ordering::Relaxed) {
            self.living.fetch_add(1, Ordering::Relaxed);
        }
        guard
    }

    /// A task has ended.
    #[inline]
    pub(super) fn one_less(&self) {
        // Relaxed: what runs after the sweep sees it, by the start of the world.
        if self.counted.load(Ordering::Relaxed) && self.living.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.done.wakeup();
        }
    }

    /// The next that the sweep has taken off its list, or null.
    pub(super) fn take_swept(&self) -> *mut Task<Os> {
        locked(&self.swept).0.pop_front()
    }

    /// Whether there was a sweep, and all tasks have ended since.
    pub(super) fn is_deserted(&self) -> bool {
        self.counted.load(Ordering::Acquire) && self.living.load(Ordering::Acquire) == 0
    }

    /// A thread of the runtime's, to be waited for.
    pub(super) fn add_thread(&self, thread: JoinHandle<()>) {
        let mut threads = locked(&self.threads);
        if threads.len() == threads.capacity() {
            threads.retain(|thread| !thread.is_finished());
        }
        threads.push(thread);
    }

    /// Waits until all threads have ended, those that they still make included.
    pub(super) fn join_threads(&self) {
        loop {
            let threads = std::mem::take(&mut *locked(&self.threads));
            if threads.is_empty() {
                return;
            }
            for thread in threads {
                // One that panicked has said so.
                let _ = thread.join();
            }
        }
    }
}

/// A wait of the calling task.
#[must_use]
pub(super) struct Wait {
    /// Whether the task unwinds, so that no panic may come of the wait.
    unwinding: bool,
}

impl Wait {
    /// The calling task is about to wait. Does not return if it is unwound instead.
    #[inline]
    pub(super) fn begin(sched: &Sched<Os>) -> Wait {
        let wait = Wait { unwinding: thread::panicking() && unwinds() };
        wait.end(sched);
        wait
    }

    /// The wait is over. Does not return if the task is unwound.
    #[inline]
    pub(super) fn end(&self, sched: &Sched<Os>) {
        if sched.host().ending.is_cancelling() && !self.unwinding {
            unwind();
        }
    }
}

/// Whether the calling task unwinds, on a thread that is panicking.
#[cold]
#[inline(never)]
fn unwinds() -> bool {
    // SAFETY: the running task.
    let ext = unsafe { &(*current()).ext };
    // One that migrates does not wait while it unwinds because of a panic of its own: the thread's is another task's.
    ext.stays || ext.unwound
}

/// Unwinds the calling task, unless it waits for a thread that unwinds.
#[cold]
#[inline(never)]
fn unwind() {
    // SAFETY: the running task.
    let ext = unsafe { &mut (*current()).ext };
    if ext.kind != Kind::Spared {
        ext.unwound = true;
        resume_unwind(Box::new(ShutDown))
    }
}

/// Takes the calling task's mark that its wait was cut short by the sweep.
pub(super) fn was_swept() -> bool {
    // SAFETY: the running task.
    unsafe { core::mem::take(&mut (*current()).ext.swept) }
}

/// # Safety
/// On g0 of the thread that runs `t`, which has stopped the world.
pub(super) unsafe fn sweep(t: *mut Task<Os>) {
    // SAFETY: a running task has its thread set, and that its scheduler.
    let sched = unsafe { &*(*(*t).thread).sched };
    let ending = &sched.host().ending;
    let _spawning = locked(&ending.spawning);
    let list = &mut locked(&ending.swept).0;
    let mut living = 0;
    sched.for_each_task(|t| {
        // SAFETY: descriptors stay as long as their scheduler. The world is stopped, so a task that waits is off its thread, its descriptor
        // changes only by the token, and what it waits on is there. What is taken off its list, or whose token was given, is ours to ready.
        unsafe {
            match (*t).state.get().plain() {
                Status::DEAD | Status::IDLE => return,
                Status::WAITING if UNWINDS => {}
                _ => {
                    living += 1;
                    return;
                }
            }
            living += 1;
            let condition = (*t).ext.condition;
            if !condition.is_null() {
                take_all_notified(sched, condition, list);
            } else if matches!((*t).resume, Resume::Acquire) {
                take_all_acquiring(sched, t, list);
            } else if (*t).ext.token.give() {
                list.push_back(t);
            }
        }
    });
    // Release: pairs with the acquire in `is_deserted`.
    ending.living.store(living, Ordering::Relaxed);
    ending.counted.store(true, Ordering::Release);
}

/// # Safety
/// The world is stopped; `t` waits for a semaphore.
unsafe fn take_all_acquiring(sched: &Sched<Os>, t: *mut Task<Os>, list: &mut TaskList<Os>) {
    // SAFETY: the task's record is that of its wait, whose word is there while it waits. What is taken off has no other waker.
    unsafe {
        let w: *mut SemaWaiter<Os> = (*t).record.cast();
        // The world's own semaphore is not a user's.
        if !matches!((*w).then, Then::GoOn) {
            return;
        }
        let addr = (*w).addr;
        loop {
            let w = sched.semas.root(addr).take_first(addr, 0).waiter;
            if w.is_null() {
                return;
            }
            // It goes on as if it had a unit, and is told that it has none.
            (*w).handed = true;
            (*(*w).task).ext.swept = true;
            list.push_back((*w).task);
        }
    }
}

/// # Safety
/// The world is stopped; tasks of `sched` wait on `l`, if any do.
unsafe fn take_all_notified(sched: &Sched<Os>, l: *mut NotifyList, list: &mut TaskList<Os>) {
    // SAFETY: the list is there while a task waits on it; waiters that were taken off are ours.
    unsafe {
        let mut w = sched.take_waiters(l);
        while !w.is_null() {
            let next = core::mem::replace(&mut (*w).next, core::ptr::null_mut());
            let t = (*w).task;
            (*t).ext.condition = core::ptr::null_mut();
            (*t).ext.swept = true;
            list.push_back(t);
            w = next;
        }
    }
}

//! A semaphore and a condition for hosted tasks, over [`crate::sema`] and [`crate::notify`]. Both
//! are for tasks only: foreign threads cannot wait on them.
//!
//! Who waits is known to the waiters' runtime alone, so each belongs to the runtime of the first task that waited on it:
//! tasks of others may release or notify (in a task of that runtime), but not wait.

use std::cell::UnsafeCell;
use std::fmt;
use std::panic::resume_unwind;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use super::ending::{ShutDown, Wait, was_swept};
use super::outside::{as_task, on_processor, on_task, that_may_wait};
use super::registry;
use super::state::{Os, current};
use super::switch::{is_on_task, on_g0};
use crate::{NotifyList, Sched};

/// The number of the runtime whose tasks wait; 0: there is none.
struct Owner(AtomicU64);

impl Owner {
    const fn new() -> Self {
        Owner(AtomicU64::new(0))
    }

    /// A task of `sched` is about to wait. SeqCst: the releaser looks for the owner after it has added its unit, the waiter
    /// for a unit after this.
    fn claim(&self, sched: &'static Sched<Os>) {
        let me = sched.host().runtime.id;
        let mut was = 0;
        while let Err(other) = self.0.compare_exchange(was, me, Ordering::SeqCst, Ordering::SeqCst) {
            if other == me {
                return;
            }
            // None waits any more of a runtime that is down.
            assert!(
                other == 0 || registry::find(other).is_none(),
                "tasks of two runtimes cannot wait on the same Semaphore or Condition"
            );
            was = other;
        }
    }

    /// The number of the runtime whose tasks wait, if any ever did.
    #[inline]
    fn get(&self) -> Option<u64> {
        Some(self.0.load(Ordering::SeqCst)).filter(|id| *id != 0)
    }
}

/// Calls `f` in a task of the runtime `owner`, whose tasks wait. Not at all if that is down: none waits then.
#[cold]
#[inline(never)]
fn for_owner(owner: u64, f: impl FnOnce(&'static Sched<Os>) + Send) {
    let Some(runtime) = registry::find(owner) else { return };
    match as_task(runtime, f) {
        Err(panic) if !panic.is::<ShutDown>() => resume_unwind(panic),
        _ => {}
    }
}

/// A counting semaphore. Waiters are served in order, though a task that does not wait may be
/// faster than one that was just woken, unless units are handed over.
pub struct Semaphore {
    units: AtomicU32,
    owner: Owner,
}

impl Semaphore {
    /// With `units` to take.
    #[must_use]
    pub const fn new(units: u32) -> Self {
        Semaphore { units: AtomicU32::new(units), owner: Owner::new() }
    }

    /// Units that are there now.
    #[must_use]
    pub fn available(&self) -> u32 {
        self.units.load(Ordering::Relaxed)
    }

    /// Takes a unit if there is one. From any thread.
    #[must_use = "without the unit there is nothing to release"]
    pub fn try_acquire(&self) -> bool {
        let mut n = self.units.load(Ordering::SeqCst);
        while n != 0 {
            let took = self.units.compare_exchange_weak(n, n - 1, Ordering::SeqCst, Ordering::SeqCst);
            match took {
                Ok(_) => return true,
                Err(seen) => n = seen,
            }
        }
        false
    }

    /// Takes a unit, waiting for it behind the others. Tasks wait; any thread may take a unit that is there. A thread that is no runtime's and
    /// has to wait has a task do it: `rt.block_on(move || semaphore.acquire())`.
    ///
    /// # Panics
    /// If there is no unit: in an alarm's action, on a thread that is not the runtime's, or if tasks of another runtime have waited here.
    pub fn acquire(&self) {
        self.wait("Semaphore::acquire", false);
    }

    /// Takes a unit, waiting for it ahead of the others.
    ///
    /// # Panics
    /// As [`Semaphore::acquire`].
    pub fn acquire_first(&self) {
        self.wait("Semaphore::acquire_first", true);
    }

    #[inline]
    fn wait(&self, what: &str, lifo: bool) {
        if self.try_acquire() {
            return;
        }
        on_task(what, |sched| {
            let wait = Wait::begin(sched);
            self.owner.claim(sched);
            let addr = &raw const self.units;
            loop {
                // SAFETY: the word stays while the caller borrows it; see `on_g0`.
                on_g0(|t| unsafe { sched.acquire_on_g0(t, addr, lifo, 0) });
                // With a unit the task goes on, and to its next wait.
                if !was_swept() {
                    return;
                }
                wait.end(sched);
            }
        });
    }

    /// Gives a unit back.
    ///
    /// # Panics
    /// On a thread that is not the runtime's, or if there are 2^32 - 1 units already.
    pub fn release(&self) {
        on_processor("Semaphore::release", |sched| self.give(sched, false));
    }

    /// Gives a unit to the first waiter, who runs next on this processor: the caller yields.
    ///
    /// # Panics
    /// As [`Semaphore::release`].
    pub fn hand_over(&self) {
        on_processor("Semaphore::hand_over", |sched| {
            if self.give(sched, true) && is_on_task() {
                // SAFETY: see `on_g0`.
                on_g0(|t| unsafe { sched.yield_here_on_g0(t) });
            }
        });
    }

    #[inline]
    fn give(&self, sched: &'static Sched<Os>, hand_over: bool) -> bool {
        let units = self.units.load(Ordering::Relaxed);
        assert!(units != u32::MAX, "a Semaphore has at most 2^32 - 1 units");
        let addr = &raw const self.units;
        // SAFETY: the word is ours; fixed stacks have room. The waiters are in the tables of the owner.
        let nobody = unsafe { sched.release_fast(addr) };
        // After the unit was added: see `claim`.
        match self.owner.get() {
            Some(owner) if owner != sched.host().runtime.id => {
                let units = &self.units;
                // SAFETY: on a task of the owner's, after `release_fast`; the word stays, since `for_owner` waits.
                for_owner(owner, move |sched| unsafe {
                    let _ = sched.release_slow(units, false);
                });
                false
            }
            // SAFETY: `release_fast` found a waiter; the word is ours, and fixed stacks have room.
            _ => !nobody && unsafe { sched.release_slow(addr, hand_over) },
        }
    }
}

impl fmt::Debug for Semaphore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Semaphore").field("available", &self.available()).finish_non_exhaustive()
    }
}

/// Lets tasks wait until others say that something has changed.
pub struct Condition {
    list: UnsafeCell<NotifyList>,
    owner: Owner,
}

// SAFETY: the list has a lock of its own.
unsafe impl Sync for Condition {}
// SAFETY: the list has a lock of its own and belongs to no thread.
unsafe impl Send for Condition {}

impl Default for Condition {
    fn default() -> Self {
        Self::new()
    }
}

impl Condition {
    /// No task waits.
    #[must_use]
    pub const fn new() -> Self {
        Condition { list: UnsafeCell::new(NotifyList::new()), owner: Owner::new() }
    }

    /// Gets in line, calls `unlock` (which gives up whatever guards the condition), and waits to
    /// be notified. A notification after `unlock` is not lost. If `unlock` panics the wait is off, and the
    /// notification that was to end it is lost on it.
    ///
    /// # Panics
    /// In an alarm's action, on a thread that is not the runtime's, or if tasks of another runtime have waited here.
    pub fn wait(&self, unlock: impl FnOnce()) {
        let sched = that_may_wait("Condition::wait");
        if !current().is_null() {
            let _ = Wait::begin(sched);
        }
        self.owner.claim(sched);
        // SAFETY: the list is valid; `add` touches atomics only.
        let ticket = unsafe { (*self.list()).add() };
        unlock();
        on_task("Condition::wait", |sched| notify_wait(sched, self.list(), ticket));
    }

    /// Calls `notify` with the list where its waiters are known: here, or in a task of their runtime.
    fn notify(&self, what: &str, notify: unsafe fn(&'static Sched<Os>, *mut NotifyList)) {
        on_processor(what, |sched| {
            // None: no task has queued up before.
            let Some(owner) = self.owner.get() else { return };
            if owner == sched.host().runtime.id {
                // SAFETY: the list is valid, its waiters are the owner's; fixed stacks have room.
                unsafe { notify(sched, self.list()) }
            } else {
                // SAFETY: the list is valid until `for_owner` has waited; there, its waiters are the owner's.
                for_owner(owner, |sched| unsafe { notify(sched, self.list()) })
            }
        });
    }

    /// The list, for the scheduler.
    fn list(&self) -> *mut NotifyList {
        self.list.get()
    }

    /// Wakes the task that got in line first.
    ///
    /// # Panics
    /// On a thread that is not the runtime's.
    pub fn notify_one(&self) {
        self.notify("Condition::notify_one", Sched::notify_one);
    }

    /// Wakes all that are in line.
    ///
    /// # Panics
    /// On a thread that is not the runtime's.
    pub fn notify_all(&self) {
        self.notify("Condition::notify_all", Sched::notify_all);
    }
}

impl fmt::Debug for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Condition").finish_non_exhaustive()
    }
}

/// Waits for a ticket of `list`, which [`NotifyList::add`] gave. On a task.
fn notify_wait(sched: &'static Sched<Os>, list: *mut NotifyList, ticket: u32) {
    let mut given = Given { sched, list, back: true };
    let wait = Wait::begin(sched);
    given.back = false;
    // SAFETY: the running task.
    unsafe { (*current()).ext.condition = list };
    // SAFETY: see `on_g0`; the list outlives the borrow that `Condition` holds.
    on_g0(|t| unsafe { sched.notify_wait_on_g0(t, list, ticket, 0) });
    // SAFETY: the running task.
    unsafe { (*current()).ext.condition = null_mut() };
    if was_swept() {
        wait.end(sched);
    }
}

/// A ticket that is not waited for if the task is unwound before it begins to. So that no later notification is lost on it, all that were taken so
/// far are notified: those are of tasks that do not wait any more either.
struct Given {
    sched: &'static Sched<Os>,
    list: *mut NotifyList,
    back: bool,
}

impl Drop for Given {
    fn drop(&mut self) {
        if self.back {
            // SAFETY: the list is valid, its waiters are those of this scheduler, on a task of which this is, with a processor.
            unsafe { self.sched.notify_all(self.list) };
        }
    }
}

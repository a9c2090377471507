//! A semaphore and a condition for hosted tasks, over [`crate::sema`] and [`crate::notify`]. Both
//! are for tasks only: foreign threads cannot wait on them.

use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicU32, Ordering};

use super::{Runtime, notify_wait, on_g0};
use crate::NotifyList;

/// A counting semaphore. Waiters are served in order, though a task that does not wait may be
/// faster than one that was just woken, unless units are handed over.
pub struct Semaphore {
    units: AtomicU32,
}

impl Semaphore {
    /// With `units` to take.
    pub const fn new(units: u32) -> Self {
        Semaphore {
            units: AtomicU32::new(units),
        }
    }

    /// Units that are there now.
    pub fn available(&self) -> u32 {
        self.units.load(Ordering::Relaxed)
    }

    /// Takes a unit if there is one.
    pub fn try_acquire(&self) -> bool {
        // SAFETY: the word is ours.
        unsafe { Runtime::current().sched.try_acquire(&self.units) }
    }

    /// Takes a unit, waiting for it behind the others.
    pub fn acquire(&self) {
        self.wait(false);
    }

    /// Takes a unit, waiting for it ahead of the others.
    pub fn acquire_first(&self) {
        self.wait(true);
    }

    fn wait(&self, lifo: bool) {
        let sched = Runtime::current().sched;
        let addr = &raw const self.units;
        // SAFETY: the word stays while the caller borrows it; see `on_g0`.
        unsafe {
            if !sched.try_acquire(addr) {
                on_g0(|t| sched.acquire_on_g0(t, addr, lifo, 0));
            }
        }
    }

    /// Gives a unit back.
    pub fn release(&self) {
        let sched = Runtime::current().sched;
        // SAFETY: as in `wait`; fixed stacks have room for the slow half.
        unsafe {
            sched.release(&self.units, false);
        }
    }

    /// Gives a unit to the first waiter, who runs next on this processor: the caller gives way.
    pub fn hand_over(&self) {
        let sched = Runtime::current().sched;
        let addr = &raw const self.units;
        // SAFETY: as in `wait`.
        unsafe {
            if sched.release(addr, true) {
                on_g0(|t| sched.goyield_on_g0(t));
            }
        }
    }
}

/// Lets tasks wait until others say that something has changed.
pub struct Condition {
    list: UnsafeCell<NotifyList>,
}

// SAFETY: the list has a lock of its own.
unsafe impl Sync for Condition {}
// SAFETY: as above.
unsafe impl Send for Condition {}

impl Default for Condition {
    fn default() -> Self {
        Self::new()
    }
}

impl Condition {
    /// Nobody waits.
    pub const fn new() -> Self {
        Condition {
            list: UnsafeCell::new(NotifyList::new()),
        }
    }

    /// Gets in line, calls `unlock` (which gives up whatever guards the condition), and waits to
    /// be notified. A notification after `unlock` is not lost.
    pub fn wait(&self, unlock: impl FnOnce()) {
        // SAFETY: the list is valid; `add` touches atomics only.
        let ticket = unsafe { (*self.list.get()).add() };
        unlock();
        notify_wait(self.list.get(), ticket);
    }

    /// Wakes the task that got in line first.
    pub fn notify_one(&self) {
        // SAFETY: the list is valid; fixed stacks have room.
        unsafe { Runtime::current().sched.notify_one(self.list.get()) }
    }

    /// Wakes all that are in line.
    pub fn notify_all(&self) {
        // SAFETY: as above.
        unsafe { Runtime::current().sched.notify_all(self.list.get()) }
    }
}

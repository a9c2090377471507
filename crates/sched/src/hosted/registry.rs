//! Where the handles of runtimes lead: to a [`Slot`], which is never freed, but serves another runtime when one is down.
//!
//! Handles are copied freely, also to where the runtime does not see them, and are of no use when it is down. So a handle has its runtime's
//! number, which no other ever has, and what it does begins with the question whether that runtime is still there:
//!
//! - A thread that is a runtime's own, or runs a task of it, is told so by its descriptor. The runtime stays while such a thread runs.
//! - Any other *pins* the slot: it counts itself, and then looks at the number. What takes a runtime down removes the number first, then waits
//!   until none is counted. All of that is SeqCst: either the pinner sees that the number is gone, or the other sees the pinner. A pin is held for
//!   one operation, and never while something is waited for.

use std::sync::atomic::{AtomicPtr, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::state::{Os, Progress, Runtime, Slot, current};
use crate::Sched;

/// All slots that were ever made.
static SLOTS: Mutex<Vec<&'static Slot>> = Mutex::new(Vec::new());
/// The last number given to a runtime.
static LAST: AtomicU64 = AtomicU64::new(0);

fn slots() -> MutexGuard<'static, Vec<&'static Slot>> {
    // A list is whole though a thread has panicked.
    SLOTS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Finds a place for a runtime, which `make` is given the handle of.
pub(super) fn enter(make: impl FnOnce(Runtime) -> *mut Sched<Os>) -> Runtime {
    // Relaxed: a number, no more.
    let id = LAST.fetch_add(1, Ordering::Relaxed) + 1;
    let slot = {
        let mut slots = slots();
        let free = slots.iter().copied().find(|slot| slot.owner.load(Ordering::Relaxed) == 0);
        let slot = free.unwrap_or_else(|| {
            let slot = Box::leak(Box::new(Slot {
                open: AtomicU64::new(0),
                owner: AtomicU64::new(0),
                pins: AtomicUsize::new(0),
                sched: AtomicPtr::new(std::ptr::null_mut()),
                progress: Mutex::new(Progress { begun: false, reaper: None }),
                changed: Condvar::new(),
            }));
            slots.push(slot);
            slot
        });
        slot.owner.store(id, Ordering::Relaxed);
        slot
    };
    slot.progress().begun = false;
    let runtime = Runtime { slot, id };
    slot.sched.store(make(runtime), Ordering::Relaxed);
    // SeqCst: publishes the scheduler to those that pin.
    slot.open.store(id, Ordering::SeqCst);
    runtime
}

/// The runtime with that number, unless all of it is freed.
pub(super) fn find(id: u64) -> Option<Runtime> {
    let slots = slots();
    let slot = slots.iter().copied().find(|slot| slot.owner.load(Ordering::Relaxed) == id)?;
    Some(Runtime { slot, id })
}

impl Slot {
    pub(super) fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the shutdown has gone on, up to a time if one is given; the time may pass first.
    pub(super) fn wait<'a>(
        &'a self,
        progress: MutexGuard<'a, Progress>,
        time: Option<std::time::Duration>,
    ) -> MutexGuard<'a, Progress> {
        match time {
            None => self.changed.wait(progress).unwrap_or_else(PoisonError::into_inner),
            Some(time) => self.changed.wait_timeout(progress, time).unwrap_or_else(PoisonError::into_inner).0,
        }
    }

    /// Waits until every pin that was held when this was called is given up.
    pub(super) fn drain(&self) {
        while self.pins.load(Ordering::SeqCst) != 0 {
            std::thread::yield_now();
        }
    }

    /// Lets no handle in any more, and waits until none is inside.
    pub(super) fn close(&self) {
        self.open.store(0, Ordering::SeqCst);
        self.drain();
    }

    /// The runtime is freed: the slot may have another.
    pub(super) fn leave(&self) {
        // Under the lock, so that a waiter sees it or is notified.
        let progress = self.progress();
        self.sched.store(std::ptr::null_mut(), Ordering::Relaxed);
        // Release: pairs with the acquire in `is_freed`. (Other looks are under the lock of the list, and care for the number alone.)
        self.owner.store(0, Ordering::Release);
        drop(progress);
        self.changed.notify_all();
    }
}

/// Holds a runtime where it is.
struct Pin {
    slot: &'static Slot,
}

impl Drop for Pin {
    fn drop(&mut self) {
        // SeqCst (a release at least): what was done comes before the end of the runtime.
        self.slot.pins.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Runtime {
    /// Whether everything of it is freed.
    pub(super) fn is_freed(&self) -> bool {
        self.slot.owner.load(Ordering::Acquire) != self.id
    }

    /// Its scheduler, if this thread is the runtime's own, or runs a task of it.
    #[inline]
    pub(super) fn here(&self) -> Option<&'static Sched<Os>> {
        let t = current();
        if t.is_null() {
            return None;
        }
        // SAFETY: the word is null or this thread's g0 or task, both of which have their thread set, and that its scheduler: they stay while the
        // thread runs.
        let sched = unsafe { &*(*(*t).thread).sched };
        (sched.host().runtime.id == self.id).then_some(sched)
    }

    /// Calls `f` with its scheduler, which stays until `f` has returned, unless the runtime is down. `f` does not wait for a task.
    #[inline]
    pub(super) fn with<R>(&self, f: impl FnOnce(&'static Sched<Os>) -> R) -> Option<R> {
        let (sched, _pin) = match self.here() {
            Some(sched) => (sched, None),
            None => {
                let (sched, pin) = self.pin()?;
                (sched, Some(pin))
            }
        };
        Some(f(sched))
    }

    /// As [`Runtime::with`], also on a thread of the runtime's: its shutdown does not go on before `f` has returned.
    #[inline]
    pub(super) fn with_pin<R>(&self, f: impl FnOnce(&'static Sched<Os>) -> R) -> Option<R> {
        let (sched, _pin) = self.pin()?;
        Some(f(sched))
    }

    #[inline]
    fn pin(&self) -> Option<(&'static Sched<Os>, Pin)> {
        self.slot.pins.fetch_add(1, Ordering::SeqCst);
        let pin = Pin { slot: self.slot };
        if self.slot.open.load(Ordering::SeqCst) != self.id {
            return None;
        }
        // SAFETY: the number is there, and this thread is counted: the scheduler is not freed before the pin is dropped.
        Some((unsafe { self.live() }, pin))
    }

    /// Its scheduler.
    ///
    /// # Safety
    /// Something keeps the runtime from being freed while the reference is used: a pin, a task that has not ended, a thread of its own that has
    /// not, or that this is the reaper.
    #[inline]
    pub(super) unsafe fn live(&self) -> &'static Sched<Os> {
        // SAFETY: the slot's scheduler is that of this handle, since the runtime is not freed (this function's contract).
        unsafe { &*self.slot.sched.load(Ordering::Relaxed) }
    }

    /// As [`Runtime::live`], for the reaper to free it.
    pub(super) fn raw(&self) -> *mut Sched<Os> {
        self.slot.sched.load(Ordering::Relaxed)
    }
}

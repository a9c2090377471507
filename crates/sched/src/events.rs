//! What one task sleeps for: [`Events`], a word of flags that others set, and of those it waits for.
//!
//! The low half of the word says which events have happened and were not taken; the upper half, while the task sleeps, which of
//! them it waits for (nothing: it is awake). Both are in one word, so that "did it happen?" and "I sleep" are one step, and so are
//! "it has happened" and "is it waited for?": no order between two words has to be argued.
//!
//! - The task, awake: [takes](Events::take) events *first* and looks at what they are about *afterwards*. What changes after the
//!   look comes with an event after it.
//! - The task, parked (in the hook of its park): [sleeps](Events::try_sleep), unless one of those it waits for is there.
//! - Others: change what the event is about, then [set](Events::set) it. One of them is told to ready the task.
//!
//! Every change of such a state that the task may sleep for has an event of its own: a wake-up without one would be lost on a task
//! that is about to sleep. `tests/loom.rs` checks every interleaving.

use crate::loom::{AtomicU32, Ordering};

const SHIFT: u32 = 16;
const HAPPENED: u32 = (1 << SHIFT) - 1;

/// Every event.
pub const ANY: u32 = HAPPENED;

/// See the module's header. All zero bytes: nothing happened, the task is awake (or does not exist yet).
#[derive(Debug)]
pub struct Events(AtomicU32);

impl Default for Events {
    fn default() -> Self {
        Self::new()
    }
}

impl Events {
    /// Nothing has happened, the task is awake.
    #[cfg(not(any(loom, shuttle)))]
    pub const fn new() -> Self {
        Events(AtomicU32::new(0))
    }

    /// Nothing has happened, the task is awake.
    #[cfg(any(loom, shuttle))]
    pub fn new() -> Self {
        Events(AtomicU32::new(0))
    }

    /// `events` have happened; whether the task sleeps for one of them, so that the caller must ready it. By any thread. Always a
    /// write, also if the event is there already: the task that takes it sees what this caller did before.
    #[must_use]
    pub fn set(&self, events: u32) -> bool {
        debug_assert!(events & !HAPPENED == 0);
        let mut old = self.0.load(Ordering::Relaxed);
        loop {
            let wakes = old >> SHIFT & events != 0;
            let new = (old | events) & if wakes { HAPPENED } else { u32::MAX };
            // Release: pairs with the acquire in `take`. Acquire: who readies the task sees it parked.
            match self.0.compare_exchange_weak(old, new, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => return wakes,
                Err(seen) => old = seen,
            }
        }
    }

    /// Those of `events` that have happened; they are forgotten. For the task, before it looks at what they are about.
    pub fn take(&self, events: u32) -> u32 {
        debug_assert!(events & !HAPPENED == 0);
        // An exchange even if there is none: the look that follows must not come before it.
        self.0.fetch_and(!events, Ordering::AcqRel) & events
    }

    /// Whether the task is to sleep until one of `events` happens; not if one is there. For the parking task's thread, when the
    /// task may be readied.
    #[must_use]
    pub fn try_sleep(&self, events: u32) -> bool {
        debug_assert!(events & !HAPPENED == 0 && events != 0);
        let mut old = self.0.load(Ordering::Relaxed);
        loop {
            debug_assert!(old >> SHIFT == 0, "one task sleeps once");
            if old & events != 0 {
                return false;
            }
            // Release: pairs with the acquire in `set`.
            match self.0.compare_exchange_weak(old, old | events << SHIFT, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => return true,
                Err(seen) => old = seen,
            }
        }
    }
}

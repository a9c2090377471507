//! A permission that wakers leave for a task that parks: [`Token`], one word beside the task.
//!
//! `EMPTY` -> `WAITING` by the parking task (once it is WAITING and off its thread); `WAITING` ->
//! `GIVEN` by the one waker who therefore must ready it; `EMPTY` -> `GIVEN` by one who comes early;
//! any -> `EMPTY` by the task when it runs. It decides who readies, not who runs.

use crate::loom::{AtomicU32, Ordering};

const EMPTY: u32 = 0;
const WAITING: u32 = 1;
const GIVEN: u32 = 2;

/// See the module's header.
#[derive(Debug)]
pub struct Token(AtomicU32);

impl Default for Token {
    fn default() -> Self {
        Self::new()
    }
}

impl Token {
    /// No permission.
    pub fn new() -> Self {
        Token(AtomicU32::new(EMPTY))
    }

    /// Whether the token was there; it is not afterwards. For the task, before it parks.
    #[must_use]
    pub fn take(&self) -> bool {
        // Acquire: pairs with the release in `give`.
        self.0.compare_exchange(GIVEN, EMPTY, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    /// Whether the task is to stay parked. For the parking task's thread, when the task is WAITING.
    #[must_use]
    pub fn try_wait(&self) -> bool {
        // Release: the task's context is saved before a waker may have it.
        self.0.compare_exchange(EMPTY, WAITING, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    /// Leaves the token; whether the task waits, so that the caller must ready it.
    #[must_use]
    pub fn give(&self) -> bool {
        self.0.swap(GIVEN, Ordering::AcqRel) == WAITING
    }

    /// For the task, when it runs again.
    pub fn clear(&self) {
        // An exchange, not a store: what the givers did before is to be seen.
        self.0.swap(EMPTY, Ordering::Acquire);
    }
}

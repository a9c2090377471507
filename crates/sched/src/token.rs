//! A permission that wakers leave for a task that parks: [`Token`], one word beside the task.
//!
//! `Empty` -> `Waiting` by the parking task (once it is WAITING and off its thread); `Waiting` ->
//! `Given` by the one waker who therefore must ready it; `Empty` -> `Given` by one who comes early;
//! any -> `Empty` by the task when it runs. It decides who readies, not who runs.

use crate::coded::{Code, Coded};
use crate::loom::Ordering;

use Permission::{Empty, Given, Waiting};

/// What a token's word says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Permission {
    Empty = 0,
    Waiting = 1,
    Given = 2,
}

impl Code for Permission {
    #[inline]
    fn number(self) -> u32 {
        self as u32
    }

    #[inline]
    fn of(number: u32) -> Self {
        match number {
            0 => Empty,
            1 => Waiting,
            _ => Given,
        }
    }
}

/// See the module's header.
#[derive(Debug)]
pub struct Token(Coded<Permission>);

impl Default for Token {
    fn default() -> Self {
        Self::new()
    }
}

impl Token {
    /// No permission.
    pub fn new() -> Self {
        Token(Coded::zero())
    }

    /// Whether the token was there; it is not afterwards. For the task, before it parks.
    #[must_use]
    pub fn take(&self) -> bool {
        // Acquire: pairs with the release in `give`.
        self.0.take(Given, Empty, Ordering::Acquire, Ordering::Relaxed)
    }

    /// Whether the task is to stay parked. For the parking task's thread, when the task is WAITING.
    #[must_use]
    pub fn try_wait(&self) -> bool {
        // Release: the task's context is saved before a waker may have it.
        self.0.take(Empty, Waiting, Ordering::AcqRel, Ordering::Acquire)
    }

    /// Leaves the token; whether the task waits, so that the caller must ready it.
    #[must_use]
    pub fn give(&self) -> bool {
        self.0.swap(Given, Ordering::AcqRel) == Waiting
    }

    /// For the task, when it runs again.
    pub fn clear(&self) {
        // An exchange, not a store: what the givers did before is to be seen.
        self.0.swap(Empty, Ordering::Acquire);
    }
}

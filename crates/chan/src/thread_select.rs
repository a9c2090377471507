//! Select between OS threads: whichever of several operations on channels can proceed, within a time limit or without one. Waiting for one
//! channel is in [`crate::thread`].

use crate::chan::Waiter;
use crate::error::SelectTimeoutError;
use crate::hosted::{Arms, Hosted, SendError, immediate, outcome};
use crate::loom::thread::{current, park, park_until};
use crate::select::{self, Select as Selected};
use crate::thread::{Receiver, Sender, Sleeper, from_now};
use core::fmt;
use std::time::{Duration, Instant};

/// Several operations, one of which shall happen. If several can, the choice is random and even.
///
/// An absent channel is expressed by not adding a case. With a time limit: [`Select::wait_timeout`], [`Select::wait_deadline`]; without waiting:
/// [`Select::or_default`]. A limit that several selects share is a case on [`after`](crate::timer::after).
#[must_use = "a select does nothing unless it is waited for"]
pub struct Select<'a, R> {
    arms: Arms<'a, R>,
}

impl<R> Default for Select<'_, R> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'a, R> Select<'a, R> {
    /// No case yet.
    pub fn new() -> Self {
        Self { arms: Arms::new() }
    }

    /// Adds a receive. `then` gets the element, or `None` from a closed, drained channel.
    pub fn recv<T: Send + 'a>(mut self, from: &'a Receiver<T>, then: impl FnOnce(Option<T>) -> R + Send + 'a) -> Self {
        self.arms.recv(&from.rx, then);
        self
    }

    /// Adds a send. `then` learns whether it failed because the channel is closed.
    pub fn send<T: Send + 'a>(
        mut self,
        to: &'a Sender<T>,
        value: T,
        then: impl FnOnce(Result<(), SendError<T>>) -> R + Send + 'a,
    ) -> Self {
        self.arms.send(&to.tx, value, then);
        self
    }

    /// Waits until one of the cases could be performed. Without any case that is forever.
    pub fn wait(self) -> R {
        match self.run(Limit::Never) {
            Some(r) => r,
            None => loop {
                park(&current());
            },
        }
    }

    /// Like [`Select::wait`], but gives up after `timeout`; elements of sends are dropped then.
    ///
    /// ```
    /// use goxide_chan::thread::{Select, channel};
    /// use std::time::Duration;
    ///
    /// let (_tx, rx) = channel::<u32>(0);
    /// let got = Select::new().recv(&rx, |v| v).wait_timeout(Duration::from_millis(1));
    /// assert!(got.is_err());
    /// ```
    ///
    /// # Errors
    /// If the time is over.
    pub fn wait_timeout(self, timeout: Duration) -> Result<R, SelectTimeoutError> {
        self.run(from_now(timeout).map_or(Limit::Never, Limit::At)).ok_or(SelectTimeoutError)
    }

    /// Like [`Select::wait`], but gives up at `deadline`; elements of sends are dropped then. What needs no waiting is done however late it is.
    ///
    /// # Errors
    /// If the time is over.
    pub fn wait_deadline(self, deadline: Instant) -> Result<R, SelectTimeoutError> {
        self.run(Limit::At(deadline)).ok_or(SelectTimeoutError)
    }

    /// Performs a case that needs no waiting, or else calls `default`; elements of sends are dropped before.
    pub fn or_default(self, default: impl FnOnce() -> R) -> R {
        self.run(Limit::Now).unwrap_or_else(default)
    }

    /// `None` if the limit was reached, or if there is no case and no limit.
    fn run(mut self, limit: Limit) -> Option<R> {
        let nsends = self.arms.nsends();
        let mut waiters = Vec::new();
        let mut sleeper = Sleeper::unready();
        let sleeper = &raw mut sleeper;
        // SAFETY: the sleeper is here.
        let task = unsafe { (*sleeper).task() };
        let chain = |k| {
            waiters.resize_with(k, Waiter::new);
            // SAFETY: `k` fresh waiters; and no other thread knows of the sleeper yet.
            unsafe {
                (*sleeper).ready();
                Waiter::chain(waiters.as_mut_ptr(), k)
            }
        };
        // SAFETY: the scratch space is long enough; the arms hold their channels and elements and
        // stay where they are, as do waiters and sleeper, until the select is finished.
        let selected = self.arms.with_cases(|cases, order| unsafe {
            select::select_or_enqueue(&Hosted, cases, nsends, order, task, chain, !matches!(limit, Limit::Now))
        });
        let Selected::Parked(head) = selected else {
            let (i, ok) = immediate(selected, nsends)?;
            return Some(self.arms.choose(i).finish(ok));
        };
        let deadline = if let Limit::At(deadline) = limit { Some(deadline) } else { None };
        if head.is_null() {
            let (me, deadline) = (current(), deadline?);
            while park_until(&me, deadline) {}
            return None;
        }
        // SAFETY: parked; and then woken, or withdrawn, or, if it is too late for that, woken.
        let finished = unsafe {
            select::select_unlock_after_park(head);
            if (*sleeper).sleep_until(deadline) {
                select::finish_select(head)
            } else {
                let served = select::cancel_select(&Hosted, task, head)?;
                (*sleeper).sleep();
                served
            }
        };
        let (i, ok) = outcome(finished, nsends);
        Some(self.arms.choose(i).finish(ok))
    }
}

/// How long a select waits.
#[derive(Clone, Copy)]
enum Limit {
    Now,
    At(Instant),
    Never,
}

impl<R> fmt::Debug for Select<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Select").field("cases", &self.arms.len()).finish()
    }
}

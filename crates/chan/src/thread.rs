//! Channels between OS threads: the blocking front end.
//!
//! A blocked thread polls its wake-up flag for a moment, then sleeps in `std::thread::park`. The
//! waiter, the flag and the element are all on its stack. What needs no waiting is in
//! [`crate::hosted`].

use crate::chan::Waiter;
use crate::hosted::{Arms, Hosted, Party, RecvError, Rx, SendError, Tx, ends};
use crate::loom::atomic::{AtomicBool, Ordering};
use crate::loom::thread::{SPINS, Thread, current, park, yield_now};
use crate::ops::{self, Op, SendResult};
use crate::select::{self, Finished, Select as Selected};
use core::fmt;
use core::mem::MaybeUninit;
use core::ops::Deref;
#[cfg(not(shuttle))]
use std::time::{Duration, Instant};

/// A channel with room for `cap` elements; none means that every send meets a receive. The room is taken from the system
/// at once; elements without a size need none, so their channels can be as long as one likes.
///
/// # Panics
/// If the room exceeds `isize::MAX` bytes or one element 4 GiB, as `Vec::with_capacity` does.
pub fn channel<T>(cap: usize) -> (Sender<T>, Receiver<T>) {
    let (tx, rx) = ends(cap);
    (Sender { tx }, Receiver { rx })
}

/// The sending end, for threads.
pub struct Sender<T> {
    pub(crate) tx: Tx<T>,
}

/// The receiving end, for threads. Every element goes to one of the receivers.
pub struct Receiver<T> {
    pub(crate) rx: Rx<T>,
}

/// The traits of an end whose derivation would ask for `T` to have them too.
macro_rules! end {
    ($end:ident, $inner:ident) => {
        impl<T> Clone for $end<T> {
            fn clone(&self) -> Self {
                Self { $inner: self.$inner.clone() }
            }
        }

        impl<T> fmt::Debug for $end<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($end)).field(stringify!($inner), &self.$inner).finish()
            }
        }
    };
}

end!(Sender, tx);
end!(Receiver, rx);

impl<T> Deref for Sender<T> {
    type Target = Tx<T>;
    fn deref(&self) -> &Tx<T> {
        &self.tx
    }
}

impl<T> Deref for Receiver<T> {
    type Target = Rx<T>;
    fn deref(&self) -> &Rx<T> {
        &self.rx
    }
}

/// A blocked thread, on its own stack.
#[repr(C)]
struct Sleeper {
    party: Party,
    woken: AtomicBool,
    /// Whom to unpark; set before the sleeper can be found.
    thread: Option<Thread>,
}

impl Sleeper {
    fn new() -> Self {
        Self { thread: Some(current()), ..Self::unready() }
    }

    /// A sleeper that does not know its thread yet.
    fn unready() -> Self {
        Self { party: Party::new(Self::wake), woken: AtomicBool::new(false), thread: None }
    }

    fn task(&self) -> *const Party {
        core::ptr::from_ref(self).cast()
    }

    /// # Safety
    /// As for a [`Party`]'s function: `party` heads a sleeper that stays until it has seen that it was woken.
    unsafe fn wake(party: *const Party) {
        // SAFETY: the party heads a sleeper, that stays until it sees `woken`. The handle is
        // cloned first, for nothing of the sleeper may be touched after the store.
        unsafe {
            let this = party.cast::<Self>();
            let thread = (*this).thread.clone();
            // Release: pairs with the load in `is_woken`, and hands over the waiter's fields.
            (*this).woken.store(true, Ordering::Release);
            if let Some(thread) = thread {
                thread.unpark();
            }
        }
    }

    fn is_woken(&self) -> bool {
        // Acquire: pairs with the store in `wake`.
        self.woken.load(Ordering::Acquire)
    }

    fn spin(&self) -> bool {
        for _ in 0..SPINS {
            if self.is_woken() {
                return true;
            }
            core::hint::spin_loop();
        }
        for _ in 0..SPINS.min(4) {
            if self.is_woken() {
                return true;
            }
            yield_now();
        }
        self.is_woken()
    }

    fn sleep(&self) {
        if !self.spin() {
            let me = self.thread.as_ref().expect("set before the waiter was enqueued");
            while !self.is_woken() {
                park(me);
            }
        }
    }

    /// Sleeps no longer than to `deadline` (`None`: one that the clock cannot reach), and says whether it was woken.
    #[cfg(not(shuttle))]
    fn sleep_until(&self, deadline: Option<Instant>) -> bool {
        let Some(deadline) = deadline else {
            self.sleep();
            return true;
        };
        if self.spin() {
            return true;
        }
        while !self.is_woken() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            crate::loom::thread::park_timeout(left);
        }
        true
    }
}

impl<T> Sender<T> {
    /// Sends, waiting for room or a receiver. Fails if the channel is (or gets) closed.
    ///
    /// # Errors
    /// The element, if the channel is or gets closed.
    #[inline]
    pub fn send(&self, value: T) -> Result<(), SendError<T>> {
        let slot = MaybeUninit::new(value);
        // SAFETY: the slot holds an element, and does still unless the send is `Done`.
        unsafe {
            match ops::try_send(&Hosted, &self.tx.inner.chan, slot.as_ptr().cast()) {
                ops::TrySend::Done => Ok(()),
                ops::TrySend::Closed => Err(SendError(slot.assume_init())),
                ops::TrySend::WouldBlock => self.send_waiting(slot),
            }
        }
    }

    /// # Safety
    ///
    /// The slot holds an element.
    #[inline(never)]
    unsafe fn send_waiting(&self, slot: MaybeUninit<T>) -> Result<(), SendError<T>> {
        let chan = &self.tx.inner.chan;
        let sleeper = Sleeper::new();
        let mut w = Waiter::new();
        let w = &raw mut w;
        // SAFETY: sleeper, waiter and slot stay here until the wake-up. A thread needs no mark
        // that it waits: an early `unpark` is remembered.
        unsafe {
            let elem = slot.as_ptr().cast();
            let sent = match ops::send_or_enqueue(&Hosted, chan, elem, sleeper.task(), || w) {
                Op::Done => SendResult::Sent,
                Op::Closed => SendResult::Closed,
                Op::Parked => {
                    ops::unlock_after_park(chan);
                    sleeper.sleep();
                    ops::finish_send(w)
                }
            };
            match sent {
                SendResult::Sent => Ok(()),
                SendResult::Closed => Err(SendError(slot.assume_init())),
            }
        }
    }

    /// Like [`Sender::send`], but gives up after `timeout`, with the element.
    ///
    /// # Errors
    /// The element, if the time is over, or the channel is or gets closed.
    #[cfg(not(shuttle))]
    pub fn send_timeout(&self, value: T, timeout: Duration) -> Result<(), SendTimeoutError<T>> {
        let deadline = Instant::now().checked_add(timeout);
        let chan = &self.tx.inner.chan;
        let slot = MaybeUninit::new(value);
        let sleeper = Sleeper::new();
        let mut w = Waiter::new();
        let w = &raw mut w;
        // SAFETY: sleeper, waiter and slot stay here until the wake-up; after a time-out the waiter is withdrawn, or, if it is too late
        // for that, the wake-up awaited.
        unsafe {
            let elem = slot.as_ptr().cast();
            match ops::send_or_enqueue(&Hosted, chan, elem, sleeper.task(), || w) {
                Op::Done => return Ok(()),
                Op::Closed => return Err(SendTimeoutError::Closed(slot.assume_init())),
                Op::Parked => {}
            }
            ops::unlock_after_park(chan);
            if !sleeper.sleep_until(deadline) {
                if ops::cancel(w) {
                    return Err(SendTimeoutError::Timeout(slot.assume_init()));
                }
                sleeper.sleep();
            }
            match ops::finish_send(w) {
                SendResult::Sent => Ok(()),
                SendResult::Closed => Err(SendTimeoutError::Closed(slot.assume_init())),
            }
        }
    }
}

impl<T> Receiver<T> {
    /// Receives, waiting for an element. Fails once the channel is closed and drained.
    ///
    /// # Errors
    /// [`RecvError`] once the channel is closed and drained.
    #[inline]
    pub fn recv(&self) -> Result<T, RecvError> {
        let mut slot = MaybeUninit::<T>::uninit();
        // SAFETY: the slot fits an element, and holds one if one was received.
        unsafe {
            match ops::try_recv(&Hosted, &self.rx.inner.chan, slot.as_mut_ptr().cast()) {
                ops::TryRecv::Received => Ok(slot.assume_init()),
                ops::TryRecv::ClosedEmpty => Err(RecvError),
                ops::TryRecv::WouldBlock => self.recv_waiting(),
            }
        }
    }

    #[inline(never)]
    fn recv_waiting(&self) -> Result<T, RecvError> {
        let chan = &self.rx.inner.chan;
        let mut slot = MaybeUninit::<T>::uninit();
        let sleeper = Sleeper::new();
        let mut w = Waiter::new();
        let w = &raw mut w;
        // SAFETY: sleeper, waiter and slot stay here until the wake-up. An early `unpark` is remembered. The slot fits an element, and holds one
        // if one was received.
        unsafe {
            let elem = slot.as_mut_ptr().cast();
            let received = match ops::recv_or_enqueue(&Hosted, chan, elem, sleeper.task(), || w) {
                Op::Done => true,
                Op::Closed => false,
                Op::Parked => {
                    ops::unlock_after_park(chan);
                    sleeper.sleep();
                    ops::finish_recv(w)
                }
            };
            if received { Ok(slot.assume_init()) } else { Err(RecvError) }
        }
    }

    /// Like [`Receiver::recv`], but gives up after `timeout`.
    ///
    /// # Errors
    /// Whether the time is over, or the channel is closed and drained.
    #[cfg(not(shuttle))]
    pub fn recv_timeout(&self, timeout: Duration) -> Result<T, RecvTimeoutError> {
        let deadline = Instant::now().checked_add(timeout);
        let chan = &self.rx.inner.chan;
        let mut slot = MaybeUninit::<T>::uninit();
        let sleeper = Sleeper::new();
        let mut w = Waiter::new();
        let w = &raw mut w;
        // SAFETY: sleeper, waiter and slot stay here until the wake-up, or until the waiter is withdrawn after a time-out. The slot fits an
        // element, and holds one if one was received.
        unsafe {
            let elem = slot.as_mut_ptr().cast();
            match ops::recv_or_enqueue(&Hosted, chan, elem, sleeper.task(), || w) {
                Op::Done => return Ok(slot.assume_init()),
                Op::Closed => return Err(RecvTimeoutError::Closed),
                Op::Parked => {}
            }
            ops::unlock_after_park(chan);
            if !sleeper.sleep_until(deadline) {
                if ops::cancel(w) {
                    return Err(RecvTimeoutError::Timeout);
                }
                sleeper.sleep();
            }
            if ops::finish_recv(w) { Ok(slot.assume_init()) } else { Err(RecvTimeoutError::Closed) }
        }
    }

    /// The elements until the channel is closed and drained.
    pub fn iter(&self) -> impl Iterator<Item = T> + '_ {
        core::iter::from_fn(|| self.recv().ok())
    }
}

/// Several operations, one of which shall happen. If several can, the choice is random and even.
///
/// An absent channel is expressed by not adding a case.
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
    #[must_use]
    pub fn recv<T: Send + 'a>(mut self, from: &'a Receiver<T>, then: impl FnOnce(Option<T>) -> R + Send + 'a) -> Self {
        self.arms.recv(&from.rx, then);
        self
    }

    /// Adds a send. `then` learns whether it failed because the channel is closed.
    #[must_use]
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
        match self.run(true) {
            Some(r) => r,
            None => loop {
                park(&current());
            },
        }
    }

    /// Performs a case that needs no waiting, or else calls `default`.
    pub fn or_default(self, default: impl FnOnce() -> R) -> R {
        self.run(false).unwrap_or_else(default)
    }

    fn run(mut self, block: bool) -> Option<R> {
        let nsends = self.arms.nsends();
        let mut waiters = Vec::new();
        let mut sleeper = Sleeper::unready();
        let sleeper = &raw mut sleeper;
        let chain = |k| {
            waiters.resize_with(k, Waiter::new);
            // SAFETY: `k` fresh waiters; and no other thread knows of the sleeper yet.
            unsafe {
                (*sleeper).thread = Some(current());
                Waiter::chain(waiters.as_mut_ptr(), k)
            }
        };
        // SAFETY: the scratch space is long enough; the arms hold their channels and elements and
        // stay where they are, as do waiters and sleeper, until the select is finished.
        let selected = self.arms.with_cases(|cases, order| unsafe {
            let task = sleeper.cast_const().cast();
            select::select_or_enqueue(&Hosted, cases, nsends, order, task, chain, block)
        });
        let (i, ok) = match selected {
            Selected::Default => return None,
            Selected::Chosen(i, received) => (i, received || i < nsends),
            Selected::SendOnClosed(i) => (i, false),
            Selected::Parked(head) => {
                if head.is_null() {
                    return None;
                }
                // SAFETY: parked, and then woken.
                unsafe {
                    select::select_unlock_after_park(head);
                    (*sleeper).sleep();
                    match select::finish_select(head) {
                        Finished::Chosen(i, received) => (i, received || i < nsends),
                        Finished::SendOnClosed(i) => (i, false),
                    }
                }
            }
        };
        Some(self.arms.choose(i).finish(ok))
    }
}

/// Why a send with a time limit did nothing; with the element.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum SendTimeoutError<T> {
    /// Time is up.
    Timeout(T),
    /// The channel is closed.
    Closed(T),
}

impl<T> fmt::Debug for SendTimeoutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Timeout(_) => "Timeout(..)",
            Self::Closed(_) => "Closed(..)",
        })
    }
}

impl<T> fmt::Display for SendTimeoutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Timeout(_) => "timed out waiting to send",
            Self::Closed(_) => "send on a closed channel",
        })
    }
}

impl<T> std::error::Error for SendTimeoutError<T> {}

/// Why a receive with a time limit got nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecvTimeoutError {
    /// Time is up.
    Timeout,
    /// The channel is closed and drained.
    Closed,
}

impl fmt::Display for RecvTimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Timeout => "timed out waiting to receive",
            Self::Closed => "the channel is closed and drained",
        })
    }
}

impl std::error::Error for RecvTimeoutError {}

impl<R> fmt::Debug for Select<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Select").field("cases", &self.arms.len()).finish()
    }
}

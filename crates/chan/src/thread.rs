//! Channels between OS threads: the blocking front end.
//!
//! A blocked thread polls its wake-up flag for a moment, then sleeps in `std::thread::park`. The
//! waiter, the flag and the element are all on its stack. What needs no waiting is in
//! [`crate::hosted`], several channels at once in `thread_select`, time as a channel in
//! [`crate::timer`].
//!
//! # Time limits
//!
//! When its time is up the thread withdraws its waiter under the channel's lock. If a server has been there first, the thread waits for
//! the wake-up that is on its way, and the operation has succeeded, though late: an element is never lost to a time-out.

use crate::chan::Waiter;
pub use crate::error::{RecvTimeoutError, SelectTimeoutError, SendTimeoutError};
use crate::hosted::{Hosted, Party, RecvError, Rx, SendError, Tx, WeakTx, ends, unbounded_ends};
pub use crate::iter::{IntoIter, Iter};
use crate::loom::atomic::{AtomicBool, Ordering};
use crate::loom::thread::{SPINS, Thread, current, park, park_until, yield_now};
use crate::ops::{self, Op, SendResult};
pub use crate::thread_select::Select;
use core::fmt;
use core::mem::MaybeUninit;
use core::ops::Deref;
use std::time::{Duration, Instant};

/// A channel with room for `cap` elements; none means that every send meets a receive. The room is taken from the system
/// at once; elements without a size need none, so their channels can be as long as one likes.
///
/// # Panics
/// If the room exceeds `isize::MAX` bytes or one element 4 GiB, as `Vec::with_capacity` does.
#[doc(alias = "bounded")]
#[must_use]
pub fn channel<T>(cap: usize) -> (Sender<T>, Receiver<T>) {
    let (tx, rx) = ends(cap);
    (Sender { tx }, Receiver { rx })
}

/// A channel that takes as many elements as there is memory for: a send never waits. The buffer grows as a `Vec` does, and shrinks when the
/// channel has been emptied. If memory runs out the process is aborted.
///
/// # Panics
/// If an element is 4 GiB or larger.
#[must_use]
pub fn unbounded<T>() -> (Sender<T>, Receiver<T>) {
    let (tx, rx) = unbounded_ends();
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

/// A sending end that does not keep the channel open: for those who send now and then, but should not have receivers wait for
/// them. Made by [`Sender::downgrade`].
pub struct WeakSender<T> {
    tx: WeakTx<T>,
}

impl<T> WeakSender<T> {
    /// A sending end, unless the last is gone.
    #[must_use]
    pub fn upgrade(&self) -> Option<Sender<T>> {
        Some(Sender { tx: self.tx.upgrade()? })
    }
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
end!(WeakSender, tx);

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
pub(crate) struct Sleeper {
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
    pub(crate) fn unready() -> Self {
        Self { party: Party::new(Self::wake), woken: AtomicBool::new(false), thread: None }
    }

    /// Makes its thread known to it.
    pub(crate) fn ready(&mut self) {
        self.thread = Some(current());
    }

    pub(crate) fn task(&self) -> *const Party {
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

    fn me(&self) -> &Thread {
        self.thread.as_ref().expect("set before the waiter was enqueued")
    }

    pub(crate) fn sleep(&self) {
        if !self.spin() {
            while !self.is_woken() {
                park(self.me());
            }
        }
    }

    /// Sleeps no longer than to `deadline` (`None`: one that the clock cannot reach), and says whether it was woken.
    pub(crate) fn sleep_until(&self, deadline: Option<Instant>) -> bool {
        let Some(deadline) = deadline else {
            self.sleep();
            return true;
        };
        self.spin() || {
            while !self.is_woken() {
                if !park_until(self.me(), deadline) {
                    return self.is_woken();
                }
            }
            true
        }
    }
}

/// The moment that is so far away; `None` if the clock cannot reach it.
pub(crate) fn from_now(timeout: Duration) -> Option<Instant> {
    Instant::now().checked_add(timeout)
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
                ops::TrySend::WouldBlock => self.send_waiting(slot, None).map_err(|e| SendError(e.into_inner())),
            }
        }
    }

    /// Like [`Sender::send`], but gives up after `timeout`, with the element.
    ///
    /// # Errors
    /// The element, if the time is over, or the channel is or gets closed.
    pub fn send_timeout(&self, value: T, timeout: Duration) -> Result<(), SendTimeoutError<T>> {
        self.send_within(value, || from_now(timeout))
    }

    /// Like [`Sender::send`], but gives up at `deadline`, with the element. What needs no waiting is done however late it is.
    ///
    /// # Errors
    /// The element, if the time is over, or the channel is or gets closed.
    pub fn send_deadline(&self, value: T, deadline: Instant) -> Result<(), SendTimeoutError<T>> {
        self.send_within(value, || Some(deadline))
    }

    /// The clock is asked only if there is something to wait for.
    #[inline]
    fn send_within(&self, value: T, deadline: impl FnOnce() -> Option<Instant>) -> Result<(), SendTimeoutError<T>> {
        let slot = MaybeUninit::new(value);
        // SAFETY: the slot holds an element, and does still unless the send is `Done`.
        unsafe {
            match ops::try_send(&Hosted, &self.tx.inner.chan, slot.as_ptr().cast()) {
                ops::TrySend::Done => Ok(()),
                ops::TrySend::Closed => Err(SendTimeoutError::Closed(slot.assume_init())),
                ops::TrySend::WouldBlock => self.send_waiting(slot, deadline()),
            }
        }
    }

    /// # Safety
    ///
    /// The slot holds an element.
    #[inline(never)]
    unsafe fn send_waiting(&self, slot: MaybeUninit<T>, deadline: Option<Instant>) -> Result<(), SendTimeoutError<T>> {
        let chan = &self.tx.inner.chan;
        let sleeper = Sleeper::new();
        let mut w = Waiter::new();
        let w = &raw mut w;
        // SAFETY: sleeper, waiter and slot stay here until the wake-up, or until the waiter is withdrawn after a time-out. A thread
        // needs no mark that it waits: an early `unpark` is remembered. What was not sent is in the slot.
        unsafe {
            let elem = slot.as_ptr().cast();
            let sent = match ops::send_or_enqueue(&Hosted, chan, elem, sleeper.task(), || w) {
                Op::Done => SendResult::Sent,
                Op::Closed => SendResult::Closed,
                Op::Parked => {
                    ops::unlock_after_park(chan);
                    if !sleeper.sleep_until(deadline) {
                        if ops::cancel(w) {
                            return Err(SendTimeoutError::Timeout(slot.assume_init()));
                        }
                        sleeper.sleep();
                    }
                    ops::finish_send(w)
                }
            };
            match sent {
                SendResult::Sent => Ok(()),
                SendResult::Closed => Err(SendTimeoutError::Closed(slot.assume_init())),
            }
        }
    }

    /// A sending end that does not keep the channel open.
    #[must_use]
    pub fn downgrade(&self) -> WeakSender<T> {
        WeakSender { tx: self.tx.weak() }
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
                ops::TryRecv::WouldBlock => self.recv_waiting(None).map_err(|_| RecvError),
            }
        }
    }

    /// Like [`Receiver::recv`], but gives up after `timeout`.
    ///
    /// # Errors
    /// Whether the time is over, or the channel is closed and drained.
    pub fn recv_timeout(&self, timeout: Duration) -> Result<T, RecvTimeoutError> {
        self.recv_within(|| from_now(timeout))
    }

    /// Like [`Receiver::recv`], but gives up at `deadline`. What needs no waiting is done however late it is.
    ///
    /// # Errors
    /// Whether the time is over, or the channel is closed and drained.
    pub fn recv_deadline(&self, deadline: Instant) -> Result<T, RecvTimeoutError> {
        self.recv_within(|| Some(deadline))
    }

    /// The clock is asked only if there is something to wait for.
    #[inline]
    fn recv_within(&self, deadline: impl FnOnce() -> Option<Instant>) -> Result<T, RecvTimeoutError> {
        let mut slot = MaybeUninit::<T>::uninit();
        // SAFETY: the slot fits an element, and holds one if one was received.
        unsafe {
            match ops::try_recv(&Hosted, &self.rx.inner.chan, slot.as_mut_ptr().cast()) {
                ops::TryRecv::Received => Ok(slot.assume_init()),
                ops::TryRecv::ClosedEmpty => Err(RecvTimeoutError::Closed),
                ops::TryRecv::WouldBlock => self.recv_waiting(deadline()),
            }
        }
    }

    #[inline(never)]
    fn recv_waiting(&self, deadline: Option<Instant>) -> Result<T, RecvTimeoutError> {
        let chan = &self.rx.inner.chan;
        let mut slot = MaybeUninit::<T>::uninit();
        let sleeper = Sleeper::new();
        let mut w = Waiter::new();
        let w = &raw mut w;
        // SAFETY: sleeper, waiter and slot stay here until the wake-up, or until the waiter is withdrawn after a time-out. An early `unpark`
        // is remembered. The slot fits an element, and holds one if one was received.
        unsafe {
            let elem = slot.as_mut_ptr().cast();
            let received = match ops::recv_or_enqueue(&Hosted, chan, elem, sleeper.task(), || w) {
                Op::Done => true,
                Op::Closed => false,
                Op::Parked => {
                    ops::unlock_after_park(chan);
                    if !sleeper.sleep_until(deadline) {
                        if ops::cancel(w) {
                            return Err(RecvTimeoutError::Timeout);
                        }
                        sleeper.sleep();
                    }
                    ops::finish_recv(w)
                }
            };
            if received { Ok(slot.assume_init()) } else { Err(RecvTimeoutError::Closed) }
        }
    }
}

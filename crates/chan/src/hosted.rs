//! What the front ends for threads and for futures share: the seam's plain answers, typed channel
//! ends, and the cases of a select. How to wait is in [`crate::thread`] and
//! [`crate::future`]; a channel may have ends of both kinds at once.

use crate::chan::{Chan, Elem, Waiter};
pub use crate::error::{RecvError, SendError, TryRecvError, TrySendError};
use crate::give_back::{give_back_locked, give_back_or_enqueue};
use crate::loom::atomic::{AtomicBool, AtomicUsize, Ordering};
use crate::loom::sync::{Arc, Weak};
use crate::ops::{self, AlreadyClosed, Op, TryRecv, TrySend};
use crate::seam::Seam;
use crate::select::{Case, Finished, Select as Selected};
use crate::unbounded::{self, Growing};
use core::alloc::Layout;
use core::fmt;
use core::mem::MaybeUninit;
use core::ptr::{NonNull, null_mut};

/// The common head of everything that can wait: how to wake it, and its select race.
#[repr(C)]
pub struct Party {
    /// Called once per park. Whatever the party keeps alive for the queue's sake is released here.
    wake: unsafe fn(*const Party),
    claimed: AtomicBool,
}

impl fmt::Debug for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Party").finish_non_exhaustive()
    }
}

impl Party {
    pub(crate) fn new(wake: unsafe fn(*const Party)) -> Self {
        Self { wake, claimed: AtomicBool::new(false) }
    }
}

/// The seam of both front ends: elements move as bytes, parties wake themselves. For channels whose [`Elem::ty`] is zero, beside those of
/// the front ends.
#[derive(Clone, Copy, Debug)]
pub struct Hosted;

// SAFETY: `claim` is a swap that `arm` resets; the copies move `elem_size` bytes.
unsafe impl Seam for Hosted {
    type Task = *const Party;

    unsafe fn ready(&self, task: *const Party, _w: *mut Waiter) {
        // SAFETY: a party stays alive until it has been woken.
        unsafe { ((*task).wake)(task) }
    }

    unsafe fn copy_elem(&self, c: &Chan, dst: *mut u8, src: *const u8) {
        // SAFETY: both pointers are valid for an element and do not overlap (the trait's contract). The channel's type is zero, or
        // the shape of its buffer, and its lock is held.
        unsafe {
            ops::move_bytes(dst, src, c.elem_size());
            if let Some(growing) = Growing::of(c) {
                growing.settle(c);
            }
        }
    }

    #[inline]
    fn is_plain(&self, c: &Chan) -> bool {
        c.elem_type() == 0
    }

    unsafe fn clear_elem(&self, c: &Chan, dst: *mut u8) {
        // SAFETY: the pointer is valid for an element (the trait's contract).
        unsafe { dst.write_bytes(0, c.elem_size()) }
    }

    unsafe fn arm(&self, task: *const Party) {
        // SAFETY: the party calls this about itself.
        // Relaxed: published by the channel locks that the enqueueing task releases next.
        unsafe { (*task).claimed.store(false, Ordering::Relaxed) }
    }

    unsafe fn claim(&self, task: *const Party) -> bool {
        // SAFETY: armed parties live until they finish their select.
        // Relaxed: the swap only decides who; data travels with the locks and the wake-up.
        unsafe { !(*task).claimed.swap(true, Ordering::Relaxed) }
    }

    fn random(&self, n: u32) -> u32 {
        crate::loom::random(n)
    }
}

/// A channel with its buffer and the number of its ends.
pub(crate) struct Inner<T> {
    pub(crate) chan: Chan,
    buf: Buffer<T>,
    senders: AtomicUsize,
    receivers: AtomicUsize,
}

/// Who frees the buffer; it is used through the channel.
enum Buffer<T> {
    Fixed { _buf: Vec<MaybeUninit<T>> },
    Growing(NonNull<Growing>),
}

// SAFETY: elements go from thread to thread, which `T: Send` allows; none is ever shared.
unsafe impl<T: Send> Send for Inner<T> {}
// SAFETY: elements are moved under the channel's lock; no reference to one is shared.
unsafe impl<T: Send> Sync for Inner<T> {}

impl<T> Inner<T> {
    fn new(cap: usize) -> Arc<Self> {
        // What is asked for in vain is refused here: with "capacity overflow", or by the allocator.
        // Capacity alone: nothing is written, so that room is memory only once it is used. Elements without a size lie
        // nowhere.
        let mut buf: Vec<MaybeUninit<T>> = Vec::with_capacity(cap);
        Self::over(buf.as_mut_ptr().cast(), cap, 0, Buffer::Fixed { _buf: buf })
    }

    fn unbounded() -> Arc<Self> {
        let (growing, buf) = Growing::new(Layout::new::<T>());
        Self::over(buf, unbounded::CAP, growing.as_ptr().expose_provenance(), Buffer::Growing(growing))
    }

    /// A channel over the place `at` in `buf`.
    fn over(at: *mut u8, cap: usize, ty: usize, buf: Buffer<T>) -> Arc<Self> {
        let size = u32::try_from(size_of::<T>()).expect("channel elements must be below 4 GiB");
        let elem = Elem { size, pointer_free: true, ty };
        // SAFETY: the buffer has room for `cap` elements, or is seen to grow, and lives as long as the channel.
        let chan = unsafe { Chan::new(at, cap, elem) };
        Arc::new(Self { chan, buf, senders: AtomicUsize::new(1), receivers: AtomicUsize::new(1) })
    }

    #[inline]
    pub(crate) fn try_recv(&self) -> Result<T, TryRecvError> {
        let mut slot = MaybeUninit::<T>::uninit();
        // SAFETY: the slot fits an element, and holds one if one was received.
        unsafe {
            match ops::try_recv(&Hosted, &self.chan, slot.as_mut_ptr().cast()) {
                TryRecv::Received => Ok(slot.assume_init()),
                TryRecv::ClosedEmpty => Err(TryRecvError::Closed),
                TryRecv::WouldBlock => Err(TryRecvError::Empty),
            }
        }
    }

    fn close(&self) -> Result<(), AlreadyClosed> {
        // SAFETY: the channel's parties all use this seam.
        unsafe { ops::close(&Hosted, &self.chan) }
    }

    /// Puts a received, undelivered element back in front.
    pub(crate) fn give_back(&self, value: T) {
        let orphan = Box::into_raw(Box::new(Orphan {
            party: Party::new(Orphan::<T>::wake),
            waiter: Waiter::new(),
            value: MaybeUninit::new(value),
        }));
        // SAFETY: the orphan stays where it is until it wakes, or is reclaimed here. All elements
        // of hosted channels are pointer-free as the crate understands it.
        unsafe {
            let elem = (&raw mut (*orphan).value).cast();
            let w = &raw mut (*orphan).waiter;
            let task = orphan.cast_const().cast();
            let given = match Growing::of(&self.chan) {
                Some(growing) => {
                    self.chan.lock();
                    growing.make_front(&self.chan);
                    give_back_locked(&Hosted, &self.chan, elem, task, w)
                }
                None => give_back_or_enqueue(&Hosted, &self.chan, elem, task, w),
            };
            match given {
                Op::Done => drop(Box::from_raw(orphan)),
                Op::Closed => drop(Box::from_raw(orphan).value.assume_init()),
                Op::Parked => ops::unlock_after_park(&self.chan),
            }
        }
    }
}

impl<T> Drop for Inner<T> {
    fn drop(&mut self) {
        while self.try_recv().is_ok() {}
        if let Buffer::Growing(growing) = self.buf {
            // SAFETY: made for this channel, which is empty, and which no other can reach.
            unsafe { Growing::free(growing, &self.chan) }
        }
    }
}

/// An element that went back to a full channel: a sender without a task, that frees itself.
#[repr(C)]
struct Orphan<T> {
    party: Party,
    waiter: Waiter,
    value: MaybeUninit<T>,
}

impl<T> Orphan<T> {
    /// # Safety
    /// As for a [`Party`]'s function: `party` heads a boxed orphan that is off its queue, and is not used any more.
    unsafe fn wake(party: *const Party) {
        // SAFETY: the party heads a boxed orphan, that is the channel's until it is woken, which
        // is now. If no receiver took the element, it is still here.
        unsafe {
            let orphan = Box::from_raw(party.cast_mut().cast::<Self>());
            if ops::finish_send((&raw const orphan.waiter).cast_mut()) == ops::SendResult::Closed {
                drop(orphan.value.assume_init());
            }
        }
    }
}

/// A new channel: its two ends.
pub(crate) fn ends<T>(cap: usize) -> (Tx<T>, Rx<T>) {
    let inner = Inner::new(cap);
    (Tx { inner: inner.clone() }, Rx { inner })
}

/// A new channel without a bound: its two ends.
pub(crate) fn unbounded_ends<T>() -> (Tx<T>, Rx<T>) {
    let inner = Inner::unbounded();
    (Tx { inner: inner.clone() }, Rx { inner })
}

/// A sending end: what needs no waiting.
pub struct Tx<T> {
    pub(crate) inner: Arc<Inner<T>>,
}

/// A receiving end: what needs no waiting.
pub struct Rx<T> {
    pub(crate) inner: Arc<Inner<T>>,
}

/// A sending end that does not keep the channel open, nor its buffer in memory.
pub(crate) struct WeakTx<T> {
    inner: Weak<Inner<T>>,
}

impl<T> WeakTx<T> {
    /// A sending end, unless the last is gone.
    pub(crate) fn upgrade(&self) -> Option<Tx<T>> {
        let inner = self.inner.upgrade()?;
        let mut n = inner.senders.load(Ordering::Relaxed);
        // Relaxed: as in `clone`, where an end keeps the count above zero, which here the exchange has seen.
        while n != 0 {
            match inner.senders.compare_exchange_weak(n, n + 1, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return Some(Tx { inner }),
                Err(now) => n = now,
            }
        }
        None
    }
}

impl<T> Clone for WeakTx<T> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone() }
    }
}

impl<T> fmt::Debug for WeakTx<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(weak)")
    }
}

impl<T> Tx<T> {
    /// Sends if a receiver waits or there is room in the buffer.
    ///
    /// # Errors
    /// The element, with whether the channel is full or closed.
    #[inline]
    pub fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
        let slot = MaybeUninit::new(value);
        // SAFETY: the slot holds an element, still so unless the send is `Done`.
        unsafe {
            match ops::try_send(&Hosted, &self.inner.chan, slot.as_ptr().cast()) {
                TrySend::Done => Ok(()),
                TrySend::Closed => Err(TrySendError::Closed(slot.assume_init())),
                TrySend::WouldBlock => Err(TrySendError::Full(slot.assume_init())),
            }
        }
    }

    /// A weak end.
    pub(crate) fn weak(&self) -> WeakTx<T> {
        WeakTx { inner: Arc::downgrade(&self.inner) }
    }

    /// Drops this end, but has it count for ever: the channel is not closed for want of senders.
    #[cfg(not(shuttle))]
    pub(crate) fn keep_open(self) {
        let this = core::mem::ManuallyDrop::new(self);
        // SAFETY: a field that is not used any more, of a value that is not dropped.
        drop(unsafe { core::ptr::read(&this.inner) });
    }

    /// Closes the channel. Receivers still get what is buffered; waiting senders fail.
    ///
    /// A channel is also closed when its last sending end is dropped, and when its last receiving end is; then what is buffered is dropped.
    /// Other crates say *disconnected* for closed.
    ///
    /// # Errors
    /// [`AlreadyClosed`] if it is closed.
    pub fn close(&self) -> Result<(), AlreadyClosed> {
        self.inner.close()
    }
}

impl<T> Rx<T> {
    /// Receives if a sender waits or an element is buffered.
    ///
    /// # Errors
    /// Whether the channel is empty, or closed and drained.
    #[inline]
    pub fn try_recv(&self) -> Result<T, TryRecvError> {
        self.inner.try_recv()
    }
}

macro_rules! end {
    ($end:ident, $count:ident) => {
        impl<T> $end<T> {
            /// How many elements are buffered.
            #[must_use]
            pub fn len(&self) -> usize {
                self.inner.chan.len()
            }

            /// Whether no element is buffered.
            #[must_use]
            pub fn is_empty(&self) -> bool {
                self.len() == 0
            }

            /// Whether the buffer has no room; always, if its capacity is zero, and never, if it has no bound.
            #[must_use]
            pub fn is_full(&self) -> bool {
                self.len() == self.inner.chan.cap()
            }

            /// How many elements can be buffered; `None` without a bound.
            #[must_use]
            pub fn capacity(&self) -> Option<usize> {
                match self.inner.buf {
                    Buffer::Fixed { .. } => Some(self.inner.chan.cap()),
                    Buffer::Growing(_) => None,
                }
            }

            /// Whether the channel is closed; see [`Tx::close`].
            #[must_use]
            pub fn is_closed(&self) -> bool {
                self.inner.chan.is_closed()
            }

            /// Another name for [`is_closed`](Self::is_closed). A closed channel may still have elements to receive.
            #[must_use]
            pub fn is_disconnected(&self) -> bool {
                self.is_closed()
            }

            /// How many sending ends there are.
            #[must_use]
            pub fn sender_count(&self) -> usize {
                self.inner.senders.load(Ordering::Relaxed)
            }

            /// How many receiving ends there are.
            #[must_use]
            pub fn receiver_count(&self) -> usize {
                self.inner.receivers.load(Ordering::Relaxed)
            }

            /// Whether both are ends of one channel.
            #[must_use]
            pub fn same_channel(&self, other: &Self) -> bool {
                Arc::ptr_eq(&self.inner, &other.inner)
            }
        }

        impl<T> Clone for $end<T> {
            fn clone(&self) -> Self {
                // Relaxed: the end cloned keeps the count above zero.
                self.inner.$count.fetch_add(1, Ordering::Relaxed);
                Self { inner: self.inner.clone() }
            }
        }

        impl<T> fmt::Debug for $end<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($end))
                    .field("len", &self.len())
                    .field("capacity", &self.capacity())
                    .field("closed", &self.is_closed())
                    .finish()
            }
        }
    };
}

end!(Tx, senders);
end!(Rx, receivers);

impl<T> Drop for Tx<T> {
    fn drop(&mut self) {
        // AcqRel: the one that counts to zero has seen what the others did with their ends.
        if self.inner.senders.fetch_sub(1, Ordering::AcqRel) == 1 {
            let _ = self.inner.close();
        }
    }
}

impl<T> Drop for Rx<T> {
    fn drop(&mut self) {
        // AcqRel: as above.
        if self.inner.receivers.fetch_sub(1, Ordering::AcqRel) == 1 {
            // No task can receive any more: let senders know, and let go of what is buffered (it
            // might hold sending ends of this very channel).
            let _ = self.inner.close();
            while self.inner.try_recv().is_ok() {}
        }
    }
}

/// One case of a select, on the heap: where its element is, and what to do when it is chosen.
pub(crate) trait Arm<R> {
    fn case(&mut self) -> Case;
    fn is_send(&self) -> bool;
    /// The arm was chosen; `ok` if an element changed hands.
    fn finish(self: Box<Self>, ok: bool) -> R;
    /// The arm was chosen, but its result is not wanted.
    fn abandon(self: Box<Self>, ok: bool);
}

struct RecvArm<'a, T, F> {
    from: &'a Inner<T>,
    slot: MaybeUninit<T>,
    then: F,
}

impl<T, R, F: FnOnce(Option<T>) -> R> Arm<R> for RecvArm<'_, T, F> {
    fn case(&mut self) -> Case {
        Case { chan: (&raw const self.from.chan).cast_mut(), elem: self.slot.as_mut_ptr().cast() }
    }

    fn is_send(&self) -> bool {
        false
    }

    fn finish(self: Box<Self>, ok: bool) -> R {
        let this = *self;
        // SAFETY: `ok` says that an element was put here.
        (this.then)(ok.then(|| unsafe { this.slot.assume_init() }))
    }

    fn abandon(self: Box<Self>, ok: bool) {
        if ok {
            // SAFETY: `ok` says that the slot was filled in.
            self.from.give_back(unsafe { self.slot.assume_init() });
        }
    }
}

struct SendArm<'a, T, F> {
    to: &'a Inner<T>,
    slot: MaybeUninit<T>,
    /// Whether the slot holds the element.
    full: bool,
    then: Option<F>,
}

impl<T, R, F: FnOnce(Result<(), SendError<T>>) -> R> Arm<R> for SendArm<'_, T, F> {
    fn case(&mut self) -> Case {
        Case { chan: (&raw const self.to.chan).cast_mut(), elem: self.slot.as_mut_ptr().cast() }
    }

    fn is_send(&self) -> bool {
        true
    }

    fn finish(mut self: Box<Self>, ok: bool) -> R {
        self.full = false;
        let then = self.then.take().expect("an arm finishes once");
        then(if ok {
            Ok(())
        } else {
            // SAFETY: not `ok` says that the element is still here; `full` keeps `drop` off it.
            Err(SendError(unsafe { self.slot.assume_init_read() }))
        })
    }

    fn abandon(mut self: Box<Self>, ok: bool) {
        self.full = !ok;
    }
}

impl<T, F> Drop for SendArm<'_, T, F> {
    fn drop(&mut self) {
        if self.full {
            // SAFETY: `full` says that the element is here.
            unsafe { self.slot.assume_init_drop() }
        }
    }
}

/// The cases of a select, and the order in which the core wants them: sends first.
pub(crate) struct Arms<'a, R> {
    /// Raw, since the core keeps pointers into the arms while the collection moves.
    arms: Vec<NonNull<dyn Arm<R> + 'a>>,
    nsends: usize,
}

// SAFETY: made from ends and closures that are required to be `Send`.
unsafe impl<R> Send for Arms<'_, R> {}

impl<'a, R> Arms<'a, R> {
    pub(crate) fn new() -> Self {
        Self { arms: Vec::new(), nsends: 0 }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.arms.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.arms.len()
    }

    pub(crate) fn nsends(&self) -> usize {
        self.nsends
    }

    fn add(&mut self, arm: Box<dyn Arm<R> + 'a>) {
        assert!(self.arms.len() < crate::MAX_CASES, "a select has at most 65536 cases");
        let is_send = arm.is_send();
        self.arms.push(NonNull::from(Box::leak(arm)));
        if is_send {
            let last = self.arms.len() - 1;
            self.arms.swap(self.nsends, last);
            self.nsends += 1;
        }
    }

    pub(crate) fn recv<T: Send + 'a>(&mut self, rx: &'a Rx<T>, then: impl FnOnce(Option<T>) -> R + Send + 'a) {
        self.add(Box::new(RecvArm { from: &rx.inner, slot: MaybeUninit::uninit(), then }));
    }

    pub(crate) fn send<T: Send + 'a>(
        &mut self,
        tx: &'a Tx<T>,
        value: T,
        then: impl FnOnce(Result<(), SendError<T>>) -> R + Send + 'a,
    ) {
        let slot = MaybeUninit::new(value);
        self.add(Box::new(SendArm { to: &tx.inner, slot, full: true, then: Some(then) }));
    }

    /// Runs `f` with the cases, and scratch space for their order: on the stack, if they are few.
    pub(crate) fn with_cases<X>(&mut self, f: impl FnOnce(&[Case], &mut [u16]) -> X) -> X {
        const FEW: usize = 8;
        // SAFETY: the arms are ours, and nothing else uses them now.
        let cases = self.arms.iter_mut().map(|a| unsafe { a.as_mut().case() });
        let n = cases.len();
        if n <= FEW {
            let mut few = [Case { chan: null_mut(), elem: null_mut() }; FEW];
            few.iter_mut().zip(cases).for_each(|(to, case)| *to = case);
            f(&few[..n], &mut [0; 2 * FEW])
        } else {
            f(&cases.collect::<Vec<_>>(), &mut vec![0; 2 * n])
        }
    }

    /// Takes out the chosen arm and drops the others.
    pub(crate) fn choose(mut self, i: usize) -> Box<dyn Arm<R> + 'a> {
        let arm = self.arms.swap_remove(i);
        // SAFETY: leaked in `add`, and no longer in the list that `drop` frees.
        unsafe { Box::from_raw(arm.as_ptr()) }
    }
}

impl<R> Drop for Arms<'_, R> {
    fn drop(&mut self) {
        for arm in self.arms.drain(..) {
            // SAFETY: leaked in `add`.
            drop(unsafe { Box::from_raw(arm.as_ptr()) });
        }
    }
}

/// Index and "an element changed hands".
pub(crate) fn outcome(finished: Finished, nsends: usize) -> (usize, bool) {
    match finished {
        Finished::Chosen(i, received) => (i, received || i < nsends),
        Finished::SendOnClosed(i) => (i, false),
    }
}

/// The outcome of a select that did not park, if there is one.
pub(crate) fn immediate(selected: Selected, nsends: usize) -> Option<(usize, bool)> {
    match selected {
        Selected::Chosen(i, received) => Some(outcome(Finished::Chosen(i, received), nsends)),
        Selected::SendOnClosed(i) => Some(outcome(Finished::SendOnClosed(i), nsends)),
        Selected::Default | Selected::Parked(_) => None,
    }
}

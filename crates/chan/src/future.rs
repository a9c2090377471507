//! Channels between futures: the asynchronous front end.
//!
//! A future that has to wait puts a node on the heap: its waiter, its waker and its element. Two
//! owners hold the node: the future, and the queue it stands in, until it is served. So a
//! future may be dropped (or leaked) at any time: a queued one is withdrawn; one that was served
//! but not polled since gives its element back to the front of the channel. What needs no waiting
//! is in [`crate::hosted`].

use crate::chan::Waiter;
use crate::hosted::{
    Arms, Hosted, Inner, Party, RecvError, Rx, SendError, Tx, WeakTx, ends, immediate, outcome, unbounded_ends,
};
use crate::loom::sync::{Arc, Mutex};
use crate::ops::{self, Op, SendResult};
use crate::select::{self, Select as Selected};
use crate::thread;
use core::cell::UnsafeCell;
use core::fmt;
use core::future::Future;
use core::mem::{ManuallyDrop, MaybeUninit};
use core::ops::Deref;
use core::pin::Pin;
use core::ptr::{null, null_mut};
use core::task::{Context, Poll, Waker};

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

/// A channel that takes as many elements as there is memory for: a send never waits. See [`crate::thread::unbounded`].
///
/// # Panics
/// If an element is 4 GiB or larger.
#[must_use]
pub fn unbounded<T>() -> (Sender<T>, Receiver<T>) {
    let (tx, rx) = unbounded_ends();
    (Sender { tx }, Receiver { rx })
}

/// The sending end, for futures.
pub struct Sender<T> {
    pub(crate) tx: Tx<T>,
}

/// The receiving end, for futures. Every element goes to one of the receivers.
pub struct Receiver<T> {
    pub(crate) rx: Rx<T>,
}

/// A sending end that does not keep the channel open. Made by [`Sender::downgrade`].
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

impl<T> From<thread::Sender<T>> for Sender<T> {
    fn from(s: thread::Sender<T>) -> Self {
        Self { tx: s.tx }
    }
}

impl<T> From<thread::Receiver<T>> for Receiver<T> {
    fn from(r: thread::Receiver<T>) -> Self {
        Self { rx: r.rx }
    }
}

impl<T> From<Sender<T>> for thread::Sender<T> {
    fn from(s: Sender<T>) -> Self {
        Self { tx: s.tx }
    }
}

impl<T> From<Receiver<T>> for thread::Receiver<T> {
    fn from(r: Receiver<T>) -> Self {
        Self { rx: r.rx }
    }
}

/// A waiting future's share with the queues: `P` is what is waited with (waiters and elements).
#[repr(C)]
struct Node<P> {
    party: Party,
    wake: Mutex<Wake>,
    load: UnsafeCell<P>,
}

struct Wake {
    woken: bool,
    waker: Option<Waker>,
}

// SAFETY: `load` is touched by the node's future, and by servers under the channels' locks in
// between parking and waking; never by two at once. What it carries is `Send`, see the users.
unsafe impl<P: Send> Send for Node<P> {}
// SAFETY: what is shared is atomic or under a lock; the load belongs to one side at a time.
unsafe impl<P: Send> Sync for Node<P> {}

impl<P> Node<P> {
    fn new(load: P, waker: &Waker) -> Arc<Self> {
        Arc::new(Self {
            party: Party::new(Self::wake),
            wake: Mutex::new(Wake { woken: false, waker: Some(waker.clone()) }),
            load: UnsafeCell::new(load),
        })
    }

    /// The node as a task, with a share for the queue.
    fn task(this: &Arc<Self>) -> *const Party {
        Arc::into_raw(this.clone()).cast()
    }

    /// Takes back the share that `task` gave.
    ///
    /// # Safety
    ///
    /// The node is in no queue, nothing is about to wake it, and `task` was called before.
    unsafe fn untask(this: &Arc<Self>) {
        // SAFETY: the share is ours now.
        drop(unsafe { Arc::from_raw(Arc::as_ptr(this)) });
    }

    /// # Safety
    /// As for a [`Party`]'s function: `party` heads a node that was queued with a share of it, which this takes.
    unsafe fn wake(party: *const Party) {
        // SAFETY: the party heads a node, with the queue's share in it.
        let this = unsafe { Arc::from_raw(party.cast::<Self>()) };
        let waker = {
            let mut wake = this.wake.lock().unwrap_or_else(|e| e.into_inner());
            wake.woken = true;
            wake.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Whether the node was woken; if not, `waker` will be.
    fn is_woken(&self, waker: &Waker) -> bool {
        let mut wake = self.wake.lock().unwrap_or_else(|e| e.into_inner());
        if !wake.woken && !wake.waker.as_ref().is_some_and(|w| w.will_wake(waker)) {
            wake.waker = Some(waker.clone());
        }
        wake.woken
    }
}

/// What a single operation waits with.
struct One<T> {
    waiter: Waiter,
    slot: MaybeUninit<T>,
}

// SAFETY: the waiter's pointers follow the crate's protocol, the element is `Send`.
unsafe impl<T: Send> Send for One<T> {}

impl<T> Node<One<T>> {
    fn waiter(&self) -> *mut Waiter {
        // SAFETY: a field of the cell's content, as a raw pointer.
        unsafe { &raw mut (*self.load.get()).waiter }
    }

    fn slot(&self) -> *mut T {
        // SAFETY: the load lives in the node, and only its address is taken.
        unsafe { (&raw mut (*self.load.get()).slot).cast() }
    }
}

/// A send in progress: what is to be sent, or what waits with it.
pub(crate) struct Sending<T> {
    value: Option<T>,
    node: Option<Arc<Node<One<T>>>>,
}

/// A receive in progress.
pub(crate) struct Receiving<T> {
    node: Option<Arc<Node<One<T>>>>,
}

/// A send in progress; see [`Sender::send`].
#[must_use = "futures do nothing unless polled"]
pub struct SendFuture<'a, T> {
    inner: &'a Inner<T>,
    sending: Sending<T>,
}

/// A receive in progress; see [`Receiver::recv`].
#[must_use = "futures do nothing unless polled"]
pub struct RecvFuture<'a, T> {
    inner: &'a Inner<T>,
    receiving: Receiving<T>,
}

impl<T> Unpin for SendFuture<'_, T> {}
impl<T> Unpin for RecvFuture<'_, T> {}

impl<T> Sender<T> {
    /// Sends, waiting for room or a receiver. Fails if the channel is (or gets) closed. Dropping
    /// the future before it is ready may or may not have sent the element.
    pub fn send(&self, value: T) -> SendFuture<'_, T> {
        SendFuture { inner: &self.tx.inner, sending: Sending::new(value) }
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
    /// Dropping the future loses nothing: an element that already was handed to it goes back to
    /// the front of the channel. (Only if the channel has been closed in the meantime and is full, the
    /// youngest element is dropped.)
    pub fn recv(&self) -> RecvFuture<'_, T> {
        RecvFuture { inner: &self.rx.inner, receiving: Receiving::new() }
    }
}

impl<T> Sending<T> {
    pub(crate) fn new(value: T) -> Self {
        Self { value: Some(value), node: None }
    }

    /// # Panics
    /// If it was ready before.
    pub(crate) fn poll(&mut self, inner: &Inner<T>, cx: &mut Context<'_>) -> Poll<Result<(), SendError<T>>> {
        let chan = &inner.chan;
        if let Some(node) = &self.node {
            if !node.is_woken(cx.waker()) {
                return Poll::Pending;
            }
            // SAFETY: woken, so the node is ours alone; unsent, the element is in its slot.
            let result = unsafe {
                match ops::finish_send(node.waiter()) {
                    SendResult::Sent => Ok(()),
                    SendResult::Closed => Err(SendError(node.slot().read())),
                }
            };
            self.node = None;
            return Poll::Ready(result);
        }
        let value = MaybeUninit::new(self.value.take().expect("polled after it was ready"));
        // SAFETY: value and slot hold an element until it is sent. The node has a share for the
        // queue, and stays where it is; the share is taken back if it did not get there. Between
        // `Parked` and the unlocking there is nothing to mark, as a waker can be woken any time.
        unsafe {
            match ops::try_send(&Hosted, chan, value.as_ptr().cast()) {
                ops::TrySend::Done => return Poll::Ready(Ok(())),
                ops::TrySend::Closed => {
                    return Poll::Ready(Err(SendError(value.assume_init())));
                }
                ops::TrySend::WouldBlock => {}
            }
            let node = Node::new(One { waiter: Waiter::new(), slot: value }, cx.waker());
            let (task, elem, w) = (Node::task(&node), node.slot().cast(), node.waiter());
            let result = match ops::send_or_enqueue(&Hosted, chan, elem, task, || w) {
                Op::Parked => {
                    ops::unlock_after_park(chan);
                    self.node = Some(node);
                    return Poll::Pending;
                }
                Op::Done => Ok(()),
                Op::Closed => Err(SendError(node.slot().read())),
            };
            Node::untask(&node);
            Poll::Ready(result)
        }
    }
}

impl<T> Future for SendFuture<'_, T> {
    type Output = Result<(), SendError<T>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        this.sending.poll(this.inner, cx)
    }
}

impl<T> Drop for Sending<T> {
    fn drop(&mut self) {
        if let Some(node) = self.node.take() {
            // SAFETY: parked and not finished. Withdrawn, the queue's share is ours; served, its
            // waker's. What was not sent is dropped.
            unsafe {
                let w = node.waiter();
                let withdrawn = ops::cancel(w);
                if withdrawn {
                    Node::untask(&node);
                }
                if withdrawn || ops::finish_send(w) == SendResult::Closed {
                    node.slot().drop_in_place();
                }
            }
        }
    }
}

impl<T> Receiving<T> {
    pub(crate) fn new() -> Self {
        Self { node: None }
    }

    /// Polls the receive in progress, or begins one.
    pub(crate) fn poll(&mut self, inner: &Inner<T>, cx: &mut Context<'_>) -> Poll<Result<T, RecvError>> {
        let chan = &inner.chan;
        if let Some(node) = &self.node {
            if !node.is_woken(cx.waker()) {
                return Poll::Pending;
            }
            // SAFETY: woken, so the node is ours alone; an element received is in its slot.
            let result = unsafe { if ops::finish_recv(node.waiter()) { Ok(node.slot().read()) } else { Err(RecvError) } };
            self.node = None;
            return Poll::Ready(result);
        }
        let mut value = MaybeUninit::<T>::uninit();
        // SAFETY: the value fits an element, and holds one if one was received. The node has a share for the queue, and stays where it is; the
        // share is taken back if it did not get there. Between `Parked` and the unlocking there is nothing to mark, as a waker can be
        // woken any time.
        unsafe {
            match ops::try_recv(&Hosted, chan, value.as_mut_ptr().cast()) {
                ops::TryRecv::Received => return Poll::Ready(Ok(value.assume_init())),
                ops::TryRecv::ClosedEmpty => return Poll::Ready(Err(RecvError)),
                ops::TryRecv::WouldBlock => {}
            }
            let node = Node::new(One { waiter: Waiter::new(), slot: value }, cx.waker());
            let (task, elem, w) = (Node::task(&node), node.slot().cast(), node.waiter());
            let result = match ops::recv_or_enqueue(&Hosted, chan, elem, task, || w) {
                Op::Parked => {
                    ops::unlock_after_park(chan);
                    self.node = Some(node);
                    return Poll::Pending;
                }
                Op::Done => Ok(node.slot().read()),
                Op::Closed => Err(RecvError),
            };
            Node::untask(&node);
            Poll::Ready(result)
        }
    }

    /// Gives the receive in progress up; an element that came goes back to the channel, which is `inner`.
    pub(crate) fn abandon(&mut self, inner: &Inner<T>) {
        if let Some(node) = self.node.take() {
            // SAFETY: parked and not finished. Withdrawn, the queue's share is ours; served, its
            // waker's, and an element that came is in the slot.
            unsafe {
                let w = node.waiter();
                if ops::cancel(w) {
                    Node::untask(&node);
                } else if ops::finish_recv(w) {
                    inner.give_back(node.slot().read());
                }
            }
        }
    }
}

impl<T> Future for RecvFuture<'_, T> {
    type Output = Result<T, RecvError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        this.receiving.poll(this.inner, cx)
    }
}

impl<T> Drop for RecvFuture<'_, T> {
    fn drop(&mut self) {
        self.receiving.abandon(self.inner);
    }
}

/// What a select waits with.
struct Many<'a, R> {
    /// Dropped by the future only. If that is leaked, so are the arms: the last owner of the node
    /// may then be a server, and what the arms borrow long gone.
    arms: ManuallyDrop<Option<Arms<'a, R>>>,
    waiters: Vec<Waiter>,
}

// SAFETY: the waiters' pointers follow the crate's protocol, the arms are `Send`.
unsafe impl<R> Send for Many<'_, R> {}

/// Several operations, one of which shall happen. If several can, the choice is random and even.
/// `select.await` gives what the chosen case's closure returned. Without any case it never ends.
#[must_use = "futures do nothing unless polled"]
pub struct Select<'a, R> {
    arms: Option<Arms<'a, R>>,
    parked: Option<Parked<'a, R>>,
}

/// A select that waits.
struct Parked<'a, R> {
    node: Arc<Node<Many<'a, R>>>,
    head: *mut Waiter,
    nsends: usize,
}

// SAFETY: the chain's head points into the node, which is `Send`.
unsafe impl<R> Send for Select<'_, R> {}

impl<R> Unpin for Select<'_, R> {}

impl<R> Default for Select<'_, R> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'a, R> Select<'a, R> {
    /// No case yet.
    pub fn new() -> Self {
        Self { arms: Some(Arms::new()), parked: None }
    }

    fn arms(&mut self) -> &mut Arms<'a, R> {
        self.arms.as_mut().expect("cases are added before the first poll")
    }

    /// Adds a receive. `then` gets the element, or `None` from a closed, drained channel.
    pub fn recv<T: Send + 'a>(mut self, from: &'a Receiver<T>, then: impl FnOnce(Option<T>) -> R + Send + 'a) -> Self {
        self.arms().recv(&from.rx, then);
        self
    }

    /// Adds a send. `then` learns whether it failed because the channel is closed.
    pub fn send<T: Send + 'a>(
        mut self,
        to: &'a Sender<T>,
        value: T,
        then: impl FnOnce(Result<(), SendError<T>>) -> R + Send + 'a,
    ) -> Self {
        self.arms().send(&to.tx, value, then);
        self
    }
}

impl<R> Future for Select<'_, R> {
    type Output = R;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<R> {
        if let Some(Parked { node, head, nsends }) = &self.parked {
            if !node.is_woken(cx.waker()) {
                return Poll::Pending;
            }
            // SAFETY: woken, so after `finish_select` the node is ours alone.
            let ((i, ok), arms) = unsafe {
                let end = outcome(select::finish_select(*head), *nsends);
                (end, (*node.load.get()).arms.take())
            };
            self.parked = None;
            let arms = arms.expect("a select finishes once");
            return Poll::Ready(arms.choose(i).finish(ok));
        }
        let mut arms = self.arms.take().expect("polled after it was ready");
        let nsends = arms.nsends();
        if arms.is_empty() {
            self.arms = Some(arms);
            return Poll::Pending;
        }
        // SAFETY: the scratch space is long enough; the arms hold their channels and elements. A
        // select that does not block asks neither for a task nor for waiters.
        let selected = arms.with_cases(|cases, order| unsafe {
            select::select_or_enqueue(&Hosted, cases, nsends, order, null(), |_| null_mut(), false)
        });
        if let Some((i, ok)) = immediate(selected, nsends) {
            return Poll::Ready(arms.choose(i).finish(ok));
        }

        let load = Many { arms: ManuallyDrop::new(Some(arms)), waiters: Vec::new() };
        let node = Node::new(load, cx.waker());
        let task = Node::task(&node);
        // SAFETY: not yet enqueued, the node is ours; arms and waiters are in heap blocks that stay
        // where they are until the select is over. As for the node's share: see
        // `SendFuture::poll`.
        unsafe {
            let Many { arms, waiters } = &mut *node.load.get();
            let chain = |k| {
                waiters.resize_with(k, Waiter::new);
                Waiter::chain(waiters.as_mut_ptr(), k)
            };
            let selected = arms
                .as_mut()
                .expect("put in above")
                .with_cases(|cases, order| select::select_or_enqueue(&Hosted, cases, nsends, order, task, chain, true));
            if let Selected::Parked(head) = selected {
                select::select_unlock_after_park(head);
                self.parked = Some(Parked { node, head, nsends });
                return Poll::Pending;
            }
            Node::untask(&node);
            let (i, ok) = immediate(selected, nsends).expect("a blocking select has no default");
            Poll::Ready(arms.take().expect("put in above").choose(i).finish(ok))
        }
    }
}

impl<R> Drop for Select<'_, R> {
    fn drop(&mut self) {
        if let Some(Parked { node, head, nsends }) = self.parked.take() {
            // SAFETY: parked and not finished. Withdrawn, the queue's share is ours; served, its
            // waker's, and the arm chosen has to undo or drop what came of it.
            unsafe {
                let task = Arc::as_ptr(&node).cast();
                let finished = select::cancel_select(&Hosted, task, head);
                let arms = (*node.load.get()).arms.take();
                match finished {
                    None => Node::untask(&node),
                    Some(finished) => {
                        let (i, ok) = outcome(finished, nsends);
                        arms.expect("a select finishes once").choose(i).abandon(ok);
                    }
                }
            }
        }
    }
}

impl<R> fmt::Debug for Select<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Select").field("waits", &self.parked.is_some()).finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for SendFuture<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendFuture").field("waits", &self.sending.node.is_some()).finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for RecvFuture<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecvFuture").field("waits", &self.receiving.node.is_some()).finish_non_exhaustive()
    }
}

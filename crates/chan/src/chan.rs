//! The channel's header, and the protocol that everything else in the crate follows.
//!
//! Operations live in [`crate::ops`] and [`crate::select`].
//!
//! # Protocol
//!
//! - **One lock per channel** guards the buffer, both queues, and the fields of the waiters queued.
//!   `count`, `closed` and the heads of the queues are atomics, but only so that hints may read
//!   them without the lock; they are written under it.
//! - **Invariants under the lock**: at least one of the queues is empty, except for a task that
//!   selects both ends of one channel; a task waits to receive only if the buffer is empty;
//!   a task waits to send only if the buffer is full; none waits at a closed channel.
//!   (A waiter whose select was won elsewhere may linger in a queue. It counts as absent.)
//! - **Hand-off**: a task that finds a waiter takes it out, claims its task if it selects,
//!   copies the element straight into or out of the waiter's slot, sets `fired` and `success`,
//!   releases the lock, and readies the task, in that order. After the release it does not look at
//!   the waiter again.
//! - **Parking** is two-phase. The enqueueing function returns with the lock *held*; the caller
//!   marks its task as waiting and only then unlocks. So none can serve, let alone ready, a task
//!   that has not yet parked.
//! - **Select**: waiters are enqueued at every channel with all locks held, taken in the order of
//!   addresses. One compare-and-swap on the task ([`crate::Seam::claim`]) decides which channel
//!   wins. The woken task then takes the losers out of their queues, lock by lock. A server that
//!   meets a loser before that drops it from the queue; hence a waiter's memory may be reused
//!   exactly when its owner had the lock of its channel and saw it unqueued.
//! - **Moving stacks**: see [`crate::select::lock_all_of`].

use crate::loom::RawLock;
use crate::loom::atomic::{AtomicU32, AtomicUsize, Ordering};
use crate::wait;
use core::cell::Cell;
use core::mem::offset_of;

/// A task that waits at a channel.
pub type Waiter = wait::Waiter<Chan>;

/// Those that wait at one end of it.
pub(crate) type Queue = wait::Queue<Chan>;

/// A channel's header. The embedder allocates it and the buffer, and calls [`Chan::init`].
///
/// Compiled code may read the words at [`Chan::LEN_OFFSET`] and [`Chan::CAP_OFFSET`].
#[repr(C)]
pub struct Chan {
    count: AtomicUsize,
    cap: usize,
    buf: Cell<*mut u8>,
    elem_size: u32,
    flags: u32,
    closed: AtomicU32,
    lock: RawLock,
    send_index: Cell<usize>,
    pub(crate) recv_index: Cell<usize>,
    pub(crate) receivers: Queue,
    pub(crate) senders: Queue,
    elem_type: usize,
}

/// What [`Chan::init`] needs to know about the elements.
#[derive(Clone, Copy, Debug)]
pub struct Elem {
    /// Bytes of an element; the distance between slots of the buffer.
    pub size: u32,
    /// Elements hold nothing that a collector must see: they may always be moved as bytes, and
    /// slots need not be cleared after use.
    pub pointer_free: bool,
    /// An opaque word for the seam's copy methods.
    pub ty: usize,
}

const POINTER_FREE: u32 = 1;

// SAFETY: the cells and raw pointers are touched only under `lock`, all else is atomic or constant
// after `init`. That elements may cross threads is the concern of those who put them in.
unsafe impl Send for Chan {}
// SAFETY: cells and raw pointers are touched under `lock` only, so a shared channel is never changed by two at once.
unsafe impl Sync for Chan {}

#[cfg(all(not(shuttle), target_pointer_width = "64"))]
const _: () = {
    assert!(size_of::<Chan>() == 96);
    assert!(offset_of!(Chan, count) == 0);
    assert!(offset_of!(Chan, cap) == 8);
    assert!(offset_of!(Chan, buf) == 16);
    assert!(offset_of!(Chan, elem_size) == 24);
    assert!(offset_of!(Chan, flags) == 28);
    assert!(offset_of!(Chan, closed) == 32);
    assert!(offset_of!(Chan, lock) == 36);
    assert!(offset_of!(Chan, send_index) == 40);
    assert!(offset_of!(Chan, recv_index) == 48);
    assert!(offset_of!(Chan, receivers) == 56);
    assert!(offset_of!(Chan, senders) == 72);
    assert!(offset_of!(Chan, elem_type) == 88);
    assert!(Chan::LEN_OFFSET == 0);
    assert!(Chan::CAP_OFFSET == 8);
    assert!(Chan::BUF_OFFSET == 16);
};

impl Chan {
    /// Where the number of buffered elements stands: a word.
    pub const LEN_OFFSET: usize = offset_of!(Chan, count);
    /// Where the capacity stands: a word.
    pub const CAP_OFFSET: usize = offset_of!(Chan, cap);
    /// Where the buffer's address stands: the only word of the header that a collector must follow
    /// (`elem_type` apart, if that is an address into the collected heap).
    pub const BUF_OFFSET: usize = offset_of!(Chan, buf);

    /// A header, for embedders that place it themselves.
    ///
    /// # Safety
    ///
    /// `buf` is valid for `cap * elem.size` bytes as long as the channel is used (anything if that
    /// is zero), and unless `elem.pointer_free`, zeroed.
    pub unsafe fn new(buf: *mut u8, cap: usize, elem: Elem) -> Self {
        Self {
            count: AtomicUsize::new(0),
            cap,
            buf: Cell::new(buf),
            elem_size: elem.size,
            flags: if elem.pointer_free { POINTER_FREE } else { 0 },
            closed: AtomicU32::new(0),
            lock: RawLock::new(),
            send_index: Cell::new(0),
            recv_index: Cell::new(0),
            receivers: Queue::new(),
            senders: Queue::new(),
            elem_type: elem.ty,
        }
    }

    /// Makes a header at `at`. The store to the `buf` word is a plain one: in collected memory it
    /// initialises a fresh (zeroed) object.
    ///
    /// # Safety
    ///
    /// `at` is writable and aligned; the rest as for [`Chan::new`].
    pub unsafe fn init(at: *mut Chan, buf: *mut u8, cap: usize, elem: Elem) {
        // SAFETY: `at` is writable and aligned, and the buffer as `Chan::new` asks (this function's contract).
        unsafe { at.write(Chan::new(buf, cap, elem)) }
    }

    /// How many elements are buffered.
    #[inline]
    pub fn len(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    /// Whether no element is buffered.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many elements can be buffered.
    #[inline]
    pub fn cap(&self) -> usize {
        self.cap
    }

    /// The size of an element.
    #[inline]
    pub fn elem_size(&self) -> usize {
        self.elem_size as usize
    }

    /// The opaque word given to [`Chan::init`].
    #[inline]
    pub fn elem_type(&self) -> usize {
        self.elem_type
    }

    /// Whether elements hold no pointers.
    #[inline]
    pub fn is_pointer_free(&self) -> bool {
        self.flags & POINTER_FREE != 0
    }

    /// Whether the channel is closed. `Acquire` pairs with the `Release` of `set_closed`: what was
    /// sent before the close is then visible.
    #[inline]
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire) != 0
    }

    /// Takes the channel's lock.
    #[inline]
    pub fn lock(&self) {
        self.lock.lock();
    }

    /// Takes the channel's lock if it is free.
    #[inline]
    pub fn try_lock(&self) -> bool {
        self.lock.try_lock()
    }

    /// Takes the channel's lock if it is free, or becomes so within about a microsecond.
    #[inline]
    pub fn try_lock_awhile(&self) -> bool {
        self.lock.try_lock_awhile()
    }

    /// Releases the channel's lock.
    ///
    /// # Safety
    ///
    /// The caller holds it.
    #[inline]
    pub unsafe fn unlock(&self) {
        // SAFETY: the lock is held on behalf of this call (this function's contract).
        unsafe { self.lock.unlock() }
    }

    /// Whether a send could proceed (or fail, the channel being closed). Without the lock, "no"
    /// means that at some moment during the call the channel was open and could take nothing:
    /// `closed` is final, so open now is open before, and the order of the two loads is free.
    #[inline]
    pub fn send_hint(&self) -> bool {
        let room = if self.cap == 0 { !self.receivers.is_empty_hint() } else { self.len() < self.cap };
        room || self.is_closed()
    }

    /// Whether a receive could proceed (with an element, or because the channel is closed).
    /// Without the lock, "no" means that the channel was empty and open at some moment of the
    /// call. Here the order matters: emptiness first (`Acquire`), then `closed`. The other way
    /// about, elements sent, a close and a full drain could fall in between.
    #[inline]
    pub fn recv_hint(&self) -> bool {
        !self.looks_empty() || self.is_closed()
    }

    /// Whether a channel that was seen to be closed holds no element; without the lock. The `Acquire` of [`Chan::is_closed`] pairs with the
    /// `Release` of `set_closed`, so what was sent before is counted in the number that is read now, and nothing is sent afterwards. Senders that
    /// wait at a channel that is closed get their elements back, whether or not they are off its queue yet.
    #[inline]
    pub(crate) fn is_drained(&self) -> bool {
        self.cap == 0 || self.is_empty()
    }

    #[inline]
    pub(crate) fn looks_empty(&self) -> bool {
        if self.cap == 0 { self.senders.is_empty_hint() } else { self.count.load(Ordering::Acquire) == 0 }
    }

    /// # Safety
    ///
    /// The lock is held.
    #[inline]
    pub(crate) unsafe fn set_closed(&self) {
        self.closed.store(1, Ordering::Release);
    }

    /// The slot that the next element goes into; call only if there is room.
    ///
    /// # Safety
    ///
    /// The lock is held and `len() < cap()`.
    #[inline]
    pub(crate) unsafe fn push_slot(&self) -> *mut u8 {
        let at = self.send_index.get();
        self.send_index.set(self.after(at));
        self.count.store(self.len() + 1, Ordering::Relaxed);
        self.slot(at)
    }

    /// The slot of the oldest element, which leaves the buffer.
    ///
    /// # Safety
    ///
    /// The lock is held and `len() > 0`.
    #[inline]
    pub(crate) unsafe fn pop_slot(&self) -> *mut u8 {
        let at = self.recv_index.get();
        self.recv_index.set(self.after(at));
        self.count.store(self.len() - 1, Ordering::Relaxed);
        self.slot(at)
    }

    /// In a full buffer: the slot of the oldest element, that becomes the slot of the youngest.
    ///
    /// # Safety
    ///
    /// The lock is held and `len() == cap()`, `cap() > 0`.
    #[inline]
    pub(crate) unsafe fn rotate_slot(&self) -> *mut u8 {
        let at = self.recv_index.get();
        let next = self.after(at);
        self.recv_index.set(next);
        self.send_index.set(next);
        self.slot(at)
    }

    /// A slot before that of the oldest element, to be filled.
    ///
    /// # Safety
    ///
    /// The lock is held and `len() < cap()`.
    pub(crate) unsafe fn unpop_slot(&self) -> *mut u8 {
        let at = self.before(self.recv_index.get());
        self.recv_index.set(at);
        self.count.store(self.len() + 1, Ordering::Relaxed);
        self.slot(at)
    }

    /// In a full buffer: the slot of the youngest element, that becomes the slot of the oldest.
    ///
    /// # Safety
    ///
    /// The lock is held and `len() == cap()`, `cap() > 0`.
    pub(crate) unsafe fn unrotate_slot(&self) -> *mut u8 {
        let at = self.before(self.recv_index.get());
        self.recv_index.set(at);
        self.send_index.set(at);
        self.slot(at)
    }

    /// The buffer. What is done with it is the business of its owner.
    #[cfg(feature = "std")]
    pub(crate) fn buffer(&self) -> *mut u8 {
        self.buf.get()
    }

    /// The index of the slot of the oldest element.
    #[cfg(feature = "std")]
    #[inline]
    pub(crate) fn first_slot(&self) -> usize {
        self.recv_index.get()
    }

    /// Another buffer, or the same, in which the elements lie side by side from the slot `first` on.
    ///
    /// # Safety
    ///
    /// The lock is held, the elements are there, and `first + len() < cap()`.
    #[cfg(feature = "std")]
    #[inline]
    pub(crate) unsafe fn set_buffer(&self, buf: *mut u8, first: usize) {
        self.buf.set(buf);
        self.recv_index.set(first);
        self.send_index.set(first + self.len());
    }

    fn before(&self, index: usize) -> usize {
        if index == 0 { self.cap - 1 } else { index - 1 }
    }

    #[inline]
    fn after(&self, index: usize) -> usize {
        if index + 1 == self.cap { 0 } else { index + 1 }
    }

    /// Where the buffer keeps the element `index`, which is below [`Chan::cap`]; which of the slots hold something changes
    /// with every operation.
    #[inline]
    pub fn slot(&self, index: usize) -> *mut u8 {
        debug_assert!(index < self.cap);
        self.buf.get().wrapping_add(index * self.elem_size())
    }
}

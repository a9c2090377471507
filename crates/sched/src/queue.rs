//! The run queue of a processor: a ring with one producer and many consumers, and a `next` slot
//! in front of it. Pure data structure: knows neither tasks nor locks, overflow goes to the caller.
//!
//! Roles. The *owner* (the thread that holds the processor) pushes at `tail` and pops at `head`;
//! *thieves* pop at `head` only. `tail` is written by the owner alone; `head` is advanced by the
//! thread that wins a compare-exchange, after having read the slots it takes. `next` is filled by
//! the owner and emptied by anyone.
//!
//! Orderings. A push stores `tail` SeqCst: release towards the thieves' loads of `tail`, and in
//! one total order with the spinning counter (see the module `idle`), so that either the pusher sees
//! a searching thread or the searcher sees the push. An advance of `head` is a release, paired
//! with the owner's acquire load in `push`: a slot is reused only after its last reader has read.

use crate::loom::{AtomicPtr, AtomicU32, Ordering, total_order};
use core::ptr::null_mut;

/// Slots of the ring; a power of two.
pub const CAPACITY: usize = if cfg!(any(loom, shuttle)) { 4 } else { 256 };
/// How many tasks an overflow moves away.
pub const HALF: usize = CAPACITY / 2;

/// See the module's header.
#[repr(C)]
pub struct RunQueue<T> {
    pub(crate) head: AtomicU32,
    pub(crate) tail: AtomicU32,
    pub(crate) next: AtomicPtr<T>,
    ring: [AtomicPtr<T>; CAPACITY],
}

/// The older half of a full ring, on its way to a global queue.
pub type Batch<T> = [*mut T; HALF];

impl<T> Default for RunQueue<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> RunQueue<T> {
    /// An empty queue.
    pub fn new() -> Self {
        RunQueue {
            head: AtomicU32::new(0),
            tail: AtomicU32::new(0),
            next: AtomicPtr::new(null_mut()),
            ring: core::array::from_fn(|_| AtomicPtr::new(null_mut())),
        }
    }

    #[inline]
    pub(crate) fn slot(&self, at: u32) -> &AtomicPtr<T> {
        &self.ring[at as usize % CAPACITY]
    }

    /// Puts `t` at the tail; `false` if the ring is full.
    ///
    /// # Safety
    /// The caller is the owner.
    #[inline]
    #[must_use]
    pub unsafe fn push(&self, t: *mut T) -> bool {
        let head = self.head.load(Ordering::Acquire);
        let tail = self.tail.load(Ordering::Relaxed);
        if tail.wrapping_sub(head) as usize >= CAPACITY {
            return false;
        }
        self.slot(tail).store(t, Ordering::Relaxed);
        self.tail.store(tail.wrapping_add(1), Ordering::SeqCst);
        total_order();
        true
    }

    /// Puts `t` into the `next` slot and returns what was there (or null): the caller pushes that
    /// to the tail.
    ///
    /// # Safety
    /// The caller is the owner.
    #[inline]
    #[must_use]
    pub unsafe fn swap_next(&self, t: *mut T) -> *mut T {
        let out = self.next.swap(t, Ordering::SeqCst);
        total_order();
        out
    }

    /// Takes the older half of a full ring. `false` if thieves made room in the meantime: push
    /// again.
    ///
    /// # Safety
    /// The caller is the owner.
    #[must_use]
    pub unsafe fn take_half(&self, out: &mut Batch<T>) -> bool {
        let head = self.head.load(Ordering::Acquire);
        let tail = self.tail.load(Ordering::Relaxed);
        if (tail.wrapping_sub(head) as usize) < CAPACITY {
            return false;
        }
        for (i, o) in out.iter_mut().enumerate() {
            *o = self.slot(head.wrapping_add(i as u32)).load(Ordering::Relaxed);
        }
        let to = head.wrapping_add(HALF as u32);
        self.head.compare_exchange(head, to, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }

    /// Takes the `next` slot, or null.
    ///
    /// # Safety
    /// The caller is the owner.
    #[inline]
    pub unsafe fn pop_next(&self) -> *mut T {
        let t = self.next.load(Ordering::Relaxed);
        // A failed exchange means that a thief emptied it: only the owner fills the slot.
        if !t.is_null() && self.next.compare_exchange(t, null_mut(), Ordering::AcqRel, Ordering::Relaxed).is_ok() {
            return t;
        }
        null_mut()
    }

    /// Takes the head of the ring, or null.
    ///
    /// # Safety
    /// The caller is the owner.
    #[inline]
    pub unsafe fn pop(&self) -> *mut T {
        let tail = self.tail.load(Ordering::Relaxed);
        let mut head = self.head.load(Ordering::Acquire);
        loop {
            if head == tail {
                return null_mut();
            }
            let t = self.slot(head).load(Ordering::Relaxed);
            let to = head.wrapping_add(1);
            match self.head.compare_exchange(head, to, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return t,
                Err(seen) => head = seen,
            }
        }
    }

    /// Takes about half of the ring into `into`, which must be empty, and returns one of them to
    /// run at once, or null. If the ring is empty and `steal_next`, takes the `next` slot, but
    /// calls `back_off` first: its owner probably runs it within microseconds, and a wake-up
    /// chain is best left on one processor. If that says false, `into` may be another owner's by now, or not empty any more:
    /// nothing is taken.
    ///
    /// # Safety
    /// The caller is the owner of `into`; `into` is empty and is not `self`.
    pub unsafe fn steal_into(&self, into: &RunQueue<T>, steal_next: bool, mut back_off: impl FnMut() -> bool) -> *mut T {
        let at = into.tail.load(Ordering::Relaxed);
        loop {
            let head = self.head.load(Ordering::Acquire);
            let tail = self.tail.load(Ordering::Acquire);
            let len = tail.wrapping_sub(head);
            if len == 0 {
                if !steal_next {
                    return null_mut();
                }
                let t = self.next.load(Ordering::Acquire);
                if t.is_null() {
                    return null_mut();
                }
                if !back_off() {
                    return null_mut();
                }
                if self.next.compare_exchange(t, null_mut(), Ordering::AcqRel, Ordering::Relaxed).is_ok() {
                    return t;
                }
                continue;
            }
            let n = len - len / 2;
            if n as usize > HALF {
                // head and tail were read at different times.
                crate::loom::relax(0);
                continue;
            }
            for i in 0..n {
                let t = self.slot(head.wrapping_add(i)).load(Ordering::Relaxed);
                into.slot(at.wrapping_add(i)).store(t, Ordering::Relaxed);
            }
            let to = head.wrapping_add(n);
            if self.head.compare_exchange(head, to, Ordering::AcqRel, Ordering::Relaxed).is_err() {
                continue;
            }
            let last = at.wrapping_add(n - 1);
            if n > 1 {
                into.tail.store(last, Ordering::SeqCst);
                total_order();
            }
            return into.slot(last).load(Ordering::Relaxed);
        }
    }

    /// Whether there was nothing to take at some moment during the call.
    pub fn is_empty(&self) -> bool {
        total_order();
        loop {
            let head = self.head.load(Ordering::SeqCst);
            let tail = self.tail.load(Ordering::SeqCst);
            let next = self.next.load(Ordering::SeqCst);
            // A task kicked out of `next` goes to the tail: if the tail stood still, what was
            // read of both belongs together.
            if self.tail.load(Ordering::SeqCst) == tail {
                return head == tail && next.is_null();
            }
        }
    }

    /// Tasks in the ring and the slot; exact only for the owner.
    pub fn len(&self) -> usize {
        let tail = self.tail.load(Ordering::Acquire);
        let head = self.head.load(Ordering::Acquire);
        let slot = !self.next.load(Ordering::Acquire).is_null();
        (tail.wrapping_sub(head) as usize).min(CAPACITY) + slot as usize
    }
}

//! What a waiting task leaves at a channel: the [`Waiter`] record, and the queues made of them.
//!
//! No channel semantics live here: `C` is whatever is waited at, [`crate::chan`] says what. A waiter is plain memory owned by the waiting task; the queue
//! only links it. All of its fields are guarded by the lock of the channel it is queued at, with two exceptions that the protocol in [`crate::chan`]
//! explains: `wait_link` and `chan` belong to the waiting task itself.

use crate::loom::atomic::{AtomicPtr, Ordering};
use core::cell::Cell;
use core::mem::offset_of;
use core::ptr::null_mut;

/// One task's place in the queue of one channel: 64 bytes, off the collected heap.
///
/// A single operation needs one waiter, a select one per live case. The memory may come from
/// anywhere and in any state: the operation that enqueues it fills it in completely. It has to
/// stay where it is until the matching `finish_*` (or `cancel*`) has returned.
#[repr(C)]
pub struct Waiter<C> {
    /// The waiting task, as [`crate::Task::into_raw`] gave it.
    pub task: *mut (),
    /// Where the element is to be taken from or put. Null when there is nothing to copy, and once
    /// the waiter was served. An embedder that moves the waiting task's stack adjusts this field,
    /// under the locks that [`crate::select::lock_all_of`] takes.
    pub elem: *mut u8,
    /// The channel waited at. An embedder whose channels are collected marks through this field.
    pub chan: *const C,
    pub(crate) next: *mut Waiter<C>,
    pub(crate) prev: *mut Waiter<C>,
    /// The next waiter of the same task, in lock order; null at the end.
    pub wait_link: *mut Waiter<C>,
    /// A word for the embedder (a time stamp for profiling, say). The crate never touches it.
    pub user: usize,
    /// Which case of the select this is.
    pub case_index: u16,
    /// Part of a select: to serve it, a task must first [`crate::Seam::claim`] the task.
    pub is_select: bool,
    /// Waits to send, not to receive.
    pub is_send: bool,
    /// Linked into a queue of `chan`.
    pub(crate) queued: bool,
    /// Served (or woken by close): the one waiter of its task that was.
    pub fired: bool,
    /// An element changed hands, as opposed to the channel having been closed.
    pub success: bool,
}

const _: () = {
    if size_of::<*mut u8>() == 8 {
        assert!(size_of::<Waiter<()>>() == 64);
        assert!(offset_of!(Waiter<()>, task) == 0);
        assert!(offset_of!(Waiter<()>, elem) == 8);
        assert!(offset_of!(Waiter<()>, chan) == 16);
        assert!(offset_of!(Waiter<()>, wait_link) == 40);
        assert!(offset_of!(Waiter<()>, user) == 48);
    }
};

impl<C> Waiter<C> {
    /// A blank waiter. (Zeroed or uninitialised memory does as well.)
    pub const fn new() -> Self {
        Self {
            task: null_mut(),
            elem: null_mut(),
            chan: core::ptr::null(),
            next: null_mut(),
            prev: null_mut(),
            wait_link: null_mut(),
            user: 0,
            case_index: 0,
            is_select: false,
            is_send: false,
            queued: false,
            fired: false,
            success: false,
        }
    }

    /// Links `n` adjacent waiters into a chain by `wait_link`, as select wants them.
    ///
    /// # Safety
    ///
    /// `first` points at `n` writable waiters that are not in use.
    pub unsafe fn chain(first: *mut Waiter<C>, n: usize) -> *mut Waiter<C> {
        let mut head = null_mut();
        for i in (0..n).rev() {
            // SAFETY: `i` is below `n`, and `first` points at `n` writable waiters that are not in use (this function's
            // contract).
            unsafe {
                let w = first.add(i);
                (&raw mut (*w).wait_link).write(head);
                head = w;
            }
        }
        head
    }

    /// Calls `f` with each waiter of a task, from `head` on, which is null for none. `f` may give the waiter away.
    ///
    /// # Safety
    ///
    /// The chain is intact, and changed by `f` alone.
    #[inline]
    pub unsafe fn each(head: *mut Waiter<C>, mut f: impl FnMut(*mut Waiter<C>)) {
        let mut w = head;
        while !w.is_null() {
            // SAFETY: a waiter of the chain; its link is read before `f` has it.
            let next = unsafe { (*w).wait_link };
            f(w);
            w = next;
        }
    }

    /// Writes every field but `user` and `wait_link`.
    ///
    /// # Safety
    ///
    /// `w` is writable and linked into no queue.
    #[inline]
    pub(crate) unsafe fn fill(
        w: *mut Waiter<C>,
        task: *mut (),
        elem: *mut u8,
        chan: &C,
        is_send: bool,
        select: Option<u16>,
    ) {
        // SAFETY: `w` is writable (this function's contract); no field is read, so that the memory may have been
        // uninitialised.
        unsafe {
            (&raw mut (*w).task).write(task);
            (&raw mut (*w).elem).write(elem);
            (&raw mut (*w).chan).write(chan);
            (&raw mut (*w).next).write(null_mut());
            (&raw mut (*w).prev).write(null_mut());
            (&raw mut (*w).case_index).write(select.unwrap_or(0));
            (&raw mut (*w).is_select).write(select.is_some());
            (&raw mut (*w).is_send).write(is_send);
            (&raw mut (*w).queued).write(false);
            (&raw mut (*w).fired).write(false);
            (&raw mut (*w).success).write(false);
        }
    }
}

impl<C> Default for Waiter<C> {
    fn default() -> Self {
        Self::new()
    }
}

/// A FIFO of waiters, doubly linked so that a select can leave from the middle in O(1).
///
/// All zero is the empty queue. Every method that takes `&self` and is `unsafe` wants the lock of
/// the channel that the queue belongs to.
#[repr(C)]
pub(crate) struct Queue<C> {
    /// Atomic because `is_empty_hint` reads it without the lock.
    first: AtomicPtr<Waiter<C>>,
    last: Cell<*mut Waiter<C>>,
}

impl<C> Queue<C> {
    pub(crate) fn new() -> Self {
        Self { first: AtomicPtr::new(null_mut()), last: Cell::new(null_mut()) }
    }

    /// Whether no task waits. Without the lock this is a hint about some recent moment; `Acquire`
    /// keeps later loads of the caller (that of `closed`, see [`crate::Chan::recv_hint`]) behind it.
    #[inline]
    pub(crate) fn is_empty_hint(&self) -> bool {
        self.first.load(Ordering::Acquire).is_null()
    }

    /// The first waiter, or null.
    ///
    /// # Safety
    ///
    /// The channel's lock is held.
    #[cfg(feature = "inspect")]
    pub(crate) unsafe fn head(&self) -> *mut Waiter<C> {
        self.first.load(Ordering::Relaxed)
    }

    /// Appends `w`.
    ///
    /// # Safety
    ///
    /// The channel's lock is held; `w` is filled in and in no queue, and stays valid until it left.
    #[inline]
    pub(crate) unsafe fn push(&self, w: *mut Waiter<C>) {
        let last = self.last.get();
        // SAFETY: `w` is filled in and stays valid until it left (this function's contract), as `last` does, which is
        // queued; the channel's lock is held.
        unsafe {
            (*w).next = null_mut();
            (*w).prev = last;
            (*w).queued = true;
            if last.is_null() {
                self.first.store(w, Ordering::Relaxed);
            } else {
                (*last).next = w;
            }
        }
        self.last.set(w);
    }

    /// Puts `w` in front of all others.
    ///
    /// # Safety
    ///
    /// As for [`Queue::push`].
    pub(crate) unsafe fn push_front(&self, w: *mut Waiter<C>) {
        let first = self.first.load(Ordering::Relaxed);
        // SAFETY: `w` is filled in and stays valid until it left (this function's contract), as `first` does, which is
        // queued; the channel's lock is held.
        unsafe {
            (*w).prev = null_mut();
            (*w).next = first;
            (*w).queued = true;
            if first.is_null() {
                self.last.set(w);
            } else {
                (*first).prev = w;
            }
        }
        self.first.store(w, Ordering::Relaxed);
    }

    /// Takes out the first waiter.
    ///
    /// # Safety
    ///
    /// The channel's lock is held.
    #[inline]
    pub(crate) unsafe fn pop(&self) -> *mut Waiter<C> {
        let w = self.first.load(Ordering::Relaxed);
        if w.is_null() {
            return w;
        }
        // SAFETY: whatever is queued is valid, and the lock is held.
        unsafe {
            let next = (*w).next;
            self.first.store(next, Ordering::Relaxed);
            if next.is_null() {
                self.last.set(null_mut());
            } else {
                (*next).prev = null_mut();
            }
            (*w).next = null_mut();
            (*w).queued = false;
        }
        w
    }

    /// Takes out `w`, wherever it stands.
    ///
    /// # Safety
    ///
    /// The channel's lock is held and `w` is in this queue.
    #[inline]
    pub(crate) unsafe fn remove(&self, w: *mut Waiter<C>) {
        // SAFETY: `w` and its neighbours are queued here, hence valid.
        unsafe {
            debug_assert!((*w).queued);
            let (prev, next) = ((*w).prev, (*w).next);
            if prev.is_null() {
                self.first.store(next, Ordering::Relaxed);
            } else {
                (*prev).next = next;
            }
            if next.is_null() {
                self.last.set(prev);
            } else {
                (*next).prev = prev;
            }
            (*w).next = null_mut();
            (*w).prev = null_mut();
            (*w).queued = false;
        }
    }
}

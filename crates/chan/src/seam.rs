//! What the channels ask of the world around them: parking is the caller's, the rest is [`Seam`].
//!
//! No scheduler and no memory manager lives here. The crate never parks a task itself: operations
//! that cannot finish return `Parked` and leave the rest to the caller (see [`crate::ops`]).

use crate::chan::{Chan, Waiter};
use core::ptr::NonNull;

/// A task handle that fits into one pointer.
pub trait Task: Copy + Eq {
    /// The handle as a pointer.
    fn into_raw(self) -> *mut ();
    /// The handle back.
    ///
    /// # Safety
    ///
    /// `raw` came from [`Task::into_raw`] of the same type.
    unsafe fn from_raw(raw: *mut ()) -> Self;
}

impl<T> Task for *mut T {
    #[inline]
    fn into_raw(self) -> *mut () {
        self.cast()
    }
    #[inline]
    unsafe fn from_raw(raw: *mut ()) -> Self {
        raw.cast()
    }
}

impl<T> Task for *const T {
    #[inline]
    fn into_raw(self) -> *mut () {
        self.cast_mut().cast()
    }
    #[inline]
    unsafe fn from_raw(raw: *mut ()) -> Self {
        raw.cast()
    }
}

impl<T> Task for NonNull<T> {
    #[inline]
    fn into_raw(self) -> *mut () {
        self.as_ptr().cast()
    }
    #[inline]
    unsafe fn from_raw(raw: *mut ()) -> Self {
        // SAFETY: `raw` came from `into_raw`, which never gives null.
        unsafe { NonNull::new_unchecked(raw.cast()) }
    }
}

impl Task for usize {
    #[inline]
    fn into_raw(self) -> *mut () {
        core::ptr::without_provenance_mut(self)
    }
    #[inline]
    unsafe fn from_raw(raw: *mut ()) -> Self {
        raw.addr()
    }
}

/// The embedder's side of a channel operation.
///
/// All methods are called on the thread and stack that the operation runs on. Of the *leaf*
/// operations ([`crate::ops::try_send_leaf`], [`crate::ops::try_recv_leaf`]) only
/// [`Seam::is_plain`] is reached.
///
/// # Safety
///
/// The crate relies on [`Seam::claim`] saying yes exactly once per [`Seam::arm`], and on the copy
/// methods moving exactly `c.elem_size()` bytes.
pub unsafe trait Seam {
    /// How the embedder names a task.
    type Task: Task;

    /// Makes a parked task runnable. Called without any channel lock, by the task that served the
    /// waiter `w`, once per park. `w` already left its queue and its fields are final; but from
    /// here on its memory is its owner's again, so an embedder may hand the pointer on, but should
    /// not look inside once the task may run.
    ///
    /// The task may be so freshly parked that its thread has just left
    /// [`crate::ops::unlock_after_park`]; it never is earlier than that.
    ///
    /// # Safety
    ///
    /// `task` waits and was claimed by the caller (or is no select).
    unsafe fn ready(&self, task: Self::Task, w: *mut Waiter);

    /// Moves one element between a task that runs this code and a channel's buffer, with whatever
    /// barriers the collector wants. `src` is dead afterwards, or cleared by [`Seam::clear_elem`].
    /// Called with the channel's lock held, and only if [`Seam::is_plain`] said no.
    ///
    /// # Safety
    ///
    /// Both pointers are valid for `c.elem_size()` bytes and do not overlap.
    unsafe fn copy_elem(&self, c: &Chan, dst: *mut u8, src: *const u8);

    /// Like [`Seam::copy_elem`], but one side is the slot of *another*, waiting task, perhaps on
    /// that task's stack: a barrier that deems stacks exempt must not do so here. The other stack
    /// cannot move in the meantime, since the channel's lock is held (see
    /// [`crate::select::lock_all_of`]).
    ///
    /// # Safety
    ///
    /// As for [`Seam::copy_elem`].
    #[inline]
    unsafe fn hand_elem(&self, c: &Chan, dst: *mut u8, src: *const u8) {
        // SAFETY: this function's contract is that of `copy_elem`, for the same places.
        unsafe { self.copy_elem(c, dst, src) }
    }

    /// Overwrites an element with zeroes, with barriers. Called under the channel's lock for buffer
    /// slots and for the slots of receivers that [`crate::ops::close`] wakes, and without it for
    /// the destination of a receive from a closed channel. Only if [`Seam::is_plain`] said no.
    ///
    /// # Safety
    ///
    /// `dst` is valid for `c.elem_size()` bytes.
    unsafe fn clear_elem(&self, c: &Chan, dst: *mut u8);

    /// Whether elements may right now be moved as bare bytes. The default says so for channels
    /// whose elements hold no pointers; a collector with a write barrier may add "or the barrier
    /// is off", provided that cannot change before the operation ends or parks. Leaf operations do
    /// nothing if the answer is no.
    #[inline]
    fn is_plain(&self, c: &Chan) -> bool {
        c.is_pointer_free()
    }

    /// Opens the race for `task`: the next [`Seam::claim`] will win. Called by the task itself
    /// before the waiters of a select become visible to others (a relaxed store does).
    ///
    /// # Safety
    ///
    /// `task` is the caller's own.
    unsafe fn arm(&self, task: Self::Task);

    /// Tries to win the race to wake `task`, that waits in a select: true for the first caller
    /// since [`Seam::arm`], false for all others (one compare-and-swap). Called with the lock of
    /// one of the channels waited at held, or by the task itself when it gives up.
    ///
    /// # Safety
    ///
    /// `task` has armed itself and has not finished the select.
    unsafe fn claim(&self, task: Self::Task) -> bool;

    /// A pseudo-random number below `n` (`n` > 0); the fairness of select rests on it.
    fn random(&self, n: u32) -> u32;
}

//! The reverse of a receive: an element that was taken but could not be delivered goes back to the
//! front of its channel. That is what makes dropping a half-done receive (a future, say) harmless.

use crate::chan::{Chan, Waiter};
use crate::ops::{Op, hand, pop_claimed, serve};
use crate::seam::{Seam, Task};
use core::ptr::null_mut;

/// Gives the element at `elem` to the next receiver: to one that waits, or by putting it in front
/// of the buffer. If there is no room, the buffer's youngest element (the given one itself, if the
/// channel is unbuffered) is left in `*elem`, and `task` is enqueued *before* all waiting senders:
///
/// - `Done`: delivered or buffered.
/// - `Parked`: as with [`crate::ops::send_or_enqueue`], the lock is held.
/// - `Closed`: there is no room, and at a closed channel no task can wait. One element remains in
///   `*elem`, and is lost to the channel.
///
/// # Safety
///
/// As for [`crate::ops::send_or_enqueue`], with an `elem` that is also writable. The channel's
/// elements are pointer-free, since they are moved without the seam.
pub unsafe fn give_back_or_enqueue<S: Seam>(seam: &S, c: &Chan, elem: *mut u8, task: S::Task, w: *mut Waiter) -> Op {
    c.lock();
    // SAFETY: the lock was just taken; the rest is this function's contract.
    unsafe { give_back_locked(seam, c, elem, task, w) }
}

/// The rest of [`give_back_or_enqueue`].
///
/// # Safety
///
/// As there, and the lock of `c` is held.
pub(crate) unsafe fn give_back_locked<S: Seam>(seam: &S, c: &Chan, elem: *mut u8, task: S::Task, w: *mut Waiter) -> Op {
    // SAFETY: all under the lock, that every exit but `Parked` releases once.
    unsafe {
        let r = pop_claimed(&c.receivers, seam);
        if !r.is_null() {
            if !(*r).elem.is_null() {
                hand(seam, c, (*r).elem, elem);
            }
            serve(seam, c, r);
            return Op::Done;
        }
        if c.len() < c.cap() {
            core::ptr::copy_nonoverlapping(elem, c.unpop_slot(), c.elem_size());
            c.unlock();
            return Op::Done;
        }
        if c.cap() > 0 {
            core::ptr::swap_nonoverlapping(elem, c.unrotate_slot(), c.elem_size());
        }
        if c.is_closed() {
            c.unlock();
            return Op::Closed;
        }
        Waiter::fill(w, task.into_raw(), elem, c, true, None);
        (&raw mut (*w).wait_link).write(null_mut());
        c.senders.push_front(w);
        Op::Parked
    }
}

//! Send, receive and close on one channel.
//!
//! Every operation comes in up to three shapes:
//!
//! - `try_*`: finishes or says `WouldBlock`; never leaves anything behind.
//! - `try_*_leaf`: the same for a caller with little stack that must not wait, for the lock no more
//!   than a moment: it only ever touches the buffer, and says `Contended` where more would be needed.
//! - `*_or_enqueue`, then park, then `unlock_after_park`, then `finish_*` once woken: the blocking
//!   operation in halves, so that no frame of this crate lives across the park.
//!
//! Nothing here knows about select, but that a waiter might belong to one.

use crate::chan::{Chan, Queue, Waiter};
use crate::seam::{Seam, Task};
use core::ptr::null_mut;

/// Result of a non-blocking send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum TrySend {
    /// The element was buffered or handed to a receiver.
    Done,
    /// The channel is closed; the element is still the caller's.
    Closed,
    /// No task receives and the buffer is full; the element is still the caller's.
    WouldBlock,
}

/// Result of a non-blocking receive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum TryRecv {
    /// An element was stored.
    Received,
    /// The channel is closed and drained; the destination was cleared.
    ClosedEmpty,
    /// There is nothing to receive; the destination is untouched.
    WouldBlock,
}

/// What became of a send on a small stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum LeafSend {
    /// The element was buffered.
    Done,
    /// The channel is closed; the element is still the caller's.
    Closed,
    /// The channel is full and open.
    WouldBlock,
    /// Not decided: use [`try_send`] or [`send_or_enqueue`] from a proper stack.
    Contended,
}

/// What became of a receive on a small stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum LeafRecv {
    /// An element was stored.
    Received,
    /// The channel is closed and drained; the destination was cleared.
    ClosedEmpty,
    /// The channel is empty and open.
    WouldBlock,
    /// Not decided: use [`try_recv`] or [`recv_or_enqueue`] from a proper stack.
    Contended,
}

/// How far a blocking operation came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Op {
    /// Finished: sent, or received.
    Done,
    /// The channel is closed (for a receive: and drained, the destination was cleared).
    Closed,
    /// The waiter is enqueued and **the channel's lock is held**: park the task, then
    /// [`unlock_after_park`].
    Parked,
}

/// What a woken sender finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum SendResult {
    /// The element was taken.
    Sent,
    /// The channel was closed; the element is still the caller's.
    Closed,
}

/// The channel was closed before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlreadyClosed;

impl core::fmt::Display for AlreadyClosed {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("the channel is closed already")
    }
}

impl core::error::Error for AlreadyClosed {}

/// Moves `size` bytes, with the common sizes in registers.
///
/// # Safety
///
/// Both sides are valid for `size` bytes and do not overlap.
#[inline(always)]
pub(crate) unsafe fn move_bytes(dst: *mut u8, src: *const u8, size: usize) {
    // SAFETY: within `size` bytes on either side; unaligned accesses ask for nothing more.
    unsafe {
        match size {
            8 => dst.cast::<u64>().write_unaligned(src.cast::<u64>().read_unaligned()),
            0 => {}
            16 => dst.cast::<[u64; 2]>().write_unaligned(src.cast::<[u64; 2]>().read_unaligned()),
            4 => dst.cast::<u32>().write_unaligned(src.cast::<u32>().read_unaligned()),
            1 => dst.write(src.read()),
            _ => core::ptr::copy_nonoverlapping(src, dst, size),
        }
    }
}

/// # Safety
///
/// As for [`Seam::copy_elem`].
#[inline(always)]
unsafe fn copy<S: Seam>(seam: &S, c: &Chan, dst: *mut u8, src: *const u8) {
    // SAFETY: both pointers are valid for `c.elem_size()` bytes and do not overlap (this function's contract), which is
    // what either way asks.
    unsafe {
        if seam.is_plain(c) {
            move_bytes(dst, src, c.elem_size());
        } else {
            seam.copy_elem(c, dst, src);
        }
    }
}

/// # Safety
///
/// As for [`Seam::hand_elem`].
#[inline(always)]
pub(crate) unsafe fn hand<S: Seam>(seam: &S, c: &Chan, dst: *mut u8, src: *const u8) {
    // SAFETY: both pointers are valid for `c.elem_size()` bytes and do not overlap (this function's contract), which is
    // what either way asks.
    unsafe {
        if seam.is_plain(c) {
            move_bytes(dst, src, c.elem_size());
        } else {
            seam.hand_elem(c, dst, src);
        }
    }
}

/// # Safety
///
/// `dst` is null or valid for an element.
#[inline]
unsafe fn clear<S: Seam>(seam: &S, c: &Chan, dst: *mut u8) {
    if dst.is_null() {
        return;
    }
    // SAFETY: not null, hence valid for an element.
    unsafe {
        if seam.is_plain(c) {
            dst.write_bytes(0, c.elem_size());
        } else {
            seam.clear_elem(c, dst);
        }
    }
}

/// Moves the element in the buffer slot `slot` to `dst` (null: nowhere), and empties the slot.
///
/// # Safety
///
/// The lock is held; `slot` holds an element.
#[inline(always)]
unsafe fn take_slot<S: Seam>(seam: &S, c: &Chan, dst: *mut u8, slot: *mut u8) {
    // SAFETY: the slot is the buffer's and `dst` the caller's.
    unsafe {
        if !dst.is_null() {
            copy(seam, c, dst, slot);
        }
        if !c.is_pointer_free() {
            clear(seam, c, slot);
        }
    }
}

/// Marks `w` served, releases the lock, readies the task.
///
/// # Safety
///
/// The lock of `c` is held; `w` left its queue, claimed if need be.
#[inline]
pub(crate) unsafe fn serve<S: Seam>(seam: &S, c: &Chan, w: *mut Waiter) {
    // SAFETY: `w` is ours until the lock is released; the task's handle is read before that.
    unsafe {
        (*w).elem = null_mut();
        (*w).success = true;
        (*w).fired = true;
        let task = S::Task::from_raw((*w).task);
        c.unlock();
        seam.ready(task, w);
    }
}

/// The send proper. Releases the lock unless it answers `WouldBlock`.
///
/// # Safety
///
/// The lock of `c` is held; `elem` is valid for reads of an element.
#[inline(always)]
pub(crate) unsafe fn send_locked<S: Seam>(seam: &S, c: &Chan, elem: *const u8) -> TrySend {
    // SAFETY: everything happens under the lock, which each exit but the last releases once;
    // `serve` gets a waiter that `pop_claimed` took out of the queue.
    unsafe {
        if c.is_closed() {
            c.unlock();
            return TrySend::Closed;
        }
        if !c.receivers.is_empty_hint() {
            let w = pop_claimed(&c.receivers, seam);
            if !w.is_null() {
                if !(*w).elem.is_null() {
                    hand(seam, c, (*w).elem, elem);
                }
                serve(seam, c, w);
                return TrySend::Done;
            }
        }
        if c.len() < c.cap() {
            let slot = c.push_slot();
            copy(seam, c, slot, elem);
            c.unlock();
            return TrySend::Done;
        }
        TrySend::WouldBlock
    }
}

/// The receive proper. Releases the lock unless it answers `WouldBlock`.
///
/// # Safety
///
/// The lock of `c` is held; `elem` is null or valid for writes of an element.
#[inline(always)]
pub(crate) unsafe fn recv_locked<S: Seam>(seam: &S, c: &Chan, elem: *mut u8) -> TryRecv {
    // SAFETY: everything happens under the lock, which each exit but the last releases once; `serve` gets a waiter that `pop_claimed` took out
    // of the queue. A sender waits only at a full buffer, so that `rotate_slot`
    // finds what it wants whenever `cap` is not zero.
    unsafe {
        if !c.senders.is_empty_hint() {
            let w = pop_claimed(&c.senders, seam);
            if !w.is_null() {
                if c.cap() == 0 {
                    if !elem.is_null() {
                        hand(seam, c, elem, (*w).elem);
                    }
                } else {
                    let slot = c.rotate_slot();
                    if !elem.is_null() {
                        copy(seam, c, elem, slot);
                    }
                    hand(seam, c, slot, (*w).elem);
                }
                serve(seam, c, w);
                return TryRecv::Received;
            }
        }
        if !c.is_empty() {
            let slot = c.pop_slot();
            take_slot(seam, c, elem, slot);
            c.unlock();
            return TryRecv::Received;
        }
        if c.is_closed() {
            c.unlock();
            clear(seam, c, elem);
            return TryRecv::ClosedEmpty;
        }
        TryRecv::WouldBlock
    }
}

/// Sends if that needs no waiting. A full, open channel is recognised without its lock.
///
/// # Safety
///
/// `c` lives, with elements as this seam copies them; `elem` is valid for reads of an element.
#[inline]
pub unsafe fn try_send<S: Seam>(seam: &S, c: &Chan, elem: *const u8) -> TrySend {
    if !c.send_hint() {
        return TrySend::WouldBlock;
    }
    c.lock();
    // SAFETY: the lock was just taken, and is held still if the answer is `WouldBlock`.
    unsafe {
        let r = send_locked(seam, c, elem);
        if r == TrySend::WouldBlock {
            c.unlock();
        }
        r
    }
}

/// Receives if that needs no waiting. An empty channel is recognised without its lock, be it open or closed.
///
/// # Safety
///
/// As for [`try_send`], but `elem` is valid for writes, or null to drop the element's bytes.
#[inline]
pub unsafe fn try_recv<S: Seam>(seam: &S, c: &Chan, elem: *mut u8) -> TryRecv {
    // What looked empty is looked at again once it is known to be closed: elements, and the close, may have come in between.
    if c.looks_empty() {
        if !c.is_closed() {
            return TryRecv::WouldBlock;
        }
        if c.is_drained() {
            // SAFETY: `elem` is null or valid for writes of an element (this function's contract).
            unsafe { clear(seam, c, elem) };
            return TryRecv::ClosedEmpty;
        }
    }
    c.lock();
    // SAFETY: the lock was just taken, and is held still if the answer is `WouldBlock`.
    unsafe {
        let r = recv_locked(seam, c, elem);
        if r == TryRecv::WouldBlock {
            c.unlock();
        }
        r
    }
}

/// Sends into the buffer, if that needs neither waiting nor waking. A full, open channel is recognised in the caller's place.
///
/// # Safety
///
/// As for [`try_send`].
#[inline(always)]
pub unsafe fn try_send_leaf<S: Seam>(seam: &S, c: &Chan, elem: *const u8) -> LeafSend {
    if !c.send_hint() {
        return LeafSend::WouldBlock;
    }
    // SAFETY: this function's contract.
    unsafe { send_leaf_locked(seam, c, elem) }
}

/// The rest of [`try_send_leaf`].
///
/// # Safety
///
/// As for [`try_send`].
#[inline(never)]
unsafe fn send_leaf_locked<S: Seam>(seam: &S, c: &Chan, elem: *const u8) -> LeafSend {
    if c.cap() == 0 || !c.receivers.is_empty_hint() || !seam.is_plain(c) || !c.try_lock_awhile() {
        return LeafSend::Contended;
    }
    // SAFETY: the lock is held up to the single release; room was checked under it.
    unsafe {
        let r = if c.is_closed() {
            LeafSend::Closed
        } else if !c.receivers.is_empty_hint() {
            LeafSend::Contended
        } else if c.len() < c.cap() {
            move_bytes(c.push_slot(), elem, c.elem_size());
            LeafSend::Done
        } else {
            LeafSend::WouldBlock
        };
        c.unlock();
        r
    }
}

/// Receives from the buffer, if that needs neither waiting nor waking. An empty channel, be it open or closed, is recognised in the
/// caller's place.
///
/// # Safety
///
/// As for [`try_recv`].
#[inline(always)]
pub unsafe fn try_recv_leaf<S: Seam>(seam: &S, c: &Chan, elem: *mut u8) -> LeafRecv {
    if c.looks_empty() {
        if !c.is_closed() {
            return LeafRecv::WouldBlock;
        }
        if elem.is_null() && c.is_drained() {
            return LeafRecv::ClosedEmpty;
        }
    }
    // SAFETY: this function's contract.
    unsafe { recv_leaf_locked(seam, c, elem) }
}

/// The rest of [`try_recv_leaf`].
///
/// # Safety
///
/// As for [`try_recv`].
#[inline(never)]
unsafe fn recv_leaf_locked<S: Seam>(seam: &S, c: &Chan, elem: *mut u8) -> LeafRecv {
    if !seam.is_plain(c) {
        return LeafRecv::Contended;
    }
    if c.looks_empty() && c.is_closed() && c.is_drained() {
        // SAFETY: `elem` is null or valid for writes of an element (this function's contract). `is_plain`, so clearing does not reach the seam.
        unsafe { clear(seam, c, elem) };
        return LeafRecv::ClosedEmpty;
    }
    if !c.senders.is_empty_hint() || !c.try_lock_awhile() {
        return LeafRecv::Contended;
    }
    // SAFETY: the lock is held up to the single release; that there is an element was checked
    // under it. `is_plain`, so neither copying nor clearing reaches the seam.
    unsafe {
        let r = if !c.senders.is_empty_hint() {
            LeafRecv::Contended
        } else if !c.is_empty() {
            take_slot(seam, c, elem, c.pop_slot());
            LeafRecv::Received
        } else if c.is_closed() {
            clear(seam, c, elem);
            LeafRecv::ClosedEmpty
        } else {
            LeafRecv::WouldBlock
        };
        c.unlock();
        r
    }
}

/// Sends, or enqueues `task` to be served by a receiver: only then is `record` asked for the wait record, under the channel's lock, so it
/// must not wait.
///
/// # Safety
///
/// As for [`try_send`]. On [`Op::Parked`], the record and `elem` must stay valid until [`finish_send`] (or
/// a successful [`cancel`]), the caller must park `task` and call [`unlock_after_park`], in this
/// order, and nothing may move the task's stack before that.
#[inline]
pub unsafe fn send_or_enqueue<S: Seam>(
    seam: &S,
    c: &Chan,
    elem: *const u8,
    task: S::Task,
    record: impl FnOnce() -> *mut Waiter,
) -> Op {
    c.lock();
    // SAFETY: the lock was just taken, and is held still if the answer is `WouldBlock`.
    unsafe {
        match send_locked(seam, c, elem) {
            TrySend::Done => Op::Done,
            TrySend::Closed => Op::Closed,
            TrySend::WouldBlock => {
                let w = record();
                Waiter::fill(w, task.into_raw(), elem.cast_mut(), c, true, None);
                (&raw mut (*w).wait_link).write(null_mut());
                c.senders.push(w);
                Op::Parked
            }
        }
    }
}

/// Receives, or enqueues `task` to be served by a sender; `record` as for [`send_or_enqueue`].
///
/// # Safety
///
/// As for [`try_recv`]; on [`Op::Parked`] as for [`send_or_enqueue`], with [`finish_recv`].
#[inline]
pub unsafe fn recv_or_enqueue<S: Seam>(
    seam: &S,
    c: &Chan,
    elem: *mut u8,
    task: S::Task,
    record: impl FnOnce() -> *mut Waiter,
) -> Op {
    c.lock();
    // SAFETY: the lock was just taken, and is held still if the answer is `WouldBlock`.
    unsafe {
        match recv_locked(seam, c, elem) {
            TryRecv::Received => Op::Done,
            TryRecv::ClosedEmpty => Op::Closed,
            TryRecv::WouldBlock => {
                let w = record();
                Waiter::fill(w, task.into_raw(), elem, c, false, None);
                (&raw mut (*w).wait_link).write(null_mut());
                c.receivers.push(w);
                Op::Parked
            }
        }
    }
}

/// The second half of parking at one channel: from here on the task can be woken. The caller must
/// not touch the task afterwards, for it may run already.
///
/// # Safety
///
/// An `*_or_enqueue` on `c` answered [`Op::Parked`], the task is marked as waiting, and this is
/// the first call since.
#[inline]
pub unsafe fn unlock_after_park(c: &Chan) {
    // SAFETY: `Parked` left the lock held.
    unsafe { c.unlock() }
}

/// What became of the parked send; called by the woken task. Takes no lock.
///
/// # Safety
///
/// `w` was parked by [`send_or_enqueue`] and its task readied since.
#[inline]
pub unsafe fn finish_send(w: *mut Waiter) -> SendResult {
    // SAFETY: served waiters are their owner's; `ready` orders the server's writes before us.
    unsafe {
        debug_assert!((*w).fired && !(*w).queued);
        if (*w).success { SendResult::Sent } else { SendResult::Closed }
    }
}

/// Whether the parked receive got an element (or else: the channel was closed and the destination
/// cleared); called by the woken task. Takes no lock.
///
/// # Safety
///
/// `w` was parked by [`recv_or_enqueue`] and its task readied since.
#[inline]
pub unsafe fn finish_recv(w: *mut Waiter) -> bool {
    // SAFETY: served waiters are their owner's; `ready` orders the server's writes before us.
    unsafe {
        debug_assert!((*w).fired && !(*w).queued);
        (*w).success
    }
}

/// Gives up waiting (for time-outs and dropped futures). True: the waiter left the queue and
/// nothing happened. False: it was served; its fields are final, and [`Seam::ready`] for the task
/// was called or is about to be: the embedder must await that before the memory goes.
///
/// # Safety
///
/// `w` was enqueued by an `*_or_enqueue` of one channel, `unlock_after_park` was called, and no
/// `finish_*` was.
pub unsafe fn cancel(w: *mut Waiter) -> bool {
    // SAFETY: `chan` is written by the owner only, and lives as long as a task waits at it.
    // The rest is under its lock.
    unsafe {
        let c = &*(*w).chan;
        c.lock();
        let queued = (*w).queued;
        if queued {
            queue_of(w).remove(w);
        }
        c.unlock();
        queued
    }
}

/// Takes out the first waiter that may be served. Waiters of selects that another channel has
/// won in the meantime are dropped from the queue on the way; their owners will find them gone.
///
/// # Safety
///
/// The channel's lock is held; the queued waiters were enqueued with this seam.
#[inline]
pub(crate) unsafe fn pop_claimed<S: Seam>(queue: &Queue, seam: &S) -> *mut Waiter {
    loop {
        // SAFETY: the lock is held.
        let w = unsafe { queue.pop() };
        if w.is_null() {
            return w;
        }
        // SAFETY: `w` was queued: valid until its owner has had our lock. The task cannot have
        // finished its select before that, so its handle is good.
        unsafe {
            if !(*w).is_select || seam.claim(S::Task::from_raw((*w).task)) {
                return w;
            }
        }
    }
}

/// The queue that `w` stands in, if in any.
///
/// # Safety
///
/// `w` is filled in and its channel lives.
#[inline]
pub(crate) unsafe fn queue_of<'a>(w: *mut Waiter) -> &'a Queue {
    // SAFETY: `w` is filled in and its channel lives (this function's contract).
    unsafe {
        let c = &*(*w).chan;
        if (*w).is_send { &c.senders } else { &c.receivers }
    }
}

/// Closes the channel and wakes everybody who waits at it: receivers with a cleared slot, then
/// senders, both without `success`.
///
/// # Errors
/// [`AlreadyClosed`] if it is closed; nothing is done then.
///
/// # Safety
///
/// `c` lives, with elements as this seam copies them.
pub unsafe fn close<S: Seam>(seam: &S, c: &Chan) -> Result<(), AlreadyClosed> {
    c.lock();
    // SAFETY: the queues are emptied under the lock. A popped, claimed waiter is ours until it is
    // readied, so that its links can hold the list of those to be readied.
    unsafe {
        if c.is_closed() {
            c.unlock();
            return Err(AlreadyClosed);
        }
        c.set_closed();
        let mut first: *mut Waiter = null_mut();
        let mut last: *mut Waiter = null_mut();
        for queue in [&c.receivers, &c.senders] {
            loop {
                let w = pop_claimed(queue, seam);
                if w.is_null() {
                    break;
                }
                if !(*w).is_send {
                    clear(seam, c, (*w).elem);
                }
                (*w).elem = null_mut();
                (*w).success = false;
                (*w).fired = true;
                if last.is_null() {
                    first = w;
                } else {
                    (*last).next = w;
                }
                last = w;
            }
        }
        c.unlock();
        while !first.is_null() {
            let next = (*first).next;
            seam.ready(S::Task::from_raw((*first).task), first);
            first = next;
        }
    }
    Ok(())
}

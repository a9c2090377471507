//! Select: one operation out of many, whichever can proceed.
//!
//! # How it goes
//!
//! 1. *Glance*: the cases are visited in a random order without locks. Whichever looks ready is
//!    tried under its own lock. Most selects that find something end here, having locked one
//!    channel and sorted nothing.
//! 2. *Settle*: "nothing is ready" must be true of one moment, so all channels are locked, in the
//!    order of their addresses (hence no deadlock), and visited again in the same random order.
//! 3. *Enqueue*: still nothing, so a waiter is left at each channel, the task parks, and the locks
//!    are released ([`select_unlock_after_park`]).
//! 4. *Finish*: the woken task takes the losing waiters out again ([`finish_select`]).
//!
//! Single operations live in [`crate::ops`], where the tries themselves are.

use crate::chan::{Chan, Waiter};
use crate::ops::{self, TryRecv, TrySend};
use crate::seam::{Seam, Task};
use core::mem::offset_of;
use core::ptr::{null, null_mut};

/// One case. A null channel never becomes ready.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// The channel, or null.
    pub chan: *mut Chan,
    /// The element to send, or the place to receive to (null: drop it).
    pub elem: *mut u8,
}

const _: () = {
    assert!(offset_of!(Case, chan) == 0);
    assert!(offset_of!(Case, elem) == size_of::<usize>());
    assert!(size_of::<Case>() == 2 * size_of::<usize>());
};

/// The most cases a select may have.
pub const MAX_CASES: usize = 1 << 16;

/// What became of a select.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Select {
    /// Case `.0` proceeded. If it receives, `.1` says whether an element came (or else the channel
    /// is closed and the destination cleared); if it sends, `.1` is false.
    Chosen(usize, bool),
    /// No case can proceed, and the select was not to block.
    Default,
    /// Case `.0` was picked, and would send on a closed channel.
    SendOnClosed(usize),
    /// The task is enqueued at every channel of the chain that starts here, and **all their locks
    /// are held**: park the task, then [`select_unlock_after_park`]. Null if there is no channel at
    /// all: nothing is locked, and nothing will ever wake the task.
    Parked(*mut Waiter),
}

/// What a woken select finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Finished {
    /// As [`Select::Chosen`].
    Chosen(usize, bool),
    /// As [`Select::SendOnClosed`].
    SendOnClosed(usize),
}

/// Tries case `i` with its channel locked; `None` leaves the lock held.
///
/// # Safety
///
/// The lock of `case.chan` is held; the element is valid.
#[inline]
unsafe fn attempt<S: Seam>(seam: &S, case: &Case, i: usize, is_send: bool) -> Option<Select> {
    // SAFETY: the lock of `case.chan` is held, so that the channel is there, and the element is valid (this function's
    // contract); the operations release the lock unless they would block.
    unsafe {
        let c = &*case.chan;
        if is_send {
            match ops::send_locked(seam, c, case.elem) {
                TrySend::Done => Some(Select::Chosen(i, false)),
                TrySend::Closed => Some(Select::SendOnClosed(i)),
                TrySend::WouldBlock => None,
            }
        } else {
            match ops::recv_locked(seam, c, case.elem) {
                TryRecv::Received => Some(Select::Chosen(i, true)),
                TryRecv::ClosedEmpty => Some(Select::Chosen(i, false)),
                TryRecv::WouldBlock => None,
            }
        }
    }
}

#[inline]
fn looks_ready(c: &Chan, is_send: bool) -> bool {
    if is_send { c.send_hint() } else { c.recv_hint() }
}

/// Locks the channels of the cases listed, each once.
///
/// # Safety
///
/// The cases' channels live; `order` lists them by ascending address.
unsafe fn lock_cases(cases: &[Case], order: &[u16]) {
    let mut last = null_mut();
    for &o in order {
        let c = cases[o as usize].chan;
        if c != last {
            // SAFETY: the cases' channels live (this function's contract).
            unsafe { (*c).lock() };
            last = c;
        }
    }
}

/// Unlocks the channels of the cases listed, each once, except `keep`.
///
/// # Safety
///
/// The cases' channels live, and this thread holds all their locks; `order` lists them by ascending address.
unsafe fn unlock_cases(cases: &[Case], order: &[u16], keep: *const Chan) {
    let mut last = null_mut();
    for &o in order {
        let c = cases[o as usize].chan;
        if c != last {
            if !core::ptr::eq(c, keep) {
                // SAFETY: the cases' channels live and are locked (this function's contract), and each is unlocked once,
                // since equal ones are neighbours in the order.
                unsafe { (*c).unlock() };
            }
            last = c;
        }
    }
}

/// Picks a case that can proceed, fairly, and performs it; or else enqueues `task` at every
/// channel (`block`) or says so.
///
/// The first `nsends` cases send, the others receive. `order` is scratch space, in any state.
/// `waiters` is called at most once, just before enqueueing, with the locks held, and gets the
/// number of waiters wanted; it returns the head of a chain of as many (see `Waiter::chain`).
///
/// # Safety
///
/// - There are at most [`MAX_CASES`] cases, `nsends` of which are at most all, and `order` has at
///   least twice as many entries.
/// - Each channel is null or lives, with elements as this seam copies them, and each element is
///   valid for its direction (null will do for a receive).
/// - `waiters` gives as many writable waiters as it is asked for, chained and not in use.
/// - On [`Select::Parked`] the elements and the waiters stay valid until [`finish_select`] (or
///   [`cancel_select`]) returned, the caller parks `task` and calls [`select_unlock_after_park`],
///   in this order, and nothing moves the task's stack before that.
pub unsafe fn select_or_enqueue<S: Seam>(
    seam: &S,
    cases: &[Case],
    nsends: usize,
    order: &mut [u16],
    task: S::Task,
    waiters: impl FnOnce(usize) -> *mut Waiter,
    block: bool,
) -> Select {
    debug_assert!(cases.len() <= MAX_CASES && nsends <= cases.len());
    debug_assert!(order.len() >= 2 * cases.len());
    let (poll, lock) = order.split_at_mut(cases.len());
    let poll = shuffle(seam, cases, poll);
    let lock = &mut lock[..poll.len()];
    if poll.is_empty() {
        return if block { Select::Parked(null_mut()) } else { Select::Default };
    }
    let mut sorted = false;
    loop {
        // SAFETY: `poll` lists cases with a channel, each of which lives, with valid elements (second point).
        if let Some(done) = unsafe { glance(seam, cases, nsends, poll) } {
            return done;
        }
        // With a single channel the glance has settled it, unless we are to wait.
        if poll.len() == 1 && !block {
            return Select::Default;
        }
        if !sorted {
            lock.copy_from_slice(poll);
            lock.sort_unstable_by_key(|&o| cases[o as usize].chan.addr());
            sorted = true;
        }
        // SAFETY: `poll` and `lock` list the same cases, `lock` by the addresses of their channels, each of which lives, with valid
        // elements (second point).
        match unsafe { settle(seam, cases, nsends, poll, lock) } {
            Settled::Done(done) => return done,
            Settled::Again => {}
            Settled::NoneReady => break,
        }
    }
    if !block {
        // SAFETY: `settle` has left all channels locked.
        unsafe { unlock_cases(cases, lock, null()) };
        return Select::Default;
    }
    // SAFETY: the task runs this code, and `settle` has left all channels locked. `waiters` gives as many chained, writable waiters as
    // there are cases in `lock`, in no queue (third point), and what is in them stays valid (fourth point).
    unsafe {
        seam.arm(task);
        let head = waiters(lock.len());
        enqueue(task.into_raw(), cases, nsends, lock, head);
        Select::Parked(head)
    }
}

/// Lists the cases that have a channel in a random order, built by inserting each at a random place.
#[inline]
fn shuffle<'a, S: Seam>(seam: &S, cases: &[Case], poll: &'a mut [u16]) -> &'a [u16] {
    let mut live = 0;
    for (i, case) in cases.iter().enumerate() {
        if case.chan.is_null() {
            continue;
        }
        let j = if live == 0 { 0 } else { seam.random(live as u32 + 1) as usize };
        poll[live] = poll[j];
        poll[j] = i as u16;
        live += 1;
    }
    &poll[..live]
}

/// Tries the cases listed that look ready, each under its own lock; `None` if none could proceed.
///
/// # Safety
///
/// The channels of the cases that `poll` lists live, and their elements are valid.
#[inline]
unsafe fn glance<S: Seam>(seam: &S, cases: &[Case], nsends: usize, poll: &[u16]) -> Option<Select> {
    for &o in poll {
        let i = o as usize;
        let (case, is_send) = (&cases[i], i < nsends);
        // SAFETY: the channel lives and the element is valid (this function's contract); `attempt` runs under the lock just taken,
        // and leaves it to us if nothing could be done.
        unsafe {
            let c = &*case.chan;
            if looks_ready(c, is_send) {
                c.lock();
                if let Some(done) = attempt(seam, case, i, is_send) {
                    return Some(done);
                }
                c.unlock();
            }
        }
    }
    None
}

/// What a look at all channels at one moment brought.
enum Settled {
    /// A case proceeded; nothing is locked.
    Done(Select),
    /// All that looked ready were waiters that had lost their select, and which are gone now: another glance. Nothing is locked.
    Again,
    /// None can proceed, and all channels are locked.
    NoneReady,
}

/// Locks all channels, and tries the first case that looks ready.
///
/// # Safety
///
/// `poll` and `lock` list the same cases, `lock` in ascending order of their channels' addresses. The channels live, and the elements
/// are valid.
#[inline]
unsafe fn settle<S: Seam>(seam: &S, cases: &[Case], nsends: usize, poll: &[u16], lock: &[u16]) -> Settled {
    // SAFETY: `lock` lists cases with living channels by ascending address (this function's contract).
    unsafe { lock_cases(cases, lock) };
    for &o in poll {
        let i = o as usize;
        let (case, is_send) = (&cases[i], i < nsends);
        // SAFETY: all locks are held. All but one are released before the attempt, since that may ready a task. The channel lives and
        // the element is valid (this function's contract).
        unsafe {
            let c = &*case.chan;
            if looks_ready(c, is_send) {
                unlock_cases(cases, lock, c);
                if let Some(done) = attempt(seam, case, i, is_send) {
                    return Settled::Done(done);
                }
                c.unlock();
                return Settled::Again;
            }
        }
    }
    Settled::NoneReady
}

/// Leaves a waiter of the chain from `w` on at the channel of each case listed.
///
/// # Safety
///
/// The locks of the channels of the cases that `lock` lists are held. `w` is the head of a chain of as many writable waiters, in no
/// queue. `task` is a task in the form of its [`Task::into_raw`], which runs this code.
#[inline]
unsafe fn enqueue(task: *mut (), cases: &[Case], nsends: usize, lock: &[u16], mut w: *mut Waiter) {
    for (n, &o) in lock.iter().enumerate() {
        let i = o as usize;
        let (case, is_send) = (&cases[i], i < nsends);
        // SAFETY: the channel is locked, so it lives, and its queues are ours; `w` is one of the chain's waiters, as many of which there are
        // as cases in `lock`, writable and in no queue (this function's contract).
        unsafe {
            let c = &*case.chan;
            Waiter::fill(w, task, case.elem, c, is_send, Some(o));
            let queue = if is_send { &c.senders } else { &c.receivers };
            queue.push(w);
            if n + 1 == lock.len() {
                (*w).wait_link = null_mut();
            }
            w = (*w).wait_link;
        }
    }
}

/// Visits each channel of a chain once, in lock order. The next waiter is always looked at before
/// `visit` gets the previous channel, and none after the last.
///
/// # Safety
///
/// `head` starts a chain (or is null) that stays intact until the last visit.
#[inline]
unsafe fn each_channel(head: *mut Waiter, mut visit: impl FnMut(&Chan)) {
    let (mut w, mut c): (*mut Waiter, *const Chan) = (head, null());
    while !w.is_null() {
        // SAFETY: the chain is intact; channels live as long as a task waits at them.
        unsafe {
            if !core::ptr::eq((*w).chan, c) {
                if !c.is_null() {
                    visit(&*c);
                }
                c = (*w).chan;
            }
            w = (*w).wait_link;
        }
    }
    if !c.is_null() {
        // SAFETY: a channel lives as long as a waiter of the chain names it.
        visit(unsafe { &*c });
    }
}

/// The second half of parking in a select: from here on the task can be woken. Neither the task nor
/// the chain may be touched afterwards.
///
/// # Safety
///
/// `head` came with [`Select::Parked`], the task is marked as waiting, and this is the first call
/// since.
pub unsafe fn select_unlock_after_park(head: *mut Waiter) {
    // SAFETY: the chain cannot be taken apart before the last unlock: the woken task would need the
    // lock of every loser first, and the channels still ahead of us hold losers. `each_channel`
    // reads ahead, so nothing is read after the last one.
    unsafe { each_channel(head, |c| c.unlock()) }
}

/// Locks every channel that a parked task waits at, in lock order.
///
/// This is what a stack mover needs. The slot that a waiter's `elem` points at may be on the
/// waiting task's stack, and a server on another thread writes or reads it under the channel's
/// lock. So the stack of a parked task may be moved only
///
/// - by code that keeps the task from running in the meantime,
/// - not between `Parked` and the end of the unlocking call that follows it,
/// - with all locks taken by this function, if the task still waits (`head` is its chain), and
/// - adjusting the `elem` of every waiter in the chain before [`unlock_all`].
///
/// A waiter that was served has a null `elem`, and is not written to again.
///
/// # Safety
///
/// `head` starts the chain of a parked single operation or select (or is null), and the task does
/// not run before [`unlock_all`].
pub unsafe fn lock_all_of(head: *mut Waiter) {
    // SAFETY: the owner does not run, so the chain stays as it is.
    unsafe { each_channel(head, |c| c.lock()) }
}

/// Undoes [`lock_all_of`].
///
/// # Safety
///
/// [`lock_all_of`] was called with the same `head`, by this thread.
pub unsafe fn unlock_all(head: *mut Waiter) {
    // SAFETY: the chain is intact, and the locks are held.
    unsafe { each_channel(head, |c| c.unlock()) }
}

/// Takes every waiter of the chain out of its queue, and returns the one that was served, if any.
///
/// # Safety
///
/// The chain was enqueued by a select that has been unlocked, its task runs this code, and no
/// server can claim the task any more. `woken` only if the task was readied since.
unsafe fn withdraw(head: *mut Waiter, woken: bool) -> *mut Waiter {
    let mut fired = null_mut();
    let mut held: *const Chan = null();
    let mut w = head;
    // SAFETY: the chain is ours; everything that servers write is read under the channel's lock,
    // save for `fired` after a wake-up, which `ready` has ordered before us.
    unsafe {
        while !w.is_null() {
            if woken && (*w).fired {
                fired = w;
            } else {
                let c = (*w).chan;
                if !core::ptr::eq(c, held) {
                    if !held.is_null() {
                        (*held).unlock();
                    }
                    (*c).lock();
                    held = c;
                }
                if (*w).fired {
                    fired = w;
                }
                if (*w).queued {
                    ops::queue_of(w).remove(w);
                }
            }
            w = (*w).wait_link;
        }
        if !held.is_null() {
            (*held).unlock();
        }
    }
    fired
}

/// The outcome that a served waiter stands for.
///
/// # Safety
///
/// `w` was served and belongs to the caller again.
unsafe fn outcome(w: *mut Waiter) -> Finished {
    // SAFETY: `w` was served and is ours again (this function's contract), so nothing else reads or writes it.
    unsafe {
        let i = (*w).case_index as usize;
        if (*w).is_send && !(*w).success {
            Finished::SendOnClosed(i)
        } else {
            Finished::Chosen(i, !(*w).is_send && (*w).success)
        }
    }
}

/// The second half of a blocking select; called by the woken task. Takes the losing waiters out of
/// their queues, one lock at a time. The chain may be reused afterwards.
///
/// # Safety
///
/// `head` came with [`Select::Parked`], and the task was readied since.
pub unsafe fn finish_select(head: *mut Waiter) -> Finished {
    // SAFETY: readied, so another has claimed the task, and the claim holds until it arms again.
    unsafe { outcome(withdraw(head, true)) }
}

/// Gives up a parked select (for time-outs and dropped futures). `None`: nothing happened, and
/// nothing will. Otherwise it was served first, and [`Seam::ready`] for the task was called or is
/// about to be: the embedder must await that before the waiters' memory goes.
///
/// # Safety
///
/// `head` came with [`Select::Parked`] for `task`, [`select_unlock_after_park`] was called, and the
/// select was not finished.
pub unsafe fn cancel_select<S: Seam>(seam: &S, task: S::Task, head: *mut Waiter) -> Option<Finished> {
    // SAFETY: armed and not finished. Whether we win the claim or another has, nothing can claim
    // afterwards. A server that won may be at work still: hence not `woken`.
    unsafe {
        let nobody = seam.claim(task);
        let fired = withdraw(head, false);
        debug_assert!(nobody == fired.is_null());
        if fired.is_null() { None } else { Some(outcome(fired)) }
    }
}

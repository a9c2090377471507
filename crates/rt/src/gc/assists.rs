//! Goroutines that allocate, and have to wait since the heap is full ([`goxide_gc::Gc::is_full`]) and what makes room is in other hands. They
//! park, in the order in which they came,
//! - while a cycle marks: until markers have scanned their share ([`wait`]). How much that is, and when it is enough, is the collector's
//!   (`goxide_gc::Debt`). A long list is marked by one processor, and goroutines on the others find nothing to do for what they allocate;
//! - while a cycle begins: until it has ([`hold`]). What begins it may be on a thread that the kernel does not let run.
//!
//! Without this a heap grows past its limit for as long as the others take, or stand still.
//!
//! None waits for ever: markers look ([`serve`]) every few microseconds of their work and at its end, and so does what begins and ends
//! marking. A goroutine comes into the queue while it holds a processor, and sees that a cycle begins, or marks: the world is stopped
//! for either to be over, so that it is there when [`serve`] looks afterwards. A beginning that is given up with the world running is followed by
//! [`serve_all`].

use crate::parts::Assists;
use crate::reason::Reason;
use crate::records::Finish;
use crate::state::{G, GC, RT};
use crate::token::System;
use core::ptr::null_mut;
use core::sync::atomic::Ordering::*;
use goxide_gc::Debt;
use goxide_sched::Resume;

fn kept() -> &'static Assists {
    &RT.collection.assists
}

/// The goroutine waits until its debt is paid by others, then goes on with [`Finish::Pay`].
///
/// # Safety
/// On g0 with a processor, while a cycle marks; `gp` runs on this thread, its context is saved where it may yield, and it owes.
pub unsafe fn wait(_: System<'_>, gp: *mut G) -> ! {
    // SAFETY: on g0 with a processor; the goroutine runs on this thread, and its context is saved where it may yield (this function's
    // contract). Its debt is this thread's until it is parked.
    unsafe {
        GC.wait(&mut (*gp).ext.debt);
        (*gp).resume = Resume::Finish(Finish::Pay);
        RT.sched.park_on_g0(gp, Some(enlist), 0, Reason::GcAssistWait)
    }
}

/// Whether goroutines that allocate are to wait for a cycle that begins.
pub fn are_held() -> bool {
    RT.collection.driver.phase.is_beginning() && GC.is_full(RT.heap.live() as u64)
}

/// The goroutine waits until the cycle has begun, then goes on as its descriptor says.
///
/// # Safety
/// On g0 with a processor; `gp` runs on this thread, its context is saved where it may yield, and it owes nothing.
pub unsafe fn hold(_: System<'_>, gp: *mut G) -> ! {
    // SAFETY: on g0 with a processor; the goroutine runs on this thread, and its context is saved where it may yield (this function's
    // contract).
    unsafe { RT.sched.park_on_g0(gp, Some(enlist), 0, Reason::GcAssistWait) }
}

/// Whether a goroutine with such a debt may go on.
fn may_go_on(debt: &Debt) -> bool {
    GC.is_over(debt) && !are_held()
}

/// # Safety
/// As an `Unlock` of the scheduler's.
unsafe fn enlist(gp: *mut G, _: usize) -> bool {
    let mut queue = kept().queue.lock();
    // SAFETY: the goroutine is parked, and on no list; from the moment it is in the queue, which is locked, it may be readied.
    unsafe {
        if may_go_on(&(*gp).ext.debt) {
            return false;
        }
        (*gp).link = null_mut();
        match queue.tail.as_mut() {
            Some(last) => last.link = gp,
            None => queue.head = gp,
        }
        queue.tail = gp;
    }
    kept().any.store(true, Relaxed);
    true
}

/// Goes on with those that need not wait any more.
///
/// # Safety
/// This thread holds a processor, and no lock.
#[inline]
pub unsafe fn serve() {
    if kept().any.load(Relaxed) {
        // SAFETY: a processor, and no lock (this function's contract).
        unsafe { serve_all() }
    }
}

/// [`serve`], without a look whether there are any, which may come too early: a goroutine that is about to enter the queue sees either what
/// was changed before this call, or is found by it.
///
/// # Safety
/// As for [`serve`].
#[cold]
#[inline(never)]
pub unsafe fn serve_all() {
    loop {
        let gp = {
            let mut queue = kept().queue.lock();
            let gp = queue.head;
            // SAFETY: what is in the queue is parked, and stays so while this thread has the lock.
            let Some(first) = (unsafe { gp.as_mut() }) else {
                return kept().any.store(false, Relaxed);
            };
            if !may_go_on(&first.ext.debt) {
                return;
            }
            queue.head = core::mem::replace(&mut first.link, null_mut());
            if queue.head.is_null() {
                queue.tail = null_mut();
            }
            gp
        };
        // SAFETY: it was in the queue, so it is parked, and this thread, which took it off, readies it; it holds a processor (this function's contract).
        unsafe { RT.sched.ready(gp, false) }
    }
}

//! Goroutines that owe marking while it is in other hands, and the heap is full: they park, in the order in which they came, until markers
//! have scanned their share. How much that is, and when it is enough, is the collector's (`goxide_gc::Debt`).
//!
//! Without this a heap grows past its limit for as long as marking takes: a long list is marked by one processor, and goroutines on the
//! others find nothing to do for what they allocate.
//!
//! None waits for ever: markers look ([`serve`]) every few microseconds of their work and at its end, and all are served when marking is over.
//! A goroutine comes into the queue while it holds a processor and sees that a cycle marks, which ends with the world
//! stopped: so it is there when that looks.

use crate::parts::Assists;
use crate::reason::Reason;
use crate::records::Finish;
use crate::state::{G, GC, RT};
use crate::token::System;
use core::ptr::null_mut;
use core::sync::atomic::Ordering::*;
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

/// # Safety
/// As an `Unlock` of the scheduler's.
unsafe fn enlist(gp: *mut G, _: usize) -> bool {
    let mut queue = kept().queue.lock();
    // SAFETY: the goroutine is parked, and on no list; from the moment it is in the queue, which is locked, it may be readied.
    unsafe {
        if GC.is_over(&(*gp).ext.debt) {
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

/// Goes on with those whose share has been scanned, or that owe no more since marking is over.
///
/// # Safety
/// This thread holds a processor, and no lock.
#[inline]
pub unsafe fn serve() {
    if kept().any.load(Relaxed) {
        // SAFETY: a processor, and no lock (this function's contract).
        unsafe { serve_first() }
    }
}

/// # Safety
/// As for [`serve`].
#[cold]
#[inline(never)]
unsafe fn serve_first() {
    loop {
        let gp = {
            let mut queue = kept().queue.lock();
            let gp = queue.head;
            // SAFETY: what is in the queue is parked, and stays so while this thread has the lock.
            let Some(first) = (unsafe { gp.as_mut() }) else {
                return kept().any.store(false, Relaxed);
            };
            if !GC.is_over(&first.ext.debt) {
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

//! What comes after marking, in pieces and by whatever has the time: spans are swept, stacks given back, and what waited for that goes on. When
//! that happens is the driver's ([`crate::gc::driver`]).

use crate::gc::{finalizers, scavenger};
use crate::parts::Driver;
use crate::profile;
use crate::state::RT;
use crate::token::System;
use crate::trace::batches;
use crate::waiters;
use core::ptr::null_mut;
use core::sync::atomic::Ordering::*;
use goxide_alloc::sweep::{Swept, Work};

/// What is kept of the driver.
fn kept() -> &'static Driver {
    &RT.collection.driver
}

/// A goroutine is about to sweep, perhaps, for what it allocates: since when, if a trace is to show it, else 0.
pub fn begins(mut sys: System<'_>) -> i64 {
    if !batches::is_on() || RT.heap.unswept() == 0 {
        return 0;
    }
    // What was swept before the trace is not in it.
    let _ = sys.part().cache.take_swept();
    goxide_sys::time::nanotime()
}

/// What it has swept, from [`begins`]' answer on; what was swept for its cache comes on top.
pub fn has_swept(mut sys: System<'_>, since: i64, mut work: Work) {
    if since == 0 {
        return;
    }
    let cache = sys.part().cache.take_swept();
    work = Work { swept: work.swept + cache.swept, freed: work.freed + cache.freed };
    if work.swept != 0
        && let Some(watcher) = batches::watcher()
    {
        // SAFETY: on the system stack with a processor, in an entry of the goroutine or before it goes on (the token).
        unsafe { (watcher.swept)(since, work) }
    }
}

/// Sweeps until nothing is left, which is said, or until a time.
pub fn sweep_until(until: i64) -> bool {
    loop {
        for _ in 0..16 {
            if RT.heap.sweep_one() == Swept::Nothing {
                // Others may hold the last spans.
                return RT.heap.unswept() == 0;
            }
        }
        if goxide_sys::time::nanotime() >= until {
            return false;
        }
    }
}

/// Gives back the stacks of goroutines that have ended, as many as there were when marking ended: those that end from now on are
/// left to the next collection, or a program that starts many would keep this one busy. Whether it is done.
pub fn free_stacks_until(until: i64) -> bool {
    const AT_A_TIME: u32 = 64;
    let driver = kept();
    if !driver.stacks_to_release.load(Relaxed) {
        return true;
    }
    let mut left = driver.dead_stacks.load(Relaxed);
    while left > 0 {
        left = if RT.sched.free_dead_stacks(AT_A_TIME) { left.saturating_sub(AT_A_TIME) } else { 0 };
        if goxide_sys::time::nanotime() >= until {
            driver.dead_stacks.store(left, Relaxed);
            return false;
        }
    }
    driver.dead_stacks.store(0, Relaxed);
    if !waiters::release_pages(until) {
        return false;
    }
    RT.stacks.release_free();
    driver.stacks_to_release.store(false, Relaxed);
    true
}

/// Nothing is left to sweep of the last collection: told to whom it concerns by the first that sees it, before the next one marks. The
/// task does the rest in its next turn ([`end`]).
pub fn over() {
    if kept().sweeps.swap(false, Relaxed) {
        profile::swept();
        kept().sweep_ended.store(true, Release);
    }
}

/// What follows the end of sweeping, unless it is done. It is not done where it ended: the world may be stopped there. Whether goroutines wait for
/// another collection.
///
/// # Safety
/// On g0 with a processor, as a turn of the driver's task.
pub unsafe fn end() -> bool {
    // SAFETY: on g0 with a processor (this function's contract).
    unsafe {
        if kept().sweep_ended.load(Relaxed) && kept().sweep_ended.swap(false, Acquire) {
            scavenger::wake();
            finalizers::wake();
            return serve();
        }
        false
    }
}

/// Readies the goroutines whose collection is over; whether others wait.
///
/// # Safety
/// On g0 with a processor, as a turn of the driver's task.
pub unsafe fn serve() -> bool {
    // SAFETY: on g0 with a processor (this function's contract). A goroutine on the list is parked, and is readied by the thread that takes it off.
    unsafe {
        let done = kept().done.load(Acquire);
        let (mut ready, mut rest) = (null_mut(), null_mut());
        {
            let mut list = kept().waiting.lock();
            let mut w = list.head;
            while !w.is_null() {
                let next = (*w).link;
                let to = if (*w).ext.waits_for <= done { &mut ready } else { &mut rest };
                (*w).link = *to;
                *to = w;
                w = next;
            }
            list.head = rest;
        }
        while !ready.is_null() {
            let w = ready;
            ready = (*w).link;
            (*w).link = null_mut();
            // Behind what the collection stopped, and the finalizers that it found: a goroutine that collects again and again would keep both from
            // running, since nothing here is idle meanwhile.
            RT.sched.ready_last(w);
        }
        !rest.is_null()
    }
}

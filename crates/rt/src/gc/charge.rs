//! What who allocates owes to collection: a share of marking and sweeping where its cache takes a span, and making way for
//! others.
//!
//! Phases change with the world stopped only, so never within an entry. What an entry has allocated and holds in local
//! variables is safe until it ends or parks: nothing is swept meanwhile that was allocated in the meantime.

use crate::gc::marker::marker;
use crate::gc::pacing::{enabled, sweep_share};
use crate::gc::{driver, events, share, stats};
use crate::state::{G, GC, RT, g, m, p, pext};
use core::sync::atomic::Ordering::*;

/// After an allocation for which the cache had to take a span or the heap made a large object: the allocating goroutine
/// does its share of collecting.
///
/// # Safety
/// On g0, with a processor.
#[cold]
#[inline(never)]
pub unsafe fn after_refill() {
    // SAFETY: on g0 with a processor, so its cache and its marker are this thread's, and a cycle that marks does not end here.
    unsafe {
        let bytes = pext().cache.take_refilled();
        if bytes == 0 {
            // A sample: the cache had what it took.
            return;
        }
        let gp = g();
        share_time(gp);
        if GC.is_marking() {
            let begin = goxide_sys::time::nanotime();
            if !GC.assist(marker(), bytes) && gp != (*m()).g0 {
                (*gp).ask_to_yield();
                // A moment alone: its own processor may be the one that is to mark.
                brake(1);
            }
            let now = goxide_sys::time::nanotime();
            share::assisted(now - begin);
            share::update(now);
        } else {
            sweep_share(bytes);
            if GC.is_due() && enabled() {
                if gp == (*m()).g0 {
                    driver::notify(events::DUE);
                } else {
                    // It begins where it yields, which is soon.
                    events::BEGIN.store(true, Relaxed);
                    (*gp).ask_to_yield();
                    // With one processor no other thread has it in hand: only to yield helps.
                    if driver::is_busy() && RT.sched.proc_count() > 1 {
                        brake(bytes);
                    }
                }
            }
        }
    }
}

/// Allocating goroutines yield, after a part of a time slice, to goroutines that wait and to timers that are due: the scheduler's
/// watch looks every ten milliseconds at most, and many goroutines want to be on time while others make garbage.
///
/// # Safety
/// In a system entry of `gp`, or on g0 for `gp` itself, with a processor.
unsafe fn share_time(gp: *mut G) {
    /// How long, in nanoseconds.
    const PART: i64 = 500_000;
    /// Who has taken fewer spans than this in its slice is not one of those that this is about.
    const SPANS: u32 = 16;
    // SAFETY: on g0, with a processor.
    unsafe {
        let p = p();
        let timer = (*p).timers.next();
        if (timer == 0 && !RT.sched.has_runnable(p)) || gp == (*m()).g0 {
            return;
        }
        let (now, tick) = (goxide_sys::time::nanotime(), (*p).sched_tick.load(Relaxed));
        let seen = &mut pext().slice;
        if seen.0 != tick {
            *seen = (tick, 0, now);
        }
        seen.1 += 1;
        if seen.1 >= SPANS && now - seen.2 >= PART && (RT.sched.has_runnable(p) || timer <= now) {
            (*gp).ask_to_yield();
        }
    }
}

/// Holds up an allocating goroutine for a moment, if the heap has outgrown its goal and what is left to do (to mark, to sweep, to
/// begin the next collection) is in the hands of threads that the kernel does not let run: without this it would grow for as long
/// as they stand still. In proportion to the `bytes` that it took: a large object makes the heap grow as much as many spans do.
///
/// # Safety
/// On g0, with a processor.
unsafe fn brake(bytes: usize) {
    /// How long, in microseconds, for each [`PIECE`] taken.
    const MOMENT: u32 = 50;
    /// Bytes.
    const PIECE: usize = 64 << 10;
    /// No longer than this at a time, in moments.
    const LONGEST: usize = 20;
    for _ in 0..bytes.div_ceil(PIECE).clamp(1, LONGEST) {
        let (goal, live) = (stats::GOAL.load(Relaxed), RT.heap.live() as u64);
        // SAFETY: the thread holds a processor, which is one of the scheduler's (this function's contract).
        if live <= goal.saturating_add(goal / 8) || !driver::is_busy() || unsafe { RT.sched.has_runnable(p()) } {
            return;
        }
        goxide_sys::process::usleep(MOMENT);
    }
}

//! What who allocates owes to collection: a share of marking and sweeping where its cache takes a span, and making way for
//! others.
//!
//! Phases change with the world stopped only, so never within an entry. What an entry has allocated and holds in local
//! variables is safe until it ends or parks: nothing is swept meanwhile that was allocated in the meantime.

use crate::gc::marker::marker;
use crate::gc::pacing::{enabled, sweep_share};
use crate::gc::{driver, events, share};
use crate::records::Slice;
use crate::state::{G, GC, RT, g, m, p, pext};
use core::sync::atomic::Ordering::*;

/// An allocation took so many bytes from the heap: a span for its cache, or a large object. The allocating goroutine does its share of
/// collecting.
///
/// # Safety
/// On g0, with a processor.
#[cold]
#[inline(never)]
pub unsafe fn took(bytes: usize) {
    // SAFETY: on g0 with a processor, so its marker is this thread's, and a cycle that marks does not end here.
    unsafe {
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
                    RT.collection.driver.begin.store(true, Relaxed);
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
        if seen.tick != tick {
            *seen = Slice { tick, times: 0, since: now };
        }
        seen.times += 1;
        if seen.times >= SPANS && now - seen.since >= PART && (RT.sched.has_runnable(p) || timer <= now) {
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
        let (goal, live) = (RT.collection.account.goal.load(Relaxed), RT.heap.live() as u64);
        // SAFETY: the caller's.
        if live <= goal.saturating_add(goal / 8) || !driver::is_busy() || unsafe { RT.sched.has_runnable(p()) } {
            return;
        }
        goxide_sys::process::usleep(MOMENT);
    }
}

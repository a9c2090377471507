//! What who allocates owes to collection: a share of marking and sweeping where its cache takes a span, and making way for
//! others.
//!
//! Phases change with the world stopped only, so never within an entry. What an entry has allocated and holds in local
//! variables is safe until it ends or parks: nothing is swept meanwhile that was allocated in the meantime.

use crate::gc::marker::marker;
use crate::gc::pacing::{enabled, sweep_share};
use crate::gc::{driver, events, share};
use crate::records::{Making, Slice};
use crate::state::{G, GC, RT, g, m, p, pext};
use core::sync::atomic::Ordering::*;
use goxide_alloc::size_class::PAGE;
use goxide_alloc::sweep::Swept;
use goxide_gc::Paid;

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
            GC.charge(&mut (*gp).ext.debt, bytes);
            let paid = pay(gp);
            if paid != Paid::All && gp != (*m()).g0 {
                // The rest of a debt is paid where it yields.
                (*gp).ask_to_yield();
                if paid == Paid::Elsewhere {
                    // A moment alone: its own processor may be the one that is to mark.
                    brake(1);
                }
            }
        } else {
            sweep_share(bytes);
            begin_if_due(gp, bytes);
        }
    }
}

/// Pays a piece of what the goroutine owes.
///
/// # Safety
/// On g0, with a processor; `gp` is this thread's.
pub unsafe fn pay(gp: *mut G) -> Paid {
    // SAFETY: the debt is this thread's to change; a cycle that marks does not end while this thread has its processor, whose marker
    // it is.
    unsafe {
        let begin = goxide_sys::time::nanotime();
        let paid = GC.pay(marker(), &mut (*gp).ext.debt);
        let now = goxide_sys::time::nanotime();
        share::assisted(now - begin);
        share::update(now);
        paid
    }
}

/// `gp` has allocated so many bytes while no cycle marks: if one is due, it begins where the goroutine yields.
unsafe fn begin_if_due(gp: *mut G, bytes: usize) {
    // SAFETY: on g0 with a processor.
    unsafe {
        if !GC.is_due() || !enabled() {
            return;
        }
        if gp == (*m()).g0 {
            return driver::notify(events::DUE);
        }
        // It begins where it yields, which is soon.
        RT.collection.driver.begin.store(true, Relaxed);
        (*gp).ask_to_yield();
        // With one processor no other thread has it in hand: only to yield helps.
        if driver::is_busy() && RT.sched.proc_count() > 1 {
            brake(bytes);
        }
    }
}

/// Spans that are swept between two looks at anything else: some tens of microseconds.
const SPANS: usize = 128;

/// Sweeps until `pages` pages are free that were not, but not for long. Returns how many became free; 0: nothing is left.
pub fn sweep_for(pages: usize) -> usize {
    let mut freed = 0;
    for _ in 0..SPANS {
        match RT.heap.sweep_one() {
            Swept::Pages(n) => freed += n,
            Swept::Nothing => break,
        }
        if freed >= pages {
            break;
        }
    }
    freed
}

/// A step of what comes before a large object, while its goroutine can still wait: as many pages are swept free as it needs, if
/// there are, and its share of marking is done. What is paid for afterwards makes the heap grow by the whole object first,
/// though marking may be over in a moment and leave room enough. False if there is more to be done after the next safepoint.
///
/// # Safety
/// On g0 of `gp`, which can yield next.
pub unsafe fn advance(gp: *mut G, making: &mut Making) -> bool {
    /// How often it waits a [`MOMENT`] at most. Marking may be held up by a goroutine that cannot be stopped.
    const WAITS: u32 = 200;
    let pages = making.size.div_ceil(PAGE);
    // SAFETY: the caller's.
    unsafe {
        if making.swept < pages && RT.heap.unswept() != 0 {
            let left = RT.heap.unswept();
            making.swept += sweep_for(pages - making.swept);
            if RT.heap.unswept() == left {
                // The rest is in other hands.
                making.swept = pages;
            }
            return false;
        }
        if !GC.is_marking() {
            return true;
        }
        if !making.charged {
            making.charged = true;
            GC.charge(&mut (*gp).ext.debt, making.size);
        }
        match pay(gp) {
            Paid::All => true,
            Paid::Piece => false,
            Paid::Elsewhere => {
                let goal = RT.collection.account.goal.load(Relaxed);
                if making.waits >= WAITS || RT.heap.live() as u64 + making.size as u64 <= goal {
                    return true;
                }
                // It is charged again if there is more to be found then.
                (making.waits, making.charged) = (making.waits + 1, false);
                (*gp).ask_to_yield();
                if RT.sched.proc_count() > 1 && !RT.sched.has_runnable(p()) {
                    goxide_sys::process::usleep(MOMENT);
                }
                false
            }
        }
    }
}

/// After the allocation of an object for which [`advance`] was done, and for which so many bytes were taken from the heap.
///
/// # Safety
/// On g0, with a processor.
pub unsafe fn after_advance(bytes: usize) {
    // SAFETY: on g0, with a processor.
    unsafe {
        let gp = g();
        share_time(gp);
        if !GC.is_marking() {
            begin_if_due(gp, bytes);
        }
    }
}

/// Allocating goroutines yield, after a part of a time slice, to goroutines that wait and to timers that are due: the scheduler's
/// watch looks every ten milliseconds at most, and many goroutines want to be on time while others make garbage.
///
/// # Safety
/// On g0, with a processor; `gp` is this thread's.
pub unsafe fn share_time(gp: *mut G) {
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

/// How long an allocating goroutine waits at a time for what others have in hand, in microseconds.
const MOMENT: u32 = 50;

/// Holds up an allocating goroutine for a moment, if the heap has outgrown its goal and what is left to do (to mark, to sweep, to
/// begin the next collection) is in the hands of threads that the kernel does not let run: without this it would grow for as long
/// as they stand still. In proportion to the `bytes` that it took, since a large object makes the heap grow as much as many spans
/// do, and for longer the further the heap is past its goal.
///
/// # Safety
/// On g0, with a processor.
unsafe fn brake(bytes: usize) {
    /// For so many bytes a [`MOMENT`].
    const PIECE: usize = 64 << 10;
    /// No longer than this at a time, in moments, for each time that the heap has outgrown its goal.
    const LONGEST: usize = 20;
    /// As many times at the most.
    const TIMES: u64 = 16;
    let (mut waited, mut most) = (0, 1);
    while waited < most {
        let (goal, live) = (RT.collection.account.goal.load(Relaxed), RT.heap.live() as u64);
        // What stops the world waits for this processor, too.
        if live <= goal.saturating_add(goal / 8) || !driver::is_busy() || RT.sched.is_stopping() {
            return;
        }
        // SAFETY: the thread holds a processor, which is one of the scheduler's (this function's contract).
        if unsafe { RT.sched.has_runnable(p()) } {
            return;
        }
        let times = (live / goal.max(1)).clamp(1, TIMES) as usize;
        most = (bytes.div_ceil(PIECE) * times).clamp(1, LONGEST * times);
        goxide_sys::process::usleep(MOMENT);
        waited += 1;
    }
}

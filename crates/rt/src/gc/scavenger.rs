//! Giving memory back: one thread without a processor, made when the first collection is over. When more free pages have
//! memory behind them than the next collection will need, it gives them back a little at a time, at about a hundredth of one
//! processor's time. With nothing to give back it sleeps until it is woken: when a collection is over, or by the monitor (`sysmon`), which looks
//! about once a second while the program is active. It also makes the tables of what the heap is about to grow by, so that no goroutine waits
//! for that ([`make_tables`]).

use crate::parts::{Release, Scavenger};
use crate::state::{GC, M, RT};
use core::sync::atomic::Ordering::*;
use goxide_gc::pacer::NO_LIMIT;

/// Bytes given back at a time.
const PIECE: usize = 256 << 10;
/// Nanoseconds of rest for each of work.
const REST: i64 = 99;

/// What is kept of it.
fn kept() -> &'static Scavenger {
    &RT.collection.scavenger
}

/// A collection is over: there may be something to give back. On g0, with a processor.
pub fn wake() {
    if !kept().started.load(Relaxed) {
        if kept().started.swap(true, AcqRel) {
            return;
        }
        // A program that collects has a heap that grows and shrinks, also if it has one goroutine only.
        RT.sched.need_monitor();
        // SAFETY: `run` makes do with any descriptor, and loops forever.
        let m = unsafe { RT.sched.new_system_thread(run) };
        RT.sched.add_system_thread();
        // SAFETY: the descriptor is new.
        if unsafe { goxide_sched::Host::start_thread(RT.sched.host(), m) }.is_err() {
            // Without it memory stays where it is; the next collection tries again.
            kept().started.store(false, Release);
        }
        return;
    }
    kept().note.wakeup();
}

/// Bytes of free pages with memory behind them beyond what is to be kept.
fn surplus() -> usize {
    let (retained, idle) = RT.heap.retained();
    let (goal, limit, live) = GC.pace(|p| (p.goal(), p.limit, p.live()));
    // A tenth more than the goal, if there is one; what was alive last time, twice, if not.
    let keep = if goal == u64::MAX { live.saturating_mul(2) } else { goal } as usize;
    let mut over = retained.saturating_sub(keep.saturating_add(keep / 10));
    if limit < NO_LIMIT {
        let (sys, _) = RT.heap.footprint();
        over = over.max(sys.saturating_sub(limit as usize / 100 * 95));
    }
    over.min(idle)
}

/// Whether there is something to give back, and the thread that does so.
pub fn has_surplus() -> bool {
    kept().started.load(Relaxed) && surplus() >= PIECE
}

/// # Safety
/// On g0 of a thread of its own.
unsafe fn run(_m: *mut M) {
    loop {
        RT.heap.make_tables();
        if surplus() < PIECE {
            kept().note.sleep();
            kept().note.clear();
            continue;
        }
        let begin = goxide_sys::time::nanotime();
        let n = RT.heap.release_unused(PIECE);
        RT.collection.account.released.fetch_add(n as u64, Relaxed);
        let worked = goxide_sys::time::nanotime() - begin;
        RT.collection.account.worked.fetch_add(worked, Relaxed);
        let rest = (worked * REST / 1000).clamp(500, 100_000);
        goxide_sys::process::usleep(if n == 0 { 100_000 } else { rest as u32 });
    }
}

/// An allocation took a span: if the heap is about to need tables, the thread makes them.
#[inline]
pub fn make_tables() {
    if kept().started.load(Relaxed) && RT.heap.wants_tables() {
        kept().note.wakeup();
    }
}

/// What `debug.FreeOSMemory`'s entry stores, so that other programs have nothing of it.
pub const RELEASE: &Release = &Release { all: release_all };

/// `debug.FreeOSMemory`, after its collection: everything that is free goes back now.
fn release_all() {
    let n = RT.heap.release_unused(usize::MAX);
    // What was noted of those pages: of no use before they are in use again. Not counted: the statistics are about pages of the heap.
    RT.heap.release_tables();
    RT.collection.account.released.fetch_add(n as u64, Relaxed);
}

/// The memory limit has changed.
pub fn nudge() {
    kept().note.wakeup();
}

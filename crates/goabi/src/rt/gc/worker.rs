//! The goroutines that mark, one per processor, without Go code: a worker is a task whose finish half marks on the system
//! stack for a while and parks it again. The scheduler asks for one before anything else ([`pick`]) and when there is nothing
//! else to do ([`pick_idle`]).
//!
//! A quarter of the processors' time goes to marking: whole processors (*dedicated*), and the rest as a *fraction* of each
//! one's time. Besides, whatever processors are idle mark, and allocating goroutines assist.

use super::super::{G, P, RT, g, m, pext};
use super::{GC, driver, marker};
use crate::rt::host::Reason;
use core::sync::atomic::{AtomicI64, AtomicU32, Ordering::*};
use goxide_gc::{Drained, Tracer};
use goxide_sched::state;

/// Part of the processors' time that marking may take, in percent.
const SHARE: i64 = 25;
/// How long a worker that is not alone runs before others get their turn.
const SLICE_NS: i64 = 150_000;

/// What a worker was started for.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Mode {
    /// Its processor does nothing else.
    Dedicated = 0,
    /// A part of its processor's time.
    Fraction = 1,
    /// Nobody else wants the processor.
    Idle = 2,
}

/// A processor's worker. All zero bytes: none yet.
#[repr(C)]
pub struct Worker {
    task: *mut G,
    mode: u8,
    /// The last turn on this processor was somebody else's.
    other_turn: bool,
    /// Time spent as a fraction in the present cycle.
    cycle: u32,
    spent: i64,
}

static DEDICATED_FREE: AtomicU32 = AtomicU32::new(0);
/// Percent of each processor's time.
static FRACTION: AtomicU32 = AtomicU32::new(0);
static BEGAN: AtomicI64 = AtomicI64::new(0);

/// CPU time of workers since the program began, by mode.
pub static TIME: [AtomicI64; 3] = [const { AtomicI64::new(0) }; 3];

/// Marking begins: how the share is divided. With the world stopped.
pub fn plan(procs: u32, now: i64) {
    let total = i64::from(procs) * SHARE;
    let mut dedicated = (total + 50) / 100;
    // If rounding is off by more than three tenths, fractions are nearer to the share.
    if (dedicated * 100 - total).abs() * 10 > total * 3 && dedicated * 100 > total {
        dedicated -= 1;
    }
    DEDICATED_FREE.store(dedicated as u32, Relaxed);
    FRACTION.store(((total - dedicated * 100).max(0) / i64::from(procs)) as u32, Relaxed);
    BEGAN.store(now, Relaxed);
}

/// The worker of `p` if it should run before anything else.
///
/// # Safety
/// This thread holds `p`, and no goroutine runs on it.
pub unsafe fn pick(p: *mut P, now: i64) -> *mut G {
    if !GC.is_marking() || !GC.has_work() {
        return core::ptr::null_mut();
    }
    // SAFETY: the caller's.
    unsafe {
        let free = DEDICATED_FREE.load(Relaxed);
        if free > 0 && DEDICATED_FREE.compare_exchange(free, free - 1, AcqRel, Relaxed).is_ok() {
            return ready(p, Mode::Dedicated);
        }
        let fraction = i64::from(FRACTION.load(Relaxed));
        if fraction > 0 {
            let w = &mut (*p).ext.worker;
            if w.cycle != GC.cycle() {
                (w.cycle, w.spent) = (GC.cycle(), 0);
            }
            let now = if now == 0 { goxide_sys::time::nanotime() } else { now };
            // Past the goal there is no time to lose: every other turn, but no more, or nobody else would run.
            let late = RT.heap.live() as u64 > super::stats::GOAL.load(Relaxed);
            w.other_turn = late && !w.other_turn;
            if w.other_turn || w.spent * 100 <= (now - BEGAN.load(Relaxed)) * fraction {
                return ready(p, Mode::Fraction);
            }
        }
        core::ptr::null_mut()
    }
}

/// The worker of `p` if there is something to mark.
///
/// # Safety
/// As for [`pick`].
pub unsafe fn pick_idle(p: *mut P) -> *mut G {
    if !GC.wants_marker() {
        return core::ptr::null_mut();
    }
    // SAFETY: the caller's.
    unsafe { ready(p, Mode::Idle) }
}

/// Makes a worker runnable.
unsafe fn ready(p: *mut P, mode: Mode) -> *mut G {
    // SAFETY: the worker is this processor's, and WAITING whenever no goroutine runs on it.
    unsafe {
        let w = &mut (*p).ext.worker;
        if w.task.is_null() {
            w.task = new_task();
        }
        w.mode = mode as u8;
        let t = w.task;
        (*t).on_resume = Some(work);
        (*t).state.change(state::WAITING, state::RUNNABLE);
        t
    }
}

/// A parked goroutine that is Rust's: it has no frames.
///
/// # Safety
/// On g0, with a processor.
pub unsafe fn new_task() -> *mut G {
    // SAFETY: it never enters Go code: each of its turns begins with a finish half that parks it again.
    unsafe {
        let pc = *crate::links::links().goexit;
        let t = RT.sched.spawn_parked(pc, 0, pc, 0, core::ptr::null_mut());
        (*t).ext.rust_task = true;
        RT.sched.mark_system(t);
        t
    }
}

/// Marks until somebody else should have the processor.
unsafe fn work(t: *mut G) {
    // SAFETY: a finish half: on g0, the worker is this thread's task.
    unsafe {
        let p = (*m()).proc;
        let mode = pext().worker.mode;
        let begin = goxide_sys::time::nanotime();
        let until = begin + if mode == Mode::Dedicated as u8 { 10_000_000 } else { SLICE_NS };
        let mut tracer = Tracer::new(&GC, marker());
        let mut idle_turns = 0;
        let r = loop {
            let r = tracer.drain(|| {
                if RT.sched.is_stopping() || (*t).preempt.load(Relaxed) {
                    return true;
                }
                if mode == Mode::Idle as u8 {
                    return RT.sched.has_runnable(p) || goxide_sys::time::nanotime() >= until;
                }
                goxide_sys::time::nanotime() >= until
            });
            // A goroutine that runs elsewhere has not come to a prologue yet: an idle processor may wait for it a little.
            if r != Drained::Later || mode != Mode::Idle as u8 || idle_turns == 20 || RT.sched.has_runnable(p) {
                break r;
            }
            idle_turns += 1;
            goxide_sys::process::usleep(10);
        };
        let _ = r;
        let spent = goxide_sys::time::nanotime() - begin;
        TIME[mode as usize].fetch_add(spent, Relaxed);
        if mode == Mode::Dedicated as u8 {
            DEDICATED_FREE.fetch_add(1, AcqRel);
        }
        if mode == Mode::Fraction as u8 {
            // What is far more than a slice the kernel gave to others.
            pext().worker.spent += spent.min(2 * SLICE_NS);
        }
        if GC.is_marking() && GC.looks_done() {
            driver::notify(driver::MARKED);
        }
        debug_assert!(g() == t);
        RT.sched.park_on_g0(t, None, 0, Reason::GcWorker as u8)
    }
}

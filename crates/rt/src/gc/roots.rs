//! The root jobs of a cycle: global variables in pieces, what the runtime's own tables hold, and each goroutine.

use crate::env;
use crate::gc::globals::{self, bss, data};
use crate::gc::scanned::is_scanned;
use crate::gc::stack;
use crate::state::{G, GoGc, RT, g};
use crate::token::Processor;
use core::sync::atomic::Ordering::*;
use goxide_gc::{Scan, Tracer};
use goxide_sched::state::Status;

/// Bytes of global variables per job.
const PIECE: usize = 256 << 10;

/// Timers per job.
const TIMERS: usize = 2048;

/// How many jobs there are. With the world stopped.
pub fn count() -> usize {
    globals::masked();
    let n = RT.sched.tasks().len();
    let driver = &RT.collection.driver;
    driver.tasks.store(n, Relaxed);
    let timers = 1 + RT.sched.begin_timer_visit() / TIMERS;
    driver.timers.store(timers, Relaxed);
    1 + timers + data().size.div_ceil(PIECE) + bss().size.div_ceil(PIECE) + n
}

/// Does a job.
///
/// # Safety
/// `job` is below the number that [`count`] gave.
pub unsafe fn scan(proc: Processor<'_>, job: usize, t: &mut Tracer<'_, GoGc>) -> Scan {
    // SAFETY: `job` is below the number that `count` gave (this function's contract), so that what is left of it is the index of a
    // goroutine. Data and bss are readable, and their masks, which are stored before jobs are given out, have a bit for each of their words.
    unsafe {
        if job == 0 {
            tables(t);
            return Scan::Done;
        }
        let driver = &RT.collection.driver;
        let n = driver.timers.load(Relaxed);
        let mut i = job - 1;
        if i < n {
            return timers(i, i + 1 == n, t);
        }
        i -= n;
        for (globals::Room { at, size }, mask) in [(data(), &driver.data_mask), (bss(), &driver.bss_mask)] {
            let n = size.div_ceil(PIECE);
            if i < n {
                let from = i * PIECE;
                let words = (size - from).min(PIECE) / 8;
                t.visit_mask(at + from, mask.load(Acquire).add(from / 64), words);
                return Scan::Done;
            }
            i -= n;
        }
        task(proc, RT.sched.tasks().get(i), t)
    }
}

/// What is reachable from the runtime's own memory.
fn tables(t: &mut Tracer<'_, GoGc>) {
    RT.space.offsets.roots(|p| t.tell(p as usize));
    // Labels in samples that were not read yet.
    crate::cpu_profile::each_label(|p| t.tell(p));
    // What package os was given, in case it was replaced by memory of the heap.
    t.tell(env::process().envs.ptr as usize);
    t.tell(env::process().args.ptr as usize);
}

/// Some of the timers; the last job sees to it that it was all.
fn timers(job: usize, last: bool, t: &mut Tracer<'_, GoGc>) -> Scan {
    let check = t.is_check();
    let tell = |timer: *mut goxide_sched::Timer| {
        // SAFETY: the timer's lock is held.
        unsafe {
            t.tell(timer as usize);
            t.tell((*timer).f);
            t.tell((*timer).arg[0]);
            t.tell((*timer).arg[1]);
        }
    };
    if check {
        // Everything again, with the world stopped.
        if job == 0 {
            RT.sched.for_each_timer(tell);
        }
        return Scan::Done;
    }
    if RT.sched.visit_timers(TIMERS, tell) || !last { Scan::Done } else { Scan::Later }
}

/// A goroutine: its stack and its descriptor.
///
/// # Safety
/// `gp` is a goroutine.
unsafe fn task(proc: Processor<'_>, gp: *mut G, t: &mut Tracer<'_, GoGc>) -> Scan {
    // SAFETY: `gp` is a goroutine (this function's contract), and descriptors are never freed. While the SCAN bit is held the goroutine does not run.
    unsafe {
        if (*gp).ext.rust_task || (!t.is_check() && is_scanned(gp)) {
            return Scan::Done;
        }
        let s = (*gp).state.get();
        match s {
            Status::IDLE | Status::DEAD => Scan::Done,
            Status::RUNNABLE | Status::WAITING | Status::SYSCALL | Status::PREEMPTED => {
                if !(*gp).state.lock_scan(s) {
                    return Scan::Later;
                }
                if matches!(s, Status::WAITING | Status::SYSCALL) && (*gp).wait_since == 0 {
                    // Nobody has asked for the time when it began to wait: it is seen to wait here for the first time.
                    (*gp).wait_since = RT.collection.workers.began.load(Relaxed);
                }
                stack::stopped(proc, gp, s, t);
                (*gp).state.unlock_scan(s);
                Scan::Done
            }
            _ if t.is_check() && s == Status::RUNNING => {
                // The world is stopped: it stands in an entry (the one that asked for the collection).
                stack::stopped(proc, gp, s, t);
                Scan::Done
            }
            _ => {
                // It scans itself when it comes to a prologue, or is interrupted.
                if gp != g() {
                    RT.sched.ask_again(gp);
                }
                Scan::Later
            }
        }
    }
}

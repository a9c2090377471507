//! When collections may begin, and how fast their sweeping has to be.

use crate::env;
use crate::gc::{stats, sweeping};
use crate::state::{GC, RT};
use crate::token::System;
use core::sync::atomic::Ordering::*;
use goxide_alloc::sweep::{Swept, Work};

/// From now on collections begin by themselves.
pub fn enable() {
    RT.collection.driver.enabled.store(true, Release);
}

/// Whether collections may begin.
pub fn enabled() -> bool {
    RT.collection.driver.enabled.load(Acquire)
}

/// Sets up what the environment asked for. By the bootstrap.
pub fn init(percent: i32, limit: i64) {
    stats::start();
    let debug = &env::process().debug;
    if debug.clobberfree != 0 {
        RT.heap.set_clobber(true);
    }
    GC.pace(|p| {
        p.percent = percent;
        p.limit = limit as u64;
        p.retune();
    });
    RT.collection.account.goal.store(GC.pace(|p| p.goal()), Relaxed);
}

/// Sweeps on in proportion to what was allocated.
pub fn sweep_share(mut sys: System<'_>, bytes: usize) {
    if RT.heap.unswept() == 0 {
        return;
    }
    let spans = bytes.div_ceil(goxide_alloc::size_class::PAGE) * RT.collection.driver.sweep_ratio.load(Relaxed) as usize;
    let (since, mut work) = (sweeping::begins(sys.lend()), Work::ZERO);
    // A large object must not make its goroutine sweep everything.
    for _ in 0..spans.min(512) {
        if RT.heap.sweep_one_counted(&mut work) == Swept::Nothing {
            break;
        }
    }
    sweeping::has_swept(sys, since, work);
}

/// Works out how much is to be swept per allocation.
pub fn set_sweep_ratio() {
    let spans = RT.heap.unswept() as u64;
    let room = GC.pace(|p| p.trigger().saturating_sub(p.live())) / goxide_alloc::size_class::PAGE as u64;
    RT.collection.driver.sweep_ratio.store((spans / room.max(1) + 1).min(64) as u32, Relaxed);
}

/// Bytes of metadata, stacks and fragmentation: what the process holds besides objects.
pub fn overhead() -> u64 {
    let (sys, in_objects) = RT.heap.footprint();
    (sys.saturating_sub(in_objects)) as u64
}

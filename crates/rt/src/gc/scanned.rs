//! Which goroutines the current cycle has scanned, or need not scan.

use crate::barrier;
use crate::state::{G, GC};
use crate::token::Processor;
use core::sync::atomic::Ordering::*;

/// Whether this goroutine's stack was scanned in the current cycle, or need not be.
///
/// # Safety
/// `gp` is a goroutine.
#[inline]
pub unsafe fn is_scanned(gp: *mut G) -> bool {
    // SAFETY: descriptors are always readable.
    unsafe { (*gp).ext.scanned_cycle.load(Acquire) == GC.cycle() }
}

/// A new goroutine holds nothing but what its maker records here: it counts as scanned.
///
/// # Safety
/// `gp` does not run yet.
#[inline]
pub unsafe fn begin_task(mut proc: Processor<'_>, gp: *mut G, f: usize, labels: usize) {
    if !GC.is_marking() {
        return;
    }
    barrier::shade(proc.lend(), f);
    barrier::shade(proc, labels);
    // SAFETY: `gp` does not run yet (this function's contract): a valid descriptor.
    unsafe { (*gp).ext.scanned_cycle.store(GC.cycle(), Release) }
}

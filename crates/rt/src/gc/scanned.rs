//! Which goroutines the current cycle has scanned, or need not scan.

use crate::barrier;
use crate::state::{G, GC};
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
/// `gp` does not run yet; the thread holds a processor.
#[inline]
pub unsafe fn begin_task(gp: *mut G, f: usize, labels: usize) {
    if !GC.is_marking() {
        return;
    }
    // SAFETY: `gp` does not run yet, and the thread holds a processor (this function's contract).
    unsafe {
        barrier::shade(f);
        barrier::shade(labels);
        (*gp).ext.scanned_cycle.store(GC.cycle(), Release);
    }
}

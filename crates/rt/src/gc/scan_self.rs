//! A goroutine that runs while others mark scans its own stack, where it stops.

use crate::gc::marker::marker_and;
use crate::gc::scanned::is_scanned;
use crate::gc::{stack, worker};
use crate::state::{G, GC};
use crate::token::System;
use goxide_gc::Tracer;

/// Scans the goroutine's stack if the current cycle has not. While marking.
///
/// # Safety
/// As for `safepoint::at_safepoint`, whose part this is.
#[inline]
pub unsafe fn scan_if_marking(sys: System<'_>, gp: *mut G) {
    // SAFETY: `gp` is this thread's, where it may yield (this function's contract); a cycle marks, and waits for this stack before it
    // ends.
    unsafe {
        if !is_scanned(gp) {
            scan_here(sys, gp);
            worker::scanned();
        }
    }
}

/// This thread's goroutine, which stands in a prologue, scans its own stack.
///
/// # Safety
/// A cycle marks. `gp` is this thread's, and what it holds besides its frames is in its descriptor.
#[cold]
#[inline(never)]
pub unsafe fn scan_here(sys: System<'_>, gp: *mut G) {
    // SAFETY: nobody else scans a goroutine that runs. The cycle does not end before this stack was scanned, nor while this thread has its
    // processor, whose marker it is. What walks the stack does not ask for the marker.
    unsafe {
        let (marker, proc) = marker_and(sys.into_processor());
        let mut t = Tracer::new(&GC, marker);
        stack::stopped(proc, gp, goxide_sched::state::Status::RUNNING, &mut t);
    }
}

//! A goroutine that runs while others mark scans its own stack, where it stops.

use crate::gc::marker::marker;
use crate::gc::scanned::is_scanned;
use crate::gc::{stack, worker};
use crate::state::{G, GC};
use goxide_gc::Tracer;

/// Scans the goroutine's stack if the current cycle has not. While marking.
///
/// # Safety
/// As for `safepoint::at_safepoint`, whose part this is.
#[inline]
pub unsafe fn scan_if_marking(gp: *mut G) {
    // SAFETY: on g0 of the goroutine's thread, with a processor, its context saved (this function's contract); a cycle
    // marks, and waits for this stack before it ends.
    unsafe {
        if !is_scanned(gp) {
            scan_here(gp);
            worker::scanned();
        }
    }
}

/// This thread's goroutine, which stands in a prologue, scans its own stack.
///
/// # Safety
/// On g0 of the goroutine's thread, with a processor; its context is saved.
#[cold]
#[inline(never)]
pub unsafe fn scan_here(gp: *mut G) {
    // SAFETY: nobody else scans a goroutine that runs. Asked for by a cycle, which marks: it does not end before this stack was
    // scanned, nor while this thread has its processor, whose marker it is.
    unsafe {
        let mut t = Tracer::new(&GC, marker());
        stack::stopped(gp, goxide_sched::state::Status::RUNNING, &mut t);
    }
}

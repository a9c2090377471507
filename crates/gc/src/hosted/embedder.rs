//! The hosted world as the collector sees it: its roots, and the insides of its objects.

use super::object::Shape;
use super::state::{Hosted, Place};
use crate::Tracer;
use crate::seam::{Host, Scan};
use core::ops::Range;
use core::sync::atomic::Ordering::*;
use goxide_alloc::{Heap, OsPages};

// SAFETY: the jobs visit the globals and every mutator's shadow stack; a shape has all slots.
unsafe impl Host for Hosted {
    type Pages = OsPages;

    #[inline(always)]
    fn heap(&self) -> &Heap<OsPages> {
        &self.heap
    }

    fn root_jobs(&self) -> usize {
        1 + self.world.plan_jobs()
    }

    unsafe fn scan_root(&self, job: usize, t: &mut Tracer<'_, Self>) -> Scan {
        if job == 0 {
            self.globals.each(|p| t.visit(p));
            return Scan::Done;
        }
        let cycle = t.gc().cycle();
        let world = self.world.lock();
        let local = world.jobs[job - 1];
        // SAFETY: the lock is held.
        match unsafe { local.place() } {
            Place::Idle => return Scan::Done,
            // Acquire pairs with the Release of the thread that visited them.
            _ if local.scanned.load(Acquire) == cycle && !t.is_check() => return Scan::Done,
            // SAFETY: it cannot begin to run while the lock is held.
            Place::Safe => unsafe { local.tell_roots(t) },
            Place::Running if local.tell_own_roots(t) => {}
            Place::Running => {
                local.attention.store(true, Relaxed);
                return Scan::Later;
            }
        }
        local.scanned.store(cycle, Release);
        Scan::Done
    }

    unsafe fn scan_object(&self, opaque: usize, object: usize, _: usize, range: Range<usize>, t: &mut Tracer<'_, Self>) {
        // SAFETY: layouts name shapes, which are static.
        let shape = unsafe { &*core::ptr::with_exposed_provenance::<Shape>(opaque) };
        // SAFETY: inside of the object.
        shape.each(range, |offset, words| unsafe { t.visit_words(object + offset, words) });
    }

    fn nanotime(&self) -> i64 {
        goxide_sys::time::nanotime()
    }

    fn marking_done(&self) {
        // The collector's thread finds out by itself.
    }

    fn more_work(&self) {
        self.driver.call_helpers();
    }

    fn check_failed(&self, object: usize, parent: usize) -> ! {
        eprintln!("goxide-gc: the object at {object:#x}, reachable from {parent:#x}, is not marked");
        std::process::abort()
    }
}

//! What the collector asks of the world around it: a heap, and a few roots. There is one thread, which is the program, the markers and the world
//! that is stopped, one after the other.

use crate::memory::Linear;
use goxide_alloc::Heap;
use goxide_gc::{Host, Scan, Tracer};
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Roots of the program.
pub const ROOTS: usize = 4;

/// The heap and the roots.
#[derive(Debug)]
pub struct World {
    pub heap: Heap<Linear>,
    /// Addresses of objects, or 0.
    pub roots: [AtomicUsize; ROOTS],
}

// SAFETY: the one root job visits all roots; objects are small enough that the heap keeps their pointer bits, so `scan_object` has nothing to
// visit. The heap has this collector only, and no explicit freeing.
unsafe impl Host for World {
    type Pages = Linear;

    fn heap(&self) -> &Heap<Linear> {
        &self.heap
    }

    fn root_jobs(&self) -> usize {
        1
    }

    unsafe fn scan_root(&self, _: usize, t: &mut Tracer<'_, World>) -> Scan {
        self.roots.iter().for_each(|root| t.tell(root.load(Relaxed)));
        Scan::Done
    }

    unsafe fn scan_object(&self, _: usize, _: usize, _: usize, _: Range<usize>, _: &mut Tracer<'_, World>) {
        unreachable!("all objects are small");
    }

    fn nanotime(&self) -> i64 {
        // Steps are taken by hand: here no time passes.
        0
    }

    fn marking_done(&self) {
        // The scene asks.
    }

    fn check_failed(&self, object: usize, parent: usize) -> ! {
        panic!("the object at {object:#x}, reachable from {parent:#x}, is not marked");
    }
}

//! The mark that a system entry sets while it touches memory which the program named.

use crate::state::{G, g};
use core::sync::atomic::{Ordering, compiler_fence};

/// A stretch of a system entry that touches memory which the program named: see [`goxide_gotypes::mem::Mem::touch`], the user, and
/// the maps' schemas, which have it in their own place.
#[must_use]
pub struct Region(*mut G);

impl Region {
    /// From here on a fault on this thread's system stack is the goroutine's.
    #[inline(always)]
    pub fn enter() -> Region {
        let gp = g();
        // SAFETY: the current goroutine is valid.
        unsafe { (*gp).ext.touching.store(true, Ordering::Relaxed) };
        // Pairs with the handler, which interrupts this thread: the mark is there before anything can fault.
        compiler_fence(Ordering::SeqCst);
        Region(gp)
    }

    /// And from here on no longer.
    #[inline(always)]
    pub fn leave(self) {
        compiler_fence(Ordering::SeqCst);
        // SAFETY: the goroutine that entered the region is still this thread's, since a region does not park.
        unsafe { (*self.0).ext.touching.store(false, Ordering::Relaxed) };
    }
}

//! The end of a scheduler's threads: [`End`], a flag that a thread looks at before and after it sleeps, so that none sleeps on.
//!
//! A thread that sleeps again and again on one bell [clears](goxide_sys::Note::clear) it when it is back. So the bell that rings for the end may
//! be taken for an earlier one, and be cleared. Then the flag is up, and the thread, which clears *first* and looks at it *afterwards*, does not
//! sleep any more; the other side puts the flag up first and rings afterwards. Of "the ring was cleared" and "the flag was not seen" at most one
//! can happen, if the two steps of either side are seen in their order: hence the fences. `tests/loom.rs` checks every interleaving.

use crate::loom::{AtomicU32, Ordering, fence};

/// See the module's header. All zero bytes: the end has not come.
#[derive(Debug)]
pub struct End(AtomicU32);

impl Default for End {
    fn default() -> Self {
        Self::new()
    }
}

impl End {
    /// It has not come.
    pub fn new() -> Self {
        End(AtomicU32::new(0))
    }

    /// Whether it has come. For a thread that was woken.
    pub fn has_come(&self) -> bool {
        // Acquire: pairs with the release in `call`.
        self.0.load(Ordering::Acquire) != 0
    }

    /// Whether it has come, and the thread must not sleep. For a thread that is about to, after it has cleared its bell.
    pub fn forbids_sleep(&self) -> bool {
        // SeqCst: pairs with the fence in `call`, so that the clearing before it is not seen after the ring that follows that one.
        fence(Ordering::SeqCst);
        self.has_come()
    }

    /// It has come. Every thread's bell is to be rung after this.
    pub fn call(&self) {
        self.0.store(1, Ordering::Release);
        // SeqCst: pairs with the fence in `forbids_sleep`.
        fence(Ordering::SeqCst);
    }
}

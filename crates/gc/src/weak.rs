//! The protocol of a weak reference: a word that sweeping clears, and whoever looks at it meanwhile.
//!
//! A *cell* belongs to one object. It holds the object's address until the object was found unreachable, and the number of a
//! cycle of which it is known that the object lives through it. A cycle cannot begin while a thread looks, since it looks
//! between two of its safepoints; it may find the collector
//!
//! - marking: the object lives, once the barrier has heard of it;
//! - sweeping: the object lives if its mark is set, but marks are gone once its span is swept. Under the lock of the span's
//!   records, one of three is true: the records were looked at in this cycle, and the cell was cleared; they were looked at, and
//!   the object lives; they were not, and the mark says which. The sweeper clears cells, and notes in which cycle it has looked,
//!   under the same lock;
//! - at rest: cells of what is unreachable are clear.
//!
//! The number saves all of this for the rest of the cycle. It also covers an object that was younger than the cycle, whose span
//! may have been swept before there were records to look at. The model checker runs this (`tests/loom.rs`).

use crate::loom::{AtomicU32, AtomicUsize, Ordering::*};

/// What all weak references to an object share.
#[derive(Debug)]
pub struct Cell {
    object: AtomicUsize,
    /// The object lives until this cycle is over, at least.
    known: AtomicU32,
}

/// What the collector does, from the view of a thread that looks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Phase {
    /// It marks.
    Marking,
    /// Spans are left to sweep, or are being swept.
    Sweeping,
    /// Neither.
    Rest,
}

impl Cell {
    /// A cell for an object that lives through `cycle`.
    pub fn new(object: usize, cycle: u32) -> Cell {
        Cell { object: AtomicUsize::new(object), known: AtomicU32::new(cycle) }
    }

    /// The object is unreachable. Called while sweeping, with the lock of the span's records held.
    pub fn clear(&self) {
        self.object.store(0, Release);
    }

    /// The object's address, or 0: to be asked with the lock of its span's records held, or of a cell that is known.
    pub fn object(&self) -> usize {
        self.object.load(Acquire)
    }

    /// The object, if it is alive, until the caller's next safepoint. `cycle` and `phase` are the collector's, and `phase` was read
    /// before this call. While marking, `record` has the barrier hear of the object; while sweeping, `lives` says with the lock
    /// of its span's records held, as above, whether it lives.
    pub fn get(
        &self,
        cycle: u32,
        phase: Phase,
        record: impl FnOnce(usize),
        lives: impl FnOnce(usize) -> bool,
    ) -> Option<usize> {
        // Acquire and Release: who sees the number sees why it is true.
        if self.known.load(Acquire) == cycle {
            return Some(self.object());
        }
        let object = self.object();
        if object == 0 {
            return None;
        }
        match phase {
            Phase::Marking => record(object),
            Phase::Sweeping if !lives(object) => return None,
            Phase::Sweeping | Phase::Rest => {}
        }
        self.known.store(cycle, Release);
        Some(object)
    }
}

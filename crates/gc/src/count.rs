//! Counting down to the end of marking: root jobs, and markers at work. Pure: no heap, no queue.
//!
//! Nothing is left when no marker is at work, every root job is done, and no queue has an entry. A marker makes what it has
//! found visible before it leaves; so the last to leave sees all of it, or that nothing is there ([`Counts::leave`]). An entry
//! that appears when no marker is at work (from a barrier's buffer) is seen by none: the thread that puts it there, or was was
//! sent on, asks for a marker. The model checker runs this (`tests/loom.rs`).

use crate::loom::{AtomicU32, AtomicUsize, Ordering::*};

/// The counts of a cycle. All zero bytes are those of no cycle.
pub struct Counts {
    /// Markers at work.
    active: AtomicU32,
    next_root: AtomicUsize,
    n_roots: AtomicUsize,
    roots_left: AtomicUsize,
}

impl Counts {
    /// No cycle.
    #[cfg(not(loom))]
    pub const fn new() -> Counts {
        Counts {
            active: AtomicU32::new(0),
            next_root: AtomicUsize::new(0),
            n_roots: AtomicUsize::new(0),
            roots_left: AtomicUsize::new(0),
        }
    }

    /// No cycle.
    #[cfg(loom)]
    pub fn new() -> Counts {
        Counts {
            active: AtomicU32::new(0),
            next_root: AtomicUsize::new(0),
            n_roots: AtomicUsize::new(0),
            roots_left: AtomicUsize::new(0),
        }
    }

    /// A cycle of `roots` root jobs begins; no marker is at work.
    pub fn begin(&self, roots: usize) {
        self.n_roots.store(roots, Relaxed);
        self.roots_left.store(roots, Relaxed);
        self.next_root.store(0, Release);
    }

    /// Root jobs of the cycle.
    pub fn roots(&self) -> usize {
        self.n_roots.load(Relaxed)
    }

    /// Whether there are root jobs that no marker has taken.
    pub fn has_roots(&self) -> bool {
        self.next_root.load(Relaxed) < self.n_roots.load(Relaxed)
    }

    /// Takes a root job that no marker has taken.
    pub fn take_root(&self) -> Option<usize> {
        if !self.has_roots() {
            return None;
        }
        let job = self.next_root.fetch_add(1, AcqRel);
        (job < self.n_roots.load(Relaxed)).then_some(job)
    }

    /// A root job that was taken is done: what it found is in the hands of a marker at work.
    pub fn root_done(&self) {
        self.roots_left.fetch_sub(1, AcqRel);
    }

    /// Whether all root jobs are done.
    pub fn roots_are_done(&self) -> bool {
        self.roots_left.load(Acquire) == 0
    }

    /// A marker begins to work.
    pub fn enter(&self) {
        self.active.fetch_add(1, AcqRel);
    }

    /// A marker has made visible what it has found, and ends its work. True if nothing seems to be left. `has_work` looks into
    /// the queues.
    #[must_use]
    pub fn leave(&self, has_work: impl FnOnce() -> bool) -> bool {
        // AcqRel: the last one to leave sees what the others made visible before they left.
        self.active.fetch_sub(1, AcqRel) == 1 && self.roots_are_done() && !has_work()
    }

    /// Whether no marker is at work.
    pub fn nobody_works(&self) -> bool {
        self.active.load(Acquire) == 0
    }
}

impl Default for Counts {
    fn default() -> Self {
        Self::new()
    }
}

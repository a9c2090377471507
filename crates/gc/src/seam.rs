//! The seam: what the collector asks of its embedder ([`Host`]). Who owns threads, tasks and the world is the embedder;
//! what a cycle consists of, and in which order, is in [`crate::cycle`].

use crate::tracer::Tracer;
use core::ops::Range;
use goxide_alloc::{Heap, PageSource};

/// What became of a root job.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub enum Scan {
    /// Its pointers have been visited.
    Done,
    /// Not now (its task runs): ask again.
    Later,
}

/// The embedder.
///
/// # Safety
/// The collector frees what the embedder does not report: [`Host::scan_root`] and [`Host::scan_object`] must visit every
/// pointer that there is, or objects that are in use are given to others. [`Host::heap`] is always the same heap, which has
/// no other collector and no explicit freeing, and whose layouts [`Host::scan_object`] understands.
pub unsafe trait Host: Sync + Sized + 'static {
    /// Where the heap's pages come from.
    type Pages: PageSource + Sync;

    /// The heap that is collected. Its caches are the embedder's.
    fn heap(&self) -> &Heap<Self::Pages>;

    /// Into how many jobs the roots are divided in this cycle. Called with the world stopped, as marking begins. What
    /// becomes a root later need not be visited: it holds only what the write barrier has recorded.
    fn root_jobs(&self) -> usize;

    /// Visits the pointers of root job `job` with `t`. Called by any marker, once, or until it says [`Scan::Done`]; while the
    /// world runs, so that a task's stack must be kept from changing in the meantime. When the tracer
    /// [checks](Tracer::is_check), the world is stopped, and everything is to be visited again.
    ///
    /// # Safety
    /// Called by the collector, with a number below [`Host::root_jobs`].
    unsafe fn scan_root(&self, job: usize, t: &mut Tracer<'_, Self>) -> Scan;

    /// Visits the pointers in the bytes `range` of an object of `size` bytes at `object`, which was allocated with a
    /// [`Layout`](goxide_alloc::Layout) of this `opaque`, and is larger than what the heap keeps pointer bits for. The range
    /// begins and ends at multiples of 8. Called often: this is part of marking.
    ///
    /// # Safety
    /// Called by the collector, for an allocated object.
    unsafe fn scan_object(&self, opaque: usize, object: usize, size: usize, range: Range<usize>, t: &mut Tracer<'_, Self>);

    /// A monotonic clock in nanoseconds.
    fn nanotime(&self) -> i64;

    /// There seems to be nothing left to mark: the embedder should stop the world and try to
    /// [finish](crate::Gc::try_finish). Called on a marker's thread; may be called more than once.
    fn marking_done(&self);

    /// More work than the active markers can take: another may be started. A hint, not called often.
    fn more_work(&self) {}

    /// An object is reachable and not marked, which was found out while [checking](crate::Gc::check). `parent` is the object
    /// it was reached from, 0 for a root.
    fn check_failed(&self, object: usize, parent: usize) -> !;
}

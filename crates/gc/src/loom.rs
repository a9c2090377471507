//! The one place that chooses between real atomics and those of the model checker (`--cfg loom`). Nothing else lives here.

#[cfg(not(loom))]
pub(crate) use core::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence};
#[cfg(loom)]
pub(crate) use loom::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence};

/// Stands where a SeqCst access is relied on for its place in the one total order: after a store, before a load. Nothing in
/// itself, since the access says it all; but loom treats SeqCst accesses as AcqRel, and takes only fences at their word.
#[inline(always)]
pub(crate) fn total_order() {
    #[cfg(loom)]
    loom::sync::atomic::fence(Ordering::SeqCst);
}

//! The atomics of the crate: core's, or the model checker's under `--cfg loom`. What needs `const` construction (the poller itself, the
//! pool) is not modelled and uses core's.

#[cfg(not(loom))]
pub(crate) use core::sync::atomic::{AtomicU64, Ordering};
#[cfg(loom)]
pub(crate) use loom::sync::atomic::{AtomicU64, Ordering};

/// Stands where a SeqCst access is relied on for its place in the one total order: between a write and a read of another word. Nothing
/// in itself, since the accesses say it all; but loom treats SeqCst accesses as AcqRel, and takes only fences at their word.
#[inline(always)]
pub(crate) fn total_order() {
    #[cfg(loom)]
    loom::sync::atomic::fence(Ordering::SeqCst);
}

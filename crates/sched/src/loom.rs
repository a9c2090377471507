//! The atomics of the model-checked parts: core's, or loom's under `--cfg loom`, or shuttle's
//! under `--cfg shuttle`. Only [`crate::queue`] and [`crate::state`] take their atomics from here;
//! everything else needs `const` construction and uses core's directly.

#[cfg(all(not(loom), not(shuttle)))]
pub(crate) use core::sync::atomic::{AtomicPtr, AtomicU32, Ordering};
#[cfg(loom)]
pub(crate) use loom::sync::atomic::{AtomicPtr, AtomicU32, Ordering};
#[cfg(shuttle)]
pub(crate) use shuttle::sync::atomic::{AtomicPtr, AtomicU32, Ordering};

/// One step of a busy wait.
#[inline]
pub(crate) fn relax() {
    #[cfg(not(any(loom, shuttle)))]
    core::hint::spin_loop();
    #[cfg(loom)]
    loom::thread::yield_now();
    #[cfg(shuttle)]
    shuttle::thread::yield_now();
}

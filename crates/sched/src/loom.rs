//! The atomics of the model-checked parts: core's, or loom's under `--cfg loom`, or shuttle's under
//! `--cfg shuttle`. The queue, the state, the wake-up counters and the token take their atomics
//! from here; everything else needs `const` construction and uses core's directly.

#[cfg(all(not(loom), not(shuttle)))]
pub(crate) use core::sync::atomic::{AtomicPtr, AtomicU32, Ordering};
#[cfg(loom)]
pub(crate) use loom::sync::atomic::{AtomicPtr, AtomicU32, Ordering};
#[cfg(shuttle)]
pub(crate) use shuttle::sync::atomic::{AtomicPtr, AtomicU32, Ordering};

/// One step of a busy wait, the `turn`th: after some the processor goes to another thread, which
/// may be the one waited for.
#[inline]
pub(crate) fn relax(turn: u32) {
    #[cfg(not(any(loom, shuttle)))]
    if turn < 64 {
        core::hint::spin_loop();
    } else {
        goxide_sys::process::sched_yield();
    }
    #[cfg(any(loom, shuttle))]
    let _ = turn;
    #[cfg(loom)]
    loom::thread::yield_now();
    #[cfg(shuttle)]
    shuttle::thread::yield_now();
}

/// Stands where a SeqCst access is relied on for its place in the one total order: after a store,
/// before a load. Nothing in itself, since the access says it all; but loom treats SeqCst accesses
/// as AcqRel, and takes only fences at their word.
#[inline(always)]
pub(crate) fn total_order() {
    #[cfg(loom)]
    loom::sync::atomic::fence(Ordering::SeqCst);
}

//! The atomics of the model-checked parts: core's, or loom's under `--cfg loom`, or shuttle's under
//! `--cfg shuttle`. The queue, the state, the wake-up counters, the token and the timers take their atomics
//! from here, the timers their lock too; everything else needs `const` construction and uses core's directly.

#[cfg(all(not(loom), not(shuttle)))]
pub(crate) use core::sync::atomic::{AtomicPtr, AtomicU32, Ordering, fence};
#[cfg(loom)]
pub(crate) use loom::sync::atomic::{AtomicPtr, AtomicU32, Ordering, fence};
#[cfg(shuttle)]
pub(crate) use shuttle::sync::atomic::{AtomicPtr, AtomicU32, Ordering, fence};

/// One step of a busy wait, the `turn`th: after some the processor goes to another thread, which
/// may be the one waited for.
#[inline]
pub(crate) fn relax(turn: u32) {
    #[cfg(not(any(loom, shuttle)))]
    if turn < 64 {
        core::hint::spin_loop();
    } else {
        crate::os::sched_yield();
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

#[cfg(all(not(loom), not(shuttle)))]
pub(crate) use {
    core::sync::atomic::{AtomicI64, AtomicUsize},
    goxide_sys::RawMutex,
};
#[cfg(loom)]
pub(crate) use {
    loom::sync::atomic::{AtomicI64, AtomicUsize},
    modelled::RawMutex,
};

/// Stands for fields that a protocol guards: loom fails where one thread reads or writes them and what another wrote does not come before.
/// Nothing otherwise.
#[cfg(not(shuttle))]
pub(crate) struct Guarded {
    #[cfg(loom)]
    cell: loom::cell::UnsafeCell<()>,
}

#[cfg(not(shuttle))]
impl Guarded {
    #[cfg(not(loom))]
    pub(crate) const fn new() -> Self {
        Guarded {}
    }

    #[cfg(loom)]
    pub(crate) fn new() -> Self {
        Guarded { cell: loom::cell::UnsafeCell::new(()) }
    }

    /// The fields are about to be read.
    #[inline(always)]
    pub(crate) fn read(&self) {
        #[cfg(loom)]
        self.cell.with(|_| ());
    }

    /// The fields are about to be written.
    #[inline(always)]
    pub(crate) fn write(&self) {
        #[cfg(loom)]
        self.cell.with_mut(|_| ());
    }
}

#[cfg(loom)]
mod modelled {
    use core::cell::UnsafeCell;

    use loom::sync::MutexGuard;

    /// The lock without data, whose own protocol `goxide-sys` has a model of: here loom's.
    pub(crate) struct RawMutex {
        lock: loom::sync::Mutex<()>,
        /// Its holder's.
        guard: UnsafeCell<Option<MutexGuard<'static, ()>>>,
    }

    impl RawMutex {
        pub(crate) fn new() -> Self {
            RawMutex { lock: loom::sync::Mutex::new(()), guard: UnsafeCell::new(None) }
        }

        pub(crate) fn lock(&self) {
            // SAFETY: the guard stays in the lock, and its place is the holder's, which this thread is.
            unsafe {
                let guard: MutexGuard<'static, ()> = core::mem::transmute(self.lock.lock().unwrap());
                *self.guard.get() = Some(guard);
            }
        }

        /// # Safety
        /// This thread holds it.
        pub(crate) unsafe fn unlock(&self) {
            // SAFETY: the place of the guard is the holder's, which this thread is (this function's contract).
            let guard = unsafe { (*self.guard.get()).take() };
            drop(guard);
        }
    }
}

//! The one place that chooses between real atomics, cells and locks and those of the model checker (`--cfg loom`).
//!
//! Everything that is model-checked imports from here; a fence and a statistic elsewhere use core's.

#[cfg(not(loom))]
pub(crate) use core::sync::atomic::{AtomicBool, AtomicPtr, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering};
#[cfg(loom)]
pub(crate) use loom::sync::atomic::{AtomicBool, AtomicPtr, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering};

/// A value that one owner at a time reads and writes without synchronisation of its own. Under loom each access is
/// checked against all others. (Outside of loom it is only ever made from zero bytes.)
pub(crate) struct Owned<T> {
    #[cfg(not(loom))]
    value: core::cell::UnsafeCell<T>,
    #[cfg(loom)]
    value: loom::cell::UnsafeCell<T>,
}

// SAFETY: every access goes through `get` or `set`, whose callers promise to be the only one at that time.
unsafe impl<T: Send> Sync for Owned<T> {}

impl<T: Copy> Owned<T> {
    #[cfg(loom)]
    pub(crate) fn new(value: T) -> Self {
        Owned { value: loom::cell::UnsafeCell::new(value) }
    }

    /// # Safety
    /// No other thread writes the value at the same time.
    #[inline(always)]
    pub(crate) unsafe fn get(&self) -> T {
        #[cfg(not(loom))]
        // SAFETY: no other thread writes the value at the same time (this function's contract).
        return unsafe { *self.value.get() };
        #[cfg(loom)]
        // SAFETY: no other thread writes the value at the same time (this function's contract), as loom checks.
        return self.value.with(|p| unsafe { *p });
    }

    /// # Safety
    /// No other thread reads or writes the value at the same time.
    #[inline(always)]
    pub(crate) unsafe fn set(&self, value: T) {
        #[cfg(not(loom))]
        // SAFETY: no other thread reads or writes the value at the same time (this function's contract).
        unsafe {
            *self.value.get() = value
        };
        #[cfg(loom)]
        // SAFETY: no other thread reads or writes the value at the same time (this function's contract), as loom checks.
        self.value.with_mut(|p| unsafe { *p = value });
    }
}

/// Data under a lock. The lock is held while a closure runs; there is no guard that could outlive its frame. In front of the data: beside what a
/// heap begins with.
#[repr(C)]
pub(crate) struct Lock<T> {
    #[cfg(not(loom))]
    mutex: goxide_sys::RawMutex,
    #[cfg(not(loom))]
    data: core::cell::UnsafeCell<T>,
    #[cfg(loom)]
    data: loom::sync::Mutex<T>,
}

// SAFETY: `with` gives the data to one thread at a time.
#[cfg(not(loom))]
unsafe impl<T: Send> Sync for Lock<T> {}

#[cfg(not(loom))]
impl<T> Lock<T> {
    pub(crate) const fn new(data: T) -> Self {
        Lock { mutex: goxide_sys::RawMutex::new(), data: core::cell::UnsafeCell::new(data) }
    }

    /// Runs `f` on the data; waits for other holders first. Not reentrant.
    #[inline]
    pub(crate) fn with<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
        self.mutex.lock();
        // SAFETY: the lock is held, so this is the only reference to the data.
        let r = f(unsafe { &mut *self.data.get() });
        // SAFETY: locked above.
        unsafe { self.mutex.unlock() };
        r
    }
}

#[cfg(loom)]
impl<T> Lock<T> {
    pub(crate) fn new(data: T) -> Self {
        Lock { data: loom::sync::Mutex::new(data) }
    }

    pub(crate) fn with<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
        f(&mut self.data.lock().expect("a loom run that panicked is over"))
    }
}

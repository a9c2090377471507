//! A futex lock in four bytes, raw (`RawMutex`) and with the data it guards (`Mutex`). Neither knows of tasks: a thread
//! that waits blocks its kernel thread.
//!
//! State: `FREE` -> `HELD` by an uncontended `lock`; a thread that has to wait sets `AWAITED` before it sleeps, and
//! the thread that unlocks an `AWAITED` lock wakes one sleeper. A woken thread takes the lock as `AWAITED`, since
//! it cannot know whether others still sleep; the price is one needless wake at the end of a queue.

use core::cell::UnsafeCell;
use core::ops::{Deref, DerefMut};
use core::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use crate::Futex;

const FREE: u32 = 0;
const HELD: u32 = 1;
const AWAITED: u32 = 2;

/// How often a waiter looks before it sleeps, where another processor can be about to unlock.
const ROUNDS: u32 = 5;
/// Pauses before the first look, and before later ones: each look takes the word's cache line away from the holder, who needs it to unlock,
/// and to lock again. Meanwhile the holder has it and what it guards to itself, and may lock and unlock a few times over: of threads that
/// want the same lock all the time each comes to do several operations in a row, which is cheaper than that the lines travel for each.
const PAUSES: [u32; 2] = [16, 32];
/// How often [`RawMutex::try_lock_awhile`] looks again.
const AWHILE: u32 = 2;

/// A lock without data: for structures whose locking does not nest like Rust's scopes.
#[repr(transparent)]
#[derive(Debug)]
pub struct RawMutex {
    state: Futex,
}

#[cfg(not(loom))]
const _: () = assert!(size_of::<RawMutex>() == 4);

impl RawMutex {
    /// An unlocked lock. All bytes zero, so zeroed memory is one too.
    #[cfg(not(loom))]
    pub const fn new() -> RawMutex {
        RawMutex { state: Futex::new(FREE) }
    }

    /// An unlocked lock.
    #[cfg(loom)]
    pub fn new() -> RawMutex {
        RawMutex { state: Futex::new(FREE) }
    }

    /// Takes the lock, sleeping until it is free.
    #[inline]
    pub fn lock(&self) {
        // Acquire: pairs with the Release in `unlock`.
        if self.state.compare_exchange(FREE, HELD, Acquire, Relaxed).is_err() {
            self.lock_slow();
        }
    }

    /// Takes the lock if it is free.
    #[inline]
    pub fn try_lock(&self) -> bool {
        self.state.compare_exchange(FREE, HELD, Acquire, Relaxed).is_ok()
    }

    /// Takes the lock if it is free, or becomes so within about a microsecond. Asks the system nothing, not even how many processors there
    /// are: for callers with little stack.
    #[inline]
    pub fn try_lock_awhile(&self) -> bool {
        self.try_lock() || self.look(AWHILE, HELD)
    }

    /// Whether someone holds it: for assertions, stale at once.
    #[inline]
    pub fn is_locked(&self) -> bool {
        self.state.load(Relaxed) != FREE
    }

    /// Gives the lock up.
    ///
    /// # Safety
    /// The lock is held, and the caller may speak for the holder.
    #[inline]
    pub unsafe fn unlock(&self) {
        // Release: what was done under the lock is seen by the next Acquire in `lock`.
        if self.state.swap(FREE, Release) == AWAITED {
            self.state.wake(1);
        }
    }

    #[cold]
    fn lock_slow(&self) {
        if crate::cpu::many() && self.look(ROUNDS, HELD) {
            return;
        }
        loop {
            // Acquire: pairs with the Release in `unlock` if this swap takes the lock.
            if self.state.swap(AWAITED, Acquire) == FREE {
                return;
            }
            self.state.wait(AWAITED, -1);
            if self.take(AWAITED) || (crate::cpu::many() && self.look(ROUNDS, AWAITED)) {
                return;
            }
        }
    }

    /// Takes the lock as `taken`, if it looks free.
    #[inline]
    fn take(&self, taken: u32) -> bool {
        // Acquire: pairs with the Release in `unlock`.
        self.state.load(Relaxed) == FREE && self.state.compare_exchange(FREE, taken, Acquire, Relaxed).is_ok()
    }

    /// Looks so often for the lock to be free, and takes it then, as `taken`; whether it has. The lock has just been seen not to be free.
    /// Others may sleep meanwhile: what they wait for is short, and to queue up behind them would make each unlock a wake-up and each lock a
    /// sleep, until nobody wants it for a moment.
    #[cfg(not(loom))]
    fn look(&self, rounds: u32, taken: u32) -> bool {
        let [mut pauses, most] = PAUSES;
        for _ in 0..rounds {
            for _ in 0..pauses {
                core::hint::spin_loop();
            }
            if self.take(taken) {
                return true;
            }
            pauses = (pauses * 2).min(most);
        }
        false
    }

    #[cfg(loom)]
    fn look(&self, rounds: u32, taken: u32) -> bool {
        let _ = (rounds, PAUSES);
        self.take(taken)
    }
}

impl Default for RawMutex {
    fn default() -> RawMutex {
        RawMutex::new()
    }
}

/// A value and the lock that guards it.
#[derive(Debug, Default)]
pub struct Mutex<T: ?Sized> {
    mutex: RawMutex,
    value: UnsafeCell<T>,
}

// SAFETY: the value moves between threads with the lock, one at a time, so `Send` suffices.
unsafe impl<T: ?Sized + Send> Send for Mutex<T> {}
// SAFETY: only the holder reaches the value, one thread at a time, so `Send` suffices.
unsafe impl<T: ?Sized + Send> Sync for Mutex<T> {}

impl<T> Mutex<T> {
    /// Guards `value`.
    #[cfg(not(loom))]
    pub const fn new(value: T) -> Mutex<T> {
        Mutex { mutex: RawMutex::new(), value: UnsafeCell::new(value) }
    }

    /// Guards `value`.
    #[cfg(loom)]
    pub fn new(value: T) -> Mutex<T> {
        Mutex { mutex: RawMutex::new(), value: UnsafeCell::new(value) }
    }
}

impl<T: ?Sized> Mutex<T> {
    /// Waits for the lock; the guard gives it back.
    #[inline]
    pub fn lock(&self) -> MutexGuard<'_, T> {
        self.mutex.lock();
        MutexGuard { lock: self, not_send: core::marker::PhantomData }
    }

    /// The guard if the lock is free.
    #[inline]
    pub fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        self.mutex.try_lock().then(|| MutexGuard { lock: self, not_send: core::marker::PhantomData })
    }

    /// The value, which no other thread can reach.
    pub fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }
}

/// Unlocks when dropped. It must not be live where the stack can be abandoned.
#[must_use = "the lock is given back as soon as the guard is dropped"]
#[derive(Debug)]
pub struct MutexGuard<'a, T: ?Sized> {
    lock: &'a Mutex<T>,
    not_send: core::marker::PhantomData<*const ()>,
}

// SAFETY: a shared guard gives only `&T`.
unsafe impl<T: ?Sized + Sync> Sync for MutexGuard<'_, T> {}

impl<T: ?Sized> Deref for MutexGuard<'_, T> {
    type Target = T;
    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: we hold the lock, so no other thread writes.
        unsafe { &*self.lock.value.get() }
    }
}

impl<T: ?Sized> DerefMut for MutexGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: we hold the lock, and the guard is borrowed for writing.
        unsafe { &mut *self.lock.value.get() }
    }
}

impl<T: ?Sized> Drop for MutexGuard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: the guard exists because this thread took the lock.
        unsafe { self.lock.mutex.unlock() }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn counts_exactly() {
        let n = Arc::new(Mutex::new(0u64));
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let n = n.clone();
                std::thread::spawn(move || (0..50_000).for_each(|_| *n.lock() += 1))
            })
            .collect();
        threads.into_iter().for_each(|t| t.join().unwrap());
        assert_eq!(*n.lock(), 200_000);
    }

    #[test]
    fn try_lock_refuses_a_held_lock() {
        let m = RawMutex::new();
        assert!(m.try_lock());
        assert!(!m.try_lock() && m.is_locked());
        // SAFETY: taken above.
        unsafe { m.unlock() };
        assert!(!m.is_locked());
        let mut l = Mutex::new(7);
        assert!(l.try_lock().is_some_and(|g| *g == 7));
        *l.get_mut() = 8;
        assert_eq!(*l.lock(), 8);
    }
}

#[cfg(all(test, loom))]
mod loom_tests {
    use super::*;
    use loom::sync::Arc;

    /// Three threads, one entry each: mutual exclusion (loom's cell panics on a race) and no lost wake-up (a
    /// sleeper left behind is a deadlock, which loom reports).
    #[test]
    fn exclusion_and_wakeup() {
        let mut model = loom::model::Builder::new();
        model.preemption_bound = Some(3);
        model.check(|| {
            let m = Arc::new((RawMutex::new(), loom::cell::UnsafeCell::new(0)));
            let enter = |m: &(RawMutex, loom::cell::UnsafeCell<i32>)| {
                m.0.lock();
                // SAFETY: under the lock; loom checks just that.
                m.1.with_mut(|n| unsafe { *n += 1 });
                // SAFETY: taken above.
                unsafe { m.0.unlock() };
            };
            let threads: Vec<_> = (0..2)
                .map(|_| {
                    let m = m.clone();
                    loom::thread::spawn(move || enter(&m))
                })
                .collect();
            enter(&m);
            threads.into_iter().for_each(|t| t.join().unwrap());
            // SAFETY: all other threads are gone.
            m.1.with(|n| assert_eq!(unsafe { *n }, 3));
        });
    }
}

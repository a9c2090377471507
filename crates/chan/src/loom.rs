//! The one place that decides which atomics, locks and threads the crate runs on.
//!
//! Ordinarily these are `core`'s atomics, `goxide-sys`'s futex lock and (feature `std`) the
//! standard threads. Under `--cfg shuttle` everything is swapped for shuttle's, whose scheduler
//! then explores interleavings. No other module names `core::sync::atomic` or a lock.

#[cfg(not(shuttle))]
mod real {
    pub(crate) use core::sync::atomic;
    pub use goxide_sys::RawMutex as RawLock;

    #[cfg(feature = "std")]
    pub(crate) mod sync {
        pub(crate) use std::sync::{Arc, Mutex, Weak};
    }

    #[cfg(feature = "std")]
    pub(crate) mod thread {
        pub(crate) use std::thread::{Thread, current, yield_now};
        use std::time::Instant;

        /// Sleeps until unparked, or for no reason. `_me` is [`current`].
        pub(crate) fn park(_me: &Thread) {
            std::thread::park();
        }

        /// Like [`park`], but no longer than to `deadline`; false without sleeping if that is over.
        pub(crate) fn park_until(_me: &Thread, deadline: Instant) -> bool {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            std::thread::park_timeout(left);
            true
        }

        /// How many times a thread polls its wake-up flag before it sleeps.
        pub(crate) const SPINS: u32 = 100;
    }

    #[cfg(feature = "std")]
    /// A pseudo-random number below `n`, from a generator of the calling thread's own.
    pub(crate) fn random(n: u32) -> u32 {
        use core::cell::Cell;
        use std::hash::{BuildHasher, RandomState};
        std::thread_local! {
            static STATE: Cell<u64> = Cell::new(RandomState::new().hash_one(0u8) | 1);
        }
        STATE.with(|s| {
            // xorshift64*: the high half is the good one.
            let mut x = s.get();
            x ^= x >> 12;
            x ^= x << 25;
            x ^= x >> 27;
            s.set(x);
            let high = x.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32;
            ((high * u64::from(n)) >> 32) as u32
        })
    }
}

#[cfg(shuttle)]
mod modelled {
    pub(crate) use shuttle::sync::atomic;

    pub(crate) mod sync {
        pub(crate) use shuttle::sync::{Arc, Mutex, Weak};
    }

    pub(crate) mod thread {
        use shuttle::sync::{Arc, Condvar, Mutex};
        pub(crate) use shuttle::thread::yield_now;

        /// Parking without spurious wake-ups, which would make depth-first exploration endless.
        #[derive(Clone)]
        pub(crate) struct Thread(Arc<Parker>);

        struct Parker {
            token: Mutex<bool>,
            given: Condvar,
        }

        pub(crate) fn current() -> Thread {
            Thread(Arc::new(Parker { token: Mutex::new(false), given: Condvar::new() }))
        }

        impl Thread {
            pub(crate) fn unpark(&self) {
                *self.0.token.lock().unwrap() = true;
                self.0.given.notify_one();
            }
        }

        pub(crate) fn park(me: &Thread) {
            let mut token = me.0.token.lock().unwrap();
            while !*token {
                token = me.0.given.wait(token).unwrap();
            }
            *token = false;
        }

        /// A deadline is over when chance has it, which may be at once. Until then the thread wakes for no reason.
        pub(crate) fn park_until(_me: &Thread, _deadline: std::time::Instant) -> bool {
            let in_time = super::random(2) == 0;
            yield_now();
            in_time
        }

        /// Spinning would only multiply the schedules to explore.
        pub(crate) const SPINS: u32 = 0;
    }

    pub(crate) fn random(n: u32) -> u32 {
        use shuttle::rand::Rng;
        shuttle::rand::thread_rng().gen_range(0..n)
    }

    /// A raw lock in the shape of `goxide_sys::RawMutex`, made of what shuttle can schedule.
    pub struct RawLock {
        held: shuttle::sync::Mutex<bool>,
        freed: shuttle::sync::Condvar,
    }

    impl Default for RawLock {
        fn default() -> Self {
            Self::new()
        }
    }

    impl RawLock {
        /// An open lock.
        pub fn new() -> Self {
            Self { held: shuttle::sync::Mutex::new(false), freed: shuttle::sync::Condvar::new() }
        }

        /// Takes the lock, waiting for it.
        pub fn lock(&self) {
            let mut held = self.held.lock().unwrap();
            while *held {
                held = self.freed.wait(held).unwrap();
            }
            *held = true;
        }

        /// Takes the lock if it is free.
        pub fn try_lock(&self) -> bool {
            !core::mem::replace(&mut *self.held.lock().unwrap(), true)
        }

        /// Takes the lock if it is free: a model has no time to wait.
        pub fn try_lock_awhile(&self) -> bool {
            self.try_lock()
        }

        /// Releases the lock.
        ///
        /// # Safety
        ///
        /// The caller holds it.
        pub unsafe fn unlock(&self) {
            let was = core::mem::replace(&mut *self.held.lock().unwrap(), false);
            assert!(was, "unlocked an open lock");
            self.freed.notify_one();
        }
    }
}

#[cfg(shuttle)]
pub use modelled::*;
#[cfg(not(shuttle))]
pub use real::*;

//! A one-shot event that one thread sleeps on. Queues of waiters do not live here.
//!
//! State: `CLEAR` -> `ASLEEP` by the sleeper, any -> `RUNG` by the waker, who enters the kernel only if it found
//! `ASLEEP`. `clear` makes it usable again once the sleeper is back.

use core::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};

use crate::Futex;

const CLEAR: u32 = 0;
const ASLEEP: u32 = 1;
const RUNG: u32 = 2;

/// One thread sleeps, another wakes it, in either order; once per `clear`.
#[repr(transparent)]
#[derive(Debug)]
pub struct Note {
    state: Futex,
}

impl Note {
    /// A note that has not been rung. All bytes zero.
    #[cfg(not(loom))]
    pub const fn new() -> Note {
        Note { state: Futex::new(CLEAR) }
    }

    /// A note that has not been rung.
    #[cfg(loom)]
    pub fn new() -> Note {
        Note { state: Futex::new(CLEAR) }
    }

    /// Makes the note ready for another round. No thread may be asleep on it.
    #[inline]
    pub fn clear(&self) {
        self.state.store(CLEAR, Relaxed);
    }

    /// Whether `wakeup` has come.
    #[inline]
    pub fn is_rung(&self) -> bool {
        // Acquire: pairs with the swap in `wakeup`.
        self.state.load(Acquire) == RUNG
    }

    /// Sleeps until `wakeup`; returns at once if it has already come.
    pub fn sleep(&self) {
        self.sleep_timeout(-1);
    }

    /// Sleeps until `wakeup` (`true`) or until `ns` nanoseconds have passed (`false`). Negative: no limit.
    pub fn sleep_timeout(&self, ns: i64) -> bool {
        // Acquire on failure: pairs with the swap in `wakeup`.
        if let Err(RUNG) = self.state.compare_exchange(CLEAR, ASLEEP, Acquire, Acquire) {
            return true;
        }
        if ns < 0 {
            while self.state.load(Acquire) != RUNG {
                self.state.wait(ASLEEP, -1);
            }
            return true;
        }
        let deadline = now().saturating_add(ns);
        let mut left = ns;
        loop {
            self.state.wait(ASLEEP, left);
            if self.state.load(Acquire) == RUNG {
                return true;
            }
            left = deadline - now();
            if left <= 0 {
                // Take the sleeper's mark back, so that a later `wakeup` is spared the kernel.
                return self.state.compare_exchange(ASLEEP, CLEAR, Release, Acquire).is_err();
            }
        }
    }

    /// Wakes the sleeper, now or when it comes. Ringing a note twice is the same as once.
    #[inline]
    pub fn wakeup(&self) {
        // Release: pairs with the Acquire loads of the sleeper. After this swap the note may be gone (its owner may
        // have returned); the wake then hits a foreign address, which the kernel and all futex users tolerate.
        if self.state.swap(RUNG, AcqRel) == ASLEEP {
            self.state.wake(1);
        }
    }
}

#[cfg(not(loom))]
fn now() -> i64 {
    crate::time::nanotime()
}

/// Under the model checker every limit has passed by the second look.
#[cfg(loom)]
fn now() -> i64 {
    i64::MAX
}

impl Default for Note {
    fn default() -> Note {
        Note::new()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    #[test]
    fn rung_before_sleep() {
        let n = Note::new();
        assert!(!n.is_rung());
        n.wakeup();
        n.wakeup();
        n.sleep();
        assert!(n.sleep_timeout(0));
        n.clear();
        assert!(!n.sleep_timeout(0));
    }

    #[test]
    fn times_out_and_not_early() {
        let n = Note::new();
        let t = Instant::now();
        assert!(!n.sleep_timeout(5_000_000));
        assert!(t.elapsed() >= Duration::from_millis(5));
        // Still usable after the time-out.
        n.wakeup();
        assert!(n.sleep_timeout(1_000_000_000));
    }

    #[test]
    fn woken_from_sleep() {
        let pair = Arc::new((Note::new(), Note::new()));
        let other = pair.clone();
        let thread = std::thread::spawn(move || {
            for _ in 0..1000 {
                other.0.sleep();
                other.0.clear();
                other.1.wakeup();
            }
        });
        for _ in 0..1000 {
            pair.0.wakeup();
            assert!(pair.1.sleep_timeout(10_000_000_000));
            pair.1.clear();
        }
        thread.join().unwrap();
    }
}

#[cfg(all(test, loom))]
mod loom_tests {
    use super::*;
    use loom::sync::Arc;

    #[test]
    fn no_lost_wakeup() {
        loom::model(|| {
            let n = Arc::new((Note::new(), loom::cell::UnsafeCell::new(0)));
            let m = n.clone();
            let waker = loom::thread::spawn(move || {
                // SAFETY: the sleeper reads only after the wake-up; loom checks just that.
                m.1.with_mut(|v| unsafe { *v = 1 });
                m.0.wakeup();
            });
            n.0.sleep();
            // SAFETY: the waker has written, since its wake-up was seen; loom checks just that.
            n.1.with(|v| assert_eq!(unsafe { *v }, 1));
            waker.join().unwrap();
        });
    }

    #[test]
    fn time_out_against_wakeup() {
        loom::model(|| {
            let n = Arc::new((Note::new(), loom::cell::UnsafeCell::new(0)));
            let m = n.clone();
            let waker = loom::thread::spawn(move || {
                // SAFETY: the sleeper reads only after it has seen the wake-up; loom checks just that.
                m.1.with_mut(|v| unsafe { *v = 1 });
                m.0.wakeup();
            });
            if n.0.sleep_timeout(0) {
                // SAFETY: the waker has written, since its wake-up was seen; loom checks just that.
                n.1.with(|v| assert_eq!(unsafe { *v }, 1));
            }
            waker.join().unwrap();
            assert!(n.0.is_rung());
        });
    }
}

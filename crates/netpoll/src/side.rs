//! One direction of a descriptor, as one word ([`Side`]): is it ready, or does a task wait for that?
//!
//! The word holds a value and, above it, the low bits of the generation of the descriptor:
//!
//! ```text
//!  63            45 44                            0
//! ┌────────────────┬───────────────────────────────┐
//! │ generation     │ 0 nothing, 1 ready, else task │   task: its word (below 2^48, a multiple of 8) divided by 8
//! └────────────────┴───────────────────────────────┘
//!
//!            signal                 take
//!   nothing ────────▶ ready ───────────────────▶ nothing
//!   nothing ── park ─▶ task ── signal ──▶ ready, and the task is readied
//!                       task ── interrupt ─▶ nothing, and the task is readied
//! ```
//!
//! Whoever moves the word away from a task has the duty to ready it, and no other has. A signal names the generation that its event is of
//! and changes the word by comparing all of it, so that an event of a descriptor that was closed and opened again in the meantime
//! changes nothing, at whatever moment it comes (2^19 openings between the load and the exchange of one signal apart, and the
//! whole generation, 32 bits, was compared before).

use crate::loom::{AtomicU64, Ordering, total_order};
use crate::seam::Task;

/// Bits of the value.
const BITS: u32 = 45;
const VALUE: u64 = (1 << BITS) - 1;
const NOTHING: u64 = 0;
const READY: u64 = 1;

/// See the module's header. All zero bytes: nothing, generation 0.
pub(crate) struct Side(AtomicU64);

/// What an attempt to park has come to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Parked {
    /// The task's word is there; a signal or an interruption will take it.
    Waits,
    /// It is ready, which stays to be taken.
    Ready,
    /// Another task waits.
    Busy,
}

impl Side {
    #[cfg(any(test, loom))]
    pub(crate) fn new() -> Side {
        Side(AtomicU64::new(0))
    }

    #[inline]
    fn value(word: u64) -> u64 {
        word & VALUE
    }

    #[inline]
    fn with(word: u64, value: u64) -> u64 {
        word & !VALUE | value
    }

    #[inline]
    fn task<T: Task>(word: u64) -> Option<T> {
        let value = Self::value(word);
        // SAFETY: a value above `READY` is a task's word, which `park` was given for a task of this descriptor's host.
        (value > READY).then(|| unsafe { T::from_word((value << 3) as usize) })
    }

    /// A new life, with generation `generation` and nothing. Nothing waits.
    pub(crate) fn open(&self, generation: u32) {
        // An exchange, so that there is one order of it and of the exchange of a signal that is late. What reads it compares the generation.
        self.0.swap(u64::from(generation) << BITS, Ordering::AcqRel);
    }

    /// Whether a task waits.
    pub(crate) fn is_awaited(&self) -> bool {
        Self::value(self.0.load(Ordering::Relaxed)) > READY
    }

    /// Takes readiness, if it is there. For the one that waits for this direction.
    #[inline]
    pub(crate) fn take(&self) -> bool {
        let word = self.0.load(Ordering::Relaxed);
        // Acquire: pairs with the release of `signal`. Only a signal competes, and it leaves READY alone.
        Self::value(word) == READY
            && self.0.compare_exchange(word, Self::with(word, NOTHING), Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    /// Leaves the task's word there for [`signal`](Self::signal) and [`interrupt`](Self::interrupt). The caller then looks whether there
    /// is a cause not to wait: of that look and the interruption by what sets the cause, at least one sees the other.
    pub(crate) fn park(&self, task: u64) -> Parked {
        debug_assert!(task & 7 == 0 && task >> 3 > READY && task >> 3 <= VALUE);
        let mut word = self.0.load(Ordering::Relaxed);
        loop {
            match Self::value(word) {
                READY => return Parked::Ready,
                NOTHING => {}
                _ => return Parked::Busy,
            }
            // SeqCst: before the caller's look at the causes, as the header of `desc` says. Release: what takes the task sees it parked.
            let new = Self::with(word, task >> 3);
            match self.0.compare_exchange_weak(word, new, Ordering::SeqCst, Ordering::Relaxed) {
                Ok(_) => {
                    total_order();
                    return Parked::Waits;
                }
                Err(seen) => word = seen,
            }
        }
    }

    /// Takes `task` back; false if it has been taken already, and will be readied.
    pub(crate) fn unpark(&self, task: u64) -> bool {
        let word = self.0.load(Ordering::Relaxed);
        Self::value(word) == task >> 3
            && self.0.compare_exchange(word, Self::with(word, NOTHING), Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }

    /// An event of the life `generation` says that it is ready. The task that waited, which is the caller's to ready.
    pub(crate) fn signal<T: Task>(&self, generation: u32) -> Option<T> {
        let mut word = self.0.load(Ordering::Relaxed);
        loop {
            if word >> BITS != u64::from(generation) << BITS >> BITS || Self::value(word) == READY {
                return None;
            }
            // Release: pairs with the acquire of `take`. Acquire: what is taken has parked.
            let new = Self::with(word, READY);
            match self.0.compare_exchange_weak(word, new, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => return Self::task(word),
                Err(seen) => word = seen,
            }
        }
    }

    /// There is a cause not to wait any more, and it has been published. The task that waited, which is the caller's to ready.
    pub(crate) fn interrupt<T: Task>(&self) -> Option<T> {
        total_order();
        // SeqCst: after the publication of the cause.
        let mut word = self.0.load(Ordering::SeqCst);
        while Self::value(word) > READY {
            let new = Self::with(word, NOTHING);
            match self.0.compare_exchange_weak(word, new, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => return Self::task(word),
                Err(seen) => word = seen,
            }
        }
        None
    }

    /// Forgets readiness: what comes from now on is news. A task that waits stays.
    #[inline]
    pub(crate) fn reset(&self) {
        self.take();
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn the_states() {
        let s = Side::new();
        s.open(7);
        assert!(!s.take() && !s.is_awaited());
        assert_eq!(s.signal::<usize>(7), None);
        assert_eq!(s.park(64), Parked::Ready);
        assert!(s.take() && !s.take());
        assert_eq!(s.park(64), Parked::Waits);
        assert_eq!(s.park(72), Parked::Busy);
        assert!(s.is_awaited());
        assert_eq!(s.signal::<usize>(7), Some(64));
        assert_eq!(s.signal::<usize>(7), None);
        assert_eq!(s.interrupt::<usize>(), None);
        s.reset();
        assert!(!s.take());
        assert_eq!(s.park(72), Parked::Waits);
        assert!(!s.unpark(64));
        assert_eq!(s.interrupt::<usize>(), Some(72));
        assert!(!s.unpark(72) && !s.take());
        assert_eq!(s.park(80), Parked::Waits);
        assert!(s.unpark(80) && !s.is_awaited());
    }

    #[test]
    fn another_life_hears_nothing() {
        let s = Side::new();
        // Also generations that no longer fit into the word.
        for generation in [1, 0x7_ffff, 0x8_0000, u32::MAX] {
            s.open(generation);
            assert_eq!(s.park((1 << 48) - 8), Parked::Waits);
            assert_eq!(s.signal::<usize>(generation.wrapping_add(1)), None);
            assert_eq!(s.signal::<usize>(generation.wrapping_sub(1)), None);
            assert_eq!(s.signal::<usize>(generation), Some((1 << 48) - 8));
            assert!(s.take());
        }
    }
}

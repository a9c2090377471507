//! What a task that is about to wait must know of its descriptor, as one word ([`Info`]), so that it can look without the lock.
//!
//! ```text
//!  63          32 31      4   3              2             1      0
//! ┌──────────────┬─────────┬──────────────┬─────────────┬───────┬──────┐
//! │ generation   │ unused  │ writes late  │ reads late  │ error │ shut │
//! └──────────────┴─────────┴──────────────┴─────────────┴───────┴──────┘
//! ```
//!
//! All but the error is published by the holder of the descriptor's lock; the error is the poller's, and of one generation only.

use crate::loom::{AtomicU64, Ordering, total_order};

/// The descriptor is being closed.
pub(crate) const SHUT: u64 = 1;
/// Its last event was an error and nothing else.
pub(crate) const ERROR: u64 = 2;
/// The deadline for reading has passed.
pub(crate) const READS_LATE: u64 = 4;
/// The deadline for writing has passed.
pub(crate) const WRITES_LATE: u64 = 8;

/// See the module's header. All zero bytes: generation 0, and nothing to say.
pub(crate) struct Info(AtomicU64);

impl Info {
    #[cfg(any(test, loom))]
    pub(crate) fn new() -> Info {
        Info(AtomicU64::new(0))
    }

    /// The flags.
    #[inline]
    pub(crate) fn flags(&self) -> u64 {
        // SeqCst: after the caller's task was left in a `Side`.
        self.0.load(Ordering::SeqCst) & 0xffff_ffff
    }

    /// The generation.
    #[inline]
    pub(crate) fn generation(&self) -> u32 {
        (self.0.load(Ordering::Acquire) >> 32) as u32
    }

    /// A new life.
    pub(crate) fn open(&self, generation: u32) {
        // An exchange, as all writes: there is one order of them.
        self.0.swap(u64::from(generation) << 32, Ordering::AcqRel);
    }

    /// Publishes the flags but for the error, which stays. Under the descriptor's lock.
    pub(crate) fn publish(&self, flags: u64) {
        debug_assert!(flags & ERROR == 0);
        let mut word = self.0.load(Ordering::Relaxed);
        loop {
            let new = word & !(SHUT | READS_LATE | WRITES_LATE) | flags;
            // SeqCst: before the look for a task that waits.
            match self.0.compare_exchange_weak(word, new, Ordering::SeqCst, Ordering::Relaxed) {
                Ok(_) => return total_order(),
                Err(seen) => word = seen,
            }
        }
    }

    /// An event of the life `generation` was an error and nothing else, or it was not. Whether that life still lasts.
    pub(crate) fn event(&self, generation: u32, error: bool) -> bool {
        let mut word = self.0.load(Ordering::Relaxed);
        loop {
            if (word >> 32) as u32 != generation {
                return false;
            }
            let new = if error { word | ERROR } else { word & !ERROR };
            if new == word {
                return true;
            }
            match self.0.compare_exchange_weak(word, new, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => return true,
                Err(seen) => word = seen,
            }
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn the_error_is_of_one_life_and_outlasts_the_flags() {
        let i = Info::new();
        i.open(5);
        assert!(!i.event(4, true));
        assert_eq!(i.flags(), 0);
        assert!(i.event(5, true));
        i.publish(SHUT | READS_LATE);
        assert_eq!(i.flags(), SHUT | READS_LATE | ERROR);
        i.publish(WRITES_LATE);
        assert!(i.event(5, false));
        assert_eq!((i.flags(), i.generation()), (WRITES_LATE, 5));
        i.open(6);
        assert_eq!((i.flags(), i.generation()), (0, 6));
    }
}

//! What an allocating task owes to the cycle that marks ([`Debt`]), and the paying of it in pieces.
//!
//! How much an allocation costs is the pacer's; when a task pays is the embedder's, which passes a safepoint between two
//! pieces.

use crate::marker::Marker;
use crate::pacer::ASSIST_MAX;
use crate::seam::Host;
use crate::state::Gc;
use crate::tracer::Tracer;
use core::sync::atomic::Ordering::*;

/// Bytes that a task may take in a microsecond, on average, at [`DISCOUNT`].
const LIGHT_RATE: u32 = 32;
/// Microseconds of that rate that a task which takes nothing saves up.
const LIGHT_MAX: u32 = 1000;
/// What a task that allocates little pays less.
const DISCOUNT: usize = 4;

/// Bytes that a task has to scan for what it has allocated. It is owed to one cycle: when that has ended, to none. All zero bytes:
/// nothing.
///
/// Little is cheap: of what a task takes, 32 KiB in a millisecond count as a quarter. The price of a byte is what is left to mark for each
/// byte that is left to the goal, whoever takes it; so those make up for it that take more, whose rate is what the price is there to hold
/// down, and a task that wakes up, allocates a little and sleeps again is not held up for what they take. Where all take little, the
/// price rises, and marking is over at the goal as before.
#[derive(Clone, Copy, Default, Debug)]
pub struct Debt {
    bytes: usize,
    cycle: u32,
    /// When the task will have saved up all that it can, in microseconds modulo 2^32: a moment is one of every 71 minutes, in which a task pays
    /// in full that need not.
    saved_at: u32,
}

impl Debt {
    /// Nothing is owed.
    pub const NONE: Debt = Debt { bytes: 0, cycle: 0, saved_at: 0 };

    /// The task takes `bytes` bytes at a time given in nanoseconds: for how many it pays.
    fn counted(&mut self, bytes: usize, now: i64) -> usize {
        let now = (now / 1000) as u32;
        // What is further ahead than it can be was long ago.
        let ahead = Some(self.saved_at.wrapping_sub(now)).filter(|us| *us <= LIGHT_MAX).unwrap_or(0);
        let light = bytes.min(((LIGHT_MAX - ahead) * LIGHT_RATE) as usize);
        self.saved_at = now.wrapping_add(ahead + light as u32 / LIGHT_RATE);
        bytes - light + light / DISCOUNT
    }
}

/// What [`Gc::pay`] came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub enum Paid {
    /// Nothing is owed any more.
    All,
    /// A piece; there is more, which can wait for the next safepoint.
    Piece,
    /// There was not so much to scan: the rest is held by other markers, or is on stacks that are in use. The debt is forgiven; what
    /// is left of marking is sped up by yielding.
    Elsewhere,
}

impl<H: Host> Gc<H> {
    /// Whether something is owed to the cycle that marks.
    #[inline]
    pub fn is_owed(&self, debt: &Debt) -> bool {
        debt.bytes != 0 && debt.cycle == self.cycle() && self.is_marking()
    }

    /// A task takes room for `bytes` bytes of new objects while a cycle marks: what it owes for that is added to its debt. It is
    /// nothing if collecting [has had more than its own](Gc::is_limited).
    pub fn charge(&self, debt: &mut Debt, bytes: usize) {
        if debt.cycle != self.cycle() {
            (debt.bytes, debt.cycle) = (0, self.cycle());
        }
        let heap = self.host.heap().live() as u64;
        if !self.is_limited(heap) {
            let scanned = self.scanned_bytes.load(Relaxed);
            let bytes = debt.counted(bytes, self.host.nanotime());
            debt.bytes = debt.bytes.saturating_add(self.pacer.lock().assist_work(bytes as u64, scanned, heap) as usize);
        }
    }

    /// Scans a piece of what is owed: some tens of microseconds.
    ///
    /// # Safety
    /// As for [`Tracer::new`]: a cycle marks, and does not end in the meantime; `m` is a marker of this collector.
    pub unsafe fn pay(&self, m: &mut Marker, debt: &mut Debt) -> Paid {
        if self.is_limited(self.host.heap().live() as u64) || !self.is_owed(debt) {
            debt.bytes = 0;
            return Paid::All;
        }
        let piece = debt.bytes.min(ASSIST_MAX as usize);
        // SAFETY: a marker of ours, while a cycle marks (the caller's promise).
        let scanned = unsafe { Tracer::new(self, m) }.drain_some(piece);
        if scanned < piece {
            debt.bytes = 0;
            return Paid::Elsewhere;
        }
        debt.bytes = debt.bytes.saturating_sub(scanned);
        if debt.bytes == 0 { Paid::All } else { Paid::Piece }
    }
}

#[cfg(test)]
mod tests {
    use super::Debt;

    const MS: i64 = 1_000_000;

    /// What a task counts that takes `bytes` every `every` nanoseconds, of a hundred.
    fn percent(bytes: usize, every: i64) -> usize {
        let (mut debt, mut sum) = (Debt::NONE, 0);
        for i in 0..1000 {
            sum += debt.counted(bytes, 77 * MS + i * every);
        }
        sum / 10 / bytes
    }

    #[test]
    fn little_counts_as_a_quarter_and_much_in_full() {
        assert_eq!(percent(8 << 10, MS), 25);
        assert_eq!(percent(24 << 10, MS), 25);
        // 8 KiB in 50 us: a fifth of it is cheap, and what was saved up at first.
        assert!((84..=86).contains(&percent(8 << 10, MS / 20)), "{}", percent(8 << 10, MS / 20));
        assert!(percent(1 << 20, MS) >= 97);
        // The clock stands still.
        assert!(percent(8 << 10, 0) >= 99);
    }

    #[test]
    fn what_is_saved_up_has_a_bound() {
        let mut debt = Debt::NONE;
        for now in [1, 5 * MS, 3600 * 1000 * MS, 3601 * 1000 * MS, (1 << 32) * 1000 + 3600 * 1000 * MS] {
            assert_eq!(debt.counted(64_000, now), 32_000 + 32_000 / 4, "at {now}");
            assert_eq!(debt.counted(64_000, now), 64_000, "at {now}");
        }
    }
}

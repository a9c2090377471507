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

/// So many KiB a task may take at a [`DISCOUNT`] in as many ticks of 2^[`TICK`] nanoseconds: in a millisecond.
const LIGHT: u16 = 32;
/// See above.
const TICK: u32 = 15;
/// So many times less a task pays for that,
const DISCOUNT: u64 = 4;
/// and never for more than so many bytes of scanning for one that it takes: past the goal the price is what holds up a task that takes much.
const LIGHT_DEAREST: u64 = 8;

/// Bytes that a task has to scan for what it has allocated. It is owed to one cycle: when that has ended, to none. All zero bytes:
/// nothing.
///
/// Little is cheap: of what a task takes, 32 KiB in a millisecond cost a quarter. The price of a byte is what is left to mark for each
/// byte that is left to the goal, whoever takes it; so those make up for it that take more, whose rate is what the price is there to hold
/// down, and a task that wakes up, allocates a little and sleeps again is not held up for what they take. Where all take little, the
/// price rises, and marking is over at the goal as before.
#[derive(Clone, Copy, Default, Debug)]
pub struct Debt {
    /// What is owed; if the task waits, what markers have to have scanned.
    bytes: u64,
    cycle: u32,
    waits: bool,
    /// The tick at which all that a task may take at a discount will be saved up, modulo 2^16. What is no more than that ahead may also lie two
    /// seconds back: then the task pays in full, once.
    saved_at: u16,
}

impl Debt {
    /// Nothing is owed.
    pub const NONE: Debt = Debt { bytes: 0, cycle: 0, waits: false, saved_at: 0 };

    /// The task takes `bytes` bytes at a time given in nanoseconds: for how many of them it pays little.
    fn light(&mut self, bytes: usize, now: i64) -> usize {
        let now = (now >> TICK) as u16;
        let ahead = Some(self.saved_at.wrapping_sub(now)).filter(|ticks| *ticks <= LIGHT).unwrap_or(0);
        let light = bytes.min(usize::from(LIGHT - ahead) << 10);
        self.saved_at = now.wrapping_add(ahead + light.div_ceil(1 << 10) as u16);
        light
    }

    /// Nothing is owed any more.
    fn clear(&mut self) {
        (self.bytes, self.waits) = (0, false);
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
    /// As `Elsewhere`, but the heap [is full](Gc::is_full), so the debt stays. The task is to stop where it can, and to
    /// [wait](Gc::wait).
    Short,
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
            debt.clear();
            debt.cycle = self.cycle();
        }
        debug_assert!(!debt.waits, "who waits does not allocate");
        let heap = self.host.heap().live() as u64;
        if !self.is_limited(heap) {
            let scanned = self.scanned_bytes.load(Relaxed);
            // Where there is no room nothing is cheap.
            let light = if self.is_full(heap) { 0 } else { debt.light(bytes, self.host.nanotime()) };
            let (light, rest) = (light as u64, (bytes - light) as u64);
            let pacer = self.pacer.lock();
            let work = |bytes| if bytes == 0 { 0 } else { pacer.assist_work(bytes, scanned, heap) };
            let owed = (work(light) / DISCOUNT).min(light * LIGHT_DEAREST) + work(rest);
            debt.bytes = debt.bytes.saturating_add(owed);
        }
    }

    /// Scans a piece of what is owed: some tens of microseconds. The debt of a task that waits is paid when it [is over](Gc::is_over).
    ///
    /// # Safety
    /// As for [`Tracer::new`]: a cycle marks, and does not end in the meantime; `m` is a marker of this collector.
    pub unsafe fn pay(&self, m: &mut Marker, debt: &mut Debt) -> Paid {
        let heap = self.host.heap().live() as u64;
        if self.is_limited(heap) || !self.is_owed(debt) {
            debt.clear();
            return Paid::All;
        }
        if debt.waits {
            if !self.is_over(debt) {
                return Paid::Short;
            }
            debt.clear();
            return Paid::All;
        }
        let piece = debt.bytes.min(ASSIST_MAX);
        // SAFETY: a marker of ours, while a cycle marks (the caller's promise).
        let scanned = unsafe { self.scan_some(m, piece as usize, true) } as u64;
        debt.bytes = debt.bytes.saturating_sub(scanned);
        if debt.bytes == 0 {
            return Paid::All;
        }
        if scanned >= piece {
            return Paid::Piece;
        }
        if self.is_full(heap) {
            return Paid::Short;
        }
        debt.clear();
        Paid::Elsewhere
    }

    /// Scans about `bytes` bytes, if there is so much; returns how many it were. `owed` says whether a task owes it, or it is a part of the
    /// background's share.
    ///
    /// # Safety
    /// As for [`Tracer::new`]: a cycle marks, and does not end in the meantime; `m` is a marker of this collector.
    #[inline(never)]
    pub unsafe fn scan_some(&self, m: &mut Marker, bytes: usize, owed: bool) -> usize {
        // SAFETY: a marker of ours, while a cycle marks (this function's contract).
        unsafe { Tracer::new(self, m) }.drain_some(bytes, owed)
    }

    /// The task waits from now on, until other markers have scanned what it owes: one task after the other, as they come, since what is
    /// scanned pays for one of them only. To be asked for with [`is_over`](Gc::is_over).
    pub fn wait(&self, debt: &mut Debt) {
        if debt.waits {
            return;
        }
        let (owed, now) = (debt.bytes, self.scanned_for_others());
        // What was scanned while no task waited is nobody's: the account begins with the first that does.
        let add = |last: u64| Some(last.max(now) + owed);
        let last = match self.promised_bytes.fetch_update(Relaxed, Relaxed, add) {
            Ok(last) | Err(last) => last,
        };
        (debt.bytes, debt.waits) = (last.max(now) + owed, true);
    }

    /// Whether a task that [waits](Gc::wait) need not any more: its share is scanned, its cycle has marked everything, there is room
    /// again, or collecting has had more than its own.
    pub fn is_over(&self, debt: &Debt) -> bool {
        let heap = self.host.heap().live() as u64;
        !self.is_owed(debt) || self.scanned_for_others() >= debt.bytes || self.is_limited(heap) || !self.is_full(heap)
    }

    /// What markers have scanned that no task owed.
    fn scanned_for_others(&self) -> u64 {
        self.scanned_bytes.load(Relaxed).saturating_sub(self.assisted_bytes.load(Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::Debt;

    const MS: i64 = 1_000_000;

    /// How many percent a task pays little for that takes `bytes` every `every` nanoseconds.
    fn percent(bytes: usize, every: i64) -> usize {
        let (mut debt, mut sum) = (Debt::NONE, 0);
        for i in 0..1000 {
            sum += debt.light(bytes, 77 * MS + i * every);
        }
        sum / 10 / bytes
    }

    #[test]
    fn little_is_cheap_and_much_is_not() {
        assert_eq!(percent(8 << 10, MS), 100);
        assert_eq!(percent(24 << 10, MS), 100);
        // 8 KiB in 50 us: a fifth of it, and what was saved up at first.
        assert!((18..=22).contains(&percent(8 << 10, MS / 20)), "{}", percent(8 << 10, MS / 20));
        assert!(percent(1 << 20, MS) <= 3);
        // The clock stands still.
        assert_eq!(percent(8 << 10, 0), 0);
    }

    #[test]
    fn what_is_saved_up_has_a_bound() {
        let mut debt = Debt::NONE;
        for now in [5 * MS, 10 * MS, 5000 * MS, 3600 * 1000 * MS, 3601 * 1000 * MS] {
            assert_eq!(debt.light(64 << 10, now), 32 << 10, "at {now}");
            assert_eq!(debt.light(64 << 10, now), 0, "at {now}");
        }
    }

    /// What is forgiven or paid is not saved up again.
    #[test]
    fn a_debt_that_is_paid_saves_nothing_up() {
        let mut debt = Debt::NONE;
        debt.bytes = debt.light(64 << 10, MS) as u64;
        debt.clear();
        assert_eq!((debt.bytes, debt.light(64 << 10, MS)), (0, 0));
    }
}

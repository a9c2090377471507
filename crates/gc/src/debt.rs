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

/// Bytes that a task has to scan for what it has allocated. It is owed to one cycle: when that has ended, to none. All zero bytes:
/// nothing.
#[derive(Clone, Copy, Default, Debug)]
pub struct Debt {
    /// What is owed; if the task waits, what markers have to have scanned.
    bytes: u64,
    cycle: u32,
    waits: bool,
}

impl Debt {
    /// Nothing is owed.
    pub const NONE: Debt = Debt { bytes: 0, cycle: 0, waits: false };
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
            *debt = Debt { cycle: self.cycle(), ..Debt::NONE };
        }
        debug_assert!(!debt.waits, "who waits does not allocate");
        let heap = self.host.heap().live() as u64;
        if !self.is_limited(heap) {
            let scanned = self.scanned_bytes.load(Relaxed);
            debt.bytes = debt.bytes.saturating_add(self.pacer.lock().assist_work(bytes as u64, scanned, heap));
        }
    }

    /// Scans a piece of what is owed: some tens of microseconds. The debt of a task that waits is paid when it [is over](Gc::is_over).
    ///
    /// # Safety
    /// As for [`Tracer::new`]: a cycle marks, and does not end in the meantime; `m` is a marker of this collector.
    pub unsafe fn pay(&self, m: &mut Marker, debt: &mut Debt) -> Paid {
        let heap = self.host.heap().live() as u64;
        if self.is_limited(heap) || !self.is_owed(debt) {
            *debt = Debt::NONE;
            return Paid::All;
        }
        if debt.waits {
            if !self.is_over(debt) {
                return Paid::Short;
            }
            *debt = Debt::NONE;
            return Paid::All;
        }
        let piece = debt.bytes.min(ASSIST_MAX);
        // SAFETY: a marker of ours, while a cycle marks (the caller's promise).
        let scanned = unsafe { Tracer::new(self, m) }.drain_some(piece as usize) as u64;
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
        *debt = Debt::NONE;
        Paid::Elsewhere
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

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
    bytes: usize,
    cycle: u32,
}

impl Debt {
    /// Nothing is owed.
    pub const NONE: Debt = Debt { bytes: 0, cycle: 0 };
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
            *debt = Debt { bytes: 0, cycle: self.cycle() };
        }
        let heap = self.host.heap().live() as u64;
        if !self.is_limited(heap) {
            let scanned = self.scanned_bytes.load(Relaxed);
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

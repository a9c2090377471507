//! The protocol of a page of small objects: who marks, who queues, who scans. Pure: three words, no heap.
//!
//! A page has a *marked* and a *scanned* bit per object, and a *queued* byte. Objects are marked by the marker that reaches
//! them; the page is queued once for any number of them, and the marker that takes it off the queue scans all that were
//! marked in the meantime.
//!
//! - Marking: set the bit; if it was clear, and the page is not queued, queue it ([`mark`], [`enqueue`]).
//! - Scanning: the page is queued no more; then, word by word, what is marked and not scanned is claimed ([`dequeue`],
//!   [`claim`]).
//! - Both at once, where a marker has nothing else to do: instead of queueing the page, the marker that has reached an object claims that
//!   object ([`claim_own`]).
//!
//! No marked object is overlooked: marking writes the bit and reads the byte, scanning writes the byte and reads the bits,
//! all sequentially consistent, so that either the marker sees the byte clear and queues the page again, or the scanner sees
//! the bit; or the marker claims the object itself. No object is scanned twice: a claim is a read-modify-write of the scanned word. The model checker runs this
//! (`tests/loom.rs`).

use crate::loom::{AtomicU8, AtomicU64, Ordering::*, total_order};

/// Sets a mark bit. True if it was clear: the caller has reached the object first.
#[inline(always)]
pub fn mark(word: &AtomicU64, bit: u64) -> bool {
    // Most pointers lead to objects that are marked: look before the expensive instruction.
    word.load(Relaxed) & bit == 0 && word.fetch_or(bit, SeqCst) & bit == 0
}

/// To be called after [`mark`] said true, for objects with pointers. True if the caller must put the page in a queue.
#[inline(always)]
pub fn enqueue(queued: &AtomicU8) -> bool {
    total_order();
    queued.load(SeqCst) == 0 && queued.swap(1, SeqCst) == 0
}

/// The page was taken off the queue and will be scanned by the caller.
#[inline(always)]
pub fn dequeue(queued: &AtomicU8) {
    queued.swap(0, SeqCst);
    total_order();
}

/// The objects of one word that are marked and not claimed; they are the caller's to scan.
#[inline(always)]
pub fn claim(marked: &AtomicU64, scanned: &AtomicU64) -> u64 {
    // The marks first: an allocation that marks an object from birth says before that it counts as scanned.
    let grey = marked.load(SeqCst) & !scanned.load(Acquire);
    if grey == 0 {
        return 0;
    }
    grey & !scanned.fetch_or(grey, AcqRel)
}

/// To be called after [`mark`] said true, instead of [`enqueue`]: true if the object is the caller's to scan; false if a scanner of the page
/// has been faster.
#[inline(always)]
pub fn claim_own(scanned: &AtomicU64, bit: u64) -> bool {
    scanned.fetch_or(bit, AcqRel) & bit == 0
}

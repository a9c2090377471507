//! Weak references: handles that lead to an object as long as something else keeps it.
//!
//! All handles of an object share a cell, which a special record of the object holds, too: sweeping finds the record, and
//! clears the cell. The protocol is in the crate's module `weak`; here it meets the heap.

use super::object::Ref;
use super::state::{Inner, Mutator};
use crate::special::{Kind, Payload};
use crate::weak::{Cell, Phase};
use core::fmt;
use core::marker::PhantomData;
use core::sync::atomic::{AtomicUsize, Ordering::*};
use goxide_alloc::Span;
use std::sync::Arc;

/// A handle to an object that does not keep it alive: for caches, indices, and parents of what refers to its children.
///
/// It is made by [`Mutator::downgrade`]. Clones lead to the same object, on any thread. Like all that has a destructor it
/// lives outside of the heap, not in objects.
///
/// **When it is cleared.** When a collection has found that nothing leads to the object, all of its handles answer `None` from then
/// on, at once and for good: before its finalizer is called, even if that keeps the object, and before its death note. So
/// what a handle gives is never an object whose finalizer has been, or is being called. What an object *with a finalizer* leads to is
/// reachable until the finalizer was called, and handles to it are good until then.
///
/// **What it costs.** The object has a record of 64 bytes, and the handles 32 that they share; both stay as long as the object does.
/// [`Weak::get`] is three loads, but for the first time in a cycle: while marking the barrier hears of the object, and while
/// sweeping a lock is taken. Pauses do not depend on how many handles there are.
pub struct Weak<T> {
    cell: Arc<Cell>,
    gc: &'static Inner,
    what: PhantomData<fn() -> T>,
}

impl<T> Weak<T> {
    /// The object, until the next safepoint; none if a collection has found it unreachable.
    ///
    /// # Panics
    /// If `m` belongs to another collector.
    pub fn get<'m>(&self, m: &'m Mutator) -> Option<Ref<'m, T>> {
        let gc = m.local().gc;
        assert!(core::ptr::eq(self.gc, gc), "a weak reference of another collector");
        let phase = match gc.is_marking() {
            true => Phase::Marking,
            // Acquire: with nothing left to sweep, this thread sees which cells were cleared.
            false if gc.host.heap.unswept() != 0 => Phase::Sweeping,
            false => Phase::Rest,
        };
        let lives = |object| lives(gc, &self.cell, object);
        let object = self.cell.get(gc.cycle(), phase, |object| m.record(object), lives)?;
        // SAFETY: it was made from a reference to a `T`, and the object lives until this thread's next safepoint, as
        // `weak` argues.
        Some(unsafe { Ref::from_address(object) })
    }

    /// Whether both lead, or led, to the same object.
    pub fn ptr_eq(&self, other: &Weak<T>) -> bool {
        Arc::ptr_eq(&self.cell, &other.cell)
    }
}

impl<T> Clone for Weak<T> {
    /// Another handle to the same object.
    fn clone(&self) -> Self {
        Weak { cell: self.cell.clone(), gc: self.gc, what: PhantomData }
    }
}

impl<T> fmt::Debug for Weak<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Weak")
    }
}

/// While sweeping: whether an object lives that had a record before this cycle.
fn lives(gc: &'static Inner, cell: &Cell, object: usize) -> bool {
    // No span: it was swept and freed since.
    let Some((_, index, span)) = gc.host.heap.object_of(object) else { return false };
    gc.with_specials(span, || {
        if cell.object() == 0 {
            return false;
        }
        // SAFETY: the cell is not clear, so the object's record is in its span's list still, and the span, whose structure
        // `object_of` found, in use: freeing it, or taking the record off, takes the lock that is held.
        looked_at(span) == gc.cycle() || unsafe { span.marked(index) }
    })
}

/// The cycle in which a sweeper has last looked at a span's records. Of the two words that a span has for its embedder this
/// one's is the first; the other is free.
fn looked_at(span: &Span) -> u32 {
    span.gc[0].load(Relaxed) as u32
}

/// Called with the lock of the span's records held, when all were looked at.
pub(super) fn note_looked_at(span: &Span, cycle: u32) {
    // SAFETY: the word of a span in use, an atomic, which nothing in this embedder writes but this, under the lock.
    unsafe { &*span.gc[0].as_ptr().cast::<AtomicUsize>() }.store(cycle as usize, Relaxed);
}

/// The words of a record for `cell`, which it owns a share of.
fn payload(cell: &Arc<Cell>) -> Payload {
    [0, Arc::into_raw(cell.clone()).expose_provenance(), 0, 0]
}

/// # Safety
/// `p` came from [`payload`], and is not used again.
unsafe fn take(p: &Payload) -> Arc<Cell> {
    // SAFETY: from `payload`, which leaked a share that is taken back here, once.
    unsafe { Arc::from_raw(core::ptr::with_exposed_provenance(p[1])) }
}

/// The object of a record is unreachable. Called while sweeping, with the lock of its span's records held.
///
/// # Safety
/// `p` is a weak record's, which is gone.
pub(super) unsafe fn clear(p: &Payload) {
    // SAFETY: the record's own words, made below by `payload`; the record is gone.
    unsafe { take(p) }.clear();
}

impl Mutator {
    /// A handle to an object that does not keep it alive. The first one of an object takes a lock and time in the number of records
    /// (finalizers, death notes, weak references) that its span has, as does any other; not a safepoint.
    ///
    /// # Panics
    /// When out of memory.
    pub fn downgrade<T>(&self, object: Ref<'_, T>) -> Weak<T> {
        let gc: &'static Inner = self.local().gc;
        let at = object.address();
        // As for every other reference that leaves the stack: if a cycle marks, the object lives through it.
        self.record(at);
        let (_, _, span) = gc.host.heap.object_of(at).expect("an object of the heap");
        let handle = |cell| Weak { cell, gc, what: PhantomData };
        loop {
            let mut found = None;
            let find = |kind, object, p: &Payload| {
                if kind == Kind::Weak && object == at {
                    let cell: *const Cell = core::ptr::with_exposed_provenance(p[1]);
                    // SAFETY: a weak record's share, which it keeps; the lock keeps the record.
                    found = Some(unsafe {
                        Arc::increment_strong_count(cell);
                        Arc::from_raw(cell)
                    });
                }
            };
            // SAFETY: a span of this collector's heap, which its object keeps in use; the reference keeps that.
            unsafe { gc.each_special(span, find) };
            if let Some(cell) = found {
                return handle(cell);
            }
            let cell = Arc::new(Cell::new(at, gc.cycle()));
            if self.add_special(object.any(), Kind::Weak, payload(&cell), |p| {
                // SAFETY: not added, so nothing else uses it.
                drop(unsafe { take(p) });
            }) {
                return handle(cell);
            }
            // Another thread was faster, or there is no memory.
            let mut raced = false;
            // SAFETY: a span of this collector's heap, which its object keeps in use; the reference keeps that.
            unsafe { gc.each_special(span, |kind, object, _| raced |= kind == Kind::Weak && object == at) };
            assert!(raced, "out of memory");
        }
    }
}

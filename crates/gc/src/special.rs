//! Special records of objects: what must happen when an object is found unreachable.
//!
//! A record belongs to one object and one kind. A *finalizer*'s object is kept alive once more when nothing else does, and
//! the record goes to the embedder, which has its function called; a *note*'s object dies, and the embedder is notified.
//! Records of a span hang off the span's own word, sorted by address, so that sweeping a span without any costs nothing.
//! What the payload means is the embedder's business. A *weak* record is a note of the moment in which the object was found
//! unreachable, which with a finalizer comes before its death.
//!
//! Records live in *slabs* of `SLAB`, from the heap's persistent memory, which are used again but never given back; a table
//! numbers them. What finalizers keep alive, and what was handed to the embedder and not given back yet, are roots: they are
//! visited slab by slab, in as many root jobs of the collector's own as there are `JOB`s of slabs.
//!
//! A span's records, and the slabs that they are in, belong to one of `SHARDS` locks, by the span's address. A lock is held
//! for one span's records or one slab's, never for all that there are.

use crate::records::{JOB, SLAB, Shard, Slab, State};
pub use crate::records::{Kind, Payload, Special, Specials};
use crate::seam::Host;
use crate::state::Gc;
use crate::tracer::Tracer;
use core::ptr::null_mut;
use goxide_alloc::Span;

/// What the embedder does with records whose objects are unreachable. Called while sweeping, with the lock of the span's
/// records held: no allocation, no other record.
pub trait Dead {
    /// A finalizer's object was reached by nothing. The record is the receiver's until [`Gc::free_special`], and a root
    /// until then: its object, and the first word of its payload. Only the link may be changed.
    ///
    /// # Safety
    /// The record is in no list.
    unsafe fn finalizer(&self, s: *mut Special);
    /// A note's object is gone.
    fn note(&self, payload: &Payload);
    /// Whether there are weak records. An embedder without any carries no code for them.
    const WEAK: bool = false;
    /// A weak record's object was found unreachable: the program may not get it by way of this record any more. Comes after
    /// the object's finalizer was handed over, but with the same lock held.
    fn weak(&self, payload: &Payload) {
        let _ = payload;
    }
    /// All records of `span` were looked at in this cycle.
    fn looked_at(&self, span: &Span) {
        let _ = span;
    }
}

impl<H: Host + Dead> Gc<H> {
    /// Has sweeping look after special records. To be called before the first is added.
    pub fn watch_specials(&'static self) {
        // SAFETY: the context is this collector, which lives forever; records of spans are written under its lock alone.
        unsafe { self.host.heap().set_specials_hook(sweep_hook::<H>, &raw const *self as usize) };
    }

    /// Adds a record for the object at `object`, inside of `span`. False if there is one of that kind, or no memory.
    /// While marking, what a finalizer keeps alive is visited with `t`.
    ///
    /// # Safety
    /// - `span` is in use for objects of this collector's heap, and `object` is in an allocated one of them, which something
    ///   keeps alive during the call: its span is not freed, and its words can be scanned.
    /// - The first word of `payload` is null or points into an object that something keeps alive during the call.
    /// - While the collector marks, `t` is given for a finalizer: what the record keeps alive is freed otherwise.
    /// - [`Gc::watch_specials`] was called before.
    pub unsafe fn add_special(
        &self,
        span: &Span,
        object: usize,
        kind: Kind,
        payload: Payload,
        t: Option<&mut Tracer<'_, H>>,
    ) -> bool {
        let shard = Specials::shard(span);
        {
            let mut held = self.specials.shards[shard].lock();
            let mut at: *mut *mut Special = span.specials.as_ptr().cast();
            // SAFETY: the span's word and the links are ours under the lock; records stay valid.
            unsafe {
                while let Some(s) = (*at).as_mut() {
                    if (s.object, s.kind) == (object, kind) {
                        return false;
                    }
                    if (s.object, s.kind) > (object, kind) {
                        break;
                    }
                    at = &raw mut s.next;
                }
                if held.free.is_null() && !self.new_slab(shard, &mut held) {
                    return false;
                }
                let new = held.free;
                held.free = (*new).next;
                let shard = shard as u8;
                new.write(Special { next: *at, object, payload, kind, state: State::Listed, shard });
                *at = new;
            }
        }
        if kind == Kind::Finalizer
            && let Some(t) = t
        {
            // SAFETY: in an allocated object that is kept alive (first point).
            unsafe { t.scan_referents(object) };
            t.tell(payload[0]);
        }
        true
    }

    /// Takes a record off its object. False if there is none.
    ///
    /// # Safety
    /// As for [`Gc::take_special`].
    pub unsafe fn remove_special(&self, span: &Span, object: usize, kind: Kind) -> bool {
        // SAFETY: `span` is one of this collector's heap, and is not freed in the meantime (this function's contract).
        unsafe { self.take_special(span, object, kind).is_some() }
    }

    /// Makes a slab, whose records are the shard's free ones; it has none. False without memory.
    #[cold]
    fn new_slab(&self, shard: usize, held: &mut Shard) -> bool {
        let heap = self.host.heap();
        let slab: *mut Slab = heap.persistent_alloc_gc(size_of::<Slab>(), 8).cast();
        if slab.is_null() {
            return false;
        }
        let mut free = null_mut();
        for i in (0..SLAB).rev() {
            // SAFETY: new memory, of the slab's size.
            unsafe {
                let r = &raw mut (*slab).records[i];
                let shard = shard as u8;
                r.write(Special { next: free, object: 0, payload: [0; 4], kind: Kind::Note, state: State::Free, shard });
                free = r;
            }
        }
        if !self.specials.table.lock().push(slab, |bytes| heap.persistent_alloc_gc(bytes, 8)) {
            return false;
        }
        held.free = free;
        true
    }

    /// Takes a record off its object; the embedder's words in it. None if there is no such record.
    ///
    /// # Safety
    /// `span` is one of this collector's heap, and is not freed in the meantime.
    pub unsafe fn take_special(&self, span: &Span, object: usize, kind: Kind) -> Option<Payload> {
        let mut held = self.specials.shards[Specials::shard(span)].lock();
        // A manual span's word is the embedder's.
        if span.state() != goxide_alloc::span::State::InUse {
            return None;
        }
        let mut at: *mut *mut Special = span.specials.as_ptr().cast();
        // SAFETY: the span's word and the links are ours under the lock, as in `add_special`.
        unsafe {
            while let Some(s) = (*at).as_mut() {
                if (s.object, s.kind) == (object, kind) {
                    *at = s.next;
                    let payload = s.payload;
                    held.put(s);
                    return Some(payload);
                }
                at = &raw mut s.next;
            }
        }
        None
    }

    /// Gives a record back that the embedder was handed.
    ///
    /// # Safety
    /// It came from [`Dead::finalizer`] and is not used any more.
    pub unsafe fn free_special(&self, s: *mut Special) {
        // SAFETY: the record came from `Dead::finalizer` and is not used any more (this function's contract), so it is
        // ours; its shard never changes, and gets it back under its lock.
        unsafe {
            let mut held = self.specials.shards[(*s).shard as usize].lock();
            held.put(&mut *s);
        }
    }

    /// Calls `f` with each record of a span: its kind, the address it was made for, its payload. Under their lock.
    ///
    /// # Safety
    /// `span` is one of this collector's heap, and is not freed in the meantime.
    pub unsafe fn each_special(&self, span: &Span, mut f: impl FnMut(Kind, usize, &Payload)) {
        let _held = self.specials.shards[Specials::shard(span)].lock();
        let mut s: *const Special = span.specials.load(core::sync::atomic::Ordering::Acquire) as *const Special;
        // A manual span's word is the embedder's.
        if span.state() != goxide_alloc::span::State::InUse {
            return;
        }
        // SAFETY: records of a span are ours under the lock.
        while let Some(r) = unsafe { s.as_ref() } {
            f(r.kind, r.object, &r.payload);
            s = r.next;
        }
    }

    /// Calls `f` with the lock of a span's records held: no sweeper looks at them, takes one off, or frees the span meanwhile.
    pub fn with_specials<R>(&self, span: &Span, f: impl FnOnce() -> R) -> R {
        let _held = self.specials.shards[Specials::shard(span)].lock();
        f()
    }

    fn sweep_specials(&self, span: &Span) {
        let mut held = self.specials.shards[Specials::shard(span)].lock();
        let mut at: *mut *mut Special = span.specials.as_ptr().cast();
        // SAFETY: the span is held by the sweeper; its records are ours under the lock.
        unsafe {
            while let Some(s) = (*at).as_mut() {
                let index = span.index_of(s.object);
                if span.marked(index) {
                    at = &raw mut s.next;
                    continue;
                }
                // All records of this object: with a finalizer among them it lives on.
                let mut lives = false;
                let mut look = &raw mut *s;
                while let Some(r) = look.as_ref() {
                    if span.index_of(r.object) != index {
                        break;
                    }
                    lives |= r.kind == Kind::Finalizer;
                    look = r.next;
                }
                if lives {
                    span.set_mark(index);
                }
                while let Some(r) = (*at).as_mut() {
                    if span.index_of(r.object) != index {
                        break;
                    }
                    if lives && r.kind == Kind::Note {
                        at = &raw mut r.next;
                        continue;
                    }
                    *at = r.next;
                    if r.kind == Kind::Finalizer {
                        r.state = State::Handed;
                        self.host.finalizer(r);
                    } else {
                        match r.kind {
                            Kind::Weak if H::WEAK => self.host.weak(&r.payload),
                            _ => self.host.note(&r.payload),
                        }
                        held.put(r);
                    }
                }
            }
        }
        self.host.looked_at(span);
    }
}

impl<H: Host> Gc<H> {
    /// Root jobs that [`Gc::scan_finalizers`] is divided into. With the world stopped, as marking begins: what is added
    /// later is visited when it is added.
    pub(crate) fn finalizer_jobs(&self) -> usize {
        self.specials.table.lock().len.div_ceil(JOB)
    }

    /// Visits what finalizers keep alive, and what of them the embedder has: one of [`Gc::finalizer_jobs`].
    pub(crate) fn scan_finalizers(&self, job: usize, t: &mut Tracer<'_, H>) {
        for i in job * JOB..(job + 1) * JOB {
            let slab = {
                let table = self.specials.table.lock();
                if i >= table.len {
                    break;
                }
                // SAFETY: below the length.
                unsafe { table.get(i) }
            };
            // SAFETY: slabs stay, and their records' shard never changes; the rest is ours under its lock.
            unsafe {
                let _held = self.specials.shards[(*slab).records[0].shard as usize].lock();
                for r in &(*slab).records {
                    match (r.state, r.kind) {
                        (State::Listed, Kind::Finalizer) => t.scan_referents(r.object),
                        (State::Handed, _) => t.tell(r.object),
                        _ => continue,
                    }
                    t.tell(r.payload[0]);
                }
            }
        }
    }
}

/// # Safety
/// `gc` is the address of a collector that stays.
unsafe fn sweep_hook<H: Host + Dead>(gc: usize, span: &Span) {
    // SAFETY: the address of a collector that stays (the caller's promise).
    unsafe { (*(gc as *const Gc<H>)).sweep_specials(span) }
}

#[cfg(test)]
#[path = "special_tests.rs"]
mod tests;

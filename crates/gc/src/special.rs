//! Special records of objects: what must happen when an object is found unreachable.
//!
//! A record belongs to one object and one kind. A *finalizer*'s object is kept alive once more when nothing else does, and the
//! record goes to the embedder, who has its function called; a *note*'s object dies, and the embedder is told. Records of a
//! span hang off the span's own word, sorted by address, so that sweeping a span without any costs nothing; all finalizers
//! are in one list besides, for marking: what their objects refer to, and their functions, are roots.
//!
//! Records come from the heap's persistent memory and are used again. One lock guards them all. What the payload means is the
//! embedder's business.

use crate::cycle::Gc;
use crate::mark::Tracer;
use crate::seam::Host;
use core::ptr::null_mut;
use goxide_alloc::Span;
use goxide_sys::Lock;

/// What a record is for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[repr(u8)]
pub enum Kind {
    /// Keeps its object alive once more, and is handed to the embedder then.
    Finalizer = 0,
    /// Tells the embedder that its object is gone.
    Note = 1,
}

/// Words of the embedder in a record.
pub type Payload = [usize; 4];

/// A record. The embedder may link those that it was given through [`Special::next`].
#[repr(C)]
pub struct Special {
    /// The next in whatever list holds it.
    pub next: *mut Special,
    all_next: *mut Special,
    all_prev: *mut Special,
    /// The address it was made for: an object's, or inside of one.
    pub object: usize,
    /// The embedder's words; the first is a pointer of the heap, or null.
    pub payload: Payload,
    kind: Kind,
}

struct Lists {
    free: *mut Special,
    finalizers: *mut Special,
}

// SAFETY: records belong to whoever holds the lock.
unsafe impl Send for Lists {}

/// All records of a heap.
pub struct Specials {
    lists: Lock<Lists>,
}

impl Specials {
    pub(crate) const fn new() -> Specials {
        Specials { lists: Lock::new(Lists { free: null_mut(), finalizers: null_mut() }) }
    }
}

/// What the embedder does with records whose objects are unreachable. Called while sweeping, with the records' lock held: no
/// allocation, no other record.
pub trait Dead {
    /// A finalizer's object was reached by nothing. The record is the receiver's until [`Gc::free_special`].
    ///
    /// # Safety
    /// The record is in no list.
    unsafe fn finalizer(&self, s: *mut Special);
    /// A note's object is gone.
    fn note(&self, payload: &Payload);
}

impl<H: Host + Dead> Gc<H> {
    /// Has sweeping look after special records. To be called before the first is added.
    pub fn watch_specials(&'static self) {
        // SAFETY: the context is this collector, which lives for ever; records of spans are written under its lock alone.
        unsafe { self.host.heap().set_specials_hook(sweep_hook::<H>, &raw const *self as usize) };
    }

    /// Adds a record for the object at `object`, inside of `span`. False if there is one of that kind, or no memory.
    /// While marking, what a finalizer keeps alive is told to `m`.
    pub fn add_special(&self, span: &Span, object: usize, kind: Kind, payload: Payload, t: Option<&mut Tracer<'_, H>>) -> bool {
        {
            let mut lists = self.specials.lists.lock();
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
                let mut new = lists.free;
                if new.is_null() {
                    new = self.host.heap().persistent_alloc_gc(size_of::<Special>(), 8).cast();
                    if new.is_null() {
                        return false;
                    }
                } else {
                    lists.free = (*new).next;
                }
                new.write(Special { next: *at, all_next: null_mut(), all_prev: null_mut(), object, payload, kind });
                if kind == Kind::Finalizer {
                    (*new).all_next = lists.finalizers;
                    if let Some(n) = lists.finalizers.as_mut() {
                        n.all_prev = new;
                    }
                    lists.finalizers = new;
                }
                *at = new;
            }
        }
        if kind == Kind::Finalizer
            && let Some(t) = t
        {
            t.scan_referents(object);
            t.tell(payload[0]);
        }
        true
    }

    /// Takes a record off its object. False if there is none.
    pub fn remove_special(&self, span: &Span, object: usize, kind: Kind) -> bool {
        self.take_special(span, object, kind).is_some()
    }

    /// Takes a record off its object; the embedder's words in it. None if there is no such record.
    pub fn take_special(&self, span: &Span, object: usize, kind: Kind) -> Option<Payload> {
        let mut lists = self.specials.lists.lock();
        let mut at: *mut *mut Special = span.specials.as_ptr().cast();
        // SAFETY: as in `add_special`.
        unsafe {
            while let Some(s) = (*at).as_mut() {
                if (s.object, s.kind) == (object, kind) {
                    *at = s.next;
                    unlink(&mut lists, s);
                    s.next = lists.free;
                    lists.free = s;
                    return Some(s.payload);
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
        let mut lists = self.specials.lists.lock();
        // SAFETY: the caller's record.
        unsafe { (*s).next = lists.free };
        lists.free = s;
    }

    /// Tells what all finalizers keep alive: a root job.
    pub fn scan_finalizers(&self, t: &mut Tracer<'_, H>) {
        let lists = self.specials.lists.lock();
        let mut s = lists.finalizers;
        // SAFETY: records in the list are ours under the lock.
        while let Some(f) = unsafe { s.as_ref() } {
            t.scan_referents(f.object);
            t.tell(f.payload[0]);
            s = f.all_next;
        }
    }

    /// Calls `f` with each record of a span: its kind, the address it was made for, its payload. Under the records' lock.
    pub fn each_special(&self, span: &Span, mut f: impl FnMut(Kind, usize, &Payload)) {
        let _lists = self.specials.lists.lock();
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

    fn sweep_specials(&self, span: &Span) {
        let mut lists = self.specials.lists.lock();
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
                    unlink(&mut lists, r);
                    if r.kind == Kind::Finalizer {
                        self.host.finalizer(r);
                    } else {
                        self.host.note(&r.payload);
                        r.next = lists.free;
                        lists.free = r;
                    }
                }
            }
        }
    }
}

/// # Safety
/// The record is valid, and the lists are those it is in.
unsafe fn unlink(lists: &mut Lists, s: &mut Special) {
    if s.kind != Kind::Finalizer {
        return;
    }
    // SAFETY: the caller's.
    unsafe {
        match s.all_prev.as_mut() {
            Some(p) => p.all_next = s.all_next,
            None => lists.finalizers = s.all_next,
        }
        if let Some(n) = s.all_next.as_mut() {
            n.all_prev = s.all_prev;
        }
    }
    (s.all_next, s.all_prev) = (null_mut(), null_mut());
}

/// # Safety
/// `gc` is the address of a collector that stays.
unsafe fn sweep_hook<H: Host + Dead>(gc: usize, span: &Span) {
    // SAFETY: the caller's.
    unsafe { (*(gc as *const Gc<H>)).sweep_specials(span) }
}

const _: () = {
    // The span's word is used as the head of the list.
    assert!(size_of::<*mut Special>() == size_of::<usize>());
};

#[cfg(test)]
#[path = "special_tests.rs"]
mod tests;

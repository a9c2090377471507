//! The spans of one span class that no cache holds: those with free objects and those without.
//!
//! # Protocol
//!
//! A span is *held* (by a cache, or by the thread that took it), *partial* or *full*; moves between the lists are made
//! under the class's lock. With explicit freeing, any thread may note an object as freed at any time, without the lock. So
//! that a full span with a freed object cannot be overlooked:
//! - who frees sets the object's bit, then looks whether the span is full, and if so moves it under the lock;
//! - who puts a span back as full says so first, then reads the bits once more, by a read-modify-write.
//!
//! The two read-modify-writes of the bits come in some order. Either the span's new holder sees the bit, or who frees
//! synchronises with it (release to acquire, through the word of bits) and sees that the span is full.
//!
//! With a collector, all spans become *unswept* at once, when it has found out what is alive: both lists move, as wholes,
//! into two others, from which sweepers take spans one by one.
//!
//! What a cache does with a span, and where new spans come from, is not decided here.

use crate::loom::{Lock, Ordering::*};
use crate::size_class::SpanClass;
use crate::span::{Place, Span};
use core::ptr::null_mut;

/// A doubly linked list through the spans' own links.
struct List {
    head: *mut Span,
    len: usize,
}

impl List {
    const fn new() -> Self {
        List { head: null_mut(), len: 0 }
    }

    /// # Safety
    /// The span is in no list, and the caller holds the lock over this list.
    unsafe fn push(&mut self, span: *mut Span) {
        // SAFETY: spans in lists are live, and their links belong to the lock's holder.
        unsafe {
            (*span).next.set(self.head);
            (*span).prev.set(null_mut());
            if let Some(old) = self.head.as_ref() {
                old.prev.set(span);
            }
        }
        self.head = span;
        self.len += 1;
    }

    /// # Safety
    /// The span is in this list, and the caller holds the lock over it.
    unsafe fn remove(&mut self, span: *mut Span) {
        // SAFETY: the span is in this list (this function's contract), so it and its neighbours are live, and their links are those of
        // the lock's holder.
        unsafe {
            let (next, prev) = ((*span).next.get(), (*span).prev.get());
            match prev.as_ref() {
                Some(p) => p.next.set(next),
                None => self.head = next,
            }
            if let Some(n) = next.as_ref() {
                n.prev.set(prev);
            }
            (*span).next.set(null_mut());
            (*span).prev.set(null_mut());
        }
        self.len -= 1;
    }
}

struct Lists {
    partial: List,
    full: List,
    /// What was in the lists when the collector finished marking, and is not swept yet.
    unswept: [List; 2],
}

impl Lists {
    const fn new() -> Lists {
        Lists { partial: List::new(), full: List::new(), unswept: [List::new(), List::new()] }
    }
}

// SAFETY: spans are Send and Sync; the lists are only reached under the lock.
unsafe impl Send for Lists {}

/// The spans of one span class outside of caches. On cache lines of its own.
#[repr(align(128))]
pub(crate) struct Central {
    lists: Lock<Lists>,
}

impl Central {
    /// Empty lists.
    #[cfg(not(loom))]
    pub const fn new() -> Self {
        Central { lists: Lock::new(Lists::new()) }
    }

    /// Empty lists.
    #[cfg(loom)]
    pub fn new() -> Self {
        Central { lists: Lock::new(Lists::new()) }
    }

    /// Takes a span that most likely has a free object. Null when there is none. With `explicit` freeing, the objects
    /// freed in the meantime have become free, and their number is the second result.
    pub(crate) fn take_partial(&self, explicit: bool) -> (*mut Span, usize) {
        let span = self.lists.with(|l| {
            let span = l.partial.head;
            if !span.is_null() {
                // SAFETY: it is the head of the list, whose lock we hold.
                unsafe {
                    l.partial.remove(span);
                    (*span).set_place(Place::Held, Relaxed);
                }
            }
            span
        });
        let mut freed = 0;
        if explicit && !span.is_null() {
            // SAFETY: taken out of its list, so held by us.
            freed = unsafe { (*span).collect_freed() };
        }
        (span, freed)
    }

    /// Puts a span back, into the list that its `alloc_count` says.
    ///
    /// # Safety
    /// The span is in use, of this class, held by the caller, and its bits and count are up to date.
    pub(crate) unsafe fn put(&self, span: *mut Span, explicit: bool) {
        // SAFETY: the span is in use and held by the caller, so nothing frees it, and its bits and count are right (this
        // function's contract); it is in no list, and list links are touched under the lock.
        unsafe {
            let s = &*span;
            let free = s.alloc_count() < s.nelems();
            self.lists.with(|l| {
                if free {
                    s.set_place(Place::Partial, Relaxed);
                    l.partial.push(span);
                    return;
                }
                s.set_place(Place::Full, Release);
                // AcqRel pairs with that of `free`, in either order.
                if explicit && s.mark_bits().iter().any(|w| w.fetch_or(0, AcqRel) != 0) {
                    s.set_place(Place::Partial, Relaxed);
                    l.partial.push(span);
                } else {
                    l.full.push(span);
                }
            });
        }
    }

    /// Explicit freeing: notes the objects `bits` of word `word` of a span as free and makes sure that it will be
    /// found. Returns those of them that were noted already: they are freed twice.
    ///
    /// # Safety
    /// The span is in use, of this class, the objects are allocated, and nothing uses them any more.
    pub(crate) unsafe fn free(&self, span: *mut Span, word: usize, bits: u64) -> u64 {
        // SAFETY: the span cannot go away while it has an allocated object: ours, until its bit is seen. Afterwards
        // the structure may be put to another use, but is never unmapped.
        let s = unsafe { &*span };
        let class = s.span_class();
        // AcqRel: Release for who will allocate the object again, and both with `put`, in either order.
        let twice = s.mark_bits()[word].fetch_or(bits, AcqRel) & bits;
        if s.place() == Place::Full {
            self.lists.with(|l| {
                // Another thread may have been faster; the structure may even describe other pages by now. The class is
                // read after the place: a place of FULL in another class comes with that class. If it is full again
                // in this class, moving it does no harm.
                if s.place() == Place::Full && s.span_class() == class {
                    // SAFETY: a span of this class whose place is FULL under the lock is in the full list.
                    unsafe {
                        l.full.remove(span);
                        l.partial.push(span);
                    }
                    s.set_place(Place::Partial, Relaxed);
                }
            });
        }
        twice
    }

    /// Explicit freeing: how many objects of the spans in the lists were freed since these were last taken.
    #[cfg(not(loom))]
    pub(crate) fn count_freed(&self) -> usize {
        self.lists.with(|l| {
            let mut freed = 0;
            for list in [&l.partial, &l.full] {
                let mut at = list.head;
                // SAFETY: null, or a span in a list whose lock we hold, which is live.
                while let Some(span) = unsafe { at.as_ref() } {
                    freed += span.count_freed();
                    // SAFETY: links of spans in lists are written under the lock, which we hold.
                    at = unsafe { span.next.get() };
                }
            }
            freed
        })
    }

    /// Takes a given span out of its list, to be held by the caller.
    ///
    /// # Safety
    /// The span is of this class and in one of the lists, and nothing else takes it at the same time.
    pub(crate) unsafe fn remove(&self, span: *mut Span) {
        self.lists.with(|l| {
            // SAFETY: in the list that its place says, whose lock we hold.
            unsafe {
                match (*span).place() {
                    Place::Partial => l.partial.remove(span),
                    Place::Full => l.full.remove(span),
                    Place::Held => debug_assert!(false, "the span is in no list"),
                }
                (*span).set_place(Place::Held, Relaxed);
            }
        });
    }

    /// Takes all spans out of both lists, each linked to the next through [`next_taken`]: for trimming.
    pub(crate) fn take_all(&self) -> *mut Span {
        self.lists.with(|l| {
            let mut chain = null_mut();
            let Lists { partial, full, .. } = l;
            for list in [full, partial] {
                while let Some(s) = {
                    // SAFETY: spans in lists are live.
                    unsafe { list.head.as_ref() }
                } {
                    let span = list.head;
                    // SAFETY: the head of the list, whose lock we hold.
                    unsafe {
                        list.remove(span);
                        s.next.set(chain);
                    }
                    s.set_place(Place::Held, Relaxed);
                    chain = span;
                }
            }
            chain
        })
    }

    /// Collector: everything in the lists is to be swept. Returns how many spans that are. Costs the same for any number of
    /// them.
    pub(crate) fn begin_sweep(&self) -> usize {
        self.lists.with(|l| {
            debug_assert!(l.unswept.iter().all(|u| u.len == 0), "a collection ended before the last one was swept");
            let n = l.partial.len + l.full.len;
            // Spans that had free objects first: they are likelier to have some now.
            l.unswept = [core::mem::replace(&mut l.partial, List::new()), core::mem::replace(&mut l.full, List::new())];
            n
        })
    }

    /// Collector: takes a span that is to be swept, to be held by the caller. Null when there is none.
    pub(crate) fn take_unswept(&self) -> *mut Span {
        self.lists.with(|l| {
            for list in &mut l.unswept {
                let span = list.head;
                if !span.is_null() {
                    // SAFETY: it is the head of the list, whose lock we hold.
                    unsafe {
                        list.remove(span);
                        (*span).set_place(Place::Held, Relaxed);
                    }
                    return span;
                }
            }
            null_mut()
        })
    }

    /// Number of spans in the partial and in the full list.
    #[cfg(all(test, loom))]
    pub(crate) fn len(&self) -> (usize, usize) {
        self.lists.with(|l| (l.partial.len, l.full.len))
    }
}

/// The span after `span` in what [`Central::take_all`] returned. Ask before putting `span` anywhere else.
///
/// # Safety
/// `span` is in such a chain, owned by the caller.
pub(crate) unsafe fn next_taken(span: *mut Span) -> *mut Span {
    // SAFETY: the span is in a chain that nothing else uses (this function's contract), so its link is not written
    // meanwhile.
    unsafe { (*span).next.get() }
}

/// The number of centrals that a heap has.
pub(crate) const CENTRALS: usize = crate::size_class::SPAN_CLASSES;
const _: () = assert!(SpanClass::new(67, true).index() + 1 == CENTRALS);

#[cfg(all(feature = "inspect", not(loom)))]
#[path = "inspect/central.rs"]
pub(crate) mod inspect;

#[cfg(all(test, loom))]
#[path = "central_loom.rs"]
mod loom_tests;

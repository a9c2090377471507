//! What a debugger or a picture of the heap is made from (feature `inspect`): where each span is, which of its objects are taken, what
//! lies behind each page. Everything here only reads, and nothing of it is compiled without the feature.
//!
//! What is read is the allocator's own: no copy is kept. The children read the private parts of the modules they belong to.

use crate::cache::Cache;
use crate::heap::Heap;
use crate::os::PageSource;
use crate::size_class::{PAGE, SPAN_CLASSES, SpanClass};
use crate::span::{Place, Span};

pub use crate::cache::inspect::Held;
pub use crate::central::inspect::Lengths;
pub use crate::page_alloc::inspect::{PageRun, PageState};

/// Which list a span is in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Listed {
    /// In none: a cache holds it, or it is on its way.
    Held,
    /// Among those of its class that have free objects.
    Partial,
    /// Among those of its class that have none; a large object's is always here.
    Full,
}

/// The spans in use, in order of address: [`Heap::spans`].
pub struct Spans<'a, S: PageSource> {
    heap: &'a Heap<S>,
    at: usize,
}

impl<'a, S: PageSource> Iterator for Spans<'a, S> {
    type Item = &'a Span;

    fn next(&mut self) -> Option<&'a Span> {
        let (_, hi) = self.heap.arenas.bounds();
        while self.at < hi {
            match self.heap.span_of(self.at) {
                Some(span) => {
                    self.at = span.base() + span.npages().max(1) * PAGE;
                    return Some(span);
                }
                None => self.at = self.heap.arenas.skip(self.at),
            }
        }
        None
    }
}

impl<S: PageSource> core::fmt::Debug for Spans<'_, S> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Spans").field("at", &self.at).finish_non_exhaustive()
    }
}

impl<S: PageSource> Heap<S> {
    /// The spans in use, in order of address. Spans that come or go meanwhile may be missed.
    pub fn spans(&self) -> Spans<'_, S> {
        let (at, _) = self.arenas.bounds();
        Spans { heap: self, at }
    }

    /// Calls `f` with all pages that the heap ever had, in order of address, as runs of pages of the same state. The heap's lock is held
    /// meanwhile: `f` must not use the heap.
    pub fn for_each_page_run(&self, f: impl FnMut(PageRun)) {
        self.inner.with(|inner| inner.pages.for_each_run(f));
    }

    /// How many spans of a class are in which list.
    pub fn listed(&self, sc: SpanClass) -> Lengths {
        self.central(sc).lengths()
    }
}

impl Span {
    /// Which list the span is in.
    pub fn listed(&self) -> Listed {
        match self.place() {
            Place::Held => Listed::Held,
            Place::Partial => Listed::Partial,
            Place::Full => Listed::Full,
        }
    }
}

impl Cache {
    /// The spans that the cache holds, one a span class at the most.
    pub fn held(&self) -> impl Iterator<Item = Held<'_>> {
        (0..SPAN_CLASSES).filter_map(|sc| self.held_of(SpanClass::from_raw(sc as u8)))
    }
}

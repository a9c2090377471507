//! The snapshot that sums up what was counted. Counters are in `counter`, and kept where the event happens (caches, heap,
//! persistent memory).

use crate::cache::Cache;
use crate::counter::CacheStats;
pub use crate::counter::Counter;
use crate::heap::Heap;
use crate::os::PageSource;
use crate::size_class::{CLASSES, PAGE, SIZES};

/// A consistent picture of the heap, if no allocation is under way while it is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Bytes allocated in all, freed or not. Tiny objects count as the blocks they share.
    pub total_alloc: u64,
    /// Bytes freed in all.
    pub total_free: u64,
    /// Objects allocated in all: small, tiny and large.
    pub mallocs: u64,
    /// Objects freed in all. Tiny objects count as freed at once, since only their block is ever freed.
    pub frees: u64,
    /// Tiny objects that shared a block which existed already.
    pub tiny_allocs: u64,
    /// Large objects allocated.
    pub large_allocs: u64,
    /// Bytes of large objects allocated.
    pub large_alloc_bytes: u64,
    /// Large objects freed.
    pub large_frees: u64,
    /// Bytes of large objects freed.
    pub large_free_bytes: u64,
    /// Objects allocated per size class (tiny blocks in theirs).
    pub small_allocs: [u64; CLASSES],
    /// Objects freed per size class.
    pub small_frees: [u64; CLASSES],
    /// Bytes of live objects and of dead ones not yet swept.
    pub heap_alloc: u64,
    /// Bytes of the heap: `heap_inuse + heap_idle`; stacks not included.
    pub heap_sys: u64,
    /// Bytes in spans with objects.
    pub heap_inuse: u64,
    /// Bytes in free pages, whether backed by memory or not.
    pub heap_idle: u64,
    /// Bytes in free pages without memory behind them.
    pub heap_released: u64,
    /// Live objects: `mallocs - frees`.
    pub heap_objects: u64,
    /// Bytes in manually managed spans (stacks).
    pub stack_inuse: u64,
    /// The same here; an embedder adds its threads' stacks.
    pub stack_sys: u64,
    /// Bytes of span structures in use.
    pub span_meta_inuse: u64,
    /// Bytes obtained for span structures.
    pub span_meta_sys: u64,
    /// Bytes of caches in use.
    pub cache_inuse: u64,
    /// Bytes obtained for caches.
    pub cache_sys: u64,
    /// Bytes of bitmaps, arena tables and page summaries that may be touched.
    pub gc_sys: u64,
    /// Bytes of other metadata.
    pub other_sys: u64,
    /// All of the above that was obtained from the page source.
    pub sys: u64,
}

impl<S: PageSource> Heap<S> {
    /// Counts `n` objects of `class` as freed.
    pub(crate) fn note_frees(&self, class: u8, n: usize) {
        if n > 0 {
            self.totals.small_frees[class as usize].add(n);
        }
    }

    /// Counts a large object of `bytes` as freed.
    pub(crate) fn note_large_free(&self, bytes: usize) {
        self.totals.large_frees.add(1);
        self.totals.large_free_bytes.add(bytes);
    }

    /// Bytes that the heap holds of the system in all, except free pages without memory behind them; and of these, bytes
    /// of objects ([`live`](Self::live)) and free pages.
    pub fn footprint(&self) -> (usize, usize) {
        let (free, released) = self.inner.with(|i| (i.pages.free_pages(), i.pages.released_pages()));
        let spans = (self.inuse_pages.get() + self.manual_pages.get()) * PAGE;
        let meta = self.sys.spans.get() + self.sys.caches.get() + self.sys.gc.get() + self.sys.other.get();
        let backed = (free - released) * PAGE;
        (spans + meta + backed, self.live().min(spans) + backed)
    }

    /// Bytes with memory behind them in spans of objects and free pages; and of these, those in free pages. Free pages
    /// whose memory the system did not take back, since it is locked, are in neither: there is nothing to gain from them.
    pub fn retained(&self) -> (usize, usize) {
        let idle = self.inner.with(|i| i.pages.free_pages() - i.pages.released_pages() - i.pages.kept_pages()) * PAGE;
        (self.inuse_pages.get() * PAGE + idle, idle)
    }

    /// Adds the statistics of a cache to the heap's own and clears them.
    pub(crate) fn absorb(&self, stats: &mut CacheStats) {
        let t = &self.totals;
        for (to, from) in t.small_allocs.iter().zip(&mut stats.small_allocs) {
            if *from != 0 {
                to.add(core::mem::take(from) as usize);
            }
        }
        t.tiny_allocs.add(core::mem::take(&mut stats.tiny_allocs) as usize);
        t.large_allocs.add(core::mem::take(&mut stats.large_allocs) as usize);
        t.large_alloc_bytes.add(core::mem::take(&mut stats.large_alloc_bytes) as usize);
    }

    /// Counts a large object as allocated that `stats` has, and nothing else, and clears them.
    #[cfg(all(feature = "std", target_os = "linux"))]
    pub(crate) fn absorb_large(&self, stats: &mut CacheStats) {
        self.totals.large_allocs.add(core::mem::take(&mut stats.large_allocs) as usize);
        self.totals.large_alloc_bytes.add(core::mem::take(&mut stats.large_alloc_bytes) as usize);
    }

    /// Bytes of free pages, and of those without memory behind them.
    #[cfg(all(feature = "std", target_os = "linux"))]
    pub(crate) fn free_and_released(&self) -> (usize, usize) {
        self.inner.with(|i| (i.pages.free_pages() * PAGE, i.pages.released_pages() * PAGE))
    }

    /// Explicit freeing: adds the objects that were freed, but are counted only once a cache takes their span. The spans in lists; those
    /// in caches are [`add_freed_of`]'s.
    fn add_freed(&self, small_frees: &mut [u64; CLASSES]) {
        for (sc, central) in self.central.iter().enumerate().skip(2) {
            small_frees[sc / 2] += central.count_freed() as u64;
        }
    }

    /// Sums up the statistics of the heap and of `caches`: all that have not been flushed, or else allocations are
    /// missing from the sums (and live objects are never less than 0), and, with explicit freeing, what was freed in the spans that they
    /// hold.
    ///
    /// With explicit freeing it costs a few nanoseconds for each span of small objects, under the locks of their classes, since what was freed is
    /// seen in the spans until a cache takes them. Otherwise it does not depend on the heap's size, and
    /// [`snapshot_collected`](Self::snapshot_collected) is the same.
    pub fn snapshot<'a>(&self, caches: impl Iterator<Item = &'a Cache>) -> Stats {
        if self.explicit() { self.sum_up::<true>(caches) } else { self.sum_up::<false>(caches) }
    }

    /// [`snapshot`](Self::snapshot) of a heap without explicit freeing, and without the code for it.
    pub fn snapshot_collected<'a>(&self, caches: impl Iterator<Item = &'a Cache>) -> Stats {
        self.sum_up::<false>(caches)
    }

    fn sum_up<'a, const EXPLICIT: bool>(&self, caches: impl Iterator<Item = &'a Cache>) -> Stats {
        let t = &self.totals;
        // Frees before allocations: an object of which both happen meanwhile is not freed more often than allocated. And of these, what is
        // counted before what is not counted yet, lest a span that is taken meanwhile brings an object twice.
        let mut small_frees: [u64; CLASSES] = core::array::from_fn(|c| t.small_frees[c].get() as u64);
        if EXPLICIT {
            self.add_freed(&mut small_frees);
        }
        let (large_frees, large_free_bytes) = (t.large_frees.get() as u64, t.large_free_bytes.get() as u64);
        let mut all = t.allocated();
        for c in caches {
            if EXPLICIT {
                add_freed_of(c, &mut small_frees);
            }
            all.add(&c.stats());
        }
        let CacheStats { small_allocs, tiny_allocs, large_allocs, large_alloc_bytes } = all;
        let bytes = |n: &[u64; CLASSES]| n.iter().zip(SIZES).map(|(&n, s)| n * s as u64).sum::<u64>();
        let total_alloc = bytes(&small_allocs) + large_alloc_bytes;
        let total_free = bytes(&small_frees) + large_free_bytes;
        let mallocs = small_allocs.iter().sum::<u64>() + large_allocs + tiny_allocs;
        let frees = small_frees.iter().sum::<u64>() + large_frees + tiny_allocs;
        let page = PAGE as u64;
        let (free, released, span_meta) =
            self.inner.with(|i| (i.pages.free_pages() as u64, i.pages.released_pages() as u64, i.spans.inuse()));
        let heap_inuse = self.inuse_pages.get() as u64 * page;
        let heap_idle = free * page;
        let stack = self.manual_pages.get() as u64 * page;
        let (span_meta_sys, cache_sys) = (self.sys.spans.get() as u64, self.sys.caches.get() as u64);
        let (gc_sys, other_sys) = (self.sys.gc.get() as u64, self.sys.other.get() as u64);
        Stats {
            total_alloc,
            total_free,
            mallocs,
            frees,
            tiny_allocs,
            large_allocs,
            large_alloc_bytes,
            large_frees,
            large_free_bytes,
            small_allocs,
            small_frees,
            heap_alloc: total_alloc.saturating_sub(total_free),
            heap_sys: heap_inuse + heap_idle,
            heap_inuse,
            heap_idle,
            heap_released: released * page,
            heap_objects: mallocs.saturating_sub(frees),
            stack_inuse: stack,
            stack_sys: stack,
            span_meta_inuse: span_meta as u64,
            span_meta_sys,
            // Caches are never taken back.
            cache_inuse: cache_sys,
            cache_sys,
            gc_sys,
            other_sys,
            sys: heap_inuse + heap_idle + stack + span_meta_sys + cache_sys + gc_sys + other_sys,
        }
    }
}

/// Explicit freeing: adds the objects that were freed in the spans that a cache holds.
fn add_freed_of(cache: &Cache, small_frees: &mut [u64; CLASSES]) {
    for (class, span) in cache.spans() {
        small_frees[class] += span.count_freed() as u64;
    }
}

//! Counters and the snapshot that sums them up.
//!
//! Counters are kept where the event happens (caches, heap, persistent memory); here are their type and the sums.

use crate::loom::{AtomicUsize, Ordering};
use crate::size_class::CLASSES;

/// A statistic that many threads add to. Reading is exact once the writers are quiet.
#[derive(Default)]
pub struct Counter(AtomicUsize);

impl Counter {
    /// A counter at 0.
    pub const fn new() -> Self {
        Counter(AtomicUsize::new(0))
    }

    /// Adds `n`.
    #[inline]
    pub fn add(&self, n: usize) {
        self.0.fetch_add(n, Ordering::Relaxed);
    }

    /// Subtracts `n`.
    #[inline]
    pub fn sub(&self, n: usize) {
        self.0.fetch_sub(n, Ordering::Relaxed);
    }

    /// The current value.
    #[inline]
    pub fn get(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// A consistent picture of the heap, if no allocation is under way while it is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
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
    pub mspan_inuse: u64,
    /// Bytes obtained for span structures.
    pub mspan_sys: u64,
    /// Bytes of caches in use.
    pub mcache_inuse: u64,
    /// Bytes obtained for caches.
    pub mcache_sys: u64,
    /// Bytes of bitmaps, arena tables and page summaries that may be touched.
    pub gc_sys: u64,
    /// Bytes of other metadata.
    pub other_sys: u64,
    /// All of the above that was obtained from the page source.
    pub sys: u64,
}

//! What is counted, and with what: by a heap as a whole, and by each cache. The sums are `stats`'.

use crate::loom::{AtomicUsize, Ordering};
use crate::size_class::CLASSES;

/// A statistic that many threads add to. Reading is exact once the writers are quiet.
#[derive(Debug, Default)]
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

/// Bytes obtained for metadata and bytes in use, by purpose.
pub(crate) struct Sys {
    pub(crate) spans: Counter,
    pub(crate) caches: Counter,
    pub(crate) gc: Counter,
    pub(crate) other: Counter,
}

impl Sys {
    pub(crate) const fn new() -> Self {
        Sys { spans: Counter::new(), caches: Counter::new(), gc: Counter::new(), other: Counter::new() }
    }
}

/// Statistics of caches that were flushed, and of frees.
pub(crate) struct Totals {
    pub(crate) small_allocs: [Counter; CLASSES],
    pub(crate) small_frees: [Counter; CLASSES],
    pub(crate) tiny_allocs: Counter,
    pub(crate) large_allocs: Counter,
    pub(crate) large_alloc_bytes: Counter,
    pub(crate) large_frees: Counter,
    pub(crate) large_free_bytes: Counter,
}

impl Totals {
    pub(crate) const fn new() -> Self {
        Totals {
            small_allocs: [const { Counter::new() }; CLASSES],
            small_frees: [const { Counter::new() }; CLASSES],
            tiny_allocs: Counter::new(),
            large_allocs: Counter::new(),
            large_alloc_bytes: Counter::new(),
            large_frees: Counter::new(),
            large_free_bytes: Counter::new(),
        }
    }
}

/// What a cache counts. Objects of spans that it still holds are added when statistics are read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CacheStats {
    /// Objects allocated per size class.
    pub small_allocs: [u64; CLASSES],
    /// Tiny objects that shared a block which existed already.
    pub tiny_allocs: u64,
    /// Large objects.
    pub large_allocs: u64,
    /// Bytes of large objects.
    pub large_alloc_bytes: u64,
}

impl CacheStats {
    /// All zero.
    pub const ZERO: CacheStats =
        CacheStats { small_allocs: [0; CLASSES], tiny_allocs: 0, large_allocs: 0, large_alloc_bytes: 0 };
}

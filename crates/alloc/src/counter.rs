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

/// Pages in spans of objects. For hosted programs (feature `std`) also the most that they ever were, and how many spans of each class
/// there are; without it, this is a counter and nothing else.
pub(crate) struct InUse {
    pages: Counter,
    #[cfg(feature = "std")]
    peak: AtomicUsize,
    #[cfg(feature = "std")]
    spans: [Counter; CLASSES],
}

impl InUse {
    pub(crate) const fn new() -> Self {
        InUse {
            pages: Counter::new(),
            #[cfg(feature = "std")]
            peak: AtomicUsize::new(0),
            #[cfg(feature = "std")]
            spans: [const { Counter::new() }; CLASSES],
        }
    }

    /// Pages now.
    #[inline]
    pub(crate) fn get(&self) -> usize {
        self.pages.get()
    }

    /// One span more. The counter has every sum for a moment, so the largest of what additions come to is the peak.
    #[cfg(feature = "std")]
    pub(crate) fn add(&self, npages: usize, class: u8) {
        let now = self.pages.0.fetch_add(npages, Ordering::Relaxed) + npages;
        self.peak.fetch_max(now, Ordering::Relaxed);
        self.spans[class as usize].add(1);
    }

    /// One span less.
    #[cfg(feature = "std")]
    pub(crate) fn sub(&self, npages: usize, class: u8) {
        self.pages.sub(npages);
        self.spans[class as usize].sub(1);
    }

    /// One span more.
    #[cfg(not(feature = "std"))]
    #[inline]
    pub(crate) fn add(&self, npages: usize, _class: u8) {
        self.pages.add(npages);
    }

    /// One span less.
    #[cfg(not(feature = "std"))]
    #[inline]
    pub(crate) fn sub(&self, npages: usize, _class: u8) {
        self.pages.sub(npages);
    }

    /// The most pages at once.
    #[cfg(all(feature = "std", target_os = "linux"))]
    pub(crate) fn peak(&self) -> usize {
        self.peak.load(Ordering::Relaxed)
    }

    /// Spans of a size class now.
    #[cfg(all(feature = "std", target_os = "linux"))]
    pub(crate) fn of_class(&self, class: usize) -> usize {
        self.spans[class].get()
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

    /// What was allocated.
    #[inline]
    pub(crate) fn allocated(&self) -> CacheStats {
        CacheStats {
            small_allocs: core::array::from_fn(|class| self.small_allocs[class].get() as u64),
            tiny_allocs: self.tiny_allocs.get() as u64,
            large_allocs: self.large_allocs.get() as u64,
            large_alloc_bytes: self.large_alloc_bytes.get() as u64,
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

    /// Adds another's counts.
    #[inline]
    pub(crate) fn add(&mut self, other: &CacheStats) {
        for (to, from) in self.small_allocs.iter_mut().zip(&other.small_allocs) {
            *to += from;
        }
        self.tiny_allocs += other.tiny_allocs;
        self.large_allocs += other.large_allocs;
        self.large_alloc_bytes += other.large_alloc_bytes;
    }
}

//! What is counted, in its users' terms. How it is counted is `local`'s and, of pages and spans, [`crate::counter`]'s.

use super::local::{self, HEAP, Local, WITHOUT};
use crate::size_class::{CLASSES, PAGE, SIZES};

/// What is allocated, and what it takes. [`GoxideAlloc::stats`](super::GoxideAlloc::stats) says how exact it is.
///
/// Objects have the sizes that they are served with (a class's, or whole pages above 32 KiB): up to an eighth more than what was asked for,
/// or twice that for alignments above 16. An object lives from its allocation to its deallocation.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AllocStats {
    /// Objects that live.
    pub live_objects: u64,
    /// Bytes of these.
    pub live_bytes: u64,
    /// The same by size class. Class 0 is all objects that have a span to themselves.
    pub classes: [ClassStats; CLASSES],
    /// Spans in use: runs of pages for objects of one class, with and without objects that live.
    pub spans: u64,
    /// Bytes of these: objects, what is kept for objects to come, and up to an eighth that is lost at spans' ends.
    pub inuse: u64,
    /// The most that `inuse` ever was. Exact, whatever other threads do.
    pub peak_inuse: u64,
    /// Bytes of free pages that have memory behind them: what
    /// [`release_unused`](super::GoxideAlloc::release_unused) can give back. More once objects' spans are empty.
    pub retained: u64,
    /// Bytes of free pages without memory behind them: never used, or given back. They cost nothing but addresses.
    pub released: u64,
    /// Bytes obtained for spans' descriptions, bitmaps and tables, threads' caches. Not all were touched.
    pub metadata: u64,
    /// Bytes that may have memory behind them: `inuse + retained + metadata`. The system gives memory as it is first touched, so that the
    /// process's resident set has up to that much for the allocator, and less if objects were not written to.
    pub resident: u64,
    /// Threads that have a cache now.
    pub threads: u64,
    /// Caches of threads that there are, those that wait for a thread among them: the most threads that there were at once.
    pub caches: u64,
}

/// What is allocated of a size class.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClassStats {
    /// Bytes of an object. 0 for class 0, whose objects have whole pages.
    pub size: u64,
    /// Objects that live.
    pub live_objects: u64,
    /// Bytes of these.
    pub live_bytes: u64,
    /// Spans in use.
    pub spans: u64,
}

/// What a thread keeps for later: [`ThreadAlloc::stats`](super::ThreadAlloc::stats).
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ThreadStats {
    /// Objects that were freed on the thread and wait to be allocated on it.
    pub kept_objects: u64,
    /// Bytes of these.
    pub kept_bytes: u64,
    /// Spans that the thread allocates from, one of a class at the most.
    pub held_spans: u64,
    /// Bytes of objects in them that are free and were not allocated since they were the thread's.
    pub held_bytes: u64,
    /// Objects up to 32 KiB that the thread allocated, less those that it freed: below 0 if it frees for others. Those of a thread that had its cache
    /// before are among them.
    pub balance: i64,
}

impl ThreadStats {
    /// The calling thread's.
    pub(super) fn of(local: &Local) -> ThreadStats {
        let mut stats = ThreadStats::default();
        for (class, list) in local.lists.iter().enumerate().skip(1) {
            let n = list.len(class);
            stats.kept_objects += n;
            stats.kept_bytes += n * u64::from(SIZES[class]);
            stats.balance += list.balance() as i64;
        }
        let (spans, bytes) = local.held();
        (stats.held_spans, stats.held_bytes) = (spans as u64, bytes as u64);
        stats
    }
}

/// How many objects of each class live, how many threads have a cache, and how many caches there are.
fn live() -> ([u64; CLASSES], u64, u64) {
    let mut live: [u64; CLASSES] = core::array::from_fn(|class| WITHOUT[class].balance());
    let mut caches = 0;
    let threads = local::for_each(|lists| {
        caches += 1;
        for (n, list) in live.iter_mut().zip(lists).skip(1) {
            *n = n.wrapping_add(list.balance());
        }
    });
    let freed = HEAP.totals.large_frees.get();
    live[0] = HEAP.totals.large_allocs.get().wrapping_sub(freed) as u64;
    // Below 0 are sums only while objects are allocated by threads that were looked at, and freed by those that were not.
    (live.map(|n| (n as i64).max(0) as u64), threads as u64, caches)
}

/// Reads everything.
pub(super) fn read() -> AllocStats {
    let large_freed = HEAP.totals.large_free_bytes.get() as u64;
    let (live, threads, caches) = live();
    let large = (HEAP.totals.large_alloc_bytes.get() as u64).saturating_sub(large_freed);
    let spans = &HEAP.inuse_pages;
    let classes: [ClassStats; CLASSES] = core::array::from_fn(|class| {
        let size = u64::from(SIZES[class]);
        let live_bytes = if class == 0 { large } else { size * live[class] };
        ClassStats { size, live_objects: live[class], live_bytes, spans: spans.of_class(class) as u64 }
    });
    let (free, released) = HEAP.free_and_released();
    let (inuse, retained) = (spans.get() * PAGE, free - released);
    let metadata = HEAP.sys.spans.get() + HEAP.sys.caches.get() + HEAP.sys.gc.get() + HEAP.sys.other.get();
    AllocStats {
        live_objects: live.iter().sum(),
        live_bytes: classes.iter().map(|c| c.live_bytes).sum(),
        classes,
        spans: classes.iter().map(|c| c.spans).sum(),
        inuse: inuse as u64,
        peak_inuse: (spans.peak() * PAGE) as u64,
        retained: retained as u64,
        released: released as u64,
        metadata: metadata as u64,
        resident: (inuse + retained + metadata) as u64,
        threads,
        caches,
    }
}

//! The pool and the caches against a plain model: stacks never overlap, and every byte comes back.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use goxide_stack::{Bounds, Cache, MIN_STACK, MmapPages, Pages, Pool, SpanSlot};
use proptest::prelude::*;

/// Counts what is out, and can run dry.
struct Counted {
    out: AtomicUsize,
    limit: usize,
}

// SAFETY: passes everything on to `MmapPages`.
unsafe impl Pages for Counted {
    fn alloc_pages(&self, npages: usize) -> *mut u8 {
        if self.out.load(Ordering::Relaxed) + npages > self.limit {
            return std::ptr::null_mut();
        }
        self.out.fetch_add(npages, Ordering::Relaxed);
        MmapPages.alloc_pages(npages)
    }
    unsafe fn free_pages(&self, ptr: *mut u8, npages: usize) {
        self.out.fetch_sub(npages, Ordering::Relaxed);
        // SAFETY: a run of the same pages (the trait's contract).
        unsafe { MmapPages.free_pages(ptr, npages) }
    }
    unsafe fn slot(&self, ptr: *mut u8) -> *mut SpanSlot {
        // SAFETY: a run of the same pages (the trait's contract).
        unsafe { MmapPages.slot(ptr) }
    }
}

#[derive(Clone, Debug)]
enum Op {
    Alloc { cache: usize, log: u32 },
    Free { cache: usize, which: usize },
    Clear { cache: usize },
    Hold(bool),
    Release,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        12 => (0..3usize, prop_oneof![8 => 0..4u32, 1 => 4..8u32]).prop_map(|(cache, log)| Op::Alloc { cache, log }),
        10 => (0..3usize, any::<usize>()).prop_map(|(cache, which)| Op::Free { cache, which }),
        1 => (0..2usize).prop_map(|cache| Op::Clear { cache }),
        1 => any::<bool>().prop_map(Op::Hold),
        1 => Just(Op::Release),
    ]
}

/// Adds a new stack of `size` bytes, which is to overlap with none, and has its own bounds in its outermost words from then on.
fn add(live: &mut BTreeMap<usize, Bounds>, b: Bounds, size: usize) {
    assert_eq!(b.size(), size);
    assert_eq!(b.lo % MIN_STACK, 0);
    if let Some((_, below)) = live.range(..b.hi).next_back() {
        assert!(below.hi <= b.lo, "{below:?} overlaps {b:?}");
    }
    // SAFETY: the stack is ours now.
    unsafe {
        *(b.lo as *mut usize) = b.lo;
        *((b.hi - 8) as *mut usize) = b.hi;
    }
    live.insert(b.lo, b);
}

/// Cache 2 stands for no cache.
fn run(ops: Vec<Op>, limit: usize) {
    let pool = Pool::new(Counted { out: AtomicUsize::new(0), limit });
    let mut caches = [Cache::new(), Cache::new()];
    let mut live: BTreeMap<usize, Bounds> = BTreeMap::new();
    let give = |caches: &mut [Cache; 2], cache: usize, b: Bounds| {
        // SAFETY: `b` is live, and its words still say so.
        unsafe {
            assert_eq!(*(b.lo as *const usize), b.lo);
            assert_eq!(*((b.hi - 8) as *const usize), b.hi);
            match caches.get_mut(cache) {
                Some(c) => c.free(&pool, b),
                None => pool.free(b),
            }
        }
    };
    for op in ops {
        match op {
            Op::Alloc { cache, log } => {
                let size = MIN_STACK << log;
                let b = match caches.get_mut(cache) {
                    // SAFETY: the caches know this pool alone.
                    Some(c) => unsafe { c.alloc(&pool, size) },
                    None => pool.alloc(size),
                };
                if b.is_none() {
                    assert!(limit < usize::MAX, "an endless supply ran dry");
                    continue;
                }
                add(&mut live, b, size);
            }
            Op::Free { cache, which } if !live.is_empty() => {
                let lo = *live.keys().nth(which % live.len()).unwrap();
                give(&mut caches, cache, live.remove(&lo).unwrap());
            }
            Op::Free { .. } => {}
            // SAFETY: the caches know this pool alone.
            Op::Clear { cache } => unsafe { caches[cache].clear(&pool) },
            Op::Hold(on) => pool.hold(on),
            Op::Release => pool.release_free(),
        }
        let used: usize = live.values().map(|b| b.size()).sum();
        let cached: usize = caches.iter().map(|c| c.bytes()).sum();
        assert!(pool.bytes() >= used + cached);
        assert_eq!(pool.bytes(), pool.pages().out.load(Ordering::Relaxed) * 8192);
        assert!(caches.iter().all(|c| c.bytes() <= 4 * (32 << 10)));
    }
    for (_, b) in live {
        give(&mut caches, 0, b);
    }
    // SAFETY: the caches know this pool alone.
    caches.iter_mut().for_each(|c| unsafe { c.clear(&pool) });
    pool.hold(false);
    pool.release_free();
    assert_eq!((pool.bytes(), pool.pages().out.load(Ordering::Relaxed)), (0, 0));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]
    #[test]
    fn agrees_with_the_model(ops in prop::collection::vec(op(), 1..400)) {
        run(ops, usize::MAX);
    }

    #[test]
    fn agrees_when_memory_is_short(ops in prop::collection::vec(op(), 1..400), limit in 0..40usize) {
        run(ops, limit);
    }
}

#[test]
fn a_few_free_runs_are_kept_and_no_more() {
    let pool = Pool::new(MmapPages);
    let stacks: Vec<_> = (0..40).map(|_| pool.alloc(16 << 10)).collect();
    assert_eq!(pool.bytes(), 20 * (32 << 10));
    // SAFETY: all are ours.
    stacks.into_iter().for_each(|b| unsafe { pool.free(b) });
    assert_eq!(pool.bytes(), 8 * (32 << 10));
    pool.release_free();
    assert_eq!((pool.bytes(), pool.free_bytes()), (0, 0));
}

#[test]
fn free_stacks_are_counted() {
    let pool = Pool::new(MmapPages);
    let mut cache = Cache::new();
    assert_eq!(pool.free_bytes(), 0);
    let (small, big) = (pool.alloc(4 << 10), pool.alloc(64 << 10));
    // SAFETY: the cache is empty.
    let cached = unsafe { cache.alloc(&pool, 4 << 10) };
    assert_eq!(pool.free_bytes(), pool.bytes() - (64 << 10) - (4 << 10) - (4 << 10) - cache.bytes());
    // SAFETY: all are ours.
    unsafe {
        pool.free(small);
        pool.free(big);
        cache.free(&pool, cached);
    }
    // SAFETY: the cache knows this pool alone.
    unsafe { cache.clear(&pool) };
    assert_eq!(pool.free_bytes(), pool.bytes());
    pool.release_free();
    assert_eq!((pool.free_bytes(), pool.bytes()), (0, 0));
}

#[test]
fn held_runs_stay_and_are_reused() {
    let pool = Pool::new(MmapPages);
    pool.hold(true);
    let big = pool.alloc(64 << 10);
    // SAFETY: ours.
    unsafe { pool.free(big) };
    assert_eq!(pool.bytes(), 64 << 10);
    assert_eq!(pool.alloc(64 << 10), big);
    // SAFETY: ours.
    unsafe { pool.free(big) };
    pool.hold(false);
    pool.release_free();
    assert_eq!(pool.bytes(), 0);
}

#[test]
fn threads_share_the_pool() {
    let pool = Pool::new(MmapPages);
    std::thread::scope(|s| {
        for t in 0..4usize {
            let pool = &pool;
            s.spawn(move || {
                let mut cache = Cache::new();
                let mut mine = vec![];
                for i in 0..20_000usize {
                    if i % 3 != 2 || mine.is_empty() {
                        // SAFETY: the cache knows this pool alone.
                        let b = unsafe { cache.alloc(pool, MIN_STACK << (i % 4)) };
                        // SAFETY: ours.
                        unsafe { *(b.lo as *mut usize) = t };
                        mine.push(b);
                    } else {
                        let b: Bounds = mine.swap_remove(i * 7 % mine.len());
                        // SAFETY: ours.
                        unsafe {
                            assert_eq!(*(b.lo as *const usize), t);
                            cache.free(pool, b);
                        }
                    }
                    if mine.len() > 300 {
                        // SAFETY: ours.
                        mine.drain(..).for_each(|b| unsafe { cache.free(pool, b) });
                    }
                }
                // SAFETY: ours.
                mine.drain(..).for_each(|b| unsafe { cache.free(pool, b) });
                // SAFETY: the cache knows this pool alone.
                unsafe { cache.clear(pool) };
            });
        }
    });
    pool.release_free();
    assert_eq!(pool.bytes(), 0);
}

/// A size between two classes would reach into the next stack.
#[test]
fn sizes_that_are_no_powers_of_two_are_refused() {
    let pool = Pool::new(MmapPages);
    for size in [0, 1024, 3000, 12 << 10, 40 << 10, 96 << 10] {
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| pool.alloc(size)));
        assert!(got.is_err(), "{size} bytes: {got:?}");
    }
}

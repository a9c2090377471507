//! Samples for a heap profile: which objects, how many, and that nothing else changes.
#![cfg(not(loom))]

use core::sync::atomic::{AtomicIsize, Ordering::Relaxed};
use goxide_alloc::{Cache, Heap, Layout, OsPages};

fn heap() -> Box<Heap<OsPages>> {
    Box::new(Heap::new(OsPages))
}

fn watching(mean: isize) -> (&'static AtomicIsize, Cache) {
    let variable: &'static AtomicIsize = Box::leak(Box::new(AtomicIsize::new(mean)));
    let mut cache = Cache::new();
    // SAFETY: leaked.
    unsafe { cache.watch_mean(variable, 0x9e37_79b9_7f4a_7c15) };
    (variable, cache)
}

/// An object without pointers: its address, and whether the fast path gave it, or how large a sample it is.
fn alloc(c: &mut Cache, h: &Heap<OsPages>, size: usize) -> (usize, Option<usize>) {
    // SAFETY: no layout to be right or wrong; one heap.
    unsafe {
        let p = c.alloc_fast(size, &Layout::NOSCAN, true);
        if !p.is_null() {
            return (p as usize, None);
        }
        let slow = c.alloc_slow(h, size, &Layout::NOSCAN, true).expect("memory");
        (slow.object as usize, Some(slow.sample))
    }
}

#[test]
fn with_a_mean_of_one_every_object_is_a_sample() {
    let h = heap();
    let (_, mut c) = watching(1);
    let mut all = Vec::new();
    for round in 0..3000 {
        for (size, rounded) in [(16, 16), (24, 24), (1000, 1024), (1 << 20, 1 << 20)] {
            if size == 1 << 20 && round > 3 {
                continue;
            }
            let (p, sample) = alloc(&mut c, &h, size);
            assert_eq!(sample, Some(rounded), "{round} {size}");
            all.push((p, rounded));
        }
    }
    all.sort();
    assert!(all.windows(2).all(|w| w[0].0 + w[0].1 <= w[1].0), "objects overlap");
    assert_eq!(c.stats().small_allocs.iter().sum::<u64>(), 9000);
    c.flush(&h);
    assert_eq!(h.snapshot(std::iter::empty()).heap_objects, 9004);
}

#[test]
fn only_new_tiny_blocks_are_samples() {
    let h = heap();
    let (_, mut c) = watching(1);
    let samples = (0..64).filter(|_| alloc(&mut c, &h, 4).1 == Some(16)).count();
    assert_eq!(samples, 16);
}

#[test]
fn a_mean_is_kept_and_costs_nothing_in_between() {
    let h = heap();
    let (_, mut c) = watching(64 << 10);
    let (mut samples, mut slow) = (0, 0);
    let n = 200_000;
    for _ in 0..n {
        if let (_, Some(bytes)) = alloc(&mut c, &h, 128) {
            slow += 1;
            samples += usize::from(bytes == 128);
        }
    }
    let expected = n * 128 / (64 << 10);
    assert!(samples > expected * 8 / 10 && samples < expected * 12 / 10, "{samples} of {expected}");
    // Spans of 64 objects, and the samples themselves.
    assert!(slow <= samples + n / 64 + 2, "{slow} slow allocations, {samples} samples");
    assert_eq!(c.stats().small_allocs.iter().sum::<u64>(), n as u64);
}

#[test]
fn a_new_mean_is_noticed() {
    let h = heap();
    let (mean, mut c) = watching(0);
    for _ in 0..100 {
        assert!(alloc(&mut c, &h, 8).1.is_none_or(|bytes| bytes == 0));
    }
    mean.store(1, Relaxed);
    // What the current word still has is not sampled, everything after it is.
    let missed = (0..1000).filter(|_| alloc(&mut c, &h, 8).1 != Some(16)).count();
    assert!(missed < 1000);
    let (_, sample) = alloc(&mut c, &h, 16);
    assert_eq!(sample, Some(16));
    // Asked to, the cache looks at once.
    mean.store(0, Relaxed);
    c.reconsider();
    assert_eq!(alloc(&mut c, &h, 16).1, Some(0));
    assert_eq!(alloc(&mut c, &h, 16).1, None);
}

#[test]
fn a_mean_that_changes_all_the_time() {
    let h = heap();
    let (mean, mut c) = watching(0);
    let done = core::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|s| {
        s.spawn(|| {
            for i in (0..).take_while(|_| !done.load(Relaxed)) {
                mean.store([1, 100, 0, 4096][i % 4], Relaxed);
            }
        });
        let mut n = 0;
        for round in 0..20 {
            for size in [8, 24, 80, 500] {
                n += (0..2000).filter(|_| alloc(&mut c, &h, size + round).0 != 0).count();
            }
            // Spans come back with their first words full.
            c.flush(&h);
        }
        done.store(true, Relaxed);
        assert_eq!(n, 160_000);
    });
    assert_eq!(h.snapshot(core::iter::once(&c)).mallocs, 160_000);
}

//! The read-only views agree with what was allocated and freed (feature `inspect`).
#![cfg(not(loom))]

use goxide_alloc::inspect::{Listed, PageState};
use goxide_alloc::size_class::{PAGE, SpanClass};
use goxide_alloc::span::State;
use goxide_alloc::{Cache, Heap, Layout, OsPages};

fn heap() -> Box<Heap<OsPages>> {
    let heap = Box::new(Heap::new(OsPages));
    // SAFETY: nothing was allocated yet, and these tests have no collector.
    unsafe { heap.enable_free() };
    heap
}

fn alloc(c: &mut Cache, h: &Heap<OsPages>, size: usize) -> usize {
    // SAFETY: no layout is looked at without pointers; each cache has one heap.
    unsafe { c.alloc(h, size, &Layout::NOSCAN, true) as usize }
}

/// Pages used, free with memory, free without.
fn pages(h: &Heap<OsPages>) -> [usize; 3] {
    let mut n = [0; 3];
    let mut last = 0;
    h.for_each_page_run(|run| {
        assert!(run.addr >= last && run.npages > 0, "runs come in order and do not overlap");
        last = run.addr + run.npages * PAGE;
        n[match run.state {
            PageState::Used => 0,
            PageState::Free => 1,
            PageState::Released => 2,
        }] += run.npages;
    });
    n
}

#[test]
fn a_heap_without_anything_shows_nothing() {
    let h = heap();
    assert_eq!(h.spans().count(), 0);
    assert_eq!(pages(&h), [0; 3]);
    assert_eq!(Cache::new().held().count(), 0);
}

#[test]
fn what_a_cache_has_handed_out_is_seen_at_once() {
    let (h, mut c) = (heap(), Cache::new());
    let objects: Vec<usize> = (0..300).map(|_| alloc(&mut c, &h, 48)).collect();
    let sc = SpanClass::for_size(48, true);
    let held = c.held_of(sc).expect("the cache holds a span of the class");
    assert_eq!(held.span().listed(), Listed::Held);
    let mut seen = 0;
    for i in 0..held.span().nelems() {
        let there = objects.contains(&(held.span().base() + i * 48));
        assert_eq!(held.is_allocated(i), there, "object {i}");
        seen += usize::from(there);
    }
    let full = h.listed(sc).full;
    assert_eq!(full * held.span().nelems() + seen, objects.len(), "the rest is in full spans");
    assert_eq!(c.held().count(), 1);
}

#[test]
fn the_lists_and_the_pages_follow_a_span_to_its_end() {
    let (h, mut c) = (heap(), Cache::new());
    let small = alloc(&mut c, &h, 1025 * 8);
    let large = alloc(&mut c, &h, (1 << 20) * 8 + 8);
    let spans: Vec<_> = h.spans().map(|s| (s.elem_size(), s.npages(), s.listed(), s.state())).collect();
    assert_eq!(spans, [(9472, 7, Listed::Held, State::InUse), (8_396_800, 1025, Listed::Full, State::InUse)]);
    // The second leaf on is in the tree; the run of the large object goes over its bounds.
    let [used, free, released] = pages(&h);
    assert_eq!((used, free), (7 + 1025, 0));
    assert_eq!((used + released) * PAGE, h.snapshot([&c].into_iter()).heap_sys as usize);
    let sc = SpanClass::for_size(9472, true);
    c.flush(&h);
    assert_eq!((h.listed(sc).partial, h.listed(sc).full), (1, 0));
    // SAFETY: both came from this heap and are used no more.
    unsafe { assert!(h.free(small as *mut u8) && h.free(large as *mut u8)) };
    h.trim();
    assert_eq!((h.spans().count(), pages(&h)[0], pages(&h)[1]), (0, 0, 7 + 1025));
    assert_eq!((h.listed(sc).partial, h.listed(sc).full), (0, 0));
    h.release_unused(usize::MAX);
    assert_eq!(pages(&h)[1], 0, "all memory was given back");
}

#[test]
fn small_objects_share_a_block() {
    let (h, mut c) = (heap(), Cache::new());
    assert_eq!(c.tiny_block(), None);
    let first = alloc(&mut c, &h, 3);
    assert_eq!(c.tiny_block(), Some((first, 3)));
    assert_eq!(alloc(&mut c, &h, 4), first + 4);
    assert_eq!(c.tiny_block(), Some((first, 8)));
}

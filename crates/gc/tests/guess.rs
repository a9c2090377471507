//! Guesses: words that may be pointers keep what they lead to, and a check that meets more of them than marking did is no failure.

use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use goxide_alloc::{Cache, Heap, Layout, OsPages, sweep::Swept};
use goxide_gc::pacer::Shares;
use goxide_gc::{Gc, Host, Scan, Tracer};

struct Embedder {
    heap: Heap<OsPages>,
    /// What the one root visits, and what it guesses.
    visited: Mutex<Vec<usize>>,
    guessed: Mutex<Vec<usize>>,
    failures: AtomicUsize,
}

// SAFETY: the root visits all that a test holds; large objects have no pointers.
unsafe impl Host for Embedder {
    type Pages = OsPages;
    fn heap(&self) -> &Heap<OsPages> {
        &self.heap
    }
    fn root_jobs(&self) -> usize {
        1
    }
    unsafe fn scan_root(&self, _: usize, t: &mut Tracer<'_, Self>) -> Scan {
        self.visited.lock().unwrap().iter().for_each(|&p| t.visit(p));
        self.guessed.lock().unwrap().iter().for_each(|&p| t.guess(p));
        Scan::Done
    }
    unsafe fn scan_object(&self, _: usize, _: usize, _: usize, _: Range<usize>, _: &mut Tracer<'_, Self>) {}
    fn nanotime(&self) -> i64 {
        goxide_sys::time::nanotime()
    }
    fn marking_done(&self) {}
    fn check_failed(&self, _: usize, _: usize) -> ! {
        self.failures.fetch_add(1, Relaxed);
        std::panic::panic_any("not marked")
    }
}

/// A collector, and `n` objects of 32 bytes whose first word is a pointer: each to the next, the last to nothing.
fn world(n: usize) -> (&'static Gc<Embedder>, Cache, Vec<usize>) {
    let embedder = Embedder {
        heap: Heap::new(OsPages),
        visited: Mutex::default(),
        guessed: Mutex::default(),
        failures: AtomicUsize::new(0),
    };
    let gc: &'static Gc<Embedder> = Box::leak(Box::new(Gc::new(embedder)));
    let mut cache = Cache::new();
    let mask = [1u8];
    let layout = Layout { opaque: 1, elem_size: 32, ptr_bytes: 8, mask: mask.as_ptr() };
    // SAFETY: the mask has a bit for the one word; the cache has one heap.
    let o: Vec<usize> = (0..n).map(|_| unsafe { cache.alloc(&gc.host.heap, 32, &layout, true) } as usize).collect();
    for pair in o.windows(2) {
        // SAFETY: the test's own object.
        unsafe { (pair[0] as *mut usize).write(pair[1]) };
    }
    (gc, cache, o)
}

/// A collection, checked with `more` guessed at the end; how many objects are left.
fn collect(gc: &'static Gc<Embedder>, cache: &mut Cache, more: &[usize]) -> u64 {
    cache.flush(&gc.host.heap);
    // SAFETY: the test's only thread, whose only cache is flushed; the last cycle was swept; nothing stores pointers.
    unsafe { gc.begin_mark() };
    // SAFETY: a new marker.
    let m = unsafe { &mut *gc.new_marker() };
    // SAFETY: a marker of this collector, which marks.
    let _ = unsafe { Tracer::new(gc, m) }.drain(|| false);
    gc.host.guessed.lock().unwrap().extend(more);
    // SAFETY: it marks, on the only thread; no barrier, no allocation since the cache was flushed.
    unsafe {
        assert!(gc.try_finish(m));
        gc.check(m);
        let _ = gc.end_cycle(0, 0, Shares::BACKGROUND);
    }
    while gc.host.heap.sweep_one() != Swept::Nothing {}
    gc.host.heap.snapshot(std::iter::empty()).heap_objects
}

#[test]
fn a_guess_keeps_what_it_leads_to() {
    let (gc, mut cache, o) = world(10);
    // Into the middle of the fourth; and words that are no pointers.
    gc.host.guessed.lock().unwrap().extend([o[3] + 17, 0, 1, usize::MAX, o[0] & !0xffff | 7, 1 << 46]);
    gc.host.guessed.lock().unwrap().retain(|p| !(o[0]..o[3]).contains(p));
    assert_eq!(collect(gc, &mut cache, &[]), 7);
}

#[test]
fn a_check_follows_guesses_to_marked_objects_only() {
    let (gc, mut cache, o) = world(10);
    gc.host.visited.lock().unwrap().push(o[8]);
    // A word that appears after marking, and leads to an object that died.
    assert_eq!(collect(gc, &mut cache, &[o[2], o[8]]), 2);
    assert_eq!(gc.host.failures.load(Relaxed), 0);
}

#[test]
#[should_panic(expected = "not marked")]
fn a_check_misses_the_mark_of_what_is_visited() {
    let (gc, mut cache, o) = world(10);
    gc.host.visited.lock().unwrap().push(o[8]);
    cache.flush(&gc.host.heap);
    // SAFETY: the test's only thread, whose only cache is flushed; the last cycle was swept; nothing stores pointers.
    unsafe { gc.begin_mark() };
    // SAFETY: a new marker.
    let m = unsafe { &mut *gc.new_marker() };
    // SAFETY: a marker of this collector, which marks.
    let _ = unsafe { Tracer::new(gc, m) }.drain(|| false);
    gc.host.visited.lock().unwrap().push(o[2]);
    // SAFETY: it marks, on the only thread; no barrier, no allocation since the cache was flushed.
    unsafe {
        assert!(gc.try_finish(m));
        gc.check(m);
    }
}

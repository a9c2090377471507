//! Special records over a heap of their own, marked by hand: their order, and what sweeping does with them.

use super::*;
use crate::pacer::Shares;
use crate::records::{FIRST, place};
use crate::seam::Scan;
use core::ops::Range;
use core::sync::atomic::Ordering::*;
use goxide_alloc::{Cache, Heap, Layout, OsPages};
use std::sync::Mutex;

#[derive(Default)]
struct Fates {
    /// Objects of finalizers that were handed over, and the records.
    finalized: Vec<(usize, usize)>,
    /// First words of notes' payloads.
    noted: Vec<usize>,
}

struct Embedder {
    heap: Heap<OsPages>,
    fates: Mutex<Fates>,
}

// SAFETY: there are no roots but finalizers; large objects have no pointers.
unsafe impl Host for Embedder {
    type Pages = OsPages;
    fn heap(&self) -> &Heap<OsPages> {
        &self.heap
    }
    fn root_jobs(&self) -> usize {
        0
    }
    unsafe fn scan_root(&self, _: usize, _: &mut Tracer<'_, Self>) -> Scan {
        unreachable!("there is none")
    }
    unsafe fn scan_object(&self, _: usize, _: usize, _: usize, _: Range<usize>, _: &mut Tracer<'_, Self>) {}
    fn nanotime(&self) -> i64 {
        goxide_sys::time::nanotime()
    }
    fn marking_done(&self) {}
    fn check_failed(&self, _: usize, _: usize) -> ! {
        unreachable!()
    }
}

impl Dead for Embedder {
    unsafe fn finalizer(&self, s: *mut Special) {
        // SAFETY: the record is ours.
        let object = unsafe { (*s).object };
        self.fates.lock().unwrap().finalized.push((object, s as usize));
    }
    fn note(&self, payload: &Payload) {
        self.fates.lock().unwrap().noted.push(payload[1]);
    }
}

/// A collector, and `n` objects of 32 bytes in a row, whose first word is a pointer.
struct World {
    gc: &'static Gc<Embedder>,
    cache: Cache,
    objects: Vec<usize>,
}

impl World {
    fn new(n: usize) -> World {
        let gc: &'static Gc<Embedder> =
            Box::leak(Box::new(Gc::new(Embedder { heap: Heap::new(OsPages), fates: Mutex::default() })));
        gc.watch_specials();
        let mut cache = Cache::new();
        let mask = [1u8];
        let layout = Layout { opaque: 1, elem_size: 32, ptr_bytes: 8, mask: mask.as_ptr() };
        // SAFETY: the mask has a bit for the one word; the cache has one heap.
        let objects = (0..n).map(|_| unsafe { cache.alloc(&gc.host.heap, 32, &layout, true) } as usize).collect();
        World { gc, cache, objects }
    }

    fn span(&self, object: usize) -> &'static Span {
        self.gc.host.heap.object_of(object).unwrap().2
    }

    fn add(&self, object: usize, kind: Kind, word: usize) -> bool {
        // SAFETY: the test's object in its own span, kept by the test; no pointer; nothing marks; `new` had specials watched.
        unsafe { self.gc.add_special(self.span(object), object, kind, [0, word, 0, 0], None) }
    }

    /// Addresses and kinds in the list of an object's span.
    fn list(&self, object: usize) -> Vec<(usize, Kind)> {
        let mut s = self.span(object).specials.load(Relaxed) as *const Special;
        let mut list = Vec::new();
        // SAFETY: records in the list are valid.
        while let Some(r) = unsafe { s.as_ref() } {
            list.push((r.object, r.kind));
            s = r.next;
        }
        list
    }

    /// A whole collection, of which `roots` are what is held.
    fn collect(&mut self, roots: &[usize]) -> Fates {
        let gc = self.gc;
        self.cache.flush(&gc.host.heap);
        // SAFETY: the test's only thread, whose only cache is flushed; the last cycle was swept; nothing stores pointers.
        unsafe { gc.begin_mark() };
        // SAFETY: a new marker.
        let m = unsafe { &mut *gc.new_marker() };
        // SAFETY: a marker of this collector, which marks.
        let mut t = unsafe { Tracer::new(gc, m) };
        roots.iter().for_each(|&r| t.visit(r));
        let _ = t.drain(|| false);
        // SAFETY: it marks, on the only thread; no barrier, no allocation since the cache was flushed.
        unsafe {
            assert!(gc.try_finish(m));
            let _ = gc.end_cycle(0, 0, Shares::BACKGROUND);
        }
        while gc.host.heap.sweep_one() != goxide_alloc::sweep::Swept::Nothing {}
        core::mem::take(&mut *gc.host.fates.lock().unwrap())
    }

    /// Gives the records back that were handed over.
    fn free(&self, fates: &Fates) {
        for &(_, s) in &fates.finalized {
            // SAFETY: handed over, and not used any more.
            unsafe { self.gc.free_special(s as *mut Special) };
        }
    }

    fn alive(&self) -> u64 {
        self.gc.host.heap.snapshot(std::iter::empty()).heap_objects
    }
}

#[test]
fn records_are_in_order_and_one_of_a_kind() {
    let w = World::new(4);
    let o = &w.objects;
    for (i, kind) in [(2, Kind::Note), (0, Kind::Finalizer), (2, Kind::Finalizer), (1, Kind::Note), (3, Kind::Note)] {
        assert!(w.add(o[i], kind, i));
    }
    assert!(!w.add(o[2], Kind::Note, 9) && !w.add(o[0], Kind::Finalizer, 9));
    // An address inside of an object is one of its own.
    assert!(w.add(o[1] + 8, Kind::Note, 5));
    let want = [
        (o[0], Kind::Finalizer),
        (o[1], Kind::Note),
        (o[1] + 8, Kind::Note),
        (o[2], Kind::Finalizer),
        (o[2], Kind::Note),
        (o[3], Kind::Note),
    ];
    assert_eq!(w.list(o[0]), want);
}

#[test]
fn a_record_that_was_removed_is_gone_and_its_room_is_used_again() {
    let mut w = World::new(2);
    let (a, b) = (w.objects[0], w.objects[1]);
    assert!(w.add(a, Kind::Finalizer, 1) && w.add(b, Kind::Finalizer, 2) && w.add(b, Kind::Note, 3));
    let room = w.span(a).specials.load(Relaxed);
    // SAFETY: spans of the test's own heap, which stay in use.
    let take = |o, kind| unsafe { w.gc.take_special(w.span(o), o, kind) };
    // SAFETY: spans of the test's own heap, which stay in use.
    let remove = |o, kind| unsafe { w.gc.remove_special(w.span(o), o, kind) };
    assert_eq!(take(a, Kind::Finalizer), Some([0, 1, 0, 0]));
    assert!(!remove(a, Kind::Finalizer));
    assert!(!remove(a, Kind::Note));
    assert!(w.add(a, Kind::Note, 4));
    assert_eq!(w.span(a).specials.load(Relaxed), room);
    assert!(remove(b, Kind::Finalizer));
    let fates = w.collect(&[]);
    assert_eq!((fates.finalized.len(), fates.noted), (0, vec![4, 3]));
    assert_eq!(w.alive(), 0);
}

#[test]
fn a_finalizer_keeps_its_object_once_and_what_that_refers_to() {
    let mut w = World::new(3);
    let [a, b, c] = w.objects[..] else { unreachable!() };
    // SAFETY: objects of ours: a refers to b, b to c.
    unsafe {
        (a as *mut usize).write(b);
        (b as *mut usize).write(c);
    }
    assert!(w.add(a, Kind::Finalizer, 1));
    assert!(w.collect(&[a]).finalized.is_empty());
    let fates = w.collect(&[]);
    assert_eq!(fates.finalized.iter().map(|f| f.0).collect::<Vec<_>>(), [a]);
    assert_eq!((w.alive(), w.list(a).len()), (3, 0));
    // With its record it is a root.
    assert!(w.collect(&[]).finalized.is_empty());
    assert_eq!(w.alive(), 3);
    w.free(&fates);
    // Nothing holds it a second time.
    assert!(w.collect(&[]).finalized.is_empty());
    assert_eq!(w.alive(), 0);
}

#[test]
fn an_object_that_refers_to_itself_is_found_unreachable() {
    let mut w = World::new(1);
    let a = w.objects[0];
    // SAFETY: an object of ours.
    unsafe { (a as *mut usize).write(a) };
    assert!(w.add(a, Kind::Finalizer, 1));
    assert_eq!(w.collect(&[]).finalized.len(), 1);
}

#[test]
fn the_note_comes_after_the_finalizer_when_the_object_is_gone() {
    let mut w = World::new(2);
    let a = w.objects[0];
    assert!(w.add(a, Kind::Note, 7) && w.add(a, Kind::Finalizer, 1));
    let fates = w.collect(&[]);
    assert_eq!((fates.finalized.len(), fates.noted.len()), (1, 0));
    assert_eq!(w.list(a), [(a, Kind::Note)]);
    // Held by its record, by the runner of the finalizer, then by nothing.
    assert!(w.collect(&[]).noted.is_empty());
    w.free(&fates);
    assert!(w.collect(&[a]).noted.is_empty());
    assert_eq!(w.collect(&[]).noted, [7]);
    assert_eq!(w.alive(), 0);
}

#[test]
fn finalizers_at_several_addresses_of_an_object_all_run() {
    let mut w = World::new(2);
    let a = w.objects[1];
    assert!(w.add(a + 16, Kind::Finalizer, 1) && w.add(a, Kind::Finalizer, 2) && w.add(a + 8, Kind::Note, 3));
    let fates = w.collect(&[]);
    assert_eq!(fates.finalized.iter().map(|f| f.0).collect::<Vec<_>>(), [a, a + 16]);
    assert_eq!(w.list(a), [(a + 8, Kind::Note)]);
    w.free(&fates);
    assert_eq!(w.collect(&[]).noted, [3]);
}

#[test]
fn records_of_a_large_object() {
    let mut w = World::new(0);
    let layout = Layout::NOSCAN;
    // SAFETY: no pointers; the cache has one heap.
    let a = unsafe { w.cache.alloc(&w.gc.host.heap, 100_000, &layout, true) } as usize;
    assert!(w.add(a, Kind::Finalizer, 1) && w.add(a + 50_000, Kind::Note, 2));
    let fates = w.collect(&[]);
    assert_eq!((fates.finalized.len(), fates.noted.len(), w.alive()), (1, 0, 1));
    w.free(&fates);
    assert_eq!((w.collect(&[]).noted, w.alive()), (vec![2], 0));
}

#[test]
fn slabs_are_numbered_one_after_the_other() {
    let mut want = 0;
    for k in 0..6 {
        for at in 0..FIRST << k {
            assert_eq!(place(want), (k, at));
            want += 1;
        }
    }
}

/// Many finalizers are many jobs, each of them short; all that they keep is kept; rooms of records that were given back are
/// used again.
#[test]
fn many_finalizers_are_many_jobs() {
    const N: usize = 5000;
    let mut w = World::new(2 * N);
    let (owners, kept) = w.objects.split_at(N);
    let (owners, kept) = (owners.to_vec(), kept.to_vec());
    for (&a, &b) in owners.iter().zip(&kept) {
        // SAFETY: an object of ours.
        unsafe { (a as *mut usize).write(b) };
        assert!(w.add(a, Kind::Finalizer, 1));
    }
    let jobs = w.gc.finalizer_jobs();
    assert!((N / (SLAB * JOB)..=N / (SLAB * JOB) + 2).contains(&jobs), "{jobs}");
    assert!(w.collect(&owners).finalized.is_empty());
    assert_eq!(w.alive(), 2 * N as u64);
    let fates = w.collect(&[]);
    assert_eq!(fates.finalized.len(), N);
    w.free(&fates);
    for &a in &owners {
        assert!(w.add(a, Kind::Note, 1));
    }
    assert_eq!(w.gc.finalizer_jobs(), jobs);
    assert_eq!(w.collect(&[]).noted.len(), N);
    assert_eq!(w.alive(), 0);
}

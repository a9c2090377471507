//! Hand-out of spans under the model checker: no object is handed out twice, none is lost, and the links and bits of a
//! span are only touched by its holder. With a collector: every span is swept once, by one thread, and none is lost.

use super::*;
use crate::size_class::SIZES;
use ::loom::sync::Arc;
use ::loom::sync::atomic::AtomicU64;
use ::loom::thread;

/// The class of 4096 bytes: two objects per span.
fn class() -> SpanClass {
    let c = SIZES.iter().position(|&s| s == 4096).unwrap();
    SpanClass::new(c as u8, true)
}

struct World {
    central: Central,
    /// Objects handed out and not freed, a bit each: two per span.
    owned: AtomicU64,
}

fn world(spans: usize) -> (Arc<World>, Vec<*mut Span>) {
    let world = World { central: Central::new(), owned: AtomicU64::new(0) };
    let made: Vec<*mut Span> =
        (0..spans).map(|i| Box::into_raw(Span::new_for_loom(0x10000 + i * 8192, class(), null_mut()))).collect();
    for &s in &made {
        // SAFETY: new spans in no list.
        unsafe { world.central.put(s, true) };
    }
    (Arc::new(world), made)
}

fn bit(span: &Span, index: usize) -> u64 {
    1 << ((span.base() - 0x10000) / 8192 * 2 + index)
}

/// What a cache does: takes a span, allocates one object, puts it back. None when no span has a free object.
fn allocate(w: &World) -> Option<(*mut Span, usize)> {
    let (span, _) = w.central.take_partial(true);
    // SAFETY: null, or held by us.
    let s = unsafe { span.as_ref() }?;
    let bits = s.alloc_bits()[0].load(Relaxed);
    let free = !bits & s.word_mask(0);
    let got = (free != 0).then(|| free.trailing_zeros() as usize);
    if let Some(i) = got {
        s.alloc_bits()[0].store(bits | 1 << i, Relaxed);
        s.set_alloc_count(s.alloc_count() + 1);
        assert_eq!(w.owned.fetch_or(bit(s, i), AcqRel) & bit(s, i), 0, "an object was handed out twice");
    }
    // SAFETY: held by us, bits and count are right.
    unsafe { w.central.put(span, true) };
    got.map(|i| (span, i))
}

fn free(w: &World, (span, i): (*mut Span, usize)) {
    // SAFETY: the object is ours; spans of these tests are not freed before the end.
    unsafe {
        w.owned.fetch_and(!bit(&*span, i), AcqRel);
        assert_eq!(w.central.free(span, 0, 1 << i), 0);
    }
}

fn finish(w: Arc<World>, made: Vec<*mut Span>) {
    // Everything that is not owned can be allocated: nothing was lost in a list that is not looked at.
    let free = made.len() * 2 - w.owned.load(Acquire).count_ones() as usize;
    for _ in 0..free {
        assert!(allocate(&w).is_some(), "a free object cannot be found");
    }
    assert!(allocate(&w).is_none());
    drop(w);
    for s in made {
        // SAFETY: made by Box, and the threads are over.
        drop(unsafe { Box::from_raw(s) });
    }
}

#[test]
fn two_caches_share_two_spans() {
    ::loom::model(|| {
        let (w, made) = world(2);
        let v = w.clone();
        let t = thread::spawn(move || {
            let a = allocate(&v);
            let b = allocate(&v);
            (a.is_some(), b.is_some())
        });
        let mine = (allocate(&w).is_some(), allocate(&w).is_some());
        let theirs = t.join().unwrap();
        // A cache can find nothing only while the other holds the last span with a free object, and takes it.
        assert!([mine.0, mine.1, theirs.0, theirs.1].into_iter().filter(|&ok| ok).count() >= 3);
        finish(w, made);
    });
}

#[test]
fn an_object_freed_while_its_span_becomes_full_is_found() {
    ::loom::model(|| {
        let (w, made) = world(1);
        let first = allocate(&w).unwrap();
        let (v, first) = (w.clone(), (first.0 as usize, first.1));
        let t = thread::spawn(move || free(&v, (first.0 as *mut Span, first.1)));
        // Takes the second object, or the first again; in between the span is full, or not.
        assert!(allocate(&w).is_some());
        t.join().unwrap();
        finish(w, made);
    });
}

#[test]
fn two_frees_into_a_full_span_move_it_once() {
    ::loom::model(|| {
        let (w, made) = world(1);
        let a = allocate(&w).unwrap();
        let b = allocate(&w).unwrap();
        let (v, a) = (w.clone(), (a.0 as usize, a.1));
        let t = thread::spawn(move || free(&v, (a.0 as *mut Span, a.1)));
        free(&w, b);
        t.join().unwrap();
        assert_eq!(w.central.len(), (1, 0));
        finish(w, made);
    });
}

/// The state of a collected class after marking: in each span object 0 is alive, object 1 is not.
struct Swept {
    central: Central,
    /// Spans whose sweep is not over: `Heap::unswept`.
    unswept: AtomicU64,
    /// Spans that were swept, a bit each.
    swept: AtomicU64,
    /// Objects handed out since, a bit each.
    owned: AtomicU64,
}

fn marked(spans: usize) -> (Arc<Swept>, Vec<*mut Span>) {
    let made: Vec<*mut Span> =
        (0..spans).map(|i| Box::into_raw(Span::new_for_loom(0x10000 + i * 8192, class(), null_mut()))).collect();
    let central = Central::new();
    for (i, &s) in made.iter().enumerate() {
        // SAFETY: new spans in no list; the first is full.
        unsafe {
            let full = if i == 0 { 0b11 } else { 0b01 };
            (*s).alloc_bits()[0].store(full, Relaxed);
            (*s).set_alloc_count(full.count_ones() as usize);
            (*s).set_mark(0);
            central.put(s, false);
        }
    }
    let n = central.begin_sweep();
    assert_eq!((n, central.len()), (spans, (0, 0)));
    let (swept, owned) = (AtomicU64::new(0), AtomicU64::new(0));
    (Arc::new(Swept { central, unswept: AtomicU64::new(n as u64), swept, owned }), made)
}

impl Swept {
    /// A span that was taken off the list of those to be swept.
    fn sweep(&self, span: *mut Span) {
        // SAFETY: held by us.
        unsafe {
            let number = 1 << (((*span).base() - 0x10000) / 8192);
            assert_eq!(self.swept.fetch_or(number, AcqRel) & number, 0, "a span was swept twice");
            (*span).sweep(false);
            assert_eq!((*span).alloc_count(), 1);
        }
    }

    /// `Heap::sweep_one`.
    fn sweep_one(&self) -> bool {
        let span = self.central.take_unswept();
        if span.is_null() {
            return false;
        }
        self.sweep(span);
        // SAFETY: held by us.
        unsafe { self.central.put(span, false) };
        self.unswept.fetch_sub(1, Release);
        true
    }

    /// `Cache::refill`, an allocation, and the span put back. False if there was no span with a free object.
    fn refill(&self) -> bool {
        let (mut span, _) = self.central.take_partial(false);
        if span.is_null() {
            span = self.central.take_unswept();
            if span.is_null() {
                return false;
            }
            self.sweep(span);
            self.unswept.fetch_sub(1, Release);
        }
        // SAFETY: held by us.
        let s = unsafe { &*span };
        let bits = s.alloc_bits()[0].load(Relaxed);
        assert_eq!(bits & 0b11, 0b01, "swept spans of this test have object 1 free");
        s.alloc_bits()[0].store(bits | 0b10, Relaxed);
        s.set_alloc_count(2);
        assert_eq!(self.owned.fetch_or(bit(s, 1), AcqRel) & bit(s, 1), 0, "an object was handed out twice");
        // SAFETY: held by us, bits and count are right.
        unsafe { self.central.put(span, false) };
        true
    }
}

/// Sweeps the rest, and looks whether everything is where it should be. `allocated` objects were handed out.
fn finish_sweep(w: Arc<Swept>, made: Vec<*mut Span>, allocated: usize) {
    while w.sweep_one() {}
    assert_eq!(w.unswept.load(Acquire), 0);
    assert_eq!(w.swept.load(Acquire), (1 << made.len()) - 1, "a span was not swept");
    assert_eq!(w.owned.load(Acquire).count_ones() as usize, allocated);
    assert_eq!(w.central.len(), (made.len() - allocated, allocated), "a span was lost");
    // The caches are flushed, no span is held: the next cycle's sweep finds all of them.
    assert_eq!(w.central.begin_sweep(), made.len());
    drop(w);
    for s in made {
        // SAFETY: made by Box, and the threads are over.
        drop(unsafe { Box::from_raw(s) });
    }
}

#[test]
fn a_cache_and_the_background_sweep_the_same_class() {
    ::loom::model(|| {
        let (w, made) = marked(2);
        let v = w.clone();
        let t = thread::spawn(move || while v.sweep_one() {});
        let allocated = usize::from(w.refill()) + usize::from(w.refill());
        t.join().unwrap();
        // A refill finds nothing only while the sweeper holds what is left.
        finish_sweep(w, made, allocated);
    });
}

#[test]
fn two_caches_sweep_the_same_class() {
    ::loom::model(|| {
        let (w, made) = marked(3);
        let v = w.clone();
        let t = thread::spawn(move || v.refill());
        assert!(w.refill(), "each of them finds a span");
        assert!(t.join().unwrap());
        finish_sweep(w, made, 2);
    });
}

#[test]
fn who_sees_that_all_is_swept_sees_the_result() {
    ::loom::model(|| {
        let (w, made) = marked(2);
        let v = w.clone();
        let t = thread::spawn(move || while v.sweep_one() {});
        w.sweep_one();
        if w.unswept.load(Acquire) == 0 {
            // What a collector does then, with the world stopped: look at spans that others have swept.
            for &s in &made {
                // SAFETY: nothing holds it.
                assert_eq!(unsafe { (*s).alloc_bits()[0].load(Relaxed) & 0b11 }, 0b01);
            }
        }
        t.join().unwrap();
        finish_sweep(w, made, 0);
    });
}

#[test]
fn what_is_marked_from_birth_counts_as_scanned_before() {
    ::loom::model(|| {
        let marks: Vec<AtomicU64> = (0..2 * crate::size_class::MARK_WORDS).map(|_| AtomicU64::new(0)).collect();
        let sc = SpanClass::new(class().class(), false);
        let span = Arc::new(Span::new_for_loom(0x10000, sc, marks.as_ptr().cast_mut()));
        // Object 0 is allocated, and reached in the meantime; object 1 is free.
        span.alloc_bits()[0].store(0b01, Relaxed);
        let v = span.clone();
        let cache = thread::spawn(move || {
            v.premark();
            // It is allocated, or it is not.
            v.alloc_bits()[0].store(0b11, Relaxed);
            v.unpremark();
        });
        // SAFETY: the span stays in use, and this plays its collector.
        unsafe { span.set_mark(0) };
        // A collector's claim.
        let marked = span.mark_bits()[0].load(Acquire);
        let scanned = span.scanned_bits()[0].load(Acquire);
        assert_eq!(marked & !scanned & 0b10, 0, "a new object would be scanned");
        cache.join().unwrap();
        assert_eq!((span.mark_bits()[0].load(Relaxed), span.scanned_bits()[0].load(Relaxed)), (0b11, 0b10));
    });
}

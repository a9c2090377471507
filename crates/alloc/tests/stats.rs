//! Statistics against a model: what several threads allocate, free for each other and keep is counted exactly once they stop. The allocator is not
//! this process's, so that nothing but the tests allocates from it; they take turns.
#![cfg(not(loom))]

mod alone;

use alone::alone;
use goxide_alloc::size_class::{CLASSES, PAGE, SIZES};
use goxide_alloc::{AllocStats, Cache, GoxideAlloc, Heap, Layout as Pointers, OsPages, ThreadAlloc};
use proptest::prelude::*;
use std::alloc::{GlobalAlloc, Layout};
use std::sync::{Arc, Barrier, Mutex};
use std::thread;

/// An object that a test has.
#[derive(Clone, Copy, Debug)]
struct Object {
    at: usize,
    layout: Layout,
}

impl Object {
    fn new(from: &impl GlobalAlloc, layout: Layout) -> Object {
        // SAFETY: the layouts of these tests have positive sizes.
        let p = unsafe { from.alloc(layout) };
        assert!(!p.is_null() && p.addr().is_multiple_of(layout.align()));
        // SAFETY: a new object of that size.
        unsafe { p.write_bytes(0xa5, layout.size()) };
        Object { at: p as usize, layout }
    }

    fn free(self, to: &impl GlobalAlloc) {
        // SAFETY: the tests have each object once, and it goes with this.
        unsafe { to.dealloc(self.at as *mut u8, self.layout) };
    }

    fn resize(self, with: &impl GlobalAlloc, size: usize) -> Object {
        // SAFETY: the object is the test's, with its layout, and goes with this; the sizes are positive and small.
        let p = unsafe { with.realloc(self.at as *mut u8, self.layout, size) };
        assert!(!p.is_null());
        Object { at: p as usize, layout: Layout::from_size_align(size, self.layout.align()).unwrap() }
    }
}

/// What the statistics of these objects are, beside what there was before: by the spans that the objects are found in.
fn model(objects: &[Object]) -> [(u64, u64); CLASSES] {
    let mut classes = [(0, 0); CLASSES];
    for o in objects {
        let (base, _, span) = GoxideAlloc::heap().object_of(o.at).unwrap();
        assert_eq!(base, o.at);
        let class = &mut classes[span.span_class().class() as usize];
        class.0 += 1;
        class.1 += span.elem_size() as u64;
    }
    classes
}

#[track_caller]
fn check(now: &AllocStats, base: &AllocStats, objects: &[Object]) {
    let want = model(objects);
    for (class, (objects, bytes)) in want.into_iter().enumerate() {
        let (now, base) = (now.classes[class], base.classes[class]);
        let got = (now.live_objects - base.live_objects, now.live_bytes - base.live_bytes);
        assert_eq!(got, (objects, bytes), "class {class}");
        assert_eq!(now.size, u64::from(SIZES[class]));
    }
    assert_eq!(now.live_objects - base.live_objects, objects.len() as u64);
    assert_eq!(now.live_bytes, now.classes.iter().map(|c| c.live_bytes).sum::<u64>());
    let mut spans = [0; CLASSES];
    GoxideAlloc::heap().for_each_span(|s| spans[s.span_class().class() as usize] += 1);
    assert_eq!(now.classes.map(|c| c.spans), spans);
    assert_eq!(now.spans, spans.iter().sum::<u64>());
    assert_eq!(now.resident, now.inuse + now.retained + now.metadata);
    assert!(now.peak_inuse >= now.inuse && now.inuse >= now.live_bytes);
}

#[derive(Clone, Debug)]
enum Op {
    Alloc {
        layout: Layout,
        n: usize,
        handle: bool,
    },
    Free {
        which: usize,
        n: usize,
        handle: bool,
    },
    Resize {
        which: usize,
        size: usize,
        handle: bool,
    },
    /// To any thread.
    Give {
        which: usize,
    },
    /// From any thread.
    Take,
    Flush,
}

fn any_op() -> impl Strategy<Value = Op> {
    let size = prop_oneof![6 => 1usize..300, 2 => 300usize..5000, 1 => 5000usize..100_000];
    let align = prop_oneof![8 => Just(8usize), 2 => Just(16), 1 => Just(64), 1 => Just(4096), 1 => Just(32768)];
    prop_oneof![
        6 => (size.clone(), align, 1usize..60, any::<bool>()).prop_map(|(size, align, n, handle)| Op::Alloc {
            layout: Layout::from_size_align(size, align).unwrap(),
            // Large ones are few: they cost their pages.
            n: if size > 5000 || align > 64 { n % 3 + 1 } else { n },
            handle,
        }),
        5 => (any::<usize>(), 1usize..80, any::<bool>()).prop_map(|(which, n, handle)| Op::Free { which, n, handle }),
        2 => (any::<usize>(), size, any::<bool>()).prop_map(|(which, size, handle)| Op::Resize { which, size, handle }),
        2 => any::<usize>().prop_map(|which| Op::Give { which }),
        2 => Just(Op::Take),
        1 => Just(Op::Flush),
    ]
}

/// One thread's operations; returns the objects that it has in the end.
fn run(ops: &[Op], shared: &Mutex<Vec<Object>>) -> Vec<Object> {
    let handle: ThreadAlloc = GoxideAlloc::this_thread().unwrap();
    let mut mine: Vec<Object> = Vec::new();
    for op in ops {
        match *op {
            Op::Alloc { layout, n, handle: true } => mine.extend((0..n).map(|_| Object::new(&handle, layout))),
            Op::Alloc { layout, n, handle: false } => mine.extend((0..n).map(|_| Object::new(&GoxideAlloc, layout))),
            Op::Free { which, n, handle: through } => {
                for _ in 0..n.min(mine.len()) {
                    let o = mine.swap_remove(which % mine.len());
                    if through { o.free(&handle) } else { o.free(&GoxideAlloc) }
                }
            }
            Op::Resize { which, size, handle: through } if !mine.is_empty() => {
                let o = mine.swap_remove(which % mine.len());
                mine.push(if through { o.resize(&handle, size) } else { o.resize(&GoxideAlloc, size) });
            }
            Op::Give { which } if !mine.is_empty() => {
                let o = mine.swap_remove(which % mine.len());
                shared.lock().unwrap().push(o);
            }
            Op::Take => mine.extend(shared.lock().unwrap().pop()),
            Op::Flush => {
                handle.flush();
                let s = handle.stats();
                assert_eq!((s.kept_objects, s.kept_bytes, s.held_spans, s.held_bytes), (0, 0, 0, 0));
            }
            _ => {}
        }
    }
    mine
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn threads_that_stopped_are_counted_exactly(
        threads in proptest::collection::vec(proptest::collection::vec(any_op(), 1..60), 1..5),
    ) {
        alone(move || {
            let base = GoxideAlloc::stats();
            let shared = Arc::new(Mutex::new(Vec::new()));
            let (ready, go_on) = (Arc::new(Barrier::new(threads.len() + 1)), Arc::new(Barrier::new(threads.len() + 1)));
            let running: Vec<_> = threads.into_iter().map(|ops| {
                let (shared, ready, go_on) = (shared.clone(), ready.clone(), go_on.clone());
                thread::spawn(move || {
                    let mine = run(&ops, &shared);
                    shared.lock().unwrap().extend(mine);
                    ready.wait();
                    // What is counted while they are still there, with what they keep, is what counts when they are gone.
                    go_on.wait();
                })
            }).collect();
            ready.wait();
            let (stopped, n) = (GoxideAlloc::stats(), running.len() as u64);
            let objects = shared.lock().unwrap().clone();
            check(&stopped, &base, &objects);
            assert!(stopped.threads - base.threads == n && stopped.caches >= stopped.threads);
            go_on.wait();
            for t in running {
                t.join().unwrap();
            }
            let ended = GoxideAlloc::stats();
            check(&ended, &base, &objects);
            assert_eq!(ended.threads, base.threads);
            // The heap's own books agree, once nothing is kept.
            let handle = GoxideAlloc::this_thread().unwrap();
            handle.flush();
            let heap = GoxideAlloc::heap().snapshot(std::iter::empty());
            assert_eq!((heap.heap_objects, heap.heap_alloc), (ended.live_objects, ended.live_bytes));
            for o in objects {
                o.free(&handle);
            }
            check(&GoxideAlloc::stats(), &base, &[]);
            handle.flush();
            let heap = GoxideAlloc::heap().snapshot(std::iter::empty());
            assert_eq!((heap.heap_objects, heap.heap_alloc), (base.live_objects, base.live_bytes));
        });
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    /// A heap of one's own with explicit freeing: what was freed counts before a cache takes its span.
    #[test]
    fn a_snapshot_counts_what_was_just_freed(
        sizes in proptest::collection::vec((16usize..3000, 1usize..100), 1..20),
        frees in proptest::collection::vec(any::<prop::sample::Index>(), 0..400),
        flush in any::<bool>(),
    ) {
        let heap: &'static Heap<OsPages> = Box::leak(Box::new(Heap::new(OsPages)));
        // SAFETY: a new heap, without a collector.
        unsafe { heap.enable_free() };
        let filled: Vec<(Cache, Vec<usize>)> = (0..3).map(|_| {
            let sizes = sizes.clone();
            thread::spawn(move || {
                let mut cache = Cache::new();
                let new = |(size, n)| (0..n).map(move |_| size);
                let sizes = sizes.into_iter().flat_map(new);
                // SAFETY: no layout to be right or wrong; one heap.
                let all = sizes.map(|size| unsafe { cache.alloc(heap, size, &Pointers::NOSCAN, true) } as usize).collect();
                (cache, all)
            }).join().unwrap()
        }).collect();
        let (mut caches, objects): (Vec<Cache>, Vec<Vec<usize>>) = filled.into_iter().unzip();
        let mut objects: Vec<usize> = objects.into_iter().flatten().collect();
        if flush {
            caches[1].flush(heap);
        }
        let mut freed = Vec::new();
        for which in frees {
            if !objects.is_empty() {
                freed.push(objects.swap_remove(which.index(objects.len())));
            }
        }
        let halves: Vec<Vec<usize>> = freed.chunks(freed.len() / 2 + 1).map(<[usize]>::to_vec).collect();
        thread::scope(|s| for half in halves {
            s.spawn(move || for p in half {
                // SAFETY: allocated from this heap, each freed once, not used any more.
                assert!(unsafe { heap.free(p as *mut u8) });
            });
        });
        let now = heap.snapshot(caches.iter());
        let bytes: usize = objects.iter().map(|&p| heap.object_of(p).unwrap().2.elem_size()).sum();
        prop_assert_eq!((now.heap_objects, now.heap_alloc), (objects.len() as u64, bytes as u64));
        // Taking the spans again counts nothing twice.
        for cache in &mut caches {
            cache.flush(heap);
        }
        heap.trim();
        let now = heap.snapshot(std::iter::empty());
        prop_assert_eq!((now.heap_objects, now.heap_alloc), (objects.len() as u64, bytes as u64));
    }
}

#[test]
fn the_peak_is_the_most_that_was_in_use() {
    alone(move || {
        GoxideAlloc::release_unused(usize::MAX);
        let before = GoxideAlloc::stats();
        let layout = Layout::from_size_align((before.peak_inuse as usize + (8 << 20)).next_multiple_of(PAGE), 8).unwrap();
        let large = Object::new(&GoxideAlloc, layout);
        let full = GoxideAlloc::stats();
        assert_eq!(full.inuse, before.inuse + layout.size() as u64);
        assert_eq!(full.peak_inuse, full.inuse);
        assert_eq!(full.classes[0].live_bytes - before.classes[0].live_bytes, layout.size() as u64);
        large.free(&GoxideAlloc);
        let after = GoxideAlloc::stats();
        assert_eq!((after.inuse, after.peak_inuse), (before.inuse, full.inuse));
        // What was free and touched is retained until it is given back.
        assert!(after.retained >= layout.size() as u64);
        let got = GoxideAlloc::release_unused(usize::MAX) as u64;
        let released = GoxideAlloc::stats();
        // Of spans that had become empty, too.
        assert_eq!((released.retained, released.released), (0, after.released + got));
        assert!(got >= layout.size() as u64 && released.resident + got == after.resident, "{released:?} {after:?}");
        assert_eq!(released.peak_inuse, full.inuse);
    });
}

/// Beside threads that work, a sum is made of what each of them had at some moment.
#[test]
fn statistics_beside_threads_that_work() {
    const KEPT: usize = 1000;
    alone(move || {
        let base = GoxideAlloc::stats();
        let (stop, layout) = (std::sync::atomic::AtomicBool::new(false), Layout::new::<[u64; 6]>());
        let ready = Barrier::new(3);
        thread::scope(|s| {
            for _ in 0..2 {
                s.spawn(|| {
                    let kept: Vec<Object> = (0..KEPT).map(|_| Object::new(&GoxideAlloc, layout)).collect();
                    ready.wait();
                    while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                        // More than a list takes, so that much goes back to spans in one go.
                        let more: Vec<Object> = (0..3000).map(|_| Object::new(&GoxideAlloc, layout)).collect();
                        more.into_iter().for_each(|o| o.free(&GoxideAlloc));
                    }
                    kept.into_iter().for_each(|o| o.free(&GoxideAlloc));
                });
            }
            ready.wait();
            let seen: Vec<u64> =
                (0..2000).map(|_| GoxideAlloc::stats().live_objects.wrapping_sub(base.live_objects)).collect();
            stop.store(true, std::sync::atomic::Ordering::Relaxed);
            let (least, most) = (2 * KEPT as u64, 2 * (KEPT as u64 + 3000));
            for live in seen {
                assert!((least..=most).contains(&live), "{live}");
            }
        });
        check(&GoxideAlloc::stats(), &base, &[]);
    });
}

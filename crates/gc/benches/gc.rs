//! Marking alone, on one thread, in millions of objects and bytes per second; and programs that allocate trees and drop them,
//! beside what a Rust user would otherwise pick: boxes that are freed (the system's malloc, mimalloc), and the collectors `gc`
//! and `gc-arena`. Names are `gc_op_variant`.

#[cfg(loom)]
fn main() {}

#[cfg(not(loom))]
fn main() {
    mark::benches();
    trees::benches();
}

#[cfg(not(loom))]
fn criterion() -> criterion::Criterion {
    criterion::Criterion::default()
        .sample_size(10)
        .warm_up_time(std::time::Duration::from_millis(500))
        .measurement_time(std::time::Duration::from_secs(2))
        .configure_from_args()
}

#[cfg(not(loom))]
mod mark {
    use criterion::Throughput;
    use goxide_alloc::sweep::Swept;
    use goxide_alloc::{Cache, Heap, Layout, OsPages};
    use goxide_gc::{Gc, Host, Marker, Scan, Shares, Tracer};
    use std::ops::Range;
    use std::sync::atomic::{AtomicUsize, Ordering::*};
    use std::time::{Duration, Instant};

    const OBJECTS: usize = 1 << 20;
    /// Words of an object: two pointers, two others.
    const WORDS: usize = 4;

    /// A heap with one root; objects above 512 bytes are all pointers.
    struct Embedder {
        heap: Heap<OsPages>,
        root: AtomicUsize,
    }

    // SAFETY: the root is all that there is.
    unsafe impl Host for Embedder {
        type Pages = OsPages;
        fn heap(&self) -> &Heap<OsPages> {
            &self.heap
        }
        fn root_jobs(&self) -> usize {
            1
        }
        unsafe fn scan_root(&self, _: usize, t: &mut Tracer<'_, Self>) -> Scan {
            t.visit(self.root.load(Relaxed));
            Scan::Done
        }
        unsafe fn scan_object(&self, _: usize, object: usize, _: usize, range: Range<usize>, t: &mut Tracer<'_, Self>) {
            // SAFETY: inside of the object.
            unsafe { t.visit_words(object + range.start, range.len() / 8) }
        }
        fn nanotime(&self) -> i64 {
            0
        }
        fn marking_done(&self) {}
        fn check_failed(&self, _: usize, _: usize) -> ! {
            unreachable!()
        }
    }

    struct World {
        gc: &'static Gc<Embedder>,
        cache: Cache,
    }

    impl World {
        fn new() -> World {
            let gc = Gc::new(Embedder { heap: Heap::new(OsPages), root: AtomicUsize::new(0) });
            World { gc: Box::leak(Box::new(gc)), cache: Cache::new() }
        }

        fn object(&mut self) -> *mut usize {
            let mask = [0b11u8];
            let layout = Layout { opaque: 1, elem_size: WORDS * 8, ptr_bytes: 16, mask: mask.as_ptr() };
            // SAFETY: the mask has two bits; the cache has one heap.
            unsafe { self.cache.alloc(&self.gc.host.heap, WORDS * 8, &layout, true).cast() }
        }

        fn tree(&mut self, depth: u32) -> *mut usize {
            let top = self.object();
            if depth > 1 {
                // SAFETY: a new object of ours.
                unsafe {
                    top.write(self.tree(depth - 1) as usize);
                    top.add(1).write(self.tree(depth - 1) as usize);
                }
            }
            top
        }

        fn objects(&mut self) -> Vec<*mut usize> {
            (0..OBJECTS).map(|_| self.object()).collect()
        }

        /// A list in the given order.
        fn list(&mut self, order: &[*mut usize]) -> *mut usize {
            for pair in order.windows(2) {
                // SAFETY: objects of ours.
                unsafe { pair[0].write(pair[1] as usize) };
            }
            order[0]
        }

        fn array(&mut self, of: &[*mut usize]) -> *mut usize {
            let mask = [1u8];
            let layout = Layout { opaque: 1, elem_size: 8, ptr_bytes: 8, mask: mask.as_ptr() };
            // SAFETY: a large object, all pointers; written as far as it reaches.
            unsafe {
                let a: *mut usize = self.cache.alloc(&self.gc.host.heap, of.len() * 8, &layout, true).cast();
                a.copy_from_nonoverlapping(of.as_ptr().cast(), of.len());
                a
            }
        }

        /// Marks once; how long that took.
        fn mark(&mut self, m: &mut Marker, root: *mut usize) -> Duration {
            let gc = self.gc;
            gc.host.root.store(root as usize, Relaxed);
            self.cache.flush(&gc.host.heap);
            // SAFETY: the only thread, whose only cache is flushed; the last cycle was swept; nothing stores pointers.
            unsafe { gc.begin_mark() };
            let start = Instant::now();
            // SAFETY: the collector's marker, which nothing else uses; it marks since `begin_mark`.
            let _ = unsafe { Tracer::new(gc, m) }.drain(|| false);
            let took = start.elapsed();
            // SAFETY: it marks, on the only thread; no barrier, no allocation since the cache was flushed.
            unsafe {
                assert!(gc.try_finish(m));
                let _ = gc.end_cycle(0, 0, Shares::BACKGROUND);
            }
            while gc.host.heap.sweep_one() != Swept::Nothing {}
            took
        }
    }

    fn shuffle<T>(v: &mut [T]) {
        let mut x = 88_172_645_463_325_252u64;
        for i in (1..v.len()).rev() {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            v.swap(i, x as usize % (i + 1));
        }
    }

    pub fn benches() {
        let mut c = super::criterion();
        type Make = fn(&mut World) -> *mut usize;
        let heaps: [(&str, Make); 5] = [
            ("gc_mark_tree", |w| w.tree(20)),
            ("gc_mark_list", |w| {
                let order = w.objects();
                w.list(&order)
            }),
            ("gc_mark_list_shuffled", |w| {
                let mut order = w.objects();
                shuffle(&mut order);
                w.list(&order)
            }),
            ("gc_mark_array", |w| {
                let of = w.objects();
                w.array(&of)
            }),
            ("gc_mark_array_shuffled", |w| {
                let mut of = w.objects();
                shuffle(&mut of);
                w.array(&of)
            }),
        ];
        let mut g = c.benchmark_group("mark");
        g.throughput(Throughput::ElementsAndBytes { elements: OBJECTS as u64, bytes: (OBJECTS * WORDS * 8) as u64 });
        for (name, make) in heaps {
            let mut w = World::new();
            let root = make(&mut w);
            // SAFETY: a new marker.
            let m = unsafe { &mut *w.gc.new_marker() };
            g.bench_function(name, |b| b.iter_custom(|n| (0..n).map(|_| w.mark(m, root)).sum()));
            w.gc.host.root.store(0, Relaxed);
        }
        g.finish();
        c.final_summary();
    }
}

/// Each iteration makes short-lived trees beside one that stays.
#[cfg(not(loom))]
mod trees {
    use criterion::Throughput;
    use goxide_gc::hosted::{Collector, Mutator, Root, Slot};
    use std::alloc::{GlobalAlloc, Layout, System};

    const STAYS: u32 = 18;
    const GOES: u32 = 12;
    const TREES: u64 = 64;

    #[repr(C)]
    struct Node {
        left: Slot<Node>,
        right: Slot<Node>,
    }
    goxide_gc::object!(Node { left, right });

    fn goxide(m: &mut Mutator, depth: u32) -> Root<Node> {
        if depth == 1 {
            return m.alloc(Node { left: Slot::null(), right: Slot::null() });
        }
        let (left, right) = (goxide(m, depth - 1), goxide(m, depth - 1));
        let top = m.alloc(Node { left: Slot::null(), right: Slot::null() });
        top.get(m).set(m, |n| &n.left, Some(left.get(m)));
        top.get(m).set(m, |n| &n.right, Some(right.get(m)));
        top
    }

    #[derive(Clone, Copy)]
    struct Freed {
        left: *mut Freed,
        right: *mut Freed,
    }

    fn boxes<A: GlobalAlloc>(a: &A, depth: u32) -> *mut Freed {
        let (left, right) = match depth {
            1 => (std::ptr::null_mut(), std::ptr::null_mut()),
            _ => (boxes(a, depth - 1), boxes(a, depth - 1)),
        };
        // SAFETY: a positive size.
        unsafe {
            let p: *mut Freed = a.alloc(Layout::new::<Freed>()).cast();
            p.write(Freed { left, right });
            p
        }
    }

    fn free<A: GlobalAlloc>(a: &A, p: *mut Freed) {
        if !p.is_null() {
            // SAFETY: allocated by `boxes`, freed once.
            unsafe {
                let n = *p;
                a.dealloc(p.cast(), Layout::new::<Freed>());
                free(a, n.left);
                free(a, n.right);
            }
        }
    }

    struct Counted {
        children: Option<(gc::Gc<Counted>, gc::Gc<Counted>)>,
    }
    impl gc::Finalize for Counted {}
    // SAFETY: what the one field does is done.
    unsafe impl gc::Trace for Counted {
        unsafe fn trace(&self) {
            // SAFETY: the one field that holds counted pointers, visited once, for the operation that this was called for.
            unsafe { self.children.trace() }
        }
        unsafe fn root(&self) {
            // SAFETY: the one field that holds counted pointers, visited once, for the operation that this was called for.
            unsafe { self.children.root() }
        }
        unsafe fn unroot(&self) {
            // SAFETY: the one field that holds counted pointers, visited once, for the operation that this was called for.
            unsafe { self.children.unroot() }
        }
        fn finalize_glue(&self) {
            gc::Finalize::finalize(self);
            self.children.finalize_glue();
        }
    }

    fn counted(depth: u32) -> gc::Gc<Counted> {
        let children = (depth > 1).then(|| (counted(depth - 1), counted(depth - 1)));
        gc::Gc::new(Counted { children })
    }

    struct InArena<'a> {
        children: Option<(gc_arena::Gc<'a, InArena<'a>>, gc_arena::Gc<'a, InArena<'a>>)>,
    }
    // SAFETY: both children are visited.
    unsafe impl gc_arena::Collect for InArena<'_> {
        fn trace(&self, cc: &gc_arena::Collection) {
            if let Some((left, right)) = &self.children {
                left.trace(cc);
                right.trace(cc);
            }
        }
    }

    fn in_arena<'a>(mc: &gc_arena::Mutation<'a>, depth: u32) -> gc_arena::Gc<'a, InArena<'a>> {
        let children = (depth > 1).then(|| (in_arena(mc, depth - 1), in_arena(mc, depth - 1)));
        gc_arena::Gc::new(mc, InArena { children })
    }

    pub fn benches() {
        let mut c = super::criterion();
        let mut g = c.benchmark_group("trees");
        g.throughput(Throughput::Elements(TREES * ((1 << GOES) - 1)));
        {
            let collector = Collector::builder().build();
            let mut m = collector.register();
            let _stays = goxide(&mut m, STAYS);
            g.bench_function("gc_trees_goxide", |b| {
                b.iter(|| (0..TREES).for_each(|_| drop(goxide(&mut m, GOES))));
            });
            println!("goxide: {:?}", collector.stats());
        }
        fn with_allocator<A: GlobalAlloc>(
            g: &mut criterion::BenchmarkGroup<'_, impl criterion::measurement::Measurement>,
            name: &str,
            a: &A,
        ) {
            let stays = boxes(a, STAYS);
            g.bench_function(name, |b| b.iter(|| (0..TREES).for_each(|_| free(a, boxes(a, GOES)))));
            free(a, stays);
        }
        with_allocator(&mut g, "gc_trees_box_system", &System);
        with_allocator(&mut g, "gc_trees_box_mimalloc", &mimalloc::MiMalloc);
        with_allocator(&mut g, "gc_trees_box_goxide", &goxide_alloc::GoxideAlloc);
        {
            let _stays = counted(STAYS);
            g.bench_function("gc_trees_gc", |b| b.iter(|| (0..TREES).for_each(|_| drop(counted(GOES)))));
        }
        {
            type Root = gc_arena::Rootable![gc_arena::Gc<'_, InArena<'_>>];
            let mut arena = gc_arena::Arena::<Root>::new(|mc| in_arena(mc, STAYS));
            g.bench_function("gc_trees_gc_arena", |b| {
                b.iter(|| {
                    for _ in 0..TREES {
                        arena.mutate(|mc, _| _ = std::hint::black_box(in_arena(mc, GOES)));
                        arena.collect_debt();
                    }
                });
            });
        }
        g.finish();
        c.final_summary();
    }
}

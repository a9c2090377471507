//! Allocation beside mimalloc and the system's allocator. Named area_operation_size/allocator.

#[cfg(loom)]
fn main() {}

#[cfg(not(loom))]
fn main() {
    imp::main();
}

#[cfg(not(loom))]
mod imp {
    use criterion::{Criterion, Throughput};
    use goxide_alloc::{Cache, GoxideAlloc, Heap, Layout, OsPages};
    use mimalloc::MiMalloc;
    use std::alloc::{GlobalAlloc, Layout as RustLayout, System};
    use std::hint::black_box;

    /// One object at a time: allocated, touched, freed.
    fn pair<A: GlobalAlloc>(a: &A, layout: RustLayout) {
        // SAFETY: a positive size; freed once, with its layout.
        unsafe {
            let p = a.alloc(layout);
            p.write(1);
            a.dealloc(black_box(p), layout);
        }
    }

    const BATCH: usize = 4000;

    /// Many objects at a time, freed in another order.
    fn batch<A: GlobalAlloc>(a: &A, layout: RustLayout, room: &mut Vec<*mut u8>) {
        room.clear();
        // SAFETY: a positive size; each object is freed once, with its layout.
        unsafe {
            for _ in 0..BATCH {
                let p = a.alloc(layout);
                p.write(1);
                room.push(p);
            }
            for start in 0..7 {
                for p in room.iter().skip(start).step_by(7) {
                    a.dealloc(*p, layout);
                }
            }
        }
    }

    pub fn main() {
        let mut c = Criterion::default()
            .sample_size(20)
            .warm_up_time(std::time::Duration::from_millis(300))
            .measurement_time(std::time::Duration::from_millis(700))
            .configure_from_args();
        for size in [16usize, 64, 128, 512, 4096] {
            let layout = RustLayout::from_size_align(size, 8).expect("a valid layout");
            let mut g = c.benchmark_group(format!("alloc_pair_{size}"));
            g.bench_function("goxide", |b| b.iter(|| pair(&GoxideAlloc, layout)));
            g.bench_function("mimalloc", |b| b.iter(|| pair(&MiMalloc, layout)));
            g.bench_function("system", |b| b.iter(|| pair(&System, layout)));
            g.finish();
            let mut g = c.benchmark_group(format!("alloc_batch_{size}"));
            g.throughput(Throughput::Elements(BATCH as u64));
            let mut room = Vec::with_capacity(BATCH);
            g.bench_function("goxide", |b| b.iter(|| batch(&GoxideAlloc, layout, &mut room)));
            g.bench_function("mimalloc", |b| b.iter(|| batch(&MiMalloc, layout, &mut room)));
            g.bench_function("system", |b| b.iter(|| batch(&System, layout, &mut room)));
            g.finish();
        }
        // What a collected language does: objects of known layout, zeroed, swept as a whole.
        for (name, size, words) in [("noscan", 64usize, 0usize), ("scan", 64, 3), ("scan", 24, 2), ("tiny", 8, 0)] {
            let heap = Box::leak(Box::new(Heap::new(OsPages)));
            // SAFETY: a new heap, without a collector.
            unsafe { heap.enable_free() };
            let mut cache = Cache::new();
            let mask = [0b101u8];
            let layout = match words {
                0 => Layout::NOSCAN,
                _ => Layout { opaque: 1, elem_size: size, ptr_bytes: words * 8, mask: mask.as_ptr() },
            };
            let mut g = c.benchmark_group(format!("alloc_cache_{name}_{size}"));
            g.throughput(Throughput::Elements(BATCH as u64));
            let mut room: Vec<*mut u8> = Vec::with_capacity(BATCH);
            g.bench_function("goxide", |b| {
                b.iter_custom(|rounds| {
                    let mut took = std::time::Duration::ZERO;
                    for _ in 0..rounds {
                        let start = std::time::Instant::now();
                        for _ in 0..BATCH {
                            // SAFETY: the layout is right, and the cache has one heap.
                            room.push(unsafe { cache.alloc(heap, size, black_box(&layout), true) });
                        }
                        took += start.elapsed();
                        cache.drop_tiny();
                        for p in room.drain(..) {
                            if (p as usize).is_multiple_of(16) || size >= 16 {
                                // SAFETY: not used any more; the first object of a tiny block stands for all.
                                unsafe { heap.free(p) };
                            }
                        }
                    }
                    took
                });
            });
            g.finish();
        }
        c.final_summary();
    }
}

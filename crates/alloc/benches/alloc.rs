//! Allocation beside mimalloc and the system's allocator. Named area_operation_size/allocator; `goxide_thread` is a handle to the thread's
//! cache. `table` prints the same, and more, as a table.

#[cfg(not(loom))]
#[allow(dead_code, reason = "not every bench has all loads")]
mod loads;

#[cfg(loom)]
fn main() {}

#[cfg(not(loom))]
fn main() {
    imp::main();
}

#[cfg(not(loom))]
mod imp {
    use crate::loads::{self, BATCH, batch, pair};
    use criterion::{Criterion, Throughput};
    use goxide_alloc::{Cache, GoxideAlloc, Heap, Layout, OsPages};
    use mimalloc::MiMalloc;
    use std::alloc::{Layout as RustLayout, System};
    use std::hint::black_box;

    pub fn main() {
        let mut c = Criterion::default()
            .sample_size(20)
            .warm_up_time(std::time::Duration::from_millis(300))
            .measurement_time(std::time::Duration::from_millis(700))
            .configure_from_args();
        let mine = GoxideAlloc::this_thread().expect("a thread that is not being torn down");
        for size in [16usize, 64, 128, 512, 4096] {
            let layout = RustLayout::from_size_align(size, 8).expect("a valid layout");
            let mut g = c.benchmark_group(format!("alloc_pair_{size}"));
            g.bench_function("goxide", |b| b.iter(|| pair(&GoxideAlloc, layout)));
            g.bench_function("goxide_thread", |b| b.iter(|| pair(&mine, layout)));
            g.bench_function("mimalloc", |b| b.iter(|| pair(&MiMalloc, layout)));
            g.bench_function("system", |b| b.iter(|| pair(&System, layout)));
            g.finish();
            let mut g = c.benchmark_group(format!("alloc_batch_{size}"));
            g.throughput(Throughput::Elements(BATCH as u64));
            let mut room = Vec::with_capacity(BATCH);
            g.bench_function("goxide", |b| b.iter(|| batch(&GoxideAlloc, layout, &mut room)));
            g.bench_function("goxide_thread", |b| b.iter(|| batch(&mine, layout, &mut room)));
            g.bench_function("mimalloc", |b| b.iter(|| batch(&MiMalloc, layout, &mut room)));
            g.bench_function("system", |b| b.iter(|| batch(&System, layout, &mut room)));
            g.finish();
        }
        let mut g = c.benchmark_group("alloc_two_threads_server");
        g.throughput(Throughput::Elements(100_000));
        g.bench_function("goxide", |b| b.iter(|| loads::server(&GoxideAlloc, 100_000)));
        g.bench_function("mimalloc", |b| b.iter(|| loads::server(&MiMalloc, 100_000)));
        g.bench_function("system", |b| b.iter(|| loads::server(&System, 100_000)));
        g.finish();
        let mut g = c.benchmark_group("alloc_two_threads_pipeline");
        g.throughput(Throughput::Elements(100_000));
        g.bench_function("goxide", |b| b.iter(|| loads::pipeline(&GoxideAlloc, 100_000)));
        g.bench_function("mimalloc", |b| b.iter(|| loads::pipeline(&MiMalloc, 100_000)));
        g.bench_function("system", |b| b.iter(|| loads::pipeline(&System, 100_000)));
        g.finish();
        collected(&mut c);
        c.final_summary();
    }

    /// What a collected language does: objects of known layout, zeroed, swept as a whole.
    fn collected(c: &mut Criterion) {
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
    }
}

//! `runtime/metrics.Read`: values by name, as of one moment for all that are asked for together.
//!
//! Two steps, since memory cannot be allocated while the world is stopped: histograms are made or found first, then
//! everything is filled in. The world is stopped only for pictures of memory ([`Metric::is_of_memory`]).
//!
//! Where the numbers come from differs from Go in these places. Processor time is accounted for at the end of each
//! collection, as in Go; what was idle is what there was less what the kernel says the process used, and what is neither
//! idle nor the collector's counts as the user's. Waits for mutexes are all measured, not one in eight.
//! `/sched/latencies:seconds` counts each time that a goroutine was ready, not one in eight, from when it is asked for first. There is no
//! limiter of the collector's processor time, so it was last enabled in cycle 0.

use crate::arguments::look_at;
use core::sync::atomic::Ordering::Relaxed;
use goxide_gotypes::metrics::histogram::{Durations, SIZE_BOUNDS, SIZE_BUCKETS, TIME_BOUNDS, TIME_BUCKETS};
use goxide_gotypes::metrics::{Kind, METRICS, Metric, lookup};
use goxide_gotypes::types::{GoSlice, GoStr, Type};
use goxide_rt::barrier;
use goxide_rt::gc::account::{Cpu, Stats};
use goxide_rt::gc::{globals, stats};
use goxide_rt::memory::{allocate, allocate_bytes};
use goxide_rt::memstats::Stock;
use goxide_rt::reason::Reason;
use goxide_rt::sched::{self, Stopped};
use goxide_rt::state::{G, GC, RT};
use goxide_rt::token::{Processor, System};
use goxide_rt::trace;
use goxide_rt::words::Two;

/// Go's `runtime/metrics.Sample`; goroot/runtime/metrics.go has the same fields.
#[repr(C)]
struct Sample {
    name: GoStr,
    kind: usize,
    scalar: u64,
    histogram: *mut Histogram,
}

/// Go's `runtime/metrics.Float64Histogram`.
#[repr(C)]
struct Histogram {
    counts: GoSlice,
    bounds: GoSlice,
}

impl Sample {
    fn metric(&self) -> Option<(Metric, Kind)> {
        // SAFETY: Go's string.
        lookup(unsafe { self.name.as_bytes() })
    }
}

/// Stores a Go pointer in memory of Go's.
///
/// # Safety
/// `slot` is a pointer slot of the program's, and `p` null or a pointer into the heap or the program's data.
unsafe fn put_pointer<T>(proc: Processor<'_>, slot: *mut *mut T, p: *mut T) {
    // SAFETY: `slot` is a pointer slot that may be read and written (this function's contract).
    unsafe {
        if barrier::is_on() {
            barrier::record(proc, slot.cast(), p as usize);
        }
        *slot = p;
    }
}

/// Gives samples of histograms a histogram of the right shape: the one that they have, if they have one.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_prepareMetrics0(
    mut sys: System<'_>,
    samples: *mut Sample,
    len: usize,
    _cap: usize,
    ty: *const Type,
) {
    // SAFETY: Go's slice, at the beginning of a system entry, and the descriptor of its histograms.
    unsafe {
        look_at(samples, len);
        let list = core::slice::from_raw_parts_mut(samples, len);
        // Before anything is stored.
        list.iter().for_each(|s| look_at(s.name.ptr, s.name.len));
        for s in list {
            let Some((metric, Kind::Histogram)) = s.metric() else { continue };
            if s.kind != Kind::Histogram as usize || s.histogram.is_null() {
                let made = allocate(sys.lend(), size_of::<Histogram>(), ty, true).cast();
                put_pointer(sys.processor(), &raw mut s.histogram, made);
                s.kind = Kind::Histogram as usize;
            }
            let (bounds, n): (&'static [f64], usize) = match metric {
                Metric::AllocsBySize | Metric::FreesBySize => (&SIZE_BOUNDS, SIZE_BUCKETS),
                _ => (&TIME_BOUNDS, TIME_BUCKETS),
            };
            let h = &mut *s.histogram;
            put_pointer(sys.processor(), &raw mut h.bounds.ptr, bounds.as_ptr().cast_mut().cast());
            (h.bounds.len, h.bounds.cap) = (n + 1, n + 1);
            if h.counts.len != n {
                let made = allocate_bytes(sys.lend(), n * 8, true);
                put_pointer(sys.processor(), &raw mut h.counts.ptr, made);
                (h.counts.len, h.counts.cap) = (n, n);
            }
        }
    }
}

/// Fills prepared samples in; a name that is not known makes its sample bad.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_readMetrics0(mut sys: System<'_>, samples: *mut Sample, len: usize, _cap: usize) {
    // SAFETY: in a system entry; Go's slice, which the caller's frame keeps alive. If it is on the goroutine's stack, the
    // in-flight array moves with it.
    unsafe {
        let list = core::slice::from_raw_parts_mut(samples, len);
        if list.iter().any(|s| s.metric().is_some_and(|(m, _)| m.is_of_memory())) {
            *sys.held() = [samples as usize, len, 0, 0, 0];
            sched::with_world_stopped::<Fill>(sys, Reason::Semacquire)
        }
        fill(list, None);
    }
}

/// Fills in the samples that are held.
struct Fill;

impl Stopped for Fill {
    unsafe fn stopped(mut sys: System<'_>, _: *mut G) {
        let [samples, len, ..] = sys.take_held();
        // SAFETY: the world is stopped, by this goroutine. The words are those of Go's slice, which followed the stack if it lies there.
        let (stock, samples) = unsafe { (Stock::take(), core::slice::from_raw_parts_mut(samples as *mut Sample, len)) };
        fill(samples, Some(&stock));
    }
}

/// `stock` is there if one of the samples is of memory.
fn fill(samples: &mut [Sample], stock: Option<&Stock>) {
    let gc = stats::with(|s| Collector::of(s));
    for s in samples {
        let Some((metric, kind)) = s.metric() else {
            s.kind = 0;
            continue;
        };
        s.kind = kind as usize;
        match kind {
            Kind::Uint64 => s.scalar = gc.number(metric).or(stock.and_then(|m| memory(m, metric))).unwrap_or(0),
            Kind::Float64 => s.scalar = (gc.nanos(metric) as f64 / 1e9).to_bits(),
            Kind::Histogram => {
                // SAFETY: prepared: the histogram has as many counts as the metric has buckets.
                let counts = unsafe {
                    let c = &(*s.histogram).counts;
                    core::slice::from_raw_parts_mut(c.ptr.cast::<u64>(), c.len)
                };
                match (metric, stock) {
                    (Metric::AllocsBySize, Some(m)) => by_size(counts, &m.heap.small_allocs, m.heap.large_allocs),
                    (Metric::FreesBySize, Some(m)) => by_size(counts, &m.heap.small_frees, m.heap.large_frees),
                    (Metric::Latencies, _) => {
                        trace::control::count_latencies();
                        durations(counts, &RT.latencies);
                    }
                    (Metric::Pauses, _) => durations(counts, &RT.collection.account.pauses),
                    _ => counts.fill(0),
                }
            }
        }
    }
}

/// Class 0 stands for large objects, which come last here.
fn by_size(counts: &mut [u64], small: &[u64], large: u64) {
    for (to, &n) in counts.iter_mut().zip(small.iter().skip(1).chain([&large])) {
        *to = n;
    }
}

fn durations(counts: &mut [u64], d: &Durations) {
    for (to, n) in counts.iter_mut().zip(d.counts()) {
        *to = n;
    }
}

/// What is known of collections.
struct Collector {
    cpu: Cpu,
    num: u32,
    forced: u32,
    scanned: u64,
    stacks: u64,
    live: u64,
}

impl Collector {
    fn of(s: &Stats) -> Collector {
        let Stats { cpu, num, forced, scanned, stacks, live, .. } = *s;
        Collector { cpu, num, forced, scanned, stacks, live }
    }

    fn number(&self, metric: Metric) -> Option<u64> {
        let globals = globals::bytes() as u64;
        Some(match metric {
            Metric::CgoCalls | Metric::LimiterLast => 0,
            Metric::CyclesAutomatic => u64::from(self.num - self.forced),
            Metric::CyclesForced => u64::from(self.forced),
            Metric::CyclesTotal => u64::from(self.num),
            Metric::Percent => i64::from(GC.pace(|p| p.percent)) as u64,
            Metric::MemoryLimit => GC.pace(|p| p.limit),
            Metric::HeapGoal => GC.pace(|p| p.goal()),
            Metric::HeapLive => self.live,
            Metric::ScanGlobals => globals,
            Metric::ScanHeap => self.scanned,
            Metric::ScanStack => self.stacks,
            Metric::ScanTotal => globals + self.scanned + self.stacks,
            Metric::StackStart => goxide_stack::MIN_STACK as u64,
            Metric::Processors => u64::from(RT.sched.proc_count()),
            Metric::Goroutines => RT.sched.num_tasks() as u64,
            _ => return None,
        })
    }

    fn nanos(&self, metric: Metric) -> i64 {
        let c = &self.cpu;
        match metric {
            Metric::CpuAssist => c.assist,
            Metric::CpuDedicated => c.dedicated,
            Metric::CpuMarkIdle => c.idle_marking,
            Metric::CpuPause => c.pauses,
            Metric::CpuGc => c.collecting(),
            Metric::CpuIdle => c.idle,
            Metric::CpuScavengeBackground | Metric::CpuScavenge => c.scavenging,
            Metric::CpuTotal => c.total,
            Metric::CpuUser => c.user(),
            Metric::MutexWait => RT.collection.account.mutex_wait_ns.load(Relaxed),
            // CpuScavengeAssist: allocating goroutines do not give memory back.
            _ => 0,
        }
    }
}

fn memory(m: &Stock, metric: Metric) -> Option<u64> {
    let h = &m.heap;
    Some(match metric {
        Metric::AllocBytes => h.total_alloc,
        Metric::AllocObjects => h.mallocs - h.tiny_allocs,
        Metric::FreeBytes => h.total_free,
        Metric::FreeObjects => h.frees - h.tiny_allocs,
        Metric::HeapObjects => h.heap_objects,
        Metric::TinyAllocs => h.tiny_allocs,
        Metric::MemHeapFree => h.heap_idle - h.heap_released,
        Metric::MemHeapObjects => h.heap_alloc,
        Metric::MemHeapReleased => h.heap_released,
        Metric::MemHeapStacks => h.stack_inuse,
        Metric::MemHeapUnused => h.heap_inuse - h.heap_alloc,
        Metric::MemCacheFree => h.cache_sys - h.cache_inuse,
        Metric::MemCacheInuse => h.cache_inuse,
        Metric::MemSpanFree => h.span_meta_sys - h.span_meta_inuse,
        Metric::MemSpanInuse => h.span_meta_inuse,
        Metric::MemMetadataOther => h.gc_sys,
        Metric::MemOsStacks => m.thread_stacks,
        Metric::MemOther => h.other_sys,
        Metric::MemProfiling => m.profiles,
        Metric::MemTotal => m.sys(),
        _ => return None,
    })
}

/// The name of the `i`th metric; none behind the last.
#[unsafe(no_mangle)]
extern "C" fn gx_runtime_metricName0(_: System<'_>, i: usize) -> Two {
    METRICS.get(i).map_or(Two(0, 0), |(name, ..)| Two(name.as_ptr() as usize, name.len()))
}

//! Memory statistics: taking stock of all memory, and `runtime.MemStats`.

use crate::gc::stats;
use crate::state::{GC, RT};
use crate::threads::thread_mapping;
use crate::waiters;
use goxide_alloc::Stats;

/// Go's `runtime.MemStats`; goroot/runtime/mem.go has the same fields.
#[repr(C)]
pub struct MemStats {
    alloc: u64,
    total_alloc: u64,
    sys: u64,
    lookups: u64,
    mallocs: u64,
    frees: u64,
    heap_alloc: u64,
    heap_sys: u64,
    heap_idle: u64,
    heap_inuse: u64,
    heap_released: u64,
    heap_objects: u64,
    stack_inuse: u64,
    stack_sys: u64,
    mspan_inuse: u64,
    mspan_sys: u64,
    mcache_inuse: u64,
    mcache_sys: u64,
    buck_hash_sys: u64,
    gc_sys: u64,
    other_sys: u64,
    next_gc: u64,
    last_gc: u64,
    pause_total_ns: u64,
    pause_ns: [u64; 256],
    pause_end: [u64; 256],
    num_gc: u32,
    num_forced_gc: u32,
    gc_cpu_fraction: f64,
    enable_gc: bool,
    debug_gc: bool,
    by_size: [BySize; 61],
}

#[repr(C)]
#[derive(Clone, Copy)]
struct BySize {
    size: u32,
    mallocs: u64,
    frees: u64,
}

/// All memory of the process: the heap's statistics with the caches in the processors' descriptors set apart, and what is not
/// the heap's.
pub struct Stock {
    /// The heap's.
    pub heap: Stats,
    /// Stacks of threads.
    pub thread_stacks: u64,
    /// Tables of profiles.
    pub profiles: u64,
}

impl Stock {
    /// Takes stock.
    ///
    /// # Safety
    /// With the world stopped.
    pub unsafe fn take() -> Stock {
        // SAFETY: the caches are not in use.
        unsafe {
            let n = RT.sched.proc_count();
            let mut heap = RT.heap.snapshot_collected((0..n).map(|i| &(*RT.sched.proc_at(i)).ext.cache));
            heap.other_sys += RT.sched.timer_bytes() as u64;
            // Wait records have pages as stacks have, and are none.
            let waiters = waiters::bytes();
            heap.stack_inuse -= waiters;
            heap.stack_sys -= waiters;
            heap.other_sys += waiters;
            // The caches are part of the processors' descriptors.
            let in_procs = u64::from(n) * size_of::<goxide_alloc::Cache>() as u64;
            heap.cache_inuse += in_procs;
            heap.cache_sys += in_procs;
            heap.other_sys = heap.other_sys.saturating_sub(in_procs);
            // The first thread's stack is the kernel's; the others' and their signal stacks are mapped.
            let threads = u64::from(RT.sched.thread_count());
            let thread_stacks = threads.saturating_sub(1) * thread_mapping() as u64;
            Stock { heap, thread_stacks, profiles: RT.profile.bytes.get() as u64 }
        }
    }

    /// Everything that was obtained from the operating system.
    pub fn sys(&self) -> u64 {
        let h = &self.heap;
        let metadata = h.span_meta_sys + h.cache_sys + h.gc_sys + h.other_sys + self.profiles;
        h.heap_sys + h.stack_sys + self.thread_stacks + metadata
    }
}

impl MemStats {
    /// Fills `o` in.
    ///
    /// # Safety
    /// With the world stopped; `o` is valid for writes.
    pub unsafe fn fill(o: *mut MemStats) {
        // SAFETY: the world is stopped, so that processors are in no hands but this thread's, and `o` is valid for writes
        // (this function's contract). Zero bytes are a value of the structure.
        unsafe {
            for i in 0..RT.sched.proc_count() {
                // As Go, which empties the caches for this: the next tiny object begins a block, and is counted with it.
                (*RT.sched.proc_at(i)).ext.cache.drop_tiny();
            }
            let stock = Stock::take();
            let s = &stock.heap;
            goxide_sys::mem::clear(o.cast(), size_of::<MemStats>());
            let o = &mut *o;
            o.alloc = s.heap_alloc;
            o.total_alloc = s.total_alloc;
            o.sys = stock.sys();
            o.mallocs = s.mallocs;
            o.frees = s.frees;
            o.heap_alloc = s.heap_alloc;
            o.heap_sys = s.heap_sys;
            o.heap_idle = s.heap_idle;
            o.heap_inuse = s.heap_inuse;
            o.heap_released = s.heap_released;
            o.heap_objects = s.heap_objects;
            o.stack_inuse = s.stack_inuse;
            o.stack_sys = s.stack_sys + stock.thread_stacks;
            o.mspan_inuse = s.span_meta_inuse;
            o.mspan_sys = s.span_meta_sys;
            o.mcache_inuse = s.cache_inuse;
            o.mcache_sys = s.cache_sys;
            o.buck_hash_sys = stock.profiles;
            o.gc_sys = s.gc_sys;
            o.other_sys = s.other_sys;
            fill_collector(o);
            o.enable_gc = true;
            for (i, b) in o.by_size.iter_mut().enumerate() {
                b.size = u32::from(goxide_alloc::size_class::SIZES[i]);
                b.mallocs = s.small_allocs[i];
                b.frees = s.small_frees[i];
            }
        }
    }

    /// The numbers that heap dumps have, in their order.
    pub fn dumped(&self) -> impl Iterator<Item = u64> {
        let head = [
            self.alloc,
            self.total_alloc,
            self.sys,
            self.lookups,
            self.mallocs,
            self.frees,
            self.heap_alloc,
            self.heap_sys,
            self.heap_idle,
            self.heap_inuse,
            self.heap_released,
            self.heap_objects,
            self.stack_inuse,
            self.stack_sys,
            self.mspan_inuse,
            self.mspan_sys,
            self.mcache_inuse,
            self.mcache_sys,
            self.buck_hash_sys,
            self.gc_sys,
            self.other_sys,
            self.next_gc,
            self.last_gc,
            self.pause_total_ns,
        ];
        head.into_iter().chain(self.pause_ns).chain([u64::from(self.num_gc)])
    }
}

/// The collector's part of MemStats.
fn fill_collector(o: &mut MemStats) {
    stats::with(|s| {
        o.next_gc = GC.pace(|p| p.goal());
        o.last_gc = s.last_gc;
        o.pause_total_ns = s.pause_total;
        o.pause_ns = s.pause_ns;
        o.pause_end = s.pause_end;
        o.num_gc = s.num;
        o.num_forced_gc = s.forced;
        o.gc_cpu_fraction = if s.cpu_all > 0 { s.cpu_gc as f64 / s.cpu_all as f64 } else { 0.0 };
    });
}

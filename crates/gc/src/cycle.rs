//! The cycle of a collector ([`Gc`]).
//!
//! ```text
//!   off ──begin_mark──▶ marking ──try_finish──▶ (caches flushed) ──end_cycle──▶ off, sweeping ──▶ off
//!         world stopped           world stopped
//! ```
//!
//! The embedder drives it, with the world stopped where the picture says so:
//!
//! 1. It sweeps what is left of the last cycle, stops the world, flushes every cache, turns its write barrier on, calls
//!    [`Gc::begin_mark`], and starts the world.
//! 2. While it marks, markers [drain](Tracer::drain), on as many threads as the embedder cares to give. Objects are allocated
//!    marked. Pointer stores go through the barrier: the pointer that is overwritten and the one that is written are passed to
//!    a tracer, at the latest when the world is stopped (a hybrid of Yuasa's barrier and Dijkstra's, Clements and Hudson 2016: a
//!    stack that was scanned need not be scanned again).
//! 3. When nothing seems left ([`Host::marking_done`]), it stops the world, flushes barrier buffers, and calls
//!    [`Gc::try_finish`]. If that finds more work than fits into a short stop, marking goes on. Else it turns the barrier
//!    off, flushes every cache, and calls [`Gc::end_cycle`]: all spans are unswept now, and the world goes on.
//! 4. Sweeping is the heap's (`goxide_alloc::sweep`).
//!
//! Termination is detected by counting: no marker drains, no ring and no block has an entry, every root was visited. That is a
//! guess while the world runs (a barrier's buffer may hold more), and certain when it is stopped.

use crate::check::{Check, Spare, map_words};
use crate::mark::{new_block, new_marker};
use crate::marker::Marker;
use crate::pacer::{Shares, Sizes};
use crate::queue::BLOCK;
use crate::seam::{Host, Scan};
use crate::state::{Gc, Left};
use crate::stops::Stops;
use crate::tracer::Tracer;
use core::sync::atomic::Ordering::*;

/// What a cycle did.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Ended {
    /// Bytes of objects found alive, or allocated while marking.
    pub live: u64,
    /// Bytes scanned.
    pub scanned: u64,
    /// Heap size when marking began.
    pub heap_at_start: u64,
    /// Heap size when marking ended, what is to be swept included.
    pub heap_at_end: u64,
    /// The next goal.
    pub goal: u64,
}

impl<H: Host> Gc<H> {
    /// Whether the heap has reached the size at which a cycle should begin.
    #[inline]
    pub fn is_due(&self) -> bool {
        self.host.heap().live() as u64 >= self.trigger.load(Relaxed) && !self.is_marking()
    }

    /// A new marker, forever. Null when out of memory.
    pub fn new_marker(&self) -> *mut Marker {
        let m = new_marker(&self.host);
        // SAFETY: null, or zero bytes that are a marker and used by nothing else.
        if let Some(new) = unsafe { m.as_ref() } {
            let mut head = self.markers.load(Relaxed);
            loop {
                new.link.store(head, Relaxed);
                // Release pairs with the Acquire in `each_marker`.
                match self.markers.compare_exchange(head, m, Release, Relaxed) {
                    Ok(_) => break,
                    Err(seen) => head = seen,
                }
            }
        }
        m
    }

    /// Looks at each marker until `f` says true.
    fn any_marker(&self, mut f: impl FnMut(&Marker) -> bool) -> bool {
        let mut m = self.markers.load(Acquire);
        // SAFETY: markers are never freed; what others look at is shared.
        while let Some(marker) = unsafe { m.as_ref() } {
            if f(marker) {
                return true;
            }
            m = marker.link.load(Relaxed);
        }
        false
    }

    // The cycle.

    /// Marking begins. The world is stopped, the last sweep is over, the caches are flushed and the write barrier is on (or
    /// will be before the world starts).
    ///
    /// # Safety
    /// - The world is stopped: nothing allocates from the heap, and no marker works.
    /// - No object is left to be swept from the last cycle, and no cycle is under way.
    /// - Every cache of the heap is flushed.
    /// - The write barrier is on before the world starts again.
    pub unsafe fn begin_mark(&self) {
        let heap = self.host.heap();
        debug_assert!(heap.unswept() == 0 && !self.is_marking());
        // SAFETY: this is the collector; the world is stopped and the caches are flushed (the caller's first and third point).
        unsafe { heap.set_black_allocation(true) };
        self.cycle.fetch_add(1, AcqRel);
        self.marked_bytes.store(0, Relaxed);
        self.scanned_bytes.store(0, Relaxed);
        self.assisted_bytes.store(0, Relaxed);
        self.promised_bytes.store(0, Relaxed);
        self.live_at_start.store(heap.live(), Relaxed);
        let jobs = self.host.root_jobs();
        self.host_jobs.store(jobs, Relaxed);
        self.roots.begin(jobs + self.finalizer_jobs());
        self.marking.store(true, Release);
    }

    /// The world is stopped, and all barrier buffers have been flushed: whether marking is over. Works for a short time if there
    /// is a little to do; if more, marking goes on.
    ///
    /// # Safety
    /// - A cycle is marking, and the world is stopped: nothing allocates, and no other thread uses a marker. `m` is one of this
    ///   collector's.
    /// - What the write barriers have buffered has been flushed.
    /// - If the answer is true, every cache of the heap is flushed, then [`Gc::end_cycle`] called, before the world starts.
    pub unsafe fn try_finish(&self, m: &mut Marker) -> bool {
        /// How long a stopped world waits for the rest of marking.
        const REST_NS: i64 = 30_000;
        if !self.roots.counts.roots_are_done() {
            return false;
        }
        let until = self.host.nanotime() + REST_NS;
        while self.has_work() {
            // SAFETY: a marker of ours, while a cycle marks (first point).
            if unsafe { self.scan_some(m, 8 << 10, true) } == 0 || self.host.nanotime() >= until {
                break;
            }
        }
        if self.has_work() || !self.roots.counts.nobody_works() {
            return false;
        }
        self.marking.store(false, Release);
        // SAFETY: this is the collector; the world is stopped, and the caches are flushed before it goes on (first and third point).
        unsafe { self.host.heap().set_black_allocation(false) };
        true
    }

    /// Checks the marks after [`Gc::try_finish`] said that marking is over and the caches were flushed, before
    /// [`Gc::end_cycle`]: the world is still stopped.
    ///
    /// # Safety
    /// - [`Gc::try_finish`] said true, and [`Gc::end_cycle`] was not called since.
    /// - The world is stopped since then: everything that is visited is an object that stays, and stacks stay as they are.
    /// - Every cache of the heap is flushed. `m` is a marker of this collector.
    pub unsafe fn check(&self, m: &mut Marker)
    where
        H::Pages: Default,
    {
        let spare = core::mem::replace(&mut *self.spare_check.lock(), Spare::NONE);
        let Some(mut check) = Check::new(spare, map_words::<H::Pages>) else { return };
        for job in 0..self.roots.counts.roots() {
            // SAFETY: a marker of ours; the world is stopped (second and third point). Only roots of this cycle are asked for.
            let _ = unsafe { self.scan_root(job, &mut Tracer::checking(self, m, &mut check)) };
        }
        loop {
            let object = check.next();
            if object == 0 {
                break;
            }
            // SAFETY: `m` is a marker of this collector, and the world is stopped (this function's contract); `object` is
            // one that was found reachable, so it is allocated.
            unsafe { Tracer::checking(self, m, &mut check) }.scan_object(object);
        }
        *self.spare_check.lock() = check.into_spare();
    }

    /// The world is stopped, marking is over, the caches are flushed: everything is to be swept. `roots` and `overhead` are
    /// sizes for the pacer ([`Sizes`]), `shares` where the processors' time went in the meantime.
    ///
    /// # Safety
    /// - [`Gc::try_finish`] said true in this cycle, and this is the first call since.
    /// - The world is stopped since then: what was not marked is freed, so nothing may have become reachable by now.
    /// - Every cache of the heap is flushed.
    pub unsafe fn end_cycle(&self, roots: u64, overhead: u64, shares: Shares) -> Ended {
        let heap = self.host.heap();
        let start = self.live_at_start.load(Relaxed);
        let end = heap.live();
        let allocated = end.saturating_sub(start) as u64;
        let live = self.marked_bytes.load(Relaxed) + allocated;
        let scanned = self.scanned_bytes.load(Relaxed);
        heap.set_live(live as usize);
        // SAFETY: the world is stopped and the caches are flushed (the caller's second and third point); `try_finish` has found all
        // that is reachable marked, and the next marking begins when all is swept.
        unsafe { heap.begin_sweep() };
        let goal = self.pace(|p| {
            p.cycle_ended(Sizes { live, roots, overhead }, scanned, allocated, shares);
            p.goal()
        });
        Ended { live, scanned, heap_at_start: start as u64, heap_at_end: end as u64, goal }
    }

    // What markers ask.

    /// What is left that a marker could take.
    pub fn left(&self) -> Left {
        if !self.blocks.is_empty() || self.roots.counts.has_roots() || self.any_marker(Marker::has_visible_work) {
            Left::Work
        } else if self.roots.put_off() != 0 {
            Left::Later
        } else {
            Left::Nothing
        }
    }

    /// Root jobs that are begun. A marker's [turn](crate::stops::Stops::turn) is to be followed by another one if it has
    /// [missed](crate::stops::Stops::missed) something, and a processor looks again before it goes idle, if it should
    /// ([`Stops::stopped`](crate::stops::Stops::stopped)).
    pub fn stops(&self) -> &Stops {
        &self.roots.stops
    }

    /// Whether something is left to mark that a marker could take, root jobs that were put off included.
    pub fn has_work(&self) -> bool {
        self.left() != Left::Nothing
    }

    /// Whether all that is left are root jobs that said [`Scan::Later`].
    pub fn only_deferred(&self) -> bool {
        self.left() == Left::Later
    }

    /// Whether a marker would find something to do: asked before one is started.
    #[inline]
    pub fn wants_marker(&self) -> bool {
        self.is_marking() && self.has_work()
    }

    pub(crate) fn deferred_roots(&self) -> usize {
        self.roots.put_off()
    }

    /// Does a root job that no marker has, if there is one.
    pub(crate) fn next_root(&self, t: &mut Tracer<'_, H>) -> Option<Scan> {
        let job = self.roots.take()?;
        // SAFETY: a job of this cycle that was taken and not done; the tracer marks.
        let r = unsafe { self.scan_root(job, t) };
        match r {
            Scan::Done => self.roots.done(),
            Scan::Later => self.roots.later(job),
        }
        Some(r)
    }

    /// # Safety
    /// `job` is a root job of this cycle. `t` may be told pointers: it marks while the collector does, or checks.
    unsafe fn scan_root(&self, job: usize, t: &mut Tracer<'_, H>) -> Scan {
        match job.checked_sub(self.host_jobs.load(Relaxed)) {
            // SAFETY: one of the embedder's jobs of this cycle.
            None => unsafe { self.host.scan_root(job, t) },
            Some(i) => {
                self.scan_finalizers(i, t);
                Scan::Done
            }
        }
    }

    pub(crate) fn share(&self, items: &[usize]) {
        let memory = || {
            let b = new_block(&self.host);
            assert!(!b.is_null(), "no memory for the collector's queue");
            b
        };
        // SAFETY: `new_block` gives a block of persistent memory, which nothing else uses, and null was refused.
        unsafe { self.blocks.put(items, memory) };
    }

    pub(crate) fn steal(&self, m: &Marker, out: &mut [usize; BLOCK]) -> usize {
        let mut n = 0;
        self.any_marker(|other| {
            if !core::ptr::eq(other, m) {
                n = other.steal(out);
            }
            n != 0
        });
        n
    }

    pub(crate) fn absorb(&self, m: &mut Marker) {
        self.marked_bytes.fetch_add(core::mem::take(&mut m.marked_bytes), Relaxed);
        self.scanned_bytes.fetch_add(core::mem::take(&mut m.scanned_bytes), Relaxed);
    }

    pub(crate) fn begin_drain(&self) {
        self.roots.counts.enter();
    }

    pub(crate) fn end_drain(&self) {
        if self.roots.counts.leave(|| self.has_work()) && self.is_marking() {
            self.host.marking_done();
        }
    }

    /// Whether marking looks finished from here: to be asked before the world is stopped for [`Gc::try_finish`].
    pub fn looks_done(&self) -> bool {
        self.roots.counts.nobody_works() && self.roots.counts.roots_are_done() && !self.has_work()
    }
}

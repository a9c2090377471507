//! A thread that uses the heap ([`Mutator`]): allocation, the write barrier, safepoints, its shadow stack.

use super::object::{ARRAY_HEAD, Any, Array, Bytes, Object, Ref, Shape, Slot};
use super::root::Root;
use super::state::{BUFFER, Collector, Hosted, Inner, Local, Mutator, Own, Place};
use crate::{Debt, Marker, Paid, Tracer};
use core::cell::{Cell, UnsafeCell};
use core::marker::PhantomData;
use core::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering::*};
use core::time::Duration;
use goxide_alloc::Layout;
use goxide_alloc::size_class::{MAX_SMALL, PAGE};
use goxide_alloc::sweep::Swept;

/// The end of the list of free root entries.
const NO_ENTRY: usize = u32::MAX as usize;

/// How often a thread waits at most for marking that is in other hands: a mutator may hold it up that computes.
const MOMENTS: u32 = 100;
/// And for how long at a time.
const MOMENT: Duration = Duration::from_micros(50);

thread_local! {
    /// The state of this thread's mutator, if it has one.
    static CURRENT: Cell<Option<&'static Local>> = const { Cell::new(None) };
}

/// Whether this thread has a mutator.
pub(crate) fn on_mutator_thread() -> bool {
    CURRENT.get().is_some()
}

impl Local {
    /// A state for a new mutator. None when out of memory.
    pub fn make(gc: &'static Inner) -> Option<&'static Local> {
        let (cache, marker) = (gc.host.heap.new_cache(), gc.new_marker());
        if cache.is_null() || marker.is_null() {
            return None;
        }
        let own = Own {
            cache,
            marker,
            debt: Debt::NONE,
            safe: false,
            roots: Vec::new(),
            free: NO_ENTRY,
            live: 0,
            buffered: 0,
            buffer: [0; BUFFER],
        };
        Some(Box::leak(Box::new(Local {
            gc,
            attention: AtomicBool::new(false),
            scanned: AtomicU32::new(0),
            place: UnsafeCell::new(Place::Idle),
            own: UnsafeCell::new(own),
        })))
    }

    /// # Safety
    /// The caller holds the world's lock.
    pub unsafe fn place(&self) -> Place {
        // SAFETY: places are read and written by the holder of the world's lock alone, which is the caller.
        unsafe { *self.place.get() }
    }

    /// # Safety
    /// The caller holds the world's lock.
    pub unsafe fn set_place(&self, place: Place) {
        // SAFETY: places are read and written by the holder of the world's lock alone, which is the caller.
        unsafe { *self.place.get() = place };
    }

    /// # Safety
    /// Called on the mutator's thread, which runs, or may not run before this returns.
    pub unsafe fn push_root(&self, object: usize) -> u32 {
        // SAFETY: this is the mutator's thread, which runs: nothing else uses the entries.
        let own = unsafe { &mut *self.own.get() };
        own.live += 1;
        if own.free != NO_ENTRY {
            let index = own.free;
            own.free = own.roots[index] >> 1;
            own.roots[index] = object;
            return index as u32;
        }
        assert!(own.roots.len() < NO_ENTRY, "too many roots");
        own.roots.push(object);
        own.roots.len() as u32 - 1
    }

    /// # Safety
    /// As for [`Local::push_root`]; `index` came from it.
    #[inline(always)]
    pub unsafe fn root(&self, index: u32) -> usize {
        // SAFETY: called on the mutator's thread, which runs, or may not run before this returns (this function's
        // contract), so nothing else uses the entries.
        unsafe { (&(*self.own.get()).roots)[index as usize] }
    }

    /// # Safety
    /// As for [`Local::root`].
    pub unsafe fn set_root(&self, index: u32, object: usize) {
        // SAFETY: called on the mutator's thread, which runs, or may not run before this returns (this function's
        // contract), so nothing else uses the entries.
        unsafe { (&mut (*self.own.get()).roots)[index as usize] = object }
    }

    /// # Safety
    /// On the mutator's thread; `index` came from [`Local::push_root`], and is not used any more.
    pub unsafe fn pop_root(&self, index: u32) {
        // In `Mutator::blocked` a marker may be scanning.
        // SAFETY: the thread's own flag.
        let _lock = unsafe { (*self.own.get()).safe }.then(|| self.gc.host.world.lock());
        // SAFETY: this is the mutator's thread and it runs, or the lock is held.
        let own = unsafe { &mut *self.own.get() };
        own.roots[index as usize] = own.free << 1 | 1;
        own.free = index as usize;
        own.live -= 1;
    }

    /// Bytes of its shadow stack.
    ///
    /// # Safety
    /// The mutator does not run before this returns.
    pub unsafe fn root_bytes(&self) -> usize {
        // SAFETY: the mutator does not run, so nobody changes the entries.
        unsafe { &*self.own.get() }.roots.len() * 8
    }

    /// Visits the roots.
    ///
    /// # Safety
    /// The mutator does not run before this returns, or this is its thread.
    pub unsafe fn tell_roots(&self, t: &mut Tracer<'_, Hosted>) {
        // SAFETY: the mutator does not run, or this is its thread: nobody changes the entries. Entries of the free list are no addresses of the heap.
        unsafe { &*self.own.get() }.roots.iter().for_each(|&p| t.visit(p));
    }

    /// Flushes what the barrier has kept, by way of `m`, or of the mutator's own marker.
    ///
    /// # Safety
    /// As for [`Local::tell_roots`].
    pub unsafe fn tell_buffer(&self, m: Option<&mut Marker>) {
        let own = self.own.get();
        // SAFETY: the mutator does not run, or this is its thread: nobody else uses what it owns, the marker of its collector
        // included. The collector marks, and cannot end before the mutator runs again, or this is the thread that ends it.
        unsafe {
            if (*own).buffered != 0 && self.gc.is_marking() {
                let mut t = Tracer::new(self.gc, m.unwrap_or(&mut *(*own).marker));
                for i in 0..(*own).buffered {
                    t.visit((*own).buffer[i]);
                }
                t.publish();
            }
            (*own).buffered = 0;
        }
    }

    /// Gives the cache's spans back to the heap.
    ///
    /// # Safety
    /// As for [`Local::tell_roots`].
    pub unsafe fn flush_cache(&self) {
        // SAFETY: the mutator does not run, or this is its thread: nobody else uses the cache, which is always there.
        unsafe { (*(*self.own.get()).cache).flush(&self.gc.host.heap) };
    }

    /// Visits the roots of this thread's mutator, if that is `self`.
    pub fn tell_own_roots(&'static self, t: &mut Tracer<'_, Hosted>) -> bool {
        let ours = CURRENT.get().is_some_and(|l| core::ptr::eq(l, self));
        if ours {
            // SAFETY: this is its thread.
            unsafe { self.tell_roots(t) };
        }
        ours
    }
}

impl Mutator {
    pub(crate) fn new(collector: Collector) -> Mutator {
        assert!(CURRENT.get().is_none(), "this thread has a mutator already");
        let local = collector.gc.host.world.register(collector.gc);
        CURRENT.set(Some(local));
        Mutator { local, collector, not_send: PhantomData }
    }

    pub(super) fn local(&self) -> &'static Local {
        self.local
    }

    /// The collector.
    pub fn collector(&self) -> &Collector {
        &self.collector
    }

    // Safepoints.

    /// A safepoint and nothing else: lets a collection have its way. One load if there is none.
    #[inline(always)]
    pub fn poll(&mut self) {
        if self.local.attention.load(Relaxed) {
            self.poll_slow();
        }
    }

    #[cold]
    #[inline(never)]
    fn poll_slow(&mut self) {
        let gc = self.local.gc;
        gc.host.world.give_way(self.local);
        if gc.is_marking() && self.local.scanned.load(Relaxed) != gc.cycle() {
            // SAFETY: this thread's own roots and marker, of its collector, which marks until this thread's next safepoint.
            unsafe {
                let mut t = Tracer::new(gc, &mut *(*self.local.own.get()).marker);
                self.local.tell_roots(&mut t);
                t.publish();
            }
            // Release: a thread that sees this sees what was visited.
            self.local.scanned.store(gc.cycle(), Release);
            gc.host.world.note_scanned();
        }
    }

    /// Runs `f`, which waits for something; a collection does not wait for this thread in the meantime. Takes the world's
    /// lock twice.
    pub fn blocked<R>(&mut self, f: impl FnOnce() -> R) -> R {
        /// Comes back if `f` unwinds, too.
        struct Back(&'static Local);
        impl Drop for Back {
            fn drop(&mut self) {
                self.0.gc.host.world.leave_safe(self.0);
                // SAFETY: this thread runs again.
                unsafe { (*self.0.own.get()).safe = false };
            }
        }
        // SAFETY: this thread still runs.
        unsafe { (*self.local.own.get()).safe = true };
        self.local.gc.host.world.enter_safe(self.local);
        let _back = Back(self.local);
        f()
    }

    /// Collects: a whole cycle that begins after this call, its sweep included. What was unreachable before is free then,
    /// except what finalizers keep. Blocks this thread for all of it.
    pub fn collect(&mut self) {
        let gc = self.local.gc;
        self.blocked(|| gc.host.driver.collect());
    }

    // Allocation.

    /// A new object, rooted. A safepoint; part of the time it marks or sweeps for the collector.
    ///
    /// # Panics
    /// When out of memory.
    #[inline]
    pub fn alloc<T: Object>(&mut self, value: T) -> Root<T> {
        let (size, layout) = Shape::layout::<T>();
        let p = self.allocate(size, &layout, false);
        assert!(!p.is_null(), "out of memory");
        // SAFETY: a new object of the size, which nothing else knows. Its slots are null, as those of all values outside of
        // the heap, so the barrier need not hear of it.
        unsafe {
            p.cast::<T>().write(value);
            Root::new(self.local, p.expose_provenance())
        }
    }

    /// A new array of `len` null pointers, rooted. A safepoint.
    ///
    /// # Panics
    /// When out of memory.
    pub fn alloc_array<T>(&mut self, len: usize) -> Root<Array<T>> {
        let size = len.checked_mul(size_of::<Slot<Any>>()).and_then(|n| n.checked_add(ARRAY_HEAD)).expect("out of memory");
        let p = self.allocate(size, &Shape::row(), true);
        assert!(!p.is_null(), "out of memory");
        // SAFETY: a new object of zeros, which nothing else knows.
        unsafe {
            p.cast::<usize>().write(len);
            Root::new(self.local, p.expose_provenance())
        }
    }

    /// A copy of `bytes`, rooted. A safepoint.
    ///
    /// # Panics
    /// When out of memory.
    pub fn alloc_bytes(&mut self, bytes: &[u8]) -> Root<Bytes> {
        let p = self.allocate(ARRAY_HEAD + bytes.len(), &Layout::NOSCAN, false);
        assert!(!p.is_null(), "out of memory");
        // SAFETY: a new object of the size, which nothing else knows.
        unsafe {
            p.cast::<usize>().write(bytes.len());
            p.add(ARRAY_HEAD).copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
            Root::new(self.local, p.expose_provenance())
        }
    }

    /// A root for an object that is reachable otherwise.
    #[inline]
    pub fn root<T>(&self, object: Ref<'_, T>) -> Root<T> {
        // SAFETY: the reference is good, and this thread runs.
        unsafe { Root::new(self.local, object.address()) }
    }

    #[inline(always)]
    fn allocate(&mut self, size: usize, layout: &Layout, zero: bool) -> *mut u8 {
        self.poll();
        // SAFETY: this thread's own cache; layouts are made by `Shape`.
        unsafe {
            let p = (*(*self.local.own.get()).cache).alloc_fast(size, layout, zero);
            if !p.is_null() { p } else { self.allocate_slow(size, layout, zero) }
        }
    }

    #[cold]
    #[inline(never)]
    fn allocate_slow(&mut self, size: usize, layout: &Layout, zero: bool) -> *mut u8 {
        let gc = self.local.gc;
        let own = self.local.own.get();
        self.settle(size);
        // SAFETY: this thread's own cache, always used with this heap.
        let take = || unsafe { (*(*own).cache).alloc_slow(&gc.host.heap, size, layout, zero) };
        let slow = take().or_else(|_| {
            self.collect();
            take()
        });
        let (object, bytes) = slow.map_or((core::ptr::null_mut(), 0), |slow| (slow.object, slow.took));
        // SAFETY: this thread's own cache and marker, the latter of its collector, which if it marks does so until this
        // thread's next safepoint.
        unsafe {
            if gc.is_marking() {
                // What is large was paid for in advance; of the rest a piece now, and what it leaves before the next.
                if size <= MAX_SMALL {
                    gc.charge(&mut (*own).debt, bytes);
                    if matches!(gc.pay(&mut *(*own).marker, &mut (*own).debt), Paid::Elsewhere | Paid::Short) {
                        std::thread::yield_now();
                    }
                }
            } else {
                Self::sweep_share(gc, bytes);
                if gc.is_due() {
                    gc.host.driver.notify_due();
                }
            }
        }
        object
    }

    /// Pays what is owed for earlier objects, and in advance for one of `size` bytes if that is large: what it makes the heap grow by
    /// would be there while marking goes on. Safepoints between the pieces.
    fn settle(&mut self, size: usize) {
        let gc = self.local.gc;
        let own = self.local.own.get();
        let large = size > MAX_SMALL;
        if large && gc.is_marking() {
            // SAFETY: this thread's own state; it runs.
            gc.charge(unsafe { &mut (*own).debt }, size);
        }
        self.pay();
        if !large {
            return;
        }
        let mut pages = size.div_ceil(PAGE);
        while pages > 0
            && let Swept::Pages(n) = gc.host.heap.sweep_one()
        {
            pages = pages.saturating_sub(n);
            self.poll();
        }
        self.wait_for_room(size);
    }

    /// Pays what is owed. If the rest of marking is in other hands and the heap is full, waits until these have scanned as much, or
    /// [`MOMENTS`] are over.
    fn pay(&mut self) {
        let gc = self.local.gc;
        let own = self.local.own.get();
        let mut waited = 0;
        while gc.is_marking() {
            // SAFETY: this thread's own marker, of its collector, which if it marks does so until this thread's next safepoint.
            match unsafe { gc.pay(&mut *(*own).marker, &mut (*own).debt) } {
                Paid::Piece => self.poll(),
                Paid::All | Paid::Elsewhere => break,
                // SAFETY: this thread's own state; it runs.
                Paid::Short if waited == MOMENTS => return unsafe { (*own).debt = Debt::NONE },
                Paid::Short => {
                    waited += 1;
                    // SAFETY: this thread's own debt, and it runs.
                    gc.wait(unsafe { &mut (*own).debt });
                    self.blocked(|| std::thread::sleep(MOMENT));
                    self.poll();
                }
            }
        }
    }

    /// While an object of `size` bytes would make the heap outgrow its goal, and a collection is in the hands of threads that the
    /// kernel does not let run: waits, but not for long.
    fn wait_for_room(&mut self, size: usize) {
        let gc = self.local.gc;
        for _ in 0..MOMENTS {
            let under_way = gc.host.driver.due.load(Relaxed) || gc.is_marking() || gc.host.heap.unswept() != 0;
            if !under_way || gc.host.heap.live() + size <= gc.pace(|p| p.goal()) as usize {
                break;
            }
            self.blocked(|| std::thread::sleep(MOMENT));
            self.poll();
            self.pay();
        }
    }

    /// Sweeps in proportion to what was allocated.
    fn sweep_share(gc: &Inner, bytes: usize) {
        if gc.host.heap.unswept() == 0 {
            return;
        }
        let spans = bytes.min(16 * MAX_SMALL).div_ceil(PAGE) * gc.host.driver.sweep_ratio.load(Relaxed) as usize;
        for _ in 0..spans {
            if gc.host.heap.sweep_one() == Swept::Nothing {
                break;
            }
        }
    }

    // The write barrier.

    /// Stores a pointer: while a cycle marks, records the one that is overwritten and the one that is written.
    #[inline(always)]
    pub(crate) fn store(&self, slot: &AtomicUsize, new: usize) {
        if self.local.gc.is_marking() {
            self.record(slot.load(Relaxed));
            self.record(new);
        }
        // Release pairs with the Acquire of who reads the slot: it sees what the object was made with.
        slot.store(new, Release);
    }

    /// Records a pointer for the collector, if a cycle marks.
    #[inline]
    pub(crate) fn record(&self, object: usize) {
        let own = self.local.own.get();
        if object == 0 || !self.local.gc.is_marking() {
            return;
        }
        // SAFETY: this thread's own buffer; it runs.
        unsafe {
            if (*own).buffered == BUFFER {
                self.local.tell_buffer(None);
            }
            (*own).buffer[(*own).buffered] = object;
            (*own).buffered += 1;
        }
    }

    /// This thread's marker; this thread alone uses it, while it runs.
    pub(crate) fn marker(&self) -> *mut Marker {
        // SAFETY: this thread's own state; it runs.
        unsafe { (*self.local.own.get()).marker }
    }
}

impl Drop for Mutator {
    /// The thread's roots are none any more. Never waits for a collection to end, but may for a stopped world to go on.
    fn drop(&mut self) {
        // SAFETY: this thread still runs. With roots left over, their thread goes on using the entries, so that the state is
        // left to it.
        let reuse = unsafe {
            self.local.tell_buffer(None);
            self.local.flush_cache();
            (*self.local.own.get()).live == 0
        };
        self.local.gc.host.world.unregister(self.local, reuse);
        CURRENT.set(None);
    }
}

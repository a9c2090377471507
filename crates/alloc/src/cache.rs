//! The cache of one processor: where almost all allocations are served, without locks or atomics.
//!
//! A cache holds one span per span class. Its *slot* has a copy of one word of that span's allocation bits, inverted,
//! so that an allocation is: find the lowest set bit, clear it, multiply. Which objects were handed out is written
//! back to the span a word at a time.
//!
//! What a slot needs when its span is exhausted comes from `central` and `heap`; which objects are samples for a profile is
//! drawn in `sample`.

pub use crate::counter::CacheStats;
use crate::heap::{Heap, Refusal};
use crate::layout::Layout;
use crate::loom::{AtomicU64, Ordering::*};
use crate::os::PageSource;
use crate::sample::{NEVER, Sampling, split};
use crate::size_class::{MAX_BITMAP, MAX_SMALL, PAGE, PAGES, SIZES, SPAN_CLASSES, SpanClass, TINY, TINY_CLASS};
use crate::span::Span;
use crate::sweep::Work;
use core::ptr::null_mut;
use core::sync::atomic::fence;

/// The part of a span that the cache works on: 64 objects at a time.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Slot {
    /// Free objects of the current word that the fast path may take, 1: free.
    bits: u64,
    /// Address of the object that bit 0 stands for.
    base: *mut u8,
    /// Bytes per object.
    elem_size: usize,
    /// Room for pointer information of the span.
    pointer_room: *mut AtomicU64,
    /// The span, or null.
    span: *mut Span,
    /// Index of the current word; the number of words when all are used up.
    word: u32,
    /// Objects allocated in the span when the cache took it.
    allocated: u32,
    /// Whether objects must be cleared: 0 or 1.
    needzero: u32,
    /// Objects behind `bits` before the next sample, if `held` is empty.
    until: u32,
    /// Free objects of the current word that the slow path keeps for itself: a sample, and what comes after it.
    held: u64,
}

/// Where tiny blocks come from.
const TINY_SLOT: SpanClass = SpanClass::new(TINY_CLASS, true);

const EMPTY: Slot = Slot {
    bits: 0,
    base: null_mut(),
    elem_size: 0,
    pointer_room: null_mut(),
    span: null_mut(),
    word: 0,
    allocated: 0,
    needzero: 0,
    until: 0,
    held: 0,
};

impl Slot {
    /// Nothing is left of the current word.
    #[inline]
    fn is_empty(&self) -> bool {
        self.bits == 0 && self.held == 0
    }
}

/// What came of an allocation that the fast path could not serve.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Slow {
    /// The object.
    pub object: *mut u8,
    /// Bytes of room for new objects that the cache took from the heap, 0 if it had room: what a collector asks its embedder's tasks to
    /// make up for.
    pub took: usize,
    /// Bytes of the object if it is a sample for a profile, else 0.
    pub sample: usize,
}

/// The allocation cache of one processor or thread. One user at a time; with one heap, until it is flushed.
#[repr(C)]
pub struct Cache {
    tiny: usize,
    tiny_offset: usize,
    stats: CacheStats,
    sampling: Sampling,
    /// The identity of the heap that the spans in the slots are of; 0 when there are none.
    heap: usize,
    slots: [Slot; SPAN_CLASSES],
    /// What its refills have swept since somebody last asked.
    swept: Work,
}

// SAFETY: a cache can move between threads; what its pointers lead to belongs to it or is shared properly.
unsafe impl Send for Cache {}

impl Default for Cache {
    fn default() -> Self {
        Self::new()
    }
}

impl Cache {
    /// An empty cache. All its bytes are zero.
    pub const fn new() -> Self {
        let (sampling, slots) = (Sampling::OFF, [EMPTY; SPAN_CLASSES]);
        Cache { tiny: 0, tiny_offset: 0, stats: CacheStats::ZERO, sampling, heap: 0, slots, swept: Work::ZERO }
    }

    /// What was swept for this cache when it needed spans, since the last call.
    #[must_use]
    pub fn take_swept(&mut self) -> Work {
        core::mem::replace(&mut self.swept, Work::ZERO)
    }

    /// Allocates `size` bytes if the cache can do it by itself; null if not, and then
    /// [`alloc_slow`](Self::alloc_slow) must be asked. With `zero`, the memory is zero. A leaf: no locks, little stack.
    ///
    /// Objects without pointers of less than 16 bytes share blocks, aligned to 8, 4 or 2 as their size is. Others are
    /// aligned to 8 at least, and to their class's size if that is a power of two.
    ///
    /// # Safety
    /// `layout` is right: [`Layout::bits`] may be called for it if `size` <= 512 and it has pointers.
    #[inline(always)]
    pub unsafe fn alloc_fast(&mut self, size: usize, layout: &Layout, zero: bool) -> *mut u8 {
        if !layout.noscan() {
            // SAFETY: the layout has pointers, as was just seen, and its bits may be asked for if `size` is not above 512 (this
            // function's contract).
            return unsafe { self.alloc_scanned_fast(size, layout, zero) };
        }
        if size < TINY { self.alloc_tiny(size) } else { self.alloc_plain_fast(size, zero) }
    }

    /// [`alloc_fast`](Self::alloc_fast) for at least 16 bytes without pointers.
    #[inline(never)]
    fn alloc_plain_fast(&mut self, size: usize, zero: bool) -> *mut u8 {
        if size > MAX_SMALL {
            return null_mut();
        }
        // SAFETY: the class fits the size; no layout is looked at for a class without pointers.
        unsafe { self.alloc_class_fast(SpanClass::for_size(size, true), size, const { &Layout::NOSCAN }, zero) }
    }

    /// [`alloc_fast`](Self::alloc_fast) for memory with pointers. Apart, as is each kind, so that the others need no registers for it.
    ///
    /// # Safety
    /// As for it; the layout has pointers.
    #[inline(never)]
    unsafe fn alloc_scanned_fast(&mut self, size: usize, layout: &Layout, zero: bool) -> *mut u8 {
        if size > MAX_SMALL {
            return null_mut();
        }
        // SAFETY: the class is that of the size, and not 0; the layout is right if it has pointers (this function's
        // contract).
        unsafe { self.alloc_class_fast(SpanClass::for_size(size, false), size, layout, zero) }
    }

    /// [`alloc_fast`](Self::alloc_fast) for one zeroed object with pointers of at most 512 bytes, whose layout comes in
    /// registers: the most frequent allocation of most programs.
    ///
    /// # Safety
    /// 0 < `size` <= 512; `ptr_bytes` and `mask` are as [`Layout`]'s fields, `opaque` not 0.
    #[inline(always)]
    pub unsafe fn alloc_object_fast(&mut self, size: usize, opaque: usize, ptr_bytes: usize, mask: *const u8) -> *mut u8 {
        let sc = SpanClass::for_size(size, false);
        // SAFETY: a span class is below the number of slots.
        let slot = unsafe { self.slots.get_unchecked_mut(sc.index()) };
        if slot.bits == 0 {
            // SAFETY: size and layout are as this function and that one want them alike.
            return unsafe { self.object_from_next_word(size, opaque, ptr_bytes, mask) };
        }
        let i = slot.bits.trailing_zeros() as usize;
        slot.bits &= slot.bits - 1;
        let elem = slot.elem_size;
        // SAFETY: bit i stands for an object of the span; the mask has a byte for each eight words, one at least.
        unsafe {
            let p = slot.base.add(i * elem);
            if elem > 8 {
                let bits = if ptr_bytes <= 64 { u64::from(*mask) } else { crate::layout::load_mask(mask, ptr_bytes / 8) };
                write_bits(slot, slot.word as usize * 64 + i, bits);
            }
            if slot.needzero != 0 {
                // Up to the object's end: what lies behind `size` has no bits, but the sizes are rounder.
                if elem > 64 {
                    return cleared(p, elem);
                }
                clear_words(p, elem);
            }
            fence(Release);
            p
        }
    }

    /// # Safety
    /// As for [`alloc_object_fast`](Self::alloc_object_fast).
    #[cold]
    #[inline(never)]
    unsafe fn object_from_next_word(&mut self, size: usize, opaque: usize, ptr_bytes: usize, mask: *const u8) -> *mut u8 {
        let layout = Layout { opaque, elem_size: size, ptr_bytes, mask };
        // SAFETY: the class is that of the size, at most 512, and has pointers; `ptr_bytes` and `mask` are as the layout's
        // fields, and `opaque` is not 0 (this function's contract).
        unsafe { self.take_from_next_word(SpanClass::for_size(size, false), size, &layout, true) }
    }

    /// [`alloc_fast`](Self::alloc_fast) for less than 16 bytes without pointers. The memory is zero.
    #[inline(never)]
    pub fn alloc_tiny(&mut self, size: usize) -> *mut u8 {
        if let Some(p) = self.rest_of_tiny(size) {
            return p;
        }
        let slot = &mut self.slots[TINY_SLOT.index()];
        if slot.bits == 0 {
            return self.alloc_tiny_next(size);
        }
        // SAFETY: a bit is set; a class without pointers looks at no layout.
        let p = unsafe { take(slot, TINY_SLOT, TINY, const { &Layout::NOSCAN }, true) };
        self.keep_tiny(p, size)
    }

    /// Room for `size` bytes in the block that tiny objects are taken from.
    #[inline(always)]
    fn rest_of_tiny(&mut self, size: usize) -> Option<*mut u8> {
        debug_assert!(size < TINY);
        let align = if size & 7 == 0 {
            8
        } else if size & 3 == 0 {
            4
        } else if size & 1 == 0 {
            2
        } else {
            1
        };
        let at = (self.tiny_offset + align - 1) & !(align - 1);
        if at + size <= TINY && self.tiny != 0 {
            self.tiny_offset = at + size;
            self.stats.tiny_allocs += 1;
            return Some((self.tiny + at) as *mut u8);
        }
        None
    }

    #[cold]
    #[inline(never)]
    fn alloc_tiny_next(&mut self, size: usize) -> *mut u8 {
        // SAFETY: a class without pointers looks at no layout.
        let p = unsafe { self.take_from_next_word(TINY_SLOT, TINY, const { &Layout::NOSCAN }, true) };
        if p.is_null() { p } else { self.keep_tiny(p, size) }
    }

    /// Of the new block `p`, whose first `size` bytes are taken, and the old one, keeps that with more room.
    #[inline(always)]
    fn keep_tiny(&mut self, p: *mut u8, size: usize) -> *mut u8 {
        if size < self.tiny_offset || self.tiny == 0 {
            self.tiny = p as usize;
            self.tiny_offset = size;
        }
        p
    }

    /// [`alloc_fast`](Self::alloc_fast) for a caller that knows the span class.
    ///
    /// # Safety
    /// `sc` is not of class 0 and its objects have `size` bytes or more. As for `alloc_fast`, if `sc` has pointers;
    /// if not, `layout` is not looked at.
    #[inline(always)]
    pub unsafe fn alloc_class_fast(&mut self, sc: SpanClass, size: usize, layout: &Layout, zero: bool) -> *mut u8 {
        debug_assert!(sc.class() != 0 && size <= SIZES[sc.class() as usize] as usize);
        // SAFETY: a span class is below the number of slots.
        let slot = unsafe { self.slots.get_unchecked_mut(sc.index()) };
        if slot.bits == 0 {
            // SAFETY: the class fits and the layout is right, as that function wants them.
            return unsafe { self.take_from_next_word(sc, size, layout, zero) };
        }
        // SAFETY: size and layout fit the class; a bit is set.
        unsafe { take(slot, sc, size, layout, zero) }
    }

    /// Allocates when [`alloc_fast`](Self::alloc_fast) could not: takes the next free object of the class that the fast path may not
    /// take, another span if there is none, or makes a large object. Takes locks.
    ///
    /// # Errors
    /// The system gives no more memory or no more address space.
    ///
    /// # Safety
    /// As for `alloc_fast`.
    ///
    /// # Panics
    /// If the cache holds spans of another heap.
    #[inline(never)]
    pub unsafe fn alloc_slow<S: PageSource>(
        &mut self,
        heap: &Heap<S>,
        size: usize,
        layout: &Layout,
        zero: bool,
    ) -> Result<Slow, Refusal> {
        if self.sampling.has_changed() {
            self.redraw();
        }
        if size > MAX_SMALL {
            let object = heap.alloc_large(&mut self.stats, size, PAGE, layout, zero)?;
            let took = size.next_multiple_of(PAGE);
            return Ok(Slow { object, took, sample: if self.sampling.draw(took) == 0 { took } else { 0 } });
        }
        if layout.noscan() && size < TINY {
            if let Some(object) = self.rest_of_tiny(size) {
                return Ok(Slow { object, took: 0, sample: 0 });
            }
            // SAFETY: a class without pointers looks at no layout; the size is the class's.
            let mut slow = unsafe { self.next_object(heap, TINY_SLOT, TINY, const { &Layout::NOSCAN }, true)? };
            slow.object = self.keep_tiny(slow.object, size);
            return Ok(slow);
        }
        // SAFETY: the class fits the size; the layout is right, as `alloc_fast` wants it.
        unsafe { self.next_object(heap, SpanClass::for_size(size, layout.noscan()), size, layout, zero) }
    }

    /// The next free object of a class, from whichever place is the first that has one: the slot, whose next object may be a sample; the
    /// next word of its span; another span.
    ///
    /// # Safety
    /// As for `alloc_class_fast`.
    unsafe fn next_object<S: PageSource>(
        &mut self,
        heap: &Heap<S>,
        sc: SpanClass,
        size: usize,
        layout: &Layout,
        zero: bool,
    ) -> Result<Slow, Refusal> {
        let mut took = 0;
        // A fresh span's first word may have no free object either.
        while self.slots[sc.index()].is_empty() && !next_word(&mut self.slots[sc.index()]) {
            took += self.refill(heap, sc)?;
        }
        let slot = &mut self.slots[sc.index()];
        if slot.bits != 0 {
            // SAFETY: size and layout fit the class; a bit is set.
            return Ok(Slow { object: unsafe { take(slot, sc, size, layout, zero) }, took, sample: 0 });
        }
        // The next object is a sample, and the one after it is drawn.
        let rest;
        (slot.bits, rest) = split(slot.held, 1);
        // SAFETY: size and layout fit the class; the slot is not empty, so an object is held.
        let object = unsafe { take(slot, sc, size, layout, zero) };
        let sample = slot.elem_size;
        slot.until = self.sampling.draw(sample);
        fill(slot, rest);
        Ok(Slow { object, took, sample })
    }

    /// [`take`], once the current word has nothing left. Null if the whole span has not, or the next object is a sample.
    ///
    /// # Safety
    /// As for `take`, but that no bit need be set.
    #[cold]
    #[inline(never)]
    unsafe fn take_from_next_word(&mut self, sc: SpanClass, size: usize, layout: &Layout, zero: bool) -> *mut u8 {
        // SAFETY: a span class is below the number of slots.
        let slot = unsafe { self.slots.get_unchecked_mut(sc.index()) };
        if self.sampling.has_changed() || slot.held != 0 || !next_word(slot) || slot.bits == 0 {
            return null_mut();
        }
        // SAFETY: size and layout fit the class; a bit is set now.
        unsafe { take(slot, sc, size, layout, zero) }
    }

    // Samples for a profile.

    /// Has one object per `*mean` bytes sampled, on average; 1 is every object, 0 or less none. The variable may change at
    /// any time. Random numbers begin with `seed`.
    ///
    /// # Safety
    /// `mean` is null, or valid forever.
    pub unsafe fn watch_mean(&mut self, mean: *const core::sync::atomic::AtomicIsize, seed: u64) {
        // SAFETY: null, or valid forever.
        unsafe { self.sampling.watch(mean, seed) };
        self.reconsider();
    }

    /// Whether [`watch_mean`](Self::watch_mean) was called.
    #[inline]
    pub fn is_watching(&self) -> bool {
        self.sampling.is_watching()
    }

    /// Sends the next allocation of each class through the slow path, which looks at the mean anew.
    pub fn reconsider(&mut self) {
        self.sampling.stale = true;
        for slot in &mut self.slots {
            slot.held |= core::mem::take(&mut slot.bits);
        }
    }

    /// Draws all samples anew.
    #[cold]
    fn redraw(&mut self) {
        self.sampling.renew();
        for slot in &mut self.slots {
            if !slot.span.is_null() {
                slot.until = self.sampling.draw(slot.elem_size);
                fill(slot, slot.bits | slot.held);
            }
        }
    }

    /// Allocates `size` bytes: fast if possible, else slow. Null when out of memory.
    ///
    /// # Safety
    /// As for [`alloc_slow`](Self::alloc_slow).
    #[inline]
    pub unsafe fn alloc<S: PageSource>(&mut self, heap: &Heap<S>, size: usize, layout: &Layout, zero: bool) -> *mut u8 {
        // SAFETY: the layout is right, as both want it.
        unsafe {
            let p = self.alloc_fast(size, layout, zero);
            if !p.is_null() {
                return p;
            }
            self.alloc_slow(heap, size, layout, zero).map_or(null_mut(), |slow| slow.object)
        }
    }

    /// Replaces the exhausted span of a class by one with free objects, and says how many bytes these are.
    ///
    /// # Panics
    /// If the cache holds spans of another heap.
    pub(crate) fn refill<S: PageSource>(&mut self, heap: &Heap<S>, sc: SpanClass) -> Result<usize, Refusal> {
        let explicit = heap.explicit();
        let central = heap.central(sc);
        self.put_back(heap, sc);
        self.heap = heap.id();
        let (mut span, freed) = central.take_partial(explicit);
        // Explicit frees are counted here, as the objects become available.
        heap.note_frees(sc.class(), freed);
        if span.is_null() {
            span = heap.sweep_for(sc, &mut self.swept);
        }
        if span.is_null() {
            span = heap.alloc_span(PAGES[sc.class() as usize] as usize, PAGE, sc)?;
        }
        // SAFETY: taken out of its list, or new: held by us.
        let s = unsafe { &*span };
        let black = heap.black_allocation();
        if black {
            s.premark();
        }
        let allocated = s.alloc_count();
        let room = (s.nelems() - allocated) * s.elem_size();
        heap.note_live(room as isize);
        let slot = &mut self.slots[sc.index()];
        *slot = Slot {
            bits: 0,
            base: s.base() as *mut u8,
            elem_size: s.elem_size(),
            pointer_room: heap.pointer_room(s.base()),
            span,
            word: 0,
            allocated: allocated as u32,
            // While a collector marks, a write barrier reads what a store overwrites: a page whose first touch is that would cost a second
            // fault, and an interrupt of other processors, when it is written to. Clearing the object writes to it first.
            needzero: (s.needzero() || black && !sc.noscan()) as u32,
            until: self.sampling.draw(s.elem_size()),
            held: 0,
        };
        fill(slot, s.alloc_bits().first().map_or(0, |w| !w.load(Relaxed)) & s.word_mask(0));
        Ok(room)
    }

    /// Puts the span of a slot back into its central list.
    fn put_back<S: PageSource>(&mut self, heap: &Heap<S>, sc: SpanClass) {
        assert!(self.heap == 0 || self.heap == heap.id(), "a cache is used with a heap that its spans are not of");
        let slot = &mut self.slots[sc.index()];
        // SAFETY: null or held by us.
        let Some(s) = (unsafe { slot.span.as_ref() }) else { return };
        let span = slot.span;
        note_word(slot, s);
        let allocated = s.count_allocated();
        let new = allocated - slot.allocated as usize;
        let unused = s.nelems() - allocated;
        self.stats.small_allocs[sc.class() as usize] += new as u64;
        s.set_alloc_count(allocated);
        s.unpremark();
        heap.note_live(-((unused * s.elem_size()) as isize));
        *slot = EMPTY;
        // SAFETY: held by us, its bits and count are up to date.
        unsafe { heap.central(sc).put(span, heap.explicit()) };
    }

    /// Puts all spans back, forgets the tiny block, and hands the statistics over to the heap.
    ///
    /// # Panics
    /// If the cache holds spans of another heap.
    pub fn flush<S: PageSource>(&mut self, heap: &Heap<S>) {
        for sc in 0..SPAN_CLASSES {
            self.put_back(heap, SpanClass::from_raw(sc as u8));
        }
        self.tiny = 0;
        self.tiny_offset = 0;
        self.heap = 0;
        heap.absorb(&mut self.stats);
    }

    /// Forgets the tiny block; its objects stay.
    pub fn drop_tiny(&mut self) {
        self.tiny = 0;
        self.tiny_offset = 0;
    }

    /// Collector: writes back which objects of the held spans are allocated, so that their bits are exact until the
    /// next allocation. With the world stopped.
    pub fn publish(&mut self) {
        for slot in &mut self.slots {
            // SAFETY: null or held by us.
            if let Some(s) = unsafe { slot.span.as_ref() } {
                note_word(slot, s);
            }
        }
    }

    /// Collector: marks the free objects of all held spans, which then count as marked when they are allocated. With
    /// the world stopped, after [`Heap::set_black_allocation`].
    ///
    /// # Safety
    /// The cache's heap is a collector's, which is marking: with explicit freeing a mark says that an object was freed.
    pub unsafe fn premark(&mut self) {
        self.publish();
        for slot in &mut self.slots {
            // SAFETY: null or held by us.
            if let Some(s) = unsafe { slot.span.as_ref() } {
                s.premark();
            }
        }
    }

    /// What was allocated from this cache since it was last flushed, exactly.
    pub fn stats(&self) -> CacheStats {
        let mut stats = self.stats.clone();
        for (sc, slot) in self.slots.iter().enumerate() {
            // SAFETY: null or held by us.
            if let Some(s) = unsafe { slot.span.as_ref() } {
                stats.small_allocs[sc / 2] += (count_allocated(slot, s) - slot.allocated as usize) as u64;
            }
        }
        stats
    }

    /// Spans that the cache holds, and bytes of objects in them that it can hand out.
    #[cfg(all(feature = "std", target_os = "linux"))]
    pub(crate) fn held_room(&self) -> (usize, usize) {
        // SAFETY: null or held by us.
        let held = self.slots.iter().filter_map(|slot| unsafe { slot.span.as_ref() }.map(|s| (slot, s)));
        held.fold((0, 0), |(n, room), (slot, s)| (n + 1, room + (s.nelems() - count_allocated(slot, s)) * s.elem_size()))
    }

    /// The spans that the cache holds, with their size classes.
    pub(crate) fn spans(&self) -> impl Iterator<Item = (usize, &Span)> {
        // SAFETY: null or held by us.
        self.slots.iter().enumerate().filter_map(|(sc, slot)| unsafe { slot.span.as_ref() }.map(|s| (sc / 2, s)))
    }
}

impl<S: PageSource> Heap<S> {
    /// A new empty cache, forever. Null when out of memory.
    pub fn new_cache(&self) -> *mut Cache {
        let (size, align) = (size_of::<Cache>(), align_of::<Cache>());
        let p: *mut Cache = self.persistent().alloc(self.source(), size, align, &self.sys.caches).cast();
        if !p.is_null() {
            // SAFETY: room for a Cache that is ours.
            unsafe { p.write(Cache::new()) };
        }
        p
    }
}

/// Gives a slot the free objects of its word: the fast path those before the next sample.
#[inline]
fn fill(slot: &mut Slot, free: u64) {
    let n = free.count_ones();
    if slot.until < n {
        (slot.bits, slot.held) = split(free, slot.until);
        return;
    }
    (slot.bits, slot.held) = (free, 0);
    if slot.until != NEVER {
        slot.until -= n;
    }
}

/// How many objects of a slot's span are allocated.
#[inline]
fn count_allocated(slot: &Slot, span: &Span) -> usize {
    let n = span.count_allocated();
    let w = slot.word as usize;
    if w >= span.words() {
        return n;
    }
    // The current word is not written back yet.
    let (noted, mask) = (span.alloc_bits()[w].load(Relaxed), span.word_mask(w));
    n - (noted & mask).count_ones() as usize + (!(slot.bits | slot.held) & mask).count_ones() as usize
}

/// Writes the current word back to the span.
#[inline]
fn note_word(slot: &Slot, span: &Span) {
    if let Some(word) = span.alloc_bits().get(slot.word as usize) {
        word.store(!(slot.bits | slot.held), Relaxed);
    }
}

/// Hands out the first free object of the current word. What calls it does comes last, so that the whole is a leaf
/// that saves no registers.
///
/// # Safety
/// The slot is that of `sc` and has a bit set; as for [`Cache::alloc_class_fast`].
#[inline(always)]
unsafe fn take(slot: &mut Slot, sc: SpanClass, size: usize, layout: &Layout, zero: bool) -> *mut u8 {
    let i = slot.bits.trailing_zeros() as usize;
    slot.bits &= slot.bits - 1;
    let elem = slot.elem_size;
    // SAFETY: bit i stands for an object of the span.
    let p = unsafe { slot.base.add(i * elem) };
    // Words beyond `size` are not cleared, unless a collector may look at them.
    let mut dirty = (size.max(1) + 7) & !7;
    if !sc.noscan() {
        let index = slot.word as usize * 64 + i;
        if elem > MAX_BITMAP {
            dirty = elem;
            // SAFETY: the room has a word for each object.
            unsafe { (*slot.pointer_room.add(index)).store(layout.opaque as u64, Relaxed) };
        } else if elem > 8 {
            // SAFETY: the class has pointers and objects of at most 512 bytes, so the layout is right (this function's
            // contract); object `index` is one of the span's.
            unsafe { write_bits(slot, index, layout.bits(size)) };
        }
        // One-word objects are pointers, which the span's bits have said since it was made.
    }
    if zero && slot.needzero != 0 {
        if dirty > 64 {
            // SAFETY: the object is ours and has `dirty` bytes.
            return unsafe { cleared(p, dirty) };
        }
        // SAFETY: the object is ours; its size is a multiple of 8 and not below `size`.
        unsafe { clear_words(p, dirty) };
    }
    // A collector that finds the object through a pointer stored later must see its layout and its zeros.
    fence(Release);
    p
}

/// Clears an object of some size and returns it.
///
/// # Safety
/// `p` is valid for writes of `n` bytes.
#[inline(never)]
unsafe fn cleared(p: *mut u8, n: usize) -> *mut u8 {
    // SAFETY: valid for writes of `n` bytes.
    unsafe { goxide_sys::mem::clear(p, n) };
    fence(Release);
    p
}

/// Goes on to the next word of the span that has a free object. False when there is none.
fn next_word(slot: &mut Slot) -> bool {
    // SAFETY: null or held by the cache.
    let Some(span) = (unsafe { slot.span.as_ref() }) else { return false };
    note_word(slot, span);
    let from = slot.word as usize + 1;
    for (w, word) in span.alloc_bits().iter().enumerate().skip(from) {
        let free = !word.load(Relaxed) & span.word_mask(w);
        if free != 0 {
            slot.word = w as u32;
            slot.base = (span.base() + w * 64 * slot.elem_size) as *mut u8;
            fill(slot, free);
            return true;
        }
    }
    slot.word = span.words() as u32;
    false
}

/// Stores the pointer bits of object `index`.
///
/// # Safety
/// The slot's span has objects of more than 8 and at most 512 bytes and more than `index` of them.
#[inline(always)]
unsafe fn write_bits(slot: &Slot, index: usize, bits: u64) {
    let words = (slot.elem_size / 8) as u32;
    let at = index * words as usize;
    let shift = (at % 64) as u32;
    let mask = !0u64 >> (64 - words);
    // SAFETY: the room has a bit for each word of the page; the second word is touched only if bits lie in it. Other
    // objects' bits in these words are written by this cache alone.
    unsafe {
        let word = &*slot.pointer_room.add(at / 64);
        word.store(word.load(Relaxed) & !(mask << shift) | bits << shift, Relaxed);
        if shift + words > 64 {
            let word = &*slot.pointer_room.add(at / 64 + 1);
            let shift = 64 - shift;
            word.store(word.load(Relaxed) & !(mask >> shift) | bits >> shift, Relaxed);
        }
    }
}

/// Clears `n` bytes, a multiple of 8 from 8 to 64, in place.
///
/// # Safety
/// `p` is valid for writes of `n` bytes and aligned to 8.
#[inline(always)]
unsafe fn clear_words(p: *mut u8, n: usize) {
    // SAFETY: every store lies in the first n bytes; overlapping stores cover the sizes in between.
    unsafe {
        if n <= 16 {
            p.cast::<u64>().write(0);
            p.add(n - 8).cast::<u64>().write(0);
        } else if n <= 32 {
            p.cast::<[u64; 2]>().write([0; 2]);
            p.add(n - 16).cast::<[u64; 2]>().write([0; 2]);
        } else {
            debug_assert!(n <= 64);
            p.cast::<[u64; 4]>().write([0; 4]);
            p.add(n - 32).cast::<[u64; 4]>().write([0; 4]);
        }
    }
}

#[cfg(feature = "inspect")]
#[path = "inspect/cache.rs"]
pub(crate) mod inspect;

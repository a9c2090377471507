//! A span: a run of pages with one purpose, and the metadata that describes it.
//!
//! The structure is kept apart from the pages, so that objects need no headers. Who may use a span when:
//! - its description (base, pages, class, state) is written before the span can be found and stays until it is freed;
//! - its allocation bits belong to the cache that holds it, or to the thread that took it off its central list;
//! - its mark bits are atomics that any thread may set.

use crate::loom::{AtomicPtr, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering, Ordering::*, Owned};
use crate::size_class::{MAGIC, OBJECTS, PAGE, SIZES, SpanClass};
use core::ptr::null_mut;

/// What the pages of a span are used for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum State {
    /// Nothing: the structure is in a free list.
    Free = 0,
    /// Objects.
    InUse = 1,
    /// Something whose owner frees it by hand, like a stack.
    Manual = 2,
}

/// Where a span with objects is to be found; `central` describes the moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// With a cache, or in no list.
    Held = 0,
    /// In the partial list.
    Partial = 1,
    /// In the full list.
    Full = 2,
}

/// Metadata of a run of pages. Zero bytes are a valid value: a free span.
#[repr(C)]
pub struct Span {
    // First, since a free structure's first word is a free list's link.
    pub(crate) next: Owned<*mut Span>,
    pub(crate) prev: Owned<*mut Span>,
    base: AtomicUsize,
    npages: AtomicUsize,
    elem_size: AtomicUsize,
    nelems: AtomicU32,
    magic: AtomicU32,
    class: AtomicU8,
    state: AtomicU8,
    needzero: AtomicU8,
    /// A [`Place`].
    place: AtomicU8,
    alloc_count: AtomicU32,
    /// 1: the mark bits are in the page's room (`arena::PageMarks`), with the scanned bits behind them.
    paged_marks: AtomicU8,
    alloc_bits: AtomicPtr<AtomicU64>,
    mark_bits: AtomicPtr<AtomicU64>,
    inline_bits: [AtomicU64; 2],
    premarked: AtomicU32,
    /// For the embedder: head of the special records (finalizers, ...) of objects in this span. 0 in a new span.
    pub specials: Word,
    /// For the embedder: two words of its own per span. 0 in a new span.
    pub gc: [Word; 2],
}

/// A word in a span that is its embedder's. Anyone may read it. Since what it says is trusted, it is written through the
/// pointer, by code that vouches for it.
#[repr(transparent)]
#[derive(Debug)]
pub struct Word(AtomicUsize);

impl Word {
    #[cfg(loom)]
    fn new() -> Word {
        Word(AtomicUsize::new(0))
    }

    /// The word's value.
    #[inline]
    pub fn load(&self, order: core::sync::atomic::Ordering) -> usize {
        self.0.load(order)
    }

    /// Where the word is, an aligned atomic.
    #[inline]
    pub const fn as_ptr(&self) -> *mut usize {
        (&raw const self.0).cast_mut().cast()
    }
}

// SAFETY: shared fields are atomics; the list links belong to the holder of the list's lock.
unsafe impl Sync for Span {}
// SAFETY: nothing in a span belongs to a thread.
unsafe impl Send for Span {}

impl Span {
    /// A span for the tests of the model checker, whose atomics cannot be made from zero bytes.
    /// `marks` is room for mark and scanned bits, or null.
    #[cfg(loom)]
    pub fn new_for_loom(base: usize, sc: SpanClass, marks: *mut AtomicU64) -> Box<Span> {
        let z = || AtomicU64::new(0);
        let span = Box::new(Span {
            next: Owned::new(null_mut()),
            prev: Owned::new(null_mut()),
            base: AtomicUsize::new(0),
            npages: AtomicUsize::new(0),
            elem_size: AtomicUsize::new(0),
            nelems: AtomicU32::new(0),
            magic: AtomicU32::new(0),
            class: AtomicU8::new(0),
            state: AtomicU8::new(0),
            needzero: AtomicU8::new(0),
            place: AtomicU8::new(0),
            alloc_count: AtomicU32::new(0),
            paged_marks: AtomicU8::new(0),
            alloc_bits: AtomicPtr::new(null_mut()),
            mark_bits: AtomicPtr::new(null_mut()),
            inline_bits: [z(), z()],
            premarked: AtomicU32::new(0),
            specials: Word::new(),
            gc: [Word::new(), Word::new()],
        });
        // SAFETY: a large enough class for the inline bits, and nothing else knows the span.
        unsafe {
            let npages = crate::size_class::PAGES[sc.class() as usize] as usize;
            span.init(base, npages, sc, null_mut(), marks, false)
        };
        span
    }

    /// Words of `u64` in each bitmap of a span of `nelems` objects.
    #[inline]
    pub(crate) const fn bitmap_words(nelems: usize) -> usize {
        nelems.div_ceil(64)
    }

    /// Describes a new span of objects; class 0 is one large object. It cannot be found by address yet.
    ///
    /// # Safety
    /// Nothing else uses the structure. `bits` is zeroed room for an allocation bitmap, and, if `marks` is null, for a mark
    /// bitmap behind it; or it is null, and a bitmap fits into one word. `marks` is zeroed room for a mark bitmap, or null.
    pub(crate) unsafe fn init(
        &self,
        base: usize,
        npages: usize,
        sc: SpanClass,
        bits: *mut AtomicU64,
        marks: *mut AtomicU64,
        needzero: bool,
    ) {
        let class = sc.class() as usize;
        let (size, nelems) = if class == 0 { (npages * PAGE, 1) } else { (SIZES[class] as usize, OBJECTS[class] as usize) };
        self.describe(base, npages, needzero);
        self.elem_size.store(size, Relaxed);
        self.nelems.store(nelems as u32, Relaxed);
        self.magic.store(MAGIC[class], Relaxed);
        self.class.store(sc.index() as u8, Relaxed);
        self.inline_bits[0].store(0, Relaxed);
        self.inline_bits[1].store(0, Relaxed);
        let words = Self::bitmap_words(nelems);
        debug_assert!(!bits.is_null() || words == 1);
        let mark = match (marks.is_null(), bits.is_null()) {
            (false, _) => marks,
            (true, true) => &raw const self.inline_bits[1] as *mut _,
            // SAFETY: room for two bitmaps.
            (true, false) => unsafe { bits.add(words) },
        };
        let alloc = if bits.is_null() { &raw const self.inline_bits[0] as *mut _ } else { bits };
        self.alloc_bits.store(alloc, Relaxed);
        self.mark_bits.store(mark, Relaxed);
        self.paged_marks.store(u8::from(!marks.is_null()), Relaxed);
        // Release pairs with the Acquire load in `state`: who sees the state sees the description.
        self.state.store(State::InUse as u8, Release);
    }

    /// Describes a new manual span.
    pub(crate) fn init_manual(&self, base: usize, npages: usize, needzero: bool) {
        self.describe(base, npages, needzero);
        self.elem_size.store(npages * PAGE, Relaxed);
        self.nelems.store(0, Relaxed);
        self.magic.store(0, Relaxed);
        self.class.store(1, Relaxed);
        self.alloc_bits.store(null_mut(), Relaxed);
        self.mark_bits.store(null_mut(), Relaxed);
        self.paged_marks.store(0, Relaxed);
        self.state.store(State::Manual as u8, Release);
    }

    fn describe(&self, base: usize, npages: usize, needzero: bool) {
        self.base.store(base, Relaxed);
        self.npages.store(npages, Relaxed);
        self.needzero.store(needzero as u8, Relaxed);
        self.set_place(Place::Held, Relaxed);
        self.alloc_count.store(0, Relaxed);
        self.premarked.store(0, Relaxed);
        self.specials.0.store(0, Relaxed);
        self.gc.iter().for_each(|w| w.0.store(0, Relaxed));
    }

    /// Marks the structure free; returns the external bitmaps, if it has any.
    pub(crate) fn retire(&self) -> *mut AtomicU64 {
        self.state.store(State::Free as u8, Release);
        let bits = self.alloc_bits.load(Relaxed);
        let inline = &raw const self.inline_bits[0] as *mut AtomicU64;
        if bits == inline { null_mut() } else { bits }
    }

    /// Address of the first page.
    #[inline(always)]
    pub fn base(&self) -> usize {
        self.base.load(Relaxed)
    }

    /// Number of pages.
    #[inline(always)]
    pub fn npages(&self) -> usize {
        self.npages.load(Relaxed)
    }

    /// Bytes per object.
    #[inline(always)]
    pub fn elem_size(&self) -> usize {
        self.elem_size.load(Relaxed)
    }

    /// Number of objects; 0 in a manual span.
    #[inline(always)]
    pub fn nelems(&self) -> usize {
        self.nelems.load(Relaxed) as usize
    }

    /// End of the last object.
    #[inline(always)]
    pub fn limit(&self) -> usize {
        self.base() + self.nelems() * self.elem_size()
    }

    /// Size class and whether objects are free of pointers.
    #[inline(always)]
    pub fn span_class(&self) -> SpanClass {
        SpanClass::of_index(self.class.load(Relaxed))
    }

    /// Whether the objects hold no pointers.
    #[inline(always)]
    pub fn noscan(&self) -> bool {
        self.span_class().noscan()
    }

    /// What the span is used for.
    #[inline(always)]
    pub fn state(&self) -> State {
        match self.state.load(Acquire) {
            1 => State::InUse,
            2 => State::Manual,
            _ => State::Free,
        }
    }

    /// In which list it is.
    #[inline]
    pub(crate) fn place(&self) -> Place {
        match self.place.load(Acquire) {
            1 => Place::Partial,
            2 => Place::Full,
            _ => Place::Held,
        }
    }

    /// Notes in which list it is; under the lock of its class, if it is in one before or afterwards.
    #[inline]
    pub(crate) fn set_place(&self, place: Place, order: Ordering) {
        self.place.store(place as u8, order);
    }

    /// Whether free objects may hold anything but zeros.
    #[inline(always)]
    pub fn needzero(&self) -> bool {
        self.needzero.load(Relaxed) != 0
    }

    /// From now on free objects must be cleared.
    pub(crate) fn set_needzero(&self) {
        self.needzero.store(1, Relaxed);
    }

    /// Allocated objects when the span was last out of a cache.
    #[inline]
    pub fn alloc_count(&self) -> usize {
        self.alloc_count.load(Relaxed) as usize
    }

    pub(crate) fn set_alloc_count(&self, n: usize) {
        self.alloc_count.store(n as u32, Relaxed);
    }

    /// Index of the object that `addr`, an address inside of the span, lies in; `nelems` or more in the tail.
    #[inline(always)]
    pub fn index_of(&self, addr: usize) -> usize {
        (((addr - self.base()) as u64).wrapping_mul(self.magic.load(Relaxed) as u64) >> 32) as usize
    }

    /// Words of each bitmap.
    #[inline]
    pub fn words(&self) -> usize {
        Self::bitmap_words(self.nelems())
    }

    /// The bits of word `w` that stand for objects.
    #[inline]
    pub fn word_mask(&self, w: usize) -> u64 {
        let left = self.nelems() - w * 64;
        if left >= 64 { !0 } else { (1 << left) - 1 }
    }

    /// The allocation bitmap, one bit per object, 1: allocated. For a span that a cache holds it is behind: objects
    /// of the word in use are noted when the word is finished or the span put back. Bits beyond the objects are
    /// anything.
    #[inline]
    pub(crate) fn alloc_bits(&self) -> &[AtomicU64] {
        // SAFETY: a span in use has bitmaps of `words` words that live as long as it; a manual one has 0 words.
        unsafe { bitmap(self.alloc_bits.load(Relaxed), self.words()) }
    }

    /// The bitmap reserved for the collector, one bit per object, zero in a new span. (With explicit freeing, instead,
    /// it shows which objects were freed since the span was last taken.)
    #[inline]
    pub(crate) fn mark_bits(&self) -> &[AtomicU64] {
        // SAFETY: set with the span, inline or in room of `words` words that stays as long as it.
        unsafe { bitmap(self.mark_bits.load(Relaxed), self.words()) }
    }

    /// Sets the mark bit of object `index`; true if it was clear.
    ///
    /// # Safety
    /// The span stays in use in the meantime; its heap is a collector's, which is marking or has not swept the span yet.
    /// (With explicit freeing a mark says that an object was freed.)
    #[inline]
    pub unsafe fn set_mark(&self, index: usize) -> bool {
        let bit = 1 << (index % 64);
        self.mark_bits()[index / 64].fetch_or(bit, Relaxed) & bit == 0
    }

    /// Whether the mark bit of object `index` is set.
    ///
    /// # Safety
    /// The span stays in use in the meantime: the bits of one that is freed may be put to another use.
    #[inline]
    pub unsafe fn marked(&self, index: usize) -> bool {
        self.mark_bits()[index / 64].load(Relaxed) >> (index % 64) & 1 != 0
    }

    /// Whether object `index` is allocated. For a span that a cache holds it is behind: objects of the word in use are noted
    /// when the word is finished, the span put back, or the cache [published](crate::Cache::publish).
    ///
    /// # Safety
    /// As for [`marked`](Self::marked).
    #[inline]
    pub unsafe fn allocated(&self, index: usize) -> bool {
        self.alloc_bits()[index / 64].load(Relaxed) >> (index % 64) & 1 != 0
    }

    /// Counts the allocation bits.
    pub(crate) fn count_allocated(&self) -> usize {
        let words = self.alloc_bits().iter().enumerate();
        words.map(|(w, bits)| (bits.load(Relaxed) & self.word_mask(w)).count_ones() as usize).sum()
    }

    /// The bits of objects whose words a collector has looked at, where the page keeps them (objects of 16 bytes and
    /// more in one-page spans); else empty.
    #[inline]
    pub(crate) fn scanned_bits(&self) -> &[AtomicU64] {
        if self.paged_marks.load(Relaxed) == 0 {
            return &[];
        }
        // SAFETY: the marks are the first half of a page's room, the scanned bits its second.
        unsafe { bitmap(self.mark_bits.load(Relaxed).add(crate::size_class::MARK_WORDS), self.words()) }
    }

    /// Collector's sweep: what is marked stays allocated, everything else is free, and the marks are clear for the
    /// next cycle. Returns how many objects were freed. With `clobber`, these are filled with a pattern first, so that who
    /// still uses one is found out.
    ///
    /// # Safety
    /// The span is in use, in no list and no cache, and nothing marks it at the same time.
    pub unsafe fn sweep(&self, clobber: bool) -> usize {
        let mut live = 0;
        for (w, (alloc, mark)) in self.alloc_bits().iter().zip(self.mark_bits()).enumerate() {
            // A free object may have been marked by a stale pointer; it stays free.
            let before = alloc.load(Relaxed) & self.word_mask(w);
            let bits = mark.load(Relaxed) & before;
            if clobber {
                // SAFETY: what was allocated and is not marked is not in use any more.
                unsafe { self.clobber(w, before & !bits) }
            }
            alloc.store(bits, Relaxed);
            mark.store(0, Relaxed);
            live += bits.count_ones() as usize;
        }
        if !self.noscan() {
            for word in self.scanned_bits() {
                word.store(0, Relaxed);
            }
        }
        let freed = self.alloc_count() - live;
        self.set_alloc_count(live);
        if freed > 0 {
            self.set_needzero();
        }
        freed
    }

    /// # Safety
    /// The objects `bits` of word `w` are not in use.
    #[cold]
    unsafe fn clobber(&self, w: usize, mut bits: u64) {
        const PATTERN: u64 = 0xdead_beef_dead_beef;
        while bits != 0 {
            let i = w * 64 + bits.trailing_zeros() as usize;
            bits &= bits - 1;
            let p = (self.base() + i * self.elem_size()) as *mut u64;
            for k in 0..self.elem_size() / 8 {
                // SAFETY: inside of an object that is not in use.
                unsafe { p.add(k).write(PATTERN) }
            }
        }
    }

    /// Explicit freeing: how many objects were freed since the span was last taken.
    pub(crate) fn count_freed(&self) -> usize {
        self.mark_bits().iter().map(|w| w.load(Relaxed).count_ones() as usize).sum()
    }

    /// Explicit freeing: makes the objects freed since then available. Returns how many.
    ///
    /// # Safety
    /// The span is in use, and held by the caller: not in another's cache, not in a list.
    pub(crate) unsafe fn collect_freed(&self) -> usize {
        let mut freed = 0;
        for (alloc, mark) in self.alloc_bits().iter().zip(self.mark_bits()) {
            if mark.load(Relaxed) != 0 {
                // Acquire pairs with the freeing thread's Release: its last use of the objects is over.
                let bits = mark.swap(0, Acquire);
                alloc.store(alloc.load(Relaxed) & !bits, Relaxed);
                freed += bits.count_ones() as usize;
            }
        }
        if freed > 0 {
            self.set_alloc_count(self.alloc_count() - freed);
            self.set_needzero();
        }
        freed
    }

    /// Marks every free object, so that objects allocated from now on count as marked, and as scanned: what a free object
    /// holds must not be looked at, and what is stored in a new one the write barrier records.
    pub(crate) fn premark(&self) {
        if self.premarked.swap(1, Relaxed) == 0 {
            let free = |w: usize, alloc: &AtomicU64| !alloc.load(Relaxed) & self.word_mask(w);
            if !self.noscan() {
                for (w, (alloc, scanned)) in self.alloc_bits().iter().zip(self.scanned_bits()).enumerate() {
                    scanned.fetch_or(free(w, alloc), Relaxed);
                }
            }
            for (w, (alloc, mark)) in self.alloc_bits().iter().zip(self.mark_bits()).enumerate() {
                // Release: a collector that sees the mark sees that the object counts as scanned.
                mark.fetch_or(free(w, alloc), Release);
            }
        }
    }

    /// Takes the marks back from objects that were not allocated after all.
    pub(crate) fn unpremark(&self) {
        if self.premarked.swap(0, Relaxed) != 0 {
            for (alloc, mark) in self.alloc_bits().iter().zip(self.mark_bits()) {
                mark.fetch_and(alloc.load(Relaxed), Relaxed);
            }
        }
    }
}

/// # Safety
/// `p` is valid for `words` words and as long as 'a, or `words` is 0.
#[inline(always)]
unsafe fn bitmap<'a>(p: *mut AtomicU64, words: usize) -> &'a [AtomicU64] {
    if words == 0 {
        return &[];
    }
    // SAFETY: `words` is not 0, so `p` is valid for `words` words and as long as `'a` (this function's contract).
    unsafe { core::slice::from_raw_parts(p, words) }
}

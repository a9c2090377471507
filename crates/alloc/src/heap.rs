//! The heap: everything shared between caches, behind `&self`.
//!
//! Pages, spans, look-up by address, large objects, manual spans and metadata. The lock-free part of allocation is
//! `cache`'s; the sums of statistics are `stats`'; how the heap gets larger is `grow`'s, and how it gives memory back is `release`'s.

use crate::arena::{ArenaMap, Page};
use crate::bits::BitsPool;
use crate::central::{CENTRALS, Central};
use crate::counter::{CacheStats, Counter, InUse, Sys, Totals};
use crate::layout::{Layout, PointerLayout};
use crate::loom::{AtomicBool, AtomicPtr, AtomicU64, AtomicUsize, Lock, Ordering::*};
use crate::os::PageSource;
use crate::page_alloc::{ADDRESS_BITS, MAX_PAGES, PageAlloc};
use crate::persistent::{FixAlloc, Persistent};
use crate::size_class::{MAX_BITMAP, PAGE, SpanClass, has_page_marks};
use crate::span::{Span, State};
use core::ptr::null_mut;

/// Why there are no pages.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// There is no address space for `asked` more bytes, beside the `in_use` bytes of pages that the heap has for objects,
    /// in use or free.
    Space {
        /// Bytes asked for: whole pages, and, as far as that can be, whole leaves of 4 MiB.
        asked: usize,
        /// Bytes of pages that the heap has, except manual ones.
        in_use: usize,
    },
    /// The system does not give the memory: for the pages, or for what must be noted of them.
    Memory,
}

impl core::fmt::Display for Refusal {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Refusal::Space { asked, in_use } => {
                write!(f, "no address space for {asked} bytes beside the {in_use} in use")
            }
            Refusal::Memory => f.write_str("the system gives no memory"),
        }
    }
}

impl core::error::Error for Refusal {}

/// How far sweeping has come; it is done by `sweep`.
pub(crate) struct Sweep {
    /// Spans whose sweep is not over.
    pub(crate) unswept: AtomicUsize,
    /// The class that background sweeping has come to.
    pub(crate) cursor: AtomicUsize,
    pub(crate) clobber: AtomicBool,
    /// A [`SpecialsHook`](crate::sweep::SpecialsHook), or null.
    pub(crate) hook: AtomicPtr<()>,
    pub(crate) context: AtomicUsize,
}

impl Sweep {
    pub(crate) const fn new() -> Sweep {
        Sweep {
            unswept: AtomicUsize::new(0),
            cursor: AtomicUsize::new(0),
            clobber: AtomicBool::new(false),
            hook: AtomicPtr::new(null_mut()),
            context: AtomicUsize::new(0),
        }
    }
}

/// What the heap lock protects. The page allocator's large table is last, beyond what small programs touch.
#[repr(C)]
pub(crate) struct Inner {
    /// The rest of the reservation that was last made: `[next, end)` has not been given to `pages` yet.
    pub(crate) next: usize,
    pub(crate) end: usize,
    pub(crate) spans: FixAlloc<Span>,
    bits: BitsPool,
    pub(crate) pages: PageAlloc,
}

/// A heap over a page source. It lives in a static; all its bytes are zero until the first allocation. The long tables are at both ends, so
/// that what every program touches lies together.
#[repr(C)]
pub struct Heap<S: PageSource> {
    pub(crate) central: [Central; CENTRALS],
    pub(crate) arenas: ArenaMap,
    pub(crate) source: S,
    persistent: Persistent,
    /// What caches tell heaps apart by; 0 before the first asks.
    id: AtomicUsize,
    explicit: AtomicBool,
    black: AtomicBool,
    pub(crate) sys: Sys,
    pub(crate) inuse_pages: InUse,
    pub(crate) manual_pages: Counter,
    live: Counter,
    pub(crate) sweep: Sweep,
    pub(crate) totals: Totals,
    pub(crate) inner: Lock<Inner>,
}

// SAFETY: raw pointers in `inner` are reached under its lock only; everything else is Sync by itself.
unsafe impl<S: PageSource + Sync> Sync for Heap<S> {}

impl<S: PageSource> Heap<S> {
    /// An empty heap that gets its pages from `source`.
    pub const fn new(source: S) -> Self {
        Heap {
            source,
            persistent: Persistent::new(),
            arenas: ArenaMap::new(),
            inner: Lock::new(Inner {
                pages: PageAlloc::new(),
                spans: FixAlloc::new(),
                bits: BitsPool::new(),
                next: 0,
                end: 0,
            }),
            id: AtomicUsize::new(0),
            explicit: AtomicBool::new(false),
            black: AtomicBool::new(false),
            sys: Sys::new(),
            inuse_pages: InUse::new(),
            manual_pages: Counter::new(),
            live: Counter::new(),
            sweep: Sweep::new(),
            totals: Totals::new(),
            central: [const { Central::new() }; CENTRALS],
        }
    }

    /// Where pages come from.
    pub fn source(&self) -> &S {
        &self.source
    }

    /// Declares that objects are freed by [`free`](Self::free) and not by a collector: the mark bits then serve to
    /// note them.
    ///
    /// # Safety
    /// Nothing was allocated from this heap without it, and no collector marks or sweeps it, ever.
    pub unsafe fn enable_free(&self) {
        self.explicit.store(true, Relaxed);
    }

    /// A number that no other heap of the process has or had.
    pub(crate) fn id(&self) -> usize {
        static LAST: AtomicUsize = AtomicUsize::new(0);
        let id = self.id.load(Relaxed);
        if id != 0 {
            return id;
        }
        let new = LAST.fetch_add(1, Relaxed) + 1;
        // The faster thread has named it.
        self.id.compare_exchange(0, new, Relaxed, Relaxed).err().unwrap_or(new)
    }

    pub(crate) fn explicit(&self) -> bool {
        self.explicit.load(Relaxed)
    }

    /// While on, objects are marked from birth: caches mark all free objects of a span when they take it, and take
    /// the marks back from the unused ones when they put it back.
    ///
    /// # Safety
    /// The caller is the heap's collector (with explicit freeing a mark says that an object was freed). It has stopped the
    /// world, and each cache is [flushed](crate::Cache::flush), or its free objects are [marked](crate::Cache::premark), before it goes on.
    pub unsafe fn set_black_allocation(&self, on: bool) {
        self.black.store(on, Relaxed);
    }

    /// Whether objects are marked from birth.
    pub fn black_allocation(&self) -> bool {
        self.black.load(Relaxed)
    }

    /// Lists of the spans of a class that are in no cache.
    pub(crate) fn central(&self, sc: SpanClass) -> &Central {
        &self.central[sc.index()]
    }

    /// Bytes of objects allocated since [`set_live`](Self::set_live), plus what was set: spans count as fully
    /// allocated while they are in a cache. The number for pacing a collector.
    pub fn live(&self) -> usize {
        self.live.get()
    }

    /// Sets the base of [`live`](Self::live); with the world stopped.
    pub fn set_live(&self, bytes: usize) {
        self.live.sub(self.live.get());
        self.live.add(bytes);
    }

    pub(crate) fn note_live(&self, bytes: isize) {
        self.live.add(bytes as usize);
    }

    // Metadata.

    /// `size` zero bytes for metadata of the embedder, never freed, counted as "other". Null when out of memory.
    pub fn persistent_alloc(&self, size: usize, align: usize) -> *mut u8 {
        self.persistent.alloc(&self.source, size, align, &self.sys.other)
    }

    /// The same, counted as the collector's.
    pub fn persistent_alloc_gc(&self, size: usize, align: usize) -> *mut u8 {
        self.persistent.alloc(&self.source, size, align, &self.sys.gc)
    }

    /// Memory that metadata is taken from before the system is asked for any, so that a program which needs little
    /// saves the call: a part of its static memory, say. To be called before anything else.
    ///
    /// # Safety
    /// `chunk` leads to `size` bytes, all zero, that stay for good and are for nothing else.
    pub unsafe fn begin_with(&self, chunk: *mut u8, size: usize) {
        // SAFETY: as this function asks of its caller: zero, forever, and nobody else's.
        unsafe { self.persistent.begin_with(chunk, size) };
    }

    /// The bump allocator under the heap's metadata, for free lists of one's own.
    pub fn persistent(&self) -> &Persistent {
        &self.persistent
    }

    // Pages and spans.

    /// Takes pages at a multiple of `align` bytes, growing the heap if need be; returns whether they all read as zero.
    fn take_pages(&self, inner: &mut Inner, npages: usize, align: usize) -> Result<(usize, bool), Refusal> {
        if npages == 0 || npages >= MAX_PAGES || align >= 1 << ADDRESS_BITS {
            return Err(self.no_space(inner, npages.saturating_mul(PAGE)));
        }
        let run = match inner.pages.alloc_aligned(npages, align / PAGE) {
            Some(run) => run,
            None => {
                self.grow(inner, npages, align)?;
                inner.pages.alloc_aligned(npages, align / PAGE).ok_or(Refusal::Memory)?
            }
        };
        if !self.arenas.prepare(&self.source, run.addr, npages, &self.sys.gc) {
            inner.pages.free(run.addr, npages);
            return Err(Refusal::Memory);
        }
        Ok((run.addr, run.released == npages))
    }

    /// Whether it is time for [`make_tables`](Self::make_tables), by a thread that has the time for it. True once, then not again before that
    /// is done.
    #[inline]
    pub fn wants_tables(&self) -> bool {
        self.arenas.wants_ahead()
    }

    /// Makes the tables of pages that the heap is about to grow by, after [`wants_tables`](Self::wants_tables) said so; otherwise whoever
    /// allocates the first of them does, which may take as long as some hundred page faults. Callers take turns.
    pub fn make_tables(&self) {
        if let Some(tables) = self.arenas.make_ahead(&self.source) {
            self.inner.with(|_| self.arenas.put_ahead(tables, &self.sys.gc));
        }
    }

    /// A new span of `npages` at a multiple of `align` bytes for objects of span class `sc` (class 0: one large object), in
    /// no list.
    pub(crate) fn alloc_span(&self, npages: usize, align: usize, sc: SpanClass) -> Result<*mut Span, Refusal> {
        let class = sc.class() as usize;
        let nelems = if class == 0 { 1 } else { crate::size_class::OBJECTS[class] as usize };
        let got = self.inner.with(|i| {
            let span = i.spans.alloc(&self.persistent, &self.source, &self.sys.spans);
            if span.is_null() {
                return Err(Refusal::Memory);
            }
            let mut bits: *mut AtomicU64 = null_mut();
            let words = Self::external_words(sc, nelems);
            if words > 0 {
                bits = i.bits.alloc(words, &self.persistent, &self.source, &self.sys.gc);
            }
            let pages = if words > 0 && bits.is_null() { Err(Refusal::Memory) } else { self.take_pages(i, npages, align) };
            match pages {
                Ok((base, zero)) => Ok((span, bits, base, zero)),
                Err(refusal) => {
                    // SAFETY: both were just allocated with these parameters.
                    unsafe {
                        if !bits.is_null() {
                            i.bits.free(bits, words);
                        }
                        i.spans.free(span);
                    }
                    Err(refusal)
                }
            }
        });
        let (span, bits, base, zero) = got?;
        self.inuse_pages.add(npages, sc.class());
        let mut marks = null_mut();
        if has_page_marks(sc.class())
            && let Some(page) = self.arenas.page(base)
        {
            // SAFETY: the new span's own, zero, since a free page's marks are.
            marks = unsafe { page.marks() }.marked.as_ptr().cast_mut();
        }
        // SAFETY: the structure is ours, the bitmaps have the class's size (or fit into a word each).
        unsafe { (*span).init(base, npages, sc, bits, marks, !zero) };
        if class == 1 && !sc.noscan() {
            // Objects of one word with pointers are pointers.
            let room = self.arenas.pointer_room(base);
            for w in 0..PAGE / 8 / 64 {
                // SAFETY: the room of one page.
                unsafe { (*room.add(w)).store(!0, Relaxed) };
            }
        }
        if class == 0 && !sc.noscan() {
            // No layout yet: nothing may read what the pages were before.
            // SAFETY: the room of the span's first page.
            unsafe { (*self.arenas.pointer_room(base)).store(0, Relaxed) };
        }
        self.arenas.enter(base, npages, span);
        if !marks.is_null() {
            self.arenas.set_kind(base, sc.index() as u8);
        }
        Ok(span)
    }

    /// Words of bitmaps that a span cannot keep in itself or in its page's room.
    fn external_words(sc: SpanClass, nelems: usize) -> usize {
        match (nelems > 64, has_page_marks(sc.class())) {
            (false, _) => 0,
            (true, true) => Span::bitmap_words(nelems),
            (true, false) => 2 * Span::bitmap_words(nelems),
        }
    }

    /// Frees a span of objects with everything in it. (Statistics of objects are the caller's.)
    ///
    /// # Safety
    /// The span is in use, in no list and no cache, its mark bits are clear, and nothing uses its objects any more.
    pub unsafe fn free_span(&self, span: *mut Span) {
        // SAFETY: ours alone now.
        let s = unsafe { &*span };
        debug_assert!(s.state() == State::InUse);
        self.inuse_pages.sub(s.npages(), s.span_class().class());
        // SAFETY: nothing uses the objects of the span, which is in no list and no cache (this function's contract), so
        // nothing else frees it.
        unsafe { self.release_span(span) };
    }

    /// # Safety
    /// The span's pages are not used any more, and nothing else frees it.
    unsafe fn release_span(&self, span: *mut Span) {
        // SAFETY: ours alone now; the structure stays readable.
        let s = unsafe { &*span };
        let (base, npages) = (s.base(), s.npages());
        let words = Self::external_words(s.span_class(), s.nelems());
        if has_page_marks(s.span_class().class()) && s.state() == State::InUse {
            self.arenas.set_kind(base, 0);
        }
        let bits = s.retire();
        self.inner.with(|i| {
            i.pages.free(base, npages);
            // SAFETY: bits and structure belonged to this span, which is retired.
            unsafe {
                if !bits.is_null() && words > 0 {
                    i.bits.free(bits, words);
                }
                i.spans.free(span);
            }
        });
    }

    /// Pages for a purpose of the embedder's (stacks), at least `npages` of them, not cleared.
    ///
    /// # Errors
    /// The refusal of the system, or of the limit on address space.
    pub fn alloc_manual(&self, npages: usize) -> Result<*mut Span, Refusal> {
        let got = self.inner.with(|i| {
            let span = i.spans.alloc(&self.persistent, &self.source, &self.sys.spans);
            if span.is_null() {
                return Err(Refusal::Memory);
            }
            match self.take_pages(i, npages, PAGE) {
                Ok((base, zero)) => Ok((span, base, zero)),
                Err(refusal) => {
                    // SAFETY: just allocated.
                    unsafe { i.spans.free(span) };
                    Err(refusal)
                }
            }
        });
        let (span, base, zero) = got?;
        self.manual_pages.add(npages);
        // SAFETY: the structure is ours.
        unsafe { (*span).init_manual(base, npages, !zero) };
        self.arenas.enter(base, npages, span);
        Ok(span)
    }

    /// Frees a manual span.
    ///
    /// # Safety
    /// `span` came from [`alloc_manual`](Self::alloc_manual), and its pages are not used any more.
    pub unsafe fn free_manual(&self, span: *mut Span) {
        // SAFETY: ours alone now.
        unsafe {
            debug_assert!((*span).state() == State::Manual);
            self.manual_pages.sub((*span).npages());
            self.release_span(span);
        }
    }

    // Objects.

    /// A large object, in a span of its own, at a multiple of `align` (a power of two, as far as it exceeds a page). With
    /// `zero`, it is cleared if it needs to be.
    pub(crate) fn alloc_large(
        &self,
        stats: &mut CacheStats,
        size: usize,
        align: usize,
        layout: &Layout,
        zero: bool,
    ) -> Result<*mut u8, Refusal> {
        let npages = size.div_ceil(PAGE).max(1);
        let span = self.alloc_span(npages, align.max(PAGE), SpanClass::new(0, layout.noscan()))?;
        // SAFETY: a new span that is ours.
        let s = unsafe { &*span };
        let bytes = s.elem_size();
        s.alloc_bits()[0].store(1, Relaxed);
        s.set_alloc_count(1);
        if self.black_allocation() {
            // SAFETY: a new span of a heap whose collector is marking.
            unsafe { s.set_mark(0) };
        }
        let p = s.base() as *mut u8;
        if zero && s.needzero() {
            // SAFETY: the whole span is ours.
            unsafe { goxide_sys::mem::clear(p, bytes) };
        }
        if !layout.noscan() {
            // SAFETY: a span has room for pointer information at its base, a page's worth. The first word is the object's
            // layout; the second keeps what was asked for, see `large_size`.
            unsafe {
                let room = self.arenas.pointer_room(s.base());
                (*room.add(1)).store(size as u64, Relaxed);
                (*room).store(layout.opaque as u64, Release);
            }
        }
        stats.large_allocs += 1;
        stats.large_alloc_bytes += bytes as u64;
        self.live.add(bytes);
        // SAFETY: a new span in no list, with its count set. The list lets a collector find it.
        unsafe { self.central[s.span_class().index()].put(span, false) };
        Ok(p)
    }

    /// Gives a large object with pointers its layout, in place of what `alloc_large` was given: an object
    /// that takes long to clear can be allocated with a layout that has no pointers, and gets its own when it is clear.
    ///
    /// # Safety
    /// `object` came from an allocation of more than [`MAX_SMALL`](crate::size_class::MAX_SMALL) bytes of this heap with a layout, and is not freed;
    /// `opaque` is a layout's, not 0, and the object holds what that says.
    pub unsafe fn set_layout(&self, object: *mut u8, opaque: usize) {
        // SAFETY: a span has room for pointer information at its base. Who sees the layout sees what was stored before.
        unsafe { (*self.arenas.pointer_room(object as usize)).store(opaque as u64, Release) }
    }

    /// Frees an object (see [`enable_free`](Self::enable_free)). False if `ptr` is not the start of an allocated
    /// object, as far as can be told. Tiny objects must not be freed one by one: they share blocks.
    ///
    /// # Safety
    /// `ptr` came from an allocation of this heap, was not freed, and nothing uses the object any more.
    pub unsafe fn free(&self, ptr: *mut u8) -> bool {
        debug_assert!(self.explicit());
        let Some((base, index, span)) = self.object_of(ptr as usize) else { return false };
        if base != ptr as usize {
            return false;
        }
        let sc = span.span_class();
        let span: *mut Span = core::ptr::from_ref(span).cast_mut();
        if sc.class() != 0 {
            // SAFETY: an allocated object of this span that nothing uses any more (this function's contract).
            return unsafe { self.central[sc.index()].free(span, index / 64, 1 << (index % 64)) } == 0;
        }
        // SAFETY: a large span is in its list until its object is freed, which is now.
        unsafe {
            self.note_large_free((*span).elem_size());
            self.central[sc.index()].remove(span);
            self.free_span(span);
        }
        true
    }

    // Look-up.

    /// A page, as a collector sees it: what it needs to mark small objects without a look at their span. None for an
    /// address outside of the heap.
    #[inline(always)]
    pub fn page_of(&self, addr: usize) -> Option<Page<'_>> {
        self.arenas.page(addr)
    }

    /// The span that `addr` lies in, if it is in use (for objects or manually).
    #[inline]
    pub fn span_of(&self, addr: usize) -> Option<&Span> {
        // An entry may be stale: the span freed, and its structure used for other pages.
        let covers = |s: &&Span| s.state() != State::Free && addr.wrapping_sub(s.base()) < s.npages() * PAGE;
        match self.arenas.lookup(addr).filter(covers) {
            Some(span) => Some(span),
            None => self.arenas.whole(addr).filter(covers),
        }
    }

    /// The object that `addr` points into, at its start or inside: its address, its index in its span, the span. An
    /// object that is not allocated is found as well.
    #[inline]
    pub fn object_of(&self, addr: usize) -> Option<(usize, usize, &Span)> {
        let span = self.span_of(addr)?;
        if span.state() != State::InUse {
            return None;
        }
        let index = span.index_of(addr);
        if index >= span.nelems() {
            return None;
        }
        Some((span.base() + index * span.elem_size(), index, span))
    }

    /// The pointer layout of the allocated object that `addr` points into.
    #[inline]
    pub fn pointer_layout(&self, addr: usize) -> Option<PointerLayout> {
        let (_, index, span) = self.object_of(addr)?;
        // SAFETY: an object of a span of this heap.
        Some(unsafe { self.pointer_layout_of(span, index) })
    }

    /// The pointer layout of an allocated object of a span; that of a free one is anything.
    ///
    /// # Safety
    /// `span` is one of this heap's, in use, and has more than `index` objects: [`object_of`](Self::object_of) gave both.
    #[inline]
    pub unsafe fn pointer_layout_of(&self, span: &Span, index: usize) -> PointerLayout {
        if span.noscan() {
            return PointerLayout::NoScan;
        }
        let room = self.arenas.pointer_room(span.base());
        if span.elem_size() > MAX_BITMAP {
            // SAFETY: the room of a span with larger objects has a word for each of them.
            return PointerLayout::Opaque(unsafe { (*room.add(index)).load(Acquire) as usize });
        }
        let words = span.elem_size() / 8;
        let (at, shift) = (index * words / 64, (index * words % 64) as u32);
        // SAFETY: the room has a bit for each word of the page; the second word is read only if bits lie in it.
        unsafe {
            let mut bits = (*room.add(at)).load(Acquire) >> shift;
            if shift as usize + words > 64 {
                bits |= (*room.add(at + 1)).load(Acquire) << (64 - shift);
            }
            PointerLayout::Bits(if words < 64 { bits & ((1 << words) - 1) } else { bits })
        }
    }

    /// How many bytes of an allocated large object with pointers were asked for; the rest of its span holds none. The span's
    /// element size for other objects.
    ///
    /// # Safety
    /// `span` is one of this heap's.
    pub unsafe fn large_size(&self, span: &Span) -> usize {
        if span.noscan() || span.span_class().class() != 0 {
            return span.elem_size();
        }
        // SAFETY: the span's base lies in an arena of this heap; the room of a page has a word for this.
        unsafe { (*self.arenas.pointer_room(span.base()).add(1)).load(Relaxed) as usize }
    }

    pub(crate) fn pointer_room(&self, base: usize) -> *mut AtomicU64 {
        self.arenas.pointer_room(base)
    }

    /// The addresses between which all of the heap lies, unused ones too.
    #[inline]
    pub fn address_range(&self) -> (usize, usize) {
        self.arenas.bounds()
    }

    /// Calls `f` with every span in use, in order of address. Spans that come or go during the walk may be missed.
    pub fn for_each_span(&self, mut f: impl FnMut(&Span)) {
        let (mut at, hi) = self.arenas.bounds();
        while at < hi {
            match self.span_of(at) {
                Some(span) => {
                    f(span);
                    at = span.base() + span.npages().max(1) * PAGE;
                }
                None => at = self.arenas.skip(at),
            }
        }
    }
}

#[cfg(test)]
#[path = "refusal_tests.rs"]
mod refusal_tests;

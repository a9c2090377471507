//! The heap: everything shared between caches, behind `&self`.
//!
//! Pages, spans, look-up by address, large objects, manual spans and metadata. The lock-free part of allocation is
//! `cache`'s; the sums of statistics are `stats`'.

use crate::arena::{ARENA, ArenaMap, Page};
use crate::bits::BitsPool;
use crate::cache::{Cache, CacheStats, clear};
use crate::central::{CENTRALS, Central, next_taken};
use crate::layout::{Layout, PointerLayout};
use crate::loom::{AtomicBool, AtomicU64, Lock, Ordering::*};
use crate::os::PageSource;
use crate::page_alloc::{ADDRESS_BITS, CHUNK_BYTES, PageAlloc};
use crate::persistent::{FixAlloc, Persistent};
use crate::size_class::{MAX_BITMAP, PAGE, SpanClass, has_page_marks};
use crate::span::{Span, State};
use crate::stats::{Counter, Sys, Totals};
use crate::sweep::Sweep;
use core::ptr::null_mut;

/// Where the heap would like to begin: an address that is easy to recognise, far from where programs and the kernel
/// put things on either architecture.
const FIRST_ARENA: usize = 0xc0_0000_0000;

/// What the heap lock protects. The page allocator's large table is last, beyond what small programs touch.
#[repr(C)]
pub(crate) struct Inner {
    /// The rest of the reservation that was last made: `[next, end)` has not been given to `pages` yet.
    next: usize,
    end: usize,
    pub(crate) spans: FixAlloc<Span>,
    pub(crate) caches: FixAlloc<Cache>,
    bits: BitsPool,
    pub(crate) pages: PageAlloc,
}

/// A heap over a page source. It lives in a static; all its bytes are zero until the first allocation.
#[repr(C)]
pub struct Heap<S: PageSource> {
    source: S,
    persistent: Persistent,
    arenas: ArenaMap,
    explicit: AtomicBool,
    black: AtomicBool,
    pub(crate) sys: Sys,
    pub(crate) inuse_pages: Counter,
    pub(crate) manual_pages: Counter,
    live: Counter,
    pub(crate) sweep: Sweep,
    pub(crate) totals: Totals,
    pub(crate) inner: Lock<Inner>,
    central: [Central; CENTRALS],
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
                caches: FixAlloc::new(),
                bits: BitsPool::new(),
                next: 0,
                end: 0,
            }),
            explicit: AtomicBool::new(false),
            black: AtomicBool::new(false),
            sys: Sys::new(),
            inuse_pages: Counter::new(),
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
    /// note them. To be called before the first allocation.
    pub fn enable_free(&self) {
        self.explicit.store(true, Relaxed);
    }

    pub(crate) fn explicit(&self) -> bool {
        self.explicit.load(Relaxed)
    }

    /// While on, objects are marked from birth: caches mark all free objects of a span when they take it, and take
    /// the marks back from the unused ones when they put it back. Collectors switch it with the world stopped, and
    /// call [`Cache::premark`] on each cache then.
    pub fn set_black_allocation(&self, on: bool) {
        self.black.store(on, Relaxed);
    }

    /// Whether objects are marked from birth.
    pub fn black_allocation(&self) -> bool {
        self.black.load(Relaxed)
    }

    /// Lists of the spans of a class that are in no cache.
    pub fn central(&self, sc: SpanClass) -> &Central {
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

    /// The bump allocator under the heap's metadata, for free lists of one's own.
    pub fn persistent(&self) -> &Persistent {
        &self.persistent
    }

    /// A new empty cache. Null when out of memory.
    pub fn new_cache(&self) -> *mut Cache {
        let p = self.inner.with(|i| i.caches.alloc(&self.persistent, &self.source, &self.sys.mcache));
        if !p.is_null() {
            // SAFETY: room for a Cache that is ours.
            unsafe { p.write(Cache::new()) };
        }
        p
    }

    /// Flushes a cache and takes its memory back.
    ///
    /// # Safety
    /// `cache` came from [`new_cache`](Self::new_cache) of this heap and is not used any more.
    pub unsafe fn free_cache(&self, cache: *mut Cache) {
        // SAFETY: nobody else uses it.
        unsafe {
            (*cache).flush(self);
            self.inner.with(|i| i.caches.free(cache));
        }
    }

    // Pages and spans.

    /// Takes pages, growing the heap if need be; tells whether they all read as zero.
    fn take_pages(&self, inner: &mut Inner, npages: usize) -> Option<(usize, bool)> {
        if npages == 0 || npages >= 1 << (ADDRESS_BITS - 1 - crate::size_class::PAGE_SHIFT) {
            return None;
        }
        let run = match inner.pages.alloc(npages) {
            Some(run) => run,
            None => {
                if !self.grow(inner, npages) {
                    return None;
                }
                inner.pages.alloc(npages)?
            }
        };
        Some((run.addr, run.released == npages))
    }

    /// Adds at least `npages` free pages in a row to the heap.
    fn grow(&self, inner: &mut Inner, npages: usize) -> bool {
        let need = (npages * PAGE).next_multiple_of(CHUNK_BYTES);
        if inner.end - inner.next < need {
            let size = need.next_multiple_of(ARENA);
            let hint = if inner.end == 0 { FIRST_ARENA } else { inner.end };
            let p = self.source.reserve(hint, size, ARENA);
            let at = p as usize;
            if p.is_null() {
                return false;
            }
            if at + size > 1 << ADDRESS_BITS || !self.arenas.add(&self.source, at, size, &self.sys.gc) {
                // SAFETY: just reserved, nothing of it in use.
                unsafe { self.source.unreserve(p, size) };
                return false;
            }
            if at != inner.end {
                // Not adjacent to what is left of the last reservation: use that up for smaller things.
                let (next, rest) = (inner.next, inner.end - inner.next);
                inner.next = at;
                if rest > 0 {
                    self.add_pages(inner, next, rest);
                }
            }
            inner.end = at + size;
        }
        let at = inner.next;
        if !self.add_pages(inner, at, need) {
            return false;
        }
        inner.next += need;
        true
    }

    fn add_pages(&self, inner: &mut Inner, at: usize, size: usize) -> bool {
        // SAFETY: a part of our reservation that was not committed before, in multiples of 4 MiB.
        unsafe { self.source.commit(at as *mut u8, size) && inner.pages.grow(&self.source, at, size, &self.sys.gc) }
    }

    /// A new span of `npages` for objects of span class `sc` (class 0: one large object), in nobody's list. Null when
    /// out of memory.
    pub(crate) fn alloc_span(&self, npages: usize, sc: SpanClass) -> *mut Span {
        let class = sc.class() as usize;
        let nelems = if class == 0 { 1 } else { crate::size_class::OBJECTS[class] as usize };
        let got = self.inner.with(|i| {
            let span = i.spans.alloc(&self.persistent, &self.source, &self.sys.mspan);
            if span.is_null() {
                return None;
            }
            let mut bits: *mut AtomicU64 = null_mut();
            let words = Self::external_words(sc, nelems);
            if words > 0 {
                bits = i.bits.alloc(words, &self.persistent, &self.source, &self.sys.gc);
            }
            if (words == 0 || !bits.is_null())
                && let Some((base, zero)) = self.take_pages(i, npages)
            {
                return Some((span, bits, base, zero));
            }
            // SAFETY: both were just allocated with these parameters.
            unsafe {
                if !bits.is_null() {
                    i.bits.free(bits, words);
                }
                i.spans.free(span);
            }
            None
        });
        let Some((span, bits, base, zero)) = got else { return null_mut() };
        self.inuse_pages.add(npages);
        let mut marks = null_mut();
        if has_page_marks(sc.class())
            && let Some(page) = self.arenas.page(base)
        {
            // Zero, since a free page's marks are.
            marks = page.marks().marked.as_ptr().cast_mut();
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
            // No layout yet: nobody must read what the pages were before.
            // SAFETY: the room of the span's first page.
            unsafe { (*self.arenas.pointer_room(base)).store(0, Relaxed) };
        }
        self.arenas.enter(base, npages, span);
        if !marks.is_null() {
            self.arenas.set_kind(base, sc.index() as u8);
        }
        span
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
    /// The span is in use, in no list and no cache, its mark bits are clear, and nobody uses its objects any more.
    pub unsafe fn free_span(&self, span: *mut Span) {
        // SAFETY: ours alone now.
        let s = unsafe { &*span };
        debug_assert!(s.state() == State::InUse);
        self.inuse_pages.sub(s.npages());
        // SAFETY: per the caller.
        unsafe { self.release_span(span) };
    }

    /// # Safety
    /// The span's pages are not used any more, and nobody else frees it.
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

    /// Pages for a purpose of the embedder's (stacks), at least `npages` of them, not cleared. Null when out of memory.
    pub fn alloc_manual(&self, npages: usize) -> *mut Span {
        let got = self.inner.with(|i| {
            let span = i.spans.alloc(&self.persistent, &self.source, &self.sys.mspan);
            if span.is_null() {
                return None;
            }
            match self.take_pages(i, npages) {
                Some((base, zero)) => Some((span, base, zero)),
                None => {
                    // SAFETY: just allocated.
                    unsafe { i.spans.free(span) };
                    None
                }
            }
        });
        let Some((span, base, zero)) = got else { return null_mut() };
        self.manual_pages.add(npages);
        // SAFETY: the structure is ours.
        unsafe { (*span).init_manual(base, npages, !zero) };
        self.arenas.enter(base, npages, span);
        span
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

    /// A large object, in a span of its own. Null when out of memory. With `zero`, it is cleared if it needs to be;
    /// without, [`Span::needzero`] tells whether it would have been.
    pub fn alloc_large(&self, stats: &mut CacheStats, size: usize, layout: &Layout, zero: bool) -> *mut u8 {
        let Some(padded) = size.checked_add(PAGE - 1) else { return null_mut() };
        let npages = padded / PAGE;
        let span = self.alloc_span(npages.max(1), SpanClass::new(0, layout.noscan()));
        // SAFETY: null, or a new span that is ours.
        let Some(s) = (unsafe { span.as_ref() }) else { return null_mut() };
        let bytes = s.elem_size();
        s.alloc_bits()[0].store(1, Relaxed);
        s.set_alloc_count(1);
        if self.black_allocation() {
            s.set_mark(0);
        }
        let p = s.base() as *mut u8;
        if zero && s.needzero() {
            // SAFETY: the whole span is ours.
            unsafe { clear(p, bytes) };
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
        // SAFETY: a new span in nobody's list, with its count set. The list lets a collector find it.
        unsafe { self.central[s.span_class().index()].put(span, false) };
        p
    }

    /// Frees an object (see [`enable_free`](Self::enable_free)). False if `ptr` is not the start of an allocated
    /// object, as far as can be told. Tiny objects must not be freed one by one: they share blocks.
    ///
    /// # Safety
    /// `ptr` came from an allocation of this heap, was not freed, and nobody uses the object any more.
    pub unsafe fn free(&self, ptr: *mut u8) -> bool {
        debug_assert!(self.explicit());
        let Some((base, index, span)) = self.object_of(ptr as usize) else { return false };
        if base != ptr as usize {
            return false;
        }
        let sc = span.span_class();
        let span: *mut Span = core::ptr::from_ref(span).cast_mut();
        if sc.class() != 0 {
            // SAFETY: an object of this span, given up by the caller.
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
        let span = self.arenas.lookup(addr)?;
        // The entry may be stale: the span freed, and its structure used for other pages.
        if span.state() == State::Free || addr.wrapping_sub(span.base()) >= span.npages() * PAGE {
            return None;
        }
        Some(span)
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
        Some(self.pointer_layout_of(span, index))
    }

    /// The pointer layout of an allocated object of a span.
    #[inline]
    pub fn pointer_layout_of(&self, span: &Span, index: usize) -> PointerLayout {
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
    pub fn large_size(&self, span: &Span) -> usize {
        if span.noscan() || span.span_class().class() != 0 {
            return span.elem_size();
        }
        // SAFETY: the room of a page has a word for this.
        unsafe { (*self.arenas.pointer_room(span.base()).add(1)).load(Relaxed) as usize }
    }

    /// The bits of all words of a one-page span of objects up to 512 bytes, for a collector that looks at a span as a
    /// whole: word `w` of the page is a pointer if bit `w` is set and its object allocated.
    pub fn span_pointer_bits(&self, span: &Span) -> Option<&[AtomicU64; PAGE / 8 / 64]> {
        if span.noscan() || span.elem_size() > MAX_BITMAP {
            return None;
        }
        // SAFETY: the room of one page, never unmapped.
        unsafe { self.arenas.pointer_room(span.base()).cast::<[AtomicU64; PAGE / 8 / 64]>().as_ref() }
    }

    pub(crate) fn pointer_room(&self, base: usize) -> *mut AtomicU64 {
        self.arenas.pointer_room(base)
    }

    /// The addresses between which all of the heap lies, unused ones too.
    #[inline]
    pub fn address_range(&self) -> (usize, usize) {
        self.arenas.bounds()
    }

    /// Calls `f` with every span in use, in order of address. Spans that come or go meanwhile may be missed.
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

    // Giving memory back.

    /// Gives the memory of free pages back to the operating system, highest addresses first, until `bytes` were given
    /// back or nothing is left to give. Returns how many were. The lock is not held while the system works.
    pub fn release_unused(&self, bytes: usize) -> usize {
        let granule = self.source.granule().div_ceil(PAGE).max(1);
        let (mut done, mut below) = (0, usize::MAX);
        while done < bytes {
            let want = ((bytes - done).div_ceil(PAGE)).next_multiple_of(granule);
            let Some((addr, n)) = self.inner.with(|i| i.pages.take_unreleased(below, want, granule)) else { break };
            // SAFETY: free pages that we keep allocated meanwhile; nobody needs their contents.
            unsafe { self.source.decommit(addr as *mut u8, n * PAGE) };
            self.inner.with(|i| i.pages.give_released(addr, n));
            done += n * PAGE;
            below = addr;
        }
        done
    }

    /// Explicit freeing: frees the spans in which no object is left. (A collector does that as it sweeps.)
    pub fn trim(&self) {
        debug_assert!(self.explicit());
        for sc in 2..CENTRALS {
            let central = &self.central[sc];
            let mut span = central.take_all();
            // SAFETY: the chain is ours; each span is put back or freed once.
            unsafe {
                while !span.is_null() {
                    let next = next_taken(span);
                    let freed = (*span).collect_freed();
                    self.note_frees((*span).span_class().class(), freed);
                    if (*span).alloc_count() == 0 {
                        self.free_span(span);
                    } else {
                        central.put(span, true);
                    }
                    span = next;
                }
            }
        }
    }
}

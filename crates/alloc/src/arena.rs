//! From an address to its span: a table of arenas, and in each arena a table of pages, the pointer bits, and what a
//! collector keeps of each page (its kind, mark bits, whether it waits in a queue).
//!
//! A span that covers arenas as a whole is entered once for each of them, in a table beside: a terabyte costs no more than
//! 16,384 words. Only the arenas of smaller spans, and of the base of each, get tables of their own.
//!
//! Look-ups take no lock. Entries are written by the owner of the pages they describe.

use crate::counter::Counter;
use crate::loom::{AtomicPtr, AtomicU8, AtomicU64, AtomicUsize, Ordering::*};
use crate::os::PageSource;
use crate::page_alloc::ADDRESS_BITS;
use crate::size_class::{MARK_WORDS, PAGE, PAGE_SHIFT};
use crate::span::Span;
use core::ops::Range;
use core::ptr::null_mut;

/// log2 of the bytes of an arena.
pub(crate) const ARENA_SHIFT: u32 = 26;
/// Bytes of an arena: the unit in which address space is reserved.
pub(crate) const ARENA: usize = 1 << ARENA_SHIFT;
const ARENA_PAGES: usize = ARENA / PAGE;
/// Bytes of a huge page of the system, where its pages have 4 KiB. Where they have more, its huge pages are larger than the tables.
const HUGE: usize = 2 << 20;
/// Words of pointer bits per page: a bit per word of the page.
const BITS_PER_PAGE: usize = PAGE / 8 / 64;
/// How far into an arena its pages are in use when tables for the next one are wanted.
const AHEAD: usize = ARENA / 4 * 3;
/// No tables are wanted; they are; and somebody has been asked to make them.
const NO: u8 = 0;
const WANTED: u8 = 1;
const ASKED: u8 = 2;
/// There are some, which are being given back.
const AWAY: u8 = 3;
const ENTRIES: usize = 1 << (ADDRESS_BITS - ARENA_SHIFT);
/// Bytes of the table of arenas; the tables of the first one lie behind it.
const TABLE: usize = (ENTRIES * size_of::<*mut Arena>()).next_multiple_of(align_of::<Arena>());
/// Bytes of the table of arenas, and of the tables of the first one.
pub(crate) const FIRST_TABLES: usize = TABLE + size_of::<Arena>();

/// The marks of a one-page span of objects of 16 bytes and more: two cache lines side by side. All zero while the page is
/// free, and between collections.
#[repr(C, align(128))]
pub struct PageMarks {
    /// Bit per object: reached.
    pub marked: [AtomicU64; MARK_WORDS],
    /// Bit per object: reached, and its words have been (or are being) looked at.
    pub scanned: [AtomicU64; MARK_WORDS],
}

/// Tables of one arena. Zero bytes are a valid value.
///
/// What is read for each pointer that a collector meets comes first, and fills a huge page: the marks of a heap of a gigabyte lie in so many
/// small pages that most looks at one would wait for the page tables. Tables that come with the heap's first pages do not have one.
#[repr(C)]
pub(crate) struct Arena {
    marks: [PageMarks; ARENA_PAGES],
    /// For each page the room of one bit per word. Spans of objects up to 512 bytes use it as such; spans of larger
    /// objects store one word per object from the room of their first page on.
    pointer_bits: [AtomicU64; ARENA_PAGES * BITS_PER_PAGE],
    spans: [AtomicPtr<Span>; ARENA_PAGES],
    /// Span class of a page that is a span of its own, with objects of 16 bytes or more; 0: any other page.
    kinds: [AtomicU8; ARENA_PAGES],
    /// 1: the page waits in a collector's queue.
    queued: [AtomicU8; ARENA_PAGES],
}

const _: () = assert!(core::mem::offset_of!(Arena, spans) == HUGE);

/// One page of the heap, as a collector sees it: [`Heap::page_of`](crate::Heap::page_of).
#[derive(Clone, Copy)]
pub struct Page<'a> {
    arena: &'a Arena,
    index: usize,
}

impl<'a> Page<'a> {
    /// Index of the span class ([`SpanClass::index`](crate::size_class::SpanClass::index)) if the page is a whole span of
    /// objects of 16 bytes or more; else 0: ask [`Heap::object_of`](crate::Heap::object_of).
    #[inline(always)]
    pub fn kind(&self) -> usize {
        // Acquire pairs with the Release in `set_kind`: who sees a kind sees cleared marks.
        // SAFETY: a page's index is below the tables' length.
        unsafe { self.arena.kinds.get_unchecked(self.index).load(Acquire) as usize }
    }

    /// The marks of a page with a kind.
    ///
    /// # Safety
    /// The caller is the heap's collector: what is marked wrongly is freed while it is in use, or, with explicit freeing,
    /// where a mark says that an object was freed, at once.
    #[inline(always)]
    pub unsafe fn marks(&self) -> &'a PageMarks {
        // SAFETY: a page's index is below the tables' length.
        unsafe { self.arena.marks.get_unchecked(self.index) }
    }

    /// Whether the page waits in a queue: a byte for the collector.
    ///
    /// # Safety
    /// The caller is the heap's collector: a page that is taken for queued and is not is not scanned.
    #[inline(always)]
    pub unsafe fn queued(&self) -> &'a AtomicU8 {
        // SAFETY: a page's index is below the tables' length.
        unsafe { self.arena.queued.get_unchecked(self.index) }
    }

    /// A bit per word of the page: a pointer, in pages of objects with pointers up to 512 bytes.
    ///
    /// # Safety
    /// The bits are only read.
    #[inline(always)]
    pub unsafe fn pointer_bits(&self) -> &'a [AtomicU64; BITS_PER_PAGE] {
        // SAFETY: a page's index is below the tables' length; this is the room of one page.
        unsafe { &*self.arena.pointer_bits.as_ptr().add(self.index * BITS_PER_PAGE).cast() }
    }
}

/// What markers read of tables that belong to no arena, or null: whole multiples of `granule`.
pub(crate) fn ahead_of(spare: *mut Arena, granule: usize) -> Option<(*mut u8, usize)> {
    if spare.is_null() { None } else { whole_granules(spare, 0..HUGE, granule) }
}

/// What part of an arena's tables has whole multiples of `granule`, a power of two, in memory: where it begins, and its size.
fn whole_granules(arena: *mut Arena, part: Range<usize>, granule: usize) -> Option<(*mut u8, usize)> {
    let (start, end) = (arena.addr() + part.start, arena.addr() + part.end);
    let (start, end) = (start.next_multiple_of(granule), end & !(granule - 1));
    (start < end).then(|| (arena.cast::<u8>().with_addr(start), end - start))
}

/// The table of arenas. Zero bytes are an empty one.
pub(crate) struct ArenaMap {
    table: AtomicPtr<AtomicPtr<Arena>>,
    /// By arena: the span that was entered for the whole of it at once. Made for the first such span. An entry may be
    /// stale, as those of pages; a page's own entry counts first.
    wholes: AtomicPtr<AtomicPtr<Span>>,
    /// The tables of all arenas which no other spans have been in yet. Only read, and all zero.
    blank: AtomicPtr<Arena>,
    /// Tables that were made ahead, or null. Written under the heap's lock, which orders it.
    spare: AtomicPtr<Arena>,
    /// The arena that was the last to get tables. Under the lock.
    newest: AtomicUsize,
    /// Whether tables should be made ahead: [`NO`], [`WANTED`] and [`AWAY`] under the lock, [`ASKED`] by who sees `WANTED` first.
    ahead: AtomicU8,
    lo: AtomicUsize,
    hi: AtomicUsize,
}

impl ArenaMap {
    pub(crate) const fn new() -> Self {
        ArenaMap {
            table: AtomicPtr::new(null_mut()),
            wholes: AtomicPtr::new(null_mut()),
            blank: AtomicPtr::new(null_mut()),
            spare: AtomicPtr::new(null_mut()),
            newest: AtomicUsize::new(0),
            ahead: AtomicU8::new(NO),
            lo: AtomicUsize::new(0),
            hi: AtomicUsize::new(0),
        }
    }

    /// Whether [`begin_with`](Self::begin_with) is still to be called.
    pub(crate) fn is_empty(&self) -> bool {
        self.table.load(Relaxed).is_null()
    }

    /// The table, and the tables of the arena of `addr`, which is to be the first: in `room`, [`FIRST_TABLES`] bytes. Callers take turns
    /// (the heap's lock).
    ///
    /// # Safety
    /// `room` leads to so many zero bytes, at a multiple of 128, that stay for good and are for nothing else. There was no such call yet.
    pub(crate) unsafe fn begin_with(&self, room: *mut u8, addr: usize, sys: &Counter) {
        let table: *mut AtomicPtr<Arena> = room.cast();
        // Only touched pages of it will ever have memory; so many are counted.
        sys.add(PAGE + size_of::<Arena>());
        // The entry is not read: its first touch is a write, which costs one page fault instead of two.
        // SAFETY: an index below the table's length; the room behind the entries is for an arena.
        unsafe { (*table.add(addr >> ARENA_SHIFT)).store(room.add(TABLE).cast(), Relaxed) };
        self.newest.store(addr >> ARENA_SHIFT, Relaxed);
        self.table.store(table, Release);
    }

    /// Takes note of the address space `[addr, addr + size)` below 2^48. Costs the same for any size. Callers take turns (the heap's
    /// lock), after [`begin_with`](Self::begin_with).
    pub(crate) fn extend(&self, addr: usize, size: usize) {
        let (lo, hi) = (self.lo.load(Relaxed), self.hi.load(Relaxed));
        // `hi` first: with a stale `lo` the range is too wide at worst, and then the table says null.
        // Release pairs with the Acquire in `arena_at`: who sees the bound sees the table.
        self.hi.store(hi.max(addr + size), Release);
        self.lo.store(if lo == 0 { addr } else { lo.min(addr) }, Release);
    }

    /// Makes the tables that [`enter`](Self::enter) needs for these pages, which [`extend`](Self::extend) was given.
    /// False when there is no memory for them. Callers take turns (the heap's lock).
    pub(crate) fn prepare<S: PageSource>(&self, source: &S, base: usize, npages: usize, sys: &Counter) -> bool {
        let table = self.table.load(Relaxed);
        let end = base + npages * PAGE;
        for i in base >> ARENA_SHIFT..=(end - 1) >> ARENA_SHIFT {
            // SAFETY: i is below 2^22, the table's length.
            let entry = unsafe { &*table.add(i) };
            let now = entry.load(Relaxed);
            if Self::is_whole(i, base, end) {
                if !self.prepare_wholes(source, sys) {
                    return false;
                }
                if now.is_null() {
                    entry.store(self.blank.load(Relaxed), Release);
                }
            } else if now.is_null() || now == self.blank.load(Relaxed) {
                let spare = self.spare.swap(null_mut(), Relaxed);
                let arena =
                    if spare.is_null() { Self::new_tables(source, self.tables_at(i.saturating_sub(1))) } else { spare };
                if arena.is_null() {
                    return false;
                }
                if spare.is_null() {
                    sys.add(size_of::<Arena>());
                }
                entry.store(arena, Release);
                self.newest.store(i, Relaxed);
            }
        }
        self.look_ahead(end);
        true
    }

    /// Where the tables of an arena are, for a hint where the next may be; 0: it has none.
    fn tables_at(&self, i: usize) -> usize {
        // SAFETY: `i` is below the table's length, as every arena's number.
        unsafe { &*self.table.load(Relaxed).add(i) }.load(Relaxed).addr()
    }

    /// Pages up to `end` are in use: whether it is time for another arena's tables. An arena that is filled again after a collection is not
    /// the newest one.
    fn look_ahead(&self, end: usize) {
        let is_time = end & (ARENA - 1) >= AHEAD && end >> ARENA_SHIFT == self.newest.load(Relaxed);
        if is_time && self.ahead.load(Relaxed) == NO && self.spare.load(Relaxed).is_null() {
            self.ahead.store(WANTED, Relaxed);
        }
    }

    /// Whether somebody is to [make tables ahead](Self::make_ahead). True once, then not again before that is done.
    pub(crate) fn wants_ahead(&self) -> bool {
        self.ahead.load(Relaxed) == WANTED && self.ahead.swap(ASKED, Relaxed) == WANTED
    }

    /// Tables for an arena that is not in use yet, if somebody was asked for them; what markers read of them is touched: for a huge page the
    /// kernel takes as long as for hundreds of small ones, and who allocates would wait for that. None if they are not wanted, null if there is
    /// no memory: both go to [`put_ahead`](Self::put_ahead).
    pub(crate) fn make_ahead<S: PageSource>(&self, source: &S) -> Option<*mut Arena> {
        if self.ahead.load(Relaxed) != ASKED {
            return None;
        }
        let arena = Self::new_tables(source, self.tables_at(self.newest.load(Relaxed)));
        // SAFETY: null, or new tables, which are zero bytes.
        if let Some(arena) = unsafe { arena.as_ref() } {
            // A write: what is only read at first costs a second fault.
            arena.marks[0].marked[0].fetch_or(0, Relaxed);
        }
        Some(arena)
    }

    /// Keeps what [`make_ahead`](Self::make_ahead) made. Callers take turns (the heap's lock).
    pub(crate) fn put_ahead(&self, arena: *mut Arena, sys: &Counter) {
        debug_assert!(self.spare.load(Relaxed).is_null(), "tables are wanted only if there are none");
        if !arena.is_null() {
            sys.add(size_of::<Arena>());
        }
        self.spare.store(arena, Relaxed);
        self.ahead.store(NO, Relaxed);
    }

    /// The tables that were made ahead, for [`put_spare`](Self::put_spare); null if there are none. No others are made in the meantime. Callers
    /// take turns (the heap's lock).
    pub(crate) fn take_spare(&self) -> *mut Arena {
        let spare = self.spare.swap(null_mut(), Relaxed);
        if !spare.is_null() {
            self.ahead.store(AWAY, Relaxed);
        }
        spare
    }

    /// Keeps what [`take_spare`](Self::take_spare) gave. Callers take turns (the heap's lock).
    pub(crate) fn put_spare(&self, spare: *mut Arena) {
        if !spare.is_null() {
            self.spare.store(spare, Relaxed);
            self.ahead.store(NO, Relaxed);
        }
    }

    /// Where the marks and the pointer bits of the `size` bytes of pages from `addr` on lie, which are in one arena: whole multiples of
    /// `granule`, so that they can be given back. Nothing if the arena has no tables of its own.
    pub(crate) fn tables_of(&self, addr: usize, size: usize, granule: usize) -> impl Iterator<Item = (*mut u8, usize)> {
        const MARKS: usize = size_of::<PageMarks>();
        const BITS: usize = BITS_PER_PAGE * 8;
        let (first, n) = (addr >> PAGE_SHIFT & (ARENA_PAGES - 1), size >> PAGE_SHIFT);
        let own = self.arena_at(addr).filter(|arena| !core::ptr::eq(*arena, self.blank.load(Relaxed)));
        let bits = core::mem::offset_of!(Arena, pointer_bits);
        let parts = match own {
            None => [0..0, 0..0],
            // They lie side by side: one call of the system.
            Some(_) if n == ARENA_PAGES => [0..HUGE, 0..0],
            Some(_) => [first * MARKS..(first + n) * MARKS, bits + first * BITS..bits + (first + n) * BITS],
        };
        let base = own.map_or(null_mut(), |arena| core::ptr::from_ref(arena).cast_mut());
        parts.into_iter().filter_map(move |part| whole_granules(base, part, granule))
    }

    /// Tables for an arena, of zero bytes, what markers read in a huge page if the system has one. Null when there is no memory. `last`
    /// are the tables of the arena before, or 0.
    #[inline(never)]
    fn new_tables<S: PageSource>(source: &S, last: usize) -> *mut Arena {
        let size = size_of::<Arena>().next_multiple_of(64 << 10);
        // Where the place below those is free, as it is as a rule, that saves three calls of the system.
        let hint = if last.is_multiple_of(HUGE) { last.saturating_sub(size.next_multiple_of(HUGE)) } else { 0 };
        let mut p = source.reserve_committed(hint, size).map_or(null_mut(), |(p, _)| p);
        // SAFETY: what was reserved is given back as a whole, with nothing of it in use, or committed as a whole, in multiples of 64 KiB.
        unsafe {
            if !p.addr().is_multiple_of(HUGE) {
                source.unreserve(p, size);
                p = null_mut();
            }
            if p.is_null() {
                p = source.reserve(0, size, HUGE);
                if p.is_null() {
                    return source.map(size_of::<Arena>()).cast();
                }
                if source.commit(p, size).is_err() {
                    source.unreserve(p, size);
                    return null_mut();
                }
            }
            source.huge(p, size);
        }
        p.cast()
    }

    /// Whether all of arena `i` belongs to the span `[base, end)`, and it needs no tables of its own: that of a span's base
    /// has them always.
    fn is_whole(i: usize, base: usize, end: usize) -> bool {
        i != base >> ARENA_SHIFT && (i + 1) << ARENA_SHIFT <= end
    }

    fn prepare_wholes<S: PageSource>(&self, source: &S, sys: &Counter) -> bool {
        if self.blank.load(Relaxed).is_null() {
            let blank = source.map(size_of::<Arena>());
            if blank.is_null() {
                return false;
            }
            self.blank.store(blank.cast(), Relaxed);
        }
        if self.wholes.load(Relaxed).is_null() {
            let wholes = source.map(ENTRIES * size_of::<*mut Span>());
            if wholes.is_null() {
                return false;
            }
            sys.add(PAGE);
            // Release pairs with the Acquire in `whole`.
            self.wholes.store(wholes.cast(), Release);
        }
        true
    }

    /// The range of addresses that arenas lie in.
    pub(crate) fn bounds(&self) -> (usize, usize) {
        (self.lo.load(Acquire), self.hi.load(Acquire))
    }

    /// The next address after `addr`, a multiple of the page size, that may have an entry.
    pub(crate) fn skip(&self, addr: usize) -> usize {
        match self.arena_at(addr) {
            Some(_) => addr + PAGE,
            None => (addr & !(ARENA - 1)) + ARENA,
        }
    }

    #[inline(always)]
    fn arena_at(&self, addr: usize) -> Option<&Arena> {
        if addr >= self.hi.load(Acquire) || addr < self.lo.load(Relaxed) {
            return None;
        }
        // SAFETY: some arena exists, so the table does, with an entry for each address below 2^48, which `hi` is not
        // above. Arenas are never freed.
        unsafe { (*self.table.load(Relaxed).add(addr >> ARENA_SHIFT)).load(Acquire).as_ref() }
    }

    /// The span structure entered for the page of `addr`. It may have been freed, or speak of other pages by now.
    #[inline(always)]
    pub(crate) fn lookup(&self, addr: usize) -> Option<&Span> {
        let arena = self.arena_at(addr)?;
        // SAFETY: the index is masked to the table's length. Span structures are never unmapped.
        unsafe { arena.spans.get_unchecked(addr >> PAGE_SHIFT & (ARENA_PAGES - 1)).load(Acquire).as_ref() }
    }

    /// The span structure entered for all of the arena of `addr` at once. It may be stale as that of
    /// [`lookup`](Self::lookup) may be.
    #[inline]
    pub(crate) fn whole(&self, addr: usize) -> Option<&Span> {
        let wholes = self.wholes.load(Acquire);
        if wholes.is_null() || addr >= self.hi.load(Acquire) {
            return None;
        }
        // SAFETY: an entry for each address below 2^48, which `hi` is not above. Span structures are never unmapped.
        unsafe { (*wholes.add(addr >> ARENA_SHIFT)).load(Acquire).as_ref() }
    }

    /// Enters `span` for `npages` pages from `base` on, which were [prepared](Self::prepare). An arena that it covers as a
    /// whole costs one entry, the others one for each page.
    pub(crate) fn enter(&self, base: usize, npages: usize, span: *mut Span) {
        let mut addr = base;
        let end = base + npages * PAGE;
        while addr < end {
            let Some(arena) = self.arena_at(addr) else {
                debug_assert!(false, "pages outside of all arenas");
                return;
            };
            if Self::is_whole(addr >> ARENA_SHIFT, base, end) {
                // SAFETY: made by `prepare`, with an entry for each arena. Release pairs with the Acquire in `whole`.
                unsafe { (*self.wholes.load(Relaxed).add(addr >> ARENA_SHIFT)).store(span, Release) };
                addr += ARENA;
                continue;
            }
            let first = addr >> PAGE_SHIFT & (ARENA_PAGES - 1);
            let n = ((end - addr) >> PAGE_SHIFT).min(ARENA_PAGES - first);
            for slot in &arena.spans[first..first + n] {
                // Release pairs with the Acquire in `lookup`.
                slot.store(span, Release);
            }
            addr += n << PAGE_SHIFT;
        }
    }

    /// The tables' view of the page of `addr`; None outside of all arenas.
    #[inline(always)]
    pub(crate) fn page(&self, addr: usize) -> Option<Page<'_>> {
        let arena = self.arena_at(addr)?;
        Some(Page { arena, index: addr >> PAGE_SHIFT & (ARENA_PAGES - 1) })
    }

    /// Says what kind of page this is; 0 when it goes.
    pub(crate) fn set_kind(&self, addr: usize, kind: u8) {
        if let Some(page) = self.page(addr) {
            page.arena.kinds[page.index].store(kind, Release);
        }
    }

    /// The room for pointer information of the span that starts at `base`, which lies in a known arena.
    #[inline]
    pub(crate) fn pointer_room(&self, base: usize) -> *mut AtomicU64 {
        match self.arena_at(base) {
            Some(arena) => {
                let page = base >> PAGE_SHIFT & (ARENA_PAGES - 1);
                &raw const arena.pointer_bits[page * BITS_PER_PAGE] as *mut AtomicU64
            }
            None => null_mut(),
        }
    }
}

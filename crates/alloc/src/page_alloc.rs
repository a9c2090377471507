//! Which pages of the address space are free: a radix tree of run summaries over leaf bitmaps.
//!
//! The tree covers 48 bits of address space. A leaf describes 4 MiB with three bitmaps (allocated, released, kept); level 4
//! has a summary per leaf, each level above one per eight of the level below, the root one per 16 GiB. The summary
//! levels are one reservation of address space, made readable piece by piece as the heap grows, so that finding a
//! node is arithmetic. Allocation is address-ordered first fit.
//!
//! While all pages lie in one leaf there is no tree: its bitmap is searched as it is. Most programs never need more, and
//! do not pay for the tree's mappings and page faults when they start.
//!
//! This module only keeps books: it never touches the pages themselves and has no lock of its own.

use crate::counter::Counter;
use crate::os::{PageSource, Zeroed};
use crate::size_class::{PAGE, PAGE_SHIFT};
use crate::summary::*;
use core::ptr::null_mut;

/// Bits of an address that the tree covers. Where an address has 32 bits (in a browser, say) a heap lies in the first gigabyte.
pub const ADDRESS_BITS: u32 = if usize::BITS == 64 { 48 } else { 30 };
/// Bytes described by a leaf.
pub const CHUNK_BYTES: usize = CHUNK_PAGES * PAGE;

const CHUNK_INDEX_BITS: u32 = ADDRESS_BITS - PAGE_SHIFT - CHUNK_PAGES_SHIFT;
/// Leaves are reached through two tables of this many bits each.
const TABLE_BITS: u32 = CHUNK_INDEX_BITS / 2;

/// Unit in which the summaries are made readable; a multiple of the page size of every processor in question.
const GRANULE: usize = 64 << 10;

/// Entries of each level.
const fn entries(level: usize) -> usize {
    1 << (CHUNK_INDEX_BITS - FANOUT_SHIFT * (LEVELS - 1 - level) as u32)
}

/// Where each level starts in the reservation, in bytes.
const LEVEL_OFFSET: [usize; LEVELS] = {
    let mut offset = [0; LEVELS];
    let mut l = 1;
    while l < LEVELS {
        offset[l] = offset[l - 1] + (entries(l - 1) * 8).next_multiple_of(GRANULE);
        l += 1;
    }
    offset
};
const SUMMARY_BYTES: usize = LEVEL_OFFSET[LEVELS - 1] + (entries(LEVELS - 1) * 8).next_multiple_of(GRANULE);
const GRANULES: usize = SUMMARY_BYTES / GRANULE;

/// log2 of the pages that an entry of a level describes.
const fn level_shift(level: usize) -> u32 {
    CHUNK_PAGES_SHIFT + FANOUT_SHIFT * (LEVELS - 1 - level) as u32
}

const _: () = assert!(GRANULES * GRANULE == SUMMARY_BYTES && TABLE_BITS * 2 == CHUNK_INDEX_BITS);
const _: () = assert!(LEVEL_OFFSET[1].is_multiple_of(GRANULE) && level_shift(0) == MAX_SHIFT);

/// The bitmaps of a leaf.
#[repr(C)]
struct Leaf {
    /// 1: the page is allocated.
    used: [u64; CHUNK_WORDS],
    /// 1: the page has no memory behind it (never touched, or released) and will read as zero.
    released: [u64; CHUNK_WORDS],
    /// 1: the free page's memory was to be released, and the system refused. It is not asked again until the page was in
    /// use, or [`PageAlloc::forget_kept`].
    kept: [u64; CHUNK_WORDS],
}

type LeafTable = [Leaf; 1 << TABLE_BITS];

/// Bytes of the books of the first 16 GiB or less.
pub const FIRST_BOOKS: usize = size_of::<LeafTable>();

/// More pages than an address space has.
pub(crate) const MAX_PAGES: usize = 1 << (ADDRESS_BITS - PAGE_SHIFT);

/// A run of pages handed out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Run {
    /// Address of the first page.
    pub addr: usize,
    /// How many of the pages have no memory behind them yet. If all: the run reads as zero.
    pub released: usize,
}

/// What is behind pages that become free.
#[derive(Clone, Copy)]
enum Memory {
    There,
    Gone,
    Refused,
}

/// The page allocator's books.
#[repr(C)]
pub struct PageAlloc {
    summaries: *mut u8,
    /// The summaries cover all leaves. If not, there is at most one leaf.
    tree: bool,
    /// No page below this index is free; meaningless while `free_pages` is 0.
    search: usize,
    /// Leaves in use lie in `lo..hi`; not all in between need be in use.
    lo: usize,
    hi: usize,
    free_pages: usize,
    released_pages: usize,
    kept_pages: usize,
    /// Room for the first leaf table, or null: [`Self::begin_with`].
    first_table: *mut LeafTable,
    /// By leaf number, the upper bits of which index this.
    tables: [*mut LeafTable; 1 << TABLE_BITS],
    /// Which granules of the summaries are readable.
    readable: [u64; GRANULES.div_ceil(64)],
}

// SAFETY: the raw pointers lead to memory that only this structure uses.
unsafe impl Send for PageAlloc {}

impl Default for PageAlloc {
    fn default() -> Self {
        Self::new()
    }
}

impl PageAlloc {
    /// Books without any page. All bytes are zero, so that a static one takes no room in a program file.
    pub const fn new() -> Self {
        PageAlloc {
            summaries: null_mut(),
            tree: false,
            readable: [0; GRANULES.div_ceil(64)],
            first_table: null_mut(),
            tables: [null_mut(); 1 << TABLE_BITS],
            search: 0,
            lo: 0,
            hi: 0,
            free_pages: 0,
            released_pages: 0,
            kept_pages: 0,
        }
    }

    /// [`FIRST_BOOKS`] bytes for books that [`grow`](Self::grow) would map otherwise.
    ///
    /// # Safety
    /// `room` leads to so many bytes, all zero, that stay for good and are for nothing else, at a multiple of 8.
    pub unsafe fn begin_with(&mut self, room: *mut u8) {
        self.first_table = room.cast();
    }

    /// Free pages, released ones included.
    pub fn free_pages(&self) -> usize {
        self.free_pages
    }

    /// Free pages without memory behind them.
    pub fn released_pages(&self) -> usize {
        self.released_pages
    }

    /// Free pages whose memory the system did not take back when it was asked to.
    pub fn kept_pages(&self) -> usize {
        self.kept_pages
    }

    /// Adds the pages of `[addr, addr + size)`, free and without memory behind them, as `_zeroed` proves. Both are multiples
    /// of [`CHUNK_BYTES`], the range lies below 2^48 and was not added before. False when there is no memory for the
    /// books, and then nothing was added.
    pub fn grow<S: PageSource>(&mut self, source: &S, addr: usize, size: usize, _zeroed: Zeroed, sys: &Counter) -> bool {
        assert!(addr.is_multiple_of(CHUNK_BYTES) && size.is_multiple_of(CHUNK_BYTES) && size > 0);
        assert!(addr.checked_add(size).is_some_and(|end| end <= 1 << ADDRESS_BITS));
        let (first, end) = (addr / CHUNK_BYTES, (addr + size) / CHUNK_BYTES);
        let one_leaf = self.hi == 0 && end - first == 1;
        let ready = one_leaf || (self.make_tree(source, sys) && self.make_summaries(source, first, end, sys));
        if !ready {
            return false;
        }
        for table in first >> TABLE_BITS..=(end - 1) >> TABLE_BITS {
            if self.tables[table].is_null() {
                let mut t = core::mem::replace(&mut self.first_table, null_mut());
                if t.is_null() {
                    t = source.map(FIRST_BOOKS).cast();
                }
                if t.is_null() {
                    return false;
                }
                sys.add(FIRST_BOOKS);
                self.tables[table] = t;
            }
        }
        for chunk in first..end {
            // SAFETY: the table was made above, zeroed: no page used.
            unsafe { (*self.leaf(chunk)).released = [!0; CHUNK_WORDS] };
        }
        self.lo = if self.hi == 0 { first } else { self.lo.min(first) };
        self.hi = self.hi.max(end);
        let pages = size / PAGE;
        self.note_free(addr >> PAGE_SHIFT);
        self.free_pages += pages;
        self.released_pages += pages;
        self.update(first, end - 1);
        true
    }

    /// Makes the summaries, for the one leaf that did without too. False when there is no memory.
    fn make_tree<S: PageSource>(&mut self, source: &S, sys: &Counter) -> bool {
        if self.tree {
            return true;
        }
        if self.summaries.is_null() {
            self.summaries = source.reserve(0, SUMMARY_BYTES, GRANULE);
            if self.summaries.is_null() {
                return false;
            }
        }
        // The root level whole, since a search walks over it.
        if !self.make_readable(source, 0, entries(0) * 8, sys)
            || (self.hi != 0 && !self.make_summaries(source, self.lo, self.hi, sys))
        {
            return false;
        }
        self.tree = true;
        if self.hi != 0 {
            self.update(self.lo, self.hi - 1);
        }
        true
    }

    /// Makes the summaries of leaves `first..end` readable, and everything above them below the root: the blocks of
    /// eight around the range.
    fn make_summaries<S: PageSource>(&mut self, source: &S, first: usize, end: usize, sys: &Counter) -> bool {
        LEVEL_OFFSET.into_iter().enumerate().skip(1).all(|(level, offset)| {
            let shift = FANOUT_SHIFT * (LEVELS - 1 - level) as u32;
            let from = (first >> shift) & !(FANOUT - 1);
            let to = (((end - 1) >> shift) | (FANOUT - 1)) + 1;
            self.make_readable(source, offset + from * 8, offset + to * 8, sys)
        })
    }

    fn make_readable<S: PageSource>(&mut self, source: &S, from: usize, to: usize, sys: &Counter) -> bool {
        for g in from / GRANULE..to.div_ceil(GRANULE) {
            let (word, bit) = (g / 64, 1 << (g % 64));
            if self.readable[word] & bit == 0 {
                // SAFETY: the granule lies in the reservation and was not in use before, as its bit says.
                if unsafe { source.commit(self.summaries.add(g * GRANULE), GRANULE) }.is_err() {
                    return false;
                }
                sys.add(GRANULE);
                self.readable[word] |= bit;
            }
        }
        true
    }

    fn note_free(&mut self, page: usize) {
        if self.free_pages == 0 || page < self.search {
            self.search = page;
        }
    }

    /// # Safety
    /// The leaf's table exists.
    #[inline]
    unsafe fn leaf(&self, chunk: usize) -> *mut Leaf {
        // SAFETY: the leaf's table exists (this function's contract); the index is masked to the table's size.
        unsafe { (&raw mut (*self.tables[chunk >> TABLE_BITS])[chunk & ((1 << TABLE_BITS) - 1)]).cast() }
    }

    /// # Safety
    /// The entry is readable: it, or one of its seven siblings, describes pages that were added, or level is 0.
    #[inline]
    unsafe fn entry(&self, level: usize, index: usize) -> *mut Summary {
        // SAFETY: in the reservation, by the caller.
        unsafe { self.summaries.add(LEVEL_OFFSET[level] + index * 8).cast() }
    }

    /// The first `npages` consecutive free pages, now allocated. None when there is no such run.
    pub fn alloc(&mut self, npages: usize) -> Option<Run> {
        if npages == 0 || npages > self.free_pages {
            return None;
        }
        let page = self.find(npages)?;
        Some(self.take(page, npages))
    }

    /// [`alloc`](Self::alloc) at an address that is a multiple of `align_pages` pages, a power of two. Costs a look at each
    /// leaf, up to the run's.
    pub fn alloc_aligned(&mut self, npages: usize, align_pages: usize) -> Option<Run> {
        if align_pages <= 1 {
            return self.alloc(npages);
        }
        if npages == 0 || npages > self.free_pages {
            return None;
        }
        let page = self.find_aligned(npages, align_pages)?;
        Some(self.take(page, npages))
    }

    fn take(&mut self, page: usize, npages: usize) -> Run {
        let released = self.mark_used(page, npages);
        self.free_pages -= npages;
        self.released_pages -= released;
        if page == self.search {
            self.search += npages;
        }
        Run { addr: page << PAGE_SHIFT, released }
    }

    /// Returns an allocated run to the free pages. Its memory stays behind it.
    ///
    /// # Panics
    /// In debug builds, if a page of the run is free already.
    pub fn free(&mut self, addr: usize, npages: usize) {
        self.free_run(addr, npages, Memory::There);
    }

    fn free_run(&mut self, addr: usize, npages: usize, memory: Memory) {
        let page = addr >> PAGE_SHIFT;
        self.each_leaf(page, npages, |leaf, at, n| {
            for_range(at, n, |w, mask| {
                debug_assert!(leaf.used[w] & mask == mask, "a page is freed twice");
                leaf.used[w] &= !mask;
                match memory {
                    Memory::There => {}
                    Memory::Gone => leaf.released[w] |= mask,
                    Memory::Refused => leaf.kept[w] |= mask,
                }
            });
        });
        self.note_free(page);
        self.free_pages += npages;
        match memory {
            Memory::There => {}
            Memory::Gone => self.released_pages += npages,
            Memory::Refused => self.kept_pages += npages,
        }
        self.update(page >> CHUNK_PAGES_SHIFT, (page + npages - 1) >> CHUNK_PAGES_SHIFT);
    }

    /// Marks a free run allocated; returns how many of its pages were released (they are not any more).
    fn mark_used(&mut self, page: usize, npages: usize) -> usize {
        let (mut released, mut kept) = (0, 0);
        // Without a page that was kept its bitmap is not touched: a cache line less.
        let look = self.kept_pages != 0;
        self.each_leaf(page, npages, |leaf, at, n| {
            for_range(at, n, |w, mask| {
                debug_assert!(leaf.used[w] & mask == 0, "a page is allocated twice");
                leaf.used[w] |= mask;
                released += (leaf.released[w] & mask).count_ones() as usize;
                leaf.released[w] &= !mask;
                if look {
                    kept += (leaf.kept[w] & mask).count_ones() as usize;
                    leaf.kept[w] &= !mask;
                }
            });
        });
        self.kept_pages -= kept;
        self.update(page >> CHUNK_PAGES_SHIFT, (page + npages - 1) >> CHUNK_PAGES_SHIFT);
        released
    }

    #[inline]
    fn each_leaf(&mut self, page: usize, npages: usize, mut f: impl FnMut(&mut Leaf, usize, usize)) {
        let (mut page, end) = (page, page + npages);
        while page < end {
            let at = page % CHUNK_PAGES;
            let n = (CHUNK_PAGES - at).min(end - page);
            // SAFETY: the pages were added, so their leaf exists; &mut self makes the reference unique.
            f(unsafe { &mut *self.leaf(page >> CHUNK_PAGES_SHIFT) }, at, n);
            page += n;
        }
    }

    /// Recomputes the summaries of leaves `first..=last` and of everything above them.
    fn update(&mut self, first: usize, last: usize) {
        if !self.tree {
            return;
        }
        let mut changed = false;
        for chunk in first..=last {
            // SAFETY: leaves in use have a table and readable summaries.
            unsafe {
                let s = Summary::of_bitmap(&(*self.leaf(chunk)).used);
                let e = self.entry(LEVELS - 1, chunk);
                changed |= *e != s;
                *e = s;
            }
        }
        let (mut lo, mut hi) = (first, last);
        for level in (0..LEVELS - 1).rev() {
            if !changed {
                return;
            }
            changed = false;
            (lo, hi) = (lo >> FANOUT_SHIFT, hi >> FANOUT_SHIFT);
            for i in lo..=hi {
                // SAFETY: the eight children are siblings of an entry in use, and the parent was made readable too.
                unsafe {
                    let child = self.entry(level + 1, i << FANOUT_SHIFT);
                    let s = Summary::merge((0..FANOUT).map(|k| *child.add(k)), 1 << level_shift(level + 1));
                    let e = self.entry(level, i);
                    changed |= *e != s;
                    *e = s;
                }
            }
        }
    }

    /// The first page of the first free run of `n` pages. Moves `search` up to what it learns on the way.
    fn find(&mut self, n: usize) -> Option<usize> {
        if !self.tree {
            // The one leaf. `search` may lie behind it, when its pages are gone.
            let (chunk, from) = (self.lo, self.search - self.lo * CHUNK_PAGES);
            // SAFETY: some page is free, so the leaf is there.
            let used = unsafe { &(*self.leaf(chunk)).used };
            return find_zeros(used, n, from).map(|i| chunk * CHUNK_PAGES + i);
        }
        let chunk = self.search >> CHUNK_PAGES_SHIFT;
        // Most often the very chunk at the search address serves.
        // SAFETY: some page is free, so `search` is at most the first free page of a chunk in use, or in the chunk
        // just behind one whose pages went; that one's summary is readable if it is in use.
        if chunk < self.hi && !self.tables[chunk >> TABLE_BITS].is_null() && self.in_use(chunk) {
            // SAFETY: in_use says that the leaf and its summary are there.
            let (max, used) = unsafe { ((*self.entry(LEVELS - 1, chunk)).max(), &(*self.leaf(chunk)).used) };
            if max >= n {
                return find_zeros(used, n, self.search % CHUNK_PAGES).map(|i| chunk * CHUNK_PAGES + i);
            }
        }
        let (mut from, mut to) = (self.search >> level_shift(0), (self.hi - 1) >> (level_shift(0) - CHUNK_PAGES_SHIFT));
        let mut leading = true;
        for level in 0..LEVELS {
            let shift = level_shift(level);
            let mut run = 0;
            let mut first = true;
            let mut down = None;
            for i in from..=to {
                // SAFETY: level 0 is readable whole; below, `from..=to` are the children of a node with free pages.
                let s = unsafe { *self.entry(level, i) };
                if s.max() == 0 {
                    run = 0;
                    continue;
                }
                let leads = leading && first;
                if leads {
                    self.search = self.search.max(i << shift);
                }
                first = false;
                if run + s.start() >= n {
                    return Some((i << shift) - run);
                }
                if s.max() >= n {
                    leading = leads;
                    down = Some(i);
                    break;
                }
                run = if s.start() == 1 << shift { run + s.start() } else { s.end() };
            }
            let i = down?;
            if level == LEVELS - 1 {
                // SAFETY: its summary has free pages, so the leaf is in use.
                let used = unsafe { &(*self.leaf(i)).used };
                if leading && let Some(k) = next_bit(used, 0, 0) {
                    self.search = self.search.max(i * CHUNK_PAGES + k);
                }
                return find_zeros(used, n, 0).map(|k| i * CHUNK_PAGES + k);
            }
            (from, to) = (i << FANOUT_SHIFT, (i << FANOUT_SHIFT) + FANOUT - 1);
        }
        None
    }

    /// The first page, a multiple of `align`, of a free run of `n` pages.
    fn find_aligned(&self, n: usize, align: usize) -> Option<usize> {
        let mut page = self.search.next_multiple_of(align);
        let end = self.hi * CHUNK_PAGES;
        while page < end && n <= end - page {
            let chunk = page >> CHUNK_PAGES_SHIFT;
            if self.tables[chunk >> TABLE_BITS].is_null() {
                page = self.next_table(chunk) * CHUNK_PAGES;
            } else if self.any_free(chunk) {
                if self.is_free(page, n) {
                    return Some(page);
                }
                page += align;
                continue;
            } else {
                page = (chunk + 1) * CHUNK_PAGES;
            }
            page = page.next_multiple_of(align);
        }
        None
    }

    /// The first leaf of the next table.
    fn next_table(&self, chunk: usize) -> usize {
        ((chunk >> TABLE_BITS) + 1) << TABLE_BITS
    }

    /// Whether the leaf was added and has a free page; its table exists.
    fn any_free(&self, chunk: usize) -> bool {
        if !self.tree {
            // There is one leaf, and `search` is not above it if all its pages are taken; then `is_free` says so.
            return chunk == self.lo;
        }
        // SAFETY: `in_use` says that the summary is readable. That of a leaf never added is 0.
        self.in_use(chunk) && unsafe { *self.entry(LEVELS - 1, chunk) }.max() != 0
    }

    /// Whether `n` pages from `page` on are there and free.
    fn is_free(&self, page: usize, n: usize) -> bool {
        let (mut at, end) = (page, page + n);
        while at < end {
            let chunk = at >> CHUNK_PAGES_SHIFT;
            let k = (CHUNK_PAGES - at % CHUNK_PAGES).min(end - at);
            if chunk >= self.hi || self.tables[chunk >> TABLE_BITS].is_null() || !self.any_free(chunk) {
                return false;
            }
            // SAFETY: the table exists.
            let leaf = unsafe { &*self.leaf(chunk) };
            let mut free = true;
            for_range(at % CHUNK_PAGES, k, |w, mask| free &= leaf.used[w] & mask == 0);
            if !free {
                return false;
            }
            at += k;
        }
        true
    }

    /// Whether the summary granule of a leaf is readable (its leaf may still be unused, with a summary of 0).
    #[inline]
    fn in_use(&self, chunk: usize) -> bool {
        let g = (LEVEL_OFFSET[LEVELS - 1] + chunk * 8) / GRANULE;
        self.readable[g / 64] >> (g % 64) & 1 != 0
    }

    /// Takes a free run that still has memory behind it which was not refused, of at most `max_pages` pages, whole multiples of
    /// `granule_pages`, highest address first and below `below`; it is allocated until
    /// [`give_released`](Self::give_released). None when there is none.
    pub fn take_unreleased(&mut self, below: usize, max_pages: usize, granule_pages: usize) -> Option<(usize, usize)> {
        if self.free_pages == self.released_pages + self.kept_pages || max_pages < granule_pages {
            return None;
        }
        let below = below >> PAGE_SHIFT;
        let mut chunk = self.hi.min(below.div_ceil(CHUNK_PAGES));
        while chunk > self.lo {
            chunk -= 1;
            if self.tables[chunk >> TABLE_BITS].is_null() {
                chunk &= !((1 << TABLE_BITS) - 1);
                continue;
            }
            if self.tree && !self.in_use(chunk) {
                continue;
            }
            // SAFETY: the entry is readable, if there is a tree. A leaf never added has a summary of 0.
            if self.tree && unsafe { *self.entry(LEVELS - 1, chunk) }.max() < granule_pages {
                continue;
            }
            // SAFETY: the table exists. The leaf was added: it has free pages, or is the only one.
            let leaf = unsafe { &*self.leaf(chunk) };
            let mut busy = [0; CHUNK_WORDS];
            for (w, b) in busy.iter_mut().enumerate() {
                *b = leaf.used[w] | leaf.released[w] | leaf.kept[w];
            }
            // From the top down: find the last run, cut it to size.
            let mut end = CHUNK_PAGES.min(below - chunk * CHUNK_PAGES);
            while end > 0 {
                let is_busy = |i: usize| busy[i / 64] >> (i % 64) & 1 != 0;
                if is_busy(end - 1) {
                    end -= 1;
                    continue;
                }
                let mut start = end - 1;
                while start > 0 && !is_busy(start - 1) {
                    start -= 1;
                }
                let top = end / granule_pages * granule_pages;
                let bottom = start.next_multiple_of(granule_pages);
                if top > bottom {
                    let n = (top - bottom).min(max_pages / granule_pages * granule_pages);
                    let page = chunk * CHUNK_PAGES + top - n;
                    self.mark_used(page, n);
                    self.free_pages -= n;
                    return Some((page << PAGE_SHIFT, n));
                }
                end = start;
            }
        }
        None
    }

    /// Returns a run from [`take_unreleased`](Self::take_unreleased) whose memory was given back, as `_zeroed` proves.
    pub fn give_released(&mut self, addr: usize, npages: usize, _zeroed: Zeroed) {
        self.free_run(addr, npages, Memory::Gone);
    }

    /// Returns a run from [`take_unreleased`](Self::take_unreleased) whose memory the system did not take.
    pub fn give_kept(&mut self, addr: usize, npages: usize) {
        self.free_run(addr, npages, Memory::Refused);
    }

    /// Takes a run of leaves all of whose pages are free and without memory behind them: the highest below `below`, all in one
    /// `unit` (a power of two of bytes, [`CHUNK_BYTES`] or more). Its pages are allocated until [`give_empty`](Self::give_empty). Gives its
    /// address and its bytes; None when there is none.
    pub fn take_empty(&mut self, below: usize, unit: usize) -> Option<(usize, usize)> {
        let mut end = self.hi.min(below / CHUNK_BYTES);
        while end > self.lo {
            if self.tables[(end - 1) >> TABLE_BITS].is_null() {
                end = (end - 1) & !((1 << TABLE_BITS) - 1);
                continue;
            }
            let bottom = ((end - 1) & !(unit / CHUNK_BYTES - 1)).max(self.lo);
            let mut start = end;
            while start > bottom && self.is_empty(start - 1) {
                start -= 1;
            }
            if start == end {
                end -= 1;
                continue;
            }
            let (page, npages) = (start * CHUNK_PAGES, (end - start) * CHUNK_PAGES);
            self.released_pages -= self.mark_used(page, npages);
            self.free_pages -= npages;
            return Some((page << PAGE_SHIFT, npages << PAGE_SHIFT));
        }
        None
    }

    /// Returns a run from [`take_empty`](Self::take_empty), in which nothing was touched.
    pub fn give_empty(&mut self, addr: usize, size: usize) {
        self.free_run(addr, size >> PAGE_SHIFT, Memory::Gone);
    }

    /// Whether the leaf was added, and all its pages are free and without memory behind them. Its table exists.
    fn is_empty(&self, chunk: usize) -> bool {
        // SAFETY: the table exists.
        let leaf = unsafe { &*self.leaf(chunk) };
        // A leaf that was not added has no page that was released.
        leaf.used == [0; CHUNK_WORDS] && leaf.released == [!0; CHUNK_WORDS]
    }

    /// Has the system asked again for the pages that it did not take.
    pub fn forget_kept(&mut self) {
        if self.kept_pages == 0 {
            return;
        }
        let mut chunk = self.lo;
        while chunk < self.hi {
            if self.tables[chunk >> TABLE_BITS].is_null() {
                chunk = self.next_table(chunk);
                continue;
            }
            // SAFETY: the table exists.
            let leaf = unsafe { &mut *self.leaf(chunk) };
            // Not written to where there is nothing to forget: the leaf may never have been touched.
            leaf.kept.iter_mut().filter(|w| **w != 0).for_each(|w| *w = 0);
            chunk += 1;
        }
        self.kept_pages = 0;
    }
}

#[cfg(feature = "inspect")]
#[path = "inspect/pages.rs"]
pub(crate) mod inspect;

#[cfg(all(test, not(loom)))]
#[path = "page_alloc_tests.rs"]
mod tests;

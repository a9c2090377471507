//! Marking: from a pointer to its object, from an object to its pointers.
//!
//! A [`Marker`] belongs to one thread or processor at a time. It holds
//! - a *window* of pointers whose mark words are being fetched: a pointer that is met is looked up at once, but its mark bit
//!   is touched some pointers later, when its cache line has arrived;
//! - a ring of *pages*: one-page spans in which small objects were marked and not scanned yet. They wait in the order in which
//!   they were queued, so that by the time a page is scanned many of its objects are marked, and they are walked together, in
//!   the order of their addresses (the idea of the "Green Tea" collector, Knyszek and Clements 2025; here with marks
//!   beside the pages, in the arena, so that objects fill their sizes);
//! - a stack of larger *objects*, scanned one by one; very large ones in pieces.
//!
//! What the ring does not take, and what others shall share, goes to the collector's blocks. When a marker finds nothing of
//! its own it takes a root job, a block, or steals from another's ring.
//!
//! A chain, whose objects are found one at a time, takes a shorter way (`chain`). Who calls markers, and when marking ends, is in `cycle`.

use crate::arch::prefetch;
use crate::check::Check;
use crate::marker::{Marker, OBJECTS_MAX};
use crate::page;
use crate::queue::{BLOCK, Block};
use crate::seam::{Host, Scan};
use crate::state::Gc;
use crate::tracer::{Pending, Tracer, WINDOW};
use core::sync::atomic::{AtomicU64, Ordering::*};
use goxide_alloc::arena::Page;
use goxide_alloc::layout::PointerLayout;
use goxide_alloc::size_class::{MAGIC, MAX_BITMAP, OBJECTS, PAGE, SIZES, SPAN_CLASSES, SpanClass};

/// Objects larger than this are scanned in pieces of this size: four thousand pointers to objects that were not touched
/// yet take a millisecond; much smaller pieces cost throughput.
pub const OBLET: usize = 32 << 10;
/// Bytes scanned between two questions whether to stop.
const CHECK_BYTES: usize = 16 << 10;
/// What a page counts for, or an object that is scanned without others of its page, besides what is scanned.
pub(crate) const PAGE_BYTES: usize = 64;
/// What a root job counts for.
const ROOT_BYTES: usize = 4 << 10;
/// Low bit of an entry: a page, not an object.
const IS_PAGE: usize = 1;

/// What marking needs to know of a span class, in one cache line's eighth.
#[derive(Clone, Copy)]
pub(crate) struct Kind {
    magic: u32,
    pub(crate) size: u16,
    objects: u16,
}

pub(crate) static KINDS: [Kind; SPAN_CLASSES] = {
    let mut kinds = [Kind { magic: 0, size: 0, objects: 0 }; SPAN_CLASSES];
    let mut i = 2;
    while i < SPAN_CLASSES {
        let c = i / 2;
        kinds[i] = Kind { magic: MAGIC[c], size: SIZES[c], objects: OBJECTS[c] };
        i += 1;
    }
    kinds
};

/// The first span class whose objects are scanned one by one.
pub(crate) const FIRST_LARGER: usize = {
    let mut c = 1;
    while SIZES[c] as usize <= MAX_BITMAP {
        c += 1;
    }
    c * 2
};

/// Why [`Tracer::drain`] came back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub enum Drained {
    /// It was told to stop.
    Stopped,
    /// Nothing is to be found any more, for this marker.
    Nothing,
    /// There are only root jobs left that said [`Scan::Later`].
    Later,
}

impl<'a, H: Host> Tracer<'a, H> {
    /// A tracer for `m`, which belongs to the caller in the meantime.
    ///
    /// # Safety
    /// - `m` came from [`Gc::new_marker`] of `gc`.
    /// - `gc` marks for as long as pointers are told to the tracer, or it drains: from [`Gc::begin_mark`] until
    ///   [`Gc::try_finish`] says that marking is over. An object that is marked at another time is taken for scanned by the next
    ///   cycle, which frees what it points to.
    #[inline(never)]
    pub unsafe fn new(gc: &'a Gc<H>, m: &'a mut Marker) -> Self {
        let (lo, hi) = gc.host.heap().address_range();
        let none = Pending { page: None, base: 0, index: 0, kind: 0 };
        Tracer {
            gc,
            m,
            window: [none; WINDOW],
            at: 0,
            check: None,
            except: 0,
            unusual: false,
            lo,
            span: hi.wrapping_sub(lo),
        }
    }

    /// A tracer that marks nothing.
    ///
    /// # Safety
    /// `m` came from [`Gc::new_marker`] of `gc`; the world is stopped.
    pub(crate) unsafe fn checking(gc: &'a Gc<H>, m: &'a mut Marker, check: &'a mut Check) -> Self {
        // SAFETY: a marker of the collector's (the caller's promise); with `check` set no pointer is marked.
        let mut t = unsafe { Self::new(gc, m) };
        t.check = Some(check);
        t.unusual = true;
        t
    }

    /// The collector.
    pub fn gc(&self) -> &'a Gc<H> {
        self.gc
    }

    /// Whether this is a check after marking, with the world stopped: all roots must be visited, whatever was visited
    /// before.
    pub fn is_check(&self) -> bool {
        self.check.is_some()
    }

    /// Visits a pointer: a word that points into an object, or anywhere else, or is null. Whatever the word is, memory stays
    /// whole: what looks like a pointer into an object keeps it, and a free object stays free.
    #[inline(always)]
    pub fn visit(&mut self, p: usize) {
        if p.wrapping_sub(self.lo) >= self.span {
            return;
        }
        let heap = self.gc.host.heap();
        let Some(page) = heap.page_of(p) else { return };
        let kind = page.kind();
        if kind == 0 || self.unusual {
            return self.visit_slow(p);
        }
        let k = KINDS[kind];
        let offset = p & (PAGE - 1);
        let index = ((offset as u64 * k.magic as u64) >> 32) as u32;
        if index >= k.objects as u32 {
            return;
        }
        // SAFETY: this is the collector, and only the address is taken.
        prefetch(unsafe { &raw const page.marks().marked[index as usize / 64] }.cast());
        let at = self.at % WINDOW;
        self.at = at + 1;
        let new = Pending { page: Some(page), base: p - offset, index, kind: kind as u32 };
        let old = core::mem::replace(&mut self.window[at], new);
        if let Some(page) = old.page {
            self.mark_small(page, old);
        }
    }

    /// [`visit`](Self::visit), out of line: for places where few pointers are visited.
    #[inline(never)]
    pub fn tell(&mut self, p: usize) {
        self.visit(p);
    }

    /// Visits a word that may be a pointer that nothing uses any more, or no pointer at all: one found where no layout says what
    /// the words are. It keeps what it points to, as a pointer would; but the object may be one that died long ago, so a
    /// check does not miss its mark.
    #[cold]
    #[inline(never)]
    pub fn guess(&mut self, p: usize) {
        if self.is_check()
            && let Some((_, index, span)) = self.gc.host.heap().object_of(p)
            // SAFETY: the world is stopped: nothing frees the span.
            && !unsafe { span.marked(index) }
        {
            return;
        }
        self.tell(p);
    }

    /// Visits the `n` words from `addr` on, each of which may be a pointer.
    ///
    /// # Safety
    /// They are readable.
    pub unsafe fn visit_words(&mut self, addr: usize, n: usize) {
        for i in 0..n {
            // SAFETY: one of the words, which are readable.
            self.visit(unsafe { load(addr + i * 8) });
        }
    }

    /// Visits the words from `addr` on whose bits are set in `mask` (least significant first), `words` of them at most.
    ///
    /// # Safety
    /// The words with set bits are readable, and the mask has as many bits.
    #[inline]
    pub unsafe fn visit_mask(&mut self, addr: usize, mask: *const u8, words: usize) {
        let mut i = 0;
        while i < words {
            // SAFETY: a byte holds the bits of words i to i + 7, and the mask has bits for `words`.
            let mut bits = u64::from(unsafe { *mask.add(i / 8) });
            if words - i < 8 {
                bits &= (1 << (words - i)) - 1;
            }
            while bits != 0 {
                let w = i + bits.trailing_zeros() as usize;
                bits &= bits - 1;
                // SAFETY: a word whose bit is set.
                self.visit(unsafe { load(addr + w * 8) });
            }
            i += 8;
        }
    }

    #[inline(always)]
    fn mark_small(&mut self, page: Page<'a>, p: Pending<'a>) {
        if self.reach(page, p) {
            self.queue(page, p);
        }
    }

    /// Marks an object. True if this marker is the first to reach it, and what is left to be done is scanning it as one of its page.
    #[inline(always)]
    pub(crate) fn reach(&mut self, page: Page<'a>, p: Pending<'a>) -> bool {
        // SAFETY: this is the collector: it marks what is reachable.
        let word = unsafe { &page.marks().marked[p.index as usize / 64] };
        if !page::mark(word, 1 << (p.index % 64)) {
            return false;
        }
        let kind = p.kind as usize;
        self.m.marked_bytes += u64::from(KINDS[kind].size);
        if kind & 1 != 0 {
            // No pointers: nothing to scan.
            return false;
        }
        if kind >= FIRST_LARGER {
            self.push_object(p.base + p.index as usize * KINDS[kind].size as usize);
        }
        kind < FIRST_LARGER
    }

    /// Queues the page of an object that was reached.
    #[inline(always)]
    pub(crate) fn queue(&mut self, page: Page<'a>, p: Pending<'a>) {
        // SAFETY: this is the collector: the page is queued here.
        if page::enqueue(unsafe { page.queued() }) {
            self.push_page(p.base);
        }
    }

    /// A pointer into a page that is no span of small objects by itself, or a check.
    #[cold]
    #[inline(never)]
    fn visit_slow(&mut self, p: usize) {
        let Some((base, index, span)) = self.gc.host.heap().object_of(p) else { return };
        if base == self.except {
            return;
        }
        if let Some(check) = self.check.as_deref_mut() {
            // Stale pointers may lead to free objects.
            // SAFETY: the world is stopped: nothing frees the span.
            if unsafe { span.allocated(index) } && check.visit(base) && !unsafe { span.marked(index) } {
                self.gc.host.check_failed(base, check.parent());
            }
            return;
        }
        if let Some(page) = self.gc.host.heap().page_of(p)
            && page.kind() != 0
        {
            let pending = Pending { page: Some(page), base: span.base(), index: index as u32, kind: page.kind() as u32 };
            return self.mark_small(page, pending);
        }
        // SAFETY: this is the collector, which is marking: no span of objects is freed in the meantime.
        if unsafe { !span.marked(index) && span.set_mark(index) } {
            self.m.marked_bytes += span.elem_size() as u64;
            if !span.noscan() {
                self.push_object(base);
            }
        }
    }

    fn push_page(&mut self, base: usize) {
        if !self.m.ring.push(base | IS_PAGE) {
            self.spill_ring();
            self.m.ring.push(base | IS_PAGE);
        }
    }

    /// Shares the older part of the ring.
    #[cold]
    #[inline(never)]
    fn spill_ring(&mut self) {
        let mut items = [0; BLOCK / 2];
        let n = self.m.ring.take_half(&mut items);
        self.gc.share(&items[..n]);
    }

    #[inline]
    fn push_object(&mut self, addr: usize) {
        if self.m.n_objects == OBJECTS_MAX {
            self.share_objects(OBJECTS_MAX / 2);
        }
        self.m.objects[self.m.n_objects] = addr;
        self.m.n_objects += 1;
    }

    /// Shares all but the newest `keep` objects.
    #[cold]
    #[inline(never)]
    fn share_objects(&mut self, keep: usize) {
        let n = self.m.n_objects.saturating_sub(keep);
        for piece in self.m.objects[..n].chunks(BLOCK) {
            self.gc.share(piece);
        }
        self.m.objects.copy_within(n..self.m.n_objects, 0);
        self.m.n_objects -= n;
    }

    /// Finishes what is in the window. To be called before the tracer is let go.
    pub fn flush_window(&mut self) {
        for i in 0..WINDOW {
            let p = self.window[i];
            let Some(page) = p.page else { break };
            self.window[i].page = None;
            self.mark_small(page, p);
        }
        self.at = 0;
    }

    /// Makes everything that was found visible to all markers, for a tracer that does not drain.
    pub fn publish(&mut self) {
        self.flush_window();
        self.share_objects(0);
        self.gc.absorb(self.m);
    }

    /// Marks until `stop` says so, which is asked every few microseconds, or nothing is left.
    pub fn drain(&mut self, mut stop: impl FnMut() -> bool) -> Drained {
        self.gc.begin_drain();
        self.m.busy.store(true, Relaxed);
        let mut since = 0;
        // Root jobs in a row that had to be put off.
        let mut later = 0;
        let r = loop {
            if since >= CHECK_BYTES {
                since = 0;
                self.gc.absorb(self.m);
                if self.m.ring.len() > 8 || self.m.n_objects > 64 {
                    if self.m.n_objects > 64 && self.gc.blocks.is_empty() {
                        self.share_objects(self.m.n_objects / 2);
                    }
                    self.gc.host.more_work();
                }
                if stop() {
                    break Drained::Stopped;
                }
            }
            let mut item = self.pop();
            if item == 0 {
                let done = self.follow(CHECK_BYTES);
                if done != 0 {
                    since += done;
                    continue;
                }
                item = self.pop();
            }
            if item == 0 {
                // A job that was put off is asked for again only when there is nothing else.
                let next = if later == 0 { self.next_root() } else { None };
                if let Some(done) = next {
                    since += ROOT_BYTES;
                    later = usize::from(done == Scan::Later);
                    continue;
                }
                item = self.take_foreign();
            }
            if item == 0 && later > 0 && later <= self.gc.deferred_roots() {
                match self.next_root() {
                    Some(Scan::Later) => later += 1,
                    _ => later = 0,
                }
                continue;
            }
            if item == 0 {
                break if self.gc.deferred_roots() != 0 { Drained::Later } else { Drained::Nothing };
            }
            since += self.scan(item);
        };
        self.publish();
        self.m.busy.store(false, Release);
        self.gc.end_drain();
        r
    }

    /// Scans until about `bytes` were scanned, or nothing is found. Returns how many were. `owed` says whether a task owes it, or it is the
    /// background's.
    #[inline]
    pub fn drain_some(&mut self, bytes: usize, owed: bool) -> usize {
        self.gc.begin_drain();
        let mut done = 0;
        while done < bytes {
            let mut item = self.pop();
            if item == 0 {
                let more = self.follow(bytes - done);
                if more != 0 {
                    done += more;
                    continue;
                }
                item = self.pop();
            }
            if item == 0 {
                item = self.take_foreign();
            }
            if item == 0 {
                match self.next_root() {
                    Some(Scan::Done) => {
                        done += ROOT_BYTES;
                        continue;
                    }
                    _ => break,
                }
            }
            done += self.scan(item);
        }
        if owed {
            self.gc.assisted_bytes.fetch_add(self.m.scanned_bytes, Relaxed);
        }
        self.publish();
        self.gc.end_drain();
        done
    }

    #[inline(always)]
    fn pop(&mut self) -> usize {
        match self.m.n_objects {
            0 => self.m.ring.pop(),
            n => {
                self.m.n_objects = n - 1;
                self.m.objects[n - 1]
            }
        }
    }

    /// Does a root job, if one is left.
    fn next_root(&mut self) -> Option<Scan> {
        self.gc.next_root(self)
    }

    /// An entry from the shared blocks or another marker's ring; more of the kind come into this one's. 0: none.
    fn take_foreign(&mut self) -> usize {
        let mut items = [0; BLOCK];
        let mut n = self.gc.blocks.take(&mut items);
        if n == 0 {
            n = self.gc.steal(self.m, &mut items);
        }
        if n == 0 {
            return 0;
        }
        for &item in &items[1..n] {
            if item & IS_PAGE != 0 { self.push_page(item - IS_PAGE) } else { self.push_object(item) }
        }
        items[0]
    }

    /// Scans an entry; returns how many bytes that were.
    #[inline(always)]
    fn scan(&mut self, item: usize) -> usize {
        let n = if item & IS_PAGE != 0 { self.scan_page(item - IS_PAGE) } else { self.scan_object(item) };
        self.m.scanned_bytes += n as u64;
        n
    }

    /// Scans what is marked and not scanned in a page of small objects.
    fn scan_page(&mut self, base: usize) -> usize {
        let Some(page) = self.gc.host.heap().page_of(base) else { return 0 };
        // SAFETY: this is the collector, and the page came from its queue.
        page::dequeue(unsafe { page.queued() });
        let kind = page.kind();
        let k = KINDS[kind];
        let size = k.size as usize;
        let words = (size / 8) as u32;
        // SAFETY: this is the collector; what it claims here it scans, and the bits it only reads.
        let (marks, bits) = unsafe { (page.marks(), page.pointer_bits()) };
        let mut bytes = PAGE_BYTES;
        for w in 0..(k.objects as usize).div_ceil(64) {
            let mut grey = page::claim(&marks.marked[w], &marks.scanned[w]);
            while grey != 0 {
                let index = w * 64 + grey.trailing_zeros() as usize;
                grey &= grey - 1;
                if grey != 0 {
                    let next = w * 64 + grey.trailing_zeros() as usize;
                    prefetch((base + next * size) as *const u8);
                }
                let from = index * words as usize;
                // SAFETY: the page is a span of objects with pointers; its words are readable. If a stale pointer has marked a free
                // object, so are that one's, whatever its bits and its words say.
                unsafe { self.scan_bits(base + index * size, object_bits(bits, from, words)) };
                bytes += size;
            }
        }
        bytes
    }

    /// Visits the words of an object whose bits are set.
    ///
    /// # Safety
    /// The words are readable.
    #[inline(always)]
    pub(crate) unsafe fn scan_bits(&mut self, addr: usize, mut bits: u64) {
        while bits != 0 {
            let i = bits.trailing_zeros() as usize;
            bits &= bits - 1;
            // SAFETY: one of the words, which are readable.
            self.visit(unsafe { load(addr + i * 8) });
        }
    }

    /// Scans a larger object, or a piece of a very large one.
    pub(crate) fn scan_object(&mut self, addr: usize) -> usize {
        let heap = self.gc.host.heap();
        let Some((base, index, span)) = heap.object_of(addr) else { return 0 };
        // SAFETY: while the collector marks no span of objects is freed.
        if !unsafe { span.allocated(index) } {
            // A stale pointer led to a free object, whose layout means nothing. (What was allocated since marking began is
            // not in the bits either, but counts as scanned, and does not come here.)
            return 0;
        }
        let size = span.elem_size();
        // SAFETY: the heap's own answer; while the collector marks no span of objects is freed.
        match unsafe { heap.pointer_layout_of(span, index) } {
            PointerLayout::NoScan => 0,
            PointerLayout::Bits(bits) => {
                // SAFETY: an allocated object's words.
                unsafe { self.scan_bits(base, bits) };
                size
            }
            // Has not been given a layout yet.
            PointerLayout::Opaque(0) => 0,
            PointerLayout::Opaque(opaque) => {
                let from = addr - base;
                if from == 0 && size > OBLET && self.check.is_none() {
                    for piece in (OBLET..size).step_by(OBLET) {
                        self.push_object(base + piece);
                    }
                }
                let to = if self.check.is_some() { size } else { size.min(from + OBLET) };
                // SAFETY: an allocated object.
                unsafe { self.gc.host.scan_object(opaque, base, size, from..to, self) };
                to - from
            }
        }
    }

    /// Visits what an object points to, without marking the object itself, even if it points to itself (for finalizers, which
    /// keep alive what their object refers to).
    ///
    /// # Safety
    /// `object` is in an allocated object, which is not freed in the meantime; or it is in none.
    pub(crate) unsafe fn scan_referents(&mut self, object: usize) {
        let Some((base, index, span)) = self.gc.host.heap().object_of(object) else { return };
        (self.except, self.unusual) = (base, true);
        // SAFETY: the heap's own answer, for an object that stays.
        match unsafe { self.gc.host.heap().pointer_layout_of(span, index) } {
            PointerLayout::NoScan | PointerLayout::Opaque(0) => {}
            // SAFETY: an allocated object's words.
            PointerLayout::Bits(bits) => unsafe { self.scan_bits(base, bits) },
            PointerLayout::Opaque(opaque) => {
                // SAFETY: an allocated object.
                unsafe { self.gc.host.scan_object(opaque, base, span.elem_size(), 0..span.elem_size(), self) }
            }
        }
        (self.except, self.unusual) = (0, self.check.is_some());
    }
}

/// Room for a block of the collector's queue.
pub(crate) fn new_block<H: Host>(host: &H) -> *mut Block {
    host.heap().persistent_alloc_gc(size_of::<Block>(), 8).cast()
}

/// A marker in memory that stays; null when there is none.
pub(crate) fn new_marker<H: Host>(host: &H) -> *mut Marker {
    host.heap().persistent_alloc_gc(size_of::<Marker>(), 64).cast()
}

/// The pointer bits of the `words` words from word `from` of a page.
#[inline(always)]
pub(crate) fn object_bits(bits: &[AtomicU64; PAGE / 8 / 64], from: usize, words: u32) -> u64 {
    let (at, shift) = (from / 64, (from % 64) as u32);
    // Acquire pairs with the allocation's Release fence: who reached the object sees its layout.
    let mut b = bits[at].load(Relaxed) >> shift;
    if shift + words > 64 {
        b |= bits[at + 1].load(Relaxed) << (64 - shift);
    }
    if words < 64 { b & ((1 << words) - 1) } else { b }
}

/// A word that a running program may be writing.
///
/// # Safety
/// The word is readable.
#[inline(always)]
unsafe fn load(addr: usize) -> usize {
    // SAFETY: readable (the caller's promise); words of objects and tables are aligned.
    unsafe { (*(addr as *const core::sync::atomic::AtomicUsize)).load(Relaxed) }
}

const _: () = assert!(FIRST_LARGER < SPAN_CLASSES && SpanClass::new(1, false).index() == 2);

//! How a heap gets larger: it reserves address space arena by arena, has memory put behind it chunk by chunk, and opens the books of both.
//!
//! Not here: which pages are free (`page_alloc`), and what is made of them (`heap`).

use crate::arena::{ARENA, FIRST_TABLES};
use crate::heap::{Heap, Inner, Refusal};
use crate::os::{PageSource, Refused};
use crate::page_alloc::{ADDRESS_BITS, CHUNK_BYTES, FIRST_BOOKS, MAX_PAGES};
use crate::size_class::PAGE;

/// Where the heap would like to begin: an address that is easy to recognise, far from where programs and the kernel
/// put things on either architecture.
pub(crate) const FIRST_ARENA: usize = if usize::BITS == 64 { 0xc0_0000_0000u64 as usize } else { ARENA };

/// Bytes of the books that the first pages need: the tables of arenas, and of pages. A multiple of 64 KiB.
const BOOKS: usize = (FIRST_TABLES + FIRST_BOOKS).next_multiple_of(64 << 10);
const _: () = assert!(FIRST_TABLES.is_multiple_of(128) && BOOKS < FIRST_ARENA);

/// The part of a heap by which it grows at least.
const AHEAD: usize = 16;

impl<S: PageSource> Heap<S> {
    /// Makes the heap as large as it must be for `bytes` more in many objects, asking the system for all of it at once: so
    /// it is refused at once, if it is. Nothing keeps others from using that room.
    ///
    /// # Errors
    /// The system's or the limit's refusal; the heap is as it was.
    pub fn make_room(&self, bytes: usize) -> Result<(), Refusal> {
        let npages = bytes.div_ceil(PAGE);
        self.inner.with(|i| {
            if npages <= i.pages.free_pages() {
                return Ok(());
            }
            if npages >= MAX_PAGES {
                return Err(self.no_space(i, npages.saturating_mul(PAGE)));
            }
            self.grow(i, npages, PAGE)
        })
    }

    #[cold]
    pub(crate) fn no_space(&self, inner: &Inner, asked: usize) -> Refusal {
        Refusal::Space { asked, in_use: (inner.pages.free_pages() + self.inuse_pages.get()) * PAGE }
    }

    /// Adds at least `npages` free pages in a row, from a multiple of `align` bytes on, to the heap.
    pub(crate) fn grow(&self, inner: &mut Inner, npages: usize, align: usize) -> Result<(), Refusal> {
        let need = (npages * PAGE).next_multiple_of(CHUNK_BYTES);
        if inner.end == 0 && need == CHUNK_BYTES && align <= ARENA && self.begin(inner) {
            return Ok(());
        }
        let room = |inner: &Inner| inner.end.saturating_sub(inner.next.next_multiple_of(align));
        if room(inner) < need && !inner.end.is_multiple_of(ARENA) && align <= ARENA {
            self.complete(inner, inner.next.next_multiple_of(align) + need);
        }
        if room(inner) >= need {
            // What lies before the multiple comes along.
            let size = inner.next.next_multiple_of(align) - inner.next + need;
            inner.next += self.add_ahead(inner, inner.next, size, inner.end).ok_or(Refusal::Memory)?;
            return Ok(());
        }
        let size = need.next_multiple_of(ARENA);
        let unit = align.max(ARENA);
        let hint = if inner.end == 0 { FIRST_ARENA } else { inner.end };
        let p = self.source.reserve(hint.next_multiple_of(unit), size, unit);
        let at = p as usize;
        if p.is_null() {
            return Err(self.no_space(inner, need));
        }
        // Adjacent to what is left of the last reservation, that is used too.
        let start = if at == inner.end { inner.next } else { at };
        let mut used = start.next_multiple_of(align) - start + need;
        let refusal = if at.checked_add(size).is_none_or(|end| end > 1 << ADDRESS_BITS) {
            Some(self.no_space(inner, need))
        } else if !self.has_books(inner, at) {
            Some(Refusal::Memory)
        } else {
            self.arenas.extend(at, size);
            let added = self.add_ahead(inner, start, used, at + size);
            used = added.unwrap_or(used);
            added.is_none().then_some(Refusal::Memory)
        };
        if let Some(refusal) = refusal {
            // SAFETY: just reserved, nothing of it in use.
            unsafe { self.source.unreserve(p, size) };
            return Err(refusal);
        }
        if start == at && inner.next < inner.end {
            // Not adjacent: what is left is for smaller things, if there is memory for it.
            self.add_pages(inner, inner.next, inner.end - inner.next);
        }
        inner.next = start + used;
        inner.end = at + size;
        Ok(())
    }

    /// The first pages, with the books of the first arena below them: one call of the system, since a program that is over in a moment
    /// needs no more. The arena's other pages are reserved when they are needed ([`complete`](Self::complete)). False if it must go
    /// another way.
    fn begin(&self, inner: &mut Inner) -> bool {
        let size = BOOKS + CHUNK_BYTES;
        let Ok((p, zeroed)) = self.source.reserve_committed(FIRST_ARENA - BOOKS, size) else { return false };
        let at = p as usize + BOOKS;
        if !at.is_multiple_of(ARENA) || at >= 1 << ADDRESS_BITS || !self.arenas.is_empty() {
            // SAFETY: just reserved, nothing of it in use.
            unsafe { self.source.unreserve(p, size) };
            return false;
        }
        // SAFETY: fresh zero memory, of which so many bytes lie below the first page and are for nothing else.
        unsafe { self.open_books(inner, p, at) };
        self.arenas.extend(at, CHUNK_BYTES);
        (inner.next, inner.end) = (at, at + CHUNK_BYTES);
        let added = inner.pages.grow(&self.source, at, CHUNK_BYTES, zeroed, &self.sys.gc);
        if added {
            inner.next = inner.end;
        }
        added
    }

    /// The last reservation ends within an arena: it is to reach to the end of the one that `to` lies in. What is there already, if it is
    /// not ours, keeps it from that.
    fn complete(&self, inner: &mut Inner, to: usize) {
        let end = to.next_multiple_of(ARENA);
        if end > 1 << ADDRESS_BITS {
            return;
        }
        let (at, size) = (inner.end, end - inner.end);
        let p = self.source.reserve(at, size, CHUNK_BYTES);
        if p as usize == at {
            self.arenas.extend(at, size);
            inner.end = end;
        } else if !p.is_null() {
            // SAFETY: just reserved, nothing of it in use.
            unsafe { self.source.unreserve(p, size) };
        }
    }

    /// Whether there are books; if there were none, they begin now, with those of the arena of `at`.
    fn has_books(&self, inner: &mut Inner, at: usize) -> bool {
        if self.arenas.is_empty() {
            let room = self.source.map(BOOKS);
            if room.is_null() {
                return false;
            }
            // SAFETY: fresh zero memory of that size, which is for nothing else.
            unsafe { self.open_books(inner, room, at) };
        }
        true
    }

    /// # Safety
    /// `room` leads to [`BOOKS`] zero bytes, at a multiple of 4 KiB, that stay for good and are for nothing else. It is called once.
    unsafe fn open_books(&self, inner: &mut Inner, room: *mut u8, at: usize) {
        // SAFETY: each gets a part of the room, of its size; the tables of arenas are the larger part, and of whole pages.
        unsafe {
            self.arenas.begin_with(room, at, &self.sys.gc);
            inner.pages.begin_with(room.add(FIRST_TABLES));
        }
    }

    /// Adds `least` bytes of pages at `at`, and more of what is reserved up to `end` if the heap is large: each call of the system costs more
    /// than what a large heap notices, and pages that nothing has touched have no memory behind them. Gives how much was added; None if not
    /// even `least` could be.
    fn add_ahead(&self, inner: &mut Inner, at: usize, least: usize, end: usize) -> Option<usize> {
        let heap = (inner.pages.free_pages() + self.inuse_pages.get()) * PAGE;
        let ahead = (heap / AHEAD) & !(CHUNK_BYTES - 1);
        let mut n = ahead.min(end - at).max(least);
        while !self.add_pages(inner, at, n) {
            if n == least {
                return None;
            }
            n = least;
        }
        Some(n)
    }

    fn add_pages(&self, inner: &mut Inner, at: usize, size: usize) -> bool {
        // SAFETY: a part of our reservation that nothing was in before, in multiples of 4 MiB.
        match unsafe { self.source.commit(at as *mut u8, size) } {
            Ok(zeroed) => inner.pages.grow(&self.source, at, size, zeroed, &self.sys.gc),
            Err(Refused) => false,
        }
    }
}

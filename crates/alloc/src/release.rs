//! Giving memory back: that of free pages, and that behind the tables of arenas in which nothing is left.
//!
//! Not here: when and how much (the embedder's, say a scavenger's), and which pages are free (`page_alloc`).

use crate::arena::ARENA;
use crate::central::{CENTRALS, next_taken};
use crate::heap::Heap;
use crate::os::{PageSource, Refused};
use crate::size_class::PAGE;

/// Pages of a run (64 KiB) that is not looked into further when the system does not take it: it costs a call for each part.
const SMALLEST_SPLIT: usize = 8;

impl<S: PageSource> Heap<S> {
    /// Gives the memory of free pages back to the operating system, highest addresses first, until `bytes` were given
    /// back or nothing is left to give. Returns how many were. The lock is not held while the system works.
    ///
    /// With explicit freeing, what [`trim`](Self::trim) finds is given back too. What the system once refused (memory that
    /// the program has locked) it is asked for again when the pages have been in use in the meantime, or when `bytes` is
    /// `usize::MAX`.
    pub fn release_unused(&self, bytes: usize) -> usize {
        self.trim();
        if bytes == usize::MAX {
            self.inner.with(|i| i.pages.forget_kept());
        }
        let granule = self.source.granule().div_ceil(PAGE).max(1);
        let (mut done, mut below) = (0, usize::MAX);
        while done < bytes {
            let want = ((bytes - done).div_ceil(PAGE)).next_multiple_of(granule);
            let Some((addr, n)) = self.inner.with(|i| i.pages.take_unreleased(below, want, granule)) else { break };
            done += self.release_run(addr, n, granule) * PAGE;
            below = addr;
        }
        done
    }

    /// Gives the memory of a run back, or, of one that the system refuses as a whole, what it takes of it. Returns how many
    /// pages were given back.
    fn release_run(&self, addr: usize, npages: usize, granule: usize) -> usize {
        // SAFETY: free pages that we keep allocated in the meantime; nothing needs their contents. Their number and address
        // are multiples of the granule.
        match unsafe { self.source.decommit(addr as *mut u8, npages * PAGE) } {
            Ok(zeroed) => {
                self.inner.with(|i| i.pages.give_released(addr, npages, zeroed));
                npages
            }
            // A page that is locked keeps the whole range: find out which half has it.
            Err(Refused) if npages > granule.max(SMALLEST_SPLIT) => {
                let half = (npages / 2).next_multiple_of(granule);
                self.release_run(addr + half * PAGE, npages - half, granule) + self.release_run(addr, half, granule)
            }
            Err(Refused) => {
                self.inner.with(|i| i.pages.give_kept(addr, npages));
                0
            }
        }
    }

    /// Explicit freeing: frees the spans in which no object is left, except those that caches hold. Does nothing
    /// otherwise: a collector frees spans as it sweeps.
    pub fn trim(&self) {
        if !self.explicit() {
            return;
        }
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

    /// Gives back what lies behind the tables of pages that were given back: two bits per word of the heap for marks and pointers, a
    /// thirtieth of it once all was in use. For leaves of 4 MiB in which every page is free and has no memory; so it is of use after
    /// [`release_unused`](Self::release_unused)`(usize::MAX)`. Also what was made ahead of the heap's growth. Returns how many bytes were
    /// given back or had never been touched. What the system refuses stays. Costs a call of the system for each arena of 64 MiB with such
    /// leaves, or for each run of leaves if the arena has others, without the lock.
    pub fn release_tables(&self) -> usize {
        let mut done = self.release_spare();
        let (lo, mut below) = self.arenas.bounds();
        while below > lo {
            let Some((addr, size)) = self.inner.with(|i| i.pages.take_empty(below, ARENA)) else { break };
            below = addr;
            for (p, len) in self.arenas.tables_of(addr, size, self.source.granule()) {
                // SAFETY: tables of pages that we keep allocated in the meantime, and that no span is in: nothing is marked there, and no
                // word is known to be a pointer, so that zero, or what it was, is right for them.
                if unsafe { self.source.decommit(p, len) }.is_ok() {
                    done += len;
                }
            }
            self.inner.with(|i| i.pages.give_empty(addr, size));
        }
        done
    }

    /// Gives back what was touched of tables that were made ahead, which stay where they are.
    fn release_spare(&self) -> usize {
        let spare = self.inner.with(|_| self.arenas.take_spare());
        let mut done = 0;
        if let Some((p, len)) = crate::arena::ahead_of(spare, self.source.granule()) {
            // SAFETY: tables of no arena, which are zero bytes.
            if unsafe { self.source.decommit(p, len) }.is_ok() {
                done += len;
            }
        }
        self.inner.with(|_| self.arenas.put_spare(spare));
        done
    }
}

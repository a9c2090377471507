//! The links of a chain: objects of which a marker finds the next one only when it has scanned the last, and has nothing else to do
//! meanwhile. Each would queue its page for itself alone, and most of the work would be the queue's: such an object is scanned where it is
//! found instead. What happens to pages that gather objects is in `mark`, the protocol of both in `page`.

use crate::arch::prefetch;
use crate::mark::{FIRST_LARGER, KINDS, PAGE_BYTES, object_bits};
use crate::page;
use crate::seam::Host;
use crate::tracer::{Pending, Tracer, WINDOW};
use goxide_alloc::arena::Page;

impl<'a, H: Host> Tracer<'a, H> {
    /// Finishes what is in the window when this marker has nothing else. If that leads to one object, the object is scanned at once, and so
    /// on, until about `bytes` were scanned. Returns how many were; 0: the window is empty, and what it led to is queued.
    pub(crate) fn follow(&mut self, bytes: usize) -> usize {
        let mut done = 0;
        while done < bytes {
            let mut last = None;
            for i in 0..WINDOW {
                let p = self.window[i];
                let Some(page) = p.page else { break };
                self.window[i].page = None;
                // What follows, up to the object's words, are instructions that wait for each other.
                prefetch_object(page, &p);
                if self.reach(page, p)
                    && let Some((page, p)) = last.replace((page, p))
                {
                    self.queue(page, p);
                }
            }
            self.at = 0;
            let Some((page, p)) = last else { break };
            if self.m.n_objects != 0 || !self.m.ring.is_empty() {
                self.queue(page, p);
                break;
            }
            done += self.scan_alone(page, p);
        }
        self.m.scanned_bytes += done as u64;
        done
    }

    /// Scans an object that this marker was the first to reach, and whose page it has not queued, unless a scanner of the page has been faster.
    #[inline(always)]
    fn scan_alone(&mut self, page: Page<'a>, p: Pending<'a>) -> usize {
        let size = KINDS[p.kind as usize].size as usize;
        let (index, words) = (p.index as usize, (size / 8) as u32);
        // SAFETY: this is the collector; what it claims here it scans, and the bits it only reads.
        let (marks, bits) = unsafe { (page.marks(), page.pointer_bits()) };
        if !page::claim_own(&marks.scanned[index / 64], 1 << (index % 64)) {
            return 0;
        }
        // SAFETY: as in `scan_page`.
        unsafe { self.scan_bits(p.base + index * size, object_bits(bits, index * words as usize, words)) };
        PAGE_BYTES + size
    }
}

/// Has brought what [`Tracer::scan_alone`] will read.
#[inline(always)]
fn prefetch_object(page: Page<'_>, p: &Pending<'_>) {
    let kind = p.kind as usize;
    if kind & 1 == 0 && kind < FIRST_LARGER {
        let (index, size) = (p.index as usize, KINDS[kind].size as usize);
        prefetch((p.base + index * size) as *const u8);
        // SAFETY: this is the collector, and only addresses are taken.
        let (marks, bits) = unsafe { (page.marks(), page.pointer_bits()) };
        prefetch((&raw const marks.scanned[index / 64]).cast());
        prefetch((&raw const bits[index * size / 512]).cast());
    }
}

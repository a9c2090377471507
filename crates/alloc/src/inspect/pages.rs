//! The books of pages, read run by run.

use super::PageAlloc;
use crate::size_class::PAGE;
use crate::summary::{CHUNK_PAGES, LEVELS};

/// What is known of a page.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PageState {
    /// Part of a span.
    Used,
    /// Free, with memory behind it.
    Free,
    /// Free, without memory behind it: never used, or given back.
    Released,
}

/// Pages side by side in the same state.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PageRun {
    /// Address of the first page.
    pub addr: usize,
    /// How many they are.
    pub npages: usize,
    /// Their state.
    pub state: PageState,
}

impl PageAlloc {
    /// Calls `f` with the runs of all pages that were added, in order of address. A run ends at the end of its leaf.
    pub(crate) fn for_each_run(&self, mut f: impl FnMut(PageRun)) {
        let mut chunk = self.lo;
        while chunk < self.hi {
            if self.tables[chunk >> super::TABLE_BITS].is_null() {
                chunk = self.next_table(chunk);
                continue;
            }
            if self.was_added(chunk) {
                self.runs_of_leaf(chunk, &mut f);
            }
            chunk += 1;
        }
    }

    /// Whether the pages of a leaf whose table exists are the heap's.
    fn was_added(&self, chunk: usize) -> bool {
        // SAFETY: the table exists.
        let any_used = unsafe { (*self.leaf(chunk)).used.iter().any(|w| *w != 0) };
        // SAFETY: without a tree there is one leaf; with one, `in_use` says that the summary is readable. Of a leaf that was added some page is
        // in use, or its summary says that some are free.
        any_used || !self.tree || self.in_use(chunk) && unsafe { *self.entry(LEVELS - 1, chunk) }.max() != 0
    }

    fn runs_of_leaf(&self, chunk: usize, f: &mut impl FnMut(PageRun)) {
        // SAFETY: the table exists, and nothing writes to it while this structure is borrowed.
        let leaf = unsafe { &*self.leaf(chunk) };
        let bit = |words: &[u64], i: usize| words[i / 64] >> (i % 64) & 1 != 0;
        let state = |i: usize| match (bit(&leaf.used, i), bit(&leaf.released, i)) {
            (true, _) => PageState::Used,
            (false, true) => PageState::Released,
            (false, false) => PageState::Free,
        };
        let mut from = 0;
        for i in 1..=CHUNK_PAGES {
            if i == CHUNK_PAGES || state(i) != state(from) {
                f(PageRun { addr: (chunk * CHUNK_PAGES + from) * PAGE, npages: i - from, state: state(from) });
                from = i;
            }
        }
    }
}

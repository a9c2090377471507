//! Room for the bitmaps of spans whose own words do not suffice, recycled by size.
//!
//! What the bits mean is `span`'s business.

use crate::counter::Counter;
use crate::loom::AtomicU64;
use crate::os::PageSource;
use crate::persistent::Persistent;
use crate::size_class::MAX_OBJECTS;
use core::ptr::null_mut;

const SIZES: usize = (MAX_OBJECTS / 64).trailing_zeros() as usize + 1;

/// Free lists of blocks of 2, 4, 8, ... words.
pub(crate) struct BitsPool {
    free: [*mut u64; SIZES],
}

// SAFETY: free blocks belong to the pool alone.
unsafe impl Send for BitsPool {}

impl BitsPool {
    pub(crate) const fn new() -> Self {
        BitsPool { free: [null_mut(); SIZES] }
    }

    fn size(words: usize) -> (usize, usize) {
        let words = words.next_power_of_two().max(2);
        (words.trailing_zeros() as usize - 1, words)
    }

    /// `words` words, zeroed. Null when out of memory.
    pub(crate) fn alloc<S: PageSource>(
        &mut self,
        words: usize,
        persistent: &Persistent,
        source: &S,
        sys: &Counter,
    ) -> *mut AtomicU64 {
        let (list, words) = Self::size(words);
        let p = self.free[list];
        if p.is_null() {
            return persistent.alloc(source, words * 8, 8, sys).cast();
        }
        // SAFETY: a free block of `words` words, with the link in its first.
        unsafe {
            self.free[list] = *p as *mut u64;
            core::ptr::write_bytes(p, 0, words);
        }
        p.cast()
    }

    /// # Safety
    /// `p` came from `alloc` with the same `words` and is not used any more.
    pub(crate) unsafe fn free(&mut self, p: *mut AtomicU64, words: usize) {
        let (list, _) = Self::size(words);
        let p: *mut u64 = p.cast();
        // SAFETY: the block is ours again.
        unsafe { *p = self.free[list] as u64 };
        self.free[list] = p;
    }
}

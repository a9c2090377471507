//! Room for the bitmaps of spans with more than 64 objects, recycled by size.
//!
//! What the bits mean is `span`'s business.

use crate::loom::AtomicU64;
use crate::os::PageSource;
use crate::persistent::Persistent;
use crate::size_class::MAX_OBJECTS;
use crate::span::Span;
use crate::stats::Counter;
use core::ptr::null_mut;

const SIZES: usize = (MAX_OBJECTS / 64).trailing_zeros() as usize + 1;

/// Free lists of bitmap pairs, for 1, 2, 4, ... words per bitmap.
pub(crate) struct BitsPool {
    free: [*mut u64; SIZES],
}

// SAFETY: free blocks belong to the pool alone.
unsafe impl Send for BitsPool {}

impl BitsPool {
    pub(crate) const fn new() -> Self {
        BitsPool { free: [null_mut(); SIZES] }
    }

    fn size(nelems: usize) -> (usize, usize) {
        let words = Span::bitmap_words(nelems).next_power_of_two();
        (words.trailing_zeros() as usize, words * 2)
    }

    /// Two zeroed bitmaps for `nelems` objects, one behind the other. Null when out of memory.
    pub(crate) fn alloc<S: PageSource>(
        &mut self,
        nelems: usize,
        persistent: &Persistent,
        source: &S,
        sys: &Counter,
    ) -> *mut AtomicU64 {
        let (list, words) = Self::size(nelems);
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
    /// `p` came from `alloc` with the same `nelems` and is not used any more.
    pub(crate) unsafe fn free(&mut self, p: *mut AtomicU64, nelems: usize) {
        let (list, _) = Self::size(nelems);
        let p: *mut u64 = p.cast();
        // SAFETY: the block is ours again.
        unsafe { *p = self.free[list] as u64 };
        self.free[list] = p;
    }
}

//! Where the pool gets memory from: the seam `Pages`, and its answer for a process of its own, `MmapPages`.

use goxide_sys::mem;

/// The unit in which the pool asks for memory.
pub const PAGE: usize = 8192;

/// Three words that the owner of the memory keeps beside each run of pages, for the pool to use as it likes.
#[repr(C)]
#[derive(Debug)]
pub struct SpanSlot {
    pub(crate) next: *mut SpanSlot,
    pub(crate) prev: *mut SpanSlot,
    pub(crate) state: usize,
}

const _: () = assert!(size_of::<SpanSlot>() == 24);

/// Memory for stacks, in runs of pages.
///
/// Called by the pool under one of its locks, on any thread: so it must not call back into the pool. It may take
/// locks of its own and enter the kernel.
///
/// # Safety
/// - `alloc_pages` gives memory that nothing else uses until `free_pages`, page aligned, below 2^48.
/// - `slot` gives the same words for every address in a run, other words for other runs, aligned, and not used by anything
///   else while the run is allocated.
pub unsafe trait Pages {
    /// `npages` pages in a row, their content undefined; null if there are none.
    fn alloc_pages(&self, npages: usize) -> *mut u8;

    /// Takes a run back.
    ///
    /// # Safety
    /// `ptr` is a whole run of `npages` from `alloc_pages` that is not used any more.
    unsafe fn free_pages(&self, ptr: *mut u8, npages: usize);

    /// The words beside the run that `ptr` points into. Their content may be anything when the run is new.
    ///
    /// # Safety
    /// `ptr` points into a run that is allocated; into its first [`SMALL_PAGES`] pages.
    unsafe fn slot(&self, ptr: *mut u8) -> *mut SpanSlot;
}

/// Pages in a run that small stacks are cut from.
pub const SMALL_PAGES: usize = 4;

/// Size of a run that small stacks are cut from.
pub(crate) const SPAN: usize = SMALL_PAGES * PAGE;

/// Bytes before a run in which the words are.
const WORDS: usize = 64;

/// Runs of pages straight from the kernel, each with the words in a page before it.
#[derive(Clone, Copy, Debug, Default)]
pub struct MmapPages;

// SAFETY: each run is a mapping of its own. It begins at a multiple of `SPAN`, so an address in its first `SPAN` bytes
// leads to its beginning, and the words are just before that, in a page that belongs to the same mapping.
unsafe impl Pages for MmapPages {
    fn alloc_pages(&self, npages: usize) -> *mut u8 {
        let size = npages * PAGE;
        let start = mem::reserve(SPAN + size, SPAN);
        if start.is_null() {
            return start;
        }
        // The words are in the system's page before the run, or, where that is larger than `SPAN`, in the one that both share.
        let unused = (SPAN - WORDS) & !(mem::page_size() - 1);
        // SAFETY: the mapping is ours and `SPAN + size` long; its first `unused` bytes stay address space.
        unsafe {
            if !mem::map(start.add(unused), SPAN - unused + size) {
                mem::unmap(start, SPAN + size);
                return core::ptr::null_mut();
            }
            start.add(SPAN)
        }
    }

    unsafe fn free_pages(&self, ptr: *mut u8, npages: usize) {
        // SAFETY: the run came from `alloc_pages` with this length, so that its mapping begins `SPAN` before it and is of
        // that size, and it is not used any more (the trait's contract).
        unsafe { mem::unmap(ptr.sub(SPAN), SPAN + npages * PAGE) }
    }

    unsafe fn slot(&self, ptr: *mut u8) -> *mut SpanSlot {
        // SAFETY: stays in the page before the run.
        unsafe { ptr.map_addr(|a| a & !(SPAN - 1)).sub(WORDS).cast() }
    }
}

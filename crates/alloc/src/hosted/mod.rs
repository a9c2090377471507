//! The allocator as a Rust program's: one heap for the process, a cache per thread.
//!
//! Freed objects go to a short list per class in the freeing thread, linked through the objects themselves, and are
//! allocated from there again; only what is too much for the list goes back to its span. That, and what it takes to count it,
//! is all that this module adds to `cache` and `heap`: it has no share in the freestanding build.
//!
//! Here is [`GoxideAlloc`]. What a thread has is in `local`, which layout is served by what in `front`, the handle to a thread's cache in
//! `thread`, what is counted in `stats`, the trait of another crate in `api2`.

#[cfg(feature = "allocator-api2")]
mod api2;
mod front;
mod local;
mod stats;
mod thread;

use crate::heap::Heap;
use crate::os::OsPages;
use core::alloc::{GlobalAlloc, Layout};
use front::Front;
use local::{HEAP, Local};

pub use local::KEEP_BYTES;
pub use stats::{AllocStats, ClassStats, ThreadStats};
pub use thread::ThreadAlloc;

/// A `GlobalAlloc` over this crate's heap. All values are the same allocator.
///
/// ```
/// #[global_allocator]
/// static ALLOC: goxide_alloc::GoxideAlloc = goxide_alloc::GoxideAlloc;
///
/// let v: Vec<u64> = (0..1000).collect();
/// assert_eq!(v.iter().sum::<u64>(), 499_500);
/// ```
#[derive(Clone, Copy, Default, Debug)]
pub struct GoxideAlloc;

impl GoxideAlloc {
    /// The heap that all of them share, for its statistics and to give memory back. Its [`snapshot`](Heap::snapshot) counts what
    /// goes from spans to threads and back (of running threads: only once they end), not what threads recycle themselves;
    /// [`stats`](Self::stats) counts objects as their users do.
    ///
    /// What only a collector may do to a heap, safe code cannot do to this one:
    ///
    /// ```compile_fail,E0133
    /// #![forbid(unsafe_code)]
    /// use goxide_alloc::GoxideAlloc;
    ///
    /// // Nothing is marked, so everything would be freed.
    /// GoxideAlloc::heap().begin_sweep();
    /// ```
    pub fn heap() -> &'static Heap<OsPages> {
        local::begin();
        &HEAP
    }

    /// What is allocated now, by class, and how much memory that takes: what [`AllocStats`] says.
    ///
    /// Exact when no other thread allocates, frees or ends meanwhile, and the caller has synchronised with what they did before (by
    /// joining them, say). Beside threads that do, it is made of what each thread had of each class at some moment of the call, as far as the
    /// calling processor has seen that, and not at the same moment for all: objects that one thread allocates and another frees may be
    /// seen with one of them only. Nothing is below 0, and no error stays: the next call counts from the beginning.
    ///
    /// Costs a few loads for each size class and each thread that there ever was at once: 0.2 us per thread. It takes a lock that
    /// threads take as they begin and end, and the heap's for an instant; threads that allocate from what they have are not held up.
    ///
    /// ```
    /// use goxide_alloc::GoxideAlloc;
    /// use std::alloc::{GlobalAlloc, Layout};
    ///
    /// let layout = Layout::new::<[u64; 6]>();
    /// let before = GoxideAlloc::stats();
    /// // SAFETY: a layout of a positive size.
    /// let p = unsafe { GoxideAlloc.alloc(layout) };
    /// let now = GoxideAlloc::stats();
    /// assert_eq!((now.live_objects, now.live_bytes), (before.live_objects + 1, before.live_bytes + 48));
    /// // SAFETY: allocated above with this layout.
    /// unsafe { GoxideAlloc.dealloc(p, layout) };
    /// assert_eq!(GoxideAlloc::stats().live_objects, before.live_objects);
    /// ```
    pub fn stats() -> AllocStats {
        stats::read()
    }

    /// The calling thread's cache, to be used without looking it up each time. None if the thread cannot have one: its thread-local
    /// values have been destroyed, or there is no memory.
    ///
    /// Costs a look-up of a thread-local value.
    pub fn this_thread() -> Option<ThreadAlloc> {
        ThreadAlloc::new()
    }

    /// Gives up to `bytes` of memory back to the system, once it is known to be free: first what the calling thread keeps
    /// for later goes back to the heap, which then does as [`Heap::release_unused`] says. Returns how many bytes the system
    /// got. What other threads keep stays theirs: up to [`KEEP_BYTES`] of each size, and the spans of their caches.
    pub fn release_unused(bytes: usize) -> usize {
        // SAFETY: null, or this thread's, which lives as long as the thread.
        if let Some(local) = unsafe { Local::if_any().as_ref() } {
            local.give_back_all();
        }
        HEAP.release_unused(bytes)
    }
}

impl Front for GoxideAlloc {
    #[inline(always)]
    fn local(&self) -> *const Local {
        Local::of_thread()
    }

    #[inline(always)]
    fn if_any(&self) -> *const Local {
        Local::if_any()
    }
}

/// `GlobalAlloc` for a front end: what is allocated by one can be freed by another, on any thread.
macro_rules! global_alloc {
    ($front:ty) => {
        // SAFETY: objects are disjoint, sized and aligned as asked, and stay until they are deallocated. Nothing here unwinds.
        unsafe impl GlobalAlloc for $front {
            #[inline]
            unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
                front::alloc(self, layout, false)
            }

            #[inline]
            unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
                front::alloc(self, layout, true)
            }

            #[inline]
            unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
                // SAFETY: allocated with this layout, not used any more (`dealloc`'s contract).
                unsafe { front::dealloc(self, ptr, layout) }
            }

            #[inline]
            unsafe fn realloc(&self, ptr: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
                // SAFETY: `new_size` does not overflow with this alignment, and `ptr` is an object of `layout` that is not used any more
                // if another is returned (`realloc`'s contract).
                unsafe { front::realloc(self, ptr, layout, Layout::from_size_align_unchecked(new_size, layout.align())) }
            }
        }
    };
}

global_alloc!(GoxideAlloc);
global_alloc!(ThreadAlloc);

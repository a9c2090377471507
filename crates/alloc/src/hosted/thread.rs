//! The handle to a thread's own cache.

use super::front::Front;
use super::local::Local;
use super::stats::ThreadStats;
use core::ptr::NonNull;

/// The calling thread's cache: allocates and frees as [`GoxideAlloc`](crate::GoxideAlloc) does, without looking up which thread it is on.
/// [`GoxideAlloc::this_thread`](crate::GoxideAlloc::this_thread) gives it.
///
/// It is a `GlobalAlloc`, and with the feature `allocator-api2` an `Allocator`, so that a collection can have it. It stays on its thread
/// (it is neither `Send` nor `Sync`); what it allocated does not have to: any handle and [`GoxideAlloc`](crate::GoxideAlloc) itself may free it, on any
/// thread.
///
/// # When the thread ends
///
/// What the thread keeps for later goes back to the heap, and its cache waits for another thread. So a thread that has ended costs nothing, and
/// there are as many caches as there were threads at once. Objects stay until they are freed. A handle in a thread-local value works
/// to its end: while one is left, the thread keeps its cache. One that is leaked (`mem::forget`) keeps it for good: 12 KiB, the spans
/// that it holds, and up to [`KEEP_BYTES`](super::KEEP_BYTES) of each size.
///
/// ```
/// use goxide_alloc::GoxideAlloc;
/// use std::alloc::{GlobalAlloc, Layout};
///
/// let mine = GoxideAlloc::this_thread().expect("a thread that is not being torn down");
/// let layout = Layout::new::<[u64; 6]>();
/// // SAFETY: a layout of a positive size; freed once, with the same.
/// unsafe {
///     let p = mine.alloc(layout);
///     mine.dealloc(p, layout);
/// }
/// assert!(mine.stats().kept_objects >= 1);
/// mine.flush();
/// assert_eq!(mine.stats().kept_objects, 0);
/// ```
///
/// ```compile_fail,E0277
/// let mine = goxide_alloc::GoxideAlloc::this_thread();
/// std::thread::spawn(move || drop(mine));
/// ```
pub struct ThreadAlloc {
    /// The thread's, which stays the thread's while this exists. (A pointer, so that this is neither `Send` nor `Sync`.)
    local: NonNull<Local>,
}

impl ThreadAlloc {
    pub(super) fn new() -> Option<ThreadAlloc> {
        let local = NonNull::new(Local::of_thread().cast_mut())?;
        // SAFETY: this thread's.
        unsafe { local.as_ref() }.hold();
        Some(ThreadAlloc { local })
    }

    #[inline(always)]
    fn of(&self) -> &Local {
        // SAFETY: a `Local` is never unmapped, and is this thread's while a handle exists, which cannot leave the thread.
        unsafe { self.local.as_ref() }
    }

    /// Gives back what the thread keeps for later: freed objects go to their spans, and the spans of its cache to the heap, where
    /// other threads find them. The memory stays the process's: [`GoxideAlloc::release_unused`](crate::GoxideAlloc::release_unused) gives it to the system.
    ///
    /// Costs some nanoseconds for each object that was kept, and microseconds for the spans. The next allocation of each class takes a
    /// span from the heap.
    pub fn flush(&self) {
        self.of().give_back_all();
    }

    /// What the thread keeps for later. Exact. Costs a few nanoseconds for each size class and each 64 objects of a span that its cache
    /// holds: 1 us.
    #[must_use]
    pub fn stats(&self) -> ThreadStats {
        ThreadStats::of(self.of())
    }
}

impl Clone for ThreadAlloc {
    fn clone(&self) -> Self {
        self.of().hold();
        ThreadAlloc { local: self.local }
    }
}

impl Drop for ThreadAlloc {
    fn drop(&mut self) {
        self.of().let_go();
    }
}

impl core::fmt::Debug for ThreadAlloc {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("ThreadAlloc").finish_non_exhaustive()
    }
}

impl Front for ThreadAlloc {
    #[inline(always)]
    fn local(&self) -> *const Local {
        self.local.as_ptr()
    }

    #[inline(always)]
    fn if_any(&self) -> *const Local {
        self.local.as_ptr()
    }
}

//! The allocator as a Rust program's: one heap for the process, a cache per thread.
//!
//! Freed objects go to a short list per class in the freeing thread, linked through the objects themselves, and are
//! allocated from there again; only what is too much for the list goes back to its span. That, and what it takes to count it,
//! is all that this module adds to `cache` and `heap`: it has no share in the freestanding build.
//!
//! Here are [`GoxideAlloc`] and what serves which layout. What a thread has is in `local`, the handle to it in `thread`, what
//! is counted in `stats`, the traits of other crates in `api2`.

#[cfg(feature = "allocator-api2")]
mod api2;
mod local;
mod stats;
mod thread;

use crate::counter::CacheStats;
use crate::heap::Heap;
use crate::layout::Layout;
use crate::os::OsPages;
use crate::size_class::{MAX_SMALL, PAGE, class_of, round_up};
use core::alloc::{GlobalAlloc, Layout as Wanted};
use core::ptr::null_mut;
use local::Local;

pub use local::KEEP_BYTES;
pub use stats::{AllocStats, ClassStats, ThreadStats};
pub use thread::ThreadAlloc;

/// The heap behind every [`GoxideAlloc`].
static HEAP: Heap<OsPages> = Heap::new(OsPages);

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
    /// joining them, say). Beside threads that do, it is made of what each thread had of each class at some moment of the call, not the
    /// same for all; objects that one thread allocates and another frees may be seen with one of them only. Nothing is below 0, and nothing of
    /// that stays: the next call counts from the beginning.
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

/// What serves a layout. Two layouts with the same room can be served by the same object, if it is aligned for both.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Room {
    /// The size class; 0: a span of its own.
    class: u8,
    /// Bytes of the object, all of them its user's.
    bytes: usize,
}

impl Room {
    /// What serves a layout. For a layout of the same alignment and any size from this one's to the room's it is the same.
    #[inline(always)]
    fn of(layout: Wanted) -> Room {
        match padded(layout.size(), layout.align()) {
            Some(size) if size <= MAX_SMALL => Room { class: class_of(size), bytes: round_up(size) },
            Some(size) => Room { class: 0, bytes: round_up(size) },
            // A layout's size is at most isize::MAX, so the sum does not overflow.
            None => Room { class: 0, bytes: layout.size().max(1).next_multiple_of(PAGE) },
        }
    }
}

/// The size to ask for so that `size` bytes at `align` come out: objects of a class lie at multiples of its size from a page's start,
/// large ones at a page's start. None for alignments above a page.
#[inline(always)]
fn padded(size: usize, align: usize) -> Option<usize> {
    if align <= 8 {
        return Some(size);
    }
    if align == 16 && size > 8 && size <= 1024 {
        // Classes from 16 on are multiples of 16, except 24 bytes.
        return Some(if size > 16 && size <= 24 { 32 } else { size });
    }
    if align <= 128 && size > 1024 {
        // Classes above 1024 bytes are multiples of 128.
        return Some(size);
    }
    if size.max(align) <= MAX_SMALL && align <= PAGE {
        return Some(size.max(align).next_power_of_two());
    }
    if align <= PAGE {
        return Some(size.max(MAX_SMALL + 1));
    }
    None
}

/// What the front ends are over: a way to the calling thread's [`Local`].
trait Front {
    /// The thread's `Local`, made if there is none; null if there cannot be one (any more). Valid while the thread uses no other
    /// function of this module.
    fn local(&self) -> *const Local;

    /// The thread's `Local` if it has one, else null. Valid as that.
    fn if_any(&self) -> *const Local;
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

/// A new object for a layout. Null when out of memory.
#[inline(always)]
fn alloc(front: &impl Front, layout: Wanted, zero: bool) -> *mut u8 {
    match padded(layout.size(), layout.align()) {
        Some(size) if size <= MAX_SMALL => {
            let class = class_of(size);
            // SAFETY: null, or this thread's, which stays as it is meanwhile.
            match unsafe { front.local().as_ref() } {
                Some(local) => local.alloc(class, size, zero),
                None => local::alloc_without(class, size, zero),
            }
        }
        Some(size) => alloc_large(size, PAGE, zero),
        None => alloc_large(layout.size(), layout.align(), zero),
    }
}

/// Objects that have a span to themselves, since they are large or aligned to more than a page.
#[cold]
#[inline(never)]
fn alloc_large(size: usize, align: usize, zero: bool) -> *mut u8 {
    local::begin();
    let mut one = CacheStats::ZERO;
    let Ok(p) = HEAP.alloc_large(&mut one, size, align, &Layout::NOSCAN, zero) else { return null_mut() };
    HEAP.absorb_large(&mut one);
    p
}

/// Frees an object.
///
/// # Safety
/// `ptr` came from [`alloc`] for a layout of the same alignment and room, of whichever front, was not freed, and is not used any more.
#[inline(always)]
unsafe fn dealloc(front: &impl Front, ptr: *mut u8, layout: Wanted) {
    if let Some(size) = padded(layout.size(), layout.align())
        && size <= MAX_SMALL
    {
        let class = class_of(size);
        // SAFETY: the `Local` is null, or this thread's, which stays as it is meanwhile. The object is of this class, was not freed, and is
        // not used any more (this function's contract).
        unsafe {
            match front.if_any().as_ref() {
                Some(local) => local.dealloc(ptr, class),
                None => local::dealloc_without(ptr, class),
            }
        }
        return;
    }
    // SAFETY: an object of this heap with a span to itself, not used any more.
    unsafe { HEAP.free(ptr) };
}

/// Moves an object into another layout's room, or leaves it where it is if it fits there. Null, and nothing is changed, when out of memory.
///
/// # Safety
/// As for [`dealloc`], if the result is not null.
#[inline(always)]
unsafe fn realloc(front: &impl Front, ptr: *mut u8, old: Wanted, new: Wanted) -> *mut u8 {
    if Room::of(old) == Room::of(new) && (ptr as usize).is_multiple_of(new.align()) {
        return ptr;
    }
    let to = alloc(front, new, false);
    if !to.is_null() {
        // SAFETY: `ptr` is an object of `old` (this function's contract) and `to` one of `new`, a new one, so that they do not overlap. The
        // old one is freed once, with its layout.
        unsafe {
            core::ptr::copy_nonoverlapping(ptr, to, old.size().min(new.size()));
            dealloc(front, ptr, old);
        }
    }
    to
}

/// `GlobalAlloc` for a front end: what is allocated by one can be freed by another, on any thread.
macro_rules! global_alloc {
    ($front:ty) => {
        // SAFETY: objects are disjoint, sized and aligned as asked, and stay until they are deallocated. Nothing here unwinds.
        unsafe impl GlobalAlloc for $front {
            #[inline]
            unsafe fn alloc(&self, layout: Wanted) -> *mut u8 {
                alloc(self, layout, false)
            }

            #[inline]
            unsafe fn alloc_zeroed(&self, layout: Wanted) -> *mut u8 {
                alloc(self, layout, true)
            }

            #[inline]
            unsafe fn dealloc(&self, ptr: *mut u8, layout: Wanted) {
                // SAFETY: allocated with this layout, not used any more (`dealloc`'s contract).
                unsafe { dealloc(self, ptr, layout) }
            }

            #[inline]
            unsafe fn realloc(&self, ptr: *mut u8, layout: Wanted, new_size: usize) -> *mut u8 {
                // SAFETY: `new_size` does not overflow with this alignment, and `ptr` is an object of `layout` that is not used any more
                // if another is returned (`realloc`'s contract).
                unsafe { realloc(self, ptr, layout, Wanted::from_size_align_unchecked(new_size, layout.align())) }
            }
        }
    };
}

global_alloc!(GoxideAlloc);
global_alloc!(ThreadAlloc);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::size_class::SIZES;

    /// What is returned as a block may be freed with any size up to the block's, so all of these must have the same room.
    #[test]
    fn a_room_is_that_of_all_sizes_up_to_it() {
        for align in (0..17).map(|s| 1usize << s) {
            let room = |size| Room::of(Wanted::from_size_align(size, align).unwrap());
            for size in 1..70_000 {
                let r = room(size);
                assert!(r.bytes >= size, "size {size} align {align}: {r:?}");
                assert!(size + 1 > r.bytes || room(size + 1) == r, "size {size} align {align}: {r:?}");
                match r.class {
                    0 => assert!(r.bytes.is_multiple_of(PAGE)),
                    c => assert!(r.bytes == SIZES[c as usize] as usize && r.bytes.is_multiple_of(align), "{size} {align}"),
                }
            }
        }
        let most = Wanted::from_size_align(isize::MAX as usize & !(1 << 20), 1 << 20).unwrap();
        assert_eq!(Room::of(most), Room { class: 0, bytes: most.size().next_multiple_of(PAGE) });
    }
}

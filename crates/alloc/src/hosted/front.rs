//! What all front ends do: what serves which layout, and how an object comes from the calling thread's [`Local`], or from the heap if it has a
//! span to itself.

use super::local::{self, HEAP, Local};
use crate::counter::CacheStats;
use crate::layout::Layout;
use crate::size_class::{MAX_SMALL, PAGE, class_of, round_up};
use core::alloc::Layout as Wanted;
use core::ptr::null_mut;

/// What serves a layout. Two layouts with the same room can be served by the same object, if it is aligned for both.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Room {
    /// The size class; 0: a span of its own.
    class: u8,
    /// Bytes of the object, all of them its user's.
    pub(super) bytes: usize,
}

impl Room {
    /// What serves a layout. For a layout of the same alignment and any size from this one's to the room's it is the same.
    #[inline(always)]
    pub(super) fn of(layout: Wanted) -> Room {
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
pub(super) trait Front {
    /// The thread's `Local`, made if there is none; null if there cannot be one (any more). Valid while the thread uses no other
    /// function of this module.
    fn local(&self) -> *const Local;

    /// The thread's `Local` if it has one, else null. Valid as that.
    fn if_any(&self) -> *const Local;
}

/// A new object for a layout. Null when out of memory.
#[inline(always)]
pub(super) fn alloc(front: &impl Front, layout: Wanted, zero: bool) -> *mut u8 {
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
pub(super) unsafe fn dealloc(front: &impl Front, ptr: *mut u8, layout: Wanted) {
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
pub(super) unsafe fn realloc(front: &impl Front, ptr: *mut u8, old: Wanted, new: Wanted) -> *mut u8 {
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

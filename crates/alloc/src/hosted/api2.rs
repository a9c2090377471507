//! The trait of crate `allocator-api2`, which collections ask for: for [`GoxideAlloc`] and for a thread's handle.
//!
//! A block is all that the size class has, and belongs to its user; so a block grows and shrinks in place within its class, or, above
//! 32 KiB, within its pages.

use super::front::{self, Front, Room};
use super::{GoxideAlloc, ThreadAlloc};
use allocator_api2::alloc::{AllocError, Allocator};
use core::alloc::Layout;
use core::ptr::NonNull;

/// No bytes at all: aligned, and nothing behind it.
fn nothing(layout: Layout) -> NonNull<[u8]> {
    let at = core::ptr::without_provenance_mut::<u8>(layout.align());
    // SAFETY: an alignment is not 0.
    NonNull::slice_from_raw_parts(unsafe { NonNull::new_unchecked(at) }, 0)
}

/// As the trait's `allocate` and `allocate_zeroed`.
#[inline(always)]
fn allocate(to: &impl Front, layout: Layout, zero: bool) -> Result<NonNull<[u8]>, AllocError> {
    if layout.size() == 0 {
        return Ok(nothing(layout));
    }
    let bytes = Room::of(layout).bytes;
    // All of the block is to be zero. Its room is the same for the larger size.
    let wanted = if zero { Layout::from_size_align(bytes, layout.align()).map_err(|_| AllocError)? } else { layout };
    let p = NonNull::new(front::alloc(to, wanted, zero)).ok_or(AllocError)?;
    Ok(NonNull::slice_from_raw_parts(p, bytes))
}

/// # Safety
/// As for the trait's `deallocate`.
#[inline(always)]
unsafe fn deallocate(to: &impl Front, ptr: NonNull<u8>, layout: Layout) {
    if layout.size() != 0 {
        // SAFETY: a block of this heap that is not used any more. `layout` fits it, so its size is between that which was asked for
        // and the room's, and its room is the same.
        unsafe { front::dealloc(to, ptr.as_ptr(), layout) };
    }
}

/// As the trait's `grow`, `grow_zeroed` and `shrink`, which differ in which size is the larger.
///
/// # Safety
/// As for these.
#[inline(always)]
unsafe fn resize(
    to: &impl Front,
    ptr: NonNull<u8>,
    old: Layout,
    new: Layout,
    zero: bool,
) -> Result<NonNull<[u8]>, AllocError> {
    if old.size() == 0 {
        return allocate(to, new, zero);
    }
    if new.size() == 0 {
        // SAFETY: a block that is not used any more.
        unsafe { deallocate(to, ptr, old) };
        return Ok(nothing(new));
    }
    let bytes = Room::of(new).bytes;
    // Of a new block, only what lies behind the copy is to be cleared, which memory that is fresh does not need: that is known
    // where it is allocated.
    let in_place = Room::of(old) == Room::of(new) && ptr.as_ptr().addr().is_multiple_of(new.align());
    if zero && !in_place {
        let block = allocate(to, new, true)?;
        // SAFETY: both blocks have `old.size()` bytes, since the new one is larger; they do not overlap. The old one is freed once.
        unsafe {
            core::ptr::copy_nonoverlapping(ptr.as_ptr(), block.as_ptr().cast(), old.size());
            deallocate(to, ptr, old);
        }
        return Ok(block);
    }
    // SAFETY: a block of this heap, whose room is that of `old`, which fits it; it is not used any more if another is returned.
    let p = unsafe { front::realloc(to, ptr.as_ptr(), old, new) };
    let p = NonNull::new(p).ok_or(AllocError)?;
    if zero {
        // SAFETY: the block has `bytes` bytes, of which the first `old.size()` are its user's.
        unsafe { goxide_sys::mem::clear(p.as_ptr().add(old.size()), bytes - old.size()) };
    }
    Ok(NonNull::slice_from_raw_parts(p, bytes))
}

macro_rules! allocator {
    ($front:ty) => {
        // SAFETY: a block stays where it is until it is deallocated, whatever becomes of the value it came from: it is the heap's, which is
        // static. All values, clones and copies, are the same allocator. A block has the bytes of its room, and every layout that fits it has
        // the same room.
        unsafe impl Allocator for $front {
            #[inline]
            fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
                allocate(self, layout, false)
            }

            #[inline]
            fn allocate_zeroed(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
                allocate(self, layout, true)
            }

            #[inline]
            unsafe fn deallocate(&self, ptr: NonNull<u8>, layout: Layout) {
                // SAFETY: as this function's contract says.
                unsafe { deallocate(self, ptr, layout) }
            }

            #[inline]
            unsafe fn grow(&self, ptr: NonNull<u8>, old: Layout, new: Layout) -> Result<NonNull<[u8]>, AllocError> {
                // SAFETY: as this function's contract says.
                unsafe { resize(self, ptr, old, new, false) }
            }

            #[inline]
            unsafe fn grow_zeroed(&self, ptr: NonNull<u8>, old: Layout, new: Layout) -> Result<NonNull<[u8]>, AllocError> {
                // SAFETY: as this function's contract says.
                unsafe { resize(self, ptr, old, new, true) }
            }

            #[inline]
            unsafe fn shrink(&self, ptr: NonNull<u8>, old: Layout, new: Layout) -> Result<NonNull<[u8]>, AllocError> {
                // SAFETY: as this function's contract says.
                unsafe { resize(self, ptr, old, new, false) }
            }
        }
    };
}

allocator!(GoxideAlloc);
allocator!(ThreadAlloc);

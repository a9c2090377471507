//! Allocating Go values: layouts from type descriptors, the way past the cache, and the seam that the code below is given.

use crate::gc::charge;
use crate::links::links;
use crate::refusal::refused;
use crate::state::{RT, pext};
use crate::touch::Region;
use crate::{barrier, profile};
use goxide_alloc::{Layout, Slow};
use goxide_gotypes::mem::{Access, Mem};
use goxide_gotypes::types::{Type, kind, layout};

/// The pointer layout of a row of values of a type; null is memory without pointers.
///
/// # Safety
/// `ty` is null or a descriptor.
#[inline(always)]
pub unsafe fn layout_of(ty: *const Type) -> Layout {
    // SAFETY: checked for null, else a descriptor. The mask is read for small objects only, and types with a program
    // instead of a mask are far larger than those.
    unsafe {
        if ty.is_null() || (*ty).ptr_bytes == 0 {
            return Layout::NOSCAN;
        }
        Layout { opaque: ty as usize, elem_size: (*ty).size, ptr_bytes: (*ty).ptr_bytes, mask: (*ty).gc_data }
    }
}

/// The allocation of `size` bytes from the cache alone, or null. For leaves.
///
/// # Safety
/// As for [`allocate`].
#[inline(always)]
pub unsafe fn quick(size: usize, ty: *const Type, zero: bool) -> *mut u8 {
    if size == 0 {
        return links().zero_base;
    }
    // SAFETY: entries hold a processor; the layout is the descriptor's.
    unsafe { pext().cache.alloc_fast(size, &layout_of(ty), zero) }
}

/// Memory for a Go value, on any stack that has room for the slow path.
///
/// # Safety
/// `ty` is null or a descriptor; the thread holds a processor.
pub unsafe fn allocate(size: usize, ty: *const Type, zero: bool) -> *mut u8 {
    // SAFETY: `ty` is null or a descriptor; the thread holds a processor (this function's contract).
    unsafe { allocate_here(size, ty, zero) }
}

/// [`allocate`], in its caller's place: for entries that do little else.
///
/// # Safety
/// As for [`allocate`].
#[inline(always)]
pub unsafe fn allocate_here(size: usize, ty: *const Type, zero: bool) -> *mut u8 {
    // SAFETY: `ty` is null or a descriptor; the thread holds a processor (this function's contract).
    let at = unsafe { quick(size, ty, zero) };
    if at.is_null() {
        // SAFETY: `ty` is null or a descriptor; the thread holds a processor (this function's contract); nothing of size 0
        // comes here.
        return unsafe { allocate_slow(size, ty, zero) };
    }
    at
}

/// [`allocate`] for the system half of an entry: its leaf has asked the cache, unless the goroutine was to yield, so this goes the slow
/// way, which any allocation may go.
///
/// # Safety
/// As for [`allocate`].
#[inline]
pub unsafe fn allocate_after_leaf(size: usize, ty: *const Type, zero: bool) -> *mut u8 {
    if size == 0 {
        return links().zero_base;
    }
    // SAFETY: `ty` is null or a descriptor; the thread holds a processor (this function's contract); the size is not 0.
    unsafe { allocate_slow(size, ty, zero) }
}

/// The cache gives nothing by itself: it takes a span, or a large object is made, and what collection asks of who allocates is done.
///
/// # Safety
/// As for [`allocate`]; the size is not 0.
#[cold]
#[inline(never)]
unsafe fn allocate_slow(size: usize, ty: *const Type, zero: bool) -> *mut u8 {
    if size > goxide_alloc::size_class::MAX_SMALL {
        charge::sweep_for(size.div_ceil(goxide_alloc::size_class::PAGE));
    }
    // SAFETY: the layout is the descriptor's.
    unsafe {
        let (object, took) = allocate_with(size, &layout_of(ty), zero);
        if took != 0 {
            charge::took(took);
        }
        object
    }
}

/// An object, which the profile hears of if it is a sample, and the bytes that the cache took for it.
///
/// # Safety
/// In an entry on g0, with a processor. The layout is right for the size: see [`goxide_alloc::Cache::alloc_fast`].
unsafe fn allocate_with(size: usize, layout: &Layout, zero: bool) -> (*mut u8, usize) {
    // SAFETY: the layout is right (this function's contract); the cache is this processor's and always used with the one heap.
    let Slow { object, took, sample } = match unsafe { pext().cache.alloc_slow(&RT.heap, size, layout, zero) } {
        Ok(slow) => slow,
        Err(why) => refused(why),
    };
    // SAFETY: in an entry on g0, with a processor; the object is new.
    unsafe {
        if sample != 0 {
            profile::sampled(object, sample);
        }
    }
    (object, took)
}

/// What is longer than this is cleared and copied in pieces: see `bulk`.
pub const LONG: usize = 256 << 10;

/// The layout of an object that is not clear yet: no pointers.
pub static UNCLEARED: Type = layout::block(8, 0, kind::UINTPTR, &[]);

/// Memory for a large Go value, which is not cleared and, to the collector, has no pointers: see `bulk`. It was paid for in advance.
///
/// # Safety
/// As for [`allocate`], on g0; `size` is more than [`LONG`].
pub unsafe fn allocate_uncleared(size: usize, ty: *const Type) -> *mut u8 {
    const _: () = assert!(LONG >= goxide_alloc::size_class::MAX_SMALL);
    let ty = if ty.is_null() { ty } else { &raw const UNCLEARED };
    let layout = Layout { opaque: ty as usize, elem_size: 8, ptr_bytes: 0, mask: core::ptr::null() };
    // SAFETY: the layout is that descriptor's; no mask is read for objects of this size.
    unsafe {
        let (object, took) = allocate_with(size, &layout, false);
        charge::after_advance(took);
        object
    }
}

/// Go's memory, for the pure half of this crate.
#[derive(Clone, Copy)]
pub struct GoMem;

// SAFETY: the heap's blocks are valid, aligned as asked, and the caller's alone.
unsafe impl Mem for GoMem {
    #[inline]
    unsafe fn alloc(&self, size: usize, ty: *const Type, zero: bool) -> *mut u8 {
        // SAFETY: `ty` is null or a descriptor (the method's contract); entries hold a processor.
        unsafe { allocate_here(size, ty, zero) }
    }

    #[inline]
    fn round_up(&self, size: usize) -> usize {
        goxide_alloc::size_class::round_up(size)
    }

    #[inline(always)]
    fn write_barrier_on(&self) -> bool {
        barrier::is_on()
    }

    unsafe fn barrier_ptr(&self, slot: *mut usize, new: usize) {
        // SAFETY: `slot` is readable (the method's contract); entries hold a processor.
        unsafe { barrier::record(slot, new) }
    }

    unsafe fn barrier_bulk(&self, dst: usize, src: usize, size: usize) {
        // SAFETY: both ranges are readable (the method's contract); entries hold a processor.
        unsafe { barrier::record_bulk(dst, src, size) }
    }

    #[inline(always)]
    fn touch<R>(&self, f: impl FnOnce(Access<'_>) -> R) -> R {
        let region = Region::enter();
        // SAFETY: a fault from here to the region's end is the goroutine's, by the mark that the region sets.
        let r = f(unsafe { Access::new() });
        region.leave();
        r
    }

    fn zero_base(&self) -> *mut u8 {
        links().zero_base
    }

    fn small_values(&self) -> *const u64 {
        links().static_values
    }

    fn zero_value(&self) -> *const u8 {
        links().zero_val
    }
}

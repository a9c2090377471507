//! Go's answers about memory: layouts from type descriptors, pages for stacks, never-freed memory.

use super::{RT, fatal, pext};
use crate::links::links;
use crate::mem::{Access, Mem, Persistent};
use crate::types::Type;
use goxide_alloc::{Layout, Refusal};
use goxide_stack::Pages;

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

/// Memory for a Go value, on any stack that has room for the slow path.
///
/// # Safety
/// `ty` is null or a descriptor; the thread holds a processor.
pub unsafe fn allocate(size: usize, ty: *const Type, zero: bool) -> *mut u8 {
    // SAFETY: passed on.
    unsafe { allocate_here(size, ty, zero) }
}

/// [`allocate`], in its caller's place: for entries that do little else.
///
/// # Safety
/// As for [`allocate`].
#[inline(always)]
pub unsafe fn allocate_here(size: usize, ty: *const Type, zero: bool) -> *mut u8 {
    if size == 0 {
        return links().zero_base;
    }
    // SAFETY: the layout is the descriptor's; the cache is this processor's.
    let at = unsafe { pext().cache.alloc_fast(size, &layout_of(ty), zero) };
    if at.is_null() {
        // SAFETY: passed on.
        return unsafe { allocate_slow(size, ty, zero) };
    }
    at
}

/// The cache has nothing left: takes a span, or makes a large object, and does what collection asks of who allocates.
#[cold]
#[inline(never)]
unsafe fn allocate_slow(size: usize, ty: *const Type, zero: bool) -> *mut u8 {
    // SAFETY: the layout is the descriptor's.
    unsafe { allocate_large(size, &layout_of(ty), zero) }
}

unsafe fn allocate_large(size: usize, layout: &Layout, zero: bool) -> *mut u8 {
    // SAFETY: the layout is the caller's; the cache is this processor's and always used with the one heap.
    unsafe {
        let at = pext().cache.alloc_slow(&RT.heap, size, layout, zero);
        if at.is_null() {
            refused(pext().cache.refusal())
        }
        let sample = pext().cache.take_sample();
        if sample != 0 {
            super::profile::sampled(at, sample);
        }
        super::gc::after_refill();
        at
    }
}

/// Memory for a large Go value, which is not cleared and, to the collector, has no pointers: see [`super::bulk`].
///
/// # Safety
/// As for [`allocate`], on g0; `size` is more than [`super::bulk::LONG`].
pub unsafe fn allocate_uncleared(size: usize, ty: *const Type) -> *mut u8 {
    const _: () = assert!(super::bulk::LONG >= goxide_alloc::size_class::MAX_SMALL);
    let ty = if ty.is_null() { ty } else { &raw const super::bulk::UNCLEARED };
    let layout = Layout { opaque: ty as usize, elem_size: 8, ptr_bytes: 0, mask: core::ptr::null() };
    // SAFETY: the layout is that descriptor's; no mask is read for objects of this size.
    unsafe { allocate_large(size, &layout, false) }
}

/// The kernel gives no more: for what the runtime keeps beside the heap.
#[cold]
pub fn out_of_memory() -> ! {
    refused(Refusal::Memory)
}

/// The heap gets no more pages. Go says how much was asked for where there is no address space, on the stack of the caller; and
/// nothing but the fact where the kernel refuses the memory, on the system stack.
#[cold]
pub fn refused(why: Refusal) -> ! {
    use crate::symtab::Sink as _;
    let Refusal::Space { asked, in_use } = why else { fatal::throw_on_system(b"runtime: out of memory") };
    let mut out = fatal::Stderr::new();
    out.put(b"runtime: out of memory: cannot allocate ");
    out.put_uint(asked as u64);
    out.put(b"-byte block (");
    out.put_uint(in_use as u64);
    out.put(b" in use)\n");
    drop(out);
    fatal::throw(b"out of memory")
}

/// Go's memory, for the pure half of this crate.
#[derive(Clone, Copy)]
pub struct GoMem;

// SAFETY: the heap's blocks are valid, aligned as asked, and the caller's alone.
unsafe impl Mem for GoMem {
    #[inline]
    unsafe fn alloc(&self, size: usize, ty: *const Type, zero: bool) -> *mut u8 {
        // SAFETY: passed on; entries hold a processor.
        unsafe { allocate_here(size, ty, zero) }
    }

    #[inline]
    fn round_up(&self, size: usize) -> usize {
        goxide_alloc::size_class::round_up(size)
    }

    #[inline(always)]
    fn write_barrier_on(&self) -> bool {
        super::barrier::is_on()
    }

    unsafe fn barrier_ptr(&self, slot: *mut usize, new: usize) {
        // SAFETY: passed on.
        unsafe { super::barrier::record(slot, new) }
    }

    unsafe fn barrier_bulk(&self, dst: usize, src: usize, size: usize) {
        // SAFETY: passed on.
        unsafe { super::barrier::record_bulk(dst, src, size) }
    }

    #[inline(always)]
    fn touch<R>(&self, f: impl FnOnce(Access<'_>) -> R) -> R {
        let region = super::signals::Region::enter();
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

/// Never-freed memory.
#[derive(Clone, Copy)]
pub struct GoPersistent;

// SAFETY: the heap's persistent allocator gives zeroed memory that nobody else has, for ever.
unsafe impl Persistent for GoPersistent {
    fn persistent(&self, size: usize, align: usize) -> *mut u8 {
        let at = RT.heap.persistent_alloc(size, align);
        if at.is_null() {
            out_of_memory()
        }
        at
    }
}

const _: () = {
    use core::mem::offset_of;
    use goxide_alloc::Span;
    assert!(offset_of!(Span, gc) == offset_of!(Span, specials) + 8);
    assert!(size_of::<goxide_stack::SpanSlot>() == 24);
};

/// Pages for goroutine stacks, from the page heap.
pub struct StackPages;

// SAFETY: manual spans are valid, page-aligned memory that is nobody else's until freed.
unsafe impl Pages for StackPages {
    fn alloc_pages(&self, npages: usize) -> *mut u8 {
        match RT.heap.alloc_manual(npages) {
            // SAFETY: just made.
            Ok(span) => unsafe { (*span).base() as *mut u8 },
            Err(why) => refused(why),
        }
    }

    unsafe fn slot(&self, ptr: *mut u8) -> *mut goxide_stack::SpanSlot {
        match RT.heap.span_of(ptr as usize) {
            // A manual span has no objects, so that the words for them are free: three in a row, as asserted below.
            Some(span) => span.specials.as_ptr().cast(),
            None => fatal::throw(b"goxide: a stack outside of the page heap"),
        }
    }

    unsafe fn free_pages(&self, ptr: *mut u8, _npages: usize) {
        if let Some(span) = RT.heap.span_of(ptr as usize) {
            // SAFETY: the pages came from `alloc_pages` and are not used any more (the caller's promise).
            unsafe { RT.heap.free_manual(core::ptr::from_ref(span).cast_mut()) }
        }
    }
}

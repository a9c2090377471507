//! Allocating Go values: layouts from type descriptors, the way past the cache, and the seam that the code below is given.

use crate::gc::{charge, sweeping};
use crate::links::links;
use crate::refusal::refused;
use crate::state::RT;
use crate::token::{Processor, Shared, System};
use crate::touch::Region;
use crate::{barrier, profile};
use goxide_alloc::sweep::Work;
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
/// `ty` is null or a descriptor.
#[inline(always)]
pub unsafe fn quick(proc: Processor<'_>, size: usize, ty: *const Type, zero: bool) -> *mut u8 {
    if size == 0 {
        return links().zero_base;
    }
    // SAFETY: `ty` is null or a descriptor (this function's contract), whose layout is right for values of the type.
    unsafe { proc.into_part().cache.alloc_fast(size, &layout_of(ty), zero) }
}

/// Memory for a Go value.
///
/// # Safety
/// `ty` is null or a descriptor.
pub unsafe fn allocate(sys: System<'_>, size: usize, ty: *const Type, zero: bool) -> *mut u8 {
    // SAFETY: `ty` is null or a descriptor (this function's contract).
    unsafe { allocate_here(sys, size, ty, zero) }
}

/// [`allocate`] of bytes, without pointers.
pub fn allocate_bytes(sys: System<'_>, size: usize, zero: bool) -> *mut u8 {
    // SAFETY: null is no descriptor.
    unsafe { allocate_here(sys, size, core::ptr::null(), zero) }
}

/// [`allocate`], in its caller's place: for entries that do little else.
///
/// # Safety
/// `ty` is null or a descriptor.
#[inline(always)]
pub unsafe fn allocate_here(mut sys: System<'_>, size: usize, ty: *const Type, zero: bool) -> *mut u8 {
    // SAFETY: `ty` is null or a descriptor (this function's contract).
    let at = unsafe { quick(sys.processor(), size, ty, zero) };
    if at.is_null() {
        // SAFETY: `ty` is null or a descriptor (this function's contract); for a size of 0 there was an answer.
        return unsafe { allocate_slow(sys, size, ty, zero) };
    }
    at
}

/// [`allocate`] for the system half of an entry: its leaf has asked the cache, unless the goroutine was to yield, so this goes the slow
/// way, which any allocation may go.
///
/// # Safety
/// `ty` is null or a descriptor.
#[inline]
pub unsafe fn allocate_after_leaf(sys: System<'_>, size: usize, ty: *const Type, zero: bool) -> *mut u8 {
    if size == 0 {
        return links().zero_base;
    }
    // SAFETY: `ty` is null or a descriptor (this function's contract); the size is not 0.
    unsafe { allocate_slow(sys, size, ty, zero) }
}

/// The cache gives nothing by itself: it takes a span, or a large object is made, and what collection asks of who allocates is done.
///
/// # Safety
/// `ty` is null or a descriptor; the size is not 0.
#[cold]
#[inline(never)]
unsafe fn allocate_slow(mut sys: System<'_>, size: usize, ty: *const Type, zero: bool) -> *mut u8 {
    if size > goxide_alloc::size_class::MAX_SMALL {
        charge::sweep_for(sys.lend(), size.div_ceil(goxide_alloc::size_class::PAGE));
    }
    // SAFETY: `ty` is null or a descriptor (this function's contract), and the layout is that of its values.
    let (object, took) = unsafe { allocate_with(sys.lend(), size, &layout_of(ty), zero) };
    if took != 0 {
        charge::took(sys, took);
    }
    object
}

/// An object, which the profile hears of if it is a sample, and the bytes that the cache took for it.
///
/// # Safety
/// The layout is right for the size: see [`goxide_alloc::Cache::alloc_fast`].
unsafe fn allocate_with(mut sys: System<'_>, size: usize, layout: &Layout, zero: bool) -> (*mut u8, usize) {
    let since = sweeping::begins(sys.lend());
    // SAFETY: the layout is right (this function's contract); the cache is this processor's and always used with the one heap.
    let Slow { object, took, sample } = match unsafe { sys.part().cache.alloc_slow(&RT.heap, size, layout, zero) } {
        Ok(slow) => slow,
        Err(why) => refused(why),
    };
    sweeping::has_swept(sys.lend(), since, Work::ZERO);
    if sample != 0 {
        // SAFETY: the object is new, and the allocator says for how many bytes it stands.
        unsafe { profile::sampled(sys, object, sample) };
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
/// `ty` is null or a descriptor; `size` is more than [`LONG`].
pub unsafe fn allocate_uncleared(mut sys: System<'_>, size: usize, ty: *const Type) -> *mut u8 {
    const _: () = assert!(LONG >= goxide_alloc::size_class::MAX_SMALL);
    let ty = if ty.is_null() { ty } else { &raw const UNCLEARED };
    let layout = Layout { opaque: ty as usize, elem_size: 8, ptr_bytes: 0, mask: core::ptr::null() };
    // SAFETY: the layout is that of no pointers; no mask is read for objects of this size (this function's contract).
    let (object, _) = unsafe { allocate_with(sys.lend(), size, &layout, false) };
    charge::after_advance(sys);
    object
}

/// Go's memory, for the pure half of this crate: while it is there, it has the token. `QUIET` where the write barrier is known to be off.
#[derive(Clone, Copy)]
pub struct GoMem<'t, const QUIET: bool = false>(Shared<'t>);

impl<'t> System<'t> {
    /// Go's memory.
    #[inline(always)]
    pub fn mem(&mut self) -> GoMem<'_> {
        GoMem(self.processor().share())
    }
}

impl<'t> Processor<'t> {
    /// Go's memory for a leaf, which moves, clears and compares what is there.
    ///
    /// # Safety
    /// Nothing is allocated with it: that may need more than the goroutine's stack has. (The check of the leaves' stacks fails
    /// for code that does.)
    #[inline(always)]
    pub unsafe fn leaf_mem(&mut self) -> GoMem<'_> {
        GoMem(self.lend().share())
    }

    /// [`Processor::leaf_mem`] for a leaf that has nothing to record, since the write barrier is off: it stays so while the processor is
    /// borrowed, for it is turned on at safepoints. None while it is on.
    ///
    /// # Safety
    /// As for [`Processor::leaf_mem`].
    #[inline(always)]
    pub unsafe fn quiet_mem(&mut self) -> Option<GoMem<'_, true>> {
        if barrier::is_on() { None } else { Some(GoMem(self.lend().share())) }
    }
}

impl<'t> GoMem<'t> {
    /// [`System::mem`], for what has others borrow the token from it.
    ///
    /// # Safety
    /// `shared` was made of a [`System`], or nothing is allocated with this.
    #[inline(always)]
    pub unsafe fn of(shared: Shared<'t>) -> GoMem<'t> {
        GoMem(shared)
    }
}

impl<const QUIET: bool> GoMem<'_, QUIET> {
    /// [`Mem::alloc`], not in its caller's place.
    ///
    /// # Safety
    /// `ty` is null or a descriptor.
    pub unsafe fn alloc_apart(&self, size: usize, ty: *const Type, zero: bool) -> *mut u8 {
        // SAFETY: `ty` is null or a descriptor (this function's contract). What allocates was made of a `System`; no other method of this
        // runs meanwhile, nor is anything borrowed that one gave.
        unsafe { allocate(self.0.system(), size, ty, zero) }
    }
}

// SAFETY: the heap's blocks are valid, aligned as asked, and the caller's alone.
unsafe impl<const QUIET: bool> Mem for GoMem<'_, QUIET> {
    #[inline(always)]
    unsafe fn alloc(&self, size: usize, ty: *const Type, zero: bool) -> *mut u8 {
        // SAFETY: `ty` is null or a descriptor (the method's contract). What allocates was made of a `System`; no other method of this
        // runs meanwhile, nor is anything borrowed that one gave.
        unsafe { allocate_here(self.0.system(), size, ty, zero) }
    }

    #[inline]
    fn round_up(&self, size: usize) -> usize {
        round_up(size)
    }

    #[inline(always)]
    fn write_barrier_on(&self) -> bool {
        !QUIET && barrier::is_on()
    }

    unsafe fn barrier_ptr(&self, slot: *mut usize, new: usize) {
        // SAFETY: `slot` is readable (the method's contract). No other method of this runs meanwhile, nor is anything borrowed that
        // one gave.
        unsafe { barrier::record(self.0.processor(), slot, new) }
    }

    unsafe fn barrier_bulk(&self, dst: usize, src: usize, size: usize) {
        // SAFETY: both ranges are readable (the method's contract). No other method of this runs meanwhile, nor is anything borrowed that
        // one gave.
        unsafe { barrier::record_bulk(self.0.processor(), dst, src, size) }
    }

    #[inline(always)]
    fn touch<R>(&self, f: impl FnOnce(Access<'_>) -> R) -> R {
        touch(f)
    }

    fn max_alloc(&self) -> usize {
        MAX_ALLOC
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

/// Runs `f`, which touches memory that the program named: see [`Mem::touch`].
#[inline(always)]
pub fn touch<R>(f: impl FnOnce(Access<'_>) -> R) -> R {
    let region = Region::enter();
    // SAFETY: a fault from here to the region's end is the goroutine's, by the mark that the region sets.
    let r = f(unsafe { Access::new() });
    region.leave();
    r
}

/// How many bytes are really set aside when so many are asked for: none for none, so that two slices do not share a room that neither has.
#[inline]
pub fn round_up(size: usize) -> usize {
    if size == 0 { 0 } else { goxide_alloc::size_class::round_up(size) }
}

/// Largest size of a block.
pub const MAX_ALLOC: usize = 1 << 48;

//! Allocation, typed moves, slices.

use goxide_alloc::size_class::MAX_SMALL;
use goxide_gotypes::mem::{self, Access, raw};
use goxide_gotypes::slices;
use goxide_gotypes::text::fault::Fault;
use goxide_gotypes::types::{GoSlice, Type};
use goxide_rt::barrier;
use goxide_rt::bulk;
use goxide_rt::memory::{LONG, MAX_ALLOC, allocate_after_leaf, quick, round_up};
use goxide_rt::raise::or_raise;
use goxide_rt::records::Pointers;
use goxide_rt::state::RT;
use goxide_rt::token::{Processor, System};
use goxide_rt::words::truth;

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_newobject_fast(proc: Processor<'_>, ty: *const Type) -> *mut u8 {
    use goxide_alloc::size_class::{MAX_BITMAP, SpanClass, TINY};
    // SAFETY: compiled code gives a descriptor. Anything unusual is for the slow half.
    unsafe {
        let (size, ptr_bytes) = ((*ty).size, (*ty).ptr_bytes);
        if ptr_bytes != 0 && size <= MAX_BITMAP {
            return object_with_pointers(proc, ty);
        }
        if ptr_bytes == 0 && (TINY..=MAX_SMALL).contains(&size) {
            // A constant: a layout of its own would be put on the stack each time.
            let layout = const { &goxide_alloc::Layout::NOSCAN };
            return proc.into_part().cache.alloc_class_fast(SpanClass::for_size(size, true), size, layout, true);
        }
        other_object(proc, ty)
    }
}

/// The allocation of a small object with pointers, from the cache alone. Apart, so that the others need no registers for it.
///
/// # Safety
/// `ty` is a descriptor with pointers, of a size up to `MAX_BITMAP`.
#[inline(never)]
unsafe fn object_with_pointers(proc: Processor<'_>, ty: *const Type) -> *mut u8 {
    // SAFETY: `ty` is a descriptor of a type with pointers and so small (this function's contract) that its mask is no
    // program.
    unsafe { proc.into_part().cache.alloc_object_fast((*ty).size, ty as usize, (*ty).ptr_bytes, (*ty).gc_data) }
}

/// The others: tiny, without a size, or large.
///
/// # Safety
/// `ty` is a descriptor.
#[inline(never)]
unsafe fn other_object(proc: Processor<'_>, ty: *const Type) -> *mut u8 {
    // SAFETY: `ty` is a descriptor (this function's contract).
    unsafe { quick(proc, (*ty).size, ty, true) }
}

/// Clear memory for a row of values, which an entry answers next.
///
/// # Safety
/// In a system entry that has one result. `ty` is null or a descriptor.
unsafe fn cleared(sys: System<'_>, size: usize, ty: *const Type) -> *mut u8 {
    // SAFETY: in a system entry that has one result, which the object is; `ty` is null or a descriptor (this function's
    // contract). Nothing is copied.
    unsafe {
        if size <= LONG {
            return allocate_after_leaf(sys, size, ty, true);
        }
        bulk::object(sys, size, with_pointers(ty), core::ptr::null(), 0, 0..size, [0; 3])
    }
}

/// The descriptor, or null if values of the type have no pointers.
///
/// # Safety
/// `ty` is null or a descriptor.
unsafe fn with_pointers(ty: *const Type) -> *const Type {
    // SAFETY: `ty` is not null when it is looked at, so a descriptor (this function's contract).
    if ty.is_null() || unsafe { !(*ty).has_pointers() } { core::ptr::null() } else { ty }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_newobject(sys: System<'_>, ty: *const Type) -> *mut u8 {
    // SAFETY: compiled code gives a descriptor; in a system entry that has one result.
    unsafe { cleared(sys, (*ty).size, ty) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_mallocgc_fast(proc: Processor<'_>, size: usize, ty: *const Type, zero: usize) -> *mut u8 {
    // SAFETY: the program gives a descriptor or null, for memory without pointers.
    unsafe { quick(proc, size, ty, truth(zero)) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_mallocgc(sys: System<'_>, size: usize, ty: *const Type, zero: usize) -> *mut u8 {
    // SAFETY: the program gives a descriptor or null, for memory without pointers; in a system entry that has one result.
    unsafe { if truth(zero) { cleared(sys, size, ty) } else { allocate_after_leaf(sys, size, ty, false) } }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_reflect_unsafe_NewArray(sys: System<'_>, ty: *const Type, n: isize) -> *mut u8 {
    // SAFETY: reflect gives a descriptor; in a system entry that has one result. No frame owns what must be dropped, and no region is open.
    unsafe {
        let size = (*ty).size.checked_mul(n as usize).filter(|&s| n >= 0 && s <= MAX_ALLOC);
        match size {
            Some(s) => cleared(sys, s, ty),
            None => goxide_rt::raise::plain(sys, "runtime: allocation size out of range"),
        }
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_makeNoZero(mut sys: System<'_>, n: isize) -> *mut u8 {
    // SAFETY: no frame owns what must be dropped, and no region is open.
    unsafe { or_raise(slices::make_no_zero(&sys.mem(), n), sys).ptr }
}

/// Any number of bytes, on the system stack.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_memmove_long(sys: System<'_>, to: *mut u8, from: *const u8, n: usize) {
    // SAFETY: compiled code's ranges; in a system entry that answers nothing and returns next.
    unsafe { bulk::copy(sys, to, from, n, Pointers::told(), 0) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_memclrNoHeapPointers_long(sys: System<'_>, p: *mut u8, n: usize) {
    // SAFETY: compiled code's range; in a system entry that answers nothing and returns next.
    unsafe { bulk::clear(sys, p, n, Pointers::told()) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_memclrHasPointers_long(sys: System<'_>, p: *mut u8, n: usize) {
    // SAFETY: compiled code's range, in whole words; in a system entry that answers nothing and returns next.
    unsafe { bulk::clear(sys, p, n, Pointers::Record) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_typedslicecopy_long(
    sys: System<'_>,
    ty: *const Type,
    dst: *mut u8,
    dst_len: usize,
    src: *const u8,
    src_len: usize,
) -> usize {
    let n = dst_len.min(src_len);
    // SAFETY: compiled code's slices and the descriptor of their elements; in a system entry that answers their number and returns next.
    unsafe {
        if dst.cast_const() != src {
            bulk::copy(sys, dst, src, n * (*ty).size, pointers_of(ty), n);
        }
    }
    n
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_memclrHasPointers(mut proc: Processor<'_>, p: *mut u8, n: usize) {
    // SAFETY: compiled code's range. Clearing allocates nothing.
    unsafe { mem::moves::clear_pointers(&proc.leaf_mem(), p, n) }
}

/// A leaf that answers 1; 0 for a value that is moved in pieces.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_typedmemmove_fast(
    mut proc: Processor<'_>,
    ty: *const Type,
    dst: *mut u8,
    src: *const u8,
) -> usize {
    // SAFETY: compiled code's values and their descriptor. Moving allocates nothing.
    unsafe {
        if (*ty).size > LONG {
            return 0;
        }
        mem::moves::move_value(&proc.leaf_mem(), ty, dst, src);
    }
    1
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_typedmemmove(sys: System<'_>, ty: *const Type, dst: *mut u8, src: *const u8) {
    // SAFETY: compiled code's values and their descriptor; in a system entry that answers a word that nothing looks at, and returns next.
    unsafe {
        if dst.cast_const() != src {
            bulk::copy(sys, dst, src, (*ty).size, pointers_of(ty), 0)
        }
    }
}

/// A leaf that answers 1; 0 for a value that is cleared in pieces.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_typedmemclr_fast(mut proc: Processor<'_>, ty: *const Type, p: *mut u8) -> usize {
    // SAFETY: compiled code's value and its descriptor. Clearing allocates nothing.
    unsafe {
        if (*ty).size > LONG {
            return 0;
        }
        mem::moves::clear_value(&proc.leaf_mem(), ty, p);
    }
    1
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_typedmemclr(sys: System<'_>, ty: *const Type, p: *mut u8) {
    // SAFETY: compiled code's value and its descriptor; in a system entry that answers a word that nothing looks at, and returns next.
    unsafe { bulk::clear(sys, p, (*ty).size, pointers_of(ty)) }
}

/// What is known of pointers in values of a type.
///
/// # Safety
/// `ty` is a descriptor.
unsafe fn pointers_of(ty: *const Type) -> Pointers {
    // SAFETY: `ty` is a descriptor (this function's contract).
    if unsafe { (*ty).has_pointers() } { Pointers::Record } else { Pointers::None }
}

// Package reflect's own names for some of these: not the entries of compiled code, where a goroutine may yield.

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_reflect_memmove(to: *mut u8, from: *const u8, n: usize) {
    // SAFETY: reflect's ranges.
    unsafe { goxide_sys::mem::copy(to, from, n) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_reflect_memclrNoHeapPointers(p: *mut u8, n: usize) {
    // SAFETY: reflect's range.
    unsafe { goxide_sys::mem::clear(p, n) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_reflect_typedmemmove(mut proc: Processor<'_>, ty: *const Type, dst: *mut u8, src: *const u8) {
    // SAFETY: reflect's values and their descriptor. Moving allocates nothing.
    unsafe { mem::moves::move_value(&proc.leaf_mem(), ty, dst, src) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_reflect_typedmemclr(mut proc: Processor<'_>, ty: *const Type, p: *mut u8) {
    // SAFETY: reflect's value and its descriptor. Clearing allocates nothing.
    unsafe { mem::moves::clear_value(&proc.leaf_mem(), ty, p) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_reflect_typedmemclrpartial(
    mut proc: Processor<'_>,
    ty: *const Type,
    p: *mut u8,
    off: usize,
    size: usize,
) {
    // SAFETY: a part of reflect's value, and its descriptor. Clearing allocates nothing.
    unsafe { mem::moves::clear_part(&proc.leaf_mem(), ty, p, off, size) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_reflect_typedarrayclear(mut proc: Processor<'_>, ty: *const Type, p: *mut u8, len: usize) {
    // SAFETY: reflect's array and the descriptor of its elements. Clearing allocates nothing.
    unsafe { mem::moves::clear_array(&proc.leaf_mem(), ty, p, len) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_typedslicecopy(
    mut proc: Processor<'_>,
    ty: *const Type,
    dst: *mut u8,
    dst_len: usize,
    src: *const u8,
    src_len: usize,
) -> usize {
    // SAFETY: compiled code's slices and the descriptor of their elements. Copying allocates nothing.
    unsafe { mem::moves::copy_slice(&proc.leaf_mem(), ty, dst, dst_len, src, src_len) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_wbZero(mut proc: Processor<'_>, ty: *const Type, dst: *mut u8) {
    // SAFETY: compiled code's value and its descriptor. Announcing allocates nothing.
    unsafe { mem::moves::announce_clear(&proc.leaf_mem(), ty, dst) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_wbMove(mut proc: Processor<'_>, ty: *const Type, dst: *mut u8, src: *const u8) {
    // SAFETY: compiled code's values and their descriptor. Announcing allocates nothing.
    unsafe { mem::moves::announce_move(&proc.leaf_mem(), ty, dst, src) }
}

/// `internal/abi.RegArgs`
#[repr(C)]
pub struct RegArgs {
    ints: [usize; goxide_rt::arch::INT_ARGS],
    floats: [u64; goxide_rt::arch::FLOAT_ARGS],
    pointers: [usize; goxide_rt::arch::INT_ARGS],
    is_pointer: [u8; goxide_rt::arch::INT_ARGS.div_ceil(8)],
}

/// After a reflect call: the results on its frame go back to the caller's copy.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_reflectcallmove(
    mut proc: Processor<'_>,
    ty: *const Type,
    dst: *mut u8,
    src: *const u8,
    size: usize,
    regs: *mut RegArgs,
) {
    // SAFETY: callN's frame; the type is that of the whole frame or null. Moving allocates nothing.
    unsafe {
        mem::moves::move_results(&proc.leaf_mem(), ty, dst, src, size);
        // Pointers that came back in registers go where the collector sees them.
        let r = &mut *regs;
        for i in 0..goxide_rt::arch::INT_ARGS {
            if r.is_pointer[i / 8] >> (i % 8) & 1 != 0 {
                r.pointers[i] = r.ints[i];
            }
        }
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_reflect_verifyNotInHeapPtr(p: usize) -> bool {
    RT.heap.span_of(p).is_none()
}

// What a collector must see of an atomic store is the same as of any other.

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_internal_atomic_casPointer(
    proc: Processor<'_>,
    p: *mut usize,
    old: usize,
    new: usize,
) -> bool {
    // SAFETY: Go's pointer word.
    unsafe { cas(proc, p, old, new) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_sync_atomic_CompareAndSwapPointer(
    proc: Processor<'_>,
    p: *mut usize,
    old: usize,
    new: usize,
) -> bool {
    // SAFETY: Go's pointer word.
    unsafe { cas(proc, p, old, new) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_internal_atomic_storePointer(proc: Processor<'_>, p: *mut usize, new: usize) {
    // SAFETY: Go's pointer word.
    unsafe { store(proc, p, new) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_sync_atomic_StorePointer(proc: Processor<'_>, p: *mut usize, new: usize) {
    // SAFETY: Go's pointer word.
    unsafe { store(proc, p, new) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_sync_atomic_SwapPointer(proc: Processor<'_>, p: *mut usize, new: usize) -> usize {
    // SAFETY: Go's pointer word.
    unsafe {
        announce(proc, p, new);
        word(p).swap(new, core::sync::atomic::Ordering::SeqCst)
    }
}

/// # Safety
/// `p` is an aligned word of the program's, or a pointer that faults. Not with a lock held.
#[inline(always)]
unsafe fn word<'a>(p: *mut usize) -> &'a core::sync::atomic::AtomicUsize {
    // SAFETY: an aligned word that Go code uses atomically. A nil pointer faults here, on the goroutine's stack, as it does
    // in Go.
    unsafe { &*p.cast() }
}

/// # Safety
/// `p` is a pointer slot.
#[inline(always)]
unsafe fn announce(proc: Processor<'_>, p: *mut usize, new: usize) {
    if barrier::is_on() {
        // SAFETY: `p` is a pointer slot (this function's contract), or faults where it is read.
        unsafe { barrier::record(proc, p, new) }
    }
}

/// # Safety
/// As for [`announce`] and [`word`].
#[inline(always)]
unsafe fn cas(proc: Processor<'_>, p: *mut usize, old: usize, new: usize) -> bool {
    use core::sync::atomic::Ordering::SeqCst;
    // SAFETY: `p` is an aligned pointer slot of the program's, or faults (this function's contract).
    unsafe {
        announce(proc, p, new);
        word(p).compare_exchange(old, new, SeqCst, SeqCst).is_ok()
    }
}

/// # Safety
/// As for [`announce`] and [`word`].
#[inline(always)]
unsafe fn store(proc: Processor<'_>, p: *mut usize, new: usize) {
    // SAFETY: `p` is an aligned pointer slot of the program's, or faults (this function's contract).
    unsafe {
        announce(proc, p, new);
        word(p).store(new, core::sync::atomic::Ordering::SeqCst)
    }
}

// Slices.

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_makeslice_fast(proc: Processor<'_>, ty: *const Type, len: isize, cap: isize) -> *mut u8 {
    // SAFETY: compiled code gives a descriptor. Anything unusual is for the slow half.
    unsafe {
        match (*ty).size.checked_mul(cap as usize) {
            Some(size) if len >= 0 && len <= cap && size <= MAX_SMALL => quick(proc, size, ty, true),
            _ => core::ptr::null_mut(),
        }
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_makeslice(mut sys: System<'_>, ty: *const Type, len: isize, cap: isize) -> *mut u8 {
    // SAFETY: compiled code gives a descriptor; in a system entry that has one result. No frame owns what must be dropped, and no region is
    // open.
    unsafe {
        let size = or_raise(slices::make_slice_size(ty, len, cap, MAX_ALLOC), sys.lend());
        cleared(sys, size, with_pointers(ty))
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_makeslicecopy(
    mut sys: System<'_>,
    ty: *const Type,
    to_len: isize,
    from_len: isize,
    from: *const u8,
) -> *mut u8 {
    // SAFETY: compiled code's descriptor and slice, which is held; in a system entry that has one result. No frame owns what must be dropped,
    // and no region is open.
    unsafe {
        let size = (*ty).size;
        let (total, copied) = ((to_len as usize).saturating_mul(size), (from_len as usize).saturating_mul(size));
        if to_len >= 0 && total > LONG && total <= MAX_ALLOC {
            let copied = copied.min(total);
            return bulk::object(sys, total, with_pointers(ty), from, copied, copied..total, [0; 3]);
        }
        let made = sys.holding(from, |mut sys| slices::make_slice_copy(&sys.mem(), ty, to_len, from_len, from));
        or_raise(made, sys)
    }
}

/// # Safety
/// In a system entry, whose frames own nothing that must be dropped; `out` is the four words of its goroutine's descriptor.
unsafe fn put_slice(sys: System<'_>, r: Result<GoSlice, Fault>, out: *mut [usize; 4]) {
    // SAFETY: no frame owns what must be dropped, and the words are the descriptor's (this function's contract); no region is open.
    unsafe {
        let s = or_raise(r, sys);
        *out = [s.ptr as usize, s.len, s.cap, 0];
    }
}

/// A leaf: what the cache has room for, unless pointers would have to be announced.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_growslice_fast(
    proc: Processor<'_>,
    old: *const u8,
    new_len: isize,
    old_cap: isize,
    num: isize,
    ty: *const Type,
    out: *mut [usize; 4],
) -> *mut u8 {
    // SAFETY: compiled code's slice and the descriptor of its elements; the stub's four words. The block has the plan's bytes, and is cleared
    // as a whole if it may hold pointers, else behind the length; what was there are `old_bytes` of them.
    unsafe {
        let (size, ptrs) = ((*ty).size, (*ty).has_pointers());
        if size == 0 || ptrs && barrier::is_on() {
            return core::ptr::null_mut();
        }
        let Ok(plan) = slices::grow_plan(new_len, old_cap, num, size, MAX_SMALL, round_up) else {
            return core::ptr::null_mut();
        };
        let p = quick(proc, plan.bytes, ty, ptrs);
        if !p.is_null() {
            if !ptrs {
                raw::clear(Access::of_own(), p.add(plan.len_bytes), plan.bytes - plan.len_bytes);
            }
            raw::copy(Access::of_leaf(), p, old, plan.old_bytes);
            (*out)[1] = new_len as usize;
            (*out)[2] = plan.cap;
        }
        p
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_growslice(
    mut sys: System<'_>,
    old: *mut u8,
    new_len: isize,
    old_cap: isize,
    num: isize,
    ty: *const Type,
    out: *mut [usize; 4],
) {
    // SAFETY: compiled code's slice, whose array is held, and the descriptor of its elements; in a system entry that answers a slice, in the
    // stub's four words. No frame owns what must be dropped.
    unsafe {
        if let Some(s) = grown_long(sys.lend(), old, new_len, old_cap, num, ty, None) {
            *out = [s.ptr as usize, s.len, s.cap, 0];
            return;
        }
        let grown = sys.holding(old, |mut sys| slices::grow_slice(&sys.mem(), old, new_len, old_cap, num, ty));
        put_slice(sys, grown, out)
    }
}

/// A slice after growth, if it is so long that it is made in pieces. Its length is `new_len`; or it is `kept`, and all that was not in
/// the old array is clear.
///
/// # Safety
/// In a system entry, which answers the slice next if there is one. `ty` is the descriptor of the elements of a slice with `old_cap` of them
/// at `old`.
unsafe fn grown_long(
    sys: System<'_>,
    old: *mut u8,
    new_len: isize,
    old_cap: isize,
    num: isize,
    ty: *const Type,
    kept: Option<usize>,
) -> Option<GoSlice> {
    // SAFETY: in a system entry that answers the slice next; `ty` is a descriptor, and the old array has as many elements as are copied (this
    // function's contract).
    unsafe {
        let size = (*ty).size;
        if new_len < 0 || (new_len as usize).saturating_mul(size) <= LONG {
            return None;
        }
        let plan = slices::grow_plan(new_len, old_cap, num, size, MAX_ALLOC, round_up).ok()?;
        let len = kept.unwrap_or(new_len as usize);
        let used = if kept.is_some() { plan.old_bytes } else { plan.len_bytes };
        let (rest, words) = (used..plan.bytes, [len, plan.cap, 0]);
        let ptr = bulk::object(sys, plan.bytes, with_pointers(ty), old, plan.old_bytes, rest, words);
        Some(GoSlice { ptr, len, cap: plan.cap })
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_reflectGrowslice(
    mut sys: System<'_>,
    old: *mut u8,
    len: usize,
    cap: usize,
    num: isize,
    ty: *const Type,
    out: *mut [usize; 4],
) {
    // SAFETY: reflect's slice, whose array is held, and the descriptor of its elements; in a system entry that answers a slice, in the stub's
    // four words. Reflect asks only if the capacity does not do. No frame owns what must be dropped.
    unsafe {
        let slice = GoSlice { ptr: old, len, cap };
        let more = slices::reflect_grow_num(slice, num);
        let new_len = (cap as isize).wrapping_add(more);
        if let Some(s) = grown_long(sys.lend(), old, new_len, cap as isize, more, ty, Some(len)) {
            *out = [s.ptr as usize, s.len, s.cap, 0];
            return;
        }
        let grown = sys.holding(old, |mut sys| slices::reflect_grow_slice(&sys.mem(), ty, slice, num));
        put_slice(sys, grown, out)
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_slicecopy(
    to: *mut u8,
    to_len: usize,
    from: *const u8,
    from_len: usize,
    width: usize,
) -> usize {
    // SAFETY: compiled code's slices, without pointers.
    unsafe { slices::slice_copy(to, to_len, from, from_len, width) }
}

#[unsafe(no_mangle)]
extern "C" fn gx_runtime_mulUintptr(a: usize, b: usize) -> goxide_rt::words::Two {
    let (product, overflow) = goxide_gotypes::types::arith::mul_uintptr(a, b);
    goxide_rt::words::Two(product, usize::from(overflow))
}

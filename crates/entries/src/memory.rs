//! Allocation, typed moves, slices.

use goxide_gotypes::mem::{self, Mem as _};
use goxide_gotypes::slices;
use goxide_gotypes::text::fault::Fault;
use goxide_gotypes::types::{GoSlice, Type};
use goxide_rt::bulk;
use goxide_rt::memory::{GoMem, LONG, allocate_after_leaf, quick};
use goxide_rt::raise::or_raise;
use goxide_rt::records::Pointers;
use goxide_rt::state::{RT, g, pext};
use goxide_rt::words::truth;

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_newobject_fast(ty: *const Type) -> *mut u8 {
    use goxide_alloc::size_class::{MAX_BITMAP, MAX_SMALL, SpanClass, TINY};
    // SAFETY: compiled code gives a descriptor. Anything unusual is for the slow half.
    unsafe {
        let (size, ptr_bytes) = ((*ty).size, (*ty).ptr_bytes);
        if ptr_bytes != 0 && size <= MAX_BITMAP {
            return object_with_pointers(ty);
        }
        if ptr_bytes == 0 && (TINY..=MAX_SMALL).contains(&size) {
            // A constant: a layout of its own would be put on the stack each time.
            let layout = const { &goxide_alloc::Layout::NOSCAN };
            return pext().cache.alloc_class_fast(SpanClass::for_size(size, true), size, layout, true);
        }
        other_object(ty)
    }
}

/// The allocation of a small object with pointers, from the cache alone. Apart, so that the others need no registers for it.
///
/// # Safety
/// In an entry; `ty` is a descriptor with pointers, of a size up to `MAX_BITMAP`.
#[inline(never)]
unsafe fn object_with_pointers(ty: *const Type) -> *mut u8 {
    // SAFETY: `ty` is a descriptor of a type with pointers and so small (this function's contract) that its mask is no
    // program; entries hold a processor.
    unsafe { pext().cache.alloc_object_fast((*ty).size, ty as usize, (*ty).ptr_bytes, (*ty).gc_data) }
}

/// The others: tiny, without a size, or large.
///
/// # Safety
/// In an entry; `ty` is a descriptor.
#[inline(never)]
unsafe fn other_object(ty: *const Type) -> *mut u8 {
    // SAFETY: `ty` is a descriptor (this function's contract); entries hold a processor.
    unsafe { quick((*ty).size, ty, true) }
}

/// Clear memory for a row of values, which an entry answers next.
///
/// # Safety
/// In a system entry that has one result. `ty` is null or a descriptor.
unsafe fn cleared(size: usize, ty: *const Type) -> *mut u8 {
    // SAFETY: in a system entry that has one result, which the object is; `ty` is null or a descriptor (this function's
    // contract). Nothing is copied.
    unsafe {
        if size <= LONG {
            return allocate_after_leaf(size, ty, true);
        }
        bulk::object(size, with_pointers(ty), core::ptr::null(), 0, 0..size, [0; 3])
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
unsafe extern "C" fn gx_runtime_newobject(ty: *const Type) -> *mut u8 {
    // SAFETY: compiled code gives a descriptor; in a system entry that has one result.
    unsafe { cleared((*ty).size, ty) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_mallocgc_fast(size: usize, ty: *const Type, zero: usize) -> *mut u8 {
    // SAFETY: the program gives a descriptor or null, for memory without pointers; entries hold a processor.
    unsafe { quick(size, ty, truth(zero)) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_mallocgc(size: usize, ty: *const Type, zero: usize) -> *mut u8 {
    // SAFETY: the program gives a descriptor or null, for memory without pointers; in a system entry that has one result.
    unsafe { if truth(zero) { cleared(size, ty) } else { allocate_after_leaf(size, ty, false) } }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_reflect_unsafe_NewArray(ty: *const Type, n: isize) -> *mut u8 {
    // SAFETY: reflect gives a descriptor.
    unsafe {
        let size = (*ty).size.checked_mul(n as usize).filter(|&s| n >= 0 && s <= GoMem.max_alloc());
        match size {
            Some(s) => cleared(s, ty),
            None => goxide_rt::raise::plain("runtime: allocation size out of range"),
        }
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_makeNoZero(n: isize) -> *mut u8 {
    // SAFETY: in a system entry.
    unsafe { or_raise(slices::make_no_zero(&GoMem, n)).ptr }
}

/// Any number of bytes, on the system stack.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_memmove_long(to: *mut u8, from: *const u8, n: usize) {
    // SAFETY: compiled code's ranges.
    unsafe { bulk::copy(to, from, n, Pointers::told(), 0) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_memclrNoHeapPointers_long(p: *mut u8, n: usize) {
    // SAFETY: compiled code's range.
    unsafe { bulk::clear(p, n, Pointers::told()) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_memclrHasPointers_long(p: *mut u8, n: usize) {
    // SAFETY: compiled code's range.
    unsafe { bulk::clear(p, n, Pointers::Record) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_typedslicecopy_long(
    ty: *const Type,
    dst: *mut u8,
    dst_len: usize,
    src: *const u8,
    src_len: usize,
) -> usize {
    let n = dst_len.min(src_len);
    // SAFETY: compiled code's slices.
    unsafe {
        if dst.cast_const() != src {
            bulk::copy(dst, src, n * (*ty).size, pointers_of(ty), n);
        }
    }
    n
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_memclrHasPointers(p: *mut u8, n: usize) {
    // SAFETY: compiled code's range.
    unsafe { mem::moves::clear_pointers(&GoMem, p, n) }
}

/// A leaf that answers 1; 0 for a value that is moved in pieces.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_typedmemmove_fast(ty: *const Type, dst: *mut u8, src: *const u8) -> usize {
    // SAFETY: compiled code's values.
    unsafe {
        if (*ty).size > LONG {
            return 0;
        }
        mem::moves::move_value(&GoMem, ty, dst, src);
    }
    1
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_typedmemmove(ty: *const Type, dst: *mut u8, src: *const u8) {
    // SAFETY: compiled code's values.
    unsafe {
        if dst.cast_const() != src {
            bulk::copy(dst, src, (*ty).size, pointers_of(ty), 0)
        }
    }
}

/// A leaf that answers 1; 0 for a value that is cleared in pieces.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_typedmemclr_fast(ty: *const Type, p: *mut u8) -> usize {
    // SAFETY: compiled code's value.
    unsafe {
        if (*ty).size > LONG {
            return 0;
        }
        mem::moves::clear_value(&GoMem, ty, p);
    }
    1
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_typedmemclr(ty: *const Type, p: *mut u8) {
    // SAFETY: compiled code's value.
    unsafe { bulk::clear(p, (*ty).size, pointers_of(ty)) }
}

/// What is known of pointers in values of a type.
unsafe fn pointers_of(ty: *const Type) -> Pointers {
    // SAFETY: the caller's descriptor.
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
unsafe extern "C" fn gx_reflect_typedmemmove(ty: *const Type, dst: *mut u8, src: *const u8) {
    // SAFETY: reflect's values.
    unsafe { mem::moves::move_value(&GoMem, ty, dst, src) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_reflect_typedmemclr(ty: *const Type, p: *mut u8) {
    // SAFETY: reflect's value.
    unsafe { mem::moves::clear_value(&GoMem, ty, p) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_reflect_typedmemclrpartial(ty: *const Type, p: *mut u8, off: usize, size: usize) {
    // SAFETY: reflect's value.
    unsafe { mem::moves::clear_part(&GoMem, ty, p, off, size) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_reflect_typedarrayclear(ty: *const Type, p: *mut u8, len: usize) {
    // SAFETY: reflect's array.
    unsafe { mem::moves::clear_array(&GoMem, ty, p, len) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_typedslicecopy(
    ty: *const Type,
    dst: *mut u8,
    dst_len: usize,
    src: *const u8,
    src_len: usize,
) -> usize {
    // SAFETY: compiled code's slices.
    unsafe { mem::moves::copy_slice(&GoMem, ty, dst, dst_len, src, src_len) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_wbZero(ty: *const Type, dst: *mut u8) {
    // SAFETY: compiled code's value.
    unsafe { mem::moves::announce_clear(&GoMem, ty, dst) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_wbMove(ty: *const Type, dst: *mut u8, src: *const u8) {
    // SAFETY: compiled code's values.
    unsafe { mem::moves::announce_move(&GoMem, ty, dst, src) }
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
    ty: *const Type,
    dst: *mut u8,
    src: *const u8,
    size: usize,
    regs: *mut RegArgs,
) {
    // SAFETY: callN's frame; the type is that of the whole frame or null.
    unsafe {
        mem::moves::move_results(&GoMem, ty, dst, src, size);
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
unsafe extern "C" fn gx_runtime_internal_atomic_casPointer(p: *mut usize, old: usize, new: usize) -> bool {
    // SAFETY: Go's pointer word.
    unsafe { cas(p, old, new) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_sync_atomic_CompareAndSwapPointer(p: *mut usize, old: usize, new: usize) -> bool {
    // SAFETY: Go's pointer word.
    unsafe { cas(p, old, new) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_internal_atomic_storePointer(p: *mut usize, new: usize) {
    // SAFETY: Go's pointer word.
    unsafe { store(p, new) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_sync_atomic_StorePointer(p: *mut usize, new: usize) {
    // SAFETY: Go's pointer word.
    unsafe { store(p, new) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_sync_atomic_SwapPointer(p: *mut usize, new: usize) -> usize {
    // SAFETY: Go's pointer word.
    unsafe {
        announce(p, new);
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
/// In an entry; `p` is a pointer slot, and `new` the pointer that is about to be stored there.
#[inline(always)]
unsafe fn announce(p: *mut usize, new: usize) {
    if GoMem.write_barrier_on() {
        // SAFETY: `p` is a pointer slot and `new` its new pointer (this function's contract); entries hold a processor.
        unsafe { GoMem.barrier_ptr(p, new) }
    }
}

/// # Safety
/// As for [`announce`] and [`word`].
#[inline(always)]
unsafe fn cas(p: *mut usize, old: usize, new: usize) -> bool {
    use core::sync::atomic::Ordering::SeqCst;
    // SAFETY: in an entry; `p` is an aligned pointer slot of the program's, or faults, and `new` the pointer that may be
    // stored there (this function's contract).
    unsafe {
        announce(p, new);
        word(p).compare_exchange(old, new, SeqCst, SeqCst).is_ok()
    }
}

/// # Safety
/// As for [`announce`] and [`word`].
#[inline(always)]
unsafe fn store(p: *mut usize, new: usize) {
    // SAFETY: in an entry; `p` is an aligned pointer slot of the program's, or faults, and `new` the pointer that is stored
    // there (this function's contract).
    unsafe {
        announce(p, new);
        word(p).store(new, core::sync::atomic::Ordering::SeqCst)
    }
}

// Slices.

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_makeslice_fast(ty: *const Type, len: isize, cap: isize) -> *mut u8 {
    // SAFETY: compiled code gives a descriptor. Anything unusual is for the slow half.
    unsafe {
        match (*ty).size.checked_mul(cap as usize) {
            Some(size) if len >= 0 && len <= cap && size <= goxide_alloc::size_class::MAX_SMALL => quick(size, ty, true),
            _ => core::ptr::null_mut(),
        }
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_makeslice(ty: *const Type, len: isize, cap: isize) -> *mut u8 {
    // SAFETY: in a system entry.
    unsafe { cleared(or_raise(slices::make_slice_size(ty, len, cap, GoMem.max_alloc())), with_pointers(ty)) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_makeslicecopy(ty: *const Type, to_len: isize, from_len: isize, from: *const u8) -> *mut u8 {
    // SAFETY: in a system entry; `from` stays alive in the in-flight array.
    unsafe {
        let size = (*ty).size;
        let (total, copied) = ((to_len as usize).saturating_mul(size), (from_len as usize).saturating_mul(size));
        if to_len >= 0 && total > LONG && total <= GoMem.max_alloc() {
            let copied = copied.min(total);
            return bulk::object(total, with_pointers(ty), from, copied, copied..total, [0; 3]);
        }
        (*g()).ext.in_flight[0] = from as usize;
        let p = or_raise(slices::make_slice_copy(&GoMem, ty, to_len, from_len, from));
        (*g()).ext.in_flight[0] = 0;
        p
    }
}

/// # Safety
/// In a system entry; `out` is the four words of its goroutine's descriptor.
unsafe fn put_slice(r: Result<GoSlice, Fault>, out: *mut [usize; 4]) {
    // SAFETY: in a system entry; the words are the descriptor's.
    unsafe {
        (*g()).ext.in_flight[0] = 0;
        let s = or_raise(r);
        *out = [s.ptr as usize, s.len, s.cap, 0];
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_growslice(
    old: *mut u8,
    new_len: isize,
    old_cap: isize,
    num: isize,
    ty: *const Type,
    out: *mut [usize; 4],
) {
    // SAFETY: in a system entry; the old array stays alive in the in-flight array.
    unsafe {
        if let Some(s) = grown_long(old, new_len, old_cap, num, ty, None) {
            *out = [s.ptr as usize, s.len, s.cap, 0];
            return;
        }
        (*g()).ext.in_flight[0] = old as usize;
        put_slice(slices::grow_slice(&GoMem, old, new_len, old_cap, num, ty), out)
    }
}

/// A slice after growth, if it is so long that it is made in pieces. Its length is `new_len`; or it is `kept`, and all that was not in
/// the old array is clear.
unsafe fn grown_long(
    old: *mut u8,
    new_len: isize,
    old_cap: isize,
    num: isize,
    ty: *const Type,
    kept: Option<usize>,
) -> Option<GoSlice> {
    // SAFETY: the caller's arguments of growslice.
    unsafe {
        let size = (*ty).size;
        if new_len < 0 || (new_len as usize).saturating_mul(size) <= LONG {
            return None;
        }
        let round_up = |n| GoMem.round_up(n);
        let plan = slices::grow_plan(new_len, old_cap, num, size, GoMem.max_alloc(), round_up).ok()?;
        let len = kept.unwrap_or(new_len as usize);
        let used = if kept.is_some() { plan.old_bytes } else { plan.len_bytes };
        let (rest, words) = (used..plan.bytes, [len, plan.cap, 0]);
        let ptr = bulk::object(plan.bytes, with_pointers(ty), old, plan.old_bytes, rest, words);
        Some(GoSlice { ptr, len, cap: plan.cap })
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_reflectGrowslice(
    old: *mut u8,
    len: usize,
    cap: usize,
    num: isize,
    ty: *const Type,
    out: *mut [usize; 4],
) {
    // SAFETY: in a system entry; reflect's slice and its type, whose array stays alive in the in-flight array; reflect asks
    // only if the capacity does not do.
    unsafe {
        let slice = GoSlice { ptr: old, len, cap };
        let more = slices::reflect_grow_num(slice, num);
        let new_len = (cap as isize).wrapping_add(more);
        if let Some(s) = grown_long(old, new_len, cap as isize, more, ty, Some(len)) {
            *out = [s.ptr as usize, s.len, s.cap, 0];
            return;
        }
        (*g()).ext.in_flight[0] = old as usize;
        put_slice(slices::reflect_grow_slice(&GoMem, ty, slice, num), out)
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

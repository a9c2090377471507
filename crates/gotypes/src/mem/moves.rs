//! Copying and clearing values with pointers in them, announced to the collector while it marks.
//!
//! For leaf entries, and for memory of the runtime's own (channels' and maps' slots): what is read here has no region of
//! its own. So each function asks, besides what it says itself, that the call is made in a leaf, as [`Access::of_leaf`]
//! asks, or that the memory is there.

use super::raw::{self, Access};
use super::seam::Mem;
use crate::types::{GoSlice, Type};

/// Copies a value (`typedmemmove`).
///
/// # Safety
/// `t` is a descriptor; `src` is a whole value of it and `dst` has room for one. They may overlap.
#[inline]
pub unsafe fn move_value(mem: &impl Mem, t: *const Type, dst: *mut u8, src: *const u8) {
    if dst.cast_const() == src {
        return;
    }
    // SAFETY: `t` is a descriptor; `src` is a whole value of it and `dst` has room for one (this function's contract): both
    // are of `size` bytes, at least `ptr_bytes`. A fault is provided for, or cannot be (the module's contract).
    unsafe {
        if (*t).has_pointers() && mem.write_barrier_on() {
            mem.barrier_bulk(dst as usize, src as usize, (*t).ptr_bytes);
        }
        raw::copy(Access::of_leaf(), dst, src, (*t).size);
    }
}

/// Clears a value (`typedmemclr`).
///
/// # Safety
/// `t` is a descriptor; `p` points to a whole value of it.
#[inline]
pub unsafe fn clear_value(mem: &impl Mem, t: *const Type, p: *mut u8) {
    // SAFETY: `t` is a descriptor; `p` points to a whole value of it (this function's contract): `size` bytes, at least
    // `ptr_bytes`. A fault is provided for, or cannot be (the module's contract).
    unsafe {
        if (*t).has_pointers() && mem.write_barrier_on() {
            mem.barrier_bulk(p as usize, 0, (*t).ptr_bytes);
        }
        raw::clear(Access::of_leaf(), p, (*t).size);
    }
}

/// Announces a move that compiled code is about to make (`wbMove`, called only while the barrier is on).
///
/// # Safety
/// As for [`move_value`].
pub unsafe fn announce_move(mem: &impl Mem, t: *const Type, dst: *mut u8, src: *const u8) {
    // SAFETY: `t` is a descriptor; `src` is a whole value of it and `dst` has room for one (this function's contract), so
    // `ptr_bytes` of both are readable.
    unsafe { mem.barrier_bulk(dst as usize, src as usize, (*t).ptr_bytes) }
}

/// Announces a clear that compiled code is about to make (`wbZero`, called only while the barrier is on).
///
/// # Safety
/// As for [`clear_value`], of `dst`.
pub unsafe fn announce_clear(mem: &impl Mem, t: *const Type, dst: *mut u8) {
    // SAFETY: `t` is a descriptor; `dst` points to a whole value of it (this function's contract), so `ptr_bytes` of it are
    // readable.
    unsafe { mem.barrier_bulk(dst as usize, 0, (*t).ptr_bytes) }
}

/// `copy(dst, src)` for elements with pointers (`typedslicecopy`). Gives the number of elements copied.
///
/// # Safety
/// `t` is a descriptor; both are arrays of so many values of it.
pub unsafe fn copy_slice(
    mem: &impl Mem,
    t: *const Type,
    dst: *mut u8,
    dst_len: usize,
    src: *const u8,
    src_len: usize,
) -> usize {
    let n = dst_len.min(src_len);
    if n == 0 || dst.cast_const() == src {
        return n;
    }
    // SAFETY: `t` is a descriptor; `n`, not 0, is not above the length of either array of its values (this function's
    // contract), so both have `size` bytes. A fault is provided for, or cannot be (the module's contract).
    unsafe {
        let size = n * (*t).size;
        if (*t).has_pointers() && mem.write_barrier_on() {
            // The scalar tail of the last element need not be looked at.
            mem.barrier_bulk(dst as usize, src as usize, size - (*t).size + (*t).ptr_bytes);
        }
        raw::copy(Access::of_leaf(), dst, src, size);
    }
    n
}

/// `reflect.typedslicecopy`: as [`copy_slice`], for elements of any kind.
///
/// # Safety
/// `t` is a descriptor; both are slices of it.
pub unsafe fn reflect_copy_slice(mem: &impl Mem, t: *const Type, dst: GoSlice, src: GoSlice) -> usize {
    // SAFETY: `t` is a descriptor; both slices are arrays of `len` values of it (this function's contract).
    unsafe { copy_slice(mem, t, dst.ptr, dst.len, src.ptr, src.len) }
}

/// Clears part of a value (`reflect.typedmemclrpartial`): `size` bytes from `p`, which lies `off` bytes into a value.
///
/// # Safety
/// `t` is a descriptor. `size` bytes at `p` lie within a value of it, at `off`, or in an array of such from the start of
/// one; `off` and `size` are multiples of 8 if `t` has pointers.
pub unsafe fn clear_part(mem: &impl Mem, t: *const Type, p: *mut u8, _off: usize, size: usize) {
    // SAFETY: `t` is a descriptor; `size` bytes at `p` lie within a value of it, and are whole words if it has pointers
    // (this function's contract). A fault is provided for, or cannot be (the module's contract).
    unsafe {
        if (*t).has_pointers() && mem.write_barrier_on() {
            mem.barrier_bulk(p as usize, 0, size);
        }
        raw::clear(Access::of_leaf(), p, size);
    }
}

/// Clears an array of `len` values (`reflect.typedarrayclear`).
///
/// # Safety
/// `t` is a descriptor; `p` points to `len` values of it.
pub unsafe fn clear_array(mem: &impl Mem, t: *const Type, p: *mut u8, len: usize) {
    // SAFETY: `t` is a descriptor; the `len` values at `p` (this function's contract) are an array of so many bytes; the
    // size of a type with pointers is a multiple of 8.
    unsafe { clear_part(mem, t, p, 0, (*t).size * len) }
}

/// Clears memory that may hold pointers, of unknown type (`memclrHasPointers`).
///
/// # Safety
/// `p` is aligned to 8 and may be read and written for `n` bytes, `n` a multiple of 8.
pub unsafe fn clear_pointers(mem: &impl Mem, p: *mut u8, n: usize) {
    // SAFETY: `n` bytes at `p`, which are whole words, may be read and written (this function's contract). A fault is provided
    // for, or cannot be (the module's contract).
    unsafe {
        if mem.write_barrier_on() {
            mem.barrier_bulk(p as usize, 0, n);
        }
        raw::clear(Access::of_leaf(), p, n);
    }
}

/// Moves the results of a reflected call out of its frame (the memory half of `reflectcallmove`).
///
/// # Safety
/// `t` is null or the descriptor of the frame; `size` bytes may be read at `src` and written at `dst`.
pub unsafe fn move_results(mem: &impl Mem, t: *const Type, dst: *mut u8, src: *const u8, size: usize) {
    // SAFETY: `t` is null or a descriptor; `size` bytes at `src` are readable and at `dst` writable (this function's
    // contract). A fault is provided for, or cannot be (the module's contract).
    unsafe {
        if !t.is_null() && (*t).has_pointers() && size >= 8 && mem.write_barrier_on() {
            mem.barrier_bulk(dst as usize, src as usize, size);
        }
        raw::copy(Access::of_leaf(), dst, src, size);
    }
}

//! The data word of an interface: putting values that are not pointers into boxes.
//!
//! Small numbers, empty strings and nil slices share constant boxes.

use crate::mem::{Mem, raw};
use crate::types::layout;
use crate::types::{GoSlice, GoStr, Type};

/// Boxes a value of any type (`convT`).
///
/// # Safety
/// `t` is a descriptor, `v` points to a whole value of it.
pub unsafe fn conv_t(mem: &impl Mem, t: *const Type, v: *const u8) -> *mut u8 {
    // SAFETY: `t` is a descriptor and outlives the block, which has its size; `v` points to a whole value of it (this
    // function's contract), read within `touch`; of the copy, `ptr_bytes` are readable.
    unsafe {
        if !(*t).has_pointers() {
            return conv_t_noptr(mem, t, v);
        }
        let x = mem.alloc((*t).size, t, true);
        mem.touch(|by| raw::copy(by, x, v, (*t).size));
        if mem.write_barrier_on() {
            mem.barrier_bulk_fresh(x as usize, (*t).ptr_bytes);
        }
        x
    }
}

/// Boxes a value without pointers (`convTnoptr`).
///
/// # Safety
/// As for [`conv_t`].
pub unsafe fn conv_t_noptr(mem: &impl Mem, t: *const Type, v: *const u8) -> *mut u8 {
    // SAFETY: `v` points to a whole value of the descriptor `t` (this function's contract), read within `touch`; the block
    // has its size.
    unsafe {
        let x = mem.alloc((*t).size, core::ptr::null(), false);
        mem.touch(|by| raw::copy(by, x, v, (*t).size));
        x
    }
}

/// # Safety
/// `val` is what the box of `T` holds.
#[inline(always)]
unsafe fn number<T: Copy + Into<u64>>(mem: &impl Mem, val: T) -> *mut u8 {
    let small: u64 = val.into();
    if small < 256 {
        // SAFETY: the table has 256 words.
        return unsafe { mem.small_values().add(small as usize).cast_mut().cast() };
    }
    // SAFETY: the block has room for a `T` and no pointers.
    unsafe {
        let x = mem.alloc(size_of::<T>(), core::ptr::null(), false);
        x.cast::<T>().write(val);
        x
    }
}

/// Boxes two bytes (`convT16`).
pub fn conv_t16(mem: &impl Mem, val: u16) -> *mut u8 {
    // SAFETY: any number.
    unsafe { number(mem, val) }
}

/// Boxes four bytes (`convT32`).
pub fn conv_t32(mem: &impl Mem, val: u32) -> *mut u8 {
    // SAFETY: any number.
    unsafe { number(mem, val) }
}

/// Boxes eight bytes (`convT64`).
pub fn conv_t64(mem: &impl Mem, val: u64) -> *mut u8 {
    // SAFETY: any number.
    unsafe { number(mem, val) }
}

/// Boxes a string (`convTstring`).
///
/// # Safety
/// `s` is a whole string.
pub unsafe fn conv_tstring(mem: &impl Mem, s: GoStr) -> *mut u8 {
    if s.is_empty() {
        return mem.zero_value().cast_mut();
    }
    // SAFETY: the block has room for a string, whose first word is its only pointer.
    unsafe {
        let x = mem.alloc(size_of::<GoStr>(), &layout::STRING, true);
        if mem.write_barrier_on() {
            mem.barrier_ptr(x.cast(), s.ptr as usize);
        }
        x.cast::<GoStr>().write(s);
        x
    }
}

/// Boxes a slice with elements of any type (`convTslice`).
///
/// # Safety
/// `s` is a whole slice.
pub unsafe fn conv_tslice(mem: &impl Mem, s: GoSlice) -> *mut u8 {
    if s.ptr.is_null() {
        return mem.zero_value().cast_mut();
    }
    // SAFETY: the block has room for a slice, whose first word is its only pointer.
    unsafe {
        let x = mem.alloc(size_of::<GoSlice>(), &layout::SLICE, true);
        if mem.write_barrier_on() {
            mem.barrier_ptr(x.cast(), s.ptr as usize);
        }
        x.cast::<GoSlice>().write(s);
        x
    }
}

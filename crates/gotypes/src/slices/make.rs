//! `make([]T, len, cap)`, and `copy`.

use crate::mem::{Access, Mem, raw};
use crate::text::fault::{Fault, msg};
use crate::types::{GoSlice, Type};

/// Bytes to ask for, or the fault of a `make` that cannot be.
///
/// A length that is itself too large is blamed before a capacity, since `make([]T, n)` names only a length.
///
/// # Errors
/// The fault of a length or capacity that is negative or too large, or of a length above the capacity.
///
/// # Safety
/// `et` is a descriptor.
#[inline]
pub unsafe fn make_slice_size(et: *const Type, len: isize, cap: isize, max_alloc: usize) -> Result<usize, Fault> {
    // SAFETY: `et` is a descriptor.
    let size = unsafe { (*et).size };
    let fits = |n: isize| match size.checked_mul(n as usize) {
        Some(bytes) if n >= 0 && bytes <= max_alloc => Some(bytes),
        _ => None,
    };
    // A negative capacity cannot come with a larger length that is not negative as well.
    match size.checked_mul(cap as usize) {
        Some(bytes) if bytes <= max_alloc && len >= 0 && len <= cap => Ok(bytes),
        _ if fits(len).is_none() => Err(Fault::Error(msg::MAKESLICE_LEN)),
        _ => Err(Fault::Error(msg::MAKESLICE_CAP)),
    }
}

/// Array of a new slice (`makeslice`).
///
/// # Errors
/// The fault of a length or capacity that is negative or too large, or of a length above the capacity.
///
/// # Safety
/// `et` is a descriptor.
#[inline]
pub unsafe fn make_slice(mem: &impl Mem, et: *const Type, len: isize, cap: isize) -> Result<*mut u8, Fault> {
    // SAFETY: `et` is a descriptor.
    unsafe {
        let size = make_slice_size(et, len, cap, mem.max_alloc())?;
        let ty = if (*et).has_pointers() { et } else { core::ptr::null() };
        Ok(mem.alloc(size, ty, true))
    }
}

/// The same for lengths of type `int64` (`makeslice64`): on 64-bit machines there is no difference.
///
/// # Errors
/// The fault of a length or capacity that is negative or too large, or of a length above the capacity.
///
/// # Safety
/// `et` is a descriptor.
pub unsafe fn make_slice64(mem: &impl Mem, et: *const Type, len: i64, cap: i64) -> Result<*mut u8, Fault> {
    // SAFETY: `et` is a descriptor (this function's contract).
    unsafe { make_slice(mem, et, len as isize, cap as isize) }
}

/// `make([]T, to_len)` followed by a `copy` from `from` (`makeslicecopy`).
///
/// # Errors
/// The fault of a length that is negative or too large.
///
/// # Safety
/// `et` is a descriptor; `from` points to `from_len` values of it.
pub unsafe fn make_slice_copy(
    mem: &impl Mem,
    et: *const Type,
    to_len: isize,
    from_len: isize,
    from: *const u8,
) -> Result<*mut u8, Fault> {
    // SAFETY: `et` is a descriptor (this function's contract), so it outlives any block. `to` has `total` bytes, and
    // `copied` is the smaller of `total` and what the `from_len` values at `from` take. What is read of `from` is read
    // within `touch`; what is cleared is a block of our own.
    unsafe {
        let size = (*et).size;
        // As unsigned numbers, so that a negative length counts as longer and faults.
        let (total, copied) = if to_len as usize > from_len as usize {
            match size.checked_mul(to_len as usize) {
                Some(bytes) if to_len >= 0 && bytes <= mem.max_alloc() => (bytes, size.wrapping_mul(from_len as usize)),
                _ => return Err(Fault::Error(msg::MAKESLICE_LEN)),
            }
        } else {
            // What already exists is not too long.
            let bytes = size.wrapping_mul(to_len as usize);
            (bytes, bytes)
        };
        let to = if (*et).has_pointers() {
            mem.alloc(total, et, true)
        } else {
            let to = mem.alloc(total, core::ptr::null(), false);
            raw::clear(Access::of_own(), to.add(copied), total - copied);
            to
        };
        mem.touch(|by| raw::copy(by, to, from, copied));
        if (*et).has_pointers() && copied > 0 && mem.write_barrier_on() {
            mem.barrier_bulk_fresh(to as usize, copied);
        }
        Ok(to)
    }
}

/// Bytes that the caller will overwrite in full (`bytealg.MakeNoZero`).
///
/// # Errors
/// The fault of a length that is negative or too large.
pub fn make_no_zero(mem: &impl Mem, len: isize) -> Result<GoSlice, Fault> {
    if len as usize > mem.max_alloc() {
        return Err(Fault::Error(msg::MAKESLICE_LEN));
    }
    let len = len as usize;
    // SAFETY: no pointers.
    let ptr = unsafe { mem.alloc(len, core::ptr::null(), false) };
    Ok(GoSlice { ptr, len, cap: len })
}

/// `copy(to, from)` for elements without pointers, `width` bytes each (`slicecopy`, a leaf).
///
/// # Safety
/// `to` and `from` are arrays of `to_len` and `from_len` elements. The call is made in a leaf, as [`Access::of_leaf`] asks.
#[inline]
pub unsafe fn slice_copy(to: *mut u8, to_len: usize, from: *const u8, from_len: usize, width: usize) -> usize {
    let n = to_len.min(from_len);
    if n != 0 && width != 0 {
        // SAFETY: `n` is not above either length, and both arrays hold so many elements of `width` bytes; this is a leaf
        // (this function's contract).
        unsafe { raw::copy(Access::of_leaf(), to, from, n * width) };
    }
    n
}

//! `append` beyond the capacity.

use core::num::NonZeroUsize;

use crate::mem::{Access, Mem, raw};
use crate::text::fault::{Fault, msg};
use crate::types::{GoSlice, Type};

/// Capacities from here on no longer double, but ease from 2 towards 1.25.
const THRESHOLD: isize = 256;

/// What growing a slice takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GrowPlan {
    /// New capacity, in elements.
    pub cap: usize,
    /// Bytes to allocate.
    pub bytes: usize,
    /// Bytes to copy: the elements that were there.
    pub old_bytes: usize,
    /// Bytes that the new length covers; from here on the array must be clear.
    pub len_bytes: usize,
}

/// Capacity to aim for, before it is rounded up to what the allocator gives anyhow.
#[inline]
fn target(new_len: isize, old_cap: isize) -> isize {
    let double = old_cap.wrapping_add(old_cap);
    if new_len > double {
        return new_len;
    }
    if old_cap < THRESHOLD {
        return double;
    }
    let mut cap = old_cap;
    while 0 < cap && cap < new_len {
        cap = cap.wrapping_add(cap.wrapping_add(3 * THRESHOLD) / 4);
    }
    // Overflowed: as much as is needed.
    if cap <= 0 { new_len } else { cap }
}

/// Plans the growth of a slice of elements of `size > 0` bytes by `num` to `new_len`, which its capacity does not
/// hold. `round_up` says what the allocator gives for a number of bytes.
///
/// # Errors
/// The fault of a length that is negative or needs more than `max_alloc` bytes.
#[inline]
pub fn grow_plan(
    new_len: isize,
    old_cap: isize,
    num: isize,
    size: usize,
    max_alloc: usize,
    round_up: impl FnOnce(usize) -> usize,
) -> Result<GrowPlan, Fault> {
    if new_len < 0 {
        return Err(Fault::Error(msg::GROWSLICE_LEN));
    }
    let target = target(new_len, old_cap) as usize;
    let wanted = match size.checked_mul(target) {
        Some(w) if w <= max_alloc => w,
        _ => return Err(Fault::Error(msg::GROWSLICE_LEN)),
    };
    let given = round_up(wanted);
    let (cap, bytes) = if size == 1 {
        (given, given)
    } else if size.is_power_of_two() {
        let cap = given >> size.trailing_zeros();
        (cap, cap << size.trailing_zeros())
    } else {
        // Not 0, for which there would be a way to a panic.
        let cap = NonZeroUsize::new(size).map_or(0, |size| given / size);
        (cap, cap * size)
    };
    if bytes > max_alloc {
        return Err(Fault::Error(msg::GROWSLICE_LEN));
    }
    Ok(GrowPlan { cap, bytes, old_bytes: (new_len - num) as usize * size, len_bytes: new_len as usize * size })
}

/// Moves the old elements into the new array and clears what is beyond the new length.
///
/// # Safety
/// `et` is a descriptor; `p` is a fresh block of `plan.bytes`, clear if `et` has pointers; `old` holds
/// `plan.old_bytes`.
#[inline]
pub unsafe fn grow_fill(mem: &impl Mem, et: *const Type, plan: &GrowPlan, p: *mut u8, old: *const u8) {
    // SAFETY: `et` is a descriptor; `p` has `plan.bytes`, of which `plan.len_bytes` and `plan.old_bytes` are parts, and
    // `old` holds `plan.old_bytes` (this function's contract). What is read of `old` is read within `touch`; the block is
    // our own. `plan.old_bytes` is whole values, all of which were written, so that the barrier reads up to the last one's
    // pointers.
    unsafe {
        if !(*et).has_pointers() {
            raw::clear(Access::of_own(), p.add(plan.len_bytes), plan.bytes - plan.len_bytes);
        }
        mem.touch(|by| raw::copy(by, p, old, plan.old_bytes));
        if (*et).has_pointers() && plan.old_bytes > 0 && mem.write_barrier_on() {
            mem.barrier_bulk_fresh(p as usize, plan.old_bytes - (*et).size + (*et).ptr_bytes);
        }
    }
}

/// The slice after growth (`growslice`): the old elements, `num` that the caller writes next, and a clear rest.
///
/// # Errors
/// The fault of a length that is negative or too large.
///
/// # Safety
/// `et` is a descriptor; `old` points to `new_len - num` values of it; `new_len` is above `old_cap`.
#[inline]
pub unsafe fn grow_slice(
    mem: &impl Mem,
    old: *const u8,
    new_len: isize,
    old_cap: isize,
    num: isize,
    et: *const Type,
) -> Result<GoSlice, Fault> {
    // SAFETY: `et` is a descriptor, so it outlives the block; the block has the plan's bytes and is cleared if `et` has
    // pointers; `old` points to `new_len - num` values (this function's contract), which are the plan's `old_bytes`.
    unsafe {
        if new_len < 0 {
            return Err(Fault::Error(msg::GROWSLICE_LEN));
        }
        let len = new_len as usize;
        if (*et).size == 0 {
            // Not a nil slice, for it has a length.
            return Ok(GoSlice { ptr: mem.zero_base(), len, cap: len });
        }
        let plan = grow_plan(new_len, old_cap, num, (*et).size, mem.max_alloc(), |n| mem.round_up(n))?;
        let ptrs = (*et).has_pointers();
        let p = mem.alloc(plan.bytes, if ptrs { et } else { core::ptr::null() }, ptrs);
        grow_fill(mem, et, &plan, p, old);
        Ok(GoSlice { ptr: p, len, cap: plan.cap })
    }
}

/// What `reflect.Value.Grow` adds to the capacity: everything up to there is kept.
pub fn reflect_grow_num(old: GoSlice, num: isize) -> isize {
    num.wrapping_sub(old.cap as isize - old.len as isize)
}

/// `reflect.Value.Grow`: room for `num` more, with the length as it was and all of the room clear.
///
/// # Errors
/// The fault of a length that is negative or too large.
///
/// # Safety
/// `et` is a descriptor; `old` is a slice of it, whose capacity does not hold `num` more.
pub unsafe fn reflect_grow_slice(mem: &impl Mem, et: *const Type, old: GoSlice, num: isize) -> Result<GoSlice, Fault> {
    // SAFETY: `et` is a descriptor, `old` a slice of it (this function's contract), whose array holds `old.cap` values: the
    // new length less `num`. The length that is asked for is above the capacity. What is cleared lies in the new block,
    // which has `new.len` values.
    unsafe {
        let num = reflect_grow_num(old, num);
        let mut new = grow_slice(mem, old.ptr, (old.cap as isize).wrapping_add(num), old.cap as isize, num, et)?;
        if !(*et).has_pointers() {
            // No `append` is coming to overwrite this part.
            let from = old.cap * (*et).size;
            raw::clear(Access::of_own(), new.ptr.add(from), new.len * (*et).size - from);
        }
        new.len = old.len;
        Ok(new)
    }
}

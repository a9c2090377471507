//! What code built with `-d=checkptr` asks: whether an `unsafe.Pointer` conversion or calculation stays inside of one object.
//! Not here: unsafe.Slice and unsafe.String as every program calls them, which are compiled code's own.

use goxide_gotypes::slices;
use goxide_gotypes::types::Type;
use goxide_rt::fatal;
use goxide_rt::links::first_module;
use goxide_rt::raise::or_raise;
use goxide_rt::state::{RT, g};
use goxide_rt::token::System;

/// Where the object begins that `p` points into; all of this goroutine's stack (1), and each section of variables, is one
/// object. 0 for memory that is none of ours.
fn object_start(p: usize) -> usize {
    // SAFETY: the current goroutine's descriptor.
    let (lo, hi) = unsafe { ((*g()).stack.lo, (*g()).stack.hi) };
    if (lo..hi).contains(&p) {
        return 1;
    }
    let m = first_module();
    for (lo, hi) in [(m.data, m.edata), (m.bss, m.ebss)] {
        if (lo..hi).contains(&p) {
            return lo;
        }
    }
    RT.heap.object_of(p).map_or(0, |(start, ..)| start)
}

/// Whether `size` bytes at `p` are not of one object.
fn straddles(p: usize, size: usize) -> bool {
    match size {
        0 => false,
        n => p.checked_add(n - 1).is_none_or(|last| object_start(p) != object_start(last)),
    }
}

/// `(*[n]T)(p)`: `p` becomes a pointer to `n` elements.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_checkptrAlignment(_: System<'_>, p: usize, elem: *const Type, n: usize) {
    if p == 0 {
        return;
    }
    // SAFETY: compiled code's descriptor.
    let elem = unsafe { &*elem };
    if elem.has_pointers() && !p.is_multiple_of(usize::from(elem.align).max(1)) {
        fatal::throw(b"checkptr: misaligned pointer conversion");
    }
    if straddles(p, elem.size.saturating_mul(n)) {
        fatal::throw(b"checkptr: converted pointer straddles multiple allocations");
    }
}

/// `p` was calculated from the pointers in `from`, of which one has to point into the same object.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_checkptrArithmetic(_: System<'_>, p: usize, from: *const usize, len: usize, _cap: usize) {
    /// No pointer is below the second page.
    const SMALLEST: usize = 4096;
    if (1..SMALLEST).contains(&p) {
        fatal::throw(b"checkptr: pointer arithmetic computed bad pointer value");
    }
    let start = object_start(p);
    // SAFETY: compiled code's slice, in the frame of the caller.
    let found = start == 0 || (0..len).any(|i| unsafe { object_start(*from.add(i)) } == start);
    if !found {
        fatal::throw(b"checkptr: pointer arithmetic result points to invalid allocation");
    }
}

/// For packages outside of std: `object_start`.
#[unsafe(no_mangle)]
extern "C" fn gx_runtime_checkptrBase(_: System<'_>, p: usize) -> usize {
    object_start(p)
}

/// For packages outside of std: `straddles`.
#[unsafe(no_mangle)]
extern "C" fn gx_runtime_checkptrStraddles(_: System<'_>, p: usize, size: usize) -> bool {
    straddles(p, size)
}

/// `unsafe.Slice(p, len)`.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_unsafeslicecheckptr(sys: System<'_>, ty: *const Type, p: *const u8, len: i64) {
    // SAFETY: compiled code's descriptor. No frame owns what must be dropped, and no region is open.
    unsafe {
        or_raise(slices::check_unsafe_slice(ty, p, len), sys);
        if straddles(p as usize, (*ty).size.saturating_mul(len as usize)) {
            fatal::throw(b"checkptr: unsafe.Slice result straddles multiple allocations");
        }
    }
}

/// `unsafe.String(p, len)`.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_unsafestringcheckptr(sys: System<'_>, p: *const u8, len: i64) {
    // SAFETY: no frame owns what must be dropped, and no region is open.
    unsafe { or_raise(slices::check_unsafe_string(p, len), sys) }
    if straddles(p as usize, len as usize) {
        fatal::throw(b"checkptr: unsafe.String result straddles multiple allocations");
    }
}

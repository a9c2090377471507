//! The write barrier's Rust side: the flag that compiled code tests, the per-processor buffer behind
//! `gcWriteBarrier1..8`, and single and bulk records for moves made in Rust. Who turns the flag on is the collector; it
//! does not exist yet, so what is flushed is dropped.

use super::{WB_WORDS, p, pext};
use crate::links::links;
use core::sync::atomic::{AtomicU32, Ordering};

/// Whether compiled code records pointer stores.
#[inline(always)]
pub fn is_on() -> bool {
    // SAFETY: the flag is the first word of runtime.writeBarrier, four bytes of which compiled code tests at once.
    unsafe { (*links().write_barrier.cast::<AtomicU32>()).load(Ordering::Relaxed) != 0 }
}

/// Empties the buffer of this thread's processor.
pub extern "C" fn flush() {
    // SAFETY: the barrier runs with a processor.
    unsafe { reset(p()) }
}

/// Makes a processor's buffer empty.
///
/// # Safety
/// `proc` is a processor that nobody else uses now.
pub unsafe fn reset(proc: *mut super::P) {
    // SAFETY: the caller's.
    unsafe {
        let ext = &raw mut (*proc).ext;
        let start = (&raw const (*ext).wb) as usize;
        (*ext).wb_next = start;
        (*ext).wb_end = start + WB_WORDS * 8;
    }
}

/// Records that `new` replaces what `slot` holds.
///
/// # Safety
/// `slot` is readable; the thread holds a processor.
pub unsafe fn record(slot: *mut usize, new: usize) {
    // SAFETY: the caller's.
    unsafe {
        if pext().wb_next + 16 > pext().wb_end {
            flush();
        }
        let at = pext().wb_next as *mut usize;
        at.write(new);
        at.add(1).write(*slot);
        pext().wb_next += 16;
    }
}

/// Records every word of `dst` and of `src` (0: none) that points somewhere; the collector tells pointers from numbers.
///
/// # Safety
/// Both ranges are readable for `size` bytes; the thread holds a processor.
pub unsafe fn record_bulk(dst: usize, src: usize, size: usize) {
    for off in (0..size).step_by(8) {
        // SAFETY: inside the ranges.
        unsafe {
            let new = if src == 0 { 0 } else { *((src + off) as *const usize) };
            record((dst + off) as *mut usize, new);
        }
    }
}

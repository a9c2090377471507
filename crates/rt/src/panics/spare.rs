//! Records of deferred calls that were allocated and are not needed any more: a processor keeps some for the next `defer` in a loop.
//! What is in a record is in [`record`](crate::panics::record).
//!
//! They are objects of the Go heap that nothing leads the collector to. So none is on a list while marking: the lists are emptied when
//! it begins (`gc::driver`), since a record may not have been reached when it would be used again, by a goroutine that is scanned already;
//! and until it ends nothing is put on one. What was taken off when it began, or made since, is marked where its goroutine is
//! scanned, or from birth.

use crate::barrier;
use crate::links::FuncVal;
use crate::panics::record::Defer;
use crate::state::{G, ProcExt};
use crate::token::Processor;
use core::ptr::null_mut;

/// Spare records that a processor has at most.
const MOST: u32 = 32;

/// A spare record, all of which is clear but for `heap`; or null.
#[inline(always)]
pub fn get(proc: Processor<'_>) -> *mut Defer {
    let ext = proc.into_part();
    let d = ext.defers;
    if !d.is_null() {
        // SAFETY: a spare record, on the list of the processor that this thread holds.
        unsafe { ext.defers = core::mem::replace(&mut (*d).link, null_mut()) };
        ext.n_defers -= 1;
    }
    d
}

/// The processor has none any more.
pub fn forget(ext: &mut ProcExt) {
    (ext.defers, ext.n_defers) = (null_mut(), 0);
}

/// Takes the newest record of a goroutine off if it belongs to the frame with this stack pointer, for its call.
///
/// # Safety
/// `gp` is the current goroutine, in an entry.
#[inline(always)]
pub unsafe fn take_call(proc: Processor<'_>, gp: *mut G, sp: usize) -> Option<FuncVal> {
    // SAFETY: `gp` is the current goroutine (this function's contract), and a record that was taken off is no one's.
    unsafe {
        let (f, d) = Defer::take(gp, sp)?;
        // What is done with a record that was allocated goes on to the caller by itself: the way of one in a frame saves no register for it.
        Some(if (*d).heap { keep(proc, d, f) } else { f })
    }
}

/// Puts a record on the processor's list, if it may; answers `f`.
///
/// # Safety
/// The record was allocated, and is no one's.
#[cold]
#[inline(never)]
unsafe fn keep(proc: Processor<'_>, d: *mut Defer, f: FuncVal) -> FuncVal {
    let ext = proc.into_part();
    if ext.n_defers < MOST && !barrier::is_on() {
        // SAFETY: the record is no one's, so this thread alone uses it (this function's contract).
        unsafe { (*d).link = ext.defers };
        ext.defers = d;
        ext.n_defers += 1;
    }
    f
}

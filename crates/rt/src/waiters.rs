//! Wait records of channel operations: the spare ones, and those of a goroutine whose stack moves.

use crate::refusal::refused;
use crate::state::{G, ProcExt, RT};
use crate::token::Processor;
use goxide_alloc::size_class::PAGE;
use goxide_chan::Waiter;
use goxide_symtab::Relocate;

/// Spare wait records that a processor has at most; half of them move to or from the shared ones at a time.
const WAITERS: u32 = 128;

/// A spare wait record for a channel operation.
pub fn take_waiter(mut proc: Processor<'_>) -> *mut Waiter {
    let ext = proc.part();
    let w = ext.waiters;
    if w.is_null() {
        return more_waiters(proc);
    }
    // SAFETY: a spare record, on the list of the processor that this thread holds.
    ext.waiters = unsafe { (*w).wait_link };
    ext.n_waiters -= 1;
    w
}

/// This processor has none left.
#[cold]
#[inline(never)]
fn more_waiters(mut proc: Processor<'_>) -> *mut Waiter {
    let ext = proc.part();
    loop {
        let mut spare = RT.spare_waiters.lock();
        while ext.n_waiters < WAITERS / 2 {
            let w = spare.take();
            if w.is_null() {
                break;
            }
            // SAFETY: a spare record, which is on this processor's list from now on.
            unsafe { (*w).wait_link = ext.waiters };
            ext.waiters = w;
            ext.n_waiters += 1;
        }
        drop(spare);
        if ext.n_waiters > 0 {
            return take_waiter(proc);
        }
        let page = match RT.heap.alloc_manual(1) {
            // SAFETY: just made.
            Ok(span) => unsafe { (*span).base() as *mut u8 },
            Err(why) => refused(why),
        };
        // SAFETY: a page of the heap, for this purpose alone until `release_pages` gives it back.
        unsafe { RT.spare_waiters.lock().add(page) };
    }
}

/// Bytes of the pages that wait records are in.
pub fn bytes() -> u64 {
    (RT.spare_waiters.lock().pages() * PAGE) as u64
}

/// Gives the heap pages of which no record is in use or on a processor's list, until `until`; whether those were all.
pub fn release_pages(until: i64) -> bool {
    /// After how many the clock is read.
    const AT_A_TIME: usize = 16;
    for n in 1.. {
        let page = RT.spare_waiters.lock().remove();
        if page.is_null() {
            break;
        }
        if let Some(span) = RT.heap.span_of(page.addr()) {
            // SAFETY: `more_waiters` took the page, and nothing in it is in use.
            unsafe { RT.heap.free_manual(core::ptr::from_ref(span).cast_mut()) }
        }
        if n % AT_A_TIME == 0 && goxide_sys::time::nanotime() >= until {
            return false;
        }
    }
    true
}

/// Gives back all wait records of a chain, which may be empty.
///
/// # Safety
/// Nothing uses them any more.
pub unsafe fn give_chain(mut proc: Processor<'_>, head: *mut Waiter) {
    // SAFETY: nothing uses the chain's records any more (this function's contract), so that each may be given back, once its link
    // was read.
    unsafe { Waiter::each(head, |w| give_waiter(proc.lend(), w)) }
}

/// Gives a wait record back.
///
/// # Safety
/// Nothing uses it any more.
pub unsafe fn give_waiter(proc: Processor<'_>, w: *mut Waiter) {
    // SAFETY: nothing uses the record any more (this function's contract); the list is that of this thread's processor.
    unsafe {
        let ext = proc.into_part();
        (*w).wait_link = ext.waiters;
        ext.waiters = w;
        ext.n_waiters += 1;
        if ext.n_waiters == WAITERS {
            spill_waiters(ext, WAITERS / 2);
        }
    }
}

/// Keeps `keep` of a processor's spare wait records; the shared list gets the others.
///
/// # Safety
/// The processor is this thread's, or the world is stopped: its list is not in use elsewhere.
#[cold]
#[inline(never)]
pub unsafe fn spill_waiters(ext: &mut ProcExt, keep: u32) {
    let mut spare = RT.spare_waiters.lock();
    while ext.n_waiters > keep {
        let w = ext.waiters;
        // SAFETY: a spare record of the processor's, whose list is not in use elsewhere (this function's contract); `take` gave it.
        unsafe {
            ext.waiters = (*w).wait_link;
            spare.give(w);
        }
        ext.n_waiters -= 1;
    }
}

/// Follows a stack that moved: the slots of a parked goroutine's wait records.
///
/// # Safety
/// The goroutine does not run; if it waits, its channels are locked.
pub unsafe fn relocate(gp: *mut G, mv: &impl Relocate) {
    // SAFETY: the goroutine does not run, and if it waits, its channels are locked (this function's contract), so nothing
    // else uses its records.
    unsafe {
        Waiter::each((*gp).waiting.cast(), |w| {
            mv.relocate((&raw mut (*w).elem).cast());
        });
    }
}

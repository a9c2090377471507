//! Wait records of channel operations: the spare ones, and those of a goroutine whose stack moves.

use crate::state::{G, ProcExt, RT, pext};
use goxide_chan::Waiter;
use goxide_sched::Host as _;
use goxide_symtab::Relocate;

/// Spare wait records that a processor has at most; half of them move to or from the shared ones at a time.
const WAITERS: u32 = 128;

/// A spare wait record for a channel operation.
///
/// # Safety
/// The thread holds a processor.
pub unsafe fn take_waiter() -> *mut Waiter {
    // SAFETY: the processor's list is this thread's; a new record is no other owner's.
    unsafe {
        let ext = pext();
        if ext.waiters.is_null() {
            return more_waiters();
        }
        let w = ext.waiters;
        ext.waiters = (*w).wait_link;
        ext.n_waiters -= 1;
        w
    }
}

/// This processor has none left.
///
/// # Safety
/// As for [`take_waiter`].
#[cold]
#[inline(never)]
unsafe fn more_waiters() -> *mut Waiter {
    // SAFETY: as for `take_waiter`; what is on the shared list is not in use.
    unsafe {
        let ext = pext();
        {
            let mut spare = RT.spare_waiters.lock();
            while ext.n_waiters < WAITERS / 2 && !spare.head.is_null() {
                let w = spare.head;
                spare.head = (*w).wait_link;
                (*w).wait_link = ext.waiters;
                ext.waiters = w;
                ext.n_waiters += 1;
            }
        }
        if !ext.waiters.is_null() {
            return take_waiter();
        }
        let at: *mut Waiter = RT.sched.host().alloc_record(size_of::<Waiter>(), 8).cast();
        at.write(Waiter::new());
        at
    }
}

/// Gives back all wait records of a chain, which may be empty.
///
/// # Safety
/// As for [`give_waiter`].
pub unsafe fn give_chain(head: *mut Waiter) {
    // SAFETY: the chain is not used any more; the thread holds a processor (both the caller's promise).
    unsafe { Waiter::each(head, |w| give_waiter(w)) }
}

/// Gives a wait record back.
///
/// # Safety
/// Nothing uses it any more; the thread holds a processor.
pub unsafe fn give_waiter(w: *mut Waiter) {
    // SAFETY: nothing uses the record any more, and the thread holds a processor (this function's contract), to whose part
    // no other reference is in use.
    unsafe {
        let ext = pext();
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
    // SAFETY: the records are not in use.
    unsafe {
        let mut spare = RT.spare_waiters.lock();
        while ext.n_waiters > keep {
            let w = ext.waiters;
            ext.waiters = (*w).wait_link;
            (*w).wait_link = spare.head;
            spare.head = w;
            ext.n_waiters -= 1;
        }
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

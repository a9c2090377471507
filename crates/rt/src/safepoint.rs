//! Where a goroutine stops: in a prologue whose check fails, and behind an entry. It yields if it was asked to, and does
//! what collection asks of it.

use crate::gc::scan_self::scan_if_marking;
use crate::gc::{assists, charge, driver, events};
use crate::records::Finish;
use crate::state::{G, GC, RT, g, m, may_give_way};
use crate::token::System;
use crate::words::Two;
use crate::{fatal, stacks};
use core::sync::atomic::Ordering;
use goxide_gc::Paid;
use goxide_sched::{Host as _, PREEMPT, Resume};

/// A prologue asked for more stack, or was asked to yield. The context in `gp` is the function's entry.
///
/// # Safety
/// Called by `gx_morestack` alone, with this thread's goroutine.
pub unsafe extern "C" fn newstack(mut sys: System<'_>, gp: *mut G) -> ! {
    // SAFETY: the assembly saved the context of this thread's goroutine (this function's contract), which is the entry of a function;
    // where it may be preempted, nothing is locked.
    unsafe {
        let preempted = (*gp).guard0.load(Ordering::Relaxed) == PREEMPT;
        if preempted {
            let mp = m();
            (*gp).reset_guard();
            if may_give_way(mp) && (*gp).ctx.sp >= (*gp).stack.lo + goxide_stack::GUARD {
                (*gp).preempt.store(false, Ordering::Relaxed);
                at_safepoint(sys.lend(), gp);
                stand_aside(sys.lend(), gp);
            }
            // Not preemptible here: the request stays pending for the next prologue.
            if (*gp).ctx.sp >= (*gp).stack.lo + goxide_stack::GUARD {
                goxide_stack::gogo(&raw const (*gp).ctx, gp as usize);
            }
        }
        stacks::grow(sys.into_processor(), gp);
        goxide_stack::gogo(&raw const (*gp).ctx, gp as usize)
    }
}

/// [`give_way`]: the results are in the descriptor's words already.
pub const WIDE: u32 = 1 << 8;

/// The end of an entry whose goroutine was asked to yield: it does, unless it must not be preempted now. Loops over entries
/// may have no prologue to yield in. `r0` and `r1` are what the entry answers, `flags` says which results are pointers
/// (bit 0: the first) and whether they are in the descriptor's words ([`WIDE`]). Answers the results when it comes back;
/// otherwise the goroutine goes on behind the call of its stub, with the results from its context. They may point into its
/// stack, which may have moved.
///
/// # Safety
/// Called by `gx_system_yields*` alone, when the entry is over.
#[cold]
pub unsafe extern "C" fn give_way(mut sys: System<'_>, r0: usize, r1: usize, flags: u32) -> Two {
    // SAFETY: on g0 of this thread's goroutine, whose context was saved by the entry's stub. What the entry was given is not
    // needed any more, and what it answers is in the descriptor.
    unsafe {
        let (gp, mp) = (g(), m());
        if may_give_way(mp) {
            if flags & WIDE == 0 {
                (*gp).ctx.regs[0] = r0;
                (*gp).ctx.regs[1] = r1;
            }
            (*gp).ext.result_pointers = flags as u8;
            (*gp).resume = Resume::Finish(Finish::Results);
            at_safepoint(sys.lend(), gp);
            stand_aside(sys, gp)
        }
        Two(r0, r1)
    }
}

/// What collection asks of a goroutine that stands in a prologue, or at the end of an entry, and yields: to scan its stack
/// while others mark, or to begin a collection that is due. In that case this does not come back: the goroutine goes on from
/// its context.
///
/// # Safety
/// `gp` is this thread's, not g0; its context is saved where it may yield, and what it holds besides its frames is in its descriptor.
#[inline]
pub unsafe fn at_safepoint(sys: System<'_>, gp: *mut G) {
    // SAFETY: `gp` is this thread's, its context is saved where it may yield, and what it holds besides is in its descriptor (this
    // function's contract).
    unsafe {
        if GC.is_marking() {
            scan_if_marking(sys, gp);
        } else if RT.collection.driver.begin.load(Ordering::Relaxed)
            && RT.collection.driver.begin.swap(false, Ordering::Relaxed)
        {
            driver::begin_here(sys, gp, false);
        }
    }
}

/// Yields. What the goroutine owes for its allocations it pays before it goes on; if a collection begins and the heap is full, it waits for that.
///
/// # Safety
/// As for [`at_safepoint`], which was called.
unsafe fn stand_aside(sys: System<'_>, gp: *mut G) -> ! {
    // SAFETY: on g0 of the thread of `gp`, with nothing locked (the token); its context is saved where it may yield
    // (this function's contract). The finish half is kept for when it has paid.
    unsafe {
        if GC.is_owed(&(*gp).ext.debt) {
            (*gp).ext.when_paid = match core::mem::replace(&mut (*gp).resume, Resume::Finish(Finish::Pay)) {
                Resume::Finish(half) => Some(half),
                Resume::AtOnce => None,
                Resume::Acquire | Resume::Waited => unreachable!("a goroutine that runs waits for something"),
            };
        } else if assists::are_held() {
            assists::hold(sys, gp)
        }
        RT.sched.preempt_on_g0(gp)
    }
}

/// The finish half of a goroutine that owes: it pays in pieces, between which it yields if it is asked to; or it waits, if there is
/// nothing to scan that is not in other hands, and the heap is full.
///
/// # Safety
/// As [`Finish::Pay`] of `gp`.
pub unsafe fn pay(mut sys: System<'_>, gp: *mut G) {
    // SAFETY: the goroutine is about to go on, on this thread: it stands where it yielded, with all that it holds in its frames and
    // its descriptor, of which this uses the debt and the finish half alone.
    unsafe {
        loop {
            match charge::pay(sys.lend()) {
                Paid::Piece => {}
                Paid::Short => assists::wait(sys, gp),
                Paid::All | Paid::Elsewhere => break,
            }
            charge::share_time(sys.lend());
            if (*gp).guard0.load(Ordering::Relaxed) == PREEMPT {
                (*gp).resume = Resume::Finish(Finish::Pay);
                at_pause(sys.lend(), gp, false);
                RT.sched.preempt_on_g0(gp)
            }
        }
        if let Some(half) = (*gp).ext.when_paid.take() {
            RT.sched.host().finish(gp, half)
        }
    }
}

/// [`at_safepoint`] for a goroutine that yields in the middle of an entry and has a finish half to go on with: `pieces` says that it is
/// [`Finish::Pieces`]. If it is another, a collection that is due is the driver's to begin, and this comes back always.
///
/// # Safety
/// As for [`at_safepoint`].
pub unsafe fn at_pause(sys: System<'_>, gp: *mut G, pieces: bool) {
    // SAFETY: `gp` is this thread's, its context is saved where it may yield, and what it holds besides is in its descriptor (this
    // function's contract).
    unsafe {
        if GC.is_marking() {
            scan_if_marking(sys, gp);
        } else if RT.collection.driver.begin.swap(false, Ordering::Relaxed) {
            if pieces {
                driver::begin_here(sys, gp, true);
            } else {
                driver::notify(events::DUE);
            }
        }
    }
}

/// Compiled code ran out of the system stack.
///
/// # Safety
/// Called by `gx_morestack` alone.
pub unsafe extern "C" fn morestack_on_g0(pc: usize) -> ! {
    fatal::throw_at(b"runtime: stack overflow on the system stack", pc)
}

//! Goroutine stacks: what happens when a prologue's check fails, growing by copy, shrinking.
//!
//! Roots that point into a stack besides its frames, all adjusted here: the saved context, the chain of deferred calls
//! (records in frames), the chain of panics, wait records of channel operations.

use super::{G, RT, fatal, g, m, pext, symtab};
use crate::panics::{Defer, Panic};
use crate::symtab::adjust::{Move, Relocate, adjust_frame_pointer, adjust_stack};
use crate::symtab::unwind::{Limits, Start};
use crate::symtab::{Native, PcCache};
use core::sync::atomic::Ordering;
use goxide_sched::PREEMPT;
use goxide_stack::Bounds;

/// A prologue asked for more stack, or was asked to give way. On g0; the context in `gp` is the function's entry.
///
/// # Safety
/// Called by `gx_morestack` alone, with this thread's goroutine.
pub unsafe extern "C" fn newstack(gp: *mut G) -> ! {
    // SAFETY: the assembly saved the context of this thread's goroutine.
    unsafe {
        let preempted = (*gp).guard0.load(Ordering::Relaxed) == PREEMPT;
        if preempted {
            let mp = m();
            (*gp).reset_guard();
            if (*mp).locks == 0 && (*mp).ext.pins == 0 && !(*mp).proc.is_null() && (*gp).ctx.sp >= (*gp).stack.lo + goxide_stack::GUARD {
                (*gp).preempt.store(false, Ordering::Relaxed);
                super::gc::at_safepoint(gp);
                RT.sched.preempt_on_g0(gp);
            }
            // Not now: the request stays, for the next prologue after this one.
            if (*gp).ctx.sp >= (*gp).stack.lo + goxide_stack::GUARD {
                goxide_stack::gogo(&raw const (*gp).ctx, gp as usize);
            }
        }
        grow(gp);
        goxide_stack::gogo(&raw const (*gp).ctx, gp as usize)
    }
}

/// Whether the present goroutine was asked to give way. For leaves, which leave it to their slow half.
#[inline(always)]
pub fn is_asked_to_yield() -> bool {
    // SAFETY: the present goroutine is valid.
    unsafe { (*g()).guard0.load(Ordering::Relaxed) == PREEMPT }
}

/// The end of an entry that might have parked but need not: if the goroutine was asked to give way it does, and goes on with
/// the results `r0` and `r1`, which are no pointers. Loops over such entries may have no prologue to ask in.
///
/// # Safety
/// In a system entry, which returns next.
#[inline]
pub unsafe fn end_entry(r0: usize, r1: usize) {
    if is_asked_to_yield() {
        // SAFETY: passed on.
        unsafe { give_way(r0, r1) }
    }
}

/// The end of an entry that allocates and answers the pointer `p`: as [`end_entry`], with `p` alive meanwhile. Loops that do
/// nothing but allocate have no prologue to give way in, and would hold up collections.
///
/// # Safety
/// In a system entry, which returns `p` next, or has stored it where its stub looks.
#[inline]
pub unsafe fn end_allocation(p: *mut u8) -> *mut u8 {
    if is_asked_to_yield() {
        // SAFETY: passed on.
        unsafe { give_way_with(p, [p as usize, 0, 0, 0]) }
    }
    p
}

/// As [`end_allocation`], for an entry with a second result, which is no pointer.
///
/// # Safety
/// As for [`end_allocation`].
#[inline]
pub unsafe fn end_allocation_two(r: crate::entries::Two) -> crate::entries::Two {
    if is_asked_to_yield() {
        // SAFETY: passed on.
        unsafe { give_way_with(r.0 as *mut u8, [r.0, r.1, 0, 0]) }
    }
    r
}

/// As [`end_allocation`], for an entry that has written its results, of which `p` is the one pointer, to the descriptor's
/// words.
///
/// # Safety
/// In a system entry, which returns next.
#[inline]
pub unsafe fn end_allocation_in_words(p: *mut u8) {
    if is_asked_to_yield() {
        // SAFETY: passed on.
        unsafe {
            let regs = (*g()).ctx.regs;
            give_way_with(p, regs)
        }
    }
}

/// The place of `in_flight` for what an entry is about to answer.
const RESULT: usize = 3;

/// The finish half of [`end_allocation`]: what the entry answers, if something waits in the descriptor, goes to the first result.
/// It may be a pointer into the goroutine's stack, which may have moved.
///
/// # Safety
/// The goroutine is about to go on at its entry.
pub unsafe fn hand_over_result(gp: *mut G) {
    // SAFETY: the caller's.
    unsafe {
        let p = core::mem::take(&mut (*gp).ext.in_flight[RESULT]);
        if p != 0 {
            (*gp).ctx.regs[0] = p;
        }
    }
}

#[cold]
#[inline(never)]
unsafe fn give_way_with(p: *mut u8, results: [usize; 4]) {
    // SAFETY: as for `give_way`.
    unsafe {
        let gp = g();
        if gp == (*m()).g0 {
            return;
        }
        (*gp).ext.in_flight[RESULT] = p as usize;
        (*gp).on_resume = Some(hand_over_result);
        (*gp).ctx.regs = results;
        leave();
        (*gp).on_resume = None;
        (*gp).ext.in_flight[RESULT] = 0;
    }
}

#[cold]
#[inline(never)]
unsafe fn give_way(r0: usize, r1: usize) {
    // SAFETY: passed on.
    unsafe {
        let gp = g();
        (*gp).ctx.regs[0] = r0;
        (*gp).ctx.regs[1] = r1;
        leave()
    }
}

/// Gives way, unless this goroutine must not be preempted now.
unsafe fn leave() {
    // SAFETY: in a system entry: the context was saved by the entry's stub, unless this is g0, which nobody asks.
    unsafe {
        let (gp, mp) = (g(), m());
        if gp != (*mp).g0 && (*mp).locks == 0 && (*mp).ext.pins == 0 && !(*mp).proc.is_null() {
            // What the entry answers is in the descriptor, its arguments are not needed any more.
            super::gc::at_safepoint(gp);
            RT.sched.preempt_on_g0(gp)
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

/// Gives a goroutine at least twice its stack.
unsafe fn grow(gp: *mut G) {
    // SAFETY: the goroutine is this thread's and stopped in a prologue.
    unsafe {
        let old = (*gp).stack;
        let size = old.hi - old.lo;
        let used = old.hi - (*gp).ctx.sp;
        // The frame about to be made can be larger than a doubling: ask its function.
        let need = symtab().find_func((*gp).ctx.pc).map_or(0, |f| f.max_sp_delta() as usize);
        let mut new = size * 2;
        while new - used < need + goxide_stack::GUARD {
            new *= 2;
        }
        if new > RT.max_stack.load(Ordering::Relaxed) {
            fatal::stack_overflow(gp);
        }
        move_to(gp, new);
    }
}

/// Moves a stopped goroutine to a stack of `size` bytes.
///
/// # Safety
/// The goroutine does not run; its context is at a call boundary; on its own channels nobody hands anything over meanwhile.
pub unsafe fn move_to(gp: *mut G, size: usize) {
    // SAFETY: the new stack is nobody else's; the frames are read through the linker's tables.
    unsafe {
        let old = (*gp).stack;
        let cache = &mut pext().stacks;
        let new: Bounds = cache.alloc(&RT.stacks, size);
        let used = old.hi - (*gp).ctx.sp;
        goxide_sys::mem::copy((new.hi - used) as *mut u8, ((*gp).ctx.sp) as *const u8, used);
        let mv = Move::new(Limits { lo: old.lo, hi: old.hi }, Limits { lo: new.lo, hi: new.hi });

        let ctx = &mut (*gp).ctx;
        // The frame pointer may be kept below the stack pointer, where nothing was copied from.
        ctx.bp = adjust_frame_pointer::<Native>(ctx.bp, ctx.sp, &mv);
        ctx.sp = ctx.sp.wrapping_add(mv.delta);
        mv.relocate(&raw mut ctx.ctxt);
        mv.relocate(&raw mut (*gp).syscall_sp);
        Defer::relocate_all(&raw mut (*gp).host1, &mv);
        Panic::relocate_all((*gp).host0 as *mut Panic, &mv);
        crate::entries::chans::relocate_waiters(gp, &mv);
        mv.relocate(&raw mut (*gp).ext.recovered_sp);
        mv.relocate(&raw mut (*gp).param);
        for i in 0..(*gp).ext.in_flight.len() {
            mv.relocate(&raw mut (*gp).ext.in_flight[i]);
        }

        (*gp).stack = new;
        (*gp).reset_guard();
        let start = Start::saved((*gp).ctx.pc, (*gp).ctx.sp, (*gp).ctx.lr);
        let mut pcs = PcCache::new();
        if let Err(f) =
            adjust_stack::<Native>(symtab(), &mut pcs, start, Limits { lo: new.lo, hi: new.hi }, &mv, true)
        {
            fatal::bad_stack(gp, &f);
        }
        pext().stacks.free(&RT.stacks, old);
    }
}

/// Whether an address lies in the present goroutine's stack.
pub fn on_stack(addr: usize) -> bool {
    // SAFETY: the present goroutine is valid.
    unsafe { addr >= (*g()).stack.lo && addr < (*g()).stack.hi }
}

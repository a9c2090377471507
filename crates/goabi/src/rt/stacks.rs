//! Goroutine stacks: what happens when a prologue's check fails, growing by copy, shrinking.
//!
//! Roots that point into a stack besides its frames, all adjusted here: the saved context, the chain of deferred calls
//! (records in frames), the chain of panics, wait records of channel operations.

use super::{G, M, RT, fatal, g, m, pext, symtab};
use crate::panics::{Defer, Panic};
use crate::symtab::adjust::{Move, Relocate, adjust_frame_pointer, adjust_stack};
use crate::symtab::unwind::{Limits, Start};
use crate::symtab::{Native, PcCache};
use core::sync::atomic::Ordering;
use goxide_sched::PREEMPT;
use goxide_stack::Bounds;

/// A prologue asked for more stack, or was asked to yield. On g0; the context in `gp` is the function's entry.
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
            if may_give_way(mp) && (*gp).ctx.sp >= (*gp).stack.lo + goxide_stack::GUARD {
                (*gp).preempt.store(false, Ordering::Relaxed);
                super::gc::at_safepoint(gp);
                RT.sched.preempt_on_g0(gp);
            }
            // Not preemptible here: the request stays pending for the next prologue.
            if (*gp).ctx.sp >= (*gp).stack.lo + goxide_stack::GUARD {
                goxide_stack::gogo(&raw const (*gp).ctx, gp as usize);
            }
        }
        grow(gp);
        goxide_stack::gogo(&raw const (*gp).ctx, gp as usize)
    }
}

/// Whether the goroutine of a thread may leave it now.
///
/// # Safety
/// `mp` is this thread.
#[inline]
pub unsafe fn may_give_way(mp: *mut M) -> bool {
    // SAFETY: the caller's.
    unsafe { (*mp).locks == 0 && (*mp).ext.pins == 0 && !(*mp).proc.is_null() }
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
pub unsafe extern "C" fn give_way(r0: usize, r1: usize, flags: u32) -> crate::entries::Two {
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
            (*gp).on_resume = Some(results_are_loaded);
            super::gc::at_safepoint(gp);
            RT.sched.preempt_on_g0(gp)
        }
        crate::entries::Two(r0, r1)
    }
}

/// The finish half of [`give_way`]: from here on what the entry answers is in registers.
///
/// # Safety
/// The goroutine is about to go on at its entry.
pub unsafe fn results_are_loaded(gp: *mut G) {
    // SAFETY: the caller's.
    unsafe { (*gp).ext.result_pointers = 0 }
}

/// Compiled code ran out of the system stack.
///
/// # Safety
/// Called by `gx_morestack` alone.
pub unsafe extern "C" fn morestack_on_g0(pc: usize) -> ! {
    fatal::throw_at(b"runtime: stack overflow on the system stack", pc)
}

/// Gives a goroutine at least twice its stack.
///
/// # Safety
/// The goroutine is this thread's, and its context is the entry of a function.
pub unsafe fn grow(gp: *mut G) {
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
/// The goroutine does not run; its context is at a call boundary; on its own channels nothing is handed over in the meantime.
pub unsafe fn move_to(gp: *mut G, size: usize) {
    // SAFETY: nothing else uses the new stack; the frames are read through the linker's tables.
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
        for i in 0..(*gp).ctx.regs.len() {
            if (*gp).ext.result_pointers >> i & 1 != 0 {
                mv.relocate(&raw mut (*gp).ctx.regs[i]);
            }
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

/// Whether an address lies in the current goroutine's stack.
pub fn on_stack(addr: usize) -> bool {
    // SAFETY: the current goroutine is valid.
    unsafe { addr >= (*g()).stack.lo && addr < (*g()).stack.hi }
}

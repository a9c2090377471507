//! Goroutine stacks: what happens when a prologue's check fails, growing by copy, shrinking.
//!
//! Roots that point into a stack besides its frames, all adjusted here: the saved context, the chain of deferred calls
//! (records in frames), the chain of panics, wait records of channel operations.

use crate::fatal;
use crate::panics::record::{Defer, Panic};
use crate::persistent::pc_cache;
use crate::state::{G, RT, g, symtab};
use crate::token::Processor;
use crate::{unwind, waiters};
use core::sync::atomic::Ordering;
use goxide_stack::{Bounds, grow};
use goxide_symtab::Native;
use goxide_symtab::adjust::{Move, Relocate, adjust_frame_pointer, adjust_stack};
use goxide_symtab::unwind::Limits;

/// Gives a goroutine at least twice its stack.
///
/// # Safety
/// The goroutine is this thread's, and its context is the entry of a function.
pub unsafe fn grow(proc: Processor<'_>, gp: *mut G) {
    // SAFETY: the goroutine is this thread's, which is not on its stack, and its context is the entry of a function, a call boundary
    // (this function's contract). It runs, so it waits at no channel.
    unsafe {
        // The frame about to be made can be larger than a doubling: ask its function.
        let need = symtab().find_func((*gp).ctx.pc).map_or(0, |f| f.max_sp_delta() as usize);
        match grow::next_size((*gp).stack, (*gp).ctx.sp, need, RT.max_stack.load(Ordering::Relaxed)) {
            Ok(new) => move_to(proc, gp, new),
            Err(grow::Overflow { .. }) => fatal::stack_overflow(gp),
        }
    }
}

/// Moves a stopped goroutine to a stack of `size` bytes.
///
/// # Safety
/// The goroutine does not run; its context is at a call boundary; on its own channels nobody hands anything over in the
/// meantime.
pub unsafe fn move_to(mut proc: Processor<'_>, gp: *mut G, size: usize) {
    // SAFETY: the goroutine does not run, so that its descriptor, and what hangs off it, is this thread's to change, and the old stack is
    // not used after the copy; what it waits at leaves its frames alone (this function's contract). The new stack is no other
    // owner's; the frames are read through the linker's tables.
    unsafe {
        let old = (*gp).stack;
        let new: Bounds = proc.part().stacks.alloc(&RT.stacks, size);
        let used = old.hi - (*gp).ctx.sp;
        grow::copy_stack(old, used, new);
        let mv = Move::new(Limits { lo: old.lo, hi: old.hi }, Limits { lo: new.lo, hi: new.hi });

        let ctx = &mut (*gp).ctx;
        // The frame pointer may be kept below the stack pointer, where nothing was copied from.
        ctx.bp = adjust_frame_pointer::<Native>(ctx.bp, ctx.sp, &mv);
        ctx.sp = ctx.sp.wrapping_add(mv.delta);
        mv.relocate(&raw mut ctx.ctxt);
        mv.relocate(&raw mut (*gp).syscall_sp);
        Defer::relocate_all(&raw mut (*gp).host1, &mv);
        Panic::relocate_all((*gp).host0 as *mut Panic, &mv);
        waiters::relocate(gp, &mv);
        mv.relocate(&raw mut (*gp).ext.recovered_sp);
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
        let start = unwind::saved(gp);
        if let Err(f) =
            adjust_stack::<Native>(symtab(), pc_cache(proc.lend()), start, Limits { lo: new.lo, hi: new.hi }, &mv, true)
        {
            fatal::bad_stack(gp, &f);
        }
        proc.part().stacks.free(&RT.stacks, old);
    }
}

/// Whether an address lies in the current goroutine's stack.
pub fn on_stack(addr: usize) -> bool {
    // SAFETY: the current goroutine is valid.
    unsafe { addr >= (*g()).stack.lo && addr < (*g()).stack.hi }
}

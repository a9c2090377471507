//! Between stacks: running Rust on the thread's system stack from a goroutine's, and Go functions on the system stack.
//!
//! Not here: the way of an entry there and back, which is assembly.

use crate::arch;
use crate::links::links;
use crate::state::{RT, g, m};
use crate::token::System;

/// Runs `f(arg, 0)` with the thread's system stack: what ends the program from a leaf entry needs more than the goroutine's
/// stack has left. Where the system stack, or the bootstrap's, is in use already, it is used on.
///
/// # Safety
/// `f` may be called with `arg`, and does not unwind.
#[inline(always)]
pub unsafe fn on_system_stack(f: unsafe extern "C" fn(usize, usize) -> usize, arg: usize) {
    let here = &raw const arg as usize;
    // Before there are processors, there may not even be a thread's word to ask.
    let gp = if RT.sched.proc_count() == 0 { core::ptr::null_mut() } else { g() };
    // SAFETY: this thread's goroutine. On its stack, the system stack is free from where entries begin to use it, and has
    // room; `f` is the caller's for this argument.
    unsafe {
        if !gp.is_null() && (*gp).stack.contains(here) && !(*gp).thread.is_null() && gp != (*(*gp).thread).g0 {
            goxide_stack::switch_stack_call((*(*gp).thread).g0_sp, f, arg, 0);
        } else {
            f(arg, 0);
        }
    }
}

/// Calls a Go function on this system stack, and answers its first result; without one, what a register held.
///
/// # Safety
/// The function takes the words, does not grow its stack far and does not block.
pub unsafe fn call_on_g0(_: System<'_>, f: crate::links::FuncVal, args: &[usize; 5]) -> usize {
    // SAFETY: on the system stack (the token), and g0 is current during the call, as `call_go` wants it; the word is put back. The function
    // takes the words, needs little stack and does not block (this function's contract). What it calls may be an entry, with a token
    // of its own: this one is not in use.
    unsafe {
        let mp = m();
        let before = g();
        goxide_tls::set_current((*mp).g0.cast());
        let result = arch::call_go(f, args, (*mp).g0 as usize);
        goxide_tls::set_current(before.cast());
        result
    }
}

/// Where a goroutine's function returns to.
pub fn return_pc() -> usize {
    // SAFETY: a Go function value.
    unsafe { *links().goexit + arch::PC_QUANTUM }
}

//! Where the assembly finds things in descriptors. It is told by `offset_of!`; the constants that Go's own assembly needs
//! (`goroot/runtime/goxide.h`) are asserted here.

use core::mem::offset_of;
use goxide_rt::state::{G, M, P, ProcExt, TaskExt};
use goxide_stack::Context;

/// `TASK_REGS` of goroot/runtime/goxide.h.
pub const TASK_REGS: usize = 112;
/// `TASK_GUARD` of it.
pub const TASK_GUARD: usize = 16;
/// What a goroutine's guard is when it is to yield, as an instruction's operand.
pub const PREEMPT_IMMEDIATE: i32 = goxide_sched::PREEMPT as isize as i32;

pub const TASK_THREAD: usize = offset_of!(G, thread);
pub const TASK_SP: usize = offset_of!(G, ctx) + offset_of!(Context, sp);
pub const TASK_PC: usize = offset_of!(G, ctx) + offset_of!(Context, pc);
pub const TASK_BP: usize = offset_of!(G, ctx) + offset_of!(Context, bp);
pub const TASK_CTXT: usize = offset_of!(G, ctx) + offset_of!(Context, ctxt);
#[allow(dead_code, reason = "only the machine with a link register has a use for it")]
pub const TASK_LR: usize = offset_of!(G, ctx) + offset_of!(Context, lr);
pub const TASK_TOUCHING: usize = offset_of!(G, ext) + offset_of!(TaskExt, touching);
pub const THREAD_G0: usize = offset_of!(M, g0);
pub const THREAD_PROC: usize = offset_of!(M, proc);
pub const THREAD_LOCKS: usize = offset_of!(M, locks);
pub const PROC_ID: usize = offset_of!(P, id);
pub const THREAD_G0_SP: usize = offset_of!(M, g0_sp);
pub const PROC_WB_NEXT: usize = offset_of!(P, ext) + offset_of!(ProcExt, wb_next);
pub const PROC_WB_END: usize = offset_of!(P, ext) + offset_of!(ProcExt, wb_end);

const _: () = assert!(offset_of!(G, ctx) + offset_of!(Context, regs) == TASK_REGS);
const _: () = assert!(offset_of!(G, guard0) == TASK_GUARD);
// An operand that is extended with its sign, or added as twelve bits.
const _: () = assert!(PREEMPT_IMMEDIATE as usize == goxide_sched::PREEMPT && PREEMPT_IMMEDIATE > -4096);

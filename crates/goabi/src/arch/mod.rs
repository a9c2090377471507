//! The assembly between compiled Go code and Rust: switching to the system stack and back, the stack check's slow path,
//! the write barrier's buffer, calling Go from Rust. Per architecture the same names:
//!
//! - symbols for Go assembly: `gx_system`, `gx_system_yields*`, `gx_leaf_yields*`, `gx_morestack`, `gx_gc_write_barrier`,
//!   `gx_runtime_memmove`;
//! - `call_go(closure, args, g0)`: runs a Go function on the system stack; what its first result's register holds;
//! - `cpu_ticks()`: the processor's own clock;
//! - `inject_call(ctx, pc)`: makes a saved context continue in another function, as if it had called it there; `inject_sigpanic`: or
//!   a signal had;
//! - `RETURN_ADDRESS`: bytes that a call pushes;
//! - `ARGP_OFFSET`: from the stack pointer at a call to the callee's first argument word on the stack;
//! - `publish_cpu(links)`: fills in package internal/cpu's variables, or says that the package itself must;
//! - `frame_pointer()`: of the calling function; `call_target(pc)`: of the call that returns to `pc`;
//! - `GOARCH`: the name; `PC_QUANTUM`: size of the smallest instruction; `frame_bp`: frame pointer of a frame that is resumed.
//!
//! The assembly gets offsets in descriptors by `offset_of!`; the one constant that Go's own assembly needs
//! (`goroot/runtime/goxide.h`) is asserted here.

#[cfg(target_arch = "x86_64")]
mod amd64;
#[cfg(target_arch = "aarch64")]
mod arm64;
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
compile_error!("goxide-goabi: only amd64 and arm64 are built");

#[cfg(target_arch = "x86_64")]
pub use amd64::*;
#[cfg(target_arch = "aarch64")]
pub use arm64::*;

use crate::rt::stacks::WIDE;
use crate::rt::{G, M, P, ProcExt, TaskExt};
use core::mem::offset_of;
use goxide_stack::Context;

/// `TASK_REGS` of goroot/runtime/goxide.h.
const TASK_REGS: usize = 112;
/// `TASK_GUARD` of it.
const TASK_GUARD: usize = 16;
/// What a goroutine's guard is when it is to yield, as an instruction's operand.
const PREEMPT_IMMEDIATE: i32 = goxide_sched::PREEMPT as isize as i32;

const TASK_THREAD: usize = offset_of!(G, thread);
const TASK_SP: usize = offset_of!(G, ctx) + offset_of!(Context, sp);
const TASK_PC: usize = offset_of!(G, ctx) + offset_of!(Context, pc);
const TASK_BP: usize = offset_of!(G, ctx) + offset_of!(Context, bp);
const TASK_CTXT: usize = offset_of!(G, ctx) + offset_of!(Context, ctxt);
#[allow(dead_code, reason = "only the machine with a link register has a use for it")]
const TASK_LR: usize = offset_of!(G, ctx) + offset_of!(Context, lr);
const TASK_TOUCHING: usize = offset_of!(G, ext) + offset_of!(TaskExt, touching);
const THREAD_G0: usize = offset_of!(M, g0);
const THREAD_PROC: usize = offset_of!(M, proc);
const THREAD_G0_SP: usize = offset_of!(M, g0_sp);
const PROC_WB_NEXT: usize = offset_of!(P, ext) + offset_of!(ProcExt, wb_next);
const PROC_WB_END: usize = offset_of!(P, ext) + offset_of!(ProcExt, wb_end);

const _: () = assert!(offset_of!(G, ctx) + offset_of!(Context, regs) == TASK_REGS);
const _: () = assert!(offset_of!(G, guard0) == TASK_GUARD);
// An operand that is extended with its sign, or added as twelve bits.
const _: () = assert!(PREEMPT_IMMEDIATE as usize == goxide_sched::PREEMPT && PREEMPT_IMMEDIATE > -4096);

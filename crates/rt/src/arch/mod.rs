//! What differs between the machines and is not an entry: calling Go from Rust, contexts, registers, numbers of the kernel's. Per
//! architecture the same names:
//!
//! - `call_go(closure, args, g0)`: runs a Go function on the system stack; what its first result's register holds;
//! - `cpu_ticks()`: the processor's own clock;
//! - `inject_call(ctx, pc)`: makes a saved context continue in another function, as if it had called it there; `inject_sigpanic`: or
//!   a signal had;
//! - `tell_debugger(function)`: calls a function that returns at once, for the breakpoint that may be there;
//! - `RETURN_ADDRESS`: bytes that a call pushes;
//! - `ARGP_OFFSET`: from the stack pointer at a call to the callee's first argument word on the stack;
//! - `publish_cpu(links)`: fills in package internal/cpu's variables, or says that the package itself must;
//! - `frame_pointer()`: of the calling function; `call_target(pc)`: of the call that returns to `pc`; `is_aligned_call(pc)`; `jump_target(entry)`;
//! - `GOARCH`: the name; `PC_QUANTUM`: size of the smallest instruction; `frame_bp`: frame pointer of a frame that is resumed;
//! - `SHOWS_NOTHING`: system calls that have nothing to do with signals;
//! - `SECOND_RESULT`: which argument of a system call, from 0, its second result is;
//! - `REGISTER_COLUMN`: where values begin in a dump of registers.

#[cfg(target_arch = "x86_64")]
mod amd64;
#[cfg(target_arch = "aarch64")]
mod arm64;
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
compile_error!("goxide-rt: only amd64 and arm64 are built");

#[cfg(target_arch = "x86_64")]
pub use amd64::*;
#[cfg(target_arch = "aarch64")]
pub use arm64::*;

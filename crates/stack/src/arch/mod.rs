//! One file per architecture, all with the same names. Nothing outside this directory asks for the architecture.
//!
//! Each must define:
//! - `gogo`, `mcall`, `switch_stack_call`: see `context`, where their contracts are;
//! - `TOP_RESERVE`, `first_frame(sp, return_pc) -> (sp, lr)`: how a task's first frame begins;
//! - `switch`, `prepare_switch`: the symmetric switch between stacks of Rust code that `fiber` uses.

#[cfg(target_arch = "x86_64")]
mod amd64;
#[cfg(target_arch = "x86_64")]
pub use amd64::*;

#[cfg(target_arch = "aarch64")]
mod arm64;
#[cfg(target_arch = "aarch64")]
pub use arm64::*;

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
compile_error!(
    "goxide-stack: only x86_64 and aarch64 are written; add src/arch/<name>.rs with the names listed in arch/mod.rs"
);

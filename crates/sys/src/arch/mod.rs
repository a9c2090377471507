//! One file per architecture, all with the same names. Nothing outside this directory asks for the architecture.
//!
//! Each must define:
//! - `syscall6`, and `nr`: numbers of the calls this crate makes itself;
//! - `clone_thread`, `exit_thread`: a thread's first and last instructions;
//! - `RESTORER_FLAG`, `restorer()`: how a signal handler returns;
//! - `Registers` and its accessors: the machine state in a signal frame, and `REGISTER_NAMES`;
//! - `detect() -> u32`: feature bits, with the meaning that `cpu` gives them;
//! - `copy`, `fill`, `clear`, `equal`, `compare`, `strlen`: memory routines, stackless, in assembly;
//! - `prefetch(*const u8)`: a hint that the line will be used;
//! - `VDSO_CLOCK_GETTIME`, `VDSO_GETTIMEOFDAY`: the names in the vDSO's symbol table.

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
    "goxide-sys: only x86_64 and aarch64 are written; add src/arch/<name>.rs with the names listed in arch/mod.rs"
);

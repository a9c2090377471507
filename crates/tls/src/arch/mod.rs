//! One file per architecture, all with the same names. Nothing outside this directory asks for the architecture.
//!
//! Each must define `ThreadBlock` with `new`, `prepare`, `base`, `TASK_OFFSET`, `THREAD_OFFSET`; and, on the block
//! that the thread register points at, `set_register`, `block`, `current`, `set_current`, `thread`, `set_thread`.

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
    "goxide-tls: only x86_64 and aarch64 are written; add src/arch/<name>.rs with the names listed in arch/mod.rs"
);

//! What differs by processor: `_start`; `fault`, which reads address 0x10 with a way out in register `FIRST_ARG`.

#[cfg(target_arch = "x86_64")]
mod amd64;
#[cfg(target_arch = "x86_64")]
#[allow(unused_imports, reason = "not every example faults")]
pub use amd64::*;

#[cfg(target_arch = "aarch64")]
mod arm64;
#[cfg(target_arch = "aarch64")]
#[allow(unused_imports, reason = "not every example faults")]
pub use arm64::*;

//! What differs between processors. Each architecture exports: `SHIFT`, `MASK`, `match_byte` and `has_zero` (search of eight control bytes),
//! `prefetch` (a hint, nothing on other machines) and `hash_aes` (for `hash`; called where the processor has AES only).
#[cfg(target_arch = "x86_64")]
mod amd64;
#[cfg(target_arch = "x86_64")]
pub use amd64::*;

#[cfg(target_arch = "aarch64")]
mod arm64;
#[cfg(target_arch = "aarch64")]
pub use arm64::*;

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
mod portable;
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
pub use portable::*;

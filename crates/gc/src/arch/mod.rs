//! What differs from machine to machine: `prefetch(p)`, a hint that a cache line will be read and written soon.

#[cfg(target_arch = "x86_64")]
mod amd64;
#[cfg(target_arch = "aarch64")]
mod arm64;
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
mod portable;

#[cfg(target_arch = "x86_64")]
pub use amd64::prefetch;
#[cfg(target_arch = "aarch64")]
pub use arm64::prefetch;
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
pub use portable::prefetch;

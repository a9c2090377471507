//! What differs per architecture. Required of each file:
//!
//! - `call_on(sp, f, arg) -> !`: calls `f(arg)` on the stack that ends at `sp`, abandoning the
//!   present frames.

#[cfg(target_arch = "x86_64")]
#[path = "amd64.rs"]
mod imp;
#[cfg(target_arch = "aarch64")]
#[path = "arm64.rs"]
mod imp;
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
compile_error!("goxide-sched knows amd64 and arm64 only");

pub(crate) use imp::call_on;

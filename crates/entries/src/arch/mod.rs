//! The assembly between compiled Go code and Rust: switching to the system stack and back, the stack check's slow path, the write
//! barrier's buffer. Per architecture the same symbols for Go assembly: `gx_system`, `gx_system_yields*`, `gx_leaf_yields*`,
//! `gx_morestack`, `gx_gc_write_barrier`, `gx_runtime_memmove`.

mod offsets;

#[cfg(target_arch = "x86_64")]
mod amd64;
#[cfg(target_arch = "aarch64")]
mod arm64;

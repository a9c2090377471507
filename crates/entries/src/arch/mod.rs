//! The assembly between compiled Go code and Rust: switching to the system stack and back, the stack check's slow path, the write
//! barrier's buffer, and the entries that are a few instructions (`bare` in the table). Per architecture the same symbols for Go assembly:
//! `gx_system`, `gx_system_yields*`, `gx_leaf_yields*`, `gx_morestack`, `gx_gc_write_barrier`, `gx_runtime_memmove`,
//! `gx_runtime_memclrNoHeapPointers`, `gx_sync_runtime_procPin`, `gx_sync_runtime_procUnpin`.

mod offsets;

unsafe extern "C" {
    /// In `gx_morestack`: what the function that makes a stack grow has for its return address.
    static gx_morestack_grown: u8;
}

/// The return address by which calls that make a goroutine's stack grow are known.
pub(super) fn growth_returns() -> usize {
    (&raw const gx_morestack_grown).addr()
}

#[cfg(target_arch = "x86_64")]
mod amd64;
#[cfg(target_arch = "aarch64")]
mod arm64;

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

// `runtime.memmove` and `runtime.memclrNoHeapPointers` are other names of the routines that copy and clear (`goxide_sys::mem`), so that the
// stubs jump to these without a jump between. C ABI, except for the registers: only those change that the routines name, since
// assembly of Go packages counts on the others (`goroot/runtime/abi0_*.s`). The stack need not be aligned. The names exist where the whole library is compiled as
// one: elsewhere the routines are in another object.
core::arch::global_asm!(
    ".globl gx_runtime_memmove",
    ".type gx_runtime_memmove, @function",
    ".set gx_runtime_memmove, {copy}",
    ".globl gx_runtime_memclrNoHeapPointers",
    ".type gx_runtime_memclrNoHeapPointers, @function",
    ".set gx_runtime_memclrNoHeapPointers, {clear}",
    copy = sym goxide_sys::mem::copy_routine,
    clear = sym goxide_sys::mem::clear_routine,
);

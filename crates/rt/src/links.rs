//! What Rust reaches of Go's side: the table `goxideLinks` of goroot/runtime/links.go, field for field, and the linker's
//! description of the program.

use goxide_gotypes::types::{Eface, GoSlice, GoStr};
use goxide_symtab::moduledata::ModuleData;

/// A Go function value: the address of a word that holds the code's address.
pub type FuncVal = *const usize;

/// Mirrors the struct in goroot/runtime/links.go.
#[repr(C)]
#[allow(missing_docs, reason = "named as in Go")]
pub struct Links {
    pub main: FuncVal,
    pub main_main: FuncVal,
    pub cpu_initialize: FuncVal,
    pub raise_runtime_error: FuncVal,
    pub raise_plain_error: FuncVal,
    pub raise_assertion: FuncVal,
    pub raise_within: FuncVal,
    pub raise_growslice: FuncVal,
    pub raise_makeslice_len: FuncVal,
    pub raise_makeslice_cap: FuncVal,
    pub raise_nil_deref: FuncVal,
    pub sigpanic: FuncVal,
    pub print_panic_value: FuncVal,
    pub fatal_panic: FuncVal,
    pub throw: FuncVal,
    pub fatal: FuncVal,
    pub run_timer: FuncVal,
    pub run_exit_hooks: FuncVal,
    pub panic_nil: Eface,
    pub assertion_error: Eface,
    pub runtime_inittasks: *const GoSlice,
    pub static_values: *const u64,
    pub zero_val: *mut u8,
    pub zero_base: *mut u8,
    pub write_barrier: *mut u8,
    pub godebug_default: *const GoStr,
    pub unsafe_slice_len: FuncVal,
    pub unsafe_slice_nil: FuncVal,
    pub unsafe_string_len: FuncVal,
    pub unsafe_string_nil: FuncVal,
    pub vdso_gettimeofday: *mut usize,
    pub goexit: FuncVal,
    /// Package internal/cpu's variable X86.
    pub cpu_x86: *mut u8,
    pub has_popcnt: *mut bool,
    pub has_sse41: *mut bool,
    pub has_fma: *mut bool,
    /// On amd64 how many of the leaves of `cpuid` on extended functions internal/cpu may ask for.
    pub cpu_extended: *mut u32,
    /// `runtime.MemProfileRate`.
    pub mem_profile_rate: *mut isize,
    /// `runtime.disableMemoryProfiling`, which the linker sets.
    pub mem_profile_off: *const bool,
    /// `runtime.Version()`.
    pub build_version: *const GoStr,
    pub phys_page_size: *mut usize,
    pub ncpu: *mut i32,
    pub first_type: Eface,
    pub async_preempt: FuncVal,
    /// `runtime.allgs` and `runtime.allglen`, by which debuggers find goroutines.
    pub all_gs: *mut GoSlice,
    pub all_gs_len: *mut usize,
    /// Package internal/cpu's variable DebugOptions.
    pub cpu_debug_options: *mut bool,
}

unsafe extern "C" {
    #[link_name = "runtime.goxideLinks"]
    static LINKS: Links;
    #[link_name = "runtime.firstmoduledata"]
    static FIRST_MODULE: ModuleData;
}

// SAFETY: the table is read-only data of the program.
unsafe impl Sync for Links {}

/// The table.
#[inline(always)]
pub fn links() -> &'static Links {
    // SAFETY: the linker resolves the symbol to the table in goroot/runtime/links.go, which has these fields.
    unsafe { &LINKS }
}

/// The linker's description of the program.
#[inline(always)]
pub fn first_module() -> &'static ModuleData {
    // SAFETY: the Go linker fills the symbol in; nothing writes to it.
    unsafe { &FIRST_MODULE }
}

//! What the bound cannot read off the code: the calls that are known to be harmless, each with its reason.

/// Functions that set the stack pointer from a register or a word of memory because they change stacks.
const SWITCHES: &[&str] = &[
    "gx_gc_write_barrier",
    "goxide_stack::arch::amd64::switch_stack_call",
    "goxide_stack::arch::arm64::switch_stack_call",
];

/// Calls that a function makes on the system stack, where the code alone does not show it: caller, callee, why.
const OFF_STACK: &[(&str, &str, &str)] = &[
    ("gx_gc_write_barrier", "goxide_rt::barrier::flush", "called without a switch only where g0 runs already"),
    (
        "goxide_rt::barrier::make_room",
        "goxide_rt::barrier::flush_there",
        "called without a switch only off the goroutine's stack",
    ),
    ("__rustc::rust_begin_unwind", "goxide_boot::lang::report", "called without a switch only off the goroutine's stack"),
    ("gx_before_system_call", "goxide_entries::os::all_handlers", "called without a switch only off the goroutine's stack"),
];

/// Functions from which a Rust panic may be reached: each checks what is so unless the runtime itself is broken, and the
/// panic's frames count as any other's do, up to its handler's change to the system stack.
const PANICS: &[(&str, &str)] = &[("goxide_sched::state::State::change_slow", "a task in a state that it cannot be in")];

/// Functions that call themselves, over others or directly, and what bounds the depth: never a program's data.
const RECURSION: &[(&str, &str)] = &[
    ("core::slice::sort::shared::pivot::median3_rec", "the logarithm of the length, to base 8"),
    ("core::slice::sort::unstable::quicksort::quicksort", "twice the logarithm of the length; then it sorts by heap"),
    ("core::panicking::panic_nounwind", "only where the panic itself unwinds, and nothing does"),
    ("core::str::slice_error_fail", "cuts the text that it shows at a place that it has looked up"),
    ("<core::net::ip_addr::Ipv6Addr as core::fmt::Display>::fmt", "once, to pad what it wrote; nothing here prints one"),
    (
        "goxide_gotypes::space::same::identical_under",
        "the nesting of types that the compiler wrote; only modules' types are compared so",
    ),
    (
        "goxide_alloc::release::<impl goxide_alloc::heap::Heap<S>>::release_run",
        "the logarithm of the run's length: it halves it",
    ),
    (
        "goxide_sched::schedule::<impl goxide_sched::model::Sched<H>>::finish",
        "one: `reschedule` begins anew on an empty stack where a finish half parks or yields",
    ),
    // The demangler, on the way out of the process. It stops at 500 itself.
    ("rustc_demangle::v0::Printer::print_path", "a symbol's nesting"),
    ("rustc_demangle::v0::Printer::print_type", "a symbol's nesting"),
    ("rustc_demangle::v0::Printer::print_path_maybe_open_generics", "a symbol's nesting"),
    ("rustc_demangle::v0::Printer::print_const", "a symbol's nesting"),
    ("rustc_demangle::v0::Printer::print_pat", "a symbol's nesting"),
];

/// Routines that want nothing of their callers though their code looks otherwise: their aligned stores go where they have rounded an address to, and what they
/// call to learn about the processor, they call before compiled code runs.
const WANT_NOTHING: &[&str] = &[
    "goxide_sys::arch::amd64::bytes::clear",
    "goxide_sys::arch::amd64::bytes::copy",
    "goxide_sys::arch::amd64::bytes::fill",
    // Other names of the first two.
    "gx_runtime_memclrNoHeapPointers",
    "gx_runtime_memmove",
];

/// Whether a function is known to want nothing.
pub fn wants_nothing(name: &str) -> bool {
    WANT_NOTHING.contains(&name)
}

/// Whether it is known why a function may recurse.
pub fn may_recurse(name: &str) -> bool {
    RECURSION.iter().any(|(known, _)| name == *known)
}

/// Whether a function changes stacks.
pub fn switches_stacks(name: &str) -> bool {
    SWITCHES.contains(&name)
}

/// Whether the call is made on the system stack.
pub fn off_stack(caller: &str, callee: &str) -> bool {
    OFF_STACK.iter().any(|(from, to, _)| caller == *from && callee == *to)
}

/// Whether it is known why a function panics.
pub fn may_panic(name: &str) -> bool {
    PANICS.iter().any(|(known, _)| name == *known)
}

/// Whether a function is what a Rust panic comes down to.
pub fn is_panic(name: &str) -> bool {
    name.starts_with("core::panicking::") || name.contains("rust_begin_unwind")
}

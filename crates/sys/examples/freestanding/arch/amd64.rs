//! amd64.

core::arch::global_asm!(
    ".globl _start",
    "_start:",
    "xor ebp, ebp",
    "mov rdi, rsp",
    "call {start}",
    "ud2",
    start = sym crate::base::start,
);

/// Holds the way out of `fault`.
#[allow(dead_code, reason = "not every example faults")]
pub const FIRST_ARG: &str = "rdi";

/// Reads address 0x10. A handler is to go on where `FIRST_ARG` says.
#[allow(dead_code, reason = "not every example faults")]
pub fn fault() {
    // SAFETY: the handler goes on at label 2.
    unsafe { core::arch::asm!("lea rdi, [rip + 2f]", "mov rax, [0x10]", "ud2", "2:", out("rdi") _, out("rax") _) };
}

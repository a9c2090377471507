//! arm64.

core::arch::global_asm!(
    ".globl _start",
    "_start:",
    "mov x29, xzr",
    "mov x30, xzr",
    "mov x0, sp",
    "bl {start}",
    "brk #1",
    start = sym crate::base::start,
);

/// Holds the way out of `fault`.
#[allow(dead_code, reason = "not every example faults")]
pub const FIRST_ARG: &str = "r0";

/// Reads address 0x10. A handler is to go on where `FIRST_ARG` says.
#[allow(dead_code, reason = "not every example faults")]
pub fn fault() {
    // SAFETY: the handler goes on at label 2.
    unsafe { core::arch::asm!("adr x0, 2f", "mov x1, #0x10", "ldr x1, [x1]", "brk #1", "2:", out("x0") _, out("x1") _) };
}

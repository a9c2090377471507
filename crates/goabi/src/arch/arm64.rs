//! arm64: see `mod.rs` for the list of names. X28 holds g in compiled Go code and is preserved by C. Compiled Go has no
//! callee-saved registers, so X19 to X26 are free where Go calls.

use super::*;
use core::arch::naked_asm;

/// What Go calls the architecture.
pub const GOARCH: &[u8] = b"arm64";

/// On arm64 the callee's stack arguments begin behind the word where it saves the link register.
pub const ARGP_OFFSET: usize = 8;
/// Bytes that a call pushes.
pub const RETURN_ADDRESS: usize = 0;
/// Integer registers for arguments in Go's convention.
pub const INT_ARGS: usize = 16;
/// Floating-point registers for arguments.
pub const FLOAT_ARGS: usize = 16;
/// Number of the system call `fcntl`.
pub const NR_FCNTL: usize = 25;
/// Number of the system call `openat`.
pub const NR_OPENAT: usize = 56;
/// Number of the system call `fstat`.
pub const NR_FSTAT: usize = 80;
/// Which 32-bit word of the kernel's `struct stat` is the mode.
pub const STAT_MODE_WORD: usize = 4;
/// All instructions are four bytes.
pub const PC_QUANTUM: usize = 4;

/// Runs the function in X20 on the thread's system stack, with the C arguments that are set.
///
/// ABI: called by generated stubs. In: X28 = g, X20 = function, C argument registers. Out: X0, X1 = the C results. All
/// other registers are lost. The stub's context is saved in g first: the function may leave and have the goroutine resumed
/// from it later. On the system stack already (a timer's function, say) it just calls.
#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_system() {
    naked_asm!(
        "ldr x19, [x28, {thread}]",
        "ldr x9, [x19, {g0}]",
        "cmp x9, x28",
        "b.eq 2f",
        "str x30, [x28, {pc}]", // the stub goes on here
        "mov x22, sp",
        "str x22, [x28, {sp}]",
        "str x29, [x28, {bp}]",
        "str xzr, [x28, {ctxt}]", // what was there is of an earlier prologue: no root
        "mov x21, x30",
        "ldr x9, [x19, {g0_sp}]",
        "mov sp, x9",
        "blr x20",
        "mov sp, x22",
        "mov x30, x21",
        "ret",
        "2:",
        "mov x21, x30",
        "blr x20",
        "mov x30, x21",
        "ret",
        thread = const TASK_THREAD,
        g0 = const THREAD_G0,
        g0_sp = const THREAD_G0_SP,
        pc = const TASK_PC,
        sp = const TASK_SP,
        bp = const TASK_BP,
        ctxt = const TASK_CTXT,
    )
}

macro_rules! system_yields {
    ($($name:ident $flags:expr, $before:literal, $after:literal;)*) => {
        $(
            /// As [`gx_system`], and when the function returns to a goroutine that was asked to yield, it does; with these
            /// flags: see [`crate::rt::stacks::give_way`].
            #[unsafe(naked)]
            #[unsafe(no_mangle)]
            unsafe extern "C" fn $name() {
                naked_asm!(
                    "ldr x19, [x28, {thread}]",
                    "ldr x9, [x19, {g0}]",
                    "cmp x9, x28",
                    "b.eq 2f",
                    "str x30, [x28, {pc}]", // the stub goes on here
                    "mov x22, sp",
                    "str x22, [x28, {sp}]",
                    "str x29, [x28, {bp}]",
                    "str xzr, [x28, {ctxt}]", // what was there is of an earlier prologue: no root
                    "mov x21, x30",
                    "ldr x9, [x19, {g0_sp}]",
                    "mov sp, x9",
                    $before,
                    "blr x20",
                    $after,
                    "ldr x9, [x28, {guard}]",
                    "cmn x9, {asked_negated}",
                    "b.eq 4f",
                    "3:",
                    "mov sp, x22",
                    "mov x30, x21",
                    "ret",
                    "4:",
                    "mov w2, {flags}",
                    "bl {give_way}", // comes back with the two results if this is not the time
                    "b 3b",
                    "2:",
                    "mov x21, x30",
                    "mov x22, sp",
                    "blr x20",
                    "b 3b",
                    thread = const TASK_THREAD,
                    g0 = const THREAD_G0,
                    g0_sp = const THREAD_G0_SP,
                    pc = const TASK_PC,
                    sp = const TASK_SP,
                    bp = const TASK_BP,
                    ctxt = const TASK_CTXT,
                    guard = const TASK_GUARD,
                    asked_negated = const -PREEMPT_IMMEDIATE,
                    give_way = sym crate::rt::stacks::give_way,
                    flags = const $flags,
                    touching = const TASK_TOUCHING,
                )
            }
        )*
    };
}

system_yields! {
    gx_system_yields0 0, "// {touching}", "// {touching}";
    gx_system_yields1 1, "// {touching}", "// {touching}";
    gx_system_yields3 3, "// {touching}", "// {touching}";
    gx_system_yields_wide0 WIDE, "// {touching}", "// {touching}";
    gx_system_yields_wide1 WIDE | 1, "// {touching}", "// {touching}";
    // Leaves: a fault in one is its goroutine's wherever it runs (`rt::signals`).
    gx_leaf_yields0 0, "mov w9, 1; strb w9, [x28, {touching}]", "strb wzr, [x28, {touching}]";
    gx_leaf_yields1 1, "mov w9, 1; strb w9, [x28, {touching}]", "strb wzr, [x28, {touching}]";
    gx_leaf_yields3 3, "mov w9, 1; strb w9, [x28, {touching}]", "strb wzr, [x28, {touching}]";
    gx_leaf_yields_wide0 WIDE, "mov w9, 1; strb w9, [x28, {touching}]", "strb wzr, [x28, {touching}]";
    gx_leaf_yields_wide1 WIDE | 1, "mov w9, 1; strb w9, [x28, {touching}]", "strb wzr, [x28, {touching}]";
}

/// A prologue's stack check failed. In: X30 in the prologue, X3 = the link register it was entered with, X26 = closure
/// context.
#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_morestack() {
    naked_asm!(
        "ldr x19, [x28, {thread}]",
        "ldr x9, [x19, {g0}]",
        "cmp x9, x28",
        "b.eq 2f",
        "str x30, [x28, {pc}]",
        "mov x9, sp",
        "str x9, [x28, {sp}]",
        "str x29, [x28, {bp}]",
        "str x26, [x28, {ctxt}]",
        "str x3, [x28, {lr}]",
        "ldr x9, [x19, {g0_sp}]",
        "mov sp, x9",
        "mov x0, x28",
        "bl {grow}",
        "brk #1",
        "2:",
        "mov x0, x30",
        "bl {on_g0}",
        "brk #1",
        thread = const TASK_THREAD,
        g0 = const THREAD_G0,
        g0_sp = const THREAD_G0_SP,
        pc = const TASK_PC,
        sp = const TASK_SP,
        bp = const TASK_BP,
        ctxt = const TASK_CTXT,
        lr = const TASK_LR,
        grow = sym crate::rt::stacks::newstack,
        on_g0 = sym crate::rt::stacks::morestack_on_g0,
    )
}

/// Room in the processor's write barrier buffer. In: X25 = bytes. Out: X25 = where. Every other general register but X27
/// is kept, except X16 and X17, which the linker may use.
#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_gc_write_barrier() {
    naked_asm!(
        "stp x0, x1, [sp, #-16]!",
        "2:",
        "ldr x0, [x28, {thread}]",
        "ldr x0, [x0, {proc}]",
        "mov x27, {next}",
        "add x0, x0, x27",
        "ldr x1, [x0]",
        "add x1, x1, x25",
        "ldr x27, [x0, {end_minus_next}]",
        "cmp x1, x27",
        "b.hi 3f",
        "str x1, [x0]",
        "sub x25, x1, x25",
        "ldp x0, x1, [sp], #16",
        "ret",
        "3:",
        "stp x2, x3, [sp, #-16]!",
        "stp x4, x5, [sp, #-16]!",
        "stp x6, x7, [sp, #-16]!",
        "stp x8, x9, [sp, #-16]!",
        "stp x10, x11, [sp, #-16]!",
        "stp x12, x13, [sp, #-16]!",
        "stp x14, x15, [sp, #-16]!",
        "stp x19, x20, [sp, #-16]!",
        "stp x25, x30, [sp, #-16]!",
        "mov x19, sp",
        "ldr x20, [x28, {thread}]",
        "ldr x9, [x20, {g0}]",
        "cmp x9, x28",
        "b.eq 4f",
        "ldr x9, [x20, {g0_sp}]",
        "mov sp, x9",
        "4:",
        "bl {flush}",
        "mov sp, x19",
        "ldp x25, x30, [sp], #16",
        "ldp x19, x20, [sp], #16",
        "ldp x14, x15, [sp], #16",
        "ldp x12, x13, [sp], #16",
        "ldp x10, x11, [sp], #16",
        "ldp x8, x9, [sp], #16",
        "ldp x6, x7, [sp], #16",
        "ldp x4, x5, [sp], #16",
        "ldp x2, x3, [sp], #16",
        "b 2b",
        thread = const TASK_THREAD,
        proc = const THREAD_PROC,
        g0 = const THREAD_G0,
        g0_sp = const THREAD_G0_SP,
        next = const PROC_WB_NEXT,
        end_minus_next = const PROC_WB_END - PROC_WB_NEXT,
        flush = sym crate::rt::barrier::flush,
    )
}

/// Calls a Go closure on this stack, with up to five integer arguments, as g0.
///
/// # Safety
/// - Runs on the system stack of the thread whose g0 this is, and the thread's word holds g0.
/// - `closure` is a Go function value that takes the arguments and neither grows its stack nor parks.
#[unsafe(naked)]
pub unsafe extern "C" fn call_go(closure: *const usize, args: *const [usize; 5], g0: usize) -> usize {
    naked_asm!(
        "stp x29, x30, [sp, #-176]!",
        "stp x19, x20, [sp, #16]", // what C preserves and Go does not
        "stp x21, x22, [sp, #32]",
        "stp x23, x24, [sp, #48]",
        "stp x25, x26, [sp, #64]",
        "stp x27, x28, [sp, #80]",
        "stp d8, d9, [sp, #96]",
        "stp d10, d11, [sp, #112]",
        "stp d12, d13, [sp, #128]",
        "stp d14, d15, [sp, #144]",
        // Go's callee keeps its frame pointer below and its link register at the stack pointer it is given, and spills the
        // arguments to the words above that.
        "sub sp, sp, #48",
        "mov x28, x2",
        "mov x26, x0",
        "mov x9, x1",
        "ldp x0, x1, [x9]",
        "ldp x2, x3, [x9, #16]",
        "ldr x4, [x9, #32]",
        "ldr x9, [x26]",
        "blr x9",
        "add sp, sp, #48",
        "ldp x19, x20, [sp, #16]",
        "ldp x21, x22, [sp, #32]",
        "ldp x23, x24, [sp, #48]",
        "ldp x25, x26, [sp, #64]",
        "ldp x27, x28, [sp, #80]",
        "ldp d8, d9, [sp, #96]",
        "ldp d10, d11, [sp, #112]",
        "ldp d12, d13, [sp, #128]",
        "ldp d14, d15, [sp, #144]",
        "ldp x29, x30, [sp], #176",
        "ret",
    )
}

/// Makes `ctx` continue at `pc`, as if the instruction it stands at had called it.
///
/// # Safety
/// `ctx` is the saved context of a stub, which keeps its own return address in its frame.
pub unsafe fn inject_call(ctx: &mut Context, pc: usize) {
    ctx.lr = ctx.pc;
    ctx.pc = pc;
}

/// As [`inject_call`], of `sigpanic`: as if a signal had interrupted the stub, which is how the unwinder takes that function's
/// caller. It expects a slot below the interrupted frame, which holds the link register.
///
/// # Safety
/// As for [`inject_call`], with room for the slot.
pub unsafe fn inject_sigpanic(ctx: &mut Context, pc: usize) {
    ctx.sp -= 16;
    // SAFETY: the room for the slot is in the contract; it is below all frames.
    unsafe { (ctx.sp as *mut usize).write(ctx.lr) };
    ctx.lr = ctx.pc;
    ctx.pc = pc;
}

/// The frame pointer register in a frame with this stack pointer.
pub fn frame_bp(sp: usize, _fp: usize) -> usize {
    sp - 8
}

/// Informs Go's packages of what the processor can do: here they find out for themselves, since that takes no time.
///
/// # Safety
/// By the bootstrap, before Go code runs.
pub unsafe fn publish_cpu(_links: &crate::links::Links) -> bool {
    false
}

/// The frame pointer of the calling function: the head of a chain of (caller's frame pointer, return address).
#[inline(always)]
pub fn frame_pointer() -> usize {
    let fp;
    // SAFETY: reads a register.
    unsafe { core::arch::asm!("mov {}, x29", out(reg) fp, options(nomem, nostack, preserves_flags)) };
    fp
}

/// The monotonic clock in nanoseconds: Go takes it for the ticks here, since the counter's rate differs by machine.
pub fn cpu_ticks() -> u64 {
    goxide_sys::time::nanotime() as u64
}

/// Where the direct call before the return address `pc` goes; none if there is none.
///
/// # Safety
/// `pc` is in the program's code, behind its first instruction.
pub unsafe fn call_target(pc: usize) -> Option<usize> {
    // `bl`: six bits of opcode, 26 of distance in words.
    const CALL: u32 = 0b100101;
    // SAFETY: an instruction, which is readable.
    let word = unsafe { *((pc - 4) as *const u32) };
    (word >> 26 == CALL).then(|| (pc - 4).wrapping_add_signed(((word << 6).cast_signed() >> 4) as isize))
}

/// `runtime.memmove`. C ABI, except for the registers: only those change that the copying routine names, since assembly of
/// Go packages counts on the others (`goroot/runtime/abi0_arm64.s`).
///
/// # Safety
/// See `goxide_sys::mem::copy`.
#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_memmove(to: *mut u8, from: *const u8, n: usize) {
    naked_asm!("b {copy}", copy = sym goxide_sys::mem::copy_routine)
}

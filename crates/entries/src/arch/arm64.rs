//! arm64: see `mod.rs` for the list of names. X28 holds g in compiled Go code and is preserved by C. Compiled Go has no
//! callee-saved registers, so X19 to X26 are free where Go calls.

use super::offsets::*;
use core::arch::naked_asm;
use goxide_rt::barrier::flush;
use goxide_rt::safepoint::{WIDE, give_way, morestack_on_g0, newstack};

/// From a goroutine's stack to g0's, with the stub's context saved in g; to label 2 on g0.
macro_rules! leave_stack {
    () => {
        concat!(
            "ldr x19, [x28, {thread}]\n",
            "ldr x9, [x19, {g0}]\n",
            "cmp x9, x28\n",
            "b.eq 2f\n",
            "str x30, [x28, {pc}]\n", // the stub goes on here
            "mov x22, sp\n",
            "str x22, [x28, {sp}]\n",
            "str x29, [x28, {bp}]\n",
            "str xzr, [x28, {ctxt}]\n", // what was there is of an earlier prologue: no root
            "mov x21, x30\n",
            "ldr x9, [x19, {g0_sp}]\n",
            "mov sp, x9\n",
        )
    };
}

/// Runs the function in X20 on the thread's system stack, with the C arguments that are set.
///
/// ABI: called by generated stubs. In: X28 = g, X20 = function, C argument registers. Out: X0, X1 = the C results. All
/// other registers are lost. The stub's context is saved in g first: the function may leave and have the goroutine resumed
/// from it later. On the system stack already (a timer's function, say) it just calls.
#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_system() {
    naked_asm!(
        leave_stack!(),
        "blr x20",
        "mov sp, x22",
        "mov x30, x21",
        "ret",
        "2:",
        "mov x9, sp", // the stub's caller: who starts a goroutine here is asked for
        "str x9, [x28, {sp}]",
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
            /// flags: see [`give_way`].
            #[unsafe(naked)]
            #[unsafe(no_mangle)]
            unsafe extern "C" fn $name() {
                naked_asm!(
                    leave_stack!(),
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
                    "str x22, [x28, {sp}]", // as in gx_system
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
                    give_way = sym give_way,
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
        ".globl gx_morestack_grown",
        "gx_morestack_grown:", // what `newstack` would return to
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
        grow = sym newstack,
        on_g0 = sym morestack_on_g0,
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
        flush = sym flush,
    )
}

/// `sync.runtime_procPin`: the goroutine keeps its processor, the number of which is the result, until it is unpinned. In: R28 = g. Only
/// x0 to x2 change. As [`goxide_rt::token::Processor::pin`].
#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_sync_runtime_procPin() -> usize {
    naked_asm!(
        "ldr x1, [x28, {thread}]",
        "ldr w2, [x1, {locks}]", // this thread's own
        "add w2, w2, #1",
        "str w2, [x1, {locks}]",
        "ldr x0, [x1, {proc}]",
        "ldr w0, [x0, {id}]",
        "ret",
        thread = const TASK_THREAD,
        locks = const THREAD_LOCKS,
        proc = const THREAD_PROC,
        id = const PROC_ID,
    )
}

/// `sync.runtime_procUnpin`. In: R28 = g. Only x1 and x2 change.
#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_sync_runtime_procUnpin() {
    naked_asm!(
        "ldr x1, [x28, {thread}]",
        "ldr w2, [x1, {locks}]",
        "sub w2, w2, #1",
        "str w2, [x1, {locks}]",
        "ret",
        thread = const TASK_THREAD,
        locks = const THREAD_LOCKS,
    )
}

//! amd64: see `mod.rs` for the list of names. R14 holds g in compiled Go code and is preserved by C; fs:-8 holds it for
//! everybody else. Compiled Go has no callee-saved registers, so RBX, R12, R13 and R15 are free where Go calls.

use super::offsets::*;
use core::arch::naked_asm;
use goxide_rt::barrier::flush;
use goxide_rt::safepoint::{WIDE, give_way, morestack_on_g0, newstack};

/// From a goroutine's stack to g0's, with the stub's context saved in g; to label 2 on g0. In R12 what the stack pointer was, without
/// the return address, which lies below it: nothing writes there, as signals are handled on stacks of their own.
macro_rules! leave_stack {
    () => {
        concat!(
            "mov rbx, [r14 + {thread}]\n",
            "cmp r14, [rbx + {g0}]\n",
            "je 2f\n",
            "pop qword ptr [r14 + {pc}]\n", // the stub goes on there; the word stays where it is
            "mov [r14 + {sp}], rsp\n",
            "mov [r14 + {bp}], rbp\n",
            "mov qword ptr [r14 + {ctxt}], 0\n", // what was there is of an earlier prologue: no root
            "mov r12, rsp\n",
            "mov rsp, [rbx + {g0_sp}]\n",
        )
    };
}

/// Runs the function in R11 on the thread's system stack, with the C arguments that are set.
///
/// ABI: called by generated stubs. In: R14 = g, R11 = function, C argument registers. Out: RAX, RBX = the C results.
/// All other registers are lost, X15 is zero. The stub's context is saved in g first: the function may leave and have the
/// goroutine resumed from it later. On the system stack already (a timer's function, say) it just calls.
#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_system() {
    naked_asm!(
        leave_stack!(),
        "call r11",
        "lea rsp, [r12 - 8]",
        "mov rbx, rdx",
        "xorps xmm15, xmm15",
        "ret",
        "2:",
        "lea rax, [rsp + 8]", // the stub's caller: who starts a goroutine here is asked for
        "mov [r14 + {sp}], rax",
        "mov r12, rsp",
        "and rsp, -16",
        "call r11",
        "mov rsp, r12",
        "mov rbx, rdx",
        "xorps xmm15, xmm15",
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
                    "call r11",
                    $after,
                    "cmp qword ptr [r14 + {guard}], {asked}",
                    "je 4f",
                    "3:",
                    "lea rsp, [r12 - 8]",
                    "mov rbx, rdx",
                    "xorps xmm15, xmm15",
                    "ret",
                    "4:",
                    "mov rdi, rax",
                    "mov rsi, rdx",
                    "mov edx, {flags}",
                    "call {give_way}", // comes back with the two results if this is not the time
                    "jmp 3b",
                    "2:",
                    "lea r12, [rsp + 8]", // as in gx_system
                    "mov [r14 + {sp}], r12",
                    "and rsp, -16",
                    "call r11",
                    "jmp 3b",
                    thread = const TASK_THREAD,
                    g0 = const THREAD_G0,
                    g0_sp = const THREAD_G0_SP,
                    pc = const TASK_PC,
                    sp = const TASK_SP,
                    bp = const TASK_BP,
                    ctxt = const TASK_CTXT,
                    guard = const TASK_GUARD,
                    asked = const PREEMPT_IMMEDIATE,
                    give_way = sym give_way,
                    flags = const $flags,
                    touching = const TASK_TOUCHING,
                )
            }
        )*
    };
}

system_yields! {
    gx_system_yields0 0, "# {touching}", "# {touching}";
    gx_system_yields1 1, "# {touching}", "# {touching}";
    gx_system_yields3 3, "# {touching}", "# {touching}";
    gx_system_yields_wide0 WIDE, "# {touching}", "# {touching}";
    gx_system_yields_wide1 WIDE | 1, "# {touching}", "# {touching}";
    // Leaves: a fault in one is its goroutine's wherever it runs (`rt::signals`).
    gx_leaf_yields0 0, "mov byte ptr [r14 + {touching}], 1", "mov byte ptr [r14 + {touching}], 0";
    gx_leaf_yields1 1, "mov byte ptr [r14 + {touching}], 1", "mov byte ptr [r14 + {touching}], 0";
    gx_leaf_yields3 3, "mov byte ptr [r14 + {touching}], 1", "mov byte ptr [r14 + {touching}], 0";
    gx_leaf_yields_wide0 WIDE, "mov byte ptr [r14 + {touching}], 1", "mov byte ptr [r14 + {touching}], 0";
    gx_leaf_yields_wide1 WIDE | 1, "mov byte ptr [r14 + {touching}], 1", "mov byte ptr [r14 + {touching}], 0";
}

/// A prologue's stack check failed. In: the return address in the prologue on the stack, RDX = closure context. Code of the
/// old convention has no g in R14, so it is read from the thread's word.
#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_morestack() {
    naked_asm!(
        "mov r14, fs:[-8]",
        "mov rbx, [r14 + {thread}]",
        "cmp r14, [rbx + {g0}]",
        "je 2f",
        "mov rax, [rsp]",
        "mov [r14 + {pc}], rax",
        "lea rax, [rsp + 8]",
        "mov [r14 + {sp}], rax",
        "mov [r14 + {bp}], rbp",
        "mov [r14 + {ctxt}], rdx",
        "mov rsp, [rbx + {g0_sp}]",
        "mov rdi, r14",
        "call {grow}",
        ".globl gx_morestack_grown",
        "gx_morestack_grown:", // what `newstack` would return to
        "ud2",
        "2:",
        "mov rdi, [rsp]",
        "and rsp, -16",
        "call {on_g0}",
        "ud2",
        thread = const TASK_THREAD,
        g0 = const THREAD_G0,
        g0_sp = const THREAD_G0_SP,
        pc = const TASK_PC,
        sp = const TASK_SP,
        bp = const TASK_BP,
        ctxt = const TASK_CTXT,
        grow = sym newstack,
        on_g0 = sym morestack_on_g0,
    )
}

/// Room in the processor's write barrier buffer. In: R11 = bytes. Out: R11 = where. Every other register is kept, except for
/// vector registers when the buffer is full (the compiler saves what it needs of those, and takes X15 for zero).
#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_gc_write_barrier() {
    naked_asm!(
        "push r12",
        "push r13",
        "2:",
        "mov r13, [r14 + {thread}]",
        "mov r13, [r13 + {proc}]",
        "mov r12, [r13 + {next}]",
        "add r12, r11",
        "cmp r12, [r13 + {end}]",
        "ja 3f",
        "mov [r13 + {next}], r12",
        "sub r12, r11",
        "mov r11, r12",
        "pop r13",
        "pop r12",
        "ret",
        "3:",
        "push rax",
        "push rbx",
        "push rcx",
        "push rdx",
        "push rsi",
        "push rdi",
        "push rbp",
        "push r8",
        "push r9",
        "push r10",
        "push r11",
        "push r15",
        "mov r12, rsp",
        "mov rbx, [r14 + {thread}]",
        "cmp r14, [rbx + {g0}]",
        "je 4f",
        "mov rsp, [rbx + {g0_sp}]",
        "4:",
        "and rsp, -16",
        "call {flush}",
        "mov rsp, r12",
        "pop r15",
        "pop r11",
        "pop r10",
        "pop r9",
        "pop r8",
        "pop rbp",
        "pop rdi",
        "pop rsi",
        "pop rdx",
        "pop rcx",
        "pop rbx",
        "pop rax",
        "xorps xmm15, xmm15",
        "jmp 2b",
        thread = const TASK_THREAD,
        proc = const THREAD_PROC,
        g0 = const THREAD_G0,
        g0_sp = const THREAD_G0_SP,
        next = const PROC_WB_NEXT,
        end = const PROC_WB_END,
        flush = sym flush,
    )
}

/// `sync.runtime_procPin`: the goroutine keeps its processor, the number of which is the result, until it is unpinned. In: R14 = g. Only
/// RAX and RCX change. As [`goxide_rt::token::Processor::pin`], without its call.
#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_sync_runtime_procPin() -> usize {
    naked_asm!(
        "mov rcx, [r14 + {thread}]",
        "inc dword ptr [rcx + {locks}]", // this thread's own
        "mov rax, [rcx + {proc}]",
        "mov eax, [rax + {id}]",
        "ret",
        thread = const TASK_THREAD,
        locks = const THREAD_LOCKS,
        proc = const THREAD_PROC,
        id = const PROC_ID,
    )
}

/// `sync.runtime_procUnpin`. In: R14 = g. Only RCX changes.
#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_sync_runtime_procUnpin() {
    naked_asm!(
        "mov rcx, [r14 + {thread}]",
        "dec dword ptr [rcx + {locks}]",
        "ret",
        thread = const TASK_THREAD,
        locks = const THREAD_LOCKS,
    )
}

//! amd64: see `mod.rs` for the list of names. R14 holds g in compiled Go code and is preserved by C; fs:-8 holds it for
//! everybody else. Compiled Go has no callee-saved registers, so RBX, R12, R13 and R15 are free where Go calls.

use super::*;
use core::arch::naked_asm;

/// What Go calls the architecture.
pub const GOARCH: &[u8] = b"amd64";

/// On amd64 the callee's stack arguments begin at the stack pointer of the call.
pub const ARGP_OFFSET: usize = 0;
/// Bytes that a call pushes.
pub const RETURN_ADDRESS: usize = 8;
/// Integer registers for arguments in Go's convention.
pub const INT_ARGS: usize = 9;
/// Floating-point registers for arguments.
pub const FLOAT_ARGS: usize = 15;
/// Number of the system call `fcntl`.
pub const NR_FCNTL: usize = 72;
/// Number of the system call `openat`.
pub const NR_OPENAT: usize = 257;
/// Number of the system call `fstat`.
pub const NR_FSTAT: usize = 5;
/// Which 32-bit word of the kernel's `struct stat` is the mode.
pub const STAT_MODE_WORD: usize = 6;
/// Instructions have any length.
pub const PC_QUANTUM: usize = 1;

/// Runs the function in R11 on the thread's system stack, with the C arguments that are set.
///
/// ABI: called by generated stubs. In: R14 = g, R11 = function, C argument registers. Out: RAX, RBX = the C results.
/// All other registers are lost, X15 is zero. The stub's context is saved in g first: the function may leave and have the
/// goroutine resumed from it later. On the system stack already (a timer's function, say) it just calls.
#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_system() {
    naked_asm!(
        "mov rbx, [r14 + {thread}]",
        "cmp r14, [rbx + {g0}]",
        "je 2f",
        "mov rax, [rsp]", // the stub goes on here
        "mov [r14 + {pc}], rax",
        "lea rax, [rsp + 8]",
        "mov [r14 + {sp}], rax",
        "mov [r14 + {bp}], rbp",
        "mov qword ptr [r14 + {ctxt}], 0", // what was there is of an earlier prologue: no root
        "mov r12, rsp",
        "mov rsp, [rbx + {g0_sp}]",
        "call r11",
        "mov rsp, r12",
        "mov rbx, rdx",
        "xorps xmm15, xmm15",
        "ret",
        "2:",
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
            /// flags: see [`crate::rt::stacks::give_way`].
            #[unsafe(naked)]
            #[unsafe(no_mangle)]
            unsafe extern "C" fn $name() {
                naked_asm!(
                    "mov rbx, [r14 + {thread}]",
                    "cmp r14, [rbx + {g0}]",
                    "je 2f",
                    "mov rax, [rsp]", // the stub goes on here
                    "mov [r14 + {pc}], rax",
                    "lea rax, [rsp + 8]",
                    "mov [r14 + {sp}], rax",
                    "mov [r14 + {bp}], rbp",
                    "mov qword ptr [r14 + {ctxt}], 0", // what was there is of an earlier prologue: no root
                    "mov r12, rsp",
                    "mov rsp, [rbx + {g0_sp}]",
                    $before,
                    "call r11",
                    $after,
                    "cmp qword ptr [r14 + {guard}], {asked}",
                    "je 4f",
                    "3:",
                    "mov rsp, r12",
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
                    "mov r12, rsp",
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
                    give_way = sym crate::rt::stacks::give_way,
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
        grow = sym crate::rt::stacks::newstack,
        on_g0 = sym crate::rt::stacks::morestack_on_g0,
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
        "push rbp", // what C preserves and Go does not
        "push rbx",
        "push r12",
        "push r13",
        "push r14",
        "push r15",
        "sub rsp, 56", // where Go's callee spills the arguments, and alignment
        "mov r14, rdx",
        "mov rdx, rdi",
        "mov r10, rsi",
        "mov rax, [r10]",
        "mov rbx, [r10 + 8]",
        "mov rcx, [r10 + 16]",
        "mov rdi, [r10 + 24]",
        "mov rsi, [r10 + 32]",
        "xorps xmm15, xmm15",
        "call [rdx]",
        "add rsp, 56",
        "pop r15",
        "pop r14",
        "pop r13",
        "pop r12",
        "pop rbx",
        "pop rbp",
        "ret",
    )
}

/// Makes `ctx` continue at `pc`, as if the instruction it stands at had called it.
///
/// # Safety
/// `ctx` is the saved context of a goroutine that is not running, with room for a word below its stack pointer.
pub unsafe fn inject_call(ctx: &mut Context, pc: usize) {
    ctx.sp -= 8;
    // SAFETY: the caller vouches for the word below the stack pointer.
    unsafe { (ctx.sp as *mut usize).write(ctx.pc) };
    ctx.pc = pc;
}

/// As [`inject_call`], of `sigpanic`, for which the unwinder looks in the same place here.
///
/// # Safety
/// As for [`inject_call`].
pub unsafe fn inject_sigpanic(ctx: &mut Context, pc: usize) {
    // SAFETY: the same contract.
    unsafe { inject_call(ctx, pc) }
}

/// The frame pointer register in a frame whose caller's stack pointer (`fp`) is known.
pub fn frame_bp(_sp: usize, fp: usize) -> usize {
    fp - 16
}

/// Package internal/cpu's `X86`, between its pads.
#[repr(C)]
struct GoX86 {
    pad: [u8; 64],
    aes: bool,
    adx: bool,
    avx: bool,
    avx2: bool,
    bmi1: bool,
    bmi2: bool,
    erms: bool,
    fma: bool,
    osxsave: bool,
    pclmulqdq: bool,
    popcnt: bool,
    rdtscp: bool,
    sha: bool,
    sse3: bool,
    ssse3: bool,
    sse41: bool,
    sse42: bool,
}

/// Informs Go's packages of what the processor can do. The package would ask the processor again, which takes long where a
/// hypervisor answers, and would allocate.
///
/// # Safety
/// By the bootstrap, before Go code runs.
pub unsafe fn publish_cpu(links: &crate::links::Links) -> bool {
    let f = goxide_sys::cpu::features();
    // SAFETY: Go's variables, which nothing reads yet.
    unsafe {
        links.cpu_x86.cast::<GoX86>().write(GoX86 {
            pad: [0; 64],
            aes: f.aes,
            adx: f.adx,
            avx: f.avx,
            avx2: f.avx2,
            bmi1: f.bmi1,
            bmi2: f.bmi2,
            erms: f.erms,
            fma: f.fma,
            osxsave: f.os_xsave,
            pclmulqdq: f.pclmulqdq,
            popcnt: f.popcnt,
            rdtscp: f.rdtscp,
            sha: f.sha1,
            sse3: f.sse3,
            ssse3: f.ssse3,
            sse41: f.sse41,
            sse42: f.sse42,
        });
        *links.has_popcnt = f.popcnt;
        *links.has_sse41 = f.sse41;
        *links.has_fma = f.fma;
    }
    true
}

/// The frame pointer of the calling function: the head of a chain of (caller's frame pointer, return address).
#[inline(always)]
pub fn frame_pointer() -> usize {
    let fp;
    // SAFETY: reads a register.
    unsafe { core::arch::asm!("mov {}, rbp", out(reg) fp, options(nomem, nostack, preserves_flags)) };
    fp
}

/// The time stamp counter.
pub fn cpu_ticks() -> u64 {
    // SAFETY: every x86-64 processor has the instruction.
    unsafe { core::arch::x86_64::_rdtsc() }
}

/// Where the direct call before the return address `pc` goes; none if there is none.
///
/// # Safety
/// `pc` is in the program's code, behind its first instruction.
pub unsafe fn call_target(pc: usize) -> Option<usize> {
    const CALL: u8 = 0xe8;
    // SAFETY: five bytes of code, which is readable.
    unsafe {
        let at = (pc - 5) as *const u8;
        (*at == CALL).then(|| pc.wrapping_add_signed(at.add(1).cast::<i32>().read_unaligned() as isize))
    }
}

/// `runtime.memmove`. C ABI, except for the registers: only those change that the copying routine names, since assembly of
/// Go packages counts on the others (`goroot/runtime/abi0_amd64.s`).
///
/// # Safety
/// See `goxide_sys::mem::copy`.
#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_memmove(to: *mut u8, from: *const u8, n: usize) {
    naked_asm!("jmp {copy}", copy = sym goxide_sys::mem::copy_routine)
}

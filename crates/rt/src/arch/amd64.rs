//! amd64: see `mod.rs` for the list of names.

use core::arch::naked_asm;
use goxide_stack::Context;

/// What Go calls the architecture.
pub const GOARCH: &[u8] = b"amd64";
/// Where the values begin when registers are printed.
pub const REGISTER_COLUMN: usize = 7;
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
/// Number of the system call `prlimit64`.
pub const NR_PRLIMIT64: usize = 302;
/// The system calls that show nothing of a process's signals: they do not fail otherwise, wait or hand on.
pub const SHOWS_NOTHING: &[usize] = &[
    0,   // read: what waits is started anew after a signal
    1,   // write
    3,   // close
    5,   // fstat
    8,   // lseek
    9,   // mmap
    11,  // munmap
    28,  // madvise
    39,  // getpid
    79,  // getcwd
    96,  // gettimeofday
    97,  // getrlimit
    102, // getuid
    104, // getgid
    107, // geteuid
    108, // getegid
    110, // getppid
    186, // gettid
    228, // clock_gettime
    231, // exit_group
    318, // getrandom
];
/// Which argument of a system call its second result is.
pub const SECOND_RESULT: usize = 2;
/// Which 32-bit word of the kernel's `struct stat` is the mode.
pub const STAT_MODE_WORD: usize = 6;
/// Instructions have any length.
pub const PC_QUANTUM: usize = 1;

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

/// Calls `throw` or `fatal` of package runtime for nothing but the breakpoint that a debugger may have set there: with a length of -1 they
/// return at once.
///
/// # Safety
/// `function` is one of these two.
pub unsafe fn tell_debugger(function: *const usize) {
    // SAFETY: the function changes no register (this function's contract), and calls nothing. RBX, which the compiler keeps for itself, is as
    // before.
    unsafe {
        core::arch::asm!(
            "push rbx",
            "mov rbx, -1",
            "call {function}",
            "pop rbx",
            function = in(reg) *function,
            in("rax") 0usize,
        )
    }
}

/// Makes `ctx` continue at `pc`, as if the instruction it stands at had called it.
///
/// # Safety
/// `ctx` is the saved context of a goroutine that is not running, with room for a word below its stack pointer.
pub unsafe fn inject_call(ctx: &mut Context, pc: usize) {
    ctx.sp -= 8;
    // SAFETY: the word below the stack pointer, which `ctx.sp` now points to, is free and writable, and the goroutine does
    // not run (this function's contract).
    unsafe { (ctx.sp as *mut usize).write(ctx.pc) };
    ctx.pc = pc;
}

/// As [`inject_call`], of `sigpanic`, for which the unwinder looks in the same place here.
///
/// # Safety
/// As for [`inject_call`].
pub unsafe fn inject_sigpanic(ctx: &mut Context, pc: usize) {
    // SAFETY: the goroutine does not run, and there is room for a word below its stack pointer (this function's contract).
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

/// Informs Go's packages of what the processor can do. The package would ask the processor again, which takes long
/// where a hypervisor answers, and would allocate.
///
/// # Safety
/// By the bootstrap, before Go code runs.
pub unsafe fn publish_cpu(links: &crate::links::Links) -> bool {
    /// The last of three leaves of `cpuid` with the processor's name.
    const LEAF_OF_NAME: u32 = 0x8000_0004;
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
            // Go's own package runtime is what it is for.
            rdtscp: false,
            sha: f.sha1,
            sse3: f.sse3,
            ssse3: f.ssse3,
            sse41: f.sse41,
            sse42: f.sse42,
        });
        *links.has_popcnt = f.popcnt;
        *links.has_sse41 = f.sse41;
        *links.has_fma = f.fma;
        // Package internal/cpu asks for the processor's name, when it is wanted, if this says so: `go test -bench` shows it. Processors
        // have had one since before they had 64 bits; to ask for the number of leaves would take each start microseconds.
        *links.cpu_extended = LEAF_OF_NAME;
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

/// Whether the call that returns to `pc` is one of a stub that aligned the stack for it: the code there brings the stack pointer back
/// (`CALL_ALIGNED` and `CALL_CHECKED` of goxide.h).
///
/// # Safety
/// `pc` is where a call in a function of Go's returns to.
pub unsafe fn is_aligned_call(pc: usize) -> bool {
    const MOV_FROM_R12: [u8; 3] = [0x4c, 0x89, 0xe4];
    const LEA_FROM_R12: [u8; 4] = [0x49, 0x8d, 0x64, 0x24];
    // SAFETY: four bytes of code, behind which lies more of the program's code: a function of Go's does not end with a call, and is padded to
    // 16 bytes.
    let code = unsafe { (pc as *const [u8; 4]).read() };
    code == LEA_FROM_R12 || code.starts_with(&MOV_FROM_R12)
}

/// Where the direct jump goes that a function consists of; none if it begins otherwise.
///
/// # Safety
/// `entry` is the first instruction of a function of the program.
pub unsafe fn jump_target(entry: usize) -> Option<usize> {
    const JUMP: u8 = 0xe9;
    // SAFETY: the first instruction of a function (this function's contract), which is readable; those of Go are aligned to 16 bytes and
    // padded to as many, so that five bytes are.
    unsafe {
        let at = entry as *const u8;
        (*at == JUMP).then(|| (entry + 5).wrapping_add_signed(at.add(1).cast::<i32>().read_unaligned() as isize))
    }
}

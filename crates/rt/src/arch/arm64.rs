//! arm64: see `mod.rs` for the list of names.

use core::arch::naked_asm;
use goxide_stack::Context;

/// What Go calls the architecture.
pub const GOARCH: &[u8] = b"arm64";
/// Where the values begin when registers are printed.
pub const REGISTER_COLUMN: usize = 8;
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
/// Number of the system call `prlimit64`.
pub const NR_PRLIMIT64: usize = 261;
/// The system calls that show nothing of a process's signals: they do not fail otherwise, wait or hand on.
pub const SHOWS_NOTHING: &[usize] = &[
    63,  // read: what waits is started anew after a signal
    64,  // write
    57,  // close
    80,  // fstat
    62,  // lseek
    222, // mmap
    215, // munmap
    233, // madvise
    172, // getpid
    17,  // getcwd
    169, // gettimeofday
    163, // getrlimit
    174, // getuid
    176, // getgid
    175, // geteuid
    177, // getegid
    173, // getppid
    178, // gettid
    113, // clock_gettime
    94,  // exit_group
    278, // getrandom
];
/// Which argument of a system call its second result is.
pub const SECOND_RESULT: usize = 1;
/// Which 32-bit word of the kernel's `struct stat` is the mode.
pub const STAT_MODE_WORD: usize = 4;
/// All instructions are four bytes.
pub const PC_QUANTUM: usize = 4;

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

/// Calls `throw` or `fatal` of package runtime for nothing but the breakpoint that a debugger may have set there: with a length of -1 they
/// return at once.
///
/// # Safety
/// `function` is one of these two.
pub unsafe fn tell_debugger(function: *const usize) {
    // SAFETY: the function changes no register but the link register (this function's contract), and calls nothing.
    unsafe {
        core::arch::asm!(
            "blr {function}",
            function = in(reg) *function,
            in("x0") 0usize,
            in("x1") usize::MAX,
            out("x30") _,
        )
    }
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
    // SAFETY: there is room for the slot, which is below all frames, and the goroutine does not run (this function's
    // contract).
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

/// As on amd64: the stack is always aligned here.
///
/// # Safety
/// None is needed here.
pub unsafe fn is_aligned_call(_pc: usize) -> bool {
    false
}

/// Where the direct jump goes that a function consists of; none if it begins otherwise.
///
/// # Safety
/// `entry` is the first instruction of a function of the program.
pub unsafe fn jump_target(entry: usize) -> Option<usize> {
    // SAFETY: an instruction of the program is readable, and aligned.
    let word = unsafe { *(entry as *const u32) };
    // B: 26 bits of words.
    let distance = (word << 6) as i32 >> 4;
    (word >> 26 == 0b000101).then(|| entry.wrapping_add_signed(distance as isize))
}

//! amd64: system calls, threads, signal frames, processor features. The byte routines are in `amd64/`.

mod bytes;
mod compare;
mod features;

use core::arch::{asm, naked_asm};
use core::ffi::CStr;

pub(crate) use bytes::fill;
pub use bytes::{clear, copy};
pub(crate) use compare::{compare, equal, strlen};

/// System call numbers.
pub mod nr {
    #![allow(missing_docs, reason = "the kernel's names")]
    pub const RT_SIGACTION: usize = 13;
    pub const RT_SIGPROCMASK: usize = 14;
    pub const RT_SIGRETURN: usize = 15;
    pub const MADVISE: usize = 28;
    pub const CLOCK_NANOSLEEP: usize = 230;
    pub const SETITIMER: usize = 38;
    pub const TIMER_CREATE: usize = 222;
    pub const TIMER_SETTIME: usize = 223;
    pub const TIMER_DELETE: usize = 226;
    pub const CLONE: usize = 56;
    pub const EXIT: usize = 60;
    pub const KILL: usize = 62;
    pub const GETRUSAGE: usize = 98;
    pub const PRCTL: usize = 157;
    pub const SIGALTSTACK: usize = 131;
    pub const ARCH_PRCTL: usize = 158;
    pub const FUTEX: usize = 202;
    pub const SCHED_GETAFFINITY: usize = 204;
    pub const CLOCK_GETTIME: usize = 228;
    pub const EXIT_GROUP: usize = 231;
    pub const TGKILL: usize = 234;
    pub const EPOLL_PWAIT: usize = 281;
    pub const GETRANDOM: usize = 318;
    pub const EPOLL_PWAIT2: usize = 441;
}

/// The clock's name in the vDSO.
pub(crate) const VDSO_CLOCK_GETTIME: &CStr = c"__vdso_clock_gettime";
/// The old clock's name in the vDSO.
pub(crate) const VDSO_GETTIMEOFDAY: &CStr = c"__vdso_gettimeofday";

/// # Safety
/// See `syscall::raw`.
#[inline(always)]
pub(crate) unsafe fn syscall6(nr: usize, a0: usize, a1: usize, a2: usize, a3: usize, a4: usize, a5: usize) -> isize {
    let ret;
    // SAFETY: the kernel changes rax, rcx, r11 and what the call means to change, which may be changed, as the pointers in
    // it are valid (this function's contract).
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") nr as isize => ret,
            in("rdi") a0, in("rsi") a1, in("rdx") a2, in("r10") a3, in("r8") a4, in("r9") a5,
            lateout("rcx") _, lateout("r11") _,
            options(nostack),
        );
    }
    ret
}

/// Clones a thread that calls `entry(arg)`. C ABI: rdi flags, rsi stack top, rdx thread register, rcx entry, r8 arg.
///
/// The child's stack, from its top: `arg`, `entry`; both are popped, so `entry` is called with an aligned stack.
///
/// # Safety
/// See `thread::spawn`.
#[unsafe(naked)]
pub(crate) unsafe extern "C" fn clone_thread(
    flags: usize,
    stack_top: *mut u8,
    tls_base: usize,
    entry: unsafe extern "C" fn(usize) -> !,
    arg: usize,
    tid: *mut i32,
) -> isize {
    naked_asm!(
        "and rsi, -16",
        "mov [rsi - 16], rcx", // entry
        "mov [rsi - 8], r8",   // arg
        "sub rsi, 16",
        "mov r8, rdx",         // thread register
        "mov rdx, r9",         // parent_tid
        "xor r10d, r10d",      // no child_tid
        "mov eax, {clone}",
        "syscall",
        "test rax, rax",
        "jz 2f",
        "ret",                 // parent, or failure
        "2:",
        "xor ebp, ebp",        // the outermost frame
        "pop rax",
        "pop rdi",
        "call rax",
        "ud2",
        clone = const nr::CLONE,
    )
}

/// Ends the thread. C ABI: rdi the word. The stack is not touched after the store.
///
/// # Safety
/// See `thread::exit_thread`.
#[unsafe(naked)]
pub(crate) unsafe extern "C" fn exit_thread(free_word: *mut u32) -> ! {
    naked_asm!(
        "mov dword ptr [rdi], 0", // from here on the stack may be gone
        "mov esi, 129",           // FUTEX_WAKE | FUTEX_PRIVATE_FLAG
        "mov edx, 0x7fffffff",    // everyone
        "mov eax, {futex}",
        "syscall",                // a word already unmapped is an error without consequence
        "2:",
        "xor edi, edi",
        "mov eax, {exit}",
        "syscall",
        "jmp 2b",
        futex = const nr::FUTEX,
        exit = const nr::EXIT,
    )
}

/// The kernel wants a restorer here.
pub(crate) const RESTORER_FLAG: usize = 0x0400_0000;

/// Where handlers return to. Debuggers and unwinders know a signal frame by exactly these two instructions.
///
/// # Safety
/// Returned to by the kernel's handler frame alone.
#[unsafe(naked)]
unsafe extern "C" fn sigreturn() {
    naked_asm!("mov rax, {nr}", "syscall", nr = const nr::RT_SIGRETURN)
}

pub(crate) fn restorer() -> usize {
    sigreturn as *const () as usize
}

/// The kernel's `sigcontext` and the mask that follows it in `ucontext`.
#[repr(C)]
pub(crate) struct Machine {
    /// In the order of `index`.
    regs: [usize; 18],
    segments: [u16; 4],
    err: usize,
    trapno: usize,
    oldmask: usize,
    cr2: usize,
    fpstate: usize,
    reserved: [usize; 8],
    mask: u64,
}

const _: () = {
    assert!(size_of::<Machine>() == 256 + 8);
    assert!(core::mem::offset_of!(Machine, segments) == 144);
    assert!(core::mem::offset_of!(Machine, fpstate) == 184);
};

/// Places in `Machine::regs`, the kernel's order.
mod index {
    pub const R14: usize = 6;
    pub const RBP: usize = 10;
    pub const RDX: usize = 12;
    pub const RSP: usize = 15;
    pub const RIP: usize = 16;
    /// From the order of `REGISTER_NAMES` to the kernel's: rax rbx rcx rdx rdi rsi rbp rsp r8-r15 rip rflags.
    pub const DUMP: [usize; 18] = [13, 11, 14, 12, 8, 9, 10, 15, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17];
}

/// Names for a dump, in its order. `cs`, `fs`, `gs` follow the general ones and cannot be set.
pub(crate) const REGISTER_NAMES: &[&str] = &[
    "rax", "rbx", "rcx", "rdx", "rdi", "rsi", "rbp", "rsp", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "rip",
    "rflags", "cs", "fs", "gs",
];

impl Machine {
    pub(crate) fn pc(&self) -> usize {
        self.regs[index::RIP]
    }
    pub(crate) fn set_pc(&mut self, v: usize) {
        self.regs[index::RIP] = v;
    }
    pub(crate) fn sp(&self) -> usize {
        self.regs[index::RSP]
    }
    pub(crate) fn set_sp(&mut self, v: usize) {
        self.regs[index::RSP] = v;
    }
    pub(crate) fn fp(&self) -> usize {
        self.regs[index::RBP]
    }
    pub(crate) fn set_fp(&mut self, v: usize) {
        self.regs[index::RBP] = v;
    }
    pub(crate) fn lr(&self) -> usize {
        0
    }
    pub(crate) fn set_lr(&mut self, _: usize) {}
    pub(crate) fn task(&self) -> usize {
        self.regs[index::R14]
    }
    pub(crate) fn set_task(&mut self, v: usize) {
        self.regs[index::R14] = v;
    }
    pub(crate) fn closure(&self) -> usize {
        self.regs[index::RDX]
    }
    pub(crate) fn set_closure(&mut self, v: usize) {
        self.regs[index::RDX] = v;
    }
    pub(crate) fn mask(&self) -> u64 {
        self.mask
    }
    pub(crate) fn set_mask(&mut self, v: u64) {
        self.mask = v;
    }

    /// # Safety
    /// See `UContext::push_call`.
    pub(crate) unsafe fn push_call(&mut self, target: usize, pc: usize) {
        let sp = self.sp() - size_of::<usize>();
        // SAFETY: the interrupted stack has room for a word (this function's contract).
        unsafe { (sp as *mut usize).write(pc) };
        self.set_sp(sp);
        self.set_pc(target);
    }

    /// The register of that place in `REGISTER_NAMES`.
    pub(crate) fn get(&self, i: usize) -> usize {
        match i {
            0..18 => self.regs[index::DUMP[i]],
            // The kernel's order is cs, gs, fs.
            18 => self.segments[0] as usize,
            19 => self.segments[2] as usize,
            _ => self.segments[1] as usize,
        }
    }

    pub(crate) fn set(&mut self, i: usize, v: usize) {
        if i < 18 {
            self.regs[index::DUMP[i]] = v;
        }
    }
}

/// A hint that the line of the cache at `p` will be used.
#[inline(always)]
pub(crate) fn prefetch(p: *const u8) {
    // SAFETY: a hint: it never faults.
    unsafe { core::arch::x86_64::_mm_prefetch::<{ core::arch::x86_64::_MM_HINT_T0 }>(p.cast()) }
}

/// Feature bits. The byte routines hear of them too.
pub(crate) fn detect() -> u32 {
    let bits = features::found();
    bytes::choose(bits);
    bits
}

/// For the test of `UContext::push_call`: how often the interrupted code made the detour.
#[cfg(test)]
pub(crate) static COUNT: core::sync::atomic::AtomicUsize = core::sync::atomic::AtomicUsize::new(0);

/// Makes the interrupted code count once and go on, every register as it was.
///
/// # Safety
/// The interrupted stack has room below its red zone.
#[cfg(test)]
pub(crate) unsafe fn push_count(c: &mut crate::signal::UContext) {
    /// # Safety
    /// Gone to by `push_call`, with the red zone skipped.
    #[unsafe(naked)]
    unsafe extern "C" fn landing() {
        naked_asm!("pushfq", "lock inc qword ptr [rip + {n}]", "popfq", "ret 128", n = sym COUNT)
    }
    let pc = c.pc();
    // SAFETY: the detour leads back past the red zone.
    unsafe { c.set_sp(c.sp() - 128) };
    // SAFETY: the interrupted stack has room; `landing` preserves everything and takes the red zone back.
    unsafe { c.push_call(landing as *const () as usize, pc) };
}

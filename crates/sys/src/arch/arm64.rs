//! arm64: system calls, threads, signal frames, processor features. The byte routines are in `arm64/bytes.rs`.

mod bytes;

use core::arch::{asm, naked_asm};
use core::ffi::CStr;

pub use bytes::{clear, copy};
pub(crate) use bytes::{compare, equal, fill, strlen};

use crate::auxv::{self, AT_HWCAP};
use crate::features::bit;

/// System call numbers.
pub mod nr {
    #![allow(missing_docs, reason = "the kernel's names")]
    pub const EPOLL_PWAIT: usize = 22;
    pub const EXIT: usize = 93;
    pub const EXIT_GROUP: usize = 94;
    pub const FUTEX: usize = 98;
    pub const MADVISE: usize = 233;
    pub const CLOCK_NANOSLEEP: usize = 115;
    pub const SETITIMER: usize = 103;
    pub const TIMER_CREATE: usize = 107;
    pub const TIMER_SETTIME: usize = 110;
    pub const TIMER_DELETE: usize = 111;
    pub const CLOCK_GETTIME: usize = 113;
    pub const SCHED_GETAFFINITY: usize = 123;
    pub const KILL: usize = 129;
    pub const TGKILL: usize = 131;
    pub const SIGALTSTACK: usize = 132;
    pub const RT_SIGACTION: usize = 134;
    pub const RT_SIGPROCMASK: usize = 135;
    pub const RT_SIGRETURN: usize = 139;
    pub const GETRUSAGE: usize = 165;
    pub const PRCTL: usize = 167;
    pub const CLONE: usize = 220;
    pub const GETRANDOM: usize = 278;
    pub const EPOLL_PWAIT2: usize = 441;
}

/// The clock's name in the vDSO.
pub(crate) const VDSO_CLOCK_GETTIME: &CStr = c"__kernel_clock_gettime";
/// The old clock's name in the vDSO.
pub(crate) const VDSO_GETTIMEOFDAY: &CStr = c"__kernel_gettimeofday";

/// # Safety
/// See `syscall::raw`.
#[inline(always)]
pub(crate) unsafe fn syscall6(nr: usize, a0: usize, a1: usize, a2: usize, a3: usize, a4: usize, a5: usize) -> isize {
    let ret;
    // SAFETY: the kernel changes x0 and what the call means to change, which may be changed, as the pointers in it are
    // valid (this function's contract).
    unsafe {
        asm!(
            "svc 0",
            in("x8") nr,
            inlateout("x0") a0 as isize => ret,
            in("x1") a1, in("x2") a2, in("x3") a3, in("x4") a4, in("x5") a5,
            options(nostack),
        );
    }
    ret
}

/// Clones a thread that calls `entry(arg)`. C ABI: x0 flags, x1 stack top, x2 thread register, x3 entry, x4 arg.
///
/// The kernel preserves every register but x0 in the child, so `entry` and `arg` wait in x9 and x10.
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
        "and x1, x1, #-16",
        "mov x9, x3",  // entry
        "mov x10, x4", // arg
        "mov x3, x2",  // thread register
        "mov x2, x5",  // parent_tid
        "mov x4, xzr", // no child_tid
        "mov x8, {clone}",
        "svc 0",
        "cbz x0, 2f",
        "ret",           // parent, or failure
        "2:",
        "mov x29, xzr",  // the outermost frame
        "mov x30, xzr",
        "mov x0, x10",
        "blr x9",
        "brk #1",
        clone = const nr::CLONE,
    )
}

/// Ends the thread. C ABI: x0 the word. The stack is not touched after the store.
///
/// # Safety
/// See `thread::exit_thread`.
#[unsafe(naked)]
pub(crate) unsafe extern "C" fn exit_thread(free_word: *mut u32) -> ! {
    naked_asm!(
        "stlr wzr, [x0]",      // from here on the stack may be gone
        "mov x1, 129",         // FUTEX_WAKE | FUTEX_PRIVATE_FLAG
        "mov x2, 0x7fffffff",  // everyone
        "mov x8, {futex}",
        "svc 0",               // a word already unmapped is an error without consequence
        "2:",
        "mov x0, xzr",
        "mov x8, {exit}",
        "svc 0",
        "b 2b",
        futex = const nr::FUTEX,
        exit = const nr::EXIT,
    )
}

/// The kernel returns from handlers by its own code in the vDSO.
pub(crate) const RESTORER_FLAG: usize = 0;

pub(crate) fn restorer() -> usize {
    0
}

/// What follows the stack in `ucontext`: the mask, room for a larger one, and the kernel's `sigcontext`.
#[repr(C)]
pub(crate) struct Machine {
    mask: u64,
    room: [u8; 120],
    align: u64,
    fault_address: usize,
    regs: [usize; 31],
    sp: usize,
    pc: usize,
    pstate: usize,
}

const _: () = {
    // From the start of `ucontext`, where this begins at 40, `sigcontext` is at 176.
    assert!(core::mem::offset_of!(Machine, fault_address) == 176 - 40);
    assert!(core::mem::offset_of!(Machine, sp) == 176 - 40 + 256);
};

/// Names for a dump, in its order.
pub(crate) const REGISTER_NAMES: &[&str] = &[
    "r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "r16", "r17",
    "r18", "r19", "r20", "r21", "r22", "r23", "r24", "r25", "r26", "r27", "r28", "r29", "lr", "sp", "pc", "fault",
];

impl Machine {
    pub(crate) fn pc(&self) -> usize {
        self.pc
    }
    pub(crate) fn set_pc(&mut self, v: usize) {
        self.pc = v;
    }
    pub(crate) fn sp(&self) -> usize {
        self.sp
    }
    pub(crate) fn set_sp(&mut self, v: usize) {
        self.sp = v;
    }
    pub(crate) fn fp(&self) -> usize {
        self.regs[29]
    }
    pub(crate) fn set_fp(&mut self, v: usize) {
        self.regs[29] = v;
    }
    pub(crate) fn lr(&self) -> usize {
        self.regs[30]
    }
    pub(crate) fn set_lr(&mut self, v: usize) {
        self.regs[30] = v;
    }
    pub(crate) fn task(&self) -> usize {
        self.regs[28]
    }
    pub(crate) fn set_task(&mut self, v: usize) {
        self.regs[28] = v;
    }
    pub(crate) fn closure(&self) -> usize {
        self.regs[26]
    }
    pub(crate) fn set_closure(&mut self, v: usize) {
        self.regs[26] = v;
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
        // [sp] the link register that is about to be overwritten, [sp - 8] the frame pointer, where a walker of
        // frames looks for it.
        let sp = self.sp - 16;
        // SAFETY: the interrupted stack has room (this function's contract) for these words.
        unsafe {
            (sp as *mut usize).write(self.lr());
            ((sp - 8) as *mut usize).write(self.fp());
        }
        self.sp = sp;
        self.set_lr(pc);
        self.pc = target;
    }

    /// The register of that place in `REGISTER_NAMES`.
    pub(crate) fn get(&self, i: usize) -> usize {
        match i {
            0..31 => self.regs[i],
            31 => self.sp,
            32 => self.pc,
            _ => self.fault_address,
        }
    }

    pub(crate) fn set(&mut self, i: usize, v: usize) {
        match i {
            0..31 => self.regs[i] = v,
            31 => self.sp = v,
            32 => self.pc = v,
            _ => {}
        }
    }
}

/// A hint that the line of the cache at `p` will be used.
#[inline(always)]
pub(crate) fn prefetch(p: *const u8) {
    // SAFETY: a hint: it never faults.
    unsafe { core::arch::asm!("prfm pldl1keep, [{}]", in(reg) p, options(nostack, readonly, preserves_flags)) }
}

/// Bits of what the kernel reports through the auxiliary vector.
pub(crate) fn detect() -> u32 {
    let hwcap = auxv::get(AT_HWCAP).unwrap_or(0);
    [
        (3, bit::aes),
        (4, bit::pclmulqdq),
        (5, bit::sha1),
        (6, bit::sha2),
        (7, bit::crc32),
        (8, bit::atomics),
        (21, bit::sha512),
    ]
    .iter()
    .fold(0, |bits, (n, bit)| if hwcap >> n & 1 == 1 { bits | bit } else { bits })
}

/// For the test of `UContext::push_call`: how often the interrupted code made the detour.
#[cfg(test)]
pub(crate) static COUNT: core::sync::atomic::AtomicUsize = core::sync::atomic::AtomicUsize::new(0);

/// Makes the interrupted code count once and go on.
///
/// # Safety
/// The code was interrupted in a system call of a C ABI function, so that x16 and x17 hold nothing; its stack has
/// room.
#[cfg(test)]
pub(crate) unsafe fn push_count(c: &mut crate::signal::UContext) {
    /// # Safety
    /// Gone to by `push_call`, where x16 and x17 hold nothing.
    #[unsafe(naked)]
    unsafe extern "C" fn landing() {
        naked_asm!(
            "adrp x16, {n}",
            "ldr x17, [x16, :lo12:{n}]",
            "add x17, x17, #1",
            "str x17, [x16, :lo12:{n}]",
            "mov x16, x30",
            "ldr x30, [sp], #16", // what `push_call` saved
            "br x16",
            n = sym COUNT,
        )
    }
    let pc = c.pc();
    // SAFETY: the interrupted stack has room, and `landing` changes nothing but x16 and x17, which hold nothing (the caller's
    // promises).
    unsafe { c.push_call(landing as *const () as usize, pc) };
}

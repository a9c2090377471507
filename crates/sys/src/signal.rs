//! Signals in the kernel's own terms: handlers, masks, alternate stacks, and the interrupted machine state. What a
//! signal means to a program does not live here.

use crate::Errno;
use crate::arch::{self, nr};
use crate::syscall::raw;

/// Hangup.
pub const SIGHUP: i32 = 1;
/// Interrupt.
pub const SIGINT: i32 = 2;
/// Quit.
pub const SIGQUIT: i32 = 3;
/// Illegal instruction.
pub const SIGILL: i32 = 4;
/// Breakpoint.
pub const SIGTRAP: i32 = 5;
/// Abort.
pub const SIGABRT: i32 = 6;
/// Bus error.
pub const SIGBUS: i32 = 7;
/// Arithmetic error.
pub const SIGFPE: i32 = 8;
/// Kill; cannot be caught.
pub const SIGKILL: i32 = 9;
/// First user signal.
pub const SIGUSR1: i32 = 10;
/// Segmentation violation.
pub const SIGSEGV: i32 = 11;
/// Second user signal.
pub const SIGUSR2: i32 = 12;
/// Write to a pipe without reader.
pub const SIGPIPE: i32 = 13;
/// Alarm clock.
pub const SIGALRM: i32 = 14;
/// Termination.
pub const SIGTERM: i32 = 15;
/// Stack fault of a coprocessor; the kernel does not send it.
pub const SIGSTKFLT: i32 = 16;
/// A child changed state.
pub const SIGCHLD: i32 = 17;
/// Continue.
pub const SIGCONT: i32 = 18;
/// Stop; cannot be caught.
pub const SIGSTOP: i32 = 19;
/// Stop, from the terminal.
pub const SIGTSTP: i32 = 20;
/// Read from the terminal in the background.
pub const SIGTTIN: i32 = 21;
/// Write to the terminal in the background.
pub const SIGTTOU: i32 = 22;
/// Urgent data on a socket.
pub const SIGURG: i32 = 23;
/// Profiling timer.
pub const SIGPROF: i32 = 27;
/// The terminal's window has another size.
pub const SIGWINCH: i32 = 28;
/// Bad system call.
pub const SIGSYS: i32 = 31;
/// The highest signal number.
pub const MAX: i32 = 64;

/// Default action, as a handler.
pub const SIG_DFL: usize = 0;
/// Ignore, as a handler.
pub const SIG_IGN: usize = 1;

/// The handler takes three arguments.
pub const SA_SIGINFO: usize = 4;
/// The handler runs on the alternate stack.
pub const SA_ONSTACK: usize = 0x0800_0000;
/// Interrupted system calls are restarted.
pub const SA_RESTART: usize = 0x1000_0000;
/// The signal is not blocked while its handler runs.
pub const SA_NODEFER: usize = 0x4000_0000;

/// The alternate stack is in use.
pub const SS_ONSTACK: i32 = 1;
/// There is no alternate stack.
pub const SS_DISABLE: i32 = 2;

/// A set of signals: signal `n` is bit `n - 1`.
pub type Set = u64;
/// Every signal. The kernel leaves out the two that cannot be blocked.
pub const ALL: Set = !0;

/// What is done on a signal, as the kernel keeps it.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Action {
    /// Address of the handler, or `SIG_DFL`, `SIG_IGN`.
    pub handler: usize,
    /// `SA_` bits.
    pub flags: usize,
    /// Where the handler returns to.
    pub restorer: usize,
    /// What else is blocked while the handler runs.
    pub mask: Set,
}

/// A signal stack, as the kernel keeps it.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stack {
    /// Lowest address.
    pub sp: usize,
    /// `SS_` bits.
    pub flags: i32,
    /// Size in bytes.
    pub size: usize,
}

/// How a mask changes.
#[repr(i32)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum How {
    /// Add the given signals.
    Block = 0,
    /// Remove the given signals.
    Unblock = 1,
    /// Replace the mask.
    Set = 2,
}

/// Why the signal came, as the kernel reports it to the handler.
#[repr(C, align(8))]
#[derive(Clone, Copy, Debug)]
pub struct SigInfo {
    /// The signal.
    pub signo: i32,
    /// An error number, hardly ever set.
    pub errno: i32,
    /// `SI_` or a code of the signal's own; positive if the kernel made the signal.
    pub code: i32,
    pad: i32,
    /// A fault's address; for a sent signal, the sender's process and user numbers.
    pub addr: usize,
    rest: [usize; 13],
}

/// `SigInfo::code` of a signal sent by `kill`.
pub const SI_USER: i32 = 0;
/// `SigInfo::code` of a signal sent by `tgkill`.
pub const SI_TKILL: i32 = -6;

const _: () = {
    assert!(size_of::<Action>() == 32 && size_of::<Stack>() == 24 && size_of::<SigInfo>() == 128);
    assert!(core::mem::offset_of!(SigInfo, addr) == 16 && core::mem::offset_of!(Stack, size) == 16);
};

/// Sets the handler of `sig` and gives the old action. The restorer is added here.
///
/// # Errors
/// `EINVAL` if there is no such signal, or its action cannot be changed.
///
/// # Safety
/// `handler` is `SIG_DFL`, `SIG_IGN` or a function of the C ABI that is safe to run wherever the signal can come.
pub unsafe fn sigaction(sig: i32, handler: usize, flags: usize, mask: Set) -> Result<Action, Errno> {
    let new = Action { handler, flags: flags | arch::RESTORER_FLAG, restorer: arch::restorer(), mask };
    let mut old = Action::default();
    // SAFETY: both structures are as the kernel lays them out; `handler` is one of the two numbers, or a function that may
    // run wherever the signal can come (this function's contract).
    let ret = unsafe {
        raw(nr::RT_SIGACTION, sig as usize, (&raw const new).addr(), (&raw mut old).addr(), size_of::<Set>(), 0, 0)
    };
    Errno::check(ret).map(|_| old)
}

/// The action of `sig`.
///
/// # Errors
/// `EINVAL` if there is no such signal.
pub fn action(sig: i32) -> Result<Action, Errno> {
    let mut old = Action::default();
    // SAFETY: the kernel writes one action; the new one is null, so nothing changes.
    let ret = unsafe { raw(nr::RT_SIGACTION, sig as usize, 0, (&raw mut old).addr(), size_of::<Set>(), 0, 0) };
    Errno::check(ret).map(|_| old)
}

/// Changes this thread's mask and gives the old one.
pub fn sigprocmask(how: How, set: Set) -> Set {
    let mut old = 0;
    // SAFETY: the kernel reads one set and writes another. It cannot fail: the arguments are well formed.
    unsafe {
        raw(nr::RT_SIGPROCMASK, how as usize, (&raw const set).addr(), (&raw mut old).addr(), size_of::<Set>(), 0, 0)
    };
    old
}

/// Sets this thread's alternate stack, if `new` is given, and gives the old one.
///
/// # Errors
/// That of the system call: `EPERM` on the alternate stack itself, `ENOMEM` for one that is too small.
///
/// # Safety
/// The stack stays mapped, and nothing else uses it, while it is set.
pub unsafe fn sigaltstack(new: Option<&Stack>) -> Result<Stack, Errno> {
    let mut old = Stack { sp: 0, flags: 0, size: 0 };
    let new = new.map_or(0, |s| core::ptr::from_ref(s).addr());
    // SAFETY: the structures are as the kernel lays them out; the new stack stays mapped, and nothing else uses it (this
    // function's contract).
    let ret = unsafe { raw(nr::SIGALTSTACK, new, (&raw mut old).addr(), 0, 0, 0, 0) };
    Errno::check(ret).map(|_| old)
}

/// Everything that was interrupted: the machine's registers, the mask and the stack. The kernel made it, on the
/// signal stack, and reads it back when the handler returns: what is set here takes effect then.
#[repr(C, align(16))]
pub struct UContext {
    flags: usize,
    link: usize,
    /// The alternate stack at the time.
    pub stack: Stack,
    machine: arch::Machine,
}

impl UContext {
    /// The interrupted instruction.
    #[inline]
    pub fn pc(&self) -> usize {
        self.machine.pc()
    }

    /// Continue there.
    ///
    /// # Safety
    /// The interrupted code, or what runs in its place, can go on with it.
    #[inline]
    pub unsafe fn set_pc(&mut self, pc: usize) {
        self.machine.set_pc(pc);
    }

    /// The stack pointer.
    #[inline]
    pub fn sp(&self) -> usize {
        self.machine.sp()
    }

    /// Continue with that stack pointer.
    ///
    /// # Safety
    /// The interrupted code, or what runs in its place, can go on with it.
    #[inline]
    pub unsafe fn set_sp(&mut self, sp: usize) {
        self.machine.set_sp(sp);
    }

    /// The frame pointer: rbp, x29.
    #[inline]
    pub fn fp(&self) -> usize {
        self.machine.fp()
    }

    /// Continue with that frame pointer.
    ///
    /// # Safety
    /// The interrupted code, or what runs in its place, can go on with it.
    #[inline]
    pub unsafe fn set_fp(&mut self, fp: usize) {
        self.machine.set_fp(fp);
    }

    /// The link register; 0 where there is none (amd64).
    #[inline]
    pub fn lr(&self) -> usize {
        self.machine.lr()
    }

    /// Continue with that link register; without effect where there is none.
    ///
    /// # Safety
    /// The interrupted code, or what runs in its place, can go on with it.
    #[inline]
    pub unsafe fn set_lr(&mut self, lr: usize) {
        self.machine.set_lr(lr);
    }

    /// The register in which compiled code of an embedder keeps its current task: r14, x28.
    #[inline]
    pub fn task(&self) -> usize {
        self.machine.task()
    }

    /// Continue with that task register.
    ///
    /// # Safety
    /// The interrupted code, or what runs in its place, can go on with it.
    #[inline]
    pub unsafe fn set_task(&mut self, task: usize) {
        self.machine.set_task(task);
    }

    /// The register in which such code is handed a closure's context: rdx, x26.
    #[inline]
    pub fn closure(&self) -> usize {
        self.machine.closure()
    }

    /// Continue with that closure context register.
    ///
    /// # Safety
    /// The interrupted code, or what runs in its place, can go on with it.
    #[inline]
    pub unsafe fn set_closure(&mut self, closure: usize) {
        self.machine.set_closure(closure);
    }

    /// The signals that were blocked.
    #[inline]
    pub fn mask(&self) -> Set {
        self.machine.mask()
    }

    /// Block these after the return.
    #[inline]
    pub fn set_mask(&mut self, mask: Set) {
        self.machine.set_mask(mask);
    }

    /// Makes the interrupted code appear to have called `target` with return address `pc`: on return from the handler `target`
    /// runs, and its return goes to `pc`. On amd64 the pc is pushed, on arm64 the link register
    /// is pushed (16 bytes are taken) and then replaced, so `target` must know how to restore it.
    ///
    /// # Safety
    /// The interrupted stack has room below its pointer, and `target` preserves everything it must.
    #[inline]
    pub unsafe fn push_call(&mut self, target: usize, pc: usize) {
        // SAFETY: the interrupted stack has room; `target` preserves what it must (the caller's promises).
        unsafe { self.machine.push_call(target, pc) };
    }

    /// All general registers by name, in the order in which a dump shows them.
    pub fn registers(&self) -> impl Iterator<Item = (&'static str, usize)> + '_ {
        arch::REGISTER_NAMES.iter().enumerate().map(|(i, name)| (*name, self.machine.get(i)))
    }

    /// The register called `name`, as in [`UContext::registers`].
    pub fn register(&self, name: &str) -> Option<usize> {
        arch::REGISTER_NAMES.iter().position(|n| *n == name).map(|i| self.machine.get(i))
    }

    /// Sets the register called `name`; `false` if there is none.
    ///
    /// # Safety
    /// The interrupted code, or what runs in its place, can go on with it.
    pub unsafe fn set_register(&mut self, name: &str, value: usize) -> bool {
        match arch::REGISTER_NAMES.iter().position(|n| *n == name) {
            Some(i) => {
                self.machine.set(i, value);
                true
            }
            None => false,
        }
    }
}

const _: () = assert!(core::mem::offset_of!(UContext, machine) == 40);

#[cfg(test)]
mod tests {
    use super::*;
    use core::sync::atomic::Ordering::Relaxed;

    /// # Safety
    /// The kernel calls it, as the handler of a signal.
    unsafe extern "C" fn detour(_: i32, _: *const SigInfo, context: *mut UContext) {
        // SAFETY: the kernel passes the context; `push_count` is made to interrupt any code.
        unsafe {
            let c = &mut *context;
            let of = |value: usize| c.registers().filter(move |(_, v)| *v == value).map(|(name, _)| name);
            assert!(of(c.pc()).any(|name| ["rip", "pc"].contains(&name)));
            assert!(of(c.sp()).any(|name| ["rsp", "sp"].contains(&name)));
            assert!(of(c.task()).any(|name| ["r14", "r28"].contains(&name)));
            assert!(of(c.closure()).any(|name| ["rdx", "r26"].contains(&name)));
            assert!(of(c.fp()).any(|name| ["rbp", "r29"].contains(&name)));
            assert_eq!(c.register("no such"), None);
            assert!(!c.set_register("no such", 1));
            let (name, value) = c.registers().nth(2).unwrap();
            assert!(c.set_register(name, value ^ 1));
            assert_eq!(c.register(name), Some(value ^ 1));
            c.set_register(name, value);
            arch::push_count(c);
        }
    }

    #[test]
    fn a_handler_sends_the_interrupted_code_on_a_detour() {
        // SAFETY: the handler changes the interrupted registers so that the detour leads back.
        unsafe {
            sigaction(SIGUSR2, detour as *const () as usize, SA_SIGINFO | SA_ONSTACK, ALL).unwrap();
            for n in 1..=100 {
                crate::process::raise(SIGUSR2).unwrap();
                assert_eq!(arch::COUNT.load(Relaxed), n);
            }
            let old = sigaction(SIGUSR2, SIG_DFL, 0, 0).unwrap();
            assert_eq!(old.handler, detour as *const () as usize);
        }
    }
}

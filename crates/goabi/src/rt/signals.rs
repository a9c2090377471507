//! Faults of compiled code become calls of `runtime.sigpanic`; faults of the runtime end the program. Every thread has a
//! stack for its handlers. Signals that a program asks for (os/signal) are not handled yet.

use super::{G, M, fatal, g, m, symtab};
use crate::links::links;
use goxide_sys::signal::{self, SA_ONSTACK, SA_RESTART, SA_SIGINFO, SIGBUS, SIGFPE, SIGSEGV, SigInfo, UContext};

/// Bytes of a thread's signal stack.
pub const STACK: usize = 32 << 10;

/// The kernel's words for the signals that a fault can be.
pub fn description(sig: u32) -> Option<&'static str> {
    Some(match sig as i32 {
        SIGBUS => "SIGBUS: bus error",
        SIGFPE => "SIGFPE: floating-point exception",
        SIGSEGV => "SIGSEGV: segmentation violation",
        signal::SIGILL => "SIGILL: illegal instruction",
        signal::SIGTRAP => "SIGTRAP: trace trap",
        _ => return None,
    })
}

/// Installs the handlers.
pub fn install() {
    for sig in [SIGSEGV, SIGBUS, SIGFPE] {
        // SAFETY: the handler may run wherever compiled code or the runtime faults: it takes no locks unless it ends the
        // program.
        let done = unsafe {
            signal::sigaction(sig, fault as *const () as usize, SA_SIGINFO | SA_ONSTACK | SA_RESTART, signal::ALL)
        };
        if done.is_err() {
            fatal::throw(b"sigaction failed");
        }
    }
}

/// Default actions again, in a child that has not executed its program yet.
pub fn reset_in_child() {
    for sig in [SIGSEGV, SIGBUS, SIGFPE] {
        // SAFETY: the default action.
        let _ = unsafe { signal::sigaction(sig, signal::SIG_DFL, 0, 0) };
    }
}

/// The first thread's signal stack.
#[repr(align(16))]
struct FirstStack(core::cell::UnsafeCell<[u8; STACK]>);
// SAFETY: only the kernel writes to it, for one thread.
unsafe impl Sync for FirstStack {}
static FIRST: FirstStack = FirstStack(core::cell::UnsafeCell::new([0; STACK]));

/// Sets a thread's signal stack, and lets signals in.
///
/// # Safety
/// `mp` is the calling thread.
pub unsafe fn begin_thread(mp: *mut M) {
    // SAFETY: the first thread's stack is the static; another's lies above its system stack in the same mapping.
    unsafe {
        let sp = match (*mp).ext.stack_base {
            0 => FIRST.0.get() as usize,
            _ => (*(*mp).g0).stack.hi,
        };
        let _ = signal::sigaltstack(Some(&signal::Stack { sp, flags: 0, size: STACK }));
        if (*mp).ext.stack_base != 0 {
            signal::sigprocmask(signal::How::Set, 0);
        }
    }
}

/// The handler of SIGSEGV, SIGBUS and SIGFPE.
unsafe extern "C" fn fault(sig: i32, info: *mut SigInfo, uc: *mut UContext) {
    // SAFETY: the kernel gives both; the interrupted thread is this one.
    unsafe {
        let (info, uc) = (&*info, &mut *uc);
        let gp = g();
        let on_goroutine =
            !gp.is_null() && gp != (*m()).g0 && uc.sp() >= (*gp).stack.lo && uc.sp() < (*gp).stack.hi;
        if !on_goroutine || info.code == signal::SI_USER || info.code == signal::SI_TKILL {
            die(sig, info, uc);
        }
        let Some((pc, sp, called_nil)) = faulting_call(gp, uc) else { die(sig, info, uc) };
        (*gp).ext.sig = sig as u32;
        (*gp).ext.sig_code = info.code as usize;
        (*gp).ext.sig_addr = info.addr;
        (*gp).ext.sig_pc = uc.pc();
        uc.set_sp(sp);
        uc.set_task(gp as usize);
        let f = links().sigpanic;
        uc.set_closure(f as usize);
        if called_nil {
            // The call pushed (or left in the link register) where it came from.
            nil_call(uc, *f);
        } else {
            uc.push_call(*f, pc);
        }
    }
}

unsafe fn nil_call(uc: &mut UContext, target: usize) {
    // A caller's frame that ends at the interrupted stack pointer: on a machine with a link register it must be saved, as
    // `push_call` does, and stays what it is.
    let lr = uc.lr();
    if lr != 0 {
        // SAFETY: the goroutine's stack has room below its pointer.
        unsafe { uc.push_call(target, lr) };
    } else {
        uc.set_pc(target);
    }
}

/// Whether `pc` is in the program's code, Go's or ours.
fn is_program_text(pc: usize) -> bool {
    unsafe extern "C" {
        // The linker's: the first byte of the program and the one behind its code.
        static __executable_start: u8;
        static etext: u8;
    }
    (&raw const __executable_start as usize..&raw const etext as usize).contains(&pc)
}

/// Where compiled code was, as (pc, sp, whether something that is no function was called): the interrupted instruction itself, or, for a
/// leaf entry that faulted on the program's behalf (a copy from a bad pointer), the stub that called it.
unsafe fn faulting_call(gp: *mut G, uc: &UContext) -> Option<(usize, usize, bool)> {
    let tab = symtab();
    let (pc, sp) = (uc.pc(), uc.sp());
    if tab.find_func(pc).is_some() {
        return Some((pc, sp, false));
    }
    if !is_program_text(pc) {
        // Not code: a nil function was called, or one that is none. Without a link register the caller's address was pushed.
        let from = match uc.lr() {
            // SAFETY: the stack pointer is that of the goroutine's stack.
            0 => unsafe { *(sp as *const usize) },
            lr => lr,
        };
        return tab.find_func(from).map(|_| (pc, sp, true));
    }
    // SAFETY: the words between the stack pointer and the top of the goroutine's stack are readable.
    unsafe {
        let hi = (*gp).stack.hi.min(sp + 1024);
        let mut found = (sp..hi).step_by(8).filter(|&at| tab.find_func(*(at as *const usize)).is_some());
        if uc.lr() != 0 {
            // With a link register: the stub's frame begins with its own return address; ours is in the register, or
            // saved in front of it.
            if tab.find_func(uc.lr()).is_some() {
                return Some((uc.lr(), found.next()?, false));
            }
            let stub = *(found.next()? as *const usize);
            return Some((stub, found.next()?, false));
        }
        // Without: the stub aligned the stack before it called, so its stack pointer was one of two. R12 holds it (CALL_ALIGNED),
        // unless the entry uses R12 itself; then the stub's return address, behind its frame, tells them apart.
        let at = found.next()?;
        let stub = *(at as *const usize);
        let frame = tab.find_func(stub)?.sp_delta(stub)? as usize;
        let places = [at + 8, at + 16];
        let kept = uc.register("r12").filter(|r12| places.contains(r12));
        let returns = |place: &usize| tab.find_func(*((place + frame) as *const usize)).is_some();
        let sp = kept.or_else(|| places.into_iter().find(returns))?;
        Some((stub, sp, false))
    }
}

/// What `runtime.sigpanic` is to do: a code of goroot/runtime/error.go, and an address.
///
/// # Safety
/// In a system entry of the goroutine that faulted.
pub unsafe fn sigpanic_kind(gp: *mut G) -> (usize, usize) {
    const NIL: usize = 1;
    const ADDR: usize = 2;
    const DIVIDE: usize = 3;
    const OVERFLOW: usize = 4;
    const FLOAT: usize = 5;
    // SAFETY: the caller's goroutine.
    unsafe {
        let e = &(*gp).ext;
        let small = e.sig_addr < 0x1000;
        match e.sig as i32 {
            SIGBUS if e.sig_code == 2 && small => (NIL, 0),
            SIGSEGV if e.sig_code <= 2 && small => (NIL, 0),
            SIGBUS | SIGSEGV if e.panic_on_fault => (ADDR, e.sig_addr),
            SIGBUS | SIGSEGV => {
                use crate::symtab::Sink as _;
                let mut out = fatal::Stderr::new();
                out.put(b"unexpected fault address ");
                out.put_hex(e.sig_addr);
                out.put(b"\n");
                drop(out);
                fatal::throw(b"fault")
            }
            SIGFPE if e.sig_code == 1 => (DIVIDE, 0),
            SIGFPE if e.sig_code == 2 => (OVERFLOW, 0),
            _ => (FLOAT, 0),
        }
    }
}

/// The runtime itself faulted, or somebody sent the signal.
fn die(sig: i32, info: &SigInfo, uc: &UContext) -> ! {
    use crate::symtab::Sink as _;
    let mut out = fatal::Stderr::new();
    out.put(b"fatal error: unexpected signal during runtime execution\n[signal ");
    match description(sig as u32) {
        Some(name) => out.put(name.as_bytes()),
        None => out.put_int(i64::from(sig)),
    }
    out.put(b" code=");
    out.put_hex(info.code as usize);
    out.put(b" addr=");
    out.put_hex(info.addr);
    out.put(b" pc=");
    out.put_hex(uc.pc());
    out.put(b"]\n\n");
    for (name, value) in uc.registers() {
        out.put(name.as_bytes());
        out.put(b"\t");
        out.put_hex(value);
        out.put(b"\n");
    }
    out.flush();
    goxide_sys::process::exit_group(2)
}

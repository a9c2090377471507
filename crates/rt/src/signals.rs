//! Faults of compiled code become calls of `runtime.sigpanic`; faults of the runtime end the program. Every thread has a
//! stack for its handlers. Signals that a program asks for (os/signal) are not handled yet; SIGPIPE is in `sigpipe`.
//!
//! A fault is the goroutine's if it happened in compiled code, in a leaf entry (on the goroutine's stack, without a lock), or in a
//! `Region` of a system entry, which all of a leaf is that runs on the system stack (`gx_leaf_yields*`). Anywhere else the runtime may be in the middle of something, and the program dies.

use crate::arch;
use crate::fatal;
use crate::links::links;
use crate::sigpipe;
use crate::state::{G, M, RT, g, m, symtab};
use crate::stderr::Stderr;
use crate::threads::SIGNAL_STACK;
use crate::token::System;
use core::sync::atomic::Ordering::{self, Relaxed};
use goxide_symtab::Symtab;
use goxide_sys::signal::{self, SA_ONSTACK, SA_RESTART, SA_SIGINFO, SIGBUS, SIGFPE, SIGSEGV, SigInfo, UContext};

/// What the kernel calls: with the signal, what is known of it, and what it interrupted.
pub type Handler = unsafe extern "C" fn(i32, *mut SigInfo, *mut UContext);

/// The signals that the runtime handles, and how.
const HANDLERS: [(i32, Handler); 3] = [(SIGSEGV, fault), (SIGBUS, fault), (SIGFPE, fault)];

/// Installs the handlers. One for a signal that the parent process had ignored too, as Go's runtime does.
pub fn install() {
    for (sig, handler) in HANDLERS {
        // SAFETY: the handlers may run wherever compiled code or the runtime is interrupted: they take no locks unless they
        // end the program.
        let done = unsafe {
            signal::sigaction(sig, handler as *const () as usize, SA_SIGINFO | SA_ONSTACK | SA_RESTART, signal::ALL)
        };
        if done.is_err() {
            fatal::throw(b"sigaction failed");
        }
    }
}

/// Installs the handler of a signal that only some programs need. From then on it stays.
pub fn handle(sig: i32, handler: Handler) {
    // SAFETY: as of `install`; handlers of this kind take no locks at all.
    let done =
        unsafe { signal::sigaction(sig, handler as *const () as usize, SA_SIGINFO | SA_ONSTACK | SA_RESTART, signal::ALL) };
    if done.is_err() {
        fatal::throw(b"sigaction failed");
    }
}

/// Default actions again, in a child that has not executed its program yet.
pub fn reset_in_child() {
    for (sig, _) in HANDLERS {
        // SAFETY: the default action.
        let _ = unsafe { signal::sigaction(sig, signal::SIG_DFL, 0, 0) };
    }
    sigpipe::reset();
}

/// The largest page that a kernel has.
const MAX_PAGE: usize = 64 << 10;

/// The first thread's signal stack, above a page that becomes inaccessible ([`guard_first_stack`]).
#[repr(C, align(65536))]
struct FirstStack {
    guard: [u8; MAX_PAGE],
    stack: core::cell::UnsafeCell<[u8; SIGNAL_STACK]>,
}
// SAFETY: only the kernel writes to it, for one thread.
unsafe impl Sync for FirstStack {}
static FIRST: FirstStack = FirstStack { guard: [0; MAX_PAGE], stack: core::cell::UnsafeCell::new([0; SIGNAL_STACK]) };

/// Makes what lies below the first thread's signal stack inaccessible. When the program's second thread is made: before, a
/// program that is over in a moment would pay for it.
pub fn guard_first_stack() {
    if RT.signal_stack_guarded.load(Relaxed) || RT.signal_stack_guarded.swap(true, Relaxed) {
        return;
    }
    // SAFETY: the page is for nothing else, and aligned as any kernel wants it.
    if !unsafe { goxide_sys::mem::protect((&raw const FIRST.guard).cast_mut().cast(), MAX_PAGE) } {
        fatal::throw(b"runtime: cannot protect the guard of the signal stack");
    }
}

/// Sets a thread's signal stack, and lets signals in.
///
/// # Safety
/// `mp` is the calling thread.
pub unsafe fn begin_thread(mp: *mut M) {
    // SAFETY: the first thread's stack is the static; another's was mapped with its system stack.
    unsafe {
        let sp = match (*mp).ext.signal_stack {
            0 => FIRST.stack.get() as usize,
            sp => sp,
        };
        if signal::sigaltstack(Some(&signal::Stack { sp, flags: 0, size: SIGNAL_STACK })).is_err() {
            // The kernel wants more for this processor's registers: a handler would run on the goroutine's small stack.
            fatal::throw(b"sigaltstack failed");
        }
        if (*mp).ext.signal_stack != 0 {
            signal::sigprocmask(signal::How::Set, 0);
        }
    }
}

/// The handler of SIGSEGV, SIGBUS and SIGFPE.
///
/// # Safety
/// The kernel calls it, as the handler of one of these signals.
unsafe extern "C" fn fault(sig: i32, info: *mut SigInfo, uc: *mut UContext) {
    // SAFETY: the kernel gives both; the interrupted thread is this one.
    unsafe {
        let (info, uc) = (&*info, &mut *uc);
        let gp = g();
        let is_fault = info.code != signal::SI_USER && info.code != signal::SI_TKILL;
        if !is_fault || gp.is_null() || gp == (*m()).g0 {
            die(sig, info, uc, None);
        }
        let on_goroutine = (*gp).stack.contains(uc.sp());
        // Whichever it was, a region that was interrupted is over.
        let touching = (*gp).ext.touching.load(Ordering::Relaxed);
        (*gp).ext.touching.store(false, Ordering::Relaxed);
        if !on_goroutine && touching {
            note(gp, sig, info, uc);
            // On the system stack still, below what the interrupted code uses of it.
            uc.set_sp(((uc.sp() - RED_ZONE) & !15) - arch::RETURN_ADDRESS);
            uc.set_pc(panic_from_entry as *const () as usize);
            return;
        }
        if !on_goroutine && holds_a_lock((*gp).ctx.pc) {
            die(sig, info, uc, Some(((*gp).ctx.pc, (*gp).ctx.sp)));
        }
        let call = if on_goroutine { faulting_call(gp, uc) } else { None };
        let Some((pc, sp, called_nil)) = call else { die(sig, info, uc, None) };
        if holds_a_lock(pc) {
            die(sig, info, uc, Some((pc, sp)));
        }
        note(gp, sig, info, uc);
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

/// Bytes below the stack pointer that interrupted code may be using.
const RED_ZONE: usize = 128;

/// Remembers a fault that becomes a panic.
///
/// # Safety
/// In the handler; `gp` is the current goroutine.
unsafe fn note(gp: *mut G, sig: i32, info: &SigInfo, uc: &UContext) {
    // SAFETY: the current goroutine is valid.
    let e = unsafe { &mut (*gp).ext };
    e.sig = sig as u32;
    e.sig_code = info.code as usize;
    e.sig_addr = info.addr;
    e.sig_pc = uc.pc();
}

/// Where a thread goes on after a fault in a `Region`: the entry is over, and its goroutine panics at the entry's call.
///
/// # Safety
/// On g0 of this thread's goroutine, gone to by [`fault`] out of a [`Region`](crate::touch::Region).
unsafe extern "C" fn panic_from_entry(mut sys: System<'_>) -> ! {
    *sys.held() = [0; 5];
    // SAFETY: in a system entry, of which nothing is alive (the region's contract), and the region is over; the function takes no arguments.
    unsafe { super::raise::call_on_goroutine(sys, links().sigpanic) }
}

/// Whether the entry whose stub `pc` is in moves values while it holds a channel's lock: leaving it would leave the lock
/// behind. Go's runtime dies there too.
fn holds_a_lock(pc: usize) -> bool {
    let Some(f) = symtab().find_func(pc) else { return false };
    [&b"runtime.chan"[..], b"runtime.select", b"reflect.chan"].iter().any(|prefix| f.name().starts_with(prefix))
}

/// # Safety
/// In the handler; `uc` is the context of compiled code that called `target`, with its stack pointer at a frame of its own.
unsafe fn nil_call(uc: &mut UContext, target: usize) {
    // A caller's frame that ends at the interrupted stack pointer: on a machine with a link register it must be saved, as
    // `push_call` does, and stays what it is.
    let lr = uc.lr();
    if lr != 0 {
        // SAFETY: the goroutine's stack has room below its pointer.
        unsafe { uc.push_call(target, lr) };
    } else {
        // SAFETY: `target` runs as if the interrupted call had reached it.
        unsafe { uc.set_pc(target) };
    }
}

/// Whether `pc` is in the program's code, Go's or ours.
pub fn is_program_text(pc: usize) -> bool {
    unsafe extern "C" {
        // The linker's: the first byte of the program and the one behind its code.
        static __executable_start: u8;
        static etext: u8;
    }
    (&raw const __executable_start as usize..&raw const etext as usize).contains(&pc)
}

/// Where compiled code was, as (pc, sp, whether something that is no function was called): the interrupted instruction itself, or, for a
/// leaf entry that faulted on the program's behalf (a copy from a bad pointer), the stub that called it.
///
/// # Safety
/// In the handler; `gp` is the current goroutine, on whose stack the fault happened.
pub(crate) unsafe fn faulting_call(gp: *mut G, uc: &UContext) -> Option<(usize, usize, bool)> {
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
    // SAFETY: the fault happened on the goroutine's stack (this function's contract), up to whose top the words above the stack pointer are
    // readable.
    let above = unsafe { Above::of(sp, (*gp).stack.hi) };
    let at = above.end_of_chain(uc.fp());
    let (stub, sp) = match uc.lr() {
        0 => above.stub_that_aligned(at, uc.register("r12").unwrap_or(0))?,
        lr => above.stub_that_saved(at, lr)?,
    };
    Some((stub, sp, false))
}

/// The words of a goroutine's stack above a leaf entry that faulted there: among them are the return addresses of the calls that lead to it.
/// Old words of earlier calls lie about in frames too, so an address counts only if it is that of a call out of Go's code.
struct Above {
    tab: Symtab<'static>,
    sp: usize,
    hi: usize,
}

impl Above {
    /// How far a leaf and its stub reach, in bytes.
    const REACH: usize = 1024;

    /// # Safety
    /// The words from `sp` to `top` are those of a stack, and readable.
    unsafe fn of(sp: usize, top: usize) -> Above {
        Above { tab: symtab(), sp, hi: top.min(sp + Self::REACH) }
    }

    fn word(&self, at: usize) -> usize {
        // SAFETY: a word between the leaf's stack pointer and the top of the stack (`of`): places come from a search within that, or are in
        // the frame of a stub, which lies there.
        unsafe { *(at as *const usize) }
    }

    fn is_go(&self, pc: usize) -> bool {
        self.tab.find_func(pc).is_some()
    }

    /// What the direct call in Go's code calls that returns to `pc`; none if there is none.
    fn called(&self, pc: usize) -> Option<usize> {
        self.tab.find_func(pc)?;
        // SAFETY: `pc` is in Go's code, before which lies more of the program's code.
        unsafe { arch::call_target(pc) }
    }

    /// Whether `pc` is where a call out of Go's code returns to.
    fn is_in_stub(&self, pc: usize) -> bool {
        self.called(pc).is_some_and(|to| !self.is_go(to))
    }

    /// The first place of a word like that.
    fn search(&self, from: usize, wanted: impl Fn(usize) -> bool) -> Option<usize> {
        (from..self.hi).step_by(8).find(|&at| wanted(self.word(at)))
    }

    /// Where the return address into the stub is, by frame pointers: Rust's frames are a chain, up to the one that the stub called. A routine
    /// without a frame is called by one that has some, or by the stub itself: then the chain is Go's, and there is none.
    fn end_of_chain(&self, mut fp: usize) -> Option<usize> {
        while fp >= self.sp && fp + 16 <= self.hi {
            let pc = self.word(fp + 8);
            if self.is_go(pc) {
                return self.is_in_stub(pc).then_some(fp + 8);
            }
            let next = self.word(fp);
            if next <= fp {
                break;
            }
            fp = next;
        }
        None
    }

    /// With a link register: pc and stack pointer of the stub. Its frame begins with its own return address, into what called it; the return
    /// address into the stub is in the register, or saved in front of that.
    fn stub_that_saved(&self, at: Option<usize>, lr: usize) -> Option<(usize, usize)> {
        let (stub, from) = match at {
            Some(at) => (self.word(at), at + 8),
            None if self.is_in_stub(lr) => (lr, self.sp),
            None => {
                let at = self.search(self.sp, |pc| self.is_in_stub(pc))?;
                (self.word(at), at + 8)
            }
        };
        let entry = self.tab.find_func(stub)?.entry();
        let own = self.search(from, |pc| self.called(pc) == Some(entry));
        // A call through a function value names no stub.
        let own = own.or_else(|| self.search(from, |pc| self.is_go(pc)))?;
        Some((stub, own))
    }

    /// Without a link register, likewise. The stub aligned the stack before it called, so its stack pointer was one or two words further than
    /// the return address into it; its frame lies there, and then its own return address, which shows which.
    fn stub_that_aligned(&self, at: Option<usize>, r12: usize) -> Option<(usize, usize)> {
        /// How far above the stack pointer R12 is in calls that are checked (CHECKED of goxide.h).
        const CHECKED: usize = 120;
        let at = at.or_else(|| self.search(self.sp, |pc| self.is_in_stub(pc)))?;
        let stub = self.word(at);
        let frame = self.tab.find_func(stub)?.sp_delta(stub - 1)? as usize;
        let is_stack_pointer = |sp: usize| self.is_go(self.word(sp + frame));
        // Where an old word looks like a return address, too, R12 decides, unless the entry uses that register itself: it holds the stack
        // pointer (CALL_ALIGNED of goxide.h) or what lies CHECKED above it (the other calls).
        let sp = match [at + 8, at + 16].map(|sp| is_stack_pointer(sp).then_some(sp)) {
            [Some(_), Some(far)] if r12 == far || r12 == far + CHECKED => Some(far),
            [near, far] => near.or(far),
        }?;
        Some((stub, sp))
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
    // SAFETY: in a system entry of `gp` (this function's contract), so nothing else uses its descriptor.
    unsafe {
        let e = &(*gp).ext;
        let small = e.sig_addr < 0x1000;
        match e.sig as i32 {
            SIGBUS if e.sig_code == 2 && small => (NIL, 0),
            SIGSEGV if e.sig_code <= 2 && small => (NIL, 0),
            SIGBUS | SIGSEGV if e.panic_on_fault => (ADDR, e.sig_addr),
            SIGBUS | SIGSEGV => {
                use goxide_symtab::Sink as _;
                let mut out = Stderr::new();
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

/// The runtime itself faulted, or another process sent the signal. `place`: pc and stack pointer of the goroutine, where they are known and not
/// as the interrupted code has them.
fn die(sig: i32, info: &SigInfo, uc: &UContext, place: Option<(usize, usize)>) -> ! {
    // What is printed may fault again: let that come, and end it there.
    signal::sigprocmask(signal::How::Unblock, 1 << (SIGSEGV - 1) | 1 << (SIGBUS - 1));
    fatal::unexpected_signal(sig, info, uc, place)
}

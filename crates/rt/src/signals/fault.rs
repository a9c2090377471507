//! Faults: those of compiled code become calls of `runtime.sigpanic`, those of the runtime end the program.
//!
//! A fault is the goroutine's if it happened in compiled code, in a leaf entry (on the goroutine's stack, without a lock), or in a
//! `Region` of a system entry, which all of a leaf is that runs on the system stack (`gx_leaf_yields*`). Anywhere else the runtime may be in the middle of something, and the program dies.

use crate::arch;
use crate::fatal;
use crate::links::links;
use crate::signals::report;
use crate::signals::stub::faulting_call;
use crate::state::{G, g, m, symtab};
use crate::stderr::Stderr;
use crate::token::System;
use core::sync::atomic::Ordering;
use goxide_sys::signal::{SIGBUS, SIGFPE, SIGSEGV, SigInfo, UContext};

/// What is done about SIGSEGV, SIGBUS or SIGFPE that the kernel made.
///
/// # Safety
/// In the handler, as which the kernel has called it with these arguments, on the signal stack of a thread of the program.
pub unsafe fn handle(sig: i32, info: &SigInfo, uc: &mut UContext) {
    // SAFETY: the kernel gave both; the interrupted thread is this one.
    unsafe {
        let gp = g();
        if gp.is_null() || gp == (*m()).g0 {
            report::fault(sig, info, uc, None);
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
            report::fault(sig, info, uc, Some(((*gp).ctx.pc, (*gp).ctx.sp)));
        }
        let call = if on_goroutine { faulting_call(gp, uc) } else { None };
        let Some((pc, sp, called_nil)) = call else { report::fault(sig, info, uc, None) };
        if holds_a_lock(pc) {
            report::fault(sig, info, uc, Some((pc, sp)));
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
/// On g0 of this thread's goroutine, gone to by [`handle`] out of a [`Region`](crate::touch::Region).
unsafe extern "C" fn panic_from_entry(mut sys: System<'_>) -> ! {
    *sys.held() = [0; 5];
    // SAFETY: in a system entry, of which nothing is alive (the region's contract), and the region is over; the function takes no arguments.
    unsafe { crate::raise::call_on_goroutine(sys, links().sigpanic) }
}

/// Whether the entry whose stub `pc` is in moves values to or from the program's memory while it holds a channel's lock: leaving it would
/// leave the lock behind. Go's runtime dies there too. Not those of a select with one case and a default, whose values are in the frame of
/// the function: what can be bad there is the channel, and then the lock is not held.
fn holds_a_lock(pc: usize) -> bool {
    let Some(f) = symtab().find_func(pc) else { return false };
    let entries = [&b"runtime.chan"[..], b"runtime.selectgo", b"reflect.chanrecv", b"reflect.chansend"];
    entries.iter().any(|prefix| f.name().starts_with(prefix))
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

//! How a program dies of a signal: what is shown, in which order.
//!
//! Under `GOTRACEBACK=crash` each thread shows where it is, one after the other: a thread that has done so sends SIGQUIT to the process, whose
//! threads that have done so block it; the last one ends the process by SIGABRT.

use super::kernel;
use super::stub::faulting_call;
use super::table::bit;
use crate::state::{G, M, RT, g, symtab};
use crate::stderr::Stderr;
use crate::{env, fatal, signal_text, threads, traceback, unwind};
use core::sync::atomic::Ordering;
use goxide_sched::state::Status;
use goxide_symtab::Sink as _;
use goxide_symtab::traceback::Options;
use goxide_symtab::unwind::Start;
use goxide_sys::process;
use goxide_sys::signal::{self, How, SIGABRT, SIGBUS, SIGQUIT, SIGSEGV, SigInfo, UContext};

/// All is shown, the runtime's frames too.
const OPTIONS: Options = Options { level: 2, failed_here: true };

/// What is printed may fault: let that come, and end it there.
fn let_faults_in() {
    signal::sigprocmask(How::Unblock, bit(SIGSEGV) | bit(SIGBUS));
}

/// This thread's own descriptor, and the goroutine that its word names; nulls before there are processors.
fn whose() -> (*mut M, *mut G) {
    // SAFETY: a thread lets no signal in before its words are set.
    let mp = unsafe { goxide_tls::thread().cast::<M>() };
    if RT.sched.proc_count() == 0 { (mp, core::ptr::null_mut()) } else { (mp, g()) }
}

/// The runtime itself faulted. `place`: pc and stack pointer of the goroutine, where they are known and not as the interrupted code has them.
pub fn fault(sig: i32, info: &SigInfo, uc: &UContext, place: Option<(usize, usize)>) -> ! {
    let_faults_in();
    let (_, gp) = whose();
    if !gp.is_null() {
        fatal::begin_dying();
    }
    let mut out = Stderr::new();
    out.put(b"fatal error: unexpected signal during runtime execution\n");
    signal_text::put_fault(&mut out, sig as u32, info.code as usize, info.addr, uc.pc());
    if gp.is_null() {
        out.flush();
        process::exit_group(2)
    }
    // SAFETY: this thread's goroutine; where it was is known if it was in compiled code or in a system entry.
    unsafe {
        (*gp).ext.sig = 0;
        let in_go = symtab().find_func(uc.pc()).is_some();
        let own = !in_go && place.is_none();
        if own {
            traceback::show_system_stack(&mut out, uc.pc(), uc.fp());
        }
        let start = match place {
            Some((pc, sp)) => Some(Start::saved(pc, sp, 0)),
            None if in_go => Some(Start::saved(uc.pc(), uc.sp(), uc.lr())),
            // A leaf of which the stub is not to be found.
            None if (*gp).stack.contains(uc.sp()) => None,
            None => Some(unwind::saved(gp)),
        };
        if gp != (*(*gp).thread).g0
            && let Some(start) = start
        {
            out.put(b"\n");
            traceback::show(&mut out, gp, Some(start), OPTIONS);
        }
        traceback::show_others(&mut out, gp, OPTIONS);
        if own {
            out.put(b"\n");
            signal_text::put_registers(&mut out, uc);
        }
        fatal::finish_process(&mut out)
    }
}

/// A signal that is no fault, or that another process sent, and that ends the program with all goroutines shown.
pub fn dump(sig: i32, info: &SigInfo, uc: &UContext) -> ! {
    let_faults_in();
    let (mp, gp) = whose();
    let relayed = RT.death.relayed.load(Ordering::Acquire) != 0;
    if !gp.is_null() && !relayed {
        fatal::begin_dying();
    }
    let mut out = Stderr::new();
    signal_text::put_name(&mut out, sig as u32);
    if env::process().secure {
        out.flush();
        process::exit_group(2)
    }
    // SAFETY: this thread's own descriptor.
    let id = if gp.is_null() { 0 } else { unsafe { (*mp).id } };
    signal_text::put_sent(&mut out, sig as u32, info.code, uc.pc(), id);
    out.put(b"\n");
    if gp.is_null() {
        out.flush();
        process::exit_group(2)
    }
    // SAFETY: in the handler; these are this thread and its goroutine, and the process ends here.
    unsafe {
        show_this_thread(&mut out, mp, gp, uc);
        if !relayed {
            traceback::show_others(&mut out, gp, OPTIONS);
            out.put(b"\n");
        }
        signal_text::put_registers(&mut out, uc);
    }
    if env::dumps_core() {
        relay(&mut out);
    }
    fatal::finish_process(&mut out)
}

/// The stack that was interrupted, and the goroutine that this thread runs: two if the thread was on its system stack.
///
/// # Safety
/// In the handler; `mp` is this thread, `gp` what its word names.
unsafe fn show_this_thread(out: &mut Stderr, mp: *mut M, gp: *mut G, uc: &UContext) {
    // SAFETY: in the handler: neither the thread nor the goroutine on it goes on. Where the goroutine stands is in the interrupted registers if
    // it was interrupted on its own stack; else its stub saved it, or the scheduler, or it is in a system call.
    unsafe {
        let is_g0 = gp == (*mp).g0;
        if !is_g0 && (*gp).stack.contains(uc.sp()) {
            let state = (*gp).state.get();
            let start = if state.plain() == Status::SYSCALL {
                // As others see it: where it said that a call begins.
                Some(unwind::start(gp, state))
            } else if symtab().find_func(uc.pc()).is_some() {
                Some(Start::trapped(uc.pc(), uc.sp(), uc.lr()))
            } else {
                faulting_call(gp, uc).map(|(pc, sp, _)| Start::saved(pc, sp, 0))
            };
            return traceback::show(out, gp, start, OPTIONS);
        }
        traceback::show_g0(out, uc.pc(), uc.fp());
        if !is_g0 {
            let s = (*gp).state.get();
            out.put(b"\n");
            traceback::show(out, gp, (s.plain() != Status::DEAD).then(|| unwind::start(gp, s)), OPTIONS);
        }
    }
}

/// Has another thread show itself, if one is left that has not, and waits for it to end the process, but not for ever.
fn relay(out: &mut Stderr) {
    let shown = RT.death.relayed.fetch_add(1, Ordering::AcqRel) + 1;
    if shown < threads::live() {
        out.put(b"\n-----\n\n");
        out.flush();
        let _ = process::kill(process::getpid(), SIGQUIT);
        process::usleep(5_000_000);
    }
    out.flush();
    kernel::end_by(SIGABRT)
}

//! How a program dies: `fatal error:` and uncaught panics, and what is shown then.
//! Nothing here allocates, and nothing here comes back.
//!
//! Not here: death by a signal (`signals::report`), the text of goroutines (`traceback`) and of signals (`signal_text`), and standard error
//! itself (`stderr`).

use crate::links::links;
use crate::signals::kernel;
use crate::state::{G, RT, g, m, symtab};
use crate::stderr::Stderr;
use crate::{env, signal_text, traceback, unwind};
use core::sync::atomic::Ordering;
use goxide_symtab::traceback::Options;
use goxide_symtab::{Fault, Sink as _};

/// Why the program dies, which decides how much is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Why {
    /// An uncaught panic.
    Panic,
    /// The program's fault (`sync.fatal`, deadlock, concurrent map use): all goroutines, without the runtime's frames.
    User,
    /// The runtime's: everything.
    Runtime,
}

/// Claims the right to print the crash report; a second fault prints one line.
pub(crate) fn begin_dying() {
    let mp = m();
    if RT.death.thread.compare_exchange(core::ptr::null_mut(), mp, Ordering::SeqCst, Ordering::SeqCst).is_err() {
        wait_if_dying();
        if RT.death.depth.fetch_add(1, Ordering::Relaxed) > 0 {
            let _ = goxide_sys::io::write_all(2, b"stack trace unavailable\n");
            goxide_sys::process::exit_group(if RT.death.depth.load(Ordering::Relaxed) > 2 { 5 } else { 4 });
        }
    } else if RT.sched.proc_count() != 0 {
        // So that the stacks of goroutines that run can be read, as far as they stop within some milliseconds.
        // SAFETY: a thread of the program, whose word is set; the process ends here.
        unsafe { RT.sched.freeze_the_world() }
    }
}

/// If another thread is ending the process, waits for that.
pub fn wait_if_dying() {
    let dying = RT.death.thread.load(Ordering::SeqCst);
    while !dying.is_null() && dying != m() {
        goxide_sys::process::usleep(1_000_000);
    }
}

/// `fatal error: ` and a text: the runtime's own failure.
pub fn throw(text: &[u8]) -> ! {
    die(text, Why::Runtime, false)
}

/// [`throw`] in the entry of that name.
pub fn called_throw(text: &[u8]) -> ! {
    die_after(&mut |_| {}, text, Why::Runtime, false, true)
}

/// [`fatal`] in the entry of that name.
pub fn called_fatal(text: &[u8]) -> ! {
    die_after(&mut |_| {}, text, Why::User, false, true)
}

/// [`throw`], where Go's runtime has changed to the system stack before, which then is shown.
pub fn throw_on_system(text: &[u8]) -> ! {
    die(text, Why::Runtime, true)
}

/// [`throw_on_system`], after something else that is said once, however many threads come to this at the same time.
pub fn throw_on_system_after(say: &mut dyn FnMut(&mut Stderr), text: &[u8]) -> ! {
    die_after(say, text, Why::Runtime, true, false)
}

/// The same, for a failure at a given instruction of compiled code.
pub fn throw_at(text: &[u8], pc: usize) -> ! {
    let mut out = Stderr::new();
    if let Some(f) = symtab().find_func(pc) {
        out.put(b"runtime: in ");
        out.put(f.name());
        out.put(b"\n");
    }
    drop(out);
    throw(text)
}

/// `fatal error: ` and a text: the program's own fault.
pub fn fatal(text: &[u8]) -> ! {
    die(text, Why::User, false)
}

/// [`fatal`] in a signal's handler, where the goroutine that the thread runs, if there is one, was interrupted anywhere.
pub fn fatal_in_handler(text: &[u8]) -> ! {
    begin_dying();
    // SAFETY: the function of that name in package runtime.
    unsafe { crate::arch::tell_debugger(links().fatal) };
    let mut out = Stderr::new();
    out.put(b"fatal error: ");
    out.put(text);
    out.put(b"\n\ngoroutine 0 [idle]:\n");
    let (level, ..) = env::traceback_level();
    if level > 0 {
        // SAFETY: the process ends here. No goroutine is left out.
        unsafe { traceback::show_others(&mut out, core::ptr::null_mut(), Options { level, failed_here: false }) }
    }
    finish_process(&mut out)
}

/// `system`: it is the system stack on which this failed, also if the goroutine is not g0.
fn die(text: &[u8], why: Why, system: bool) -> ! {
    die_after(&mut |_| {}, text, why, system, false)
}

/// The same; `say` comes first. `told`: the program is where debuggers stop, in `runtime.throw` or `runtime.fatal`.
fn die_after(say: &mut dyn FnMut(&mut Stderr), text: &[u8], why: Why, system: bool, told: bool) -> ! {
    if m().is_null() {
        let _ = goxide_sys::io::write_all(2, b"fatal error: ");
        let _ = goxide_sys::io::write_all(2, text);
        let _ = goxide_sys::io::write_all(2, b"\n");
        goxide_sys::process::exit_group(2);
    }
    begin_dying();
    if !told {
        // SAFETY: both are the functions of these names in package runtime.
        unsafe { crate::arch::tell_debugger(if why == Why::User { links().fatal } else { links().throw }) };
    }
    let mut out = Stderr::new();
    say(&mut out);
    out.put(b"fatal error: ");
    goxide_gotypes::text::print::string(&mut out, text);
    out.put(b"\n");
    // SAFETY: this thread's own descriptor.
    let system = system || unsafe { g() == (*m()).g0 };
    finish(&mut out, why, system.then_some(crate::arch::frame_pointer()))
}

/// An uncaught panic whose chain has been printed by the caller into `out`.
pub fn after_panic(out: &mut Stderr) -> ! {
    finish(out, Why::Panic, None)
}

/// To be called before anything is printed of an uncaught panic.
pub fn begin_panic() {
    begin_dying();
}

/// `system`: a frame on the system stack, if that is where this failed.
fn finish(out: &mut Stderr, why: Why, system: Option<usize>) -> ! {
    if env::process().secure {
        out.flush();
        goxide_sys::process::exit_group(2);
    }
    // SAFETY: this thread's goroutine and thread. The goroutine, if it is not g0, is in an entry, whose stub saved its context; the
    // process ends here.
    unsafe {
        let gp = g();
        let e = &(*gp).ext;
        if e.sig != 0 {
            signal_text::put_fault(out, e.sig, e.sig_code, e.sig_addr, e.sig_pc);
        }
        let (mut level, mut all, _) = env::traceback_level();
        all |= why != Why::Panic;
        if why == Why::Runtime {
            level = 2;
        }
        if level > 0 {
            let options = Options { level, failed_here: why == Why::Runtime };
            if let Some(fp) = system.filter(|_| level >= 2) {
                traceback::show_system_stack(out, 0, fp);
            }
            if gp == (*m()).g0 {
                all = true;
            } else {
                out.put(b"\n");
                traceback::show(out, gp, Some(unwind::saved(gp)), options);
            }
            if all {
                traceback::show_others(out, gp, options);
            }
        }
        finish_process(out)
    }
}

/// The end, once all is said.
pub(crate) fn finish_process(out: &mut Stderr) -> ! {
    out.flush();
    if env::dumps_core() {
        kernel::end_by(goxide_sys::signal::SIGABRT)
    }
    goxide_sys::process::exit_group(2)
}

/// A goroutine's stack would exceed `debug.SetMaxStack`.
///
/// # Safety
/// `gp` is this thread's goroutine.
pub unsafe fn stack_overflow(gp: *mut G) -> ! {
    let mut out = Stderr::new();
    out.put(b"runtime: goroutine stack exceeds ");
    out.put_uint(RT.max_stack.load(Ordering::Relaxed) as u64);
    out.put(b"-byte limit\n");
    // SAFETY: the goroutine is this thread's.
    unsafe {
        out.put(b"runtime: sp=");
        out.put_hex((*gp).ctx.sp);
        out.put(b" stack=[");
        out.put_hex((*gp).stack.lo);
        out.put(b", ");
        out.put_hex((*gp).stack.hi);
        out.put(b"]\n");
    }
    drop(out);
    die(b"stack overflow", Why::Runtime, true)
}

/// A stack that had to be read could not be.
///
/// # Safety
/// `gp` is a goroutine.
pub unsafe fn bad_stack(gp: *mut G, fault: &Fault<'_>) -> ! {
    let mut out = Stderr::new();
    // SAFETY: descriptors are always readable.
    fault.describe(&mut out, unsafe { (*gp).id });
    drop(out);
    throw(fault.text().as_bytes())
}

//! How a program dies: `fatal error:` and uncaught panics, with tracebacks; and printing to standard error in general.
//! Nothing here allocates, and nothing here comes back.

use crate::env;
use crate::state::{G, RT, g, m, symtab};
use crate::stderr::Stderr;
use core::sync::atomic::Ordering;
use goxide_sched::state::Status;
use goxide_symtab::traceback::{Created, Header, Options, print_created_by, print_frames, print_goroutine_header};
use goxide_symtab::unwind::{Limits, Start};
use goxide_symtab::{Fault, Native, PcCache};
use goxide_sys::signal::{self, SIGBUS, SIGFPE, SIGSEGV, SigInfo, UContext};

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
fn begin_dying() {
    let mp = m();
    if RT.death.thread.compare_exchange(core::ptr::null_mut(), mp, Ordering::SeqCst, Ordering::SeqCst).is_err() {
        wait_if_dying();
        if RT.death.depth.fetch_add(1, Ordering::Relaxed) > 0 {
            crate::sigpipe::catch();
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

/// [`throw`], where Go's runtime has changed to the system stack before, which then is shown.
pub fn throw_on_system(text: &[u8]) -> ! {
    die(text, Why::Runtime, true)
}

/// The same, for a failure at a given instruction of compiled code.
pub fn throw_at(text: &[u8], pc: usize) -> ! {
    let mut out = Stderr::new();
    if let Some(f) = symtab().find_func(pc) {
        out.take(b"runtime: in ");
        out.take(f.name());
        out.take(b"\n");
    }
    drop(out);
    throw(text)
}

/// `fatal error: ` and a text: the program's own fault.
pub fn fatal(text: &[u8]) -> ! {
    die(text, Why::User, false)
}

/// The Rust functions on this system stack, innermost first, from a pc (0: none) and a frame pointer on.
fn system_stack(out: &mut Stderr, pc: usize, mut fp: usize) {
    out.take(b"\nruntime stack:\n");
    if pc != 0 {
        super::native::frame(out, pc, false);
    }
    // SAFETY: frames built with frame pointers are a chain of pairs (caller's frame pointer, return address) towards the top
    // of the stack; the walk ends where the chain leaves it.
    unsafe {
        let stack = (*(*m()).g0).stack;
        while fp >= stack.lo && fp + 16 <= stack.hi {
            let [next, pc] = *(fp as *const [usize; 2]);
            super::native::frame(out, pc, true);
            if next <= fp {
                break;
            }
            fp = next;
        }
    }
}

/// A signal that is no fault of a goroutine's: the runtime's own, or sent by another process. On the signal stack.
pub fn unexpected_signal(sig: i32, info: &SigInfo, uc: &UContext, place: Option<(usize, usize)>) -> ! {
    use goxide_symtab::Sink as _;
    let gp = if RT.sched.proc_count() == 0 { core::ptr::null_mut() } else { g() };
    if !gp.is_null() {
        begin_dying();
    }
    let mut out = Stderr::new();
    let (number, code) = (sig as u32, info.code as usize);
    let sent = info.code == signal::SI_USER || info.code == signal::SI_TKILL;
    if sent {
        put_sent(&mut out, number, info.code, uc.pc());
    } else {
        out.take(b"fatal error: unexpected signal during runtime execution\n");
        put_signal(&mut out, number, code, info.addr, uc.pc());
    }
    if gp.is_null() {
        out.flush();
        goxide_sys::process::exit_group(2)
    }
    // SAFETY: this thread's goroutine; where it was is known if it was in compiled code or in a system entry.
    unsafe {
        (*gp).ext.sig = 0;
        let in_go = symtab().find_func(uc.pc()).is_some();
        let own = !in_go && place.is_none();
        if own {
            system_stack(&mut out, uc.pc(), uc.fp());
        }
        let (_, _, crash) = env::traceback_level();
        let start = match place {
            Some((pc, sp)) => Some(Start::saved(pc, sp, 0)),
            None if in_go => Some(Start::saved(uc.pc(), uc.sp(), uc.lr())),
            // A leaf of which the stub is not to be found.
            None if (*gp).stack.contains(uc.sp()) => None,
            None => Some(Start::saved((*gp).ctx.pc, (*gp).ctx.sp, (*gp).ctx.lr)),
        };
        if gp != (*m()).g0
            && let Some(start) = start
        {
            out.take(b"\n");
            header(&mut out, gp, "running");
            frames(&mut out, gp, start, 2, true);
        }
        trace_others(&mut out, gp, 2);
        if own || sent {
            out.take(b"\n");
            for (name, value) in uc.registers() {
                out.take(name.as_bytes());
                out.take(&b"        "[..crate::arch::REGISTER_COLUMN - name.len()]);
                out.put_hex(value);
                out.take(b"\n");
            }
        }
        finish_process(&mut out, crash)
    }
}

/// `system`: show the system stack too.
fn die(text: &[u8], why: Why, system: bool) -> ! {
    if m().is_null() {
        crate::sigpipe::catch();
        let _ = goxide_sys::io::write_all(2, b"fatal error: ");
        let _ = goxide_sys::io::write_all(2, text);
        let _ = goxide_sys::io::write_all(2, b"\n");
        goxide_sys::process::exit_group(2);
    }
    begin_dying();
    let mut out = Stderr::new();
    out.take(b"fatal error: ");
    goxide_gotypes::text::print::string(&mut out, text);
    out.take(b"\n");
    if system {
        system_stack(&mut out, 0, crate::arch::frame_pointer());
    }
    finish(&mut out, why)
}

/// An uncaught panic whose chain has been printed by the caller into `out`.
pub fn after_panic(out: &mut Stderr) -> ! {
    finish(out, Why::Panic)
}

/// To be called before anything is printed of an uncaught panic.
pub fn begin_panic() {
    begin_dying();
}

fn finish(out: &mut Stderr, why: Why) -> ! {
    if env::process().secure {
        out.flush();
        goxide_sys::process::exit_group(2);
    }
    // SAFETY: this thread's goroutine and thread; other goroutines are read as they happen to be.
    unsafe {
        let gp = g();
        if (*gp).ext.sig != 0 {
            signal_line(out, gp);
        }
        let (mut level, mut all, crash) = env::traceback_level();
        all |= why != Why::Panic;
        if why == Why::Runtime {
            level = 2;
        }
        let on_g0 = gp == (*m()).g0;
        if level > 0 {
            if on_g0 {
                all = true;
            } else {
                out.take(b"\n");
                trace_self(out, gp, level, why == Why::Runtime);
            }
            if all {
                trace_others(out, gp, level);
            }
        }
        finish_process(out, crash)
    }
}

/// The end, once all is said.
fn finish_process(out: &mut Stderr, crash: bool) -> ! {
    out.flush();
    if crash {
        // SAFETY: the default action.
        let _ = unsafe { goxide_sys::signal::sigaction(goxide_sys::signal::SIGABRT, 0, 0, 0) };
        // Handlers run with all signals blocked.
        signal::sigprocmask(signal::How::Unblock, 1 << (goxide_sys::signal::SIGABRT - 1));
        let _ = goxide_sys::process::raise(goxide_sys::signal::SIGABRT);
    }
    goxide_sys::process::exit_group(2)
}

/// `[signal SIGSEGV: segmentation violation code=... addr=... pc=...]`
///
/// # Safety
/// `gp` is the current goroutine, or one that does not run.
unsafe fn signal_line(out: &mut Stderr, gp: *mut G) {
    // SAFETY: `gp` is this goroutine or does not run (this function's contract), so nothing writes what is read.
    let e = unsafe { &(*gp).ext };
    put_signal(out, e.sig, e.sig_code, e.sig_addr, e.sig_pc);
}

/// The kernel's words for the signals that a fault can be.
fn description(sig: u32) -> Option<&'static str> {
    Some(match sig as i32 {
        SIGBUS => "SIGBUS: bus error",
        SIGFPE => "SIGFPE: floating-point exception",
        SIGSEGV => "SIGSEGV: segmentation violation",
        signal::SIGILL => "SIGILL: illegal instruction",
        signal::SIGTRAP => "SIGTRAP: trace trap",
        _ => return None,
    })
}

/// `SIGSEGV: segmentation violation`, of a signal that a process sent.
fn put_sent(out: &mut Stderr, sig: u32, code: i32, pc: usize) {
    use goxide_symtab::Sink as _;
    match description(sig) {
        Some(name) => out.take(name.as_bytes()),
        None => {
            out.take(b"Signal ");
            out.put_uint(u64::from(sig));
        }
    }
    out.take(b"\nPC=");
    out.put_hex(pc);
    out.take(b" m=");
    // SAFETY: this thread's own descriptor.
    out.put_uint(if m().is_null() { 0 } else { unsafe { (*m()).id } });
    out.take(b" sigcode=");
    // As an unsigned number, which official Go makes of it.
    out.put_uint(i64::from(code) as u64);
    out.take(b"\n");
    if [SIGFPE, signal::SIGILL].contains(&(sig as i32)) {
        out.take(b"instruction bytes:");
        // As many as most instructions have, within a page: the next may not be there.
        for at in pc..pc + 16.min(0x1000 - pc % 0x1000) {
            out.take(b" ");
            // SAFETY: code that was being executed. If the page cannot be read, the fault that follows ends the process here.
            out.put_hex(usize::from(unsafe { *(at as *const u8) }));
        }
        out.take(b"\n");
    }
}

fn put_signal(out: &mut Stderr, sig: u32, code: usize, addr: usize, pc: usize) {
    use goxide_symtab::Sink as _;
    out.take(b"[signal ");
    match description(sig) {
        Some(name) => out.take(name.as_bytes()),
        None => out.put_hex(sig as usize),
    }
    for (what, value) in [(" code=", code), (" addr=", addr), (" pc=", pc)] {
        out.take(what.as_bytes());
        out.put_hex(value);
    }
    out.take(b"]\n");
}

fn limits(gp: *mut G) -> Limits {
    // SAFETY: descriptors are always readable.
    unsafe { Limits { lo: (*gp).stack.lo, hi: (*gp).stack.hi } }
}

/// # Safety
/// The frames of `gp` do not change in the meantime; `start` is where it stands.
unsafe fn frames(out: &mut Stderr, gp: *mut G, start: Start, level: u32, failed_here: bool) {
    let mut cache = PcCache::new();
    let options = Options { level, failed_here };
    // SAFETY: the goroutine does not run: it is this one, in an entry, or one that is parked or queued.
    unsafe {
        print_frames::<Native>(out, symtab(), &mut cache, start, limits(gp), (*gp).id, options);
        let created = Created { pc: (*gp).spawn_pc, parent: (*gp).parent_id };
        print_created_by(out, symtab(), (*gp).id, created, options);
    }
}

/// # Safety
/// `gp` is a goroutine.
unsafe fn header(out: &mut Stderr, gp: *mut G, status: &str) {
    // SAFETY: descriptors are always readable.
    unsafe {
        let waited = if (*gp).wait_since == 0 { 0 } else { goxide_sys::time::nanotime() - (*gp).wait_since };
        print_goroutine_header(
            out,
            &Header {
                goid: (*gp).id,
                status,
                scanning: false,
                minutes: if status == "running" { 0 } else { (waited / 60_000_000_000) as u64 },
                locked: !(*gp).locked_thread.is_null(),
            },
        );
    }
}

/// The goroutine whose entry this is, from that entry's caller on.
///
/// # Safety
/// In a system entry of `gp`.
unsafe fn trace_self(out: &mut Stderr, gp: *mut G, level: u32, failed_here: bool) {
    // SAFETY: its context was saved by the entry's stub.
    unsafe {
        header(out, gp, "running");
        frames(out, gp, Start::saved((*gp).ctx.pc, (*gp).ctx.sp, (*gp).ctx.lr), level, failed_here);
    }
}

/// All goroutines but `me`.
///
/// # Safety
/// In a system entry of `me`.
unsafe fn trace_others(out: &mut Stderr, me: *mut G, level: u32) {
    RT.sched.for_each_task(|gp| {
        // SAFETY: descriptors are always readable; a running goroutine's stack is left alone.
        unsafe {
            let status = (*gp).state.get().plain();
            if gp == me || status == Status::DEAD || status == Status::IDLE || (*gp).id == 0 || (*gp).is_system() {
                return;
            }
            out.take(b"\n");
            header(out, gp, status_text(gp));
            match status {
                Status::RUNNING => {
                    out.take(b"\tgoroutine running on other thread; stack unavailable\n");
                    let options = Options { level, failed_here: false };
                    let created = Created { pc: (*gp).spawn_pc, parent: (*gp).parent_id };
                    print_created_by(out, symtab(), (*gp).id, created, options);
                }
                Status::SYSCALL => {
                    frames(out, gp, Start::saved((*gp).syscall_pc, (*gp).syscall_sp, 0), level, false);
                }
                _ => frames(out, gp, Start::saved((*gp).ctx.pc, (*gp).ctx.sp, (*gp).ctx.lr), level, false),
            }
        }
    });
}

fn status_text(gp: *mut G) -> &'static str {
    // SAFETY: descriptors are always readable.
    unsafe {
        match (*gp).state.get().plain() {
            Status::RUNNABLE => "runnable",
            Status::RUNNING => "running",
            Status::SYSCALL => "syscall",
            Status::WAITING => (*gp).wait_reason.text(),
            Status::PREEMPTED => "preempted",
            Status::DEAD => "dead",
            _ => "idle",
        }
    }
}

/// What `runtime.Stack` writes: this goroutine, and all others if asked for. `out` takes what fits.
///
/// # Safety
/// In a system entry; with `all`, the world is stopped.
pub unsafe fn write_stacks(buf: &mut [u8], all: bool) -> usize {
    use goxide_symtab::sink::SliceSink;
    let mut out = SliceSink::new(buf);
    // SAFETY: in a system entry, whose stub saved the goroutine's context; with `all`, the world is stopped (this
    // function's contract), so others do not run either. Descriptors are always readable, and frames stay as they are.
    unsafe {
        let me = g();
        let (level, ..) = env::traceback_level();
        let options = Options { level: level.max(1), failed_here: false };
        let mut one = |gp: *mut G, status: &str, start: Start| {
            let mut cache = PcCache::new();
            print_goroutine_header(
                &mut out,
                &Header { goid: (*gp).id, status, scanning: false, minutes: 0, locked: !(*gp).locked_thread.is_null() },
            );
            print_frames::<Native>(&mut out, symtab(), &mut cache, start, limits(gp), (*gp).id, options);
            let created = Created { pc: (*gp).spawn_pc, parent: (*gp).parent_id };
            print_created_by(&mut out, symtab(), (*gp).id, created, options);
        };
        one(me, "running", caller_of_stack(me));
        if all {
            RT.sched.for_each_task(|gp| {
                let status = (*gp).state.get().plain();
                if gp == me || status == Status::DEAD || status == Status::IDLE || (*gp).is_system() {
                    return;
                }
                goxide_symtab::Sink::put(&mut out, b"\n");
                let start = if status == Status::SYSCALL {
                    Start::saved((*gp).syscall_pc, (*gp).syscall_sp, 0)
                } else {
                    Start::saved((*gp).ctx.pc, (*gp).ctx.sp, (*gp).ctx.lr)
                };
                let mut cache = PcCache::new();
                print_goroutine_header(
                    &mut out,
                    &Header {
                        goid: (*gp).id,
                        status: status_text(gp),
                        scanning: false,
                        minutes: 0,
                        locked: !(*gp).locked_thread.is_null(),
                    },
                );
                print_frames::<Native>(&mut out, symtab(), &mut cache, start, limits(gp), (*gp).id, options);
                let created = Created { pc: (*gp).spawn_pc, parent: (*gp).parent_id };
                print_created_by(&mut out, symtab(), (*gp).id, created, options);
            });
        }
    }
    out.len()
}

/// Where the caller of `runtime.Stack` goes on: past the entry's stub, and past `Stack` if that is a frame of its own.
///
/// # Safety
/// In a system entry of `me`.
unsafe fn caller_of_stack(me: *mut G) -> Start {
    use goxide_symtab::unwind::{Mode, Unwinder};
    let mut cache = PcCache::new();
    // SAFETY: in a system entry of `me`.
    unsafe {
        let here = Start::saved((*me).ctx.pc, (*me).ctx.sp, (*me).ctx.lr);
        let Ok(mut u) = Unwinder::<Native>::new(symtab(), &mut cache, here, limits(me), Mode::BestEffort) else {
            return here;
        };
        while u.frame().func.name().starts_with(b"runtime.stack0") || u.frame().func.name() == b"runtime.Stack" {
            if !matches!(u.step(&mut cache), Ok(true)) {
                return here;
            }
        }
        Start::saved(u.frame().pc, u.frame().sp, 0)
    }
}

/// A goroutine's stack would exceed `debug.SetMaxStack`.
///
/// # Safety
/// `gp` is this thread's goroutine.
pub unsafe fn stack_overflow(gp: *mut G) -> ! {
    use goxide_symtab::Sink as _;
    let mut out = Stderr::new();
    out.take(b"runtime: goroutine stack exceeds ");
    out.put_uint(RT.max_stack.load(Ordering::Relaxed) as u64);
    out.take(b"-byte limit\n");
    // SAFETY: the goroutine is this thread's.
    unsafe {
        out.take(b"runtime: sp=");
        out.put_hex((*gp).ctx.sp);
        out.take(b" stack=[");
        out.put_hex((*gp).stack.lo);
        out.take(b", ");
        out.put_hex((*gp).stack.hi);
        out.take(b"]\n");
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

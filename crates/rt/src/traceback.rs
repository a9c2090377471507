//! The text of goroutines, as `runtime.Stack` writes it and as a crash shows it: of each, what it does and its frames.
//!
//! Not here: how frames are found and printed (`goxide_symtab`); what a crash says besides, and which goroutines it shows (`fatal`).

use crate::native;
use crate::state::{G, RT, g, m, symtab};
use crate::stderr::Stderr;
use crate::unwind;
use goxide_sched::state::Status;
use goxide_symtab::sink::SliceSink;
use goxide_symtab::traceback::{Created, Goroutine, Header, Options, print_goroutine};
use goxide_symtab::unwind::{Mode, Start, Unwinder};
use goxide_symtab::{Native, PcCache, Sink};

/// Nanoseconds of a minute.
const MINUTE: i64 = 60_000_000_000;

/// What Go calls a state.
fn status_text(gp: *mut G, s: Status) -> &'static str {
    match s.plain() {
        Status::RUNNABLE => "runnable",
        Status::RUNNING => "running",
        Status::SYSCALL => "syscall",
        // SAFETY: descriptors are never freed.
        Status::WAITING => unsafe { (*gp).wait_reason.text() },
        Status::PREEMPTED => "preempted",
        Status::DEAD => "dead",
        _ => "idle",
    }
}

/// Shows a goroutine, from `start` on; without one, it runs where its stack cannot be read.
///
/// # Safety
/// `gp` is a goroutine; with a start, that is where it stands, and its frames do not change in the meantime.
pub unsafe fn show(out: &mut dyn Sink, gp: *mut G, start: Option<Start>, options: Options) {
    let mut cache = PcCache::new();
    // SAFETY: `gp` is a goroutine (this function's contract), and descriptors are never freed. If there is a start, the goroutine stands
    // there, on its stack, and its frames stay as they are.
    unsafe {
        let s = (*gp).state.get();
        let waits = matches!(s.plain(), Status::WAITING | Status::SYSCALL) && (*gp).wait_since != 0;
        let waited = if waits { goxide_sys::time::nanotime() - (*gp).wait_since } else { 0 };
        let goroutine = Goroutine {
            header: Header {
                goid: (*gp).id,
                status: status_text(gp, s),
                scanning: s != s.plain(),
                minutes: (waited / MINUTE) as u64,
                locked: !(*gp).locked_thread.is_null(),
            },
            stack: start.map(|start| (start, unwind::limits(gp))),
            created: Created { pc: (*gp).spawn_pc, parent: (*gp).parent_id },
        };
        print_goroutine::<Native>(out, symtab(), &mut cache, &goroutine, options);
    }
}

/// Shows all goroutines but `me`: the runtime's own from level 2 on.
///
/// # Safety
/// No other thread runs goroutines, or this is the end of the process: goroutines that run are named only, and what others have on
/// their stacks is read as it happens to be.
pub unsafe fn show_others(out: &mut dyn Sink, me: *mut G, options: Options) {
    let options = Options { failed_here: false, ..options };
    RT.sched.for_each_task(|gp| {
        // SAFETY: descriptors are never freed. The goroutine does not run (this function's contract), or nothing is read of its stack.
        unsafe {
            let s = (*gp).state.get();
            let none = matches!(s.plain(), Status::DEAD | Status::IDLE) || (*gp).ext.rust_task;
            if gp == me || none || ((*gp).is_system() && options.level < 2) {
                return;
            }
            out.put(b"\n");
            show(out, gp, (s.plain() != Status::RUNNING).then(|| unwind::start(gp, s)), options);
        }
    });
}

/// What `runtime.Stack` writes: this goroutine, and all others if asked for. Answers how much of the buffer that fills. What
/// GOTRACEBACK says is about crashes alone.
///
/// # Safety
/// In a system entry; with `all`, the world is stopped.
pub unsafe fn write_stacks(buf: &mut [u8], all: bool) -> usize {
    let mut out = SliceSink::new(buf);
    let options = Options { level: 1, failed_here: false };
    // SAFETY: in a system entry, whose stub saved the goroutine's context; with `all`, the world is stopped (this function's contract).
    unsafe {
        let me = g();
        show(&mut out, me, Some(caller_of_stack(me)), options);
        if all {
            show_others(&mut out, me, options);
        }
    }
    out.len()
}

/// Where the caller of `runtime.Stack` goes on: past the entry's stub, and past `Stack` if that is a frame of its own.
///
/// # Safety
/// In a system entry of `me`.
unsafe fn caller_of_stack(me: *mut G) -> Start {
    let mut cache = PcCache::new();
    // SAFETY: in a system entry of `me` (this function's contract): its context is saved, and its frames stay.
    unsafe {
        let here = unwind::saved(me);
        let Ok(mut u) = Unwinder::<Native>::new(symtab(), &mut cache, here, unwind::limits(me), Mode::BestEffort) else {
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

/// Shows the Rust functions on this system stack, innermost first, from a pc (0: none) and a frame pointer on.
pub fn show_system_stack(out: &mut Stderr, pc: usize, fp: usize) {
    out.put(b"\nruntime stack:\n");
    show_native(out, pc, fp);
}

/// The same, where a signal interrupted this thread on its system stack.
pub fn show_g0(out: &mut Stderr, pc: usize, fp: usize) {
    out.put(b"goroutine 0 [idle]:\n");
    show_native(out, pc, fp);
}

fn show_native(out: &mut Stderr, pc: usize, mut fp: usize) {
    if pc != 0 {
        native::frame(out, pc, false);
    }
    // SAFETY: frames built with frame pointers are a chain of pairs (caller's frame pointer, return address) towards the top
    // of the stack; the walk ends where the chain leaves it.
    unsafe {
        let stack = (*(*m()).g0).stack;
        while fp >= stack.lo && fp + 16 <= stack.hi {
            let [next, pc] = *(fp as *const [usize; 2]);
            native::frame(out, pc, true);
            if next <= fp {
                break;
            }
            fp = next;
        }
    }
}

//! `GODEBUG=boottrace=1`: each step of the bootstrap with its nanoseconds, on standard error, before `main.main` begins. Without
//! it no clock is read.

use crate::steps::Kernel;
use core::cell::UnsafeCell;
use goxide_rt::stderr::Stderr;
use goxide_symtab::Sink as _;

const MAX: usize = 48;

#[derive(Clone, Copy)]
struct Step {
    /// None where there is no step: all zero, so that the table takes no room in a program file.
    name: Option<&'static str>,
    /// Nanoseconds; 0: not known.
    ns: i64,
}

struct Trace {
    on: bool,
    len: usize,
    steps: [Step; MAX],
    /// The last is a mark: it lasts until the next one, or until the end.
    open: Option<i64>,
}

struct Cell(UnsafeCell<Trace>);
// SAFETY: used by the bootstrap on the first thread, and by the main goroutine, which is locked to it.
unsafe impl Sync for Cell {}
static TRACE: Cell =
    Cell(UnsafeCell::new(Trace { on: false, len: 0, steps: [Step { name: None, ns: 0 }; MAX], open: None }));

fn trace() -> &'static mut Trace {
    // SAFETY: one user at a time, as said above; references do not outlive the functions here.
    unsafe { &mut *TRACE.0.get() }
}

fn now() -> i64 {
    goxide_sys::time::nanotime()
}

/// Looks for the setting in the environment as the kernel gave it.
pub fn begin(kernel: &Kernel) {
    trace().on = kernel
        .env()
        .filter_map(|v| v.strip_prefix(b"GODEBUG="))
        .any(|v| v.split(|&b| b == b',').any(|field| field == b"boottrace=1"));
}

fn close(t: &mut Trace) {
    if let Some(since) = t.open.take() {
        t.steps[t.len - 1].ns = now() - since;
    }
}

/// Runs a step.
#[inline(always)]
pub fn step(name: &'static str, f: impl FnOnce()) {
    // Around the step, which so is there once.
    let before = if trace().on { begin_step() } else { 0 };
    f();
    if trace().on {
        end_step(name, before);
    }
}

#[cold]
#[inline(never)]
fn begin_step() -> i64 {
    close(trace());
    now()
}

#[cold]
#[inline(never)]
fn end_step(name: &'static str, before: i64) {
    let t = trace();
    if t.len < MAX {
        t.steps[t.len] = Step { name: Some(name), ns: now() - before };
        t.len += 1;
    }
}

/// A step that lasts until the next one.
pub fn mark(name: &'static str) {
    let t = trace();
    if t.on && t.len < MAX {
        close(t);
        t.steps[t.len] = Step { name: Some(name), ns: 0 };
        t.len += 1;
        t.open = Some(now());
    }
}

/// Prints what was collected.
pub fn print() {
    let t = trace();
    if !t.on {
        return;
    }
    let mut out = Stderr::new();
    for Step { name, ns } in &t.steps[..t.len] {
        out.put(b"boottrace: ");
        out.put(name.unwrap_or_default().as_bytes());
        if *ns > 0 {
            out.put(b" ");
            out.put_int(*ns);
            out.put(b" ns");
        }
        out.put(b"\n");
    }
    t.on = false;
}

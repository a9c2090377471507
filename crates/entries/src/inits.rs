//! The main goroutine on its way to `main.main`: the initialisation of the packages, and what `GODEBUG=inittrace=1` says of it.
//! What the composition does in between is in crate `boot`.

use core::cell::UnsafeCell;
use core::ptr::null;
use core::sync::atomic::Ordering;
use goxide_rt::links::{FuncVal, first_module, links};
use goxide_rt::memstats::Stock;
use goxide_rt::reason::Reason;
use goxide_rt::sched::{self, Stopped};
use goxide_rt::state::{G, RT, symtab};
use goxide_rt::stderr::Stderr;
use goxide_rt::token::System;
use goxide_rt::{env, fatal, gc, profile};
use goxide_symtab::Sink as _;

/// A package's initialisation, as the linker lays it out; the code addresses follow.
#[repr(C)]
struct InitTask {
    state: u32,
    nfns: u32,
}

const INIT_RUNNING: u32 = 1;
const INIT_DONE: u32 = 2;

/// What the main goroutine is about.
#[derive(Clone, Copy)]
enum Phase {
    /// Nothing has been done.
    Begin,
    /// Package runtime and those below it.
    Runtime,
    /// All other packages.
    Packages,
    /// `main.main`.
    Main,
}

/// Where the main goroutine is: which list of init tasks, which task, which function of it is next.
struct Way {
    phase: Phase,
    task: usize,
    function: usize,
    trace: Trace,
}

struct Cell(UnsafeCell<Way>);
// SAFETY: used by the main goroutine alone.
unsafe impl Sync for Cell {}
static WAY: Cell = Cell(UnsafeCell::new(Way { phase: Phase::Begin, task: 0, function: 0, trace: Trace::NONE }));

impl Way {
    /// The next function of a list of init tasks; null when all are done.
    ///
    /// # Safety
    /// In a system entry of the main goroutine; `tasks` is the linker's list.
    unsafe fn next_init(&mut self, tasks: &[*mut InitTask]) -> FuncVal {
        // SAFETY: the linker's list, run by the main goroutine alone.
        unsafe {
            while let Some(&t) = tasks.get(self.task) {
                let i = self.function;
                if i == 0 && (*t).state == INIT_RUNNING {
                    fatal::throw(b"recursive call during initialization - linker skew");
                }
                if i < (*t).nfns as usize && (*t).state != INIT_DONE {
                    (*t).state = INIT_RUNNING;
                    self.function = i + 1;
                    // A function value is the address of a word with the code's address: the list's entry is one.
                    let f: FuncVal = t.add(1).cast::<usize>().add(i);
                    if i == 0 {
                        self.trace.next = f;
                    }
                    return f;
                }
                (*t).state = INIT_DONE;
                self.function = 0;
                self.task += 1;
            }
            self.task = 0;
            null()
        }
    }

    /// What to call next; null when main.main has returned.
    ///
    /// # Safety
    /// In a system entry of the main goroutine.
    unsafe fn next(&mut self, mut sys: System<'_>) -> FuncVal {
        // SAFETY: in a system entry of the main goroutine, which is the only caller.
        unsafe {
            loop {
                match self.phase {
                    Phase::Begin => {
                        RT.steps.get().main_begins();
                        self.trace.origin = goxide_sys::time::nanotime();
                        self.phase = Phase::Runtime;
                    }
                    Phase::Runtime => {
                        let f = self.next_init((*links().runtime_inittasks).as_slice());
                        if !f.is_null() {
                            return f;
                        }
                        RT.steps.get().runtime_initialized();
                        self.phase = Phase::Packages;
                    }
                    Phase::Packages => {
                        let list: &[*mut u8] = first_module().inittasks.as_slice();
                        let f = self.next_init(core::slice::from_raw_parts(list.as_ptr().cast(), list.len()));
                        if !f.is_null() {
                            return f;
                        }
                        RT.steps.get().packages_initialized();
                        profile::reconsider(sys.processor());
                        self.phase = Phase::Main;
                        RT.main_started.store(true, Ordering::Relaxed);
                        return links().main_main;
                    }
                    Phase::Main => return null(),
                }
            }
        }
    }
}

/// What the main goroutine calls next; null when main.main has returned.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_nextMainStep(mut sys: System<'_>) -> FuncVal {
    // SAFETY: in a system entry of the main goroutine, which is the only caller.
    unsafe {
        let way = &mut *WAY.0.get();
        if env::process().debug.inittrace == 0 {
            return way.next(sys);
        }
        let ended = goxide_sys::time::nanotime();
        let f = way.next(sys.lend());
        if way.trace.is_boundary(way.phase) {
            way.trace.ended = ended;
            way.trace.answer = f;
            sched::with_world_stopped::<Boundary>(sys, Reason::Semacquire)
        }
        f
    }
}

/// The packages whose initialisation is traced. An init task's numbers are those of the whole process between two stops of the
/// world; hardly ever does another goroutine run by then.
struct Trace {
    /// When the main goroutine began.
    origin: i64,
    /// First function of the package whose initialisation began last; null before any.
    present: FuncVal,
    /// As of then: time, bytes allocated, objects allocated.
    began: (i64, u64, u64),
    /// First function of the package whose turn it is, if that is another one.
    next: FuncVal,
    /// When the last function of the current one returned.
    ended: i64,
    /// What the entry answers.
    answer: FuncVal,
}

impl Trace {
    const NONE: Trace = Trace { origin: 0, present: null(), began: (0, 0, 0), next: null(), ended: 0, answer: null() };

    /// Whether a package is done, or the first one begins.
    fn is_boundary(&self, phase: Phase) -> bool {
        let over = matches!(phase, Phase::Main);
        !self.next.is_null() || (over && !self.present.is_null())
    }
}

/// Says what the package that is done took, and takes stock for the next.
struct Boundary;

impl Stopped for Boundary {
    unsafe fn stopped(mut sys: System<'_>, _: *mut G) {
        // SAFETY: the main goroutine's, for which the world is stopped: nothing else uses where it is. A function value points to its
        // code's address.
        unsafe {
            let trace = &mut (*WAY.0.get()).trace;
            let heap = Stock::take().heap;
            if !trace.present.is_null() {
                let (began, bytes, allocs) = trace.began;
                let mut out = Stderr::new();
                out.put(b"init ");
                out.put(symtab().find_func(*trace.present).map_or(&b""[..], |f| f.package()));
                out.put(b" @");
                gc::stats::put_ms(&mut out, began - trace.origin);
                out.put(b" ms, ");
                gc::stats::put_ms(&mut out, trace.ended - began);
                out.put(b" ms clock, ");
                out.put_uint(heap.total_alloc - bytes);
                out.put(b" bytes, ");
                out.put_uint(heap.mallocs - allocs);
                out.put(b" allocs\n");
            }
            trace.present = core::mem::replace(&mut trace.next, null());
            trace.began = (goxide_sys::time::nanotime(), heap.total_alloc, heap.mallocs);
            sys.answer()[0] = trace.answer as usize;
        }
    }
}

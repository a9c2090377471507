//! The state of the running system: the crates below with Go's answers plugged into their seams, in two statics ([`RT`], [`GC`]);
//! the Go parts of the descriptors of goroutines, threads and processors; how an entry finds its own.
//!
//! Not here: what the answers are (`hooks`), and what else the parts of the runtime keep ([`super::records`] for what
//! lies in descriptors).

use crate::links::first_module;
use crate::records::{GoM, Held, Progress, Worker};
use core::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use goxide_alloc::{Cache, Heap, OsPages};
use goxide_chan::Waiter;
use goxide_gc::Gc;
use goxide_gotypes::iface::ItabTable;
use goxide_gotypes::space::TypeSpace;
use goxide_sched::Sched;
use goxide_symtab::Symtab;

pub use crate::embedder::{G, GoGc, GoHost, M, P, StackPages};

/// What Go keeps in a goroutine, beyond the three words at fixed offsets: `host0` is the innermost panic, `host1` the
/// innermost deferred call, `host2` the profiler's labels, a Go pointer.
pub struct TaskExt {
    /// The fault that is becoming a Go panic: signal number, code, address, instruction. 0: none.
    pub sig: u32,
    /// `si_code` of it.
    pub sig_code: usize,
    /// Address of it.
    pub sig_addr: usize,
    /// Instruction of it.
    pub sig_pc: usize,
    /// Its system entry is touching memory that the program named: a fault on the system stack is the goroutine's.
    pub touching: AtomicBool,
    /// A fault at any address becomes a panic (`debug.SetPanicOnFault`).
    pub panic_on_fault: bool,
    /// Go pointers that an entry holds while its goroutine may be parked; scanned by the collector.
    pub in_flight: Held,
    /// Long work that an entry is doing.
    pub progress: Progress,
    /// Which words of `ctx.regs` are results that point somewhere, the first in bit 0: set while the goroutine yields at the
    /// end of an entry. They are roots, and follow the stack.
    pub result_pointers: u8,
    /// What the error that is being raised consists of: a text's two words, or the five of a TypeAssertionError. Scanned by
    /// the collector.
    pub raised: [usize; 5],
    /// Stack pointer of the outermost frame that a panic was recovered into and that has not returned: its open-coded
    /// deferred calls are still to be made, perhaps. 0: none.
    pub recovered_sp: usize,
    /// A task of the runtime without a Go stack: it runs only its `on_resume` callback.
    pub rust_task: bool,
    /// When it began to wait for a mutex.
    pub lock_since: i64,
    /// The collection in which its stack was scanned last.
    pub scanned_cycle: AtomicU32,
}

/// What Go keeps in a thread.
pub struct ThreadExt {
    /// The thread's word and its neighbours.
    pub block: goxide_tls::ThreadBlock,
    /// Nesting of `procPin`.
    pub pins: i32,
    /// How often this thread holds the print lock.
    pub print_locks: u32,
    /// Dying of a fatal error.
    pub throwing: bool,
    /// The signal stack; 0 for the first thread, whose is a static.
    pub signal_stack: usize,
    /// The signal mask before a fork.
    pub fork_mask: u64,
    /// What packages outside of std read of an `m`.
    pub go_m: GoM,
}

/// Words in a processor's write barrier buffer.
pub const WB_WORDS: usize = 512;

/// What Go keeps in a processor.
#[repr(C)]
pub struct ProcExt {
    /// Next free place in `wb`.
    pub wb_next: usize,
    /// End of `wb`.
    pub wb_end: usize,
    /// Spare wait records of channel operations.
    pub waiters: *mut Waiter,
    /// How many these are.
    pub n_waiters: u32,
    /// Its marker; null until it marks for the first time.
    pub marker: *mut goxide_gc::Marker,
    /// The time slice that an allocating goroutine last saw, when it saw it first, and how often since.
    pub slice: (u32, u32, i64),
    /// The goroutine that marks here.
    pub worker: Worker,
    /// Stacks.
    pub stacks: goxide_stack::Cache,
    /// The allocation cache.
    pub cache: Cache,
    /// Pointers that write barriers recorded.
    pub wb: [usize; WB_WORDS],
}

impl goxide_sched::Ext for GoHost {
    type TaskExt = TaskExt;
    type ThreadExt = ThreadExt;
    type ProcExt = ProcExt;
}

/// The system. What every program touches comes first, large tables last: a page that is never touched costs nothing.
#[repr(C)]
pub struct Runtime {
    /// Processors at start.
    pub cpus: AtomicU32,
    /// `debug.SetMaxStack`.
    pub max_stack: AtomicUsize,
    /// See [`Runtime::huge_page_size`].
    pub huge_page: AtomicUsize,
    /// Package initialisation is over, or was left by Goexit: what runs now is the program's.
    pub main_started: AtomicBool,
    /// Where types lie.
    pub space: TypeSpace,
    /// Stacks of goroutines.
    pub stacks: goxide_stack::Pool<StackPages>,
    /// Goroutines, threads, processors, timers, semaphores.
    pub sched: Sched<GoHost>,
    /// Method tables.
    pub itabs: ItabTable,
    /// Memory.
    pub heap: Heap<OsPages>,
}

/// What [`Runtime::huge_page`] holds until it is read first.
pub const HUGE_PAGE_UNKNOWN: usize = usize::MAX;

impl Runtime {
    /// Size of a huge page, 0 if there are none. The first to ask reads a file: on the system stack.
    pub fn huge_page_size(&self) -> usize {
        let known = self.huge_page.load(Ordering::Relaxed);
        if known != HUGE_PAGE_UNKNOWN {
            return known;
        }
        let mut buf = [0; 20];
        let text = goxide_sys::io::read_file(c"/sys/kernel/mm/transparent_hugepage/hpage_pmd_size", &mut buf);
        let size = text.ok().and_then(|text| {
            let digits = text.strip_suffix(b"\n").unwrap_or(text);
            core::str::from_utf8(digits).ok()?.parse::<usize>().ok()
        });
        let size = size.filter(|n| n.is_power_of_two()).unwrap_or(0);
        self.huge_page.store(size, Ordering::Relaxed);
        size
    }
}

/// The one instance: the entries of compiled code carry no handle.
pub static RT: Runtime = Runtime {
    sched: Sched::new(GoHost),
    heap: Heap::new(OsPages),
    stacks: goxide_stack::Pool::new(StackPages),
    space: TypeSpace::new(),
    itabs: ItabTable::new(),
    // All zero bytes until the bootstrap, so that it takes no room in a program file.
    cpus: AtomicU32::new(0),
    max_stack: AtomicUsize::new(0),
    huge_page: AtomicUsize::new(0),
    main_started: AtomicBool::new(false),
};

/// The collector.
pub static GC: Gc<GoGc> = Gc::new(GoGc);

/// The goroutine whose entry this is; g0 where none is running.
#[inline(always)]
pub fn g() -> *mut G {
    // SAFETY: every thread of the program has its block set before it runs anything else (boot, `thread_entry`).
    unsafe { goxide_tls::current().cast() }
}

/// This thread.
#[inline(always)]
pub fn m() -> *mut M {
    // SAFETY: a current goroutine has a thread.
    unsafe { (*g()).thread }
}

/// This thread's processor.
///
/// # Safety
/// The thread holds one, which is so in every entry but those around system calls.
#[inline(always)]
pub unsafe fn p() -> *mut P {
    // SAFETY: `m` is valid.
    unsafe { (*m()).proc }
}

/// Go's part of this thread's processor.
///
/// # Safety
/// As [`p`]; and no other reference to it is in use.
#[inline(always)]
pub unsafe fn pext() -> &'static mut ProcExt {
    // SAFETY: the thread holds the processor, so nothing else uses its part; the caller vouches for this thread.
    unsafe { &mut (*p()).ext }
}

/// The linker's tables.
#[inline]
pub fn symtab() -> Symtab<'static> {
    // SAFETY: the first module is the program's, written by the Go 1.21 linker, and is constant.
    unsafe { Symtab::new(first_module()) }
}

/// Whether the goroutine of a thread may leave it now.
///
/// # Safety
/// `mp` is this thread.
#[inline]
pub unsafe fn may_give_way(mp: *mut M) -> bool {
    // SAFETY: the caller's.
    unsafe { (*mp).locks == 0 && (*mp).ext.pins == 0 && !(*mp).proc.is_null() }
}

/// The finish half of `safepoint::give_way`: from here on what the entry answers is in registers.
///
/// # Safety
/// The goroutine is about to go on at its entry.
pub unsafe fn results_are_loaded(gp: *mut G) {
    // SAFETY: the caller's.
    unsafe { (*gp).ext.result_pointers = 0 }
}

/// Highest GOMAXPROCS.
pub const MAX_PROCS: usize = 1 << 16;

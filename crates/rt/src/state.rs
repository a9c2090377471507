//! The state of the running system: the crates below with Go's answers plugged into their seams, in two statics ([`RT`], [`GC`]);
//! the Go parts of the descriptors of goroutines, threads and processors; how an entry finds its own, by its token.
//!
//! Not here: what the answers are (`hooks`), and what else the parts of the runtime keep ([`super::records`] for what
//! lies in descriptors).

use crate::links::first_module;
use crate::panics::record::{Defer, Panic};
use crate::parts::{
    Collection, CpuProfile, Death, FirstChunk, List, Local, Observed, Procs, Profile, Seen, Signals, SpareWaiters, Trace,
    Waits, Watcher,
};
use crate::reason::Reason;
use crate::records::{Acquired, Finish, GoM, Held, Progress, Slice, Worker};
use crate::steps::StepsCell;
use crate::token::{Processor, System};
use core::sync::atomic::{AtomicBool, AtomicI32, AtomicI64, AtomicPtr, AtomicU8, AtomicU32, AtomicUsize, Ordering};
use goxide_alloc::slabs::Slabs;
use goxide_alloc::{Cache, Heap, OsPages};
use goxide_chan::Waiter;
use goxide_gc::Gc;
use goxide_gotypes::iface::ItabTable;
use goxide_gotypes::metrics::histogram::Durations;
use goxide_gotypes::space::TypeSpace;
use goxide_sched::Sched;
use goxide_symtab::{PcCache, Symtab};
use goxide_sys::{Mutex, RawMutex};

pub use crate::embedder::{G, GoGc, GoHost, GoNet, M, P, StackPages};

/// What Go keeps in a goroutine, beyond the two words at fixed offsets: `host0` is the innermost panic, `host1` the innermost
/// deferred call.
#[repr(C)]
pub struct TaskExt {
    /// Go pointers that an entry holds while its goroutine may be parked; scanned by the collector. When an entry raises an
    /// error, which ends it, what that consists of: a text's two words, or the five of a TypeAssertionError.
    pub in_flight: Held,
    /// Long work of its entry, while it yields in the middle; null while it does not.
    pub progress: *mut Progress,
    /// Marking that it has to do for what it has allocated, then [`when_paid`](Self::when_paid).
    pub debt: goxide_gc::Debt,
    /// The collection that it waits for the end of.
    pub waits_for: u32,
    /// Profiler labels, a Go pointer, which profilers read from outside.
    pub labels: usize,
    /// `si_code` of the fault that is becoming a Go panic.
    pub sig_code: usize,
    /// Address of it.
    pub sig_addr: usize,
    /// Instruction of it.
    pub sig_pc: usize,
    /// Its signal number. 0: there is none.
    pub sig: u32,
    /// The collection in which its stack was scanned last.
    pub scanned_cycle: AtomicU32,
    /// Stack pointer of the outermost frame that a panic was recovered into and that has not returned: its open-coded
    /// deferred calls are still to be made, perhaps. 0: none.
    pub recovered_sp: usize,
    /// Its system entry is touching memory that the program named: a fault on the system stack is the goroutine's.
    pub touching: AtomicBool,
    /// A fault at any address becomes a panic (`debug.SetPanicOnFault`).
    pub panic_on_fault: bool,
    /// Which words of `ctx.regs` are results that point somewhere, the first in bit 0: set while the goroutine yields at the
    /// end of an entry. They are roots, and follow the stack.
    pub result_pointers: u8,
    /// A task of the runtime without a Go stack: it runs only finish halves.
    pub rust_task: bool,
    /// How many calls of `raise::within` the error has come through that is being raised.
    pub within: u8,
    /// Its finish half, when it has paid its debt.
    pub when_paid: Option<Finish>,
    /// What is kept of it while it is watched (`trace`); null before.
    pub observed: *mut Observed,
}

// Where Go 1.21 has it: profilers outside of the process look there.
const _: () = assert!(core::mem::offset_of!(G, ext) + core::mem::offset_of!(TaskExt, labels) == 344);

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
    /// This is a forked child, which has not executed another program yet.
    pub in_child: bool,
    /// The timer by which it is profiled, and one more; 0: there is none (`cpu_profile`).
    pub profile_timer: AtomicI32,
    /// It has to make a system call that every thread makes (`every_thread`).
    pub has_to_call: AtomicBool,
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
    /// Spare records of deferred calls.
    pub defers: *mut Defer,
    /// How many these are.
    pub n_defers: u32,
    /// Its marker; null until it marks for the first time.
    pub marker: *mut goxide_gc::Marker,
    /// The time slice that an allocating goroutine last saw.
    pub slice: Slice,
    /// The goroutine that marks here.
    pub worker: Worker,
    /// What was read off the linker's tables here; null until a stack is walked for the first time.
    pub pcs: *mut PcCache<'static>,
    /// The stacks that traces had numbered here lately; null before there were any.
    pub seen: *mut Seen,
    /// Its events in a trace; null before there is one.
    pub trace: AtomicPtr<Local>,
    /// Stacks.
    pub stacks: goxide_stack::Cache,
    /// The allocation cache.
    pub cache: Cache,
    /// Pointers that write barriers recorded.
    pub wb: [usize; WB_WORDS],
}

// Descriptors of goroutines that ended stay, as many as ever lived at once, with a wait record of a channel and words of the
// table (whose older copies stay, too) for each: not much more than a goroutine leaves behind in official Go (416 bytes of heap, and its
// words). What only few goroutines need at once belongs into a record of its own.
const _: () = assert!(size_of::<G>() + size_of::<Waiter>() + 16 <= 488);

impl goxide_sched::Ext for GoHost {
    type TaskExt = TaskExt;
    type ThreadExt = ThreadExt;
    type ProcExt = ProcExt;
    type Reason = Reason;
    type Finish = Finish;
    type Acquired = Acquired;
}

/// The system. What every program touches as it starts lies together, at the beginning and behind the heap's tables: a page that is never
/// touched costs nothing, and each one that is takes as long as all that is done in it. So it begins with a page.
#[repr(C, align(4096))]
pub struct Runtime {
    /// Processors at start.
    pub cpus: AtomicU32,
    /// How many there are to be (`procs`).
    pub procs: Procs,
    /// `debug.SetMaxStack`.
    pub max_stack: AtomicUsize,
    /// See [`Runtime::huge_page_size`].
    pub huge_page: AtomicUsize,
    /// The kernel's own function, found with the clock, for package syscall; 0: none.
    pub gettimeofday: AtomicUsize,
    /// Package initialisation is over, or was left by Goexit: what runs now is the program's.
    pub main_started: AtomicBool,
    /// Handlers, and what they call.
    pub signals: Signals,
    /// When the scheduler's state was first traced (`schedtrace`).
    pub trace_began: AtomicI64,
    /// What is called while something is watched (`trace`); null while nothing is.
    pub watcher: AtomicPtr<Watcher>,
    /// What is watched (`trace`).
    pub watching: AtomicU8,
    /// Serialises what Go's `print` and the tracebacks write (`stderr`).
    pub print_lock: RawMutex,
    /// Held while the process replaces itself: no thread may be made in the meantime. A thread that is to make one waits with its
    /// processor in hand, so the holder must not wait for a processor: its goroutine is not preempted.
    pub exec_lock: RawMutex,
    /// What happens on the main goroutine's way to `main.main`.
    pub steps: StepsCell,
    /// Spare wait records of channel operations (`waiters`).
    pub spare_waiters: SpareWaiters,
    /// Spare records of panics (`panics`).
    pub spare_panics: Mutex<List<Panic>>,
    /// Spare records of long work (`pieces`): as many as goroutines ever yielded at once in the middle of it.
    pub spare_progress: Mutex<List<Progress>>,
    /// Where types lie.
    pub space: TypeSpace,
    /// Stacks of goroutines.
    pub stacks: goxide_stack::Pool<StackPages>,
    /// Method tables.
    pub itabs: ItabTable,
    /// How the process dies.
    pub death: Death,
    /// Goroutines, threads, processors, timers, semaphores.
    pub sched: Sched<GoHost>,
    /// Descriptors that goroutines wait for.
    pub net: crate::parts::Network,
    /// The profiles of waiting.
    pub waits: Waits,
    /// The processor profile.
    pub cpu_profile: CpuProfile,
    /// Execution traces.
    pub trace: Trace,
    /// For how long goroutines were ready before they ran, from when this was first asked for.
    pub latencies: Durations,
    /// Memory.
    pub heap: Heap<OsPages>,
    /// The memory profile.
    pub profile: Profile,
    /// The Go side of collecting.
    pub collection: Collection,
    /// What metadata is taken from at first: last, since it is long.
    pub first_chunk: FirstChunk,
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
    procs: Procs::new(),
    spare_progress: Mutex::new(List::EMPTY),
    max_stack: AtomicUsize::new(0),
    huge_page: AtomicUsize::new(0),
    gettimeofday: AtomicUsize::new(0),
    main_started: AtomicBool::new(false),
    signals: Signals::new(),
    trace_began: AtomicI64::new(0),
    print_lock: RawMutex::new(),
    exec_lock: RawMutex::new(),
    steps: StepsCell::new(),
    spare_waiters: Mutex::new(Slabs::EMPTY),
    spare_panics: Mutex::new(List::EMPTY),
    profile: Profile::new(),
    waits: Waits::new(),
    cpu_profile: CpuProfile::new(),
    trace: Trace::new(),
    latencies: Durations::new(),
    watcher: AtomicPtr::new(core::ptr::null_mut()),
    watching: AtomicU8::new(0),
    death: Death::new(),
    net: crate::parts::Network::new(),
    collection: Collection::new(),
    first_chunk: FirstChunk::new(),
};

/// The collector. Apart, since its settings are not all zero: in [`RT`] they would put all of that into the program's file.
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

impl<'t> Processor<'t> {
    /// This thread's processor.
    #[inline(always)]
    pub fn as_ptr(&self) -> *mut P {
        // SAFETY: a current goroutine has a thread, and what that holds it alone changes.
        unsafe { (*m()).proc }
    }

    /// Go's part of it.
    #[inline(always)]
    pub fn part(&mut self) -> &mut ProcExt {
        self.lend().into_part()
    }

    /// [`part`](Self::part), for as long as the token could be used.
    #[inline(always)]
    pub fn into_part(self) -> &'t mut ProcExt {
        // SAFETY: the thread holds the processor, so that no other thread uses its part. Nothing that is in use is borrowed from
        // that, and nothing will be during `'t`, since the token is used up.
        unsafe { &mut (*self.as_ptr()).ext }
    }

    /// Keeps the goroutine on its thread, which this answers, and the processor with it, until as many calls of [`unpin`](Self::unpin).
    #[inline(always)]
    pub fn pin(&mut self) -> *mut M {
        let mp = m();
        // SAFETY: this thread's own descriptor, of which only it uses the field.
        unsafe { (*mp).locks += 1 }
        mp
    }

    /// Undoes one [`pin`](Self::pin). A request to yield that came in the meantime is honoured as the entry ends.
    #[inline(always)]
    pub fn unpin(&mut self) {
        // SAFETY: this thread's own descriptor, of which only it uses the field.
        unsafe { (*m()).locks -= 1 }
    }
}

impl System<'_> {
    /// What the current goroutine's entry holds while the goroutine may be stopped.
    #[inline(always)]
    pub fn held(&mut self) -> &mut Held {
        // SAFETY: the current goroutine is in an entry on this thread, or its finish half: nothing else uses the array, and on this
        // thread it is reached by the token, which is borrowed as long.
        unsafe { &mut (*g()).ext.in_flight }
    }

    /// [`held`](Self::held), of which nothing stays there.
    #[inline(always)]
    pub fn take_held(&mut self) -> Held {
        core::mem::take(self.held())
    }

    /// Runs `f` while a Go pointer is held.
    #[inline(always)]
    pub fn holding<T, R>(&mut self, pointer: *const T, f: impl FnOnce(System<'_>) -> R) -> R {
        self.held()[0] = pointer as usize;
        let r = f(self.lend());
        self.held()[0] = 0;
        r
    }

    /// What the entry answers if it does not return, but its goroutine goes on behind it: these go into registers.
    #[inline(always)]
    pub fn answer(&mut self) -> &mut [usize; 4] {
        // SAFETY: words of a goroutine that is in an entry on this thread, reached by the token.
        unsafe { &mut (*g()).ctx.regs }
    }

    /// Where the current goroutine's stack begins and ends.
    #[inline(always)]
    pub fn stack(&self) -> (usize, usize) {
        // SAFETY: the current goroutine is in an entry on this thread, so that no other moves its stack.
        unsafe { ((*g()).stack.lo, (*g()).stack.hi) }
    }

    /// Whether no goroutine runs here: the entry was called by a timer's function.
    #[inline(always)]
    pub fn is_g0(&self) -> bool {
        // SAFETY: this thread's own descriptor; which g0 it has does not change.
        g() == unsafe { (*m()).g0 }
    }

    /// Asks the current goroutine to yield, at the end of its entry or in its next prologue.
    #[inline(always)]
    pub fn ask_to_yield(&mut self) {
        // SAFETY: the current goroutine is valid.
        unsafe { (*g()).ask_to_yield() }
    }

    /// Whether another goroutine waits for the processor.
    #[inline(always)]
    pub fn has_runnable(&self) -> bool {
        // SAFETY: the processor is one of the scheduler's, and this thread holds it.
        unsafe { RT.sched.has_runnable((*m()).proc) }
    }
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
    // SAFETY: `mp` is this thread (this function's contract).
    unsafe { (*mp).locks == 0 && (*mp).ext.pins == 0 && !(*mp).proc.is_null() }
}

/// The finish half of `safepoint::give_way`: from here on what the entry answers is in registers.
///
/// # Safety
/// The goroutine is about to go on at its entry.
pub unsafe fn results_are_loaded(gp: *mut G) {
    // SAFETY: the goroutine is about to go on at its entry on this thread (this function's contract), so nothing else uses
    // its descriptor.
    unsafe { (*gp).ext.result_pointers = 0 }
}

/// Highest GOMAXPROCS.
pub const MAX_PROCS: usize = 1 << 16;

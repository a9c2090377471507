//! What the modules of the runtime keep for the whole process: the records alone, so that the runtime's one value
//! ([`crate::state::Runtime`]) can hold them without naming those modules. All are zero bytes at first: that value takes no room in
//! a program's file.
//!
//! What lies in the descriptors of goroutines, threads and processors is in [`crate::records`].

use crate::embedder::{G, GoHost, GoNet, M};
use crate::gc::account::{Account, Share};
use crate::signals::table::Own;
use crate::token::System;
use core::cell::UnsafeCell;
use core::ptr::null_mut;
use core::sync::atomic::{
    AtomicBool, AtomicI64, AtomicIsize, AtomicPtr, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering,
};
use goxide_alloc::persistent::CHUNK;
use goxide_alloc::slabs::{Kind, Slabs};
use goxide_alloc::stats::Counter;
use goxide_chan::Waiter;
use goxide_gc::Special;
use goxide_gotypes::profile::memory::Table;
use goxide_gotypes::profile::waits::WaitTable;
use goxide_netpoll::Poller;
use goxide_sched::events::Events;
use goxide_sched::{TaskList, TimerCall};
use goxide_symtab::native::Index;
use goxide_sys::ring::Ring;
use goxide_sys::{Mutex, Note, Pending, RawMutex};

mod trace;
pub use trace::{Local, Observed, Seen, SeenStack, Trace, TraceBuffer, TraceState, TraceTables, Tracing, Watcher};

/// Static memory for the first metadata: an empty program needs less, and so does not ask the kernel for any.
pub struct FirstChunk(UnsafeCell<[u64; CHUNK / 8]>);

// SAFETY: it is the heap's, whose bump allocator has a lock (`Heap::begin_with`).
unsafe impl Sync for FirstChunk {}

impl FirstChunk {
    /// All zero.
    pub(crate) const fn new() -> FirstChunk {
        FirstChunk(UnsafeCell::new([0; CHUNK / 8]))
    }

    /// How many bytes it has.
    pub const SIZE: usize = CHUNK;

    /// Where they are.
    pub fn as_ptr(&self) -> *mut u8 {
        self.0.get().cast()
    }
}

/// A list of records of one kind through links of their own, which goes with the lock around it.
pub struct List<T> {
    /// The first, or null.
    pub head: *mut T,
}
// SAFETY: what is on the list belongs to whatever holds the list.
unsafe impl<T> Send for List<T> {}

impl<T> List<T> {
    pub(crate) const EMPTY: List<T> = List { head: null_mut() };
}

/// The same, in the order of arrival.
pub struct Queue<T> {
    /// The first, or null.
    pub head: *mut T,
    /// The last, or null.
    pub tail: *mut T,
}
// SAFETY: what is in the queue belongs to whatever holds the queue.
unsafe impl<T> Send for Queue<T> {}

impl<T> Queue<T> {
    pub(crate) const EMPTY: Queue<T> = Queue { head: null_mut(), tail: null_mut() };
}

/// Where a collection is (`gc::driver`).
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Phase {
    /// There is none.
    Idle = 0,
    /// The driver's task sweeps what the last one left, to begin the next.
    Preparing,
    /// The world is to be stopped for it: by the task, or by a goroutine in `begin_here`.
    Beginning,
    /// It marks.
    Marking,
    /// It sweeps.
    Sweeping,
}

/// The phase, as all threads see it.
pub struct PhaseCell(AtomicU8);

impl PhaseCell {
    const fn new() -> PhaseCell {
        PhaseCell(AtomicU8::new(Phase::Idle as u8))
    }

    /// The phase.
    #[inline]
    pub fn load(&self, order: Ordering) -> Phase {
        match self.0.load(order) {
            n if n == Phase::Idle as u8 => Phase::Idle,
            n if n == Phase::Preparing as u8 => Phase::Preparing,
            n if n == Phase::Beginning as u8 => Phase::Beginning,
            n if n == Phase::Marking as u8 => Phase::Marking,
            _ => Phase::Sweeping,
        }
    }

    /// A collection is to begin, and something has taken that on.
    pub fn is_beginning(&self) -> bool {
        matches!(self.load(Ordering::Acquire), Phase::Preparing | Phase::Beginning)
    }

    /// Changes it.
    #[inline]
    pub fn store(&self, phase: Phase, order: Ordering) {
        self.0.store(phase as u8, order);
    }

    /// Changes it from `from` to `to`, in one step; false if it is another.
    #[inline]
    pub fn change(&self, from: Phase, to: Phase) -> bool {
        self.0.compare_exchange(from as u8, to as u8, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }
}

/// What `gc::driver` keeps, the task that leads through collections, and `gc::events` for those who wake it.
pub struct Driver {
    /// What has happened, and what the task sleeps for.
    pub events: Events,
    /// The task, once it is made.
    pub task: AtomicPtr<G>,
    /// Guards the making of the task.
    pub making: RawMutex,
    /// Where it is: its own, or in `Beginning` a goroutine's.
    pub phase: PhaseCell,
    /// A goroutine has found that a collection is due.
    pub begin: AtomicBool,
    /// Why the current collection was begun: an event bit.
    pub why: AtomicU32,
    /// Collections whose marking is over.
    pub done: AtomicU32,
    /// Goroutines that wait for a collection, the number of which is in `TaskExt::waits_for`.
    pub waiting: Mutex<List<G>>,
    /// When `begin_here` asked for the world to be stopped.
    pub asked_at: AtomicI64,
    /// The collection that begins was the task's to begin.
    pub taken_over: AtomicBool,
    /// The last collection is not swept yet, as far as is known.
    pub sweeps: AtomicBool,
    /// It has been swept, and the task does not know.
    pub sweep_ended: AtomicBool,
    /// Free stacks that are not in use are to be given back to the page heap.
    pub stacks_to_release: AtomicBool,
    /// Goroutines that had ended when marking did, whose stacks are still to be freed before that.
    pub dead_stacks: AtomicU32,
    /// Goroutines when the cycle began; those made later hold nothing that the barrier did not record.
    pub tasks: AtomicUsize,
    /// The root jobs that are timers.
    pub timers: AtomicUsize,
    /// Mask of the program's data, one bit per word, made for the first cycle.
    pub data_mask: AtomicPtr<u8>,
    /// The same of bss.
    pub bss_mask: AtomicPtr<u8>,
    /// Collections may begin: the runtime's own initialisation is over.
    pub enabled: AtomicBool,
    /// Spans to sweep for each span that a cache takes, so that sweeping is over before the next collection is due.
    pub sweep_ratio: AtomicU32,
    /// sync.Pool's clean-up, to be called by a collection; 0: none.
    pub pool_cleanup: AtomicUsize,
    /// Go's variable with the list of words that a collection empties; null: none.
    pub cache_slots: AtomicPtr<*const CacheSlot>,
}

/// A word that collections empty; goroot/runtime/os.go has the same fields.
#[repr(C)]
pub struct CacheSlot {
    /// The word.
    pub at: *mut *mut u8,
    /// The next of the list.
    pub next: *const CacheSlot,
}

/// What `gc::worker` keeps.
pub struct Workers {
    /// Root jobs that were put off should be asked again: a goroutine has scanned itself, or the monitor thinks so.
    pub ask: AtomicBool,
    /// The collection in which the monitor first saw that nothing but such jobs is left.
    pub monitored: AtomicU32,
    /// Workers that have a processor to themselves: how many there are to be,
    pub dedicated: AtomicU32,
    /// and how many of these do not run.
    pub dedicated_free: AtomicU32,
    /// Percent of each processor's time.
    pub fraction: AtomicU32,
    /// When marking began.
    pub began: AtomicI64,
}

/// How the scheduler reaches the network poller: by pointers that the first descriptor to be watched leaves, so that a program without
/// any is linked without the poller.
pub struct NetHooks {
    /// `Host::poll`.
    pub poll: fn(i64) -> TaskList<GoHost>,
    /// `Host::poll_break`.
    pub interrupt: fn(),
    /// The finish half of a wait.
    pub waited: unsafe fn(System<'_>, *mut G),
    /// A timer with the function word [`DEADLINE`] is due. On g0 with a processor, without locks.
    pub expired: unsafe fn(TimerCall),
}

/// The function word of a timer that is a descriptor's deadline; no address of a Go function.
pub const DEADLINE: usize = 1;

/// What `netpoll` keeps.
pub struct Network {
    /// The poller.
    pub poller: Poller<GoNet>,
    /// Null until it is started.
    pub hooks: AtomicPtr<NetHooks>,
}

impl Network {
    pub(crate) const fn new() -> Network {
        Network { poller: Poller::new(GoNet), hooks: AtomicPtr::new(null_mut()) }
    }

    /// The hooks, once there are any.
    #[inline(always)]
    pub fn hooks(&self) -> Option<&'static NetHooks> {
        // SAFETY: null, or a record that stays and was filled in before it was stored (acquire pairs with that release).
        unsafe { self.hooks.load(Ordering::Acquire).as_ref() }
    }
}

/// What `gc::assists` keeps.
pub struct Assists {
    /// Goroutines that wait until others have scanned what they owe.
    pub queue: Mutex<Queue<G>>,
    /// There are any.
    pub any: AtomicBool,
}

/// What `gc::finalizers` keeps.
pub struct Finalizers {
    /// Those to be called.
    pub queue: Mutex<Queue<Special>>,
    /// The goroutine that calls them, once there is one.
    pub task: AtomicPtr<G>,
    /// What it sleeps for.
    pub events: Events,
    /// It is made, or being made.
    pub made: AtomicBool,
}

/// What `gc::scavenger` keeps.
pub struct Scavenger {
    /// Its thread is made.
    pub started: AtomicBool,
    /// What it sleeps on.
    pub note: Note,
    /// Null until a program frees memory by itself.
    pub release: AtomicPtr<Release>,
}

/// What few programs ask for.
#[derive(Debug)]
pub struct Release {
    /// Everything that is free goes back to the system now.
    pub all: fn(),
}

impl Scavenger {
    /// Everything that is free goes back to the system now, for an entry that has stored how.
    pub fn release_all(&self) {
        // SAFETY: null, or a record that stays and was filled in before it was stored (acquire pairs with that release).
        if let Some(release) = unsafe { self.release.load(Ordering::Acquire).as_ref() } {
            (release.all)();
        }
    }
}

/// The Go side of collecting.
pub struct Collection {
    /// The task that leads through collections.
    pub driver: Driver,
    /// The tasks that mark.
    pub workers: Workers,
    /// The goroutines that wait for marking.
    pub assists: Assists,
    /// The goroutine that calls finalizers.
    pub finalizers: Finalizers,
    /// The thread that gives memory back.
    pub scavenger: Scavenger,
    /// What collecting costs.
    pub share: Share,
    /// What happened when.
    pub account: Account,
}

impl Collection {
    pub(crate) const fn new() -> Collection {
        Collection {
            driver: Driver {
                events: Events::new(),
                task: AtomicPtr::new(null_mut()),
                making: RawMutex::new(),
                phase: PhaseCell::new(),
                begin: AtomicBool::new(false),
                why: AtomicU32::new(0),
                done: AtomicU32::new(0),
                waiting: Mutex::new(List::EMPTY),
                asked_at: AtomicI64::new(0),
                taken_over: AtomicBool::new(false),
                sweeps: AtomicBool::new(false),
                sweep_ended: AtomicBool::new(false),
                stacks_to_release: AtomicBool::new(false),
                dead_stacks: AtomicU32::new(0),
                tasks: AtomicUsize::new(0),
                timers: AtomicUsize::new(0),
                data_mask: AtomicPtr::new(null_mut()),
                bss_mask: AtomicPtr::new(null_mut()),
                enabled: AtomicBool::new(false),
                sweep_ratio: AtomicU32::new(0),
                pool_cleanup: AtomicUsize::new(0),
                cache_slots: AtomicPtr::new(null_mut()),
            },
            workers: Workers {
                ask: AtomicBool::new(false),
                monitored: AtomicU32::new(0),
                dedicated: AtomicU32::new(0),
                dedicated_free: AtomicU32::new(0),
                fraction: AtomicU32::new(0),
                began: AtomicI64::new(0),
            },
            assists: Assists { queue: Mutex::new(Queue::EMPTY), any: AtomicBool::new(false) },
            finalizers: Finalizers {
                queue: Mutex::new(Queue::EMPTY),
                task: AtomicPtr::new(null_mut()),
                events: Events::new(),
                made: AtomicBool::new(false),
            },
            scavenger: Scavenger {
                started: AtomicBool::new(false),
                note: Note::new(),
                release: AtomicPtr::new(null_mut()),
            },
            share: Share::new(),
            account: Account::new(),
        }
    }
}

/// What `procs` keeps: how many processors there are to be.
pub struct Procs {
    /// The program has said how many, or the quota of control groups is not to be looked at.
    pub fixed: AtomicBool,
    /// The quota was looked at.
    pub known: AtomicBool,
    /// How many it asks for: the driver's task changes their number.
    pub wanted: AtomicU32,
}

impl Procs {
    pub(crate) const fn new() -> Procs {
        Procs { fixed: AtomicBool::new(false), known: AtomicBool::new(false), wanted: AtomicU32::new(0) }
    }
}

/// The memory profile (`profile`).
pub struct Profile {
    /// The stacks that objects were allocated by.
    pub table: Mutex<Table>,
    /// Bytes of the profile's tables.
    pub bytes: Counter,
    /// `runtime.MemProfileRate`, or null if nothing can read the profile.
    pub rate: AtomicPtr<AtomicIsize>,
    /// An object was a sample.
    pub has_samples: AtomicBool,
}

impl Profile {
    pub(crate) const fn new() -> Profile {
        Profile {
            table: Mutex::new(Table::new()),
            bytes: Counter::new(),
            rate: AtomicPtr::new(null_mut()),
            has_samples: AtomicBool::new(false),
        }
    }
}

/// What counts waits. A program that never turns their profiles on has none of it.
pub struct WaitCounter {
    /// The goroutine has waited for so many nanoseconds, for its calls but the entry's own and so many more.
    pub blocked: unsafe fn(System<'_>, *mut G, i64, u8),
    /// The current goroutine has held others up, likewise.
    pub held_up: unsafe fn(System<'_>, i64, u8),
}

/// The profiles of waiting (`wait_profile`).
pub struct Waits {
    /// What counts; null until a profile was on.
    pub counter: AtomicPtr<WaitCounter>,
    /// Of how many nanoseconds of blocking one wait counts; 0: off.
    pub block_rate: AtomicU64,
    /// Of how many waits for mutexes one counts; 0: off.
    pub mutex_rate: AtomicU64,
    /// Who blocked.
    pub block: Mutex<WaitTable>,
    /// Who held others up.
    pub mutex: Mutex<WaitTable>,
}

impl Waits {
    pub(crate) const fn new() -> Waits {
        Waits {
            counter: AtomicPtr::new(null_mut()),
            block_rate: AtomicU64::new(0),
            mutex_rate: AtomicU64::new(0),
            block: Mutex::new(WaitTable::new()),
            mutex: Mutex::new(WaitTable::new()),
        }
    }
}

/// What is known of a place in the runtime's own code, for who reads profiles (`native`).
pub struct Name {
    /// The names of function and file.
    pub(crate) text: [u8; Self::ROOM],
    /// How many bytes of `text` are the function's name.
    pub(crate) function: usize,
    /// How many after that are the file's.
    pub(crate) file: usize,
    /// The line.
    pub line: u64,
    /// Where the function begins.
    pub start: usize,
}

impl Name {
    /// Bytes of both names; longer ones are cut.
    pub(crate) const ROOM: usize = 1024;
}

/// What the processor profile needs elsewhere. A program that never takes one has none of it.
pub struct Profiler {
    /// A thread has been made.
    pub made: fn(*mut M, i32),
    /// Names of the runtime's own functions.
    pub name_of: fn(usize) -> Option<Name>,
}

/// The processor profile (`cpu_profile`).
pub struct CpuProfile {
    /// What is needed elsewhere; null until the first profile.
    pub profiler: AtomicPtr<Profiler>,
    /// Samples a second; 0: off.
    pub hz: AtomicU32,
    /// What handlers have seen.
    pub samples: Ring,
    /// The memory of that; null until the first profile.
    pub words: AtomicPtr<AtomicU64>,
    /// Where the profile is that is being read.
    pub reading: Mutex<Reading>,
    /// What joins the calls on a thread's stack with those of the goroutine; zero until the first profile.
    pub joints: [AtomicUsize; 3],
    /// Where names of the runtime's own functions are looked up; none before the first question.
    pub names: Mutex<Option<&'static Index<'static>>>,
}

/// What stands in a sample between the calls on a thread's own stack and those of the goroutine: Go's names for that, as
/// addresses of functions.
#[derive(Clone, Copy, Debug)]
pub struct Joints {
    /// The return address by which calls that make a goroutine's stack grow are known.
    pub growth_returns: usize,
    /// Go's function for them.
    pub growth: usize,
    /// Go's function for all others.
    pub system: usize,
}

/// The profile that is being read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Reading {
    /// None, or its end was read.
    Done = 0,
    /// It was begun, at so many samples a second, and nothing of it read.
    Begun(u32),
    /// Its head was read.
    Going,
}

impl CpuProfile {
    pub(crate) const fn new() -> CpuProfile {
        CpuProfile {
            profiler: AtomicPtr::new(null_mut()),
            hz: AtomicU32::new(0),
            samples: Ring::new(),
            words: AtomicPtr::new(null_mut()),
            reading: Mutex::new(Reading::Done),
            joints: [const { AtomicUsize::new(0) }; 3],
            names: Mutex::new(None),
        }
    }

    /// Before the first profile's timers are set; the same each time.
    pub(crate) fn set_joints(&self, joints: Joints) {
        let words = [joints.growth_returns, joints.growth, joints.system];
        self.joints.iter().zip(words).for_each(|(slot, word)| slot.store(word, Ordering::Relaxed));
    }

    pub(crate) fn joints(&self) -> Joints {
        let [growth_returns, growth, system] = [0, 1, 2].map(|i: usize| self.joints[i].load(Ordering::Relaxed));
        Joints { growth_returns, growth, system }
    }
}

/// Memory that was filled in once and stays.
pub struct Kept {
    at: AtomicPtr<u8>,
    len: AtomicUsize,
}

impl Kept {
    const fn new() -> Kept {
        Kept { at: AtomicPtr::new(null_mut()), len: AtomicUsize::new(0) }
    }

    /// What was kept; else what `make` makes, which is kept. Threads that make it at once (one that dies, and one that reads a profile) all
    /// make equally much.
    pub fn get(&self, make: impl FnOnce() -> Option<&'static [u8]>) -> Option<&'static [u8]> {
        // Acquire: pairs with the release below.
        let at = self.at.load(Ordering::Acquire);
        if !at.is_null() {
            // SAFETY: what was stored below: memory that stays, of the length that was stored before it.
            return Some(unsafe { core::slice::from_raw_parts(at, self.len.load(Ordering::Relaxed)) });
        }
        let made = make()?;
        self.len.store(made.len(), Ordering::Relaxed);
        self.at.store(made.as_ptr().cast_mut(), Ordering::Release);
        Some(made)
    }
}

/// How the process dies (`fatal`), and what its report reads (`native`).
pub struct Death {
    /// The thread that is dying; the first one wins.
    pub thread: AtomicPtr<M>,
    /// How often it has begun to.
    pub depth: AtomicU32,
    /// Threads that have shown themselves, one after the other (`signals::report`).
    pub relayed: AtomicU32,
    /// The program's file in memory.
    pub file: Kept,
    /// Its line tables, unpacked.
    pub lines: Kept,
}

impl Death {
    pub(crate) const fn new() -> Death {
        Death {
            thread: AtomicPtr::new(null_mut()),
            depth: AtomicU32::new(0),
            relayed: AtomicU32::new(0),
            file: Kept::new(),
            lines: Kept::new(),
        }
    }
}

/// What `signals` keeps.
pub struct Signals {
    /// The page below the first thread's signal stack is inaccessible.
    pub stack_guarded: AtomicBool,
    /// What threads block.
    pub mask: AtomicU64,
    /// What the runtime does on the signals that it uses itself: functions, or null.
    pub own: [AtomicPtr<()>; Own::COUNT],
    /// What os/signal does on any: a function, or null.
    pub notify: AtomicPtr<()>,
    /// The system call that each thread is to make (`every_thread`).
    pub common: AtomicPtr<()>,
    /// Signals on their way to os/signal.
    pub pending: Pending,
    /// Signals that are ignored, as far as os/signal may know.
    pub ignored: AtomicU64,
    /// Signals that have the handler because os/signal asked for them.
    pub changed: AtomicU64,
    /// Those of them that are to be ignored again.
    pub back: AtomicU64,
    /// os/signal was called.
    pub asked: AtomicBool,
    /// There is a thread that lets signals in which the others block, and it sleeps on the note.
    pub opener: AtomicBool,
    /// See above.
    pub opener_note: Note,
    /// Signals that it is to let in.
    pub opened: AtomicU64,
    /// Signals that it lets in.
    pub open: AtomicU64,
}

impl Signals {
    pub(crate) const fn new() -> Signals {
        Signals {
            stack_guarded: AtomicBool::new(false),
            mask: AtomicU64::new(0),
            own: [const { AtomicPtr::new(null_mut()) }; Own::COUNT],
            notify: AtomicPtr::new(null_mut()),
            common: AtomicPtr::new(null_mut()),
            pending: Pending::new(),
            ignored: AtomicU64::new(0),
            changed: AtomicU64::new(0),
            back: AtomicU64::new(0),
            asked: AtomicBool::new(false),
            opener: AtomicBool::new(false),
            opener_note: Note::new(),
            opened: AtomicU64::new(0),
            open: AtomicU64::new(0),
        }
    }
}

/// Spare wait records of all processors. Records are taken where a goroutine begins to wait and given back where it goes on, which need not be
/// the same processor.
pub type SpareWaiters = Mutex<Slabs<Waiters>>;

/// Wait records, as a kind.
pub struct Waiters;

// SAFETY: the link is a field, which a spare record has no other use for.
unsafe impl Kind for Waiters {
    type Record = Waiter;
    const NEW: Waiter = Waiter::new();

    #[inline(always)]
    unsafe fn link(this: *mut Waiter) -> *mut *mut Waiter {
        // SAFETY: a record (the method's contract).
        unsafe { &raw mut (*this).wait_link }
    }
}

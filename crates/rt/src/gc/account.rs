//! What collections did and what they cost, as records: for the statistics (`stats`) and the share of the processors' time
//! (`share`), so that the runtime's one value can hold them without naming those modules. All zero bytes at first.

use core::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, AtomicU64};
use goxide_gotypes::metrics::histogram::Durations;
use goxide_sys::Mutex;

/// Pauses that are remembered.
pub const RECENT: usize = 256;

/// Processor time that collecting has taken since the program began, in nanoseconds.
#[derive(Clone, Copy)]
pub struct Taken {
    /// By assists.
    pub assist: i64,
    /// By workers that had a processor, or a part of it, to themselves.
    pub dedicated: i64,
    /// By workers on processors that no goroutine wanted.
    pub idle: i64,
    /// By stopping the world.
    pub pauses: i64,
}

/// Nothing yet.
pub const NOTHING: Taken = Taken { assist: 0, dedicated: 0, idle: 0, pauses: 0 };

/// The numbers. Written with the world stopped.
pub struct Stats {
    /// The last pauses; that of collection `n` (from 1) is at `(n - 1) % RECENT`.
    pub pause_ns: [u64; RECENT],
    /// When they ended, in nanoseconds since 1970.
    pub pause_end: [u64; RECENT],
    /// All pauses.
    pub pause_total: u64,
    /// When the last collection ended, in nanoseconds since 1970.
    pub last_gc: u64,
    /// Collections that ended.
    pub num: u32,
    /// Of these, asked for.
    pub forced: u32,
    /// CPU time of collections and the CPU time there was, in nanoseconds, since the program began.
    pub cpu_gc: i64,
    /// See above.
    pub cpu_all: i64,
    /// More of that, as of the end of the last collection.
    pub cpu: Cpu,
    /// Bytes of objects that the last collection found alive; bytes that it scanned, stacks that it scanned.
    pub live: u64,
    /// See above.
    pub scanned: u64,
    /// See above.
    pub stacks: u64,
    // The current collection.
    pub(super) cpu_next: Cpu,
    /// What collections had taken when it began.
    pub(super) taken: Taken,
    pub(super) asked: bool,
    pub(super) began: i64,
    pub(super) marked: i64,
    pub(super) paused: i64,
    pub(super) pauses: [i64; 2],
    pub(super) n_pauses: usize,
    pub(super) trace: Trace,
}

impl Stats {
    const NONE: Stats = Stats {
        pause_ns: [0; RECENT],
        pause_end: [0; RECENT],
        pause_total: 0,
        last_gc: 0,
        num: 0,
        forced: 0,
        cpu_gc: 0,
        cpu_all: 0,
        cpu: NO_CPU,
        live: 0,
        scanned: 0,
        stacks: 0,
        cpu_next: NO_CPU,
        taken: NOTHING,
        asked: false,
        began: 0,
        marked: 0,
        paused: 0,
        pauses: [0; 2],
        n_pauses: 0,
        trace: NO_TRACE,
    };
}

/// What the line of `gctrace` says.
#[derive(Clone, Copy)]
pub(super) struct Trace {
    pub at: i64,
    pub wall: [i64; 3],
    pub cpu: Taken,
    pub heap: [u64; 3],
    pub goal: u64,
    pub stacks: u64,
    pub globals: u64,
    pub procs: u32,
    pub forced: bool,
    pub num: u32,
}

const NO_TRACE: Trace = Trace {
    at: 0,
    wall: [0; 3],
    cpu: NOTHING,
    heap: [0; 3],
    goal: 0,
    stacks: 0,
    globals: 0,
    procs: 0,
    forced: false,
    num: 0,
};

/// Where processors' time went, in nanoseconds.
#[derive(Clone, Copy)]
pub struct Cpu {
    /// Marking by allocating goroutines.
    pub assist: i64,
    /// Marking by workers that had a processor, or a part of it, to themselves.
    pub dedicated: i64,
    /// Marking on processors that no goroutine wanted.
    pub idle_marking: i64,
    /// The world stopped for collections, times the number of processors.
    pub pauses: i64,
    /// Giving memory back.
    pub scavenging: i64,
    /// Not used: what there was, less what the kernel says that the process used.
    pub idle: i64,
    /// What there was.
    pub total: i64,
}

impl Cpu {
    /// All of collecting.
    pub fn collecting(&self) -> i64 {
        self.assist + self.dedicated + self.idle_marking + self.pauses
    }

    /// What is left for the program.
    pub fn user(&self) -> i64 {
        (self.total - self.collecting() - self.scavenging - self.idle).max(0)
    }
}

const NO_CPU: Cpu = Cpu { assist: 0, dedicated: 0, idle_marking: 0, pauses: 0, scavenging: 0, idle: 0, total: 0 };

/// What `stats` keeps.
pub struct Account {
    /// Collections that ended, for readers without a lock.
    pub num: AtomicU32,
    /// When the last one ended, on the monotonic clock.
    pub last: AtomicI64,
    /// The goal of the next.
    pub goal: AtomicU64,
    /// Bytes of memory given back since the program began.
    pub released: AtomicU64,
    /// Nanoseconds spent on giving memory back in the background.
    pub worked: AtomicI64,
    /// Time that goroutines waited for mutexes of package sync.
    pub mutex_wait_ns: AtomicI64,
    /// Up to when the processors' time is counted.
    pub(super) last_total: AtomicI64,
    /// When the program began.
    pub(super) began: AtomicI64,
    /// The world runs again after a collection whose line is not printed.
    pub(super) trace_waits: AtomicBool,
    pub(super) stats: Mutex<Stats>,
    /// How long each stop of the world took.
    pub pauses: Durations,
}

impl Account {
    pub(crate) const fn new() -> Account {
        Account {
            num: AtomicU32::new(0),
            last: AtomicI64::new(0),
            goal: AtomicU64::new(0),
            released: AtomicU64::new(0),
            worked: AtomicI64::new(0),
            mutex_wait_ns: AtomicI64::new(0),
            last_total: AtomicI64::new(0),
            began: AtomicI64::new(0),
            trace_waits: AtomicBool::new(false),
            stats: Mutex::new(Stats::NONE),
            pauses: Durations::new(),
        }
    }
}

/// The processors' time as it was at the limiter's last update.
pub(super) struct Seen {
    pub collecting: i64,
    pub idle: i64,
    pub process: i64,
}

/// What `share` keeps.
pub struct Share {
    /// Time that goroutines spent on assists.
    pub(super) assist_ns: AtomicI64,
    /// The last assist took so long that the kernel is asked what the next one uses.
    pub(super) long_assists: AtomicBool,
    /// Time for which the world was stopped, times the number of processors.
    pub(super) pause_ns: AtomicI64,
    /// The processor time of that, times the number of processors that the machine has for them.
    pub(super) stood_ns: AtomicI64,
    /// When the limiter is to be updated.
    pub(super) next: AtomicI64,
    /// Processor time of workers since the program began, by mode.
    pub(super) time: [AtomicI64; 3],
    /// The account at the last update.
    pub(super) seen: Mutex<Seen>,
}

impl Share {
    pub(crate) const fn new() -> Share {
        Share {
            assist_ns: AtomicI64::new(0),
            long_assists: AtomicBool::new(false),
            pause_ns: AtomicI64::new(0),
            stood_ns: AtomicI64::new(0),
            next: AtomicI64::new(0),
            time: [const { AtomicI64::new(0) }; 3],
            seen: Mutex::new(Seen { collecting: 0, idle: 0, process: 0 }),
        }
    }
}

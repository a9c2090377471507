//! What collections did and how long they took: the numbers of MemStats and ReadGCStats, and the line of `gctrace`.

use crate::env;
use crate::gc::globals;
use crate::gc::share::{self, NOTHING, Taken};
use crate::state::RT;
use crate::stderr::Stderr;
use core::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, AtomicU64, Ordering::*};
use goxide_gc::{Ended, Shares};
use goxide_gotypes::metrics::histogram::Durations;
use goxide_sys::Lock;

/// Pauses that are remembered.
pub const RECENT: usize = 256;

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
    cpu_next: Cpu,
    /// What collections had taken when it began.
    taken: Taken,
    asked: bool,
    began: i64,
    marked: i64,
    paused: i64,
    pauses: [i64; 2],
    n_pauses: usize,
    trace: Trace,
}

#[derive(Clone, Copy)]
struct Trace {
    at: i64,
    wall: [i64; 3],
    cpu: Taken,
    heap: [u64; 3],
    goal: u64,
    stacks: u64,
    globals: u64,
    procs: u32,
    forced: bool,
    num: u32,
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

static STATS: Lock<Stats> = Lock::new(Stats {
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
});

/// How long each stop of the world took.
pub static PAUSES: Durations = Durations::new();
/// Time that goroutines waited for mutexes of package sync.
pub static MUTEX_WAIT_NS: AtomicI64 = AtomicI64::new(0);
/// Up to when the processors' time is counted.
static LAST_TOTAL: AtomicI64 = AtomicI64::new(0);
/// When the program began.
static BEGAN: AtomicI64 = AtomicI64::new(0);
/// Collections that ended, for readers without a lock.
pub static NUM: AtomicU32 = AtomicU32::new(0);
/// When the last one ended, on the monotonic clock.
pub static LAST: AtomicI64 = AtomicI64::new(0);
/// The goal of the next.
pub static GOAL: AtomicU64 = AtomicU64::new(0);
/// Bytes of memory given back since the program began.
pub static RELEASED: AtomicU64 = AtomicU64::new(0);
/// Nanoseconds spent on giving memory back in the background.
pub static WORKED: AtomicI64 = AtomicI64::new(0);
static TRACE_WAITS: AtomicBool = AtomicBool::new(false);

/// The runtime is up.
pub fn start() {
    BEGAN.store(goxide_sys::time::nanotime(), Relaxed);
}

/// Runs `f` on the numbers.
pub fn with<R>(f: impl FnOnce(&mut Stats) -> R) -> R {
    f(&mut STATS.lock())
}

/// A collection begins; with the world stopped.
pub fn begin(now: i64, asked: bool) {
    with(|s| {
        s.asked = asked;
        s.taken = Taken::now();
        s.began = now;
        s.marked = 0;
        s.paused = 0;
        s.pauses = [0; 2];
        s.n_pauses = 0;
    });
}

/// The world was stopped from `asked` to `now`.
pub fn stopped(asked: i64, now: i64) {
    with(|s| {
        let ns = now - asked;
        s.paused += ns;
        let i = s.n_pauses.min(1);
        s.pauses[i] += ns;
        PAUSES.record(ns);
        s.n_pauses += 1;
        s.marked = now;
    });
}

/// Where the processors' time went since the current collection began, for the pacer. The background counts as what it is meant to
/// have: what it had of it, and did not, is chance.
pub fn shares(now: i64, procs: u32) -> Shares {
    let (taken, began) = with(|s| (s.taken, s.began));
    let taken = Taken::now().since(&taken);
    let all = ((now - began) * i64::from(procs)).max(1);
    let part = |ns: i64| (ns.max(0) as u64).saturating_mul(Shares::ALL) / all as u64;
    Shares { collecting: Shares::BACKGROUND.collecting + part(taken.assist), idle: part(taken.idle) }
}

/// Marking is over; with the world stopped, after [`stopped`].
pub fn ended(now: i64, e: &Ended, procs: u32) {
    let wall = wall_clock();
    with(|s| {
        let i = s.num as usize % RECENT;
        s.pause_ns[i] = s.paused as u64;
        s.pause_end[i] = wall;
        s.pause_total += s.paused as u64;
        s.last_gc = wall;
        s.num += 1;
        s.forced += u32::from(s.asked);
        share::paused(s.paused, procs);
        let taken = Taken::now();
        let c = &mut s.cpu_next;
        let since = if s.num == 1 { BEGAN.load(Relaxed) } else { LAST_TOTAL.load(Relaxed) };
        LAST_TOTAL.store(now, Relaxed);
        c.total += (now - since).max(1) * i64::from(procs);
        (c.assist, c.dedicated, c.idle_marking, c.pauses) = (taken.assist, taken.dedicated, taken.idle, taken.pauses);
        c.scavenging = WORKED.load(Relaxed);
        (s.cpu_gc, s.cpu_all) = (c.collecting(), c.total);
        (s.live, s.scanned, s.stacks) = (e.live, e.scanned, RT.stacks.bytes() as u64);
        let concurrent = (now - s.began - s.paused).max(0);
        s.trace = Trace {
            at: s.began - BEGAN.load(Relaxed),
            wall: [s.pauses[0], concurrent, s.pauses[1]],
            cpu: taken.since(&s.taken),
            heap: [e.heap_at_start, e.heap_at_end, e.live],
            goal: GOAL.load(Relaxed),
            stacks: RT.stacks.bytes() as u64,
            globals: globals::bytes() as u64,
            procs,
            forced: s.asked,
            num: s.num,
        };
        NUM.store(s.num, Relaxed);
        LAST.store(now, Relaxed);
        TRACE_WAITS.store(true, Release);
    });
    GOAL.store(e.goal, Relaxed);
}

/// The wall clock in nanoseconds.
fn wall_clock() -> u64 {
    let (sec, ns) = goxide_sys::time::walltime();
    (sec as u64).wrapping_mul(1_000_000_000).wrapping_add(ns as u64)
}

/// Milliseconds with three digits that matter, as Go writes them.
pub fn put_ms(out: &mut Stderr, ns: i64) {
    use goxide_symtab::Sink as _;
    if ns >= 10_000_000 {
        return out.put_int(ns / 1_000_000);
    }
    let x = ns / 1000;
    if x == 0 {
        return out.put(b"0");
    }
    // Two digits that matter, at least.
    let (mut unit, mut digits) = (x, 3u32);
    while unit >= 100 {
        unit /= 10;
        digits -= 1;
    }
    let scale = 10i64.pow(digits);
    out.put_int(unit / scale);
    if digits > 0 {
        out.put(b".");
        let rest = unit % scale;
        let mut d = scale / 10;
        while d > 0 {
            out.put_int(rest / d % 10);
            d /= 10;
        }
    }
}

/// The world runs again after a collection: what can be done without stopping it. Completes the account of processors' time,
/// and prints the line of `GODEBUG=gctrace=1`.
pub fn after_end() {
    if !TRACE_WAITS.swap(false, AcqRel) {
        return;
    }
    let used = goxide_sys::time::process_cputime();
    with(|s| {
        let c = &mut s.cpu_next;
        // The kernel counts less than the clock where threads wait for a processor.
        c.idle = c.idle.max(c.total - used.max(c.collecting() + c.scavenging));
        s.cpu = *c;
    });
    if env::process().debug.gctrace != 0 {
        print_trace();
    }
}

fn print_trace() {
    use goxide_symtab::Sink as _;
    let (t, percent) = with(|s| (s.trace, s.cpu_gc * 100 / s.cpu_all.max(1)));
    let mut out = Stderr::new();
    out.put(b"gc ");
    out.put_uint(u64::from(t.num));
    out.put(b" @");
    out.put_int(t.at / 1_000_000_000);
    out.put(b".");
    for d in [100_000_000, 10_000_000, 1_000_000] {
        out.put_int(t.at / d % 10);
    }
    out.put(b"s ");
    out.put_int(percent);
    out.put(b"%: ");
    for (i, ns) in t.wall.into_iter().enumerate() {
        if i > 0 {
            out.put(b"+");
        }
        put_ms(&mut out, ns);
    }
    out.put(b" ms clock, ");
    let procs = i64::from(t.procs);
    put_ms(&mut out, t.wall[0] * procs);
    out.put(b"+");
    put_ms(&mut out, t.cpu.assist);
    out.put(b"/");
    put_ms(&mut out, t.cpu.dedicated);
    out.put(b"/");
    put_ms(&mut out, t.cpu.idle);
    out.put(b"+");
    put_ms(&mut out, t.wall[2] * procs);
    out.put(b" ms cpu, ");
    for (i, bytes) in t.heap.into_iter().enumerate() {
        if i > 0 {
            out.put(b"->");
        }
        out.put_uint(bytes >> 20);
    }
    out.put(b" MB, ");
    out.put_uint(t.goal >> 20);
    out.put(b" MB goal, ");
    out.put_uint(t.stacks >> 20);
    out.put(b" MB stacks, ");
    out.put_uint(t.globals >> 20);
    out.put(b" MB globals, ");
    out.put_uint(u64::from(t.procs));
    out.put(b" P");
    if t.forced {
        out.put(b" (forced)");
    }
    out.put(b"\n");
}

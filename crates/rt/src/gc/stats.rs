//! What collections did and how long they took: the numbers of MemStats and ReadGCStats, and the line of `gctrace`.

use crate::env;
use crate::gc::account::{Account, RECENT, Stats, Taken, Trace};
use crate::gc::globals;
use crate::gc::share;
use crate::state::RT;
use crate::stderr::Stderr;
use core::sync::atomic::Ordering::*;
use goxide_gc::{Ended, Shares};

/// What is kept of it.
fn account() -> &'static Account {
    &RT.collection.account
}

/// The runtime is up.
pub fn start() {
    account().began.store(goxide_sys::time::nanotime(), Relaxed);
}

/// Runs `f` on the numbers.
pub fn with<R>(f: impl FnOnce(&mut Stats) -> R) -> R {
    f(&mut account().stats.lock())
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

/// The world was stopped from `asked` to `now`; `cpu` is what this thread had used of its processor when the last goroutine stood.
pub fn stopped(asked: i64, now: i64, cpu: i64) {
    share::stood(goxide_sys::time::thread_cputime() - cpu);
    with(|s| {
        let ns = now - asked;
        s.paused += ns;
        let i = s.n_pauses.min(1);
        s.pauses[i] += ns;
        account().pauses.record(ns);
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
        let since = if s.num == 1 { account().began.load(Relaxed) } else { account().last_total.load(Relaxed) };
        account().last_total.store(now, Relaxed);
        c.total += (now - since).max(1) * i64::from(procs);
        (c.assist, c.dedicated, c.idle_marking, c.pauses) = (taken.assist, taken.dedicated, taken.idle, taken.pauses);
        c.scavenging = account().worked.load(Relaxed);
        (s.cpu_gc, s.cpu_all) = (c.collecting(), c.total);
        (s.live, s.scanned, s.stacks) = (e.live, e.scanned, RT.stacks.bytes() as u64);
        let concurrent = (now - s.began - s.paused).max(0);
        s.trace = Trace {
            at: s.began - account().began.load(Relaxed),
            wall: [s.pauses[0], concurrent, s.pauses[1]],
            cpu: taken.since(&s.taken),
            heap: [e.heap_at_start, e.heap_at_end, e.live],
            goal: account().goal.load(Relaxed),
            stacks: RT.stacks.bytes() as u64,
            globals: globals::bytes() as u64,
            procs,
            forced: s.asked,
            num: s.num,
        };
        account().num.store(s.num, Relaxed);
        account().last.store(now, Relaxed);
        account().trace_waits.store(true, Release);
    });
    account().goal.store(e.goal, Relaxed);
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
    if !account().trace_waits.swap(false, AcqRel) {
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

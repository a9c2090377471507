//! Beginning and ending a trace, and reading it.

use super::batches::{LATENCY, SAMPLE_HEAD, SAMPLE_WORDS, TRACE, each_local, local, sample_words};
use super::{events, tables};
use crate::parts::{TraceBuffer, Tracing, Watcher};
use crate::persistent::GoPersistent;
use crate::state::{G, RT, m};
use crate::token::System;
use crate::unwind;
use core::ptr::null_mut;
use core::sync::atomic::Ordering::*;
use goxide_gotypes::mem::Persistent;
use goxide_gotypes::trace::{EVENT, HEADER, Kind};
use goxide_sched::state::Status;
use goxide_sys::mem::unmap;
use goxide_sys::time::nanotime;

/// Watches something from now on: [`TRACE`], [`LATENCY`].
fn watch(what: u8) {
    // A constant; nothing else refers to these functions.
    let watcher: &'static Watcher = &Watcher {
        happened: events::happened,
        resumed: events::resumed,
        syscall_entered: events::syscall_entered,
        collecting: events::collecting,
        resizing: events::resizing,
        assisting: events::assisting,
        swept: events::swept,
    };
    RT.watching.fetch_or(what, SeqCst);
    RT.watcher.store(core::ptr::from_ref(watcher).cast_mut(), SeqCst);
}

/// Stops watching something.
fn unwatch(what: u8) {
    if RT.watching.fetch_and(!what, SeqCst) & !what == 0 {
        RT.watcher.store(null_mut(), SeqCst);
    }
}

/// Counts from now on for how long goroutines are ready before they run.
pub fn count_latencies() {
    if RT.watching.load(Relaxed) & LATENCY == 0 {
        watch(LATENCY);
    }
}

/// Begins a trace; false if one is taken already. With the world stopped by the goroutine `t`, which stands in an entry.
///
/// # Safety
/// As that.
pub unsafe fn begin(mut sys: System<'_>, t: *mut G) -> bool {
    let mut state = RT.trace.state.lock();
    if state.phase != Tracing::Off {
        return false;
    }
    state.phase = Tracing::On;
    state.header_read = false;
    drop(state);
    if RT.trace.sample_words.load(Relaxed).is_null() {
        let made = GoPersistent.persistent(SAMPLE_WORDS * size_of::<u64>(), align_of::<u64>());
        RT.trace.sample_words.store(made.cast(), Release);
    }
    // A handler may have come too late for the last trace.
    while RT.trace.samples.read(sample_words(), &mut [0; SAMPLE_HEAD + tables::CALLS]).is_some() {}
    let generation = RT.trace.generation.fetch_add(1, Relaxed) + 1;
    forget();
    // SAFETY: the world is stopped (this function's contract): processors and goroutines stay as they are, but for those in system calls,
    // which cannot come back to a processor, and find that no trace is taken.
    unsafe {
        each_local(|l| {
            let _locked = l.lock();
            debug_assert!(l.buffer.load(Relaxed).is_null(), "the end of the last trace took up all that was written");
            l.running.store(0, Relaxed);
            l.thread.store(0, Relaxed);
        });
        RT.trace.outside.running.store(0, Relaxed);
        let stack = events::stack_of(sys.processor(), t, unwind::saved(t));
        let p = (*m()).proc;
        let mut w = local(p).lock();
        w.reconcile(m(), 0);
        w.event(Kind::Gomaxprocs, &[u64::from(RT.sched.proc_count()), stack]);
        RT.sched.for_each_task(|gp| {
            let s = (*gp).state.get().plain();
            if matches!(s, Status::IDLE | Status::DEAD) || (*gp).ext.rust_task {
                return;
            }
            let o = events::observed(gp);
            (o.generation, o.id, o.seq, o.in_syscall, o.proc) = (generation, (*gp).id, 0, false, null_mut());
            let start = tables::stack(&[(*gp).start_pc + 1]);
            w.event(Kind::GoCreate, &[(*gp).id, start, stack]);
            match s {
                Status::WAITING => {
                    o.seq = 1;
                    w.event(Kind::GoWaiting, &[(*gp).id]);
                }
                Status::SYSCALL => {
                    o.seq = 1;
                    o.in_syscall = true;
                    w.event(Kind::GoInSyscall, &[(*gp).id]);
                }
                _ => {}
            }
        });
        let o = events::observed(t);
        o.seq += 1;
        w.event(Kind::GoStart, &[(*t).id, o.seq]);
        w.local.running.store((*t).id, Relaxed);
        w.event(Kind::HeapGoal, &[crate::state::GC.pace(|p| p.goal())]);
    }
    watch(TRACE);
    true
}

/// Nothing of what lasts has been reported yet.
fn forget() {
    RT.trace.collections.store(0, Relaxed);
    RT.trace.collecting.store(false, Relaxed);
    RT.trace.stopped.store(false, Relaxed);
    RT.trace.procs.store(RT.sched.proc_count(), Relaxed);
}

/// Ends the trace, if one is taken; whether it was. With the world stopped by the goroutine `t`, which stands in an entry.
///
/// # Safety
/// As that.
pub unsafe fn end(mut sys: System<'_>, t: *mut G) -> bool {
    if RT.trace.state.lock().phase != Tracing::On {
        return false;
    }
    // SAFETY: the world is stopped (this function's contract), and what the trace shows of that ends with it.
    unsafe { events::runs_again() };
    unwatch(TRACE);
    // SAFETY: the world is stopped (this function's contract): batches have no other writers.
    unsafe {
        let stack = events::stack_of(sys.processor(), t, unwind::saved(t));
        let l = local((*m()).proc);
        let mut w = l.lock();
        if l.running.load(Relaxed) == (*t).id {
            w.event(Kind::GoSched, &[stack]);
        }
        drop(w);
        each_local(|l| l.lock().flush());
        put_samples();
        RT.trace.outside.lock().flush();
    }
    RT.trace.state.lock().phase = Tracing::Ending;
    true
}

/// Adds what the processor profile has seen to the trace.
fn put_samples() {
    if sample_words().is_empty() {
        return;
    }
    let mut record = [0; SAMPLE_HEAD + tables::CALLS];
    let mut w = RT.trace.outside.lock();
    while let Some(n) = RT.trace.samples.read(sample_words(), &mut record) {
        let mut pcs = [0; tables::CALLS];
        let calls = n - SAMPLE_HEAD;
        for (pc, &word) in pcs.iter_mut().zip(&record[SAMPLE_HEAD..n]) {
            *pc = word as usize;
        }
        // As the number of no processor: all ones.
        let args = [record[0], record[1].wrapping_sub(1), record[2], tables::stack(&pcs[..calls])];
        w.event(Kind::CpuSample, &args);
    }
}

/// What [`read`] has found.
pub enum Read {
    /// The next piece, which stays until the next call.
    Piece(*const u8, usize),
    /// Nothing yet.
    Later,
    /// Nothing yet, but for the time that a call may take: a stop of the world would wait for it.
    Again,
    /// The trace was read to its end, or there is none.
    End,
}

/// How long a call of [`read`] works on tables and memory, in nanoseconds.
const TURN: i64 = 100_000;

/// The next piece of the trace. For one goroutine at a time.
pub fn read() -> Read {
    let until = nanotime() + TURN;
    let phase = RT.trace.state.lock().phase;
    if phase == Tracing::On {
        // Not later: their call stacks would be too late for the tables, and they the head of the next trace.
        put_samples();
    }
    let mut state = RT.trace.state.lock();
    let old = core::mem::replace(&mut state.reading, null_mut());
    if !old.is_null() {
        // SAFETY: its reader is done with it.
        unsafe { (*old).next = state.spare }
        state.spare = old;
    }
    if state.phase == Tracing::Off {
        return Read::End;
    }
    if !core::mem::replace(&mut state.header_read, true) {
        return Read::Piece(HEADER.as_ptr(), HEADER.len());
    }
    loop {
        let at = state.first;
        if !at.is_null() {
            // SAFETY: a buffer on the list, which its writer has given away.
            unsafe {
                state.first = (*at).next;
                if state.first.is_null() {
                    state.last = null_mut();
                }
                state.reading = at;
                return Read::Piece((*at).bytes.as_ptr(), (*at).len);
            }
        }
        let phase = state.phase;
        match phase {
            Tracing::On => return Read::Later,
            Tracing::Told | Tracing::Off => break,
            Tracing::Ending | Tracing::Stacks | Tracing::Strings => {
                drop(state);
                match write_tables(phase, until) {
                    Some(next) => RT.trace.state.lock().phase = next,
                    None => return Read::Again,
                }
                state = RT.trace.state.lock();
            }
        }
    }
    drop(state);
    if !give_back(until) {
        return Read::Again;
    }
    RT.trace.state.lock().phase = Tracing::Off;
    Read::End
}

/// Gives the memory of a trace back that was read; false: the time was over first.
fn give_back(until: i64) -> bool {
    let mut state = RT.trace.state.lock();
    while !state.spare.is_null() {
        // SAFETY: spare buffers are nothing else's.
        unsafe {
            let at = state.spare;
            state.spare = (*at).next;
            unmap(at.cast(), size_of::<TraceBuffer>());
        }
        if nanotime() >= until {
            return false;
        }
    }
    drop(state);
    tables::clear(until)
}

/// Whether a trace is taken, or has not been read to its end.
pub fn is_there() -> bool {
    RT.trace.state.lock().phase != Tracing::Off
}

/// The end of a trace: the clock's frequency, call stacks, and strings, of which stacks make more. The next phase; None: the time was over first.
fn write_tables(phase: Tracing, until: i64) -> Option<Tracing> {
    const NANOS: u64 = 1_000_000_000;
    let mut w = RT.trace.outside.lock();
    match phase {
        Tracing::Ending => {
            w.with(EVENT, |batch| batch.timeless(Kind::Frequency, &[NANOS]));
            tables::begin_stacks();
            Some(Tracing::Stacks)
        }
        Tracing::Stacks => {
            while tables::next_stack(|id, frames| {
                w.with(2 + 10 * (3 + frames.len()), |batch| tables::put_stack(batch, id, frames));
            }) {
                if nanotime() >= until {
                    return None;
                }
            }
            tables::begin_strings();
            Some(Tracing::Strings)
        }
        _ => {
            while tables::next_string(|id, text| w.with(text.len() + 21, |batch| batch.string(id, text))) {
                if nanotime() >= until {
                    return None;
                }
            }
            w.flush();
            Some(Tracing::Told)
        }
    }
}

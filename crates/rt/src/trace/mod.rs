//! Execution traces: what goroutines and processors do, event by event, in the form that `go tool trace` reads
//! (`goxide_gotypes::trace`).
//!
//! While none is taken, each hook is one load (`Runtime::watching`). While one is, each processor has a batch of events under a lock of its
//! own, so that another thread may add to it: that a goroutine's system call blocks is known only when another goroutine
//! gets its processor, or itself another processor, and it is written by whichever comes first (`Local::running`).
//!
//! Call stacks and strings are numbered in tables ([`tables`]) that are written out last. All memory of a trace comes from the kernel and
//! goes back when it has been read.
//!
//! Not here: what the events are about (`events` has the hooks), what entries ask.

pub mod events;
mod tables;

use crate::parts::{Local, TraceBuffer, TraceState, Tracing, Watcher};
use crate::state::{G, M, P, RT, g, m};
use crate::token::System;
use crate::unwind;
use core::ptr::null_mut;
use core::sync::atomic::Ordering::*;
use goxide_gotypes::trace::{Batch, EVENT, HEADER, Kind};
use goxide_sched::state::Status;
use goxide_sys::mem::{map_anywhere, unmap};
use goxide_sys::time::nanotime;

/// `Runtime::watching`: a trace is taken.
pub const TRACE: u8 = 1;
/// `Runtime::watching`: the time from ready to running is counted (`runtime/metrics`).
pub const LATENCY: u8 = 2;

/// What is to be told, if something is watched.
#[inline(always)]
pub fn watcher() -> Option<&'static Watcher> {
    // SAFETY: null, or the static that `watch` stores.
    unsafe { RT.watcher.load(Relaxed).as_ref() }
}

/// Watches something from now on: [`TRACE`], [`LATENCY`].
fn watch(what: u8) {
    static WATCHER: Watcher = Watcher {
        happened: events::happened,
        resumed: events::resumed,
        syscall_entered: events::syscall_entered,
        collecting: events::collecting,
    };
    RT.watching.fetch_or(what, SeqCst);
    RT.watcher.store((&raw const WATCHER).cast_mut(), SeqCst);
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

/// Whether a trace is taken.
#[inline(always)]
pub fn is_on() -> bool {
    RT.watching.load(Relaxed) & TRACE != 0
}

/// The batch of a processor, or of threads without one.
///
/// # Safety
/// `p` is null or a processor.
unsafe fn local(p: *mut P) -> &'static Local {
    // SAFETY: a processor, which stays (this function's contract). Records of batches stay too.
    unsafe {
        if p.is_null() {
            return &RT.trace.outside;
        }
        let slot = &(*p).ext.trace;
        let mut at = slot.load(Acquire);
        if at.is_null() {
            let made: *mut Local = RT.heap.persistent_alloc(size_of::<Local>(), align_of::<Local>()).cast();
            if made.is_null() {
                crate::refusal::out_of_memory()
            }
            // Zero bytes are an empty one.
            (*made).id.store((*p).id as i32, Relaxed);
            at = match slot.compare_exchange(null_mut(), made, AcqRel, Acquire) {
                Ok(_) => made,
                Err(first) => first,
            };
        }
        &*at
    }
}

/// A batch that is locked: for one writer.
struct Writer<'l> {
    local: &'l Local,
}

impl Local {
    fn lock(&self) -> Writer<'_> {
        self.lock.lock();
        Writer { local: self }
    }
}

impl Drop for Writer<'_> {
    fn drop(&mut self) {
        // SAFETY: locked by `Local::lock`.
        unsafe { self.local.lock.unlock() }
    }
}

impl Writer<'_> {
    /// Runs `f` on the batch, with room for so many bytes.
    fn with(&mut self, bytes: usize, f: impl FnOnce(&mut Batch<'_>)) {
        let l = self.local;
        // SAFETY: the buffer is the batch's, which is locked.
        unsafe {
            let mut at = l.buffer.load(Relaxed);
            if at.is_null() || TraceBuffer::ROOM - (*at).len < bytes {
                self.flush();
                at = new_buffer();
                let id = if core::ptr::eq(l, &raw const RT.trace.outside) { -1 } else { l.id.load(Relaxed) };
                let batch = Batch::begin(&mut (*at).bytes, id, nanotime() as u64);
                ((*at).len, (*at).last) = batch.state();
                l.buffer.store(at, Relaxed);
            }
            let mut batch = Batch::resume(&mut (*at).bytes, (*at).len, (*at).last);
            f(&mut batch);
            ((*at).len, (*at).last) = batch.state();
        }
    }

    fn event(&mut self, kind: Kind, args: &[u64]) {
        self.with(EVENT, |batch| batch.event(kind, nanotime() as u64, args));
    }

    /// Hands what is written to the reader.
    fn flush(&mut self) {
        let at = self.local.buffer.swap(null_mut(), Relaxed);
        if !at.is_null() {
            RT.trace.state.lock().push(at);
        }
    }

    /// Makes the batch say that goroutine `id` (0: none) runs on its processor, on thread `m`, before an event of that: another one that
    /// it shows to run there is in a system call, and has lost the processor.
    fn reconcile(&mut self, m: *mut M, id: u64) {
        let running = &self.local.running;
        if running.load(Relaxed) != 0 && running.load(Relaxed) != id {
            running.store(0, Relaxed);
            self.event(Kind::GoSysBlock, &[]);
        }
        // SAFETY: this thread's descriptor.
        let thread = unsafe { (*m).id } + 1;
        if running.load(Relaxed) == 0 && self.local.thread.load(Relaxed) != thread {
            if self.local.thread.swap(thread, Relaxed) != 0 {
                self.event(Kind::ProcStop, &[]);
            }
            self.event(Kind::ProcStart, &[thread - 1]);
        }
    }
}

/// An empty buffer.
fn new_buffer() -> *mut TraceBuffer {
    if let Some(spare) = RT.trace.state.lock().take_spare() {
        return spare;
    }
    let made: *mut TraceBuffer = map_anywhere(size_of::<TraceBuffer>()).cast();
    if made.is_null() {
        crate::refusal::out_of_memory()
    }
    made
}

impl TraceState {
    fn push(&mut self, at: *mut TraceBuffer) {
        // SAFETY: a buffer that its writer has given away.
        unsafe { (*at).next = null_mut() }
        match self.last.is_null() {
            true => self.first = at,
            // SAFETY: on the list, whose lock is held.
            false => unsafe { (*self.last).next = at },
        }
        self.last = at;
    }

    fn take_spare(&mut self) -> Option<*mut TraceBuffer> {
        // SAFETY: a spare buffer is nothing else's, and the list's lock is held.
        unsafe {
            let at = self.spare.as_mut()?;
            self.spare = at.next;
            at.len = 0;
            Some(at)
        }
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
    let generation = RT.trace.generation.fetch_add(1, Relaxed) + 1;
    RT.trace.collections.store(0, Relaxed);
    RT.trace.collecting.store(false, Relaxed);
    // SAFETY: the world is stopped (this function's contract): processors and goroutines stay as they are, but for those in system calls,
    // which cannot come back to a processor.
    unsafe {
        RT.sched.for_each_proc(|p| {
            let l = local(p);
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

/// Ends the trace, if one is taken; whether it was. With the world stopped by the goroutine `t`, which stands in an entry.
///
/// # Safety
/// As that.
pub unsafe fn end(mut sys: System<'_>, t: *mut G) -> bool {
    if RT.trace.state.lock().phase != Tracing::On {
        return false;
    }
    unwatch(TRACE);
    // SAFETY: the world is stopped (this function's contract).
    unsafe {
        let stack = events::stack_of(sys.processor(), t, unwind::saved(t));
        let l = local((*m()).proc);
        let mut w = l.lock();
        if l.running.load(Relaxed) == (*t).id {
            w.event(Kind::GoSched, &[stack]);
        }
        drop(w);
        RT.sched.for_each_proc(|p| local(p).lock().flush());
        RT.trace.outside.lock().flush();
    }
    RT.trace.state.lock().phase = Tracing::Ending;
    true
}

/// What [`read`] has found.
pub enum Read {
    /// The next piece, which stays until the next call.
    Piece(*const u8, usize),
    /// Nothing yet.
    Later,
    /// The trace was read to its end, or there is none.
    End,
}

/// The next piece of the trace. For one goroutine at a time.
pub fn read() -> Read {
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
        match state.phase {
            Tracing::On => return Read::Later,
            Tracing::Ending => {
                drop(state);
                write_tables();
                state = RT.trace.state.lock();
                state.phase = Tracing::Told;
            }
            Tracing::Told | Tracing::Off => break,
        }
    }
    let mut at = core::mem::replace(&mut state.spare, null_mut());
    while !at.is_null() {
        // SAFETY: spare buffers are nothing else's.
        unsafe {
            let next = (*at).next;
            unmap(at.cast(), size_of::<TraceBuffer>());
            at = next;
        }
    }
    drop(state);
    tables::clear();
    RT.trace.state.lock().phase = Tracing::Off;
    Read::End
}

/// Whether a trace is taken, or has not been read to its end.
pub fn is_there() -> bool {
    RT.trace.state.lock().phase != Tracing::Off
}

/// The end of a trace: the clock's frequency, strings and call stacks.
fn write_tables() {
    const NANOS: u64 = 1_000_000_000;
    let mut w = RT.trace.outside.lock();
    w.with(EVENT, |batch| batch.timeless(Kind::Frequency, &[NANOS]));
    // Stacks first: what they are made of becomes strings.
    tables::each_stack(|id, frames| w.with(2 + 10 * (3 + frames.len()), |batch| tables::put_stack(batch, id, frames)));
    tables::each_string(|id, text| w.with(text.len() + 21, |batch| batch.string(id, text)));
    w.flush();
}

/// What the goroutine of this thread is for events: null while a thread runs none.
///
/// # Safety
/// On the system stack of one of the scheduler's threads.
unsafe fn running_task() -> *mut G {
    // SAFETY: this thread's descriptor.
    unsafe {
        let t = g();
        if t == (*m()).g0 || (*t).ext.rust_task || (*t).thread.is_null() { null_mut() } else { t }
    }
}

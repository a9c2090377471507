//! Batches of events: one for each processor, under a lock of its own, and one for threads without a processor.

use crate::parts::{Local, TraceBuffer, TraceState, Watcher};
use crate::state::{G, M, P, RT, g, m};
use core::ptr::null_mut;
use core::sync::atomic::AtomicU64;
use core::sync::atomic::Ordering::*;
use goxide_gotypes::trace::{Batch, EVENT, Kind};
use goxide_sys::mem::map_anywhere;
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

/// Whether a trace is taken.
#[inline(always)]
pub fn is_on() -> bool {
    RT.watching.load(Relaxed) & TRACE != 0
}

/// Words of the log of samples.
pub const SAMPLE_WORDS: usize = 1 << 14;
/// Words of a sample before its calls: the time, the processor's number and one more (0: none), the goroutine's (0: none).
pub const SAMPLE_HEAD: usize = 3;

/// The memory of the log of samples; empty before the first trace.
pub fn sample_words() -> &'static [AtomicU64] {
    let at = RT.trace.sample_words.load(Acquire);
    // SAFETY: so many zeroed words that stay, for the log alone.
    if at.is_null() { &[] } else { unsafe { core::slice::from_raw_parts(at, SAMPLE_WORDS) } }
}

/// The processor profile has taken a sample on this thread. In a signal handler.
///
/// # Safety
/// `gp` is the current goroutine, g0, or null.
pub unsafe fn sampled(gp: *mut G, calls: &[u64]) {
    let words = sample_words();
    if words.is_empty() || gp.is_null() {
        return;
    }
    // SAFETY: descriptors stay (this function's contract).
    let (proc, id) = unsafe {
        let mp = (*gp).thread;
        let p = if mp.is_null() { null_mut() } else { (*mp).proc };
        (if p.is_null() { 0 } else { u64::from((*p).id) + 1 }, (*gp).id)
    };
    // What finds no room is lost, as in Go.
    RT.trace.samples.write(words, &[&[nanotime() as u64, proc, id], calls]);
}

/// The batch of a processor, or of threads without one.
///
/// # Safety
/// `p` is null or a processor.
pub unsafe fn local(p: *mut P) -> &'static Local {
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
                Ok(_) => {
                    let head = &RT.trace.locals;
                    let link = |first| {
                        (*made).next.store(first, Relaxed);
                        Some(made)
                    };
                    // Release: what is on the list is whole.
                    let _ = head.fetch_update(Release, Relaxed, link);
                    made
                }
                Err(first) => first,
            };
        }
        &*at
    }
}

/// Calls `f` with the batch of each processor that there ever was.
pub fn each_local(mut f: impl FnMut(&'static Local)) {
    let mut at = RT.trace.locals.load(Acquire);
    // SAFETY: records of batches stay, and do not change their place on the list.
    while let Some(local) = unsafe { at.as_ref() } {
        f(local);
        at = local.next.load(Relaxed);
    }
}

/// A batch that is locked: for one writer.
pub struct Writer<'l> {
    /// The batch.
    pub local: &'l Local,
}

impl Local {
    /// For what begins and ends a trace: waits for other writers.
    pub fn lock(&self) -> Writer<'_> {
        self.lock.lock();
        Writer { local: self }
    }

    /// For what happens while a trace is taken, none if that is over: a thread in a system call or without a processor is not held up by a stop
    /// of the world, so that a trace may end while it is here. The end comes before it (and is seen), or takes up what it writes, since it stops the watching
    /// first and then locks each batch to flush it. What it would write later would be the head of the next trace. So what is written, call stacks
    /// too, is made while the batch is locked, but for threads that a stop of the world waits for.
    pub fn open(&self) -> Option<Writer<'_>> {
        let writer = self.lock();
        // Acquire: pairs with the exchange in `watch`, behind all that `begin` makes anew.
        (RT.watching.load(Acquire) & TRACE != 0).then_some(writer)
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
    pub fn with(&mut self, bytes: usize, f: impl FnOnce(&mut Batch<'_>)) {
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

    /// An event, now.
    pub fn event(&mut self, kind: Kind, args: &[u64]) {
        self.with(EVENT, |batch| batch.event(kind, nanotime() as u64, args));
    }

    /// Hands what is written to the reader.
    pub fn flush(&mut self) {
        let at = self.local.buffer.swap(null_mut(), Relaxed);
        if !at.is_null() {
            RT.trace.state.lock().push(at);
        }
    }

    /// Makes the batch say that goroutine `id` (0: none) runs on its processor, on thread `m`, before an event of that: another one that
    /// it shows to run there is in a system call, and has lost the processor.
    ///
    /// # Safety
    /// `m` is the descriptor of this thread.
    pub unsafe fn reconcile(&mut self, m: *mut M, id: u64) {
        let running = &self.local.running;
        if running.load(Relaxed) != 0 && running.load(Relaxed) != id {
            running.store(0, Relaxed);
            self.event(Kind::GoSysBlock, &[]);
        }
        // SAFETY: this thread's descriptor (this function's contract).
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
    /// Hands a batch to the reader.
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

/// What the goroutine of this thread is for events: null while a thread runs none.
///
/// # Safety
/// On the system stack of one of the scheduler's threads.
pub unsafe fn running_task() -> *mut G {
    // SAFETY: this thread's descriptor.
    unsafe {
        let t = g();
        if t == (*m()).g0 || (*t).ext.rust_task || (*t).thread.is_null() { null_mut() } else { t }
    }
}

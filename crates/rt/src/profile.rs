//! The memory profile of the running program: which objects are sampled, and what becomes of them.
//!
//! The allocator chooses the samples (goxide-alloc, `sample`), as often as the Go variable `runtime.MemProfileRate` says; a
//! sampled allocation comes by [`sampled`], which takes the goroutine's stack and hangs a note on the object. Sweeping
//! reports the object's end ([`freed`]). A program in which nothing calls `runtime.MemProfile` learns so from the linker, and
//! then none of this happens.

use crate::links::links;
use crate::persistent::pc_cache;
use crate::state::{G, RT, g, symtab};
use crate::token::{Processor, System};
use crate::unwind;
use core::sync::atomic::Ordering::*;
use goxide_gc::Kind;
use goxide_gotypes::mem::Persistent;
use goxide_gotypes::profile::DEPTH;
use goxide_gotypes::profile::memory::{Record, Table};
use goxide_symtab::Native;
use goxide_symtab::frames::callers;
use goxide_symtab::unwind::Start;

/// Never-freed memory, counted as the profile's.
#[derive(Clone, Copy)]
pub struct TableMemory;

// SAFETY: the heap's persistent allocator gives zeroed memory that nothing else has, forever.
unsafe impl Persistent for TableMemory {
    fn persistent(&self, size: usize, align: usize) -> *mut u8 {
        let at = RT.heap.persistent().alloc(RT.heap.source(), size, align, &RT.profile.bytes);
        if at.is_null() {
            crate::refusal::out_of_memory()
        }
        at
    }
}

/// What the linker and GODEBUG say about the rate.
///
/// # Safety
/// By the bootstrap, before there is a processor.
pub unsafe fn init(rate: Option<i64>) {
    let (variable, off) = (links().mem_profile_rate, links().mem_profile_off);
    // SAFETY: Go's variables; nothing else runs.
    unsafe {
        if *off {
            *variable = 0;
            return;
        }
        if let Some(rate) = rate {
            *variable = rate as isize;
        }
    }
    RT.profile.rate.store(variable.cast(), Relaxed);
}

/// A processor is made: its cache samples.
///
/// # Safety
/// The processor has no holder yet.
pub unsafe fn begin(p: *mut crate::state::ProcExt) {
    let rate = RT.profile.rate.load(Relaxed);
    if !rate.is_null() {
        // SAFETY: the processor has no holder yet (this function's contract), so nothing else uses its cache; the variable
        // is the program's and stays.
        unsafe { (*p).cache.watch_mean(rate, p as u64 ^ goxide_sys::time::nanotime() as u64) }
    }
}

/// `main.main` is next: what it sets the rate to holds from the first object on.
pub fn reconsider(mut proc: Processor<'_>) {
    if !RT.profile.rate.load(Relaxed).is_null() {
        proc.part().cache.reconsider()
    }
}

/// The calls that a stopped goroutine, or one in a system entry on this thread, is in, except the first `skip`.
///
/// # Safety
/// The goroutine's frames do not change in the meantime; `start` is where it stands.
pub unsafe fn stack_of(proc: Processor<'_>, gp: *mut G, start: Start, skip: usize, pcs: &mut [usize]) -> usize {
    // SAFETY: the goroutine's frames do not change in the meantime, and `start` is where it stands (this function's contract);
    // they lie within its stack.
    unsafe {
        if (*gp).stack.is_none() {
            return 0;
        }
        callers::<Native>(symtab(), pc_cache(proc), start, unwind::limits(gp), skip, pcs)
    }
}

/// The object at `at`, of `bytes` bytes, has just been allocated and is a sample. What timer functions and the runtime itself
/// allocate has no stack to be counted for.
///
/// # Safety
/// The object is the entry's own, and what it is told of holds.
#[cold]
#[inline(never)]
pub unsafe fn sampled(sys: System<'_>, at: *mut u8, bytes: usize) {
    // SAFETY: on the system stack (the token), so the goroutine's context is saved and its frames stay. The object was just
    // allocated, and this entry has it (this function's contract); a note keeps nothing alive, and its words are none of the heap's.
    unsafe {
        let gp = g();
        if sys.is_g0() || (*gp).ext.rust_task {
            return;
        }
        let mut pcs = [0; DEPTH];
        // Without the entry's stub: as in Go, the first call is that of what allocates.
        let n = stack_of(sys.into_processor(), gp, unwind::saved(gp), 1, &mut pcs);
        let Some((base, _, span)) = RT.heap.object_of(at as usize) else { return };
        let record = RT.profile.table.lock().allocated(&TableMemory, &pcs[..n], bytes);
        if !RT.profile.has_samples.swap(true, Relaxed) {
            crate::state::GC.watch_specials();
        }
        crate::state::GC.add_special(span, base, Kind::Note, [0, record as usize, 0, 0], None);
    }
}

/// A sampled object was found unreachable. While sweeping.
pub fn freed(payload: &goxide_gc::special::Payload) {
    // SAFETY: what `sampled` put there.
    unsafe { RT.profile.table.lock().freed(payload[1] as *const Record) }
}

/// Marking is over; with the world stopped.
pub fn marked() {
    RT.profile.table.lock().marked();
}

/// Everything is swept that the last marking left.
pub fn swept() {
    RT.profile.table.lock().swept();
}

/// Changes a goroutine's labels. What they were may stand in samples of the processor profile alone from now on, which a collection
/// that marks may have looked at already.
///
/// # Safety
/// The goroutine is this thread's.
#[inline]
pub unsafe fn set_labels(proc: Processor<'_>, gp: *mut G, labels: usize) {
    // SAFETY: the goroutine's own word, which is this thread's to change (this function's contract).
    unsafe {
        let slot = &raw mut (*gp).ext.labels;
        if *slot != labels {
            if crate::barrier::is_on() {
                crate::barrier::record(proc, slot, labels);
            }
            *slot = labels;
        }
    }
}

/// Runs `f` on the table.
pub fn with<R>(f: impl FnOnce(&mut Table) -> R) -> R {
    f(&mut RT.profile.table.lock())
}

//! The root jobs of a cycle: global variables in pieces, what the runtime's own tables hold, and each goroutine.

use super::super::{G, RT, env, g};
use super::{GC, GoGc, is_scanned, stack};
use crate::links::first_module;
use crate::panics::{Defer, Panic};
use crate::types::gcprog;
use core::sync::atomic::{AtomicPtr, AtomicUsize, Ordering::*};
use goxide_chan::Waiter;
use goxide_gc::{Scan, Tracer};
use goxide_sched::state;

/// Bytes of global variables per job.
const PIECE: usize = 256 << 10;

/// Masks of data and bss, one bit per word, made for the first cycle.
static DATA_MASK: AtomicPtr<u8> = AtomicPtr::new(core::ptr::null_mut());
static BSS_MASK: AtomicPtr<u8> = AtomicPtr::new(core::ptr::null_mut());
/// Goroutines when the cycle began; those made later hold nothing that the barrier did not record.
static TASKS: AtomicUsize = AtomicUsize::new(0);

fn data() -> (usize, usize) {
    let md = first_module();
    (md.data, md.edata - md.data)
}

fn bss() -> (usize, usize) {
    let md = first_module();
    (md.bss, md.ebss - md.bss)
}

/// Bytes of global variables that may hold pointers.
pub fn globals() -> usize {
    data().1 + bss().1
}

fn expand(mask: &AtomicPtr<u8>, program: *const u8, bytes: usize) {
    if !mask.load(Relaxed).is_null() || bytes == 0 {
        return;
    }
    let n = gcprog::mask_size(bytes).next_multiple_of(8) + 8;
    let at = RT.heap.persistent_alloc_gc(n, 8);
    if at.is_null() {
        super::super::memory::out_of_memory()
    }
    // SAFETY: room for the mask; the linker wrote a whole program.
    unsafe {
        let room = core::slice::from_raw_parts_mut(at, n);
        if gcprog::expand(program, room).is_err() {
            super::super::fatal::throw(b"goxide: the mask of the global variables is longer than they are");
        }
    }
    mask.store(at, Release);
}

/// The global variables that may hold pointers, data and bss: address, size, mask. With the world stopped.
pub fn masked_globals() -> [(usize, usize, *const u8); 2] {
    let md = first_module();
    expand(&DATA_MASK, md.gcdata, data().1);
    expand(&BSS_MASK, md.gcbss, bss().1);
    [(data(), &DATA_MASK), (bss(), &BSS_MASK)].map(|((at, size), mask)| (at, size, mask.load(Acquire).cast_const()))
}

/// How many jobs there are. With the world stopped.
pub fn count() -> usize {
    masked_globals();
    let n = RT.sched.tasks().len();
    TASKS.store(n, Relaxed);
    1 + data().1.div_ceil(PIECE) + bss().1.div_ceil(PIECE) + n
}

/// Does a job.
///
/// # Safety
/// `job` is below the number that [`count`] gave; on g0, with a processor.
pub unsafe fn scan(job: usize, t: &mut Tracer<'_, GoGc>) -> Scan {
    // SAFETY: the caller's.
    unsafe {
        if job == 0 {
            tables(t);
            return Scan::Done;
        }
        let mut i = job - 1;
        for ((addr, size), mask) in [(data(), &DATA_MASK), (bss(), &BSS_MASK)] {
            let n = size.div_ceil(PIECE);
            if i < n {
                let from = i * PIECE;
                let words = (size - from).min(PIECE) / 8;
                t.visit_mask(addr + from, mask.load(Acquire).add(from / 64), words);
                return Scan::Done;
            }
            i -= n;
        }
        task(RT.sched.tasks().get(i), t)
    }
}

/// What is reachable from the runtime's own memory.
unsafe fn tables(t: &mut Tracer<'_, GoGc>) {
    // SAFETY: timers and records are read under their locks.
    unsafe {
        RT.sched.for_each_timer(|timer| {
            t.tell(timer as usize);
            t.tell((*timer).f);
            t.tell((*timer).arg[0]);
            t.tell((*timer).arg[1]);
        });
        RT.space.offsets.roots(|p| t.tell(p as usize));
        // What package os was given, in case it was replaced by memory of the heap.
        t.tell(env::process().envs.ptr as usize);
        t.tell(env::process().args.ptr as usize);
    }
}

/// A goroutine: its stack and its descriptor.
unsafe fn task(gp: *mut G, t: &mut Tracer<'_, GoGc>) -> Scan {
    // SAFETY: descriptors are never freed. While the SCAN bit is held the goroutine does not run.
    unsafe {
        if (*gp).ext.rust_task || (!t.is_check() && is_scanned(gp)) {
            return Scan::Done;
        }
        let s = (*gp).state.get();
        match s {
            state::IDLE | state::DEAD => Scan::Done,
            state::RUNNABLE | state::WAITING | state::SYSCALL | state::PREEMPTED => {
                if !(*gp).state.lock_scan(s) {
                    return Scan::Later;
                }
                stopped(gp, s, t);
                (*gp).state.unlock_scan(s);
                Scan::Done
            }
            _ if t.is_check() && s == state::RUNNING => {
                // The world is stopped: it stands in an entry (the one that asked for the collection).
                stopped(gp, s, t);
                Scan::Done
            }
            _ => {
                // It scans itself when it comes to a prologue.
                if gp != g() {
                    (*gp).ask_to_yield();
                }
                Scan::Later
            }
        }
    }
}

/// Scans a goroutine that does not run, or that stands in a prologue or an entry of this thread.
///
/// # Safety
/// The goroutine's stack does not change in the meantime. `s` is its state.
pub unsafe fn stopped(gp: *mut G, s: u32, t: &mut Tracer<'_, GoGc>) {
    // SAFETY: the caller's.
    unsafe {
        stack::scan(gp, s, t);
        if !t.is_check() {
            t.publish();
            // Release: a thread that sees the goroutine as scanned sees what was visited.
            (*gp).ext.scanned_cycle.store(GC.cycle(), Release);
            stack::shrink(gp, s);
        }
    }
}

/// Calls `f` with each pointer in a goroutine's descriptor and in the records that hang off it, into the heap or its stack.
///
/// # Safety
/// The goroutine does not run.
pub unsafe fn descriptor(gp: *mut G, mut f: impl FnMut(usize)) {
    // SAFETY: the caller's.
    unsafe {
        let d = &*gp;
        f(d.ctx.ctxt);
        f(d.param);
        f(d.ext.labels);
        for p in d.ext.in_flight.into_iter().chain(d.ext.raised) {
            f(p);
        }
        for (i, &word) in d.ctx.regs.iter().enumerate() {
            if d.ext.result_pointers >> i & 1 != 0 {
                f(word);
            }
        }
        Defer::roots(d.host1 as *mut Defer, &mut f);
        Panic::roots(d.host0 as *mut Panic, &mut f);
        let mut w: *mut Waiter = d.waiting.cast();
        while let Some(waiter) = w.as_ref() {
            f(waiter.elem as usize);
            f(waiter.chan as usize);
            w = waiter.wait_link;
        }
    }
}

//! Finalizers: the queue of those to be called, and the goroutine that calls them, `runtime.runfinq`.
//!
//! A finalizer is a special record (goxide-gc) whose words are the function, the bytes of its results, the type of its
//! parameter and the type of the pointer. Those whose objects sweeping found unreachable wait in a queue, in that order; they are
//! roots until they are given back.
//!
//! Not here: `SetFinalizer`, and how that goroutine waits, which are entries.

use crate::barrier;
use crate::call::return_pc;
use crate::gc::scanned::begin_task;
use crate::links::FuncVal;
use crate::parts::Finalizers;
use crate::persistent::GoPersistent;
use crate::state::{G, GC, RT, g};
use crate::token::{Processor, System};
use core::ptr::null_mut;
use core::sync::atomic::Ordering::*;
use goxide_gc::Special;
use goxide_gotypes::iface::assert::Ifaces;
use goxide_gotypes::text::fault::Fault;
use goxide_gotypes::types::desc::InterfaceType;
use goxide_gotypes::types::{Eface, Type, kind};

/// There is something in the queue.
const QUEUED: u32 = 1;

/// What is kept of it.
fn kept() -> &'static Finalizers {
    &RT.collection.finalizers
}

/// What `runtime.runfinq` is given; goroot/runtime/mem.go has the same fields.
#[repr(C)]
pub struct Call {
    /// The function.
    pub func: usize,
    /// The argument: a pointer, or an interface's two words.
    pub arg: [usize; 2],
    /// Bytes for results.
    pub results: usize,
}

/// Sweeping found the object of `s` unreachable.
///
/// # Safety
/// The record is no other owner's.
pub unsafe fn queue(s: *mut Special) {
    let mut q = kept().queue.lock();
    // SAFETY: the record is no other owner's (this function's contract), so its link is free; those in the queue are ours
    // under the lock.
    unsafe {
        (*s).next = null_mut();
        match q.tail.as_mut() {
            Some(t) => t.next = s,
            None => q.head = s,
        }
    }
    q.tail = s;
}

/// Wakes the goroutine if there is something for it. On g0.
pub fn wake() {
    if !kept().queue.lock().head.is_null() && kept().events.set(QUEUED) {
        // SAFETY: who is told so has the duty to ready the goroutine, which sleeps and so exists.
        unsafe { RT.sched.ready(kept().task.load(Acquire), true) }
    }
}

/// Calls `f` with the object and the payload of each record in the queue.
pub fn each_queued(mut f: impl FnMut(usize, &goxide_gc::special::Payload)) {
    let q = kept().queue.lock();
    let mut s = q.head;
    // SAFETY: records in the queue are ours under the lock.
    while let Some(r) = unsafe { s.as_ref() } {
        f(r.object, &r.payload);
        s = r.next;
    }
}

/// Fills in the next call; false if there is none.
///
/// # Errors
/// The failed assertion, if the object does not have the methods of the parameter's type.
///
/// # Safety
/// `call` is valid for writes.
pub unsafe fn next(mut proc: Processor<'_>, call: *mut Call) -> Result<bool, Fault> {
    // Before the look at the queue.
    kept().events.take(QUEUED);
    let s = {
        let mut q = kept().queue.lock();
        let s = q.head;
        // SAFETY: records in the queue are ours under the lock.
        let Some(r) = (unsafe { s.as_ref() }) else { return Ok(false) };
        q.head = r.next;
        if q.head.is_null() {
            q.tail = null_mut();
        }
        s
    };
    // SAFETY: the record is ours now, off the queue; its types are descriptors, known to the space. `call` is valid for
    // writes (this function's contract).
    unsafe {
        let [func, results, param, ptr] = (*s).payload;
        let object = (*s).object;
        if GC.is_marking() {
            // From the queue, a root, to a stack that may have been scanned.
            barrier::shade(proc.lend(), object);
            barrier::shade(proc, func);
        }
        let param = param as *const Type;
        let arg = if (*param).kind() == kind::INTERFACE {
            if InterfaceType::methods(param.cast()).is_empty() {
                [ptr, object]
            } else {
                let ifaces = Ifaces { space: &RT.space, itabs: &RT.itabs, mem: &GoPersistent };
                let e = Eface { typ: ptr as *const Type, data: object as *mut u8 };
                let i = ifaces.assert_e2i(param.cast::<InterfaceType>(), e.typ)?;
                [i as usize, object]
            }
        } else {
            [object, 0]
        };
        *call = Call { func, arg, results };
        // While it calls one it counts as the user's.
        (*kept().task.load(Relaxed)).system.store(false, Relaxed);
        GC.free_special(s);
    }
    Ok(true)
}

/// The goroutine has called what it was given.
///
/// # Safety
/// Called by that goroutine.
pub unsafe fn is_done() {
    // SAFETY: descriptors are never freed.
    unsafe { (*kept().task.load(Relaxed)).system.store(true, Relaxed) }
}

/// What keeps the goroutine parked, unless there is something for it by now.
///
/// # Safety
/// As the scheduler's `unlock` of a park.
pub unsafe fn stay(_gp: *mut G, _: usize) -> bool {
    kept().events.try_sleep(QUEUED)
}

/// Makes the goroutine, for the first finalizer. It calls `run`.
///
/// # Safety
/// `run` is a Go function value without arguments, which never returns: `runtime.runfinq`.
pub unsafe fn begin(sys: System<'_>, run: FuncVal) {
    if kept().made.swap(true, AcqRel) {
        return;
    }
    GC.watch_specials();
    let proc = sys.into_processor();
    // SAFETY: on the system stack of a thread with a processor (the token), whose goroutine stands in an entry; a Go function without
    // arguments, which never returns (this function's contract). The scheduler's function borrows nothing that the token gives, and the
    // task does not run before it is told what it holds.
    unsafe {
        // Created by the entry in which this is, as reports see it that show the runtime's own.
        let parent = g();
        // It has nothing to do before a collection is over: no processor is woken for it.
        RT.sched.spawn_later(*run, run as usize, return_pc(), (*parent).ctx.pc, parent, |t| {
            begin_task(proc, t, run as usize, 0);
            kept().task.store(t, Release);
            // Before it runs, since then it says itself when it counts as the user's.
            RT.sched.mark_system(t);
        });
    }
}

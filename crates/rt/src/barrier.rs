//! The write barrier's Rust side: the flag that compiled code tests, the per-processor buffer behind `gcWriteBarrier1..8`,
//! and single and bulk records for moves made in Rust. The barrier is Go's hybrid one: a store records what it overwrites
//! and what it writes; what is recorded is flushed to the processor's marker when the buffer is full, and at the latest when
//! marking ends.

use crate::gc::marker::marker;
use crate::links::links;
use crate::state::{GC, P, WB_WORDS, p, pext};
use core::sync::atomic::{AtomicU32, Ordering};
use goxide_gc::{Marker, Tracer};

fn flag() -> &'static AtomicU32 {
    // SAFETY: the flag is the first word of runtime.writeBarrier, four bytes of which compiled code tests at once.
    unsafe { &*links().write_barrier.cast::<AtomicU32>() }
}

/// Whether compiled code records pointer stores.
#[inline(always)]
pub fn is_on() -> bool {
    flag().load(Ordering::Relaxed) != 0
}

/// Turns recording on or off. With the world stopped.
pub fn turn(on: bool) {
    flag().store(u32::from(on), Ordering::Release);
}

/// Empties the buffer of this thread's processor. On g0: from compiled code by way of assembly.
pub extern "C" fn flush() {
    // SAFETY: the barrier runs with a processor.
    unsafe { tell(p(), marker()) }
}

/// Flushes a processor's write-barrier buffer.
///
/// # Safety
/// `proc` is a processor that nothing else uses now.
pub unsafe fn tell(proc: *mut P, m: &mut Marker) {
    // SAFETY: nobody else uses the processor; what lies between the buffer's start and its next free place was recorded. Marking
    // does not end while a processor is in use, or this is called by what ends it; there is one collector to have a marker of.
    unsafe {
        let ext = &raw mut (*proc).ext;
        let start = (&raw const (*ext).wb).cast::<usize>();
        if (*ext).wb_end != 0 && GC.is_marking() {
            let n = ((*ext).wb_next - start as usize) / 8;
            if n > 0 {
                let mut t = Tracer::new(&GC, m);
                for i in 0..n {
                    t.visit(*start.add(i));
                }
                t.publish();
            }
        }
        reset(proc);
    }
}

/// Makes a processor's buffer empty.
///
/// # Safety
/// `proc` is a processor that nothing else uses now.
pub unsafe fn reset(proc: *mut P) {
    // SAFETY: nothing else uses the processor now (this function's contract).
    unsafe {
        let ext = &raw mut (*proc).ext;
        let start = (&raw const (*ext).wb) as usize;
        (*ext).wb_next = start;
        (*ext).wb_end = start + WB_WORDS * 8;
    }
}

/// Makes room in the buffer: on the system stack, since leaf entries come here on their goroutine's.
#[cold]
#[inline(never)]
fn make_room() {
    // SAFETY: the function may be called so, and does not unwind.
    unsafe { crate::call::on_system_stack(flush_there, 0) }
}

/// What [`make_room`] does on the system stack. A function of its own, so that `xtask abi --stack` can see it.
///
/// # Safety
/// On g0 of a thread with a processor.
#[inline(never)]
unsafe extern "C" fn flush_there(_: usize, _: usize) -> usize {
    flush();
    0
}

/// Records a pointer.
///
/// # Safety
/// The thread holds a processor.
#[inline]
pub unsafe fn shade(value: usize) {
    if value == 0 {
        return;
    }
    // SAFETY: the thread holds a processor (this function's contract), whose part is borrowed for one access at a time;
    // after `make_room` the buffer has room for two words and more, and so it has if that was not needed for one.
    unsafe {
        if pext().wb_next + 8 > pext().wb_end {
            make_room();
        }
        (pext().wb_next as *mut usize).write(value);
        pext().wb_next += 8;
    }
}

/// Records that `new` replaces what `slot` holds.
///
/// # Safety
/// `slot` is readable; the thread holds a processor.
pub unsafe fn record(slot: *mut usize, new: usize) {
    // SAFETY: the thread holds a processor, whose part is borrowed for one access at a time, and `slot` is readable (this
    // function's contract); the buffer has room for two words, or gets it.
    unsafe {
        if pext().wb_next + 16 > pext().wb_end {
            make_room();
        }
        let at = pext().wb_next as *mut usize;
        at.write(new);
        at.add(1).write(*slot);
        pext().wb_next += 16;
    }
}

/// Records every word of `dst` and of `src` (0: none); those that point into the heap count.
///
/// # Safety
/// Both ranges are readable for `size` bytes; the thread holds a processor.
// Apart, so that those that copy and clear need no registers for it.
#[cold]
#[inline(never)]
pub unsafe fn record_bulk(dst: usize, src: usize, size: usize) {
    for off in (0..size).step_by(8) {
        // SAFETY: inside the ranges.
        unsafe {
            let new = if src == 0 { 0 } else { *((src + off) as *const usize) };
            record((dst + off) as *mut usize, new);
        }
    }
}

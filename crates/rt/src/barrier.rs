//! The write barrier's Rust side: the flag that compiled code tests, the per-processor buffer behind `gcWriteBarrier1..8`,
//! and single and bulk records for moves made in Rust. The barrier is Go's hybrid one: a store records what it overwrites
//! and what it writes; what is recorded is flushed to the processor's marker when the buffer is full, and at the latest when
//! marking ends.

use crate::gc::marker::marker;
use crate::links::links;
use crate::state::{GC, P, WB_WORDS};
use crate::token::Processor;
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

/// Empties the buffer of this thread's processor. From compiled code by way of assembly.
pub extern "C" fn flush(proc: Processor<'_>) {
    let p = proc.as_ptr();
    // SAFETY: this thread holds the processor (the token), and nothing is borrowed from it but its marker, which lies elsewhere.
    unsafe { tell(p, marker(proc)) }
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
fn make_room(_: Processor<'_>) {
    // SAFETY: the function takes any word, and does not unwind.
    unsafe { crate::call::on_system_stack(flush_there, 0) }
}

/// What [`make_room`] does on the system stack. A function of its own, so that `xtask abi --stack` can see it.
///
/// # Safety
/// By [`make_room`] alone, on the system stack.
#[inline(never)]
unsafe extern "C" fn flush_there(_: usize, _: usize) -> usize {
    // SAFETY: `make_room` has the token of this thread's processor, and does not use it meanwhile (this function's contract).
    flush(unsafe { Processor::assume() });
    0
}

/// Records a pointer.
#[inline]
pub fn shade(mut proc: Processor<'_>, value: usize) {
    if value == 0 {
        return;
    }
    if proc.part().wb_next + 8 > proc.part().wb_end {
        make_room(proc.lend());
    }
    // SAFETY: the next free place of this processor's buffer: `make_room` leaves room for two words and more, and there is some if that
    // was not called.
    unsafe { (proc.part().wb_next as *mut usize).write(value) };
    proc.part().wb_next += 8;
}

/// Records that `new` replaces what `slot` holds.
///
/// # Safety
/// `slot` is readable.
pub unsafe fn record(mut proc: Processor<'_>, slot: *mut usize, new: usize) {
    if proc.part().wb_next + 16 > proc.part().wb_end {
        make_room(proc.lend());
    }
    let at = proc.part().wb_next as *mut usize;
    // SAFETY: `slot` is readable (this function's contract), and the buffer has room for two words.
    unsafe {
        at.write(new);
        at.add(1).write(*slot);
    }
    proc.part().wb_next += 16;
}

/// Records every word of `dst` and of `src` (0: none); those that point into the heap count.
///
/// # Safety
/// Both ranges are readable for `size` bytes.
// Apart, so that those that copy and clear need no registers for it.
#[cold]
#[inline(never)]
pub unsafe fn record_bulk(mut proc: Processor<'_>, dst: usize, src: usize, size: usize) {
    for off in (0..size).step_by(8) {
        // SAFETY: words inside the ranges, which are readable (this function's contract).
        unsafe {
            let new = if src == 0 { 0 } else { *((src + off) as *const usize) };
            record(proc.lend(), (dst + off) as *mut usize, new);
        }
    }
}

//! Long work on memory that an entry does for its goroutine: clearing and copying more than `LONG` bytes. It is done in
//! pieces, between which the goroutine yields where it is asked to, so that neither a world that is to be stopped nor other
//! goroutines wait for the whole.
//!
//! What is worked on is in the goroutine's descriptor ([`Bulk`], and two places of `in_flight`, which are roots and follow
//! the stack). A goroutine that yielded goes on in a finish half, and behind its entry's stub when the work is done.
//!
//! A new object with pointers has no layout to the collector until it is clear: a marker that meets it earlier takes
//! what it still holds for plain bytes. By then it is black, and all its pointers are nil, as in any object made while marking.

use crate::barrier;
use crate::memory::{GoMem, allocate_uncleared};
use crate::records::{Answer, Bulk, Pointers};
use crate::safepoint::at_pause;
use crate::state::{G, RT, g, m, may_give_way};
use core::ops::Range;
use core::sync::atomic::Ordering;
use goxide_gotypes::mem::{Mem as _, raw};
use goxide_gotypes::types::Type;
use goxide_sched::PREEMPT;

/// Bytes of a piece: some tens of microseconds where each page is touched for the first time.
const PIECE: usize = 64 << 10;
/// Bytes of a piece each of whose words is recorded for the collector.
const RECORDED_PIECE: usize = 8 << 10;

/// The places of `in_flight` for what is written and for what is read.
const DST: usize = 1;
const SRC: usize = 2;

impl Pointers {
    /// For an entry that compiled code calls behind its own test of the barrier: memmove and memclrNoHeapPointers.
    pub fn told() -> Pointers {
        Pointers::Told(marking())
    }

    /// Whether a piece is to be recorded now.
    fn is_recorded(self) -> bool {
        match self {
            Pointers::None => false,
            Pointers::Record => barrier::is_on(),
            Pointers::Told(before) => barrier::is_on() && marking() != before,
        }
    }
}

/// The collection that marks now.
fn marking() -> Option<u32> {
    barrier::is_on().then(|| crate::state::GC.cycle())
}

/// Clears `n` bytes at `dst`.
///
/// # Safety
/// In a system entry without results, which returns next. The range is writable, and in whole words if it is to be recorded.
pub unsafe fn clear(dst: *mut u8, n: usize, pointers: Pointers) {
    if n <= PIECE && !pointers.is_recorded() {
        // SAFETY: the range is writable (this function's contract), and the access provides for a fault. One piece, that
        // nobody is told of.
        return GoMem.touch(|access| unsafe { raw::clear(access, dst, n) });
    }
    // SAFETY: in a system entry without results, which returns next; the range is writable, and in whole words if it is to
    // be recorded (this function's contract). Nothing is copied.
    unsafe { run_first(dst, core::ptr::null(), Bulk { clear: 0..n, pointers, ..Bulk::NONE }) }
}

/// Copies `n` bytes; the ranges may overlap. `answer` is what the entry answers.
///
/// # Safety
/// In a system entry, which returns that next. The ranges are valid, and in whole words if they are to be recorded.
pub unsafe fn copy(dst: *mut u8, src: *const u8, n: usize, pointers: Pointers, answer: usize) {
    if n <= PIECE && !pointers.is_recorded() {
        // SAFETY: the ranges are valid (this function's contract), and the access provides for a fault. One piece, that
        // nobody is told of.
        return GoMem.touch(|access| unsafe { raw::copy(access, dst, src, n) });
    }
    let backwards = (dst as usize).wrapping_sub(src as usize) < n;
    let answer = Answer::Words([answer, 0, 0, 0]);
    // SAFETY: in a system entry, which returns `answer` next; the ranges are valid, and in whole words if they are to be
    // recorded (this function's contract).
    unsafe { run_first(dst, src, Bulk { copy: n, backwards, pointers, answer, ..Bulk::NONE }) }
}

/// A new object of `size` bytes, more than `LONG`, whose first `copy` bytes are those at `src`. The bytes of `rest` are clear;
/// with pointers, all others are too. `words` are what the entry answers besides the object.
///
/// # Safety
/// In a system entry, which returns the object next and nothing else but `words`. `ty` is null (no pointers) or a descriptor
/// of which the object holds a row. `src` is readable for `copy` bytes.
pub unsafe fn object(
    size: usize,
    ty: *const Type,
    src: *const u8,
    copy: usize,
    rest: Range<usize>,
    words: [usize; 3],
) -> *mut u8 {
    // SAFETY: in a system entry, which returns the object next; `ty` is null or a descriptor, `src` is readable for `copy`
    // bytes (this function's contract). The object is longer than a piece, has room for what is copied and cleared, and
    // nothing else has it yet; its span is not freed while the entry's words name it.
    unsafe {
        let gp = g();
        (*gp).ext.in_flight[SRC] = src as usize;
        let dst = allocate_uncleared(size, ty);
        let pointers = !ty.is_null();
        // What lies behind the last value counts as more of them to the collector, up to the span's end.
        let span = RT.heap.span_of(dst as usize);
        let (is_clear, whole) = span.map_or((true, size), |s| (!s.needzero(), s.elem_size()));
        let clear = match (is_clear, pointers) {
            (true, _) => 0..0,
            (false, true) => 0..whole,
            (false, false) => rest,
        };
        let layout = if pointers { ty as usize } else { 0 };
        let pointers = if pointers { Pointers::Record } else { Pointers::None };
        run_first(dst, src, Bulk { clear, layout, copy, pointers, answer: Answer::Object(words), ..Bulk::NONE });
        dst
    }
}

/// Does the work; comes back unless the goroutine yielded in the meantime, which then goes on behind its entry.
///
/// # Safety
/// In a system entry of the current goroutine, which returns next what `work` says. The ranges are valid, and in whole
/// words if they are to be recorded.
unsafe fn run_first(dst: *mut u8, src: *const u8, work: Bulk) {
    // SAFETY: on g0 of the current goroutine, whose descriptor is this entry's to use.
    unsafe {
        let gp = g();
        (*gp).ext.in_flight[DST] = dst as usize;
        (*gp).ext.in_flight[SRC] = src as usize;
        (*gp).ext.bulk = work;
        run(gp);
        finish(gp);
    }
}

/// The finish half of a goroutine that yielded: the rest, and what its entry answers.
///
/// # Safety
/// As a finish half of `gp`, which yielded in [`run`].
unsafe fn go_on(gp: *mut G) {
    // SAFETY: the goroutine is about to run on this thread; its descriptor holds the work.
    unsafe {
        run(gp);
        let [a, b, c, d] = match (*gp).ext.bulk.answer {
            Answer::Words(words) => words,
            Answer::Object([b, c, d]) => [(*gp).ext.in_flight[DST], b, c, d],
        };
        (*gp).ctx.regs = [a, b, c, d];
        finish(gp);
    }
}

/// # Safety
/// `gp` is the current goroutine, in a system entry.
unsafe fn finish(gp: *mut G) {
    // SAFETY: the current goroutine.
    unsafe {
        (*gp).ext.in_flight[DST] = 0;
        (*gp).ext.in_flight[SRC] = 0;
    }
}

/// Does piece after piece, until the work is done or the goroutine yields.
///
/// # Safety
/// On g0 of the thread of `gp`, whose context is saved and whose descriptor holds the work.
unsafe fn run(gp: *mut G) {
    // SAFETY: on g0 of the goroutine's thread, its context saved by the entry's stub; what it holds is in its descriptor.
    unsafe {
        while !piece(gp) {
            if (*gp).guard0.load(Ordering::Relaxed) == PREEMPT && may_give_way(m()) {
                (*gp).on_resume = Some(go_on);
                at_pause(gp);
                RT.sched.preempt_on_g0(gp)
            }
        }
    }
}

/// Does a piece; true if nothing is left.
///
/// # Safety
/// As for [`run`].
unsafe fn piece(gp: *mut G) -> bool {
    // SAFETY: the ranges are the entry's arguments, or its new object; between two calls of this they only move with the stack.
    unsafe {
        let (dst, src) = ((*gp).ext.in_flight[DST], (*gp).ext.in_flight[SRC]);
        let work = &mut (*gp).ext.bulk;
        // Pointers lie in whole words: where the ranges do not, the caller has announced none.
        let whole = (dst | src | work.copy | work.clear.end).is_multiple_of(8);
        let recorded = whole && work.pointers.is_recorded();
        let most = if recorded { RECORDED_PIECE } else { PIECE };
        if !work.clear.is_empty() {
            let (at, n) = (work.clear.start, work.clear.len().min(most));
            // What a new object holds are no pointers yet.
            if recorded && work.layout == 0 {
                GoMem.touch(|_| GoMem.barrier_bulk(dst + at, 0, n));
            }
            GoMem.touch(|access| raw::clear(access, (dst + at) as *mut u8, n));
            work.clear.start += n;
            return false;
        }
        if work.layout != 0 {
            RT.heap.set_layout(dst as *mut u8, work.layout);
            work.layout = 0;
        }
        let n = (work.copy - work.copied).min(most);
        let at = if work.backwards { work.copy - work.copied - n } else { work.copied };
        if recorded && n != 0 {
            GoMem.touch(|_| GoMem.barrier_bulk(dst + at, src + at, n));
        }
        GoMem.touch(|access| raw::copy(access, (dst + at) as *mut u8, (src + at) as *const u8, n));
        work.copied += n;
        work.copied == work.copy
    }
}

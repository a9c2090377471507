//! Long work on memory that an entry does for its goroutine: clearing and copying more than `LONG` bytes. It is done in
//! pieces, between which the goroutine yields where it is asked to, so that neither a world that is to be stopped nor other
//! goroutines wait for the whole.
//!
//! What is worked on is in the goroutine's descriptor (two places of `in_flight`, which are roots and follow
//! the stack). A goroutine that yields leaves the rest of the work ([`Bulk`]) in a record; it goes on in a finish half, and behind
//! its entry's stub when the work is done.
//!
//! A new object with pointers has no layout to the collector until it is clear: a marker that meets it earlier takes
//! what it still holds for plain bytes. By then it is black, and all its pointers are nil, as in any object made while marking.

use crate::barrier;
use crate::gc::charge;
use crate::memory::{GoMem, allocate_uncleared};
use crate::records::{Answer, Bulk, Making, Pointers};
use crate::safepoint::at_pause;
use crate::state::{G, RT, g, m, may_give_way};
use core::ops::Range;
use core::ptr::null_mut;
use core::sync::atomic::Ordering;
use goxide_gotypes::mem::{Mem as _, raw};
use goxide_gotypes::types::Type;
use goxide_sched::{Host as _, PREEMPT};
use goxide_sys::Lock;

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
        // SAFETY: passed on. One piece, that nobody is told of.
        return GoMem.touch(|access| unsafe { raw::clear(access, dst, n) });
    }
    // SAFETY: passed on.
    unsafe {
        run_first(dst, core::ptr::null(), Bulk { clear: 0..n, pointers, ..Bulk::NONE });
    }
}

/// Copies `n` bytes; the ranges may overlap. `answer` is what the entry answers.
///
/// # Safety
/// In a system entry, which returns that next. The ranges are valid, and in whole words if they are to be recorded.
pub unsafe fn copy(dst: *mut u8, src: *const u8, n: usize, pointers: Pointers, answer: usize) {
    if n <= PIECE && !pointers.is_recorded() {
        // SAFETY: passed on. One piece, that nobody is told of.
        return GoMem.touch(|access| unsafe { raw::copy(access, dst, src, n) });
    }
    let backwards = (dst as usize).wrapping_sub(src as usize) < n;
    let answer = Answer::Words([answer, 0, 0, 0]);
    // SAFETY: passed on.
    unsafe {
        run_first(dst, src, Bulk { copy: n, backwards, pointers, answer, ..Bulk::NONE });
    }
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
    let layout = ty as usize;
    let pointers = if ty.is_null() { Pointers::None } else { Pointers::Record };
    let making = Making { size, ..Bulk::NONE.making };
    // SAFETY: the caller's; there is no object yet.
    unsafe {
        let work = Bulk { making, clear: rest, layout, copy, pointers, answer: Answer::Object(words), ..Bulk::NONE };
        run_first(core::ptr::null_mut(), src, work)
    }
}

/// Does the work, and answers where what is written lies; does not come back if the goroutine yielded in the meantime, which then
/// goes on behind its entry.
unsafe fn run_first(dst: *mut u8, src: *const u8, mut work: Bulk) -> *mut u8 {
    // SAFETY: on g0 of the current goroutine, whose descriptor is this entry's to use.
    unsafe {
        let gp = g();
        (*gp).ext.in_flight[DST] = dst as usize;
        (*gp).ext.in_flight[SRC] = src as usize;
        run(gp, &mut work);
        finish(gp)
    }
}

/// Spare records: as many as goroutines ever yielded at once in the middle of long work.
struct Spare(*mut Bulk);
// SAFETY: the list is used under its lock.
unsafe impl Send for Spare {}
static SPARE: Lock<Spare> = Lock::new(Spare(null_mut()));

/// Leaves what is left of the work of `gp`, which yields, in a record.
unsafe fn leave(gp: *mut G, work: &mut Bulk) {
    let taken = {
        let mut spare = SPARE.lock();
        let at = spare.0;
        if !at.is_null() {
            // SAFETY: a spare record, linked by `take_up`.
            spare.0 = unsafe { (*at).spare };
        }
        at
    };
    // SAFETY: a record that nothing else has; the current goroutine's descriptor.
    unsafe {
        let at = match taken.is_null() {
            true => RT.sched.host().alloc_record(size_of::<Bulk>(), align_of::<Bulk>()).cast::<Bulk>(),
            false => taken,
        };
        at.write(core::mem::replace(work, Bulk::NONE));
        (*gp).ext.bulk = at;
    }
}

/// Takes up what [`leave`] left.
unsafe fn take_up(gp: *mut G) -> Bulk {
    // SAFETY: the current goroutine's descriptor; the record is its own, filled in when it yielded, and spare once it is read.
    unsafe {
        let at = core::mem::replace(&mut (*gp).ext.bulk, null_mut());
        let work = core::mem::replace(&mut *at, Bulk::NONE);
        let mut spare = SPARE.lock();
        (*at).spare = spare.0;
        spare.0 = at;
        work
    }
}

/// The finish half of a goroutine that yielded: the rest, and what its entry answers.
unsafe fn go_on(gp: *mut G) {
    // SAFETY: the goroutine is about to run on this thread; its descriptor holds the work.
    unsafe {
        let mut work = take_up(gp);
        run(gp, &mut work);
        let dst = finish(gp) as usize;
        (*gp).ctx.regs = match work.answer {
            Answer::Words(words) => words,
            Answer::Object([b, c, d]) => [dst, b, c, d],
        };
    }
}

unsafe fn finish(gp: *mut G) -> *mut u8 {
    // SAFETY: the current goroutine.
    unsafe {
        (*gp).ext.in_flight[SRC] = 0;
        core::mem::take(&mut (*gp).ext.in_flight[DST]) as *mut u8
    }
}

/// Does piece after piece, until the work is done or the goroutine yields.
unsafe fn run(gp: *mut G, work: &mut Bulk) {
    // SAFETY: on g0 of the goroutine's thread, its context saved by the entry's stub; what it holds is in its descriptor.
    unsafe {
        while !step(gp, work) {
            if (*gp).guard0.load(Ordering::Relaxed) == PREEMPT && may_give_way(m()) {
                leave(gp, work);
                (*gp).on_resume = Some(go_on);
                at_pause(gp);
                RT.sched.preempt_on_g0(gp)
            }
        }
    }
}

/// Does a piece, or what comes before the first; true if nothing is left.
unsafe fn step(gp: *mut G, work: &mut Bulk) -> bool {
    // SAFETY: as in `run`.
    unsafe {
        if work.making.size == 0 {
            return piece(gp, work);
        }
        // Without a safepoint next it would only hold up others.
        if !may_give_way(m()) || charge::advance(gp, &mut work.making) {
            make(gp, work);
        }
        false
    }
}

/// Makes the object that is to be written.
unsafe fn make(gp: *mut G, work: &mut Bulk) {
    // SAFETY: as in `run`. Nothing else has the object yet.
    unsafe {
        let size = core::mem::take(&mut work.making.size);
        let dst = allocate_uncleared(size, work.layout as *const Type);
        (*gp).ext.in_flight[DST] = dst as usize;
        // What lies behind the last value counts as more of them to the collector, up to the span's end.
        let span = RT.heap.span_of(dst as usize);
        let (is_clear, whole) = span.map_or((true, size), |s| (!s.needzero(), s.elem_size()));
        if is_clear {
            work.clear = 0..0;
        } else if work.layout != 0 {
            work.clear = 0..whole;
        }
    }
}

/// Does a piece; true if nothing is left.
unsafe fn piece(gp: *mut G, work: &mut Bulk) -> bool {
    // SAFETY: the ranges are the entry's arguments, or its new object; between two calls of this they only move with the stack.
    unsafe {
        let (dst, src) = ((*gp).ext.in_flight[DST], (*gp).ext.in_flight[SRC]);
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

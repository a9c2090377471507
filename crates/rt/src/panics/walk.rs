//! From frame to frame in search of deferred calls: chained records and open-coded ones. Who asks and why is in `run`.

use crate::fatal;
use crate::links::FuncVal;
use crate::panics::record::{Cursor, Defer, callable};
use crate::panics::spare;
use crate::persistent::pc_cache;
use crate::state::{G, symtab};
use crate::token::System;
use crate::unwind;
use goxide_symtab::ids::FuncData;
use goxide_symtab::unwind::{Frame, Mode, Start, Unwinder};
use goxide_symtab::{Native, PcCache};

fn unwinder(gp: *mut G, at: &Cursor, cache: &mut PcCache<'static>) -> Unwinder<'static, Native> {
    // SAFETY: the goroutine is stopped in an entry, and the cursor is at one of its frames.
    unsafe {
        let limits = unwind::limits(gp);
        match Unwinder::<Native>::new(symtab(), cache, Start::saved(at.pc, at.sp, 0), limits, Mode::Precise) {
            Ok(u) => u,
            Err(f) => fatal::bad_stack(gp, &f),
        }
    }
}

/// The frame at a cursor.
///
/// # Safety
/// In a system entry of `gp`, one of whose frames the cursor is at.
pub unsafe fn frame_at(sys: System<'_>, gp: *mut G, at: &Cursor) -> Option<Frame<'static>> {
    let cache = pc_cache(sys.into_processor());
    let u = unwinder(gp, at, cache);
    (u.frame().func.deferreturn() != 0).then(|| *u.frame())
}

/// Takes the next deferred call off, from the frame at the cursor outwards; moves the cursor to its frame.
///
/// # Safety
/// In a system entry of `gp`, one of whose frames the cursor is at.
pub unsafe fn next(sys: System<'_>, gp: *mut G, cursor: &mut Cursor) -> Option<FuncVal> {
    let mut proc = sys.into_processor();
    let cache = pc_cache(proc.lend());
    let mut u = unwinder(gp, cursor, cache);
    loop {
        let frame = *u.frame();
        *cursor = Cursor { pc: frame.pc, sp: frame.sp };
        if frame.func.deferreturn() != 0 {
            // SAFETY: the frame is this goroutine's, at a call.
            unsafe {
                if Defer::has(gp, frame.sp) {
                    return spare::take_call(proc, gp, frame.sp);
                }
                if let Some(f) = take_open_coded(&frame) {
                    return Some(f);
                }
            }
        }
        match u.step(cache) {
            Ok(true) => {}
            Ok(false) => return None,
            // SAFETY: the current goroutine.
            Err(f) => unsafe { fatal::bad_stack(gp, &f) },
        }
    }
}

/// As `take_open_coded`, of the frame at a cursor.
///
/// # Safety
/// In a system entry of `gp`, one of whose frames the cursor is at.
pub unsafe fn take_open_coded_at(sys: System<'_>, gp: *mut G, at: &Cursor) -> Option<FuncVal> {
    let cache = pc_cache(sys.into_processor());
    let u = unwinder(gp, at, cache);
    // SAFETY: a frame of the goroutine's that goes on at a call.
    unsafe { take_open_coded(u.frame()) }
}

/// The newest open-coded deferred call of a frame that is still to be made.
///
/// # Safety
/// `frame` is one of a goroutine that is in a system entry, and goes on at a call.
unsafe fn take_open_coded(frame: &Frame<'_>) -> Option<FuncVal> {
    let info = frame.func.funcdata(FuncData::OPEN_CODED_DEFER_INFO)?;
    // SAFETY: the compiler's record: offset of the byte of bits below the locals' end, number of calls, then the offset of
    // each call's closure, the last one first. The slots are in the frame.
    unsafe {
        let mut at = info.as_ptr().cast_const();
        let bits = (frame.varp - uvarint(&mut at)) as *mut u8;
        let n = uvarint(&mut at);
        for i in (0..n).rev() {
            let slot = uvarint(&mut at);
            let bit = 1u8 << i;
            if *bits & bit != 0 {
                *bits &= !bit;
                return Some(callable(*((frame.varp - slot) as *const FuncVal)));
            }
        }
    }
    None
}

/// Decodes the compiler's variable-length numbers.
///
/// # Safety
/// `*at` points to one.
unsafe fn uvarint(at: &mut *const u8) -> usize {
    let (mut v, mut shift) = (0, 0);
    loop {
        // SAFETY: a whole number is at `*at` (this function's contract): its bytes up to the first below 0x80 are there.
        let b = unsafe { **at };
        // SAFETY: one past the byte that was just read is at most one past the end of what it lies in.
        *at = unsafe { at.add(1) };
        v |= usize::from(b & 0x7f) << shift;
        if b & 0x80 == 0 {
            return v;
        }
        shift += 7;
    }
}

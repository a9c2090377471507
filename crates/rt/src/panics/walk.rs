//! From frame to frame in search of deferred calls: chained records and open-coded ones. Who asks and why is in `run`.

use crate::fatal;
use crate::links::FuncVal;
use crate::panics::record::{Cursor, Defer, Found, callable};
use crate::panics::spare;
use crate::persistent::pc_cache;
use crate::state::{G, symtab};
use crate::token::{Processor, System};
use crate::unwind;
use core::ptr::null;
use goxide_symtab::ids::FuncData;
use goxide_symtab::unwind::{Mode, Start, Unwinder};
use goxide_symtab::{Native, PcCache};

/// A walk that begins at a cursor. In its caller's place, since it is a large value.
#[inline(always)]
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

/// Takes the next deferred call off, from the frame at the cursor outwards; moves the cursor to its frame.
///
/// # Safety
/// In a system entry of `gp`, one of whose frames the cursor is at.
pub unsafe fn next(sys: System<'_>, gp: *mut G, cursor: &mut Cursor) -> Option<FuncVal> {
    let mut proc = sys.into_processor();
    let cache = pc_cache(proc.lend());
    let mut u = unwinder(gp, cursor, cache);
    loop {
        let frame = u.frame();
        *cursor = Cursor { pc: frame.pc, sp: frame.sp, found: None };
        let deferreturn = frame.func.deferreturn() as usize;
        if deferreturn != 0 {
            let open_coded = frame.func.funcdata(FuncData::OPEN_CODED_DEFER_INFO);
            cursor.found = Some(Found {
                resume: frame.func.entry() + deferreturn,
                size: frame.fp - frame.sp,
                variables: frame.varp - frame.sp,
                open_coded: open_coded.map_or(null(), |info| info.as_ptr().cast_const()),
            });
            // SAFETY: the frame is this goroutine's, at a call.
            unsafe {
                if Defer::has(gp, frame.sp) {
                    return spare::take_call(proc, gp, frame.sp);
                }
                if let Some(f) = take_open_coded(cursor) {
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

/// The next deferred call of the frame at the cursor, if that has more of those of which one was made last. For a leaf.
///
/// # Safety
/// In an entry of `gp`, one of whose frames the cursor is at.
#[inline(always)]
pub unsafe fn next_here(proc: Processor<'_>, gp: *mut G, cursor: &Cursor) -> Option<FuncVal> {
    // SAFETY: in an entry of `gp`, one of whose frames, at a call, the cursor is at (this function's contract).
    unsafe {
        if Defer::has(gp, cursor.sp) {
            return spare::take_call(proc, gp, cursor.sp);
        }
        take_open_coded(cursor)
    }
}

/// The newest open-coded deferred call that is still to be made of the frame with these pc and stack pointer.
///
/// # Safety
/// In a system entry of `gp`, of which this is a frame.
pub unsafe fn take_open_coded_at(sys: System<'_>, gp: *mut G, pc: usize, sp: usize) -> Option<FuncVal> {
    let mut at = Cursor { pc, sp, found: None };
    let cache = pc_cache(sys.into_processor());
    let u = unwinder(gp, &at, cache);
    let frame = u.frame();
    let open_coded = frame.func.funcdata(FuncData::OPEN_CODED_DEFER_INFO)?.as_ptr().cast_const();
    at.found = Some(Found { resume: 0, size: 0, variables: frame.varp - frame.sp, open_coded });
    // SAFETY: a frame of the goroutine's that goes on at a call.
    unsafe { take_open_coded(&at) }
}

/// Whether open-coded calls of the frame at a cursor are still to be made.
///
/// # Safety
/// As for `take_open_coded`.
pub unsafe fn has_open_coded(cursor: &Cursor) -> bool {
    // SAFETY: this function's contract.
    unsafe { bits_of(cursor).is_some_and(|(bits, ..)| *bits != 0) }
}

/// The byte of bits of a frame's open-coded calls, the end of its variables, and what follows in the compiler's record.
///
/// # Safety
/// As for [`take_open_coded`].
#[inline(always)]
unsafe fn bits_of(cursor: &Cursor) -> Option<(*mut u8, usize, *const u8)> {
    let mut at = cursor.found?.open_coded;
    if at.is_null() {
        return None;
    }
    let variables = cursor.sp + cursor.found?.variables;
    // SAFETY: the compiler's record begins with the offset of the byte below the end of the variables.
    let bits = (variables - unsafe { uvarint(&mut at) }) as *mut u8;
    Some((bits, variables, at))
}

/// The newest open-coded deferred call of a frame that is still to be made.
///
/// # Safety
/// The cursor is at a frame of a goroutine that is in an entry, which goes on at a call.
#[inline]
unsafe fn take_open_coded(cursor: &Cursor) -> Option<FuncVal> {
    // SAFETY: behind the bits' place the compiler's record has the number of calls, then the offset of each call's closure, the last one
    // first. The slots are in the frame.
    unsafe {
        let (bits, variables, mut at) = bits_of(cursor)?;
        if *bits == 0 {
            return None;
        }
        let n = uvarint(&mut at);
        for i in (0..n).rev() {
            let slot = uvarint(&mut at);
            let bit = 1u8 << (i & 7);
            if *bits & bit != 0 {
                *bits &= !bit;
                return Some(callable(*((variables - slot) as *const FuncVal)));
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

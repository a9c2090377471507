//! Where compiled code may be stopped between two instructions, and what a frame that was stopped so may hold.
//!
//! At a call the compiler's maps say which words of a frame are pointers. Between calls there are no maps, so whatever stops a
//! goroutine there must take every word of the innermost frame, and every register, for what may be a pointer. The compiler marks
//! the instructions at which even that does not do: a pointer is nowhere (prologues), or a sequence must not be divided (the write
//! barrier's, and all of a function without a stack check). Some sequences may be left but have to be started again.
//!
//! Sending the signal and saving the registers is not done here.

use super::arch::Arch;
use super::functab::{Func, Symtab};
use super::ids::{FuncData, FuncFlag, FuncId, PcData, unsafe_point};
use super::inline::LogicalFrames;
use super::unwind::{Frame, Limits, Unwinder};
use core::ops::Range;

/// Bytes of code that a sequence to be started again has at most.
const LONGEST_SEQUENCE: usize = 20;

/// What an injected call and what that calls take of the stack besides the frame of its function: the interrupted address, or
/// the link register; the frames of two calls without locals.
const BESIDES: usize = 64;

/// Where to go on if the code at `pc` is stopped before that instruction: mostly `pc` itself. `None` if it must not be stopped there.
///
/// Functions in assembly must not (nothing is known about them), nor what belongs to package runtime, inlined or not, nor package
/// reflect, which holds pointers that no map describes.
///
/// Allocates nothing and takes no lock, so that a signal handler can call it. Takes time in the length of the function's tables:
/// about 100 ns, microseconds in functions of thousands of lines.
pub fn resume_pc(func: Func<'_>, pc: usize) -> Option<usize> {
    if func.flag().has(FuncFlag::ASM) {
        return None;
    }
    let (value, from) = func.pcdata_from(PcData::UNSAFE_POINT, pc)?;
    let resume = match value {
        unsafe_point::SAFE => pc,
        unsafe_point::RESTART_1 | unsafe_point::RESTART_2 if pc.wrapping_sub(from) <= LONGEST_SEQUENCE => from,
        unsafe_point::RESTART_AT_ENTRY => func.entry(),
        _ => return None,
    };
    func.funcdata(FuncData::LOCALS_POINTER_MAPS)?;
    let name = LogicalFrames::new(func, pc).next()?.name();
    let excluded = [&b"runtime."[..], b"runtime/internal/", b"reflect."].iter().any(|prefix| name.starts_with(prefix));
    (!excluded).then_some(resume)
}

/// Bytes of stack that the injected call takes of the function whose code begins at `target`.
pub fn room(tab: Symtab<'_>, target: usize) -> usize {
    tab.find_func(target).map_or(usize::MAX, |f| f.max_sp_delta() as usize + BESIDES)
}

impl<A: Arch> Unwinder<'_, A> {
    /// Whether the maps of this frame do not hold: it was interrupted between two instructions, or holds the registers of a frame
    /// that was.
    #[inline(always)]
    pub fn is_inexact(&self) -> bool {
        self.frame().func.id() == FuncId::ASYNC_PREEMPT || self.callee() == FuncId::ASYNC_PREEMPT
    }
}

impl Frame<'_> {
    /// Where a frame that is [inexact](Unwinder::is_inexact) may hold pointers: its locals, saved registers among them, and its arguments,
    /// in whole words inside of `limits`.
    pub fn words(&self, limits: Limits) -> [Range<usize>; 2] {
        let args = self.func.args_size().unwrap_or(0);
        [self.sp..self.varp, self.argp..self.argp.wrapping_add(args)].map(|r| {
            let r = r.start.next_multiple_of(8)..r.end & !7;
            if r.start < r.end && limits.holds(r.start, r.end - r.start) { r } else { 0..0 }
        })
    }
}

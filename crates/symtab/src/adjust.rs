//! Rewriting the pointers of a stack that was copied to another address.
//!
//! The stack has been copied whole; the walk reads the new copy, whose return
//! addresses are right, and rewrites every word in its frames that points into
//! the old one. Roots outside of the frames (the goroutine's saved context, its
//! defer and panic records, its channel waits) are the caller's.

use super::arch::Arch;
use super::cache::PcCache;
use super::fault::{Fault, FaultKind};
use super::functab::Symtab;
use super::unwind::{Frame, Limits, Mode, Start, Unwinder};

/// No pointer to Go memory is below this, and none but nil to anything.
pub const MIN_LEGAL_POINTER: usize = 4096;

/// Rewrites one word that holds a pointer. Implemented by code that knows where
/// the stack was and is.
pub trait Relocate {
    /// If the word at `slot` points into the old stack, makes it point to the
    /// same place in the new one. Returns what it held before.
    ///
    /// # Safety
    /// `slot` is a word of the new stack that can be read and written.
    unsafe fn relocate(&self, slot: *mut usize) -> usize;
}

/// A stack that has moved, with nothing else touching it.
#[derive(Clone, Copy, Debug)]
pub struct Move {
    /// Where it was.
    pub old: Limits,
    /// What is to be added to an address in it.
    pub delta: usize,
}

impl Move {
    /// From `old` to `new`. The ends with the high addresses correspond.
    #[inline]
    pub const fn new(old: Limits, new: Limits) -> Self {
        Self { old, delta: new.hi.wrapping_sub(old.hi) }
    }

    /// Where a value of the old stack's time points now.
    #[inline(always)]
    pub const fn apply(&self, value: usize) -> usize {
        if value.wrapping_sub(self.old.lo) < self.old.hi - self.old.lo { value.wrapping_add(self.delta) } else { value }
    }
}

impl Relocate for Move {
    #[inline(always)]
    unsafe fn relocate(&self, slot: *mut usize) -> usize {
        // SAFETY: `slot` is a word that can be read and written (this function's contract).
        unsafe {
            let old = *slot;
            if old.wrapping_sub(self.old.lo) < self.old.hi - self.old.lo {
                *slot = old.wrapping_add(self.delta);
            }
            old
        }
    }
}

/// Rewrites the pointers of every frame of a stack.
///
/// `start` and `limits` are those of the new copy. With `check_pointers`, a
/// small number in a word that should hold a pointer is an error (Go's
/// `GODEBUG=invalidptr`).
///
/// # Errors
/// The first thing that is wrong with a frame or its tables; the frames before it are rewritten.
///
/// # Safety
/// - `limits` is the new copy of a stopped goroutine's stack, which can be read
///   and written from `start.sp` on, and `start` is its saved context.
/// - Nothing else uses the new copy, or `relocate` deals with it.
pub unsafe fn adjust_stack<'m, A: Arch>(
    tab: Symtab<'m>,
    cache: &mut PcCache<'m>,
    start: Start,
    limits: Limits,
    relocate: &impl Relocate,
    check_pointers: bool,
) -> Result<(), Fault<'m>> {
    // SAFETY: from `start.sp` on `limits` can be read and holds the frames of a stopped goroutine, whose saved context
    // `start` is; nothing writes there but `relocate`, and that only pointers in frames (this function's contract).
    let mut u = unsafe { Unwinder::<A>::new(tab, cache, start, limits, Mode::Precise) }?;
    loop {
        // SAFETY: this function's contract is that of `adjust_frame`, for the frame that the unwinder of the same limits is
        // at.
        unsafe { adjust_frame::<A>(u.frame(), cache, limits, relocate, check_pointers) }?;
        if !u.step(cache)? {
            return Ok(());
        }
    }
}

/// Rewrites the pointers of one frame, its arguments among them; the arguments
/// it passes to its callee are the callee's.
///
/// # Errors
/// What is wrong with the frame's maps, or with a pointer in it; some of its pointers may be rewritten.
///
/// # Safety
/// As [`adjust_stack`]; `frame` is one that an unwinder of architecture `A` with
/// `limits` found there.
#[inline(always)]
pub unsafe fn adjust_frame<'m, A: Arch>(
    frame: &Frame<'m>,
    cache: &mut PcCache<'m>,
    limits: Limits,
    relocate: &impl Relocate,
    check_pointers: bool,
) -> Result<(), Fault<'m>> {
    if frame.continpc == 0 {
        // It will not run again.
        return Ok(());
    }
    if frame.has_frame_pointer() && limits.holds(frame.varp, 8) {
        // SAFETY: inside the limits.
        unsafe { relocate.relocate(slot_at(frame.varp)) };
    }
    // SAFETY: an unwinder of `A` found the frame with these limits (this function's contract). Of its stack only the word
    // at `varp` was rewritten since, which holds no pointer map.
    let maps = unsafe { frame.maps::<A>(cache, limits) }?;

    let base = maps.locals_addr(frame);
    maps.locals.try_each(|i| {
        let slot = slot_at(base + i * 8);
        // SAFETY: `maps` checked that the locals are inside the limits.
        let old = unsafe { relocate.relocate(slot) };
        if old.wrapping_sub(1) < MIN_LEGAL_POINTER - 1 && check_pointers {
            return Err(bad_pointer(frame, slot, old));
        }
        Ok(())
    })?;

    maps.args.try_each(|i| {
        // A word of the arguments may be junk: dead results are in the map.
        // SAFETY: `maps` checked that the arguments are inside the limits.
        unsafe { relocate.relocate(slot_at(frame.argp + i * 8)) };
        Ok(())
    })?;

    // All of them, alive or not: whether they are is not known here, and it
    // does no harm.
    for i in 0..maps.objects.len() {
        let Some(object) = maps.objects.get(i) else {
            break;
        };
        let Some(addr) = object.addr(frame) else {
            continue;
        };
        if !limits.holds(addr, object.ptrdata) {
            return Err(out_of_bounds(frame, addr));
        }
        object.try_each_pointer(|off| {
            // SAFETY: inside the limits, as just checked.
            unsafe { relocate.relocate(slot_at(addr + off)) };
            Ok(())
        })?;
    }
    Ok(())
}

#[inline(always)]
fn slot_at(addr: usize) -> *mut usize {
    core::ptr::with_exposed_provenance_mut(addr)
}

#[cold]
fn bad_pointer<'m>(frame: &Frame<'m>, slot: *mut usize, value: usize) -> Fault<'m> {
    let kind = FaultKind::BadPointer { slot: slot as usize, value };
    Fault { kind, func: Some(frame.func), pc: frame.pc, sp: frame.sp }
}

#[cold]
fn out_of_bounds<'m>(frame: &Frame<'m>, addr: usize) -> Fault<'m> {
    Fault { kind: FaultKind::OutOfBounds(addr), func: Some(frame.func), pc: frame.pc, sp: frame.sp }
}

/// Rewrites a saved frame pointer, and on machines that keep the innermost one
/// below the stack pointer, brings that word over and rewrites it too.
///
/// Returns the new frame pointer.
///
/// # Safety
/// - `bp` and `old_sp` are of the saved context before the move, and the old
///   stack can still be read;
/// - `relocate` moves to the new copy, of which the word below the stack pointer
///   can be written.
pub unsafe fn adjust_frame_pointer<A: Arch>(bp: usize, old_sp: usize, relocate: &impl Relocate) -> usize {
    let mut new = bp;
    // SAFETY: a local variable.
    unsafe { relocate.relocate(&mut new) };
    if A::USES_LR && bp != 0 && bp == old_sp.wrapping_sub(8) {
        // SAFETY: `bp` is a word of the old stack, which can still be read; it lies below `old_sp`, so `new` is the word
        // below the new stack pointer, which can be written (this function's contract).
        unsafe {
            *slot_at(new) = *slot_at(bp);
            relocate.relocate(slot_at(new));
        }
    }
    new
}

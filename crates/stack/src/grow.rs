//! Moving a stack: how big the next one is, copying the used part, and rewriting the words that point into the old
//! one. Which words those are is known to the frame walker, a seam that the caller fills.

use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use crate::{Bounds, Context, GUARD, MIN_STACK, NOSPLIT};

/// The frame walker: knows the frames of a task and which of their words are pointers.
pub trait Frames {
    /// Calls one of `adj`'s methods for each word that may point into the old stack, in every frame of the task that
    /// `ctx` would resume. Called once per move, by [`relocate`], after the copy: `ctx` and the frames are on the new
    /// stack already, their words still as they were. The task does not run. Saved frame pointers count as pointers.
    ///
    /// # Safety
    /// For the caller: `ctx` is a suspended task's whose stack was just copied as `adj` says.
    unsafe fn adjust_frames(&self, ctx: &Context, adj: &Adjuster);
}

/// Rewrites words that point into the stack that was moved.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Adjuster {
    /// Where the stack was.
    pub old: Bounds,
    /// What to add to an old address, modulo 2^64, for the new one.
    pub delta: usize,
    /// Slots below this address (on the new stack) can be written by others in the meantime, and are changed
    /// atomically. 0 for none.
    pub shared_below: usize,
}

impl Adjuster {
    /// For a move from `old` to `new`: stacks are moved by their tops.
    #[inline]
    pub const fn new(old: Bounds, new: Bounds) -> Adjuster {
        Adjuster { old, delta: new.hi.wrapping_sub(old.hi), shared_below: 0 }
    }

    /// The new address of what is at `word` if that is an address in the old stack, else `word`.
    #[inline(always)]
    pub const fn moved(&self, word: usize) -> usize {
        if self.old.contains(word) { word.wrapping_add(self.delta) } else { word }
    }

    /// Rewrites one word.
    #[inline(always)]
    pub fn adjust(&self, slot: &mut usize) {
        *slot = self.moved(*slot);
    }

    /// Rewrites one word that others may write at the same time (a value received into this stack). Whatever they
    /// write does not point into the old stack, so losing the race is as good as winning it.
    #[inline]
    pub fn adjust_shared(&self, slot: &AtomicUsize) {
        let word = slot.load(Relaxed);
        let moved = self.moved(word);
        if moved != word {
            // Relaxed: stacks are moved under locks or stopped tasks, which order this with everything else.
            let _ = slot.compare_exchange(word, moved, Relaxed, Relaxed);
        }
    }

    /// Rewrites the word at `slot`.
    ///
    /// # Safety
    /// `slot` is aligned, readable and writable, and, from `shared_below` on, nothing else touches it.
    #[inline(always)]
    pub unsafe fn adjust_at(&self, slot: *mut usize) {
        // SAFETY: the slot is aligned and may be written; below `shared_below`, where others may write too, an atomic
        // does it.
        unsafe {
            if slot.addr() < self.shared_below {
                self.adjust_shared(AtomicUsize::from_ptr(slot));
            } else {
                self.adjust(&mut *slot);
            }
        }
    }

    /// Rewrites those of `nwords` words from `base` on whose bit in `bits` is set, lowest bit of the first byte first.
    ///
    /// # Safety
    /// `bits` is readable for `nwords` bits, and the words with a set bit are as [`Adjuster::adjust_at`] wants them.
    pub unsafe fn adjust_bitmap(&self, base: *mut usize, bits: *const u8, nwords: usize) {
        let mut i = 0;
        while i < nwords {
            // SAFETY: bit `i` is below `nwords`.
            let mut byte = unsafe { *bits.add(i / 8) } as u32;
            if nwords - i < 8 {
                byte &= (1 << (nwords - i)) - 1;
            }
            while byte != 0 {
                // SAFETY: the bit is set and below `nwords`.
                unsafe { self.adjust_at(base.add(i + byte.trailing_zeros() as usize)) };
                byte &= byte - 1;
            }
            i += 8;
        }
    }
}

/// Copies the topmost `used` bytes of `old` to the top of `new`.
///
/// # Safety
/// `used` is at most the size of either stack, both are the caller's, they do not overlap, and the task on them does
/// not run.
#[inline]
pub unsafe fn copy_stack(old: Bounds, used: usize, new: Bounds) -> Adjuster {
    debug_assert!(used <= old.size() && used <= new.size());
    // SAFETY: `used` bytes up to the ends lie in both stacks, which do not overlap and on which nothing runs.
    unsafe { goxide_sys::mem::copy((new.hi - used) as *mut u8, (old.hi - used) as *const u8, used) };
    Adjuster::new(old, new)
}

/// Moves the suspended task `ctx` from `old` to `new`: copies, adjusts `ctx`, has the frames adjusted. What points
/// into the old stack from elsewhere (wait records, defer records) is the caller's, with the adjuster returned.
///
/// # Safety
/// As for [`copy_stack`] with what `ctx.sp` says is used; and `frames` knows this task.
pub unsafe fn relocate(ctx: &mut Context, old: Bounds, new: Bounds, frames: &impl Frames) -> Adjuster {
    // SAFETY: the caller's contract, for both.
    unsafe {
        let adj = copy_stack(old, old.hi - ctx.sp, new);
        ctx.adjust(&adj);
        frames.adjust_frames(ctx, &adj);
        adj
    }
}

/// The stack would exceed its limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Overflow {
    /// The size that would be needed.
    pub size: usize,
}

impl core::fmt::Display for Overflow {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "a stack of {} bytes exceeds its limit", self.size)
    }
}

impl core::error::Error for Overflow {}

/// The size of the stack that follows `old`, of which the part above `sp` is used, for a function that wants `frame`
/// bytes: twice the size, and doubled on until frame and guard fit.
pub fn next_size(old: Bounds, sp: usize, frame: usize, max: usize) -> Result<usize, Overflow> {
    let used = old.hi - sp;
    let need = used.saturating_add(frame).saturating_add(GUARD);
    let mut size = old.size() * 2;
    while size < need && size <= max {
        size *= 2;
    }
    if size > max { Err(Overflow { size }) } else { Ok(size) }
}

/// The size to shrink to if less than a quarter of the stack is used (counting what unchecked functions may use).
pub fn should_shrink(stack: Bounds, sp: usize) -> Option<usize> {
    let size = stack.size() / 2;
    let used = stack.hi - sp + NOSPLIT;
    (size >= MIN_STACK && used < stack.size() / 4).then_some(size)
}

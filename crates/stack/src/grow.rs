//! Moving a stack: how big the next one is, copying the used part, and having the words rewritten that
//! point into the old one (`adjust`). Which words those are is known to the frame walker, a seam that the caller fills.

pub use crate::adjust::Adjuster;
use crate::{Bounds, Context, GUARD, MIN_STACK};

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

/// Copies the topmost `used` bytes of `old` to the top of `new`.
///
/// # Safety
/// `used` is at most the size of either stack, both are the caller's, they do not overlap, and the task on them does
/// not run.
#[inline]
pub unsafe fn copy_stack(old: Bounds, used: usize, new: Bounds) -> Adjuster {
    debug_assert!(used <= old.size() && used <= new.size());
    // SAFETY: `used` is at most the size of either stack, they do not overlap, nothing else uses them, and the task does
    // not run (this function's contract), so so many bytes at the top of both may be read and written.
    unsafe { goxide_sys::mem::copy((new.hi - used) as *mut u8, (old.hi - used) as *const u8, used) };
    Adjuster::new(old, new)
}

/// Moves the suspended task `ctx` from `old` to `new`: copies, adjusts `ctx`, has the frames adjusted. What points
/// into the old stack from elsewhere (wait records, defer records) is the caller's, with the adjuster returned.
///
/// # Safety
/// As for [`copy_stack`] with what `ctx.sp` says is used; and `frames` knows this task.
pub unsafe fn relocate(ctx: &mut Context, old: Bounds, new: Bounds, frames: &impl Frames) -> Adjuster {
    // SAFETY: what `ctx.sp` says is used fits, and the task does not run (`copy_stack`'s promise); `frames` knows the task,
    // whose stack was just copied as `adj` says.
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
///
/// # Errors
/// [`Overflow`], with the size that would be needed, if that is above `max`.
pub fn next_size(old: Bounds, sp: usize, frame: usize, max: usize) -> Result<usize, Overflow> {
    let used = old.hi - sp;
    let need = used.saturating_add(frame).saturating_add(GUARD);
    let mut size = old.size() * 2;
    while size < need && size <= max {
        size *= 2;
    }
    if size > max { Err(Overflow { size }) } else { Ok(size) }
}

/// The size to shrink to if less than a quarter of the stack is used (counting what a prologue guarantees).
pub fn should_shrink(stack: Bounds, sp: usize) -> Option<usize> {
    let size = stack.size() / 2;
    let used = stack.hi - sp + GUARD;
    (size >= MIN_STACK && used < stack.size() / 4).then_some(size)
}

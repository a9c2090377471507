//! The host's memory and unwinding, for tests.

use std::alloc::{Layout, alloc_zeroed};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// `size` zero bytes that nothing else uses, at a multiple of `align`, a power of two; null if there are none. They are never freed.
pub fn fresh(size: usize, align: usize) -> *mut u8 {
    let Ok(layout) = Layout::from_size_align(size.max(1), align.max(4096)) else { return std::ptr::null_mut() };
    // SAFETY: the size is not 0.
    unsafe { alloc_zeroed(layout) }
}

/// What is unwound with.
struct Leave;

/// Goes back to [`caught`]. The frames between own nothing.
pub fn leave() -> ! {
    resume_unwind(Box::new(Leave))
}

/// Calls `f`, up to where it ends or leaves.
pub fn caught(f: &mut dyn FnMut()) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(f))
        && !payload.is::<Leave>()
    {
        resume_unwind(payload);
    }
}

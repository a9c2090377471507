//! What an entry asks of the frames of its goroutine: who called it, and what it has on its stack.

use crate::fatal;
use crate::persistent::pc_cache;
use crate::state::{G, symtab};
use crate::token::System;
use crate::unwind::{limits, saved};
use goxide_symtab::Native;
use goxide_symtab::frames::callers;
use goxide_symtab::unwind::{Mode, Unwinder};

/// Where the stub of the current entry returns to in compiled code.
///
/// # Safety
/// In a system entry of `gp`.
#[inline]
pub unsafe fn caller_pc(gp: *mut G) -> usize {
    // SAFETY: the context's stack pointer is that at a call from the stub, also for an entry called on g0 (which has no other
    // context). The stub has no frame on amd64 and the smallest one on arm64: either way the return address lies there.
    unsafe { *((*gp).ctx.sp as *const usize) }
}

/// The stack pointer that the caller of the current entry's stub has after the stub returns.
///
/// # Safety
/// In a system entry of `gp`, entered from the goroutine's stack.
pub unsafe fn stub_frame_end(sys: System<'_>, gp: *mut G) -> usize {
    let cache = pc_cache(sys.into_processor());
    // SAFETY: the context is the stub's.
    unsafe {
        match Unwinder::<Native>::new(symtab(), cache, saved(gp), limits(gp), Mode::BestEffort) {
            Ok(u) => u.frame().fp,
            Err(_) => fatal::throw(b"goxide: an entry without a stub"),
        }
    }
}

/// The name of the physical frame `skip` frames out of the entry that `gp` is in.
///
/// # Safety
/// In a system entry of `gp`.
pub unsafe fn physical_caller(sys: System<'_>, gp: *mut G, skip: usize) -> &'static [u8] {
    let cache = pc_cache(sys.into_processor());
    // SAFETY: in a system entry of `gp` (this function's contract): the context is the stub's, and the frames stay.
    unsafe {
        match Unwinder::<Native>::new(symtab(), cache, saved(gp), limits(gp), Mode::BestEffort) {
            Ok(mut u) => {
                for _ in 0..skip {
                    if !matches!(u.step(cache), Ok(true)) {
                        return b"?";
                    }
                }
                u.frame().func.name()
            }
            Err(_) => b"?",
        }
    }
}

/// Fills `pcs` with the calls that the entry of `gp` is in, except for the first `skip`, of which its own stub is the first; how
/// many there are.
///
/// # Safety
/// In a system entry of `gp`.
pub unsafe fn callers_of(sys: System<'_>, gp: *mut G, skip: usize, pcs: &mut [usize]) -> usize {
    let cache = pc_cache(sys.into_processor());
    // SAFETY: the context is the stub's.
    unsafe { callers::<Native>(symtab(), cache, saved(gp), limits(gp), skip, pcs) }
}

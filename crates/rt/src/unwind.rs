//! Where the unwinder begins on a goroutine, and within which bounds.

use crate::state::G;
use goxide_sched::state::Status;
use goxide_symtab::unwind::{Limits, Start};

/// The bounds of its stack.
///
/// # Safety
/// `gp` is a goroutine. What is read within the bounds is the caller's to answer for: the goroutine may have another stack later.
pub unsafe fn limits(gp: *mut G) -> Limits {
    // SAFETY: `gp` is a goroutine (this function's contract), and descriptors are never freed.
    unsafe { Limits { lo: (*gp).stack.lo, hi: (*gp).stack.hi } }
}

/// Where its context was saved: by the stub of the entry in which it is, or when it was parked.
///
/// # Safety
/// `gp` is a goroutine; it is in a system entry, or does not run and is in no system call.
pub unsafe fn saved(gp: *mut G) -> Start {
    // SAFETY: `gp` is a goroutine whose context is saved (this function's contract), so nothing writes what is read.
    unsafe { Start::saved((*gp).ctx.pc, (*gp).ctx.sp, (*gp).ctx.lr) }
}

/// Where a goroutine in state `s` stands.
///
/// # Safety
/// `gp` is a goroutine, and `s` is its state; if that is RUNNING, it is in a system entry.
pub unsafe fn start(gp: *mut G, s: Status) -> Start {
    // SAFETY: in a system call, what is read was written when that began, and stays until it ends; else the context is saved (this
    // function's contract).
    unsafe { if s.plain() == Status::SYSCALL { Start::saved((*gp).syscall_pc, (*gp).syscall_sp, 0) } else { saved(gp) } }
}

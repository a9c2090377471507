//! One thin `extern "C"` function per entry of goroot/boundary.txt, named `gx_` and the Go symbol. What an entry does is in the
//! crates below and the pure half of this one; here is only the way there: taking arguments apart, choosing the stack,
//! parking, raising panics.
//!
//! Conventions. Arguments are integer registers; a Go `bool` or small integer has junk above its bits, so it is taken as a
//! word and cut here. One or two results are C results; three and more are written through the last argument, which points
//! to four words of the goroutine's descriptor. A *system* entry runs on g0 with the goroutine's context saved; a *leaf* (and the `_fast` half of a
//! fast entry) on the goroutine's stack: no locks waited for, no slow path, little stack. A leaf that yields runs on g0 instead
//! where its goroutine is to yield or is short of stack. An entry ends by returning: whether the goroutine yields then,
//! and which results are pointers, is in the table, and is done by what its stub calls.

pub mod arith;
pub mod chans;
pub mod checkptr;
pub mod compare;
pub mod errors;
pub mod gc;
pub mod ifaces;
pub mod inits;
pub mod linknames;
pub mod maps;
pub mod memory;
pub mod memstats;
pub mod metrics;
pub mod os;
pub mod print;
pub mod profile;
pub mod sched;
pub mod strings;
pub mod symbols;
pub mod sync;
pub mod time;

/// The code that stands for methods which the linker dropped.
pub fn unreachable_method() -> usize {
    errors::gx_unreachable_method as *const () as usize
}

/// Sets the address that package syscall's gettimeofday calls; nothing where that asks the kernel.
pub fn set_vdso_gettimeofday(addr: usize) {
    // SAFETY: Go's variable, before Go code runs.
    unsafe { *crate::links::links().vdso_gettimeofday = addr };
}

/// The low byte of a register as a Go `bool`.
#[inline(always)]
pub(crate) const fn truth(word: usize) -> bool {
    word as u8 != 0
}

/// Two result words.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Two(pub usize, pub usize);

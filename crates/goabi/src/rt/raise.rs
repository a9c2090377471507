//! Go panics raised from Rust: the present goroutine goes on in a Go function that panics, called from the entry that
//! failed. The system stack's frames are abandoned, so nothing that must be dropped or unlocked may be alive.

use super::{fatal, g, m};
use crate::arch;
use crate::links::{FuncVal, links};
use crate::text::fault::{Fault, msg};
use crate::types::GoStr;

/// Has the goroutine call the Go function `f` with up to four words, at its present entry; does not come back.
///
/// # Safety
/// Called in a system entry; `f` is a Go function that takes these words.
pub unsafe fn call_on_goroutine(f: FuncVal, regs: [usize; 4]) -> ! {
    let gp = g();
    // SAFETY: `gp` is this thread's; its context was saved by the entry's stub.
    unsafe {
        if gp == (*m()).g0 {
            fatal::throw(b"goxide: panic on the system stack");
        }
        arch::inject_call(&mut (*gp).ctx, *f);
        (*gp).ctx.ctxt = f as usize;
        (*gp).ctx.regs = regs;
        goxide_stack::gogo(&raw const (*gp).ctx, gp as usize)
    }
}

/// Raises a fault as the Go panic that it is.
///
/// # Safety
/// Called in a system entry.
pub unsafe fn fault(f: Fault) -> ! {
    let l = links();
    // SAFETY: the functions take the words that are given.
    unsafe {
        match f {
            Fault::Throw(text) => fatal::throw(text.as_bytes()),
            Fault::Assertion(e) => {
                let missing: *mut GoStr = super::memory::allocate(16, core::ptr::null(), true).cast();
                missing.write(e.missing_method);
                call_on_goroutine(
                    l.raise_assertion,
                    [e.interface as usize, e.concrete as usize, e.asserted as usize, missing as usize],
                )
            }
            Fault::Error(text) if PLAIN.contains(&text) => plain(text),
            Fault::Error(text) => {
                call_on_goroutine(l.raise_runtime_error, [text.as_ptr() as usize, text.len(), 0, 0])
            }
            Fault::ErrorType(..) => {
                // The text with the type's name, but for the prefix that the Go value adds itself.
                let mut out = crate::text::print::ByteSink::<1024>::new();
                f.write(&super::RT.space, &mut out);
                let text = &out.bytes()[crate::text::fault::PREFIX.len()..];
                let copy = super::memory::allocate(text.len(), core::ptr::null(), false);
                goxide_sys::mem::copy(copy, text.as_ptr(), text.len());
                call_on_goroutine(l.raise_runtime_error, [copy as usize, text.len(), 0, 0])
            }
        }
    }
}

/// The texts that stand without a prefix.
const PLAIN: [&str; 5] =
    [msg::NIL_MAP, msg::MAKECHAN_SIZE, msg::CLOSE_NIL, msg::CLOSE_CLOSED, msg::SEND_CLOSED];

/// Raises a `plainError`.
///
/// # Safety
/// Called in a system entry.
pub unsafe fn plain(text: &'static str) -> ! {
    // SAFETY: the function takes a string.
    unsafe { call_on_goroutine(links().raise_plain_error, [text.as_ptr() as usize, text.len(), 0, 0]) }
}

/// Has a goroutine that is about to be resumed raise a `plainError` at its entry instead of returning from it.
///
/// # Safety
/// In the finish half of an entry of `gp`.
pub unsafe fn plain_when_resumed(gp: *mut super::G, text: &'static str) {
    let f = links().raise_plain_error;
    // SAFETY: the context was saved by the entry's stub; the function takes a string.
    unsafe {
        arch::inject_call(&mut (*gp).ctx, *f);
        (*gp).ctx.ctxt = f as usize;
        (*gp).ctx.regs = [text.as_ptr() as usize, text.len(), 0, 0];
    }
}

/// The value, or the panic.
///
/// # Safety
/// Called in a system entry.
#[inline]
pub unsafe fn or_raise<T>(r: Result<T, impl Into<Fault>>) -> T {
    match r {
        Ok(v) => v,
        // SAFETY: passed on.
        Err(e) => unsafe { fault(e.into()) },
    }
}

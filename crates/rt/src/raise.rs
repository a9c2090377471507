//! Go panics raised from Rust: the current goroutine goes on in a Go function that panics, called from the entry that
//! failed. The system stack's frames are abandoned, so nothing that must be dropped or unlocked may be alive.

use crate::arch;
use crate::fatal;
use crate::links::{FuncVal, links};
use crate::state::{G, g};
use crate::token::System;
use goxide_gotypes::text::fault::{Fault, msg};

/// Makes the goroutine that is in an entry call the Go function `f` there when it is resumed. `f` takes no arguments: an entry's
/// frame has no room for a callee to spill them to.
///
/// # Safety
/// In an entry of `gp`, or in its finish half; `f` is a Go function without arguments.
unsafe fn divert(sys: System<'_>, gp: *mut G, f: FuncVal) {
    // SAFETY: the context was saved by the entry's stub.
    unsafe {
        match f == links().sigpanic {
            true => arch::inject_sigpanic(&mut (*gp).ctx, *f),
            false => arch::inject_call(&mut (*gp).ctx, *f),
        }
        (*gp).ctx.ctxt = f as usize;
        if (*gp).ctx.sp < (*gp).stack.guard() {
            // The entry was called by functions without a stack check, which may have used up all that a prologue guarantees:
            // not a word is left for the prologue of `f`.
            super::stacks::grow(sys.into_processor(), gp);
        }
    }
}

/// Has the goroutine call the Go function `f` at its present entry; does not come back.
///
/// # Safety
/// No frame of this stack owns what must be dropped, and no region is open; `f` is a Go function without arguments.
pub unsafe fn call_on_goroutine(mut sys: System<'_>, f: FuncVal) -> ! {
    if sys.is_g0() {
        fatal::throw(b"goxide: panic on the system stack");
    }
    let gp = g();
    // SAFETY: the goroutine is in an entry, and its context was saved by the entry's stub (the token); `f` is a Go function without
    // arguments, and this stack is not needed any more (this function's contract).
    unsafe {
        divert(sys.lend(), gp, f);
        goxide_stack::gogo(&raw const (*gp).ctx, gp as usize)
    }
}

/// # Safety
/// `gp` is the current goroutine, or about to go on at an entry on this thread.
unsafe fn set_text(gp: *mut G, ptr: *const u8, len: usize) {
    // SAFETY: `gp` is in an entry on this thread (this function's contract), so nothing else uses its descriptor.
    unsafe { (*gp).ext.in_flight = [ptr as usize, len, 0, 0, 0] }
}

/// Raises a fault as the Go panic that it is.
///
/// # Safety
/// As for [`call_on_goroutine`], but for the function.
pub unsafe fn fault(mut sys: System<'_>, f: Fault) -> ! {
    let (l, gp) = (links(), g());
    // SAFETY: no frame owns what must be dropped, and no region is open (this function's contract). The functions take no arguments, and
    // find what they need in the descriptor of the goroutine, the current one.
    unsafe {
        match f {
            Fault::Throw(text) => fatal::throw(text.as_bytes()),
            Fault::Assertion(e) => {
                let m = e.missing_method;
                *sys.held() = [e.interface as usize, e.concrete as usize, e.asserted as usize, m.ptr as usize, m.len];
                call_on_goroutine(sys, l.raise_assertion)
            }
            Fault::Error(text) if PLAIN.contains(&text) => plain(sys, text),
            Fault::Error(text) => {
                set_text(gp, text.as_ptr(), text.len());
                call_on_goroutine(sys, l.raise_runtime_error)
            }
            Fault::ErrorType(..) => {
                let (text, len) = text_with_type(sys.lend(), &f);
                set_text(gp, text, len);
                (*gp).ext.within = 0;
                call_on_goroutine(sys, l.raise_runtime_error)
            }
        }
    }
}

/// The text of a fault that names a type, except for the prefix that the Go value adds itself.
///
/// # Safety
/// The type is one of the program's.
unsafe fn text_with_type(sys: System<'_>, f: &Fault) -> (*const u8, usize) {
    let mut out = goxide_gotypes::text::print::ByteSink::<1024>::new();
    // SAFETY: the type is one of the program's (this function's contract); the copy is as long as the text.
    unsafe {
        f.write(&crate::state::RT.space, &mut out);
        let text = &out.bytes()[goxide_gotypes::text::fault::PREFIX.len()..];
        let copy = super::memory::allocate_bytes(sys, text.len(), false);
        goxide_sys::mem::copy(copy, text.as_ptr(), text.len());
        (copy, text.len())
    }
}

/// Values within others through which an error is followed, each by looking for it from there again: as many as a
/// traceback has room for.
const MOST_WITHIN: u8 = 100;

/// Raises `f`, an error about a value that lies inside of the one at `p` (compared with that at `q`, or hashed): `call` is what
/// the compiler made for the outer value's type, and is called with both, so that its frame is seen in a traceback as in
/// official Go, where compared and hashed is by such functions only.
///
/// # Safety
/// As for [`call_on_goroutine`], but for the function. `call` is a Go function of two words that does no more than compare or hash what they
/// lead to.
pub unsafe fn within(mut sys: System<'_>, call: FuncVal, p: *const u8, q: *const u8, f: Fault) -> ! {
    let gp = g();
    // SAFETY: no frame owns what must be dropped, and no region is open (this function's contract). The function takes no arguments, and
    // finds what it needs in the descriptor of the goroutine, the current one. The types in faults are the program's.
    unsafe {
        if (*gp).ext.within >= MOST_WITHIN {
            fault(sys, f)
        }
        (*gp).ext.within += 1;
        let (text, len) = text_with_type(sys.lend(), &f);
        *sys.held() = [call as usize, p as usize, q as usize, text as usize, len];
        call_on_goroutine(sys, links().raise_within)
    }
}

/// The texts that stand without a prefix.
const PLAIN: [&str; 5] = [msg::NIL_MAP, msg::MAKECHAN_SIZE, msg::CLOSE_NIL, msg::CLOSE_CLOSED, msg::SEND_CLOSED];

/// Raises a `plainError`.
///
/// # Safety
/// As for [`call_on_goroutine`], but for the function.
pub unsafe fn plain(sys: System<'_>, text: &'static str) -> ! {
    // SAFETY: no frame owns what must be dropped, and no region is open (this function's contract). The function takes no arguments, and
    // finds the text in the descriptor of the goroutine, the current one.
    unsafe {
        set_text(g(), text.as_ptr(), text.len());
        call_on_goroutine(sys, links().raise_plain_error)
    }
}

/// Has a goroutine that is about to be resumed raise a `plainError` at its entry instead of returning from it.
///
/// # Safety
/// In the finish half of an entry of `gp`.
pub unsafe fn plain_when_resumed(sys: System<'_>, gp: *mut G, text: &'static str) {
    // SAFETY: in the finish half of an entry of `gp` (this function's contract); the function takes no arguments.
    unsafe {
        set_text(gp, text.as_ptr(), text.len());
        divert(sys, gp, links().raise_plain_error)
    }
}

/// The value, or the panic.
///
/// # Safety
/// As for [`call_on_goroutine`], but for the function.
#[inline]
pub unsafe fn or_raise<T>(r: Result<T, impl Into<Fault>>, sys: System<'_>) -> T {
    match r {
        Ok(v) => v,
        // SAFETY: no frame owns what must be dropped, and no region is open (this function's contract).
        Err(e) => unsafe { fault(sys, e.into()) },
    }
}

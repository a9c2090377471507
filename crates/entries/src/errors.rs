//! Texts of errors, and the ways to die.

use goxide_gotypes::text::fault::{BoundsCode, format_bounds_error};
use goxide_gotypes::text::print::{ByteSink, Sink};
use goxide_rt::frames::physical_caller;
use goxide_rt::memory::allocate_bytes;
use goxide_rt::state::{RT, g};
use goxide_rt::token::System;
use goxide_rt::words::{Two, truth};
use goxide_rt::{fatal, signals};

/// A Go string with a copy of the bytes.
fn string(sys: System<'_>, bytes: &[u8]) -> Two {
    let p = allocate_bytes(sys, bytes.len(), false);
    // SAFETY: the memory is as long as the bytes, and new.
    unsafe { goxide_sys::mem::copy(p, bytes.as_ptr(), bytes.len()) };
    Two(p as usize, bytes.len())
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_boundsText(sys: System<'_>, code: usize, x: i64, signed: usize, y: i64) -> Two {
    let mut out = ByteSink::<160>::new();
    let Some(code) = BoundsCode::ALL.get(code as u8 as usize) else { fatal::throw(b"goxide: bad bounds code") };
    format_bounds_error(*code, x, truth(signed), y, &mut out);
    string(sys, out.bytes())
}

/// `value method main.T.M called using nil *T pointer`: from the name of the wrapper that called panicwrap.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_panicwrapText(mut sys: System<'_>) -> Two {
    // SAFETY: in a system entry called by runtime.panicwrap, called by the wrapper.
    unsafe {
        // 0: this entry's stub, 1: panicwrap, 2: the wrapper. Wrappers are not counted by `callers`, so the frames are walked.
        let name = physical_caller(sys.lend(), g(), 2);
        // "pkg.(*T).M"
        let open = name.iter().position(|&b| b == b'(');
        let (pkg, rest) = match open {
            Some(i) if i >= 1 => (&name[..i - 1], &name[i + 2..]),
            _ => fatal::throw(b"panicwrap: no ( in method name"),
        };
        let Some(close) = rest.iter().position(|&b| b == b')') else { fatal::throw(b"panicwrap: no ) in method name") };
        let (typ, method) = (&rest[..close], &rest[close + 2..]);
        let mut out = ByteSink::<1024>::new();
        for part in [b"value method ", pkg, b".", typ, b".", method, b" called using nil *", typ, b" pointer"] {
            out.put(part);
        }
        string(sys, out.bytes())
    }
}

/// The text of the error that is being raised.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_raisedText(mut sys: System<'_>) -> Two {
    let [ptr, len, ..] = sys.take_held();
    Two(ptr, len)
}

/// The failed assertion that is being raised, field for field.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_raisedAssertion(mut sys: System<'_>, e: *mut [usize; 5]) {
    // SAFETY: Go's new TypeAssertionError.
    unsafe { *e = sys.take_held() }
}

/// The value inside of which the error is that is being raised, field for field.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_raisedWithin(mut sys: System<'_>, w: *mut [usize; 5]) {
    // SAFETY: Go's variable, of pointers and a string, in the frame of the caller.
    unsafe { *w = sys.take_held() }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_sigpanicKind(_: System<'_>) -> Two {
    // SAFETY: in a system entry of the goroutine that faulted.
    let (kind, addr) = unsafe { signals::fault::sigpanic_kind(g()) };
    Two(kind, addr)
}

#[unsafe(no_mangle)]
extern "C" fn gx_runtime_throwinit(_: System<'_>) {
    fatal::throw(b"recursive call during initialization - linker skew")
}

/// # Safety
/// The bytes are those of a Go string or slice that stays as it is during `'a`.
unsafe fn bytes<'a>(ptr: *const u8, len: usize) -> &'a [u8] {
    // SAFETY: Go's string.
    if len == 0 { &[] } else { unsafe { core::slice::from_raw_parts(ptr, len) } }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_throw(_: System<'_>, ptr: *const u8, len: usize) {
    // SAFETY: Go's string.
    fatal::called_throw(unsafe { bytes(ptr, len) })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_fatal(_: System<'_>, ptr: *const u8, len: usize) {
    // SAFETY: Go's string.
    fatal::called_fatal(unsafe { bytes(ptr, len) })
}

/// An entry that does not exist yet.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_absent(_: System<'_>, ptr: *const u8, len: usize) -> ! {
    let mut out = ByteSink::<160>::new();
    out.put(b"goxide: ");
    // SAFETY: the stub's name.
    out.put(unsafe { bytes(ptr, len) });
    out.put(b" is not implemented");
    fatal::throw(out.bytes())
}

#[unsafe(no_mangle)]
extern "C" fn gx_unreachable_method(_: System<'_>) -> ! {
    fatal::throw(b"unreachable method called. linker bug?")
}

/// `debug.SetMaxStack`.
#[unsafe(no_mangle)]
extern "C" fn gx_runtime_debug_setMaxStack(_: System<'_>, bytes: usize) -> usize {
    RT.max_stack.swap(bytes, core::sync::atomic::Ordering::Relaxed)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_debug_SetTraceback(_: System<'_>, ptr: *const u8, len: usize) {
    // SAFETY: Go's string.
    goxide_rt::env::set_traceback(unsafe { bytes(ptr, len) }, false);
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_debug_setPanicOnFault(_: System<'_>, on: usize) -> bool {
    // SAFETY: the current goroutine.
    unsafe {
        let old = (*g()).ext.panic_on_fault;
        (*g()).ext.panic_on_fault = truth(on);
        old
    }
}

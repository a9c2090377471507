//! Execution traces: taking one, reading it, and what programs write into it.

use core::ptr::null;
use goxide_rt::reason::Reason;
use goxide_rt::sched::{self, Stopped};
use goxide_rt::state::G;
use goxide_rt::token::System;
use goxide_rt::trace::control::{self, Read};
use goxide_rt::trace::events;

/// Begins a trace; answers whether that was possible.
struct Begin;

impl Stopped for Begin {
    unsafe fn stopped(mut sys: System<'_>, t: *mut G) {
        // SAFETY: the world is stopped by this goroutine, which stands in an entry.
        sys.answer()[0] = usize::from(unsafe { control::begin(sys.lend(), t) });
    }
}

/// Ends the trace; answers whether there was one.
struct End;

impl Stopped for End {
    unsafe fn stopped(mut sys: System<'_>, t: *mut G) {
        // SAFETY: the world is stopped by this goroutine, which stands in an entry.
        sys.answer()[0] = usize::from(unsafe { control::end(sys.lend(), t) });
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_startTrace0(sys: System<'_>) -> usize {
    // SAFETY: in a system entry.
    unsafe { sched::with_world_stopped::<Begin>(sys, Reason::Semacquire) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_stopTrace0(sys: System<'_>) -> usize {
    // SAFETY: in a system entry.
    unsafe { sched::with_world_stopped::<End>(sys, Reason::Semacquire) }
}

#[unsafe(no_mangle)]
extern "C" fn gx_runtime_hasTrace(_: System<'_>) -> usize {
    usize::from(control::is_there())
}

/// The next piece: its bytes, and whether there is none yet. (No address and a length: what asks is to ask again at once.)
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_readTrace0(_: System<'_>, to: *mut [usize; 4]) {
    let (at, len, later) = match control::read() {
        Read::Piece(at, len) => (at, len, 0),
        Read::Later => (null(), 0, 1),
        Read::Again => (null(), 1, 1),
        Read::End => (null(), 0, 0),
    };
    // SAFETY: room for the results.
    unsafe { *to = [at as usize, len, later, 0] }
}

/// # Safety
/// A string of the program's.
unsafe fn text<'a>(at: *const u8, len: usize) -> &'a [u8] {
    // SAFETY: a string of the program's (this function's contract); an empty one may begin anywhere.
    if len == 0 { b"" } else { unsafe { core::slice::from_raw_parts(at, len) } }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_trace_userTaskCreate(sys: System<'_>, id: u64, parent: u64, name: *const u8, len: usize) {
    // SAFETY: the program's string.
    events::task_begins(sys, id, parent, unsafe { text(name, len) });
}

#[unsafe(no_mangle)]
extern "C" fn gx_runtime_trace_userTaskEnd(sys: System<'_>, id: u64) {
    events::task_ends(sys, id);
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_trace_userRegion(sys: System<'_>, id: u64, mode: u64, name: *const u8, len: usize) {
    // SAFETY: the program's string.
    events::region(sys, id, mode, unsafe { text(name, len) });
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_trace_userLog(
    sys: System<'_>,
    id: u64,
    category: *const u8,
    n_category: usize,
    message: *const u8,
    n_message: usize,
) {
    // SAFETY: the program's strings.
    unsafe { events::log(sys, id, text(category, n_category), text(message, n_message)) }
}

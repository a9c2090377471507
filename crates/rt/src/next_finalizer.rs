//! How the goroutine that calls finalizers waits for the next one. The queue is in [`crate::gc::finalizers`].

use crate::gc::finalizers::{self, Call};
use crate::raise::or_raise;
use crate::reason::Reason;
use crate::records::Finish;
use crate::state::{G, RT};
use crate::token::System;
use goxide_sched::Resume;

/// Fills in the next call, now or when there is one.
///
/// # Safety
/// In a system entry of that goroutine, which answers nothing; `call` is valid for writes, and in its stack or where it stays.
pub unsafe fn next(mut sys: System<'_>, gp: *mut G, call: *mut Call) {
    // SAFETY: in a system entry of the goroutine, and the place is valid (this function's contract); where the goroutine waits, the
    // place is in the descriptor, which follows the stack. No frame owns what must be dropped, and no region is open.
    unsafe {
        if or_raise(finalizers::next(sys.processor(), call), sys.lend()) {
            return;
        }
        sys.held()[0] = call as usize;
        wait(sys, gp)
    }
}

/// The finish half: there is something, or there was.
///
/// # Safety
/// The goroutine is about to go on, in what [`next`] began.
pub unsafe fn look_again(mut sys: System<'_>, gp: *mut G) {
    // SAFETY: the goroutine goes on here (this function's contract), and `next` put the place there. No frame owns what must be dropped,
    // and no region is open.
    unsafe {
        let call = sys.held()[0] as *mut Call;
        if or_raise(finalizers::next(sys.processor(), call), sys.lend()) {
            sys.held()[0] = 0;
        } else {
            wait(sys, gp)
        }
    }
}

/// # Safety
/// In a system entry of `gp`, or a finish half of it; its in-flight array has the place for the call.
unsafe fn wait(_: System<'_>, gp: *mut G) -> ! {
    // SAFETY: on g0 of this thread's goroutine, whose context is saved (this function's contract).
    unsafe {
        (*gp).resume = Resume::Finish(Finish::Finalizer);
        RT.sched.park_on_g0(gp, Some(finalizers::stay), 0, Reason::FinalizerWait)
    }
}

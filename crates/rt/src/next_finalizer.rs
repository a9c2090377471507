//! How the goroutine that calls finalizers waits for the next one. The queue is in [`crate::gc::finalizers`].

use crate::gc::finalizers::{self, Call};
use crate::raise::or_raise;
use crate::reason::Reason;
use crate::records::Finish;
use crate::state::{G, RT};
use goxide_sched::Resume;

/// Fills in the next call, now or when there is one.
///
/// # Safety
/// In a system entry of that goroutine, which answers nothing; `call` is valid for writes, and in its stack or where it stays.
pub unsafe fn next(gp: *mut G, call: *mut Call) {
    // SAFETY: on g0 with a processor, and the place is valid (the caller's promise); where the goroutine waits, it is in the
    // descriptor, which follows the stack.
    unsafe {
        if or_raise(finalizers::next(call)) {
            return;
        }
        (*gp).ext.in_flight[0] = call as usize;
        wait(gp)
    }
}

/// The finish half: there is something, or there was.
///
/// # Safety
/// The goroutine is about to go on, in what [`next`] began.
pub unsafe fn look_again(gp: *mut G) {
    // SAFETY: on g0 with a processor; `next` put the place there.
    unsafe {
        if or_raise(finalizers::next((*gp).ext.in_flight[0] as *mut Call)) {
            (*gp).ext.in_flight[0] = 0;
        } else {
            wait(gp)
        }
    }
}

/// # Safety
/// In a system entry of `gp`, or a finish half of it; its in-flight array has the place for the call.
unsafe fn wait(gp: *mut G) -> ! {
    // SAFETY: on g0 of this thread's goroutine, whose context is saved (this function's contract).
    unsafe {
        (*gp).resume = Resume::Finish(Finish::Finalizer);
        RT.sched.park_on_g0(gp, Some(finalizers::stay), 0, Reason::FinalizerWait)
    }
}

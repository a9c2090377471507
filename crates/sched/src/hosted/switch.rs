//! From a task's stack to its thread's system stack.

use super::state::{Os, current};
use crate::Task;

/// The running task.
#[inline]
pub(super) fn running() -> *mut Task<Os> {
    let t = current();
    // SAFETY: the word is null or a descriptor; g0s have `system` set.
    let is_task = !t.is_null() && unsafe { !(*t).is_system() };
    assert!(is_task, "this function of hosted was not called from a task of goxide-sched");
    t
}

/// Saves the running task's context and calls `f` with the task on its thread's system stack. `f`
/// must not return, and owns nothing that needs dropping when it is left.
#[inline]
pub(super) fn on_g0<F: FnOnce(*mut Task<Os>) + Copy>(f: F) {
    /// # Safety
    /// `at` is the address of an `F` on the stack of the running task, whose context is saved; on g0.
    unsafe extern "C" fn call<F: FnOnce(*mut Task<Os>)>(at: usize) -> ! {
        // SAFETY: the address of `f` below, whose frame stays while the task is not resumed.
        let f = unsafe { (at as *const F).read() };
        f(current());
        unreachable!("a function on the system stack returned")
    }
    let t = running();
    // SAFETY: `t` runs here; its thread's system stack is unused while it does; `f` diverges.
    unsafe {
        let sp = (*(*t).thread).g0_sp;
        goxide_stack::mcall(&raw mut (*t).ctx, sp, call::<F>, &raw const f as usize);
    }
}

/// Whether a task runs here, with a processor or without.
pub(super) fn is_task() -> bool {
    let t = current();
    // SAFETY: the word is null or a descriptor.
    !t.is_null() && unsafe { !(*t).is_system() }
}

/// Whether a task runs here, with a processor.
#[inline]
pub(super) fn is_on_task() -> bool {
    let t = current();
    // SAFETY: the word is null or a descriptor; a task's thread is set while it runs.
    !t.is_null() && unsafe { !(*t).is_system() && !(*(*t).thread).proc.is_null() }
}

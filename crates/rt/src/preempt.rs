//! Preemption by signal: a goroutine that reaches no prologue and no entry is stopped between two instructions.
//!
//! [`Host::preempt_thread`](goxide_sched::Host::preempt_thread) leads to [`send`]: the guard word is set already, and SIGURG (whose
//! default action is to be ignored, and which programs expect to come for no reason) goes to the thread. The handler,
//! `interrupted`, looks whether what it interrupted is compiled code at an instruction where that may stop
//! (`goxide_symtab::interrupt`). If so it makes that code call `runtime.asyncPreempt` (goroot/runtime/preempt_*.s), which saves all
//! registers on the goroutine's stack and calls an entry that yields as any other. Else it does nothing: the goroutine looks at its
//! guard word soon, or whatever asked will ask again.
//!
//! Nothing is preempted in Rust, in stubs and other assembly, on g0, with a lock or a pin, in a system call. A stack that is stopped
//! so has two frames without maps: `gc::stack` takes their words for guesses, and does not move it.
//!
//! **No state of its own.** The kernel keeps at most one of a standard signal pending for a thread. A thread that has ended gives its
//! number back, perhaps to another one of this process (for others `tgkill` fails): a signal to a wrong thread is one that
//! finds nothing to do. In a child that was forked off and has not executed its program yet no goroutine is asked for anything.

use crate::env;
use crate::links::links;
use crate::signals::handler::own;
use crate::signals::table::Own;
use crate::state::{M, RT, g, may_give_way, symtab};
use core::sync::atomic::Ordering::Relaxed;
use goxide_sched::PREEMPT;
use goxide_symtab::interrupt::{resume_pc, room};
use goxide_sys::process::{getpid, tgkill, usleep};
use goxide_sys::signal::{self, SigInfo, UContext};

/// Interrupts what runs on a thread, to have its goroutine yield, which was asked to by its guard word. On any thread.
///
/// # Safety
/// `mp` is a thread's descriptor.
pub unsafe fn send(mp: *mut M) {
    if env::process().debug.asyncpreemptoff != 0 {
        return;
    }
    own(Own::Preempt, interrupted);
    // SAFETY: descriptors are never freed, and the number is atomic.
    let tid = unsafe { (*mp).os_id.load(Relaxed) };
    if tid != 0 {
        // The thread may have ended in the meantime (see the module): there is nothing to interrupt then.
        let _ = tgkill(getpid(), tid, signal::SIGURG);
    }
}

/// The handler.
///
/// # Safety
/// In the handler of a signal, with the context that it interrupted, on a signal stack.
unsafe fn interrupted(_: &SigInfo, uc: &mut UContext) {
    // SAFETY: a goroutine that compiled code runs on is this thread's: nothing but this thread writes its
    // stack's bounds, its thread and that one's fields. The injected call keeps every register, and there is room for it.
    unsafe {
        let gp = g();
        if gp.is_null() || !(*gp).preempt.load(Relaxed) || !(*gp).stack.contains(uc.sp()) {
            return;
        }
        let tab = symtab();
        let Some(func) = tab.find_func(uc.pc()) else { return };
        // Timers' functions are compiled code that runs on g0.
        let mp = (*gp).thread;
        if gp == (*mp).g0 || !may_give_way(mp) {
            return;
        }
        let target = *links().async_preempt;
        if uc.sp() - (*gp).stack.lo < room(tab, target) {
            return;
        }
        let Some(pc) = resume_pc(func, uc.pc()) else { return };
        // The request may have been put off where it could not be granted (`safepoint::newstack`).
        (*gp).guard0.store(PREEMPT, Relaxed);
        uc.push_call(target, pc);
    }
}

/// For tests (`GODEBUG=asyncpreemptstorm=N`): every N microseconds each thread that runs a goroutine gets the signal, at whatever
/// instruction it is. By the bootstrap, when there is a main goroutine.
pub fn begin_storm() {
    if env::process().debug.asyncpreemptstorm <= 0 {
        return;
    }
    // SAFETY: `storm` makes do with any descriptor, and loops forever.
    let m = unsafe { RT.sched.new_system_thread(storm) };
    RT.sched.add_system_thread();
    // SAFETY: the descriptor is new.
    if unsafe { goxide_sched::Host::start_thread(RT.sched.host(), m) }.is_err() {
        crate::fatal::throw(b"goxide: no thread for asyncpreemptstorm");
    }
}

/// What the storm's thread does.
///
/// # Safety
/// On g0 of a thread of its own.
unsafe fn storm(_m: *mut M) {
    loop {
        usleep(env::process().debug.asyncpreemptstorm as u32);
        // SAFETY: a thread with a descriptor, whose word is set.
        unsafe { RT.sched.preempt_all() };
    }
}

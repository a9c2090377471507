//! Preemption by signal: a goroutine that reaches no prologue and no entry is stopped between two instructions.
//!
//! [`Host::preempt_thread`](goxide_sched::Host::preempt_thread) leads to [`send`]: the guard word is set already, and SIGURG (whose
//! default action is to be ignored, and which programs expect to come for no reason) goes to the thread. The handler,
//! [`interrupted`], looks whether what it interrupted is compiled code at an instruction where that may stop
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
use crate::state::{M, RT, g, may_give_way, symtab};
use core::sync::atomic::Ordering::{Relaxed, Release};
use goxide_sched::PREEMPT;
use goxide_symtab::interrupt::{resume_pc, room};
use goxide_sys::process::{getpid, tgkill, usleep};
use goxide_sys::signal::{self, SA_ONSTACK, SA_RESTART, SA_SIGINFO, SIGURG, SigInfo, UContext};

/// The signal. That of Go's runtime: debuggers pass it on without a word.
pub const SIGNAL: i32 = SIGURG;

/// Interrupts what runs on a thread, to have its goroutine yield, which was asked to by its guard word. On any thread.
///
/// # Safety
/// `mp` is a thread's descriptor.
pub unsafe fn send(mp: *mut M) {
    if env::process().debug.asyncpreemptoff != 0 {
        return;
    }
    if !is_handled() {
        return;
    }
    let pid = getpid();
    // SAFETY: descriptors are never freed, the number is atomic, and the other field is set before the thread begins.
    let tid = unsafe {
        match (*mp).ext.tid.load(Relaxed) {
            // The first thread has the process's number, and nobody had to ask the kernel for it.
            0 if (*mp).ext.signal_stack == 0 => pid,
            tid => tid,
        }
    };
    if tid != 0 {
        // The thread may have ended in the meantime (see the module): there is nothing to interrupt then.
        let _ = tgkill(pid, tid, SIGNAL);
    }
}

/// Sees to it that [`interrupted`] handles the signal: when it is sent for the first time, since a program that is over soon does not
/// need it. The kernel does not refuse that for a signal that can be caught; if it did, goroutines would be asked by their guard word
/// alone. (To throw would be to ask again.)
fn is_handled() -> bool {
    if RT.preempts_by_signal.load(Relaxed) {
        return true;
    }
    let flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
    // SAFETY: the handler may run wherever a thread is interrupted: it takes no lock and allocates nothing.
    let done = unsafe { signal::sigaction(SIGNAL, interrupted as *const () as usize, flags, signal::ALL) }.is_ok();
    // Two threads may come here at once: both do the same.
    RT.preempts_by_signal.store(done, Release);
    done
}

/// The handler.
///
/// # Safety
/// The kernel calls it, as the handler of a signal, on a signal stack.
pub unsafe extern "C" fn interrupted(_: i32, _: *mut SigInfo, uc: *mut UContext) {
    // SAFETY: the kernel gives the context. A goroutine that compiled code runs on is this thread's: nothing but this thread writes its
    // stack's bounds, its thread and that one's fields. The injected call keeps every register, and there is room for it.
    unsafe {
        let uc = &mut *uc;
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

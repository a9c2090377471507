//! When handlers are installed; what a thread needs to have them run, and what a forked child and an ending thread do about them.
//!
//! A program of packages gets all handlers before its first instruction runs. One without any package that is initialised
//! (it imports nothing that makes system calls) gets them with its second thread: until then nine handlers suffice, with the
//! signals blocked that a Go program ignores and the kernel would end it by. Nothing can come between that is treated otherwise than later: a
//! blocked signal waits for a handler that does nothing. So a program that is over in a moment does not pay for fifty system calls.

use super::handler::on_signal;
use super::table::{FIRST, HANDLED, OPEN, WAIT, bit};
use crate::fatal;
use crate::links::first_module;
use crate::native;
use crate::state::{M, RT, m};
use crate::threads::SIGNAL_STACK;
use core::cell::UnsafeCell;
use core::sync::atomic::Ordering::{self, Relaxed};
use goxide_sys::signal::{self, How, MAX, SA_ONSTACK, SA_RESTART, SA_SIGINFO, Set};

/// Installs the handler of one signal. One for a signal that the parent process had ignored too, as Go's runtime does.
pub fn handle(sig: i32) {
    // SAFETY: the handler may run wherever compiled code or the runtime is interrupted.
    let done = unsafe {
        signal::sigaction(sig, on_signal as *const () as usize, SA_SIGINFO | SA_ONSTACK | SA_RESTART, signal::ALL)
    };
    // Tools that run programs under themselves keep the last signal (Valgrind, older emulators); nobody sends it then.
    if done.is_err() && sig != MAX {
        fatal::throw(b"sigaction failed");
    }
}

/// Ignores one signal.
pub fn ignore(sig: i32) {
    // SAFETY: no code of the program runs.
    if unsafe { signal::sigaction(sig, signal::SIG_IGN, 0, 0) }.is_err() {
        fatal::throw(b"sigaction failed");
    }
}

/// Whether the signal's action is the handler now.
pub fn has_handler(sig: i32) -> bool {
    signal::action(sig).is_ok_and(|action| action.handler == on_signal as *const () as usize)
}

/// The first handlers, or all. By the bootstrap, when the first thread has its signal stack.
pub fn begin() {
    (1..=MAX).filter(|sig| FIRST & bit(*sig) != 0).for_each(handle);
    let block = if first_module().inittasks.len == 0 { WAIT } else { 0 };
    let before = signal::sigprocmask(How::Block, block);
    // What the parent process had blocked stays blocked, but for what must not be.
    let mask = before & !OPEN;
    RT.signals.mask.store(mask, Relaxed);
    if block == 0 {
        all();
    } else if mask != before {
        signal::sigprocmask(How::Set, mask | block);
    }
}

/// All handlers. On the first thread, while there is no other.
pub fn all() {
    if RT.signals.all.load(Relaxed) {
        return;
    }
    RT.signals.all.store(true, Relaxed);
    number(m());
    for sig in (1..=MAX).filter(|sig| HANDLED & !FIRST & bit(*sig) != 0) {
        handle(sig);
    }
    signal::sigprocmask(How::Set, thread_mask());
}

/// What threads block.
pub fn thread_mask() -> Set {
    RT.signals.mask.load(Relaxed)
}

/// The largest page that a kernel has.
const MAX_PAGE: usize = 64 << 10;

/// Room for the first thread's signal stack, above a page that becomes inaccessible ([`second_thread`]), wherever in it the page
/// begins: a static aligned as much would have the linker leave as much of a hole in the program file.
struct FirstStack(UnsafeCell<[u8; 2 * MAX_PAGE + SIGNAL_STACK]>);
// SAFETY: only the kernel writes to it, for one thread.
unsafe impl Sync for FirstStack {}
static FIRST_STACK: FirstStack = FirstStack(UnsafeCell::new([0; 2 * MAX_PAGE + SIGNAL_STACK]));

/// Where the inaccessible page is, which the first thread's signal stack lies above.
fn first_guard() -> *mut u8 {
    let room = FIRST_STACK.0.get().cast::<u8>();
    room.wrapping_add(room.align_offset(MAX_PAGE))
}

/// What is done before the program's second thread is made, and not earlier, since a program that is over in a moment would pay for it: all
/// handlers, and what lies below the first thread's signal stack becomes inaccessible.
pub fn second_thread() {
    if RT.signals.stack_guarded.load(Relaxed) || RT.signals.stack_guarded.swap(true, Ordering::AcqRel) {
        return;
    }
    all();
    // SAFETY: the page is for nothing else, and aligned as any kernel wants it.
    if !unsafe { goxide_sys::mem::protect(first_guard(), MAX_PAGE) } {
        fatal::throw(b"runtime: cannot protect the guard of the signal stack");
    }
}

/// Sets a thread's signal stack, and lets signals in.
///
/// # Safety
/// `mp` is the calling thread, whose words are set.
pub unsafe fn begin_thread(mp: *mut M) {
    // SAFETY: the first thread's stack is the static; another's was mapped with its system stack.
    unsafe {
        let first = (*mp).ext.signal_stack == 0;
        let sp = if first { first_guard() as usize + MAX_PAGE } else { (*mp).ext.signal_stack };
        if signal::sigaltstack(Some(&signal::Stack { sp, flags: 0, size: SIGNAL_STACK })).is_err() {
            // The kernel wants more for this processor's registers: a handler would run on the goroutine's small stack.
            fatal::throw(b"sigaltstack failed");
        }
        if !first {
            signal::sigprocmask(How::Set, thread_mask());
        } else if native::has_names() {
            // A debugger that reads the program's types looks for a goroutine's thread by this number.
            number(mp);
        }
    }
}

/// Writes the first thread's number down: the kernel has stored another's when it made the thread. Other threads, and profiles of the
/// processor, need it, and debuggers.
fn number(mp: *mut M) {
    // SAFETY: descriptors of threads are never freed.
    let os_id = unsafe { &(*mp).os_id };
    if os_id.load(Relaxed) == 0 {
        os_id.store(goxide_sys::process::gettid(), Ordering::Release);
    }
}

/// Lets no signal in any more: the thread ends, and its stacks will be another's.
///
/// # Safety
/// `mp` is the calling thread.
pub unsafe fn end_thread(mp: *mut M) {
    signal::sigprocmask(How::Set, signal::ALL);
    // SAFETY: this thread's own descriptor.
    unsafe { (*mp).os_id.store(0, Ordering::Release) };
}

/// Between `fork` and the execution of another program, nothing may run in between: signals are blocked.
///
/// # Safety
/// `mp` is the calling thread.
pub unsafe fn before_fork(mp: *mut M) {
    // SAFETY: this thread's own descriptor.
    unsafe { (*mp).ext.fork_mask = signal::sigprocmask(How::Set, signal::ALL) };
}

/// Undoes [`before_fork`], in the parent.
///
/// # Safety
/// `mp` is the calling thread.
pub unsafe fn after_fork(mp: *mut M) {
    // SAFETY: this thread's own descriptor. The child, which had the same memory, is gone from it.
    unsafe {
        (*mp).ext.in_child = false;
        signal::sigprocmask(How::Set, (*mp).ext.fork_mask);
    }
}

/// The mask that the thread had before the fork comes back in the child, which passes it on to the program that it executes. That undoes
/// handlers; until then they do what the kernel would have done, so that no call is needed for each.
///
/// # Safety
/// In the child, on its only thread, that `mp` is a copy of, or is shared with.
pub unsafe fn in_child(mp: *mut M) {
    // SAFETY: the thread that `mp` belongs to does not run until the child is gone, or has memory of its own.
    unsafe {
        (*mp).ext.in_child = true;
        signal::sigprocmask(How::Set, (*mp).ext.fork_mask);
    }
}

const _: () = assert!(WAIT & !HANDLED == 0, "what is blocked at first gets a handler");

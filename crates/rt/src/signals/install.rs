//! When handlers are installed; what a thread needs to have them run, and what a forked child and an ending thread do about them.
//!
//! # What comes late, and until when
//!
//! To install all handlers takes some forty system calls, which a program that is over in a moment would pay for. So a program begins with nine
//! handlers, those that have something printed ([`FIRST`]), and with the signals blocked that a Go program ignores and the kernel would end
//! it by ([`WAIT`]): a blocked signal waits for a handler that does nothing. The rest ([`all`]) comes before anything by which the program,
//! or one that it executes, could see the difference:
//!
//! - before a second thread, which would inherit the mask ([`second_thread`]);
//! - when os/signal is asked for anything (`notify`), and when the runtime itself uses a signal (`handler::own`);
//! - before a fork ([`before_fork`]): the child inherits the mask, and what is executed a mask that has something blocked instead of ignored;
//! - before a system call of a package that is not on a short list ([`shows_nothing`], by entry `gx_before_system_call`). The list has what cannot fail otherwise, wait
//!   for a signal, read a mask, an action or a file in which the kernel shows these, or hand them on; what it does not know is not on it, so
//!   that a new system call is safe. Packages' calls all come by `runtime/internal/syscall.Syscall6`, which looks at `gx_calls_seen`.
//!
//! Assembly of other packages can enter the kernel by itself, and is not seen. What the standard library has of that reads the clock, or comes
//! between the hooks around a fork; what golang.org/x/sys has (`SyscallNoError`) is for calls that ask for numbers. A package with a
//! way of its own to make threads, to execute or to wait for signals would find 37 more signals blocked than in official Go: a program that it
//! executed would not be ended by SIGPIPE. Such packages (sandboxes, C loaders) are linked into programs that do other things first.
//!
//! A signal that came while it was blocked is delivered, and ignored, when the rest comes; one that is sent by a write to a closed pipe, which
//! package os turns into the process's end, ends it by [`kernel::end_by`](super::kernel::end_by), which does not mind the mask.

use super::handler::on_signal;
use super::table::{FIRST, HANDLED, OPEN, WAIT, bit};
use crate::native;
use crate::state::{M, RT, m};
use crate::threads::SIGNAL_STACK;
use crate::{arch, fatal};
use core::cell::UnsafeCell;
use core::sync::atomic::AtomicU8;
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

/// Not 0 until all handlers are there: the runtime wants to see what system calls the program's packages make.
#[unsafe(no_mangle)]
#[allow(non_upper_case_globals, reason = "assembly reads it, and has such names")]
static gx_calls_seen: AtomicU8 = AtomicU8::new(0);

/// The first handlers. By the bootstrap, when the first thread has its signal stack.
pub fn begin() {
    (1..=MAX).filter(|sig| FIRST & bit(*sig) != 0).for_each(handle);
    let before = signal::sigprocmask(How::Block, WAIT);
    // What the parent process had blocked stays blocked, but for what must not be.
    let mask = before & !OPEN;
    RT.signals.mask.store(mask, Relaxed);
    if mask != before {
        signal::sigprocmask(How::Set, mask | WAIT);
    }
    gx_calls_seen.store(1, Relaxed);
}

/// All handlers. On the first thread if they are not there yet: there is no other then.
#[inline]
pub fn all() {
    if gx_calls_seen.load(Relaxed) != 0 {
        the_rest();
    }
}

#[cold]
#[inline(never)]
fn the_rest() {
    gx_calls_seen.store(0, Relaxed);
    number(m());
    for sig in (1..=MAX).filter(|sig| HANDLED & !FIRST & bit(*sig) != 0) {
        handle(sig);
    }
    signal::sigprocmask(How::Set, thread_mask());
}

/// Whether the call goes the same way, and tells the same, while handlers are missing and signals are blocked.
pub fn shows_nothing(number: usize, second: usize) -> bool {
    /// Of `fcntl`, what reads and writes a descriptor's flags: F_GETFD to F_SETFL.
    const FLAGS: core::ops::RangeInclusive<usize> = 1..=4;
    /// Of `prlimit64`, the number of descriptors, which package os asks for.
    const NOFILE: usize = 7;
    match number {
        arch::NR_FCNTL => FLAGS.contains(&second),
        arch::NR_PRLIMIT64 => second == NOFILE,
        _ => arch::SHOWS_NOTHING.contains(&number),
    }
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
    all();
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

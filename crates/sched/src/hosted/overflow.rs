//! A task that overflows its stack: the process dies either way, but says why. What else faults is passed on to the handler that was
//! there before, which for a Rust program is std's.

use std::sync::OnceLock;

use goxide_sys::io;
use goxide_sys::signal::{self, Action, SIG_DFL, SIG_IGN, SigInfo, UContext};

use super::state::current;

/// What was done on a fault before.
static BEFORE: OnceLock<Action> = OnceLock::new();

/// At least so far below a stack's usable part nothing else lies: a guard, and what fills it up to a whole number of pages.
const BELOW: usize = 64 << 10;

/// Has faults looked at. It runs on the signal stack that std gives each of its threads.
pub(super) fn watch() {
    let Ok(before) = signal::action(signal::SIGSEGV) else { return };
    // Once only: a handler that was set in the meantime stays.
    if BEFORE.set(before).is_ok() {
        let flags = signal::SA_SIGINFO | signal::SA_ONSTACK;
        // SAFETY: the handler only reads what belongs to the thread, writes to standard error and aborts, or does what was done before.
        let _ = unsafe { signal::sigaction(signal::SIGSEGV, on_fault as *const () as usize, flags, 0) };
    }
}

/// # Safety
/// As a handler of `SIGSEGV`.
unsafe extern "C" fn on_fault(sig: i32, info: *mut SigInfo, context: *mut UContext) {
    let t = current();
    // SAFETY: the kernel gives the reason of the signal; a current task is this thread's, and its stack's bounds stay while it runs.
    unsafe {
        if (*info).code > 0 && !t.is_null() && !(*t).stack.is_none() {
            let bounds = (*t).stack;
            if (bounds.lo.saturating_sub(BELOW)..bounds.lo).contains(&(*info).addr) {
                report(bounds.hi - bounds.lo);
            }
        }
    }
    // SAFETY: as this function's contract.
    unsafe { pass_on(sig, info, context) }
}

fn report(size: usize) -> ! {
    let (mut digits, mut n, mut at) = ([0; 20], size, 20);
    while at == 20 || n != 0 {
        at -= 1;
        digits[at] = b'0' + (n % 10) as u8;
        n /= 10;
    }
    for part in [
        b"\ngoxide-sched: a task has overflowed its stack of ",
        &digits[at..],
        b" bytes (Builder::stack_size sets the size of all stacks of a runtime)\n",
    ] {
        let _ = io::write_all(2, part);
    }
    std::process::abort()
}

/// # Safety
/// As a handler of `SIGSEGV`.
unsafe fn pass_on(sig: i32, info: *mut SigInfo, context: *mut UContext) {
    let before = BEFORE.get().copied().unwrap_or_default();
    // SAFETY: a handler that the process had set for this signal, called as the kernel calls it, with what the kernel gave; or the default,
    // which ends the process when the instruction faults again.
    unsafe {
        match before.handler {
            SIG_DFL | SIG_IGN => {
                let _ = signal::sigaction(sig, SIG_DFL, 0, 0);
            }
            handler if before.flags & signal::SA_SIGINFO != 0 => {
                let handler: unsafe extern "C" fn(i32, *mut SigInfo, *mut UContext) = core::mem::transmute(handler);
                handler(sig, info, context);
            }
            handler => {
                let handler: unsafe extern "C" fn(i32) = core::mem::transmute(handler);
                handler(sig);
            }
        }
    }
}

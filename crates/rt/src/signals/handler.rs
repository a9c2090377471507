//! The one handler of all signals: what comes before what.
//!
//! The runtime's own use of a signal comes first, then faults, then os/signal, then what [`table`](super::table) says. It runs on
//! the thread's signal stack, with all signals blocked, wherever compiled code or the runtime was interrupted: it allocates nothing and takes
//! no lock, unless it ends the process.

use super::table::{Fate, Own, row_of};
use super::{fault, kernel, report};
use crate::state::{M, RT};
use core::sync::atomic::Ordering;
use goxide_sys::signal::{self, SigInfo, UContext};

/// What the runtime does on a signal that it uses itself ([`Own`]): as the kernel calls a handler.
pub type OwnHandler = unsafe fn(&SigInfo, &mut UContext);

/// From now on the runtime uses the signal of `own`: `f` is called for each that comes, on the signal stack of the thread that it came to,
/// before anything else is done about it. By what needs it, before it has the signal sent, and when all handlers are there: so a program that does not need it does not
/// have `f` in it.
pub fn own(own: Own, f: OwnHandler) {
    // Release: pairs with the load in `on_signal`. What `f` needs was made before.
    RT.signals.own[own as usize].store(f as *mut (), Ordering::Release);
}

/// What os/signal does on a signal: whether it wanted it.
pub type Notify = unsafe fn(i32) -> bool;

/// # Safety
/// `f` may be called by the handler of any signal.
pub unsafe fn notify(f: Notify) {
    // Release: pairs with the load in `notified`. What `f` needs was made before.
    RT.signals.notify.store(f as *mut (), Ordering::Release);
}

/// Whether os/signal wanted the signal, and has it.
#[inline]
pub fn notified(sig: i32) -> bool {
    let f = RT.signals.notify.load(Ordering::Acquire);
    // SAFETY: what `notify` stored, whose contract is that it may be called.
    !f.is_null() && unsafe { core::mem::transmute::<*mut (), Notify>(f)(sig) }
}

/// # Safety
/// The kernel calls it, as the handler of `sig`, on the signal stack of a thread of the program.
pub(super) unsafe extern "C" fn on_signal(sig: i32, info: *mut SigInfo, uc: *mut UContext) {
    // SAFETY: the kernel gives both, for as long as the handler runs; a thread lets no signal in before its word for itself is set.
    let (info, uc, mp) = unsafe { (&*info, &mut *uc, goxide_tls::thread().cast::<M>()) };
    // SAFETY: this thread's own descriptor.
    if unsafe { (*mp).ext.in_child } {
        // The child has its parent's memory and handlers until it executes another program: it does what the kernel would.
        return kernel::act(sig);
    }
    let Some(row) = row_of(sig) else { return };
    if let Some(own) = Own::of(sig) {
        let f = RT.signals.own[own as usize].load(Ordering::Acquire);
        if !f.is_null() {
            // SAFETY: what `own` stored; the kernel's arguments.
            unsafe { core::mem::transmute::<*mut (), OwnHandler>(f)(info, uc) }
        }
        if own != Own::Preempt {
            return;
        }
        // It may have been sent for another reason as well.
    }
    let sent = info.code == signal::SI_USER || info.code == signal::SI_TKILL;
    if row.fate == Fate::Panic && !sent {
        // SAFETY: in the handler, with the kernel's arguments.
        return unsafe { fault::handle(sig, info, uc) };
    }
    if (sent || row.notifies) && notified(sig) {
        return;
    }
    match row.fate {
        Fate::End => kernel::end_by(sig),
        Fate::Dump | Fate::Panic => report::dump(sig, info, uc),
        Fate::Beyond | Fate::Kernel | Fate::Foreign | Fate::Ignore | Fate::EveryThread => {}
    }
}

//! What package os/signal asks for: signals to be told of, or to be ignored. Nothing of it is in a program without that package: the one
//! handler (`signals::handler`) finds `send` by a pointer that `enable` sets.
//!
//! Package os/signal calls one of these at a time, with a lock of its own. Not here: the way of a signal from the handler to the goroutine
//! that receives it (`goxide_sys::Pending`).

use crate::parts::Signals;
use crate::sched;
use crate::signals::table::{Fate, Own, bit, row_of};
use crate::signals::{handler, install};
use crate::state::{M, RT};
use crate::token::System;
use core::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use goxide_sys::signal::{self, How, SIG_IGN, SIGHUP, SIGINT};

fn kept() -> &'static Signals {
    &RT.signals
}

/// Whether os/signal takes the signal, or it is to be ignored.
///
/// # Safety
/// `sig` is a signal; it may be called anywhere.
unsafe fn send(sig: i32) -> bool {
    kept().pending.send(sig as u32) || kept().ignored.load(Acquire) & bit(sig) != 0
}

/// The signals that have an action of their own, and may have been ignored from the start.
const OWN_WAYS: [i32; 2] = [SIGHUP, SIGINT];

/// Finds out what the parent process had ignored. Nothing but this module changes that, so it is not too late for it.
fn begin() {
    install::all();
    if kept().asked.load(Relaxed) {
        return;
    }
    // SAFETY: `send` is made for it.
    unsafe { handler::notify(send) };
    for sig in OWN_WAYS {
        if signal::action(sig).is_ok_and(|old| old.handler == SIG_IGN) {
            kept().ignored.fetch_or(bit(sig), Release);
        }
    }
    kept().asked.store(true, Relaxed);
}

/// The signal `n`, if os/signal can be asked for it.
fn of(n: u32) -> Option<i32> {
    let sig = n as i32;
    row_of(sig).filter(|row| row.notifies && Own::of(sig) != Some(Own::Profile)).map(|_| sig)
}

/// Whether there is a signal of that number.
fn exists(n: u32) -> bool {
    row_of(n as i32).is_some()
}

/// From now on the signal is received. Sent by a process, that goes for any but KILL and STOP.
pub fn enable(n: u32) {
    begin();
    if !exists(n) {
        return;
    }
    kept().pending.want(n);
    kept().ignored.fetch_and(!bit(n as i32), AcqRel);
    let Some(sig) = of(n) else { return };
    if kept().mask.load(Relaxed) & bit(sig) != 0 {
        open(sig);
    }
    if kept().changed.load(Relaxed) & bit(sig) == 0 {
        let has_one = install::has_handler(sig);
        let old = if has_one { 0 } else { signal::action(sig).map_or(0, |old| old.handler) };
        if !has_one {
            install::handle(sig);
        }
        kept().changed.fetch_or(bit(sig), Relaxed);
        if OWN_WAYS.contains(&sig) && old == SIG_IGN {
            kept().back.fetch_or(bit(sig), Relaxed);
        } else {
            kept().back.fetch_and(!bit(sig), Relaxed);
        }
    }
}

/// The signal is not received any more. HUP and INT are ignored again if they were before; others keep the handler, which does what a
/// program without os/signal does, or nothing for those that stop a process.
pub fn disable(n: u32) {
    begin();
    if !exists(n) {
        return;
    }
    if let Some(sig) = of(n)
        && kept().back.load(Relaxed) & bit(sig) != 0
        && kept().changed.load(Relaxed) & bit(sig) != 0
    {
        kept().changed.fetch_and(!bit(sig), Relaxed);
        install::ignore(sig);
    }
    kept().pending.unwant(n);
}

/// The signal is ignored, by programs that this one executes, too.
pub fn ignore(n: u32) {
    begin();
    if !exists(n) {
        return;
    }
    if let Some(sig) = of(n) {
        kept().changed.fetch_and(!bit(sig), Relaxed);
        install::ignore(sig);
    }
    kept().pending.unwant(n);
    kept().ignored.fetch_or(bit(n as i32), Release);
}

/// Whether the signal is ignored.
pub fn ignored(n: u32) -> bool {
    begin();
    exists(n) && kept().ignored.load(Acquire) & bit(n as i32) != 0
}

/// The next signal; waits for it.
///
/// # Safety
/// In a system entry of the goroutine that receives signals, of which there is one.
pub unsafe fn receive(sys: System<'_>) -> usize {
    match kept().pending.try_receive() {
        Some(sig) => sig as usize,
        // SAFETY: in a system entry of a goroutine.
        None => unsafe { sched::without_processor(sys, || kept().pending.receive() as usize) },
    }
}

/// Waits until each signal that came has been handed on.
///
/// # Safety
/// In a system entry of a goroutine, not of the one that receives signals.
pub unsafe fn wait_until_idle(sys: System<'_>) {
    if kept().pending.is_idle() {
        return;
    }
    // The receiver needs a processor, which may be this one; and a handler that is about to send is not far from it.
    let wait = || {
        while !kept().pending.is_idle() {
            goxide_sys::process::usleep(20);
        }
        0
    };
    // SAFETY: in a system entry of a goroutine.
    unsafe { sched::without_processor(sys, wait) }
}

/// Sees to it that a thread lets the signal in, which the parent process had blocked and all others block: a thread of its own.
#[cold]
fn open(sig: i32) {
    kept().opened.fetch_or(bit(sig), Release);
    if !kept().opener.swap(true, AcqRel) {
        // SAFETY: `let_in` makes do with any descriptor, and loops forever.
        let m = unsafe { RT.sched.new_system_thread(let_in) };
        RT.sched.add_system_thread();
        // SAFETY: the descriptor is new.
        if let Err(e) = unsafe { goxide_sched::Host::start_thread(RT.sched.host(), m) } {
            goxide_sched::Host::thread_failed(RT.sched.host(), RT.sched.thread_count(), e);
        }
    }
    // Not before the thread does is the signal asked for.
    while kept().open.load(Acquire) & bit(sig) == 0 {
        kept().opener_note.wakeup();
        goxide_sys::process::usleep(20);
    }
}

/// # Safety
/// On g0 of a thread of its own.
unsafe fn let_in(_: *mut M) {
    loop {
        let opened = kept().opened.load(Acquire);
        signal::sigprocmask(How::Set, kept().mask.load(Relaxed) & !opened);
        kept().open.store(opened, Release);
        kept().opener_note.sleep();
        kept().opener_note.clear();
    }
}

const _: () = assert!(matches!(row_of(SIGHUP), Some(row) if matches!(row.fate, Fate::End)));

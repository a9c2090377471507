//! What has happened that the task which leads through a collection (`driver`) should know of, and its waking.

use crate::rt::state::{G, RT};
use core::ptr::null_mut;
use core::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, Ordering::*};

/// The heap has reached its trigger.
pub const DUE: u32 = 1;

/// Somebody waits for a whole collection.
pub const ASKED: u32 = 2;

/// Nothing seems to be left to mark.
pub const MARKED: u32 = 4;

/// There has been no collection for two minutes.
pub const PERIODIC: u32 = 8;

/// Somebody waits for the end of a collection that may be over.
pub const WAITS: u32 = 16;

/// What has happened and was not taken note of yet.
pub static EVENTS: AtomicU32 = AtomicU32::new(0);

/// The task is parked, and whoever makes this false must ready it.
pub static ASLEEP: AtomicBool = AtomicBool::new(false);

/// The task, once it is made.
pub static TASK: AtomicPtr<G> = AtomicPtr::new(null_mut());

/// Something has happened that the task should know of. On g0, with or without a processor.
pub fn notify(event: u32) {
    if EVENTS.load(Relaxed) & event != 0 && !ASLEEP.load(Relaxed) {
        return;
    }
    EVENTS.fetch_or(event, SeqCst);
    wake();
}

/// Readies the task if it is parked. Before it is made, whoever makes it finds the event.
pub fn wake() {
    // SAFETY: whoever makes ASLEEP false has the duty to ready the parked task.
    unsafe {
        if ASLEEP.swap(false, SeqCst) {
            RT.sched.ready(TASK.load(Acquire), true);
        }
    }
}

/// A goroutine has found that a collection is due.
pub static BEGIN: AtomicBool = AtomicBool::new(false);

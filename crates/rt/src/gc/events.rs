//! What has happened that the task which leads through a collection (`driver`) should know of, and its waking.

use crate::state::RT;
use core::sync::atomic::Ordering::*;

/// The heap has reached its trigger.
pub const DUE: u32 = 1;

/// A goroutine waits for a whole collection.
pub const ASKED: u32 = 2;

/// Nothing seems to be left to mark.
pub const MARKED: u32 = 4;

/// There has been no collection for two minutes.
pub const PERIODIC: u32 = 8;

/// A goroutine waits for the end of a collection that may be over.
pub const WAITS: u32 = 16;

/// A goroutine that had taken on a collection has given it back: the phase is IDLE again.
pub const GIVEN_BACK: u32 = 32;

/// The number of processors is to change: the task stops the world for it, whatever the phase.
pub const PROCS: u32 = 64;

/// Something has happened that the task should know of. On g0, with or without a processor. Before the task is made, whoever makes
/// it finds the event.
pub fn notify(event: u32) {
    if RT.collection.driver.events.set(event) {
        // SAFETY: who is told so has the duty to ready the task, which sleeps and so exists.
        unsafe { RT.sched.ready(RT.collection.driver.task.load(Acquire), true) }
    }
}

//! What becomes of a deadlock: the function that the runtime was built with is told, once for each. What finds it is in `idle`.

use std::sync::atomic::Ordering;

use super::os::guarded;
use super::state::Os;
use crate::{Asleep, Sched};

/// Tells of a deadlock, on a thread of its own: the worker that found it is to run what is spawned or readied because of it. A worker that was
/// woken for nothing finds the same deadlock again; it is told of no more.
pub(super) fn report(sched: &'static Sched<Os>, why: Asleep) {
    let host = sched.host();
    let Some(f) = host.deadlock.clone() else { return };
    let mut turns = 0u64;
    // SAFETY: processors stay as long as their scheduler.
    sched.for_each_proc(|p| turns += u64::from(unsafe { (*p).sched_tick.load(Ordering::Relaxed) }));
    // One that is readied runs for a turn before it can wait again. (0 is none that was told of.) A worker that comes late, when another has told of
    // a later one, has nothing to tell.
    if host.told.fetch_max(turns + 1, Ordering::Relaxed) > turns {
        return;
    }
    // It may shut the runtime down, which does not wait for it: what it uses of the runtime is its own.
    let g = f.clone();
    let own = std::thread::Builder::new().name("goxide-deadlock".into()).spawn(move || guarded(|| g(why)));
    if own.is_err() {
        guarded(|| f(why));
    }
}

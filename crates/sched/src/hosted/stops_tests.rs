//! A stop of the world at chosen moments, where a program cannot choose them. What hosted runtimes do is tested from outside.

use super::Builder;
use super::outside::on_task;
use super::state::Os;
use super::switch::on_g0;
use crate::proc::Status;
use crate::task::Task;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

/// What [`offer_the_other`] put into the queue of a processor that it offered, and [`take_the_other_back`] found in the stopper's.
static OFFERED: AtomicUsize = AtomicUsize::new(0);
static TAKEN_OVER: AtomicUsize = AtomicUsize::new(0);

/// What is queued here becomes the other processor's, which is left for a thread that does not come; nothing, if one does.
///
/// # Safety
/// The world of two processors is stopped by the thread of `t`, which has the first of them or the second.
unsafe fn offer_the_other(t: *mut Task<Os>) {
    // SAFETY: the world is stopped by this thread (this function's contract): every processor is its own.
    unsafe {
        let (sched, mine) = ((*(*t).thread).sched, (*(*t).thread).proc);
        let sched = &*sched;
        let other = sched.table().get(1 - (*mine).id);
        if (*other).status.load(Ordering::Relaxed) != Status::Stopped {
            // A thread is on its way to it.
            return OFFERED.store(0, Ordering::Relaxed);
        }
        let mut n = (*other).queue.len();
        while n < 200 {
            let mut t = (*mine).queue.pop_next();
            if t.is_null() {
                t = (*mine).queue.pop();
            }
            if t.is_null() {
                break;
            }
            assert!((*other).queue.push(t), "more than a queue holds");
            n += 1;
        }
        OFFERED.store(n, Ordering::Relaxed);
        if n != 0 {
            (*other).status.store(Status::Withheld, Ordering::SeqCst);
        }
    }
}

/// The thread that the other processor was left for has given up.
///
/// # Safety
/// As for [`offer_the_other`], which was called in the last stop.
unsafe fn take_the_other_back(t: *mut Task<Os>) {
    // SAFETY: as in `offer_the_other`.
    unsafe {
        let (sched, mine) = ((*(*t).thread).sched, (*(*t).thread).proc);
        let other = (*sched).table().get(1 - (*mine).id);
        assert!((*other).queue.is_empty(), "{} tasks wait for a thread that does not come", (*other).queue.len());
        TAKEN_OVER.store((*mine).queue.len(), Ordering::Relaxed);
        assert!((*sched).take_status(other, Status::Withheld, Status::Stopped), "its offer stood");
    }
}

/// What waits where a thread does not come for it is the next stopper's: a task that stops the world again and again, and leaves no processor idle,
/// does not keep it from running.
#[test]
fn a_stop_takes_over_the_queue_of_an_offered_processor() {
    let runtime = Builder::new().procs(2).build();
    let ran = Arc::new(AtomicU32::new(0));
    let counts = ran.clone();
    // SAFETY: none of these tasks waits.
    let spawned = unsafe {
        runtime.spawn_migrating(move || {
            let mut spawned = 0;
            loop {
                for _ in 0..50 {
                    let ran = counts.clone();
                    spawned += 1;
                    drop(super::spawn_migrating(move || ran.fetch_add(1, Ordering::Relaxed)));
                }
                // SAFETY: see `on_g0`; the functions are called with the world stopped, one after the other.
                on_task("stop", |sched| on_g0(|t| sched.with_world_stopped_on_g0(t, 0, offer_the_other)));
                if OFFERED.load(Ordering::Relaxed) != 0 {
                    // SAFETY: see `on_g0`; the function is called with the world stopped, after the other, and on the same processor, since this task has
                    // not waited.
                    on_task("stop", |sched| on_g0(|t| sched.with_world_stopped_on_g0(t, 0, take_the_other_back)));
                    return spawned;
                }
            }
        })
    };
    let spawned = spawned.join().unwrap();
    assert!(TAKEN_OVER.load(Ordering::Relaxed) >= OFFERED.load(Ordering::Relaxed));
    while ran.load(Ordering::Relaxed) != spawned {
        std::thread::yield_now();
    }
}

//! Functions that are called at a time: [`Alarm`], a one-shot timer.
//!
//! While it is set, an alarm owns one reference to itself, which the firing (or the
//! stop that prevents it) gives back.

use std::cell::UnsafeCell;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::os::guarded;
use super::outside::on_processor;
use super::registry;
use super::state::{Os, current};
use crate::{Host, Sched, Timer, TimerCall};

/// What is called.
type Action = Box<dyn Fn() + Send + Sync>;

/// A function to be called once the time has come. It runs on a worker, between tasks: it may spawn, wake, and set or
/// stop alarms. The functions that wait panic there. A panic of the action ends the action and is reported by the panic
/// hook, no more.
///
/// An alarm belongs to the runtime that it is first set in. When that is shut down the alarm is not set any more, and does not go off.
pub struct Alarm {
    timer: &'static Shared,
    action: Action,
    /// The number of the runtime whose heaps the timer may be in; 0: none.
    owner: AtomicU64,
}

/// A timer. The scheduler may look at one long after it was of use, so timers are never freed, but used again.
struct Shared(UnsafeCell<Timer>);

// SAFETY: the timer is touched through the scheduler only, on any thread, which locks.
unsafe impl Sync for Shared {}

/// Timers of alarms that are gone. They are not pending, but may be in a heap still: each has its owner.
static SPARE: Mutex<Vec<(u64, &'static Shared)>> = Mutex::new(Vec::new());

/// So many spare timers are looked at for one that suits.
const LOOKS: usize = 16;

fn spare() -> MutexGuard<'static, Vec<(u64, &'static Shared)>> {
    // A list is whole though a thread has panicked.
    SPARE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The number of the runtime whose thread this is; 0: of none.
fn here() -> u64 {
    let t = current();
    // SAFETY: the word is null or this thread's g0 or task, both of which have their thread set, and that its scheduler.
    if t.is_null() { 0 } else { unsafe { (*(*(*t).thread).sched).host().runtime.id } }
}

/// All timers of the runtime have left its heaps, which are freed.
pub(super) fn runtime_is_down(id: u64) {
    for (owner, _) in spare().iter_mut().filter(|(owner, _)| *owner == id) {
        *owner = 0;
    }
}

impl Alarm {
    /// An alarm that is not set.
    #[must_use]
    pub fn new(action: impl Fn() + Send + Sync + 'static) -> Arc<Self> {
        let here = here();
        let found = {
            let mut spare = spare();
            let at = spare.iter().rev().take(LOOKS).position(|(owner, _)| *owner == 0 || *owner == here);
            at.map(|back| {
                let at = spare.len() - 1 - back;
                spare.swap_remove(at)
            })
        };
        let (owner, timer) = found.unwrap_or_else(|| (0, Box::leak(Box::new(Shared(UnsafeCell::new(Timer::new()))))));
        Arc::new(Alarm { timer, action: Box::new(action), owner: AtomicU64::new(owner) })
    }

    /// Whether it belongs to the runtime `id`, on a thread of which this is called; made so if it belongs to none.
    fn is_of(&self, id: u64, claims: bool) -> bool {
        let mut owner = self.owner.load(Ordering::Acquire);
        loop {
            if owner == id {
                return true;
            }
            if !claims || (owner != 0 && registry::find(owner).is_some()) {
                return false;
            }
            // AcqRel: what takes it over from a runtime that is freed sees the timer as that has left it. (The list of runtimes orders the two, too.)
            match self.owner.compare_exchange(owner, id, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return true,
                Err(seen) => owner = seen,
            }
        }
    }

    /// Sets it to go off after `time`, from a task or an action; whether it was set already.
    ///
    /// # Panics
    /// On a thread that is not the runtime's, and if it belongs to another runtime.
    pub fn set(self: &Arc<Self>, time: Duration) -> bool {
        on_processor("Alarm::set", |sched| {
            let mine = self.is_of(sched.host().runtime.id, true);
            assert!(mine, "an Alarm belongs to the runtime that it was first set in");
            let ns = i64::try_from(time.as_nanos()).unwrap_or(i64::MAX);
            let when = sched.host().nanotime().saturating_add(ns);
            // The heap's reference; it may go off before `timer_modify` returns.
            let me = Arc::into_raw(self.clone());
            // SAFETY: this thread holds a processor; timers are never freed, this one is in no other runtime's heap, and the reference keeps this one the alarm's while it is
            // pending. If it was, it had its reference already.
            unsafe {
                let was_set = sched.timer_modify(self.timer.0.get(), when, 0, 1, [me as usize, 0], 0);
                if was_set {
                    drop(Arc::from_raw(me));
                }
                was_set
            }
        })
    }

    /// Keeps it from going off, from a task or an action; whether it was set. Also from one of another runtime.
    ///
    /// # Panics
    /// On a thread that is not the runtime's.
    pub fn stop(self: &Arc<Self>) -> bool {
        on_processor("Alarm::stop", |sched| {
            // SAFETY: the timer is valid, and is in no heap but its owner's, which stays: this thread is the owner's, or has it pinned. If it was
            // pending, its reference is ours now.
            let stop = |sched: &Sched<Os>| unsafe {
                let was_set = sched.timer_stop(self.timer.0.get());
                if was_set {
                    drop(Arc::from_raw(Arc::as_ptr(self)));
                }
                was_set
            };
            if self.is_of(sched.host().runtime.id, false) {
                return stop(sched);
            }
            let owner = registry::find(self.owner.load(Ordering::Acquire));
            // One that is down has none that is set.
            owner.and_then(|owner| owner.with_pin(stop)).unwrap_or(false)
        })
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        // Without a reference to it an alarm is not set.
        let owner = *self.owner.get_mut();
        // One that is freed does not say so of this timer any more; its number is no other's.
        let gone = owner != 0 && owner != here();
        let mut spare = spare();
        let owner = if gone && registry::find(owner).is_none() { 0 } else { owner };
        spare.push((owner, self.timer));
    }
}

impl fmt::Debug for Alarm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Alarm").finish_non_exhaustive()
    }
}

/// Runs an alarm whose timer has left the heap; if it `goes_off`: else it is dropped, without more.
///
/// # Safety
/// The call is that of an alarm's timer.
pub(super) unsafe fn go_off(call: TimerCall, goes_off: bool) {
    // SAFETY: the heap's reference, put there by `set`.
    let alarm = unsafe { Arc::from_raw(call.arg[0] as *const Alarm) };
    // What it panics with must not unwind the scheduler; nor must the action's own destructor.
    guarded(move || {
        if goes_off {
            (alarm.action)();
        }
        drop(alarm);
    });
}

//! Functions that are called at a time: [`Alarm`], a one-shot timer.
//!
//! While it is set, an alarm owns one reference to itself, which the firing (or the
//! stop that prevents it) gives back.

use std::cell::UnsafeCell;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::os::guarded;
use super::outside::on_processor;
use crate::{Host, Timer, TimerCall};

/// What is called.
type Action = Box<dyn Fn() + Send + Sync>;

/// A function to be called once the time has come. It runs on a worker, between tasks: it may spawn, wake, and set or
/// stop alarms. The functions that wait panic there. A panic of the action ends the action and is reported by the panic
/// hook, no more.
pub struct Alarm {
    timer: &'static Shared,
    action: Action,
}

/// A timer. The scheduler may look at one long after it was of use, so timers are never freed, but used again.
struct Shared(UnsafeCell<Timer>);

// SAFETY: the timer is touched through the scheduler only, on any thread, which locks.
unsafe impl Sync for Shared {}

/// Timers of alarms that are gone. They are not pending.
static SPARE: Mutex<Vec<&'static Shared>> = Mutex::new(Vec::new());

fn spare() -> MutexGuard<'static, Vec<&'static Shared>> {
    // A list is whole though a thread has panicked.
    SPARE.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Alarm {
    /// An alarm that is not set.
    #[must_use]
    pub fn new(action: impl Fn() + Send + Sync + 'static) -> Arc<Self> {
        let timer = spare().pop().unwrap_or_else(|| Box::leak(Box::new(Shared(UnsafeCell::new(Timer::new())))));
        Arc::new(Alarm { timer, action: Box::new(action) })
    }

    /// Sets it to go off after `time`, from a task or an action; whether it was set already.
    ///
    /// # Panics
    /// On a thread that is not the runtime's.
    pub fn set(self: &Arc<Self>, time: Duration) -> bool {
        on_processor("Alarm::set", |sched| {
            let ns = i64::try_from(time.as_nanos()).unwrap_or(i64::MAX);
            let when = sched.host().nanotime().saturating_add(ns);
            // The heap's reference; it may go off before `timer_modify` returns.
            let me = Arc::into_raw(self.clone());
            // SAFETY: this thread holds a processor; timers are never freed, and the reference keeps this one the alarm's while it is
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

    /// Keeps it from going off, from a task or an action; whether it was set.
    ///
    /// # Panics
    /// On a thread that is not the runtime's.
    pub fn stop(self: &Arc<Self>) -> bool {
        on_processor("Alarm::stop", |sched| {
            // SAFETY: the timer is valid; if it was pending, its reference is ours now.
            unsafe {
                let was_set = sched.timer_stop(self.timer.0.get());
                if was_set {
                    drop(Arc::from_raw(Arc::as_ptr(self)));
                }
                was_set
            }
        })
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        // Without a reference to it an alarm is not set.
        spare().push(self.timer);
    }
}

impl fmt::Debug for Alarm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Alarm").finish_non_exhaustive()
    }
}

/// Runs an alarm whose timer has left the heap.
///
/// # Safety
/// The call is that of an alarm's timer.
pub(super) unsafe fn go_off(call: TimerCall) {
    // SAFETY: the heap's reference, put there by `set`.
    let alarm = unsafe { Arc::from_raw(call.arg[0] as *const Alarm) };
    // What it panics with must not unwind the scheduler; nor must the action's own destructor.
    guarded(move || (alarm.action)());
}

//! Functions that are called at a time: [`Alarm`], a one-shot timer.
//!
//! While its timer is in a heap, an alarm owns one reference to itself, which the firing (or the
//! stop that prevents it) gives back.

use std::cell::UnsafeCell;
use std::fmt;
use std::sync::Arc;
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
    timer: UnsafeCell<Timer>,
    action: Action,
}

// SAFETY: the timer is touched through the scheduler only, which locks.
unsafe impl Sync for Alarm {}
// SAFETY: the timer is the scheduler's to touch, under its locks, on any thread; the action is `Send`.
unsafe impl Send for Alarm {}

impl Alarm {
    /// An alarm that is not set.
    pub fn new(action: impl Fn() + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Alarm { timer: UnsafeCell::new(Timer::new()), action: Box::new(action) })
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
            // SAFETY: this thread holds a processor; the reference keeps the timer in place while
            // it is in a heap. If it was in one, that had its reference already.
            unsafe {
                let was_set = sched.timer_modify(self.timer.get(), when, 0, 1, [me as usize, 0], 0);
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
            // SAFETY: the timer is valid; if it was in a heap, its reference is ours now.
            unsafe {
                let was_set = sched.timer_stop(self.timer.get());
                if was_set {
                    drop(Arc::from_raw(Arc::as_ptr(self)));
                }
                was_set
            }
        })
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

//! The end of a runtime: [`Runtime::shutdown`] and its kin. How its tasks come to an end is in `ending`; then its threads do, and all of it is freed.
//!
//! A thread of its own does it, the *reaper*, so that who asks for the end may wait for as long as it likes. When the last task has ended no handle
//! gets in any more; what is inside leaves. Nothing is left then that could give a thread anything to do: all are rung, and go to the bottom of
//! their stacks instead of to sleep (`crate::end`). When they were joined, the reaper is the only one that has the scheduler, and frees it.

use std::cell::Cell;
use std::fmt;
use std::ops::Deref;
use std::time::{Duration, Instant};

use super::alarm;
use super::ending::sweep;
use super::os::{self, New, guarded};
use super::outside::serves;
use super::state::{Kind, Os, Runtime};
use super::switch::on_g0;
use crate::Sched;

thread_local! {
    /// The number of the runtime that this thread shuts down, for destructors of what was given to it.
    static REAPS: Cell<u64> = const { Cell::new(0) };
}

/// The reaper looks again whether a thread sleeps for a timer, in nanoseconds.
const AGAIN_NS: i64 = 20_000_000;

impl Runtime {
    /// Ends the runtime, and returns when everything of it is gone: no task, no thread, no memory is left.
    ///
    /// - A task that **waits**, or comes to wait, is unwound from there: its destructors run, on the task. Standard error says nothing of it. One that
    ///   **computes** goes on until it waits or ends. One that was **not begun** is not: its closure is dropped.
    /// - A call by [`blocking`](super::blocking) or [`brief`](super::brief) is **waited for**, however long it takes, and so is what destructors wait
    ///   for. Sleeps of destructors are no time at all, and parks return at once.
    /// - **Alarms** that are set are dropped and do not go off. A [monitor](super::Builder::monitor) is unwound.
    /// - [`JoinHandle`](super::JoinHandle)s stay good: a task's value if it came to its end, else [`ShutDown`](super::ShutDown). So say those of tasks
    ///   that are spawned from now on, which are dropped, also by destructors.
    ///
    /// A runtime that is down already, or is being shut down, is waited for all the same. Others go on. If panics abort (`panic = "abort"`)
    /// no task can be unwound: each is waited for.
    ///
    /// # Panics
    /// On a thread of the runtime: in a task of its, in a call by `blocking`, in an alarm's action, in the monitor. These may use
    /// [`Runtime::shutdown_background`].
    ///
    /// ```
    /// use goxide_sched::hosted::{self, Runtime, ShutDown};
    /// use std::time::Duration;
    ///
    /// let rt = Runtime::new();
    /// let sleeper = rt.spawn(|| hosted::sleep(Duration::from_secs(3600)));
    /// rt.shutdown();
    /// assert!(sleeper.join().unwrap_err().is::<ShutDown>());
    /// ```
    pub fn shutdown(&self) {
        self.end(None);
    }

    /// As [`Runtime::shutdown`], but waits no longer than so long; whether all of it is gone. If not it goes on in the background, and may be waited
    /// for again.
    ///
    /// # Panics
    /// As [`Runtime::shutdown`].
    #[must_use = "whether the runtime is gone"]
    pub fn shutdown_timeout(&self, time: Duration) -> bool {
        self.end(Some(time))
    }

    /// As [`Runtime::shutdown`], but does not wait. From anywhere, tasks of the runtime included.
    ///
    /// # Panics
    /// If no thread can be had that does it; nothing has changed then.
    pub fn shutdown_background(&self) {
        let mut progress = self.slot.progress();
        if self.is_freed() || core::mem::replace(&mut progress.begun, true) {
            return;
        }
        let me = *self;
        match std::thread::Builder::new().name("goxide-shutdown".into()).spawn(move || reap(me)) {
            Ok(reaper) => progress.reaper = Some((self.id, reaper)),
            Err(e) => {
                progress.begun = false;
                drop(progress);
                panic!("no thread to shut a runtime down: {e}")
            }
        }
    }

    /// Whether everything of it is gone.
    #[must_use]
    pub fn is_shut_down(&self) -> bool {
        self.is_freed()
    }

    /// Shuts it down when the guard is dropped.
    ///
    /// ```
    /// use goxide_sched::hosted::Runtime;
    ///
    /// let rt = Runtime::new().guard();
    /// assert_eq!(rt.block_on(|| 6 * 7), 42);
    /// ```
    pub fn guard(self) -> ShutdownGuard {
        ShutdownGuard(self)
    }

    /// Whether this thread is one that the end waits for.
    fn is_inside(&self) -> bool {
        self.here().is_some() || serves().is_some_and(|task| task.runtime == *self) || REAPS.get() == self.id
    }

    fn end(&self, time: Option<Duration>) -> bool {
        assert!(
            !self.is_inside(),
            "a runtime was shut down by what it runs, which would wait for its own end: see Runtime::shutdown_background"
        );
        self.shutdown_background();
        let until = time.and_then(|time| Instant::now().checked_add(time));
        let mut progress = self.slot.progress();
        while !self.is_freed() {
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            if left == Some(Duration::ZERO) {
                return false;
            }
            progress = self.slot.wait(progress, left);
        }
        // Of several that wait one joins it.
        let reaper = progress.reaper.take_if(|(id, _)| *id == self.id);
        drop(progress);
        if let Some((_, reaper)) = reaper {
            let _ = reaper.join();
        }
        true
    }
}

/// Shuts a [`Runtime`] down when it is dropped, and waits for that; see [`Runtime::guard`]. Dropped by what the runtime itself runs, it does not wait.
#[must_use = "the runtime is shut down when it is dropped"]
pub struct ShutdownGuard(Runtime);

impl Deref for ShutdownGuard {
    type Target = Runtime;

    fn deref(&self) -> &Runtime {
        &self.0
    }
}

impl Drop for ShutdownGuard {
    fn drop(&mut self) {
        if self.0.is_inside() {
            self.0.shutdown_background();
        } else {
            self.0.shutdown();
        }
    }
}

impl fmt::Debug for ShutdownGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ShutdownGuard").field(&self.0).finish()
    }
}

/// Shuts a runtime down. On a thread of its own, once for each.
fn reap(runtime: Runtime) {
    REAPS.set(runtime.id);
    // SAFETY: this is the reaper, which frees it.
    let sched = unsafe { runtime.live() };
    let host = sched.host();
    let ending = &host.ending;
    ending.close();
    // What has looked at `closing` before has spawned its task when the sweep counts.
    runtime.slot.drain();
    sched.break_sleep();
    let sweeper =
        New { job: Box::new(move || sweep_all(sched)), stays: false, stack: None, name: None, kind: Kind::Spared };
    os::spawn_as(runtime, sweeper);
    loop {
        while !ending.is_deserted() {
            ending.done.sleep_timeout(AGAIN_NS);
            ending.done.clear();
            sched.break_sleep();
        }
        runtime.slot.close();
        // One may have been spawned by a handle that was inside.
        if ending.is_deserted() {
            break;
        }
    }
    ending.stop_clock();
    ending.end.call();
    // SAFETY: descriptors stay as long as their scheduler.
    sched.for_each_thread(|m| unsafe { (*m).park.wakeup() });
    sched.break_sleep();
    sched.monitor_note.wakeup();
    host.helpers.close();
    ending.join_threads();
    // SAFETY: no task, no thread and no handle is left that has it.
    unsafe { free(runtime.raw()) };
    runtime.slot.leave();
    alarm::runtime_is_down(runtime.id);
}

/// Lets every task that waits go on, and counts the living. On a task of the runtime's own.
fn sweep_all(sched: &'static Sched<Os>) {
    // SAFETY: see `on_g0`; `sweep` does not enter the scheduler.
    on_g0(|t| unsafe { sched.with_world_stopped_on_g0(t, 0, sweep) });
    loop {
        let t = sched.host().ending.take_swept();
        if t.is_null() {
            return;
        }
        // SAFETY: the sweep took it off the list where it waited, and nothing else readies it.
        unsafe { os::ready(sched, t) };
    }
}

/// Frees a scheduler, with all that its descriptors own.
///
/// # Safety
/// It came from `Box::into_raw`, and this is the last to have it, or anything of it.
unsafe fn free(sched: *mut Sched<Os>) {
    // SAFETY: the scheduler and its descriptors are this thread's alone (this function's contract). Their memory is freed with the host, the values
    // in them here, once each: a processor's, a thread's or a task's is in one table or list once. Timers of a heap are timers still.
    unsafe {
        let table = (*sched).table();
        for i in 0..table.cap {
            let Some(p) = table.get(i).as_ref() else { continue };
            while let Some(call) = p.timers.pop_due(i64::MAX) {
                // A sleep's has no function: its task has ended.
                if call.f != 0 {
                    alarm::go_off(call, false);
                }
            }
            p.timers.free();
            (&raw const p.ext).cast_mut().drop_in_place();
        }
        (*sched).for_each_task(|t| guarded(|| (&raw mut (*t).ext).drop_in_place()));
        (*sched).for_each_thread(|m| {
            (&raw mut (*(*m).g0).ext).drop_in_place();
            (&raw mut (*m).ext).drop_in_place();
        });
        guarded(|| drop(Box::from_raw(sched)));
    }
}

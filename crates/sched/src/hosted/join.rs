//! Waiting for the end of a task, by its [`JoinHandle`]. What is waited for is in `packet`.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use goxide_sys::Note;

use super::ending::{ShutDown, Wait};
use super::outside::on_task;
pub use super::packet::JoinHandle;
use super::packet::{DONE, NOTE, RUNNING};
use super::state::Os;
use super::switch::{is_task, on_g0};
use crate::Task;

impl<T> JoinHandle<T> {
    /// Whether the task has ended and let go of its result: what the handle drops then, it drops alone, as of a thread of std's.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        // A handle cannot be cloned, so this count only falls. The drop of the last reference synchronises with the other's by it,
        // `join` with the task by the word.
        self.ended() && Arc::strong_count(&self.0) == 1
    }

    /// Whether the result is there.
    fn ended(&self) -> bool {
        self.0.word.load(Ordering::Acquire) == DONE
    }

    /// Waits for the task to end: its value, or what it panicked with. A task of the same runtime
    /// parks; any other thread blocks.
    ///
    /// # Errors
    /// What the task panicked with; a `String` that says so if the task could not start for want of a stack;
    /// [`ShutDown`](super::ShutDown) if the runtime was shut down before it ended.
    ///
    /// # Panics
    /// In an alarm's action.
    pub fn join(self) -> thread::Result<T> {
        if !self.ended() {
            if self.0.runtime.here().is_some() {
                let word = &raw const self.0.word as usize;
                on_task("JoinHandle::join", |sched| {
                    let wait = Wait::begin(sched);
                    // SAFETY: see `on_g0`. Once `commit` has put the task into the word, the end of
                    // the other task readies it.
                    on_g0(|t| unsafe { sched.park_on_g0(t, Some(commit), word, 0) });
                    wait.end(sched);
                });
            } else {
                let note = Note::new();
                let w = &raw const note as usize | NOTE;
                let waits = self.0.word.compare_exchange(RUNNING, w, Ordering::AcqRel, Ordering::Acquire);
                if waits.is_ok() {
                    note.sleep();
                }
            }
            debug_assert!(self.ended());
        }
        // SAFETY: DONE was seen, and this handle is the only reader.
        let result = unsafe { (*self.0.result.get()).take() }.expect("a task's result is taken once");
        // The joiner's runtime is the one that was shut down: so is the joiner unwound, and need not answer.
        if result.as_ref().is_err_and(|e| e.is::<ShutDown>())
            && let Some(sched) = self.0.runtime.here()
            && is_task()
        {
            let _ = Wait::begin(sched);
        }
        result
    }
}

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinHandle").field("finished", &self.is_finished()).finish_non_exhaustive()
    }
}

/// # Safety
/// As an [`Unlock`](crate::park::Unlock); `word` is the address of the word of a packet that the parking task keeps alive.
unsafe fn commit(t: *mut Task<Os>, word: usize) -> bool {
    // SAFETY: the address of the word of a packet that the parking task keeps alive.
    let word = unsafe { &*(word as *const AtomicUsize) };
    word.compare_exchange(RUNNING, t as usize, Ordering::AcqRel, Ordering::Acquire).is_ok()
}

//! What a task leaves behind when it ends, and how it gets to whoever waits for it: the packet that carries the result. A packet
//! that is dropped without having been run (there was no stack for its task, or its runtime was shut down) carries the reason. Waiting is in `join`.
//!
//! One word says where things stand: `RUNNING`, `DONE`, or who waits (the address of a task, or of a [`Note`] with bit 1 set).
//! The task stores its result, then swaps in `DONE`; the waiter puts itself in only if the word is still `RUNNING`.

use std::cell::UnsafeCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use goxide_sys::Note;

use super::ending::ShutDown;
use super::os;
use super::state::{Os, Runtime, SpawnError};
use crate::Task;

pub(super) const RUNNING: usize = 0;
pub(super) const DONE: usize = 1;
pub(super) const NOTE: usize = 2;

pub(super) struct Inner<T> {
    pub(super) word: AtomicUsize,
    pub(super) result: UnsafeCell<Option<thread::Result<T>>>,
    pub(super) runtime: Runtime,
}

// SAFETY: the result is written before DONE is stored and read after it was seen.
unsafe impl<T: Send> Sync for Inner<T> {}
// SAFETY: the result, if there is one, may be sent; nothing else in it belongs to a thread.
unsafe impl<T: Send> Send for Inner<T> {}

/// The task's side, until the result is there.
pub(super) struct Packet<T>(Option<Arc<Inner<T>>>);

/// Waits for a task's result. Dropping it lets the task run on unobserved.
pub struct JoinHandle<T>(pub(super) Arc<Inner<T>>);

pub(super) fn pair<T>(runtime: Runtime) -> (Packet<T>, JoinHandle<T>) {
    let inner = Arc::new(Inner { word: AtomicUsize::new(RUNNING), result: UnsafeCell::new(None), runtime });
    (Packet(Some(inner.clone())), JoinHandle(inner))
}

impl<T> Packet<T> {
    /// Runs `f` and hands its result, or its panic, to the joiner. Does not panic itself: if none joins, a panic of the
    /// result's destructor ends here.
    pub fn run(mut self, f: impl FnOnce() -> T) {
        if let Some(inner) = self.0.take() {
            inner.finish(catch_unwind(AssertUnwindSafe(f)));
        }
    }
}

impl<T> Drop for Packet<T> {
    fn drop(&mut self) {
        if let Some(inner) = self.0.take() {
            // Down, or about to be: there is nothing to be mended.
            if inner.runtime.with(|sched| sched.host().ending.is_closing()).unwrap_or(true) {
                return inner.finish(Err(Box::new(ShutDown)));
            }
            let error = SpawnError::NO_STACK;
            eprintln!("goxide-sched: {error}");
            inner.finish(Err(Box::new(error.to_string())));
        }
    }
}

impl<T> Inner<T> {
    fn finish(self: Arc<Self>, result: thread::Result<T>) {
        // SAFETY: nothing reads before DONE. A waiter is woken once, by this swap; its note may be
        // gone as soon as it is rung, which `Note` allows for. A task that waits has not ended, so its runtime is there until it is readied, which is
        // done on a thread of that runtime, or with it pinned: what drops a packet there is a task, its spawner, or the reaper.
        unsafe {
            *self.result.get() = Some(result);
            // AcqRel: releases the result, acquires the waiter.
            match self.word.swap(DONE, Ordering::AcqRel) {
                RUNNING => {}
                w if w & NOTE != 0 => (*((w & !NOTE) as *const Note)).wakeup(),
                w => os::ready(self.runtime.live(), w as *mut Task<Os>),
            }
        }
        os::guarded(|| drop(self));
    }
}

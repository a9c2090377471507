//! Waiting for the end of a task: [`JoinHandle`], and the packet that carries the result. A packet that is dropped
//! without having been run (there was no stack for its task) carries the reason.
//!
//! One word says where things stand: `RUNNING`, `DONE`, or who waits (the address of a task, or of
//! a [`Note`] with bit 1 set). The task stores its result, then swaps in `DONE`; the waiter puts
//! itself in only if the word is still `RUNNING`.

use std::cell::UnsafeCell;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use goxide_sys::Note;

use super::os::{self, Os};
use super::outside::on_task;
use super::{Runtime, SpawnError, on_g0};
use crate::Task;

const RUNNING: usize = 0;
const DONE: usize = 1;
const NOTE: usize = 2;

struct Inner<T> {
    word: AtomicUsize,
    result: UnsafeCell<Option<thread::Result<T>>>,
    runtime: Runtime,
}

// SAFETY: the result is written before DONE is stored and read after it was seen.
unsafe impl<T: Send> Sync for Inner<T> {}
// SAFETY: the result is taken out by one thread, which may be another: `T` is `Send`.
unsafe impl<T: Send> Send for Inner<T> {}

/// The task's side, until the result is there.
pub(super) struct Packet<T>(Option<Arc<Inner<T>>>);

/// Waits for a task's result. Dropping it lets the task run on unobserved.
pub struct JoinHandle<T>(Arc<Inner<T>>);

pub(super) fn pair<T>(runtime: Runtime) -> (Packet<T>, JoinHandle<T>) {
    let inner = Arc::new(Inner {
        word: AtomicUsize::new(RUNNING),
        result: UnsafeCell::new(None),
        runtime,
    });
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
            eprintln!("goxide-sched: {SpawnError}");
            inner.finish(Err(Box::new(SpawnError.to_string())));
        }
    }
}

impl<T> Inner<T> {
    fn finish(self: Arc<Self>, result: thread::Result<T>) {
        // SAFETY: nothing reads before DONE. A waiter is woken once, by this swap; its note may be
        // gone as soon as it is rung, which `Note` allows for.
        unsafe {
            *self.result.get() = Some(result);
            // AcqRel: releases the result, acquires the waiter.
            match self.word.swap(DONE, Ordering::AcqRel) {
                RUNNING => {}
                w if w & NOTE != 0 => (*((w & !NOTE) as *const Note)).wakeup(),
                w => os::ready(self.runtime.sched, w as *mut Task<Os>),
            }
        }
        os::guarded(|| drop(self));
    }
}

impl<T> JoinHandle<T> {
    /// Whether the task has ended.
    pub fn is_finished(&self) -> bool {
        self.0.word.load(Ordering::Acquire) == DONE
    }

    /// Waits for the task to end: its value, or what it panicked with. A task of the same runtime
    /// parks; any other thread blocks.
    ///
    /// # Errors
    /// What the task panicked with; a `String` that says so if the task could not start for want of a stack.
    ///
    /// # Panics
    /// In an alarm's action.
    pub fn join(self) -> thread::Result<T> {
        if !self.is_finished() {
            let sched = self.0.runtime.sched;
            let me = os::current();
            // SAFETY: a current task has a thread, which has a scheduler.
            if !me.is_null() && unsafe { core::ptr::eq((*(*me).thread).sched, sched) } {
                let word = &raw const self.0.word as usize;
                on_task("JoinHandle::join", |sched| {
                    // SAFETY: see `on_g0`. Once `commit` has put the task into the word, the end of
                    // the other task readies it.
                    on_g0(|t| unsafe { sched.park_on_g0(t, Some(commit), word, 0) })
                });
            } else {
                let note = Note::new();
                let w = &raw const note as usize | NOTE;
                let waits =
                    self.0
                        .word
                        .compare_exchange(RUNNING, w, Ordering::AcqRel, Ordering::Acquire);
                if waits.is_ok() {
                    note.sleep();
                }
            }
            debug_assert!(self.is_finished());
        }
        // SAFETY: DONE was seen, and this handle is the only reader.
        unsafe { (*self.0.result.get()).take() }.expect("a task's result is taken once")
    }
}

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinHandle")
            .field("finished", &self.is_finished())
            .finish_non_exhaustive()
    }
}

unsafe fn commit(t: *mut Task<Os>, word: usize) -> bool {
    // SAFETY: the address of the word of a packet that the parking task keeps alive.
    let word = unsafe { &*(word as *const AtomicUsize) };
    word.compare_exchange(RUNNING, t as usize, Ordering::AcqRel, Ordering::Acquire)
        .is_ok()
}

//! Tasks that may borrow: a [`scope`] ends when all tasks spawned in it have. The counterpart of `std::thread::scope`, with its rules.
//!
//! One word counts the tasks, and one more for the scope itself. Whoever of them takes it to zero is the last: if that is a task, it wakes
//! the scope's caller, which parks until the word is zero. A task counts until everything that it might have borrowed is dropped; a result
//! that is not joined is dropped before.

use std::any::Any;
use std::fmt;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::ending::Wait;
use super::os;
use super::outside::{on_task, serves, that_may_wait};
use super::packet::{self, JoinHandle, Packet};
use super::runtime::{self, Runtime};
use super::state::{Job, TaskRef, current};

/// Where tasks that borrow are spawned; see [`scope`].
pub struct Scope<'scope, 'env: 'scope> {
    data: Arc<Data>,
    runtime: Runtime,
    /// Invariant, as std's.
    scope: PhantomData<&'scope mut &'scope ()>,
    env: PhantomData<&'env mut &'env ()>,
}

/// Waits for a task of a [`Scope`]. Dropping it lets the task run on until the scope ends.
pub struct ScopedJoinHandle<'scope, T> {
    handle: JoinHandle<T>,
    data: Arc<Data>,
    scope: PhantomData<&'scope mut &'scope ()>,
}

struct Data {
    /// Tasks that have not ended, and one for the scope while it can spawn.
    left: AtomicUsize,
    /// Tasks that did not come to an end, less those of which a joiner has learned so: below zero while it learns.
    panics: AtomicUsize,
    caller: Caller,
}

enum Caller {
    Task(TaskRef),
    Thread(thread::Thread),
}

impl Caller {
    fn here() -> Self {
        if current().is_null() || serves().is_some() {
            return Caller::Thread(thread::current());
        }
        // On a worker: a task, or an alarm's action, which is told that it must not wait.
        that_may_wait("scope");
        Caller::Task(runtime::current())
    }

    fn wake(&self) {
        match self {
            Caller::Task(task) => task.ready(),
            Caller::Thread(thread) => thread.unpark(),
        }
    }

    /// Returns when the caller was woken, or for no reason.
    fn park(&self) {
        match self {
            Caller::Task(_) => runtime::park_as(false),
            Caller::Thread(_) => thread::park(),
        }
    }
}

/// A task as the scope counts it, until it is dropped.
struct Counted {
    data: Arc<Data>,
    /// Whether it has come to an end. It has not if there was no stack for it, or it panicked.
    done: bool,
}

impl Drop for Counted {
    fn drop(&mut self) {
        if !self.done {
            self.data.panics.fetch_add(1, Ordering::Relaxed);
        }
        // Release: what the task did with what it borrowed comes before the scope's end; pairs with the load in `finish`, by way of the other
        // tasks' exchanges. The data is ours still: this holds a share.
        if self.data.left.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.data.caller.wake();
        }
    }
}

/// What the scheduler runs. Fields are dropped in this order, whether or not it has run.
struct Scoped<F, T> {
    packet: Packet<T>,
    f: F,
    counted: Counted,
}

impl<F: FnOnce() -> T, T> Scoped<F, T> {
    fn run(self) {
        let Scoped { packet, f, mut counted } = self;
        packet.run(|| {
            let value = f();
            counted.done = true;
            value
        });
    }
}

/// Calls `f` with a scope, in which it can spawn tasks that borrow what is outside of it, and waits for these. From a task, on its
/// runtime, or in [`blocking`](super::blocking).
///
/// ```
/// use goxide_sched::hosted::{self, Runtime};
///
/// let lens = Runtime::new().block_on(|| {
///     let words = ["to".to_string(), "be".to_string()];
///     hosted::scope(|s| {
///         let tasks: Vec<_> = words.iter().map(|w| s.spawn(|| w.len())).collect();
///         tasks.into_iter().map(|t| t.join().unwrap()).sum::<usize>()
///     })
/// });
/// assert_eq!(lens, 4);
/// ```
///
/// What is borrowed outlives the scope:
///
/// ```compile_fail,E0373
/// # use goxide_sched::hosted::{self, Runtime};
/// hosted::scope(|s| {
///     let inside = 1;
///     s.spawn(|| inside + 1);
/// });
/// ```
///
/// # Panics
/// If `f` does, or a task did that was not joined, or there was no stack for it; after all tasks have ended. In an alarm's action, and on a thread that is no
/// runtime's: [`Runtime::scope`] is for these.
pub fn scope<'env, R>(f: impl for<'scope> FnOnce(&'scope Scope<'scope, 'env>) -> R) -> R {
    Runtime::current().scope(f)
}

impl Runtime {
    /// As [`scope`], with tasks of this runtime. From any thread, and from tasks of any runtime.
    ///
    /// # Panics
    /// As [`scope`].
    pub fn scope<'env, R>(&self, f: impl for<'scope> FnOnce(&'scope Scope<'scope, 'env>) -> R) -> R {
        let data = Data { left: AtomicUsize::new(1), panics: AtomicUsize::new(0), caller: Caller::here() };
        let scope = Scope { data: Arc::new(data), runtime: *self, scope: PhantomData, env: PhantomData };
        let result = catch_unwind(AssertUnwindSafe(|| f(&scope)));
        scope.data.finish();
        if result.is_ok() && matches!(scope.data.caller, Caller::Task(_)) {
            // Tasks that were unwound are no panic of theirs: so is the caller.
            let _ = on_task("scope", Wait::begin);
        }
        match result {
            Err(panic) => resume_unwind(panic),
            Ok(_) if scope.data.panics.load(Ordering::Relaxed) != 0 => panic!("a scoped task panicked, or had no stack"),
            Ok(r) => r,
        }
    }
}

impl Data {
    /// Waits for all tasks. Does not unwind.
    fn finish(&self) {
        // Acquire: pairs with the Release in `Counted::drop`.
        if self.left.fetch_sub(1, Ordering::AcqRel) != 1 {
            while self.left.load(Ordering::Acquire) != 0 {
                self.caller.park();
            }
        }
    }
}

impl<'scope> Scope<'scope, '_> {
    /// Runs `f` as a task, as [`Runtime::spawn`] does. Tasks of a scope may spawn others in it.
    pub fn spawn<T: Send + 'scope>(&'scope self, f: impl FnOnce() -> T + Send + 'scope) -> ScopedJoinHandle<'scope, T> {
        // Relaxed: the scope, or the task that calls, counts until after this.
        self.data.left.fetch_add(1, Ordering::Relaxed);
        let counted = Counted { data: self.data.clone(), done: false };
        let (packet, handle) = packet::pair(self.runtime);
        let scoped = Scoped { packet, f, counted };
        let job: Box<dyn FnOnce() + Send + 'scope> = Box::new(move || scoped.run());
        // SAFETY: what the job borrows lives as long as `'scope`, which does not end before `finish` has returned, and that waits for
        // `counted`, the last of the job to be dropped.
        let job: Job = unsafe { core::mem::transmute::<Box<dyn FnOnce() + Send + 'scope>, Job>(job) };
        os::spawn(self.runtime, job, true, None);
        ScopedJoinHandle { handle, data: self.data.clone(), scope: PhantomData }
    }
}

impl<T> ScopedJoinHandle<'_, T> {
    /// Whether the task has ended.
    pub fn is_finished(&self) -> bool {
        self.handle.is_finished()
    }

    /// Waits for the task to end; see [`JoinHandle::join`].
    ///
    /// # Errors
    /// What the task panicked with; the scope does not panic then. A `String` that says so if the task could not start for want of a stack;
    /// [`ShutDown`](super::ShutDown) if the runtime was shut down before it ended.
    ///
    /// # Panics
    /// In an alarm's action.
    pub fn join(self) -> Result<T, Box<dyn Any + Send>> {
        let result = self.handle.join();
        if result.is_err() {
            self.data.panics.fetch_sub(1, Ordering::Relaxed);
        }
        result
    }
}

impl fmt::Debug for Scope<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tasks = self.data.left.load(Ordering::Relaxed).saturating_sub(1);
        f.debug_struct("Scope").field("tasks", &tasks).finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for ScopedJoinHandle<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScopedJoinHandle").field("finished", &self.is_finished()).finish_non_exhaustive()
    }
}

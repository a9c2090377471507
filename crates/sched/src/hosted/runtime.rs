//! A runtime: made, asked, given tasks; and what a task can do to itself.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::ending::{ShutDown, Wait};
use super::join::JoinHandle;
use super::outside::on_task;
use super::state::{Job, Os, Policy, Watched, current as current_task};
pub use super::state::{Runtime, SpawnError, TaskRef};
use super::switch::{on_g0, running};
use super::{home, os, outside, overflow, packet, registry};
use crate::{Asleep, Sched, Task};

/// Sets a [`Runtime`] up.
#[must_use = "nothing runs before it is built"]
pub struct Builder {
    procs: u32,
    stack: usize,
    deadlock: Option<Arc<dyn Fn(Asleep) + Send + Sync>>,
    monitor: Option<Policy>,
    thread_name: String,
}

impl Default for Builder {
    fn default() -> Self {
        Self::new()
    }
}

impl Builder {
    /// As many processors as the machine offers, stacks of 64 KiB.
    pub fn new() -> Self {
        let procs = std::thread::available_parallelism().map_or(1, |n| n.get() as u32);
        Builder { procs, stack: 64 << 10, deadlock: None, monitor: None, thread_name: "goxide-worker".into() }
    }

    /// How many tasks run at the same time; at least one.
    ///
    /// # Panics
    /// If there are more than [`MAX_PROCS`].
    pub fn procs(mut self, n: u32) -> Self {
        self.procs = checked_procs(n);
        self
    }

    /// The size of a task's stack; at least [`MIN_STACK`] bytes.
    pub fn stack_size(mut self, bytes: usize) -> Self {
        self.stack = bytes.max(MIN_STACK);
        self
    }

    /// `f` is called when every task waits and none of them can be woken by another or by a timer, on a thread of its own. It may block, and
    /// it may spawn tasks or make one ready: the runtime goes on then, and `f` is called again at the next deadlock. A task that waits to be
    /// made ready by a thread outside of the runtime counts as waiting for good, so leave this unset then.
    pub fn on_deadlock(mut self, f: impl Fn(Asleep) + Send + Sync + 'static) -> Self {
        self.deadlock = Some(Arc::new(f));
        self
    }

    /// `f` is called on a thread of its own when there are tasks that could starve each other, and had better not come
    /// back ([`Watched::nap`] and [`Watched::rest`] unwind it when the runtime is shut down): it takes processors from calls by [`brief`](super::brief) that last. Without a monitor such calls give their processor up at once.
    ///
    /// The crate goxide-sysmon has a policy for it; its seam and [`Watched`] fit each other method by method.
    pub fn monitor(mut self, f: impl FnOnce(Watched) + Send + 'static) -> Self {
        self.monitor = Some(Box::new(f));
        self
    }

    /// What worker threads are called, to debuggers and in the text of a panic; without it, `goxide-worker`.
    ///
    /// # Panics
    /// If there is a zero byte in it.
    pub fn thread_name(mut self, name: impl Into<String>) -> Self {
        self.thread_name = name.into();
        assert!(!self.thread_name.contains('\0'), "a thread's name has a zero byte in it");
        self
    }

    /// Starts the runtime.
    ///
    /// # Panics
    /// If no stack of the size asked for can be had, or no thread.
    pub fn build(self) -> Runtime {
        assert!(
            goxide_stack::FixedStack::new(self.stack).is_some(),
            "no memory for stacks of {} bytes (Builder::stack_size)",
            self.stack
        );
        overflow::watch();
        registry::enter(|runtime| {
            let os = Os::new(runtime, self.stack, self.deadlock, self.monitor, self.thread_name);
            let sched = Box::into_raw(Box::new(Sched::new(os)));
            // SAFETY: it is freed by the reaper, when nothing refers to it any more.
            os::start(unsafe { &*sched }, self.procs);
            sched
        })
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("procs", &self.procs).field("stack_size", &self.stack).finish_non_exhaustive()
    }
}

/// The most processors that a runtime can have.
pub const MAX_PROCS: u32 = 4096;
/// The smallest stack of a task, in bytes.
pub const MIN_STACK: usize = 16 << 10;

fn checked_procs(n: u32) -> u32 {
    assert!(n <= MAX_PROCS, "{n} processors: a runtime has at most {MAX_PROCS}");
    n.max(1)
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runtime")
            .field("procs", &self.procs())
            .field("tasks", &self.num_tasks())
            .field("threads", &self.num_threads())
            .finish()
    }
}

impl Default for Runtime {
    fn default() -> Self {
        Self::new()
    }
}

impl Runtime {
    /// A runtime with the defaults of [`Builder::new`].
    pub fn new() -> Self {
        Builder::new().build()
    }

    /// The runtime of the calling task, of the task that this thread works for ([`blocking`](super::blocking)), or of the alarm whose
    /// action calls.
    ///
    /// # Panics
    /// If the caller is none of them.
    pub fn current() -> Self {
        let t = current_task();
        if t.is_null() {
            let Some(task) = outside::serves() else {
                panic!("Runtime::current was not called from a task of goxide-sched");
            };
            return task.runtime;
        }
        // SAFETY: a running task has its thread set, as has a g0, and a thread its scheduler, which stays while the thread runs.
        unsafe { (*(*(*t).thread).sched).host().runtime }
    }

    /// Runs `f` as a task, which stays on the thread that starts it. From any thread.
    ///
    /// If there is no memory for its stack when it is to start, it does not: standard error says so, and so does the error
    /// of [`JoinHandle::join`]. If the runtime is being shut down it does not either: `f` is dropped, and the error is [`ShutDown`].
    pub fn spawn<T: Send + 'static>(&self, f: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
        self.spawn_as(true, None, f)
    }

    /// As [`Runtime::spawn`], but makes sure of the task's stack first.
    ///
    /// # Errors
    /// If there is none, or the runtime is being shut down; `f` is dropped then.
    pub fn try_spawn<T: Send + 'static>(
        &self,
        f: impl FnOnce() -> T + Send + 'static,
    ) -> Result<JoinHandle<T>, SpawnError> {
        let stack = os::stack_for(*self)?;
        Ok(self.spawn_as(true, Some(stack), f))
    }

    /// Runs `f` as a task that any of the runtime's threads may go on with after it has waited. From any thread.
    ///
    /// Safe code cannot make such tasks:
    ///
    /// ```compile_fail,E0133
    /// # use goxide_sched::hosted::Runtime;
    /// Runtime::new().spawn_migrating(|| ());
    /// ```
    ///
    /// # Safety
    /// The task waits in every function of this module but those that say they may be called from any thread. When it goes
    /// on it may be on another thread. So while it waits it
    ///
    /// - keeps nothing that belongs to the thread it was on: no borrow of a thread-local, no value that shares one's
    ///   contents (a clone of an `Rc` that lives there), no guard that must be dropped where it was made;
    /// - does not unwind because of a panic;
    /// - and no function that is not over uses a thread-local before and after: compilers keep the address of one in a
    ///   register. Code that uses thread-locals and functions that wait do not belong in one function, nor one into the
    ///   other by inlining.
    pub unsafe fn spawn_migrating<T: Send + 'static>(&self, f: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
        self.spawn_as(false, None, f)
    }

    fn spawn_as<T: Send + 'static>(
        &self,
        stays: bool,
        stack: Option<goxide_stack::FixedStack>,
        f: impl FnOnce() -> T + Send + 'static,
    ) -> JoinHandle<T> {
        let (packet, handle) = packet::pair(*self);
        let job: Job = Box::new(move || packet.run(f));
        os::spawn(*self, job, stays, stack);
        handle
    }

    /// Runs `f` as a task and waits for it, as [`Runtime::spawn`] and [`JoinHandle::join`] do.
    ///
    /// # Panics
    /// If `f` does, or the runtime is shut down first.
    pub fn block_on<T: Send + 'static>(&self, f: impl FnOnce() -> T + Send + 'static) -> T {
        match self.spawn(f).join() {
            Ok(v) => v,
            Err(panic) if panic.is::<ShutDown>() && self.here().is_none() => {
                panic!("Runtime::block_on: the runtime was shut down")
            }
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }

    /// How many tasks run at the same time; 0 when the runtime is down.
    #[must_use]
    pub fn procs(&self) -> u32 {
        self.with(Sched::proc_count).unwrap_or(0)
    }

    /// Changes how many tasks run at the same time; returns when it is so. From a task of this runtime.
    ///
    /// # Panics
    /// If there are more than [`MAX_PROCS`], or if the caller is not a task of this runtime.
    pub fn set_procs(&self, n: u32) {
        let n = checked_procs(n);
        on_task("Runtime::set_procs", |sched| {
            assert!(sched.host().runtime == *self, "Runtime::set_procs was called from a task of another runtime");
            sched.set_proc_count(n);
            // SAFETY: see `on_g0`; nothing is done while the world is stopped.
            on_g0(|t| unsafe { sched.with_world_stopped_on_g0(t, 0, |_| {}) });
        });
    }

    /// Tasks alive.
    #[must_use]
    pub fn num_tasks(&self) -> usize {
        self.with(Sched::num_tasks).unwrap_or(0) as usize
    }

    /// Worker threads made so far and not ended.
    #[must_use]
    pub fn num_threads(&self) -> usize {
        self.with(Sched::thread_count).unwrap_or(0) as usize
    }
}

/// Lets other tasks run.
pub fn yield_now() {
    if current_task().is_null() && outside::serves().is_some() {
        return std::thread::yield_now();
    }
    on_task("yield_now", |sched| {
        let wait = Wait::begin(sched);
        let t = running();
        // SAFETY: the running task; see `on_g0`.
        unsafe {
            // A thread that is locked to a task waits for it to be chosen from a queue.
            if (*t).ext.home.is_null() || !(*t).locked_thread.is_null() {
                on_g0(|t| sched.yield_on_g0(t));
            } else if home::has_rivals(sched, t) {
                on_g0(|t| sched.park_on_g0(t, Some(home::queue_up), 0, 0));
            }
        }
        wait.end(sched);
    });
}

/// Sleeps at least that long; other tasks run in the meantime. (In a destructor of a task whose runtime is being shut down: not at all.)
pub fn sleep(time: Duration) {
    if current_task().is_null() && outside::serves().is_some() {
        return std::thread::sleep(time);
    }
    on_task("sleep", |sched| {
        let wait = Wait::begin(sched);
        let ns = i64::try_from(time.as_nanos()).unwrap_or(i64::MAX);
        // SAFETY: see `on_g0`.
        on_g0(|t| unsafe { sched.sleep_on_g0(t, ns, 0) });
        wait.end(sched);
    });
}

/// Spawns on the runtime of the caller; see [`Runtime::spawn`].
pub fn spawn<T: Send + 'static>(f: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    Runtime::current().spawn(f)
}

/// As [`spawn`], for tasks that migrate; see [`Runtime::spawn_migrating`].
///
/// # Safety
/// As for [`Runtime::spawn_migrating`].
pub unsafe fn spawn_migrating<T: Send + 'static>(f: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    // SAFETY: the closure waits only as `Runtime::spawn_migrating` allows (this function's contract, about the same
    // closure).
    unsafe { Runtime::current().spawn_migrating(f) }
}

/// Locks the calling task to its thread until as many [`unpin_thread`]: the thread runs no other task in the meantime, so those
/// that have started on it and stay have to wait, and the task must not wait for one of them. If the task ends before, the
/// thread is not used again, unless other tasks have started there.
///
/// # Panics
/// In [`blocking`](super::blocking), unless the task migrates; and after 2^32 - 1 times.
pub fn pin_thread() {
    not_for_helpers("pin_thread");
    on_task("pin_thread", |sched| {
        // SAFETY: a running task.
        let counted = unsafe { sched.lock_thread() };
        assert!(counted, "pinned too often");
    });
}

/// Undoes one [`pin_thread`].
///
/// # Panics
/// As [`pin_thread`].
pub fn unpin_thread() {
    not_for_helpers("unpin_thread");
    // SAFETY: a running task.
    on_task("unpin_thread", |sched| unsafe { sched.unlock_thread() });
}

/// What is about the task itself has no meaning on the thread that works for it.
pub(super) fn not_for_helpers(what: &str) {
    assert!(
        outside::serves().is_none(),
        "hosted::{what} was called in hosted::blocking, where the task itself does not run"
    );
}

/// The calling task, or the one that this thread works for ([`blocking`](super::blocking)).
///
/// # Panics
/// If there is none.
pub fn current() -> TaskRef {
    if let Some(task) = outside::serves() {
        return task;
    }
    let task = running();
    // SAFETY: a running task has its thread set, and that its scheduler, which stays while the task runs.
    let runtime = unsafe { (*(*(*task).thread).sched).host().runtime };
    TaskRef { task, runtime }
}

/// Waits until another task or thread calls [`TaskRef::ready`] on this task, or has done so since the last
/// `park`. May return without cause: check your condition again.
///
/// # Panics
/// In [`blocking`](super::blocking), unless the task migrates, and in an alarm's action.
pub fn park() {
    park_as(true);
}

/// As [`park`]; with `cut` the end of the runtime ends it.
pub(super) fn park_as(cut: bool) {
    /// # Safety
    /// As an [`Unlock`](crate::park::Unlock).
    unsafe fn commit(t: *mut Task<Os>, _: usize) -> bool {
        // SAFETY: `t` waits; the token decides who may ready it.
        unsafe { (*t).ext.token.try_wait() }
    }
    if current_task().is_null() {
        not_for_helpers("park");
    }
    if cut && late_park() {
        return;
    }
    on_task("park", |sched| {
        let wait = cut.then(|| Wait::begin(sched));
        let t = running();
        // SAFETY: the running task's own token.
        if unsafe { (*t).ext.token.take() } {
            return;
        }
        // SAFETY: see `on_g0`. When `commit` refuses, the token was there.
        on_g0(|t| unsafe { sched.park_on_g0(t, Some(commit), 0, 0) });
        let t = running();
        // SAFETY: the running task's own token.
        unsafe { (*t).ext.token.clear() };
        if let Some(wait) = wait {
            wait.end(sched);
        }
    });
}

/// Parks in a runtime that is being shut down: a task that is not unwound, since it unwinds already, lets others run, and looks again at what it
/// parks for. Whether it has.
#[inline]
fn late_park() -> bool {
    let t = current_task();
    // SAFETY: the word is null or a descriptor, whose thread has a scheduler.
    let late = !t.is_null() && unsafe { (*(*(*t).thread).sched).host().ending.is_cancelling() };
    if late {
        yield_now();
    }
    late
}

impl TaskRef {
    /// The task's runtime.
    #[must_use]
    pub fn runtime(&self) -> Runtime {
        self.runtime
    }

    /// Makes the task's present or next [`park`] return. From any thread.
    pub fn ready(&self) {
        // SAFETY: the runtime stays for the moment, and so does the descriptor; `give` is true for exactly one caller per wait.
        self.runtime.with(|sched| unsafe {
            if (*self.task).ext.token.give() {
                os::ready(sched, self.task);
            }
        });
    }
}

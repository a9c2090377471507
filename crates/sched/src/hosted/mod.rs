//! The scheduler alone, in an ordinary Rust program: [`Runtime`]. Worker threads are std's, stacks
//! are fixed with a guard below, tasks are boxed closures.
//!
//! - `mod.rs`: the runtime, spawning, and what a task can do with itself.
//! - `home.rs`: how tasks stay on their threads.
//! - `outside.rs`: what a task does without a processor, and operations called from there.
//! - `os.rs`: the [`Host`](crate::Host) behind it.
//! - `join.rs`: waiting for a task's result, from a task or from any thread.
//! - `alarm.rs`: functions called at a time.
//! - `sync.rs`: a semaphore and a condition over the scheduler's.
//!
//! # Tasks and threads
//!
//! A task that was [spawned](spawn) in safe code may start on any worker, and **stays on the thread that starts it**. So
//! what belongs to a thread (a borrow of a thread-local, a clone of an `Rc` in one, a lock's guard) is as good across a
//! call that waits as across any other call, and the closure's locals need not be `Send`. The price: a task that has
//! started cannot be moved to a worker that has nothing to do.
//!
//! [`spawn_migrating`] makes tasks that any worker may go on with, as is usual for such schedulers. What such a task may
//! keep while it waits the compiler does not check, so that is `unsafe`.
//!
//! In both cases tasks of one thread interleave: what they change in a thread-local and change back is not nested as calls
//! are. Code that relies on that nesting for soundness (as some crates for scoped thread-locals do) must not wait in
//! between.
//!
//! Tasks are not preempted: one that never waits, yields or ends keeps its worker. A panic in a
//! task ends the task and is given to the joiner, or is dropped with its result if there is none. Destructors that
//! run because of a panic had better not wait, since other tasks of the thread would find it panicking.
//!
//! A task that overflows its stack hits the guard: the process dies by `SIGSEGV`.

mod alarm;
mod home;
mod join;
mod os;
mod outside;
mod sync;

use std::fmt;
use std::time::Duration;

pub use alarm::Alarm;
pub use join::JoinHandle;
use os::Os;
#[cfg(test)]
pub(crate) use os::Os as TestHost;
use outside::on_task;
pub use outside::{blocking, brief};
pub use sync::{Condition, Semaphore};

use crate::{Asleep, NotifyList, Sched, Task};

/// A scheduler with its threads. A handle: clones refer to the same one, which lives until the
/// process ends (idle workers sleep).
#[derive(Clone, Copy)]
pub struct Runtime {
    sched: &'static Sched<Os>,
}

/// Sets a [`Runtime`] up.
pub struct Builder {
    procs: u32,
    stack: usize,
    deadlock: Option<Box<dyn Fn(Asleep) + Send + Sync>>,
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
        Builder {
            procs,
            stack: 64 << 10,
            deadlock: None,
        }
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

    /// `f` is called when every task waits and none of them can be woken by another or by a timer.
    /// The thread it is called on does not schedule again. A task that waits to be made ready by
    /// a thread outside of the runtime counts as waiting for good, so leave this unset then.
    pub fn on_deadlock(mut self, f: impl Fn(Asleep) + Send + Sync + 'static) -> Self {
        self.deadlock = Some(Box::new(f));
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
        let sched = &*Box::leak(Box::new(Sched::new(Os::new(self.stack, self.deadlock))));
        os::start(sched, self.procs);
        Runtime { sched }
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("procs", &self.procs)
            .field("stack_size", &self.stack)
            .finish_non_exhaustive()
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

/// There is no stack for another task.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SpawnError;

impl fmt::Display for SpawnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "no stack for another task: there is no memory, or the process has as many mappings as \
             vm.max_map_count allows (raise that, or use Linux 6.13 or later, where a stack's guard is no mapping)",
        )
    }
}

impl std::error::Error for SpawnError {}

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

    /// The runtime of the calling task, of the task that this thread works for ([`blocking`]), or of the alarm whose
    /// action calls.
    ///
    /// # Panics
    /// If the caller is none of them.
    pub fn current() -> Self {
        let t = os::current();
        if t.is_null() {
            let Some(task) = outside::serves() else {
                panic!("Runtime::current was not called from a task of goxide-sched");
            };
            return Runtime { sched: task.sched() };
        }
        // SAFETY: a running task has its thread set, as has a g0, and a thread its scheduler, which is leaked.
        let sched = unsafe { &*(*(*t).thread).sched };
        Runtime { sched }
    }

    /// Runs `f` as a task, which stays on the thread that starts it. From any thread.
    ///
    /// If there is no memory for its stack when it is to start, it does not: standard error says so, and so does the error
    /// of [`JoinHandle::join`].
    pub fn spawn<T: Send + 'static>(
        &self,
        f: impl FnOnce() -> T + Send + 'static,
    ) -> JoinHandle<T> {
        self.spawn_as(true, None, f)
    }

    /// As [`Runtime::spawn`], but makes sure of the task's stack first.
    ///
    /// # Errors
    /// If there is none; `f` is dropped then.
    pub fn try_spawn<T: Send + 'static>(
        &self,
        f: impl FnOnce() -> T + Send + 'static,
    ) -> Result<JoinHandle<T>, SpawnError> {
        let stack = self.sched.host().stack().ok_or(SpawnError)?;
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
    pub unsafe fn spawn_migrating<T: Send + 'static>(
        &self,
        f: impl FnOnce() -> T + Send + 'static,
    ) -> JoinHandle<T> {
        self.spawn_as(false, None, f)
    }

    fn spawn_as<T: Send + 'static>(
        &self,
        stays: bool,
        stack: Option<goxide_stack::FixedStack>,
        f: impl FnOnce() -> T + Send + 'static,
    ) -> JoinHandle<T> {
        let (packet, handle) = join::pair(*self);
        let job: os::Job = Box::new(move || packet.run(f));
        os::spawn(self.sched, job, stays, stack);
        handle
    }

    /// Runs `f` as a task and waits for it, as [`Runtime::spawn`] and [`JoinHandle::join`] do.
    ///
    /// # Panics
    /// If `f` does.
    pub fn block_on<T: Send + 'static>(&self, f: impl FnOnce() -> T + Send + 'static) -> T {
        match self.spawn(f).join() {
            Ok(v) => v,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }

    /// How many tasks run at the same time.
    pub fn procs(&self) -> u32 {
        self.sched.proc_count()
    }

    /// Changes how many tasks run at the same time; returns when it is so. From a task of this runtime.
    ///
    /// # Panics
    /// If there are more than [`MAX_PROCS`], or if the caller is not a task of this runtime.
    pub fn set_procs(&self, n: u32) {
        let n = checked_procs(n);
        on_task("Runtime::set_procs", |sched| {
            assert!(
                core::ptr::eq(sched, self.sched),
                "Runtime::set_procs was called from a task of another runtime"
            );
            sched.set_proc_count(n);
            // SAFETY: see `on_g0`; nothing is done while the world is stopped.
            on_g0(|t| unsafe { sched.with_world_stopped_on_g0(t, 0, |_| {}) });
        });
    }

    /// Tasks alive.
    pub fn num_tasks(&self) -> usize {
        self.sched.num_tasks() as usize
    }

    /// Worker threads made so far and not ended.
    pub fn num_threads(&self) -> usize {
        self.sched.thread_count() as usize
    }
}

/// The running task.
#[inline]
fn running() -> *mut Task<Os> {
    let t = os::current();
    // SAFETY: the word is null or a descriptor; g0s have `system` set.
    let is_task = !t.is_null() && unsafe { !(*t).system };
    assert!(is_task, "this function of hosted was not called from a task of goxide-sched");
    t
}

/// Saves the running task's context and calls `f` with the task on its thread's system stack. `f`
/// must not return, and owns nothing that needs dropping when it is left.
#[inline]
fn on_g0<F: FnOnce(*mut Task<Os>) + Copy>(f: F) {
    unsafe extern "C" fn call<F: FnOnce(*mut Task<Os>)>(at: usize) -> ! {
        // SAFETY: the address of `f` below, whose frame stays while the task is not resumed.
        let f = unsafe { (at as *const F).read() };
        f(os::current());
        unreachable!("a function on the system stack returned")
    }
    let t = running();
    // SAFETY: `t` runs here; its thread's system stack is unused while it does; `f` diverges.
    unsafe {
        let sp = (*(*t).thread).g0_sp;
        goxide_stack::mcall(&raw mut (*t).ctx, sp, call::<F>, &raw const f as usize);
    }
}

/// Whether a task runs here, with a processor.
#[inline]
fn is_on_task() -> bool {
    let t = os::current();
    // SAFETY: the word is null or a descriptor; a task's thread is set while it runs.
    !t.is_null() && unsafe { !(*t).system && !(*(*t).thread).proc.is_null() }
}

/// Lets other tasks run.
pub fn yield_now() {
    if os::current().is_null() && outside::serves().is_some() {
        return std::thread::yield_now();
    }
    on_task("yield_now", |sched| {
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
    });
}

/// Sleeps at least that long; other tasks run in the meantime.
pub fn sleep(time: Duration) {
    if os::current().is_null() && outside::serves().is_some() {
        return std::thread::sleep(time);
    }
    on_task("sleep", |sched| {
        let ns = i64::try_from(time.as_nanos()).unwrap_or(i64::MAX);
        // SAFETY: see `on_g0`.
        on_g0(|t| unsafe { sched.sleep_on_g0(t, ns, 0) });
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
pub unsafe fn spawn_migrating<T: Send + 'static>(
    f: impl FnOnce() -> T + Send + 'static,
) -> JoinHandle<T> {
    // SAFETY: the caller promises what the callee asks for, about the same closure.
    unsafe { Runtime::current().spawn_migrating(f) }
}

/// Locks the calling task to its thread until as many [`unpin_thread`]: the thread runs no other task in the meantime, so
/// those that have started on it and stay have to wait, and the task must not wait for one of them. If the task ends
/// before, the thread is not used again, unless other tasks have started there.
///
/// # Panics
/// In [`blocking`], unless the task migrates; and after 2^32 - 1 times.
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
fn not_for_helpers(what: &str) {
    assert!(
        outside::serves().is_none(),
        "hosted::{what} was called in hosted::blocking, where the task itself does not run"
    );
}

/// A task, to be made ready by others. The descriptor is recycled when the task ends, so a late
/// [`TaskRef::ready`] may reach another task, whose [`park`] then returns without cause.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TaskRef {
    task: *mut Task<Os>,
    sched: *const Sched<Os>,
}

// SAFETY: descriptors are never freed, and `ready` goes through the token's atomic.
unsafe impl Send for TaskRef {}
// SAFETY: a shared reference allows `ready` only, which goes through the token's atomic.
unsafe impl Sync for TaskRef {}

/// The calling task, or the one that this thread works for ([`blocking`]).
///
/// # Panics
/// If there is none.
pub fn current() -> TaskRef {
    if let Some(task) = outside::serves() {
        return task;
    }
    let task = running();
    // SAFETY: a running task has its thread set.
    let sched = unsafe { (*(*task).thread).sched };
    TaskRef { task, sched }
}

/// Waits until another task or thread calls [`TaskRef::ready`] on this task, or has done so since the last
/// `park`. May return without cause: check your condition again.
///
/// # Panics
/// In [`blocking`], unless the task migrates, and in an alarm's action.
pub fn park() {
    unsafe fn commit(t: *mut Task<Os>, _: usize) -> bool {
        // SAFETY: `t` waits; the token decides who may ready it.
        unsafe { (*t).ext.token.try_wait() }
    }
    if os::current().is_null() {
        not_for_helpers("park");
    }
    on_task("park", |sched| {
        let t = running();
        // SAFETY: the task is the caller's own.
        if unsafe { (*t).ext.token.take() } {
            return;
        }
        // SAFETY: see `on_g0`. When `commit` refuses, the token was there.
        on_g0(|t| unsafe { sched.park_on_g0(t, Some(commit), 0, 0) });
        let t = running();
        // SAFETY: as for `set` above: the task's own token, by the task.
        unsafe { (*t).ext.token.clear() };
    });
}

impl TaskRef {
    #[inline]
    fn sched(&self) -> &'static Sched<Os> {
        // SAFETY: schedulers of runtimes are leaked.
        unsafe { &*self.sched }
    }

    /// Makes the task's present or next [`park`] return. From any thread.
    pub fn ready(&self) {
        // SAFETY: descriptors and leaked schedulers are never freed; `give` is true for exactly
        // one caller per wait.
        unsafe {
            if (*self.task).ext.token.give() {
                os::ready(self.sched(), self.task);
            }
        }
    }
}

/// Waits for a ticket of `list`, which [`NotifyList::add`] gave. On a task.
fn notify_wait(list: *mut NotifyList, ticket: u32) {
    // SAFETY: a running task's thread has a scheduler; see `on_g0`; the list outlives the borrow that `Condition` holds.
    on_g0(|t| unsafe { (*(*(*t).thread).sched).notify_wait_on_g0(t, list, ticket, 0) });
}

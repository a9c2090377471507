//! The scheduler alone, in an ordinary Rust program: [`Runtime`]. Worker threads are std's, stacks
//! are fixed with a guard page, tasks are boxed closures.
//!
//! - `mod.rs`: the runtime, spawning, and what a task can do with itself.
//! - `os.rs`: the [`Host`](crate::Host) behind it.
//! - `join.rs`: waiting for a task's result, from a task or from any thread.
//! - `alarm.rs`: functions called at a time.
//! - `sync.rs`: a semaphore and a condition over the scheduler's.
//!
//! Tasks are not preempted: one that never waits, yields or ends keeps its worker. A panic in a
//! task ends the task and is given to whoever joins it; destructors that run because of a panic must
//! not wait, since the panic's bookkeeping belongs to the thread.

mod alarm;
mod join;
mod os;
mod sync;

use std::time::Duration;

pub use alarm::Alarm;
pub use join::JoinHandle;
use os::Os;
#[cfg(test)]
pub(crate) use os::Os as TestHost;
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

    /// How many tasks run at the same time.
    pub fn procs(mut self, n: u32) -> Self {
        self.procs = n.max(1);
        self
    }

    /// The size of a task's stack.
    pub fn stack_size(mut self, bytes: usize) -> Self {
        self.stack = bytes;
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
    pub fn build(self) -> Runtime {
        let sched = &*Box::leak(Box::new(Sched::new(Os::new(self.stack, self.deadlock))));
        os::start(sched, self.procs);
        Runtime { sched }
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

    /// The runtime of the calling task.
    ///
    /// # Panics
    /// If the caller is not a task.
    pub fn current() -> Self {
        let t = running();
        // SAFETY: a running task has its thread set, and a thread its scheduler, which is leaked.
        let sched = unsafe { &*(*(*t).thread).sched };
        Runtime { sched }
    }

    /// Runs `f` as a task. From any thread.
    pub fn spawn<T: Send + 'static>(
        &self,
        f: impl FnOnce() -> T + Send + 'static,
    ) -> JoinHandle<T> {
        let (packet, handle) = join::pair(*self);
        let job: os::Job = Box::new(move || packet.run(f));
        os::spawn(self.sched, job);
        handle
    }

    /// Runs `f` as a task and waits for it. From a thread that is not one of the runtime's.
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

    /// Changes how many tasks run at the same time; returns when it is so. From a task.
    pub fn set_procs(&self, n: u32) {
        let sched = self.sched;
        sched.set_proc_count(n);
        // SAFETY: see `on_g0`; nothing is done while the world is stopped.
        on_g0(|t| unsafe { sched.with_world_stopped_on_g0(t, 0, |_| {}) });
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
    assert!(is_task, "not called from a task of goxide-sched");
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

/// Lets other tasks run.
pub fn yield_now() {
    let sched = Runtime::current().sched;
    // SAFETY: see `on_g0`.
    on_g0(|t| unsafe { sched.yield_on_g0(t) });
}

/// Sleeps at least that long; other tasks run meanwhile.
pub fn sleep(time: Duration) {
    let sched = Runtime::current().sched;
    let ns = i64::try_from(time.as_nanos()).unwrap_or(i64::MAX);
    // SAFETY: see `on_g0`.
    on_g0(|t| unsafe { sched.sleep_on_g0(t, ns, 0) });
}

/// Spawns on the runtime of the calling task.
pub fn spawn<T: Send + 'static>(f: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    Runtime::current().spawn(f)
}

/// Runs `f`, which may block its thread: another thread takes over the processor meanwhile.
pub fn blocking<T>(f: impl FnOnce() -> T) -> T {
    leave(f, true)
}

/// Runs `f`, which may block its thread but usually does not: the processor waits for it, unless
/// another thread has nothing to do and finds work there, or the watch finds it waiting too long.
pub fn brief<T>(f: impl FnOnce() -> T) -> T {
    leave(f, false)
}

fn leave<T>(f: impl FnOnce() -> T, hand_off: bool) -> T {
    let sched = Runtime::current().sched;
    // SAFETY: a running task; fixed stacks have room for what is not a leaf. If `f` panics the
    // task is back before the panic goes on.
    unsafe {
        if hand_off {
            sched.enter_syscall_block(0, 0, 0);
        } else if sched.enter_syscall(0, 0, 0) {
            sched.enter_syscall_stopping();
        }
        let r = std::panic::catch_unwind(std::panic::AssertUnwindSafe(f));
        if !sched.exit_syscall_fast() {
            on_g0(|t| sched.exit_syscall_slow_on_g0(t));
        }
        r.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

/// Wires the calling task to its thread until as many [`unpin_thread`]; if the task ends before,
/// the thread is not used again.
pub fn pin_thread() {
    let sched = Runtime::current().sched;
    // SAFETY: a running task.
    let counted = unsafe { sched.lock_thread() };
    assert!(counted, "pinned too often");
}

/// Undoes one [`pin_thread`].
pub fn unpin_thread() {
    let sched = Runtime::current().sched;
    // SAFETY: a running task.
    unsafe { sched.unlock_thread() };
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
// SAFETY: as above.
unsafe impl Sync for TaskRef {}

/// The calling task.
pub fn current() -> TaskRef {
    let task = running();
    // SAFETY: a running task has its thread set.
    let sched = unsafe { (*(*task).thread).sched };
    TaskRef { task, sched }
}

/// Waits until somebody calls [`TaskRef::ready`] on this task, or has done so since the last
/// `park`. May return without cause: check your condition again.
pub fn park() {
    unsafe fn commit(t: *mut Task<Os>, _: usize) -> bool {
        // SAFETY: `t` waits; the token decides who may ready it.
        unsafe { (*t).ext.token.try_wait() }
    }
    let t = running();
    // SAFETY: the task is the caller's own.
    if unsafe { (*t).ext.token.take() } {
        return;
    }
    let sched = Runtime::current().sched;
    // SAFETY: see `on_g0`. When `commit` refuses, the token was there.
    on_g0(|t| unsafe { sched.park_on_g0(t, Some(commit), 0, 0) });
    let t = running();
    // SAFETY: as above.
    unsafe { (*t).ext.token.clear() };
}

impl TaskRef {
    /// Makes the task's present or next [`park`] return. From any thread.
    pub fn ready(&self) {
        // SAFETY: descriptors and leaked schedulers are never freed; `give` is true for exactly
        // one caller per wait.
        unsafe {
            if (*self.task).ext.token.give() {
                os::ready(&*self.sched, self.task);
            }
        }
    }
}

/// Waits for a ticket of `list`, which [`NotifyList::add`] gave.
fn notify_wait(list: *mut NotifyList, ticket: u32) {
    let sched = Runtime::current().sched;
    // SAFETY: see `on_g0`; the list outlives the borrow that `Condition` holds.
    on_g0(|t| unsafe { sched.notify_wait_on_g0(t, list, ticket, 0) });
}

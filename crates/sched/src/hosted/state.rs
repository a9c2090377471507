//! What the hosted runtime consists of: the host, what it keeps in tasks and threads, handles, the thread's current task. Types that
//! lead to each other are together here; what is done with each is in the file named after it.

use std::any::Any;
use std::cell::Cell;
use std::collections::VecDeque;
use std::fmt;
use std::marker::PhantomData;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize};
use std::sync::{Arc, Condvar, Mutex, OnceLock};
use std::thread::JoinHandle;

use goxide_stack::{FixedPool, FixedStack};
use goxide_sys::Note;

use super::records::Records;
use crate::end::End;
use crate::os::Context;
use crate::token::Token;
use crate::{Asleep, Ext, NotifyList, Sched, Task, TaskList, Thread};

/// What a task runs.
pub(super) type Job = Box<dyn FnOnce() + Send>;

/// See the module's header.
pub struct Os {
    pub(super) pool: FixedPool,
    /// Set once the scheduler has its place.
    pub(super) sched: OnceLock<&'static Sched<Os>>,
    /// The handle of the runtime.
    pub(super) runtime: Runtime,
    /// It may outlive the runtime, on its thread.
    pub(super) deadlock: Option<Arc<dyn Fn(Asleep) + Send + Sync>>,
    /// Which deadlock was told of last; see `deadlock`.
    pub(super) told: AtomicU64,
    /// What workers are called.
    pub(super) thread_name: String,
    pub(super) helpers: Helpers,
    pub(super) monitor: Monitor,
    pub(super) ending: Ending,
    /// Descriptors and tables: last, since they go last.
    pub(super) records: Records,
}

impl Ext for Os {
    type TaskExt = TaskExt;
    type ThreadExt = Home;
    type ProcExt = Vec<FixedStack>;
    type Reason = u8;
    type Finish = core::convert::Infallible;
    type Acquired = core::convert::Infallible;
}

/// How a task has left its processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Left {
    /// Not at all.
    Here,
    /// By `brief`.
    Brief,
    /// By `blocking`.
    Blocking,
}

/// What a task is to the end of its runtime; see `ending`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The user's: there are no new ones once the runtime is closing.
    User,
    /// Part of an operation of something that has not ended.
    Inner,
    /// As `Inner`, and its waits are not cut short: a thread that unwinds waits for it.
    Spared,
}

/// What a task carries.
pub struct TaskExt {
    pub(super) job: Option<Job>,
    pub(super) stack: Option<FixedStack>,
    pub(super) token: Token,
    /// The thread it is bound to; null before it starts, and if it migrates.
    pub(super) home: *mut Thread<Os>,
    /// Whether it will be bound to the thread that starts it.
    pub(super) stays: bool,
    /// Whether it has left its processor, and how; see `outside`.
    pub(super) left: Left,
    /// What it is called.
    pub(super) name: Option<Arc<str>>,
    /// Its values of task-locals; see `local`.
    pub(super) locals: Vec<Local>,
    pub(super) kind: Kind,
    /// It was unwound because of the runtime's end.
    pub(super) unwound: bool,
    /// The sweep has ended its wait, which has brought nothing.
    pub(super) swept: bool,
    /// Where it waits to be notified.
    pub(super) condition: *mut NotifyList,
}

/// A task's value of a [`TaskLocal`](super::TaskLocal), which is known by its address.
pub(super) struct Local {
    pub(super) key: usize,
    pub(super) value: Box<dyn Any + Send>,
}

/// A thread as a home.
pub struct Home {
    /// Sent here by others. Guarded by the central lock.
    pub(super) inbox: TaskList<Os>,
    /// Its length, for looks without the lock.
    pub(super) len: AtomicU32,
    /// Next to run here. This thread's alone.
    pub(super) mine: TaskList<Os>,
    /// Whether the last choice went to others.
    pub(super) turn: bool,
    /// Living tasks that have started here and stay. This thread's alone.
    pub(super) residents: u32,
    /// Where the thread goes when it ends: to the bottom of its stack.
    pub(super) bottom: Context,
}

/// What a runtime has for its end.
pub(super) struct Ending {
    /// Nothing is spawned any more, and what waits is unwound.
    pub(super) closing: AtomicBool,
    /// The clock stands at its end.
    pub(super) timeless: AtomicBool,
    /// The sweep has counted; `living` is true.
    pub(super) counted: AtomicBool,
    /// Tasks that have not ended.
    pub(super) living: AtomicUsize,
    /// Held while a task is spawned that counts though the runtime is closing, and by the sweep.
    pub(super) spawning: Mutex<()>,
    /// What the sweep has taken off its list.
    pub(super) swept: Mutex<Swept>,
    /// Rung when the last task has ended. The reaper sleeps on it.
    pub(super) done: Note,
    /// No thread of the runtime sleeps any more.
    pub(super) end: End,
    /// All threads, but those that are known to have ended.
    pub(super) threads: Mutex<Vec<JoinHandle<()>>>,
}

/// What the sweep has taken off lists.
pub(super) struct Swept(pub(super) TaskList<Os>);

// SAFETY: the tasks wait, and are the holder's to ready, on any thread.
unsafe impl Send for Swept {}

/// Where handles lead; see `registry`.
pub(super) struct Slot {
    /// The runtime that handles may use; 0: none.
    pub(super) open: AtomicU64,
    /// The runtime whose slot this is, from its start until all of it is freed; 0: none.
    pub(super) owner: AtomicU64,
    pub(super) pins: AtomicUsize,
    pub(super) sched: AtomicPtr<Sched<Os>>,
    pub(super) progress: Mutex<Progress>,
    pub(super) changed: Condvar,
}

/// How far the shutdown of a slot's runtime has come.
pub(super) struct Progress {
    /// Whether it has begun.
    pub(super) begun: bool,
    /// The thread that does it, with the number of its runtime.
    pub(super) reaper: Option<(u64, JoinHandle<()>)>,
}

/// What runs on the monitor's thread.
pub(super) type Policy = Box<dyn FnOnce(Watched) + Send>;

/// A monitor that was given, until it is started.
pub(super) struct Monitor {
    pub(super) policy: Mutex<Option<Policy>>,
    /// Whether there is one.
    pub(super) exists: bool,
}

/// A runtime, as its monitor sees it. Processors have the numbers below [`Watched::procs`]; what is asked about others is answered by
/// [`Doing::Nothing`](crate::monitor::Doing), 0 or false. Times are nanoseconds on [`Watched::now`].
///
/// Tasks of this runtime cannot be asked to yield: only calls by [`brief`](super::brief) that last are a monitor's business here.
#[derive(Clone, Copy)]
pub struct Watched {
    pub(super) sched: &'static Sched<Os>,
    /// Not for other threads: the monitor's ends before the runtime does.
    pub(super) here: PhantomData<*const ()>,
}

/// Threads that run what blocks.
pub(super) struct Helpers {
    pub(super) state: Mutex<State>,
    pub(super) called: Condvar,
}

pub(super) struct State {
    pub(super) calls: VecDeque<Call>,
    /// Threads without a call.
    pub(super) free: usize,
    /// Tasks that have a thread coming to them and have not called it yet, and calls that wait.
    pub(super) reserved: usize,
    /// No call will come any more.
    pub(super) closed: bool,
}

/// A closure that a helper shall run: on the stack of its task, which is parked.
pub(super) struct Call {
    pub(super) run: *mut (dyn FnMut() + Send),
    pub(super) task: TaskRef,
}

// SAFETY: the closure is `Send`, and its task leaves it alone until it is readied.
unsafe impl Send for Call {}

/// A scheduler with its threads. A handle: copies refer to the same one, and **dropping one does nothing**. The runtime lives until it is
/// [shut down](Runtime::shutdown), by a [guard](Runtime::guard) for instance, or the process ends (its idle workers sleep). Handles that are left then
/// are of no use, and harmless: what is spawned by one is not run, and its [`join`](super::JoinHandle::join) says [`ShutDown`](super::ShutDown).
#[derive(Clone, Copy)]
pub struct Runtime {
    pub(super) slot: &'static Slot,
    /// Its number, from 1, which no other runtime of the process has.
    pub(super) id: u64,
}

impl PartialEq for Runtime {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Runtime {}

/// A task, to be made ready by others. The descriptor is recycled when the task ends, so a late
/// [`TaskRef::ready`] may reach another task, whose [`park`](super::park) then returns without cause. When the runtime is down it does nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TaskRef {
    pub(super) task: *mut Task<Os>,
    pub(super) runtime: Runtime,
}

// SAFETY: descriptors stay as long as their runtime, which `ready` makes sure of first, and it goes through the token's atomic.
unsafe impl Send for TaskRef {}
// SAFETY: as for `Send`: what a reference does goes through the token's atomic.
unsafe impl Sync for TaskRef {}

/// A task could not be spawned: there is no stack for it, or the runtime was shut down.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct SpawnError {
    pub(super) shut_down: bool,
}

impl SpawnError {
    pub(super) const NO_STACK: SpawnError = SpawnError { shut_down: false };
    pub(super) const SHUT_DOWN: SpawnError = SpawnError { shut_down: true };

    /// Whether it is because the runtime was shut down.
    #[must_use]
    pub fn is_shut_down(&self) -> bool {
        self.shut_down
    }
}

impl fmt::Display for SpawnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.shut_down {
            return f.write_str("the runtime was shut down");
        }
        f.write_str(
            "no stack for another task: there is no memory, or the process has as many mappings as \
             vm.max_map_count allows (raise that, or use Linux 6.13 or later, where a stack's guard is no mapping)",
        )
    }
}

impl std::error::Error for SpawnError {}

thread_local! {
    static CURRENT: Cell<*mut Task<Os>> = const { Cell::new(null_mut()) };
}

/// The running task, or this worker's g0, or null on foreign threads. Not inlined: a task may go
/// on on another thread than it left, so no function may keep the address of a thread-local across
/// a switch.
#[inline(never)]
pub(super) fn current() -> *mut Task<Os> {
    CURRENT.get()
}

#[inline(never)]
pub(super) fn set_current(t: *mut Task<Os>) {
    CURRENT.set(t);
}

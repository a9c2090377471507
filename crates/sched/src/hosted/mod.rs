//! The scheduler alone, in an ordinary Rust program: [`Runtime`]. Worker threads are std's, stacks
//! are fixed with a guard below, tasks are boxed closures.
//!
//! - `state.rs`: the types; `switch.rs`: from a task's stack to its thread's.
//! - `runtime.rs`: the runtime, spawning, and what a task can do with itself.
//! - `home.rs`: how tasks stay on their threads.
//! - `outside.rs`: what a task does without a processor, and operations called from there.
//! - `os.rs`: threads and tasks begun and readied; `embedder.rs`: the [`Host`](crate::Host) behind it.
//! - `packet.rs`, `join.rs`: waiting for a task's result, from a task or from any thread.
//! - `alarm.rs`: functions called at a time.
//! - `deadlock.rs`: what becomes of a deadlock.
//! - `task.rs`, `local.rs`: tasks with names, and what each has a value of its own of.
//! - `shutdown.rs`: the runtime's end; `ending.rs`: that of its tasks; `registry.rs`: where handles lead, before and after; `records.rs`: memory that
//!   lives as long as the runtime.
//! - `monitor.rs`: what a monitor sees of the runtime.
//! - `overflow.rs`: the text of a stack overflow.
//! - `scope.rs`: tasks that borrow.
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
//! A task that overflows its stack hits the guard: the process says so and aborts. For that the first runtime sets a handler of `SIGSEGV`,
//! which passes all other faults on to the one that was there; a handler that is set later should do the same.

mod alarm;
mod deadlock;
mod embedder;
mod ending;
mod home;
mod join;
mod local;
mod monitor;
mod os;
mod outside;
mod overflow;
mod packet;
mod records;
mod registry;
mod runtime;
mod scope;
mod shutdown;
mod state;
#[cfg(test)]
mod stops_tests;
mod switch;
mod sync;
mod task;

pub use alarm::Alarm;
pub use ending::ShutDown;
pub use local::TaskLocal;
pub use monitor::Watched;
pub use outside::{blocking, brief};
pub use packet::JoinHandle;
pub use runtime::{
    Builder, MAX_PROCS, MIN_STACK, current, park, pin_thread, sleep, spawn, spawn_migrating, unpin_thread, yield_now,
};
pub use scope::{Scope, ScopedJoinHandle, scope};
pub use shutdown::ShutdownGuard;
#[cfg(test)]
pub(crate) use state::Os as TestHost;
pub use state::{Runtime, SpawnError, TaskRef};
pub use sync::{Condition, Semaphore};
pub use task::{TaskBuilder, task_name};

//! Tasks that are set up before they are spawned: [`TaskBuilder`], and their names.

use std::fmt;
use std::sync::Arc;

use super::JoinHandle;
use super::os::{self, New};
use super::packet;
use super::runtime::{Runtime, SpawnError, current};
use super::state::{Job, Kind};

/// A task to be spawned; see [`Runtime::task`].
#[must_use = "nothing runs before it is spawned"]
pub struct TaskBuilder {
    runtime: Runtime,
    name: Option<Arc<str>>,
}

impl Runtime {
    /// A task of this runtime that is set up before it is spawned.
    ///
    /// ```
    /// use goxide_sched::hosted::{self, Runtime};
    ///
    /// let task = Runtime::new().task().name("reader").spawn(|| hosted::task_name().unwrap().to_string());
    /// assert_eq!(task.join().unwrap(), "reader");
    /// ```
    pub fn task(&self) -> TaskBuilder {
        TaskBuilder { runtime: *self, name: None }
    }
}

impl TaskBuilder {
    /// What it is called; [`task_name`] tells.
    pub fn name(mut self, name: impl Into<Arc<str>>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// As [`Runtime::spawn`].
    pub fn spawn<T: Send + 'static>(self, f: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
        self.spawn_on(None, f)
    }

    /// As [`Runtime::try_spawn`].
    ///
    /// # Errors
    /// If there is no stack for it, or the runtime is being shut down; `f` is dropped then.
    pub fn try_spawn<T: Send + 'static>(self, f: impl FnOnce() -> T + Send + 'static) -> Result<JoinHandle<T>, SpawnError> {
        let stack = os::stack_for(self.runtime)?;
        Ok(self.spawn_on(Some(stack), f))
    }

    fn spawn_on<T: Send + 'static>(
        self,
        stack: Option<goxide_stack::FixedStack>,
        f: impl FnOnce() -> T + Send + 'static,
    ) -> JoinHandle<T> {
        let (packet, handle) = packet::pair(self.runtime);
        let job: Job = Box::new(move || packet.run(f));
        let (name, kind) = (self.name, Kind::User);
        os::spawn_as(self.runtime, New { job, stays: true, stack, name, kind });
        handle
    }
}

impl fmt::Debug for TaskBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskBuilder").field("name", &self.name).finish_non_exhaustive()
    }
}

/// What the calling task is called, or the one that this thread works for ([`blocking`](super::blocking)); nothing if it was given no name.
///
/// # Panics
/// If there is none.
#[must_use]
pub fn task_name() -> Option<Arc<str>> {
    // SAFETY: the task runs here, or waits until this thread has worked for it: its descriptor is its own, and the name is not changed.
    unsafe { (*current().task).ext.name.clone() }
}

//! Values of which each task has its own: [`TaskLocal`]. They are made when they are first asked for, and dropped when the task's closure has
//! returned, on the task.

use std::any::Any;
use std::fmt;

use super::runtime::not_for_helpers;
use super::state::Local;
use super::switch::running;

/// A value of which each task has its own, as each thread has of a `thread_local!`. Tasks of one thread share that one's thread-locals; they
/// do not share these.
///
/// ```
/// use goxide_sched::hosted::{self, Runtime, TaskLocal};
/// use std::cell::Cell;
///
/// static DEPTH: TaskLocal<Cell<u32>> = TaskLocal::new(|| Cell::new(0));
///
/// let tasks = (1..=3).map(|n| {
///     Runtime::new().spawn(move || {
///         for _ in 0..n {
///             DEPTH.with(|depth| depth.set(depth.get() + 1));
///             hosted::yield_now();
///         }
///         DEPTH.with(Cell::get)
///     })
/// });
/// let depths: Vec<u32> = tasks.map(|task| task.join().unwrap()).collect();
/// assert_eq!(depths, [1, 2, 3]);
/// ```
pub struct TaskLocal<T: 'static> {
    first: fn() -> T,
}

impl<T: Send + 'static> TaskLocal<T> {
    /// One whose value is `first()` at first, in each task. The value is dropped on the task when its closure has returned, which may be after a
    /// [`join`](super::JoinHandle::join) has come back. A destructor may ask for values too; of those that destructors make, the first 64 of a task are
    /// dropped.
    #[must_use]
    pub const fn new(first: fn() -> T) -> Self {
        TaskLocal { first }
    }

    /// Calls `f` with the calling task's value. `f` may wait.
    ///
    /// # Panics
    /// If a task does not call: on another thread, in [`blocking`](super::blocking) by a task that stays, in an alarm's action.
    pub fn with<R>(&'static self, f: impl FnOnce(&T) -> R) -> R {
        not_for_helpers("TaskLocal::with");
        let key = std::ptr::from_ref(self) as usize;
        let value = match find(key) {
            Some(value) => value,
            None => {
                // It may ask for values itself, of this key too.
                let value: Box<dyn Any + Send> = Box::new((self.first)());
                // SAFETY: the running task's own list, to which nothing else refers at this moment.
                unsafe { (*running()).ext.locals.push(Local { key, value }) };
                find(key).expect("it was just put there")
            }
        };
        // SAFETY: the box is the running task's until its closure has returned, whatever is added to the list; `f` is left before that.
        let value = unsafe { &*value };
        f(value.downcast_ref().expect("a value belongs to the type of its key"))
    }
}

impl<T> fmt::Debug for TaskLocal<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskLocal").finish_non_exhaustive()
    }
}

/// The running task's value of a key, if it has one: the first that was made.
fn find(key: usize) -> Option<*const (dyn Any + Send)> {
    // SAFETY: the running task's own list, which only it changes, and not while this looks.
    let locals = unsafe { &(*running()).ext.locals };
    locals.iter().find(|local| local.key == key).map(|local| std::ptr::from_ref(&*local.value))
}

//! What a task does without a processor ([`blocking`], [`brief`]), and how the operations of `hosted` find one when they
//! are called from there.
//!
//! - In `brief`, and in `blocking` by a task that migrates, the task is on its thread but has left its processor: an
//!   operation takes one back, and leaves again afterwards.
//! - In `blocking` by a task that stays the closure runs on a *helper*, a thread of its own, since other tasks are at home
//!   on this one. An operation becomes a task of the runtime that the helper waits for.
//! - In an alarm's action there is a processor, but nothing that could wait.

use std::cell::Cell;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::Duration;

use super::ending::Wait;
use super::os::New;
use super::state::{Call, Ending, Helpers, Job, Kind, Left, Os, Runtime, State, TaskRef, current};
use super::switch::on_g0;
use super::{os, packet};
use crate::{Sched, Task};

/// How long an unused helper waits for the next call.
const KEEP: Duration = Duration::from_secs(10);

thread_local! {
    /// For whom this thread helps.
    static SERVES: Cell<Option<TaskRef>> = const { Cell::new(None) };
}

/// Runs `f`, which may block its thread. Other tasks run in the meantime, those of the calling task's thread too: so `f`
/// runs on another thread, and sees that one's thread-locals (by a task that migrates it is called where it is, and
/// another thread takes over the processor).
///
/// `f` may spawn, join, wake and wait as a task may; each such call costs the way back to the runtime. Only
/// [`park`](super::park) and [`pin_thread`](super::pin_thread) panic, since they are about the task itself.
pub fn blocking<T: Send>(f: impl FnOnce() -> T + Send) -> T {
    if serves().is_some() {
        return f();
    }
    on_task("blocking", |sched| {
        let _ = Wait::begin(sched);
        // SAFETY: the running task.
        if unsafe { !(*current()).ext.stays } {
            return leave(sched, Left::Blocking, f);
        }
        match sched.host().helpers.reserve(&sched.host().ending) {
            Ok(()) => by_helper(sched, f),
            // No thread to be had: this one, whose tasks have to wait.
            Err(_) => leave(sched, Left::Blocking, f),
        }
    })
}

/// Runs `f`, which may block its thread but usually does not, where it is: the processor waits for it, unless another
/// thread has nothing to do and finds work there, or the runtime's monitor finds it waiting too long. Without a monitor
/// ([`Builder::monitor`](super::Builder::monitor)) another thread takes over the processor at once. Tasks that have started on this
/// thread do wait, so `f` must not block for one of them; [`blocking`] may.
///
/// What `f` calls of this module takes the processor back in the meantime.
pub fn brief<T>(f: impl FnOnce() -> T) -> T {
    if serves().is_some() {
        return f();
    }
    // Not `on_task`, which wants what may go to another thread: this is not a helper.
    match here("brief") {
        (sched, true) => {
            let _ = Wait::begin(sched);
            leave(sched, Left::Brief, f)
        }
        (sched, false) => back_inside(sched, |sched| leave(sched, Left::Brief, f)),
    }
}

/// Calls `f` with the runtime of the calling task, on the task, running and with a processor.
#[inline]
pub(super) fn on_task<R: Send>(what: &str, f: impl FnOnce(&'static Sched<Os>) -> R + Send) -> R {
    if current().is_null()
        && let Some(task) = serves()
    {
        return for_helper(task, f);
    }
    match here(what) {
        (sched, true) => f(sched),
        (sched, false) => back_inside(sched, f),
    }
}

/// As [`on_task`], but in an alarm's action `f` is called there: it must not wait.
#[inline]
pub(super) fn on_processor<R: Send>(what: &str, f: impl FnOnce(&'static Sched<Os>) -> R + Send) -> R {
    let t = current();
    // SAFETY: the word is null or a descriptor, whose thread has a scheduler; a g0 has a processor whenever it is the
    // runtime's user that runs on it.
    if !t.is_null() && unsafe { (*t).is_system() } {
        // SAFETY: the task is not null, its thread has a scheduler, which stays while the thread runs.
        return f(unsafe { &*(*(*t).thread).sched });
    }
    on_task(what, f)
}

/// The runtime of the calling task, and whether the task has a processor.
#[inline]
fn here(what: &str) -> (&'static Sched<Os>, bool) {
    let t = current();
    if t.is_null() {
        no_task(what);
    }
    // SAFETY: the word is null or a descriptor; a running task has its thread set, and that its scheduler.
    unsafe {
        if (*t).is_system() {
            in_action(what);
        }
        let m = (*t).thread;
        (&*(*m).sched, !(*m).proc.is_null())
    }
}

/// The runtime of the caller, a task or its helper.
pub(super) fn that_may_wait(what: &str) -> &'static Sched<Os> {
    match serves() {
        // SAFETY: the task waits for this thread, and so does the end of the runtime.
        Some(task) => unsafe { task.runtime.live() },
        None => {
            let (sched, _) = here(what);
            sched
        }
    }
}

#[cold]
#[inline(never)]
fn no_task(what: &str) -> ! {
    panic!(
        "hosted::{what} was not called from a task of goxide-sched, and only a task can wait there: Runtime::spawn and \
         Runtime::block_on make one, from any thread"
    )
}

#[cold]
#[inline(never)]
fn in_action(what: &str) -> ! {
    panic!("hosted::{what} was called from an alarm's action, which must not wait")
}

/// The task that this thread helps. Not inlined, as `os::current`.
#[inline(never)]
pub(super) fn serves() -> Option<TaskRef> {
    SERVES.get()
}

/// Calls `f` with the processor taken back, then leaves it again.
#[cold]
#[inline(never)]
fn back_inside<R>(sched: &'static Sched<Os>, f: impl FnOnce(&'static Sched<Os>) -> R) -> R {
    // SAFETY: the calling task is outside. It may be on another thread when it is back, if it migrates.
    unsafe {
        let how = core::mem::replace(&mut (*current()).ext.left, Left::Here);
        debug_assert!(how != Left::Here);
        come_back(sched);
        let r = catch_unwind(AssertUnwindSafe(|| f(sched)));
        go_out(sched, how);
        r.unwrap_or_else(|panic| resume_unwind(panic))
    }
}

/// Calls `f` without a processor.
fn leave<T>(sched: &'static Sched<Os>, how: Left, f: impl FnOnce() -> T) -> T {
    // SAFETY: a running task. If `f` panics the task is back before the panic goes on.
    unsafe {
        go_out(sched, how);
        let r = catch_unwind(AssertUnwindSafe(f));
        (*current()).ext.left = Left::Here;
        come_back(sched);
        r.unwrap_or_else(|panic| resume_unwind(panic))
    }
}

/// # Safety
/// On the stack of a running task, with a processor.
unsafe fn go_out(sched: &'static Sched<Os>, how: Left) {
    // SAFETY: this is the stack of a running task with a processor (this function's contract), and what it does until
    // `come_back` counts as a system call; fixed stacks have room for what is not a leaf.
    unsafe {
        (*current()).ext.left = how;
        // Without a monitor nothing would notice that a brief call lasts.
        if how == Left::Blocking || !sched.host().monitor.exists {
            sched.enter_syscall_block(0, 0, 0);
        } else if sched.enter_syscall(0, 0, 0) {
            sched.enter_syscall_stopping();
        }
    }
}

/// # Safety
/// On the stack of a task that is outside.
unsafe fn come_back(sched: &'static Sched<Os>) {
    // SAFETY: this is the stack of a task that is outside (this function's contract), so in state SYSCALL; if it has no
    // processor, `on_g0` saves its context.
    unsafe {
        if !sched.exit_syscall_fast() {
            on_g0(|t| sched.exit_syscall_slow_on_g0(t));
        }
    }
}

/// Calls `f` in a task of its own of a runtime, and waits for it by blocking this thread. The error is what it panicked with, or that there is no
/// stack for it, or [`ShutDown`](super::ShutDown): the runtime is down.
#[cold]
#[inline(never)]
pub(super) fn as_task<R: Send>(runtime: Runtime, f: impl FnOnce(&'static Sched<Os>) -> R + Send) -> std::thread::Result<R> {
    let (packet, handle) = packet::pair(runtime);
    // SAFETY: it is called on a task of the runtime, which stays while the task runs.
    let job: Box<dyn FnOnce() + Send + '_> = Box::new(move || packet.run(|| f(unsafe { runtime.live() })));
    // SAFETY: the closure is called or dropped before the task is joined, which is before this function is left.
    let job = unsafe { core::mem::transmute::<Box<dyn FnOnce() + Send + '_>, Job>(job) };
    let kind = if std::thread::panicking() { Kind::Spared } else { Kind::Inner };
    // It is our own code, which keeps nothing of a thread while it waits: it need not stay.
    os::spawn_as(runtime, New { job, stays: false, stack: None, name: None, kind });
    handle.join()
}

/// As [`as_task`], for the helper that this thread is.
#[cold]
#[inline(never)]
fn for_helper<R: Send>(task: TaskRef, f: impl FnOnce(&'static Sched<Os>) -> R + Send) -> R {
    as_task(task.runtime, f).unwrap_or_else(|panic| resume_unwind(panic))
}

impl Helpers {
    pub fn new() -> Self {
        let state = State { calls: VecDeque::new(), free: 0, reserved: 0, closed: false };
        Helpers { state: Mutex::new(state), called: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// Makes sure of a thread for one call, which the caller will make.
    fn reserve(&'static self, ending: &Ending) -> std::io::Result<()> {
        let mut state = self.lock();
        if state.free <= state.reserved {
            ending.add_thread(std::thread::Builder::new().name("goxide-helper".into()).spawn(|| self.help())?);
            // Counted here, so that no other thread takes it.
            state.free += 1;
        }
        state.reserved += 1;
        Ok(())
    }

    /// No call will come any more: the threads end.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.called.notify_all();
    }

    fn call(&self, call: Call) {
        self.lock().calls.push_back(call);
        self.called.notify_one();
    }

    fn help(&self) {
        let mut state = self.lock();
        loop {
            let Some(call) = state.calls.pop_front() else {
                if state.closed {
                    return;
                }
                let (guard, waited) = self.called.wait_timeout(state, KEEP).unwrap_or_else(|e| e.into_inner());
                state = guard;
                if waited.timed_out() && state.calls.is_empty() && state.free > state.reserved {
                    state.free -= 1;
                    return;
                }
                continue;
            };
            state.free -= 1;
            state.reserved -= 1;
            drop(state);
            // A helper is no task, and stays on its thread.
            SERVES.set(Some(call.task));
            // SAFETY: the task is parked and its closure there until it is readied, which is our duty; the runtime waits for this thread.
            unsafe {
                (*call.run)();
                SERVES.set(None);
                os::ready(call.task.runtime.live(), call.task.task);
            }
            state = self.lock();
            state.free += 1;
        }
    }
}

/// Parks the calling task while a helper, which is reserved, runs `f`.
fn by_helper<T: Send>(sched: &'static Sched<Os>, f: impl FnOnce() -> T + Send) -> T {
    /// # Safety
    /// As an [`Unlock`](crate::park::Unlock); `call` is the address of a [`Call`] on the stack of the parking task.
    unsafe fn commit(_: *mut Task<Os>, call: usize) -> bool {
        // SAFETY: on the stack of the parking task, which reads it once; on a thread of its runtime, which stays therefore.
        unsafe {
            let call = (call as *const Call).read();
            call.task.runtime.live().host().helpers.call(call);
        }
        true
    }
    let mut result = None;
    let mut f = Some(f);
    let mut run = || {
        if let Some(f) = f.take() {
            result = Some(catch_unwind(AssertUnwindSafe(f)));
        }
    };
    let run: &mut (dyn FnMut() + Send) = &mut run;
    let call = Call {
        // SAFETY: only the lifetime changes; the closure is there until the task goes on.
        run: unsafe { core::mem::transmute::<*mut (dyn FnMut() + Send + '_), *mut (dyn FnMut() + Send)>(run) },
        task: TaskRef { task: current(), runtime: sched.host().runtime },
    };
    let at = &raw const call as usize;
    // SAFETY: see `on_g0`. Once `commit` has made the call, the helper readies the task.
    on_g0(|t| unsafe { sched.park_on_g0(t, Some(commit), at, 0) });
    match result.expect("the helper has run the closure") {
        Ok(value) => value,
        Err(panic) => resume_unwind(panic),
    }
}

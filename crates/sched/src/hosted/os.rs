//! Threads and tasks of the hosted runtime, begun, ended and readied. What the scheduler asks of it all is in `embedder`.
//!
//! A task gets its stack when it first runs, from the processor it runs on, and leaves it there
//! when it ends: tasks that wait in a queue need none, and stacks are reused while they are warm.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, OnceLock, mpsc};

use goxide_stack::{Context, FixedPool, FixedStack};

use super::home;
use super::records::Records;
use super::state::{Ending, Helpers, Job, Kind, Left, Monitor, Os, Policy, Runtime, SpawnError, current, set_current};
use super::switch::on_g0;
use crate::{Asleep, Sched, Task, Thread};

/// Free stacks that a processor keeps.
pub(super) const STACKS: usize = 64;

impl Os {
    pub(super) fn new(
        runtime: Runtime,
        stack: usize,
        deadlock: Option<Arc<dyn Fn(Asleep) + Send + Sync>>,
        monitor: Option<Policy>,
        thread_name: String,
    ) -> Self {
        let (pool, helpers, monitor) = (FixedPool::new(stack), Helpers::new(), Monitor::new(monitor));
        let (ending, records) = (Ending::new(), Records::new());
        let (sched, told) = (OnceLock::new(), AtomicU64::new(0));
        Os { pool, sched, runtime, deadlock, told, thread_name, helpers, monitor, ending, records }
    }

    /// The scheduler that this is the host of.
    #[inline]
    pub(super) fn sched(&self) -> &'static Sched<Os> {
        self.sched.get().expect("set before any thread schedules")
    }

    /// A stack for a task that does not run yet.
    pub(super) fn stack(&self) -> Option<FixedStack> {
        self.pool.alloc()
    }

    /// Lets a task run for the first time: gives it a stack and, if it stays, a home. If there is no stack the task ends
    /// instead, and its joiner learns why.
    ///
    /// # Safety
    /// As for `Host::resume`; the task has no stack yet.
    #[inline]
    pub(super) unsafe fn start(&self, t: *mut Task<Os>) {
        // SAFETY: `t` runs on this thread, which holds a processor, on g0, and has no stack yet (this function's contract).
        unsafe {
            let m = (*t).thread;
            let ext = &raw mut (*t).ext;
            if (*ext).stack.is_none() {
                (*ext).stack = (*(*m).proc).ext.pop().or_else(|| self.pool.alloc());
            }
            let Some(stack) = &(*ext).stack else { self.refuse(t) };
            (*t).stack = stack.bounds();
            (*t).ctx = Context::prepare((*t).stack.hi, enter as *const () as usize, 0, 0);
            if (*ext).stays {
                (*ext).home = m;
                (*m).ext.residents += 1;
            }
        }
    }

    /// Ends a task that cannot start. Dropping its closure gives the reason to its [`JoinHandle`](super::JoinHandle).
    ///
    /// # Safety
    /// `t` runs on this thread, which holds a processor, on g0, and has no stack yet.
    #[cold]
    #[inline(never)]
    unsafe fn refuse(&self, t: *mut Task<Os>) -> ! {
        // SAFETY: `t` runs on this thread, on g0 (this function's contract), and nothing refers to a stack that it does not have. With `resuming`, the system stack is used from its top again.
        unsafe {
            let m = (*t).thread;
            (*m).resuming = true;
            let job = (*t).ext.job.take();
            guarded(|| drop(job));
            (*(*m).sched).exit_on_g0(t)
        }
    }
}

/// Calls `f`. A panic ends here: the panic hook has reported it, and no joiner takes it.
pub(super) fn guarded(f: impl FnOnce()) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(f)) {
        discard(payload);
    }
}

/// Drops what was panicked with, or leaks it if that panics too.
fn discard(payload: Box<dyn Any + Send>) {
    if let Err(another) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        core::mem::forget(another);
    }
}

/// The running task has done its work: its values of task-locals are dropped, later ones first, and those too that their destructors ask for, up
/// to `ANEW`: the rest is leaked.
fn drop_locals() {
    /// Values that destructors may make: one that asks for its own key makes another each time.
    const ANEW: usize = 64;
    // SAFETY: the running task's own list.
    let mut left = unsafe { (*current()).ext.locals.len() } + ANEW;
    // SAFETY: the running task's own list; the value is off it when it is dropped. A destructor may wait, so the task is asked for each time.
    while let Some(local) = unsafe { (*current()).ext.locals.pop() } {
        match left.checked_sub(1) {
            Some(fewer) => {
                left = fewer;
                guarded(|| drop(local));
            }
            None => core::mem::forget(local),
        }
    }
}

/// Where each task begins.
///
/// # Safety
/// Gone to by `resume` alone, on the stack of a task that has not begun.
unsafe extern "C" fn enter() -> ! {
    let t = current();
    // SAFETY: `t` is the task that was just resumed, on its own stack, and its thread has a scheduler.
    let (job, late) = unsafe {
        let closing = (*(*(*t).thread).sched).host().ending.is_closing();
        ((*t).ext.job.take().expect("a task was started twice"), closing && (*t).ext.kind == Kind::User)
    };
    if late {
        guarded(|| drop(job));
    } else {
        guarded(job);
    }
    drop_locals();
    on_g0(|t| {
        // SAFETY: `t` runs here and is done; it may have moved since it began.
        unsafe {
            let m = (*t).thread;
            let sched = &*(*m).sched;
            // The thread ends with a task that is locked to it, unless other tasks are at home here.
            if (*m).ext.residents > u32::from((*t).ext.stays) {
                for _ in 0..(*m).locked_external {
                    sched.unlock_thread();
                }
            }
            sched.exit_on_g0(t)
        }
    });
    unreachable!("a task went on after its end")
}

/// How far below a local of [`run`] the system stack begins: what lies between are the rest of its frame and what a switch saves, some
/// 200 bytes.
const BOTTOM: usize = 4096;

/// The life of a worker.
///
/// # Safety
/// `m` is this thread, which has just begun, and whose scheduler stays until it has ended.
#[inline(never)]
pub(super) unsafe fn run(m: *mut Thread<Os>) {
    /// # Safety
    /// `m` is the address of this thread's descriptor, and `run` has set it up.
    unsafe extern "C" fn main(m: usize) -> ! {
        let m = m as *mut Thread<Os>;
        // SAFETY: the descriptor is this thread's, and points to its scheduler.
        unsafe { (*(*m).sched).thread_main(m) }
    }
    let here = 0u64;
    // SAFETY: the descriptor is this thread's, and stays until it has ended. What lies so far below this frame is free for the scheduler, on whose
    // frames `leave` relies no more when it comes back here.
    unsafe {
        (*m).g0_sp = ((&raw const here as usize) - BOTTOM) & !15;
        goxide_stack::mcall(&raw mut (*m).ext.bottom, (*m).g0_sp, main, m as usize);
    }
}

/// This thread ends: goes back to the bottom of its stack, and out of [`run`].
///
/// # Safety
/// `m` is this thread, on g0; nothing on the stack is needed any more.
pub(super) unsafe fn leave(m: *mut Thread<Os>) -> ! {
    // What the destructors of its thread-locals call is called on no thread of the runtime.
    set_current(std::ptr::null_mut());
    // SAFETY: `run` saved the context, its frame lies above the system stack and is still there.
    unsafe { goxide_stack::gogo(&raw const (*m).ext.bottom, 0) }
}

/// Starts thread 0, which makes the processors, and waits until it has.
pub(super) fn start(sched: &'static Sched<Os>, procs: u32) {
    let _ = sched.host().sched.set(sched);
    let (tx, rx) = mpsc::channel();
    let first = std::thread::Builder::new()
        .name(sched.host().thread_name.clone())
        .spawn(move || {
            let m = sched.init_thread();
            // SAFETY: the descriptor is this thread's, made by `init_thread` on it; its word is set before the first and only
            // call of `init_procs`.
            unsafe {
                set_current((*m).g0);
                sched.init_procs(procs);
            }
            sched.start_running();
            tx.send(()).expect("the maker of the runtime waits");
            drop(tx);
            // SAFETY: `m` was made above for this thread, and nothing needs the frames below this one.
            unsafe { run(m) }
        })
        .expect("a worker thread");
    sched.host().ending.add_thread(first);
    rx.recv().expect("the first worker starts");
}

/// A stack for a task that is about to be spawned.
pub(super) fn stack_for(runtime: Runtime) -> Result<FixedStack, SpawnError> {
    let stack = runtime.with(|sched| match sched.host().ending.is_closing() {
        true => Err(SpawnError::SHUT_DOWN),
        false => sched.host().stack().ok_or(SpawnError::NO_STACK),
    });
    stack.unwrap_or(Err(SpawnError::SHUT_DOWN))
}

/// A new task for `job`: on this processor if a task of the same runtime calls, else on the
/// global queue. It `stays` on the thread that starts it, or not. Without a stack it gets one when it starts. If the runtime is being shut down
/// `job` is dropped.
pub(super) fn spawn(runtime: Runtime, job: Job, stays: bool, stack: Option<FixedStack>) {
    let kind = Kind::User;
    spawn_as(runtime, New { job, stays, stack, name: None, kind });
}

/// What a new task is made of; see [`spawn`].
pub(super) struct New {
    pub(super) job: Job,
    pub(super) stays: bool,
    pub(super) stack: Option<FixedStack>,
    pub(super) name: Option<Arc<str>>,
    pub(super) kind: Kind,
}

/// As [`spawn`], with everything else. Whether it was; if not, `new` was dropped.
pub(super) fn spawn_as(runtime: Runtime, new: New) -> bool {
    // Dropped outside of the closure if it is left: a destructor may do anything.
    let mut new = Some(new);
    let (t, here) = (current(), runtime.here());
    // SAFETY: a current task has a thread.
    let inside = here.is_some() && unsafe { !(*(*t).thread).proc.is_null() };
    let mut spawn = |sched: &'static Sched<Os>| {
        let closing = sched.host().ending.is_closing();
        let Some(new) = new.take_if(|new| !closing || new.kind != Kind::User) else { return };
        let init = |t: *mut Task<Os>| {
            // SAFETY: a task that is being spawned is ours.
            unsafe {
                let ext = &mut (*t).ext;
                ext.job = Some(new.job);
                ext.stays = new.stays;
                ext.left = Left::Here;
                ext.stack = new.stack;
                ext.name = new.name;
                ext.kind = new.kind;
                (ext.unwound, ext.swept) = (false, false);
            }
        };
        // SAFETY: a current task has a thread, which has a scheduler; one that has left its processor counts as a thread from
        // outside.
        unsafe {
            if inside {
                sched.spawn_with(0, 0, 0, 0, t, init);
            } else {
                let _counted = closing.then(|| sched.host().ending.one_more());
                sched.spawn_from_outside(init);
            }
        }
    };
    match here {
        Some(sched) if inside => spawn(sched),
        // The sweep does not wait for it otherwise.
        _ => drop(runtime.with_pin(spawn)),
    }
    new.is_none()
}

/// Readies `t`, whose duty the caller has, from wherever it is.
///
/// # Safety
/// `t` is WAITING or about to wait, and to ready it is the duty of the caller, which has it no more.
pub(super) unsafe fn ready(sched: &'static Sched<Os>, t: *mut Task<Os>) {
    let me = current();
    // SAFETY: the duty to ready `t` is the caller's to give; a current task has a thread, which has a scheduler. `ready`
    // does without a processor.
    unsafe {
        let known = !me.is_null() && core::ptr::eq((*(*me).thread).sched, sched);
        let home = (*t).ext.home;
        // A thread that is locked to the task waits for it to be chosen from a queue.
        let far = !home.is_null() && (*t).locked_thread.is_null();
        if far && !(known && home == (*me).thread) {
            home::ready(sched, t);
        } else if known {
            sched.ready(t, true);
        } else {
            sched.ready_from_outside(t);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a scheduler says before it has threads and processors: nothing, but it says it.
    #[test]
    fn a_scheduler_without_processors_answers() {
        let sched: &'static Sched<Os> =
            Box::leak(Box::new(Sched::new(Os::new(Runtime::new(), 0, None, None, String::new()))));
        assert_eq!((sched.proc_count(), sched.thread_count(), sched.num_tasks(), sched.next_timer()), (0, 0, 0, 0));
        sched.for_each_proc(|_| unreachable!());
        sched.for_each_timer(|_| unreachable!());
        sched.wake_proc();
        sched.start_running();
        assert!(catch_unwind(AssertUnwindSafe(|| sched.proc_at(0))).is_err());
        assert!(catch_unwind(AssertUnwindSafe(|| sched.tasks().get(0))).is_err());
        assert!(!sched.init_thread().is_null());
        assert!(catch_unwind(AssertUnwindSafe(|| sched.init_thread())).is_err(), "a second first thread");
    }
}

//! The [`Host`] of the hosted runtime: threads of std, stacks of goxide-stack, memory that is
//! leaked.
//!
//! A task gets its stack when it first runs, from the processor it runs on, and leaves it there
//! when it ends: tasks that wait in a queue need none, and stacks are reused while they are warm.

use std::alloc::{Layout, alloc_zeroed};
use std::cell::Cell;
use std::ptr::null_mut;
use std::sync::{OnceLock, mpsc};
use std::time::Duration;

use goxide_stack::{Context, FixedPool, FixedStack};

use crate::token::Token;
use crate::{Asleep, Host, Proc, Sched, Task, Thread, TimerCall, host::Bounds};

/// What a task runs.
pub(super) type Job = Box<dyn FnOnce() + Send>;

/// Free stacks that a processor keeps.
const STACKS: usize = 64;

/// See the module's header.
pub struct Os {
    pool: FixedPool,
    /// Set once the scheduler has its place.
    sched: OnceLock<&'static Sched<Os>>,
    deadlock: Option<Box<dyn Fn(Asleep) + Send + Sync>>,
}

/// What a task carries.
pub struct TaskExt {
    job: Option<Job>,
    stack: Option<FixedStack>,
    pub(super) token: Token,
}

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
fn set_current(t: *mut Task<Os>) {
    CURRENT.set(t);
}

impl Os {
    pub(super) fn new(stack: usize, deadlock: Option<Box<dyn Fn(Asleep) + Send + Sync>>) -> Self {
        Os {
            pool: FixedPool::new(stack),
            sched: OnceLock::new(),
            deadlock,
        }
    }
}

/// Where each task begins.
unsafe extern "C" fn enter() -> ! {
    let t = current();
    // SAFETY: `t` is the task that was just resumed, on its own stack.
    let job = unsafe { (*t).ext.job.take() };
    job.expect("a task was started twice")();
    super::on_g0(|t| {
        // SAFETY: `t` runs here and is done; it may have moved since it began.
        unsafe { (*(*(*t).thread).sched).exit_on_g0(t) }
    });
    unreachable!("a task went on after its end")
}

// SAFETY (throughout): pointers given by the scheduler are valid, and processors are held by the
// calling thread where it says so.
impl Host for Os {
    type TaskExt = TaskExt;
    type ThreadExt = ();
    type ProcExt = Vec<FixedStack>;

    fn new_task_ext(&self) -> TaskExt {
        TaskExt {
            job: None,
            stack: None,
            token: Token::new(),
        }
    }
    fn new_thread_ext(&self) {}
    unsafe fn init_proc_ext(&self, at: *mut Vec<FixedStack>) {
        // SAFETY: the caller's: room for the value.
        unsafe { at.write(Vec::with_capacity(STACKS)) }
    }

    /// For calls that were to be brief and are not.
    fn wants_watch(&self) -> bool {
        true
    }

    fn current(&self) -> *mut Task<Self> {
        current()
    }
    fn set_current(&self, t: *mut Task<Self>) {
        set_current(t);
    }

    unsafe fn resume(&self, t: *mut Task<Self>) -> ! {
        // SAFETY: the task is ours to run; the stack is fresh when it gets one.
        unsafe {
            if (*t).stack.is_none() {
                let p = (*(*t).thread).proc;
                let stack = (*p).ext.pop().or_else(|| self.pool.alloc());
                let stack = (*t)
                    .ext
                    .stack
                    .insert(stack.expect("no memory for a task's stack"));
                (*t).stack = stack.bounds();
                (*t).ctx = Context::prepare((*t).stack.hi, enter as *const () as usize, 0, 0);
            }
            goxide_stack::gogo(&raw const (*t).ctx, t as usize)
        }
    }

    unsafe fn alloc_stack(&self, _: *mut Proc<Self>) -> Bounds {
        Bounds::NONE
    }
    unsafe fn free_stack(&self, _: *mut Proc<Self>, _: Bounds) {
        unreachable!("a dead task has no stack, see task_exit")
    }

    unsafe fn alloc_record(&self, size: usize, align: usize) -> *mut u8 {
        let layout = Layout::from_size_align(size, align).expect("a record's layout");
        // SAFETY: no record has size 0.
        let p = unsafe { alloc_zeroed(layout) };
        assert!(!p.is_null(), "no memory for a descriptor");
        p
    }

    unsafe fn start_thread(&self, m: *mut Thread<Self>) -> Result<(), i32> {
        let m = m as usize;
        std::thread::Builder::new()
            .name("goxide-worker".into())
            .spawn(move || {
                let m = m as *mut Thread<Os>;
                // SAFETY: the descriptor is this thread's from now on.
                unsafe { run(m, (*m).sched) }
            })
            .map(drop)
            .map_err(|e| e.raw_os_error().unwrap_or(-1))
    }

    fn nanotime(&self) -> i64 {
        goxide_sys::time::nanotime()
    }

    unsafe fn run_timer(&self, call: TimerCall) {
        // SAFETY: all timers but the scheduler's own sleeps are alarms.
        unsafe { super::alarm::go_off(call) }
    }

    fn all_asleep(&self, why: Asleep) -> ! {
        if let Some(f) = &self.deadlock {
            f(why);
        }
        loop {
            std::thread::sleep(Duration::from_secs(3600));
        }
    }
    fn detects_deadlock(&self) -> bool {
        self.deadlock.is_some() && self.sched.get().is_some_and(|s| s.num_tasks() != 0)
    }

    unsafe fn task_exit(&self, t: *mut Task<Self>) {
        // SAFETY: this is g0 of the thread that ran `t`; it holds a processor.
        unsafe {
            (*t).stack = Bounds::NONE;
            (*t).ext.token.clear();
            if let Some(stack) = (*t).ext.stack.take() {
                let free = &mut (*(*(*t).thread).proc).ext;
                if free.len() < STACKS {
                    free.push(stack);
                } else {
                    self.pool.free(stack);
                }
            }
        }
    }

    fn proc_destroy(&self, p: *mut Proc<Self>) {
        // SAFETY: the world is stopped.
        for stack in unsafe { (*p).ext.drain(..) } {
            self.pool.free(stack);
        }
    }
}

/// The life of a worker.
#[inline(never)]
unsafe fn run(m: *mut Thread<Os>, sched: *const Sched<Os>) -> ! {
    let here = 0u64;
    // SAFETY: the descriptor is this thread's; what lies below this frame is free for the
    // scheduler, since this frame is never returned to.
    unsafe {
        (*m).g0_sp = ((&raw const here as usize) - 1024) & !15;
        (*sched).thread_main(m)
    }
}

/// Starts thread 0, which makes the processors, and waits until it has.
pub(super) fn start(sched: &'static Sched<Os>, procs: u32) {
    let _ = sched.host().sched.set(sched);
    let (tx, rx) = mpsc::channel();
    std::thread::Builder::new()
        .name("goxide-worker".into())
        .spawn(move || {
            let m = sched.init_thread();
            // SAFETY: the descriptor is this thread's.
            unsafe { set_current((*m).g0) };
            sched.init_procs(procs);
            sched.start_running();
            tx.send(()).expect("the maker of the runtime waits");
            // Dropped by hand: the frames of this thread are never left.
            drop(tx);
            // SAFETY: as above.
            unsafe { run(m, sched) }
        })
        .expect("a worker thread");
    rx.recv().expect("the first worker starts");
}

/// A new task for `job`: on this processor if a task of the same runtime calls, else on the
/// global queue.
pub(super) fn spawn(sched: &'static Sched<Os>, job: Job) {
    let t = current();
    // SAFETY: a current task has a thread, which has a scheduler and holds a processor; a task
    // spawned parked is ours to ready.
    unsafe {
        if !t.is_null() && core::ptr::eq((*(*t).thread).sched, sched) {
            sched.spawn_with(0, 0, 0, 0, t, |t| (*t).ext.job = Some(job));
        } else {
            sched.spawn_from_outside(|t| (*t).ext.job = Some(job));
        }
    }
}

/// Readies `t`, whose duty the caller has, from wherever it is.
pub(super) unsafe fn ready(sched: &'static Sched<Os>, t: *mut Task<Os>) {
    let me = current();
    // SAFETY: the caller's; a current task has a thread, which has a scheduler.
    unsafe {
        if !me.is_null() && core::ptr::eq((*(*me).thread).sched, sched) {
            sched.ready(t, true);
        } else {
            sched.ready_from_outside(t);
        }
    }
}

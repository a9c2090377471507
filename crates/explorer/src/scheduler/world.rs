//! What the scheduler asks of the world around it, for threads that are run in turn on one: where one of them would go on with a task, or sleep, it
//! leaves the scheduler (`arch::leave`), and the scene enters it again when it is that thread's turn. A task is a little program.

use super::program::Op;
use crate::arch::leave;
use goxide_sched::host::{Bounds, Event};
use goxide_sched::{Asleep, Ext, Host, Proc, Sched, Task, TaskList, Thread, TimerCall};
use std::alloc::{Layout, alloc_zeroed};
use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::ptr::null_mut;
use std::rc::Rc;

/// What a task carries.
#[derive(Debug, Default)]
pub struct Script {
    /// Its program.
    pub ops: Rc<[Op]>,
    /// The next operation.
    pub at: usize,
    /// What is left of one that takes several steps.
    pub left: u32,
}

/// Where a thread has left the scheduler.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Left {
    /// To go on with a task.
    Runs,
    /// To sleep until it is given a processor.
    Sleeps,
    /// To sleep until a time, in nanoseconds, or until another breaks its sleep.
    Polls(i64),
}

/// The embedder.
#[derive(Debug)]
pub struct Stage {
    /// The per-thread word of the thread whose turn it is.
    current: Cell<*mut Task<Stage>>,
    /// The clock.
    pub now: Cell<i64>,
    /// Threads that the scheduler has begun.
    pub begun: RefCell<Vec<*mut Thread<Stage>>>,
    /// How the thread whose turn it is has left.
    pub left: Cell<Option<Left>>,
    /// The thread that sleeps until a time is to look again.
    pub broken: Cell<bool>,
}

// SAFETY: one thread touches a stage and its scheduler: the one that has the scene.
unsafe impl Sync for Stage {}

impl Stage {
    pub fn new() -> Stage {
        Stage {
            current: Cell::new(null_mut()),
            now: Cell::new(1000),
            begun: RefCell::default(),
            left: Cell::new(None),
            broken: Cell::new(false),
        }
    }

    fn leave(&self, how: Left) -> ! {
        self.left.set(Some(how));
        leave()
    }
}

impl Ext for Stage {
    type TaskExt = Script;
    type ThreadExt = ();
    type ProcExt = ();
    type Reason = u8;
    type Finish = Infallible;
    type Acquired = Infallible;
}

// SAFETY: the word is what was set; records come zeroed from the allocator and are leaked; no tasks are handed over. (Throughout: pointers
// given by the scheduler are valid.)
unsafe impl Host for Stage {
    fn new_task_ext(&self) -> Script {
        Script::default()
    }
    fn new_thread_ext(&self) {}
    unsafe fn init_proc_ext(&self, _: *mut ()) {}

    fn current(&self) -> *mut Task<Self> {
        self.current.get()
    }
    fn set_current(&self, t: *mut Task<Self>) {
        self.current.set(t);
    }

    unsafe fn resume(&self, _: *mut Task<Self>) -> ! {
        self.leave(Left::Runs)
    }
    unsafe fn finish(&'static self, _: *mut Task<Self>, half: Infallible) {
        match half {}
    }
    unsafe fn acquired(&'static self, _: *mut Task<Self>, then: Infallible) {
        match then {}
    }

    unsafe fn alloc_stack(&self, _: *mut Proc<Self>) -> Bounds {
        Bounds::NONE
    }
    unsafe fn free_stack(&self, _: *mut Proc<Self>, _: Bounds) {
        unreachable!("a task has no stack here")
    }
    unsafe fn alloc_record(&self, size: usize, align: usize) -> *mut u8 {
        let layout = Layout::from_size_align(size, align).expect("a record's layout");
        // SAFETY: no record has size 0.
        let p = unsafe { alloc_zeroed(layout) };
        assert!(!p.is_null(), "no memory for a descriptor");
        p
    }

    unsafe fn start_thread(&self, m: *mut Thread<Self>) -> Result<(), i32> {
        self.begun.borrow_mut().push(m);
        Ok(())
    }
    unsafe fn sleep(&self, m: *mut Thread<Self>) {
        // SAFETY: this thread's descriptor. A processor is there before the bell is rung.
        if unsafe { (*m).next_proc.is_null() } {
            self.leave(Left::Sleeps)
        }
    }
    unsafe fn restart(&self, _: *mut Thread<Self>, sched: &'static Sched<Self>) -> ! {
        // SAFETY: on g0 of a thread that needs its frames no more (this function's contract). They go when it leaves.
        unsafe { sched.schedule() }
    }

    fn nanotime(&self) -> i64 {
        self.now.get()
    }
    unsafe fn run_timer(&self, _: TimerCall) {
        unreachable!("all timers are the scheduler's own sleeps")
    }

    fn has_poller(&self) -> bool {
        true
    }
    fn poll(&self, delay: i64) -> TaskList<Self> {
        if delay != 0 && !self.broken.take() {
            self.leave(Left::Polls(if delay < 0 { i64::MAX } else { self.now.get() + delay }))
        }
        TaskList::new()
    }
    fn poll_break(&self) {
        self.broken.set(true);
    }

    fn all_asleep(&self, _: Asleep) -> ! {
        unreachable!("it is not asked for")
    }
    fn detects_deadlock(&self) -> bool {
        // The visitor sees that every goroutine waits, and may start another.
        false
    }

    fn trace(&self, _: Event, _: *mut Task<Self>) {}
}

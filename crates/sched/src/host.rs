//! The seam: what the scheduler asks of its embedder.
//!
//! One value of a type that implements [`Host`] is moved into [`crate::Sched::new`]; the scheduler
//! calls it through `&self`, from any of its threads. Unless a method says otherwise it is called
//! on the system stack of a thread (g0), may take its time, and must not enter the scheduler.

use crate::ext::Ext;
use crate::model::{Proc, Sched, Task, TaskList, Thread};
pub use crate::os::{Bounds, Context};
use crate::timer::Timer;
pub use crate::timer::TimerCall;

/// Which kind of deadlock this is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Asleep {
    /// Every task waits, and nothing is left that could wake one.
    AllWaiting,
    /// No task is left at all.
    NoTasks,
}

/// What happened, for [`Host::trace`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Event {
    /// A task was spawned.
    Spawn,
    /// A task begins to run.
    Start,
    /// A task yielded but stays runnable.
    Yield,
    /// A task yielded since it was asked to, and stays runnable.
    Preempt,
    /// A task parked.
    Park,
    /// A task was made ready.
    Ready,
    /// A task ended.
    Exit,
    /// A task entered a system call.
    SyscallEnter,
    /// A task came back from one.
    SyscallExit,
    /// A thread gives its processor up. No task.
    GiveUp,
    /// The world is about to be stopped. No task.
    StopWorld,
    /// The world runs again. No task.
    WorldRuns,
}

/// The embedder.
///
/// # Safety
/// The scheduler relies on what the methods say, safe ones included: that `current` gives back what `set_current` was
/// given on the same thread, that tasks handed over are in the state given and on no other list, that records are zeroed,
/// aligned and kept.
pub unsafe trait Host: Ext + Sync + 'static {
    /// For a new descriptor. Recycled descriptors keep their value.
    fn new_task_ext(&self) -> Self::TaskExt;
    /// As [`Host::new_task_ext`].
    fn new_thread_ext(&self) -> Self::ThreadExt;
    /// As [`Host::new_task_ext`], but written to its place, which may be large: what is zero there
    /// already need not be touched.
    ///
    /// # Safety
    /// `at` is room for the value, from [`Host::alloc_record`], and all zero bytes.
    unsafe fn init_proc_ext(&self, at: *mut Self::ProcExt);

    /// What this thread last gave to [`Host::set_current`]: its running task, or its g0. Called
    /// on task stacks too, on the hottest paths.
    fn current(&self) -> *mut Task<Self>;
    /// Sets the per-thread word.
    fn set_current(&self, t: *mut Task<Self>);

    /// Continues `t` at its context; its state, thread and the per-thread word are already set.
    ///
    /// # Safety
    /// Called once per turn; nothing on this system stack is needed afterwards.
    unsafe fn resume(&self, t: *mut Task<Self>) -> ! {
        // SAFETY: the context was saved when the task left, or prepared when it was spawned.
        unsafe { crate::os::gogo(&raw const (*t).ctx, t as usize) }
    }

    /// The finish half of a blocking operation: completes it for `t`, which runs on this thread from now on, but has not gone on yet. It
    /// may change the context of `t`, or park `t` again.
    ///
    /// # Safety
    /// On g0 with a processor; the context of `t` is saved. [`Task::resume`] said so, and it is called once for that.
    unsafe fn finish(&'static self, t: *mut Task<Self>, half: Self::Finish);

    /// What `t` does with a unit that it has got by [`crate::Sched::acquire_then_on_g0`]: as [`Host::finish`].
    ///
    /// # Safety
    /// As for [`Host::finish`]; the unit is that of the acquire which `then` was given to.
    unsafe fn acquired(&'static self, t: *mut Task<Self>, then: Self::Acquired);

    /// A stack for a new task. `p` is held by this thread. [`Bounds::NONE`] means: later; then
    /// [`Host::resume`] must see to it, and prepare the context itself.
    ///
    /// # Safety
    /// `p` is valid and held by the calling thread.
    unsafe fn alloc_stack(&self, p: *mut Proc<Self>) -> Bounds;
    /// Takes a stack back. `p` is held by this thread, or null.
    ///
    /// # Safety
    /// The stack came from [`Host::alloc_stack`] or replaced one that did; nothing uses it.
    unsafe fn free_stack(&self, p: *mut Proc<Self>, stack: Bounds);
    /// Whether a dead task may keep this stack for its next life. Say no to grown ones.
    fn keep_stack(&self, stack: Bounds) -> bool {
        let _ = stack;
        true
    }

    /// Memory for descriptors and tables; all zero bytes, never null, and not freed while anything of the scheduler is used: for good, in a static
    /// one.
    ///
    /// # Safety
    /// `align` is a power of two.
    unsafe fn alloc_record(&self, size: usize, align: usize) -> *mut u8;

    /// Makes the OS thread behind `m`, which shall call [`crate::Sched::thread_main`]. Called on a
    /// thread whose state no locked task has changed (see [`crate::Sched::begin_maker`]). Before
    /// that it needs `m.g0.stack`, `m.g0_sp` and the per-thread word. If `m.g0.stack` is
    /// set already, the descriptor is a recycled one and its stack can be used again.
    ///
    /// # Errors
    /// The number of the system's error.
    ///
    /// # Safety
    /// `m` is valid, and no thread runs on it yet.
    unsafe fn start_thread(&self, m: *mut Thread<Self>) -> Result<(), i32>;
    /// [`Host::start_thread`] failed while `threads` existed.
    fn thread_failed(&self, threads: u32, error: i32) -> ! {
        panic!("cannot make another thread: have {threads} already, error {error}")
    }
    /// There are more than `limit` threads.
    fn thread_limit(&self, limit: u32) -> ! {
        panic!("program exceeds {limit} threads")
    }
    /// On a new thread, before it takes a processor: signal stack and the like.
    fn thread_begin(&self, m: *mut Thread<Self>) {
        let _ = m;
    }
    /// Sleeps on `m.park` until it is rung, or comes back at once if it has been. An embedder that runs several of the scheduler's threads in turn
    /// leaves it here, and enters it again by [`crate::Sched::sleep_on`] when `m.next_proc` is set.
    ///
    /// # Safety
    /// `m` is this thread, on g0; nothing on this stack is needed if this does not come back.
    #[inline(always)]
    unsafe fn sleep(&self, m: *mut Thread<Self>) {
        // SAFETY: this thread's own descriptor.
        unsafe { (*m).park.sleep() }
    }
    /// Calls [`crate::Sched::schedule`] of `sched` at the top of this thread's system stack.
    ///
    /// # Safety
    /// On g0 of `m`, this thread of that scheduler; its frames are not needed any more.
    #[inline(always)]
    unsafe fn restart(&self, m: *mut Thread<Self>, sched: &'static Sched<Self>) -> ! {
        /// # Safety
        /// `sched` is the address of a scheduler that lives forever; on g0 of one of its threads.
        unsafe extern "C" fn enter<H: Host>(sched: usize) -> ! {
            // SAFETY: the number is the address of a scheduler that lives forever; the stack is
            // fresh.
            unsafe { (*(sched as *const Sched<H>)).schedule() }
        }
        // SAFETY: `g0_sp` is the top of this very stack. What `mcall` saves is never resumed: the
        // frames it would return to may be overwritten, and g0's context is but a place to write.
        unsafe {
            let scratch = &raw mut (*(*m).g0).ctx;
            crate::os::mcall(scratch, (*m).g0_sp, enter::<Self>, &raw const *sched as usize);
        }
        unreachable!("the scheduling loop returned")
    }
    /// Ends this thread, whose task ended while locked to it: nothing else may inherit its OS
    /// state. Set `m.ending` to 0 as the very last thing. The default parks it forever.
    ///
    /// # Safety
    /// Nothing on this stack is needed any more.
    unsafe fn thread_exit(&self, m: *mut Thread<Self>) -> ! {
        loop {
            // SAFETY: this thread's own descriptor, on g0; nothing on this stack is needed (the method's contract). A thread that ended is on no
            // list, so nothing wakes it but a ring that came late.
            unsafe {
                self.sleep(m);
                (*m).park.clear();
            }
        }
    }
    /// Asks the thread's running task to yield at once, by a signal. The guard word
    /// of the task has been set already, so doing nothing is right too, for tasks that look at it often. Called on any thread and again
    /// and again; the task may have left the thread, and the thread may have ended.
    fn preempt_thread(&self, m: *mut Thread<Self>) {
        let _ = m;
    }

    /// A monotonic clock in nanoseconds, never 0.
    fn nanotime(&self) -> i64;

    /// Runs a timer. On g0, with a processor, without locks; must not block. A collector that is at work may not have been shown the timer:
    /// what its words lead to, it is to learn here.
    ///
    /// # Safety
    /// `call` holds what the creator of the timer stored.
    unsafe fn run_timer(&self, call: TimerCall);

    /// Stores new argument words into a timer (a collector's write barrier goes here). Called
    /// with a lock held: no scheduler calls.
    ///
    /// # Safety
    /// `slot` points into a valid timer.
    unsafe fn store_timer_arg(&self, slot: *mut [usize; 2], arg: [usize; 2]) {
        // SAFETY: into a valid timer, which nobody else writes: its lock is held.
        unsafe { slot.write(arg) };
    }
    /// `t` enters a heap, where only [`crate::Sched::for_each_timer`] shows it. Lock held.
    fn timer_added(&self, t: *mut Timer) {
        let _ = t;
    }

    /// Whether there is a network poller.
    fn has_poller(&self) -> bool {
        false
    }
    /// How many tasks wait in the poller. With none, a thread does not sleep in it for good.
    fn poll_waiters(&self) -> u32 {
        0
    }
    /// The tasks (WAITING) whose I/O is ready. Negative: wait as long as it takes; 0: do not
    /// wait; else wait up to that many nanoseconds. One thread at a time waits. An embedder that runs several threads in turn may leave the
    /// scheduler here instead of waiting, and enter it again by [`crate::Sched::polled_on`].
    fn poll(&self, delay_ns: i64) -> TaskList<Self> {
        let _ = delay_ns;
        TaskList::new()
    }
    /// Makes a [`Host::poll`] that waits, or the next one, return. Called anywhere.
    fn poll_break(&self) {}

    /// A task that should run before any other on `p` (collector workers), in state RUNNABLE and
    /// on no queue; or null. Asked once per scheduling decision.
    fn pick_task(&self, p: *mut Proc<Self>, now: i64) -> *mut Task<Self> {
        let _ = (p, now);
        core::ptr::null_mut()
    }
    /// As [`Host::pick_task`], asked when there is nothing else to run.
    fn pick_idle_task(&self, p: *mut Proc<Self>) -> *mut Task<Self> {
        let _ = p;
        core::ptr::null_mut()
    }
    /// Whether [`Host::pick_task`] has a task that only this thread may run, so that it must not sleep. Asked before it
    /// gives up its processor for want of work, with the scheduler locked, and before it sleeps for a timer or in the
    /// poller. Sends of such tasks are the embedder's business, and so is waking a thread that sleeps already.
    #[inline(always)]
    fn has_own_task(&self) -> bool {
        false
    }
    /// The thread `m` gets onto the list of idle threads: gives up the tasks that only it may run, all WAITING. They become
    /// runnable by any thread that will then have to send them. The scheduler is locked.
    #[inline(always)]
    fn give_up_own_tasks(&self, m: *mut Thread<Self>) -> TaskList<Self> {
        let _ = m;
        TaskList::new()
    }
    /// Whether [`Host::pick_idle_task`] would have one for `p`, which this thread has just released, or (null) for any processor
    /// that is idle. Asked by threads without a processor.
    fn has_idle_task(&self, p: *mut Proc<Self>) -> bool {
        let _ = p;
        false
    }
    /// `p` is at a safe point, held by this thread, no task running: asked-for work per
    /// processor may be done. Called once per scheduling decision; keep it to a load.
    fn safe_point(&self, p: *mut Proc<Self>) {
        let _ = p;
    }
    /// `p` ceases to be used: flush its caches. The world is stopped, the scheduler locked.
    fn proc_destroy(&self, p: *mut Proc<Self>) {
        let _ = p;
    }

    /// Nothing can ever run again, unless a thread that the scheduler does not know makes it: an embedder that allows for that
    /// leaves by [`crate::Sched::sleep_on`].
    fn all_asleep(&self, why: Asleep) -> !;
    /// Whether [`Host::all_asleep`] shall be called at all. No if tasks can be made ready by
    /// threads that the scheduler does not know.
    fn detects_deadlock(&self) -> bool {
        true
    }

    /// A monitor is needed from now on: there is a second task, or a timer, so tasks can starve each other. Called once, where a task was
    /// spawned or a timer was set, on whatever stack and thread that is allowed: start the monitor's thread
    /// ([`crate::Sched::start_monitor`]), or do nothing if no processor is ever kept by a call that lasts and no task can be asked to yield.
    fn begin_monitor(&'static self) {}

    /// `t` has run for the last time; its stack is still there.
    ///
    /// # Safety
    /// `t` is valid; this thread runs it no more.
    unsafe fn task_exit(&self, t: *mut Task<Self>) {
        let _ = t;
    }

    /// All tasks ever made are in the `len` words at `list`, which has room for `cap`; for readers from outside of the process. A lock is
    /// held: no scheduler calls.
    #[inline(always)]
    fn tasks_are(&self, list: *mut *mut Task<Self>, len: usize, cap: usize) {
        let _ = (list, len, cap);
    }

    /// What happens, as it happens, on a thread that holds a processor (but for events of system calls, and tasks readied without one). `t`
    /// is null if no task has to do with it. The default does nothing and costs nothing.
    #[inline(always)]
    fn trace(&self, event: Event, t: *mut Task<Self>) {
        let _ = (event, t);
    }
}

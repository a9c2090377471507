//! What a scheduler consists of: tasks, threads and processors (the G, M and P of the literature), the lists and tables they are
//! in, and the scheduler itself. They all lead to each other, so they are together; what is done with each is in the module
//! named after it.

use core::cell::UnsafeCell;
use core::mem::{ManuallyDrop, offset_of};
use core::sync::atomic::{AtomicBool, AtomicI32, AtomicI64, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize};

use goxide_sys::RawMutex;

use crate::coded::Coded;
use crate::ext::Ext;
use crate::os::{Bounds, Context, Note};
use crate::queue::RunQueue;
use crate::round::Round;
use crate::state::State;
use crate::status::{Started, Status};
use crate::timer::Timer;
use crate::timer_heap::TimerHeap;
use crate::wake::Wake;

/// A task. The first words have fixed offsets: compiled code and assembly use them, and debuggers, profilers and libraries
/// read some of the next ones from outside.
///
/// A scheduler gives tasks out as pointers, and what it lets others do with one is in the safety sections of its functions: who
/// makes a reference to a task from such a pointer vouches for the fields that are changed through it, its state above all.
#[repr(C)]
pub struct Task<H: Ext> {
    /// The stack it runs on.
    pub stack: Bounds,
    /// Compared with the stack pointer by function prologues; [`PREEMPT`](crate::PREEMPT) asks to yield.
    pub guard0: AtomicUsize,
    /// A second guard, for code that must not be interrupted. The scheduler leaves it alone.
    pub guard1: usize,
    /// A word of the embedder.
    pub host0: usize,
    /// A word of the embedder.
    pub host1: usize,
    /// The thread that runs it; null while it is off.
    pub thread: *mut Thread<H>,
    /// Where it goes on when it is resumed.
    pub ctx: Context,
    /// Its state; see [`crate::state`].
    pub state: State,
    /// Its number, from 1; new for every life of the descriptor.
    pub id: u64,
    /// The next task on whatever list holds this one.
    pub link: *mut Task<H>,
    /// When it began to wait, or to be in a system call, as far as it is known: the embedder, who looks at waiting tasks every now and
    /// then, fills it in with the SCAN bit held; 0 until then.
    pub wait_since: i64,
    /// Why it waits.
    pub wait_reason: H::Reason,
    /// Asked to yield ([`Task::guard0`] says so too).
    pub preempt: AtomicBool,
    /// With `preempt`: stop in state PREEMPTED instead of going back to a queue.
    pub preempt_stop: AtomicBool,
    /// Not counted among the user's tasks, and not a reason against "all asleep".
    pub system: AtomicBool,
    /// What is to be done before it goes on.
    pub resume: Resume<H>,
    /// The thread it is locked to, or null.
    pub locked_thread: *mut Thread<H>,
    /// The task that spawned it (0: none).
    pub parent_id: u64,
    /// The instruction that spawned it.
    pub spawn_pc: usize,
    /// Its first instruction.
    pub start_pc: usize,
    /// Stack pointer at `enter_syscall`; 0 outside of system calls.
    pub syscall_sp: usize,
    /// Return address at `enter_syscall`.
    pub syscall_pc: usize,
    /// Frame pointer at `enter_syscall`.
    pub syscall_bp: usize,
    /// For a wait on many things at once: the case that changes it from 0 to 1 has won.
    pub select_done: AtomicU32,
    /// The embedder's wait records.
    pub waiting: *mut u8,
    /// The record with which it waits on a semaphore, on a notify list or for a time; null while it does not.
    pub(crate) record: *mut WaitRecord<H>,
    /// What the embedder keeps in it.
    pub ext: H::TaskExt,
}

/// What is to be done on g0, once, when a task is about to run, before it goes on where it stopped. It may change the task's context, or
/// park the task again.
#[repr(align(8))]
pub enum Resume<H: Ext> {
    /// Nothing.
    AtOnce,
    /// It was woken at a semaphore, and may find a unit there or not: its record says what it waits for.
    Acquire,
    /// What it waited for has come, and its record is given back.
    Waited,
    /// The embedder's finish half of a blocking operation: [`crate::Host::finish`].
    Finish(H::Finish),
}

// What assembly, compiled prologues and readers from outside rely on, the same for every host.
pub(crate) const fn check_task<H: Ext>() {
    if size_of::<usize>() != 8 {
        return;
    }
    assert!(offset_of!(Task<H>, stack) == 0);
    assert!(offset_of!(Task<H>, guard0) == 16);
    assert!(offset_of!(Task<H>, guard1) == 24);
    assert!(offset_of!(Task<H>, host0) == 32);
    assert!(offset_of!(Task<H>, host1) == 40);
    assert!(offset_of!(Task<H>, thread) == 48);
    assert!(offset_of!(Task<H>, ctx) == 56);
    assert!(offset_of!(Task<H>, state) == 144);
    assert!(offset_of!(Task<H>, id) == 152);
    assert!(offset_of!(Task<H>, link) == 160);
    assert!(offset_of!(Task<H>, wait_since) == 168);
    assert!(offset_of!(Task<H>, wait_reason) == 176);
    assert!(offset_of!(Task<H>, preempt) == 177);
    assert!(offset_of!(Task<H>, preempt_stop) == 178);
    assert!(size_of::<H::Reason>() == 1);
    assert!(offset_of!(Task<H>, resume) == 184);
    assert!(size_of::<Resume<H>>() == 8);
    assert!(offset_of!(Task<H>, locked_thread) == 192);
    assert!(offset_of!(Task<H>, parent_id) == 200);
    assert!(offset_of!(Task<H>, spawn_pc) == 208);
    assert!(offset_of!(Task<H>, start_pc) == 216);
    assert!(offset_of!(Task<H>, syscall_sp) == 224);
    assert!(offset_of!(Task<H>, syscall_pc) == 232);
    // Descriptors are never freed, so what a program has at its worst moment is what it keeps. What a task needs only while it
    // does something that few do at once belongs into a record of its own, as `WaitRecord` is.
    assert!(offset_of!(Task<H>, ext) <= 272);
}

/// A thread. The first words have fixed offsets: assembly uses them.
#[repr(C)]
pub struct Thread<H: Ext> {
    /// The pseudo task whose stack the scheduler runs on.
    pub g0: *mut Task<H>,
    /// The processor it holds, or null.
    pub proc: *mut Proc<H>,
    /// Top of the system stack that entries switch to.
    pub g0_sp: usize,
    /// The embedder's per-thread block.
    pub tls: usize,
    /// Its number, from 0.
    pub id: u64,
    /// The scheduler it belongs to.
    pub sched: *const Sched<H>,
    /// The processor it shall take when it is woken.
    pub next_proc: *mut Proc<H>,
    /// The processor it held before the system call it is in.
    pub old_proc: *mut Proc<H>,
    /// Rung to wake it.
    pub park: Note,
    /// It holds no work and searches for some; counted in the scheduler.
    pub spinning: bool,
    /// A finish half runs: if it parks, the stack has to be reset.
    pub(crate) resuming: bool,
    /// What is in `next_proc` is offered: the stopper of the world may have it first.
    pub(crate) offered: bool,
    /// Reasons why the running task must not be preempted.
    pub locks: i32,
    /// The task that is locked to it, or null.
    pub locked_task: *mut Task<H>,
    /// How often the user has locked them.
    pub locked_external: u32,
    /// How often the runtime has locked them.
    pub locked_internal: u32,
    /// Called on the new thread before it schedules.
    pub start_fn: Option<unsafe fn(*mut Thread<H>)>,
    /// `Proc::syscall_tick` at the last `enter_syscall`.
    pub syscall_tick: u32,
    /// State of the generator behind [`Thread::random`].
    pub(crate) rand: u64,
    /// State of the one behind [`Thread::random_hidden`].
    pub(crate) rand_hidden: u64,
    /// On the list of idle or of finished threads.
    pub link: *mut Thread<H>,
    /// On the list of all threads.
    pub all_link: *mut Thread<H>,
    /// 1 from the moment it decides to end; the embedder makes it 0 when the thread has left
    /// its stack, and the descriptor may then serve another thread.
    pub ending: AtomicU32,
    /// The system's number of the thread, which the embedder fills in: 0 before it is known, and once the thread ends. Read from outside, too.
    pub os_id: AtomicI32,
    pub(crate) reserved: [usize; 5],
    /// The task that runs here, or null. Others read it to ask that task to yield; from outside, too, at this offset.
    pub curg: AtomicPtr<Task<H>>,
    /// What the embedder keeps in it.
    pub ext: H::ThreadExt,
}

pub(crate) const fn check_thread<H: Ext>() {
    if size_of::<usize>() != 8 {
        return;
    }
    assert!(offset_of!(Thread<H>, g0) == 0);
    assert!(offset_of!(Thread<H>, proc) == 8);
    assert!(offset_of!(Thread<H>, g0_sp) == 16);
    assert!(offset_of!(Thread<H>, tls) == 24);
    assert!(offset_of!(Thread<H>, id) == 32);
    assert!(offset_of!(Thread<H>, os_id) == 148);
    assert!(offset_of!(Thread<H>, curg) == 192);
}

/// A processor.
#[repr(C, align(64))]
pub struct Proc<H: Ext> {
    /// Its number, from 0.
    pub id: u32,
    pub(crate) status: Coded<Status>,
    /// The next on a list of processors.
    pub link: *mut Proc<H>,
    /// The thread that holds it, or null.
    pub thread: AtomicPtr<Thread<H>>,
    /// Grows when a time slice begins.
    pub sched_tick: AtomicU32,
    /// When a task of its that yields goes to the global queue.
    pub(crate) round: Round,
    /// Grows with every system call entered or left.
    pub syscall_tick: AtomicU32,
    /// The scheduler shall be entered as soon as possible.
    pub preempt: AtomicBool,
    /// Tasks spawned here less tasks that ended here; the sum over all processors counts.
    pub(crate) balance: AtomicI64,
    pub(crate) id_next: u64,
    pub(crate) id_end: u64,
    /// Dead tasks with their stacks, for the next spawn.
    pub(crate) free: TaskList<H>,
    /// Timers.
    pub timers: TimerHeap,
    /// Spare records of waiting.
    pub(crate) records: Spare<H>,
    /// Runnable tasks.
    pub queue: RunQueue<Task<H>>,
    /// What the embedder keeps in it.
    pub ext: H::ProcExt,
}

/// One generation of the processor table: made when the world is stopped, never freed, so a reader
/// that has a stale one still reads valid memory.
pub(crate) struct Table<H: Ext> {
    pub cap: u32,
    /// `cap` processors, null beyond those ever made.
    pub procs: *mut *mut Proc<H>,
    /// One bit per processor: it is idle, so its ring is empty.
    pub idle: *mut AtomicU32,
    /// One bit per processor: it may have timers.
    pub timers: *mut AtomicU32,
    /// Numbers without a common factor with the current count: strides of random walks.
    pub strides: *mut u32,
    pub n_strides: AtomicU32,
}

/// A first-in first-out list of tasks through [`Task::link`].
pub struct TaskList<H: Ext> {
    pub(crate) head: *mut Task<H>,
    pub(crate) tail: *mut Task<H>,
    pub(crate) len: u32,
}

/// All tasks ever made, by index: a list that is copied when it is full, so that it lies in one piece for readers from outside. Old copies
/// stay, so that readers need no lock.
pub struct TaskTable<H: Ext> {
    pub(crate) lock: RawMutex,
    pub(crate) len: AtomicUsize,
    /// Changed by the holder of the lock.
    pub(crate) cap: AtomicUsize,
    pub(crate) list: AtomicPtr<AtomicPtr<Task<H>>>,
}

/// How a task waits on a semaphore or a notify list.
pub(crate) struct SemaWaiter<H: Ext> {
    pub(crate) task: *mut Task<H>,
    pub(crate) addr: *const AtomicU32,
    pub(crate) lifo: bool,
    /// The releaser has taken the unit for us.
    pub(crate) handed: bool,
    /// Priority in the treap; or the ticket of a notify list.
    pub(crate) ticket: u32,
    pub(crate) parent: *mut SemaWaiter<H>,
    pub(crate) child: [*mut SemaWaiter<H>; 2],
    /// The next in line.
    pub(crate) next: *mut SemaWaiter<H>,
    /// In a node: the last in line, null if the node is alone.
    pub(crate) tail: *mut SemaWaiter<H>,
    /// What the task does with the unit.
    pub(crate) then: Then<H>,
    /// Since when it waits for what is held up now, if that is to be known; 0: it is not.
    pub(crate) since: i64,
}

/// How a task waits in one of the ways that need memory which others reach: it waits in one of them at a time.
#[repr(C)]
pub(crate) union WaitRecord<H: Ext> {
    /// On a semaphore or a notify list.
    pub sema: ManuallyDrop<SemaWaiter<H>>,
    /// For a time.
    pub sleep: ManuallyDrop<Timer>,
    /// Not at all: the next spare one.
    pub spare: *mut WaitRecord<H>,
}

/// Records that are not in use.
pub(crate) struct Spare<H: Ext> {
    pub first: *mut WaitRecord<H>,
    pub len: u32,
}

/// Roots; a prime, so that aligned addresses spread.
pub(crate) const ROOTS: usize = 251;

/// What follows when a unit of a semaphore is the task's.
pub(crate) enum Then<H: Ext> {
    /// It goes on.
    GoOn,
    /// The embedder's: [`crate::Host::acquired`].
    Acquired(H::Acquired),
    /// The unit is the world's: it is stopped for this call.
    Stopped(unsafe fn(*mut Task<H>)),
}

impl<H: Ext> Clone for Then<H> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<H: Ext> Copy for Then<H> {}

#[repr(align(64))]
pub(crate) struct Root<H: Ext> {
    pub(crate) lock: RawMutex,
    /// Waiters, those about to queue up included.
    pub(crate) waiters: AtomicU32,
    pub(crate) tree: core::cell::UnsafeCell<Treap<H>>,
}

/// The roots.
pub(crate) struct SemaTable<H: Ext> {
    pub(crate) roots: [Root<H>; ROOTS],
}

/// A search tree by address that is a heap by `ticket` (least on top).
pub(crate) struct Treap<H: Ext> {
    pub(crate) root: *mut SemaWaiter<H>,
}

/// What the central lock guards.
pub(crate) struct Central<H: Ext> {
    /// Runnable tasks of no processor.
    pub global: TaskList<H>,
    /// Idle processors.
    pub idle_procs: *mut Proc<H>,
    /// Parked threads.
    pub idle_threads: *mut Thread<H>,
    /// Descriptors for which the maker is to make a thread.
    pub to_make: *mut Thread<H>,
    /// Descriptors of threads that end or ended.
    pub ended: *mut Thread<H>,
    /// Threads made and not ended.
    pub n_threads: i32,
    pub n_idle_threads: i32,
    /// Threads parked because the task they are locked to does not run.
    pub n_idle_locked: i32,
    /// Threads that do not run tasks.
    pub n_system_threads: i32,
    pub next_thread_id: u64,
    pub max_threads: u32,
    /// Processors that have not stopped yet.
    pub stop_wait: i32,
    /// The processor count to take over at the next start of the world; 0: as it is.
    pub new_procs: u32,
}

/// Dead tasks, shared by all processors.
pub(crate) struct FreeTasks<H: Ext> {
    pub with_stack: TaskList<H>,
    pub bare: TaskList<H>,
}

// Laid out as written: the table of semaphores, long and rarely used, is last.
#[repr(C)]
/// A scheduler: put one into a static (or leak one) and drive it through `&'static self`.
pub struct Sched<H: Ext> {
    pub(crate) host: H,
    pub(crate) lock: RawMutex,
    pub(crate) central: UnsafeCell<Central<H>>,
    pub(crate) table: AtomicPtr<Table<H>>,
    pub(crate) n_procs: AtomicU32,
    pub(crate) wake: Wake,
    pub(crate) global_len: AtomicU32,
    pub(crate) stopping: AtomicU32,
    /// The process is about to die, perhaps in a signal handler on a thread that counts as idle: threads that stop are no deadlock.
    pub(crate) frozen: AtomicBool,
    pub(crate) stop_note: Note,
    /// When the poller was last asked; 0 while a thread waits in it (or for a timer).
    pub(crate) last_poll: AtomicI64,
    /// Until when that thread waits; 0: for good.
    pub(crate) poll_until: AtomicI64,
    pub(crate) timer_note: Note,
    pub(crate) next_id: AtomicU64,
    pub(crate) started: Coded<Started>,
    /// The monitor rests on its note until a processor is in use. Guarded by the central lock.
    pub(crate) monitor_rests: AtomicBool,
    /// Until when it naps on its note; 0: it does not.
    pub(crate) monitor_naps: AtomicI64,
    pub(crate) monitor_note: Note,
    /// Whether there is a maker of threads; see [`crate::maker`].
    pub(crate) maker: AtomicBool,
    pub(crate) maker_note: Note,
    /// What the processors' balances do not know of: tasks spawned from outside, less system tasks.
    pub(crate) count_correction: AtomicI64,
    pub(crate) world: AtomicU32,
    pub(crate) free_lock: RawMutex,
    /// Tasks on the shared free lists.
    pub(crate) free_len: AtomicU32,
    /// Those of them that have a stack.
    pub(crate) dead_stacks: AtomicU32,
    pub(crate) free: UnsafeCell<FreeTasks<H>>,
    pub(crate) tasks: TaskTable<H>,
    pub(crate) all_threads: AtomicPtr<Thread<H>>,
    pub(crate) main_thread: AtomicPtr<Thread<H>>,
    pub(crate) records_lock: RawMutex,
    /// Spare records of waiting, shared by all processors.
    pub(crate) records: UnsafeCell<Spare<H>>,
    pub(crate) semas: SemaTable<H>,
}

// SAFETY: the cells are guarded by the locks beside them; raw pointers inside lead to descriptors
// whose fields follow the protocols in the modules' headers.
unsafe impl<H: Ext + Sync> Sync for Sched<H> {}
// SAFETY: the cells are guarded by the locks beside them; nothing but the host, which may be sent, is tied to the thread
// that made it.
unsafe impl<H: Ext + Send> Send for Sched<H> {}

//! The task descriptor ([`Task`], the G of G/M/P), intrusive lists of tasks, and the table of all
//! tasks ever made. Descriptors are never freed, only recycled, so a stale pointer to one is
//! always readable.

use core::mem::offset_of;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicUsize, Ordering};

pub use goxide_stack::PREEMPT;
use goxide_sys::Mutex;

use crate::host::{Bounds, Context, Host};
use crate::sema::SemaWaiter;
use crate::state::{self, State};
use crate::thread::Thread;
use crate::timer::Timer;

/// A task. The first words have fixed offsets: compiled code and assembly use them, and debuggers, profilers and libraries
/// read some of the next ones from outside.
///
/// A scheduler gives tasks out as pointers, and what it lets others do with one is in the safety sections of its functions: who
/// makes a reference to a task from such a pointer vouches for the fields that are changed through it, its state above all.
#[repr(C)]
pub struct Task<H: Host> {
    /// The stack it runs on.
    pub stack: Bounds,
    /// Compared with the stack pointer by function prologues; [`PREEMPT`] asks to yield.
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
    /// When it began to wait, if a look at waiting tasks has filled it in.
    pub wait_since: i64,
    /// Why it waits, as the embedder counts reasons.
    pub wait_reason: u8,
    /// Asked to yield ([`Task::guard0`] says so too).
    pub preempt: AtomicBool,
    /// With `preempt`: stop in state PREEMPTED instead of going back to a queue.
    pub preempt_stop: AtomicBool,
    /// Not counted among the user's tasks, and not a reason against "all asleep".
    pub system: bool,
    /// A word from the waker to the woken.
    pub param: usize,
    /// The finish half of a blocking operation: called once, on g0, when the task is about to
    /// run. It may change `ctx`, or park the task again.
    pub on_resume: Option<unsafe fn(*mut Task<H>)>,
    /// The thread it is locked to, or null.
    pub locked_thread: *mut Thread<H>,
    /// The task that spawned it (0: none).
    pub parent_id: u64,
    /// The instruction that spawned it.
    pub go_pc: usize,
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
    /// The record with which it waits on a semaphore or a notify list.
    pub sema: SemaWaiter<H>,
    /// The timer with which it sleeps.
    pub sleep: Timer,
    /// Its place in the table of all tasks.
    pub index: usize,
    /// What the embedder keeps in it.
    pub ext: H::TaskExt,
}

// What assembly, compiled prologues and readers from outside rely on, the same for every host.
const fn check<H: Host>() {
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
    assert!(offset_of!(Task<H>, param) == 184);
    assert!(offset_of!(Task<H>, locked_thread) == 200);
    assert!(offset_of!(Task<H>, parent_id) == 208);
    assert!(offset_of!(Task<H>, go_pc) == 216);
    assert!(offset_of!(Task<H>, start_pc) == 224);
    assert!(offset_of!(Task<H>, syscall_sp) == 232);
    assert!(offset_of!(Task<H>, syscall_pc) == 240);
}
impl<H: Host> Task<H> {
    /// A descriptor without a stack, in state IDLE.
    pub fn new(ext: H::TaskExt) -> Self {
        const { check::<H>() };
        Task {
            stack: Bounds::NONE,
            guard0: AtomicUsize::new(0),
            guard1: 0,
            host0: 0,
            host1: 0,
            thread: null_mut(),
            ctx: Context::EMPTY,
            state: State::new(state::IDLE),
            wait_reason: 0,
            system: false,
            preempt: AtomicBool::new(false),
            preempt_stop: AtomicBool::new(false),
            id: 0,
            wait_since: 0,
            param: 0,
            on_resume: None,
            link: null_mut(),
            locked_thread: null_mut(),
            parent_id: 0,
            go_pc: 0,
            start_pc: 0,
            syscall_sp: 0,
            syscall_pc: 0,
            syscall_bp: 0,
            select_done: AtomicU32::new(0),
            waiting: null_mut(),
            sema: SemaWaiter::new(),
            sleep: Timer::new(),
            index: 0,
            ext,
        }
    }

    /// Sets the guard for a task that is not asked to yield.
    #[inline]
    pub fn reset_guard(&self) {
        self.guard0
            .store(self.stack.lo + H::GUARD, Ordering::Relaxed);
    }

    /// Asks the task to yield at its next prologue.
    #[inline]
    pub fn ask_to_yield(&self) {
        self.preempt.store(true, Ordering::Relaxed);
        self.guard0.store(PREEMPT, Ordering::Relaxed);
    }
}

/// A first-in first-out list of tasks through [`Task::link`].
pub struct TaskList<H: Host> {
    head: *mut Task<H>,
    tail: *mut Task<H>,
    len: u32,
}

impl<H: Host> Default for TaskList<H> {
    fn default() -> Self {
        Self::new()
    }
}

impl<H: Host> TaskList<H> {
    /// The empty list.
    pub const fn new() -> Self {
        TaskList {
            head: null_mut(),
            tail: null_mut(),
            len: 0,
        }
    }

    /// Whether it is empty.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.head.is_null()
    }

    /// How many tasks it holds.
    #[inline]
    pub fn len(&self) -> u32 {
        self.len
    }

    /// Puts `t` last.
    ///
    /// # Safety
    /// `t` is a task on no list, valid until it has left this one, and its link is the list's until then.
    #[inline]
    pub unsafe fn push_back(&mut self, t: *mut Task<H>) {
        // SAFETY: `t` is the caller's; `tail` is on our list, so its link is ours.
        unsafe {
            (*t).link = null_mut();
            if self.tail.is_null() {
                self.head = t;
            } else {
                (*self.tail).link = t;
            }
        }
        self.tail = t;
        self.len += 1;
    }

    /// Puts `t` first.
    ///
    /// # Safety
    /// As for [`TaskList::push_back`].
    #[inline]
    pub unsafe fn push_front(&mut self, t: *mut Task<H>) {
        // SAFETY: `t` is the caller's.
        unsafe { (*t).link = self.head };
        self.head = t;
        if self.tail.is_null() {
            self.tail = t;
        }
        self.len += 1;
    }

    /// Takes the first, or null.
    #[inline]
    pub fn pop_front(&mut self) -> *mut Task<H> {
        let t = self.head;
        if !t.is_null() {
            // SAFETY: tasks on the list have links that are ours.
            unsafe {
                self.head = (*t).link;
                (*t).link = null_mut();
            }
            if self.head.is_null() {
                self.tail = null_mut();
            }
            self.len -= 1;
        }
        t
    }

    /// Moves all of `other` behind what is here.
    pub fn append(&mut self, other: &mut TaskList<H>) {
        if other.is_empty() {
            return;
        }
        if self.tail.is_null() {
            self.head = other.head;
        } else {
            // SAFETY: `tail` is on our list.
            unsafe { (*self.tail).link = other.head };
        }
        self.tail = other.tail;
        self.len += other.len;
        *other = TaskList::new();
    }
}

const FIRST_CHUNK: usize = 64;
const CHUNKS: usize = 40;

/// All tasks ever made, by index. Chunk `k` has room for `64 << k`; chunks never move, so readers
/// need no lock.
pub struct TaskTable<H: Host> {
    lock: Mutex,
    len: AtomicUsize,
    chunks: [AtomicPtr<AtomicPtr<Task<H>>>; CHUNKS],
}

impl<H: Host> TaskTable<H> {
    pub(crate) const fn new() -> Self {
        TaskTable {
            lock: Mutex::new(),
            len: AtomicUsize::new(0),
            chunks: [const { AtomicPtr::new(null_mut()) }; CHUNKS],
        }
    }

    #[inline]
    fn place(index: usize) -> (usize, usize) {
        let k = (index / FIRST_CHUNK + 1).ilog2() as usize;
        (k, index - FIRST_CHUNK * ((1 << k) - 1))
    }

    /// How many there are.
    #[inline]
    pub fn len(&self) -> usize {
        // Acquire: pairs with the release in `add`; all slots below are filled.
        self.len.load(Ordering::Acquire)
    }

    /// Whether none was ever made.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The task at `index`, which must be below [`TaskTable::len`]: panics otherwise.
    #[inline]
    pub fn get(&self, index: usize) -> *mut Task<H> {
        assert!(index < self.len(), "no task has that index");
        let (k, at) = Self::place(index);
        let chunk = self.chunks[k].load(Ordering::Acquire);
        // SAFETY: `index` is below the length, which never shrinks, so the chunk and the slot are filled.
        unsafe { (*chunk.add(at)).load(Ordering::Relaxed) }
    }

    pub(crate) fn add(&self, host: &H, t: *mut Task<H>) {
        self.lock.lock();
        let index = self.len.load(Ordering::Relaxed);
        let (k, at) = Self::place(index);
        let mut chunk = self.chunks[k].load(Ordering::Relaxed);
        // SAFETY: a chunk has room for its slots; null pointers are valid slots; only the holder
        // of the lock fills, and `t` is a task that nothing else knows.
        unsafe {
            if chunk.is_null() {
                let n = FIRST_CHUNK << k;
                chunk = host.alloc_record(n * 8, 8).cast();
                for i in 0..n {
                    chunk.add(i).write(AtomicPtr::new(null_mut()));
                }
                self.chunks[k].store(chunk, Ordering::Release);
            }
            (*t).index = index;
            (*chunk.add(at)).store(t, Ordering::Relaxed);
            self.len.store(index + 1, Ordering::Release);
            self.lock.unlock();
        }
    }
}

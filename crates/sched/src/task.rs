//! The task descriptor ([`Task`], the G of G/M/P), intrusive lists of tasks, and the table of all
//! tasks ever made. Descriptors are never freed, only recycled, so a stale pointer to one is
//! always readable.

use core::ptr::null_mut;
use core::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicUsize, Ordering};

use goxide_sys::RawMutex;

use crate::ext::Ext;
use crate::host::{Bounds, Context, Host};
pub use crate::model::{Resume, Task, TaskList};
use crate::model::{TaskTable, check_task};
pub use crate::os::PREEMPT;
use crate::state::{State, Status};

impl<H: Ext> Task<H> {
    /// A descriptor without a stack, in state IDLE.
    pub fn new(ext: H::TaskExt) -> Self {
        const { check_task::<H>() };
        Task {
            stack: Bounds::NONE,
            guard0: AtomicUsize::new(0),
            guard1: 0,
            host0: 0,
            host1: 0,
            thread: null_mut(),
            ctx: Context::EMPTY,
            state: State::new(Status::IDLE),
            wait_reason: H::Reason::default(),
            system: AtomicBool::new(false),
            preempt: AtomicBool::new(false),
            preempt_stop: AtomicBool::new(false),
            id: 0,
            wait_since: 0,
            resume: Resume::AtOnce,
            link: null_mut(),
            locked_thread: null_mut(),
            parent_id: 0,
            spawn_pc: 0,
            start_pc: 0,
            syscall_sp: 0,
            syscall_pc: 0,
            syscall_bp: 0,
            select_done: AtomicU32::new(0),
            waiting: null_mut(),
            record: null_mut(),
            ext,
        }
    }

    /// Whether it is none of the user's tasks at present.
    #[inline]
    pub fn is_system(&self) -> bool {
        self.system.load(Ordering::Relaxed)
    }

    /// Sets the guard for a task that is not asked to yield.
    #[inline]
    pub fn reset_guard(&self) {
        self.guard0.store(self.stack.lo + H::GUARD, Ordering::Relaxed);
    }

    /// Asks the task to yield at its next prologue.
    #[inline]
    pub fn ask_to_yield(&self) {
        self.preempt.store(true, Ordering::Relaxed);
        self.guard0.store(PREEMPT, Ordering::Relaxed);
    }
}

impl<H: Ext> Default for TaskList<H> {
    fn default() -> Self {
        Self::new()
    }
}

impl<H: Ext> TaskList<H> {
    /// The empty list.
    pub const fn new() -> Self {
        TaskList { head: null_mut(), tail: null_mut(), len: 0 }
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
        // SAFETY: `t` is on no list, valid until it has left this one, and its link is ours until then (this function's
        // contract), as is that of `tail`.
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
        // SAFETY: `t` is on no list, valid until it has left this one, and its link is ours until then (this function's
        // contract).
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

/// Room in the first list.
const FIRST: usize = 64;

impl<H: Host> TaskTable<H> {
    pub(crate) const fn new() -> Self {
        TaskTable {
            lock: RawMutex::new(),
            len: AtomicUsize::new(0),
            cap: AtomicUsize::new(0),
            list: AtomicPtr::new(null_mut()),
        }
    }

    /// How many there are.
    #[inline]
    pub fn len(&self) -> usize {
        // Acquire: pairs with the release in `add`; all slots below are filled, in the list that is found after this.
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
        let list = self.list.load(Ordering::Acquire);
        // SAFETY: `index` is below the length, which never shrinks, and this list was published before it grew so far.
        unsafe { (*list.add(index)).load(Ordering::Relaxed) }
    }

    pub(crate) fn add(&self, host: &H, t: *mut Task<H>) {
        self.lock.lock();
        let len = self.len.load(Ordering::Relaxed);
        let mut cap = self.cap.load(Ordering::Relaxed);
        let mut list = self.list.load(Ordering::Relaxed);
        // SAFETY: a list has room for `cap` slots; zero bytes are slots with null; only the holder of the lock fills, and `t` is a task that
        // nothing else knows.
        unsafe {
            if len == cap {
                cap = (cap * 2).max(FIRST);
                let new: *mut AtomicPtr<Task<H>> = host.alloc_record(cap * 8, 8).cast();
                for i in 0..len {
                    (*new.add(i)).store((*list.add(i)).load(Ordering::Relaxed), Ordering::Relaxed);
                }
                list = new;
                self.cap.store(cap, Ordering::Relaxed);
                self.list.store(list, Ordering::Release);
            }
            (*list.add(len)).store(t, Ordering::Relaxed);
            self.len.store(len + 1, Ordering::Release);
            host.tasks_are(list.cast(), len + 1, cap);
            self.lock.unlock();
        }
    }
}

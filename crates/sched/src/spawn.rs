//! New tasks, and the free lists that dead ones wait on.

use core::sync::atomic::Ordering;

use crate::Sched;
use crate::host::{Bounds, Context, Event, Host};
use crate::proc::Proc;
use crate::state::Status;
use crate::status::Started;
use crate::task::{Task, TaskList};

/// A processor keeps fewer dead tasks than this, and gives half away when it reaches it.
const FREE_MAX: u32 = 64;
/// Task numbers that a processor takes at a time.
const ID_BATCH: u64 = 16;

impl<H: Host> Sched<H> {
    /// Makes a task that will enter `entry_pc` with `ctxt` in the closure register, as if called
    /// from `return_pc`, and queues it to run next on this processor. `spawn_pc` and `parent` (which
    /// may be null) say who spawned it.
    ///
    /// # Safety
    /// This thread holds a processor. The entry is code that can run on a fresh stack and that
    /// ends by [`Sched::exit_on_g0`].
    pub unsafe fn spawn_raw(
        &'static self,
        entry_pc: usize,
        ctxt: usize,
        return_pc: usize,
        spawn_pc: usize,
        parent: *mut Task<H>,
    ) -> *mut Task<H> {
        // SAFETY: this thread holds a processor; the entry is such code (this function's contract). Nothing is done to the
        // task.
        unsafe { self.spawn_with(entry_pc, ctxt, return_pc, spawn_pc, parent, |_| {}) }
    }

    /// As [`Sched::spawn_raw`]; `init` sees the task before any thread can run it.
    ///
    /// # Safety
    /// As for [`Sched::spawn_raw`].
    pub unsafe fn spawn_with(
        &'static self,
        entry_pc: usize,
        ctxt: usize,
        return_pc: usize,
        spawn_pc: usize,
        parent: *mut Task<H>,
        init: impl FnOnce(*mut Task<H>),
    ) -> *mut Task<H> {
        // SAFETY: this thread holds a processor, and the entry is such code (this function's contract).
        unsafe {
            let t = self.spawn_here(entry_pc, ctxt, return_pc, spawn_pc, parent, init, true);
            if self.started.load(Ordering::Relaxed) != Started::No {
                self.wake_proc();
                self.need_monitor();
            }
            t
        }
    }

    /// As [`Sched::spawn_with`], but the task is queued last, and no other processor is woken for it: it runs when a processor comes to it
    /// anyway. For a task that has nothing to do yet: a program of one thread stays one.
    ///
    /// # Safety
    /// As for [`Sched::spawn_raw`].
    pub unsafe fn spawn_later(
        &'static self,
        entry_pc: usize,
        ctxt: usize,
        return_pc: usize,
        spawn_pc: usize,
        parent: *mut Task<H>,
        init: impl FnOnce(*mut Task<H>),
    ) -> *mut Task<H> {
        // SAFETY: this thread holds a processor, and the entry is such code (this function's contract).
        unsafe { self.spawn_here(entry_pc, ctxt, return_pc, spawn_pc, parent, init, false) }
    }

    /// A new task in the queue of this thread's processor.
    ///
    /// # Safety
    /// As for [`Sched::spawn_raw`].
    #[allow(clippy::too_many_arguments, reason = "what a task is made of, and where it goes")]
    #[inline(always)]
    unsafe fn spawn_here(
        &'static self,
        entry_pc: usize,
        ctxt: usize,
        return_pc: usize,
        spawn_pc: usize,
        parent: *mut Task<H>,
        init: impl FnOnce(*mut Task<H>),
        next: bool,
    ) -> *mut Task<H> {
        // SAFETY: this thread holds a processor (this function's contract); a task off the free list is ours until it is queued.
        unsafe {
            let p = self.proc();
            let t = self.prepare(p, entry_pc, ctxt, return_pc, spawn_pc, parent);
            init(t);
            self.host.trace(Event::Spawn, t);
            let from = (*t).state.get().plain();
            (*t).state.change(from, Status::RUNNABLE);
            self.enqueue(p, t, next);
            t
        }
    }

    /// As [`Sched::spawn_raw`], but the task is WAITING: it starts when it is readied.
    ///
    /// # Safety
    /// As for [`Sched::spawn_raw`]; the caller has the duty to ready it.
    pub unsafe fn spawn_parked(
        &'static self,
        entry_pc: usize,
        ctxt: usize,
        return_pc: usize,
        spawn_pc: usize,
        parent: *mut Task<H>,
    ) -> *mut Task<H> {
        // SAFETY: this thread holds a processor; a task off the free list is ours, and stays so: it is on no queue.
        unsafe {
            let t = self.prepare(self.proc(), entry_pc, ctxt, return_pc, spawn_pc, parent);
            let from = (*t).state.get().plain();
            (*t).state.change(from, Status::WAITING);
            t
        }
    }

    /// Makes a task from a thread that the scheduler does not know, on the global queue. Its host
    /// supplies stack and context when it first resumes it; `init` sees the task first.
    ///
    /// # Safety
    /// [`Host::alloc_stack`] gives no stacks.
    pub unsafe fn spawn_from_outside(&'static self, init: impl FnOnce(*mut Task<H>)) -> *mut Task<H> {
        let mut t = if self.free_len.load(Ordering::Relaxed) != 0 {
            self.free_lists(|f| f.bare.pop_front())
        } else {
            core::ptr::null_mut()
        };
        if t.is_null() {
            t = self.record(Task::new(self.host.new_task_ext()));
            self.tasks.add(&self.host, t);
        }
        // SAFETY: the task is known to no thread that would run it until it is queued.
        unsafe {
            (*t).parent_id = 0;
            (*t).id = self.next_id.fetch_add(1, Ordering::Relaxed);
            init(t);
            self.host.trace(Event::Spawn, t);
            // All under the lock, so that deadlock detection sees it altogether or not at all.
            self.locked(|c| {
                self.count_correction.fetch_add(1, Ordering::Relaxed);
                (*t).state.change((*t).state.get().plain(), Status::RUNNABLE);
                self.global_push(c, t);
            });
        }
        self.wake_proc();
        self.need_monitor();
        t
    }

    /// # Safety
    /// As for [`Sched::spawn_raw`]; this thread holds `p`.
    unsafe fn prepare(
        &'static self,
        p: *mut Proc<H>,
        entry_pc: usize,
        ctxt: usize,
        return_pc: usize,
        spawn_pc: usize,
        parent: *mut Task<H>,
    ) -> *mut Task<H> {
        // SAFETY: this thread holds `p` (this function's contract); the task was dead, or is new, and is off every list, so
        // it is ours.
        unsafe {
            let mut t = self.free_get(p);
            let fresh = t.is_null();
            if fresh {
                t = self.record(Task::new(self.host.new_task_ext()));
            }
            if (*t).stack.is_none() {
                (*t).stack = self.host.alloc_stack(p);
            }
            if !(*t).stack.is_none() {
                (*t).ctx = Context::prepare((*t).stack.hi, entry_pc, return_pc, ctxt);
            }
            (*t).reset_guard();
            (*t).preempt.store(false, Ordering::Relaxed);
            (*t).start_pc = entry_pc;
            (*t).spawn_pc = spawn_pc;
            (*t).parent_id = if parent.is_null() { 0 } else { (*parent).id };
            (*t).syscall_sp = 0;
            (*t).wait_since = 0;
            (*t).select_done.store(0, Ordering::Relaxed);
            if (*p).id_next == (*p).id_end {
                (*p).id_next = self.next_id.fetch_add(ID_BATCH, Ordering::Relaxed);
                (*p).id_end = (*p).id_next + ID_BATCH;
            }
            (*t).id = (*p).id_next;
            (*p).id_next += 1;
            (*p).count(1);
            if fresh {
                self.tasks.add(&self.host, t);
            }
            t
        }
    }

    /// From now on a spawn wakes other processors too. Called when the first task is running (or
    /// about to) and the program's other parts are ready.
    pub fn start_running(&'static self) {
        self.started.store(Started::Alone, Ordering::SeqCst);
        if self.work_anywhere() {
            self.wake_proc();
        }
    }

    /// # Safety
    /// This thread holds `p`.
    unsafe fn free_get(&self, p: *mut Proc<H>) -> *mut Task<H> {
        // SAFETY: this thread holds `p` (this function's contract), whose list nothing else uses.
        let own = unsafe { &mut (*p).free };
        if own.is_empty() && self.free_len.load(Ordering::Relaxed) != 0 {
            self.free_lists(|f| {
                while own.len() < FREE_MAX / 2 {
                    let mut t = f.with_stack.pop_front();
                    if t.is_null() {
                        t = f.bare.pop_front();
                    }
                    if t.is_null() {
                        break;
                    }
                    // SAFETY: it was on the shared list.
                    unsafe { own.push_back(t) };
                }
            });
        }
        own.pop_front()
    }

    /// # Safety
    /// This thread holds `p`; `t` is dead, on no list, and does not use its stack any more.
    pub(crate) unsafe fn free_put(&self, p: *mut Proc<H>, t: *mut Task<H>) {
        // SAFETY: this thread holds `p`, whose list nothing else uses; `t` is dead and on no list, and nothing uses its
        // stack (this function's contract).
        unsafe {
            if !(*t).stack.is_none() && !self.host.keep_stack((*t).stack) {
                self.host.free_stack(p, (*t).stack);
                (*t).stack = Bounds::NONE;
                (*t).guard0.store(0, Ordering::Relaxed);
            }
            let own = &mut (*p).free;
            own.push_front(t);
            if own.len() >= FREE_MAX {
                self.free_give(p, FREE_MAX / 2);
            }
        }
    }

    /// Moves dead tasks of `p` to the shared lists until it has at most `keep`.
    ///
    /// # Safety
    /// This thread holds `p`, or the world is stopped by it.
    pub(crate) unsafe fn free_give(&self, p: *mut Proc<H>, keep: u32) {
        // SAFETY: this thread holds `p`, or has stopped the world (this function's contract), so nothing else uses its
        // list; the tasks on it are dead.
        unsafe {
            let own = &mut (*p).free;
            self.free_lists(|f| {
                while own.len() > keep {
                    let t = own.pop_front();
                    if (*t).stack.is_none() { f.bare.push_front(t) } else { f.with_stack.push_front(t) }
                }
            });
        }
    }

    /// Gives the stacks of up to `most` dead tasks on the shared list back to the host; whether there may be more. A
    /// collector calls it, until it says no: otherwise there are as many as tasks ever lived at once. Those that processors
    /// keep for their next spawns, fewer than 64 each, stay.
    pub fn free_dead_stacks(&self, most: u32) -> bool {
        let mut list = TaskList::new();
        let more = self.free_lists(|f| {
            while list.len() < most {
                let t = f.with_stack.pop_front();
                if t.is_null() {
                    break;
                }
                // SAFETY: it was on the shared list.
                unsafe { list.push_back(t) };
            }
            !f.with_stack.is_empty()
        });
        let mut bare = TaskList::new();
        loop {
            let t = list.pop_front();
            if t.is_null() {
                break;
            }
            // SAFETY: it is dead, and was on the list, which is ours.
            unsafe {
                self.host.free_stack(core::ptr::null_mut(), (*t).stack);
                (*t).stack = Bounds::NONE;
                (*t).guard0.store(0, Ordering::Relaxed);
                bare.push_back(t);
            }
        }
        self.free_lists(|f| f.bare.append(&mut bare));
        more
    }

    /// Dead tasks on the shared list that still have a stack.
    pub fn dead_stacks(&self) -> u32 {
        self.dead_stacks.load(Ordering::Relaxed)
    }
}

//! Locking a task to its thread: the thread runs only that task, the task only on that thread.
//!
//! Whichever thread chooses a locked task gives its processor to the task's thread and parks
//! ([`Sched::start_locked`]); a thread whose locked task does not run gives its processor away and
//! sleeps ([`Sched::stop_locked`]). Such a thread counts as idle for deadlock detection.

use core::ptr::null_mut;

use crate::Sched;
use crate::host::Host;
use crate::task::Task;
use crate::thread::Thread;

impl<H: Host> Sched<H> {
    /// The running task locks itself to its thread; undone by as many [`Sched::unlock_thread`].
    /// False if the count is full. A leaf. See [`Sched::begin_maker`], to be called before.
    ///
    /// # Safety
    /// On the stack of a running task, or on its g0.
    #[must_use]
    pub unsafe fn lock_thread(&self) -> bool {
        // SAFETY: current is a task, running here.
        unsafe {
            let t = self.host.current();
            let m = (*t).thread;
            if (*m).locked_external == u32::MAX {
                return false;
            }
            (*m).locked_external += 1;
            (*m).locked_task = t;
            (*t).locked_thread = m;
            true
        }
    }

    /// Undoes one [`Sched::lock_thread`]; without one it does nothing. A leaf.
    ///
    /// # Safety
    /// On the stack of a running task, or on its g0.
    pub unsafe fn unlock_thread(&self) {
        // SAFETY: current is a task that runs here (this function's contract), so its thread is this one, whose fields are ours.
        unsafe {
            let t = self.host.current();
            let m = (*t).thread;
            if (*m).locked_external == 0 {
                return;
            }
            (*m).locked_external -= 1;
            self.unwire(t, m);
        }
    }

    /// As [`Sched::lock_thread`], on the runtime's own account.
    ///
    /// # Safety
    /// On the stack of a running task, or on its g0.
    pub unsafe fn lock_thread_internal(&self) {
        // SAFETY: current is a task that runs here (this function's contract), so its thread is this one, whose fields are ours.
        unsafe {
            let t = self.host.current();
            let m = (*t).thread;
            (*m).locked_internal += 1;
            (*m).locked_task = t;
            (*t).locked_thread = m;
        }
    }

    /// Undoes one [`Sched::lock_thread_internal`].
    ///
    /// # Safety
    /// On the stack of a running task, or on its g0.
    pub unsafe fn unlock_thread_internal(&self) {
        // SAFETY: current is a task that runs here (this function's contract), so its thread is this one, whose fields are ours.
        unsafe {
            let t = self.host.current();
            let m = (*t).thread;
            debug_assert!((*m).locked_internal != 0);
            (*m).locked_internal -= 1;
            self.unwire(t, m);
        }
    }

    /// # Safety
    /// `t` runs on `m`, this thread.
    unsafe fn unwire(&self, t: *mut Task<H>, m: *mut Thread<H>) {
        // SAFETY: `t` runs on `m`, this thread.
        unsafe {
            if (*m).locked_external == 0 && (*m).locked_internal == 0 {
                (*m).locked_task = null_mut();
                (*t).locked_thread = null_mut();
            }
        }
    }

    /// This thread chose `t`, which is locked to another: gives that one the processor, and parks
    /// until it has one again.
    ///
    /// # Safety
    /// `m` is this thread, on g0 with a processor; `t` is RUNNABLE, on no queue, and locked to another thread.
    pub(crate) unsafe fn start_locked(&'static self, m: *mut Thread<H>, t: *mut Task<H>) {
        // SAFETY: `t` is RUNNABLE and ours; its thread sleeps in `stop_locked`, or is on its way.
        unsafe {
            let owner = (*t).locked_thread;
            debug_assert!(owner != m);
            self.locked(|c| c.n_idle_locked -= 1);
            let p = self.give_proc(m);
            (*owner).next_proc = p;
            (*owner).park.wakeup();
            self.stop_thread(m);
        }
    }

    /// This thread's locked task does not run: sleeps until another thread has chosen it.
    ///
    /// # Safety
    /// `m` is this thread, on g0, and has a locked task, which does not run.
    pub(crate) unsafe fn stop_locked(&'static self, m: *mut Thread<H>) {
        // SAFETY: `m` is this thread.
        unsafe {
            if !(*m).proc.is_null() {
                if (*m).spinning {
                    (*m).spinning = false;
                    self.wake.stop_spinning();
                }
                let p = self.give_proc(m);
                self.hand_off(p);
            }
            self.locked(|c| {
                c.n_idle_locked += 1;
                self.check_dead(c);
            });
            // What `start_locked` leaves is no offer: the task is chosen, and on no queue.
            let given = self.await_proc(m);
            debug_assert!(given);
        }
    }
}

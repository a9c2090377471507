//! System calls: a task that is about to block in the kernel leaves its processor behind, and
//! takes it back afterwards, unless another thread needed it in the meantime.
//!
//! `enter_syscall` sets the processor's status to SYSCALL. From then on the thread that changes
//! that status by compare-exchange owns the processor: the returning thread (the usual case: two
//! exchanges and no lock per system call), a monitor ([`Sched::retake`]), a thread without work, or
//! the one that stops the world.

use core::ptr::null_mut;
use core::sync::atomic::Ordering;

use crate::Sched;
use crate::host::{Event, Host};
use crate::proc::{self, Proc};
use crate::state::Status;
use crate::task::{PREEMPT, Task};

impl<H: Host> Sched<H> {
    /// The running task is about to make a system call; `sp`, `pc` and `bp` are those of its
    /// caller. A leaf. If it returns true, call [`Sched::enter_syscall_stopping`] before the
    /// system call: the world is being stopped.
    ///
    /// # Safety
    /// On the stack of a running task, which does nothing but the system call until
    /// [`Sched::exit_syscall_fast`].
    #[inline]
    #[must_use]
    pub unsafe fn enter_syscall(&'static self, sp: usize, pc: usize, bp: usize) -> bool {
        // SAFETY: current is the running task of this thread (the caller's promise), whose descriptor and processor are ours.
        unsafe {
            let t = self.host.current();
            let m = (*t).thread;
            let p = (*m).proc;
            (*t).syscall_sp = sp;
            (*t).syscall_pc = pc;
            (*t).syscall_bp = bp;
            (*t).wait_since = 0;
            self.host.trace(Event::SyscallEnter, t);
            (*t).state.change(Status::RUNNING, Status::SYSCALL);
            (*m).syscall_tick = Proc::<H>::bump(&(*p).syscall_tick);
            (*m).old_proc = p;
            (*m).proc = null_mut();
            (*p).thread.store(null_mut(), Ordering::Relaxed);
            // SeqCst, with the load below: the stopper of the world sets `stopping` and then looks
            // at the status, so one of us sees the other.
            (*p).status.store(proc::Status::Syscall, Ordering::SeqCst);
            self.stopping.load(Ordering::SeqCst) != 0
        }
    }

    /// The rest of [`Sched::enter_syscall`] while the world is being stopped.
    ///
    /// # Safety
    /// On g0, after `enter_syscall` returned true.
    pub unsafe fn enter_syscall_stopping(&'static self) {
        // SAFETY: on g0 of a task that entered a system call; the processor is stopped only if its
        // status says it is ours.
        unsafe {
            let p = (*self.thread()).old_proc;
            self.locked(|c| {
                if c.stop_wait > 0 && self.take_status(p, proc::Status::Syscall, proc::Status::Stopped) {
                    Proc::<H>::bump(&(*p).syscall_tick);
                    self.one_stopped(c, p);
                }
            });
        }
    }

    /// As [`Sched::enter_syscall`] for a call that will surely block: another thread gets the
    /// processor at once.
    ///
    /// # Safety
    /// On g0; otherwise as for `enter_syscall`.
    pub unsafe fn enter_syscall_block(&'static self, sp: usize, pc: usize, bp: usize) {
        // SAFETY: on g0, current is the running task of this thread (the caller's promise), whose descriptor and processor are
        // ours.
        unsafe {
            let t = self.host.current();
            let m = (*t).thread;
            (*t).syscall_sp = sp;
            (*t).syscall_pc = pc;
            (*t).syscall_bp = bp;
            (*t).wait_since = 0;
            self.host.trace(Event::SyscallEnter, t);
            (*t).state.change(Status::RUNNING, Status::SYSCALL);
            let p = (*m).proc;
            (*m).syscall_tick = Proc::<H>::bump(&(*p).syscall_tick);
            (*m).old_proc = p;
            self.give_proc(m);
            self.hand_off(p);
        }
    }

    /// The system call is over: takes the processor back if it still waits. A leaf. If it returns
    /// false, save the task's context and call [`Sched::exit_syscall_slow_on_g0`].
    ///
    /// # Safety
    /// On the stack of a task in state SYSCALL.
    #[inline]
    #[must_use]
    pub unsafe fn exit_syscall_fast(&'static self) -> bool {
        // SAFETY: this is the task's thread; the exchange makes the processor ours.
        unsafe {
            let t = self.host.current();
            let m = (*t).thread;
            let p = (*m).old_proc;
            if !self.take_status(p, proc::Status::Syscall, proc::Status::Running) {
                return false;
            }
            (*m).proc = p;
            (*m).old_proc = null_mut();
            (*p).thread.store(m, Ordering::Release);
            Proc::<H>::bump(&(*p).syscall_tick);
            self.back_from_syscall(t);
            true
        }
    }

    /// # Safety
    /// `t` runs on this thread, which holds a processor, and is in state SYSCALL.
    #[inline]
    unsafe fn back_from_syscall(&self, t: *mut Task<H>) {
        // SAFETY: `t` runs on this thread, which holds a processor.
        unsafe {
            (*t).state.change(Status::SYSCALL, Status::RUNNING);
            (*t).syscall_sp = 0;
            if (*t).preempt.load(Ordering::Relaxed) {
                (*t).guard0.store(PREEMPT, Ordering::Relaxed);
            } else {
                (*t).reset_guard();
            }
            self.host.trace(Event::SyscallExit, t);
        }
    }

    /// The system call is over, and the processor is gone: takes an idle one, or queues the task
    /// and parks the thread.
    ///
    /// # Safety
    /// `t` is this thread's task, in state SYSCALL, its context is saved, and this is g0.
    pub unsafe fn exit_syscall_slow_on_g0(&'static self, t: *mut Task<H>) -> ! {
        // SAFETY: `t` is this thread's task, saved, on g0 (the caller's promise), so its thread is ours.
        unsafe {
            let m = (*t).thread;
            let old = core::mem::replace(&mut (*m).old_proc, null_mut());
            let mut p = null_mut();
            // Its caches are still warm, if it is still there.
            if !old.is_null() && self.take_status(old, proc::Status::Syscall, proc::Status::Idle) {
                p = old;
            } else if self.wake.idle() != 0 {
                p = self.locked(|c| self.idle_get(c));
            }
            if !p.is_null() {
                self.take_proc(m, p);
                Proc::<H>::bump(&(*p).syscall_tick);
                self.back_from_syscall(t);
                self.go(m, t)
            }
            self.host.trace(Event::SyscallExit, t);
            self.host.set_current((*m).g0);
            (*m).curg.store(null_mut(), Ordering::Release);
            (*t).thread = null_mut();
            let wired = !(*t).locked_thread.is_null();
            (*t).state.change(Status::SYSCALL, Status::RUNNABLE);
            // Not before: the collector that examined the stack of a task in a system call needed
            // it.
            (*t).syscall_sp = 0;
            let p = self.locked(|c| {
                let p = self.idle_get(c);
                if p.is_null() {
                    self.global_push(c, t);
                }
                p
            });
            if !p.is_null() {
                self.take_proc(m, p);
                self.execute(m, t, false)
            }
            // From here on `t` may run elsewhere, unless it is locked to us.
            if wired {
                self.stop_locked(m);
                self.execute(m, t, false)
            }
            // A processor may have gone idle since we looked; its last thread has seen the task
            // in the global queue then, because it looks there under the lock.
            self.stop_thread(m);
            self.reschedule(m)
        }
    }

    /// Takes `p` away from a system call; the caller owns it then.
    ///
    /// # Safety
    /// `p` is a processor of this scheduler.
    pub(crate) unsafe fn try_retake(&self, p: *mut Proc<H>) -> bool {
        // SAFETY: processors are never freed.
        unsafe {
            let took = self.take_status(p, proc::Status::Syscall, proc::Status::Idle);
            if took {
                Proc::<H>::bump(&(*p).syscall_tick);
            }
            took
        }
    }

    /// Takes `p` away from a system call and hands it to another thread. For a monitor that has
    /// seen it there too long (compare [`Proc::syscall_tick`]). False if it came back in the
    /// meantime.
    ///
    /// # Safety
    /// `p` is a processor of this scheduler.
    pub unsafe fn retake(&'static self, p: *mut Proc<H>) -> bool {
        // SAFETY: what `try_retake` took is ours to hand off.
        unsafe {
            let took = self.try_retake(p);
            if took {
                self.hand_off(p);
            }
            took
        }
    }
}

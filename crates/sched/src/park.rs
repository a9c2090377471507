//! What a task does with itself: park, yield, end. And what others do to it: make it ready.
//!
//! The functions named `*_on_g0` are entered on the thread's system stack, with the task's context
//! saved in [`Task::ctx`]; they do not return. The protocol of a park:
//!
//! 1. The task puts itself on some list, under some lock, and enters [`Sched::park_on_g0`] with
//!    the lock still held. Or `unlock` does all of this, which holds the lock for less time (see the module `sema`).
//! 2. Its state becomes WAITING, it stops being the thread's task, and only then `unlock` is
//!    called. From that moment a waker may have it, on any thread: `unlock` must not touch it
//!    afterwards. If `unlock` returns false the park is off, and the task goes on at once.
//! 3. A waker takes it off the list, under the lock, which gives it (and no other) the duty to
//!    call [`Sched::ready`].
//! 4. When it is chosen to run, what [`Task::resume`] says is done first, on g0: an embedder's finish half, for one.

use core::ptr::null_mut;
use core::sync::atomic::Ordering;

use crate::Sched;
use crate::host::{Event, Host};
use crate::proc::Proc;
use crate::round::Turn;
use crate::state::Status;
use crate::task::{Resume, Task};
use crate::thread::Thread;

/// Called when the task is WAITING and off its thread; says whether it stays so.
pub type Unlock<H> = unsafe fn(*mut Task<H>, usize) -> bool;

impl<H: Host> Sched<H> {
    /// The thread that runs `t` lets go of it.
    ///
    /// # Safety
    /// `t` runs on this thread.
    #[inline]
    unsafe fn drop_task(&self, t: *mut Task<H>) -> *mut Thread<H> {
        // SAFETY: `t` runs on this thread.
        unsafe {
            let m = (*t).thread;
            self.host.set_current((*m).g0);
            (*m).curg.store(null_mut(), Ordering::Release);
            (*t).thread = null_mut();
            m
        }
    }

    /// Parks `t`; see the module's header.
    ///
    /// # Safety
    /// `t` is the running task of this thread, its context is saved, and this is g0. What will
    /// ready it can find it once `unlock` has run.
    pub unsafe fn park_on_g0(
        &'static self,
        t: *mut Task<H>,
        unlock: Option<Unlock<H>>,
        arg: usize,
        reason: H::Reason,
    ) -> ! {
        // SAFETY: `t` runs on this thread, its context is saved and this is g0; after `unlock`
        // returned true, `t` is not touched.
        unsafe {
            (*t).wait_reason = reason;
            (*t).wait_since = 0;
            self.host.trace(Event::Park, t);
            let m = self.drop_task(t);
            (*t).state.change(Status::RUNNING, Status::WAITING);
            if let Some(unlock) = unlock
                && !unlock(t, arg)
            {
                self.host.trace(Event::Ready, t);
                (*t).state.change(Status::WAITING, Status::RUNNABLE);
                self.execute(m, t, true)
            }
            self.reschedule(m)
        }
    }

    /// Makes the WAITING task `t` runnable: with `next` it runs next on this processor, inheriting
    /// the current time slice, else it queues up. On g0, or on any stack where nothing can park.
    ///
    /// # Safety
    /// - The caller has the duty to ready `t` (it took it off the list where it waited).
    /// - The calling thread is one of this scheduler's, and its per-thread word is set. (Else:
    ///   [`Sched::ready_from_outside`].)
    #[inline]
    pub unsafe fn ready(&'static self, t: *mut Task<H>, next: bool) {
        // SAFETY: `t` is WAITING and ours to ready (first point); this thread has a word (second point).
        unsafe {
            self.host.trace(Event::Ready, t);
            (*t).state.change(Status::WAITING, Status::RUNNABLE);
            self.make_available(t, next);
        }
    }

    /// Puts a RUNNABLE task where a thread will find it.
    ///
    /// # Safety
    /// `t` is RUNNABLE and on no queue, and this thread alone has it.
    #[inline]
    pub(crate) unsafe fn make_available(&'static self, t: *mut Task<H>, next: bool) {
        // SAFETY: `t` is RUNNABLE and on no queue.
        unsafe {
            let p = self.proc();
            if p.is_null() {
                self.locked(|c| self.global_push(c, t));
            } else {
                self.enqueue(p, t, next);
            }
            self.wake_proc();
        }
    }

    /// As [`Sched::ready`], behind everything: at the end of the global queue. For a task that waited for something that stopped the others, such
    /// as a collection, and may wait for the next one at once: what was stopped runs first, and so it runs at all.
    ///
    /// # Safety
    /// As for [`Sched::ready`].
    pub unsafe fn ready_last(&'static self, t: *mut Task<H>) {
        // SAFETY: `t` is WAITING and ours to ready, and this thread has a word (this function's contract); the queue is changed under the lock.
        unsafe {
            self.host.trace(Event::Ready, t);
            self.ready_from_outside(t)
        }
    }

    /// As [`Sched::ready`], from a thread that the scheduler does not know.
    ///
    /// # Safety
    /// The caller has the duty to ready `t`.
    pub unsafe fn ready_from_outside(&'static self, t: *mut Task<H>) {
        // SAFETY: `t` is WAITING and ours to ready (the caller's promise); all is done under the lock.
        unsafe {
            self.locked(|c| {
                (*t).state.change(Status::WAITING, Status::RUNNABLE);
                self.global_push(c, t);
            });
            self.wake_proc();
        }
    }

    /// `t` lets others run. With one processor it queues up behind everybody, on the global queue; with several mostly behind what its
    /// processor has (see the module `round`).
    ///
    /// # Safety
    /// `t` is the running task of this thread, its context is saved, and this is g0.
    pub unsafe fn yield_on_g0(&'static self, t: *mut Task<H>) -> ! {
        // SAFETY: `t` runs on this thread, its context is saved and this is g0; `p` is this
        // thread's.
        unsafe {
            let m = (*t).thread;
            let p = (*m).proc;
            // Alone on this processor, it would only be chosen again. Every 16th time it goes the
            // long way, past timers and the poller.
            if (*p).queue.is_empty()
                && self.global_len.load(Ordering::Relaxed) == 0
                && self.stopping.load(Ordering::Relaxed) == 0
                && !(*m).resuming
                && !Proc::<H>::bump(&(*p).sched_tick).is_multiple_of(16)
            {
                self.host.trace(Event::Yield, t);
                (*t).preempt.store(false, Ordering::Relaxed);
                (*t).reset_guard();
                self.go(m, t)
            }
            if self.proc_count() > 1 {
                let turn = (*p).round.next((*p).queue.len() as u32, self.global_len.load(Ordering::Relaxed));
                if matches!(turn, Turn::Take | Turn::Swap) {
                    let first = self.locked(|c| self.global_get(c, p, 0));
                    if !first.is_null() {
                        self.enqueue(p, first, false);
                    }
                }
                if matches!(turn, Turn::Stay | Turn::Take) {
                    self.yield_here_on_g0(t)
                }
            }
            self.yield_to_global(t, Event::Yield)
        }
    }

    /// # Safety
    /// `t` is the running task of this thread, its context is saved, and this is g0.
    unsafe fn yield_to_global(&'static self, t: *mut Task<H>, why: Event) -> ! {
        // SAFETY: `t` runs on this thread, saved, on g0 (this function's contract): its descriptor is ours until it is on the queue,
        // RUNNABLE, and the frames on g0 are not needed any more.
        unsafe {
            self.host.trace(why, t);
            let m = self.drop_task(t);
            (*t).state.change(Status::RUNNING, Status::RUNNABLE);
            self.locked(|c| self.global_push(c, t));
            self.reschedule(m)
        }
    }

    /// `t` lets others run and queues up at the end of this processor's queue.
    ///
    /// # Safety
    /// `t` is the running task of this thread, its context is saved, and this is g0.
    pub unsafe fn yield_here_on_g0(&'static self, t: *mut Task<H>) -> ! {
        // SAFETY: `t` is this thread's running task, saved, on g0 (the caller's promise), so its thread and processor are
        // ours.
        unsafe {
            self.host.trace(Event::Yield, t);
            let m = self.drop_task(t);
            (*t).state.change(Status::RUNNING, Status::RUNNABLE);
            self.enqueue((*m).proc, t, false);
            self.reschedule(m)
        }
    }

    /// `t` was asked to yield and does: to the global queue, or, if `preempt_stop` is set, into
    /// state PREEMPTED, where it stays until [`Sched::ready_preempted`].
    ///
    /// # Safety
    /// `t` is the running task of this thread, its context is saved, and this is g0.
    pub unsafe fn preempt_on_g0(&'static self, t: *mut Task<H>) -> ! {
        // SAFETY: `t` is this thread's running task, saved, on g0 (the caller's promise), so its thread and processor are
        // ours.
        unsafe {
            if !(*t).preempt_stop.load(Ordering::Acquire) {
                self.yield_to_global(t, Event::Preempt)
            }
            // With the SCAN bit set nothing can wake it before it is off this thread.
            (*t).state.change(Status::RUNNING, Status::PREEMPTED.scanned());
            let m = self.drop_task(t);
            (*t).state.unlock_scan(Status::PREEMPTED);
            self.reschedule(m)
        }
    }

    /// Readies a task in state PREEMPTED; false if it is not, or another thread was first.
    ///
    /// # Safety
    /// `t` is a task; the caller is its suspender. The calling thread is as for [`Sched::ready`].
    pub unsafe fn ready_preempted(&'static self, t: *mut Task<H>) -> bool {
        // SAFETY: descriptors are never freed; whoever brings the task from PREEMPTED to WAITING has the duty to ready it, on
        // a thread with a word (the caller's second point).
        unsafe {
            if !(*t).state.try_change(Status::PREEMPTED, Status::WAITING) {
                return false;
            }
            (*t).preempt_stop.store(false, Ordering::Release);
            self.ready(t, false);
            true
        }
    }

    /// `t` is done. Its descriptor and stack serve the next [`Sched::spawn_raw`]. If it is still
    /// locked to its thread, the thread ends with it.
    ///
    /// # Safety
    /// `t` is the running task of this thread, and this is g0. Nothing refers to its stack.
    pub unsafe fn exit_on_g0(&'static self, t: *mut Task<H>) -> ! {
        // SAFETY: `t` is this thread's running task, saved, on g0 (the caller's promise), so its thread and processor are
        // ours. Nothing refers to its stack, which may go.
        unsafe {
            self.host.trace(Event::Exit, t);
            self.host.task_exit(t);
            let m = self.drop_task(t);
            let p = (*m).proc;
            (*t).state.change(Status::RUNNING, Status::DEAD);
            if (*t).system.load(Ordering::Relaxed) {
                (*t).system.store(false, Ordering::Relaxed);
                self.count_correction.fetch_add(1, Ordering::Relaxed);
            }
            let wired = !(*m).locked_task.is_null();
            (*m).locked_task = null_mut();
            (*m).locked_external = 0;
            (*m).locked_internal = 0;
            (*t).locked_thread = null_mut();
            (*t).preempt_stop.store(false, Ordering::Relaxed);
            (*t).waiting = null_mut();
            (*t).resume = Resume::AtOnce;
            (*p).count(-1);
            self.free_put(p, t);
            if wired {
                self.end_thread(m)
            }
            self.reschedule(m)
        }
    }

    /// `t` goes on at once, unless it was asked to yield: for entries that found nothing to wait
    /// for. Its finish half, if set, runs first.
    ///
    /// # Safety
    /// `t` is the running task of this thread, its context is saved, and this is g0.
    #[inline]
    pub unsafe fn resume_on_g0(&'static self, t: *mut Task<H>) -> ! {
        // SAFETY: `t` is this thread's running task, saved, on g0 (the caller's promise), so its thread and processor are
        // ours.
        unsafe {
            if self.shall_yield(t) {
                self.preempt_on_g0(t)
            }
            self.go((*t).thread, t)
        }
    }

    /// Whether `t` was asked to yield and may.
    ///
    /// # Safety
    /// `t` is the running task of this thread.
    #[inline]
    pub(crate) unsafe fn shall_yield(&self, t: *mut Task<H>) -> bool {
        // SAFETY: `t` runs on this thread (this function's contract): its descriptor is live, and its thread is this one, whose
        // fields are this thread's to read.
        unsafe { (*t).preempt.load(Ordering::Relaxed) && (*(*t).thread).locks == 0 }
    }

    /// # Safety
    /// This is g0 of `m`, this thread; its frames are not needed any more.
    pub(crate) unsafe fn restart_stack(&'static self, m: *mut Thread<H>) -> ! {
        // SAFETY: on g0 of `m`, this thread, whose frames are not needed any more (this function's contract).
        unsafe { self.host.restart(m, self) }
    }
}

//! Starting, stopping, changing and running timers, with exact answers; sleeping. The heaps are in `timer_heap`.

use crate::host::Host;
use crate::model::{Resume, Sched, Task};
use crate::timer::Timer;
use crate::timer_heap::{self, TimerHeap};

impl<H: Host> Sched<H> {
    pub(crate) fn timer_memory(&self, bytes: usize) -> *mut u8 {
        // SAFETY: 64 is a power of two.
        unsafe { self.host.alloc_record(bytes, 64) }
    }

    /// Starts `t`, which was never started or has fired for good, with the values stored in it.
    ///
    /// # Safety
    /// On a thread with a processor. `t` is a valid timer, and its memory stays one: until it has fired, if it is not set again while it is
    /// pending, nor stopped; else forever, or, in collected memory whose collector visits the timers ([`Sched::begin_timer_visit`]), until
    /// that collects it. [`Host::run_timer`] may be called with the words in it.
    pub unsafe fn timer_start(&'static self, t: *mut Timer) {
        // SAFETY: this thread has a processor; `t` is a valid timer, and stays so; its words are as `Host::run_timer` wants them (this
        // function's contract). Nothing new is stored.
        unsafe { self.timer_set(t, true, || (*t).when) };
    }

    /// Stops `t`: true if that kept it from firing (again); false if it was not pending. Also true for the copy of a pending one, which
    /// would not have fired.
    ///
    /// # Safety
    /// `t` is a valid timer.
    pub unsafe fn timer_stop(&self, t: *mut Timer) -> bool {
        // SAFETY: `t` is a valid timer (this function's contract).
        unsafe { timer_heap::stop(t) }
    }

    /// Lets `t` fire at `when`, whether it was pending (true) or not.
    ///
    /// # Safety
    /// As for [`Sched::timer_start`].
    pub unsafe fn timer_reset(&'static self, t: *mut Timer, when: i64) -> bool {
        // SAFETY: this thread has a processor; `t` is a valid timer, and stays so; its words are as `Host::run_timer` wants them (this
        // function's contract).
        unsafe { self.timer_set(t, true, || when) }
    }

    /// As [`Sched::timer_reset`] with everything new.
    ///
    /// # Safety
    /// As for [`Sched::timer_start`]; [`Host::run_timer`] may be called with the words when it fires.
    pub unsafe fn timer_modify(
        &'static self,
        t: *mut Timer,
        when: i64,
        period: i64,
        f: usize,
        arg: [usize; 2],
        seq: usize,
    ) -> bool {
        // SAFETY: this thread has a processor; `t` is a valid timer, and stays so; the new words are as `Host::run_timer` wants them (this
        // function's contract). The closure is called under the timer's lock, or while it is being added.
        unsafe {
            self.timer_set(t, true, || {
                (*t).period = period;
                (*t).f = f;
                (*t).seq = seq;
                self.host.store_timer_arg(&raw mut (*t).arg, arg);
                when
            })
        }
    }

    /// With `goes_on`, the task that sets it goes on running, and its processor may look at its timers late; else it parks now.
    ///
    /// # Safety
    /// As for [`Sched::timer_start`], of the timer as `update` leaves it, which gives the time and touches no other timer.
    unsafe fn timer_set(&'static self, t: *mut Timer, goes_on: bool, update: impl Fn() -> i64) -> bool {
        // SAFETY: this thread has a processor. `t` is a valid timer, and its memory stays one (this function's contract); `timer_memory`
        // gives memory of its own.
        let set = unsafe {
            let p = self.proc();
            let added = |here| {
                self.host.timer_added(t);
                // That another heap, in which it is already, may have timers is noted.
                if here {
                    self.table().note_timers((*p).id);
                }
            };
            timer_heap::set(t, &(*p).timers, update, |n| self.timer_memory(n), added)
        };
        // From here on it may have fired, and be gone.
        if set.is_first {
            self.wake_sleeper(set.when);
            if goes_on {
                self.hasten_monitor(set.when);
            }
        }
        if !set.was_pending {
            self.need_monitor();
        }
        set.was_pending
    }

    /// Runs what is due in `heap`. `now` may be 0 if the clock was not read yet. Gives the time
    /// (0 if it still was not), when the next timer is due (0: never), whether any ran.
    ///
    /// # Safety
    /// On g0, with a processor, without locks.
    #[inline]
    pub(crate) unsafe fn run_timers(&'static self, heap: &TimerHeap, now: i64) -> (i64, i64, bool) {
        let next = heap.next();
        if next == 0 {
            return (now, 0, false);
        }
        let now = if now == 0 { self.host.nanotime() } else { now };
        if now < next {
            return (now, next, false);
        }
        // SAFETY: on g0, with a processor, without locks (the caller's promises).
        unsafe { self.run_due(heap, now) }
    }

    /// # Safety
    /// On g0, with a processor, without locks.
    #[cold]
    unsafe fn run_due(&'static self, heap: &TimerHeap, now: i64) -> (i64, i64, bool) {
        let mut ran = false;
        while let Some(call) = heap.pop_due(now) {
            // SAFETY: the words are what the creator stored; a sleep's are ours.
            unsafe {
                if call.f == 0 {
                    // The first runs next, the others behind it in the order of their times.
                    self.ready(call.arg[0] as *mut Task<H>, !ran);
                } else {
                    self.host.run_timer(call);
                }
            }
            ran = true;
        }
        (now, heap.next(), ran)
    }

    /// `t` sleeps for `ns` nanoseconds (not at all if that is not positive).
    ///
    /// # Safety
    /// As for [`Sched::park_on_g0`].
    pub unsafe fn sleep_on_g0(&'static self, t: *mut Task<H>, ns: i64, reason: H::Reason) -> ! {
        /// # Safety
        /// As an [`Unlock`](crate::park::Unlock); `sched` is the address of a scheduler that lives forever.
        unsafe fn start<H: Host>(t: *mut Task<H>, sched: usize) -> bool {
            // SAFETY: the number is the address of a scheduler that lives forever.
            let sched = unsafe { &*(sched as *const Sched<H>) };
            // SAFETY: `t` waits, so its record is a timer that is not pending; once it is in the heap it may fire, and serve
            // another task: nothing touches it then but under the heap's lock, while it is there.
            unsafe {
                {
                    let timer: *mut Timer = (*t).record.cast();
                    sched.timer_set(timer, false, || (*timer).when)
                }
            };
            true
        }
        // SAFETY: `t` is this thread's task on g0, saved, with a processor, so its record is ours; the number is this
        // scheduler's address.
        unsafe {
            if ns <= 0 {
                self.resume_on_g0(t)
            }
            let when = self.host.nanotime().saturating_add(ns);
            let timer: *mut Timer = self.take_record(t).cast();
            timer.write(Timer::new());
            (*timer).when = when;
            (*timer).arg = [t as usize, 0];
            (*t).resume = Resume::Waited;
            self.park_on_g0(t, Some(start::<H>), &raw const *self as usize, reason)
        }
    }
}

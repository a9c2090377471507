//! The monitor of a Go program: goxide-sysmon's policy over the scheduler and the collector. Its thread is made when there is a second
//! goroutine, a timer, or a collection, or at start for `GODEBUG=schedtrace`: a program that has none of these never has it.
//!
//! What the policy is stands in goxide-sysmon; what `schedtrace` prints, in `schedtrace`.

use crate::gc::{driver, events, scavenger, worker};
use crate::state::{GC, M, RT};
use crate::{env, procs, schedtrace};
use core::cell::Cell;
use core::ptr::null_mut;
use core::sync::atomic::Ordering::Relaxed;
use goxide_sched::monitor::Doing;
use goxide_sys::thread;
use goxide_sysmon::{Activity, Monitor, Periods, Seen, World};

/// Starts it. Called once, with a processor.
pub fn begin() {
    // SAFETY: tasks are spawned and timers set on g0 of a thread with a processor, and so does a collection end; `run` is for a thread of the
    // scheduler's, says that it begins, and does not return.
    unsafe {
        driver::make();
        RT.sched.start_monitor(run);
    }
}

/// # Safety
/// On g0 of a thread of its own, made for this.
unsafe fn run(_m: *mut M) {
    RT.sched.monitor_begins();
    let go = Go {
        seen: Cell::new(null_mut()),
        room: Cell::new(0),
        began: goxide_sys::time::nanotime(),
        collected: Cell::new(0),
        live: Cell::new(0),
        forced: Cell::new(false),
        last: Cell::new(0),
    };
    Monitor::new(Periods::USUAL).run(&go)
}

/// The program, as its monitor sees it. All of this is the monitor's thread's.
struct Go {
    /// What was seen of so many processors.
    seen: Cell<*mut Seen>,
    room: Cell<u32>,
    began: i64,
    /// From when the time to the next collection counts,
    collected: Cell<i64>,
    /// and what was allocated then if the monitor had asked for the last; else 0.
    live: Cell<usize>,
    /// The monitor has asked for a collection.
    forced: Cell<bool>,
    /// When the collector last said that one was over.
    last: Cell<i64>,
}

impl Go {
    /// Makes room for what is seen of `n` processors; for how many there is room. Records that are outgrown stay: together they are smaller
    /// than the last.
    fn make_room(&self, n: u32) -> u32 {
        if n > self.room.get() {
            let room = n.next_power_of_two();
            let at = RT.heap.persistent_alloc(room as usize * size_of::<Seen>(), align_of::<Seen>()).cast::<Seen>();
            if at.is_null() {
                return self.room.get();
            }
            self.seen.set(at);
            self.room.set(room);
        }
        n
    }
}

impl World for Go {
    fn now(&self) -> i64 {
        goxide_sys::time::nanotime()
    }

    fn procs(&self) -> u32 {
        self.make_room(RT.sched.proc_count())
    }

    fn activity(&self, proc: u32) -> Activity {
        let p = RT.sched.proc_at(proc);
        // SAFETY: processors are never freed, and the words are atomic.
        unsafe {
            let (slice, call) = ((*p).sched_tick.load(Relaxed), (*p).syscall_tick.load(Relaxed));
            match RT.sched.doing(p) {
                Doing::Nothing => Activity::Idle,
                Doing::Running => Activity::Running { slice },
                Doing::Call => Activity::Call { slice, call },
            }
        }
    }

    fn seen(&self, proc: u32) -> &Seen {
        debug_assert!(proc < self.room.get());
        // SAFETY: there is room for what is seen of each processor that `procs` counted, the policy asks for no other; it is zero bytes at first,
        // which are nothing seen, and this thread's alone.
        unsafe { &*self.seen.get().add(proc as usize) }
    }

    fn has_work(&self, proc: u32, now: i64) -> bool {
        // SAFETY: processors are never freed.
        unsafe { RT.sched.has_work(RT.sched.proc_at(proc), now) }
    }

    fn retake(&self, proc: u32) -> bool {
        // SAFETY: processors are never freed.
        unsafe { RT.sched.retake(RT.sched.proc_at(proc)) }
    }

    fn preempt(&self, proc: u32) {
        // SAFETY: processors are never freed; this thread's word is set to its g0.
        unsafe { RT.sched.preempt_one(RT.sched.proc_at(proc)) };
    }

    fn all_idle(&self) -> bool {
        RT.sched.all_idle()
    }

    fn is_stopping(&self) -> bool {
        RT.sched.is_stopping()
    }

    fn timer(&self, proc: u32) -> i64 {
        // SAFETY: processors are never freed.
        unsafe { RT.sched.neglected_timer(RT.sched.proc_at(proc)) }
    }

    fn polled(&self) -> i64 {
        if RT.sched.has_waiters() { RT.sched.last_poll() } else { 0 }
    }

    fn poll(&self) {
        RT.sched.poll_now();
    }

    /// Nothing was allocated since a collection that was forced: another would find nothing.
    fn collected(&self) -> i64 {
        let last = RT.collection.account.last.load(Relaxed);
        let live = RT.heap.live();
        if last != self.last.replace(last) || self.collected.get() == 0 {
            self.collected.set(if last == 0 { self.began } else { last });
            self.live.set(if self.forced.replace(false) { live } else { 0 });
        }
        if live == self.live.get() { 0 } else { self.collected.get() }
    }

    fn collect(&self) {
        if GC.pace(|p| p.percent) >= 0 {
            self.forced.set(true);
            events::notify(events::PERIODIC);
        }
    }

    fn has_surplus(&self) -> bool {
        scavenger::has_surplus()
    }

    fn wake_scavenger(&self) {
        scavenger::nudge();
    }

    fn upkeep(&self) {
        procs::look();
    }

    fn trace_period(&self) -> i64 {
        i64::from(env::process().debug.schedtrace) * 1_000_000
    }

    fn trace(&self) {
        schedtrace::print(env::process().debug.scheddetail != 0);
    }

    fn blocked(&self) -> u64 {
        goxide_sys::process::times_blocked()
    }

    fn look(&self) -> bool {
        worker::monitor_looks()
    }

    fn nap(&self, until: i64) {
        RT.sched.monitor_nap(until);
    }

    /// The kernel's leeway is this thread's only for the length of the nap: threads that it makes inherit it, and programs that those execute.
    fn nap_exactly(&self, until: i64) {
        thread::set_timer_leeway(1);
        RT.sched.monitor_nap(until);
        thread::set_timer_leeway(0);
    }

    fn rest(&self, until: Option<i64>) {
        RT.sched.monitor_rest(until.unwrap_or(0));
    }
}

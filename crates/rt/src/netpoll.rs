//! The network poller, for goroutines: goxide-netpoll with the scheduler's tasks and timers. A goroutine that waits for a descriptor
//! leaves itself there and parks; its finish half finds out why the wait is over, and may wait again.
//!
//! Nothing names this module but the entries of package internal/poll: the scheduler reaches it by the pointers that [`start`] leaves, so
//! that a program which watches no descriptor is linked without the poller.
//!
//! Not here: what those entries make of arguments and answers (crate `entries`).

use crate::fatal;
use crate::parts::{DEADLINE, NetHooks};
use crate::persistent::GoPersistent;
use crate::reason::Reason;
use crate::records::Finish;
use crate::sched;
use crate::state::{G, GoHost, GoNet, RT, g};
use crate::stderr::Stderr;
use crate::token::System;
use core::sync::atomic::Ordering;
use goxide_gotypes::mem::Persistent as _;
use goxide_netpoll::{Cause, Desc, Direction, Key, Park, Which};
use goxide_sched::{Resume, TaskList, Timer, TimerCall};
use goxide_symtab::Sink as _;

/// A descriptor that goroutines wait for.
pub type PollDesc = Desc<GoNet>;

// SAFETY: memory is the runtime's own, zeroed and kept; a timer is the scheduler's, which says that of it.
unsafe impl goxide_netpoll::Host for GoNet {
    type Task = *mut G;
    type Timer = Timer;

    fn now(&self) -> i64 {
        goxide_sys::time::nanotime()
    }

    unsafe fn ready(&self, t: *mut G) {
        // SAFETY: `t` waits, and to ready it is this call's duty (the method's contract); the poller is used by entries on g0, and by
        // timers, which run on g0 of a thread with a processor.
        unsafe { RT.sched.ready(t, true) }
    }

    unsafe fn start_timer(&self, timer: *mut Timer, key: Key<GoNet>, when: i64, seq: usize) {
        let arg = [key.into_word(), 0];
        // SAFETY: the network poller, through its seam: called by entries on g0 and by timers, on the system stack of a thread with a
        // processor. The entry's token is lent to the poller, which has no other. The lock that is held is the descriptor's, which the
        // scheduler never takes. The timer is the descriptor's, which stays; `run_timer` knows the function word.
        unsafe { sched::timer_modify(System::assume(), timer, when, 0, DEADLINE, arg, seq) };
    }

    unsafe fn stop_timer(&self, timer: *mut Timer, _: Key<GoNet>) {
        // SAFETY: the descriptor's timer, which is never freed.
        unsafe { RT.sched.timer_stop(timer) };
    }

    unsafe fn alloc(&self, bytes: usize, align: usize) -> *mut u8 {
        RT.heap.persistent_alloc(bytes, align)
    }
}

/// Starts the poller. Called once, before anything else here.
pub fn start(_: System<'_>) {
    if let Err(e) = RT.net.poller.start() {
        let mut out = Stderr::new();
        out.put(b"runtime: epollcreate failed with ");
        out.put_int(i64::from(e.0));
        out.put(b"\n");
        drop(out);
        fatal::throw(b"runtime: netpollinit failed")
    }
    let hooks: *mut NetHooks = GoPersistent.persistent(size_of::<NetHooks>(), align_of::<NetHooks>()).cast();
    // SAFETY: new memory, for a value of the type.
    unsafe { hooks.write(NetHooks { poll, interrupt, waited, expired }) };
    // Release: pairs with the acquire in `Network::hooks`.
    RT.net.hooks.store(hooks, Ordering::Release);
    RT.sched.poller_started();
}

fn poll(ns: i64) -> TaskList<GoHost> {
    let mut list = TaskList::new();
    // SAFETY: a task that the poller gives waits, so it is on no list, and is this call's.
    if let Err(e) = RT.net.poller.poll(ns, |t| unsafe { list.push_back(t) }) {
        let mut out = Stderr::new();
        out.put(b"runtime: epollwait failed with ");
        out.put_int(i64::from(e.0));
        out.put(b"\n");
        drop(out);
        fatal::throw_on_system(b"runtime: netpoll failed")
    }
    list
}

fn interrupt() {
    RT.net.poller.interrupt();
}

/// # Safety
/// `call` is that of a descriptor's timer, on g0 of a thread with a processor, without locks.
unsafe fn expired(call: TimerCall) {
    // SAFETY: `start_timer` stored a key's word.
    RT.net.poller.expire(unsafe { Key::from_word(call.arg[0]) }, call.seq)
}

/// Sets deadlines of `desc`, to a time on the runtime's clock; 0 for none, negative for one that has passed.
pub fn set_deadline(_: System<'_>, desc: &PollDesc, which: Which, at: i64) {
    RT.net.poller.set_deadline(desc, which, at);
}

/// `desc` is to be closed: goroutines that wait for it go on.
pub fn shut(_: System<'_>, desc: &PollDesc) {
    if RT.net.poller.shut(desc).is_err() {
        fatal::throw(b"runtime: unblock on closing polldesc")
    }
}

/// What package internal/poll is told: `pollNoError` and its like.
pub fn code(result: Result<(), Cause>) -> usize {
    match result {
        Ok(()) => 0,
        Err(Cause::Closing) => 1,
        Err(Cause::TimedOut) => 2,
        Err(Cause::Failed) => 3,
    }
}

/// A descriptor and a direction in one word: where the goroutine waits.
fn place(desc: &PollDesc, d: Direction) -> usize {
    core::ptr::from_ref(desc) as usize | usize::from(d == Direction::Write)
}

/// # Safety
/// `word` came from [`place`].
unsafe fn of_place(word: usize) -> (&'static PollDesc, Direction) {
    let d = if word & 1 == 0 { Direction::Read } else { Direction::Write };
    // SAFETY: the address of a descriptor (this function's contract), which is never freed.
    (unsafe { &*((word & !1) as *const PollDesc) }, d)
}

/// Waits for `desc` to become ready; the entry answers the [`code`].
///
/// # Safety
/// In an entry of a goroutine, not of g0, that answers one word.
pub unsafe fn wait(sys: System<'_>, desc: &'static PollDesc, d: Direction) -> usize {
    match RT.net.poller.wait(desc, d) {
        Ok(true) => 0,
        Err(cause) => code(Err(cause)),
        // SAFETY: in an entry of a goroutine (this function's contract).
        Ok(false) => unsafe { park(sys, desc, d) },
    }
}

/// # Safety
/// In an entry of a goroutine that answers one word, or its finish half.
unsafe fn park(mut sys: System<'_>, desc: &PollDesc, d: Direction) -> ! {
    /// # Safety
    /// As an `Unlock` of the scheduler's; `word` came from [`place`].
    unsafe fn commit(t: *mut G, word: usize) -> bool {
        // SAFETY: this function's contract.
        let (desc, d) = unsafe { of_place(word) };
        match RT.net.poller.park(desc, d, t) {
            Park::Waits => true,
            Park::GoOn => false,
            Park::Busy => fatal::throw_on_system(b"runtime: double wait"),
        }
    }
    if desc.is_awaited(d) {
        fatal::throw(b"runtime: double wait")
    }
    let word = place(desc, d);
    sys.held()[0] = word;
    // SAFETY: on g0 of this thread's goroutine, its context saved; what is ready or late finds it at the descriptor.
    unsafe {
        (*g()).resume = Resume::Finish(Finish::Poll);
        RT.sched.park_on_g0(g(), Some(commit), word, Reason::IoWait)
    }
}

/// The finish half of [`wait`].
///
/// # Safety
/// On g0 with a processor; `t`, which is about to go on, stopped in [`park`].
unsafe fn waited(mut sys: System<'_>, _t: *mut G) {
    // SAFETY: `park` left the place there.
    let (desc, d) = unsafe { of_place(sys.held()[0]) };
    let result = match RT.net.poller.wait_over(desc, d) {
        // A deadline had passed, and was moved on before the goroutine ran.
        // SAFETY: in the finish half of the entry.
        Ok(false) => unsafe { park(sys, desc, d) },
        Ok(true) => Ok(()),
        Err(cause) => Err(cause),
    };
    sys.held()[0] = 0;
    sys.answer()[0] = code(result);
}

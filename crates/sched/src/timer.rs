//! A timer, and the word that says where it is. The heaps are in `timer_heap`, one per processor, and starting, stopping and running timers
//! in `timing`.
//!
//! A [`Timer`] is the embedder's memory. It belongs to at most one heap at a time, and **everything about a timer that belongs to a heap is
//! guarded by that heap's lock**. `pp`, its place, says which case it is:
//!
//! - `FREE`: to none. The thread that changes it to its address with `ADDING` may fill it in and add it.
//! - its own address with `ADDING`: a thread does. Others wait: it takes a heap insertion, no more.
//! - a heap's address: it is pending there. To touch it, lock that heap and check that the place still names it (a heap is emptied into
//!   another when its processor goes away, and a timer that fires leaves).
//! - a heap's address with `STOPPED`: as before, but it will not fire. Its entry is still there, and serves it when it is set again.
//!
//! **A program may copy timers**, `t := *time.NewTimer(d)`, and so their places. The copy is none that is pending, which `owner` shows: the
//! address of the timer that was added. It looks as its original did when it is stopped or set for the first time, and is `FREE` from then
//! on. A timer that is overwritten while it is pending is such a copy too; its entries do not count any more.
//!
//! **A timer's memory stays a timer** while there may be entries for it: until it has fired, if it never was set again while it was pending
//! nor stopped; and else forever, or, in collected memory, until a visit that began after its last use has ended, as the collector that
//! frees it has done.

use crate::loom::{AtomicUsize, Guarded};

pub(crate) const FREE: usize = 0;
pub(crate) const STOPPED: usize = 1;
pub(crate) const ADDING: usize = 2;

/// A timer. Set `when`, `period` (0: once), `f`, `arg`, `seq` before [`crate::Sched::timer_start`];
/// afterwards only through the scheduler. All zero is a valid, stopped timer. `f == 0` is reserved
/// for the scheduler's own sleeps.
#[repr(C)]
pub struct Timer {
    /// Its place: see the module's header. Beside `when`, so that both are mostly in one line of the cache: to look whether an entry counts
    /// takes no more.
    pub(crate) pp: AtomicUsize,
    /// When it is due, on the host's clock, above 0; once it was started the time of its entry.
    pub when: i64,
    /// Due again every so many nanoseconds; 0 for once.
    pub period: i64,
    /// The function word.
    pub f: usize,
    /// The argument words.
    pub arg: [usize; 2],
    /// The sequence word.
    pub seq: usize,
    /// When it is due, once it was started.
    pub(crate) due: i64,
    /// The timer that was added when these words were last filled in: this one, unless they were copied here.
    pub(crate) owner: usize,
    /// All but `pp`.
    pub(crate) guarded: Guarded,
}

#[cfg(all(not(loom), target_pointer_width = "64"))]
const _: () = {
    use core::mem::{offset_of, size_of};
    assert!(offset_of!(Timer, when) == 8);
    assert!(offset_of!(Timer, period) == 16);
    assert!(offset_of!(Timer, f) == 24);
    assert!(offset_of!(Timer, arg) == 32);
    assert!(offset_of!(Timer, seq) == 48);
    assert!(offset_of!(Timer, due) == 56);
    assert!(offset_of!(Timer, owner) == 64);
    assert!(size_of::<Timer>() == 72);
};

/// What `Timer::new` gives, which cannot be `const` under loom.
macro_rules! timer {
    () => {
        Timer {
            pp: AtomicUsize::new(FREE),
            when: 0,
            period: 0,
            f: 0,
            arg: [0; 2],
            seq: 0,
            due: 0,
            owner: 0,
            guarded: Guarded::new(),
        }
    };
}

impl Default for Timer {
    fn default() -> Self {
        Self::new()
    }
}

impl Timer {
    /// A stopped timer.
    #[cfg(not(loom))]
    pub const fn new() -> Self {
        timer!()
    }

    /// A stopped timer.
    #[cfg(loom)]
    pub fn new() -> Self {
        timer!()
    }
}

/// A timer that is due: what its creator stored in it.
#[derive(Clone, Copy, Debug)]
pub struct TimerCall {
    /// The function word.
    pub f: usize,
    /// The argument words.
    pub arg: [usize; 2],
    /// The sequence word.
    pub seq: usize,
}

/// The place of `t` while a thread adds it.
pub(crate) fn adding(t: *mut Timer) -> usize {
    t.addr() | ADDING
}

//! Long work that an entry does for its goroutine, in pieces of some tens of microseconds: between two of them the goroutine
//! yields if it is asked to, so that neither a world that is to be stopped nor other goroutines wait for the whole.
//!
//! Whatever an entry does that grows with a program's data, and may take longer than about 100 us, is a [`Work`]. What it has
//! to remember lies in the goroutine's descriptor: Go pointers in [`Held`], which are roots and follow the stack, all else in
//! the work's own value. A goroutine that yielded goes on in a finish half, and behind its entry's stub when the work is done.
//!
//! Not here: the kinds of work. Clearing and copying is in `bulk`, strings, maps and channels are with their entries.

use crate::records::{Held, Progress};
use crate::safepoint::at_pause;
use crate::state::{G, RT, g, m, may_give_way};
use core::sync::atomic::Ordering;
use goxide_sched::PREEMPT;

/// The places of [`Held`] for what is written and for what is read, if the work is a copy of one into the other.
pub const DST: usize = 1;
/// See [`DST`].
pub const SRC: usize = 2;

/// What is done in pieces. Between two calls of [`Work::piece`] a collection may begin or end, the stack may move, and other
/// goroutines run.
///
/// # Safety
/// Between two pieces every Go pointer that the work needs is in `held`, and what it shares with other goroutines may be seen by them.
pub unsafe trait Work: Copy + 'static {
    /// Does a piece; what the entry answers, if nothing is left. It may raise no panic; fatal errors are allowed, and so are faults
    /// in a region of `Mem::touch`.
    ///
    /// # Safety
    /// On g0, in the entry that gave the work to [`run`] or after it; `held` is what was given there, and later changed here.
    unsafe fn piece(&mut self, held: &mut Held) -> Option<[usize; 4]>;
}

/// Does the work and gives its answer; comes back unless the goroutine yielded in the meantime, which then goes on behind its entry
/// with the answer as the entry's.
///
/// # Safety
/// In a system entry, which answers next what this gives, and nothing else. `held` and `work` fit together.
pub unsafe fn run<W: Work>(held: Held, work: W) -> [usize; 4] {
    // SAFETY: on g0 of the current goroutine, whose descriptor is this entry's to use; the place has room for the work.
    unsafe {
        let gp = g();
        (*gp).ext.in_flight = held;
        let place: *mut W = Progress::place(&mut (*gp).ext.progress);
        place.write(work);
        go::<W>(gp)
    }
}

/// Does piece after piece, until the work is done or the goroutine yields.
unsafe fn go<W: Work>(gp: *mut G) -> [usize; 4] {
    // SAFETY: on g0 of the goroutine's thread, its context saved by the entry's stub; what it holds is in its descriptor, and
    // the work there was written by `run`.
    unsafe {
        loop {
            let work: *mut W = Progress::place(&mut (*gp).ext.progress);
            if let Some(answer) = (*work).piece(&mut (*gp).ext.in_flight) {
                (*gp).ext.in_flight = [0; 4];
                return answer;
            }
            if (*gp).guard0.load(Ordering::Relaxed) == PREEMPT && may_give_way(m()) {
                (*gp).on_resume = Some(go_on::<W>);
                at_pause(gp);
                RT.sched.preempt_on_g0(gp)
            }
        }
    }
}

/// The finish half of a goroutine that yielded: the rest, and what its entry answers.
unsafe fn go_on<W: Work>(gp: *mut G) {
    // SAFETY: the goroutine is about to run on this thread; its descriptor holds the work.
    unsafe { (*gp).ctx.regs = go::<W>(gp) }
}

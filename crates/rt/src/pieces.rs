//! Long work that an entry does for its goroutine, in pieces of some tens of microseconds: between two of them the goroutine
//! yields if it is asked to, so that neither a world that is to be stopped nor other goroutines wait for the whole.
//!
//! Whatever an entry does that grows with a program's data, and may take longer than about 100 us, is a [`Work`]. What it has
//! to remember is Go pointers, in the goroutine's descriptor ([`System::held`]: roots, which follow the stack), and the work's own value,
//! which a goroutine that yields leaves in a record ([`Progress`]). It goes on in a finish half, and behind its entry's stub when the
//! work is done.
//!
//! Not here: the kinds of work. Clearing and copying is in `bulk`, strings, maps and channels are with their entries.

use crate::records::{Finish, Progress};
use crate::safepoint::at_pause;
use crate::state::{G, RT, g, m, may_give_way};
use crate::token::System;
use core::ptr::null_mut;
use core::sync::atomic::Ordering;
use goxide_sched::{Host as _, PREEMPT, Resume};

/// The places of what is held for what is written and for what is read, if the work is a copy of one into the other.
pub const DST: usize = 1;
/// See [`DST`].
pub const SRC: usize = 2;

/// What is done in pieces. Between two calls of [`Work::piece`] a collection may begin or end, the stack may move, and other
/// goroutines run.
///
/// # Safety
/// Between two pieces every Go pointer that the work needs is held ([`System::held`]), and what it shares with other goroutines may be seen by them.
pub unsafe trait Work: Copy + 'static {
    /// Does a piece; what the entry answers, if nothing is left. It may raise no panic; fatal errors are allowed, and so are faults
    /// in a region of `Mem::touch`.
    ///
    /// # Safety
    /// In the entry that gave the work to [`run`], or after it; what is held is what was given there, and later changed here.
    unsafe fn piece(&mut self, sys: System<'_>) -> Option<[usize; 4]>;
}

/// Does the work and gives its answer; comes back unless the goroutine yielded in the meantime, which then goes on behind its entry
/// with the answer as the entry's.
///
/// # Safety
/// In a system entry, which answers next what this gives, and nothing else. `held` and `work` fit together.
pub unsafe fn run<W: Work>(mut sys: System<'_>, held: [usize; 4], mut work: W) -> [usize; 4] {
    let [a, b, c, d] = held;
    *sys.held() = [a, b, c, d, 0];
    // SAFETY: in a system entry of the current goroutine that answers what this gives; what is held fits the work (this function's
    // contract).
    unsafe { go(sys, g(), &mut work) }
}

/// Does piece after piece, until the work is done or the goroutine yields.
///
/// # Safety
/// `gp` is the current goroutine. `work` and what it holds are what [`run`] was given, and later changed by the work.
unsafe fn go<W: Work>(mut sys: System<'_>, gp: *mut G, work: &mut W) -> [usize; 4] {
    // SAFETY: this function's contract is that of the piece; before the yield nothing is left that is not in the descriptor or in the
    // record.
    unsafe {
        loop {
            if let Some(answer) = work.piece(sys.lend()) {
                *sys.held() = [0; 5];
                return answer;
            }
            if (*gp).guard0.load(Ordering::Relaxed) == PREEMPT && may_give_way(m()) {
                leave(gp, *work);
                pause(sys, gp)
            }
        }
    }
}

/// Yields, with a record of what there is left to do. Apart from [`go`], of which there is one for each kind of work, in the crate that has
/// it: the scheduler is compiled here.
///
/// # Safety
/// As for [`go`]; [`leave`] was called.
unsafe fn pause(mut sys: System<'_>, gp: *mut G) -> ! {
    // SAFETY: on g0 of the thread of `gp`, which runs, with nothing locked (the token), where it may give way; all that it holds is in its
    // descriptor or in the record, which the finish half takes up.
    unsafe {
        (*gp).resume = Resume::Finish(Finish::Pieces);
        at_pause(sys.lend(), gp, true);
        RT.sched.preempt_on_g0(gp)
    }
}

/// The finish half of a goroutine that yielded: the rest, and what its entry answers.
///
/// # Safety
/// As [`Finish::Pieces`] of `gp`.
pub unsafe fn go_on(sys: System<'_>, gp: *mut G) {
    // SAFETY: who is to go on so has left a record, which says how.
    unsafe { ((*(*gp).ext.progress).go_on)(sys, gp) }
}

/// The same, for the kind of work.
///
/// # Safety
/// As for [`go_on`]; [`leave`] was called for it with a `W`.
unsafe fn go_on_with<W: Work>(mut sys: System<'_>, gp: *mut G) {
    // SAFETY: `gp` goes on here, the current goroutine, and has left a `W` (this function's contract), with what that needs held; the
    // record is taken up once.
    unsafe {
        let mut work: W = take_up(gp);
        *sys.answer() = go(sys.lend(), gp, &mut work);
    }
}

/// Leaves the work of `gp`, which yields next, in a record.
///
/// # Safety
/// `gp` is this thread's, on g0.
unsafe fn leave<W: Work>(gp: *mut G, work: W) {
    let mut at = {
        let mut spare = RT.spare_progress.lock();
        let at = spare.head;
        if !at.is_null() {
            // SAFETY: a spare record, linked by `take_up`.
            spare.head = unsafe { (*at).spare };
        }
        at
    };
    if at.is_null() {
        // SAFETY: alignments of types are powers of two.
        at = unsafe { RT.sched.host().alloc_record(size_of::<Progress>(), align_of::<Progress>()) }.cast();
    }
    // SAFETY: a record that nothing else has, with room for each kind of work; the descriptor is this thread's to change.
    unsafe {
        Progress::place::<W>(at).write(work);
        (&raw mut (*at).go_on).write(go_on_with::<W>);
        (*gp).ext.progress = at;
    }
}

/// Takes up what [`leave`] left.
///
/// # Safety
/// As for [`go_on_with`].
unsafe fn take_up<W: Work>(gp: *mut G) -> W {
    // SAFETY: the record is the goroutine's, written by `leave` with a `W`; it is spare once that is read.
    unsafe {
        let at = core::mem::replace(&mut (*gp).ext.progress, null_mut());
        let work = Progress::place::<W>(at).read();
        let mut spare = RT.spare_progress.lock();
        (*at).spare = spare.head;
        spare.head = at;
        work
    }
}

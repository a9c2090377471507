//! The goroutines that mark, one per processor, without Go code: a worker is a task whose finish half marks on the system
//! stack for a while and parks it again. The scheduler asks for one before anything else ([`pick`]) and when there is nothing
//! else to do ([`pick_idle`]).
//!
//! A quarter of the processors' time goes to marking: whole processors (*dedicated*), and the rest as a *fraction* of each
//! one's time. Besides, whatever processors are idle mark, and allocating goroutines assist.

use crate::gc::marker::marker;
use crate::gc::{assists, events, share};
use crate::parts::Workers;
use crate::reason::Reason;
use crate::records::{Finish, Mode, Worker};
use crate::state::{G, GC, P, RT, g};
use crate::token::{Processor, System};
use core::sync::atomic::Ordering::*;
use goxide_gc::pacer::ASSIST_MAX;
use goxide_gc::{Drained, Left, Tracer};
use goxide_sched::Resume;
use goxide_sched::state::Status;

/// Part of the processors' time that marking may take, in percent.
const SHARE: i64 = 25;
/// How often an idle processor looks again, in a collection, for a goroutine that runs elsewhere.
const NAPS: u32 = 20;
/// How long a worker is due before a goroutine's entry does it: a small heap is marked by then.
const PATIENCE_NS: i64 = 1_000_000;
/// How long a worker that is not alone runs before others get their turn.
const SLICE_NS: i64 = 150_000;

/// What the kernel stretched a turn to counts up to so much: a process that was stopped for a while goes on as before.
const LONGEST_NS: i64 = 100_000_000;
/// What a worker may have of its fraction at a time. Where other processes want the processors, the time on the wall that a
/// fraction is taken of is not the program's: saved up, it would be all that the program gets, for as long as marking takes.
const BURST_NS: i64 = 500_000;

/// What is kept of it.
fn kept() -> &'static Workers {
    &RT.collection.workers
}

/// Marking begins: how the share is divided. With the world stopped.
pub fn plan(procs: u32, now: i64) {
    let total = i64::from(procs) * SHARE;
    let mut dedicated = (total + 50) / 100;
    // If rounding is off by more than three tenths, fractions are nearer to the share.
    if (dedicated * 100 - total).abs() * 10 > total * 3 && dedicated * 100 > total {
        dedicated -= 1;
    }
    kept().dedicated.store(dedicated as u32, Relaxed);
    kept().dedicated_free.store(dedicated as u32, Relaxed);
    kept().fraction.store(((total - dedicated * 100).max(0) / i64::from(procs)) as u32, Relaxed);
    kept().began.store(now, Relaxed);
}

/// The worker of `p` if it should run before anything else.
///
/// # Safety
/// This thread holds `p`, and no goroutine runs on it.
pub unsafe fn pick(p: *mut P, now: i64) -> *mut G {
    if !GC.is_marking() {
        return core::ptr::null_mut();
    }
    // SAFETY: this thread holds `p`, and no goroutine runs on it (this function's contract), so its worker is WAITING or
    // there is none, and nothing else uses the processor's part.
    unsafe {
        match GC.left() {
            Left::Work => {}
            Left::Later if take_ask(p) => return ready(p, Mode::Fraction),
            Left::Later if is_wanted(p) => {}
            _ => return core::ptr::null_mut(),
        }
        let free = kept().dedicated_free.load(Relaxed);
        if free > 0 && kept().dedicated_free.compare_exchange(free, free - 1, AcqRel, Relaxed).is_ok() {
            return ready(p, Mode::Dedicated);
        }
        let fraction = i64::from(kept().fraction.load(Relaxed));
        if fraction > 0 {
            let w = &mut (*p).ext.worker;
            begin_cycle(w);
            let now = if now == 0 { goxide_sys::time::nanotime() } else { now };
            // Past the goal there is no time to lose: every other turn, but no more, or no goroutine would run.
            let heap = RT.heap.live() as u64;
            let late = heap > RT.collection.account.goal.load(Relaxed) && !GC.is_limited(heap);
            w.other_turn = late && !w.other_turn;
            if w.other_turn || now >= w.due {
                return ready(p, Mode::Fraction);
            }
        }
        core::ptr::null_mut()
    }
}

/// A worker's fraction of its processor's time is counted from when the cycle began.
fn begin_cycle(w: &mut Worker) {
    if w.cycle != GC.cycle() {
        (w.cycle, w.due) = (GC.cycle(), kept().began.load(Relaxed));
    }
}

/// A worker has had a turn of its fraction, which began at a time and took so long.
#[inline(never)]
fn has_had(w: &mut Worker, begin: i64, took: i64) {
    let percent = i64::from(kept().fraction.load(Relaxed)).max(1);
    w.due = w.due.max(begin - BURST_NS * 100 / percent) + took.min(LONGEST_NS) * 100 / percent;
}

/// A goroutine's cache takes a span: what the worker of its processor is due is done here, in the goroutine's entry. A goroutine that has the
/// processor to itself yields every ten milliseconds, and would find all that was saved up by then in its way.
pub fn take_due(mut sys: System<'_>) {
    let begin = goxide_sys::time::nanotime();
    let w = &mut sys.part().worker;
    begin_cycle(w);
    if kept().fraction.load(Relaxed) == 0 || begin < w.due + PATIENCE_NS {
        return;
    }
    // SAFETY: a cycle that marks does not end while this thread has its processor, whose marker it is.
    let scanned = unsafe { GC.scan_some(marker(sys.lend().into_processor()), ASSIST_MAX as usize, false) };
    if scanned != 0 {
        let took = (goxide_sys::time::nanotime() - begin).min(2 * SLICE_NS);
        share::marked(Mode::Fraction, took);
        has_had(&mut sys.part().worker, begin, took);
    }
}

/// The worker of `p` if there is something to mark.
///
/// # Safety
/// As for [`pick`].
pub unsafe fn pick_idle(p: *mut P) -> *mut G {
    // SAFETY: this thread holds `p`, and no goroutine runs on it (this function's contract).
    unsafe {
        let wanted = GC.is_marking()
            && match left_for_idle(p) {
                Left::Work => true,
                Left::Later => take_ask(p) || is_wanted(p),
                Left::Nothing => false,
            };
        if wanted { ready(p, Mode::Idle) } else { core::ptr::null_mut() }
    }
}

/// Whether [`pick_idle`] would have one, on `p` that its thread gives up, or (null) on a processor that is idle. A goroutine that
/// gives up its processor in another way than by parking may be the one that is waited for: nobody else would ask it, since all
/// others may be idle.
///
/// # Safety
/// `p` is null, or nobody but this thread uses it.
pub unsafe fn wants_idle(p: *mut P) -> bool {
    GC.is_marking()
        // SAFETY: null, or nobody but this thread uses it (this function's contract).
        && match unsafe { left_for_idle(p) } {
            Left::Work => true,
            // SAFETY: not null, and nobody but this thread uses it (this function's contract).
            Left::Later => kept().ask.load(Relaxed) || !p.is_null() && unsafe { is_wanted(p) },
            Left::Nothing => false,
        }
}

/// What is left to mark for `p`, which is about to go idle. The goroutine may just have stopped on it that a root job is about, which is
/// in another marker's hands, or was put off by one that goes on with other work: nothing would run on its processor that makes it ask
/// again, so `p` sees to it that the marker does ([`goxide_gc::stops`]).
///
/// # Safety
/// `p` is null, or nobody but this thread uses it.
unsafe fn left_for_idle(p: *mut P) -> Left {
    // Work that `p` leaves to others is none for it.
    let look = || match GC.left() {
        Left::Work if is_crowded(u32::from(p.is_null())) => Left::Nothing,
        left => left,
    };
    let left = look();
    // SAFETY: not null, and nobody but this thread uses it (this function's contract).
    let look_again = left == Left::Nothing && !p.is_null() && unsafe { something_ran(p) } && GC.stops().stopped();
    if look_again { look() } else { left }
}

/// Whether the machine's processors are in use, so that an idle one of the program's is none of the machine's: what would mark there
/// would do so in the program's time. Only while a worker marks that stops for nothing else: others are not needed then. `more` processors would be in use if one is to mark: who asks for an idle one must come to
/// the answer that this one comes to when it is not idle any more, or it would look for work, and find none, until marking is over.
fn is_crowded(more: u32) -> bool {
    let (procs, cpus) = (RT.sched.proc_count(), RT.cpus.load(Relaxed));
    procs > cpus
        && kept().dedicated_free.load(Relaxed) < kept().dedicated.load(Relaxed)
        && RT.sched.busy_procs() + more > cpus
}

/// Whether the worker of `p` is to ask, since a goroutine has scanned itself or the monitor thinks so: for its turn, that is as if the
/// goroutine had stopped on `p`.
///
/// # Safety
/// This thread holds `p`.
unsafe fn take_ask(p: *mut P) -> bool {
    // Acquire pairs with the Release of `ask`: what the goroutine did comes before the turn.
    let asked = kept().ask.load(Relaxed) && kept().ask.swap(false, Acquire);
    if asked {
        // SAFETY: this thread holds `p` (this function's contract).
        unsafe { (*p).ext.worker.others_ran = true };
    }
    asked
}

/// A marker has work for others: an idle processor is woken for it, if that would take it.
pub fn call_idle() {
    if !is_crowded(1) {
        RT.sched.wake_proc();
    }
}

fn ask() {
    kept().ask.store(true, Release);
    RT.sched.wake_proc();
}

/// Whether a goroutine has run on `p` since its worker did: perhaps the one that is waited for.
///
/// # Safety
/// This thread holds `p`.
unsafe fn something_ran(p: *mut P) -> bool {
    // SAFETY: this thread holds `p` (this function's contract).
    unsafe { (*p).ext.worker.others_ran }
}

/// Whether the worker of `p` should have a turn although there are only jobs that were put off.
///
/// # Safety
/// This thread holds `p`.
unsafe fn is_wanted(p: *mut P) -> bool {
    // SAFETY: this thread holds `p` (this function's contract), for both.
    unsafe { something_ran(p) || (*p).ext.worker.again }
}

/// A goroutine goes on, on this thread's processor. Time slices would not show it: a goroutine readied by a goroutine that
/// then parks inherits its slice.
#[inline(always)]
pub fn ran_here(mut proc: Processor<'_>) {
    proc.part().worker.others_ran = true
}

/// A goroutine has scanned itself: if marking waits for those alone that run, its root job is done as soon as a marker asks.
pub fn scanned() {
    // A marker that has its job in hand may have seen that it had not.
    if GC.stops().stopped() && GC.left() == Left::Later {
        ask();
    }
}

/// The monitor looks; whether it should look again soon. A goroutine that marking waits for may have ended up where no processor notices:
/// in a system call, for one. So the monitor asks again from time to time; nothing does in between.
pub fn monitor_looks() -> bool {
    if !GC.is_marking() || GC.left() != Left::Later {
        return false;
    }
    ask();
    // The first time it begins to look often again, and then less and less.
    let cycle = GC.cycle();
    kept().monitored.swap(cycle, Relaxed) != cycle
}

/// Makes a worker runnable.
///
/// # Safety
/// As for [`pick`].
unsafe fn ready(p: *mut P, mode: Mode) -> *mut G {
    // SAFETY: the worker is this processor's, and WAITING whenever no goroutine runs on it.
    unsafe {
        let w = &mut (*p).ext.worker;
        if w.task.is_null() {
            w.task = new_task();
        }
        w.mode = mode;
        let t = w.task;
        (*t).resume = Resume::Finish(Finish::Worker);
        (*t).state.change(Status::WAITING, Status::RUNNABLE);
        t
    }
}

/// A parked goroutine that is Rust's: it has no frames.
///
/// # Safety
/// On g0 of a thread with a processor.
pub unsafe fn new_task() -> *mut G {
    // SAFETY: on g0 of a thread with a processor (this function's contract). It never enters Go code: each of its turns begins with a finish half that parks it again.
    unsafe {
        let pc = *crate::links::links().goexit;
        let t = RT.sched.spawn_parked(pc, 0, pc, 0, core::ptr::null_mut());
        (*t).ext.rust_task = true;
        RT.sched.mark_system(t);
        t
    }
}

/// Marks until a goroutine should have the processor.
///
/// # Safety
/// As [`Finish::Worker`] of `t`, which is the worker of this thread's processor.
pub unsafe fn work(sys: System<'_>, t: *mut G) {
    let p = sys.as_ptr();
    // SAFETY: a finish half: on g0, the worker is this thread's task. Workers run while a cycle marks, which ends with the world
    // stopped, and that waits for this thread's processor; the marker is that processor's. Of its part, beside which the marker
    // lies, this uses the worker's record, which only this thread does.
    unsafe {
        let mode = (*p).ext.worker.mode;
        let (begin, cpu) = (goxide_sys::time::nanotime(), goxide_sys::time::thread_cputime());
        let until = begin + if mode == Mode::Dedicated { 10_000_000 } else { SLICE_NS };
        let turn = GC.stops().turn((*p).ext.worker.others_ran);
        let mut tracer = Tracer::new(&GC, marker(sys.into_processor()));
        let mut naps = 0;
        let asked = loop {
            let r = tracer.drain(|| {
                // SAFETY: this thread's processor marks, without locks (this function's contract).
                assists::serve();
                if RT.sched.is_stopping() || (*t).preempt.load(Relaxed) {
                    return true;
                }
                if mode == Mode::Idle {
                    return RT.sched.has_runnable(p) || goxide_sys::time::nanotime() >= until;
                }
                goxide_sys::time::nanotime() >= until
            });
            // A goroutine that runs elsewhere has not come to a prologue yet: an idle processor may wait for it a little.
            let w = &mut (*p).ext.worker;
            if r != Drained::Later || mode != Mode::Idle || w.napped == GC.cycle() || RT.sched.has_runnable(p) {
                break r != Drained::Stopped;
            }
            naps += 1;
            if naps == NAPS {
                w.napped = GC.cycle();
            }
            goxide_sys::process::usleep(10);
        };
        let now = goxide_sys::time::nanotime();
        share::marked(mode, goxide_sys::time::thread_cputime() - cpu);
        share::update(now);
        // One that was stopped has not asked all that were put off: it is to be started again whatever runs in between. Likewise if a goroutine
        // has stopped meanwhile that may have run when it was asked for.
        (*p).ext.worker.others_ran = false;
        (*p).ext.worker.again = !asked || GC.stops().missed(turn);
        if mode == Mode::Dedicated {
            kept().dedicated_free.fetch_add(1, AcqRel);
        }
        if mode == Mode::Fraction {
            has_had(&mut (*p).ext.worker, begin, now - begin);
        }
        assists::serve();
        if GC.is_marking() && GC.looks_done() {
            events::notify(events::MARKED);
        }
        debug_assert!(g() == t);
        RT.sched.park_on_g0(t, None, 0, Reason::GcWorker)
    }
}

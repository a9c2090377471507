//! What leads through a collection: one task without Go code, woken by [`notify`], that stops the world where a phase changes,
//! and sweeps in the background.
//!
//! ```text
//!   idle ──due or asked──▶ sweep the rest ──▶ (world stopped: begin) ──▶ marking ──marked──▶ (world stopped: finish)
//!    ▲                                                                     ▲  └─ not yet ◀────────────┤
//!    └──────────────── nothing left to sweep ◀── sweeping ◀────────────────────────────── marking is over
//! ```
//!
//! A collection that is due is begun by the very goroutine that noticed, where it yields ([`begin_here`]): waking the task
//! first would take longer than the world is stopped. Everything else is the task's. But a goroutine that finds the heap past its
//! goal while the task still has to sweep, or to begin, begins in its place: the task may be on, or queued for, a thread that the kernel
//! does not let run, and the heap would grow for as long. How far it outgrows its goal depends on no other thread, then.
//!
//! Each turn of the task is a finish half on the system stack; between turns it is parked, queued, or waits for the world's
//! semaphore. Its state is [`Driver`], in the runtime's one value. [`notify`] may be called from anywhere: it sets an event, and readies
//! the task if that sleeps for it (`goxide_sched::events`, which is model-checked). A turn takes the events first and looks at
//! the phase and the heap afterwards; and whatever changes the phase in the task's place says so with an event.

use crate::gc::events::{self, ASKED, DUE, GIVEN_BACK, MARKED, PERIODIC, PROCS, WAITS};
use crate::gc::marker::marker;
use crate::gc::pacing::{self, enabled};
use crate::gc::{assists, globals, scan_self, stats, sweeping, worker};
use crate::panics::spare;
use crate::parts::{Driver, Phase};
use crate::reason::Reason;
use crate::records::{Acquired, Finish};
use crate::state::{G, GC, P, RT, m};
use crate::token::System;
use crate::{barrier, call, env, profile, trace};
use core::ptr::null_mut;
use core::sync::atomic::Ordering::*;
use goxide_alloc::sweep::Swept;
use goxide_gc::{Drained, Tracer};
use goxide_sched::Resume;
use goxide_sched::events::ANY;

/// How long the task sweeps before others get their turn.
const SWEEP_NS: i64 = 50_000;

/// What is kept of it.
fn kept() -> &'static Driver {
    &RT.collection.driver
}

/// Something has happened that the task should know of: it is made if this is the first time. On g0, with or without a processor.
pub fn notify(event: u32) {
    events::notify(event);
    // SAFETY: this is g0 (as the documentation above asks of who calls this).
    unsafe { make() }
}

/// Makes the task, parked, if there is none. What sets events for it without a processor (the monitor) relies on its being made before.
///
/// # Safety
/// On g0.
#[inline]
pub unsafe fn make() {
    if kept().task.load(Acquire).is_null() {
        // SAFETY: this is g0 (this function's contract).
        unsafe { make_first() }
    }
}

/// # Safety
/// On g0.
#[cold]
unsafe fn make_first() {
    // SAFETY: this is g0 (this function's contract), and as seen with a processor; the task is new, and under the lock this
    // thread is the only one that makes it.
    unsafe {
        if (*m()).proc.is_null() {
            // Without a processor the event waits for somebody who has one.
            return;
        }
        kept().making.lock();
        let mut wakes = false;
        if kept().task.load(Acquire).is_null() {
            let t = worker::new_task();
            (*t).resume = Resume::Finish(Finish::Driver);
            kept().task.store(t, Release);
            // From here on others may ready it. What was notified before is its first turn's.
            wakes = !kept().events.try_sleep(ANY);
        }
        kept().making.unlock();
        if wakes {
            RT.sched.ready(kept().task.load(Acquire), true);
        }
    }
}

/// Parks the task until one of `events` happens. Others stay for later.
///
/// # Safety
/// On g0 with a processor; `t` is the task, runs on this thread, and its context is saved.
unsafe fn wait_for(t: *mut G, events: u32) -> ! {
    /// # Safety
    /// As an `Unlock` of the scheduler's.
    unsafe fn stay(_t: *mut G, events: usize) -> bool {
        kept().events.try_sleep(events as u32)
    }
    // SAFETY: on g0, the task runs on this thread.
    unsafe {
        (*t).resume = Resume::Finish(Finish::Driver);
        RT.sched.park_on_g0(t, Some(stay), (events | PROCS) as usize, Reason::GcWorker)
    }
}

/// # Safety
/// As for [`wait_for`].
unsafe fn park(t: *mut G) -> ! {
    // SAFETY: on g0 with a processor; the task runs on this thread (this function's contract).
    unsafe { wait_for(t, ANY) }
}

/// Parks until marking may be over, or turns out not to begin.
///
/// # Safety
/// As for [`wait_for`].
unsafe fn wait_while_marking(t: *mut G) -> ! {
    // SAFETY: on g0 with a processor; the task runs on this thread (this function's contract).
    unsafe { wait_for(t, MARKED | GIVEN_BACK) }
}

/// # Safety
/// As for [`wait_for`].
unsafe fn again(t: *mut G) -> ! {
    // SAFETY: on g0 with a processor; the task runs on this thread, and its context is saved (this function's contract).
    unsafe {
        (*t).resume = Resume::Finish(Finish::Driver);
        RT.sched.yield_on_g0(t)
    }
}

/// One turn of the task.
///
/// # Safety
/// As a finish half of the task: as for `wait_for`.
pub unsafe fn turn(t: *mut G) {
    // SAFETY: a finish half of the task: on g0, with a processor.
    unsafe {
        if kept().events.take(PROCS) != 0 {
            with_world(t, Acquired::Resize)
        }
        // Before the look at the phase: what it becomes afterwards comes with an event after these.
        let marked = kept().events.take(MARKED | GIVEN_BACK) & MARKED != 0;
        if sweeping::end() {
            keep(ASKED);
        }
        match kept().phase.load(Acquire) {
            Phase::Idle => {
                let why = kept().events.take(ANY & !PROCS);
                if why & WAITS != 0 {
                    sweeping::serve();
                }
                let wanted = match why {
                    _ if why & ASKED != 0 => ASKED,
                    _ if why & DUE != 0 && GC.is_due() => DUE,
                    _ if why & PERIODIC != 0 => PERIODIC,
                    _ => 0,
                };
                if wanted == 0 || !enabled() {
                    park(t)
                }
                if !claim(Phase::Preparing) {
                    // A goroutine was faster: who asked must wait for the collection after that one.
                    keep(why & (ASKED | PERIODIC));
                    wait_while_marking(t)
                }
                kept().why.store(wanted, Relaxed);
                prepare(t)
            }
            Phase::Preparing => prepare(t),
            // A goroutine is just beginning. What said that marking is over spoke of the last collection.
            Phase::Beginning => wait_while_marking(t),
            Phase::Marking => {
                // What else was asked for is remembered until this collection is over.
                kept().events.take(DUE);
                if marked || GC.looks_done() {
                    with_world(t, Acquired::EndMarking)
                }
                wait_while_marking(t)
            }
            Phase::Sweeping => sweep(t),
        }
    }
}

/// Sets events for a later turn of the task, which runs.
fn keep(events: u32) {
    let readies = kept().events.set(events);
    debug_assert!(!readies, "the task runs");
}

/// Takes on the next collection; false if another goroutine has.
fn claim(by: Phase) -> bool {
    kept().phase.change(Phase::Idle, by)
}

/// Takes the next collection from the task, which sweeps for it, or is about to begin it; false if it is not in such a phase. That the
/// task's turn is over when the world is stopped, the caller may rely on: a turn has no safepoint.
fn take_over() -> bool {
    if kept().phase.change(Phase::Sweeping, Phase::Beginning) {
        kept().why.store(DUE, Relaxed);
    } else if !kept().phase.change(Phase::Preparing, Phase::Beginning) {
        return false;
    }
    kept().taken_over.store(true, Relaxed);
    true
}

/// The heap has reached its trigger, and `gp` is about to yield: it begins the collection. Comes back if that is for the
/// task to do, after notifying it.
///
/// # Safety
/// On g0 of this thread's goroutine, whose context is saved at a prologue or at the end of an entry; or with `pieces` amid work that
/// [`Finish::Pieces`] goes on with.
pub unsafe fn begin_here(_: System<'_>, gp: *mut G, pieces: bool) {
    // SAFETY: on g0 of this thread's goroutine, whose context is saved where it may yield (this function's contract), with
    // a processor, since it ran.
    unsafe {
        make();
        let past = RT.heap.live() as u64 > RT.collection.account.goal.load(Relaxed);
        if past {
            sweeping::sweep_until(goxide_sys::time::nanotime() + 4 * SWEEP_NS);
        }
        // A few spans that were overlooked are swept at once; more are the task's.
        if RT.heap.unswept() > 64 || !GC.is_due() {
            return notify(DUE);
        }
        if claim(Phase::Beginning) {
            kept().why.store(DUE, Relaxed);
            while RT.heap.sweep_one() != Swept::Nothing {}
            if RT.heap.unswept() != 0 && !past {
                kept().phase.store(Phase::Idle, Release);
                assists::serve_all();
                return notify(DUE | GIVEN_BACK);
            }
        } else if !past || !take_over() {
            return notify(DUE);
        }
        // What it was asked to yield for is this. Otherwise it would queue up first.
        (*gp).preempt.store(false, Relaxed);
        (*gp).reset_guard();
        kept().asked_at.store(goxide_sys::time::nanotime(), Relaxed);
        RT.sched.acquire_then_on_g0(gp, RT.sched.world_semaphore(), false, Reason::GcWorker, Acquired::BeginHere { pieces })
    }
}

/// The world's semaphore is held: marking begins, and `gp` goes on.
///
/// # Safety
/// On g0 with a processor; `gp` runs on this thread, its context is saved, and it holds the world's semaphore.
pub unsafe fn begun_here(sys: System<'_>, gp: *mut G) {
    // SAFETY: on g0 with a processor, and the world's semaphore is held (this function's contract): the world may be stopped, and is in
    // between.
    unsafe {
        RT.sched.stop_the_world();
        begin_stopped(sys, kept().asked_at.load(Relaxed), gp);
        start_again();
        RT.sched.release(RT.sched.world_semaphore(), true);
        // It goes on here, not where it yielded.
        (*gp).resume = Resume::AtOnce;
    }
}

/// The world runs again. If marking is over, what that is followed by and needs no stopped world is done before the next collection can
/// begin, for which another goroutine may stop the world at once.
///
/// # Safety
/// On g0 with a processor, without locks; this thread has stopped the world, and holds its semaphore.
unsafe fn start_again() {
    // SAFETY: this thread has stopped the world; it has a processor, and no locks (this function's contract).
    unsafe {
        RT.sched.start_the_world();
        stats::after_end();
        assists::serve();
    }
}

/// Sweeps what the last collection left, then begins.
///
/// # Safety
/// As for [`turn`].
unsafe fn prepare(t: *mut G) -> ! {
    // SAFETY: on g0 with a processor; the task runs on this thread, and its context is saved (this function's contract).
    unsafe {
        if !sweeping::sweep_until(goxide_sys::time::nanotime() + 4 * SWEEP_NS) {
            again(t)
        }
        with_world(t, Acquired::BeginMarking)
    }
}

/// Goes on as `then` says when the world is this task's to stop.
///
/// # Safety
/// As for [`turn`]; `then` may be done when the task holds the world's semaphore.
unsafe fn with_world(t: *mut G, then: Acquired) -> ! {
    // SAFETY: on g0, the task runs on this thread.
    unsafe { RT.sched.acquire_then_on_g0(t, RT.sched.world_semaphore(), false, Reason::GcWorker, then) }
}

/// Calls `f` with each processor. With the world stopped.
///
/// # Safety
/// The world is stopped by this thread; `f` keeps no reference.
unsafe fn each_proc(mut f: impl FnMut(&mut P)) {
    // SAFETY: the world is stopped: processors are in no hands but this thread's.
    RT.sched.for_each_proc(|p| f(unsafe { &mut *p }));
}

/// The world's semaphore is held: marking begins.
///
/// # Safety
/// As for [`turn`]; the task holds the world's semaphore.
pub unsafe fn begin(sys: System<'_>, t: *mut G) {
    // SAFETY: on g0 with a processor, the task runs on this thread, and it holds the world's semaphore (this function's contract): the world
    // may be stopped, and is in between.
    unsafe {
        if !kept().phase.change(Phase::Preparing, Phase::Beginning) {
            // A goroutine has taken over. What was asked for is that collection.
            RT.sched.release(RT.sched.world_semaphore(), false);
            after(t)
        }
        let asked = goxide_sys::time::nanotime();
        RT.trace.stop_reason.store(2, Relaxed);
        RT.sched.stop_the_world();
        begin_stopped(sys, asked, null_mut());
        start_again();
        RT.sched.release(RT.sched.world_semaphore(), false);
        after(t)
    }
}

/// Empties what programs keep for as long as no collection begins: `sync.Pool`s, and the caches of package crypto/internal/boring.
///
/// # Safety
/// The world is stopped by this thread, and nothing is being marked: no barrier is needed.
unsafe fn clear_caches(sys: System<'_>) {
    // SAFETY: Go's function, which runs on the system stack while the world is stopped; the list is Go's, and its elements are
    // whole before they are part of it. Nothing else writes the words meanwhile (this function's contract).
    unsafe {
        let clean = kept().pool_cleanup.load(Acquire);
        if clean != 0 {
            call::call_on_g0(sys, clean as *const usize, &[0; 5]);
        }
        let mut slot = kept().cache_slots.load(Acquire).as_ref().map_or(core::ptr::null(), |list| *list);
        while let Some(s) = slot.as_ref() {
            *s.at = null_mut();
            slot = s.next;
        }
    }
}

/// Marking begins, unless it is not wanted any more. With the world stopped; `asked` is when that was asked for. `gp` is the
/// goroutine that stands on this thread, or null.
///
/// # Safety
/// The world is stopped by this thread; `gp` is null or the goroutine of this thread, whose context is saved.
unsafe fn begin_stopped(mut sys: System<'_>, asked: i64, gp: *mut G) {
    // SAFETY: the world is stopped.
    unsafe {
        debug_assert!(kept().phase.load(Relaxed) == Phase::Beginning);
        let taken_over = kept().taken_over.swap(false, Relaxed);
        let wanted = match kept().why.load(Relaxed) {
            // Who took over has seen that it is. The task counts on this one.
            _ if taken_over => true,
            DUE => GC.is_due(),
            PERIODIC => GC.pace(|p| p.percent) >= 0,
            _ => true,
        };
        if !wanted {
            // Settings have changed in the meantime. A change from now on sees whether it is marking. The task may be
            // waiting for this to become a collection, with other events at hand.
            kept().phase.store(Phase::Idle, Release);
            return notify(GIVEN_BACK);
        }
        let (now, cpu) = (goxide_sys::time::nanotime(), goxide_sys::time::thread_cputime());
        stats::begin(now, kept().why.load(Relaxed) == ASKED);
        // Others may have begun to sweep a span when this task saw none: they are over now.
        while RT.heap.sweep_one() != Swept::Nothing {}
        sweeping::over();
        clear_caches(sys.lend());
        each_proc(|p| {
            p.ext.cache.flush(&RT.heap);
            spare::forget(&mut p.ext);
            barrier::reset(p);
        });
        worker::plan(RT.sched.proc_count(), now);
        GC.begin_mark();
        if let Some(watcher) = trace::batches::watcher() {
            (watcher.collecting)(true, stats::with(|s| s.live), GC.pace(|p| p.goal()));
        }
        barrier::turn(true);
        kept().phase.store(Phase::Marking, Relaxed);
        let debug = &env::process().debug;
        let stopped = debug.gcstoptheworld != 0;
        if stopped {
            if !gp.is_null() {
                // It runs, so that no marker would touch it.
                scan_self::scan_here(sys.lend(), gp);
            }
            mark_all(sys.lend());
            finish_stopped(sys, asked, cpu);
            notify(MARKED);
        } else {
            stats::stopped(asked, goxide_sys::time::nanotime(), cpu);
        }
    }
}

/// `GODEBUG=gcstoptheworld=1`: all of the marking, here and now.
///
/// # Safety
/// The world is stopped by this thread, and a cycle marks.
unsafe fn mark_all(mut sys: System<'_>) {
    // SAFETY: the world is stopped, by this thread, which ends marking later; its marker is the collector's.
    unsafe {
        loop {
            let mut tracer = Tracer::new(&GC, marker(sys.processor()));
            if tracer.drain(|| false) != Drained::Later {
                break;
            }
        }
    }
}

/// The world's semaphore is held: marking ends, or goes on.
///
/// # Safety
/// As for [`turn`]; the task holds the world's semaphore.
pub unsafe fn finish(sys: System<'_>, t: *mut G) {
    // SAFETY: on g0 with a processor, the task runs on this thread, and it holds the world's semaphore (this function's contract): the world
    // may be stopped, and is in between.
    unsafe {
        let asked = goxide_sys::time::nanotime();
        if !GC.looks_done() {
            // It was a false alarm, seen without stopping the world.
            RT.sched.release(RT.sched.world_semaphore(), false);
            after(t)
        }
        RT.trace.stop_reason.store(1, Relaxed);
        RT.sched.stop_the_world();
        finish_stopped(sys, asked, goxide_sys::time::thread_cputime());
        start_again();
        RT.sched.release(RT.sched.world_semaphore(), false);
        after(t)
    }
}

/// Ends marking if it is over. With the world stopped; `asked` is when that was asked for, `cpu` what this thread had used of its
/// processor when it was.
///
/// # Safety
/// The world is stopped by this thread, and a cycle marks.
unsafe fn finish_stopped(mut sys: System<'_>, asked: i64, cpu: i64) {
    // SAFETY: the world is stopped.
    unsafe {
        RT.sched.for_each_proc(|p| {
            // SAFETY: nothing else uses the processor now.
            barrier::tell(p, marker(sys.processor()))
        });
        if !GC.try_finish(marker(sys.processor())) {
            // More work has turned up than fits into a stop.
            stats::stopped(asked, goxide_sys::time::nanotime(), cpu);
            return;
        }
        barrier::turn(false);
        if let Some(watcher) = trace::batches::watcher() {
            (watcher.collecting)(false, stats::with(|s| s.live), GC.pace(|p| p.goal()));
        }
        each_proc(|p| p.ext.cache.flush(&RT.heap));
        if env::process().debug.gccheckmark != 0 {
            GC.check(marker(sys.processor()));
        }
        // Stacks of goroutines that ended are no roots.
        let dead = RT.sched.dead_stacks();
        kept().dead_stacks.store(dead, Relaxed);
        kept().stacks_to_release.store(true, Relaxed);
        let dead = RT.stacks.free_bytes() + dead as usize * goxide_stack::MIN_STACK;
        let roots = (RT.stacks.bytes().saturating_sub(dead) + globals::bytes()) as u64;
        let ended =
            GC.end_cycle(roots, pacing::overhead(), stats::shares(goxide_sys::time::nanotime(), RT.sched.proc_count()));
        pacing::set_sweep_ratio();
        profile::marked();
        kept().sweeps.store(true, Relaxed);
        kept().phase.store(Phase::Sweeping, Relaxed);
        let now = goxide_sys::time::nanotime();
        stats::stopped(asked, now, cpu);
        stats::ended(now, &ended, RT.sched.proc_count());
        kept().done.fetch_add(1, Release);
    }
}

/// The world's semaphore is held: the number of processors changes, if that is still wanted.
///
/// # Safety
/// As for [`turn`]; the task holds the world's semaphore.
pub unsafe fn resize(_: System<'_>, t: *mut G) {
    // SAFETY: on g0 with a processor, the task runs on this thread, and it holds the world's semaphore (this function's contract): the world
    // may be stopped.
    unsafe {
        let procs = RT.procs.wanted.load(Relaxed);
        if !RT.procs.fixed.load(Relaxed) && procs != 0 && procs != RT.sched.proc_count() {
            RT.sched.stop_the_world();
            if let Some(watcher) = trace::batches::watcher() {
                (watcher.resizing)(procs);
            }
            RT.sched.set_proc_count(procs);
            RT.sched.start_the_world();
        }
        RT.sched.release(RT.sched.world_semaphore(), false);
        again(t)
    }
}

/// Where the task goes on after a phase has changed.
///
/// # Safety
/// As for [`turn`].
unsafe fn after(t: *mut G) -> ! {
    // SAFETY: on g0 with a processor; the task runs on this thread, and its context is saved (this function's contract).
    unsafe {
        match kept().phase.load(Relaxed) {
            Phase::Marking | Phase::Beginning => wait_while_marking(t),
            Phase::Idle | Phase::Preparing => again(t),
            Phase::Sweeping => sweep(t),
        }
    }
}

/// Sweeps for a while; when all is swept, what waited for that goes on.
///
/// # Safety
/// As for [`turn`].
unsafe fn sweep(t: *mut G) -> ! {
    // SAFETY: on g0 with a processor; the task runs on this thread, and its context is saved (this function's contract).
    unsafe {
        let somebody_waits = !kept().waiting.lock().head.is_null();
        let slice = if somebody_waits { 20 * SWEEP_NS } else { SWEEP_NS };
        let until = goxide_sys::time::nanotime() + slice;
        if !sweeping::free_stacks_until(until) || !sweeping::sweep_until(until) {
            again(t)
        }
        sweeping::over();
        // Unless a goroutine has taken over.
        kept().phase.change(Phase::Sweeping, Phase::Idle);
        if sweeping::end() {
            keep(ASKED);
        }
        // At once to whatever was asked for in the meantime.
        again(t)
    }
}

/// `runtime.GC`: the goroutine goes on when a collection that begins after this call is over, and everything is swept.
///
/// # Safety
/// In a system entry of `gp`; its finish half must be set by the caller, or is not needed.
pub unsafe fn collect_and_wait(_: System<'_>, gp: *mut G) -> ! {
    // SAFETY: in a system entry of `gp`, so on g0 with its context saved; a finish half, if it is needed, is set (this
    // function's contract). The goroutine is not on a list yet, so nothing else writes `param`.
    unsafe {
        // A collection that is marking began before this call: the one after it.
        (*gp).ext.waits_for = GC.cycle() + 1;
        RT.sched.park_on_g0(gp, Some(enlist), ASKED as usize, Reason::GcCycle)
    }
}

/// For `SetGCPercent(-1)`: if a collection is marking, the goroutine goes on when it is over, with the result `r0`.
///
/// # Safety
/// In a system entry of `gp`, which returns `r0` next.
pub unsafe fn wait_for_marking(_: System<'_>, gp: *mut G, r0: usize) {
    // SAFETY: in a system entry of `gp`, which returns `r0` next (this function's contract): on g0, its context saved, with
    // the word for that result. The goroutine is not on a list yet, so nothing else writes `param`.
    unsafe {
        if GC.is_marking() {
            (*gp).ext.waits_for = GC.cycle();
            (*gp).ctx.regs[0] = r0;
            RT.sched.park_on_g0(gp, Some(enlist), WAITS as usize, Reason::GcCycle)
        }
    }
}

/// `event` is why it waits.
///
/// # Safety
/// As an `Unlock` of the scheduler's.
unsafe fn enlist(gp: *mut G, event: usize) -> bool {
    // SAFETY: the goroutine is parked; from the moment it is on the list it may be readied.
    unsafe {
        {
            let mut list = kept().waiting.lock();
            (*gp).link = list.head;
            list.head = gp;
        }
    }
    notify(event as u32);
    true
}

//! The hooks: what the scheduler, the collector and the program report while something is watched, and what becomes of it: events of a trace,
//! and the times from ready to running for `runtime/metrics`.

use super::batches::{LATENCY, TRACE, Writer, each_local, is_on, local, running_task};
use super::{seen, tables};
use crate::parts::Observed;
use crate::persistent::{GoPersistent, pc_cache};
use crate::reason::Reason;
use crate::state::{G, M, P, RT, m, symtab};
use crate::token::{Processor, System};
use crate::unwind;
use core::ptr::null_mut;
use core::sync::atomic::Ordering::*;
use goxide_alloc::sweep::Work;
use goxide_gotypes::mem::Persistent;
use goxide_gotypes::trace::{EVENT, Kind};
use goxide_sched::Event;
use goxide_symtab::Native;
use goxide_symtab::frames::{callers, expand};
use goxide_symtab::unwind::Start;
use goxide_sys::time::nanotime;

/// What is kept of a goroutine that is watched.
///
/// # Safety
/// `gp` is a goroutine, and this thread is to write about it: it runs it, readies it, or has stopped the world.
pub unsafe fn observed(gp: *mut G) -> &'static mut Observed {
    // SAFETY: descriptors stay, and nothing else writes about this one (this function's contract).
    unsafe {
        let slot = &raw mut (*gp).ext.observed;
        if (*slot).is_null() {
            *slot = GoPersistent.persistent(size_of::<Observed>(), align_of::<Observed>()).cast();
        }
        &mut **slot
    }
}

/// The number of the stack from `start` on; 0 if it cannot be walked. The entry's stub that stands for a statement of the language
/// is part of it, others are not.
///
/// # Safety
/// The goroutine's frames stay; `start` is where it stands.
pub unsafe fn stack_of(proc: Processor<'_>, gp: *mut G, start: Start) -> u64 {
    let mut pcs = [0; tables::CALLS];
    // SAFETY: the goroutine's frames stay (this function's contract).
    unsafe {
        if (*gp).stack.is_none() {
            return 0;
        }
        let tab = symtab();
        let mut n = callers::<Native>(tab, pc_cache(proc), start, unwind::limits(gp), 0, &mut pcs);
        let outermost = |n: usize| {
            n > 0 && tab.find_func(pcs[n - 1] - 1).is_some_and(|f| matches!(f.name(), b"runtime.goexit" | b"runtime.main"))
        };
        while outermost(n) {
            n -= 1;
        }
        let inner = pcs[..n].iter().take_while(|pc| expand(tab, **pc).is_some_and(|f| is_inner(f.name()))).count();
        tables::stack(&pcs[inner..n])
    }
}

/// Functions between a call of the program's and the entry that does what it asks for.
fn is_inner(name: &[u8]) -> bool {
    const INNER: [&[u8]; 10] = [
        b"runtime.Gosched",
        b"runtime.collect",
        b"internal/poll.(*pollDesc).wait",
        b"sync.runtime_",
        b"internal/poll.runtime_",
        b"sync.(*Mutex).lockSlow",
        b"sync.(*Mutex).unlockSlow",
        b"sync.(*RWMutex).rUnlockSlow",
        b"runtime.newproc",
        b"runtime/trace.user",
    ];
    INNER.iter().any(|inner| name.starts_with(inner))
}

/// The stack of the goroutine that runs on this thread and stands in an entry.
///
/// # Safety
/// On the system stack; if a goroutine runs here, its context is saved.
unsafe fn own_stack(gp: *mut G) -> u64 {
    // SAFETY: the context is saved (this function's contract); the thread holds a processor, or there is no goroutine; a hook borrows
    // nothing of the processor's part.
    unsafe {
        match gp.is_null() || (*m()).proc.is_null() {
            true => 0,
            false if (*gp).stack.is_none() => 0,
            false => {
                let mut proc = Processor::assume();
                let key = seen::key(pc_cache(proc.lend()), gp);
                seen::number(&raw mut (*(*m()).proc).ext.seen, key, || {
                    let is_whole = seen::is_whole(pc_cache(proc.lend()), gp);
                    (stack_of(proc, gp, unwind::saved(gp)), is_whole)
                })
            }
        }
    }
}

/// Makes the trace know a goroutine of which it has heard nothing, as one that waits (`waits`) or is runnable.
///
/// # Safety
/// As for [`observed`].
unsafe fn known<'o>(w: &mut Writer<'_>, gp: *mut G, waits: bool) -> &'o mut Observed {
    // SAFETY: this function's contract is that of `observed`.
    unsafe {
        let o = observed(gp);
        let generation = RT.trace.generation.load(Relaxed);
        if (o.generation, o.id) != (generation, (*gp).id) {
            (o.generation, o.id, o.seq, o.in_syscall, o.proc) = (generation, (*gp).id, 0, false, null_mut());
            w.event(Kind::GoCreate, &[o.id, tables::stack(&[(*gp).start_pc + 1]), 0]);
            if waits {
                o.seq = 1;
                w.event(Kind::GoWaiting, &[o.id]);
            }
        }
        o
    }
}

/// Makes the batch of this thread's processor say that `gp` runs there.
///
/// # Safety
/// `gp` runs on this thread, `mp`, which holds the processor of the batch.
unsafe fn running(w: &mut Writer<'_>, mp: *mut M, gp: *mut G) {
    // SAFETY: the goroutine runs here (this function's contract), so that what is kept of it is this thread's.
    unsafe {
        let id = (*gp).id;
        w.reconcile(mp, id);
        if w.local.running.load(Relaxed) == id {
            observed(gp).in_syscall = false;
            return;
        }
        let o = known(w, gp, false);
        if core::mem::take(&mut o.in_syscall) {
            o.seq += 1;
            w.event(Kind::GoSysExit, &[id, o.seq, 0]);
        }
        o.seq += 1;
        w.event(Kind::GoStart, &[id, o.seq]);
        w.local.running.store(id, Relaxed);
    }
}

/// `gp` goes on, on this thread.
///
/// # Safety
/// On the system stack of a thread with a processor, on which `gp` runs from now on.
#[cold]
#[inline(never)]
pub unsafe fn resumed(gp: *mut G) {
    // SAFETY: the goroutine runs here (this function's contract); processors stay.
    unsafe {
        if (*gp).ext.rust_task {
            return;
        }
        let watching = RT.watching.load(Relaxed);
        if watching & LATENCY != 0 && !(*gp).ext.observed.is_null() {
            let since = core::mem::take(&mut observed(gp).ready_at);
            if since != 0 {
                RT.latencies.record(nanotime() - since);
            }
        }
        if watching & TRACE == 0 {
            return;
        }
        let mp = m();
        let p = (*mp).proc;
        if !(*gp).ext.observed.is_null() && observed(gp).in_syscall {
            left(gp, p);
        }
        if let Some(mut w) = local(p).open() {
            running(&mut w, mp, gp);
        }
    }
}

/// A goroutine that comes back from a system call to processor `p` has lost the one it had, unless that is `p`.
///
/// # Safety
/// As for [`resumed`].
unsafe fn left(gp: *mut G, p: *mut P) {
    // SAFETY: this thread holds `p` and the goroutine is its own, or both are stopped (`resumed`'s contract): what is observed of the
    // goroutine has no other user. A processor's part of the trace is behind its lock.
    unsafe {
        let old = core::mem::replace(&mut observed(gp).proc, null_mut());
        if !old.is_null()
            && old != p
            && let Some(mut w) = local(old).open()
            && w.local.running.load(Relaxed) == (*gp).id
        {
            w.local.running.store(0, Relaxed);
            w.event(Kind::GoSysBlock, &[]);
        }
    }
}

/// The kind of event for why a goroutine waits.
fn block(reason: Reason) -> Kind {
    match reason {
        Reason::ChanReceiveNil | Reason::ChanSendNil | Reason::SelectNoCases => Kind::GoStop,
        Reason::ChanReceive => Kind::GoBlockRecv,
        Reason::ChanSend => Kind::GoBlockSend,
        Reason::Select => Kind::GoBlockSelect,
        Reason::Sleep => Kind::GoSleep,
        Reason::CondWait => Kind::GoBlockCond,
        Reason::IoWait => Kind::GoBlockNet,
        Reason::Semacquire | Reason::MutexLock | Reason::RwMutexRLock | Reason::RwMutexLock => Kind::GoBlockSync,
        Reason::GcAssistMarking | Reason::GcAssistWait => Kind::GoBlockGc,
        _ => Kind::GoBlock,
    }
}

/// The scheduler's hook.
///
/// # Safety
/// As `Host::trace` is called.
#[cold]
#[inline(never)]
pub unsafe fn happened(event: Event, gp: *mut G) {
    // SAFETY: on the system stack of one of the scheduler's threads (this function's contract): what is reported of a goroutine is
    // reported by the thread that runs it, makes it, or has the duty to ready it.
    unsafe {
        if gp.is_null() {
            return happened_to_none(event);
        }
        if (*gp).ext.rust_task {
            return;
        }
        let watching = RT.watching.load(Relaxed);
        if watching & LATENCY != 0 && matches!(event, Event::Ready | Event::Spawn | Event::Yield | Event::Preempt) {
            observed(gp).ready_at = nanotime();
        }
        if watching & TRACE == 0 {
            return;
        }
        let mp = m();
        let p = (*mp).proc;
        let own = running_task();
        match event {
            Event::Park | Event::Yield | Event::Preempt | Event::Exit => {
                let stack = if event == Event::Exit { 0 } else { own_stack(gp) };
                let Some(mut w) = local(p).open() else { return };
                running(&mut w, mp, gp);
                w.local.running.store(0, Relaxed);
                match event {
                    Event::Park => w.event(block((*gp).wait_reason), &[stack]),
                    Event::Preempt => w.event(Kind::GoPreempt, &[stack]),
                    Event::Yield => w.event(Kind::GoSched, &[stack]),
                    _ => w.event(Kind::GoEnd, &[]),
                }
            }
            Event::Ready | Event::Spawn => {
                let stack = own_stack(own);
                let Some(mut w) = local(p).open() else { return };
                match own.is_null() || p.is_null() {
                    true if p.is_null() => {}
                    true => w.reconcile(mp, 0),
                    false => running(&mut w, mp, own),
                }
                if event == Event::Spawn {
                    let o = observed(gp);
                    (o.generation, o.id, o.seq) = (RT.trace.generation.load(Relaxed), (*gp).id, 0);
                    (o.in_syscall, o.proc) = (false, null_mut());
                    w.event(Kind::GoCreate, &[o.id, tables::stack(&[(*gp).start_pc + 1]), stack]);
                } else {
                    let o = known(&mut w, gp, true);
                    o.seq += 1;
                    w.event(Kind::GoUnblock, &[o.id, o.seq, stack]);
                }
            }
            // Starts and system calls are not told here; the others have no task.
            _ => {}
        }
    }
}

/// An event that no task has to do with.
///
/// # Safety
/// As for [`happened`].
unsafe fn happened_to_none(event: Event) {
    // SAFETY: the scheduler calls its hook for these events on the system stack of a thread with a processor, and for a stop of the world by
    // the thread that has the right to it.
    unsafe {
        match event {
            Event::GiveUp => given_up(),
            Event::StopWorld => stopping(),
            Event::WorldRuns => runs_again(),
            _ => {}
        }
    }
}

/// This thread gives its processor up, which nothing runs on from now on.
///
/// # Safety
/// On the system stack of a thread with a processor.
unsafe fn given_up() {
    if !is_on() {
        return;
    }
    // SAFETY: this thread's descriptor, which holds a processor (this function's contract); processors stay.
    let Some(mut w) = unsafe { local((*m()).proc) }.open() else { return };
    if w.local.running.swap(0, Relaxed) != 0 {
        // It is in a system call.
        w.event(Kind::GoSysBlock, &[]);
    }
    if w.local.thread.swap(0, Relaxed) != 0 {
        w.event(Kind::ProcStop, &[]);
    }
}

/// This thread is about to stop the world.
///
/// # Safety
/// On the system stack of a thread with a processor, which has the right to stop the world.
unsafe fn stopping() {
    let why = RT.trace.stop_reason.swap(0, Relaxed);
    if is_on() {
        RT.trace.stopped.store(true, Relaxed);
        // SAFETY: this function's contract is that of `report`.
        unsafe { report(Kind::StwStart, &[why], false, b"") }
    }
}

/// The world runs again.
///
/// # Safety
/// As for [`stopping`].
pub(super) unsafe fn runs_again() {
    if !is_on() {
        return;
    }
    // SAFETY: this function's contract is that of `report`.
    unsafe {
        let procs = RT.sched.proc_count();
        if RT.trace.procs.swap(procs, Relaxed) != procs {
            report(Kind::Gomaxprocs, &[u64::from(procs)], true, b"");
        }
        // A trace that was begun while the world was stopped has not seen it stop.
        if RT.trace.stopped.swap(false, Relaxed) {
            report(Kind::StwDone, &[], false, b"");
        }
    }
}

/// The current goroutine begins (or ends) to pay for what it has allocated by marking.
///
/// # Safety
/// On the system stack of a thread with a processor, in an entry of the goroutine or before it goes on.
#[cold]
pub unsafe fn assisting(begins: bool) {
    // SAFETY: this function's contract is that of `report`.
    unsafe {
        if is_on() && !running_task().is_null() {
            report(if begins { Kind::GcMarkAssistStart } else { Kind::GcMarkAssistDone }, &[], begins, b"");
        }
    }
}

/// The current goroutine has swept for what it allocates, since `since`. Both events are written now, when it is certain that there was something
/// to sweep; nothing else was written for its processor in between.
///
/// # Safety
/// As for [`assisting`].
#[cold]
pub unsafe fn swept(since: i64, work: Work) {
    // SAFETY: this function's contract is that of `report_since`.
    unsafe {
        if is_on() && !running_task().is_null() {
            report_since(since, Kind::GcSweepStart, &[], true, b"");
            report(Kind::GcSweepDone, &[work.swept as u64, work.freed as u64], false, b"");
        }
    }
}

/// The goroutine of this thread has entered a system call, and given up its processor for the time.
///
/// # Safety
/// On the system stack of the thread, after `enter_syscall`.
#[cold]
pub unsafe fn syscall_entered() {
    // SAFETY: this thread's goroutine, whose place is saved until it comes back; processors stay.
    unsafe {
        let mp = m();
        let gp = crate::state::g();
        let p = (*mp).old_proc;
        if RT.watching.load(Relaxed) & TRACE == 0 || (*gp).ext.rust_task || p.is_null() {
            return;
        }
        let mut pcs = [0; tables::CALLS];
        let mut cache = goxide_symtab::PcCache::new();
        let start = Start::saved((*gp).syscall_pc, (*gp).syscall_sp, 0);
        let tab = symtab();
        let n = callers::<Native>(tab, &mut cache, start, unwind::limits(gp), 0, &mut pcs);
        // The call is what the program names, not the function that makes all calls.
        let makes_all = |pc: usize| tab.find_func(pc - 1).is_some_and(|f| f.name().starts_with(b"syscall.Syscall"));
        let inner = usize::from(n > 1 && makes_all(pcs[0]));
        let Some(mut w) = local(p).open() else { return };
        let o = known(&mut w, gp, false);
        o.in_syscall = true;
        o.proc = p;
        if w.local.running.load(Relaxed) == o.id {
            w.event(Kind::GoSysCall, &[tables::stack(&pcs[inner..n.saturating_sub(1)])]);
        }
    }
}

/// The collector's and the program's events, of the goroutine that runs here, or of none.
///
/// # Safety
/// On the system stack of a thread with a processor.
unsafe fn report(kind: Kind, args: &[u64], with_stack: bool, text: &[u8]) {
    // SAFETY: this function's contract is that of `report_since`.
    unsafe { report_since(i64::MAX, kind, args, with_stack, text) }
}

/// [`report`] of what happened at `time`, or now if that is earlier.
///
/// # Safety
/// As for [`report`].
unsafe fn report_since(time: i64, kind: Kind, args: &[u64], with_stack: bool, text: &[u8]) {
    // SAFETY: this thread's descriptors (this function's contract).
    unsafe {
        let mp = m();
        let own = running_task();
        let mut all = [0; 5];
        all[..args.len()].copy_from_slice(args);
        let mut n = args.len();
        if with_stack {
            all[n] = own_stack(own);
            n += 1;
        }
        let Some(mut w) = local((*mp).proc).open() else { return };
        match own.is_null() {
            true => w.reconcile(mp, 0),
            false => running(&mut w, mp, own),
        }
        let room = if kind == Kind::UserLog { EVENT + 10 + text.len() } else { EVENT };
        w.with(room, |batch| {
            batch.event(kind, time.min(nanotime()) as u64, &all[..n]);
            if kind == Kind::UserLog {
                batch.text(text);
            }
        });
    }
}

/// The stack of a goroutine that waits for the collection that it asked for; 0: none does.
///
/// # Safety
/// The world is stopped by this thread, which is on its system stack and has a processor.
unsafe fn asking_stack() -> u64 {
    let gp = RT.collection.driver.waiting.lock().head;
    // SAFETY: it waits, so its context is saved and its frames stay while the world is stopped (this function's contract).
    unsafe { own_stack(gp) }
}

/// A collection begins to mark (`begins`), or has marked.
///
/// # Safety
/// On the system stack of a thread with a processor.
pub unsafe fn collecting(begins: bool, heap: u64, goal: u64) {
    // One that began before the trace is not reported to end.
    if !is_on() || (!begins && !RT.trace.collecting.load(Relaxed)) {
        return;
    }
    RT.trace.collecting.store(begins, Relaxed);
    // SAFETY: this function's contract is that of `report`.
    unsafe {
        match begins {
            true => {
                let stack = match running_task().is_null() {
                    false => own_stack(running_task()),
                    true => asking_stack(),
                };
                report(Kind::GcStart, &[RT.trace.collections.fetch_add(1, Relaxed), stack], false, b"");
            }
            false => report(Kind::GcDone, &[], false, b""),
        }
        report(Kind::HeapAlloc, &[heap], false, b"");
        report(Kind::HeapGoal, &[goal], false, b"");
    }
}

/// The number of processors becomes `n` when the world is started: nothing runs on those beyond, and what stops the world here goes on
/// elsewhere.
///
/// # Safety
/// On the system stack of a thread with a processor, which has stopped the world; if it is for a goroutine, its context is saved.
pub unsafe fn resizing(n: u32) {
    if !is_on() {
        return;
    }
    // SAFETY: this thread's descriptors (this function's contract); the world is stopped, so nothing else writes of processors beyond `n`.
    unsafe {
        let own = running_task();
        let stack = own_stack(own);
        RT.trace.procs.store(n, Relaxed);
        report(Kind::Gomaxprocs, &[u64::from(n), stack], false, b"");
        each_local(|l| {
            if l.id.load(Relaxed) < n as i32 {
                return;
            }
            let Some(mut w) = l.open() else { return };
            match l.running.swap(0, Relaxed) {
                0 => {}
                id if !own.is_null() && id == (*own).id => w.event(Kind::GoSched, &[stack]),
                // It is in a system call.
                _ => w.event(Kind::GoSysBlock, &[]),
            }
            if l.thread.swap(0, Relaxed) != 0 {
                w.event(Kind::ProcStop, &[]);
            }
        });
    }
}

/// `trace.NewTask`.
pub fn task_begins(_: System<'_>, id: u64, parent: u64, name: &[u8]) {
    if is_on() {
        // SAFETY: on the system stack of a thread with a processor (the token).
        unsafe { report(Kind::UserTaskCreate, &[id, parent, tables::string(name)], true, b"") }
    }
}

/// The end of a task.
pub fn task_ends(_: System<'_>, id: u64) {
    if is_on() {
        // SAFETY: on the system stack of a thread with a processor (the token).
        unsafe { report(Kind::UserTaskEnd, &[id], true, b"") }
    }
}

/// A region's beginning (mode 0) or end (1).
pub fn region(_: System<'_>, id: u64, mode: u64, name: &[u8]) {
    if is_on() {
        // SAFETY: on the system stack of a thread with a processor (the token).
        unsafe { report(Kind::UserRegion, &[id, mode, tables::string(name)], true, b"") }
    }
}

/// `trace.Log`.
pub fn log(_: System<'_>, id: u64, category: &[u8], message: &[u8]) {
    /// The longest message.
    const LONGEST: usize = 32 << 10;
    if is_on() {
        let message = &message[..message.len().min(LONGEST)];
        // SAFETY: on the system stack of a thread with a processor (the token).
        unsafe { report(Kind::UserLog, &[id, tables::string(category)], true, message) }
    }
}

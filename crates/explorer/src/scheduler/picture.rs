//! What the scheduler's structures say at a moment, read from them: kept, so that one can go back.

use super::machine::{Doing, Machine};
use super::world::{Left, Stage};
use goxide_sched::Task;
use goxide_sched::inspect::Use;
use goxide_sched::state::Status;
use std::sync::atomic::Ordering::Relaxed;

/// A processor.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ProcPicture {
    /// Its number.
    pub id: u32,
    /// What it is about.
    pub what: Use,
    /// The thread that holds it, and whether that searches.
    pub thread: Option<(u64, bool)>,
    /// The goroutine that runs on it, and its operation.
    pub runs: Option<(u64, String)>,
    /// Turns so far.
    pub tick: u32,
    /// What is in its `next` slot.
    pub next: Option<u64>,
    /// Its ring, the head first.
    pub ring: Vec<u64>,
}

/// All of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Picture {
    /// The clock, in microseconds.
    pub now: i64,
    /// What has happened.
    pub said: String,
    /// The processors.
    pub procs: Vec<ProcPicture>,
    /// The global queue.
    pub global: Vec<u64>,
    /// Goroutines that wait, and for what.
    pub waiting: Vec<(u64, String)>,
    /// Threads, and what they do.
    pub threads: Vec<(u64, String)>,
    /// Of these, the ones on the list of idle threads, the next to be woken first.
    pub idle: Vec<u64>,
}

impl Picture {
    pub fn of(machine: &Machine) -> Picture {
        let sched = machine.sched;
        // SAFETY: descriptors are never freed, and nothing runs while the picture is taken.
        let id = |t: *mut Task<Stage>| unsafe { t.as_ref() }.map(|t| t.id);
        let mut procs = Vec::new();
        sched.for_each_proc(|p| {
            // SAFETY: descriptors are never freed, and nothing runs while the picture is taken.
            let p = unsafe { &*p };
            // SAFETY: descriptors are never freed, and nothing runs while the picture is taken.
            let thread = unsafe { p.thread.load(Relaxed).as_ref() };
            let task = thread.map(|m| m.curg.load(Relaxed)).filter(|t| !t.is_null());
            let mut ring = Vec::new();
            p.queue.for_each(|t| ring.extend(id(t)));
            procs.push(ProcPicture {
                id: p.id,
                what: p.in_use(),
                thread: thread.map(|m| (m.id, m.spinning)),
                runs: task.and_then(|t| Some((id(t)?, doing(t)))),
                tick: p.sched_tick.load(Relaxed),
                next: id(p.queue.next_slot()),
                ring,
            });
        });
        let mut global = Vec::new();
        sched.for_each_global(|t| global.extend(id(t)));
        let mut waiting = Vec::new();
        sched.for_each_task(|t| {
            // SAFETY: descriptors are never freed, and nothing runs while the picture is taken.
            let task = unsafe { &*t };
            if task.state.get().plain() == Status::WAITING {
                // The operation that it waits in is the one before the next.
                let op = task.ext.at.checked_sub(1).and_then(|at| task.ext.ops.get(at));
                waiting.push((task.id, op.map_or(String::new(), ToString::to_string)));
            }
        });
        let threads = machine.workers.iter().map(|worker| {
            // SAFETY: descriptors are never freed, and nothing runs while the picture is taken.
            let m = unsafe { &*worker.m };
            let g = id(m.curg.load(Relaxed)).unwrap_or(0);
            let what = match worker.doing {
                Doing::Begins => "begins".into(),
                Doing::Calls(left) => format!("in a system call of G{g}, {left} steps more"),
                Doing::Is(Left::Runs) => format!("runs G{g}"),
                Doing::Is(Left::Sleeps) if !m.next_proc.is_null() => "is being woken".into(),
                Doing::Is(Left::Sleeps) => "sleeps".into(),
                Doing::Is(Left::Polls(i64::MAX)) => "sleeps in the poller".into(),
                Doing::Is(Left::Polls(until)) => format!("sleeps until {} µs", until / 1000),
            };
            (m.id, what)
        });
        let threads = threads.collect();
        let mut idle = Vec::new();
        // SAFETY: descriptors are never freed, and nothing runs while the picture is taken.
        sched.for_each_idle_thread(|m| idle.push(unsafe { (*m).id }));
        let now = sched.host().now.get() / 1000;
        Picture { now, said: machine.said.clone(), procs, global, waiting, threads, idle }
    }
}

/// The operation that a task is at.
fn doing(t: *mut Task<Stage>) -> String {
    // SAFETY: descriptors are never freed, and nothing runs meanwhile.
    let script = unsafe { &(*t).ext };
    script.ops.get(script.at).map_or("end".into(), ToString::to_string)
}

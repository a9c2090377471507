//! A real scheduler, whose threads are run in turn, a step at a time: a step is an operation of the goroutine that a thread runs, with all that
//! the scheduler does because of it, up to where the thread goes on with a goroutine or sleeps.

use super::program::Op;
use super::world::{Left, Script, Stage};
use crate::arch::caught;
use goxide_sched::inspect::Use;
use goxide_sched::{Sched, Task, TaskList, Thread};
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// Nanoseconds that a step takes.
const STEP: i64 = 2000;
/// Steps for which a processor may stay with a system call: then the monitor takes it.
const PATIENCE: u32 = 6;
/// Goroutines that may live at a time.
pub const MOST: i64 = 600;

/// What a thread does between its turns.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Doing {
    /// It has not run yet.
    Begins,
    /// It has left the scheduler.
    Is(Left),
    /// It is in a system call for so many steps.
    Calls(u32),
}

/// A thread of the scheduler's.
#[derive(Debug)]
pub struct Worker {
    pub m: *mut Thread<Stage>,
    pub doing: Doing,
}

/// A scheduler with its threads.
#[derive(Debug)]
pub struct Machine {
    pub sched: &'static Sched<Stage>,
    pub workers: Vec<Worker>,
    semaphores: &'static [AtomicU32; 2],
    /// Whose turn was last.
    turn: usize,
    /// Of each processor: the count of its system calls when it was looked at last, and for how many steps it was the same.
    watched: Vec<(u32, u32)>,
    pub said: String,
}

impl Machine {
    /// One with so many processors. Schedulers are never taken down: a new one leaves the old one's memory behind.
    pub fn new(procs: u32) -> Machine {
        let sched: &'static Sched<Stage> = Box::leak(Box::new(Sched::new(Stage::new())));
        let semaphores: &'static [AtomicU32; 2] = Box::leak(Box::default());
        let m = sched.init_thread();
        // SAFETY: the first thread of a new scheduler, whose word is set before the processors are made, once.
        unsafe {
            goxide_sched::Host::set_current(sched.host(), (*m).g0);
            sched.init_procs(procs);
        }
        sched.start_running();
        let workers = vec![Worker { m, doing: Doing::Begins }];
        let watched = vec![(0, 0); procs as usize];
        let said = "A thread, M0, holds a processor and looks for work.".into();
        Machine { sched, workers, semaphores, turn: 0, watched, said }
    }

    /// Starts a goroutine with a program, from outside: it goes into the global queue.
    pub fn start(&mut self, ops: Rc<[Op]>) -> Result<(), String> {
        if self.sched.num_tasks() >= MOST {
            return Err(format!("there are {MOST} goroutines already: let some end, or begin anew"));
        }
        self.on_g0(0);
        // SAFETY: the host gives no stacks; the task is ours until it is queued.
        let t = unsafe { self.sched.spawn_from_outside(|t| (*t).ext = Script { ops, at: 0, left: 0 }) };
        // SAFETY: descriptors are never freed.
        self.said = format!("G{} was started, and waits in the global queue.", unsafe { (*t).id });
        self.begin_threads();
        Ok(())
    }

    /// The word of a thread is set to its g0.
    fn on_g0(&self, i: usize) {
        // SAFETY: descriptors are never freed.
        goxide_sched::Host::set_current(self.sched.host(), unsafe { (*self.workers[i].m).g0 });
    }

    fn begin_threads(&mut self) {
        let begun = std::mem::take(&mut *self.sched.host().begun.borrow_mut());
        self.workers.extend(begun.into_iter().map(|m| Worker { m, doing: Doing::Begins }));
    }

    /// Whether a thread would do something if it had its turn.
    fn can_go(&self, worker: &Worker) -> bool {
        let host = self.sched.host();
        match worker.doing {
            Doing::Begins | Doing::Calls(_) | Doing::Is(Left::Runs) => true,
            // SAFETY: descriptors are never freed.
            Doing::Is(Left::Sleeps) => unsafe { !(*worker.m).next_proc.is_null() },
            Doing::Is(Left::Polls(until)) => host.broken.get() || host.now.get() >= until,
        }
    }

    /// The next step; false if nothing can happen any more.
    pub fn step(&mut self) -> bool {
        let host = self.sched.host();
        let n = self.workers.len();
        let next = (1..=n).map(|i| (self.turn + i) % n).find(|&i| self.can_go(&self.workers[i]));
        let Some(i) = next else {
            // All sleep. The clock goes on to when the first wakes up by itself.
            let times = self.workers.iter().filter_map(|w| match w.doing {
                Doing::Is(Left::Polls(until)) if until != i64::MAX => Some(until),
                _ => None,
            });
            let Some(until) = times.min() else { return false };
            self.said = format!("Nothing runs. The clock goes on to {} µs, when a timer is due.", until / 1000);
            host.now.set(until);
            return true;
        };
        self.turn = i;
        host.now.set(host.now.get() + STEP);
        let before = self.places();
        self.said.clear();
        self.go_on(i);
        self.begin_threads();
        self.tell_of_thefts(&before);
        self.watch();
        true
    }

    /// A thread has its turn.
    fn go_on(&mut self, i: usize) {
        let (sched, m) = (self.sched, self.workers[i].m);
        let host = sched.host();
        let doing = self.workers[i].doing;
        host.left.set(None);
        // SAFETY: descriptors are never freed.
        let (id, t) = unsafe { ((*m).id, (*m).curg.load(Relaxed)) };
        match doing {
            Doing::Begins => {
                self.said = format!("M{id} begins and looks for work.");
                self.on_g0(i);
                // SAFETY: this thread's descriptor; its word is set.
                caught(&mut || unsafe { sched.thread_main(m) });
            }
            Doing::Is(Left::Sleeps) => {
                self.said = format!("M{id} was woken with a processor.");
                self.on_g0(i);
                // SAFETY: the thread has left the scheduler where it sleeps; its word is set.
                caught(&mut || unsafe { sched.sleep_on() });
            }
            Doing::Is(Left::Polls(_)) => {
                self.said = format!("M{id} slept until a timer was due, or its sleep was broken; it looks for work.");
                host.broken.set(false);
                self.on_g0(i);
                // SAFETY: the thread has left the scheduler in the poller; its word is set.
                caught(&mut || unsafe { sched.polled_on(TaskList::new()) });
            }
            Doing::Is(Left::Runs) => {
                goxide_sched::Host::set_current(host, t);
                // SAFETY: the task runs on this thread, whose word is set.
                unsafe { self.run(i, t) };
            }
            Doing::Calls(left) => {
                goxide_sched::Host::set_current(host, t);
                // SAFETY: descriptors are never freed.
                let g = unsafe { (*t).id };
                if left > 1 {
                    self.said = format!("G{g} is in a system call, and M{id} with it.");
                    self.workers[i].doing = Doing::Calls(left - 1);
                    return;
                }
                // SAFETY: the task is in its system call on this thread, whose word is set.
                let is_back = unsafe { sched.exit_syscall_fast() };
                self.said = format!("G{g} comes back from its system call");
                if is_back {
                    self.said += &format!(", and M{id} finds its processor where it left it.");
                    self.workers[i].doing = Doing::Is(Left::Runs);
                } else {
                    self.said +=
                        &format!(": its processor was taken. M{id} takes an idle one, or queues G{g} up and sleeps.");
                    // SAFETY: the task is in its system call on this thread, whose word is set; its place in its program is all its context.
                    caught(&mut || unsafe { sched.exit_syscall_slow_on_g0(t) });
                }
            }
        }
        if let Some(left) = host.left.take() {
            self.workers[i].doing = Doing::Is(left);
        }
        self.tell_what_follows(i);
    }

    /// The task `t`, which runs on the thread, does its next operation.
    ///
    /// # Safety
    /// It does, and the thread's word is set to it.
    unsafe fn run(&mut self, i: usize, t: *mut Task<Stage>) {
        let sched = self.sched;
        // SAFETY: the task runs here (this function's contract), so its script is ours; the operations' own contracts: this counts as the
        // task's stack and as g0, since there is neither; what a task needs to go on is in its script, which is changed before it leaves.
        unsafe {
            let (g, script) = ((*t).id, &raw mut (*t).ext);
            let ops = (*script).ops.clone();
            let Some(op) = ops.get((*script).at) else {
                self.said = format!("G{g} ends.");
                return caught(&mut || sched.exit_on_g0(t));
            };
            self.said = format!("G{g}: {op}.");
            // An operation of several steps stays until its last.
            let last = |steps: u32| {
                let left = if (*script).left == 0 { steps } else { (*script).left } - 1;
                (*script).left = left;
                (*script).at += usize::from(left == 0);
            };
            match op {
                Op::Work(steps) => last(*steps),
                Op::Spawn(count, ops) => {
                    let may = sched.num_tasks() < MOST;
                    last(if may { *count } else { 1 });
                    self.said =
                        if may { self.spawn(t, ops) } else { format!("G{g} does not spawn more than {MOST} goroutines.") };
                }
                Op::Give(semaphore) => {
                    last(1);
                    if sched.release(&raw const self.semaphores[*semaphore], false) {
                        self.said += " A waiting goroutine is made ready.";
                    }
                }
                Op::Call(steps) => {
                    last(1);
                    let is_stopping = sched.enter_syscall(0, 0, 0);
                    debug_assert!(!is_stopping, "nothing stops the world here");
                    self.said =
                        format!("G{g} makes a system call. Its processor stays behind, for whichever thread needs it.");
                    self.workers[i].doing = Doing::Calls(*steps);
                }
                Op::Yield => {
                    last(1);
                    caught(&mut || sched.yield_on_g0(t));
                }
                Op::Sleep(micros) => {
                    last(1);
                    caught(&mut || sched.sleep_on_g0(t, i64::from(*micros) * 1000, 0));
                }
                Op::Take(semaphore) => {
                    last(1);
                    let word = &raw const self.semaphores[*semaphore];
                    if sched.try_acquire(word) {
                        self.said += " There is a unit.";
                    } else {
                        self.said += " There is none: it waits.";
                        caught(&mut || sched.acquire_on_g0(t, word, false, 0));
                    }
                }
            }
        }
    }

    /// The running task `t` spawns another, with that program; what is said of it.
    ///
    /// # Safety
    /// It runs on the thread whose word is set to it.
    unsafe fn spawn(&self, t: *mut Task<Stage>, ops: &Rc<[Op]>) -> String {
        let script = Script { ops: ops.clone(), at: 0, left: 0 };
        // SAFETY: the thread holds a processor, since it runs a task (this function's contract); the host gives no stacks and resumes by the
        // script, which the task has before any thread can run it. Descriptors are never freed.
        unsafe {
            let new = self.sched.spawn_with(1, 0, 0, 0, t, |new: *mut Task<Stage>| (*new).ext = script);
            format!("G{} spawns G{}, which is next on its processor.", (*t).id, (*new).id)
        }
    }

    /// What a thread does after its turn, if it is something else than before.
    fn tell_what_follows(&mut self, i: usize) {
        let m = self.workers[i].m;
        // SAFETY: descriptors are never freed.
        let (id, t) = unsafe { ((*m).id, (*m).curg.load(Relaxed)) };
        match self.workers[i].doing {
            // SAFETY: descriptors are never freed.
            Doing::Is(Left::Runs) if !t.is_null() => unsafe {
                let tick = (*(*m).proc).sched_tick.load(Relaxed);
                let is_new = !self.said.starts_with(&format!("G{}", (*t).id));
                if is_new && tick % 61 == 1 {
                    self.said += &format!(" M{id} looks into the global queue first, as in every 61st turn.");
                }
                if is_new {
                    self.said += &format!(" M{id} goes on with G{}.", (*t).id);
                }
            },
            Doing::Is(Left::Sleeps) => self.said += &format!(" M{id} finds no work, and sleeps."),
            Doing::Is(Left::Polls(until)) if until != i64::MAX => {
                self.said += &format!(" M{id} finds no work, and sleeps until {} µs for all timers.", until / 1000);
            }
            _ => {}
        }
    }

    /// In which processor's queue each goroutine is.
    fn places(&self) -> Vec<(*mut Task<Stage>, u32)> {
        let mut places = Vec::new();
        self.sched.for_each_proc(|p| {
            // SAFETY: processors are never freed.
            let p = unsafe { &*p };
            let next = p.queue.next_slot();
            places.extend((!next.is_null()).then_some((next, p.id)));
            p.queue.for_each(|t| places.push((t, p.id)));
        });
        places
    }

    /// Goroutines that were in one processor's queue and now are in another's, or run there, were stolen.
    fn tell_of_thefts(&mut self, before: &[(*mut Task<Stage>, u32)]) {
        let mut now = self.places();
        for worker in &self.workers {
            // SAFETY: descriptors are never freed.
            unsafe {
                let (t, p) = ((*worker.m).curg.load(Relaxed), (*worker.m).proc);
                now.extend((!t.is_null() && !p.is_null()).then(|| (t, (*p).id)));
            }
        }
        let mut stolen: Vec<(u32, u32, usize)> = Vec::new();
        for (t, to) in now {
            let Some((_, from)) = before.iter().find(|(b, _)| *b == t) else { continue };
            if *from != to {
                match stolen.iter_mut().find(|s| (s.0, s.1) == (*from, to)) {
                    Some(s) => s.2 += 1,
                    None => stolen.push((*from, to, 1)),
                }
            }
        }
        for (from, to, n) in stolen {
            self.said += &format!(" P{to} has stolen {n} of P{from}'s goroutines.");
        }
    }

    /// The monitor looks at processors that stay with system calls.
    fn watch(&mut self) {
        for i in 0..self.watched.len() {
            let p = self.sched.proc_at(i as u32);
            // SAFETY: processors are never freed.
            let (tick, is_left) = unsafe { ((*p).syscall_tick.load(Relaxed), (*p).in_use() == Use::Left) };
            let (seen, steps) = &mut self.watched[i];
            *steps = if is_left && *seen == tick { *steps + 1 } else { 0 };
            *seen = tick;
            if *steps == PATIENCE {
                self.on_g0(self.turn);
                // SAFETY: a processor of this scheduler.
                if unsafe { self.sched.retake(p) } {
                    self.said += &format!(" The monitor takes P{i} from its system call, and hands it on.");
                }
                self.begin_threads();
            }
        }
    }
}

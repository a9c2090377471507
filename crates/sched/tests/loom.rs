//! Every interleaving of the lock-free parts: the run queue (a ring of four under loom), the
//! wake-up counters, the token, a sleeper's events, a processor that is offered while the world stops. `RUSTFLAGS="--cfg loom" cargo test --release --test loom`
#![cfg(loom)]

use std::ptr::null_mut;

use goxide_sched::end::End;
use goxide_sched::events::Events;
use goxide_sched::queue::{HALF, RunQueue};
use goxide_sched::token::Token;
use goxide_sched::wake::Wake;
use loom::cell::UnsafeCell;
use loom::sync::atomic::{AtomicU32, Ordering, fence};
use loom::sync::{Arc, Condvar, Mutex, Notify};
use loom::thread;

type Queue = RunQueue<u8>;

/// A "task" is a small number in a pointer's clothes.
fn task(n: usize) -> *mut u8 {
    n as *mut u8
}

fn drain(q: &Queue, seen: &mut Vec<usize>) {
    // SAFETY: every test calls this on the thread that owns the queue.
    unsafe {
        let n = q.pop_next();
        if !n.is_null() {
            seen.push(n as usize);
        }
        loop {
            let t = q.pop();
            if t.is_null() {
                return;
            }
            seen.push(t as usize);
        }
    }
}

fn steal(from: &Queue, next: bool) -> Vec<usize> {
    let mine = Queue::new();
    let mut got = Vec::new();
    // SAFETY: `mine` is this thread's and empty.
    let t = unsafe { from.steal_into(&mine, next, || true) };
    if !t.is_null() {
        got.push(t as usize);
    }
    drain(&mine, &mut got);
    got
}

fn model(f: impl Fn() + Sync + Send + 'static) {
    let mut b = loom::model::Builder::new();
    b.preemption_bound = Some(3);
    b.check(f);
}

fn all_once(mut seen: Vec<usize>, n: usize) {
    seen.sort();
    assert_eq!(seen, (1..=n).collect::<Vec<_>>());
}

#[test]
fn push_and_pop_against_a_thief() {
    model(|| {
        let q = Arc::new(Queue::new());
        let thief = {
            let q = q.clone();
            thread::spawn(move || steal(&q, false))
        };
        let mut seen = Vec::new();
        // SAFETY: this thread is the owner.
        unsafe {
            assert!(q.push(task(1)));
            assert!(q.push(task(2)));
            let t = q.pop();
            if !t.is_null() {
                seen.push(t as usize);
            }
            assert!(q.push(task(3)));
        }
        drain(&q, &mut seen);
        seen.extend(thief.join().unwrap());
        all_once(seen, 3);
    });
}

#[test]
fn two_thieves() {
    model(|| {
        let q = Arc::new(Queue::new());
        // SAFETY: this thread is the owner.
        unsafe {
            assert!(q.push(task(1)));
            assert!(q.push(task(2)));
            assert!(q.push(task(3)));
        }
        let thieves: Vec<_> = (0..2)
            .map(|_| {
                let q = q.clone();
                thread::spawn(move || steal(&q, false))
            })
            .collect();
        let mut seen = Vec::new();
        for t in thieves {
            seen.extend(t.join().unwrap());
        }
        drain(&q, &mut seen);
        all_once(seen, 3);
    });
}

#[test]
fn overflow_against_a_thief() {
    model(|| {
        let q = Arc::new(Queue::new());
        // SAFETY: this thread is the owner.
        unsafe {
            for n in 1..=4 {
                assert!(q.push(task(n)));
            }
        }
        let thief = {
            let q = q.clone();
            thread::spawn(move || steal(&q, false))
        };
        let mut seen = Vec::new();
        // SAFETY: this thread is the owner.
        unsafe {
            let mut batch = [null_mut(); HALF];
            while !q.push(task(5)) {
                if q.take_half(&mut batch) {
                    seen.extend(batch.map(|t| t as usize));
                }
            }
        }
        drain(&q, &mut seen);
        seen.extend(thief.join().unwrap());
        all_once(seen, 5);
    });
}

#[test]
fn a_reused_slot_is_not_read_twice() {
    model(|| {
        let q = Arc::new(Queue::new());
        // SAFETY: this thread is the owner.
        unsafe {
            for n in 1..=4 {
                assert!(q.push(task(n)));
            }
        }
        let thief = {
            let q = q.clone();
            thread::spawn(move || steal(&q, false))
        };
        let mut seen = Vec::new();
        // SAFETY: this thread is the owner. The fifth goes into the slot of the first.
        unsafe {
            seen.push(q.pop() as usize);
            assert!(seen[0] != 0);
            assert!(q.push(task(5)));
        }
        drain(&q, &mut seen);
        seen.extend(thief.join().unwrap());
        all_once(seen, 5);
    });
}

#[test]
fn the_next_slot_goes_to_one() {
    model(|| {
        let q = Arc::new(Queue::new());
        let thief = {
            let q = q.clone();
            thread::spawn(move || steal(&q, true))
        };
        let mut seen = Vec::new();
        // SAFETY: this thread is the owner.
        unsafe {
            for n in 1..=2 {
                let out = q.swap_next(task(n));
                if !out.is_null() {
                    assert!(q.push(out));
                }
            }
        }
        drain(&q, &mut seen);
        seen.extend(thief.join().unwrap());
        all_once(seen, 2);
    });
}

#[test]
fn a_queue_with_a_task_never_looks_empty() {
    model(|| {
        let q = Arc::new(Queue::new());
        // SAFETY: this thread is the owner.
        unsafe { assert!(q.swap_next(task(1)).is_null()) };
        let observer = {
            let q = q.clone();
            thread::spawn(move || assert!(!q.is_empty()))
        };
        // SAFETY: this thread is the owner. 1 moves from the slot to the ring, 2 takes the slot, then leaves it.
        unsafe {
            let out = q.swap_next(task(2));
            assert!(q.push(out));
            assert!(!q.pop_next().is_null());
        }
        observer.join().unwrap();
    });
}

/// The idle list of one processor, and a queue that any thread may look at.
struct Machine {
    wake: Wake,
    idle: Mutex<u32>,
    queue: Queue,
    /// Searchers that the pusher started.
    started: AtomicU32,
}

impl Machine {
    fn new() -> Arc<Self> {
        Arc::new(Machine { wake: Wake::new(), idle: Mutex::new(0), queue: Queue::new(), started: AtomicU32::new(0) })
    }

    fn idle_get(&self) -> bool {
        let mut idle = self.idle.lock().unwrap();
        let got = *idle != 0;
        if got {
            *idle -= 1;
            self.wake.idle_removed();
        }
        got
    }

    fn idle_put(&self) {
        *self.idle.lock().unwrap() += 1;
        self.wake.idle_added();
    }

    /// As the scheduler's `wake_proc`.
    fn push_and_wake(&self) {
        // SAFETY: only the pusher calls this: it is the queue's owner.
        unsafe { assert!(self.queue.push(task(1))) };
        if !self.wake.should_wake() {
            return;
        }
        while self.wake.claim() {
            if self.idle_get() {
                self.started.fetch_add(1, Ordering::SeqCst);
                return;
            }
            self.wake.unclaim();
            if !self.wake.should_wake() {
                return;
            }
        }
    }
}

/// A searcher that gives up, and a pusher: the task is seen by one of them, or a searcher was
/// started for it.
#[test]
fn a_push_is_not_missed_by_a_searcher_that_gives_up() {
    model(|| {
        let m = Machine::new();
        m.wake.start_spinning();
        let searcher = {
            let m = m.clone();
            thread::spawn(move || {
                if !m.queue.is_empty() {
                    return true;
                }
                m.idle_put();
                m.wake.stop_spinning();
                // The last look.
                !m.queue.is_empty()
            })
        };
        m.push_and_wake();
        let found = searcher.join().unwrap();
        assert!(found || m.started.load(Ordering::SeqCst) == 1);
    });
}

/// A thread that gives its processor up without having searched, and a pusher.
#[test]
fn a_push_is_not_missed_by_a_thread_that_did_not_search() {
    model(|| {
        let m = Machine::new();
        let releaser = {
            let m = m.clone();
            thread::spawn(move || {
                // Its own queue was empty; it leaves searching to others.
                m.idle_put();
                m.wake.is_wanted() && m.idle_get()
            })
        };
        m.push_and_wake();
        let searches = releaser.join().unwrap();
        assert!(searches || m.started.load(Ordering::SeqCst) == 1);
    });
}

/// A bell as goxide-sys has it, without the kernel: whoever sleeps on it yields until it has rung.
struct Bell(AtomicU32);

impl Bell {
    fn clear(&self) {
        self.0.store(0, Ordering::Relaxed);
    }

    fn ring(&self) {
        self.0.swap(1, Ordering::AcqRel);
    }

    fn sleep(&self) {
        while self.0.load(Ordering::Acquire) == 0 {
            thread::yield_now();
        }
    }
}

/// A thread sleeps again and again, woken by one that has work for it and by the end, whose ring it may clear for the other's: it ends all the
/// same. (If it slept on, loom would find that no thread can go on.)
#[test]
fn a_thread_does_not_sleep_through_the_end() {
    model(|| {
        let s = Arc::new((Bell(AtomicU32::new(0)), End::new(), AtomicU32::new(0)));
        let sleeper = {
            let s = s.clone();
            thread::spawn(move || {
                loop {
                    if s.1.forbids_sleep() {
                        break;
                    }
                    s.0.sleep();
                    if s.1.has_come() {
                        break;
                    }
                    s.0.clear();
                }
                // What came before the end is seen after it.
                assert_eq!(s.2.load(Ordering::Relaxed), 1);
            })
        };
        let worker = {
            let s = s.clone();
            thread::spawn(move || s.0.ring())
        };
        s.2.store(1, Ordering::Relaxed);
        s.1.call();
        s.0.ring();
        worker.join().unwrap();
        sleeper.join().unwrap();
    });
}

/// One parks, two give the token: one of three must ready the task, or it does not stay
/// parked; and it sees what the giver wrote.
#[test]
fn a_token_readies_once() {
    model(|| {
        let s = Arc::new((Token::new(), UnsafeCell::new(0)));
        let giver = {
            let s = s.clone();
            thread::spawn(move || {
                // SAFETY: read only after the token was seen; loom checks just that.
                s.1.with_mut(|v| unsafe { *v = 1 });
                s.0.give() as u32
            })
        };
        let stays = s.0.try_wait();
        let readied = giver.join().unwrap();
        assert_eq!(stays, readied == 1);
        if !stays {
            s.0.clear();
            // SAFETY: the token was given after it was written; loom checks just that.
            s.1.with(|v| assert_eq!(unsafe { *v }, 1));
        }
        let second = s.0.give();
        assert!(!second, "a task that runs is not readied");
        assert!(s.0.take());
        assert!(!s.0.take());
    });
}

/// A processor that is offered to a thread, while the world is stopped and goes on: its status, where the stop is, and what the central
/// lock guards: how many have not stopped yet.
struct Offer {
    status: AtomicU32,
    stop: AtomicU32,
    stop_wait: Mutex<i32>,
    /// `stop` or `stop_wait` has changed.
    changed: Condvar,
    rung: AtomicU32,
    ring: Notify,
}

/// Statuses, as in `sched::status`.
const FREE: u32 = 0;
const RUNNING: u32 = 1;
const STOPPED: u32 = 3;
const OFFERED: u32 = 5;
const WITHHELD: u32 = 6;

/// Where the stop is: not begun, begun, over.
const BEFORE: u32 = 0;
const STOPPING: u32 = 1;
const OVER: u32 = 2;

impl Offer {
    fn take(&self, from: u32, to: u32) -> bool {
        self.status.compare_exchange(from, to, Ordering::SeqCst, Ordering::Relaxed).is_ok()
    }

    /// As `Sched::start_thread`.
    fn give(&self) {
        self.status.store(OFFERED, Ordering::Release);
        self.rung.store(1, Ordering::Release);
        self.ring.notify();
    }

    /// As `Sched::take_next`, and `Sched::stop_here` where a thread with a processor finds that the world is being stopped. Whether it had it.
    fn wake(&self) -> bool {
        while self.rung.load(Ordering::Acquire) == 0 {
            self.ring.wait();
        }
        loop {
            let status = self.status.load(Ordering::Relaxed);
            let next = match status {
                OFFERED => RUNNING,
                WITHHELD => STOPPED,
                _ => return false,
            };
            if self.take(status, next) {
                if next == STOPPED {
                    return false;
                }
                break;
            }
        }
        let mut wait = self.stop_wait.lock().unwrap();
        while self.stop.load(Ordering::SeqCst) == BEFORE {
            wait = self.changed.wait(wait).unwrap();
        }
        if self.stop.load(Ordering::SeqCst) == STOPPING {
            self.status.store(STOPPED, Ordering::SeqCst);
            *wait -= 1;
            self.changed.notify_all();
        }
        true
    }

    /// As `Sched::stop_the_world`, and then `Sched::start_the_world`.
    fn stop_and_start(&self) {
        let mut wait = self.stop_wait.lock().unwrap();
        *wait = 1;
        self.stop.store(STOPPING, Ordering::SeqCst);
        self.changed.notify_all();
        if self.take(OFFERED, WITHHELD) {
            *wait -= 1;
        }
        while *wait != 0 {
            wait = self.changed.wait(wait).unwrap();
        }
        if !self.take(WITHHELD, OFFERED) {
            self.status.store(FREE, Ordering::SeqCst);
        }
        self.stop.store(OVER, Ordering::SeqCst);
    }
}

/// The stopper withholds it, or the thread has it and stops by itself. Afterwards it is the thread's again if that is still on its way, or
/// free for others, never lost in between.
#[test]
fn an_offered_processor_stops_once_and_is_not_lost() {
    model(|| {
        let s = Arc::new(Offer {
            status: AtomicU32::new(STOPPED),
            stop: AtomicU32::new(BEFORE),
            stop_wait: Mutex::new(0),
            changed: Condvar::new(),
            rung: AtomicU32::new(0),
            ring: Notify::new(),
        });
        let (giver, woken) = (s.clone(), s.clone());
        let giver = thread::spawn(move || giver.give());
        let woken = thread::spawn(move || woken.wake());
        s.stop_and_start();
        giver.join().unwrap();
        let had = woken.join().unwrap();
        match s.status.load(Ordering::SeqCst) {
            RUNNING => assert!(had),
            FREE => {}
            status => panic!("lost: {status}, {had}"),
        }
    });
}

/// A sleeper in the clothes of a collector's leader, and one who takes a step in its place: `phase` is idle, begun by the other,
/// or marking.
struct Leader {
    events: Events,
    phase: AtomicU32,
    /// How often it was readied.
    readied: AtomicU32,
}

const MARKED: u32 = 1;
const ASKED: u32 = 2;
const GIVEN_BACK: u32 = 4;
const IDLE: u32 = 0;
const BEGUN: u32 = 1;

impl Leader {
    fn new() -> Leader {
        Leader { events: Events::new(), phase: AtomicU32::new(IDLE), readied: AtomicU32::new(0) }
    }

    fn notify(&self, event: u32) {
        if self.events.set(event) {
            self.readied.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// One turn: whether it has begun a collection, or what it now sleeps for; None: it is to have another turn.
    fn turn(&self) -> Option<Result<(), u32>> {
        let mut why = self.events.take(MARKED | GIVEN_BACK);
        if self.phase.load(Ordering::Acquire) == IDLE {
            why |= self.events.take(ASKED);
            if why & ASKED == 0 {
                return self.events.try_sleep(7).then_some(Err(7));
            }
            if self.phase.compare_exchange(IDLE, 2, Ordering::AcqRel, Ordering::Relaxed).is_ok() {
                return Some(Ok(()));
            }
            let readies = self.events.set(ASKED);
            assert!(!readies, "it is awake");
        }
        self.events.try_sleep(MARKED | GIVEN_BACK).then_some(Err(MARKED | GIVEN_BACK))
    }

    /// Turns until it sleeps or has begun; again for each time that it was readied, to the end.
    fn run(&self, slept: &mut u32) -> bool {
        loop {
            match self.turn() {
                None => continue,
                Some(Ok(())) => return true,
                Some(Err(_)) => {
                    *slept += 1;
                    if self.readied.load(Ordering::SeqCst) < *slept {
                        return false;
                    }
                }
            }
        }
    }
}

/// A task takes on the collection that the leader was asked for, and gives it back: the leader begins it, however the two
/// interleave.
#[test]
fn a_leader_hears_of_a_collection_that_is_given_back() {
    model(|| {
        let l = Arc::new(Leader::new());
        l.notify(ASKED);
        let other = {
            let l = l.clone();
            thread::spawn(move || {
                if l.phase.compare_exchange(IDLE, BEGUN, Ordering::AcqRel, Ordering::Relaxed).is_ok() {
                    l.phase.store(IDLE, Ordering::Release);
                    l.notify(GIVEN_BACK);
                }
            })
        };
        let mut slept = 0;
        let begun = l.run(&mut slept);
        other.join().unwrap();
        // Readied after it had slept: it runs on.
        let begun = begun || l.readied.load(Ordering::SeqCst) == slept && l.run(&mut slept);
        assert!(begun, "the leader sleeps for ever");
        assert!(l.readied.load(Ordering::SeqCst) <= slept);
    });
}

/// Two set an event while the task goes to sleep: it is readied once for each time that it sleeps, and sees what both wrote.
#[test]
fn an_event_readies_once_and_brings_its_news() {
    model(|| {
        let s = Arc::new((Events::new(), AtomicU32::new(0), AtomicU32::new(0)));
        let setters: Vec<_> = (0..2)
            .map(|i| {
                let s = s.clone();
                thread::spawn(move || {
                    s.1.fetch_add(1 + i * 15, Ordering::Relaxed);
                    if s.0.set(1) {
                        s.2.fetch_add(1, Ordering::SeqCst);
                    }
                })
            })
            .collect();
        let mut sleeps = 0;
        let mut seen = 0;
        if s.0.take(1) != 0 {
            seen = s.1.load(Ordering::Relaxed);
        }
        if s.0.try_sleep(1) {
            sleeps += 1;
        }
        setters.into_iter().for_each(|t| t.join().unwrap());
        let readied = s.2.load(Ordering::SeqCst);
        if seen == 17 {
            // Everything was seen: who has not set yet may wake it for nothing, nobody has to.
            assert!(readied <= sleeps);
        } else {
            assert!(sleeps == readied, "what was not seen wakes it");
            assert!(s.0.take(1) != 0);
        }
        assert_eq!(s.1.load(Ordering::Relaxed), 17);
    });
}

/// An event that is not waited for is kept, and wakes nobody.
#[test]
fn other_events_are_kept() {
    model(|| {
        let e = Arc::new(Events::new());
        let other = {
            let e = e.clone();
            thread::spawn(move || e.set(2))
        };
        let sleeps = e.try_sleep(1);
        assert!(sleeps && !other.join().unwrap());
        let readies = e.set(1);
        assert!(readies);
        assert_eq!(e.take(3), 3);
    });
}

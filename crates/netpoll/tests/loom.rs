//! Every interleaving of the protocol of a descriptor: park against event, deadline, close, and a life that is over.
//! `RUSTFLAGS="--cfg loom" cargo test --release -p goxide-netpoll --test loom`
#![cfg(loom)]

use goxide_netpoll::{Cause, Desc, Direction, Host, Key, Park, Which};
use loom::sync::Arc;
use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;

/// Counts how often the task was readied. Timers are the test's.
struct Count {
    readied: AtomicUsize,
    now: i64,
    /// That the timer was started with.
    seq: AtomicUsize,
}

/// The task.
const TASK: usize = 64;

// SAFETY: there is no memory, and timers are numbers that the tests keep.
unsafe impl Host for Count {
    type Task = usize;
    type Timer = ();
    fn now(&self) -> i64 {
        self.now
    }
    unsafe fn ready(&self, task: usize) {
        assert_eq!(task, TASK);
        self.readied.fetch_add(1, Ordering::Relaxed);
    }
    unsafe fn start_timer(&self, _: *mut (), _: Key<Self>, _: i64, seq: usize) {
        self.seq.store(seq, Ordering::Relaxed);
    }
    unsafe fn stop_timer(&self, _: *mut (), _: Key<Self>) {}
    unsafe fn alloc(&self, _: usize, _: usize) -> *mut u8 {
        std::ptr::null_mut()
    }
}

type Shared = Arc<(Desc<Count>, Count)>;

fn model(f: impl Fn() + Sync + Send + 'static) {
    let mut b = loom::model::Builder::new();
    b.preemption_bound = Some(3);
    b.check(f);
}

fn open(now: i64) -> Shared {
    // SAFETY: the timer has no bytes.
    let d = unsafe { Desc::alone() };
    d.open(3, 1);
    Arc::new((d, Count { readied: AtomicUsize::new(0), now, seq: AtomicUsize::new(0) }))
}

/// A wait as far as it goes without running: how it ended, or `None` if the task is still parked, which `readied` must contradict
/// or the test expects.
fn wait(s: &Shared) -> Park {
    match s.0.check(Direction::Read) {
        Err(_) => Park::GoOn,
        Ok(()) if s.0.take(Direction::Read) => Park::GoOn,
        Ok(()) => s.0.park(Direction::Read, TASK),
    }
}

fn readied(s: &Shared) -> usize {
    s.1.readied.load(Ordering::Relaxed)
}

/// An event is not lost: the task does not wait, or is readied once; and finds it.
#[test]
fn park_and_event() {
    model(|| {
        let s = open(0);
        let event = {
            let s = s.clone();
            thread::spawn(move || s.0.model_signal(&s.1, 1))
        };
        let early = s.0.take(Direction::Read);
        let park = if early { Park::GoOn } else { s.0.park(Direction::Read, TASK) };
        let woken = event.join().unwrap();
        assert_eq!(woken as usize, readied(&s));
        assert_eq!(readied(&s), usize::from(park == Park::Waits));
        assert!(early || s.0.take(Direction::Read));
    });
}

/// A close ends the wait exactly once, whenever it comes, also if an event comes at the same time.
#[test]
fn park_event_and_close() {
    model(|| {
        let s = open(0);
        let event = {
            let s = s.clone();
            thread::spawn(move || s.0.model_signal(&s.1, 1))
        };
        let close = {
            let s = s.clone();
            thread::spawn(move || s.0.model_shut(&s.1))
        };
        let park = wait(&s);
        let woken = event.join().unwrap() + close.join().unwrap();
        assert_eq!(woken as usize, readied(&s));
        assert_eq!(readied(&s), usize::from(park == Park::Waits));
        assert_eq!(s.0.check(Direction::Read), Err(Cause::Closing));
        assert_eq!(s.0.end(), Ok(()));
    });
}

/// A deadline that passes while the task parks ends the wait once.
#[test]
fn park_and_deadline() {
    model(|| {
        let s = open(100);
        s.0.model_set_deadline(&s.1, Which::Read, 50);
        let seq = s.1.seq.load(Ordering::Relaxed);
        let timer = {
            let s = s.clone();
            thread::spawn(move || s.0.model_expire(&s.1, seq))
        };
        let park = wait(&s);
        let woken = timer.join().unwrap();
        assert_eq!(woken as usize, readied(&s));
        assert_eq!(readied(&s), usize::from(park == Park::Waits));
        assert_eq!(s.0.check(Direction::Read), Err(Cause::TimedOut));
    });
}

/// A timer that was started before the deadline was taken away, or moved nearer, does nothing when it comes after that.
#[test]
fn stale_timer() {
    model(|| {
        let s = open(100);
        s.0.model_set_deadline(&s.1, Which::Both, 50);
        let seq = s.1.seq.load(Ordering::Relaxed);
        let timer = {
            let s = s.clone();
            thread::spawn(move || s.0.model_expire(&s.1, seq))
        };
        s.0.model_set_deadline(&s.1, Which::Both, 0);
        // From here on nothing ends a wait, if the timer comes later.
        let park = wait(&s);
        assert_eq!(park, Park::Waits);
        timer.join().unwrap();
        assert_eq!(readied(&s), 0);
        assert_eq!(s.0.model_shut(&s.1), 1);
    });
}

/// An event of a life that is over, on its way while the descriptor is closed and opened again, says nothing of the new one.
#[test]
fn event_of_another_life() {
    model(|| {
        let s = open(0);
        let event = {
            let s = s.clone();
            thread::spawn(move || s.0.model_signal(&s.1, 1))
        };
        s.0.model_shut(&s.1);
        s.0.end().unwrap();
        s.0.open(4, 3);
        let before = s.0.take(Direction::Read);
        let park = s.0.park(Direction::Read, TASK);
        assert!(!before);
        assert_eq!((park, s.0.check(Direction::Read)), (Park::Waits, Ok(())));
        assert_eq!(event.join().unwrap(), 0);
        assert_eq!(readied(&s), 0);
        assert_eq!(s.0.model_signal(&s.1, 3), 1);
        assert_eq!(readied(&s), 1);
    });
}

//! A monitor for the workers of an ordinary thread pool: a thread that learns which worker is stuck in a call that blocks, so that a
//! replacement can be started, and asks jobs that run past their slice to yield.
//!
//! A pool makes one [`Watch`] and gives each worker its [`Station`], which costs a few stores for each job. Whether a worker that blocks
//! matters is the pool's to say: `has_work`. What happens then is its `on_blocked`, on the monitor's thread; the worker learns of it when its
//! call is over.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::{Activity, Monitor, Periods, Seen, World};

const IDLE: u8 = 0;
const BUSY: u8 = 1;
const CALL: u8 = 2;
const LOST: u8 = 3;

#[derive(Default)]
#[repr(align(64))]
struct Post {
    /// What the worker does. It changes all but `CALL`, which the monitor may make `LOST`.
    state: AtomicU8,
    /// Jobs begun.
    jobs: AtomicU32,
    /// Calls begun.
    calls: AtomicU32,
    /// The present job should yield.
    yields: AtomicBool,
}

struct Shared {
    posts: Box<[Post]>,
    /// Workers that are not idle; the monitor rests while there are none.
    busy: AtomicUsize,
    /// The monitor rests, or is about to.
    resting: AtomicBool,
    stop: AtomicBool,
    lock: Mutex<()>,
    bell: Condvar,
    begun: Instant,
}

impl Shared {
    /// Wakes the monitor.
    fn ring(&self) {
        // What was changed before is seen by the monitor, which looks at it with the lock held.
        drop(self.lock.lock().unwrap_or_else(PoisonError::into_inner));
        self.bell.notify_one();
    }
}

/// A monitor's thread. It ends when this is dropped.
pub struct Watch {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").field("workers", &self.shared.posts.len()).finish_non_exhaustive()
    }
}

/// One worker's side. A worker is idle at first.
pub struct Station {
    shared: Arc<Shared>,
    number: usize,
}

impl fmt::Debug for Station {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Station").field(&self.number).finish()
    }
}

/// How a worker comes back from [`Station::call`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use = "a worker that was replaced is one too many"]
pub enum Back {
    /// As it went.
    InPlace,
    /// It blocked for so long that it was given up: `on_blocked` was called.
    Replaced,
}

impl Watch {
    /// Starts the monitor of `workers` workers. `has_work` says whether jobs wait for a worker; `on_blocked` is called with the number
    /// of one that blocks while they do, or that blocks for a whole slice. Both run on the monitor's thread, and a panic in them
    /// ends it.
    ///
    /// # Panics
    /// If the system has no thread.
    pub fn new(
        workers: usize,
        periods: Periods,
        has_work: impl Fn() -> bool + Send + 'static,
        on_blocked: impl Fn(usize) + Send + 'static,
    ) -> Watch {
        let shared = Arc::new(Shared {
            posts: (0..workers).map(|_| Post::default()).collect(),
            busy: AtomicUsize::new(0),
            resting: AtomicBool::new(false),
            stop: AtomicBool::new(false),
            lock: Mutex::new(()),
            bell: Condvar::new(),
            begun: Instant::now(),
        });
        let world =
            Pool { shared: shared.clone(), seen: (0..workers).map(|_| Seen::new()).collect(), has_work, on_blocked };
        let thread = std::thread::Builder::new().name("goxide-sysmon".into()).spawn(move || {
            let mut monitor = Monitor::new(periods);
            while !world.shared.stop.load(Ordering::Acquire) {
                monitor.turn(&world).take(&world);
            }
        });
        Watch { shared, thread: Some(thread.expect("a thread for the monitor")) }
    }

    /// The station of one worker. Two threads had better not share one.
    ///
    /// # Panics
    /// If there is no worker of that number.
    pub fn station(&self, worker: usize) -> Station {
        assert!(worker < self.shared.posts.len(), "worker {worker} of {}", self.shared.posts.len());
        Station { shared: self.shared.clone(), number: worker }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Release);
        self.shared.ring();
        if let Some(thread) = self.thread.take() {
            // It may have panicked, as `Watch::new` says.
            let _ = thread.join();
        }
    }
}

impl Station {
    fn post(&self) -> &Post {
        &self.shared.posts[self.number]
    }

    /// A job begins.
    pub fn begin(&self) {
        let post = self.post();
        post.yields.store(false, Ordering::Relaxed);
        post.jobs.store(post.jobs.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
        if post.state.swap(BUSY, Ordering::SeqCst) == IDLE {
            // SeqCst, as the load after it: the monitor says that it rests before it looks whether any worker is busy.
            self.shared.busy.fetch_add(1, Ordering::SeqCst);
            if self.shared.resting.load(Ordering::SeqCst) {
                self.shared.ring();
            }
        }
    }

    /// There is no job: the worker waits for one.
    pub fn idle(&self) {
        if self.post().state.swap(IDLE, Ordering::SeqCst) != IDLE {
            self.shared.busy.fetch_sub(1, Ordering::SeqCst);
        }
    }

    /// Whether the present job has had its slice and should let others run. A load.
    #[inline]
    pub fn should_yield(&self) -> bool {
        self.post().yields.load(Ordering::Relaxed)
    }

    /// Calls `f`, which may block.
    pub fn call<R>(&self, f: impl FnOnce() -> R) -> (R, Back) {
        let post = self.post();
        post.calls.store(post.calls.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
        let before = post.state.swap(CALL, Ordering::SeqCst);
        let r = f();
        let back = match post.state.compare_exchange(CALL, before, Ordering::SeqCst, Ordering::SeqCst) {
            Ok(_) => Back::InPlace,
            Err(_) => {
                post.state.store(before, Ordering::SeqCst);
                Back::Replaced
            }
        };
        (r, back)
    }
}

/// A pool, as the monitor sees it.
struct Pool<W, B> {
    shared: Arc<Shared>,
    seen: Box<[Seen]>,
    has_work: W,
    on_blocked: B,
}

impl<W: Fn() -> bool, B: Fn(usize)> Pool<W, B> {
    /// Waits for a ring, unless `ready` says that there is nothing to wait for, but not beyond `until`.
    fn wait(&self, until: Option<i64>, ready: impl Fn() -> bool) {
        let mut guard = self.shared.lock.lock().unwrap_or_else(PoisonError::into_inner);
        while !ready() && !self.shared.stop.load(Ordering::Acquire) {
            match until {
                None => guard = self.shared.bell.wait(guard).unwrap_or_else(PoisonError::into_inner),
                Some(until) => {
                    let left = until - self.now();
                    if left <= 0 {
                        return;
                    }
                    let left = Duration::from_nanos(left as u64);
                    guard = self.shared.bell.wait_timeout(guard, left).unwrap_or_else(PoisonError::into_inner).0;
                }
            }
        }
    }
}

impl<W: Fn() -> bool, B: Fn(usize)> World for Pool<W, B> {
    fn now(&self) -> i64 {
        self.shared.begun.elapsed().as_nanos() as i64 + 1
    }

    fn procs(&self) -> u32 {
        self.shared.posts.len() as u32
    }

    fn activity(&self, proc: u32) -> Activity {
        let post = &self.shared.posts[proc as usize];
        let (slice, call) = (post.jobs.load(Ordering::Relaxed), post.calls.load(Ordering::Relaxed));
        match post.state.load(Ordering::SeqCst) {
            BUSY => Activity::Running { slice },
            CALL => Activity::Call { slice, call },
            _ => Activity::Idle,
        }
    }

    fn seen(&self, proc: u32) -> &Seen {
        &self.seen[proc as usize]
    }

    fn has_work(&self, _: u32, _: i64) -> bool {
        (self.has_work)()
    }

    fn retake(&self, proc: u32) -> bool {
        let state = &self.shared.posts[proc as usize].state;
        let took = state.compare_exchange(CALL, LOST, Ordering::SeqCst, Ordering::SeqCst).is_ok();
        if took {
            (self.on_blocked)(proc as usize);
        }
        took
    }

    fn preempt(&self, proc: u32) {
        self.shared.posts[proc as usize].yields.store(true, Ordering::Relaxed);
    }

    fn all_idle(&self) -> bool {
        self.shared.busy.load(Ordering::SeqCst) == 0
    }

    fn nap(&self, until: i64) {
        self.wait(Some(until), || false);
    }

    fn rest(&self, until: Option<i64>) {
        self.shared.resting.store(true, Ordering::SeqCst);
        self.wait(until, || !self.all_idle());
        self.shared.resting.store(false, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    const SOON: Duration = Duration::from_secs(20);

    #[test]
    fn a_blocked_worker_is_replaced_while_jobs_wait() {
        let (tx, rx) = mpsc::channel();
        let watch = Watch::new(2, Periods::USUAL, || true, move |worker| tx.send(worker).unwrap());
        let station = watch.station(1);
        station.begin();
        let (worker, back) = station.call(|| rx.recv_timeout(SOON));
        assert_eq!((worker, back), (Ok(1), Back::Replaced));
        let ((), back) = station.call(|| ());
        // Brief, but the machine may have stopped this thread in the middle.
        assert!(back == Back::InPlace || rx.recv_timeout(SOON) == Ok(1));
        station.idle();
    }

    #[test]
    fn a_long_job_is_asked_to_yield_and_the_next_is_not() {
        let watch = Watch::new(1, Periods::USUAL, || false, |_| ());
        let station = watch.station(0);
        for _ in 0..2 {
            station.begin();
            let begun = Instant::now();
            while !station.should_yield() {
                assert!(begun.elapsed() < SOON);
                std::thread::yield_now();
            }
            assert!(begun.elapsed() >= Duration::from_nanos(Periods::USUAL.slice as u64) / 2);
            station.idle();
            // Long enough for the monitor to rest.
            std::thread::sleep(Duration::from_millis(60));
        }
        station.begin();
        assert!(!station.should_yield());
    }

    #[test]
    fn a_monitor_ends_with_its_watch() {
        for _ in 0..100 {
            let watch = Watch::new(1, Periods::USUAL, || false, |_| ());
            let station = watch.station(0);
            station.begin();
            station.idle();
            drop(watch);
            station.begin();
        }
    }
}

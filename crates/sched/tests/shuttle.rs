//! Random schedules of the park/ready protocol with its real state word and token.
//! `RUSTFLAGS="--cfg shuttle" cargo test --release --test shuttle`
#![cfg(shuttle)]

use goxide_sched::state::{State, Status};
use goxide_sched::token::Token;
use shuttle::sync::atomic::{AtomicU32, Ordering};
use shuttle::sync::{Arc, Condvar, Mutex};
use shuttle::thread;

/// A task, and a run queue that has room for it and nothing else.
struct Task {
    state: State,
    token: Token,
    queued: Mutex<bool>,
    wake: Condvar,
    /// How often it was put on the queue.
    readied: AtomicU32,
}

impl Task {
    fn new() -> Arc<Self> {
        let state = State::new(Status::IDLE);
        state.change(Status::IDLE, Status::RUNNABLE);
        state.change(Status::RUNNABLE, Status::RUNNING);
        Arc::new(Task {
            state,
            token: Token::new(),
            queued: Mutex::new(false),
            wake: Condvar::new(),
            readied: AtomicU32::new(0),
        })
    }

    /// As the scheduler's `ready`.
    fn ready(&self) {
        if self.token.give() {
            self.state.change(Status::WAITING, Status::RUNNABLE);
            self.readied.fetch_add(1, Ordering::SeqCst);
            let mut queued = self.queued.lock().unwrap();
            assert!(!*queued, "a task is on the queue twice");
            *queued = true;
            self.wake.notify_one();
        }
    }

    /// As the scheduler's `park_on_g0`, `find` and `execute`.
    fn park(&self) {
        if self.token.take() {
            return;
        }
        self.state.change(Status::RUNNING, Status::WAITING);
        if self.token.try_wait() {
            let mut queued = self.queued.lock().unwrap();
            while !*queued {
                queued = self.wake.wait(queued).unwrap();
            }
            *queued = false;
        } else {
            self.state.change(Status::WAITING, Status::RUNNABLE);
        }
        self.state.change(Status::RUNNABLE, Status::RUNNING);
        self.token.clear();
    }
}

/// Wakers count up and ready; the parker sees every count in the end. A lost wake-up is a deadlock,
/// which shuttle reports; a double one trips `change` or the queue.
#[test]
fn no_wakeup_is_lost_or_doubled() {
    shuttle::check_random(
        || {
            let task = Task::new();
            let count = Arc::new(AtomicU32::new(0));
            let wakers: Vec<_> = (0..3)
                .map(|_| {
                    let (task, count) = (task.clone(), count.clone());
                    thread::spawn(move || {
                        for _ in 0..3 {
                            count.fetch_add(1, Ordering::SeqCst);
                            task.ready();
                        }
                    })
                })
                .collect();
            while count.load(Ordering::SeqCst) < 9 {
                task.park();
            }
            wakers.into_iter().for_each(|w| w.join().unwrap());
            assert_eq!(task.state.get(), Status::RUNNING);
            assert!(task.readied.load(Ordering::SeqCst) <= 9);
        },
        5_000,
    );
}

/// A collector examines the waiting task's stack while wakers ready it: never while it runs.
#[test]
fn a_scanned_task_does_not_start() {
    shuttle::check_random(
        || {
            let task = Task::new();
            // 1 while the task runs, 2 while it is examined.
            let stack = Arc::new(Mutex::new(()));
            let done = Arc::new(AtomicU32::new(0));
            let scanner = {
                let (task, stack) = (task.clone(), stack.clone());
                thread::spawn(move || {
                    for _ in 0..3 {
                        for from in [Status::WAITING, Status::RUNNABLE] {
                            if task.state.lock_scan(from) {
                                let guard = stack.try_lock().expect("it runs while it is examined");
                                thread::yield_now();
                                drop(guard);
                                task.state.unlock_scan(from);
                            }
                        }
                    }
                })
            };
            let waker = {
                let (task, done) = (task.clone(), done.clone());
                thread::spawn(move || {
                    done.store(1, Ordering::SeqCst);
                    task.ready();
                })
            };
            while done.load(Ordering::SeqCst) == 0 {
                {
                    let _runs = stack.try_lock().expect("it is examined while it runs");
                    thread::yield_now();
                }
                task.park();
            }
            waker.join().unwrap();
            scanner.join().unwrap();
        },
        5_000,
    );
}

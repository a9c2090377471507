//! The end of a runtime: what becomes of tasks, threads and handles, wherever they are at the time.
#![cfg(not(any(loom, shuttle)))]

mod common;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use goxide_sched::hosted::{self, Alarm, Builder, Condition, JoinHandle, Runtime, Semaphore, ShutDown, TaskRef};

const FOREVER: Duration = Duration::from_secs(3600);

/// Every test runs with one processor, two, and more than the machine has, without a monitor and with one; the runtime's threads have ended afterwards.
fn with_procs(f: impl Fn(Runtime)) {
    static ROUND: AtomicU32 = AtomicU32::new(0);
    for n in [1, 2, 8] {
        for watched in [false, true] {
            // The kernel keeps 15 bytes of it.
            let name = format!("end-{}", ROUND.fetch_add(1, Ordering::Relaxed));
            let builder = Builder::new().procs(n).thread_name(name.clone());
            let rt = if watched { common::watched(builder) } else { builder }.build();
            f(rt);
            rt.shutdown();
            assert!(rt.is_shut_down());
            // The kernel lists a thread that was joined for a moment.
            let begin = Instant::now();
            while threads_named(&name) != 0 {
                assert!(begin.elapsed() < Duration::from_secs(10), "threads are left");
                std::thread::yield_now();
            }
        }
    }
}

fn threads_named(name: &str) -> usize {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    let comms = tasks.filter_map(|task| std::fs::read_to_string(task.unwrap().path().join("comm")).ok());
    comms.filter(|comm| comm.trim() == name).count()
}

/// Fails the test instead of hanging it.
fn watchdog<T: Send + 'static>(secs: u64, f: impl FnOnce() -> T + Send + 'static) -> T {
    let (tx, rx) = mpsc::channel();
    std::thread::spawn(move || tx.send(f()));
    rx.recv_timeout(Duration::from_secs(secs)).expect("the runtime hangs, or the test panicked")
}

/// Calls a function when it is dropped.
struct OnDrop<F: FnMut()>(F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// Counts itself down when it is dropped.
struct Counted(Arc<AtomicU32>);

impl Counted {
    fn new(n: &Arc<AtomicU32>) -> Self {
        n.fetch_add(1, Ordering::SeqCst);
        Counted(n.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Spawns a task that says that it runs, and then does `f`, with something on its stack that is to be dropped.
fn started(rt: Runtime, n: &Arc<AtomicU32>, f: impl FnOnce() + Send + 'static) -> JoinHandle<()> {
    let (tx, rx) = mpsc::channel();
    let n = n.clone();
    let task = rt.spawn(move || {
        let _counted = Counted::new(&n);
        tx.send(()).unwrap();
        f();
    });
    rx.recv().unwrap();
    task
}

fn is_shut_down<T>(task: JoinHandle<T>) -> bool {
    task.join().is_err_and(|e| e.is::<ShutDown>())
}

type Waits = fn();

/// Every way to wait for good.
const WAITS: [(&str, Waits); 9] = [
    ("park", || {
        loop {
            hosted::park();
        }
    }),
    ("sleep", || hosted::sleep(FOREVER)),
    ("sleep for good", || hosted::sleep(Duration::MAX)),
    ("join", || hosted::spawn(|| hosted::sleep(FOREVER)).join().unwrap()),
    ("acquire", || Semaphore::new(0).acquire()),
    ("condition", || Condition::new().wait(|| ())),
    ("yield", || {
        loop {
            hosted::yield_now();
        }
    }),
    ("scope", || {
        hosted::scope(|s| drop((s.spawn(|| hosted::sleep(FOREVER)), s.spawn(hosted::park))));
    }),
    ("brief", || {
        loop {
            hosted::brief(|| std::thread::sleep(Duration::from_micros(50)));
        }
    }),
];

#[test]
fn what_waits_is_unwound() {
    watchdog(120, || {
        for (what, wait) in WAITS {
            with_procs(|rt| {
                let n = Arc::default();
                let tasks: Vec<_> = (0..10)
                    .map(|_| {
                        started(rt, &n, move || {
                            wait();
                            // A scope panics for its tasks, unless the caller is unwound first.
                            unreachable!("{what} came back");
                        })
                    })
                    .collect();
                assert_eq!(n.load(Ordering::SeqCst), 10);
                rt.shutdown();
                assert_eq!(n.load(Ordering::SeqCst), 0, "{what}: values are left on stacks");
                assert!(tasks.into_iter().all(is_shut_down), "{what}");
            });
        }
    });
}

#[test]
fn what_waits_and_migrates_is_unwound() {
    watchdog(60, || {
        for (what, wait) in WAITS {
            with_procs(|rt| {
                let (tx, rx) = mpsc::channel();
                // SAFETY: the task keeps nothing of its thread's while it waits.
                let task = unsafe {
                    rt.spawn_migrating(move || {
                        tx.send(()).unwrap();
                        wait();
                    })
                };
                rx.recv().unwrap();
                rt.shutdown();
                assert!(is_shut_down(task), "{what}");
            });
        }
    });
}

#[test]
fn many_that_wait_on_the_same() {
    watchdog(60, || {
        with_procs(|rt| {
            let shared = Arc::new((Semaphore::new(0), Condition::new()));
            let n = Arc::default();
            let tasks: Vec<_> = (0..400)
                .map(|i| {
                    let shared = shared.clone();
                    let wait = move || if i % 2 == 0 { shared.0.acquire() } else { shared.1.wait(|| ()) };
                    started(rt, &n, wait)
                })
                .collect();
            rt.shutdown();
            assert_eq!(n.load(Ordering::SeqCst), 0);
            assert!(tasks.into_iter().all(is_shut_down));
            // Nothing was given and nothing is owed: another runtime's tasks can wait there.
            assert_eq!(shared.0.available(), 0);
            let next = Runtime::new().guard();
            let woken = Arc::new(AtomicU32::new(0));
            let waiters: Vec<_> = (0..2)
                .map(|_| {
                    let (shared, woken) = (shared.clone(), woken.clone());
                    let (tx, rx) = mpsc::channel();
                    let waiter = next.spawn(move || {
                        shared.1.wait(|| tx.send(()).unwrap());
                        woken.fetch_add(1, Ordering::SeqCst);
                        shared.0.acquire();
                    });
                    rx.recv().unwrap();
                    waiter
                })
                .collect();
            let given = shared.clone();
            next.block_on(move || {
                given.1.notify_one();
                given.1.notify_one();
                given.0.release();
                given.0.release();
            });
            waiters.into_iter().for_each(|waiter| waiter.join().unwrap());
            assert_eq!((woken.load(Ordering::SeqCst), shared.0.available()), (2, 0));
        });
    });
}

#[test]
fn what_was_not_begun_is_dropped() {
    watchdog(60, || {
        let rt = Builder::new().procs(1).build();
        let n = Arc::default();
        let go = Arc::new(AtomicBool::new(false));
        let busy = {
            let go = go.clone();
            started(rt, &n, move || {
                while !go.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            })
        };
        let ran = Arc::new(AtomicBool::new(false));
        let tasks: Vec<_> = (0..100)
            .map(|_| {
                let (ran, counted) = (ran.clone(), Counted::new(&n));
                rt.spawn(move || {
                    ran.store(true, Ordering::Relaxed);
                    drop(counted);
                })
            })
            .collect();
        assert_eq!(n.load(Ordering::SeqCst), 101);
        rt.shutdown_background();
        // What computes is left to it.
        assert!(!rt.shutdown_timeout(Duration::from_millis(30)));
        go.store(true, Ordering::Relaxed);
        rt.shutdown();
        assert!(busy.join().is_ok() && !ran.load(Ordering::Relaxed));
        assert_eq!(n.load(Ordering::SeqCst), 0);
        assert!(tasks.into_iter().all(is_shut_down));
    });
}

#[test]
fn results_stay_good() {
    watchdog(60, || {
        with_procs(|rt| {
            let done: Vec<_> = (0..20).map(|i| rt.spawn(move || vec![i; 3])).collect();
            let failed = rt.spawn(|| panic!("as intended"));
            while done.iter().any(|task| !task.is_finished()) || !failed.is_finished() {
                std::thread::yield_now();
            }
            rt.shutdown();
            for (i, task) in done.into_iter().enumerate() {
                assert_eq!(task.join().unwrap(), [i; 3]);
            }
            assert_eq!(failed.join().unwrap_err().downcast_ref::<&str>(), Some(&"as intended"));
        });
    });
}

#[test]
fn handles_that_are_left_do_nothing() {
    watchdog(60, || {
        with_procs(|rt| {
            let task: TaskRef = rt.block_on(hosted::current);
            rt.shutdown();
            // The next runtime may well have the same place in memory.
            let next = Builder::new().procs(1).build().guard();
            let n = Arc::default();
            let counted = Counted::new(&n);
            assert!(is_shut_down(rt.spawn(move || drop(counted))));
            assert_eq!(n.load(Ordering::SeqCst), 0, "the closure was dropped");
            assert!(rt.try_spawn(|| ()).is_err_and(|e| e.is_shut_down()));
            assert!(is_shut_down(rt.task().name("late").spawn(|| ())));
            assert!(rt.task().try_spawn(|| ()).is_err());
            assert_eq!((rt.procs(), rt.num_tasks(), rt.num_threads()), (0, 0, 0));
            assert_eq!((rt.is_shut_down(), next.is_shut_down()), (true, false));
            assert!(task.runtime() == rt && rt != *next);
            task.ready();
            let text = catch_unwind(|| rt.block_on(|| ())).unwrap_err();
            assert_eq!(text.downcast_ref::<&str>(), Some(&"Runtime::block_on: the runtime was shut down"));
            assert!(catch_unwind(|| rt.scope(|s| drop(s.spawn(|| ())))).is_err());
            assert_eq!(next.block_on(|| 5), 5);
            assert_eq!(format!("{rt:?}"), "Runtime { procs: 0, tasks: 0, threads: 0 }");
        });
    });
}

#[test]
fn twice_and_at_the_same_time() {
    watchdog(60, || {
        with_procs(|rt| {
            for _ in 0..20 {
                rt.spawn(|| hosted::sleep(FOREVER));
            }
            let threads: Vec<_> = (0..4)
                .map(|i| {
                    std::thread::spawn(move || match i {
                        0 => rt.shutdown_background(),
                        1 => while !rt.shutdown_timeout(Duration::from_micros(20)) {},
                        _ => rt.shutdown(),
                    })
                })
                .collect();
            rt.shutdown();
            threads.into_iter().for_each(|t| t.join().unwrap());
            assert!(rt.shutdown_timeout(Duration::ZERO));
        });
    });
}

#[test]
fn from_what_it_runs() {
    watchdog(60, || {
        with_procs(|rt| {
            const TEXT: &str = "which would wait for its own end";
            let refused = move || {
                let e = catch_unwind(|| rt.shutdown()).unwrap_err();
                assert!(e.downcast_ref::<&str>().unwrap().contains(TEXT));
                assert!(catch_unwind(|| rt.shutdown_timeout(Duration::ZERO)).is_err());
            };
            rt.block_on(refused);
            rt.block_on(move || hosted::blocking(refused));
            rt.block_on(move || hosted::brief(refused));
            let (tx, rx) = mpsc::channel();
            rt.block_on(move || {
                let alarm = Alarm::new(move || {
                    refused();
                    tx.send(()).unwrap();
                });
                alarm.set(Duration::ZERO);
                hosted::sleep(Duration::from_millis(1));
            });
            rx.recv().unwrap();
            // What does not wait is allowed, and so is what a guard does.
            let task = rt.spawn(move || {
                drop(rt.guard());
                rt.shutdown_background();
                hosted::sleep(FOREVER);
            });
            assert!(is_shut_down(task));
        });
    });
}

#[test]
fn destructors_run_as_tasks_do() {
    watchdog(60, || {
        with_procs(|rt| {
            let n = Arc::default();
            let log = Arc::new(Mutex::new(Vec::new()));
            let (l, m) = (log.clone(), Arc::clone(&n));
            let other = started(rt, &n, || hosted::sleep(FOREVER));
            let mut other = Some(other);
            let task = started(rt, &n, move || {
                let _last = OnDrop(|| {
                    // Spawned too late: dropped.
                    let counted = Counted::new(&m);
                    let late = hosted::spawn(move || drop(counted));
                    l.lock().unwrap().push(("spawned", is_shut_down(late)));
                    // The other task may start its unwinding after this one: it is waited for.
                    l.lock().unwrap().push(("joined", is_shut_down(other.take().unwrap())));
                    let begin = Instant::now();
                    hosted::sleep(FOREVER);
                    hosted::park();
                    hosted::yield_now();
                    let value = hosted::blocking(|| hosted::brief(|| 7));
                    let fast = begin.elapsed() < Duration::from_secs(30);
                    l.lock().unwrap().push(("waited", value == 7 && fast));
                    let sum = hosted::scope(|s| s.spawn(|| 1).join().is_err());
                    l.lock().unwrap().push(("scope", sum));
                });
                hosted::park();
            });
            rt.shutdown();
            assert!(is_shut_down(task));
            let expected = ["spawned", "joined", "waited", "scope"].map(|what| (what, true));
            assert_eq!(*log.lock().unwrap(), expected);
            assert_eq!(n.load(Ordering::SeqCst), 0);
        });
    });
}

#[test]
fn destructors_that_wait_for_each_other() {
    watchdog(60, || {
        with_procs(|rt| {
            let n = Arc::default();
            let units = Arc::new((Semaphore::new(0), Semaphore::new(0)));
            let tasks: Vec<_> = (0..20)
                .map(|i| {
                    let units = units.clone();
                    started(rt, &n, move || {
                        let _last = OnDrop(|| {
                            let (mine, its) = if i % 2 == 0 { (&units.0, &units.1) } else { (&units.1, &units.0) };
                            its.release();
                            mine.acquire();
                        });
                        hosted::sleep(FOREVER);
                    })
                })
                .collect();
            rt.shutdown();
            assert!(tasks.into_iter().all(is_shut_down));
            assert_eq!((units.0.available(), units.1.available()), (0, 0));
        });
    });
}

#[test]
fn one_that_catches_it_is_unwound_again() {
    watchdog(60, || {
        with_procs(|rt| {
            let n = Arc::default();
            let task = started(rt, &n, || {
                for _ in 0..5 {
                    let e = catch_unwind(hosted::park).unwrap_err();
                    assert!(e.is::<ShutDown>());
                    let e = catch_unwind(|| hosted::sleep(FOREVER)).unwrap_err();
                    assert!(e.is::<ShutDown>());
                }
            });
            rt.shutdown();
            assert!(task.join().is_ok());
        });
    });
}

#[test]
fn panics_while_it_shuts_down() {
    watchdog(60, || {
        with_procs(|rt| {
            let n = Arc::default();
            // A task that answers with a panic of its own; one that unwinds already, and waits in a destructor; a closure whose destructor panics.
            let answers = started(rt, &n, || {
                let _ = catch_unwind(hosted::park);
                panic!("as intended");
            });
            let (tx, rx) = mpsc::channel();
            let unwinds = rt.spawn(move || {
                let _last = OnDrop(|| {
                    tx.send(()).unwrap();
                    hosted::sleep(Duration::from_millis(300));
                });
                panic!("as intended");
            });
            rx.recv().unwrap();
            rt.shutdown();
            assert_eq!(answers.join().unwrap_err().downcast_ref::<&str>(), Some(&"as intended"));
            assert_eq!(unwinds.join().unwrap_err().downcast_ref::<&str>(), Some(&"as intended"));
            let bomb = OnDrop(|| panic!("as intended"));
            let late = catch_unwind(AssertUnwindSafe(|| rt.spawn(move || drop(bomb))));
            assert!(late.is_err(), "a destructor's panic is the spawner's");
        });
    });
}

#[test]
fn calls_that_block_are_waited_for() {
    watchdog(60, || {
        with_procs(|rt| {
            let n = Arc::default();
            let (tx, rx) = mpsc::channel();
            let (in_it, is_in_it) = mpsc::channel();
            let task = started(rt, &n, move || {
                hosted::blocking(move || {
                    in_it.send(()).unwrap();
                    rx.recv().unwrap();
                });
                // The call comes to its end; then the task is unwound where it waits.
                hosted::park();
            });
            is_in_it.recv().unwrap();
            let begin = Instant::now();
            assert!(!rt.shutdown_timeout(Duration::from_millis(20)));
            assert!(begin.elapsed() >= Duration::from_millis(20));
            assert_eq!((n.load(Ordering::SeqCst), rt.is_shut_down()), (1, false));
            tx.send(()).unwrap();
            assert!(rt.shutdown_timeout(FOREVER));
            assert_eq!(n.load(Ordering::SeqCst), 0);
            assert!(is_shut_down(task));
        });
    });
}

#[test]
fn waits_inside_of_a_blocking_call_are_cut_short() {
    watchdog(60, || {
        with_procs(|rt| {
            let n = Arc::default();
            let tasks = [
                started(rt, &n, || hosted::blocking(|| Semaphore::new(0).acquire())),
                started(rt, &n, || hosted::blocking(|| Condition::new().wait(|| ()))),
                started(rt, &n, || {
                    hosted::blocking(|| {
                        hosted::spawn(hosted::park).join().unwrap_or_else(|e| std::panic::resume_unwind(e));
                    });
                }),
            ];
            std::thread::sleep(Duration::from_millis(5));
            rt.shutdown();
            assert!(tasks.into_iter().all(is_shut_down));
        });
    });
}

#[test]
fn alarms_do_not_go_off() {
    watchdog(60, || {
        with_procs(|rt| {
            let n = Arc::default();
            let went_off = Arc::new(AtomicBool::new(false));
            let (m, w) = (Arc::clone(&n), went_off.clone());
            let kept = rt.block_on(move || {
                let alarm = |time| {
                    let (counted, went_off) = (Counted::new(&m), w.clone());
                    let alarm = Alarm::new(move || {
                        let _ = &counted;
                        went_off.store(true, Ordering::SeqCst);
                    });
                    alarm.set(time);
                    alarm
                };
                for i in 0..200u64 {
                    let _set = alarm(FOREVER + Duration::from_secs(i));
                    alarm(FOREVER).stop();
                }
                alarm(FOREVER)
            });
            assert_eq!(n.load(Ordering::SeqCst), 201);
            rt.shutdown();
            assert_eq!((n.load(Ordering::SeqCst), went_off.load(Ordering::SeqCst)), (1, false), "the one that is kept");
            // It is not set, and another runtime may have it.
            let next = Runtime::new().guard();
            next.block_on(move || {
                assert!(!kept.stop() && !kept.set(Duration::ZERO));
                hosted::sleep(Duration::from_millis(2));
                kept.stop();
            });
            while !went_off.load(Ordering::SeqCst) {
                std::thread::yield_now();
            }
            assert_eq!(n.load(Ordering::SeqCst), 0);
        });
    });
}

#[test]
fn an_alarm_of_another_runtime_is_stopped_and_not_set() {
    let (a, b) = (Runtime::new().guard(), Runtime::new().guard());
    let alarm = Alarm::new(|| ());
    let set = alarm.clone();
    assert!(!a.block_on(move || set.set(FOREVER)));
    let other = alarm.clone();
    let text = b.spawn(move || other.set(FOREVER)).join().unwrap_err();
    assert!(text.downcast_ref::<&str>().unwrap().contains("first set in"));
    let other = alarm.clone();
    assert!(b.block_on(move || other.stop()));
    let set = alarm.clone();
    assert!(!a.block_on(move || set.set(FOREVER)));
    a.shutdown();
    assert!(!b.block_on(move || alarm.stop()), "a runtime that is down has none that is set");
}

#[test]
fn tasks_that_are_pinned() {
    watchdog(60, || {
        with_procs(|rt| {
            let n = Arc::default();
            let tasks: Vec<_> = (0..3)
                .map(|_| {
                    started(rt, &n, || {
                        hosted::pin_thread();
                        hosted::park();
                    })
                })
                .collect();
            // One whose thread has ended with it.
            rt.block_on(hosted::pin_thread);
            rt.shutdown();
            assert!(tasks.into_iter().all(is_shut_down));
        });
    });
}

#[test]
fn a_deadlock_may_end_it() {
    watchdog(60, || {
        for n in [1, 2, 8] {
            let (tx, rx) = mpsc::channel::<Runtime>();
            let (rx, told) = (Mutex::new(rx), Arc::new(AtomicU32::new(0)));
            let t = told.clone();
            let rt = Builder::new()
                .procs(n)
                .on_deadlock(move |_| {
                    t.fetch_add(1, Ordering::SeqCst);
                    rx.lock().unwrap().recv().unwrap().shutdown();
                })
                .build();
            let task = rt.spawn(hosted::park);
            tx.send(rt).unwrap();
            assert!(is_shut_down(task));
            rt.shutdown();
            assert_eq!(told.load(Ordering::SeqCst), 1);
        }
    });
}

/// What was given to the runtime is dropped with it, and may shut it down once more.
#[test]
fn what_it_owns_may_have_a_guard_of_it() {
    watchdog(60, || {
        for n in [1, 8] {
            let guard = Arc::new(Mutex::new(None));
            let g = guard.clone();
            let rt = Builder::new().procs(n).on_deadlock(move |_| drop(g.lock().unwrap().take())).build();
            *guard.lock().unwrap() = Some(rt.guard());
            drop(guard);
            rt.block_on(move || {
                let another = rt.guard();
                let alarm = Alarm::new(move || {
                    let _ = &another;
                });
                alarm.set(FOREVER);
            });
            rt.shutdown();
        }
    });
}

#[test]
fn two_runtimes_of_which_one_ends() {
    watchdog(60, || {
        with_procs(|a| {
            let b = Builder::new().procs(2).build().guard();
            let b = *b;
            let units = Arc::new(Semaphore::new(0));
            let n = Arc::default();
            let u = units.clone();
            let waiter = started(a, &n, move || u.acquire());
            // Tasks of the other runtime join, release and ready across.
            let joiner = b.spawn(move || is_shut_down(a.spawn(|| hosted::sleep(FOREVER))));
            let stop = Arc::new(AtomicBool::new(false));
            let s = stop.clone();
            let u = units.clone();
            let busy = b.spawn(move || {
                let other = a.spawn(hosted::current).join().ok();
                while !s.load(Ordering::Relaxed) {
                    if let Some(other) = other {
                        other.ready();
                    }
                    drop(a.spawn(|| ()));
                    hosted::yield_now();
                }
                u.release();
            });
            std::thread::sleep(Duration::from_millis(2));
            a.shutdown();
            stop.store(true, Ordering::Relaxed);
            assert!(joiner.join().unwrap());
            busy.join().unwrap();
            assert!(is_shut_down(waiter));
            assert_eq!(units.available(), 1);
            b.block_on(move || units.acquire());
        });
    });
}

/// The end comes at any moment of a life full of everything.
#[test]
fn in_the_middle_of_everything() {
    fn life(depth: u32, units: Arc<(Semaphore, Condition)>) {
        let alarm = Alarm::new(|| ());
        for i in 0u32.. {
            match i % 9 {
                0 => hosted::yield_now(),
                1 => hosted::sleep(Duration::from_micros(u64::from(i % 50))),
                2 if depth < 4 => {
                    let units = units.clone();
                    drop(hosted::spawn(move || life(depth + 1, units)));
                }
                3 => drop(alarm.set(Duration::from_micros(30))),
                4 => units.0.release(),
                5 => units.0.acquire(),
                6 => hosted::blocking(|| hosted::brief(|| ())),
                7 => units.1.notify_one(),
                8 if i > 30 && depth > 1 => return units.1.wait(|| ()),
                _ => hosted::scope(|s| drop(s.spawn(hosted::yield_now))),
            }
        }
    }
    watchdog(240, || {
        for round in 0..15u64 {
            with_procs(|rt| {
                let units = Arc::new((Semaphore::new(0), Condition::new()));
                let n = Arc::default();
                let tasks: Vec<_> = (0..4)
                    .map(|_| {
                        let units = units.clone();
                        started(rt, &n, move || life(0, units))
                    })
                    .collect();
                let outside: Vec<_> = (0..2)
                    .map(|_| {
                        let n = Arc::clone(&n);
                        std::thread::spawn(move || {
                            while !rt.is_shut_down() {
                                let counted = Counted::new(&n);
                                let task = rt.spawn(move || {
                                    let _counted = counted;
                                    hosted::current()
                                });
                                if let Ok(task) = task.join() {
                                    task.ready();
                                }
                            }
                        })
                    })
                    .collect();
                std::thread::sleep(Duration::from_micros(300 * round));
                rt.shutdown();
                outside.into_iter().for_each(|t| t.join().unwrap());
                assert!(tasks.into_iter().all(is_shut_down));
                assert_eq!(n.load(Ordering::SeqCst), 0);
            });
        }
    });
}

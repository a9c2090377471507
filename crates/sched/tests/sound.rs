//! What safe code of the hosted runtime can rely on: tasks stay on their threads, every operation works or says why not
//! wherever it is called, and no panic or lack of memory takes the process down. The programs here contain no `unsafe`
//! code except for spawning tasks that migrate.
#![cfg(not(any(loom, shuttle)))]

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread::{self, ThreadId};
use std::time::Duration;

use goxide_sched::hosted::{self, Alarm, Builder, Condition, JoinHandle, Runtime, Semaphore, TaskRef};

fn runtime(procs: u32) -> Runtime {
    Builder::new().procs(procs).build()
}

/// Fails the test instead of hanging it.
fn watchdog<T: Send + 'static>(secs: u64, f: impl FnOnce() -> T + Send + 'static) -> T {
    let (tx, rx) = mpsc::channel();
    thread::spawn(move || tx.send(f()));
    rx.recv_timeout(Duration::from_secs(secs)).expect("the runtime hangs, or the test panicked")
}

thread_local! {
    static RC: Rc<(Cell<u64>, ThreadId)> = Rc::new((Cell::new(0), thread::current().id()));
}

/// An `Rc` cloned from a thread-local is carried over waits of every kind. It is touched by one thread only, so its count
/// is right in the end.
#[test]
fn an_rc_of_a_thread_local_stays_on_its_thread() {
    watchdog(120, || {
        for procs in [1, 2, 8] {
            let rt = runtime(procs);
            let homes: Vec<ThreadId> = rt.block_on(move || {
                let s = Arc::new(Semaphore::new(3));
                let tasks: Vec<_> = (0..24)
                    .map(|i| {
                        let s = s.clone();
                        hosted::spawn(move || {
                            let home = thread::current().id();
                            for k in 0..400 {
                                let rc = RC.with(|r| r.clone());
                                match (i + k) % 40 {
                                    0 => hosted::sleep(Duration::from_micros(20)),
                                    1 => hosted::blocking(thread::yield_now),
                                    2 => hosted::brief(|| thread::sleep(Duration::from_micros(50))),
                                    3 => hosted::spawn(hosted::yield_now).join().unwrap(),
                                    4 if i == 0 => Runtime::current().set_procs(procs + k % 2),
                                    5..20 => {
                                        s.acquire();
                                        hosted::yield_now();
                                        s.release();
                                    }
                                    _ => hosted::yield_now(),
                                }
                                assert_eq!(rc.1, thread::current().id());
                                assert_eq!(home, thread::current().id());
                                rc.0.set(rc.0.get() + 1);
                                for _ in 0..20 {
                                    std::hint::black_box(rc.clone());
                                }
                            }
                            home
                        })
                    })
                    .collect();
                tasks.into_iter().map(|t| t.join().unwrap()).collect()
            });
            let seen: Vec<_> = rt.block_on(|| {
                let look = || RC.with(|r| (r.1, Rc::strong_count(r), r.0.get()));
                (0..200).map(|_| hosted::spawn(look)).collect::<Vec<_>>().into_iter().map(|t| t.join().unwrap()).collect()
            });
            for (id, count, touched) in seen {
                assert_eq!(count, 1);
                let tasks = homes.iter().filter(|h| **h == id).count() as u64;
                assert_eq!(touched, 400 * tasks);
            }
        }
    });
}

/// Tasks of all threads wake each other all the time, more threads than processors.
#[test]
fn tasks_of_many_homes_wake_each_other() {
    watchdog(120, || {
        for procs in [1, 2, 3] {
            let rt = runtime(procs);
            rt.block_on(move || {
                // Threads beyond the processors: each of these keeps one.
                let pinned: Vec<_> = (0..3)
                    .map(|_| {
                        hosted::spawn(|| {
                            hosted::pin_thread();
                            hosted::sleep(Duration::from_millis(5));
                            hosted::unpin_thread();
                            hosted::yield_now();
                        })
                    })
                    .collect();
                let ring: Arc<Vec<Semaphore>> = Arc::new((0..20).map(|_| Semaphore::new(0)).collect());
                let tasks: Vec<_> = (0..20)
                    .map(|i| {
                        let ring = ring.clone();
                        hosted::spawn(move || {
                            let home = thread::current().id();
                            hosted::brief(|| thread::sleep(Duration::from_micros(300)));
                            for k in 0..300 {
                                ring[i].acquire();
                                assert_eq!(home, thread::current().id());
                                if k % 50 == i {
                                    hosted::sleep(Duration::from_micros(200));
                                }
                                ring[(i + 7) % 20].release();
                            }
                        })
                    })
                    .collect();
                ring[0].release();
                ring[3].release();
                tasks.into_iter().for_each(|t| t.join().unwrap());
                pinned.into_iter().for_each(|t| t.join().unwrap());
            });
        }
    });
}

#[test]
fn migrating_tasks_go_where_there_is_room() {
    watchdog(60, || {
        let rt = runtime(2);
        let moved = rt.block_on(|| {
            let tasks: Vec<_> = (0..8)
                .map(|_| {
                    // SAFETY: the closure keeps nothing of its thread.
                    unsafe {
                        hosted::spawn_migrating(|| {
                            let mut threads = vec![];
                            for _ in 0..3_000 {
                                hosted::yield_now();
                                hosted::blocking(|| ());
                                threads.push(thread_id());
                            }
                            threads.dedup();
                            threads.len()
                        })
                    }
                })
                .collect();
            tasks.into_iter().map(|t| t.join().unwrap()).sum::<usize>()
        });
        assert!(moved > 8, "no task ever moved");
    });
}

#[inline(never)]
fn thread_id() -> ThreadId {
    thread::current().id()
}

/// Where an operation is called.
const PLACES: [&str; 9] =
    ["task", "blocking", "brief", "migrating", "migrating blocking", "unlock", "action", "foreign", "nested"];

/// Every operation.
const OPERATIONS: [&str; 24] = [
    "sleep",
    "yield",
    "park",
    "current",
    "spawn",
    "try_spawn",
    "join",
    "block_on",
    "wake",
    "acquire",
    "acquire_first",
    "try_acquire",
    "release",
    "hand_over",
    "wait",
    "notify",
    "set",
    "stop",
    "set_procs",
    "pin",
    "blocking",
    "brief",
    "panic",
    "ready",
];

/// Performs one of [`OPERATIONS`].
fn operate(what: &str, rt: Runtime) {
    match what {
        "sleep" => hosted::sleep(Duration::from_millis(1)),
        "yield" => hosted::yield_now(),
        "park" => {
            hosted::current().ready();
            hosted::park();
        }
        "current" => assert_eq!(hosted::current(), hosted::current()),
        "spawn" => drop(rt.spawn(|| 1)),
        "try_spawn" => drop(rt.try_spawn(|| 1).unwrap()),
        "join" => assert_eq!(rt.spawn(|| 2).join().unwrap(), 2),
        "block_on" => assert_eq!(rt.block_on(|| hosted::spawn(|| 3).join().unwrap()), 3),
        "set_procs" => rt.set_procs(1 + rt.procs() % 3),
        "pin" => {
            hosted::pin_thread();
            hosted::unpin_thread();
        }
        "blocking" => assert_eq!(hosted::blocking(|| 5), 5),
        "brief" => assert_eq!(hosted::brief(|| 6), 6),
        "panic" => panic!("as intended"),
        "ready" => {
            // To a task that has ended, or one that takes it as a return without cause.
            static TASK: Mutex<Option<TaskRef>> = Mutex::new(None);
            if let Some(t) = *TASK.lock().unwrap() {
                t.ready();
            }
            let _ = rt.spawn(|| *TASK.lock().unwrap() = Some(hosted::current()));
        }
        _ => synchronize(what, rt),
    }
}

/// The operations of semaphores, conditions and alarms.
fn synchronize(what: &str, rt: Runtime) {
    match what {
        "wake" | "hand_over" => {
            let s = Arc::new(Semaphore::new(0));
            let t = s.clone();
            let waits = rt.spawn(move || t.acquire());
            thread::sleep(Duration::from_millis(1));
            if what == "wake" {
                s.release()
            } else {
                s.hand_over()
            }
            drop(waits);
        }
        "acquire" | "acquire_first" => {
            let s = Arc::new(Semaphore::new(0));
            let t = s.clone();
            let gives = rt.spawn(move || t.release());
            if what == "acquire" {
                s.acquire()
            } else {
                s.acquire_first()
            }
            gives.join().unwrap();
        }
        "try_acquire" => {
            let s = Semaphore::new(1);
            assert!(s.try_acquire() && !s.try_acquire());
        }
        "release" => {
            let s = Semaphore::new(0);
            s.release();
            assert_eq!(s.available(), 1);
        }
        "wait" => {
            let c = Arc::new(Condition::new());
            let d = c.clone();
            c.wait(move || drop(rt.spawn(move || d.notify_all())));
        }
        "notify" => {
            let c = Condition::new();
            c.notify_one();
            c.notify_all();
        }
        "set" => {
            let rang = Arc::new(AtomicBool::new(false));
            let r = rang.clone();
            Alarm::new(move || r.store(true, Ordering::SeqCst)).set(Duration::from_micros(10));
        }
        "stop" => {
            let a = Alarm::new(|| ());
            a.set(Duration::from_secs(1000));
            assert!(a.stop());
        }
        _ => unreachable!("{what}"),
    }
}

/// Calls the operation at the place, in a task of `rt` or outside; whether it panicked.
fn call(place: &str, what: &'static str, rt: Runtime) -> Result<(), String> {
    let run = move || operate(what, rt);
    let result = match place {
        "task" => rt.spawn(run).join(),
        "blocking" => rt.spawn(move || hosted::blocking(run)).join(),
        "brief" => rt.spawn(move || hosted::brief(run)).join(),
        "nested" => rt.spawn(move || hosted::brief(|| hosted::blocking(|| hosted::brief(run)))).join(),
        // SAFETY: nothing of a thread is kept.
        "migrating" => unsafe { rt.spawn_migrating(move || hosted::brief(run)) }.join(),
        // SAFETY: nothing of a thread is kept.
        "migrating blocking" => unsafe { rt.spawn_migrating(move || hosted::blocking(run)) }.join(),
        "unlock" => {
            let c = Arc::new(Condition::new());
            let d = c.clone();
            let waits = rt.spawn(move || {
                let mut result = Ok(());
                c.wait(|| result = catch_unwind(AssertUnwindSafe(run)));
                result
            });
            while !waits.is_finished() {
                let d = d.clone();
                rt.block_on(move || d.notify_all());
            }
            waits.join().unwrap()
        }
        "action" => {
            let (tx, rx) = mpsc::channel();
            let tx = Mutex::new(tx);
            let alarm = Alarm::new(move || {
                let result = catch_unwind(AssertUnwindSafe(run));
                tx.lock().unwrap().send(result).unwrap();
            });
            rt.block_on(move || _ = alarm.set(Duration::from_micros(10)));
            rx.recv().unwrap()
        }
        "foreign" => catch_unwind(AssertUnwindSafe(run)),
        _ => unreachable!("{place}"),
    };
    result.map_err(|panic| match panic.downcast::<String>() {
        Ok(text) => *text,
        Err(panic) => panic.downcast::<&str>().unwrap().to_string(),
    })
}

/// Each operation, called at each place, does its work or panics with a text that names it and says why.
#[test]
fn every_operation_works_or_says_why_not() {
    for procs in [1, 2, 4] {
        watchdog(120, move || {
            let rt = runtime(procs);
            // So that processors are wanted elsewhere.
            let stop = Arc::new(AtomicBool::new(false));
            let busy: Vec<JoinHandle<()>> = (0..3)
                .map(|_| {
                    let stop = stop.clone();
                    rt.spawn(move || {
                        while !stop.load(Ordering::Relaxed) {
                            hosted::yield_now();
                            hosted::sleep(Duration::from_micros(100));
                        }
                    })
                })
                .collect();
            for place in PLACES {
                for what in OPERATIONS {
                    for _ in 0..3 {
                        let got = call(place, what, rt);
                        let refused = match (place, what) {
                            (_, "panic") => Some("as intended"),
                            ("blocking" | "nested", "park" | "pin") => Some("in hosted::blocking"),
                            (
                                "action",
                                "sleep" | "yield" | "join" | "block_on" | "acquire" | "acquire_first" | "wait"
                                | "set_procs" | "pin" | "blocking" | "brief",
                            ) => Some("must not wait"),
                            ("action", "current" | "park") => Some("not called from a task"),
                            (
                                "foreign",
                                "sleep" | "yield" | "park" | "current" | "wake" | "hand_over" | "acquire" | "acquire_first"
                                | "release" | "wait" | "notify" | "set" | "stop" | "set_procs" | "pin" | "blocking"
                                | "brief",
                            ) => Some("not called from a task"),
                            _ => None,
                        };
                        match (&got, refused) {
                            (Ok(()), None) => {}
                            (Err(text), Some(part)) if text.contains(part) => {}
                            // A unit may be there before it is waited for.
                            (Ok(()), Some(_)) if what.starts_with("acquire") => {}
                            _ => panic!("{what} in {place}: {got:?}, not {refused:?}"),
                        }
                    }
                }
            }
            stop.store(true, Ordering::Relaxed);
            busy.into_iter().for_each(|t| t.join().unwrap());
            assert_eq!(rt.block_on(|| 1), 1);
        });
    }
}

#[test]
fn blocking_does_not_hold_up_the_tasks_of_its_thread() {
    watchdog(60, || {
        for procs in [1, 2] {
            runtime(procs).block_on(|| {
                let (tx, rx) = mpsc::channel();
                let started = Arc::new(Semaphore::new(0));
                let s = started.clone();
                let other = hosted::spawn(move || {
                    s.release();
                    hosted::yield_now();
                    hosted::sleep(Duration::from_millis(2));
                    tx.send(thread::current().id()).unwrap();
                });
                // It has started, perhaps on this very thread.
                started.acquire();
                let here = thread::current().id();
                let helper = hosted::blocking(move || {
                    rx.recv().unwrap();
                    thread::current().id()
                });
                assert_ne!(helper, here);
                other.join().unwrap();
            });
        }
    });
}

/// A panic without a receiver ends nothing but itself.
#[test]
fn panics_that_nobody_waits_for_go_no_further() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("bomb");
        }
    }
    watchdog(60, || {
        for procs in [1, 2] {
            let rt = runtime(procs);
            // Results: of a detached task, of one that has ended before its handle is dropped.
            // (The latter's panic is in the thread that drops the handle.)
            let gate = Arc::new(Semaphore::new(0));
            for i in 0..4 {
                let gate = gate.clone();
                drop(rt.spawn(move || {
                    gate.acquire();
                    if i % 2 == 0 {
                        std::panic::panic_any(Bomb);
                    }
                    Bomb
                }));
            }
            rt.block_on(move || (0..4).for_each(|_| gate.release()));
            let ended = rt.spawn(|| Bomb);
            while !ended.is_finished() {
                thread::yield_now();
            }
            assert!(catch_unwind(AssertUnwindSafe(|| drop(ended))).is_err());
            // Payloads, taken and dropped.
            let err = rt.spawn(|| std::panic::panic_any(Bomb)).join().unwrap_err();
            assert!(catch_unwind(AssertUnwindSafe(|| drop(err))).is_err());
            // An alarm's action, and its destructor after the last reference is gone.
            rt.block_on(|| {
                Alarm::new(|| panic!("in an action")).set(Duration::from_micros(1));
                Alarm::new(|| std::panic::panic_any(Bomb)).set(Duration::from_micros(1));
                let bomb = Bomb;
                Alarm::new(move || _ = &bomb).set(Duration::from_millis(20));
                hosted::sleep(Duration::from_millis(40));
            });
            // In what is run for a task elsewhere.
            let err = rt.spawn(|| hosted::blocking(|| -> () { std::panic::panic_any(7) })).join();
            assert_eq!(err.unwrap_err().downcast_ref(), Some(&7));
            for _ in 0..100 {
                assert_eq!(rt.block_on(|| hosted::spawn(|| 5).join().unwrap()), 5);
            }
        }
    });
}

/// A finished task holds its result no longer: what its handle drops is dropped on the handle's thread, not by the task's worker.
#[test]
fn a_finished_task_s_result_is_its_handle_s() {
    struct Where(mpsc::Sender<thread::ThreadId>);
    impl Drop for Where {
        fn drop(&mut self) {
            self.0.send(thread::current().id()).unwrap();
        }
    }
    watchdog(60, || {
        let rt = runtime(2);
        let (tx, rx) = mpsc::channel();
        for _ in 0..20_000 {
            let tx = tx.clone();
            let ended = rt.spawn(move || Where(tx));
            while !ended.is_finished() {
                std::hint::spin_loop();
            }
            drop(ended);
            assert_eq!(rx.recv().unwrap(), thread::current().id());
        }
    });
}

#[test]
fn a_deadlock_callback_may_panic() {
    let (tx, rx) = mpsc::channel();
    let tx = Mutex::new(tx);
    let rt = Builder::new()
        .procs(1)
        .on_deadlock(move |_| {
            tx.lock().unwrap().send(()).unwrap();
            panic!("in the callback");
        })
        .build();
    rt.spawn(hosted::park);
    rx.recv_timeout(Duration::from_secs(10)).unwrap();
    thread::sleep(Duration::from_millis(20));
}

/// More tasks that wait at once than the kernel allows mappings, if their guards need none; else an end with a reason.
#[test]
fn a_hundred_thousand_sleepers() {
    watchdog(120, || {
        let rt = Builder::new().procs(2).stack_size(hosted::MIN_STACK).build();
        let gate = Arc::new(Semaphore::new(0));
        let arrived = Arc::new(AtomicU32::new(0));
        let (g, a) = (gate.clone(), arrived.clone());
        let (ended, refused) = rt.block_on(move || {
            let tasks: Vec<_> = (0..100_000)
                .map(|_| {
                    let (g, a) = (g.clone(), a.clone());
                    hosted::spawn(move || {
                        a.fetch_add(1, Ordering::Relaxed);
                        g.acquire();
                        g.release();
                    })
                })
                .collect();
            while tasks.iter().filter(|t| t.is_finished()).count() as u32 + a.load(Ordering::Relaxed) < 100_000 {
                hosted::sleep(Duration::from_millis(5));
            }
            g.release();
            let results: Vec<_> = tasks.into_iter().map(|t| t.join()).collect();
            let refused = results
                .iter()
                .filter_map(|r| r.as_ref().err())
                .map(|e| e.downcast_ref::<String>().unwrap().clone())
                .collect::<Vec<_>>();
            (results.len() - refused.len(), refused)
        });
        assert!(ended >= 30_000, "{ended}");
        assert!(refused.iter().all(|text| text.contains("vm.max_map_count")), "{:?}", refused.first());
        assert_eq!(rt.block_on(|| 1), 1);
    });
}

#[test]
fn two_runtimes_share_what_is_for_one() {
    watchdog(60, || {
        let (a, b) = (runtime(2), runtime(2));
        let s = Arc::new(Semaphore::new(0));
        let c = Arc::new(Condition::new());
        let (s2, c2) = (s.clone(), c.clone());
        let waits: Vec<_> = (0..50)
            .map(|i| {
                let (s, c) = (s.clone(), c.clone());
                a.spawn(move || if i % 2 == 0 { s.acquire() } else { c.wait(|| ()) })
            })
            .collect();
        let done = Arc::new(AtomicBool::new(false));
        let d = done.clone();
        let wakes = b.spawn(move || {
            (0..25).for_each(|_| s2.release());
            while !d.load(Ordering::Relaxed) {
                c2.notify_all();
                hosted::sleep(Duration::from_micros(100));
            }
        });
        waits.into_iter().for_each(|t| t.join().unwrap());
        done.store(true, Ordering::Relaxed);
        wakes.join().unwrap();
        // The tasks of one cannot wait where those of another have. (With one processor a task has run until it waits
        // when the next one runs.)
        let one = runtime(1);
        let (s, c) = (Arc::new(Semaphore::new(0)), Arc::new(Condition::new()));
        let (s2, c2) = (s.clone(), c.clone());
        let first = (one.spawn(move || s2.acquire()), one.spawn(move || c2.wait(|| ())));
        one.block_on(|| ());
        let (s2, c2) = (s.clone(), c.clone());
        for e in [b.spawn(move || s2.acquire()).join(), b.spawn(move || c2.wait(|| ())).join()] {
            assert!(e.unwrap_err().downcast_ref::<&str>().unwrap().contains("two runtimes"));
        }
        b.block_on(move || {
            s.release();
            c.notify_one();
        });
        first.0.join().unwrap();
        first.1.join().unwrap();
        // A task of one joins a task of the other, and sets its alarms.
        let alarm = Alarm::new(|| ());
        let twin = alarm.clone();
        assert_eq!(
            a.block_on(move || {
                alarm.set(Duration::from_secs(999));
                b.spawn(|| 3).join().unwrap()
            }),
            3
        );
        assert!(b.block_on(move || twin.stop()));
        // The number of processors is changed from within only.
        let e = a.spawn(move || b.set_procs(1)).join().unwrap_err();
        assert!(e.downcast_ref::<&str>().unwrap().contains("another runtime"));
    });
}

/// Extreme values of everything that is given a size, a count or a time.
#[test]
fn extreme_values_are_taken_or_refused() {
    let text = |f: &dyn Fn()| {
        let e = catch_unwind(AssertUnwindSafe(f)).unwrap_err();
        e.downcast_ref::<String>().unwrap().clone()
    };
    for n in [u32::MAX, hosted::MAX_PROCS + 1] {
        assert!(text(&|| drop(Builder::new().procs(n))).contains("at most 4096"));
    }
    for bytes in [usize::MAX, isize::MAX as usize, isize::MAX as usize + 1, 1 << 60] {
        assert!(text(&|| _ = Builder::new().stack_size(bytes).build()).contains("Builder::stack_size"));
    }
    watchdog(60, || {
        let rt = Builder::new().procs(0).stack_size(0).build();
        assert_eq!(rt.procs(), 1);
        let sleeps = rt.spawn(|| hosted::sleep(Duration::MAX));
        rt.block_on(move || {
            assert!(catch_unwind(|| Runtime::current().set_procs(u32::MAX)).is_err());
            Runtime::current().set_procs(0);
            assert_eq!(Runtime::current().procs(), 1);
            let alarm = Alarm::new(|| ());
            assert!(!alarm.set(Duration::MAX));
            assert!(alarm.set(Duration::ZERO));
            hosted::sleep(Duration::ZERO);
            let s = Semaphore::new(u32::MAX);
            assert!(catch_unwind(AssertUnwindSafe(|| s.release())).is_err());
            assert!(catch_unwind(AssertUnwindSafe(|| s.hand_over())).is_err());
            s.acquire();
            assert_eq!(s.available(), u32::MAX - 1);
            assert!(!sleeps.is_finished());
            // A type without a size, and a large one.
            assert_eq!(hosted::spawn(|| ()).join().unwrap(), ());
            assert_eq!(hosted::spawn(|| [7u8; 4096]).join().unwrap()[4095], 7);
        });
        let rt = Builder::new().procs(hosted::MAX_PROCS).build();
        assert_eq!(rt.block_on(|| hosted::spawn(|| 1).join().unwrap()), 1);
    });
}

/// Which handles may go to other threads, and that all can be printed.
#[test]
fn handles_can_be_sent_shared_and_printed() {
    fn check<T: Send + Sync + std::fmt::Debug>() {}
    check::<Runtime>();
    check::<TaskRef>();
    check::<Alarm>();
    check::<Semaphore>();
    check::<Condition>();
    check::<JoinHandle<Cell<u8>>>();
    check::<hosted::SpawnError>();
    fn check_builder<T: Send + std::fmt::Debug>() {}
    check_builder::<Builder>();
}

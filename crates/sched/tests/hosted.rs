//! The hosted runtime from outside: many tasks, every way to wait, processors coming and going.
#![cfg(not(any(loom, shuttle)))]

mod common;

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use goxide_sched::Asleep;
use goxide_sched::hosted::{self, Alarm, Builder, Condition, Runtime, Semaphore, TaskRef};

fn runtime(procs: u32) -> Runtime {
    Builder::new().procs(procs).build()
}

fn watched(procs: u32) -> Runtime {
    common::watched(Builder::new().procs(procs)).build()
}

/// Every test runs with one processor, two, and more than the machine has, without a monitor and with one.
fn with_procs(f: impl Fn(Runtime)) {
    for n in [1, 2, 8] {
        f(runtime(n));
        f(watched(n));
    }
}

/// Fails the test instead of hanging it.
fn watchdog<T: Send + 'static>(secs: u64, f: impl FnOnce() -> T + Send + 'static) -> T {
    let (tx, rx) = mpsc::channel();
    std::thread::spawn(move || tx.send(f()));
    rx.recv_timeout(Duration::from_secs(secs)).expect("the runtime hangs, or the test panicked")
}

#[test]
fn result_and_panic_come_out_of_join() {
    with_procs(|rt| {
        assert_eq!(rt.block_on(|| 6 * 7), 42);
        let err = rt.spawn(|| panic!("as intended")).join().expect_err("it panics");
        assert_eq!(err.downcast_ref::<&str>(), Some(&"as intended"));
        // A panic costs neither the worker nor the processor.
        assert_eq!(rt.block_on(|| hosted::spawn(|| 5).join().unwrap()), 5);
    });
}

#[test]
fn a_hundred_thousand_tasks_at_once() {
    watchdog(60, || {
        with_procs(|rt| {
            let sum = Arc::new(AtomicU64::new(0));
            let total = sum.clone();
            let peak = rt.block_on(move || {
                let rt = Runtime::current();
                let handles: Vec<_> = (0..100_000u64)
                    .map(|i| {
                        let sum = sum.clone();
                        hosted::spawn(move || sum.fetch_add(i, Ordering::Relaxed))
                    })
                    .collect();
                let peak = rt.num_tasks();
                handles.into_iter().for_each(|h| assert!(h.join().is_ok()));
                peak
            });
            assert_eq!(total.load(Ordering::Relaxed), 100_000 * 99_999 / 2);
            if rt.procs() == 1 {
                assert_eq!(peak, 100_001);
            }
        });
    });
}

#[test]
fn spawn_from_many_foreign_threads() {
    watchdog(60, || {
        with_procs(|rt| {
            let n = Arc::new(AtomicU32::new(0));
            let threads: Vec<_> = (0..4)
                .map(|_| {
                    let n = n.clone();
                    std::thread::spawn(move || {
                        for _ in 0..2_000 {
                            let n = n.clone();
                            rt.spawn(move || n.fetch_add(1, Ordering::Relaxed)).join().unwrap();
                        }
                    })
                })
                .collect();
            threads.into_iter().for_each(|t| t.join().unwrap());
            assert_eq!(n.load(Ordering::Relaxed), 8_000);
        });
    });
}

fn ping_pong(rounds: u32) {
    let turn = Arc::new(AtomicU32::new(0));
    let first: Arc<Mutex<Option<TaskRef>>> = Arc::default();
    let me = hosted::current();
    let (t2, f2) = (turn.clone(), first.clone());
    let other = hosted::spawn(move || {
        *f2.lock().unwrap() = Some(hosted::current());
        me.ready();
        for i in 0..rounds {
            while t2.load(Ordering::Acquire) != 2 * i + 1 {
                hosted::park();
            }
            t2.store(2 * i + 2, Ordering::Release);
            me.ready();
        }
    });
    while first.lock().unwrap().is_none() {
        hosted::park();
    }
    let it = first.lock().unwrap().unwrap();
    for i in 0..rounds {
        turn.store(2 * i + 1, Ordering::Release);
        it.ready();
        while turn.load(Ordering::Acquire) != 2 * i + 2 {
            hosted::park();
        }
    }
    other.join().unwrap();
}

#[test]
fn ping_pong_by_park_and_ready() {
    watchdog(60, || with_procs(|rt| rt.block_on(|| ping_pong(20_000))));
}

#[test]
fn ready_from_a_foreign_thread() {
    watchdog(60, || {
        with_procs(|rt| {
            let (tx, rx) = mpsc::channel::<TaskRef>();
            let count = Arc::new(AtomicU32::new(0));
            let seen = count.clone();
            let task = rt.spawn(move || {
                tx.send(hosted::current()).unwrap();
                while seen.load(Ordering::Acquire) < 1_000 {
                    hosted::park();
                }
            });
            let t = rx.recv().unwrap();
            for _ in 0..1_000 {
                count.fetch_add(1, Ordering::Release);
                t.ready();
            }
            task.join().unwrap();
        });
    });
}

#[test]
fn yielding_is_fair_on_one_processor() {
    let rt = runtime(1);
    let order = Arc::new(Mutex::new(Vec::new()));
    let o = order.clone();
    rt.block_on(move || {
        let tasks: Vec<_> = (0..3)
            .map(|id| {
                let o = o.clone();
                hosted::spawn(move || {
                    for _ in 0..50 {
                        o.lock().unwrap().push(id);
                        hosted::yield_now();
                    }
                })
            })
            .collect();
        tasks.into_iter().for_each(|t| t.join().unwrap());
    });
    let order = order.lock().unwrap();
    assert_eq!(order.len(), 150);
    // Two turns ahead at most, and one more for each 61st slice, which serves the global queue first.
    let mut n = [0i32; 3];
    for &id in order.iter() {
        n[id] += 1;
        let live: Vec<_> = n.iter().filter(|&&c| c < 50).collect();
        if live.len() == 3 {
            assert!(n.iter().max().unwrap() - n.iter().min().unwrap() <= 4, "{n:?}");
        }
    }
}

#[test]
fn two_that_wake_each_other_do_not_starve_a_third() {
    watchdog(60, || {
        let rt = runtime(1);
        rt.block_on(|| {
            let done = Arc::new(AtomicBool::new(false));
            let d = done.clone();
            let a = hosted::current();
            let b = hosted::spawn({
                let done = done.clone();
                move || {
                    while !done.load(Ordering::Relaxed) {
                        a.ready();
                        hosted::park();
                    }
                    a.ready();
                }
            });
            // Goes to the tail of the queue, behind the two that hand the slot to each other.
            hosted::spawn(move || {
                hosted::yield_now();
                d.store(true, Ordering::Relaxed);
            });
            while !done.load(Ordering::Relaxed) {
                hosted::yield_now();
            }
            drop(b);
        });
    });
}

#[test]
fn sleeps_end_in_order_and_not_early() {
    watchdog(60, || {
        with_procs(|rt| {
            let order = Arc::new(Mutex::new(Vec::new()));
            let o = order.clone();
            rt.block_on(move || {
                let tasks: Vec<_> = [50u64, 10, 40, 20, 30]
                    .into_iter()
                    .map(|ms| {
                        let o = o.clone();
                        hosted::spawn(move || {
                            let start = Instant::now();
                            hosted::sleep(Duration::from_millis(ms));
                            assert!(start.elapsed() >= Duration::from_millis(ms));
                            o.lock().unwrap().push(ms);
                        })
                    })
                    .collect();
                tasks.into_iter().for_each(|t| t.join().unwrap());
            });
            let mut order = order.lock().unwrap();
            if rt.procs() > 1 {
                // On a busy machine several are due at once, and run side by side.
                order.sort();
            }
            assert_eq!(*order, [10, 20, 30, 40, 50]);
        });
    });
}

#[test]
fn an_earlier_timer_wakes_the_sleeper() {
    watchdog(20, || {
        with_procs(|rt| {
            // A worker goes to sleep for a long timer; another task then asks for a short one.
            let _long = rt.spawn(|| hosted::sleep(Duration::from_secs(3600)));
            std::thread::sleep(Duration::from_millis(20));
            let start = Instant::now();
            rt.block_on(|| hosted::sleep(Duration::from_millis(5)));
            assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
        });
    });
}

#[test]
fn thousands_of_sleepers() {
    watchdog(60, || {
        with_procs(|rt| {
            let n = rt.block_on(|| {
                let tasks: Vec<_> = (0..2_000u64)
                    .map(|i| {
                        hosted::spawn(move || {
                            hosted::sleep(Duration::from_micros(i * 7919 % 20_000));
                            1
                        })
                    })
                    .collect();
                tasks.into_iter().map(|t| t.join().unwrap()).sum::<u32>()
            });
            assert_eq!(n, 2_000);
        });
    });
}

#[test]
fn processors_come_and_go_while_tasks_run() {
    watchdog(60, || {
        let rt = runtime(2);
        let stop = Arc::new(AtomicBool::new(false));
        let workers: Vec<_> = (0..8)
            .map(|i| {
                let stop = stop.clone();
                rt.spawn(move || {
                    let mut n = 0u64;
                    while !stop.load(Ordering::Relaxed) {
                        if i % 2 == 0 {
                            hosted::yield_now();
                        } else {
                            hosted::sleep(Duration::from_micros(50));
                        }
                        n += hosted::spawn(|| 1u64).join().unwrap();
                    }
                    n
                })
            })
            .collect();
        rt.block_on(|| {
            for n in [1, 4, 3, 40, 1, 2, 7, 100, 2].into_iter().cycle().take(60) {
                Runtime::current().set_procs(n);
                assert_eq!(Runtime::current().procs(), n);
                hosted::yield_now();
            }
        });
        stop.store(true, Ordering::Relaxed);
        for w in workers {
            assert!(w.join().unwrap() > 0);
        }
        assert_eq!(rt.procs(), 2, "the sixtieth of the cycle");
    });
}

#[test]
fn two_tasks_change_the_processors_at_once() {
    watchdog(60, || {
        let rt = runtime(4);
        let tasks: Vec<_> = (0..4u32)
            .map(|i| {
                rt.spawn(move || {
                    for n in 1..30 {
                        Runtime::current().set_procs(1 + (n + i) % 6);
                    }
                })
            })
            .collect();
        tasks.into_iter().for_each(|t| t.join().unwrap());
        assert!((1..=6).contains(&rt.procs()));
    });
}

#[test]
fn semaphore_excludes_and_serves_all() {
    watchdog(60, || {
        with_procs(|rt| {
            rt.block_on(|| {
                let s = Arc::new(Semaphore::new(1));
                let inside = Arc::new(AtomicU32::new(0));
                let tasks: Vec<_> = (0..50)
                    .map(|i| {
                        let (s, inside) = (s.clone(), inside.clone());
                        hosted::spawn(move || {
                            for _ in 0..200 {
                                s.acquire();
                                assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                                if i % 7 == 0 {
                                    hosted::yield_now();
                                }
                                inside.fetch_sub(1, Ordering::SeqCst);
                                if i % 3 == 0 { s.hand_over() } else { s.release() }
                            }
                        })
                    })
                    .collect();
                tasks.into_iter().for_each(|t| t.join().unwrap());
                assert_eq!(s.available(), 1);
            });
        });
    });
}

#[test]
fn semaphore_order_is_fifo_and_lifo_when_asked() {
    let rt = runtime(1);
    let order = rt.block_on(|| {
        let s = Arc::new(Semaphore::new(0));
        let order = Arc::new(Mutex::new(Vec::new()));
        let tasks: Vec<_> = (0..6)
            .map(|i| {
                let (s, order) = (s.clone(), order.clone());
                let t = hosted::spawn(move || {
                    if i < 3 {
                        s.acquire()
                    } else {
                        s.acquire_first()
                    };
                    order.lock().unwrap().push(i);
                });
                // Let it get in line before the next.
                hosted::yield_now();
                t
            })
            .collect();
        for _ in 0..6 {
            s.hand_over();
        }
        tasks.into_iter().for_each(|t| t.join().unwrap());
        Arc::into_inner(order).unwrap().into_inner().unwrap()
    });
    assert_eq!(order, [5, 4, 3, 0, 1, 2]);
}

#[test]
fn many_semaphores_share_the_roots() {
    watchdog(60, || {
        with_procs(|rt| {
            rt.block_on(|| {
                let all: Arc<Vec<Semaphore>> = Arc::new((0..3_000).map(|_| Semaphore::new(0)).collect());
                let tasks: Vec<_> = (0..3_000)
                    .map(|i| {
                        let all = all.clone();
                        hosted::spawn(move || {
                            all[i].acquire();
                            // A chain through all of them, in an order unlike that of addresses.
                            all[(i + 1009) % 3_000].release();
                        })
                    })
                    .collect();
                hosted::yield_now();
                all[0].release();
                // 1009 is coprime to 3000, so the chain closes where it began.
                tasks.into_iter().for_each(|t| t.join().unwrap());
                assert_eq!(all.iter().map(Semaphore::available).sum::<u32>(), 1);
                assert_eq!(all[0].available(), 1);
            });
        });
    });
}

#[test]
fn notify_one_follows_the_tickets() {
    let rt = runtime(1);
    let order = rt.block_on(|| {
        let c = Arc::new(Condition::new());
        let order = Arc::new(Mutex::new(Vec::new()));
        let tasks: Vec<_> = (0..5)
            .map(|i| {
                let (c, order) = (c.clone(), order.clone());
                let t = hosted::spawn(move || {
                    c.wait(|| ());
                    order.lock().unwrap().push(i);
                });
                hosted::yield_now();
                t
            })
            .collect();
        for _ in 0..2 {
            c.notify_one();
            hosted::yield_now();
        }
        assert_eq!(*order.lock().unwrap(), [0, 1]);
        c.notify_all();
        tasks.into_iter().for_each(|t| t.join().unwrap());
        let mut order = Arc::into_inner(order).unwrap().into_inner().unwrap();
        order[2..].sort();
        order
    });
    assert_eq!(order, [0, 1, 2, 3, 4]);
}

#[test]
fn no_notification_is_lost_between_ticket_and_wait() {
    watchdog(60, || {
        with_procs(|rt| {
            rt.block_on(|| {
                let c = Arc::new(Condition::new());
                let value = Arc::new(Mutex::new(0u32));
                let (c2, v2) = (c.clone(), value.clone());
                let consumer = hosted::spawn(move || {
                    for want in 1..=5_000 {
                        loop {
                            let guard = v2.lock().unwrap();
                            if *guard >= want {
                                break;
                            }
                            c2.wait(|| drop(guard));
                        }
                    }
                });
                for _ in 0..5_000 {
                    *value.lock().unwrap() += 1;
                    c.notify_one();
                    if Runtime::current().procs() == 1 {
                        hosted::yield_now();
                    }
                }
                consumer.join().unwrap();
            });
        });
    });
}

#[test]
fn deadlock_is_noticed() {
    for procs in [1, 2, 4] {
        let (tx, rx) = mpsc::channel();
        let tx = Mutex::new(tx);
        let rt = Builder::new().procs(procs).on_deadlock(move |why| tx.lock().unwrap().send(why).unwrap()).build();
        let (done, finished) = mpsc::channel();
        // Not dead: a sleep will end.
        rt.spawn(move || {
            hosted::sleep(Duration::from_millis(30));
            done.send(()).unwrap();
            // Dead: nothing will ever ready it.
            hosted::park();
        });
        finished.recv_timeout(Duration::from_secs(10)).expect("a sleeper is not a deadlock");
        assert_eq!(rx.recv_timeout(Duration::from_secs(10)), Ok(Asleep::AllWaiting));
    }
}

#[test]
fn tasks_are_counted() {
    with_procs(|rt| {
        rt.block_on(|| {
            let rt = Runtime::current();
            assert_eq!(rt.num_tasks(), 1);
            let s = Arc::new(Semaphore::new(0));
            let tasks: Vec<_> = (0..100)
                .map(|_| {
                    let s = s.clone();
                    hosted::spawn(move || s.acquire())
                })
                .collect();
            assert_eq!(rt.num_tasks(), 101);
            (0..100).for_each(|_| s.release());
            tasks.into_iter().for_each(|t| t.join().unwrap());
            // A task is joined before its end is counted.
            let start = Instant::now();
            while rt.num_tasks() != 1 {
                assert!(start.elapsed() < Duration::from_secs(10));
                hosted::yield_now();
            }
        });
    });
}

#[test]
fn alarms_answer_exactly() {
    watchdog(30, || {
        with_procs(|rt| {
            rt.block_on(|| {
                let n = Arc::new(AtomicU32::new(0));
                let me = hosted::current();
                let alarm = {
                    let n = n.clone();
                    Alarm::new(move || {
                        n.fetch_add(1, Ordering::SeqCst);
                        me.ready();
                    })
                };
                assert!(!alarm.stop(), "it was never set");
                assert!(!alarm.set(Duration::from_secs(3600)));
                assert!(alarm.set(Duration::from_secs(1800)), "it was set");
                assert!(alarm.stop());
                assert!(!alarm.stop());
                assert!(!alarm.set(Duration::from_millis(1)));
                while n.load(Ordering::SeqCst) == 0 {
                    hosted::park();
                }
                assert!(!alarm.stop(), "it has gone off");
                hosted::sleep(Duration::from_millis(5));
                assert_eq!(n.load(Ordering::SeqCst), 1);
                assert_eq!(Arc::strong_count(&alarm), 1);
            });
        });
    });
}

/// Tasks set and stop one alarm at random: every setting either goes off, or is answered for by a
/// stop or a later setting.
#[test]
fn alarms_under_contention_balance() {
    watchdog(60, || {
        for procs in [2, 8] {
            runtime(procs).block_on(|| {
                let fired = Arc::new(AtomicU32::new(0));
                let f = fired.clone();
                let alarm = Alarm::new(move || _ = f.fetch_add(1, Ordering::SeqCst));
                let tasks: Vec<_> = (0..8u32)
                    .map(|i| {
                        let alarm = alarm.clone();
                        hosted::spawn(move || {
                            // Settings that began a wait, less those that a stop ended.
                            let mut open = 0i64;
                            for k in 0..2_000u32 {
                                match (k * 7 + i) % 5 {
                                    0 => open -= alarm.stop() as i64,
                                    1 => hosted::yield_now(),
                                    d => open += !alarm.set(Duration::from_micros(d as u64 * 3)) as i64,
                                }
                            }
                            open
                        })
                    })
                    .collect();
                let open: i64 = tasks.into_iter().map(|t| t.join().unwrap()).sum();
                // What is set, or goes off just now, has a reference. This thread looks, and nothing wakes the runtime but the alarm.
                let all_done = alarm.clone();
                hosted::blocking(move || {
                    while Arc::strong_count(&all_done) != 2 {
                        std::thread::sleep(Duration::from_micros(100));
                    }
                });
                assert_eq!(open, fired.load(Ordering::SeqCst) as i64);
                hosted::sleep(Duration::from_millis(1));
                assert_eq!((open, Arc::strong_count(&alarm)), (fired.load(Ordering::SeqCst) as i64, 1));
            });
        }
    });
}

#[test]
fn blocking_tasks_leave_the_processor_to_others() {
    watchdog(30, || {
        let rt = runtime(1);
        let n = rt.block_on(|| {
            let (tx, rx) = mpsc::channel();
            let other = hosted::spawn(move || tx.send(7).unwrap());
            // Blocks the thread until the other task, on the only processor, has run.
            let got = hosted::blocking(move || rx.recv().unwrap());
            other.join().unwrap();
            got
        });
        assert_eq!(n, 7);
    });
}

#[test]
fn a_brief_call_that_lasts_loses_the_processor() {
    watchdog(60, || {
        // Without a monitor it never had it.
        for rt in [runtime(1), watched(1)] {
            for round in 0..23 {
                let n = rt.block_on(|| {
                    let (tx, rx) = mpsc::channel();
                    let other = hosted::spawn(move || tx.send(7).unwrap());
                    // No other thread is awake to see that the other task has no processor.
                    let got = hosted::brief(|| rx.recv().unwrap());
                    other.join().unwrap();
                    got
                });
                assert_eq!(n, 7);
                // In the end long enough for the monitor to rest.
                let pause = if round < 20 { 3 } else { 60 };
                std::thread::sleep(Duration::from_millis(pause));
            }
        }
    });
}

#[test]
fn a_brief_call_keeps_its_processor_while_a_monitor_watches() {
    watchdog(60, || {
        let rt = watched(1);
        rt.block_on(|| (0..20_000).for_each(|_| hosted::brief(|| ())));
        // The worker and the monitor; without one each call hands the processor to another thread.
        assert!(rt.num_threads() <= 4, "{} threads", rt.num_threads());
    });
}

#[test]
fn many_tasks_in_and_out_of_blocking_calls() {
    watchdog(60, || {
        with_procs(|rt| {
            rt.block_on(|| {
                let tasks: Vec<_> = (0..16u32)
                    .map(|i| {
                        hosted::spawn(move || {
                            for k in 0..300 {
                                if (i + k) % 50 == 0 {
                                    hosted::blocking(|| std::thread::sleep(Duration::from_micros(100)));
                                } else if k % 9 == 0 {
                                    hosted::brief(|| std::thread::sleep(Duration::from_micros(30)));
                                } else {
                                    hosted::brief(|| ());
                                }
                                if i == 0 && k % 40 == 0 {
                                    Runtime::current().set_procs(1 + k % 4);
                                }
                            }
                        })
                    })
                    .collect();
                tasks.into_iter().for_each(|t| t.join().unwrap());
            });
        });
    });
}

#[test]
fn a_panic_in_a_blocking_call_comes_back_first() {
    let rt = runtime(1);
    let err = rt.spawn(|| hosted::blocking(|| panic!("inside"))).join().expect_err("it panics");
    assert_eq!(err.downcast_ref::<&str>(), Some(&"inside"));
    assert_eq!(rt.block_on(|| 1), 1);
}

#[test]
fn pinned_tasks_stay_on_their_thread() {
    watchdog(60, || {
        with_procs(|rt| {
            rt.block_on(|| {
                let tasks: Vec<_> = (0..6)
                    .map(|i| {
                        hosted::spawn(move || {
                            if i % 2 == 0 {
                                hosted::pin_thread();
                                hosted::pin_thread();
                                hosted::unpin_thread();
                            }
                            let home = std::thread::current().id();
                            for k in 0..200 {
                                match k % 3 {
                                    0 => hosted::yield_now(),
                                    1 => hosted::sleep(Duration::from_micros(20)),
                                    _ => hosted::blocking(|| ()),
                                }
                                if i % 2 == 0 {
                                    assert_eq!(std::thread::current().id(), home);
                                }
                            }
                            if i % 2 == 0 {
                                hosted::unpin_thread();
                            }
                        })
                    })
                    .collect();
                tasks.into_iter().for_each(|t| t.join().unwrap());
            });
        });
    });
}

#[test]
fn a_thread_ends_with_its_pinned_task() {
    watchdog(30, || {
        let rt = runtime(2);
        let ids: Vec<_> = (0..3)
            .map(|_| {
                rt.block_on(|| {
                    hosted::pin_thread();
                    std::thread::current().id()
                })
            })
            .collect();
        // None of those threads ever runs a task again.
        for _ in 0..200 {
            let id = rt.block_on(|| std::thread::current().id());
            assert!(!ids.contains(&id));
        }
    });
}

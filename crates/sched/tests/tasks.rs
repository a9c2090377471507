//! What a task has of its own (a name, values), what a runtime says of a deadlock and does afterwards, and what is said where there is no task.
#![cfg(not(any(loom, shuttle)))]

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use goxide_sched::Asleep;
use goxide_sched::hosted::{self, Builder, Runtime, Semaphore, TaskLocal, TaskRef};

#[test]
fn a_deadlock_is_not_the_end() {
    for procs in [1, 2, 4] {
        let (tx, rx) = mpsc::channel();
        let tx = Mutex::new(tx);
        let rt = Builder::new().procs(procs).on_deadlock(move |why| tx.lock().unwrap().send(why).unwrap()).build();
        let (me, whose) = mpsc::channel();
        let parked = rt.spawn(move || {
            me.send(hosted::current()).unwrap();
            hosted::park();
            "went on"
        });
        let task = whose.recv().unwrap();
        let soon = Duration::from_secs(10);
        for round in 0..3 {
            assert_eq!(rx.recv_timeout(soon), Ok(Asleep::AllWaiting), "{procs} processors, round {round}");
            // What is spawned afterwards runs; then there is a deadlock as before.
            let (done, ran) = mpsc::channel();
            rt.spawn(move || {
                hosted::yield_now();
                done.send(round).unwrap();
            });
            assert_eq!(ran.recv_timeout(soon), Ok(round), "{procs} processors: a task spawned after a deadlock never ran");
        }
        assert_eq!(rx.recv_timeout(soon), Ok(Asleep::AllWaiting));
        assert!(rx.recv_timeout(Duration::from_millis(50)).is_err(), "a deadlock is told of once");
        task.ready();
        assert_eq!(parked.join().unwrap(), "went on");
    }
}

#[test]
fn what_is_told_of_a_deadlock_may_end_it() {
    for (procs, pinned) in [(1, false), (2, false), (1, true), (2, true)] {
        let waiting: Arc<Mutex<Option<TaskRef>>> = Arc::default();
        let told = Arc::new(AtomicUsize::new(0));
        let rt = {
            let (waiting, told) = (waiting.clone(), told.clone());
            // It may block, for a task even.
            let end = move |_| {
                told.fetch_add(1, Ordering::SeqCst);
                let task = waiting.lock().unwrap().take().expect("a task waits");
                task.runtime().spawn(move || task.ready()).join().unwrap();
            };
            Builder::new().procs(procs).on_deadlock(end).build()
        };
        for round in 1..=3 {
            let waiting = waiting.clone();
            let task = rt.spawn(move || {
                if pinned {
                    hosted::pin_thread();
                }
                *waiting.lock().unwrap() = Some(hosted::current());
                hosted::park();
            });
            task.join().unwrap();
            assert_eq!(told.load(Ordering::SeqCst), round, "{procs} processors, pinned: {pinned}");
        }
    }
}

#[test]
fn each_task_has_values_and_a_name_of_its_own() {
    struct Counted(Arc<AtomicUsize>);
    impl Drop for Counted {
        fn drop(&mut self) {
            // Values can be asked for while others are dropped.
            self.0.fetch_add(1 + SUM.with(Cell::get), Ordering::SeqCst);
        }
    }
    static SUM: TaskLocal<Cell<usize>> = TaskLocal::new(|| Cell::new(0));
    static LAST: TaskLocal<Cell<Option<Counted>>> = TaskLocal::new(|| Cell::new(None));
    for rt in [1, 2, 8].map(|procs| Builder::new().procs(procs).build()) {
        let dropped = Arc::new(AtomicUsize::new(0));
        let tasks: Vec<_> = (0..20)
            .map(|i| {
                let dropped = dropped.clone();
                rt.task().name(format!("task {i}")).spawn(move || {
                    LAST.with(|last| last.set(Some(Counted(dropped))));
                    for _ in 0..i {
                        SUM.with(|sum| {
                            let before = sum.get();
                            // Others of this thread come between.
                            hosted::yield_now();
                            sum.set(before + 1);
                        });
                    }
                    (SUM.with(Cell::get), hosted::task_name(), hosted::blocking(hosted::task_name))
                })
            })
            .collect();
        for (i, task) in tasks.into_iter().enumerate() {
            let name: Option<Arc<str>> = Some(format!("task {i}").into());
            assert_eq!(task.join().unwrap(), (i, name.clone(), name));
        }
        // A task is joined before its values are dropped. They are in reverse order, so the sum is made anew, or is not there yet: 0.
        let start = Instant::now();
        while dropped.load(Ordering::SeqCst) < 20 {
            assert!(start.elapsed() < Duration::from_secs(10));
            std::thread::yield_now();
        }
        assert_eq!(dropped.load(Ordering::SeqCst), 20);
        // What comes after in the same descriptors has none.
        assert_eq!(rt.block_on(|| (SUM.with(Cell::get), hosted::task_name())), (0, None));
        assert!(rt.spawn(|| hosted::blocking(|| SUM.with(Cell::get))).join().is_err(), "a helper is no task");
    }
    assert!(catch_unwind(|| SUM.with(Cell::get)).is_err(), "this thread is no task");
}

#[test]
fn workers_are_called_what_they_are_to_be_called() {
    let rt = Builder::new().procs(2).thread_name("crawl").build();
    let name = || std::thread::current().name().map(String::from);
    assert_eq!(rt.block_on(name).as_deref(), Some("crawl"));
    assert_eq!(Runtime::new().block_on(name).as_deref(), Some("goxide-worker"));
}

#[test]
fn waiting_where_there_is_no_task_says_what_to_do() {
    let s = Semaphore::new(1);
    // A unit that is there can be taken anywhere.
    s.acquire();
    let said = catch_unwind(AssertUnwindSafe(|| s.acquire())).expect_err("there is no unit");
    let said = said.downcast_ref::<String>().expect("a text");
    assert!(said.contains("Semaphore::acquire") && said.contains("Runtime::block_on"), "{said}");
}

#[test]
fn a_task_local_that_asks_for_itself_at_its_end_ends_all_the_same() {
    struct Again;
    static AGAIN: TaskLocal<Again> = TaskLocal::new(|| Again);
    static DROPS: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    impl Drop for Again {
        fn drop(&mut self) {
            DROPS.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            AGAIN.with(|_| ());
        }
    }
    let rt = Runtime::new();
    rt.spawn(|| AGAIN.with(|_| ())).join().unwrap();
    // Its worker goes on: the next task on it runs.
    for _ in 0..20 {
        rt.spawn(hosted::yield_now).join().unwrap();
    }
    while DROPS.load(std::sync::atomic::Ordering::SeqCst) < 2 {
        std::thread::yield_now();
    }
}

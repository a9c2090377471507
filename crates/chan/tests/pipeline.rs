//! The example, with what it should count.
#![cfg(not(shuttle))]

#[path = "../examples/pipeline.rs"]
mod pipeline;

use goxide_sched::hosted::Runtime;
use pipeline::{Counts, Futures, Run, Tasks, Threads, words};

fn counted(runner: &impl Run) {
    let documents: Vec<String> = (1..=40).map(|n| format!("{} Even-even! odd", "even ".repeat(n))).collect();
    let want: Counts = [("even".to_string(), 40 * 41 / 2 + 80), ("odd".to_string(), 40)].into();
    assert_eq!(words(runner, documents), want);
    assert_eq!(words(runner, Vec::new()), Counts::new(), "every stage ends though there was nothing");
}

#[test]
fn threads_count() {
    counted(&Threads);
}

#[test]
fn tasks_count() {
    counted(&Tasks(Runtime::new()));
}

#[test]
fn futures_count() {
    counted(&Futures(tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap()));
}

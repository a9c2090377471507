//! Counts words: a pipeline that fans out and in, run by OS threads, by futures on tokio, and by tasks of goxide-sched, **with the same stages**.
//!
//! ```text
//!           documents               counts
//!  read  ──────┬──── count 1 ──────────┬────  merge ──── result
//!  (1)         ├──── count 2 ──────────┤      (1)
//!              └──── count 3 ──────────┘
//! ```
//!
//! Each arrow is a bounded channel, so a stage that is slow slows the ones before it down; each stage ends when the channel it reads from is
//! closed, which it is when the stages before it have dropped their ends. A stage is an `async fn`; what differs is how its future is run:
//! a thread or a task polls it and parks until it is woken, tokio polls it among others. So the three could work on one pipeline together.
//!
//! `cargo run --release --example pipeline [file...]`
#![allow(missing_debug_implementations)] // A program: its types have no users.

use goxide_chan::future::{Receiver, Sender, channel};
use goxide_chan::thread;
use goxide_sched::hosted::{self, Runtime, TaskRef};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};

/// How often each word occurs.
pub type Counts = BTreeMap<String, usize>;

/// How many stages count.
const COUNTERS: usize = 3;

/// Sends the documents until they are all sent or no stage reads any more.
async fn read(documents: Vec<String>, to: Sender<String>) {
    for document in documents {
        if to.send(document).await.is_err() {
            return;
        }
    }
}

/// Counts the words of each document that it gets hold of: the fan-out, as several of these read from one channel.
async fn count(from: Receiver<String>, to: Sender<Counts>) {
    while let Ok(document) = from.recv().await {
        let mut counts = Counts::new();
        for word in document.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
            *counts.entry(word.to_lowercase()).or_default() += 1;
        }
        if to.send(counts).await.is_err() {
            return;
        }
    }
}

/// Adds up: the fan-in, as several stages send to one channel.
async fn merge(from: Receiver<Counts>, to: Sender<Counts>) {
    let mut all = Counts::new();
    while let Ok(counts) = from.recv().await {
        for (word, n) in counts {
            *all.entry(word).or_default() += n;
        }
    }
    // Without a receiver the result is not wanted.
    let _ = to.send(all).await;
}

/// What runs a stage.
pub trait Run {
    /// Starts a stage, which goes on by itself.
    fn run(&self, stage: impl Future<Output = ()> + Send + 'static);
}

/// Builds the pipeline and waits for its result, as a thread that knows nothing of futures.
///
/// # Panics
/// If a stage does, as far as this thread sees: then there is no result.
pub fn words(runner: &impl Run, documents: Vec<String>) -> Counts {
    let (document_tx, document_rx) = channel(16);
    let (count_tx, count_rx) = channel(16);
    let (result_tx, result_rx) = channel(1);
    runner.run(read(documents, document_tx));
    for _ in 0..COUNTERS {
        runner.run(count(document_rx.clone(), count_tx.clone()));
    }
    runner.run(merge(count_rx, result_tx));
    // These two ends are in no stage: as long as they are there, the channels do not close.
    drop((document_rx, count_tx));
    thread::Receiver::from(result_rx).recv().expect("the last stage sends")
}

/// A thread for each stage.
pub struct Threads;

impl Run for Threads {
    fn run(&self, stage: impl Future<Output = ()> + Send + 'static) {
        std::thread::spawn(move || poll_until_ready(stage, ThreadWaker(std::thread::current()), std::thread::park));
    }
}

/// A task of goxide-sched for each stage.
pub struct Tasks(pub Runtime);

impl Run for Tasks {
    fn run(&self, stage: impl Future<Output = ()> + Send + 'static) {
        self.0.spawn(move || poll_until_ready(stage, TaskWaker(hosted::current()), hosted::park));
    }
}

/// A future on tokio for each stage.
pub struct Futures(pub tokio::runtime::Runtime);

impl Run for Futures {
    fn run(&self, stage: impl Future<Output = ()> + Send + 'static) {
        self.0.spawn(stage);
    }
}

struct ThreadWaker(std::thread::Thread);

impl Wake for ThreadWaker {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

struct TaskWaker(TaskRef);

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.0.ready();
    }
}

/// Runs a future where it is called. `park` returns when the waker was called, or for no reason.
fn poll_until_ready(stage: impl Future<Output = ()>, waker: impl Wake + Send + Sync + 'static, park: fn()) {
    let waker = Waker::from(Arc::new(waker));
    let mut stage = pin!(stage);
    while stage.as_mut().poll(&mut Context::from_waker(&waker)).is_pending() {
        park();
    }
}

#[allow(dead_code)] // The test has its own.
fn main() {
    let files: Vec<String> = std::env::args().skip(1).collect();
    let documents: Vec<String> = if files.is_empty() {
        vec![include_str!("../README.md").into(); 50]
    } else {
        let read = |file| std::fs::read_to_string(file).unwrap_or_else(|e| panic!("{file}: {e}"));
        files.iter().map(read).collect()
    };
    let tokio = tokio::runtime::Builder::new_multi_thread().build().expect("a runtime");
    let report = |name: &str, counts: &Counts| {
        let (word, n) = counts.iter().max_by_key(|(_, n)| **n).map_or(("", 0), |(word, n)| (word, *n));
        println!("{name}: {} words, most often \"{word}\", {n} times", counts.len());
    };
    report("threads", &words(&Threads, documents.clone()));
    report("tasks", &words(&Tasks(Runtime::new()), documents.clone()));
    report("futures", &words(&Futures(tokio), documents));
}

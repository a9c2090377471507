//! A web crawler over a net that exists only here, with pages that are slow and pages that never answer: tasks of goxide-sched that meet in
//! channels of goxide-chan.
//!
//! - The *frontier* is a channel of addresses without a bound. Each crawler task takes one at a time; one that finishes early takes the next, so
//!   no task stands idle while another has a list of its own.
//! - A *fetch* has so much time and no more: an alarm and the page's own task send into one channel, and the first message counts.
//! - A *deadline* of the whole crawl is an alarm that closes the frontier: the tasks end with what they have.
//! - The *end* of the runtime unwinds what is left: pages that do not answer are waited for by tasks of their own, which would do so for a day.
//!
//! `cargo run --release --example crawler [pages [milliseconds]]`
#![allow(missing_debug_implementations, clippy::missing_panics_doc)] // A program: what is here has no users.

use goxide_chan::future::{Sender, channel, unbounded};
use goxide_sched::hosted::{self, Alarm, Runtime, TaskRef};
use std::collections::HashSet;
use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

/// A page's address.
pub type Address = u32;

/// A net of so many pages.
#[derive(Clone, Copy)]
pub struct Net {
    /// How many.
    pub pages: u32,
    /// Of so many pages one does not answer (0: all do).
    pub dead: u32,
}

impl Net {
    /// What a page links to: some pages that depend on its address alone.
    pub fn links(self, page: Address) -> impl Iterator<Item = Address> {
        // The next two make sure that all are reached; the others lie anywhere.
        let near = [page * 2 + 1, page * 2 + 2];
        let far = (1..4u32).map(move |i| page.wrapping_mul(2_654_435_761).wrapping_add(i * 40_503) % self.pages);
        near.into_iter().filter(move |p| *p < self.pages).chain(far)
    }

    /// Whether a page does not answer.
    pub fn is_dead(self, page: Address) -> bool {
        self.dead != 0 && page != 0 && page.is_multiple_of(self.dead)
    }

    /// Asks for a page, and waits for it.
    fn get(self, page: Address) -> Vec<Address> {
        let long = Duration::from_secs(24 * 3600);
        hosted::sleep(if self.is_dead(page) { long } else { Duration::from_micros(u64::from(page % 500)) });
        self.links(page).collect()
    }
}

/// How a crawl is done.
#[derive(Clone, Copy)]
pub struct Plan {
    /// Tasks that crawl.
    pub crawlers: usize,
    /// How long a page is waited for.
    pub patience: Duration,
    /// How long the whole may take.
    pub deadline: Duration,
}

/// What came of it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Found {
    /// Pages that were read.
    pub read: HashSet<Address>,
    /// Pages that did not answer in time.
    pub given_up: HashSet<Address>,
    /// Whether the deadline came first.
    pub cancelled: bool,
}

/// What the crawlers share.
struct Crawl {
    net: Net,
    plan: Plan,
    found: Mutex<Found>,
    seen: Mutex<HashSet<Address>>,
    /// Addresses in the frontier, and those that are being fetched.
    open: AtomicUsize,
    frontier: Sender<Address>,
}

impl Crawl {
    /// Puts an address into the frontier, unless it was there before.
    fn visit(&self, page: Address) {
        if self.seen.lock().unwrap().insert(page) {
            self.open.fetch_add(1, Ordering::Relaxed);
            // A frontier that is closed takes no more: the crawl is over.
            let _ = self.frontier.try_send(page);
        }
    }

    /// Reads a page, or gives it up.
    fn fetch(&self, page: Address) {
        let (tx, rx) = channel(2);
        let (late, net) = (tx.clone(), self.net);
        let alarm = Alarm::new(move || drop(late.try_send(None)));
        alarm.set(self.plan.patience);
        // Its end is not waited for: it may come after that of the crawl.
        drop(hosted::spawn(move || drop(tx.try_send(Some(net.get(page))))));
        let links = wait(rx.recv()).expect("the alarm has an end for sending");
        alarm.stop();
        let Some(links) = links else {
            self.found.lock().unwrap().given_up.insert(page);
            return;
        };
        self.found.lock().unwrap().read.insert(page);
        links.into_iter().for_each(|link| self.visit(link));
    }
}

/// Crawls a net from its first page on. On a task.
pub fn crawl(net: Net, plan: Plan) -> Found {
    let (tx, frontier) = unbounded();
    let (found, seen) = (Mutex::default(), Mutex::default());
    let crawl = Arc::new(Crawl { net, plan, found, seen, open: AtomicUsize::new(0), frontier: tx });
    crawl.visit(0);
    let deadline = {
        let crawl = crawl.clone();
        Alarm::new(move || {
            crawl.found.lock().unwrap().cancelled = true;
            let _ = crawl.frontier.close();
        })
    };
    deadline.set(plan.deadline);
    hosted::scope(|scope| {
        for _ in 0..plan.crawlers {
            let (crawl, frontier) = (&crawl, frontier.clone());
            scope.spawn(move || {
                while let Ok(page) = wait(frontier.recv()) {
                    // What is in the frontier still when it is closed is received, and is not to be fetched then.
                    if crawl.frontier.is_closed() {
                        break;
                    }
                    crawl.fetch(page);
                    // AcqRel: the last sees what all have found.
                    if crawl.open.fetch_sub(1, Ordering::AcqRel) == 1 {
                        let _ = crawl.frontier.close();
                    }
                }
            });
        }
    });
    deadline.stop();
    std::mem::take(&mut crawl.found.lock().unwrap())
}

/// Waits for a future on the calling task, which parks meanwhile.
fn wait<F: Future>(future: F) -> F::Output {
    struct Ready(TaskRef);
    impl Wake for Ready {
        fn wake(self: Arc<Self>) {
            self.0.ready();
        }
    }
    let waker = Waker::from(Arc::new(Ready(hosted::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(value) => return value,
            Poll::Pending => hosted::park(),
        }
    }
}

#[allow(dead_code)] // The test has its own.
fn main() {
    let mut args = std::env::args().skip(1).map(|arg| arg.parse().expect("a number: crawler [pages [milliseconds]]"));
    let net = Net { pages: args.next().unwrap_or(2000), dead: 97 };
    let deadline = Duration::from_millis(args.next().unwrap_or(10_000).into());
    let plan = Plan { crawlers: 64, patience: Duration::from_millis(20), deadline };
    let begin = Instant::now();
    let rt = Runtime::new();
    let found = rt.block_on(move || crawl(net, plan));
    println!("{} pages read, {} given up, in {:.0?}", found.read.len(), found.given_up.len(), begin.elapsed());
    if found.cancelled {
        println!("the deadline came first");
    }
    let left = rt.num_tasks();
    rt.shutdown();
    println!("{left} tasks were left, and unwound");
}

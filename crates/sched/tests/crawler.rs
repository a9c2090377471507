//! The example crawler: it reads every page that answers, gives up those that do not, and ends at its deadline.
#![cfg(not(any(loom, shuttle)))]

#[path = "../examples/crawler.rs"]
mod crawler;

use std::collections::HashSet;
use std::time::Duration;

use crawler::{Net, Plan, crawl};
use goxide_sched::hosted::{Builder, Runtime};

const FOREVER: Duration = Duration::from_secs(600);

/// What can be reached from the first page, by pages that answer: found without tasks.
fn reachable(net: Net) -> (HashSet<u32>, HashSet<u32>) {
    let (mut read, mut dead, mut todo) = (HashSet::new(), HashSet::new(), vec![0]);
    while let Some(page) = todo.pop() {
        if net.is_dead(page) {
            dead.insert(page);
        } else if read.insert(page) {
            todo.extend(net.links(page));
        }
    }
    (read, dead)
}

#[test]
fn every_page_that_answers_is_read() {
    for (procs, crawlers) in [(1, 1), (1, 20), (2, 8), (4, 50)] {
        let net = Net { pages: 300, dead: 0 };
        let plan = Plan { crawlers, patience: FOREVER, deadline: FOREVER };
        let found = Builder::new().procs(procs).build().block_on(move || crawl(net, plan));
        assert_eq!((found.read, found.cancelled), (reachable(net).0, false), "{procs} processors, {crawlers} crawlers");
    }
}

#[test]
fn pages_that_do_not_answer_are_given_up() {
    let net = Net { pages: 300, dead: 40 };
    // Far more than one that answers needs, on a busy machine too. They are waited for at the same time.
    let plan = Plan { crawlers: 30, patience: Duration::from_secs(3), deadline: FOREVER };
    let found = Runtime::new().block_on(move || crawl(net, plan));
    let (read, dead) = reachable(net);
    assert!(dead.len() > 4);
    assert_eq!((found.read, found.given_up, found.cancelled), (read, dead, false));
}

#[test]
fn the_deadline_ends_it() {
    let net = Net { pages: 300, dead: 1 };
    // The first page leads to pages that take forever, as far as this test is concerned.
    let plan = Plan { crawlers: 4, patience: Duration::from_millis(150), deadline: Duration::from_millis(50) };
    let found = Runtime::new().block_on(move || crawl(net, plan));
    assert!(found.cancelled && found.read.len() <= 1, "{found:?}");
    assert!(found.given_up.len() <= 4, "no more than what was under way: {found:?}");
}

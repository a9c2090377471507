//! The example crawler: it reads every page that answers, gives up those that do not, and ends at its deadline.
#![cfg(not(any(loom, shuttle)))]

#[path = "../examples/crawler.rs"]
mod crawler;

use std::collections::HashSet;
use std::time::Duration;

use crawler::{Net, Plan, crawl};
use goxide_sched::hosted::{Builder, Runtime};

const FOREVER: Duration = Duration::from_secs(600);

/// What can be reached from the first page: found without tasks.
fn reachable(net: Net) -> HashSet<u32> {
    let (mut read, mut todo) = (HashSet::new(), vec![0]);
    while let Some(page) = todo.pop() {
        if read.insert(page) {
            todo.extend(net.links(page));
        }
    }
    read
}

#[test]
fn every_page_that_answers_is_read() {
    for (procs, crawlers) in [(1, 1), (1, 20), (2, 8), (4, 50)] {
        let net = Net { pages: 300, dead: 0 };
        let plan = Plan { crawlers, patience: FOREVER, deadline: FOREVER };
        let found = Builder::new().procs(procs).build().block_on(move || crawl(net, plan));
        assert_eq!((found.read, found.cancelled), (reachable(net), false), "{procs} processors, {crawlers} crawlers");
    }
}

/// What a crawl owes after it has read so many pages: the first page, and all that those link to.
fn linked(net: Net, read: &HashSet<u32>) -> HashSet<u32> {
    read.iter().flat_map(|page| net.links(*page)).chain([0]).collect()
}

#[test]
fn pages_that_do_not_answer_are_given_up() {
    let net = Net { pages: 300, dead: 40 };
    let plan = Plan { crawlers: 30, patience: Duration::from_secs(1), deadline: FOREVER };
    let rt = Runtime::new();
    let found = rt.block_on(move || crawl(net, plan));
    // Tasks that wait for pages that do not answer, for a day.
    assert!(rt.num_tasks() >= found.given_up.len().min(1));
    rt.shutdown();
    assert_eq!(rt.num_tasks(), 0);
    // A busy machine may let a page that answers come too late, so what was read says what had to be given up.
    assert!(!found.cancelled);
    assert!(found.read.iter().all(|page| !net.is_dead(*page)), "{found:?}");
    assert!(!found.given_up.is_empty() && found.given_up.is_disjoint(&found.read), "{found:?}");
    assert_eq!(&found.read | &found.given_up, linked(net, &found.read));
}

#[test]
fn the_deadline_ends_it() {
    // More pages than can be read in the time of a test: nothing but the deadline ends it.
    let net = Net { pages: 1 << 30, dead: 0 };
    let plan = Plan { crawlers: 4, patience: FOREVER, deadline: Duration::from_millis(50) };
    let found = Runtime::new().block_on(move || crawl(net, plan));
    assert!(found.cancelled && found.given_up.is_empty());
    assert!(found.read.is_subset(&linked(net, &found.read)), "a page that no page led to");
}

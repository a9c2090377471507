//! The example: four threads of Lisp over one heap find the same, while the heap is collected all the time.
#![cfg(not(loom))]

#[allow(dead_code)]
#[path = "../examples/lisp.rs"]
mod lisp;

use goxide_gc::hosted::Collector;
use lisp::{Lisp, World, run_threads};
use std::sync::atomic::{AtomicBool, Ordering::*};

#[test]
fn four_threads_find_the_same() {
    let collector = Collector::builder().check(true).markers(2).build();
    let done = AtomicBool::new(false);
    let found = std::thread::scope(|s| {
        s.spawn(|| {
            while !done.load(Relaxed) {
                collector.collect();
            }
        });
        let found = run_threads(&collector, 4);
        done.store(true, Relaxed);
        found
    });
    assert_eq!(found, ["(2583 1 4 9 16 25)"; 4]);
    assert!(collector.stats().cycles > 3, "{:?}", collector.stats());
}

#[test]
fn expressions() {
    let collector = Collector::builder().build();
    let world = World::new(&collector);
    let mut lisp = Lisp::new(&world);
    for (text, value) in [
        ("7", "7"),
        ("(quote (a (b 2) c))", "(a (b 2) c)"),
        ("(cons 1 2)", "(1 . 2)"),
        ("(if (quote ()) 1 2)", "2"),
        ("((lambda (x y) (+ x (* y y))) 3 4)", "19"),
        ("(define five 5) (- five 7)", "-2"),
        ("(null? (cdr (quote (1))))", "t"),
    ] {
        assert_eq!(lisp.run(text).as_deref(), Ok(value), "{text}");
    }
    for (text, error) in [("(car 1)", "no element 0: 1"), ("none", "none is not defined"), ("(5 6)", "not a function: 5")] {
        assert_eq!(lisp.run(text).unwrap_err(), error, "{text}");
    }
}

//! Tasks that borrow: a scope waits for all of them, whatever else happens, from wherever it is called.
#![cfg(not(any(loom, shuttle)))]

use goxide_sched::hosted::{self, Builder, Runtime, scope, spawn, yield_now};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Runs `f` where a scope can be: in a task, in `blocking`, and on a thread of no runtime.
fn everywhere(f: impl Fn(Runtime) + Send + Sync + Clone + 'static) {
    let rt = Builder::new().procs(2).build();
    f(rt);
    let g = f.clone();
    rt.block_on(move || g(rt));
    rt.block_on(move || hosted::blocking(move || f(rt)));
}

#[test]
fn tasks_borrow_and_give_results() {
    everywhere(|rt| {
        let words = ["a".to_string(), "bc".to_string(), "def".to_string()];
        let mut doubled = [0; 3];
        let total = rt.scope(|s| {
            for (d, w) in doubled.iter_mut().zip(&words) {
                s.spawn(|| {
                    yield_now();
                    *d = 2 * w.len();
                });
            }
            let tasks: Vec<_> = words.iter().map(|w| s.spawn(move || w.as_str())).collect();
            tasks.into_iter().map(|t| t.join().unwrap().len()).sum::<usize>()
        });
        assert_eq!((total, doubled), (6, [2, 4, 6]));
    });
}

#[test]
fn a_scope_waits_for_tasks_of_its_tasks() {
    everywhere(|rt| {
        let ended = AtomicUsize::new(0);
        rt.scope(|s| {
            for _ in 0..20 {
                s.spawn(|| {
                    yield_now();
                    s.spawn(|| {
                        yield_now();
                        ended.fetch_add(1, Relaxed);
                    });
                    ended.fetch_add(1, Relaxed);
                });
            }
        });
        assert_eq!(ended.into_inner(), 40);
    });
}

#[test]
fn panics_come_out_after_all_have_ended() {
    everywhere(|rt| {
        let ended = AtomicUsize::new(0);
        // Of the scope's own closure.
        let panic = catch_unwind(AssertUnwindSafe(|| {
            rt.scope(|s| {
                s.spawn(|| {
                    (0..10).for_each(|_| yield_now());
                    ended.fetch_add(1, Relaxed);
                });
                assert!(ended.load(Relaxed) > 1, "mine");
            })
        }));
        assert_eq!(panic.unwrap_err().downcast_ref(), Some(&"mine"));
        assert_eq!(ended.load(Relaxed), 1);
        // Of a task, seen by no joiner.
        let panic = catch_unwind(AssertUnwindSafe(|| rt.scope(|s| drop(s.spawn(|| panic!("its own"))))));
        assert_eq!(panic.unwrap_err().downcast_ref(), Some(&"a scoped task panicked, or had no stack"));
        // Of a task, joined.
        rt.scope(|s| {
            let text = s.spawn(|| panic!("its own")).join().unwrap_err();
            assert_eq!(text.downcast_ref(), Some(&"its own"));
        });
    });
}

/// Counts when it is dropped, late.
struct Slow<'a>(&'a AtomicUsize);

impl Drop for Slow<'_> {
    fn drop(&mut self) {
        std::thread::yield_now();
        self.0.fetch_add(1, Relaxed);
    }
}

#[test]
fn results_and_captures_are_dropped_before_the_end() {
    everywhere(|rt| {
        for _ in 0..50 {
            let dropped = AtomicUsize::new(0);
            rt.scope(|s| {
                let captured = Slow(&dropped);
                s.spawn(move || {
                    let _in = &captured;
                });
                s.spawn(|| Slow(&dropped));
            });
            assert_eq!(dropped.into_inner(), 2);
        }
    });
}

#[test]
fn scopes_in_scopes() {
    Runtime::new().block_on(|| {
        let n = AtomicUsize::new(0);
        scope(|outer| {
            outer.spawn(|| {
                scope(|inner| {
                    inner.spawn(|| n.fetch_add(1, Relaxed));
                    inner.spawn(|| n.fetch_add(1, Relaxed));
                });
                assert!(n.load(Relaxed) >= 2);
            });
            outer.spawn(|| n.fetch_add(1, Relaxed));
        });
        assert_eq!(n.into_inner(), 3);
        // A task that is readied by others meanwhile does not leave early.
        let me = hosted::current();
        let noise = spawn(move || {
            (0..100).for_each(|_| {
                me.ready();
                yield_now();
            })
        });
        let ended = AtomicUsize::new(0);
        scope(|s| {
            s.spawn(|| {
                (0..100).for_each(|_| yield_now());
                ended.fetch_add(1, Relaxed);
            });
        });
        assert_eq!(ended.into_inner(), 1);
        noise.join().unwrap();
    });
}

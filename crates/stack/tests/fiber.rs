//! Fibers: values both ways, panics, drops at each stage, nesting, and what becomes of leaked ones.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};

use goxide_stack::{Fiber, FixedPool, FixedStack, Scope, Step, scope};

fn stack() -> FixedStack {
    FixedStack::new(128 << 10).unwrap()
}

/// Says when it is dropped.
struct OnDrop<'a>(&'a Cell<u32>);
impl Drop for OnDrop<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
    }
}

#[test]
fn owned_values_cross_both_ways() {
    scope(|s| {
        let mut f = s.fiber(stack(), |y, first: String| {
            let mut all = vec![first];
            for i in 0..3 {
                all.push(y.suspend(format!("out {i}")));
            }
            all.join(",")
        });
        assert_eq!(f.resume("a".into()), Step::Yield("out 0".to_string()));
        assert_eq!(f.resume("b".into()), Step::Yield("out 1".to_string()));
        assert_eq!(f.resume("c".into()), Step::Yield("out 2".to_string()));
        assert!(!f.is_done());
        assert_eq!(f.resume("d".into()), Step::Done("a,b,c,d".to_string()));
        assert!(f.is_done());
    });
}

/// Work that keeps registers of both kinds busy.
#[inline(always)]
fn stir((a, b, c, d, e, g): &mut (u64, u64, u64, u64, u64, f64), x: u64) -> u64 {
    (*a, *b, *c) = (a.wrapping_add(x), b.wrapping_add(*a), *c ^ *b);
    (*d, *e, *g) = (d.wrapping_add(*c), *e ^ *d, *g * 0.999 + x as f64);
    *e ^ g.to_bits()
}

#[test]
fn a_million_switches_keep_registers() {
    let start = (1, 2, 3, 4, 5, 6.0);
    scope(|s| {
        let mut f = s.fiber(stack(), move |y, mut x: u64| {
            let mut inside = start;
            while x != 0 {
                x = y.suspend(stir(&mut inside, x));
            }
        });
        let mut outside = start;
        for x in 1..=500_000u64 {
            assert_eq!(f.resume(x), Step::Yield(stir(&mut outside, x)));
        }
        assert_eq!(f.resume(0), Step::Done(()));
    });
}

#[test]
fn a_panic_comes_out_of_resume() {
    scope(|s| {
        let mut f: Fiber<(), (), ()> = s.fiber(stack(), |y, ()| {
            y.suspend(());
            panic!("inside")
        });
        assert_eq!(f.resume(()), Step::Yield(()));
        let err = catch_unwind(AssertUnwindSafe(|| f.resume(()))).unwrap_err();
        assert_eq!(*err.downcast::<&str>().unwrap(), "inside");
        assert!(f.is_done());
        assert!(catch_unwind(AssertUnwindSafe(|| f.resume(()))).is_err());
    });
}

#[test]
fn drops_at_each_stage() {
    let value = Rc::new(());
    scope(|s| {
        let make = || {
            let value = value.clone();
            s.fiber(stack(), move |y, ()| {
                y.suspend(());
                drop(value);
            })
        };
        drop(make());
        assert_eq!(Rc::strong_count(&value), 1, "never started: dropped with its function");
        let mut f = make();
        f.resume(());
        f.resume(());
        drop(f);
        assert_eq!(Rc::strong_count(&value), 1, "done: everything was dropped");
        let mut f = make();
        f.resume(());
        assert_eq!(Rc::strong_count(&value), 2);
        drop(f);
        assert_eq!(Rc::strong_count(&value), 1, "suspended: unwound");
    });
}

#[test]
fn a_suspended_fiber_gives_its_stack_back() {
    let dropped = Cell::new(0);
    let s = stack();
    let bounds = s.bounds();
    let again = scope(|sc| {
        let mut f = sc.fiber(s, |y, ()| {
            let _guard = OnDrop(&dropped);
            y.suspend(());
            unreachable!("it is unwound");
        });
        f.resume(());
        assert_eq!(dropped.get(), 0);
        let again = f.into_stack();
        assert_eq!((dropped.get(), again.bounds()), (1, bounds));
        // Used again; and a fiber that is done gives its stack back as well.
        let mut g: Fiber<u32, (), u32> = sc.fiber(again, |_, x| x + 1);
        assert_eq!(g.resume(1), Step::Done(2));
        g.into_stack()
    });
    assert_eq!(again.bounds(), bounds);
}

/// Whatever becomes of the `Fiber`: at the end of the scope its frames have been left.
#[test]
fn the_scope_unwinds_what_was_leaked() {
    let dropped = Cell::new(0);
    scope(|s| {
        for started in [false, true, true] {
            let guard = OnDrop(&dropped);
            let mut f = s.fiber(stack(), |y, ()| {
                let _guard = guard;
                let _inner = OnDrop(&dropped);
                y.suspend(());
            });
            if started {
                f.resume(());
            }
            std::mem::forget(f);
        }
        // One that holds another, and both leak.
        let mut inner = s.fiber(stack(), |y, ()| {
            let _guard = OnDrop(&dropped);
            y.suspend(());
        });
        inner.resume(());
        let mut outer = s.fiber(stack(), move |y, ()| {
            let _inner = inner;
            y.suspend(());
        });
        outer.resume(());
        std::mem::forget(outer);
        assert_eq!(dropped.get(), 0);
    });
    assert_eq!(dropped.get(), 1 + 2 + 2 + 1);
}

#[test]
fn the_scope_unwinds_when_it_panics_itself() {
    let dropped = Cell::new(0);
    let err = catch_unwind(AssertUnwindSafe(|| {
        scope(|s| {
            let make = || {
                let mut f = s.fiber(stack(), |y, ()| {
                    let _guard = OnDrop(&dropped);
                    y.suspend(());
                });
                f.resume(());
                f
            };
            std::mem::forget(make());
            // Unwound while the thread panics.
            let _dropped = make();
            panic!("in the scope")
        })
    }))
    .unwrap_err();
    assert_eq!(*err.downcast::<&str>().unwrap(), "in the scope");
    assert_eq!(dropped.get(), 2);
    assert!(!std::thread::panicking());
}

#[test]
fn panics_while_unwinding_come_out_of_the_drop() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            if !std::thread::panicking() {
                panic!("bomb");
            }
        }
    }
    let dropped = Cell::new(0);
    scope(|s| {
        // One that turns the unwinding into a panic of its own.
        let mut f = s.fiber(stack(), |y, ()| {
            let _guard = OnDrop(&dropped);
            let _ = catch_unwind(AssertUnwindSafe(|| y.suspend(())));
            panic!("of its own");
        });
        f.resume(());
        let err = catch_unwind(AssertUnwindSafe(|| drop(f))).unwrap_err();
        assert_eq!(*err.downcast::<&str>().unwrap(), "of its own");
        // One whose function was never called.
        let bomb = Bomb;
        let f: Fiber<(), (), ()> = s.fiber(stack(), move |_, ()| drop(bomb));
        let err = catch_unwind(AssertUnwindSafe(|| drop(f))).unwrap_err();
        assert_eq!(*err.downcast::<&str>().unwrap(), "bomb");
        // One that catches, suspends itself again and returns in the end.
        let mut f = s.fiber(stack(), |y, ()| {
            for _ in 0..50 {
                assert!(catch_unwind(AssertUnwindSafe(|| y.suspend(String::from("out")))).is_err());
            }
            dropped.set(dropped.get() + 1);
        });
        f.resume(());
        drop(f);
    });
    assert_eq!(dropped.get(), 2);
}

/// The thread of a scope inside a suspended fiber is joined before what it borrows is gone, even if the fiber leaks.
#[test]
fn a_thread_scope_inside_a_leaked_fiber_ends_before_its_borrow() {
    let (stop, running) = (AtomicBool::new(false), AtomicBool::new(false));
    let data = Box::new(AtomicU64::new(1));
    scope(|s| {
        let mut f = s.fiber(stack(), |y, data: &AtomicU64| {
            std::thread::scope(|threads| {
                threads.spawn(|| {
                    running.store(true, SeqCst);
                    while !stop.load(SeqCst) {
                        data.fetch_add(1, SeqCst);
                    }
                    running.store(false, SeqCst);
                });
                y.suspend(());
            });
        });
        f.resume(&data);
        while !running.load(SeqCst) {
            std::thread::yield_now();
        }
        std::mem::forget(f);
        stop.store(true, SeqCst);
    });
    assert!(!running.load(SeqCst));
    drop(data);
}

/// A borrow of a thread-local across a suspension is given up while the thread-local is still there.
#[test]
fn a_thread_locals_borrow_ends_before_the_thread() {
    thread_local! { static V: RefCell<Vec<u64>> = const { RefCell::new(vec![]) } }
    let ended = std::thread::spawn(|| {
        let at_end = Rc::new(Cell::new(0));
        let seen = at_end.clone();
        scope(|s| {
            let mut f = s.fiber(stack(), move |y, ()| {
                struct Look<'a>(std::cell::RefMut<'a, Vec<u64>>, Rc<Cell<u64>>);
                impl Drop for Look<'_> {
                    fn drop(&mut self) {
                        self.1.set(self.0[7]);
                    }
                }
                V.with(|v| {
                    let mut v = v.borrow_mut();
                    v.resize(64, 42);
                    let _look = Look(v, seen);
                    y.suspend(());
                });
            });
            f.resume(());
            std::mem::forget(f);
        });
        V.with(|v| assert!(v.try_borrow_mut().is_ok()));
        at_end.get()
    });
    assert_eq!(ended.join().unwrap(), 42);
}

#[test]
fn fibers_nest_and_share_a_pool() {
    let pool = FixedPool::new(64 << 10);
    fn outer<'s>(s: &'s Scope<'s, '_>, pool: &'s FixedPool) -> Fiber<'s, u32, u32, u32> {
        s.fiber(pool.alloc().unwrap(), move |y, n: u32| {
            let mut sum = 0;
            for i in 0..n {
                let mut inner = s.fiber(pool.alloc().unwrap(), move |z, ()| {
                    z.suspend(i);
                    z.suspend(i * 10);
                });
                while let Step::Yield(v) = inner.resume(()) {
                    sum += v;
                    y.suspend(v);
                }
                pool.free(inner.into_stack());
            }
            sum
        })
    }
    scope(|s| {
        let mut outer = outer(s, &pool);
        let mut seen = vec![];
        let sum = loop {
            match outer.resume(3) {
                Step::Yield(v) => seen.push(v),
                Step::Done(sum) => break sum,
            }
        };
        assert_eq!(seen, [0, 0, 1, 10, 2, 20]);
        assert_eq!(sum, 33);
    });
}

/// A fiber's yielder called from a fiber within it: both are suspended, and both are unwound.
#[test]
fn an_outer_yielder_suspends_the_inner_fiber_too() {
    let dropped = Cell::new(0);
    scope(|s| {
        let mut outer = s.fiber(stack(), |y, ()| {
            let _guard = OnDrop(&dropped);
            scope(|t| {
                let mut inner: Fiber<(), (), ()> = t.fiber(stack(), |_, ()| {
                    let _guard = OnDrop(&dropped);
                    y.suspend(1);
                    y.suspend(2);
                });
                inner.resume(());
            });
        });
        assert_eq!(outer.resume(()), Step::Yield(1));
        assert_eq!(outer.resume(()), Step::Yield(2));
        drop(outer);
        assert_eq!(dropped.get(), 2);
    });
}

#[test]
fn an_unscoped_fiber_lives_where_its_owner_likes() {
    let dropped = Rc::new(());
    let held = dropped.clone();
    // SAFETY: dropped below; it borrows nothing.
    let mut f: Fiber<'static, u32, u32, ()> = unsafe {
        Fiber::unscoped(stack(), move |y, mut x| {
            let _held = held;
            loop {
                x = y.suspend(x * 2);
            }
        })
    };
    assert_eq!(f.resume(4), Step::Yield(8));
    assert_eq!(Rc::strong_count(&dropped), 2);
    drop(f);
    assert_eq!(Rc::strong_count(&dropped), 1);
}

#[test]
fn a_supply_that_panics_keeps_no_fiber_from_being_unwound() {
    /// Takes nothing back.
    struct Refusing;
    impl goxide_stack::Stacks for Refusing {
        fn take(&self) -> Option<FixedStack> {
            Some(stack())
        }
        fn give(&self, _: FixedStack) {
            panic!("no room");
        }
    }
    let (drops, supply) = (Cell::new(0), Refusing);
    let ended = catch_unwind(AssertUnwindSafe(|| {
        scope(|s| {
            for _ in 0..3 {
                let mut f = s
                    .fiber_on(&supply, |y, ()| {
                        let _held = OnDrop(&drops);
                        y.suspend(());
                    })
                    .unwrap();
                assert!(matches!(f.resume(()), Step::Yield(())));
                std::mem::forget(f);
            }
        });
    }));
    assert_eq!(ended.unwrap_err().downcast_ref(), Some(&"no room"));
    assert_eq!(drops.get(), 3);
}

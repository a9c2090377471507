//! Fibers: values both ways, panics, drops at each stage, nesting.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use goxide_stack::{Fiber, FixedPool, FixedStack, Step};

fn stack() -> FixedStack {
    FixedStack::new(128 << 10).unwrap()
}

#[test]
fn owned_values_cross_both_ways() {
    let mut f = Fiber::new(stack(), |y, first: String| {
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
    let mut f = Fiber::new(stack(), move |y, mut x: u64| {
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
}

#[test]
fn a_panic_comes_out_of_resume() {
    let mut f: Fiber<(), (), ()> = Fiber::new(stack(), |y, ()| {
        y.suspend(());
        panic!("inside")
    });
    assert_eq!(f.resume(()), Step::Yield(()));
    let err = catch_unwind(AssertUnwindSafe(|| f.resume(()))).unwrap_err();
    assert_eq!(*err.downcast::<&str>().unwrap(), "inside");
    assert!(f.is_done());
    assert!(catch_unwind(AssertUnwindSafe(|| f.resume(()))).is_err());
}

#[test]
fn drops_at_each_stage() {
    let value = Rc::new(());
    let make = || {
        let value = value.clone();
        Fiber::new(stack(), move |y, ()| {
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
    drop(f);
    assert_eq!(Rc::strong_count(&value), 2, "suspended: leaked, with its stack");
}

#[test]
fn fibers_nest_and_share_a_pool() {
    let pool: &'static FixedPool = Box::leak(Box::new(FixedPool::new(64 << 10)));
    let mut outer = Fiber::new(pool.alloc().unwrap(), move |y, n: u32| {
        let mut sum = 0;
        for i in 0..n {
            let mut inner = Fiber::new(pool.alloc().unwrap(), move |z, ()| {
                z.suspend(i);
                z.suspend(i * 10);
            });
            while let Step::Yield(v) = inner.resume(()) {
                sum += v;
                y.suspend(v);
            }
        }
        sum
    });
    let mut seen = vec![];
    let sum = loop {
        match outer.resume(3) {
            Step::Yield(v) => seen.push(v),
            Step::Done(sum) => break sum,
        }
    };
    assert_eq!(seen, [0, 0, 1, 10, 2, 20]);
    assert_eq!(sum, 33);
}

//! The timer heap against a plain model, and its invariants under random operations.

use std::alloc::{Layout, alloc};
use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

fn memory(bytes: usize) -> *mut u8 {
    // SAFETY: not of size 0. Leaked, as the heap wants it.
    unsafe { alloc(Layout::from_size_align(bytes, 8).unwrap()) }
}

/// Adds or moves, as `timer_set` does.
fn set(heap: &TimerHeap, t: *mut Timer, when: i64, period: i64) -> bool {
    // SAFETY: a single thread, and timers that outlive the heap.
    unsafe {
        let update = || {
            (*t).when = when;
            (*t).period = period;
        };
        let moved = in_heap(t, |h, _| {
            let was = (*t).when;
            update();
            h.moved(t, was);
        });
        if moved.is_none() {
            (*t).status.store(Status::Adding, Ordering::Relaxed);
            update();
            heap.add(t, memory);
        }
        moved.is_some()
    }
}

fn check(heap: &TimerHeap) {
    heap.locked(|h| {
        for i in 0..h.len {
            // SAFETY: below `len`; the timers are alive.
            unsafe {
                let e = h.get(i);
                assert_eq!((*e.timer).index, i as i64);
                assert!(e.when <= (*e.timer).when);
                assert!(i == 0 || h.get((i - 1) / 4).when <= e.when);
            }
        }
    });
}

#[derive(Clone, Debug)]
enum Op {
    Set(usize, i64, i64),
    Stop(usize),
    Advance(i64),
    Move,
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let op = prop_oneof![
        4 => (0..40usize, 1..500i64, prop_oneof![3 => Just(0), 1 => 1..50i64])
            .prop_map(|(i, d, p)| Op::Set(i, d, p)),
        2 => (0..40usize).prop_map(Op::Stop),
        2 => (0..200i64).prop_map(Op::Advance),
        1 => Just(Op::Move),
    ];
    proptest::collection::vec(op, 1..300)
}

/// Takes all that is due at `now`, which must be what the model says, in order.
fn all_due(here: &mut TimerHeap, model: &mut BTreeMap<usize, (i64, i64)>, now: i64) -> Result<(), TestCaseError> {
    let mut last = 0;
    while let Some(call) = here.pop_due(now) {
        let (when, period) = model[&call.seq];
        prop_assert!(when <= now && when >= last);
        last = when;
        if period == 0 {
            model.remove(&call.seq);
        } else {
            // The first multiple of the period that is not past.
            let mut next = when;
            while next <= now {
                next += period;
            }
            model.insert(call.seq, (next, period));
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn behaves_like_a_map(ops in ops()) {
        let (mut here, mut there) = (TimerHeap::new(), TimerHeap::new());
        let timers: Vec<Box<UnsafeCell<Timer>>> = (0..40).map(|i| {
            let mut t = Timer::new();
            t.seq = i;
            Box::new(UnsafeCell::new(t))
        }).collect();
        let mut model: BTreeMap<usize, (i64, i64)> = BTreeMap::new();
        let mut now = 0i64;
        for op in ops {
            match op {
                Op::Set(i, d, p) => {
                    let was = set(&here, timers[i].get(), now + d, p);
                    prop_assert_eq!(was, model.insert(i, (now + d, p)).is_some());
                }
                Op::Stop(i) => {
                    // SAFETY: the timer is alive.
                    let was = unsafe { in_heap(timers[i].get(), |h, i| TimerHeap::take(h, i.unwrap())) };
                    prop_assert_eq!(was.is_some(), model.remove(&i).is_some());
                }
                Op::Advance(d) => {
                    now += d;
                    all_due(&mut here, &mut model, now)?;
                    prop_assert!(model.values().all(|&(when, _)| when > now));
                }
                Op::Move => {
                    // SAFETY: a single thread.
                    let any = unsafe { here.move_to(&there, memory) };
                    prop_assert_eq!(any, !model.is_empty());
                    prop_assert!(here.is_empty());
                    // The timers name heaps by address: swap what is inside.
                    core::mem::swap(&mut here, &mut there);
                    // SAFETY: a single thread: back to where `pp` can say so.
                    unsafe {
                        let home = &raw const here as usize;
                        here.for_each(|t| (*t).pp.store(home, Ordering::Relaxed));
                    }
                }
            }
            check(&here);
            let next = model.values().map(|v| v.0).min().unwrap_or(0);
            prop_assert!(here.next() <= next && here.is_empty() == (next == 0));
            // Not always, so that several were put off when it is.
            if now % 3 == 0 {
                prop_assert_eq!(here.earliest(), next);
                check(&here);
            }
        }
    }
}

/// More timers are put off than are moved on at once: none fires before its time, or out of order, and the time at which the heap says that
/// something is due is never too late.
#[test]
fn many_that_were_put_off_fire_in_order() {
    const MANY: usize = 10 * SETTLED;
    let heap = TimerHeap::new();
    let timers: Vec<UnsafeCell<Timer>> = (0..MANY).map(|_| UnsafeCell::new(Timer::new())).collect();
    for (i, t) in timers.iter().enumerate() {
        // SAFETY: a single thread, and the timer is in no heap.
        unsafe { (*t.get()).seq = i };
        set(&heap, t.get(), 10 + i as i64, 0);
    }
    let due = |i: usize| 100_000 + (i * 7919 % MANY) as i64;
    for (i, t) in timers.iter().enumerate() {
        set(&heap, t.get(), due(i), 0);
    }
    assert_eq!(heap.next(), 10);
    for round in 1..MANY / SETTLED {
        assert_eq!(heap.earliest(), 10 + (round * SETTLED) as i64);
        check(&heap);
    }
    assert!(heap.pop_due(99_999).is_none());
    check(&heap);
    for i in 0..MANY {
        assert_eq!(heap.earliest(), 100_000 + i as i64);
        assert!(heap.pop_due(heap.next() - 1).is_none());
        assert!(heap.pop_due(heap.next()).is_some_and(|call| due(call.seq) == 100_000 + i as i64));
    }
    assert!(heap.is_empty());
}

#[test]
fn times_at_the_end_of_time_do_not_wrap() {
    let heap = TimerHeap::new();
    let t = UnsafeCell::new(Timer::new());
    set(&heap, t.get(), i64::MAX - 5, i64::MAX);
    assert!(heap.pop_due(i64::MAX - 6).is_none());
    assert!(heap.pop_due(i64::MAX - 1).is_some());
    assert_eq!(heap.earliest(), i64::MAX);
}

#[test]
fn a_heap_that_was_large_gives_its_memory_back() {
    let heap = TimerHeap::new();
    let timers: Vec<UnsafeCell<Timer>> = (0..100_000).map(|_| UnsafeCell::new(Timer::new())).collect();
    for round in 0..3 {
        for (i, t) in timers.iter().enumerate() {
            set(&heap, t.get(), 1 + (i as i64 * 7919) % 100_003, 0);
        }
        assert_eq!(heap.mapped(), (1 << 17) * size_of::<Entry>());
        check(&heap);
        // Half fire, half are stopped.
        while heap.pop_due(50_000).is_some() {}
        check(&heap);
        for t in &timers {
            // SAFETY: a single thread, and timers that outlive the heap.
            unsafe { in_heap(t.get(), |h, i| TimerHeap::take(h, i.unwrap())) };
        }
        assert!(heap.is_empty(), "round {round}");
        assert_eq!(heap.mapped(), MAPPED * size_of::<Entry>());
    }
}

#[test]
fn a_heap_that_is_moved_away_gives_its_memory_back() {
    let (here, there) = (TimerHeap::new(), TimerHeap::new());
    let timers: Vec<UnsafeCell<Timer>> = (0..20_000).map(|_| UnsafeCell::new(Timer::new())).collect();
    for t in &timers {
        set(&here, t.get(), 5, 0);
    }
    // SAFETY: a single thread.
    assert!(unsafe { here.move_to(&there, memory) });
    assert_eq!(here.mapped(), MAPPED * size_of::<Entry>());
    check(&there);
}

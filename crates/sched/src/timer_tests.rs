//! The timer heap against a plain model, and its invariants under random operations.

use std::alloc::{Layout, alloc};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::entries::{FEW, FEWER, SETTLED};
use crate::heap::{Entry, MAPPED};

fn memory(bytes: usize) -> *mut u8 {
    // SAFETY: not of size 0. Leaked, as the heap wants it.
    unsafe { alloc(Layout::from_size_align(bytes, 8).unwrap()) }
}

/// Sets a timer; whether it was pending, and whether something may sleep for longer.
fn set_to(heap: &TimerHeap, t: *mut Timer, when: i64, period: i64) -> Set {
    let update = || {
        // SAFETY: a single thread.
        unsafe { (*t).period = period };
        when
    };
    // SAFETY: timers that outlive the heap.
    unsafe { set(t, heap, update, memory, |_| {}) }
}

/// What the header says of entries.
fn check(heap: &TimerHeap) {
    heap.locked(|h, home| {
        let (mut pending, mut unvisited, n) = (BTreeSet::new(), 0, h.heap.len());
        h.heap.check();
        for i in 0..n {
            let e = h.heap.get(i);
            unvisited += usize::from(e.word & COLOUR != h.colour);
            // SAFETY: the timers are alive, and this is the only thread.
            unsafe {
                if Entries::kind(e, home) == Kind::Pending {
                    assert!((*timer(e)).when <= (*timer(e)).due);
                    pending.insert(timer(e));
                }
            }
        }
        assert_eq!((pending.len(), unvisited), (h.pending, h.unvisited));
    });
}

#[derive(Clone, Debug)]
enum Op {
    Set(usize, i64, i64),
    /// From one to another.
    Stop(usize, usize),
    Advance(i64),
    Move,
    /// Goes on with a visit, or begins one.
    Visit(usize),
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let op = prop_oneof![
        8 => (0..40usize, 1..500i64, prop_oneof![3 => Just(0), 1 => 1..50i64])
            .prop_map(|(i, d, p)| Op::Set(i, d, p)),
        2 => (0..40usize).prop_map(|i| Op::Stop(i, i + 1)),
        1 => (0..40usize).prop_map(|i| Op::Stop(i, 40)),
        2 => (0..200i64).prop_map(Op::Advance),
        1 => Just(Op::Move),
        2 => (1..6usize).prop_map(Op::Visit),
    ];
    proptest::collection::vec(op, 1..300)
}

/// Takes all that is due at `now`, which must be what the model says, in order.
fn all_due(heap: &TimerHeap, model: &mut BTreeMap<usize, (i64, i64)>, now: i64) -> Result<(), TestCaseError> {
    let mut last = 0;
    while let Some(call) = heap.pop_due(now) {
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

/// Begins a visit, or goes on with one; whether that was all. Then no entry leads to a timer that was not shown.
fn go_on(
    heaps: &[TimerHeap; 2],
    n: usize,
    begins: bool,
    model: &BTreeMap<usize, (i64, i64)>,
    shown: &RefCell<BTreeSet<*mut Timer>>,
) -> Result<bool, TestCaseError> {
    if begins {
        for h in heaps {
            h.begin_visit();
        }
    }
    let mut strange = false;
    let mut visit = |t: *mut Timer| {
        // SAFETY: the timer is alive.
        strange |= !model.contains_key(unsafe { &(*t).seq });
        shown.borrow_mut().insert(t);
    };
    let all = heaps.each_ref().map(|h| h.visit(n, &mut visit)) == [true; 2];
    prop_assert!(!strange, "one that is not pending was visited");
    for h in heaps.iter().filter(|_| all) {
        h.locked(|h, _| (0..h.heap.len()).for_each(|i| assert!(shown.borrow().contains(&timer(h.heap.get(i))))));
    }
    Ok(all)
}

/// What a heap says without having cleaned up; when the earliest is due.
fn expects(heap: &TimerHeap, model: &BTreeMap<usize, (i64, i64)>) -> Result<i64, TestCaseError> {
    let next = model.values().map(|v| v.0).min().unwrap_or(0);
    prop_assert!(next == 0 || (1..=next).contains(&heap.next()));
    prop_assert_eq!(heap.seems_done(), next == 0);
    Ok(next)
}

proptest! {
    /// Two heaps, the second of which is empty until everything moves there, and timers, against a map from timers to times. A collector
    /// visits them meanwhile: of what it was not shown, by the visit or by `added`, there must be no entry at the end.
    #[test]
    fn behaves_like_a_map(ops in ops()) {
        let heaps = [TimerHeap::new(), TimerHeap::new()];
        let mut at = 0;
        let timers: Vec<Box<UnsafeCell<Timer>>> = (0..40).map(|i| {
            let mut t = Timer::new();
            t.seq = i;
            Box::new(UnsafeCell::new(t))
        }).collect();
        let mut model: BTreeMap<usize, (i64, i64)> = BTreeMap::new();
        let mut now = 0i64;
        let (mut visits, shown) = (false, RefCell::new(BTreeSet::new()));
        for op in ops {
            let here = &heaps[at];
            match op {
                Op::Set(i, d, p) => {
                    let t = timers[i].get();
                    let update = || {
                        // SAFETY: a single thread.
                        unsafe { (*t).period = p };
                        now + d
                    };
                    let earliest = here.next();
                    // SAFETY: timers that outlive the heap.
                    let set = unsafe { set(t, here, update, memory, |_| { shown.borrow_mut().insert(t); }) };
                    prop_assert_eq!(set.was_pending, model.insert(i, (now + d, p)).is_some());
                    prop_assert_eq!(set.when, now + d);
                    prop_assert!(set.is_first || (earliest != 0 && earliest <= now + d));
                }
                Op::Stop(from, to) => {
                    // SAFETY: the timers are alive.
                    (from..to).for_each(|i| assert_eq!(unsafe { stop(timers[i].get()) }, model.remove(&i).is_some()));
                }
                Op::Advance(d) => {
                    now += d;
                    all_due(here, &mut model, now)?;
                    prop_assert!(model.values().all(|&(when, _)| when > now));
                }
                Op::Move => {
                    at = 1 - at;
                    // SAFETY: a single thread.
                    prop_assert_eq!(unsafe { here.move_to(&heaps[at], memory) }, !model.is_empty());
                    prop_assert!(here.is_empty());
                }
                Op::Visit(n) => {
                    if !visits {
                        shown.borrow_mut().clear();
                    }
                    visits = !go_on(&heaps, n, !visits, &model, &shown)?;
                }
            }
            let here = &heaps[at];
            check(here);
            prop_assert_eq!(here.len(), model.len());
            let next = expects(here, &model)?;
            // Not always, so that several were put off when it is.
            if now % 3 == 0 {
                prop_assert_eq!(here.earliest(), next);
                check(here);
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
        let _ = set_to(&heap, t.get(), 10 + i as i64, 0);
    }
    let due = |i: usize| 100_000 + (i * 7919 % MANY) as i64;
    for (i, t) in timers.iter().enumerate() {
        let _ = set_to(&heap, t.get(), due(i), 0);
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

/// What a program does that copies a timer. The original may be the copy.
fn copy(from: *mut Timer, to: *mut Timer) {
    // SAFETY: a single thread.
    unsafe { core::ptr::copy(from, to, 1) };
}

/// What is to be of a timer, or of the copy of one.
#[derive(Clone, Copy, Default)]
struct Wanted {
    /// Whether a stop says that it was pending.
    looks_pending: bool,
    /// Whether it is pending.
    own: bool,
    when: i64,
}

proptest! {
    /// Timers are copied over others, whatever they are: each copy looks as its original does until it is stopped or set, and none but those
    /// that were set themselves, and not overwritten since, fire, all of them, in time.
    #[test]
    fn copies_do_no_harm(
        ops in proptest::collection::vec((0..9u8, 0..12usize, 0..12usize, 1..60i64), 1..400),
        apart in any::<bool>(),
    ) {
        let heaps = [TimerHeap::new(), TimerHeap::new()];
        let timers: Vec<Box<UnsafeCell<Timer>>> = (0..12).map(|_| Box::new(UnsafeCell::new(Timer::new()))).collect();
        let mut wanted = [Wanted::default(); 12];
        let mut now = 0;
        for (op, i, j, d) in ops {
            let t = timers[i].get();
            let w = &mut wanted[i];
            match op {
                0..3 => {
                    let update = || {
                        // SAFETY: a single thread.
                        unsafe { (*t).seq = i };
                        now + d
                    };
                    // SAFETY: timers that outlive the heaps.
                    let set = unsafe { set(t, &heaps[usize::from(apart) * (j % 2)], update, memory, |_| ()) };
                    prop_assert_eq!((set.was_pending, set.when), (w.looks_pending, now + d));
                    *w = Wanted { looks_pending: true, own: true, when: now + d };
                }
                3..5 => {
                    // SAFETY: the timer is alive.
                    prop_assert_eq!(unsafe { stop(t) }, w.looks_pending);
                    *w = Wanted::default();
                }
                // But not its own words back.
                // SAFETY: the timer is alive.
                5..8 if unsafe { (*timers[j].get()).owner } != t.addr() => {
                    copy(timers[j].get(), t);
                    wanted[i] = Wanted { own: false, ..wanted[j] };
                }
                8 => {
                    now += d;
                    let mut fired = BTreeMap::new();
                    for h in &heaps {
                        while let Some(call) = h.pop_due(now) {
                            *fired.entry(call.seq).or_insert(0) += 1;
                        }
                    }
                    let due = wanted.iter().enumerate().filter(|(_, w)| w.own && w.when <= now);
                    prop_assert_eq!(fired, due.map(|(i, _)| (i, 1)).collect());
                    wanted.iter_mut().filter(|w| w.own && w.when <= now).for_each(|w| *w = Wanted::default());
                }
                _ => {}
            }
            for h in &heaps {
                h.locked(|h, _| h.heap.check());
                // SAFETY: the timer is alive.
                let here = |t: &UnsafeCell<Timer>| unsafe { (*t.get()).pp.load(Ordering::Relaxed) } == core::ptr::from_ref(h).addr();
                let first = wanted.iter().zip(&timers).filter(|(w, t)| w.own && here(t)).map(|(w, _)| w.when).min();
                prop_assert!(first.is_none_or(|first| (1..=first).contains(&h.next())));
                if now % 3 == 0 {
                    prop_assert!(first.is_none_or(|first| (1..=first).contains(&h.earliest())));
                }
            }
        }
    }
}

/// The words of a timer from before it was stopped, put back, make it look pending: that is its own affair, and no other is late.
#[test]
fn words_put_back_take_no_wake_up_away() {
    for others in 1..40 {
        let heap = TimerHeap::new();
        let timers: Vec<UnsafeCell<Timer>> = (0..=others).map(|_| UnsafeCell::new(Timer::new())).collect();
        let (t, kept) = (timers[others].get(), UnsafeCell::new(Timer::new()));
        let _ = set_to(&heap, t, 5, 0);
        copy(t, kept.get());
        for _ in 0..3 {
            // SAFETY: the timer is alive.
            assert!(unsafe { stop(t) });
            copy(kept.get(), t);
        }
        for (i, other) in timers[..others].iter().enumerate() {
            let _ = set_to(&heap, other.get(), 10 + i as i64, 0);
            // SAFETY: the timer is alive.
            unsafe { stop(t) };
            copy(kept.get(), t);
        }
        for i in 0..others {
            assert!((1..=10 + i as i64).contains(&heap.earliest()), "{i} of {others}");
            while heap.pop_due(9 + i as i64).is_some() {
                assert!(i == 0);
            }
            assert!(heap.pop_due(10 + i as i64).is_some());
        }
        assert_eq!(heap.earliest(), 0);
    }
}

/// A timer that was copied while another thread was adding it: no thread adds the copy.
#[test]
fn the_copy_of_one_that_is_being_added_is_free() {
    let heap = TimerHeap::new();
    let timers: [UnsafeCell<Timer>; 3] = Default::default();
    for t in &timers[1..] {
        // SAFETY: a single thread.
        unsafe { (*t.get()).pp.store(adding(timers[0].get()), Ordering::Relaxed) };
    }
    // SAFETY: the timer is alive.
    assert!(!unsafe { stop(timers[1].get()) });
    assert!(!set_to(&heap, timers[2].get(), 5, 0).was_pending);
    assert!(heap.pop_due(5).is_some() && heap.is_empty());
}

#[test]
fn times_at_the_end_of_time_do_not_wrap() {
    let heap = TimerHeap::new();
    let t = UnsafeCell::new(Timer::new());
    let _ = set_to(&heap, t.get(), i64::MAX - 5, i64::MAX);
    assert!(heap.pop_due(i64::MAX - 6).is_none());
    assert!(heap.pop_due(i64::MAX - 1).is_some());
    assert_eq!(heap.earliest(), i64::MAX);
}

/// Timers that are stopped or put forward leave entries behind, which are bounded by those that count, whatever the order.
#[test]
fn entries_that_do_not_count_are_few() {
    const MANY: usize = 20_000;
    let heap = TimerHeap::new();
    let timers: Vec<UnsafeCell<Timer>> = (0..MANY).map(|_| UnsafeCell::new(Timer::new())).collect();
    let bounded =
        || heap.locked(|h, _| assert!(h.heap.len() <= 3 * h.pending + 2 * FEW, "{} of {}", h.pending, h.heap.len()));
    let fill = || {
        for (i, t) in timers.iter().enumerate() {
            let _ = set_to(&heap, t.get(), 1_000_000 + (i as i64 * 7919) % 100_003, 0);
            bounded();
        }
        assert!(heap.mapped() >= MANY * size_of::<Entry>());
    };
    type Order = fn(usize) -> usize;
    let orders: [Order; 3] = [|i| i, |i| MANY - 1 - i, |i| i * 7919 % MANY];
    for order in orders {
        fill();
        for i in 0..MANY {
            // SAFETY: a single thread, and timers that outlive the heap.
            assert!(unsafe { stop(timers[order(i)].get()) });
            bounded();
        }
        check(&heap);
        assert!(heap.is_empty() && heap.mapped() == MAPPED * size_of::<Entry>());
    }
    for round in 1..20 {
        fill();
        for i in 0..MANY {
            let _ = set_to(&heap, timers[i * 7919 % MANY].get(), 1_000_000 - (round * MANY + i) as i64, 0);
            bounded();
        }
        check(&heap);
        assert_eq!(heap.len(), MANY);
    }
}

/// One that is started and stopped does not stay, however many others are pending.
#[test]
fn what_is_started_and_stopped_leaves_nothing_behind() {
    let heap = TimerHeap::new();
    let timers: Vec<UnsafeCell<Timer>> = (0..10_000).map(|_| UnsafeCell::new(Timer::new())).collect();
    for (i, t) in timers.iter().enumerate() {
        let _ = set_to(&heap, t.get(), 1_000_000 + i as i64, 0);
        if i >= 1000 {
            // SAFETY: a single thread, and timers that outlive the heap.
            assert!(unsafe { stop(t.get()) });
        }
    }
    heap.locked(|h, _| assert!(h.heap.len() <= 1000 + FEWER + 1));
}

/// A visit leaves no entry of a timer that was stopped, nor a second one.
#[test]
fn a_visit_leaves_what_is_pending() {
    const MANY: usize = 1000;
    let heap = TimerHeap::new();
    let timers: Vec<UnsafeCell<Timer>> = (0..MANY).map(|_| UnsafeCell::new(Timer::new())).collect();
    for (i, t) in timers.iter().enumerate() {
        let _ = set_to(&heap, t.get(), 1_000_000 + i as i64, 0);
    }
    for (i, t) in timers.iter().enumerate() {
        match i % 4 {
            // SAFETY: a single thread, and timers that outlive the heap.
            0 => assert!(unsafe { stop(t.get()) }),
            1 => drop(set_to(&heap, t.get(), 500_000 - i as i64, 0)),
            _ => {}
        }
    }
    assert!(heap.begin_visit() > MANY);
    let mut seen = BTreeSet::new();
    while !heap.visit(10, &mut |t| assert!(seen.insert(t))) {}
    check(&heap);
    let left = heap.locked(|h, _| h.heap.len());
    assert_eq!((seen.len(), heap.len(), left), (MANY * 3 / 4, MANY * 3 / 4, MANY * 3 / 4));
    // SAFETY: a single thread.
    assert!(timers.iter().step_by(4).all(|t| unsafe { (*t.get()).pp.load(Ordering::Relaxed) } == FREE));
}

#[test]
fn a_heap_that_is_moved_away_gives_its_memory_back() {
    let (here, there) = (TimerHeap::new(), TimerHeap::new());
    let timers: Vec<UnsafeCell<Timer>> = (0..20_000).map(|_| UnsafeCell::new(Timer::new())).collect();
    for t in &timers {
        let _ = set_to(&here, t.get(), 5, 0);
    }
    // SAFETY: a single thread.
    assert!(unsafe { here.move_to(&there, memory) });
    assert_eq!(here.mapped(), MAPPED * size_of::<Entry>());
    check(&there);
}

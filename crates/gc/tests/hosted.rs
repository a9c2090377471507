//! The hosted front end: what is reachable stays, what is not goes, whatever thread looks.
#![cfg(not(loom))]

use goxide_gc::hosted::{Array, Collector, Global, Mutator, Ref, Root, Slot};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::*};

#[repr(C)]
struct Node {
    value: u64,
    left: Slot<Node>,
    right: Slot<Node>,
}
goxide_gc::object!(Node { left, right });

fn node(m: &mut Mutator, value: u64) -> Root<Node> {
    m.alloc(Node { value, left: Slot::null(), right: Slot::null() })
}

fn tree(m: &mut Mutator, depth: u32) -> Root<Node> {
    let top = node(m, u64::from(depth));
    if depth > 0 {
        let (l, r) = (tree(m, depth - 1), tree(m, depth - 1));
        top.get(m).set(m, |n| &n.left, Some(l.get(m)));
        top.get(m).set(m, |n| &n.right, Some(r.get(m)));
    }
    top
}

fn count(n: Option<Ref<'_, Node>>) -> usize {
    n.map_or(0, |n| 1 + count(n.get(|n| &n.left)) + count(n.get(|n| &n.right)))
}

fn checked() -> Collector {
    Collector::builder().check(true).markers(2).build()
}

fn objects(c: &Collector) -> u64 {
    c.heap_stats().heap_objects
}

#[test]
fn what_is_rooted_stays_and_the_rest_goes() {
    let c = checked();
    let mut m = c.register();
    let t = tree(&mut m, 12);
    let dead = tree(&mut m, 10);
    drop(dead);
    m.collect();
    assert_eq!(count(Some(t.get(&m))), (1 << 13) - 1);
    assert_eq!(objects(&c), (1 << 13) - 1);
    t.get(&m).set(&m, |n| &n.left, None);
    m.collect();
    assert_eq!(objects(&c), 1 << 12);
    drop(t);
    m.collect();
    assert_eq!(objects(&c), 0);
    assert_eq!(c.stats().cycles, 3);
}

#[test]
fn collections_happen_by_themselves() {
    let c = checked();
    let mut m = c.register();
    let keep = tree(&mut m, 12);
    for _ in 0..400 {
        drop(tree(&mut m, 10));
    }
    assert_eq!(count(Some(keep.get(&m))), (1 << 13) - 1);
    let s = c.stats();
    assert!(s.cycles > 2, "{s:?}");
    assert!(c.heap_stats().heap_inuse < 64 << 20, "{s:?}");
}

/// Arrays of pointers that are made faster than a marker thread marks: their maker pays for them before they are there.
#[test]
fn large_arrays_do_not_outrun_marking() {
    let c = Collector::builder().markers(1).build();
    let mut m = c.register();
    let keep = tree(&mut m, 14);
    let mut last = None;
    for _ in 0..160 {
        last = Some(m.alloc_array::<Node>(1 << 20));
    }
    assert_eq!(count(Some(keep.get(&m))), (1 << 15) - 1);
    assert_eq!(last.unwrap().get(&m).len(), 1 << 20);
    // 8 MiB each; two are alive while the next is made.
    let s = c.heap_stats();
    assert!(s.heap_sys <= 128 << 20, "{} MiB after {:?}", s.heap_sys >> 20, c.stats());
}

#[test]
fn threads_come_and_go_while_others_collect() {
    let c = checked();
    let shared = {
        let mut m = c.register();
        let first = node(&mut m, 0);
        Global::new(&m, first.get(&m))
    };
    let stop = Arc::new(AtomicBool::new(false));
    let collecting = {
        let (c, stop) = (c.clone(), stop.clone());
        std::thread::spawn(move || {
            while !stop.load(Relaxed) {
                c.collect();
            }
        })
    };
    for round in 0..30 {
        let threads: Vec<_> = (0..3)
            .map(|i| {
                let (c, shared) = (c.clone(), shared.clone());
                std::thread::spawn(move || {
                    let mut m = c.register();
                    let mine = tree(&mut m, 8);
                    for k in 0..50 {
                        let n = node(&mut m, i * 1000 + k);
                        n.get(&m).set(&m, |n| &n.left, Some(mine.get(&m)));
                        n.get(&m).set(&m, |n| &n.right, shared.get(&m).get(|n| &n.left));
                        shared.get(&m).set(&m, |n| &n.left, Some(n.get(&m)));
                        m.blocked(std::thread::yield_now);
                    }
                    assert_eq!(count(Some(mine.get(&m))), 511);
                })
            })
            .collect();
        threads.into_iter().for_each(|t| t.join().unwrap());
        let mut m = c.register();
        assert!(shared.get(&m).get(|n| &n.left).is_some());
        shared.get(&m).set(&m, |n| &n.left, None);
        let other = node(&mut m, round);
        shared.set(&m, other.get(&m));
    }
    stop.store(true, Relaxed);
    collecting.join().unwrap();
    c.collect();
    assert_eq!(objects(&c), 1);
    drop(shared);
    c.collect();
    assert_eq!(objects(&c), 0);
}

#[test]
fn roots_may_go_while_their_thread_is_blocked_or_after_its_mutator() {
    let c = checked();
    let mut m = c.register();
    let roots: Vec<_> = (0..1000).map(|i| node(&mut m, i)).collect();
    m.blocked(move || {
        for r in roots {
            drop(r);
            std::thread::yield_now();
        }
    });
    let late = node(&mut m, 1);
    drop(m);
    let mut m = c.register();
    let other = node(&mut m, 2);
    drop(late);
    m.collect();
    assert_eq!(other.get(&m).value, 2);
    assert_eq!(objects(&c), 1);
}

#[test]
fn large_arrays_are_marked_in_pieces() {
    let c = checked();
    let mut m = c.register();
    let a = m.alloc_array::<Node>(100_000);
    for i in 0..100_000 {
        let n = node(&mut m, i);
        a.get(&m).put(&m, i as usize, Some(n.get(&m)));
    }
    m.collect();
    for i in 0..100_000 {
        assert_eq!(a.get(&m).at(i).unwrap().value, i as u64);
    }
    assert_eq!(objects(&c), 100_001);
}

#[test]
fn bytes_are_kept_and_not_looked_at() {
    let c = checked();
    let mut m = c.register();
    let dead = node(&mut m, 1);
    let address = dead.get(&m).address().to_le_bytes();
    let b: Vec<_> = [1usize, 8, 100, 5000, 200_000].iter().map(|&n| m.alloc_bytes(&address.repeat(n)[..n])).collect();
    drop(dead);
    m.collect();
    assert_eq!(objects(&c), b.len() as u64);
    for (b, n) in b.iter().zip([1usize, 8, 100, 5000, 200_000]) {
        assert_eq!(b.get(&m).bytes(), &address.repeat(n)[..n]);
    }
    assert_eq!(m.alloc_bytes(&[]).get(&m).bytes(), b"");
}

#[test]
fn finalizers_get_their_object_once_and_death_notes_do_not() {
    let c = checked();
    let mut m = c.register();
    let seen = Arc::new(AtomicUsize::new(0));
    let gone = Arc::new(AtomicUsize::new(0));
    let top = tree(&mut m, 3);
    let (s, g) = (seen.clone(), gone.clone());
    assert!(m.set_finalizer(top.get(&m), move |m, top| {
        assert_eq!(count(Some(top.get(m))), 15);
        s.fetch_add(1, Relaxed);
    }));
    assert!(!m.set_finalizer(top.get(&m), |_, _| unreachable!("there is one already")));
    assert!(m.on_death(top.get(&m), move || {
        g.fetch_add(1, Relaxed);
    }));
    m.collect();
    assert_eq!(m.run_finalizers(), 0);
    drop(top);
    m.collect();
    assert_eq!((objects(&c), c.waiting_finalizers()), (15, 1));
    m.collect();
    assert_eq!(m.run_finalizers(), 1);
    assert_eq!((seen.load(Relaxed), gone.load(Relaxed)), (1, 0));
    m.collect();
    assert_eq!(m.run_finalizers(), 1);
    assert_eq!((seen.load(Relaxed), gone.load(Relaxed), objects(&c)), (1, 1, 0));
    let n = node(&mut m, 1);
    assert!(m.set_finalizer(n.get(&m), |_, _| unreachable!("it was cleared")));
    assert!(m.clear_finalizer(n.get(&m)) && !m.clear_finalizer(n.get(&m)));
    drop(n);
    m.collect();
    assert_eq!((m.run_finalizers(), objects(&c)), (0, 0));
}

#[test]
fn a_finalizer_may_keep_its_object() {
    let c = checked();
    let mut m = c.register();
    let holder = m.alloc_array::<Node>(1);
    let keep = Global::<Array<Node>>::new(&m, holder.get(&m));
    let n = tree(&mut m, 2);
    let k = keep.clone();
    m.set_finalizer(n.get(&m), move |m, n| k.get(m).put(m, 0, Some(n.get(m))));
    drop(n);
    for _ in 0..3 {
        m.collect();
        m.run_finalizers();
        drop(tree(&mut m, 6));
    }
    m.collect();
    assert_eq!(count(keep.get(&m).at(0)), 7);
    assert_eq!(objects(&c), 8);
}

#[test]
#[should_panic(expected = "not one of the object's slots")]
fn a_slot_that_is_not_listed_is_refused() {
    #[repr(C)]
    struct Two {
        a: Slot<Two>,
        b: Slot<Two>,
    }
    goxide_gc::object!(Two { a });
    let c = Collector::builder().build();
    let mut m = c.register();
    let two = m.alloc(Two { a: Slot::null(), b: Slot::null() });
    two.get(&m).set(&m, |t| &t.a, Some(two.get(&m)));
    two.get(&m).set(&m, |t| &t.b, Some(two.get(&m)));
}

#[test]
#[should_panic(expected = "has a mutator already")]
fn a_thread_has_one_mutator() {
    let c = Collector::builder().build();
    let _m = c.register();
    let _n = c.register();
}

#[test]
fn what_goes_from_a_stack_that_was_not_scanned_into_an_object_that_was_stays() {
    let c = Collector::builder().check(true).markers(1).build();
    let mut m = c.register();
    let array = m.alloc_array::<Node>(200_000);
    for i in 0..200_000 {
        let n = node(&mut m, 0);
        array.get(&m).put(&m, i, Some(n.get(&m)));
    }
    let shared = Global::new(&m, array.get(&m));
    drop(array);
    for round in 1..6 {
        let moved = node(&mut m, round);
        let before = c.stats().pauses;
        let asking = {
            let c = c.clone();
            std::thread::spawn(move || c.collect())
        };
        m.blocked(|| {
            while c.stats().pauses == before {
                std::thread::yield_now();
            }
        });
        // Marking has begun, with the globals: the beginning of the array has been seen, this thread's roots have most likely
        // not, and once they are the new node is in the array alone.
        shared.get(&m).put(&m, 0, Some(moved.get(&m)));
        drop(moved);
        m.poll();
        m.blocked(|| asking.join().unwrap());
        assert_eq!(shared.get(&m).at(0).unwrap().value, round);
    }
}

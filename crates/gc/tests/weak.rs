//! Weak references: they lead to their object as long as something keeps it, and never to one that a collection has given up.
#![cfg(not(loom))]

use goxide_gc::hosted::{Array, Collector, Global, Slot, Weak};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::*};

/// A reference and the key of its node.
type Entry = std::sync::Mutex<Option<(Weak<Node>, u64)>>;

#[repr(C)]
struct Node {
    key: u64,
    /// `!key`, so that memory that is something else by now is found out.
    check: u64,
    next: Slot<Node>,
}
goxide_gc::object!(Node { next });

fn node(key: u64) -> Node {
    Node { key, check: !key, next: Slot::null() }
}

#[test]
fn it_leads_to_its_object_until_a_collection() {
    let c = Collector::builder().check(true).build();
    let mut m = c.register();
    let n = m.alloc(node(5));
    let w = m.downgrade(n.get(&m));
    let again = m.downgrade(n.get(&m));
    assert!(w.ptr_eq(&again) && w.ptr_eq(&w.clone()));
    for _ in 0..3 {
        m.collect();
        assert!(w.get(&m).unwrap() == n.get(&m));
    }
    // What it gives can be kept.
    let kept = m.root(w.get(&m).unwrap());
    drop(n);
    m.collect();
    assert_eq!(again.get(&m).unwrap().key, 5);
    drop(kept);
    m.collect();
    assert!(w.get(&m).is_none() && again.get(&m).is_none());
    assert_eq!(c.heap_stats().heap_objects, 0);
}

#[test]
fn circles_are_let_go() {
    let c = Collector::builder().check(true).build();
    let mut m = c.register();
    let (a, b) = (m.alloc(node(1)), m.alloc(node(2)));
    a.get(&m).set(&m, |n| &n.next, Some(b.get(&m)));
    b.get(&m).set(&m, |n| &n.next, Some(a.get(&m)));
    let w = [m.downgrade(a.get(&m)), m.downgrade(b.get(&m))];
    drop(a);
    m.collect();
    assert!(w.iter().all(|w| w.get(&m).is_some()));
    drop(b);
    m.collect();
    assert!(w.iter().all(|w| w.get(&m).is_none()));
}

#[test]
fn it_is_cleared_before_the_finalizer_and_stays_so() {
    let c = Collector::builder().check(true).build();
    let mut m = c.register();
    let place = m.alloc_array::<Node>(1);
    let place = Global::<Array<Node>>::new(&m, place.get(&m));
    let (top, below) = (m.alloc(node(1)), m.alloc(node(2)));
    top.get(&m).set(&m, |n| &n.next, Some(below.get(&m)));
    let (weak, weak_below) = (m.downgrade(top.get(&m)), m.downgrade(below.get(&m)));
    let dead = Arc::new(AtomicUsize::new(0));
    let (w, p, d) = (weak.clone(), place.clone(), dead.clone());
    m.set_finalizer(top.get(&m), move |m, top| {
        assert!(w.get(m).is_none());
        p.get(m).put(m, 0, Some(top.get(m)));
    });
    m.on_death(top.get(&m), move || {
        d.fetch_add(1, Relaxed);
    });
    drop((top, below));
    m.collect();
    assert!(weak.get(&m).is_none());
    // It is reachable: from what waits for its finalizer.
    assert_eq!(weak_below.get(&m).unwrap().key, 2);
    assert_eq!((m.run_finalizers(), dead.load(Relaxed)), (1, 0));
    m.collect();
    // The finalizer has kept it: the old handle stays cleared, a new one is another.
    let kept = m.root(place.get(&m).at(0).unwrap());
    assert!(weak.get(&m).is_none() && weak_below.get(&m).is_some());
    let new = m.downgrade(kept.get(&m));
    assert!(!new.ptr_eq(&weak) && new.get(&m).is_some());
    place.get(&m).put(&m, 0, None);
    drop(kept);
    m.collect();
    assert!(new.get(&m).is_none() && weak_below.get(&m).is_none());
    assert_eq!((m.run_finalizers(), dead.load(Relaxed)), (1, 1));
}

/// Marking is over, most spans are not swept yet, and what died in them is there still: no reference leads to it. As many as were kept
/// are found, in spans that are swept and in others.
#[test]
fn while_spans_are_swept_it_leads_to_what_lives() {
    let c = Collector::builder().percent(-1).markers(1).build();
    let mut m = c.register();
    let mut early = 0;
    for round in 0..60 {
        if round >= 5 && early > 0 {
            break;
        }
        let nodes: Vec<_> = (0..30_000).map(|key| m.alloc(node(key))).collect();
        let weak: Vec<_> = nodes.iter().map(|n| m.downgrade(n.get(&m))).collect();
        let kept: Vec<_> = nodes.into_iter().enumerate().filter(|(i, _)| i % 1000 == 7).map(|(_, n)| n).collect();
        // What the last collection found is noted while the world is stopped at the end of marking, and has times in it.
        let found_last = || format!("{:?}", c.stats().last);
        let (before, cycles) = (found_last(), c.stats().cycles);
        let asking = std::thread::spawn({
            let c = c.clone();
            move || c.collect()
        });
        while found_last() == before {
            m.poll();
        }
        // No safepoint from here on.
        early += usize::from(c.stats().cycles == cycles);
        let found: Vec<_> = weak.iter().filter_map(|w| Some(w.get(&m)?.key)).collect();
        assert_eq!(found, kept.iter().map(|n| n.get(&m).key).collect::<Vec<_>>());
        drop((kept, weak));
        m.blocked(|| asking.join().unwrap());
        m.collect();
        assert_eq!(c.heap_stats().heap_objects, 0);
    }
    assert!(early > 0, "no sweep was seen");
}

/// Threads get objects by weak references of one table while other threads drop them and collect: what they get is whole. Some spans
/// are young, some large, some swept late.
#[test]
fn threads_look_while_others_drop_and_collect() {
    const SLOTS: usize = 64;
    let c = Collector::builder().percent(20).markers(2).check(true).build();
    c.set_clobber(true);
    let table: Vec<Entry> = (0..SLOTS).map(|_| Entry::default()).collect();
    let (stop, seen, gone) = (AtomicBool::new(false), AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|s| {
        s.spawn(|| {
            while !stop.load(Relaxed) {
                c.collect();
            }
        });
        let lookers: Vec<_> = (0..2)
            .map(|i| {
                let (c, table, stop, seen, gone) = (&c, &table, &stop, &seen, &gone);
                s.spawn(move || {
                    let mut m = c.register();
                    let mut kept = Vec::new();
                    let mut at = i;
                    while !stop.load(Relaxed) {
                        at = (at * 5 + 1) % SLOTS;
                        // First: while the table is empty, a collection waits for this thread, and what fills it for the collection.
                        m.poll();
                        let entry = table[at].lock().unwrap().clone();
                        let Some((weak, key)) = entry else { continue };
                        match weak.get(&m) {
                            Some(n) => {
                                assert_eq!((n.key, n.check), (key, !key));
                                seen.fetch_add(1, Relaxed);
                                kept.push((m.root(n), key));
                            }
                            None => drop(gone.fetch_add(1, Relaxed)),
                        }
                        for (root, key) in &kept {
                            assert_eq!((root.get(&m).key, root.get(&m).check), (*key, !*key));
                        }
                        if kept.len() > 8 {
                            kept.clear();
                        }
                    }
                })
            })
            .collect();
        let mut m = c.register();
        let mut young = std::collections::VecDeque::new();
        let mut key = 0;
        while (seen.load(Relaxed) < 20_000 || gone.load(Relaxed) < 200) && !lookers.iter().any(|l| l.is_finished()) {
            key += 1;
            let n = m.alloc(node(key));
            let weak = m.downgrade(n.get(&m));
            *table[key as usize % SLOTS].lock().unwrap() = Some((weak, key));
            young.push_back(n);
            if young.len() > 40 {
                young.drain(..20);
            }
            drop(m.alloc_bytes(&[7; 300]));
        }
        drop((young, m));
        stop.store(true, Relaxed);
        lookers.into_iter().for_each(|l| l.join().unwrap());
    });
}

#[test]
#[should_panic(expected = "of another collector")]
fn it_belongs_to_its_collector() {
    let (a, b) = (Collector::builder().build(), Collector::builder().build());
    let w = {
        let mut m = a.register();
        let n = m.alloc(node(1));
        m.downgrade(n.get(&m))
    };
    let m = b.register();
    let _ = w.get(&m);
}

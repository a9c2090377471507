//! The tree of waiters against a map of queues, and its two orders under random operations.

use std::collections::{BTreeMap, VecDeque};

use proptest::prelude::*;

use super::*;
use crate::hosted::TestHost;

type Waiter = SemaWaiter<TestHost>;

/// Checks both orders below `n` and the links back; counts the nodes.
///
/// # Safety
/// `n` is null or a node of a tree that nothing else uses.
unsafe fn check(n: Node<TestHost>, parent: Node<TestHost>, low: usize, high: usize) -> usize {
    if n.is_null() {
        return 0;
    }
    // SAFETY: the records are alive and linked by the tree.
    unsafe {
        let at = (*n).addr as usize;
        assert!((*n).parent == parent);
        assert!(low < at && at < high, "search order");
        assert!(parent.is_null() || (*parent).ticket <= (*n).ticket, "heap order");
        let [a, b] = (*n).child;
        1 + check(a, n, low, at) + check(b, n, at, high)
    }
}

#[derive(Clone, Debug)]
enum Op {
    Wait { at: usize, lifo: bool, random: u32 },
    Wake { at: usize },
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let op = prop_oneof![
        3 => (1..24usize, any::<bool>(), any::<u32>())
            .prop_map(|(at, lifo, random)| Op::Wait { at, lifo, random }),
        2 => (1..24usize).prop_map(|at| Op::Wake { at }),
    ];
    proptest::collection::vec(op, 1..400)
}

proptest! {
    #[test]
    fn behaves_like_a_map_of_queues(ops in ops()) {
        let mut tree = Treap::<TestHost> { root: null_mut() };
        let mut model: BTreeMap<usize, VecDeque<usize>> = BTreeMap::new();
        let records: Vec<core::cell::UnsafeCell<Waiter>> =
            ops.iter().map(|_| core::cell::UnsafeCell::new(Waiter::new())).collect();
        for (i, op) in ops.iter().enumerate() {
            match *op {
                Op::Wait { at, lifo, random } => {
                    let addr = (at * 8) as *const AtomicU32;
                    let w = records[i].get();
                    // SAFETY: the record is on no list; the tree does not look into addresses.
                    unsafe {
                        ((*w).addr, (*w).lifo) = (addr, lifo);
                        tree.insert(w, random);
                    }
                    let line = model.entry(at).or_default();
                    if lifo { line.push_front(i) } else { line.push_back(i) }
                }
                Op::Wake { at } => {
                    // SAFETY: the records are alive, and the tree is this test's alone.
                    let w = unsafe { tree.remove((at * 8) as *const AtomicU32) };
                    let want = model.get_mut(&at).and_then(VecDeque::pop_front);
                    prop_assert_eq!(w, want.map_or(null_mut(), |i| records[i].get()));
                    model.retain(|_, line| !line.is_empty());
                }
            }
            // SAFETY: the records are alive.
            let nodes = unsafe { check(tree.root, null_mut(), 0, usize::MAX) };
            prop_assert_eq!(nodes, model.len());
        }
    }
}

/// What holds up those in line is counted once, and without gaps: at each release from the one before, also for a waiter that was woken for
/// nothing and is the first again.
#[test]
fn who_takes_a_place_takes_its_time_over() {
    let table = SemaTable::<TestHost>::new();
    let word = AtomicU32::new(0);
    let root = table.root(&word);
    let records: [_; 4] = core::array::from_fn(|_| core::cell::UnsafeCell::new(Waiter::new()));
    let wait = |i: usize, lifo: bool, since: i64| {
        let w = records[i].get();
        // SAFETY: the record is on no list, and the table is this test's alone.
        unsafe {
            w.write(SemaWaiter { addr: &word, lifo, since, ..Waiter::new() });
            (*root.tree.get()).insert(w, 1);
        }
        root.waiters.store(root.waiters.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    };
    // SAFETY: the root of this word.
    let release = |now: i64| unsafe { root.take_first(&word, now) };
    wait(0, false, 10);
    wait(1, false, 20);
    let first = release(100);
    assert_eq!((first.waiter, first.waited), (records[0].get(), 90));
    // Another has the unit. This one waits again, first, and says since when.
    wait(0, true, 130);
    let again = release(200);
    assert_eq!((again.waiter, again.waited), (records[0].get(), 100));
    let second = release(230);
    assert_eq!((second.waiter, second.waited), (records[1].get(), 30));
    // Without a time there is none to take over, or to be taken over.
    for (before, after, waited) in [(0, 300, 100), (250, 0, 0)] {
        wait(2, false, before);
        wait(3, true, after);
        let first = release(400);
        assert_eq!((first.waiter, first.waited), (records[3].get(), waited));
        assert_eq!(release(0).waiter, records[2].get());
    }
}

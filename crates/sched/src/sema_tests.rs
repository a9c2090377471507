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

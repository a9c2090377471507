//! `#[derive(Object)]`: all slots are found, wherever the compiler has put them, and nothing else.
#![cfg(not(loom))]

use goxide_gc::hosted::{Collector, Object, Slot};
use std::mem::offset_of;

/// Not `#[repr(C)]`: the byte comes last, whatever is written.
#[derive(Object, Default)]
struct Node {
    small: u8,
    next: Slot<Node>,
    key: u32,
    children: [goxide_gc::hosted::Slot<Node>; 3],
    large: u64,
}

#[derive(Object)]
struct Pair<T: Object>(Slot<T>, u64, Slot<Pair<T>>);

#[derive(Object)]
struct Plain {
    value: u64,
}

#[test]
fn places_are_all_and_in_order() {
    let mut expected = vec![offset_of!(Node, next)];
    expected.extend((0..3).map(|i| offset_of!(Node, children) + i * 8));
    expected.sort();
    assert_eq!(Node::SLOTS, expected);
    let mut expected = [offset_of!(Pair<Node>, 0), offset_of!(Pair<Node>, 2)];
    expected.sort();
    assert_eq!(<Pair<Node>>::SLOTS, expected);
    assert_eq!(Plain::SLOTS, [0; 0]);
}

#[test]
fn what_slots_lead_to_is_kept() {
    let c = Collector::builder().check(true).build();
    c.set_clobber(true);
    let mut m = c.register();
    let top = m.alloc(Node { small: 1, large: 2, ..Node::default() });
    for i in 0..3 {
        let child = m.alloc(Node { key: i as u32, ..Node::default() });
        top.get(&m).set(&m, |n| &n.children[i], Some(child.get(&m)));
    }
    let pair = m.alloc(Pair(Slot::null(), 9, Slot::null()));
    pair.get(&m).set(&m, |p| &p.0, Some(top.get(&m)));
    pair.get(&m).set(&m, |p| &p.2, Some(pair.get(&m)));
    let plain = m.alloc(Plain { value: 3 });
    drop(top);
    m.collect();
    assert_eq!(c.heap_stats().heap_objects, 6);
    let top = pair.get(&m).get(|p| &p.0).unwrap();
    assert_eq!((top.small, top.large, pair.get(&m).1, plain.get(&m).value), (1, 2, 9, 3));
    assert_eq!([0, 1, 2].map(|i| top.get(|n| &n.children[i]).unwrap().key), [0, 1, 2]);
    assert!(top.get(|n| &n.next).is_none());
}

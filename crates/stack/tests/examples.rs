//! What the examples do, where it can be seen to be right; and where stacks of a supply go.

#[path = "../examples/generators.rs"]
mod generators;
#[path = "../examples/parser.rs"]
mod parser;

use std::cell::RefCell;
use std::collections::BTreeMap;

use generators::{Generator, Tree, first_difference};
use goxide_stack::{FixedStack, NewStacks, Stacks, Step, scope};
use parser::{Value, Wrong, parse_together};

#[test]
fn generators_run_as_far_as_they_are_asked() {
    let asked = RefCell::new(Vec::new());
    scope(|s| {
        let squares = Generator::new(s, |found| {
            for n in 0u64.. {
                asked.borrow_mut().push(n);
                found(n * n);
            }
        });
        assert_eq!(squares.unwrap().take(4).collect::<Vec<_>>(), [0, 1, 4, 9]);
    });
    assert_eq!(*asked.borrow(), [0, 1, 2, 3]);
}

#[test]
fn trees_of_two_shapes_are_compared() {
    let (mut a, mut b) = (Tree::default(), Tree::default());
    for key in 0..1024 {
        a.insert(key * 5 % 1024);
        b.insert(key * 7 % 1024);
    }
    assert_eq!(first_difference(&a, &b), None);
    b.insert(512);
    assert_eq!(first_difference(&a, &b), Some((Some(513), Some(512))));
    a.insert(512);
    a.insert(2000);
    assert_eq!(first_difference(&a, &b), Some((Some(2000), None)));
}

#[test]
fn documents_are_the_same_wherever_pieces_end() {
    let text = br#" {"a": [1, -2.5e3, "x\n\"y\""], "b": {"c": null, "d": [true, false, []]}} "#;
    let list = vec![Value::Number(1.0), Value::Number(-2500.0), Value::Text("x\n\"y\"".into())];
    let inner = vec![Value::Bool(true), Value::Bool(false), Value::List(vec![])];
    let b = BTreeMap::from([("c".into(), Value::Null), ("d".into(), Value::List(inner))]);
    let want = Value::Object(BTreeMap::from([("a".into(), Value::List(list)), ("b".into(), Value::Object(b))]));
    for piece in 1..=text.len() {
        let answers = parse_together(&[text, b"[1, 2", b"nul", b"1 2", text], piece);
        assert_eq!(answers[0], Ok(want.clone()), "pieces of {piece}");
        assert_eq!(answers[1], Err(Wrong(5, "a comma or a bracket is missing")), "pieces of {piece}");
        assert_eq!(answers[2], Err(Wrong(3, "a word that is none")));
        assert_eq!(answers[3], Err(Wrong(2, "more than one value")));
        assert_eq!(answers[4], answers[0]);
    }
    let deep = "[".repeat(1000);
    assert_eq!(parse_together(&[deep.as_bytes()], 3), [Err(Wrong(101, "too deep"))]);
}

/// A supply of two stacks that counts.
struct Two(RefCell<Vec<FixedStack>>);

impl Stacks for Two {
    fn take(&self) -> Option<FixedStack> {
        self.0.borrow_mut().pop()
    }
    fn give(&self, stack: FixedStack) {
        self.0.borrow_mut().push(stack);
    }
}

#[test]
fn a_supply_gets_its_stacks_back_however_a_fiber_ends() {
    let stack = || NewStacks(32 << 10).take().unwrap();
    let supply = Two(RefCell::new(vec![stack(), stack()]));
    scope(|s| {
        let fiber = || s.fiber_on(&supply, |y, n: u32| y.suspend(n) + 1);
        let (mut a, b) = (fiber().unwrap(), fiber().unwrap());
        assert!(fiber().is_none());
        // Done, then dropped; never begun; suspended.
        assert_eq!((a.resume(1), a.resume(2)), (Step::Yield(1), Step::Done(3)));
        drop(a);
        drop(b);
        assert_eq!(supply.0.borrow().len(), 2);
        let mut a = fiber().unwrap();
        assert_eq!(a.resume(5), Step::Yield(5));
        drop(a);
        assert_eq!(supply.0.borrow().len(), 2);
        // Leaked, so the scope ends it.
        let mut a = fiber().unwrap();
        assert_eq!(a.resume(6), Step::Yield(6));
        std::mem::forget(a);
        // Its owner takes the stack, so the supply does not get it.
        drop(fiber().unwrap().into_stack());
        assert_eq!(supply.0.borrow().len(), 0);
    });
    assert_eq!(supply.0.borrow().len(), 1);
}

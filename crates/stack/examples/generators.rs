//! Generators: recursive code as an iterator. Whether two search trees of different shapes hold the same keys is found by walking
//! both at once, key by key, and no further than to the first difference.
//!
//! `cargo run --release -p goxide-stack --example generators [KEYS]`

use goxide_stack::{Fiber, FixedPool, Scope, Step, Yielder, scope};

/// Where walks get their stacks, and leave them for others.
static STACKS: FixedPool = FixedPool::new(256 << 10);

/// What a function hands over one by one.
#[derive(Debug)]
pub struct Generator<'s, T>(Fiber<'s, (), T, ()>);

impl<'s, T: 's> Generator<'s, T> {
    /// The values with which `f` calls its argument. It runs as far as they are asked for.
    pub fn new<'env>(s: &'s Scope<'s, 'env>, f: impl FnOnce(&dyn Fn(T)) + 's) -> Option<Self> {
        let body = move |y: &Yielder<(), T, ()>, ()| f(&|value| y.suspend(value));
        s.fiber_on(&STACKS, body).map(Generator)
    }
}

impl<T> Iterator for Generator<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        if self.0.is_done() {
            return None;
        }
        match self.0.resume(()) {
            Step::Yield(value) => Some(value),
            Step::Done(()) => None,
        }
    }
}

/// A search tree that is not balanced.
#[derive(Default, Debug)]
pub struct Tree(Option<Box<(Tree, u64, Tree)>>);

impl Tree {
    /// Adds a key.
    pub fn insert(&mut self, key: u64) {
        match &mut self.0 {
            None => self.0 = Some(Box::new((Tree::default(), key, Tree::default()))),
            Some(node) if key < node.1 => node.0.insert(key),
            Some(node) => node.2.insert(key),
        }
    }

    /// Plain recursion, which knows nothing of what takes the keys.
    pub fn walk(&self, found: &dyn Fn(u64)) {
        if let Some(node) = &self.0 {
            node.0.walk(found);
            found(node.1);
            node.2.walk(found);
        }
    }
}

/// The first keys, in order, in which two trees differ.
pub(crate) fn first_difference(a: &Tree, b: &Tree) -> Option<(Option<u64>, Option<u64>)> {
    scope(|s| {
        let walk = |t| Generator::new(s, move |found| Tree::walk(t, found)).expect("memory for a stack");
        let (mut a, mut b) = (walk(a), walk(b));
        loop {
            match (a.next(), b.next()) {
                (None, None) => return None,
                (x, y) if x == y => {}
                difference => return Some(difference),
            }
        }
    })
}

#[allow(dead_code)] // The test has its own.
fn main() {
    let keys: u64 = std::env::args().nth(1).map_or(100_000, |n| n.parse().expect("a number of keys"));
    let (mut a, mut b) = (Tree::default(), Tree::default());
    // Two orders in which each key comes once: multiples of odd numbers, modulo a power of two.
    let size = keys.max(1).next_power_of_two();
    for i in 0..size {
        a.insert(i.wrapping_mul(0x9e37_79b9_7f4a_7c15) % size);
        b.insert(i.wrapping_mul(0xd1b5_4a32_d192_ed03) % size);
    }
    let begin = std::time::Instant::now();
    let same = first_difference(&a, &b);
    println!("{size} keys each: {}, {:.1} ns a key", if same.is_none() { "the same" } else { "different" }, {
        begin.elapsed().as_nanos() as f64 / (2 * size) as f64
    });
    b.insert(size / 2);
    println!("with another {}: {:?}", size / 2, first_difference(&a, &b));
}

//! `CursorMap` against plain models: random operations, iteration under change, keys that do not equal themselves.
use goxide_maps::CursorMap;
use goxide_maps::hosted::Key;
use proptest::prelude::*;
use std::collections::{HashMap, HashSet};
use std::hash::{Hash, Hasher};

#[derive(Clone, Debug)]
enum Op {
    Insert(u64, u64),
    Remove(u64),
    Get(u64),
    /// Many insertions from a number on: growth and splits.
    Bulk(u64, u64),
    /// Many removals from a number on.
    Drain(u64, u64),
    Clear,
    Clone,
    CursorBegin,
    CursorNext(u8),
}

fn ops(keys: u64) -> impl Strategy<Value = Vec<Op>> {
    let key = 0..keys;
    proptest::collection::vec(
        prop_oneof![
            20 => (key.clone(), any::<u64>()).prop_map(|(k, v)| Op::Insert(k, v)),
            10 => key.clone().prop_map(Op::Remove),
            10 => key.clone().prop_map(Op::Get),
            3 => (key.clone(), 0..keys).prop_map(|(k, n)| Op::Bulk(k, n)),
            3 => (key, 0..keys).prop_map(|(k, n)| Op::Drain(k, n)),
            1 => Just(Op::Clear),
            1 => Just(Op::Clone),
            4 => Just(Op::CursorBegin),
            10 => any::<u8>().prop_map(Op::CursorNext),
        ],
        1..if cfg!(miri) { 40 } else { 120 },
    )
}

/// What is known of a cursor: the entries that were there at its begin and ever since, and what it met. Entries are
/// told apart by a birth number, so that an entry removed and added again is a new one.
struct Watch<K: Key, V> {
    cursor: goxide_maps::Cursor<K, V>,
    steady: HashSet<u64>,
    met: HashSet<(u64, u64)>,
    cleared: bool,
    ended: bool,
}

/// How keys and values are made from numbers, and told apart.
struct Made<F, G, H, I> {
    key: F,
    number: G,
    value: H,
    read: I,
}

/// A map, what is known of it, and of the cursors over it.
struct Pair<K: Key, V, F, G, H, I> {
    map: CursorMap<K, V>,
    /// Number -> (value, birth).
    model: HashMap<u64, (u64, u64)>,
    births: u64,
    watches: Vec<Watch<K, V>>,
    made: Made<F, G, H, I>,
}

impl<K, V, F, G, H, I> Pair<K, V, F, G, H, I>
where
    K: Key + Clone,
    V: Clone,
    F: Fn(u64) -> K,
    G: Fn(&K) -> u64,
    H: Fn(u64) -> V,
    I: Fn(&V) -> u64,
{
    fn get(&self, k: u64) -> Option<u64> {
        self.map.get(&(self.made.key)(k)).map(&self.made.read)
    }

    fn insert(&mut self, k: u64, v: u64) {
        let old = self.map.insert((self.made.key)(k), (self.made.value)(v)).map(|v| (self.made.read)(&v));
        let birth = self.model.get(&k).map_or_else(
            || {
                self.births += 1;
                self.births
            },
            |&(_, b)| b,
        );
        assert_eq!(old, self.model.insert(k, (v, birth)).map(|(v, _)| v));
    }

    fn remove(&mut self, k: u64) {
        let old = self.map.remove(&(self.made.key)(k)).map(|v| (self.made.read)(&v));
        assert_eq!(old, self.model.remove(&k).map(|(v, _)| v));
        for w in &mut self.watches {
            w.steady.remove(&k);
        }
    }

    fn clear(&mut self) {
        let had = !self.model.is_empty();
        self.map.clear();
        self.model.clear();
        if had {
            for w in &mut self.watches {
                // Those that were not begun begin on the new contents.
                w.cleared = !w.met.is_empty();
                w.steady.clear();
            }
        }
    }

    fn copy(&self) {
        let (number, read) = (&self.made.number, &self.made.read);
        let copy = self.map.clone();
        assert_eq!(copy.len(), self.model.len());
        let seen: HashMap<u64, u64> = copy.iter().map(|(k, v)| (number(k), read(v))).collect();
        assert_eq!(seen, self.model.iter().map(|(&k, &(v, _))| (k, v)).collect());
        // The copy goes its own way.
        for (&k, &(v, _)) in self.model.iter().take(20) {
            assert_eq!(copy.get(&(self.made.key)(k)).map(read), Some(v));
        }
    }

    /// Moves a cursor on; whether it met an entry.
    fn step(&self, w: &mut Watch<K, V>) -> bool {
        match w.cursor.next(&self.map) {
            Some((k, v)) => {
                assert!(!w.ended && !w.cleared, "an ended iteration goes on");
                let k = (self.made.number)(k);
                let &(want, birth) = self.model.get(&k).expect("a deleted entry was met");
                assert_eq!((self.made.read)(v), want);
                assert!(w.met.insert((k, birth)), "an entry was met twice");
                true
            }
            None => {
                if !w.ended && !w.cleared {
                    let met: HashSet<u64> = w.met.iter().map(|&(k, _)| k).collect();
                    assert!(w.steady.is_subset(&met), "an entry was left out");
                }
                w.ended = true;
                false
            }
        }
    }

    fn begin(&mut self) {
        let steady = self.model.keys().copied().collect();
        let mut w = Watch { cursor: self.map.cursor(), steady, met: HashSet::new(), cleared: false, ended: false };
        self.step(&mut w);
        self.watches.push(w);
    }

    /// Moves each cursor on by `n` entries at most; those that have ended go.
    fn advance(&mut self, n: usize) {
        let mut watches = std::mem::take(&mut self.watches);
        for w in &mut watches {
            let _ = (0..n).all(|_| self.step(w));
        }
        watches.retain(|w| !w.ended);
        self.watches = watches;
    }

    fn operate(&mut self, op: Op) {
        match op {
            Op::Insert(k, v) => self.insert(k, v),
            Op::Remove(k) => self.remove(k),
            Op::Get(k) => assert_eq!(self.get(k), self.model.get(&k).map(|&(v, _)| v)),
            Op::Bulk(k, n) => (k..k + n).for_each(|k| self.insert(k, k)),
            Op::Drain(k, n) => (k..k + n).for_each(|k| self.remove(k)),
            Op::Clear => self.clear(),
            Op::Clone => self.copy(),
            Op::CursorBegin => self.begin(),
            Op::CursorNext(n) => self.advance(usize::from(n)),
        }
        assert_eq!(self.map.len(), self.model.len());
    }
}

/// Runs operations on a map whose keys and values are made from numbers.
fn run<K: Key + Clone, V: Clone>(
    ops: Vec<Op>,
    key: impl Fn(u64) -> K,
    number: impl Fn(&K) -> u64,
    value: impl Fn(u64) -> V,
    read: impl Fn(&V) -> u64,
) {
    let made = Made { key, number, value, read };
    let mut pair = Pair { map: CursorMap::new(), model: HashMap::new(), births: 0, watches: Vec::new(), made };
    for op in ops {
        pair.operate(op);
    }
    pair.advance(usize::MAX);
    assert!(pair.watches.is_empty());
    for (&k, &(v, _)) in &pair.model {
        assert_eq!(pair.get(k), Some(v));
    }
}

fn cases(n: u32) -> ProptestConfig {
    ProptestConfig { cases: if cfg!(miri) { 3 } else { n }, failure_persistence: None, ..Default::default() }
}

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn small_numbers(ops in ops(20)) {
        run(ops, |k| k, |&k| k, |v| v, |&v| v);
    }

    #[test]
    fn numbers(ops in ops(if cfg!(miri) { 60 } else { 3000 })) {
        run(ops, |k| k as u32, |&k| k as u64, |v| v, |&v| v);
    }

    #[test]
    fn owned(ops in ops(if cfg!(miri) { 30 } else { 300 })) {
        run(ops, |k| k.to_string(), |k| k.parse().unwrap(), |v| v.to_string(), |v| v.parse().unwrap());
    }

    #[test]
    fn large(ops in ops(100)) {
        run(ops, |k| Large([k; 20]), |k| k.0[7], |v| [v; 33], |v| v[32]);
    }

}

proptest! {
    // Quadratic, so fewer.
    #![proptest_config(cases(30))]

    #[test]
    fn badly_hashed(ops in ops(if cfg!(miri) { 30 } else { 1500 })) {
        run(ops, Clumsy, |k| k.0, |v| v, |&v| v);
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Large([u64; 20]);

/// Hashes into few values.
#[derive(Clone, PartialEq, Debug)]
struct Clumsy(u64);
impl Hash for Clumsy {
    fn hash<H: Hasher>(&self, h: &mut H) {
        (self.0 % 3).hash(h);
    }
}
impl Key for Clumsy {}

/// A floating-point number, by its own equality.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Float(f64);
impl Hash for Float {
    fn hash<H: Hasher>(&self, h: &mut H) {
        (self.0 + 0.0).to_bits().hash(h);
    }
}
impl Key for Float {
    const REFLEXIVE: bool = false;
}

const NAN: Float = Float(f64::NAN);

#[test]
fn nans_are_added_anew_and_met_once_each() {
    let many = if cfg!(miri) { 30 } else { 3000 };
    let mut map = CursorMap::new();
    for n in 0..many {
        assert_eq!(map.insert(NAN, n), None);
        map.insert(Float(n as f64), n);
    }
    assert_eq!(map.len(), 2 * many);
    assert_eq!(map.get(&NAN), None);
    assert_eq!(map.remove(&NAN), None);
    let nans: Vec<usize> = map.iter().filter(|(k, _)| k.0.is_nan()).map(|(_, &v)| v).collect();
    assert_eq!(nans.len(), many);
    assert_eq!(nans.iter().collect::<HashSet<_>>().len(), many);
    map.clear();
    assert!(map.is_empty() && map.iter().next().is_none());
}

#[test]
fn nans_are_met_once_while_the_map_grows() {
    for begin in [1, 5, 8, 9, 14, 100, 900, 2000] {
        if cfg!(miri) && begin > 14 {
            break;
        }
        let mut map = CursorMap::new();
        for n in 0..begin {
            map.insert(NAN, n);
        }
        let mut cursor = map.cursor();
        let mut met = HashSet::new();
        let mut fresh = begin;
        while let Some((k, &v)) = cursor.next(&map) {
            assert!(k.0.is_nan() || k.0 >= 0.0);
            assert!(met.insert(v), "met twice");
            if fresh < 4 * begin {
                // Both kinds of new entries make tables grow.
                map.insert(NAN, fresh);
                map.insert(Float(fresh as f64), fresh + 1_000_000);
                fresh += 1;
            }
        }
        assert!((0..begin).all(|n| met.contains(&n)), "left out");
    }
}

#[test]
fn clear_ends_an_iteration_with_nans() {
    for n in [1, 8, 9, 2000] {
        if cfg!(miri) && n > 9 {
            break;
        }
        let mut map = CursorMap::new();
        (0..n).for_each(|v| _ = map.insert(NAN, v));
        let mut cursor = map.cursor();
        cursor.next(&map).unwrap();
        (0..2 * n).for_each(|v| _ = map.insert(NAN, v));
        map.clear();
        assert!(cursor.next(&map).is_none());
        map.insert(NAN, 1);
        assert!(cursor.next(&map).is_none());
        assert_eq!(map.iter().count(), 1);
    }
}

#[test]
fn keys_are_kept_on_assignment() {
    // +0 and -0 are equal; this front end keeps the first.
    let mut map = CursorMap::new();
    map.insert(Float(0.0), 1);
    assert_eq!(map.insert(Float(-0.0), 2), Some(1));
    assert_eq!(map.iter().map(|(k, &v)| (k.0.to_bits(), v)).collect::<Vec<_>>(), [(0, 2)]);
}

#[test]
fn growth_boundaries() {
    let top = if cfg!(miri) { 40 } else { 5000 };
    let mut map = CursorMap::new();
    for n in 0..top {
        map.insert(n, !n);
        if n < 40 || n % 97 == 0 || (890..905).contains(&n) {
            assert_eq!(map.len() as u64, n + 1);
            assert!((0..=n).all(|k| map.get(&k) == Some(&!k)));
            assert_eq!(map.get(&(n + 1)), None);
            assert_eq!(map.iter().count() as u64, n + 1);
        }
    }
}

#[test]
fn capacity_is_enough() {
    for n in [0usize, 1, 8, 9, 14, 15, 28, 29, 896, 897, 1000, 5000] {
        if cfg!(miri) && n > 29 {
            break;
        }
        let mut map = CursorMap::with_capacity(n);
        (0..n).for_each(|k| _ = map.insert(k, k));
        assert!(map.len() == n && (0..n).all(|k| map.get(&k) == Some(&k)));
        map.clear();
        assert_eq!(map.iter().count(), 0);
        (0..n).for_each(|k| _ = map.insert(k, k));
        assert!(map.len() == n && (0..n).all(|k| map.get(&k) == Some(&k)));
    }
}

#[test]
fn starts_differ() {
    let mut map = CursorMap::new();
    (0..6u64).for_each(|k| _ = map.insert(k, ()));
    let firsts: HashSet<u64> = (0..400).map(|_| *map.cursor().next(&map).unwrap().0).collect();
    assert_eq!(firsts.len(), 6);
    (6..3000u64).for_each(|k| _ = map.insert(k, ()));
    if !cfg!(miri) {
        let firsts: HashSet<u64> = (0..400).map(|_| *map.cursor().next(&map).unwrap().0).collect();
        assert!(firsts.len() > 300, "{}", firsts.len());
    }
}

#[test]
fn values_are_dropped_once() {
    use std::rc::Rc;
    let token = Rc::new(());
    let mut map = CursorMap::new();
    let many = if cfg!(miri) { 30 } else { 2000 };
    for n in 0..many {
        map.insert(n.to_string(), token.clone());
    }
    assert_eq!(Rc::strong_count(&token), many + 1);
    let copy = map.clone();
    assert_eq!(Rc::strong_count(&token), 2 * many + 1);
    let mut cursor = map.cursor();
    cursor.next(&map);
    for n in 0..many / 2 {
        map.remove(n.to_string().as_str());
    }
    assert_eq!(Rc::strong_count(&token), 2 * many - many / 2 + 1);
    map.clear();
    drop(cursor);
    assert_eq!(Rc::strong_count(&token), many + 1);
    drop(copy);
    assert_eq!(Rc::strong_count(&token), 1);
    map.insert("x".into(), token.clone());
    drop(map);
    assert_eq!(Rc::strong_count(&token), 1);
}

#[test]
fn a_panicking_hash_leaves_the_map_usable() {
    use std::cell::Cell;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    thread_local!(static FUSE: Cell<u32> = const { Cell::new(u32::MAX) });
    fn burn() {
        FUSE.set(FUSE.get() - 1);
        assert!(FUSE.get() != 0, "burnt");
    }
    #[derive(Clone)]
    struct Bomb(u64);
    impl Hash for Bomb {
        fn hash<H: Hasher>(&self, h: &mut H) {
            burn();
            self.0.hash(h);
        }
    }
    impl PartialEq for Bomb {
        fn eq(&self, other: &Self) -> bool {
            burn();
            self.0 == other.0
        }
    }
    impl Key for Bomb {}
    for fuse in 1..60 {
        FUSE.set(u32::MAX);
        let mut map = CursorMap::new();
        (0..14).for_each(|k| _ = map.insert(Bomb(k), k));
        FUSE.set(fuse);
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(|_| {}));
        let blown = catch_unwind(AssertUnwindSafe(|| {
            map.remove(&Bomb(3));
            map.insert(Bomb(3), 33);
            map.insert(Bomb(14), 14);
            map.insert(Bomb(15), 15);
        }));
        std::panic::set_hook(hook);
        FUSE.set(u32::MAX);
        let late = blown.is_ok();
        assert!(map.len() >= 13 && (!late || map.len() == 16));
        assert!((0..14).filter(|&k| k != 3).all(|k| map.get(&Bomb(k)) == Some(&k)));
        assert_eq!(map.iter().count(), map.len());
        map.insert(Bomb(99), 99);
        assert_eq!(map.get(&Bomb(99)), Some(&99));
    }
}

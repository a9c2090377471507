//! What `CursorMap` has in common with std's map, against std's map: entries, `retain`, `drain`, `extend`, making, comparing, indexing; by any
//! hasher, good or bad, for keys and values of every way in which they are kept, which are dropped once each.
use goxide_maps::hosted::{Entry, Key};
use goxide_maps::{CursorMap, Seeded};
use proptest::prelude::*;
use std::collections::{HashMap, HashSet};
use std::fmt::Debug;
use std::hash::{BuildHasher, BuildHasherDefault, Hash, Hasher, RandomState};
use std::rc::Rc;

#[derive(Clone, Debug)]
enum Op {
    Insert(u64, u64),
    Remove(u64),
    /// What is done with a key's entry.
    Entry(u64, u64, u8),
    /// Keeps what has this rest.
    Retain(u64, u64),
    /// Takes out all, of which so many are asked for.
    Drain(usize),
    Extend(u64, u64),
    ChangeAll(u64),
    Clear,
    /// Makes the map anew from itself.
    Collect,
    Cursor(usize),
}

fn ops(keys: u64) -> impl Strategy<Value = Vec<Op>> {
    let key = 0..keys;
    let op = prop_oneof![
        10 => (key.clone(), any::<u64>()).prop_map(|(k, v)| Op::Insert(k, v)),
        5 => key.clone().prop_map(Op::Remove),
        20 => (key.clone(), any::<u64>(), any::<u8>()).prop_map(|(k, v, n)| Op::Entry(k, v, n)),
        3 => (2..5u64, 0..2u64).prop_map(|(m, r)| Op::Retain(m, r)),
        1 => (0..keys as usize).prop_map(Op::Drain),
        4 => (key, 0..keys).prop_map(|(k, n)| Op::Extend(k, n)),
        2 => any::<u64>().prop_map(Op::ChangeAll),
        1 => Just(Op::Clear),
        1 => Just(Op::Collect),
        2 => any::<u8>().prop_map(|n| Op::Cursor(n.into())),
    ];
    proptest::collection::vec(op, 1..if cfg!(miri) { 30 } else { 100 })
}

/// Something made from a number, which it can be told from, and which holds a token.
trait Made: Clone + PartialEq + Debug {
    fn of(n: u64, token: &Rc<()>) -> Self;
    fn number(&self) -> u64;
}

impl Made for u64 {
    fn of(n: u64, _: &Rc<()>) -> u64 {
        n
    }
    fn number(&self) -> u64 {
        *self
    }
}

/// Of any size, with a token that counts how many there are.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Owned<const N: usize>([u64; N], Rc<()>);

impl<const N: usize> Made for Owned<N> {
    fn of(n: u64, token: &Rc<()>) -> Self {
        Owned([n; N], token.clone())
    }
    fn number(&self) -> u64 {
        self.0[N - 1]
    }
}

/// Too large for a slot, and nothing that must be dropped.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Large([u64; 20]);

impl Made for Large {
    fn of(n: u64, _: &Rc<()>) -> Self {
        Large([n; 20])
    }
    fn number(&self) -> u64 {
        self.0[7]
    }
}

fn contents<K: Made + Key, V: Made, S>(map: &CursorMap<K, V, S>) -> HashMap<u64, u64> {
    let all: HashMap<u64, u64> = map.iter().map(|(k, v)| (k.number(), v.number())).collect();
    assert_eq!(all.len(), map.len(), "a key is there twice");
    all
}

fn entry<K: Made + Key, V: Made, S: BuildHasher>(
    map: &mut CursorMap<K, V, S>,
    model: &mut HashMap<u64, u64>,
    (k, v, how): (u64, u64, u8),
    token: &Rc<()>,
) {
    let had = model.get(&k).copied();
    let e = map.entry(K::of(k, token));
    assert_eq!((e.key().number(), matches!(e, Entry::Occupied(_))), (k, had.is_some()));
    match how % 5 {
        0 => {
            let place = e.or_insert_with(|| V::of(v, token));
            assert_eq!(place.number(), *model.entry(k).or_insert(v));
            *place = V::of(v ^ 1, token);
            model.insert(k, v ^ 1);
        }
        1 => {
            let place = e.and_modify(|place| *place = V::of(v ^ 2, token)).or_insert(V::of(v, token));
            assert_eq!(place.number(), *model.entry(k).and_modify(|place| *place = v ^ 2).or_insert(v));
        }
        2 => match e {
            Entry::Occupied(e) => {
                assert_eq!(Some(e.get().number()), had);
                assert_eq!(Some(e.remove().number()), model.remove(&k));
            }
            Entry::Vacant(e) => assert_eq!(e.into_key().number(), k),
        },
        3 => match e {
            Entry::Occupied(mut e) => assert_eq!(Some(e.insert(V::of(v, token)).number()), model.insert(k, v)),
            Entry::Vacant(e) => {
                assert_eq!(e.insert(V::of(v, token)).number(), v);
                model.insert(k, v);
            }
        },
        _ => drop(e),
    }
    assert_eq!(map.get(&K::of(k, token)).map(Made::number), model.get(&k).copied());
}

fn retain<K: Made + Key, V: Made, S: BuildHasher>(
    map: &mut CursorMap<K, V, S>,
    model: &mut HashMap<u64, u64>,
    (m, r): (u64, u64),
    token: &Rc<()>,
) {
    let mut seen = HashSet::new();
    map.retain(|k, v| {
        assert!(seen.insert(k.number()));
        let keep = v.number() % m == r;
        if keep {
            *v = V::of(v.number() ^ 4, token);
        }
        keep
    });
    assert_eq!(seen, model.keys().copied().collect());
    model.retain(|_, v| {
        let keep = *v % m == r;
        *v ^= 4;
        keep
    });
}

fn drain<K: Made + Key, V: Made, S: BuildHasher>(map: &mut CursorMap<K, V, S>, model: &mut HashMap<u64, u64>, n: usize) {
    let mut left = model.len();
    let mut drain = map.drain();
    for _ in 0..n {
        assert_eq!(drain.len(), left);
        let Some((k, v)) = drain.next() else { break };
        left -= 1;
        assert_eq!(model.remove(&k.number()), Some(v.number()));
    }
    drop(drain);
    model.clear();
    assert!(map.is_empty());
}

fn run<K: Made + Key, V: Made, S: BuildHasher + Clone>(ops: Vec<Op>, hasher: S) {
    let token = Rc::new(());
    let mut map = CursorMap::with_hasher(hasher.clone());
    let mut model: HashMap<u64, u64> = HashMap::new();
    let mut cursors = Vec::new();
    let pair = |n: u64| (K::of(n, &token), V::of(n, &token));
    for op in ops {
        match op {
            Op::Insert(k, v) => {
                assert_eq!(map.insert(K::of(k, &token), V::of(v, &token)).map(|v| v.number()), model.insert(k, v));
            }
            Op::Remove(k) => assert_eq!(map.remove(&K::of(k, &token)).map(|v| v.number()), model.remove(&k)),
            Op::Entry(k, v, how) => entry(&mut map, &mut model, (k, v, how), &token),
            Op::Retain(m, r) => retain(&mut map, &mut model, (m, r), &token),
            Op::Drain(n) => drain(&mut map, &mut model, n),
            Op::Extend(k, n) => {
                map.extend((k..k + n).map(pair));
                model.extend((k..k + n).map(|k| (k, k)));
            }
            Op::ChangeAll(x) => {
                map.iter_mut().for_each(|(_, v)| *v = V::of(v.number() ^ x, &token));
                model.values_mut().for_each(|v| *v ^= x);
            }
            Op::Clear => (map.clear(), model.clear()).0,
            Op::Collect => {
                let mut other = CursorMap::with_hasher(hasher.clone());
                cursors.clear();
                other.extend(std::mem::replace(&mut map, CursorMap::with_hasher(hasher.clone())));
                map = other;
            }
            Op::Cursor(n) => {
                let mut cursor = map.cursor();
                (0..n).all(|_| cursor.next(&map).is_some());
                cursors.push(cursor);
            }
        }
        for cursor in &mut cursors {
            if let Some((k, v)) = cursor.next(&map) {
                assert_eq!(model.get(&k.number()), Some(&v.number()));
            }
        }
        assert_eq!(contents(&map), model);
    }
    let copy = map.clone();
    assert_eq!((copy == map, contents(&copy)), (true, model.clone()));
    drop((copy, cursors));
    let all: HashMap<u64, u64> = map.into_iter().map(|(k, v)| (k.number(), v.number())).collect();
    assert_eq!(all, model);
    assert_eq!(Rc::strong_count(&token), 1, "something was not dropped");
}

/// A hasher that gives back what it was given last.
#[derive(Default)]
struct Same(u64);
impl Hasher for Same {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |n, &b| n << 8 ^ n >> 56 ^ u64::from(b));
    }
    fn write_u64(&mut self, n: u64) {
        self.0 = n;
    }
}

/// A hasher all of whose differences are in the eight topmost bits.
#[derive(Default)]
struct Top(Same);
impl Hasher for Top {
    fn finish(&self) -> u64 {
        self.0.0 << 56
    }
    fn write(&mut self, bytes: &[u8]) {
        self.0.write(bytes);
    }
}

/// A hasher that knows one hash.
#[derive(Default)]
struct One;
impl Hasher for One {
    fn finish(&self) -> u64 {
        42
    }
    fn write(&mut self, _: &[u8]) {}
}

fn cases(n: u32) -> ProptestConfig {
    ProptestConfig { cases: if cfg!(miri) { 2 } else { n }, failure_persistence: None, ..Default::default() }
}

const MANY: u64 = if cfg!(miri) { 40 } else { 3000 };

proptest! {
    #![proptest_config(cases(60))]

    #[test]
    fn numbers(ops in ops(MANY), seed: u64) {
        run::<u64, u64, _>(ops, Seeded::from_seed(seed));
    }

    #[test]
    fn owned_keys_and_values(ops in ops(MANY / 5)) {
        run::<Owned<1>, Owned<2>, _>(ops, RandomState::new());
    }

    #[test]
    fn owned_values(ops in ops(MANY / 5)) {
        run::<u64, Owned<1>, _>(ops, Seeded::new());
    }

    #[test]
    fn large_ones(ops in ops(60)) {
        run::<Large, Owned<33>, _>(ops, Seeded::new());
    }

    #[test]
    fn few(ops in ops(12)) {
        run::<Owned<1>, u64, _>(ops, Seeded::new());
    }

    #[test]
    fn by_what_is_no_hash(ops in ops(MANY / 5)) {
        run::<u64, u64, _>(ops, BuildHasherDefault::<Same>::default());
    }
}

proptest! {
    // Quadratic, so fewer.
    #![proptest_config(cases(10))]

    #[test]
    fn by_few_bits(ops in ops(MANY / 5)) {
        run::<u64, u64, _>(ops, BuildHasherDefault::<Top>::default());
    }

    #[test]
    fn by_no_bits(ops in ops(MANY / 10)) {
        run::<u64, Owned<1>, _>(ops, BuildHasherDefault::<One>::default());
    }
}

/// Hashers with little in them fill tables as others do.
#[test]
#[cfg(not(miri))]
fn what_hashers_answer_is_spread() {
    fn time(hasher: impl BuildHasher, n: u64, shift: u32) -> usize {
        // By the number of comparisons.
        #[derive(Clone)]
        struct Counted(u64, Rc<std::cell::Cell<usize>>);
        impl Hash for Counted {
            fn hash<H: Hasher>(&self, h: &mut H) {
                h.write_u64(self.0);
            }
        }
        impl PartialEq for Counted {
            fn eq(&self, other: &Self) -> bool {
                self.1.set(self.1.get() + 1);
                self.0 == other.0
            }
        }
        impl Key for Counted {}
        let count = Rc::new(std::cell::Cell::new(0));
        let mut map = CursorMap::with_hasher(hasher);
        (0..n).for_each(|k| _ = map.insert(Counted(k << shift, count.clone()), ()));
        (0..n).for_each(|k| assert!(map.contains_key(&Counted(k << shift, count.clone()))));
        count.get()
    }
    for shift in [0, 8, 20, 32, 48] {
        let compared = time(BuildHasherDefault::<Same>::default(), 10_000, shift);
        assert!(compared < 13_000, "{compared} comparisons for 10,000 hits with numbers shifted by {shift}");
    }
    assert!(time(Seeded::from_seed(1), 10_000, 0) < 13_000);
}

#[test]
fn made_from_entries() {
    let map = CursorMap::from([("one", 1), ("two", 2), ("one", 3)]);
    assert_eq!((map.len(), map["one"], map["two"]), (2, 3, 2));
    let same: CursorMap<&str, i32> = map.iter().map(|(&k, &v)| (k, v)).collect();
    assert_eq!(map, same);
    assert_ne!(map, CursorMap::from([("one", 3)]));
    assert_ne!(map, CursorMap::from([("one", 3), ("two", 3)]));
    let mut more: CursorMap<&str, i32> = CursorMap::default();
    more.extend(&map);
    assert_eq!(more, map);
    // What an iterator promises is not believed beyond measure.
    struct Boaster(u8);
    impl Iterator for Boaster {
        type Item = (u8, u8);
        fn next(&mut self) -> Option<(u8, u8)> {
            self.0 = self.0.checked_sub(1)?;
            Some((self.0, 1))
        }
        fn size_hint(&self) -> (usize, Option<usize>) {
            (usize::MAX, None)
        }
    }
    let some: CursorMap<u8, u8> = Boaster(3).collect();
    assert_eq!(some.len(), 3);
}

#[test]
#[should_panic(expected = "no entry found for key")]
fn index_of_no_key() {
    _ = CursorMap::from([(1, 1)])[&2];
}

#[test]
fn by_a_seed_nothing_is_random() {
    let n = if cfg!(miri) { 30 } else { 2000 };
    let order = |seed| {
        let mut map = CursorMap::with_seed(seed);
        (0..n).for_each(|k: u64| _ = map.insert(k.to_string(), k));
        let mut met = Vec::new();
        for _ in 0..2 {
            let mut cursor = map.cursor();
            while let Some((_, &v)) = cursor.next(&map) {
                met.push(v);
            }
            met.extend(map.clone().iter().map(|(_, &v)| v));
        }
        met
    };
    assert_eq!(order(5), order(5));
    assert_ne!(order(5), order(6));
}

/// Cursors end where all entries are taken out, however often that was, also as often as the map itself counts.
#[test]
fn cursors_end_when_a_map_is_drained() {
    let rounds = if cfg!(miri) { 3 } else { 1 << 16 };
    let fill = |map: &mut CursorMap<String, u64>| (0..9u64).for_each(|k| _ = map.insert(k.to_string(), k));
    let mut map = CursorMap::new();
    fill(&mut map);
    let mut cursor = map.cursor();
    assert!(cursor.next(&map).is_some());
    let mut other = map.cursor();
    for _ in 0..rounds {
        assert_eq!(map.drain().count(), 9);
        fill(&mut map);
    }
    assert!(cursor.next(&map).is_none() && cursor.next(&map).is_none());
    assert!(other.next(&map).is_some());
    for _ in 0..rounds {
        map.clear();
        fill(&mut map);
    }
    assert!(other.next(&map).is_none());
}

/// Keys and values that are left in a drain, or behind a panic in one, are dropped; the map is whole.
#[test]
fn a_panic_while_entries_are_dropped_leaves_a_map() {
    struct Bomb(u64);
    impl Drop for Bomb {
        fn drop(&mut self) {
            assert!(self.0 != 5 || std::thread::panicking(), "burnt");
        }
    }
    let full = || (0..20u64).map(|k| (k.to_string(), Bomb(k))).collect::<CursorMap<_, _>>();
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let mut map = full();
    let drained = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(map.drain())));
    let mut other = full();
    let kept = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| other.retain(|k, _| k.len() == 2)));
    std::panic::set_hook(hook);
    assert!(drained.is_err() && kept.is_err());
    assert!(map.is_empty() && !other.is_empty() && other.len() < 20);
    assert_eq!(other.iter().count(), other.len());
    map.insert("x".into(), Bomb(1));
    assert_eq!(map["x"].0, 1);
    other.retain(|k, _| k == "12");
    assert_eq!(other.iter().map(|(k, v)| (k.as_str(), v.0)).collect::<Vec<_>>(), [("12", 12)]);
}

/// Keys that do not equal themselves are reached by `retain`, `drain` and `into_iter`.
#[test]
fn nans_are_retained_and_drained() {
    #[derive(PartialEq, Clone, Copy)]
    struct Float(f64);
    impl Hash for Float {
        fn hash<H: Hasher>(&self, h: &mut H) {
            self.0.to_bits().hash(h);
        }
    }
    impl Key for Float {
        const REFLEXIVE: bool = false;
    }
    let n = if cfg!(miri) { 20 } else { 2000 };
    let mut map: CursorMap<Float, usize> = (0..n).map(|v| (Float(f64::NAN), v)).collect();
    assert_eq!(map.len(), n);
    map.retain(|_, v| *v % 2 == 0);
    assert_eq!(map.iter().map(|(_, v)| v).collect::<HashSet<_>>().len(), n / 2);
    assert!(map != map.clone());
    assert!(matches!(map.entry(Float(f64::NAN)), Entry::Vacant(_)));
    assert_eq!(map.drain().map(|(_, v)| v).sum::<usize>(), (0..n).step_by(2).sum());
    map.insert(Float(f64::NAN), 1);
    assert_eq!(map.into_iter().count(), 1);
}

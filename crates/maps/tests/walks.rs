//! Iterators that borrow a map, beside the model of what is in it: in maps of every shape, before and after changes.
use goxide_maps::CursorMap;
use goxide_maps::hosted::Key;
use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};

/// Compares all that a map's iterators say with the model.
fn same<K: Key + Ord + Copy + std::fmt::Debug>(map: &mut CursorMap<K, u64>, model: &mut BTreeMap<K, u64>) {
    let by_next: BTreeMap<K, u64> = {
        let mut iter = map.iter();
        let mut met = BTreeMap::new();
        while let Some((&k, &v)) = iter.next() {
            assert_eq!(met.insert(k, v), None, "met twice");
            assert_eq!(iter.len(), map.len() - met.len());
        }
        assert!(iter.next().is_none() && iter.len() == 0);
        met
    };
    assert_eq!(&by_next, model);
    assert_eq!(map.iter().fold(0, |n, _| n + 1), model.len());
    assert_eq!(map.values().sum::<u64>(), model.values().sum::<u64>());
    let mut keys: Vec<K> = map.keys().copied().collect();
    keys.sort();
    assert!(keys.iter().eq(model.keys()));
    // What is left of an iterator that was begun, one way and the other.
    for begun in [1, 7, 8, 9, 500] {
        let mut rest = map.iter();
        rest.by_ref().take(begun).for_each(drop);
        assert_eq!(rest.len(), model.len().saturating_sub(begun));
        let copy: Vec<(K, u64)> = rest.clone().fold(vec![], |mut all, (&k, &v)| {
            all.push((k, v));
            all
        });
        assert!(rest.map(|(&k, &v)| (k, v)).eq(copy));
    }
    for (k, v) in &mut *map {
        *v += 1;
        *model.get_mut(k).unwrap() += 1;
    }
    map.values_mut().for_each(|v| *v *= 3);
    model.values_mut().for_each(|v| *v *= 3);
    assert!(model.iter().all(|(k, v)| map.get(k) == Some(v)));
    assert_eq!((&*map).into_iter().count(), model.len());
}

/// Adds `n` keys, then takes most of them out again, looking in between.
fn grow_and_shrink<K: Key + Ord + Copy + std::fmt::Debug>(n: u64, key: impl Fn(u64) -> K) {
    let (mut map, mut model) = (CursorMap::new(), BTreeMap::new());
    same(&mut map, &mut model);
    let mut look = 1;
    for i in 0..n {
        assert_eq!(map.insert(key(i), i), model.insert(key(i), i));
        if i + 1 == look {
            same(&mut map, &mut model);
            look = look * 3 / 2 + 1;
        }
    }
    for i in 0..n {
        if i % 11 != 0 {
            assert_eq!(map.remove(&key(i)), model.remove(&key(i)));
        }
    }
    same(&mut map, &mut model);
    map.clear();
    model.clear();
    same(&mut map, &mut model);
}

#[test]
fn walks_meet_what_is_there() {
    let n = if cfg!(miri) { 30 } else { 100_000 };
    grow_and_shrink(n, |i| i.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    grow_and_shrink(n / 5, |i| i as u8 as u32 | (i as u32) << 8);
}

/// Keys with few hashes, which make tables above the ordinary size.
#[derive(PartialEq, Eq, PartialOrd, Ord, Clone, Copy, Debug)]
struct Bad(u64);

impl Hash for Bad {
    fn hash<H: Hasher>(&self, to: &mut H) {
        to.write_u64(self.0 % 3);
    }
}

#[test]
fn walks_meet_what_is_in_oversize_tables() {
    grow_and_shrink(if cfg!(miri) { 20 } else { 4_000 }, Bad);
}

#[test]
fn look_ups_find_what_is_in_oversize_tables() {
    let mut map = CursorMap::new();
    let n = if cfg!(miri) { 20 } else { 4_000 };
    (0..n).for_each(|i| _ = map.insert(Bad(i), i));
    assert!((0..n).all(|i| map.get(&Bad(i)) == Some(&i)));
    assert!((n..2 * n).all(|i| map.get(&Bad(i)).is_none()));
}

//! What maps of Rust usually are besides: made from entries, extended, compared, shown, indexed.
use super::{CursorMap, Key, Seeded};
use core::borrow::Borrow;
use core::fmt;
use core::hash::{BuildHasher, Hash};
use core::ops::Index;

impl<K: Key, V, S: Default> Default for CursorMap<K, V, S> {
    fn default() -> Self {
        Self::with_hasher(S::default())
    }
}

impl<K: Key + fmt::Debug, V: fmt::Debug, S> fmt::Debug for CursorMap<K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<K: Key, V, S: BuildHasher> Extend<(K, V)> for CursorMap<K, V, S> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        entries.into_iter().for_each(|(k, v)| drop(self.insert(k, v)));
    }
}

impl<'a, K: Key + Copy, V: Copy, S: BuildHasher> Extend<(&'a K, &'a V)> for CursorMap<K, V, S> {
    fn extend<I: IntoIterator<Item = (&'a K, &'a V)>>(&mut self, entries: I) {
        entries.into_iter().for_each(|(&k, &v)| _ = self.insert(k, v));
    }
}

/// The most entries that a map is prepared for because an iterator says that it has so many, which need not be true.
const BELIEVED: usize = 1 << 16;

impl<K: Key, V, S: BuildHasher + Default> FromIterator<(K, V)> for CursorMap<K, V, S> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let entries = entries.into_iter();
        let mut map = Self::with_capacity_and_hasher(entries.size_hint().0.min(BELIEVED), S::default());
        map.extend(entries);
        map
    }
}

impl<K: Key, V, const N: usize> From<[(K, V); N]> for CursorMap<K, V, Seeded> {
    fn from(entries: [(K, V); N]) -> Self {
        entries.into_iter().collect()
    }
}

/// The value of a key; panics if there is no such key.
impl<K: Key + Borrow<Q>, Q: Hash + PartialEq + ?Sized, V, S: BuildHasher> Index<&Q> for CursorMap<K, V, S> {
    type Output = V;
    fn index(&self, key: &Q) -> &V {
        self.get(key).expect("no entry found for key")
    }
}

/// Whether both have the same keys with equal values. A map with a key that does not equal itself does not equal itself.
impl<K: Key, V: PartialEq, S: BuildHasher, T: BuildHasher> PartialEq<CursorMap<K, V, T>> for CursorMap<K, V, S> {
    fn eq(&self, other: &CursorMap<K, V, T>) -> bool {
        self.len() == other.len() && self.iter().all(|(k, v)| other.get(k) == Some(v))
    }
}

impl<K: Key + Eq, V: Eq, S: BuildHasher> Eq for CursorMap<K, V, S> {}

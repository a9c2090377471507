//! The entry of a key, found once, to be looked at, changed, made or removed.
use super::key::{Key, value};
use super::{CursorMap, Seeded, sure};
use crate::access::access_entry;
use core::fmt;
use core::hash::BuildHasher;
use core::ptr::null_mut;

/// The entry of a key: [`CursorMap::entry`].
pub enum Entry<'m, K: Key, V, S = Seeded> {
    /// There is one.
    Occupied(OccupiedEntry<'m, K, V, S>),
    /// There is none.
    Vacant(VacantEntry<'m, K, V, S>),
}

/// An entry that is there.
pub struct OccupiedEntry<'m, K: Key, V, S = Seeded> {
    map: &'m mut CursorMap<K, V, S>,
    /// The key that was asked for.
    key: K,
    stored: *const K,
    value: *mut V,
}

/// A place for an entry that is not there.
pub struct VacantEntry<'m, K: Key, V, S = Seeded> {
    map: &'m mut CursorMap<K, V, S>,
    key: K,
}

// SAFETY: an entry stands for the exclusive reference that it holds, and for the key.
unsafe impl<K: Key + Send, V: Send, S: Send> Send for OccupiedEntry<'_, K, V, S> {}
// SAFETY: through a shared one keys and values are only read.
unsafe impl<K: Key + Sync, V: Sync, S: Sync> Sync for OccupiedEntry<'_, K, V, S> {}

impl<K: Key, V, S: BuildHasher> CursorMap<K, V, S> {
    /// The entry of a key, for whatever is to be done with it.
    ///
    /// ```
    /// let mut words = goxide_maps::CursorMap::new();
    /// for word in "the map and the cursor".split(' ') {
    ///     *words.entry(word).or_insert(0) += 1;
    /// }
    /// assert_eq!((words["the"], words["map"]), (2, 1));
    /// ```
    pub fn entry(&mut self, key: K) -> Entry<'_, K, V, S> {
        self.ready();
        // SAFETY: the map is of this schema. What is found is an entry, which stays as long as nothing else uses the map.
        let (stored, place) = unsafe {
            let (stored, elem) = sure(access_entry(&self.schema::<K>(), self.header(), &raw const key));
            (stored.cast::<K>().cast_const(), if stored.is_null() { null_mut() } else { value::<K, V>(elem) })
        };
        if place.is_null() {
            Entry::Vacant(VacantEntry { map: self, key })
        } else {
            Entry::Occupied(OccupiedEntry { map: self, key, stored, value: place })
        }
    }
}

impl<'m, K: Key, V, S: BuildHasher> Entry<'m, K, V, S> {
    /// The key.
    pub fn key(&self) -> &K {
        match self {
            Entry::Occupied(entry) => entry.key(),
            Entry::Vacant(entry) => entry.key(),
        }
    }

    /// The entry's value, which is `value` if there was no entry.
    pub fn or_insert(self, value: V) -> &'m mut V {
        self.or_insert_with(|| value)
    }

    /// The entry's value, which is made by `value` if there was no entry.
    pub fn or_insert_with(self, value: impl FnOnce() -> V) -> &'m mut V {
        self.or_insert_with_key(|_| value())
    }

    /// The entry's value, which is made from the key by `value` if there was no entry.
    pub fn or_insert_with_key(self, value: impl FnOnce(&K) -> V) -> &'m mut V {
        match self {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => {
                let value = value(&entry.key);
                entry.insert(value)
            }
        }
    }

    /// The entry's value, which is the default one if there was no entry.
    pub fn or_default(self) -> &'m mut V
    where
        V: Default,
    {
        self.or_insert_with(V::default)
    }

    /// Changes the value, if there is an entry.
    #[must_use]
    pub fn and_modify(mut self, change: impl FnOnce(&mut V)) -> Self {
        if let Entry::Occupied(entry) = &mut self {
            change(entry.get_mut());
        }
        self
    }
}

impl<'m, K: Key, V, S: BuildHasher> OccupiedEntry<'m, K, V, S> {
    /// The key that is in the map.
    pub fn key(&self) -> &K {
        // SAFETY: a key of the map, which nothing changes as long as it is borrowed here.
        unsafe { &*self.stored }
    }

    /// The value.
    pub fn get(&self) -> &V {
        // SAFETY: a value of the map, which nothing else uses as long as it is borrowed here.
        unsafe { &*self.value }
    }

    /// The value, for changing it.
    pub fn get_mut(&mut self) -> &mut V {
        // SAFETY: a value of the map, which nothing else uses as long as it is borrowed here, exclusively.
        unsafe { &mut *self.value }
    }

    /// The value, for changing it, for as long as the map is borrowed.
    pub fn into_mut(self) -> &'m mut V {
        // SAFETY: a value of the map, which is borrowed exclusively for `'m`, and no longer by this.
        unsafe { &mut *self.value }
    }

    /// Sets the value; gives back the former one.
    pub fn insert(&mut self, value: V) -> V {
        core::mem::replace(self.get_mut(), value)
    }

    /// Removes the entry; gives back its value. The key is dropped, when no cursor can know it any more.
    ///
    /// # Panics
    /// If the key's hash or equality has changed its mind since.
    pub fn remove(self) -> V {
        self.map.remove(&self.key).expect("the key is in the map")
    }
}

impl<'m, K: Key, V, S: BuildHasher> VacantEntry<'m, K, V, S> {
    /// The key that is not in the map.
    pub fn key(&self) -> &K {
        &self.key
    }

    /// The key, which then is not added.
    pub fn into_key(self) -> K {
        self.key
    }

    /// Adds the entry.
    pub fn insert(self, value: V) -> &'m mut V {
        self.map.insert_place(self.key, value).0
    }
}

impl<K: Key + fmt::Debug, V: fmt::Debug, S: BuildHasher> fmt::Debug for Entry<'_, K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Entry::Occupied(entry) => f.debug_tuple("Entry").field(entry).finish(),
            Entry::Vacant(entry) => f.debug_tuple("Entry").field(entry).finish(),
        }
    }
}

impl<K: Key + fmt::Debug, V: fmt::Debug, S: BuildHasher> fmt::Debug for OccupiedEntry<'_, K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OccupiedEntry").field("key", self.key()).field("value", self.get()).finish_non_exhaustive()
    }
}

impl<K: Key + fmt::Debug, V, S: BuildHasher> fmt::Debug for VacantEntry<'_, K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("VacantEntry").field(self.key()).finish()
    }
}

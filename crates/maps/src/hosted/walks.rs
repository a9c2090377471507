//! Iterators that borrow a `CursorMap`, so that nothing changes it meanwhile: walks straight through its tables. Cursors, which do not, are
//! in the parent.
use super::CursorMap;
use super::key::{Key, places, value};
use crate::walk::Walk;
use core::fmt;
use core::iter::FusedIterator;
use core::marker::PhantomData;

/// The entries that are left, as addresses.
struct Raw<K, V> {
    walk: Walk,
    left: usize,
    _of: PhantomData<(K, V)>,
}

impl<K: Key, V> Raw<K, V> {
    fn of<S>(map: &CursorMap<K, V, S>) -> Self {
        // SAFETY: the map's header lives as long as the map. That nothing writes the map as long as the walk is used is up to the
        // iterators below, each of which borrows it.
        Raw { walk: unsafe { Walk::of(&places::<K, V>(), map.header()) }, left: map.len(), _of: PhantomData }
    }

    /// # Safety
    /// The map is borrowed still.
    #[inline(always)]
    unsafe fn next(&mut self) -> Option<(*mut K, *mut V)> {
        // SAFETY: a walk of a map of this schema, which is borrowed (this function's contract). An entry has a key, and a value, which `value`
        // finds where it is boxed.
        unsafe {
            let (key, elem) = self.walk.next(&places::<K, V>())?;
            self.left -= 1;
            Some((key.cast(), value::<K, V>(elem)))
        }
    }

    /// # Safety
    /// The map is borrowed still.
    #[inline(always)]
    unsafe fn fold<B>(self, b: B, mut f: impl FnMut(B, *mut K, *mut V) -> B) -> B {
        // SAFETY: as for `next`.
        unsafe { self.walk.fold(&places::<K, V>(), b, |b, key, elem| f(b, key.cast(), value::<K, V>(elem))) }
    }
}

impl<K, V> Clone for Raw<K, V> {
    fn clone(&self) -> Self {
        Raw { walk: self.walk.clone(), left: self.left, _of: PhantomData }
    }
}

macro_rules! walks {
    ($(#[$doc:meta] $name:ident: $map:ty, $item:ty, $key:ident, $value:ident, $made:expr;)*) => {$(
        #[$doc]
        pub struct $name<'a, K, V> {
            raw: Raw<K, V>,
            _of: PhantomData<$map>,
        }

        // SAFETY: it stands for the reference to the map that it was made from, which may go to other threads under these conditions.
        unsafe impl<K: Sync, V: Send + Sync> Send for $name<'_, K, V> {}
        // SAFETY: through a shared one nothing is read but how many are left, and clones are made of those that stand for a shared reference.
        unsafe impl<K: Sync, V: Sync> Sync for $name<'_, K, V> {}

        impl<'a, K: Key, V> Iterator for $name<'a, K, V> {
            type Item = $item;
            #[inline]
            fn next(&mut self) -> Option<$item> {
                // SAFETY: the map is borrowed for `'a`, exclusively where values may be changed; keys and values live as long, and no
                // two items are of the same entry.
                unsafe { self.raw.next().map(|($key, $value)| $made) }
            }
            #[inline]
            fn size_hint(&self) -> (usize, Option<usize>) {
                (self.raw.left, Some(self.raw.left))
            }
            #[inline]
            fn fold<B, F: FnMut(B, $item) -> B>(self, b: B, mut f: F) -> B {
                // SAFETY: as for `next`.
                unsafe { self.raw.fold(b, |b, $key, $value| f(b, $made)) }
            }
        }

        impl<K: Key, V> ExactSizeIterator for $name<'_, K, V> {}
        impl<K: Key, V> FusedIterator for $name<'_, K, V> {}

        impl<K, V> fmt::Debug for $name<'_, K, V> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).field("left", &self.raw.left).finish_non_exhaustive()
            }
        }
    )*};
}

walks! {
    /// The entries of a map: [`CursorMap::iter`].
    Iter: &'a (K, V), (&'a K, &'a V), k, v, (&*k, &*v);
    /// The entries of a map, with values that may be changed: [`CursorMap::iter_mut`].
    IterMut: &'a mut (K, V), (&'a K, &'a mut V), k, v, (&*k, &mut *v);
    /// The keys of a map: [`CursorMap::keys`].
    Keys: &'a (K, V), &'a K, k, _v, &*k;
    /// The values of a map: [`CursorMap::values`].
    Values: &'a (K, V), &'a V, _k, v, &*v;
    /// The values of a map, which may be changed: [`CursorMap::values_mut`].
    ValuesMut: &'a mut (K, V), &'a mut V, _k, v, &mut *v;
}

macro_rules! clones {
    ($($name:ident)*) => {$(
        impl<K, V> Clone for $name<'_, K, V> {
            fn clone(&self) -> Self {
                $name { raw: self.raw.clone(), _of: PhantomData }
            }
        }
    )*};
}
clones!(Iter Keys Values);

/// Iteration that borrows the map. The order is that of the hashes, which differs from map to map.
impl<K: Key, V, S> CursorMap<K, V, S> {
    /// All entries.
    pub fn iter(&self) -> Iter<'_, K, V> {
        Iter { raw: Raw::of(self), _of: PhantomData }
    }

    /// All entries, for changing the values.
    pub fn iter_mut(&mut self) -> IterMut<'_, K, V> {
        self.ready();
        IterMut { raw: Raw::of(self), _of: PhantomData }
    }

    /// All keys.
    pub fn keys(&self) -> Keys<'_, K, V> {
        Keys { raw: Raw::of(self), _of: PhantomData }
    }

    /// All values.
    pub fn values(&self) -> Values<'_, K, V> {
        Values { raw: Raw::of(self), _of: PhantomData }
    }

    /// All values, for changing them.
    pub fn values_mut(&mut self) -> ValuesMut<'_, K, V> {
        self.ready();
        ValuesMut { raw: Raw::of(self), _of: PhantomData }
    }
}

impl<'a, K: Key, V, S> IntoIterator for &'a CursorMap<K, V, S> {
    type Item = (&'a K, &'a V);
    type IntoIter = Iter<'a, K, V>;
    fn into_iter(self) -> Iter<'a, K, V> {
        self.iter()
    }
}

impl<'a, K: Key, V, S> IntoIterator for &'a mut CursorMap<K, V, S> {
    type Item = (&'a K, &'a mut V);
    type IntoIter = IterMut<'a, K, V>;
    fn into_iter(self) -> IterMut<'a, K, V> {
        self.iter_mut()
    }
}

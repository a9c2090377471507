//! Iterators that take the entries out of a `CursorMap`, all at once: what the map held is a map of its own from then on, of which cursors know
//! nothing.
use super::heap::{Heap, free};
use super::key::{Key, boxed_key, boxed_value, places};
use super::{CursorMap, Ends, Seeded, free_tables};
use crate::grow::init;
use crate::header::Map;
use crate::release::take;
use crate::walk::Walk;
use core::fmt;
use core::hash::BuildHasher;
use core::iter::FusedIterator;
use core::marker::PhantomData;
use std::alloc::Layout;

/// What a map held, and how far it was given out.
struct Taken<K, V> {
    header: Box<Map>,
    walk: Walk,
    left: usize,
    _of: PhantomData<(K, V)>,
}

impl<K: Key, V> Taken<K, V> {
    fn of<S>(map: &mut CursorMap<K, V, S>) -> Self {
        map.ready();
        let ends = Ends::of(map.map.as_ptr(), &mut map.ends);
        // SAFETY: the map's own header and memory. No cursor that was begun looks at the tables any more, since their end is counted.
        let mut header = Box::new(unsafe { take(&map.heap, map.map.as_ptr()) });
        drop(ends);
        // SAFETY: the header is of the schema, lives as long as the walk, and nothing writes it.
        let walk = unsafe { Walk::of(&places::<K, V>(), &raw mut *header) };
        Taken { walk, left: header.count, header, _of: PhantomData }
    }

    fn next(&mut self) -> Option<(K, V)> {
        // SAFETY: the walk is of a map of this schema that nothing else knows; a full slot holds a key and a value, each of which is read once, as
        // is the box that it may lie in. There is a value in a box whose entry was not deleted.
        unsafe {
            let (key, elem) = self.walk.next(&places::<K, V>())?;
            self.left -= 1;
            let k = key.cast::<K>().read();
            if const { boxed_key::<K>() } {
                free(key, Layout::new::<K>());
            }
            let v = if const { boxed_value::<K, V>() } {
                let v = elem.cast::<Option<V>>().read();
                free(elem, Layout::new::<Option<V>>());
                v.unwrap_unchecked()
            } else {
                elem.cast::<V>().read()
            };
            Some((k, v))
        }
    }

    /// Drops what was not given out, and gives back the memory.
    fn finish(&mut self, heap: &Heap<K, V>) {
        /// Gives back the tables also if dropping an entry panics; what is left of the entries is lost then.
        struct Tables<'h, K: Key, V>(&'h Heap<K, V>, *mut Map);
        impl<K: Key, V> Drop for Tables<'_, K, V> {
            fn drop(&mut self) {
                // SAFETY: tables of the heap's, whose entries were given out, or are lost.
                unsafe { free_tables(self.0, self.1) }
            }
        }
        let _tables = Tables(heap, &raw mut *self.header);
        while let Some(entry) = self.next() {
            drop(entry);
        }
    }
}

macro_rules! iterators {
    ($($name:ident: $($life:lifetime)?;)*) => {$(
        impl<K: Key, V, S> Iterator for $name<$($life,)? K, V, S> {
            type Item = (K, V);
            #[inline]
            fn next(&mut self) -> Option<(K, V)> {
                self.taken.next()
            }
            #[inline]
            fn size_hint(&self) -> (usize, Option<usize>) {
                (self.taken.left, Some(self.taken.left))
            }
        }

        impl<K: Key, V, S> ExactSizeIterator for $name<$($life,)? K, V, S> {}
        impl<K: Key, V, S> FusedIterator for $name<$($life,)? K, V, S> {}

        impl<K: Key, V, S> Drop for $name<$($life,)? K, V, S> {
            fn drop(&mut self) {
                self.taken.finish(&self.map.heap);
            }
        }

        impl<K: Key, V, S> fmt::Debug for $name<$($life,)? K, V, S> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).field("left", &self.taken.left).finish_non_exhaustive()
            }
        }

        // SAFETY: what was taken is the iterator's own, and goes where the map may go.
        unsafe impl<K: Key + Send, V: Send, S: Send> Send for $name<$($life,)? K, V, S> {}
        // SAFETY: through a shared one nothing is read but how many are left.
        unsafe impl<K: Key + Sync, V: Sync, S: Sync> Sync for $name<$($life,)? K, V, S> {}
    )*};
}

/// All entries of a map that is empty already: [`CursorMap::drain`].
pub struct Drain<'m, K: Key, V, S = Seeded> {
    taken: Taken<K, V>,
    map: &'m mut CursorMap<K, V, S>,
}

/// All entries of a map that is no more.
pub struct IntoIter<K: Key, V, S = Seeded> {
    taken: Taken<K, V>,
    map: CursorMap<K, V, S>,
}

iterators! {
    Drain: '_;
    IntoIter: ;
}

impl<K: Key, V, S> CursorMap<K, V, S> {
    /// Takes all entries out. The map is as if new at once, without tables; cursors on the way are at their end.
    pub fn drain(&mut self) -> Drain<'_, K, V, S> {
        Drain { taken: Taken::of(self), map: self }
    }
}

impl<K: Key, V, S: BuildHasher> CursorMap<K, V, S> {
    /// Gives back the memory that entries which are gone have left: the map is made anew, as large as it must be. Cursors on the way are at their
    /// end.
    ///
    /// # Panics
    /// If a key's hash or equality does; entries that were not moved by then are lost.
    pub fn shrink_to_fit(&mut self) {
        let mut taken = Taken::of(self);
        // SAFETY: an empty map of this schema and memory. Without room beforehand it grows.
        _ = unsafe { init(&places::<K, V>(), &self.heap, self.header(), taken.left) };
        while let Some((k, v)) = taken.next() {
            self.insert(k, v);
        }
        taken.finish(&self.heap);
    }
}

impl<K: Key, V, S> IntoIterator for CursorMap<K, V, S> {
    type Item = (K, V);
    type IntoIter = IntoIter<K, V, S>;
    fn into_iter(mut self) -> IntoIter<K, V, S> {
        IntoIter { taken: Taken::of(&mut self), map: self }
    }
}

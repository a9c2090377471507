//! `CursorMap`: a safe map for plain Rust, which may be changed while cursors go through it. Its answers to the seams are
//! in `heap` and `key`; iterators that borrow it are in `walks`.
//!
//! There is no collector, so what a cursor may still look at is put aside while any lives: old groups, and the boxes of
//! removed entries. A snapshot holds old copies of slots; so what lies in a key slot is `Copy` or a box's address.
mod heap;
#[cfg(feature = "inspect")]
mod inspect;
mod key;
mod walks;

pub use heap::CapacityError;
#[cfg(feature = "inspect")]
pub use inspect::GroupView;
pub use key::{Inline, Key};
pub use walks::{Iter, IterMut, Keys, Values, ValuesMut};

use crate::access::{access, access_then};
use crate::ahead;
use crate::assign::assign;
use crate::clone::clone_into;
use crate::delete::{clear, delete};
use crate::directory;
use crate::group;
use crate::grow::init;
use crate::header::{Map, Tagged, WRITING};
use crate::iter::{self, iter_init, iter_next};
use crate::seam::{Error, Memory};
use core::borrow::Borrow;
use core::convert::Infallible;
use core::fmt;
use core::hash::Hash;
use core::marker::PhantomData;
use core::mem::{forget, needs_drop};
use core::ptr::NonNull;
use heap::{Cloning, Heap};
use key::{Typed, boxed_key, boxed_value, elem_slot, group_size, key_slot};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A hash map that may be changed while cursors go through it.
///
/// Keys need not equal themselves (`NaN`; see [`Key::REFLEXIVE`]): such entries are added anew by each insertion, met by
/// cursors, and removed by [`clear`](CursorMap::clear) only.
pub struct CursorMap<K: Key, V> {
    map: NonNull<Map>,
    heap: Heap<K, V>,
    _own: PhantomData<(K, V)>,
}

// SAFETY: the map owns its entries; cursors share nothing with it but an atomic count.
unsafe impl<K: Key + Send, V: Send> Send for CursorMap<K, V> {}
// SAFETY: through a shared reference entries are only read; the heap's lists are touched through `&mut` alone.
unsafe impl<K: Key + Sync, V: Sync> Sync for CursorMap<K, V> {}

/// A place in the iteration of one map, which it does not borrow.
pub struct Cursor<K, V> {
    it: iter::Iter,
    begun: bool,
    live: Arc<AtomicUsize>,
    _of: PhantomData<fn() -> (K, V)>,
}

// SAFETY: the iterator's pointers are used only together with a reference to the map.
unsafe impl<K, V> Send for Cursor<K, V> {}
// SAFETY: a shared cursor gives access to nothing.
unsafe impl<K, V> Sync for Cursor<K, V> {}

/// The value of a result that cannot be an error here: keys hash infallibly, memory does not run out with an error, and
/// the borrow checker keeps writers apart.
#[inline]
fn sure<T>(r: Result<T, Error<Infallible>>) -> T {
    match r {
        Ok(t) => t,
        Err(e) => unreachable!("{e:?}"),
    }
}

impl<K: Key, V> CursorMap<K, V> {
    const SCHEMA: Typed<K, V, K> = Typed(PhantomData);

    /// An empty map.
    pub fn new() -> Self {
        let heap = Heap::new();
        let map = Box::into_raw(Box::new(Map::new(heap.random() as u32)));
        // SAFETY: a box is not null.
        CursorMap { map: unsafe { NonNull::new_unchecked(map) }, heap, _own: PhantomData }
    }

    /// An empty map with room for `n` entries.
    ///
    /// # Panics
    /// With "capacity overflow" if so many entries do not fit the address space, as std's maps do. If only memory is
    /// lacking, the process ends as after any failing allocation ([`std::alloc::handle_alloc_error`]).
    pub fn with_capacity(n: usize) -> Self {
        match Self::try_with_capacity(n) {
            Ok(map) => map,
            Err(CapacityError(None)) => panic!("capacity overflow"),
            Err(CapacityError(Some(layout))) => std::alloc::handle_alloc_error(layout),
        }
    }

    /// As [`with_capacity`](CursorMap::with_capacity), but without an end.
    ///
    /// # Errors
    /// If there is no room for so many entries.
    pub fn try_with_capacity(n: usize) -> Result<Self, CapacityError> {
        heap::check::<K, V>(n)?;
        let map = Self::new();
        // SAFETY: an empty map of this schema and memory.
        match unsafe { init(&Self::SCHEMA, &map.heap, map.header(), n) } {
            Err(Error::OutOfMemory) => Err(CapacityError(None)),
            other => {
                sure(other);
                Ok(map)
            }
        }
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        // SAFETY: the map's header lives as long as `self`.
        unsafe { (*self.map.as_ptr()).count }
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn header(&self) -> *mut Map {
        self.map.as_ptr()
    }

    /// Before each change: frees what no cursor needs, and forgets a writer that a panic in `Hash` or `PartialEq` ended.
    #[inline]
    fn ready(&mut self) {
        if !self.heap.aside.get_mut().is_empty() && self.heap.unobserved() {
            // SAFETY: no cursor lives.
            unsafe { self.heap.sweep() };
        }
        let map = self.header();
        // SAFETY: the header is valid.
        unsafe { Map::set_flags(map, Map::flags(map) & !WRITING) };
    }

    /// The element at `place`, an element slot or box; none in a box whose value was taken.
    ///
    /// # Safety
    /// `place` is an element slot of this map, or a box or null where values are boxed, and nothing else uses it while the
    /// answer is used.
    unsafe fn value(place: *mut u8) -> *mut V {
        if const { boxed_value::<K, V>() } {
            // SAFETY: values are boxed, so `place` is a box or null (this function's contract), which nothing else uses.
            match unsafe { place.cast::<Option<V>>().as_mut() } {
                Some(Some(value)) => value,
                _ => core::ptr::null_mut(),
            }
        } else {
            place.cast()
        }
    }

    /// Sets the value of a key; gives back the former one. A key that is there already is kept.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        self.ready();
        let before = self.len();
        // SAFETY: the map is of this schema and memory; the key is valid.
        unsafe {
            let place = sure(assign(&Self::SCHEMA, &self.heap, self.header(), &key));
            let new = self.len() != before;
            if new {
                // The key's bytes are in the map now.
                forget(key);
            }
            if const { boxed_value::<K, V>() } {
                return place.cast::<Option<V>>().replace(Some(value));
            }
            if new {
                place.cast::<V>().write(value);
                return None;
            }
            Some(place.cast::<V>().replace(value))
        }
    }

    /// The value of a key.
    #[inline]
    pub fn get<Q: Hash + PartialEq + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        let schema = Typed::<K, V, Q>(PhantomData);
        // SAFETY: the map is of this schema; the value lives as long as the map is not changed.
        unsafe {
            access_then(&schema, self.header(), key, |found| match found {
                Ok(Some(elem)) => Self::value(elem).as_ref(),
                Ok(None) => None,
                Err(()) => Self::value(self.find_slowly(&schema, key)).as_ref(),
            })
        }
    }

    /// Where quick ways do not lead: there is an oversize table, or a panic in `PartialEq` has left the flag of a writer, which cannot be there.
    #[cold]
    #[inline(never)]
    fn find_slowly<Q: Hash + PartialEq + ?Sized>(&self, schema: &Typed<K, V, Q>, key: &Q) -> *mut u8
    where
        K: Borrow<Q>,
    {
        // SAFETY: the map is of this schema, and valid, as an interrupted writer leaves it.
        unsafe {
            if self.is_empty() {
                return core::ptr::null_mut();
            }
            let Ok(slot) = crate::access::find(schema, self.header(), key);
            if slot.is_none() { core::ptr::null_mut() } else { slot.elem(schema) }
        }
    }

    /// The value of a key, for changing it.
    pub fn get_mut<Q: Hash + PartialEq + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        self.ready();
        let schema = Typed::<K, V, Q>(PhantomData);
        // SAFETY: the map is of this schema; the value lives as long as the map is not changed, and `self` is borrowed exclusively.
        unsafe { Self::value(sure(access(&schema, self.header(), key))).as_mut() }
    }

    /// Whether there is such a key.
    pub fn contains_key<Q: Hash + PartialEq + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.get(key).is_some()
    }

    /// Removes a key; gives back its value.
    pub fn remove<Q: Hash + PartialEq + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        self.ready();
        let schema = Typed::<K, V, Q>(PhantomData);
        self.heap.aside.get_mut().deleted = None;
        // SAFETY: the map is of this schema and memory. The value of the deleted entry is where the heap was asked to put
        // it; nothing else takes it: a box is left empty, a slot is free.
        unsafe {
            sure(delete(&schema, &self.heap, self.header(), key));
            let place = self.heap.aside.get_mut().deleted.take()?;
            if const { boxed_value::<K, V>() } {
                (*place.cast::<Option<V>>()).take()
            } else {
                Some(place.cast::<V>().read())
            }
        }
    }

    /// Removes all entries; cursors on the way are at their end.
    pub fn clear(&mut self) {
        self.ready();
        let values = self.put_aside();
        // SAFETY: the map is of this schema and memory; its entries' contents were taken.
        sure(unsafe { clear(&Self::SCHEMA, &self.heap, self.header()) });
        drop(values);
        self.ready();
    }

    /// Takes the contents of all entries: boxes are put aside, values in slots that want to be dropped are given back.
    /// The slots must be cleared then.
    fn put_aside(&mut self) -> Vec<V> {
        let mut values = Vec::new();
        if !boxed_key::<K>() && !boxed_value::<K, V>() && !needs_drop::<V>() {
            return values;
        }
        let heap = &self.heap;
        self.tables(|groups, controls, n| {
            let mut aside = heap.aside.borrow_mut();
            for i in 0..n {
                // SAFETY: the groups of a table; full slots hold a key and a value.
                unsafe {
                    let group = groups.add(i * const { group_size::<K, V>() });
                    let mut fulls = group::fulls(group::word(controls.add(i)));
                    while fulls != 0 {
                        let at = group::first(fulls);
                        fulls &= fulls - 1;
                        let key = group.add(8 + at * const { key_slot::<K>() });
                        let elem = group.add(8 + 8 * const { key_slot::<K>() } + at * const { elem_slot::<K, V>() });
                        if boxed_key::<K>() {
                            aside.keys.push(key.cast::<*mut u8>().read());
                        }
                        if boxed_value::<K, V>() {
                            aside.values.push(elem.cast::<*mut u8>().read());
                        } else if needs_drop::<V>() {
                            values.push(elem.cast::<V>().read());
                        }
                    }
                }
            }
        });
        values
    }

    /// Calls `f` with each table's groups, control words and number of groups.
    fn tables(&self, mut f: impl FnMut(*mut u8, *mut u64, usize)) {
        let map = self.header();
        // SAFETY: the header is valid and says where its tables are.
        unsafe {
            let depth = (*map).depth;
            if depth == 0 {
                let only = Tagged((*map).tables);
                if !only.0.is_null() {
                    f(only.groups(), directory::entry(map, 0).controls, 1 << only.lg());
                }
                return;
            }
            let mut i = 0;
            while i < 1usize << depth {
                let meta = *(*map).metas.add(i);
                let entry = directory::entry(map, i);
                f(entry.groups.groups(), entry.controls, 1 << meta.lg);
                i += 1 << (depth - meta.depth);
            }
        }
    }

    /// A cursor before the first entry (in random order).
    pub fn cursor(&self) -> Cursor<K, V> {
        let live = self.heap.live.clone();
        live.fetch_add(1, Ordering::Relaxed);
        Cursor { it: iter::Iter::new(), begun: false, live, _of: PhantomData }
    }

    fn advance(&self, cursor: &mut Cursor<K, V>) -> Option<(NonNull<K>, NonNull<V>)> {
        assert!(Arc::ptr_eq(&cursor.live, &self.heap.live), "a cursor works with the map that it was made from only");
        let map = self.header();
        // SAFETY: the map is of this schema and memory, and the cursor was begun on it; retired groups are kept. The flag
        // can only be left by a panic, as in `get`; writing it races with nothing but equal writes.
        unsafe {
            if Map::flags(map) & WRITING != 0 {
                Map::set_flags(map, Map::flags(map) & !WRITING);
            }
            loop {
                if cursor.begun {
                    sure(iter_next(&Self::SCHEMA, &self.heap, &mut cursor.it));
                } else {
                    cursor.begun = true;
                    let kind = NonNull::dangling().as_ptr();
                    sure(iter_init(&Self::SCHEMA, &self.heap, map, &mut cursor.it, kind));
                }
                let key = NonNull::new(cursor.it.key)?;
                // A snapshot may hold the emptied box of an entry that was removed (if equality is fickle).
                if let Some(value) = NonNull::new(Self::value(cursor.it.elem)) {
                    return Some((key.cast(), value));
                }
            }
        }
    }
}

impl<K: Key, V> Cursor<K, V> {
    /// The next entry. Every entry that stays in `map` throughout is met exactly once; removed ones are not met; ones that
    /// are added during it may be.
    ///
    /// # Panics
    /// If the cursor was made from another map.
    #[inline]
    pub fn next<'m>(&mut self, map: &'m CursorMap<K, V>) -> Option<(&'m K, &'m V)> {
        // SAFETY: the entry is valid until the map is changed, which the borrow prevents.
        map.advance(self).map(|(k, v)| unsafe { (k.as_ref(), v.as_ref()) })
    }

    /// As [`next`](Cursor::next), for changing the value.
    ///
    /// # Panics
    /// If the cursor was made from another map.
    pub fn next_mut<'m>(&mut self, map: &'m mut CursorMap<K, V>) -> Option<(&'m K, &'m mut V)> {
        map.ready();
        // SAFETY: the entry is valid until the map is changed, which the borrow, an exclusive one, prevents.
        map.advance(self).map(|(k, mut v)| unsafe { (k.as_ref(), v.as_mut()) })
    }
}

impl<K, V> Drop for Cursor<K, V> {
    fn drop(&mut self) {
        // Release: what this cursor read was read before the map frees it.
        self.live.fetch_sub(1, Ordering::Release);
    }
}

impl<K: Key, V> Drop for CursorMap<K, V> {
    fn drop(&mut self) {
        let values = self.put_aside();
        let map = self.header();
        // SAFETY: no cursor can be used without the map, so everything may be freed.
        unsafe {
            self.tables(|groups, controls, n| {
                // A single group has its control word in itself.
                let controls = if n == 1 { core::ptr::null_mut() } else { controls };
                self.heap.free_table(groups, controls, n);
            });
            if (*map).depth > 0 {
                ahead::retire(&self.heap, map);
                self.heap.retire_directory((*map).tables.cast(), (*map).metas, 1 << (*map).depth);
            }
            drop(Box::from_raw(map));
            self.heap.sweep();
        }
        drop(values);
    }
}

impl<K: Key + Clone, V: Clone> Clone for CursorMap<K, V> {
    fn clone(&self) -> Self {
        let copy = Self::new();
        // SAFETY: both maps are of this schema; the copy is empty and its memory is that of its heap.
        sure(unsafe { clone_into(&Self::SCHEMA, &Cloning(&copy.heap), self.header(), copy.header()) });
        copy
    }
}

impl<K: Key, V> Default for CursorMap<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Key + fmt::Debug, V: fmt::Debug> fmt::Debug for CursorMap<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<K, V> fmt::Debug for Cursor<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cursor").field("begun", &self.begun).finish_non_exhaustive()
    }
}

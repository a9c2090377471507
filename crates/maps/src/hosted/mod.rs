//! `CursorMap`: a safe map for plain Rust, which may be changed while cursors go through it. Its answers to the seams are
//! in `heap` and `key`; iterators that borrow it are in `walks`, those that take its entries out in `taken`.
//!
//! There is no collector, so what a cursor may still look at is put aside while any lives: old groups, and the boxes of
//! removed entries. A snapshot holds old copies of slots; so what lies in a key slot is nothing that must be dropped, or a box's address. Keys
//! are given back when all cursors are at their end only.
mod entry;
mod hasher;
mod heap;
#[cfg(feature = "inspect")]
mod inspect;
mod key;
mod taken;
mod usual;
mod walks;

pub use entry::{Entry, OccupiedEntry, VacantEntry};
pub use hasher::{Seeded, SeededHasher};
pub use heap::CapacityError;
#[cfg(feature = "inspect")]
pub use inspect::GroupView;
pub use key::Key;
pub use taken::{Drain, IntoIter};
pub use walks::{Iter, IterMut, Keys, Values, ValuesMut};

use crate::access::{access, access_then};
use crate::ahead;
use crate::assign::assign;
use crate::clone::clone_into;
use crate::delete::{clear, delete, retain};
use crate::directory;
use crate::group;
use crate::grow::init;
use crate::header::{Map, Tagged, WRITING};
use crate::iter::{self, iter_init, iter_next};
use crate::seam::{Error, Memory};
use core::borrow::Borrow;
use core::convert::Infallible;
use core::fmt;
use core::hash::{BuildHasher, Hash};
use core::marker::PhantomData;
use core::mem::{forget, needs_drop};
use core::ptr::NonNull;
use heap::{Cloning, Heap};
use key::{Typed, boxed_key, boxed_value, elem_slot, group_size, key_slot, places, value};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A hash map that may be changed while cursors go through it.
///
/// Keys need not equal themselves (`NaN`; see [`Key::REFLEXIVE`]): such entries are added anew by each insertion, met by
/// cursors, and removed by [`clear`](CursorMap::clear) only.
///
/// Keys are hashed by `S`, of which every map has its own: any [`BuildHasher`] will do, and what it answers need not be good in all its bits.
pub struct CursorMap<K: Key, V, S = Seeded> {
    map: NonNull<Map>,
    hasher: S,
    /// How often all cursors were brought to their end. The map's own count of that is short.
    ends: u64,
    heap: Heap<K, V>,
    _own: PhantomData<(K, V)>,
}

// SAFETY: the map owns its entries; cursors share nothing with it but an atomic count.
unsafe impl<K: Key + Send, V: Send, S: Send> Send for CursorMap<K, V, S> {}
// SAFETY: through a shared reference entries are only read; the heap's lists are touched through `&mut` alone.
unsafe impl<K: Key + Sync, V: Sync, S: Sync> Sync for CursorMap<K, V, S> {}

/// A place in the iteration of one map, which it does not borrow.
pub struct Cursor<K, V> {
    it: iter::Iter,
    begun: bool,
    /// [`CursorMap::ends`] when it was begun.
    ends: u64,
    live: Arc<AtomicUsize>,
    _of: PhantomData<fn() -> (K, V)>,
}

// SAFETY: the iterator's pointers are used only together with a reference to the map.
unsafe impl<K, V> Send for Cursor<K, V> {}
// SAFETY: a shared cursor gives access to nothing.
unsafe impl<K, V> Sync for Cursor<K, V> {}

/// Sees whether an operation brings a map's cursors to their end, and counts that, also if it panics.
struct Ends<'m> {
    map: *mut Map,
    before: u16,
    ends: &'m mut u64,
}

impl<'m> Ends<'m> {
    fn of(map: *mut Map, ends: &'m mut u64) -> Ends<'m> {
        // SAFETY: the header of a map, which lives longer than this.
        Ends { map, before: unsafe { (*map).epoch }, ends }
    }
}

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        // SAFETY: the header of a map, which lives longer than this.
        *self.ends += u64::from(unsafe { (*self.map).epoch } != self.before);
    }
}

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
    /// An empty map.
    #[must_use]
    pub fn new() -> Self {
        Self::with_hasher(Seeded::new())
    }

    /// An empty map with room for `n` entries.
    ///
    /// # Panics
    /// With "capacity overflow" if so many entries do not fit the address space, as std's maps do. If only memory is
    /// lacking, the process ends as after any failing allocation ([`std::alloc::handle_alloc_error`]).
    #[must_use]
    pub fn with_capacity(n: usize) -> Self {
        Self::with_capacity_and_hasher(n, Seeded::new())
    }

    /// As [`with_capacity`](CursorMap::with_capacity), but without an end.
    ///
    /// # Errors
    /// If there is no room for so many entries.
    pub fn try_with_capacity(n: usize) -> Result<Self, CapacityError> {
        Self::try_with_capacity_and_hasher(n, Seeded::new())
    }

    /// An empty map in which nothing is random: by the same seed and the same operations, iterators and cursors meet the same entries in the same
    /// order, in each run of a program.
    #[must_use]
    pub fn with_seed(seed: u64) -> Self {
        Self::of(Seeded::from_seed(seed), Heap::with_seed(seed))
    }
}

impl<K: Key, V, S> CursorMap<K, V, S> {
    /// An empty map whose keys are hashed by `hasher`.
    #[must_use]
    pub fn with_hasher(hasher: S) -> Self {
        Self::of(hasher, Heap::new())
    }

    fn of(hasher: S, heap: Heap<K, V>) -> Self {
        let map = Box::into_raw(Box::new(Map::new(heap.random() as u32)));
        // SAFETY: a box is not null.
        CursorMap { map: unsafe { NonNull::new_unchecked(map) }, hasher, ends: 0, heap, _own: PhantomData }
    }

    /// What makes the hashes.
    pub fn hasher(&self) -> &S {
        &self.hasher
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

    /// Removes all entries; cursors on the way are at their end.
    pub fn clear(&mut self) {
        self.ready();
        if self.is_empty() {
            return;
        }
        let values = self.put_aside();
        // SAFETY: the map is of this schema and memory; its entries' contents were taken.
        sure(unsafe { clear(&places::<K, V>(), &self.heap, self.header()) });
        self.ends += 1;
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
        let each = |groups: *mut u8, controls: *mut u64, n| {
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
        };
        // SAFETY: the map's own header.
        unsafe { tables(self.header(), each) };
        values
    }

    /// Keeps the entries of which `keep` says so, and removes the others. Cursors go on.
    ///
    /// ```
    /// let mut map: goxide_maps::CursorMap<u32, u32> = (0..100).map(|n| (n, n * n)).collect();
    /// map.retain(|_, square| *square % 2 == 0);
    /// assert_eq!(map.len(), 50);
    /// ```
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &mut V) -> bool) {
        self.ready();
        let (map, heap) = (self.header(), &self.heap);
        let ends = Ends::of(map, &mut self.ends);
        // SAFETY: the map is of this schema and memory; an entry has a key and a value, which nothing else uses. The value of an entry that was
        // deleted is where the heap was asked to put it, and is taken from there at once.
        sure(unsafe {
            retain(
                &places::<K, V>(),
                heap,
                map,
                |key, elem| keep(&*key.cast(), &mut *value::<K, V>(elem)),
                || drop(Self::deleted(heap)),
            )
        });
        drop(ends);
        self.ready();
    }

    /// The value of the entry that was deleted last, if it was not taken yet.
    ///
    /// # Safety
    /// Nothing was written since.
    unsafe fn deleted(heap: &Heap<K, V>) -> Option<V> {
        let place = heap.aside.borrow_mut().deleted.take()?;
        // SAFETY: where the heap was asked to put the value; nothing else takes it: a box is left empty, a slot is free.
        unsafe {
            if const { boxed_value::<K, V>() } {
                (*place.cast::<Option<V>>()).take()
            } else {
                Some(place.cast::<V>().read())
            }
        }
    }

    /// A cursor before the first entry (in random order).
    pub fn cursor(&self) -> Cursor<K, V> {
        let live = self.heap.live.clone();
        live.fetch_add(1, Ordering::Relaxed);
        Cursor { it: iter::Iter::new(), begun: false, ends: 0, live, _of: PhantomData }
    }
}

/// Calls `f` with each table's groups, control words and number of groups.
///
/// # Safety
/// `map` points to the header of a map, or of what was taken out of one.
unsafe fn tables(map: *mut Map, mut f: impl FnMut(*mut u8, *mut u64, usize)) {
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

impl<K: Key, V, S: BuildHasher> CursorMap<K, V, S> {
    fn schema<Q: ?Sized>(&self) -> Typed<'_, K, V, Q, S> {
        Typed::new(&self.hasher)
    }

    /// [`with_capacity`](CursorMap::with_capacity), with a hasher.
    ///
    /// # Panics
    /// As there.
    #[must_use]
    pub fn with_capacity_and_hasher(n: usize, hasher: S) -> Self {
        match Self::try_with_capacity_and_hasher(n, hasher) {
            Ok(map) => map,
            Err(CapacityError(None)) => panic!("capacity overflow"),
            Err(CapacityError(Some(layout))) => std::alloc::handle_alloc_error(layout),
        }
    }

    /// [`try_with_capacity`](CursorMap::try_with_capacity), with a hasher.
    ///
    /// # Errors
    /// As there.
    pub fn try_with_capacity_and_hasher(n: usize, hasher: S) -> Result<Self, CapacityError> {
        heap::check::<K, V>(n)?;
        let map = Self::with_hasher(hasher);
        // SAFETY: an empty map of this schema and memory.
        match unsafe { init(&places::<K, V>(), &map.heap, map.header(), n) } {
            Err(Error::OutOfMemory) => Err(CapacityError(None)),
            other => {
                sure(other);
                Ok(map)
            }
        }
    }

    /// Sets the value of a key; gives back the former one. A key that is there already is kept.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        self.insert_place(key, value).1
    }

    /// [`insert`](CursorMap::insert) that also says where the value is.
    #[inline(always)]
    fn insert_place(&mut self, key: K, value: V) -> (&mut V, Option<V>) {
        self.ready();
        let before = self.len();
        // SAFETY: the map is of this schema and memory; the key is valid. What is assigned to is the place of a value, or a box for one, which
        // has a value then; nothing else uses it as long as the map is borrowed.
        unsafe {
            let place = sure(assign(&self.schema::<K>(), &self.heap, self.header(), &raw const key));
            let new = self.len() != before;
            if new {
                // The key's bytes are in the map now.
                forget(key);
            }
            if const { boxed_value::<K, V>() } {
                let place = &mut *place.cast::<Option<V>>();
                let former = place.replace(value);
                return (place.as_mut().unwrap_unchecked(), former);
            }
            let place = place.cast::<V>();
            if new {
                place.write(value);
                return (&mut *place, None);
            }
            let former = place.replace(value);
            (&mut *place, Some(former))
        }
    }

    /// The value of a key.
    #[inline]
    pub fn get<Q: Hash + PartialEq + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        let schema = self.schema::<Q>();
        // SAFETY: the map is of this schema; the value lives as long as the map is not changed.
        unsafe {
            access_then(&schema, self.header(), key, |found| match found {
                Ok(Some(elem)) => value::<K, V>(elem).as_ref(),
                Ok(None) => None,
                Err(()) => value::<K, V>(self.find_slowly(&schema, key)).as_ref(),
            })
        }
    }

    /// Where quick ways do not lead: there is an oversize table, or a panic in `PartialEq` has left the flag of a writer, which cannot be there.
    #[cold]
    #[inline(never)]
    fn find_slowly<Q: Hash + PartialEq + ?Sized>(&self, schema: &Typed<'_, K, V, Q, S>, key: &Q) -> *mut u8
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
        let schema = self.schema::<Q>();
        // SAFETY: the map is of this schema; the value lives as long as the map is not changed, and `self` is borrowed exclusively.
        unsafe { value::<K, V>(sure(access(&schema, self.header(), key))).as_mut() }
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
        self.heap.aside.get_mut().deleted = None;
        let ends = Ends::of(self.map.as_ptr(), &mut self.ends);
        let schema = Typed::<K, V, Q, S>::new(&self.hasher);
        // SAFETY: the map is of this schema and memory; what was deleted is taken at once.
        unsafe {
            sure(delete(&schema, &self.heap, self.map.as_ptr(), key));
            drop(ends);
            Self::deleted(&self.heap)
        }
    }

    fn advance(&self, cursor: &mut Cursor<K, V>) -> Option<(NonNull<K>, NonNull<V>)> {
        assert!(Arc::ptr_eq(&cursor.live, &self.heap.live), "a cursor works with the map that it was made from only");
        let map = self.header();
        if cursor.begun && cursor.ends != self.ends {
            // What it walked may be gone.
            cursor.it = iter::Iter::new();
        }
        // SAFETY: the map is of this schema and memory, and the cursor was begun on it; retired groups are kept. The flag
        // can only be left by a panic, as in `get`; writing it races with nothing but equal writes.
        unsafe {
            if Map::flags(map) & WRITING != 0 {
                Map::set_flags(map, Map::flags(map) & !WRITING);
            }
            loop {
                if cursor.begun {
                    sure(iter_next(&self.schema::<K>(), &self.heap, &mut cursor.it));
                } else {
                    (cursor.begun, cursor.ends) = (true, self.ends);
                    let kind = NonNull::dangling().as_ptr();
                    sure(iter_init(&self.schema::<K>(), &self.heap, map, &mut cursor.it, kind));
                }
                let key = NonNull::new(cursor.it.key)?;
                // A snapshot may hold the emptied box of an entry that was removed (if equality is fickle).
                if let Some(value) = NonNull::new(value::<K, V>(cursor.it.elem)) {
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
    pub fn next<'m, S: BuildHasher>(&mut self, map: &'m CursorMap<K, V, S>) -> Option<(&'m K, &'m V)> {
        // SAFETY: the entry is valid until the map is changed, which the borrow prevents.
        map.advance(self).map(|(k, v)| unsafe { (k.as_ref(), v.as_ref()) })
    }

    /// As [`next`](Cursor::next), for changing the value.
    ///
    /// # Panics
    /// If the cursor was made from another map.
    pub fn next_mut<'m, S: BuildHasher>(&mut self, map: &'m mut CursorMap<K, V, S>) -> Option<(&'m K, &'m mut V)> {
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

impl<K: Key, V, S> Drop for CursorMap<K, V, S> {
    fn drop(&mut self) {
        let values = self.put_aside();
        // SAFETY: no cursor can be used without the map, so everything may be freed.
        unsafe {
            free_tables(&self.heap, self.header());
            drop(Box::from_raw(self.header()));
            self.heap.sweep();
        }
        drop(values);
    }
}

/// Frees the tables and the directory of a map, not what its entries are.
///
/// # Safety
/// `map` is a map with memory of `heap`'s, or what was taken out of one, whose tables nothing uses any more.
unsafe fn free_tables<K: Key, V>(heap: &Heap<K, V>, map: *mut Map) {
    // SAFETY: tables of the heap's memory that nothing uses any more (this function's contract).
    unsafe {
        tables(map, |groups, controls, n| {
            // A single group has its control word in itself.
            let controls = if n == 1 { core::ptr::null_mut() } else { controls };
            heap.free_table(groups, controls, n);
        });
        if (*map).depth > 0 {
            ahead::retire(heap, map);
            heap.retire_directory((*map).tables.cast(), (*map).metas, 1 << (*map).depth);
        }
    }
}

impl<K: Key + Clone, V: Clone, S: BuildHasher + Clone> Clone for CursorMap<K, V, S> {
    fn clone(&self) -> Self {
        let copy = Self::of(self.hasher.clone(), Heap::with_seed(self.heap.random()));
        // SAFETY: both maps are of this schema; the copy is empty and its memory is that of its heap.
        sure(unsafe { clone_into(&self.schema::<K>(), &Cloning(&copy.heap), self.header(), copy.header()) });
        copy
    }
}

impl<K, V> fmt::Debug for Cursor<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cursor").field("begun", &self.begun).finish_non_exhaustive()
    }
}

//! What a key of `CursorMap` must be, and the schema made of it.
use super::hasher::SeededHasher;
use crate::hash::spread;
use crate::schema::Schema;
use crate::seam::Memory;
use core::borrow::Borrow;
use core::convert::Infallible;
use core::hash::{BuildHasher, Hash};
use core::marker::PhantomData;
use core::mem::{align_of, needs_drop, size_of};
use core::ptr::null_mut;

/// A key of [`CursorMap`](super::CursorMap): whatever has a hash and is equal to itself.
///
/// Types whose values need not equal themselves, and which so are not [`Eq`], are keys if they say so:
///
/// ```
/// use goxide_maps::{CursorMap, hosted::Key};
/// use std::hash::{Hash, Hasher};
///
/// #[derive(PartialEq)]
/// struct Float(f64);
/// impl Hash for Float {
///     fn hash<H: Hasher>(&self, h: &mut H) {
///         (self.0 + 0.0).to_bits().hash(h); // +0 and -0 are equal
///     }
/// }
/// impl Key for Float {
///     const REFLEXIVE: bool = false;
/// }
///
/// let mut map = CursorMap::new();
/// map.insert(Float(f64::NAN), 1);
/// map.insert(Float(f64::NAN), 2);
/// assert_eq!((map.len(), map.get(&Float(f64::NAN))), (2, None));
/// ```
pub trait Key: Hash + PartialEq + Sized {
    /// Whether every key equals itself. If not, entries whose keys do not are added anew by each insertion.
    const REFLEXIVE: bool = true;
}

impl<T: Hash + Eq> Key for T {}

/// Whether values of `T` can lie in a slot.
const fn fits<T>() -> bool {
    size_of::<T>() <= 128 && align_of::<T>() <= 8
}

/// Whether keys are boxed. Snapshots hold old copies of key slots, by which keys are looked up: what lies in them directly must be such that a copy is
/// as good as the key as long as the map is, whose keys are handed out when all cursors are at their end only. That is so if nothing happens to
/// a key that is dropped.
pub(super) const fn boxed_key<K: Key>() -> bool {
    needs_drop::<K>() || !fits::<K>()
}

/// Whether values are boxed (as `Option<V>`). Snapshots' values are looked at only for keys that do not equal themselves.
pub(super) const fn boxed_value<K: Key, V>() -> bool {
    !K::REFLEXIVE || !fits::<V>()
}

/// Bytes of a key slot.
pub(super) const fn key_slot<K: Key>() -> usize {
    if boxed_key::<K>() { 8 } else { size_of::<K>() }
}

/// Bytes of an element slot.
pub(super) const fn elem_slot<K: Key, V>() -> usize {
    if boxed_value::<K, V>() { 8 } else { size_of::<V>() }
}

/// Bytes of a group.
pub(super) const fn group_size<K: Key, V>() -> usize {
    8 + 8 * key_slot::<K>() + 8 * elem_slot::<K, V>() + 8
}

/// How a map of `K` is searched for a `Q`, hashed by `S`.
pub(super) struct Typed<'s, K, V, Q: ?Sized, S> {
    hasher: &'s S,
    _of: PhantomData<(K, V, *const Q)>,
}

impl<'s, K, V, Q: ?Sized, S> Typed<'s, K, V, Q, S> {
    #[inline(always)]
    pub(super) const fn new(hasher: &'s S) -> Self {
        Typed { hasher, _of: PhantomData }
    }
}

/// Hashes nothing: for what only needs to know where things lie.
pub(super) struct Unhashed;

impl BuildHasher for Unhashed {
    type Hasher = SeededHasher;
    fn build_hasher(&self) -> SeededHasher {
        unreachable!("a walk hashes nothing")
    }
}

/// The schema of what hashes nothing.
pub(super) const fn places<K, V>() -> Typed<'static, K, V, K, Unhashed> {
    Typed::new(&Unhashed)
}

/// The element at `place`, an element slot or box; none in a box whose value was taken.
///
/// # Safety
/// `place` is an element slot of a map of `K` and `V`, or a box or null where values are boxed, and nothing else uses it while the
/// answer is used.
#[inline(always)]
pub(super) unsafe fn value<K: Key, V>(place: *mut u8) -> *mut V {
    if const { boxed_value::<K, V>() } {
        // SAFETY: values are boxed, so `place` is a box or null (this function's contract), which nothing else uses.
        match unsafe { place.cast::<Option<V>>().as_mut() } {
            Some(Some(value)) => value,
            _ => null_mut(),
        }
    } else {
        place.cast()
    }
}

// SAFETY: a slot holds the key's bytes or a pointer to them, as `boxed_key` says.
unsafe impl<K: Key + Borrow<Q>, V, Q: Hash + PartialEq + ?Sized, S: BuildHasher> Schema for Typed<'_, K, V, Q, S> {
    type Key = *const Q;
    type Error = Infallible;
    const LINES_AHEAD: usize = if key_slot::<K>() > 8 { 2 } else { 1 };
    #[inline(always)]
    fn group_size(&self) -> usize {
        const { group_size::<K, V>() }
    }
    #[inline(always)]
    fn key_slot(&self) -> usize {
        const { key_slot::<K>() }
    }
    #[inline(always)]
    fn elem_slot(&self) -> usize {
        const { elem_slot::<K, V>() }
    }
    #[inline(always)]
    fn indirect_key(&self) -> bool {
        const { boxed_key::<K>() }
    }
    #[inline(always)]
    fn indirect_elem(&self) -> bool {
        const { boxed_value::<K, V>() }
    }
    #[inline(always)]
    fn reflexive_key(&self) -> bool {
        K::REFLEXIVE
    }
    #[inline(always)]
    unsafe fn hash(&self, key: *const Q, _: u64) -> Result<u64, Infallible> {
        // SAFETY: the key is valid.
        Ok(spread(self.hasher.hash_one(unsafe { &*key })))
    }
    #[inline(always)]
    unsafe fn equal(&self, key: *const Q, stored: *const u8) -> Result<bool, Infallible> {
        // SAFETY: both are valid.
        Ok(unsafe { *key == *self.load(stored) })
    }
    #[inline(always)]
    unsafe fn load(&self, stored: *const u8) -> *const Q {
        // SAFETY: `stored` points to a key.
        unsafe { (*stored.cast::<K>()).borrow() }
    }
    #[inline(always)]
    unsafe fn store<M: Memory>(&self, memory: &M, to: *mut u8, key: *const Q) {
        // Keys are stored by `insert` only, for which Q is K.
        // SAFETY: `to` is memory for a key.
        unsafe { memory.copy_key(to, key.cast()) }
    }
}

//! What a key of `CursorMap` must be, and the schema made of it.
use crate::hash::{hash_memory, hash64};
use crate::schema::Schema;
use crate::seam::Memory;
use core::borrow::Borrow;
use core::convert::Infallible;
use core::hash::{Hash, Hasher};
use core::marker::PhantomData;
use core::mem::{align_of, size_of};

/// A key of [`CursorMap`](super::CursorMap).
///
/// ```
/// #[derive(Hash, PartialEq)]
/// struct Name(String);
/// impl goxide_maps::hosted::Key for Name {}
/// ```
pub trait Key: Hash + PartialEq + Sized {
    /// Whether every key equals itself. If not, entries whose keys do not are added anew by each insertion.
    const REFLEXIVE: bool = true;
    /// A proof that keys are `Copy`, with which they are stored in the table itself and not in boxes.
    const INLINE: Option<Inline<Self>> = None;
}

/// Proof that `T` is `Copy`.
pub struct Inline<T>(PhantomData<T>);

impl<T: Copy> Inline<T> {
    /// The proof.
    pub const PROOF: Inline<T> = Inline(PhantomData);
}

impl<T> core::fmt::Debug for Inline<T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Inline")
    }
}

macro_rules! inline_keys {
    ($($t:ty),*) => { $(impl Key for $t { const INLINE: Option<Inline<Self>> = Some(Inline::PROOF); })* };
}
inline_keys!(u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize, char, bool, ());

impl<T: Hash + PartialEq + ?Sized> Key for &T {
    const INLINE: Option<Inline<Self>> = Some(Inline::PROOF);
}
impl Key for String {}
impl<T: Hash + PartialEq> Key for Vec<T> {}
impl<T: Hash + PartialEq + ?Sized> Key for Box<T> {}

/// Whether values of `T` can lie in a slot.
const fn fits<T>() -> bool {
    size_of::<T>() <= 128 && align_of::<T>() <= 8
}

/// Whether keys are boxed. Snapshots hold old copies of key slots, so only what is `Copy` may lie in them directly.
pub(super) const fn boxed_key<K: Key>() -> bool {
    K::INLINE.is_none() || !fits::<K>()
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

/// How a map of `K` is searched for a `Q`.
pub(super) struct Typed<K, V, Q: ?Sized>(pub PhantomData<(K, V, *const Q)>);

// SAFETY: a slot holds the key's bytes or a pointer to them, as `boxed_key` says.
unsafe impl<K: Key + Borrow<Q>, V, Q: Hash + PartialEq + ?Sized> Schema for Typed<K, V, Q> {
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
    unsafe fn hash(&self, key: *const Q, seed: u64) -> Result<u64, Infallible> {
        let mut mixer = Mixer(seed);
        // SAFETY: the key is valid.
        unsafe { (*key).hash(&mut mixer) };
        Ok(mixer.0)
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

/// The crate's hash functions as a `Hasher`.
struct Mixer(u64);

impl Hasher for Mixer {
    fn finish(&self) -> u64 {
        self.0
    }
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        // SAFETY: a slice's bytes are readable.
        self.0 = unsafe { hash_memory(bytes.as_ptr(), bytes.len(), self.0) };
    }
    #[inline]
    fn write_u8(&mut self, n: u8) {
        self.write_u64(n as u64);
    }
    #[inline]
    fn write_u16(&mut self, n: u16) {
        self.write_u64(n as u64);
    }
    #[inline]
    fn write_u32(&mut self, n: u32) {
        self.write_u64(n as u64);
    }
    #[inline]
    fn write_u64(&mut self, n: u64) {
        self.0 = hash64(n, self.0);
    }
    #[inline]
    fn write_usize(&mut self, n: usize) {
        self.write_u64(n as u64);
    }
}

//! What the keys of a map of a Go type are to goxide-maps, and what becomes of errors. Not here: the map's memory (`memory`), the entries.

use super::memory::GoMaps;
use crate::compare::GoHasher;
use core::convert::Infallible;
use core::ptr::null;
use goxide_gotypes::mem::mixed::Mixed;
use goxide_gotypes::mem::shape::{Shape, Simple};
use goxide_gotypes::mem::{self, Access, Hasher as _, Uncomparable};
use goxide_gotypes::text::fault::Fault;
use goxide_gotypes::types::{MapType, Type, kind};
use goxide_maps::{Error, FastStr, Map, Memory, Misuse, Schema, Sizes};
use goxide_rt::fatal;
use goxide_rt::links::FuncVal;
use goxide_rt::memory::{GoMem, touch};
use goxide_rt::raise::{fault, within};
use goxide_rt::token::System;
use goxide_rt::touch::Region;

/// How keys are hashed and compared by their type: on the system stack ([`InSystem`]) or in a leaf ([`InLeaf`]).
///
/// # Safety
/// Equal keys have equal hashes, the same ones in both ways.
pub(super) unsafe trait Way {
    /// Why there is no answer.
    type Error;
    /// Whether there may be none.
    const MAY_FAIL: bool = true;

    /// The key's hash; `hasher` is the compiler's function for it.
    ///
    /// # Safety
    /// `t` is a descriptor and `key` points to a value of its type.
    unsafe fn hash(&self, t: *const Type, hasher: FuncVal, key: *const u8, seed: usize) -> Result<usize, Self::Error>;

    /// Whether two keys are equal.
    ///
    /// # Safety
    /// `t` is a descriptor and both point to values of its type.
    unsafe fn equal(&self, t: *const Type, a: *const u8, b: *const u8) -> Result<bool, Self::Error>;
}

/// Any key type, by its descriptor.
pub(super) struct Any<W> {
    map_type: *const MapType,
    way: W,
}

impl<W> Any<W> {
    /// # Safety
    /// `t` is the descriptor of a map type.
    #[inline(always)]
    unsafe fn new(t: *const MapType, way: W) -> Any<W> {
        Any { map_type: t, way }
    }

    #[inline(always)]
    fn typ(&self) -> &MapType {
        // SAFETY: a descriptor (`new`), and descriptors of the program live forever.
        unsafe { &*self.map_type }
    }
}

/// Any key type, in a system entry.
///
/// # Safety
/// `t` is the descriptor of a map type, and `h` null or a map of it.
#[inline(always)]
pub(super) unsafe fn in_system(t: *const MapType, h: *const Map, mem: GoMem<'_>) -> Any<InSystem<'_>> {
    // SAFETY: a descriptor, and null or a map (this function's contract).
    unsafe {
        look(h);
        Any::new(t, InSystem { mem, shape: noted(h) })
    }
}

/// Looks at a map's header: in a system entry, a program's bad pointer to a map faults here, where the fault is the goroutine's.
///
/// # Safety
/// `h` is null or a map, if the program's pointer is right. In a system entry, in which no region is open.
#[inline(always)]
pub(super) unsafe fn look(h: *const Map) {
    if !h.is_null() {
        // SAFETY: a map's header, if the program's pointer is right (this function's contract).
        touch(|by| unsafe { mem::raw::probe(by, h.cast(), size_of::<Map>()) });
    }
}

/// What is done with a map's keys in a leaf: one copy of an operation for those of a simple shape, one for those of
/// another, one for those of a mixed one, one for all that have none.
pub(super) enum Leaf {
    Simple(Any<Simple>),
    Shaped(Any<Shape>),
    Mixed(Any<Mixed>),
    Other(Any<InLeaf>),
}

/// Any key type, in a leaf.
///
/// # Safety
/// `t` is the descriptor of a map type, and `h` null or a map of it. In a leaf entry.
#[inline(always)]
pub(super) unsafe fn in_leaf(t: *const MapType, h: *const Map) -> Leaf {
    // SAFETY: a descriptor, and null or a map (this function's contract).
    unsafe {
        let shape = noted(h);
        match shape.simple() {
            Some(simple) => Leaf::Simple(Any::new(t, simple)),
            None if shape.has_parts() => Leaf::Shaped(Any::new(t, shape)),
            None => match shape.mixed() {
                Some(mixed) => Leaf::Mixed(Any::new(t, mixed)),
                None => Leaf::Other(Any::new(t, InLeaf)),
            },
        }
    }
}

/// Any key type, in a leaf that hashes and compares nothing.
///
/// # Safety
/// `t` is the descriptor of a map type.
#[inline(always)]
pub(super) unsafe fn unhashed(t: *const MapType) -> Any<InLeaf> {
    // SAFETY: a descriptor (this function's contract).
    unsafe { Any::new(t, InLeaf) }
}

/// What an operation on a map is given.
///
/// # Safety
/// `t` is the descriptor of a map type, and `h` null or a map of it.
#[inline(always)]
pub(super) unsafe fn parts<'t>(
    sys: &'t mut System<'_>,
    t: *const MapType,
    h: *const Map,
) -> (Any<InSystem<'t>>, GoMaps<'t>) {
    let mem = sys.mem();
    // SAFETY: `t` is a descriptor, and `h` null or a map of it (this function's contract).
    unsafe { (in_system(t, h, mem), GoMaps::new(t, mem)) }
}

/// The shape of a map's keys as its header has it: unknown of a map that never had any, whose keys are only looked at for errors.
///
/// # Safety
/// `h` is null or a map.
#[inline(always)]
unsafe fn noted(h: *const Map) -> Shape {
    // SAFETY: null or a map (this function's contract).
    if h.is_null() { Shape::UNKNOWN } else { Shape::from_word(unsafe { (*h).meta.note }) }
}

/// Notes the shape of a map's keys in its header, before the first is hashed.
///
/// # Safety
/// `t` is the descriptor of a map type, and `h` a map of it, to which the goroutine is about to write.
#[inline(always)]
pub(super) unsafe fn note_shape(t: *const MapType, h: *mut Map) {
    // SAFETY: a descriptor, whose key has one, and a map that may be written (this function's contract).
    unsafe {
        if (*h).meta.note == Shape::UNKNOWN.word() {
            (*h).meta.note = Shape::of((*t).key).word();
        }
    }
}

/// A key that cannot be hashed or compared, or what it holds cannot: then with the compiler's function for the whole key.
pub(super) struct BadKey {
    fault: Fault,
    within: Option<(FuncVal, *const u8)>,
}

impl BadKey {
    /// # Safety
    /// In a system entry, whose frames own nothing that must be dropped, and where no region is open.
    unsafe fn raise(self, sys: System<'_>) -> ! {
        // SAFETY: no frame owns what must be dropped, and no region is open (this function's contract); the function is the map's for its
        // keys, and takes a seed besides.
        unsafe {
            match self.within {
                Some((hasher, key)) => within(sys, hasher, key, null(), self.fault),
                None => fault(sys, self.fault),
            }
        }
    }
}

impl From<Uncomparable> for BadKey {
    fn from(u: Uncomparable) -> BadKey {
        BadKey { fault: u.into(), within: None }
    }
}

impl From<Infallible> for BadKey {
    fn from(never: Infallible) -> BadKey {
        match never {}
    }
}

// SAFETY: sizes are the compiler's, which laid the group out; keys are loaded, stored and compared by address.
unsafe impl<W: Way> Schema for Any<W> {
    type Key = *const u8;
    type Error = W::Error;

    #[inline(always)]
    fn group_size(&self) -> usize {
        self.typ().bucket_size as usize
    }
    #[inline(always)]
    fn key_slot(&self) -> usize {
        self.typ().key_size as usize
    }
    #[inline(always)]
    fn elem_slot(&self) -> usize {
        self.typ().value_size as usize
    }
    #[inline(always)]
    fn indirect_key(&self) -> bool {
        self.typ().indirect_key()
    }
    #[inline(always)]
    fn indirect_elem(&self) -> bool {
        self.typ().indirect_elem()
    }
    #[inline(always)]
    fn reflexive_key(&self) -> bool {
        self.typ().reflexive_key()
    }
    #[inline(always)]
    fn need_key_update(&self) -> bool {
        self.typ().need_key_update()
    }
    #[inline(always)]
    fn hash_may_fail(&self) -> bool {
        W::MAY_FAIL && self.typ().hash_might_panic()
    }

    #[inline(always)]
    unsafe fn hash(&self, key: *const u8, seed: u64) -> Result<u64, W::Error> {
        let t = self.typ();
        // SAFETY: the descriptor of the key's type, and a whole key (the trait's contract).
        unsafe { self.way.hash(t.key, t.hasher.cast(), key, seed as usize).map(|hash| hash as u64) }
    }

    #[inline(always)]
    unsafe fn equal(&self, key: *const u8, stored: *const u8) -> Result<bool, W::Error> {
        // SAFETY: the descriptor of the keys' type, and whole keys (the trait's contract).
        unsafe { self.way.equal(self.typ().key, key, stored) }
    }

    #[inline(always)]
    unsafe fn load(&self, stored: *const u8) -> *const u8 {
        stored
    }

    #[inline]
    unsafe fn store<M: Memory>(&self, memory: &M, to: *mut u8, key: *const u8) {
        // SAFETY: `key` points to a key and `to` to memory for one (the trait's contract).
        unsafe { memory.copy_key(to, key) }
    }
}

/// The hash of a key that is plain memory.
///
/// # Safety
/// `key` is readable for `size` bytes.
#[inline(always)]
unsafe fn plain_hash(key: *const u8, size: usize, seed: usize) -> usize {
    // SAFETY: so many readable bytes (this function's contract).
    unsafe {
        match size {
            8 => GoHasher.word64(key, seed),
            // What `bytes` answers, in place.
            16 => goxide_maps::hash::hash_memory(key, 16, seed as u64) as usize,
            4 => GoHasher.word32(key, seed),
            n => GoHasher.bytes(key, seed, n),
        }
    }
}

/// On the system stack: all keys, and errors as Go has them.
pub(super) struct InSystem<'t> {
    mem: GoMem<'t>,
    shape: Shape,
}

// SAFETY: equality and the hash that is consistent with it are those of `goxide_gotypes::mem`: by the shape of the keys that the map's header
// has, else by their type, which is so in both ways.
unsafe impl Way for InSystem<'_> {
    type Error = BadKey;

    #[inline(always)]
    unsafe fn hash(&self, t: *const Type, hasher: FuncVal, key: *const u8, seed: usize) -> Result<usize, BadKey> {
        // SAFETY: a descriptor and a whole key (the trait's contract).
        unsafe {
            if self.shape.has_parts() {
                return Ok(touch(|by| self.shape.hash(&GoHasher, by, key, seed)));
            }
            if (*t).is_regular_memory() {
                let region = Region::enter();
                let hash = plain_hash(key, (*t).size, seed);
                region.leave();
                return Ok(hash);
            }
            let hash = match (*t).kind() {
                kind::ARRAY | kind::STRUCT => mem::hash_parts(&self.mem, &GoHasher, t, key, seed),
                kind::FLOAT64 => {
                    let region = Region::enter();
                    let hash = mem::hash::f64_hash(&GoHasher, key, seed);
                    region.leave();
                    Ok(hash)
                }
                _ => mem::hash_by_type(&self.mem, &GoHasher, t, key, seed),
            };
            hash.map_err(|u| BadKey { fault: u.into(), within: Some((hasher, key)) })
        }
    }

    #[inline(always)]
    unsafe fn equal(&self, t: *const Type, a: *const u8, b: *const u8) -> Result<bool, BadKey> {
        // SAFETY: a descriptor and whole keys (the trait's contract).
        unsafe {
            if self.shape.has_parts() {
                return Ok(touch(|by| self.shape.equal(by, a, b)));
            }
            if (*t).is_regular_memory() {
                return Ok(touch(|by| mem::equal::plain_equal(by, a, b, (*t).size)));
            }
            Ok(match (*t).kind() {
                kind::ARRAY | kind::STRUCT => mem::equal_parts(&self.mem, t, a, b)?,
                kind::FLOAT64 => touch(|by| mem::raw::equal_as::<f64>(by, a, b)),
                _ => mem::equal_by_type(&self.mem, t, a, b)?,
            })
        }
    }
}

/// In a leaf: keys as far as that goes in place, which is all the way for most types. Where it does not, the operation ends with
/// [`Further`], and the system half has the answer.
pub(super) struct InLeaf;

/// The key has parts within parts, or no hash, or no equality.
pub(super) struct Further;

// SAFETY: equality and the hash that is consistent with it are those of `goxide_gotypes::mem`: by the shape of the keys that the map's header
// has, else by their type, which is so in both ways.
unsafe impl Way for InLeaf {
    type Error = Further;

    #[inline(always)]
    unsafe fn hash(&self, t: *const Type, _: FuncVal, key: *const u8, seed: usize) -> Result<usize, Further> {
        // SAFETY: a descriptor and a whole key (the trait's contract), in a leaf (`in_leaf`).
        unsafe {
            if (*t).is_regular_memory() {
                return Ok(plain_hash(key, (*t).size, seed));
            }
            if (*t).kind() == kind::FLOAT64 {
                return Ok(mem::hash::f64_hash(&GoHasher, key, seed));
            }
            walk_hash(t, key, seed).ok_or(Further)
        }
    }

    #[inline(always)]
    unsafe fn equal(&self, t: *const Type, a: *const u8, b: *const u8) -> Result<bool, Further> {
        // SAFETY: a descriptor and whole keys (the trait's contract), in a leaf (`in_leaf`).
        unsafe {
            if (*t).is_regular_memory() {
                return Ok(mem::equal::plain_equal(Access::of_leaf(), a, b, (*t).size));
            }
            if (*t).kind() == kind::FLOAT64 {
                return Ok(mem::raw::equal_as::<f64>(Access::of_leaf(), a, b));
            }
            walk_equal(t, a, b).ok_or(Further)
        }
    }
}

// In a leaf, keys of a simple shape: all the way.
// SAFETY: equality and the hash that is consistent with it are those of the shape, as in the other ways for maps that have one.
unsafe impl Way for Simple {
    type Error = Infallible;
    const MAY_FAIL: bool = false;

    #[inline(always)]
    unsafe fn hash(&self, _: *const Type, _: FuncVal, key: *const u8, seed: usize) -> Result<usize, Infallible> {
        // SAFETY: a whole key of the map, whose shape it is, in a leaf (`in_leaf`).
        Ok(unsafe { Simple::hash(*self, &GoHasher, Access::of_leaf(), key, seed) })
    }

    #[inline(always)]
    unsafe fn equal(&self, _: *const Type, a: *const u8, b: *const u8) -> Result<bool, Infallible> {
        // SAFETY: whole keys of the map, whose shape it is, in a leaf (`in_leaf`).
        Ok(unsafe { Simple::equal(*self, Access::of_leaf(), a, b) })
    }
}

// In a leaf, keys of any shape that has parts: all the way, by functions of their own.
// SAFETY: equality and the hash that is consistent with it are those of the shape, as in the other ways for maps that have one.
unsafe impl Way for Shape {
    type Error = Infallible;
    const MAY_FAIL: bool = false;

    #[inline(always)]
    unsafe fn hash(&self, _: *const Type, _: FuncVal, key: *const u8, seed: usize) -> Result<usize, Infallible> {
        // SAFETY: a whole key of the map, whose shape it is and has parts, in a leaf (`in_leaf`).
        Ok(unsafe { shape_hash(*self, key, seed) })
    }

    #[inline(always)]
    unsafe fn equal(&self, _: *const Type, a: *const u8, b: *const u8) -> Result<bool, Infallible> {
        // SAFETY: whole keys of the map, whose shape it is and has parts, in a leaf (`in_leaf`).
        Ok(unsafe { shape_equal(*self, a, b) })
    }
}

// In a leaf, keys of a mixed shape: as far as what interfaces in them hold has no parts within parts.
// SAFETY: equality is that of `goxide_gotypes::mem`, and the hash that of its walk.
unsafe impl Way for Mixed {
    type Error = Further;

    #[inline(always)]
    unsafe fn hash(&self, _: *const Type, _: FuncVal, key: *const u8, seed: usize) -> Result<usize, Further> {
        // SAFETY: a whole key of the map, whose shape it is, in a leaf (`in_leaf`).
        unsafe { mixed_hash(*self, key, seed) }.ok_or(Further)
    }

    #[inline(always)]
    unsafe fn equal(&self, _: *const Type, a: *const u8, b: *const u8) -> Result<bool, Further> {
        // SAFETY: whole keys of the map, whose shape it is, in a leaf (`in_leaf`).
        unsafe { mixed_equal(*self, a, b) }.ok_or(Further)
    }
}

// One copy of each for all leaves: in place they take 10 KB an entry. An interface and nothing else is seen to without the registers that the
// way through several parts takes.

/// # Safety
/// As for [`Mixed::hash`], in a leaf.
#[inline(never)]
unsafe fn mixed_hash(mixed: Mixed, p: *const u8, seed: usize) -> Option<usize> {
    /// # Safety
    /// As for [`Mixed::hash`], in a leaf.
    #[inline(never)]
    unsafe fn parts(mixed: Mixed, p: *const u8, seed: usize) -> Option<usize> {
        // SAFETY: a whole value of the shape, in a leaf (this function's contract), and whole values within.
        unsafe { mixed.hash(&GoHasher, p, seed, |t, p, seed| walk_hash(t, p, seed)) }
    }
    // SAFETY: as for this function, and what `hash_interface` is asked for is one.
    unsafe {
        if mixed.is_interface() {
            return mixed.hash_interface(&GoHasher, p, seed, |t, p, seed| walk_hash(t, p, seed));
        }
        parts(mixed, p, seed)
    }
}

/// # Safety
/// As for [`Mixed::equal`], in a leaf.
#[inline(never)]
unsafe fn mixed_equal(mixed: Mixed, a: *const u8, b: *const u8) -> Option<bool> {
    /// # Safety
    /// As for [`Mixed::equal`], in a leaf.
    #[inline(never)]
    unsafe fn parts(mixed: Mixed, a: *const u8, b: *const u8) -> Option<bool> {
        // SAFETY: two whole values of the shape, in a leaf (this function's contract), and whole values within.
        unsafe { mixed.equal(Access::of_leaf(), a, b, |t, a, b| walk_equal(t, a, b)) }
    }
    // SAFETY: as for this function, and what `equal_interface` is asked for is one.
    unsafe {
        if mixed.is_interface() {
            return mixed.equal_interface(Access::of_leaf(), a, b, |t, a, b| walk_equal(t, a, b));
        }
        parts(mixed, a, b)
    }
}

/// # Safety
/// As for [`Shape::hash`], in a leaf.
#[inline(never)]
unsafe fn shape_hash(shape: Shape, p: *const u8, seed: usize) -> usize {
    // SAFETY: the shape has parts, and a whole value of it, in a leaf (this function's contract).
    unsafe { shape.hash(&GoHasher, Access::of_leaf(), p, seed) }
}

/// # Safety
/// As for [`Shape::equal`], in a leaf.
#[inline(never)]
unsafe fn shape_equal(shape: Shape, a: *const u8, b: *const u8) -> bool {
    // SAFETY: the shape has parts, and two whole values of it, in a leaf (this function's contract).
    unsafe { shape.equal(Access::of_leaf(), a, b) }
}

/// # Safety
/// As for [`mem::hash_in_place`], in a leaf.
#[inline(never)]
unsafe fn walk_hash(t: *const Type, p: *const u8, seed: usize) -> Option<usize> {
    // SAFETY: a descriptor and a whole value of its type, in a leaf (this function's contract).
    unsafe { mem::hash_in_place(&GoHasher, Access::of_leaf(), t, p, seed) }
}

/// # Safety
/// As for [`mem::equal_in_place`], in a leaf.
#[inline(never)]
unsafe fn walk_equal(t: *const Type, a: *const u8, b: *const u8) -> Option<bool> {
    // SAFETY: a descriptor and two whole values of its type, in a leaf (this function's contract).
    unsafe { mem::equal_in_place(Access::of_leaf(), t, a, b) }
}

/// A ready-made schema of which a system entry makes use: hashing and comparing touch the bytes of the program's strings. By regions of
/// its own, since a closure need not be compiled in its place.
pub(super) struct Touched<S>(S);

// SAFETY: it is the schema within.
unsafe impl<S: Schema> Schema for Touched<S> {
    type Key = S::Key;
    type Error = S::Error;
    const SCAN_SMALL: bool = S::SCAN_SMALL;

    #[inline(always)]
    fn group_size(&self) -> usize {
        self.0.group_size()
    }
    #[inline(always)]
    fn key_slot(&self) -> usize {
        self.0.key_slot()
    }
    #[inline(always)]
    fn elem_slot(&self) -> usize {
        self.0.elem_slot()
    }
    #[inline(always)]
    fn need_key_update(&self) -> bool {
        self.0.need_key_update()
    }
    #[inline(always)]
    unsafe fn hash(&self, key: S::Key, seed: u64) -> Result<u64, S::Error> {
        let region = Region::enter();
        // SAFETY: a key of the map's type (the trait's contract), which is a key of the schema within.
        let hash = unsafe { self.0.hash(key, seed) };
        region.leave();
        hash
    }
    #[inline(always)]
    unsafe fn probe(&self, key: S::Key) {
        let region = Region::enter();
        // SAFETY: a key of the map's type (the trait's contract), which is a key of the schema within.
        unsafe { self.0.probe(key) };
        region.leave();
    }
    #[inline(always)]
    unsafe fn equal(&self, key: S::Key, stored: *const u8) -> Result<bool, S::Error> {
        let region = Region::enter();
        // SAFETY: a key and a stored key (the trait's contract), which are those of the schema within.
        let equal = unsafe { self.0.equal(key, stored) };
        region.leave();
        equal
    }
    #[inline(always)]
    unsafe fn load(&self, stored: *const u8) -> S::Key {
        // SAFETY: a stored key (the trait's contract), which is that of the schema within.
        unsafe { self.0.load(stored) }
    }
    #[inline(always)]
    unsafe fn store<M: Memory>(&self, memory: &M, to: *mut u8, key: S::Key) {
        // SAFETY: memory for a key and a valid key (the trait's contract), which are those of the schema within.
        unsafe { self.0.store(memory, to, key) }
    }
}

/// The sizes in a map type's descriptor, which are read when they are needed.
#[derive(Clone, Copy)]
pub(super) struct TypeSizes(*const MapType);

// SAFETY: the compiler's sizes, of groups that it laid out for the map's keys; descriptors stay the same.
unsafe impl Sizes for TypeSizes {
    #[inline(always)]
    fn elem_slot(self) -> usize {
        // SAFETY: a descriptor (`shape`), and descriptors of the program live forever.
        unsafe { (*self.0).value_size as usize }
    }
    #[inline(always)]
    fn group_size(self) -> usize {
        // SAFETY: a descriptor (`shape`), and descriptors of the program live forever.
        unsafe { (*self.0).bucket_size as usize }
    }
}

/// # Safety
/// `t` is the descriptor of a map type.
#[inline(always)]
pub(super) unsafe fn shape(t: *const MapType) -> TypeSizes {
    TypeSizes(t)
}

/// String keys, in a system entry.
#[inline(always)]
pub(super) fn touched_str(sizes: TypeSizes) -> Touched<FastStr<TypeSizes>> {
    Touched(FastStr(sizes))
}

/// Ends the operation as Go does: a fatal error for misuse, a panic for a bad key.
///
/// # Safety
/// In an entry, whose frames own nothing that must be dropped, and where no region is open.
#[cold]
pub(super) unsafe fn fail<E: Into<BadKey>>(e: Error<E>, sys: System<'_>) -> ! {
    match e {
        Error::Misuse(Misuse::ConcurrentReadWrite) => fatal::fatal(b"concurrent map read and map write"),
        Error::Misuse(Misuse::ConcurrentWrites) => fatal::fatal(b"concurrent map writes"),
        Error::Misuse(Misuse::ConcurrentIterWrite) => fatal::fatal(b"concurrent map iteration and map write"),
        Error::Misuse(Misuse::ConcurrentCloneWrite) => fatal::fatal(b"concurrent map clone and map write"),
        // SAFETY: no frame owns what must be dropped, and no region is open (this function's contract).
        Error::Key(k) => unsafe { k.into().raise(sys) },
        Error::OutOfMemory => goxide_rt::refusal::out_of_memory(),
    }
}

/// # Safety
/// As for [`fail`].
#[inline(always)]
pub(super) unsafe fn done<T, E: Into<BadKey>>(r: Result<T, Error<E>>, sys: System<'_>) -> T {
    match r {
        Ok(v) => v,
        // SAFETY: no frame owns what must be dropped, and no region is open (this function's contract).
        Err(e) => unsafe { fail(e, sys) },
    }
}

//! The shape of a type whose values are up to four numbers, pointers and interfaces, in one word: found once, so that hashing and comparing such
//! values does not walk the descriptor each time. The hash is that of the walk.
//!
//! Not here: types with strings or with other plain memory (`shape`), and what interfaces hold beyond one word.

use super::hash::{Hasher, f32_hash, f64_hash, inner_seed};
use super::raw::{Access, equal_as};
use crate::types::{ArrayType, Eface, InterfaceType, Itab, StructType, Type, kind};

/// A part's code has so many bits.
const BITS: u32 = 3;
/// Parts, at most.
const PARTS: usize = 4;

// Codes; no part is 0.
const WORD: u16 = 1;
const HALF: u16 = 2;
const DOUBLE: u16 = 3;
const SINGLE: u16 = 4;
/// An interface without methods, and one with methods.
const ANY: u16 = 5;
const METHODS: u16 = 6;

/// Parts of a value, the first in the lowest bits: each lies where it may first lie behind the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mixed(u16);

impl Mixed {
    /// Bits of the word that this takes.
    pub(super) const WIDTH: u32 = BITS * PARTS as u32;

    /// The parts whose word this is.
    #[inline(always)]
    pub(super) const fn from_word(word: u16) -> Mixed {
        Mixed(word)
    }

    /// The word that stands for them: 0 for none.
    #[inline(always)]
    pub(super) const fn word(self) -> u16 {
        self.0
    }

    /// The parts of a type's values; none if they are of other kinds, or lie elsewhere.
    ///
    /// # Safety
    /// `t` is the descriptor of an array or struct type whose values are not plain memory as a whole.
    pub(super) unsafe fn of(t: *const Type) -> Mixed {
        let (mut word, mut at) = (0, 0);
        let mut add = |i: usize, typ: &Type, offset: usize| {
            let code = if typ.is_regular_memory() {
                match typ.size {
                    8 => WORD,
                    4 => HALF,
                    _ => return false,
                }
            } else {
                match typ.kind() {
                    kind::FLOAT64 => DOUBLE,
                    kind::FLOAT32 => SINGLE,
                    // SAFETY: the kind says which descriptor it begins.
                    kind::INTERFACE if unsafe { InterfaceType::methods(core::ptr::from_ref(typ).cast()) }.is_empty() => ANY,
                    kind::INTERFACE => METHODS,
                    _ => return false,
                }
            };
            word |= code << (BITS * i as u32);
            let (here, end) = place(code, at);
            at = end;
            here == offset
        };
        // SAFETY: `t` is a descriptor (this function's contract), and so are those of its elements or fields.
        let fits = unsafe {
            if (*t).kind() == kind::ARRAY {
                let array = t.cast::<ArrayType>();
                let elem = &*(*array).elem;
                (*array).len <= PARTS && (0..(*array).len).all(|i| add(i, elem, i * elem.size))
            } else {
                let fields = StructType::fields(t.cast());
                fields.len() <= PARTS
                    && fields.iter().enumerate().all(|(i, f)| !f.name.is_blank() && add(i, &*f.typ, f.offset))
            }
        };
        Mixed(if fits { word } else { 0 })
    }

    /// Hash of the value at `p`, as by its type. `inner` hashes what an interface holds, unless it is one word of plain memory; none if it has no
    /// hash, or the interface holds what has none.
    ///
    /// # Safety
    /// `p` points to a whole value of such a type; `inner` is given whole values of the types it is given.
    #[inline(always)]
    pub unsafe fn hash<H: Hasher + ?Sized>(
        self,
        h: &H,
        p: *const u8,
        seed: usize,
        inner: impl Fn(*const Type, *const u8, usize) -> Option<usize>,
    ) -> Option<usize> {
        let (mut left, mut at, mut hash) = (self.0, 0, seed);
        // SAFETY: a whole value, whose parts are of these kinds and lie where `place` says (this function's contract): an interface's word, if
        // there is one, names the type of what it holds, or the table that names it.
        unsafe {
            while left != 0 {
                let code = left & ((1 << BITS) - 1);
                left >>= BITS;
                let (here, end) = place(code, at);
                let p = p.add(here);
                at = end;
                hash = if code == WORD {
                    h.word64(p, hash)
                } else if code == DOUBLE {
                    f64_hash(h, p, hash)
                } else if code >= ANY {
                    let value = p.cast::<Eface>();
                    let Some(t) = held(code, value) else { continue };
                    if !(*t).is_comparable() {
                        return None;
                    }
                    let data = &raw const (*value).data;
                    let data = if (*t).is_direct_iface() { data.cast() } else { (*data).cast_const() };
                    let seed = inner_seed(hash);
                    if (*t).is_regular_memory() && (*t).size == 8 { h.word64(data, seed) } else { inner(t, data, seed)? }
                } else if code == HALF {
                    h.word32(p, hash)
                } else {
                    f32_hash(h, p, hash)
                };
            }
        }
        Some(hash)
    }

    /// Whether two values are equal, as by their type. `inner` compares what interfaces hold, unless it is one word of plain memory; none if it
    /// cannot, or the interfaces hold what cannot be compared.
    ///
    /// # Safety
    /// `a` and `b` point to whole values of such a type; `inner` is given whole values of the types it is given.
    #[inline(always)]
    pub unsafe fn equal(
        self,
        by: Access<'_>,
        a: *const u8,
        b: *const u8,
        inner: impl Fn(*const Type, *const u8, *const u8) -> Option<bool>,
    ) -> Option<bool> {
        let (mut left, mut at) = (self.0, 0);
        // SAFETY: as for `hash`, of both.
        unsafe {
            while left != 0 {
                let code = left & ((1 << BITS) - 1);
                left >>= BITS;
                let (here, end) = place(code, at);
                let (a, b) = (a.add(here), b.add(here));
                at = end;
                let same = if code == WORD {
                    equal_as::<u64>(by, a, b)
                } else if code == DOUBLE {
                    equal_as::<f64>(by, a, b)
                } else if code >= ANY {
                    let (x, y) = (a.cast::<Eface>(), b.cast::<Eface>());
                    if (*x).typ != (*y).typ {
                        return Some(false);
                    }
                    let Some(t) = held(code, x) else { continue };
                    if !(*t).is_comparable() {
                        return None;
                    }
                    let (x, y) = ((*x).data, (*y).data);
                    if (*t).is_direct_iface() {
                        x == y
                    } else if (*t).is_regular_memory() && (*t).size == 8 {
                        equal_as::<u64>(by, x, y)
                    } else {
                        inner(t, x, y)?
                    }
                } else if code == HALF {
                    equal_as::<u32>(by, a, b)
                } else {
                    equal_as::<f32>(by, a, b)
                };
                if !same {
                    return Some(false);
                }
            }
        }
        Some(true)
    }
}

/// The type of what an interface holds; none if it holds nothing.
///
/// # Safety
/// `value` points to a whole interface value, of which `code` says whether it has methods.
#[inline(always)]
unsafe fn held(code: u16, value: *const Eface) -> Option<*const Type> {
    // SAFETY: a whole interface value, whose table, if it has one, names the type (this function's contract).
    unsafe {
        let t = (*value).typ;
        if t.is_null() { None } else { Some(if code == METHODS { (*t.cast::<Itab>()).typ } else { t }) }
    }
}

/// Where a part lies that is added behind `at` bytes, and where it ends.
#[inline(always)]
const fn place(code: u16, at: usize) -> (usize, usize) {
    if code == HALF || code == SINGLE {
        return (at, at + 4);
    }
    let here = at.next_multiple_of(8);
    (here, here + if code >= ANY { size_of::<Eface>() } else { 8 })
}

//! The shape of a type whose values are up to four numbers, pointers and interfaces, in one word: found once, so that hashing and comparing such
//! values does not walk the descriptor each time. The hash is that of the walk.
//!
//! Not here: types with strings or with other plain memory (`shape`), and what interfaces hold beyond one word and a string.

use super::hash::{Hasher, f32_hash, f64_hash, inner_seed};
use super::raw::{Access, equal_as, equal_short};
use crate::types::{ArrayType, Eface, GoStr, InterfaceType, Itab, StructType, Type, kind};

/// A part's code has so many bits.
const BITS: u32 = 3;
/// Parts, at most.
const PARTS: usize = 4;

// Codes; no part is 0.
const WORD: u16 = 1;
const DOUBLE: u16 = 2;
/// The two of four bytes, see [`is_narrow`].
const HALF: u16 = 4;
const SINGLE: u16 = 5;
/// An interface without methods, and one with methods: the last.
const ANY: u16 = 6;
const METHODS: u16 = 7;

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

    /// The parts of a type's values, which may be a lone interface; none if they are of other kinds, or lie elsewhere.
    ///
    /// # Safety
    /// `t` is the descriptor of an array, struct or interface type whose values are not plain memory as a whole.
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
            if (*t).kind() == kind::INTERFACE {
                add(0, &*t, 0)
            } else if (*t).kind() == kind::ARRAY {
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

    /// Whether the value is an interface and nothing else: then [`Mixed::hash_interface`] and [`Mixed::equal_interface`] have the answers too.
    #[inline(always)]
    pub const fn is_interface(self) -> bool {
        self.0 >= ANY && self.0 <= METHODS
    }

    /// Hash of the value at `p`, as by its type. `inner` hashes what an interface holds, unless it is one word of plain memory or a string; none
    /// if it has no hash, or the interface holds what has none.
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
        // SAFETY: a whole value, whose parts are of these kinds and lie where `place` says (this function's contract).
        unsafe {
            while left != 0 {
                let code = left & ((1 << BITS) - 1);
                left >>= BITS;
                if is_narrow(code) {
                    let p = p.add(at);
                    at += 4;
                    hash = if code == HALF { h.word32(p, hash) } else { f32_hash(h, p, hash) };
                    continue;
                }
                at = at.next_multiple_of(8);
                let p = p.add(at);
                at += 8;
                hash = if code == WORD {
                    h.word64(p, hash)
                } else if code >= ANY {
                    at += 8;
                    held_hash(h, code, p, hash, &inner)?
                } else {
                    f64_hash(h, p, hash)
                };
            }
            Some(hash)
        }
    }

    /// [`Mixed::hash`] of an interface and nothing else, without what the way through several parts takes.
    ///
    /// # Safety
    /// As there; it [is](Mixed::is_interface) one.
    #[inline(always)]
    pub unsafe fn hash_interface<H: Hasher + ?Sized>(
        self,
        h: &H,
        p: *const u8,
        seed: usize,
        inner: impl Fn(*const Type, *const u8, usize) -> Option<usize>,
    ) -> Option<usize> {
        debug_assert!(self.is_interface());
        // SAFETY: a whole value that is an interface of this kind (this function's contract).
        unsafe { held_hash(h, self.0, p, seed, inner) }
    }

    /// Whether two values are equal, as by their type. `inner` compares what interfaces hold, unless it is one word of plain memory or a string;
    /// none if it cannot, or the interfaces hold what cannot be compared.
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
                let same = if is_narrow(code) {
                    let (a, b) = (a.add(at), b.add(at));
                    at += 4;
                    if code == HALF { equal_as::<u32>(by, a, b) } else { equal_as::<f32>(by, a, b) }
                } else {
                    at = at.next_multiple_of(8);
                    let (a, b) = (a.add(at), b.add(at));
                    at += 8;
                    if code == WORD {
                        equal_as::<u64>(by, a, b)
                    } else if code >= ANY {
                        at += 8;
                        held_equal(by, code, a, b, &inner)?
                    } else {
                        equal_as::<f64>(by, a, b)
                    }
                };
                if !same {
                    return Some(false);
                }
            }
            Some(true)
        }
    }

    /// [`Mixed::equal`] of interfaces and nothing else, without what the way through several parts takes.
    ///
    /// # Safety
    /// As there; it [is](Mixed::is_interface) one.
    #[inline(always)]
    pub unsafe fn equal_interface(
        self,
        by: Access<'_>,
        a: *const u8,
        b: *const u8,
        inner: impl Fn(*const Type, *const u8, *const u8) -> Option<bool>,
    ) -> Option<bool> {
        debug_assert!(self.is_interface());
        // SAFETY: whole values that are interfaces of this kind (this function's contract).
        unsafe { held_equal(by, self.0, a, b, inner) }
    }
}

/// Whether a part is one of the two that have four bytes.
#[inline(always)]
const fn is_narrow(code: u16) -> bool {
    code & 6 == HALF
}

const _: () = assert!(
    is_narrow(HALF)
        && is_narrow(SINGLE)
        && !is_narrow(WORD)
        && !is_narrow(DOUBLE)
        && !is_narrow(ANY)
        && !is_narrow(METHODS)
);
const _: () = assert!(METHODS == ANY + 1 && METHODS < 1 << BITS && size_of::<Eface>() == 16);

/// Hash of an interface, as [`Mixed::hash`].
///
/// # Safety
/// `p` points to a whole interface value, of which `code` says whether it has methods; `inner` as there.
#[inline(always)]
unsafe fn held_hash<H: Hasher + ?Sized>(
    h: &H,
    code: u16,
    p: *const u8,
    seed: usize,
    inner: impl Fn(*const Type, *const u8, usize) -> Option<usize>,
) -> Option<usize> {
    // SAFETY: a whole interface value (this function's contract): what it holds is of the type that it names, and of that type's size.
    unsafe {
        let value = p.cast::<Eface>();
        let Some(t) = held(code, value) else { return Some(seed) };
        if !(*t).is_comparable() {
            return None;
        }
        let data = &raw const (*value).data;
        let data = if (*t).is_direct_iface() { data.cast() } else { (*data).cast_const() };
        let seed = inner_seed(seed);
        if (*t).is_regular_memory() && (*t).size == 8 {
            return Some(h.word64(data, seed));
        }
        if (*t).kind() == kind::STRING {
            return Some(h.text(data.cast::<GoStr>().read(), seed));
        }
        inner(t, data, seed)
    }
}

/// Whether two interfaces are equal, as [`Mixed::equal`].
///
/// # Safety
/// `a` and `b` point to whole interface values, of which `code` says whether they have methods; `inner` as there.
#[inline(always)]
unsafe fn held_equal(
    by: Access<'_>,
    code: u16,
    a: *const u8,
    b: *const u8,
    inner: impl Fn(*const Type, *const u8, *const u8) -> Option<bool>,
) -> Option<bool> {
    // SAFETY: whole interface values (this function's contract): what they hold is of the type that they name, and of that type's size. Strings
    // are compared by bytes when they are known to be of equal length.
    unsafe {
        let (x, y) = (a.cast::<Eface>(), b.cast::<Eface>());
        if (*x).typ != (*y).typ {
            return Some(false);
        }
        let Some(t) = held(code, x) else { return Some(true) };
        if !(*t).is_comparable() {
            return None;
        }
        let (x, y) = ((*x).data, (*y).data);
        if (*t).is_direct_iface() {
            return Some(x == y);
        }
        if (*t).is_regular_memory() && (*t).size == 8 {
            return Some(equal_as::<u64>(by, x, y));
        }
        if (*t).kind() == kind::STRING {
            let (x, y) = (x.cast::<GoStr>().read(), y.cast::<GoStr>().read());
            return Some(x.len == y.len && (x.ptr == y.ptr || equal_short(by, x.ptr, y.ptr, x.len)));
        }
        inner(t, x, y)
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
const fn place(code: u16, at: usize) -> (usize, usize) {
    if is_narrow(code) {
        return (at, at + 4);
    }
    let here = at.next_multiple_of(8);
    (here, here + if code >= ANY { size_of::<Eface>() } else { 8 })
}

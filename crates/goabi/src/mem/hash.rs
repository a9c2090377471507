//! Hashes of values by type, consistent with equality.
//!
//! `+0` and `-0` hash alike; a NaN is equal to nothing and hashes at random, so that many of them do not crowd one
//! place of a map. Hashing an interface hashes the dynamic value and faults if that has no equality.
//!
//! The walk does not recurse: see [`super::worklist`]. What an interface adds to the hash of its value goes into the seed, so
//! that nothing is left to do when the value is hashed, and the last part of a value can be hashed in its place.

use super::worklist::{Full, WorkList};
use super::{Access, Mem};
use crate::types::{ArrayType, Eface, GoStr, Iface, InterfaceType, StructType, Type, kind};

/// Values of this type cannot be hashed. Go's text: `hash of unhashable type ` and the type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unhashable(pub *const Type);

/// Hash functions of plain memory. Each is a function of seed and bytes alone during one run of a program.
///
/// Called on the stack that [`hash_by_type`] runs on, within [`Mem::touch`]; must not allocate or lock.
pub trait Hasher {
    /// Hash of `n` bytes.
    ///
    /// # Safety
    /// `p` is readable for `n` bytes.
    unsafe fn bytes(&self, p: *const u8, seed: usize, n: usize) -> usize;

    /// Hash of four bytes; need not agree with [`Hasher::bytes`].
    ///
    /// # Safety
    /// `p` is readable for 4 bytes.
    unsafe fn word32(&self, p: *const u8, seed: usize) -> usize {
        // SAFETY: passed on.
        unsafe { self.bytes(p, seed, 4) }
    }

    /// Hash of eight bytes; need not agree with [`Hasher::bytes`].
    ///
    /// # Safety
    /// `p` is readable for 8 bytes.
    unsafe fn word64(&self, p: *const u8, seed: usize) -> usize {
        // SAFETY: passed on.
        unsafe { self.bytes(p, seed, 8) }
    }

    /// Hash of a string's bytes.
    ///
    /// # Safety
    /// `s` is a whole string.
    unsafe fn text(&self, s: GoStr, seed: usize) -> usize {
        // SAFETY: a string's bytes are readable.
        unsafe { self.bytes(s.ptr, seed, s.len) }
    }

    /// A number that is different each time.
    fn random(&self) -> usize;
}

/// How keys of a type are best hashed: decided once per map operation or map type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hashing {
    /// Not at all.
    Undefined,
    /// By [`Hasher::word32`].
    Word32,
    /// By [`Hasher::word64`].
    Word64,
    /// By [`Hasher::bytes`].
    Bytes(usize),
    /// By [`Hasher::text`].
    Text,
    /// By [`hash_by_type`].
    Walk,
}

impl Hashing {
    /// # Safety
    /// `t` is a descriptor.
    pub unsafe fn of(t: *const Type) -> Hashing {
        // SAFETY: `t` is a descriptor.
        let t = unsafe { &*t };
        if !t.is_comparable() {
            return Hashing::Undefined;
        }
        if t.is_regular_memory() {
            return match t.size {
                4 => Hashing::Word32,
                8 => Hashing::Word64,
                n => Hashing::Bytes(n),
            };
        }
        if t.kind() == kind::STRING {
            Hashing::Text
        } else {
            Hashing::Walk
        }
    }
}

// Odd numbers that spread the bits of what passes them; a zero and a NaN have only these.
const SPREAD: usize = 23_344_194_077_549_503;
const STIR: usize = 33_054_211_828_000_289;

#[inline]
fn float<H: Hasher + ?Sized>(
    h: &H,
    seed: usize,
    zero: bool,
    nan: bool,
    plain: impl FnOnce() -> usize,
) -> usize {
    if zero {
        SPREAD.wrapping_mul(STIR ^ seed)
    } else if nan {
        SPREAD.wrapping_mul(STIR ^ seed ^ h.random())
    } else {
        plain()
    }
}

/// Hash of a `float32`.
///
/// # Safety
/// `p` points to one.
#[inline]
pub unsafe fn f32_hash<H: Hasher + ?Sized>(h: &H, p: *const u8, seed: usize) -> usize {
    // SAFETY: passed on.
    unsafe {
        let f = p.cast::<f32>().read_unaligned();
        float(h, seed, f == 0.0, f.is_nan(), || h.bytes(p, seed, 4))
    }
}

/// Hash of a `float64`.
///
/// # Safety
/// `p` points to one.
#[inline]
pub unsafe fn f64_hash<H: Hasher + ?Sized>(h: &H, p: *const u8, seed: usize) -> usize {
    // SAFETY: passed on.
    unsafe {
        let f = p.cast::<f64>().read_unaligned();
        float(h, seed, f == 0.0, f.is_nan(), || h.bytes(p, seed, 8))
    }
}

/// Hash of a `complex64`.
///
/// # Safety
/// `p` points to one.
pub unsafe fn c64_hash<H: Hasher + ?Sized>(h: &H, p: *const u8, seed: usize) -> usize {
    // SAFETY: both halves are floats.
    unsafe { f32_hash(h, p.add(4), f32_hash(h, p, seed)) }
}

/// Hash of a `complex128`.
///
/// # Safety
/// `p` points to one.
pub unsafe fn c128_hash<H: Hasher + ?Sized>(h: &H, p: *const u8, seed: usize) -> usize {
    // SAFETY: both halves are floats.
    unsafe { f64_hash(h, p.add(8), f64_hash(h, p, seed)) }
}

/// The value that an interface holds, if it holds one: its type, and where it lies.
unsafe fn held(p: *const u8, with_methods: bool) -> Result<Option<(*const Type, *const u8)>, Unhashable> {
    // SAFETY: the caller's interface value; a table names the dynamic type, and the type describes the value.
    unsafe {
        let typ = if with_methods {
            let tab = (*p.cast::<Iface>()).tab;
            if tab.is_null() { core::ptr::null() } else { (*tab).typ }
        } else {
            (*p.cast::<Eface>()).typ
        };
        if typ.is_null() {
            return Ok(None);
        }
        // Asked here rather than further in, so that the fault names the whole type and not a part of it.
        if !(*typ).is_comparable() {
            return Err(Unhashable(typ));
        }
        let data = &raw const (*p.cast::<Eface>()).data;
        Ok(Some((typ, if (*typ).is_direct_iface() { data.cast() } else { (*data).cast_const() })))
    }
}

/// The seed for the value in an interface.
const fn inner_seed(seed: usize) -> usize {
    SPREAD.wrapping_mul(seed ^ STIR)
}

/// Hash of an interface value without methods (`nilinterhash`).
///
/// # Safety
/// `p` points to one. Not within [`Mem::touch`].
pub unsafe fn eface_hash<H: Hasher + ?Sized>(
    mem: &impl Mem,
    h: &H,
    p: *const u8,
    seed: usize,
) -> Result<usize, Unhashable> {
    // SAFETY: passed on.
    unsafe { held_hash(mem, h, mem.touch(|_| held(p, false))?, seed) }
}

/// Hash of an interface value with methods (`interhash`).
///
/// # Safety
/// `p` points to one. Not within [`Mem::touch`].
pub unsafe fn iface_hash<H: Hasher + ?Sized>(
    mem: &impl Mem,
    h: &H,
    p: *const u8,
    seed: usize,
) -> Result<usize, Unhashable> {
    // SAFETY: passed on.
    unsafe { held_hash(mem, h, mem.touch(|_| held(p, true))?, seed) }
}

unsafe fn held_hash<H: Hasher + ?Sized>(
    mem: &impl Mem,
    h: &H,
    value: Option<(*const Type, *const u8)>,
    seed: usize,
) -> Result<usize, Unhashable> {
    match value {
        None => Ok(seed),
        // SAFETY: the value of an interface is one of its dynamic type.
        Some((t, p)) => unsafe { hash_by_type(mem, h, t, p, inner_seed(seed)) },
    }
}

/// Hash of a value without parts; none if it has some.
#[inline(never)]
unsafe fn simple<H: Hasher + ?Sized>(
    h: &H,
    _: Access<'_>,
    t: *const Type,
    p: *const u8,
    seed: usize,
) -> Option<Result<usize, Unhashable>> {
    // SAFETY: `t` is a descriptor, and values have the layout that it states.
    unsafe {
        let ty = &*t;
        if ty.is_regular_memory() {
            return Some(Ok(match ty.size {
                4 => h.word32(p, seed),
                8 => h.word64(p, seed),
                n => h.bytes(p, seed, n),
            }));
        }
        Some(Ok(match ty.kind() {
            kind::STRING => h.text(*p.cast(), seed),
            kind::FLOAT32 => f32_hash(h, p, seed),
            kind::FLOAT64 => f64_hash(h, p, seed),
            kind::COMPLEX64 => c64_hash(h, p, seed),
            kind::COMPLEX128 => c128_hash(h, p, seed),
            kind::INTERFACE | kind::ARRAY | kind::STRUCT => return None,
            _ => return Some(Err(Unhashable(t))),
        }))
    }
}

/// A value: the next to be hashed, or what is left of it from element or field `at` on.
#[derive(Clone, Copy)]
struct Value {
    typ: *const Type,
    p: *const u8,
    at: usize,
}

/// Why a walk pauses or ends.
enum Stop {
    /// There is no hash.
    Undefined(Unhashable),
    /// The list of what is left must grow first.
    Full,
}

impl From<Full> for Stop {
    fn from(_: Full) -> Stop {
        Stop::Full
    }
}

impl From<Unhashable> for Stop {
    fn from(u: Unhashable) -> Stop {
        Stop::Undefined(u)
    }
}

/// A hash under way.
struct Walk {
    now: Value,
    /// The hash of what is done, and the seed for what comes next.
    hash: usize,
    left: WorkList<Value>,
}

impl Walk {
    /// Hashes until the end, or until room is needed: then it can be called again.
    ///
    /// # Safety
    /// The values are whole values of their types.
    unsafe fn run<H: Hasher + ?Sized>(&mut self, h: &H, by: Access<'_>) -> Result<(), Stop> {
        loop {
            // SAFETY: the caller's.
            let inner = unsafe { self.step(h, by)? };
            match inner.or_else(|| self.left.pop()) {
                Some(value) => self.now = value,
                None => return Ok(()),
            }
        }
    }

    /// Hashes what has no parts of the current value, up to and without its first part that has some, which is the answer;
    /// what follows that one is put on the list. When there is no room, the value goes on where it stopped.
    unsafe fn step<H: Hasher + ?Sized>(&mut self, h: &H, by: Access<'_>) -> Result<Option<Value>, Stop> {
        let Value { typ, p, .. } = self.now;
        // SAFETY: `typ` is a descriptor, and values have the layout that it states.
        unsafe {
            if let Some(hash) = simple(h, by, typ, p, self.hash) {
                self.hash = hash?;
                return Ok(None);
            }
            match (*typ).kind() {
                kind::INTERFACE => {
                    let methods = !InterfaceType::methods(typ.cast()).is_empty();
                    let Some((typ, p)) = held(p, methods)? else { return Ok(None) };
                    self.hash = inner_seed(self.hash);
                    Ok(Some(Value { typ, p, at: 0 }))
                }
                kind::ARRAY => {
                    let array = &*typ.cast::<ArrayType>();
                    let step = (*array.elem).size;
                    self.parts(h, by, array.len, |i| Some((array.elem, i * step)))
                }
                _ => {
                    let fields = StructType::fields(typ.cast());
                    self.parts(h, by, fields.len(), |i| {
                        let f = &fields[i];
                        (!f.name.is_blank()).then_some((f.typ, f.offset))
                    })
                }
            }
        }
    }

    /// [`Walk::step`] for a value of `n` parts, of which `part` gives type and offset, or nothing for one that does not count.
    #[inline]
    unsafe fn parts<H: Hasher + ?Sized>(
        &mut self,
        h: &H,
        by: Access<'_>,
        n: usize,
        part: impl Fn(usize) -> Option<(*const Type, usize)>,
    ) -> Result<Option<Value>, Stop> {
        while self.now.at < n {
            if let Some((typ, offset)) = part(self.now.at) {
                // SAFETY: the part lies within the value.
                let p = unsafe { self.now.p.add(offset) };
                // SAFETY: and is a whole value.
                match unsafe { simple(h, by, typ, p, self.hash) } {
                    Some(hash) => self.hash = hash?,
                    None => {
                        if self.now.at + 1 < n {
                            self.left.push(Value { at: self.now.at + 1, ..self.now })?;
                        }
                        return Ok(Some(Value { typ, p, at: 0 }));
                    }
                }
            }
            self.now.at += 1;
        }
        Ok(None)
    }
}

/// Hash of the value of type `t` at `p` (`typehash`). Takes a bounded amount of stack; memory in proportion to how deeply
/// interfaces in other than last parts nest.
///
/// # Safety
/// `t` is a descriptor; `p` points to a whole value of it. Not within [`Mem::touch`].
pub unsafe fn hash_by_type<H: Hasher + ?Sized>(
    mem: &impl Mem,
    h: &H,
    t: *const Type,
    p: *const u8,
    seed: usize,
) -> Result<usize, Unhashable> {
    // SAFETY: the caller's.
    if let Some(done) = mem.touch(|by| unsafe { simple(h, by, t, p, seed) }) {
        return done;
    }
    // SAFETY: as above.
    unsafe { hash_by_walk(mem, h, t, p, seed) }
}

#[inline(never)]
unsafe fn hash_by_walk<H: Hasher + ?Sized>(
    mem: &impl Mem,
    h: &H,
    t: *const Type,
    p: *const u8,
    seed: usize,
) -> Result<usize, Unhashable> {
    let mut walk = Walk { now: Value { typ: t, p, at: 0 }, hash: seed, left: WorkList::new() };
    loop {
        // SAFETY: the caller's value, and parts of it.
        match mem.touch(|by| unsafe { walk.run(h, by) }) {
            Ok(()) => return Ok(walk.hash),
            Err(Stop::Undefined(u)) => return Err(u),
            Err(Stop::Full) => walk.left.grow(mem),
        }
    }
}

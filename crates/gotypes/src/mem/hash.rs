//! Hashes of values by type, consistent with equality.
//!
//! `+0` and `-0` hash alike; a NaN is equal to nothing and hashes at random, so that many of them do not crowd one
//! place of a map. Hashing an interface hashes the dynamic value and faults if that has no equality.
//!
//! The walk does not recurse: see [`super::worklist`]. What an interface adds to the hash of its value goes into the seed, so
//! that nothing is left to do when the value is hashed, and the last part of a value can be hashed in its place.

use super::equal::count;
use super::raw::Access;
use super::seam::Mem;
use super::worklist::{Full, WorkList};
use crate::types::{ArrayType, Eface, GoStr, InterfaceType, Itab, StructType, Type, kind};

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
        // SAFETY: `p` is readable for 4 bytes (this function's contract).
        unsafe { self.bytes(p, seed, 4) }
    }

    /// Hash of eight bytes; need not agree with [`Hasher::bytes`].
    ///
    /// # Safety
    /// `p` is readable for 8 bytes.
    unsafe fn word64(&self, p: *const u8, seed: usize) -> usize {
        // SAFETY: `p` is readable for 8 bytes (this function's contract).
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

    /// Hash of two words that are a part of a value, for [`Hasher::text_after`].
    fn pair(&self, a: u64, b: u64, seed: usize) -> usize {
        let words = [a, b];
        // SAFETY: sixteen readable bytes.
        unsafe { self.bytes(words.as_ptr().cast(), seed, 16) }
    }

    /// Hash of a string's bytes and of what is before them, of which `before` is a hash; with 0 it must agree with [`Hasher::text`].
    ///
    /// # Safety
    /// `s` is a whole string.
    unsafe fn text_after(&self, s: GoStr, seed: usize, before: usize) -> usize {
        // SAFETY: `s` is a whole string (this function's contract).
        unsafe { self.text(s, seed ^ before) }
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
        if t.kind() == kind::STRING { Hashing::Text } else { Hashing::Walk }
    }
}

// Odd numbers that spread the bits of what passes them; a zero and a NaN have only these.
const SPREAD: usize = 23_344_194_077_549_503;
const STIR: usize = 33_054_211_828_000_289;

#[inline]
fn float<H: Hasher + ?Sized>(h: &H, seed: usize, zero: bool, nan: bool, plain: impl FnOnce() -> usize) -> usize {
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
    // SAFETY: `p` points to a whole `f32` (this function's contract); alignment is not asked for.
    unsafe {
        let f = p.cast::<f32>().read_unaligned();
        float(h, seed, f == 0.0, f.is_nan(), || h.word32(p, seed))
    }
}

/// Hash of a `float64`.
///
/// # Safety
/// `p` points to one.
#[inline]
pub unsafe fn f64_hash<H: Hasher + ?Sized>(h: &H, p: *const u8, seed: usize) -> usize {
    // SAFETY: `p` points to a whole `f64` (this function's contract); alignment is not asked for.
    unsafe {
        let f = p.cast::<f64>().read_unaligned();
        float(h, seed, f == 0.0, f.is_nan(), || h.word64(p, seed))
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

/// The seed for the value in an interface.
pub(super) const fn inner_seed(seed: usize) -> usize {
    SPREAD.wrapping_mul(seed ^ STIR)
}

/// Hash of an interface value without methods (`nilinterhash`).
///
/// # Errors
/// [`Unhashable`] with the dynamic type that has no equality, this one's or one within.
///
/// # Safety
/// `p` points to one. Not within [`Mem::touch`].
pub unsafe fn eface_hash<H: Hasher + ?Sized>(
    mem: &impl Mem,
    h: &H,
    p: *const u8,
    seed: usize,
) -> Result<usize, Unhashable> {
    // SAFETY: `p` points to an interface value without methods; no region is open (this function's contract).
    unsafe { interface_hash(mem, h, false, p, seed) }
}

/// Hash of an interface value with methods (`interhash`).
///
/// # Errors
/// [`Unhashable`] with the dynamic type that has no equality, this one's or one within.
///
/// # Safety
/// `p` points to one. Not within [`Mem::touch`].
pub unsafe fn iface_hash<H: Hasher + ?Sized>(
    mem: &impl Mem,
    h: &H,
    p: *const u8,
    seed: usize,
) -> Result<usize, Unhashable> {
    // SAFETY: `p` points to an interface value with methods; no region is open (this function's contract).
    unsafe { interface_hash(mem, h, true, p, seed) }
}

/// # Safety
/// `p` points to a whole interface value, which has a method table if `methods`. Not within [`Mem::touch`].
unsafe fn interface_hash<H: Hasher + ?Sized>(
    mem: &impl Mem,
    h: &H,
    methods: bool,
    p: *const u8,
    seed: usize,
) -> Result<usize, Unhashable> {
    // SAFETY: `p` points to a whole interface value of that kind (this function's contract), which is read within `touch`.
    match mem.touch(|_| unsafe { held(p, methods) })? {
        None => Ok(seed),
        // SAFETY: the value of an interface is one of its dynamic type.
        Some((t, p)) => unsafe { hash_by_type(mem, h, t, p, inner_seed(seed)) },
    }
}

/// The value that an interface holds, if it holds one: its type, and where it lies.
///
/// # Safety
/// `p` points to a whole interface value, which has a method table if `methods`.
#[inline(always)]
unsafe fn held(p: *const u8, methods: bool) -> Result<Option<(*const Type, *const u8)>, Unhashable> {
    // SAFETY: `p` points to a whole interface value of that kind (this function's contract); a table names the dynamic
    // type, and the type describes the value.
    unsafe {
        let value = p.cast::<Eface>();
        let mut typ = (*value).typ;
        if typ.is_null() {
            return Ok(None);
        }
        if methods {
            typ = (*typ.cast::<Itab>()).typ;
        }
        // Asked here rather than further in, so that the fault names the whole type and not a part of it.
        if !(*typ).is_comparable() {
            return Err(Unhashable(typ));
        }
        let data = &raw const (*value).data;
        Ok(Some((typ, if (*typ).is_direct_iface() { data.cast() } else { (*data).cast_const() })))
    }
}

/// A value: the next to be hashed, or what is left of it from element or field `at` on.
#[derive(Clone, Copy)]
struct Value {
    typ: *const Type,
    p: *const u8,
    at: usize,
}

/// What hashing comes to. One word of payload at most: it is answered in registers.
enum Found {
    /// The hash.
    Hash(usize),
    /// There is none.
    Undefined(Unhashable),
    /// The value has parts, which are to be hashed with this seed: what it is, is where the caller wanted it.
    Parts(usize),
}

/// Hashes a value as far as that goes without a list: one without parts, or in interfaces, one without parts that they hold. Else the
/// value with parts, of an array or struct type, is put into `parts`.
///
/// # Safety
/// `t` is a descriptor; `p` is a whole value of it.
#[inline(always)]
unsafe fn whole<H: Hasher + ?Sized>(
    h: &H,
    _: Access<'_>,
    t: *const Type,
    p: *const u8,
    seed: usize,
    parts: &mut Value,
) -> Found {
    let (mut t, mut p, mut seed) = (t, p, seed);
    loop {
        // SAFETY: `t` is a descriptor, and values have the layout that it states.
        unsafe {
            let ty = &*t;
            return Found::Hash(if ty.is_regular_memory() {
                match ty.size {
                    4 => h.word32(p, seed),
                    8 => h.word64(p, seed),
                    n => h.bytes(p, seed, n),
                }
            } else {
                match ty.kind() {
                    kind::STRING => h.text(*p.cast(), seed),
                    kind::INTERFACE => match held(p, !InterfaceType::methods(t.cast()).is_empty()) {
                        Ok(Some(value)) => {
                            (t, p) = value;
                            seed = inner_seed(seed);
                            continue;
                        }
                        Ok(None) => seed,
                        Err(u) => return Found::Undefined(u),
                    },
                    kind::FLOAT32 => f32_hash(h, p, seed),
                    kind::FLOAT64 => f64_hash(h, p, seed),
                    kind::COMPLEX64 => c64_hash(h, p, seed),
                    kind::COMPLEX128 => c128_hash(h, p, seed),
                    kind::ARRAY | kind::STRUCT => {
                        *parts = Value { typ: t, p, at: 0 };
                        return Found::Parts(seed);
                    }
                    _ => return Found::Undefined(Unhashable(t)),
                }
            });
        }
    }
}

/// Hashes the parts of a value of an array or struct type from number `at` on, as far as that goes without a list. `hash` is that of what
/// comes before, and in the end of all: the answer. Where a part has parts itself, or an interface holds a value that has, `at` is its number,
/// and these are put into `inner`.
///
/// Most keys of maps are of types whose parts have none: here and in [`whole`] all of it is done.
///
/// # Safety
/// `t` is the descriptor of such a type; `p` is a whole value of it.
#[inline(always)]
unsafe fn flat<H: Hasher + ?Sized>(
    h: &H,
    by: Access<'_>,
    t: *const Type,
    p: *const u8,
    at: &mut usize,
    hash: &mut usize,
    inner: &mut Value,
) -> Found {
    // SAFETY: elements and fields are whole values, where the descriptor says.
    unsafe {
        if (*t).kind() == kind::ARRAY {
            let array = &*t.cast::<ArrayType>();
            let size = (*array.elem).size;
            if (*array.elem).kind() == kind::STRING {
                for i in *at..array.len {
                    *hash = h.text(*p.cast::<GoStr>().add(i), *hash);
                }
                return Found::Hash(*hash);
            }
            while *at < array.len {
                match whole(h, by, array.elem, p.add(*at * size), *hash, inner) {
                    Found::Hash(next) => *hash = next,
                    other => return other,
                }
                *at += 1;
            }
            return Found::Hash(*hash);
        }
        let fields = StructType::fields(t.cast());
        while let Some(f) = fields.get(*at) {
            if !f.name.is_blank() {
                match whole(h, by, f.typ, p.add(f.offset), *hash, inner) {
                    Found::Hash(next) => *hash = next,
                    other => return other,
                }
            }
            *at += 1;
        }
        Found::Hash(*hash)
    }
}

/// A hash under way.
struct Walk {
    /// Where it begins, or goes on when there is room: a value of an array or struct type.
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
    unsafe fn run<H: Hasher + ?Sized>(&mut self, h: &H, by: Access<'_>) -> Result<Result<usize, Unhashable>, Full> {
        // The value lives in registers: what is stored in parts and loaded as a whole right after makes the processor wait.
        let (mut now, mut hash) = (self.now, self.hash);
        loop {
            // SAFETY: `now` is a whole value of its type (this function's contract; what `parts` answers or leaves on the
            // list are parts of such), an array or a struct, as only these have parts.
            let next = match unsafe { self.parts(h, by, now, &mut hash)? } {
                Ok(None) => self.left.pop(),
                Ok(inner) => inner,
                Err(u) => return Ok(Err(u)),
            };
            match next {
                Some(value) => now = value,
                None => return Ok(Ok(hash)),
            }
        }
    }

    /// Hashes the parts of a value, up to the first that has parts itself, which is the answer; what follows it is on the list. When there
    /// is no room, the walk is to go on at that part.
    ///
    /// # Safety
    /// `now` is a whole value of an array or struct type.
    #[inline(always)]
    unsafe fn parts<H: Hasher + ?Sized>(
        &mut self,
        h: &H,
        by: Access<'_>,
        now: Value,
        hash: &mut usize,
    ) -> Result<Result<Option<Value>, Unhashable>, Full> {
        let (mut inner, mut at) = (now, now.at);
        // SAFETY: `now` is a whole value of an array or struct type (this function's contract).
        match unsafe { flat(h, by, now.typ, now.p, &mut at, hash, &mut inner) } {
            Found::Hash(_) => Ok(Ok(None)),
            Found::Parts(seed) => {
                // SAFETY: its type is an array or a struct.
                let n = unsafe { count(now.typ) };
                if at + 1 < n && self.left.push(Value { at: at + 1, ..now }).is_err() {
                    (self.now, self.hash) = (Value { at, ..now }, *hash);
                    return Err(Full);
                }
                *hash = seed;
                Ok(Ok(Some(inner)))
            }
            Found::Undefined(u) => Ok(Err(u)),
        }
    }
}

/// Hash of the value of type `t` at `p` (`typehash`). Takes a bounded amount of stack; memory in proportion to how deeply
/// interfaces in other than last parts nest.
///
/// # Errors
/// [`Unhashable`] with `t`, or with a dynamic type within, that has no equality.
///
/// # Safety
/// `t` is a descriptor; `p` points to a whole value of it. Not within [`Mem::touch`].
#[inline(never)]
pub unsafe fn hash_by_type<H: Hasher + ?Sized>(
    mem: &impl Mem,
    h: &H,
    t: *const Type,
    p: *const u8,
    seed: usize,
) -> Result<usize, Unhashable> {
    // SAFETY: `t` is a descriptor, `p` points to a whole value of it, and no region is open (this function's contract). What
    // `whole` puts into `parts` is a value of an array or struct type: this one, or what an interface in its place holds.
    unsafe {
        let mut parts = Value { typ: t, p, at: 0 };
        match mem.touch(|by| whole(h, by, t, p, seed, &mut parts)) {
            Found::Hash(hash) => Ok(hash),
            Found::Undefined(u) => Err(u),
            Found::Parts(seed) => hash_parts(mem, h, parts.typ, parts.p, seed),
        }
    }
}

/// [`hash_by_type`] as far as that goes in place: for a leaf, which has no list and raises nothing. None if the value, or what an interface
/// in it holds, has parts within parts or no hash: then [`hash_by_type`] has the answer.
///
/// # Safety
/// `t` is a descriptor; `p` points to a whole value of it. Faults there are the goroutine's.
#[inline(always)]
pub unsafe fn hash_in_place<H: Hasher + ?Sized>(
    h: &H,
    by: Access<'_>,
    t: *const Type,
    p: *const u8,
    seed: usize,
) -> Option<usize> {
    let (mut at, mut hash) = (0, seed);
    let mut inner = Value { typ: t, p, at };
    // SAFETY: `t` is a descriptor, and `p` points to a whole value of it (this function's contract); its kind is asked for first.
    let found = unsafe {
        if matches!((*t).kind(), kind::ARRAY | kind::STRUCT) && !(*t).is_regular_memory() {
            flat(h, by, t, p, &mut at, &mut hash, &mut inner)
        } else {
            whole(h, by, t, p, seed, &mut inner)
        }
    };
    if let Found::Hash(hash) = found { Some(hash) } else { None }
}

/// [`hash_by_type`] for a type of which is known that its values have parts: an array or a struct that is not plain memory.
///
/// # Errors
/// [`Unhashable`] with `t`, or with a dynamic type within, that has no equality.
///
/// # Safety
/// `t` is the descriptor of an array or struct type; `p` points to a whole value of it. Not within [`Mem::touch`].
#[inline(never)]
pub unsafe fn hash_parts<H: Hasher + ?Sized>(
    mem: &impl Mem,
    h: &H,
    t: *const Type,
    p: *const u8,
    seed: usize,
) -> Result<usize, Unhashable> {
    let (mut at, mut hash) = (0, seed);
    let mut inner = Value { typ: t, p, at };
    // SAFETY: `t` is the descriptor of an array or struct type, and `p` points to a whole value of it (this function's contract).
    match mem.touch(|by| unsafe { flat(h, by, t, p, &mut at, &mut hash, &mut inner) }) {
        Found::Hash(hash) => Ok(hash),
        Found::Undefined(u) => Err(u),
        // SAFETY: the same value, of which `at` is left; no region is open any more.
        Found::Parts(_) => unsafe { hash_nested(mem, h, Value { typ: t, p, at }, hash) },
    }
}

/// What is left of a hash of a value whose parts have parts themselves: the walk with a list.
///
/// # Safety
/// `now` is a whole value of an array or struct type. Not within [`Mem::touch`].
#[inline(never)]
unsafe fn hash_nested<H: Hasher + ?Sized>(mem: &impl Mem, h: &H, now: Value, hash: usize) -> Result<usize, Unhashable> {
    let mut walk = Walk { now, hash, left: WorkList::new() };
    loop {
        // SAFETY: the walk began at a whole value (this function's contract); what it goes on with are parts of it.
        match mem.touch(|by| unsafe { walk.run(h, by) }) {
            Err(Full) => walk.left.grow(mem),
            Ok(done) => return done,
        }
    }
}

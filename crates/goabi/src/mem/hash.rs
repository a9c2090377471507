//! Hashes of values by type, consistent with equality.
//!
//! `+0` and `-0` hash alike; a NaN is equal to nothing and hashes at random, so that many of them do not crowd one
//! place of a map. Hashing an interface hashes the dynamic value and faults if that has no equality.

use crate::iface::Itab;
use crate::types::{ArrayType, Eface, GoStr, Iface, InterfaceType, StructType, Type, kind};

/// Values of this type cannot be hashed. Go's text: `hash of unhashable type ` and the type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unhashable(pub *const Type);

/// Hash functions of plain memory. Each is a function of seed and bytes alone during one run of a program.
///
/// Called on the stack that [`hash_by_type`] runs on; must not allocate.
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

unsafe fn dynamic_hash<H: Hasher + ?Sized>(
    h: &H,
    v: &Eface,
    seed: usize,
) -> Result<usize, Unhashable> {
    if v.typ.is_null() {
        return Ok(seed);
    }
    // SAFETY: the type of a non-nil interface describes its value.
    unsafe {
        // Asked here rather than further in, so that the fault names the whole type and not a part of it.
        if !(*v.typ).is_comparable() {
            return Err(Unhashable(v.typ));
        }
        Ok(SPREAD.wrapping_mul(hash_by_type(h, v.typ, v.value_ptr(), seed ^ STIR)?))
    }
}

/// Hash of an interface value without methods (`nilinterhash`).
///
/// # Safety
/// `p` points to one.
pub unsafe fn eface_hash<H: Hasher + ?Sized>(
    h: &H,
    p: *const u8,
    seed: usize,
) -> Result<usize, Unhashable> {
    // SAFETY: passed on.
    unsafe { dynamic_hash(h, &*p.cast(), seed) }
}

/// Hash of an interface value with methods (`interhash`).
///
/// # Safety
/// `p` points to one.
pub unsafe fn iface_hash<H: Hasher + ?Sized>(
    h: &H,
    p: *const u8,
    seed: usize,
) -> Result<usize, Unhashable> {
    // SAFETY: a table names the dynamic type.
    unsafe {
        let v: Iface = *p.cast();
        let tab: *const Itab = v.tab;
        let typ = if tab.is_null() {
            core::ptr::null()
        } else {
            (*tab).typ
        };
        dynamic_hash(h, &Eface { typ, data: v.data }, seed)
    }
}

/// Hash of the value of type `t` at `p` (`typehash`).
///
/// # Safety
/// `t` is a descriptor; `p` points to a whole value of it.
pub unsafe fn hash_by_type<H: Hasher + ?Sized>(
    h: &H,
    t: *const Type,
    p: *const u8,
    seed: usize,
) -> Result<usize, Unhashable> {
    // SAFETY: `t` is a descriptor, and values have the layout that it states.
    unsafe {
        let ty = &*t;
        if ty.is_regular_memory() {
            return Ok(match ty.size {
                4 => h.word32(p, seed),
                8 => h.word64(p, seed),
                n => h.bytes(p, seed, n),
            });
        }
        match ty.kind() {
            kind::STRING => Ok(h.text(*p.cast(), seed)),
            kind::INTERFACE => {
                if InterfaceType::methods(t.cast()).is_empty() {
                    eface_hash(h, p, seed)
                } else {
                    iface_hash(h, p, seed)
                }
            }
            kind::FLOAT32 => Ok(f32_hash(h, p, seed)),
            kind::FLOAT64 => Ok(f64_hash(h, p, seed)),
            kind::COMPLEX64 => Ok(c64_hash(h, p, seed)),
            kind::COMPLEX128 => Ok(c128_hash(h, p, seed)),
            kind::ARRAY => {
                let at = &*t.cast::<ArrayType>();
                let step = (*at.elem).size;
                let mut acc = seed;
                for i in 0..at.len {
                    acc = hash_by_type(h, at.elem, p.add(i * step), acc)?;
                }
                Ok(acc)
            }
            kind::STRUCT => {
                let mut acc = seed;
                for f in StructType::fields(t.cast()) {
                    if !f.name.is_blank() {
                        acc = hash_by_type(h, f.typ, p.add(f.offset), acc)?;
                    }
                }
                Ok(acc)
            }
            _ => Err(Unhashable(t)),
        }
    }
}

//! Equality of values by type, as `==` defines it, by walking the type.
//!
//! Compiled code has generated functions for this; walking the type instead needs no call into Go, so it can run on
//! any stack. The order of comparison is that of compiled code where it can be seen: an interface that holds something
//! uncomparable raises a fault only if everything before it was equal.

use super::raw::{equal, equal_as};
use crate::iface::Itab;
use crate::types::{ArrayType, Eface, GoStr, Iface, InterfaceType, StructField, StructType, Type, kind};

/// Values of this type cannot be compared. Go's text: `comparing uncomparable type ` and the type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uncomparable(pub *const Type);

/// How values of a type are best compared: decided once, for map and channel code that compares often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Equality {
    /// Not at all.
    Undefined,
    /// As so many bytes.
    Bytes(usize),
    /// As strings.
    Text,
    /// By [`equal_by_type`].
    Walk,
}

impl Equality {
    /// # Safety
    /// `t` is a descriptor.
    pub unsafe fn of(t: *const Type) -> Equality {
        // SAFETY: `t` is a descriptor.
        let t = unsafe { &*t };
        if !t.is_comparable() {
            Equality::Undefined
        } else if t.is_regular_memory() {
            Equality::Bytes(t.size)
        } else if t.kind() == kind::STRING {
            Equality::Text
        } else {
            Equality::Walk
        }
    }
}

/// Whether two strings have the same bytes.
///
/// # Safety
/// Both are whole strings.
#[inline]
pub unsafe fn str_equal(a: GoStr, b: GoStr) -> bool {
    // SAFETY: the bytes of whole strings are readable.
    a.len == b.len && unsafe { equal(a.ptr, b.ptr, a.len) }
}

/// Whether the values at `a` and `b`, both of type `t`, are equal.
///
/// A fault names the dynamic type that an interface within held, or `t` itself if it has no equality.
///
/// # Safety
/// `t` is a descriptor; `a` and `b` point to whole values of it.
pub unsafe fn equal_by_type(
    t: *const Type,
    a: *const u8,
    b: *const u8,
) -> Result<bool, Uncomparable> {
    // SAFETY: `t` is a descriptor, and values have the layout that it states.
    unsafe {
        let ty = &*t;
        if ty.is_regular_memory() {
            return Ok(match ty.size {
                8 => equal_as::<u64>(a, b),
                4 => equal_as::<u32>(a, b),
                n => equal(a, b, n),
            });
        }
        match ty.kind() {
            kind::STRING => Ok(str_equal(*a.cast(), *b.cast())),
            kind::INTERFACE => {
                if InterfaceType::methods(t.cast()).is_empty() {
                    nil_interface_values_equal(&*a.cast(), &*b.cast())
                } else {
                    interface_values_equal(&*a.cast(), &*b.cast())
                }
            }
            kind::FLOAT64 => Ok(equal_as::<f64>(a, b)),
            kind::FLOAT32 => Ok(equal_as::<f32>(a, b)),
            kind::COMPLEX64 => Ok(equal_as::<f32>(a, b) && equal_as::<f32>(a.add(4), b.add(4))),
            kind::COMPLEX128 => Ok(equal_as::<f64>(a, b) && equal_as::<f64>(a.add(8), b.add(8))),
            kind::ARRAY => {
                let at = &*t.cast::<ArrayType>();
                let step = (*at.elem).size;
                for i in 0..at.len {
                    if !equal_by_type(at.elem, a.add(i * step), b.add(i * step))? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            kind::STRUCT => {
                structs_equal(StructType::fields(t.cast()), a, b)
            }
            kind::FUNC | kind::MAP | kind::SLICE | kind::INVALID => Err(Uncomparable(t)),
            // Numbers, pointers and channels, should the compiler not have marked them as plain memory.
            _ => Ok(equal(a, b, ty.size)),
        }
    }
}

/// Whether two structs are equal. As in compiled code, the bytes of strings are looked at only if everything else is equal
/// as far as the next field that may hold an interface: strings of different lengths need not be readable.
///
/// # Safety
/// `fields` are those of a descriptor; `a` and `b` point to whole values of it.
unsafe fn structs_equal(
    fields: &[StructField],
    a: *const u8,
    b: *const u8,
) -> Result<bool, Uncomparable> {
    let mut rest = fields;
    // SAFETY: fields are where the descriptor says.
    unsafe {
        while !rest.is_empty() {
            // Strings' lengths and plain fields, as far as they go.
            let mut n = 0;
            for f in rest {
                let (a, b) = (a.add(f.offset), b.add(f.offset));
                match (*f.typ).kind() {
                    _ if f.name.is_blank() => {}
                    kind::STRING => {
                        if (*a.cast::<GoStr>()).len != (*b.cast::<GoStr>()).len {
                            return Ok(false);
                        }
                    }
                    kind::INTERFACE | kind::ARRAY | kind::STRUCT
                        if !(*f.typ).is_regular_memory() =>
                    {
                        break;
                    }
                    _ => {
                        if !equal_by_type(f.typ, a, b)? {
                            return Ok(false);
                        }
                    }
                }
                n += 1;
            }
            // The strings among them, and the field that follows.
            for (i, f) in rest.iter().enumerate().take(n + 1) {
                if (i == n || (*f.typ).kind() == kind::STRING)
                    && !f.name.is_blank()
                    && !equal_by_type(f.typ, a.add(f.offset), b.add(f.offset))?
                {
                    return Ok(false);
                }
            }
            rest = rest.get(n + 1..).unwrap_or_default();
        }
    }
    Ok(true)
}

/// Whether two interface values are equal, of which is known that both have the dynamic type `t` (null: both are nil).
///
/// # Safety
/// `t` is null or a descriptor; `x` and `y` are data words of interfaces with that type.
#[inline]
pub unsafe fn eface_equal(
    t: *const Type,
    x: *const u8,
    y: *const u8,
) -> Result<bool, Uncomparable> {
    if t.is_null() {
        return Ok(true);
    }
    // SAFETY: `t` is a descriptor, and what is not direct lies behind the data words.
    unsafe {
        if !(*t).is_comparable() {
            return Err(Uncomparable(t));
        }
        if (*t).is_direct_iface() {
            return Ok(x == y);
        }
        equal_by_type(t, x, y)
    }
}

/// Like [`eface_equal`], for interfaces with methods that have the same table.
///
/// # Safety
/// `tab` is null or a method table; `x` and `y` are data words of interfaces with it.
#[inline]
pub unsafe fn iface_equal(
    tab: *const Itab,
    x: *const u8,
    y: *const u8,
) -> Result<bool, Uncomparable> {
    if tab.is_null() {
        return Ok(true);
    }
    // SAFETY: passed on.
    unsafe { eface_equal((*tab).typ, x, y) }
}

/// `a == b` for interface values without methods (`nilinterequal`).
///
/// # Safety
/// Both are whole values.
#[inline]
pub unsafe fn nil_interface_values_equal(a: &Eface, b: &Eface) -> Result<bool, Uncomparable> {
    if a.typ != b.typ {
        return Ok(false);
    }
    // SAFETY: the types are the same.
    unsafe { eface_equal(a.typ, a.data, b.data) }
}

/// `a == b` for interface values with methods (`interequal`).
///
/// # Safety
/// Both are whole values of the same interface type.
#[inline]
pub unsafe fn interface_values_equal(a: &Iface, b: &Iface) -> Result<bool, Uncomparable> {
    if a.tab != b.tab {
        return Ok(false);
    }
    // SAFETY: the tables are the same.
    unsafe { iface_equal(a.tab, a.data, b.data) }
}

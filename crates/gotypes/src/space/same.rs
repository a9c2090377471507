//! Structural identity of types, for descriptors of the same type from different modules.
//!
//! Within one module a type has one descriptor, and comparing addresses is enough.

use super::spelling::type_string;
use super::types::TypeSpace;
use crate::types::desc::{ArrayType, ChanType, FuncType, InterfaceType, MapType, StructType, Type, kind};
use crate::types::values::GoStr;

/// The pairs that are being compared further out. A pair that turns up again is taken to be equal, which is what
/// makes recursive types end.
struct Pending<'a> {
    a: *const Type,
    b: *const Type,
    outer: Option<&'a Pending<'a>>,
}

/// # Safety
/// Both are texts of a descriptor or its names, which are constant.
unsafe fn same_text(a: GoStr, b: GoStr) -> bool {
    // SAFETY: names of descriptors, constant.
    unsafe { a.as_bytes() == b.as_bytes() }
}

/// Whether two descriptors describe the same type. Uses stack in proportion to the nesting of the types.
///
/// # Safety
/// Both are descriptors known to `space`.
pub unsafe fn identical(space: &TypeSpace, a: *const Type, b: *const Type) -> bool {
    // SAFETY: both are descriptors known to `space` (this function's contract).
    unsafe { identical_under(space, a, b, None) }
}

/// # Safety
/// Both are null or descriptors known to `space`.
unsafe fn identical_under(space: &TypeSpace, a: *const Type, b: *const Type, outer: Option<&Pending<'_>>) -> bool {
    if a == b {
        return true;
    }
    if a.is_null() || b.is_null() {
        return false;
    }
    let mut p = outer;
    while let Some(q) = p {
        if q.a == a && q.b == b {
            return true;
        }
        p = q.outer;
    }
    let here = Pending { a, b, outer };
    // SAFETY: both are descriptors of the kind they state, and so are those they refer to.
    unsafe {
        let same = |x, y| identical_under(space, x, y, Some(&here));
        let k = (*a).kind();
        if k != (*b).kind() || !same_text(type_string(space, a), type_string(space, b)) {
            return false;
        }
        match (Type::uncommon(a), Type::uncommon(b)) {
            (None, None) => {}
            (Some(u), Some(v)) => {
                let (pu, pv) = (space.name_text(a.cast(), u.pkg_path), space.name_text(b.cast(), v.pkg_path));
                if !same_text(pu, pv) {
                    return false;
                }
            }
            _ => return false,
        }
        match k {
            kind::BOOL..=kind::COMPLEX128 | kind::STRING | kind::UNSAFE_POINTER => true,
            kind::ARRAY => {
                let (x, y) = (&*a.cast::<ArrayType>(), &*b.cast::<ArrayType>());
                x.len == y.len && same(x.elem, y.elem)
            }
            kind::CHAN => {
                let (x, y) = (&*a.cast::<ChanType>(), &*b.cast::<ChanType>());
                x.dir == y.dir && same(x.elem, y.elem)
            }
            kind::MAP => {
                let (x, y) = (&*a.cast::<MapType>(), &*b.cast::<MapType>());
                same(x.key, y.key) && same(x.elem, y.elem)
            }
            kind::POINTER | kind::SLICE => same(Type::elem(a), Type::elem(b)),
            kind::FUNC => {
                let (x, y) = (a.cast::<FuncType>(), b.cast::<FuncType>());
                if (*x).in_count != (*y).in_count || (*x).out_count != (*y).out_count {
                    return false;
                }
                let ((x, _), (y, _)) = (FuncType::signature(x), FuncType::signature(y));
                x.iter().zip(y).all(|(&x, &y)| same(x, y))
            }
            kind::INTERFACE => same_interfaces(space, a.cast(), b.cast(), &same),
            kind::STRUCT => same_structs(a.cast(), b.cast(), &same),
            _ => false,
        }
    }
}

/// # Safety
/// Both are interface descriptors known to `space`.
unsafe fn same_interfaces(
    space: &TypeSpace,
    a: *const InterfaceType,
    b: *const InterfaceType,
    same: &dyn Fn(*const Type, *const Type) -> bool,
) -> bool {
    // SAFETY: both are interface descriptors known to `space`.
    unsafe {
        if !same_text((*a).pkg_path.text(), (*b).pkg_path.text()) {
            return false;
        }
        let (ma, mb) = (InterfaceType::methods(a), InterfaceType::methods(b));
        ma.len() == mb.len()
            && ma.iter().zip(mb).all(|(x, y)| {
                // A method list may lie in another module than the descriptor.
                let (bx, by) = (core::ptr::from_ref(x).cast(), core::ptr::from_ref(y).cast());
                let (Some(nx), Some(ny)) = (space.name(bx, x.name), space.name(by, y.name)) else {
                    return false;
                };
                let (Some(tx), Some(ty)) = (space.typ(bx, x.typ), space.typ(by, y.typ)) else {
                    return false;
                };
                same_text(nx.text(), ny.text()) && same_text(space.pkg_path_of(nx), space.pkg_path_of(ny)) && same(tx, ty)
            })
    }
}

/// # Safety
/// Both are struct descriptors known to `space`.
unsafe fn same_structs(
    a: *const StructType,
    b: *const StructType,
    same: &dyn Fn(*const Type, *const Type) -> bool,
) -> bool {
    // SAFETY: both are struct descriptors.
    unsafe {
        let (fa, fb) = (StructType::fields(a), StructType::fields(b));
        fa.len() == fb.len()
            && same_text((*a).pkg_path.text(), (*b).pkg_path.text())
            && fa.iter().zip(fb).all(|(x, y)| {
                x.offset == y.offset
                    && same_text(x.name.text(), y.name.text())
                    && same_text(x.name.tag(), y.name.tag())
                    && x.name.is_embedded() == y.name.is_embedded()
                    && same(x.typ, y.typ)
            })
    }
}

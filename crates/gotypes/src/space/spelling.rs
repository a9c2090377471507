//! How a type is printed, what it is called within its package, and which package that is.

use super::types::TypeSpace;
use crate::types::desc::{InterfaceType, StructType, Type, kind, tflag};
use crate::types::values::GoStr;

/// The type as Go prints it: `main.T`, `map[string]int`.
///
/// # Safety
/// `t` is a descriptor known to `space`.
pub unsafe fn type_string(space: &TypeSpace, t: *const Type) -> GoStr {
    // SAFETY: `t` is a descriptor.
    unsafe {
        let s = space.name_text(t.cast(), (*t).str);
        if (*t).tflag & tflag::EXTRA_STAR != 0 && s.len > 0 {
            return GoStr { ptr: s.ptr.add(1), len: s.len - 1 };
        }
        s
    }
}

/// The type's own name without its package; empty for types that have none.
///
/// # Safety
/// `t` is a descriptor known to `space`.
pub unsafe fn type_name(space: &TypeSpace, t: *const Type) -> GoStr {
    // SAFETY: `t` is a descriptor; the result is the tail of its string.
    unsafe {
        if !(*t).is_named() {
            return GoStr::EMPTY;
        }
        let s = type_string(space, t);
        let mut depth = 0usize;
        let mut start = 0;
        // The last dot that is not within the brackets of type arguments.
        for (i, b) in s.as_bytes().iter().enumerate().rev() {
            match b {
                b']' => depth += 1,
                b'[' => depth = depth.wrapping_sub(1),
                b'.' if depth == 0 => {
                    start = i + 1;
                    break;
                }
                _ => {}
            }
        }
        GoStr { ptr: s.ptr.add(start), len: s.len - start }
    }
}

/// The package that the type is of, also for struct and interface types without a name.
///
/// # Safety
/// `t` is a descriptor known to `space`.
pub unsafe fn pkg_path(space: &TypeSpace, t: *const Type) -> GoStr {
    // SAFETY: `t` is a descriptor of the kind it states.
    unsafe {
        if let Some(u) = Type::uncommon(t) {
            return space.name_text(t.cast(), u.pkg_path);
        }
        match (*t).kind() {
            kind::STRUCT => (*t.cast::<StructType>()).pkg_path.text(),
            kind::INTERFACE => (*t.cast::<InterfaceType>()).pkg_path.text(),
            _ => GoStr::EMPTY,
        }
    }
}

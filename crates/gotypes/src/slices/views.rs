//! The checks of `unsafe.Slice` and `unsafe.String`.

use crate::text::fault::{Fault, msg};
use crate::types::Type;

/// Whether `unsafe.Slice(ptr, len)` may be (`unsafeslice`, `unsafeslice64`).
///
/// # Errors
/// The fault of a length that is negative or too large, or that is not 0 at a nil pointer.
///
/// # Safety
/// `et` is a descriptor.
pub unsafe fn check_unsafe_slice(et: *const Type, ptr: *const u8, len: i64) -> Result<(), Fault> {
    if len < 0 {
        return Err(Fault::Error(msg::UNSAFE_SLICE_LEN));
    }
    // SAFETY: `et` is a descriptor.
    let size = unsafe { (*et).size };
    if size == 0 && ptr.is_null() && len > 0 {
        return Err(Fault::Error(msg::UNSAFE_SLICE_NIL));
    }
    match size.checked_mul(len as usize) {
        // The array must end before the address space does; behind nil there is no room at all.
        Some(bytes) if bytes <= (ptr as usize).wrapping_neg() => Ok(()),
        _ if ptr.is_null() => Err(Fault::Error(msg::UNSAFE_SLICE_NIL)),
        _ => Err(Fault::Error(msg::UNSAFE_SLICE_LEN)),
    }
}

/// Whether `unsafe.String(ptr, len)` may be (`unsafestring`, `unsafestring64`).
///
/// # Errors
/// The fault of a length that is negative or too large, or that is not 0 at a nil pointer.
pub fn check_unsafe_string(ptr: *const u8, len: i64) -> Result<(), Fault> {
    if len < 0 {
        return Err(Fault::Error(msg::UNSAFE_STRING_LEN));
    }
    if len as usize <= (ptr as usize).wrapping_neg() {
        Ok(())
    } else if ptr.is_null() {
        Err(Fault::Error(msg::UNSAFE_STRING_NIL))
    } else {
        Err(Fault::Error(msg::UNSAFE_STRING_LEN))
    }
}

//! The headers of interface values, in both forms.

use super::desc::Type;
use super::itab::Itab;

/// A value of an interface type without methods.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Eface {
    /// Dynamic type, null for `nil`.
    pub typ: *const Type,
    /// The value, or a pointer to it.
    pub data: *mut u8,
}

impl Eface {
    /// `nil`
    pub const NIL: Eface = Eface { typ: core::ptr::null(), data: core::ptr::null_mut() };

    /// Where the value lies: behind the data word, or in it.
    ///
    /// # Safety
    /// Not `nil`; `self` must outlive the use of the result.
    #[inline]
    pub unsafe fn value_ptr(&self) -> *const u8 {
        // SAFETY: the type of a non-nil interface is a descriptor.
        if unsafe { (*self.typ).is_direct_iface() } { (&raw const self.data).cast() } else { self.data }
    }
}

/// A value of an interface type with methods.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Iface {
    /// Method table, null for `nil`.
    pub tab: *const Itab,
    /// The value, or a pointer to it.
    pub data: *mut u8,
}

impl Iface {
    /// `nil`
    pub const NIL: Iface = Iface { tab: core::ptr::null(), data: core::ptr::null_mut() };
}

const _: () = {
    use core::mem::{offset_of, size_of};
    assert!(size_of::<Eface>() == 16 && offset_of!(Eface, data) == 8);
    assert!(size_of::<Iface>() == 16 && offset_of!(Iface, data) == 8);
};

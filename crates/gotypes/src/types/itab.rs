//! A method table's layout. How one is filled and found is in [`crate::iface`].

use super::desc::{InterfaceType, Type};
use core::mem::offset_of;

/// Method table of one concrete type as seen through one interface type.
#[derive(Debug)]
#[repr(C)]
pub struct Itab {
    /// The interface.
    pub inter: *const InterfaceType,
    /// The concrete type.
    pub typ: *const Type,
    /// Copy of the type's hash, for type switches. Only in tables that the compiler made.
    pub hash: u32,
    /// Not used.
    pub pad: u32,
    /// Code addresses, in the order of the interface's methods; as many as it has. A first entry of 0 says that the
    /// type does not implement the interface.
    pub fun: [usize; 1],
}

const _: () = {
    assert!(size_of::<Itab>() == 32);
    assert!(offset_of!(Itab, typ) == 8);
    assert!(offset_of!(Itab, hash) == 16);
    assert!(offset_of!(Itab, fun) == 24);
};

// SAFETY: written before it is published, then constant.
unsafe impl Sync for Itab {}
// SAFETY: method tables are constant once published; nothing in them belongs to a thread.
unsafe impl Send for Itab {}

impl Itab {
    /// Bytes of a table for an interface of `methods` methods.
    pub const fn size_for(methods: usize) -> usize {
        offset_of!(Itab, fun) + 8 * if methods == 0 { 1 } else { methods }
    }

    /// Whether the type implements the interface.
    #[inline]
    pub const fn implements(&self) -> bool {
        self.fun[0] != 0
    }
}

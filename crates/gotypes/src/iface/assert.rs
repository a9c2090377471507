//! Assertions and conversions from one interface type to another.
//!
//! Go's names: `convI2I` of nil is nil; the one-result assertions fault on nil and on a missing method; the two-result
//! ones answer nil.

use super::table::ItabTable;
use crate::mem::{Mem, Persistent, raw};
use crate::space::TypeSpace;
use crate::text::fault::{AssertionError, Fault};
use crate::types::Itab;
use crate::types::{Eface, GoStr, Iface, InterfaceType, Type};

/// What assertions need: the types, the table, and memory for new method tables.
pub struct Ifaces<'a, P: Persistent> {
    /// Where descriptors lie.
    pub space: &'a TypeSpace,
    /// Known method tables.
    pub itabs: &'a ItabTable,
    /// Memory for new ones.
    pub mem: &'a P,
}

impl<P: Persistent> Clone for Ifaces<'_, P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P: Persistent> Copy for Ifaces<'_, P> {}

impl<P: Persistent> Ifaces<'_, P> {
    /// The method table of `typ` as an `inter`, or the fault of a failed assertion (`getitab`).
    ///
    /// # Errors
    /// The failed assertion, which names a method that `typ` lacks.
    ///
    /// # Safety
    /// Both are descriptors known to the space.
    pub unsafe fn get(&self, inter: *const InterfaceType, typ: *const Type) -> Result<*const Itab, Fault> {
        // SAFETY: both are descriptors known to the space (this function's contract); `inter` has methods, as just seen.
        unsafe {
            if (*inter).methods.len == 0 {
                return Err(Fault::Throw("internal error - misuse of itab"));
            }
            self.itabs.get(self.space, self.mem, inter, typ).map_err(|missing| {
                Fault::Assertion(AssertionError {
                    interface: core::ptr::null(),
                    concrete: typ,
                    asserted: inter.cast(),
                    missing_method: missing,
                })
            })
        }
    }

    /// Like [`Ifaces::get`], but null on failure.
    ///
    /// # Safety
    /// Both are descriptors known to the space; `inter` has methods.
    pub unsafe fn try_get(&self, inter: *const InterfaceType, typ: *const Type) -> *const Itab {
        // SAFETY: both are descriptors known to the space, and `inter` has methods (this function's contract).
        unsafe { self.itabs.try_get(self.space, self.mem, inter, typ) }
    }

    /// Method table for a conversion between interfaces, null for nil (`convI2I`).
    ///
    /// # Errors
    /// The failed assertion, which names a method that the type lacks.
    ///
    /// # Safety
    /// `dst` is a descriptor known to the space, `src` null or a method table of such.
    pub unsafe fn conv_i2i(&self, dst: *const InterfaceType, src: *const Itab) -> Result<*const Itab, Fault> {
        // SAFETY: `src` is not null when it is looked at, so a method table, and its type, like `dst`, a descriptor known
        // to the space (this function's contract).
        unsafe {
            if src.is_null() || (*src).inter == dst {
                return Ok(src);
            }
            self.get(dst, (*src).typ)
        }
    }

    /// `i.(inter)` with one result (`assertI2I`).
    ///
    /// # Errors
    /// The failed assertion: a nil interface, or a method that the type lacks.
    ///
    /// # Safety
    /// `inter` is a descriptor known to the space, `tab` null or a method table of such.
    pub unsafe fn assert_i2i(&self, inter: *const InterfaceType, tab: *const Itab) -> Result<*const Itab, Fault> {
        // SAFETY: `inter` is a descriptor known to the space, `tab` a method table of such (this function's contract).
        unsafe {
            if tab.is_null() {
                return Err(nil_dot_type(inter.cast()));
            }
            self.conv_i2i(inter, tab)
        }
    }

    /// `i.(inter)` with two results (`assertI2I2`).
    ///
    /// # Safety
    /// `inter` is a descriptor with methods, known to the space; `i` is a whole value of a type known to it.
    pub unsafe fn assert_i2i2(&self, inter: *const InterfaceType, i: Iface) -> Iface {
        // SAFETY: `inter` is a descriptor with methods; `i` is a whole value (this function's contract), so its table is
        // null or names a descriptor; both are known to the space.
        unsafe {
            if i.tab.is_null() || (*i.tab).inter == inter {
                return if i.tab.is_null() { Iface::NIL } else { i };
            }
            self.pack(self.try_get(inter, (*i.tab).typ), i.data)
        }
    }

    /// `e.(inter)` with one result (`assertE2I`).
    ///
    /// # Errors
    /// The failed assertion: a nil interface, or a method that the type lacks.
    ///
    /// # Safety
    /// `inter` is a descriptor known to the space, `typ` null or one.
    pub unsafe fn assert_e2i(&self, inter: *const InterfaceType, typ: *const Type) -> Result<*const Itab, Fault> {
        if typ.is_null() {
            return Err(nil_dot_type(inter.cast()));
        }
        // SAFETY: both are descriptors known to the space (this function's contract); `typ` is not null.
        unsafe { self.get(inter, typ) }
    }

    /// `e.(inter)` with two results (`assertE2I2`).
    ///
    /// # Safety
    /// `inter` is a descriptor with methods, known to the space; `e` is a whole value of a type known to it.
    pub unsafe fn assert_e2i2(&self, inter: *const InterfaceType, e: Eface) -> Iface {
        if e.typ.is_null() {
            return Iface::NIL;
        }
        // SAFETY: `inter` is a descriptor with methods; the type of `e`, not null, is a descriptor (this function's
        // contract); both are known to the space.
        unsafe { self.pack(self.try_get(inter, e.typ), e.data) }
    }

    fn pack(&self, tab: *const Itab, data: *mut u8) -> Iface {
        if tab.is_null() { Iface::NIL } else { Iface { tab, data } }
    }

    /// `*dst = e.(inter)` for `reflect` (`ifaceE2I`).
    ///
    /// # Errors
    /// The failed assertion: a nil interface, or a method that the type lacks. `dst` is as it was.
    ///
    /// # Safety
    /// As for [`Ifaces::assert_e2i`], of `inter` and the type of `e`; `dst` is a place for an interface value. No region is
    /// open ([`Mem::touch`]).
    pub unsafe fn iface_e2i(
        &self,
        mem: &impl Mem,
        inter: *const InterfaceType,
        e: Eface,
        dst: *mut Iface,
    ) -> Result<(), Fault> {
        // SAFETY: `inter` is a descriptor and the type of `e` null or one, both known to the space; `dst` is a place for an
        // interface value, touched within a region before the barrier reads its slot (this function's contract). The data
        // word is a Go pointer; the table is not on the heap and needs no barrier.
        unsafe {
            let tab = self.assert_e2i(inter, e.typ)?;
            // The destination is the program's: it is touched before the barrier reads it.
            mem.touch(|by| raw::probe(by, dst.cast(), size_of::<Iface>()));
            if mem.write_barrier_on() {
                mem.barrier_ptr((&raw mut (*dst).data).cast(), e.data as usize);
            }
            mem.touch(|_| *dst = Iface { tab, data: e.data });
            Ok(())
        }
    }
}

/// The fault of `e.(want)` where `e`, of static type `iface`, holds a `have` (`panicdottypeE`).
pub const fn dot_type_e(have: *const Type, want: *const Type, iface: *const Type) -> Fault {
    Fault::Assertion(AssertionError { interface: iface, concrete: have, asserted: want, missing_method: GoStr::EMPTY })
}

/// The same for an interface with methods (`panicdottypeI`).
///
/// # Safety
/// `have` is a method table or null.
pub unsafe fn dot_type_i(have: *const Itab, want: *const Type, iface: *const Type) -> Fault {
    // SAFETY: `have` is null or a method table (this function's contract); these are constant.
    let typ = unsafe { have.as_ref() }.map_or(core::ptr::null(), |tab| tab.typ);
    dot_type_e(typ, want, iface)
}

/// The fault of an assertion on nil (`panicnildottype`).
pub const fn nil_dot_type(want: *const Type) -> Fault {
    dot_type_e(core::ptr::null(), want, core::ptr::null())
}

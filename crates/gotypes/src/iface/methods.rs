//! A method table, and how it is filled from the two sorted lists of methods.

use core::mem::offset_of;

use crate::space::TypeSpace;
use crate::types::{GoStr, InterfaceType, Itab, Name, Type, UncommonType};

/// Walks both method lists in step and hands over the code of each method that `inter` asks for. Gives the first one
/// that `typ` lacks.
///
/// Both lists are sorted by name. A method fits if name and type are the same and, unless it is exported, it is of the
/// same package: the one its name carries, or else the one of the type or interface that declares it.
///
/// # Safety
/// Both are descriptors known to `space`.
unsafe fn match_methods(
    space: &TypeSpace,
    inter: *const InterfaceType,
    typ: *const Type,
    mut found: impl FnMut(usize, usize),
) -> Option<GoStr> {
    // SAFETY: both are descriptors; offsets in them are relative to where they lie.
    unsafe {
        let (ibase, tbase) = (inter.cast::<u8>(), typ.cast::<u8>());
        let uncommon = Type::uncommon(typ);
        let have = uncommon.map_or(&[][..], |u| UncommonType::methods(u));
        let mut rest = have.iter();
        'wanted: for (k, want) in InterfaceType::methods(inter).iter().enumerate() {
            let name = space.name(ibase, want.name).unwrap_or(Name::NONE);
            let text = name.text();
            let want_type = space.typ(ibase, want.typ);
            for m in rest.by_ref() {
                let mname = space.name(tbase, m.name).unwrap_or(Name::NONE);
                if mname.text().as_bytes() != text.as_bytes() || space.typ(tbase, m.mtyp) != want_type {
                    continue;
                }
                if !mname.is_exported() {
                    let of = |n: Name, default: GoStr| {
                        let own = space.pkg_path_of(n);
                        if own.is_empty() { default } else { own }
                    };
                    let theirs = of(mname, uncommon.map_or(GoStr::EMPTY, |u| space.name_text(tbase, u.pkg_path)));
                    let ours = of(name, (*inter).pkg_path.text());
                    if theirs.as_bytes() != ours.as_bytes() {
                        continue;
                    }
                }
                found(k, space.text(tbase, m.ifn).unwrap_or(0));
                continue 'wanted;
            }
            return Some(text);
        }
        None
    }
}

/// The first method of `inter` that `typ` lacks.
///
/// # Safety
/// Both are descriptors known to `space`.
pub unsafe fn missing_method(space: &TypeSpace, inter: *const InterfaceType, typ: *const Type) -> Option<GoStr> {
    // SAFETY: both are descriptors known to `space` (this function's contract).
    unsafe { match_methods(space, inter, typ, |_, _| {}) }
}

/// Fills a table. The first entry is 0 if a method is missing.
///
/// # Safety
/// `tab` has room for the methods of its interface, at least one; nothing else sees it yet; both its types are set, to
/// descriptors known to `space`.
pub(super) unsafe fn fill(space: &TypeSpace, tab: *mut Itab) -> Option<GoStr> {
    // SAFETY: both types of `tab` are set, to descriptors known to `space`; `tab` has room for the interface's methods
    // behind its fixed part, so at least for one, and nothing else sees it yet (this function's contract). `k` is the index
    // of such a method.
    unsafe {
        let fun = tab.byte_add(offset_of!(Itab, fun)).cast::<usize>();
        let missing = match_methods(space, (*tab).inter, (*tab).typ, |k, pc| *fun.add(k) = pc);
        if missing.is_some() {
            *fun = 0;
        }
        missing
    }
}

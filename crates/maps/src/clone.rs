//! Copies of a whole map.
use crate::directory;
use crate::group::{first, fulls, word};
use crate::grow;
use crate::header::{Entry, Map, OVERSIZE, Tagged, WRITING};
use crate::schema::Schema;
use crate::seam::{Error, Memory, Misuse};
use crate::table::{Slot, Table};
use core::ptr::null_mut;

/// Makes the empty map `dst` a copy of `src` (which may be null): equal keys and elements, copied shallowly.
///
/// If memory runs out, `dst` stays empty, and what was allocated for it is left to the collector.
///
/// # Safety
/// `src` is null or points to a map, `dst` to an empty one without tables; both are of schema `s`, and `dst`'s memory is
/// `m`'s.
pub unsafe fn clone_into<S: Schema, M: Memory>(s: &S, m: &M, src: *mut Map, dst: *mut Map) -> Result<(), Error<S::Error>> {
    // SAFETY: `src` is null or a map, `dst` an empty one without tables, both of schema `s`; what is allocated is `dst`'s.
    unsafe {
        if src.is_null() || (*src).count == 0 {
            return Ok(());
        }
        let flags = Map::flags(src);
        if flags & WRITING != 0 {
            return Err(Misuse::ConcurrentCloneWrite.into());
        }
        let depth = (*src).depth;
        let n = 1usize << depth;
        let mut directory = (null_mut::<Entry>(), null_mut());
        if depth > 0 {
            directory = grow::alloc_directory(m, n)?;
        }
        let mut only = Entry { groups: Tagged(null_mut()), controls: null_mut() };
        let mut i = 0;
        while i < n {
            let meta = *directory::meta(src, i);
            let copy = copy_table(s, m, directory::table(src, flags, i), meta.lg)?;
            let entry = Entry { groups: Tagged::new(copy.groups, meta.lg), controls: copy.controls };
            let span = 1usize << (depth - meta.depth);
            if depth == 0 {
                only = entry;
            } else {
                for j in i..i + span {
                    grow::store_entry(m, directory.0.add(j), entry);
                    directory.1.add(j).write(meta);
                }
            }
            i += span;
        }
        if Map::flags(src) & WRITING != 0 {
            return Err(Misuse::ConcurrentCloneWrite.into());
        }
        (*dst).seed = (*src).seed;
        (*dst).meta = (*src).meta;
        m.store_pointer((&raw mut (*dst).metas).cast(), directory.1.cast());
        if depth == 0 {
            let controls = if (*src).meta.lg == 0 { null_mut() } else { only.controls.cast() };
            m.store_pointer((&raw mut (*dst).controls).cast(), controls);
            m.store_pointer(&raw mut (*dst).tables, only.groups.0);
        } else {
            m.store_pointer(&raw mut (*dst).tables, directory.0.cast());
        }
        (*dst).depth = depth;
        Map::set_flags(dst, flags & OVERSIZE);
        (*dst).count = (*src).count;
        Ok(())
    }
}

/// A copy of one table, slot by slot.
///
/// # Safety
/// `from` is a table of schema `s`, of `1 << lg` groups.
unsafe fn copy_table<S: Schema, M: Memory>(s: &S, m: &M, from: Table, lg: u8) -> Result<Table, Error<S::Error>> {
    // SAFETY: `from` is a table of the schema with `1 << lg` groups (this function's contract), and so is the new one;
    // group and slot numbers are those of `from`. Each full slot goes to a slot that nothing was written to.
    unsafe {
        let to = grow::alloc_table(m, lg)?;
        for i in 0..from.len() {
            let control = word(from.control(i));
            let mut left = fulls(control);
            while left != 0 {
                let index = first(left);
                left &= left - 1;
                copy_entry(s, m, to.slot(s, i, index), from.slot(s, i, index))?;
            }
            to.control(i).write(control.to_le());
        }
        Ok(to)
    }
}

/// # Safety
/// Both are slots of groups of schema `s`; `old` is full, and nothing was written to `new`.
unsafe fn copy_entry<S: Schema, M: Memory>(s: &S, m: &M, new: Slot, old: Slot) -> Result<(), Error<S::Error>> {
    // SAFETY: both are slots of the schema; `old` is full, so its key and element are there, and `new` is not in use (this
    // function's contract). Boxes are new, so nothing overlaps.
    unsafe {
        let (mut key, mut elem) = (new.key_slot(s), new.elem_slot(s));
        if s.indirect_key() {
            key = m.alloc_key();
            if key.is_null() {
                return Err(Error::OutOfMemory);
            }
            m.store_pointer(new.key_slot(s).cast(), key);
        }
        if s.indirect_elem() {
            elem = m.alloc_elem();
            if elem.is_null() {
                return Err(Error::OutOfMemory);
            }
            m.store_pointer(new.elem_slot(s).cast(), elem);
        }
        m.copy_key(key, old.key(s));
        m.copy_elem(elem, old.elem(s));
        Ok(())
    }
}

//! Copies of a whole map.
use crate::directory;
use crate::group::{first, fulls, word};
use crate::header::{Map, OVERSIZE, Tagged, WRITING};
use crate::schema::Schema;
use crate::seam::{Error, Memory, Misuse};
use crate::table::{Slot, Table};

/// Makes the empty map `dst` a copy of `src` (which may be null): equal keys and elements, copied shallowly.
///
/// If memory runs out, `dst` stays empty, and what was allocated for it is left to the collector.
///
/// # Safety
/// `src` is null or points to a map, `dst` to an empty one without tables; both are of schema `s`, and `dst`'s memory is
/// `m`'s.
pub unsafe fn clone_into<S: Schema, M: Memory>(
    s: &S,
    m: &M,
    src: *mut Map,
    dst: *mut Map,
) -> Result<(), Error<S::Error>> {
    // SAFETY: the caller's promises.
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
        let mut directory = (core::ptr::null_mut::<*mut u8>(), core::ptr::null_mut());
        if depth > 0 {
            directory = (m.alloc_directory(n), m.alloc_metas(n));
            if directory.0.is_null() || directory.1.is_null() {
                return Err(Error::OutOfMemory);
            }
        }
        let mut only = core::ptr::null_mut();
        let mut i = 0;
        while i < n {
            let meta = *directory::meta(src, i);
            let copy = copy_table(s, m, directory::table(src, flags, i))?;
            let tagged = Tagged::new(copy.groups, meta.lg).0;
            let span = 1usize << (depth - meta.depth);
            if depth == 0 {
                only = tagged;
            } else {
                for j in i..i + span {
                    m.store_pointer(directory.0.add(j), tagged);
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
        m.store_pointer(&raw mut (*dst).tables, if depth == 0 { only } else { directory.0.cast() });
        (*dst).depth = depth;
        Map::set_flags(dst, flags & OVERSIZE);
        (*dst).count = (*src).count;
        Ok(())
    }
}

/// A copy of one table, slot by slot.
unsafe fn copy_table<S: Schema, M: Memory>(s: &S, m: &M, from: Table) -> Result<Table, Error<S::Error>> {
    // SAFETY: the caller gives a table of the schema; the new one has the same size.
    unsafe {
        let groups = m.alloc_groups(from.len());
        if groups.is_null() {
            return Err(Error::OutOfMemory);
        }
        let to = Table { groups, mask: from.mask };
        for i in 0..from.len() {
            let (old, new) = (from.group(s, i), to.group(s, i));
            let ctrl = word(old);
            let mut left = fulls(ctrl);
            while left != 0 {
                let index = first(left);
                left &= left - 1;
                copy_entry(s, m, Slot { group: new, index }, Slot { group: old, index })?;
            }
            new.cast::<u64>().write(ctrl.to_le());
        }
        Ok(to)
    }
}

unsafe fn copy_entry<S: Schema, M: Memory>(s: &S, m: &M, new: Slot, old: Slot) -> Result<(), Error<S::Error>> {
    // SAFETY: the caller gives a full slot and a free one.
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

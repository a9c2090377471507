//! Copies of a whole map.
use crate::directory;
use crate::group::{first, fulls, word};
use crate::grow;
use crate::header::{Entry, Map, Meta, OVERSIZE, Tagged, WRITING};
use crate::pass::Pass;
use crate::schema::Schema;
use crate::seam::{Error, Memory, Misuse};
use crate::table::{Slot, Table};
use core::ptr::null_mut;

/// Makes the empty map `dst` a copy of `src` (which may be null): equal keys and elements, copied shallowly.
///
/// If memory runs out, `dst` stays empty, and what was allocated for it is left to the collector.
///
/// # Errors
/// [`Error::Misuse`] if a writer is at work on `src`, [`Error::OutOfMemory`].
///
/// # Safety
/// `src` is null or points to a map, `dst` to an empty one without tables; both are of schema `s`, and `dst`'s memory is
/// `m`'s.
pub unsafe fn clone_into<S: Schema, M: Memory>(s: &S, m: &M, src: *mut Map, dst: *mut Map) -> Result<(), Error<S::Error>> {
    // SAFETY: `src` is null or a map, `dst` an empty one without tables, both of schema `s`, and `dst`'s memory is `m`'s (this
    // function's contract); where `clone_begin` gives a pass, there is a map, and pass and directory go through no other hands.
    unsafe {
        if let Some((mut pass, directory)) = clone_begin(s, m, src)? {
            clone_some(s, m, src, dst, directory, &mut pass, usize::MAX)?;
        }
        Ok(())
    }
}

/// The directory of a map that is being made, and its bookkeeping; null for a map of one table. A collector must know them until
/// the map does.
pub type Directory = (*mut Entry, *mut Meta);

/// Begins to copy `src` as [`clone_into`] does: `None` if it is empty. Until [`clone_some`] has done all of it, changing `src` is a
/// misuse.
///
/// # Errors
/// [`Error::Misuse`] if a writer is at work on `src`, [`Error::OutOfMemory`].
///
/// # Safety
/// As for [`clone_into`].
pub unsafe fn clone_begin<S: Schema, M: Memory>(
    s: &S,
    m: &M,
    src: *mut Map,
) -> Result<Option<(Pass, Directory)>, Error<S::Error>> {
    _ = s;
    // SAFETY: `src` is null or a map.
    unsafe {
        if src.is_null() || (*src).count == 0 {
            return Ok(None);
        }
        if Map::flags(src) & WRITING != 0 {
            return Err(Misuse::ConcurrentCloneWrite.into());
        }
        let depth = (*src).depth;
        let directory = if depth > 0 { directory::alloc(m, 1usize << depth)? } else { (null_mut(), null_mut()) };
        Ok(Some((Pass::of(src), directory)))
    }
}

/// Copies tables of up to `groups` groups more, at least one table; whether that was the last. `dst` is empty until then.
///
/// # Errors
/// [`Error::Misuse`] if a writer has changed `src` since it was begun, [`Error::OutOfMemory`].
///
/// # Safety
/// As for [`clone_into`]; `pass` and `directory` are what [`clone_begin`] gave for the map, and went through this alone since.
pub unsafe fn clone_some<S: Schema, M: Memory>(
    s: &S,
    m: &M,
    src: *mut Map,
    dst: *mut Map,
    directory: Directory,
    pass: &mut Pass,
    groups: usize,
) -> Result<bool, Error<S::Error>> {
    // SAFETY: `src` is a map, `dst` an empty one without tables, both of schema `s`; the directory has as many entries as that of
    // `src`, which is looked at.
    unsafe {
        let depth = (*src).depth;
        let mut only = Entry { groups: Tagged(null_mut()), controls: null_mut() };
        let mut left = groups.max(1);
        let mut flags;
        loop {
            flags = Map::flags(src);
            if flags & WRITING != 0 || !pass.still_fits(src) {
                return Err(Misuse::ConcurrentCloneWrite.into());
            }
            if pass.entry >= 1 << depth {
                break;
            }
            if left == 0 {
                return Ok(false);
            }
            let meta = *directory::meta(src, pass.entry);
            let from = directory::table(src, flags, pass.entry);
            let copy = copy_table(s, m, from, meta.lg)?;
            let entry = Entry { groups: Tagged::new(copy.groups, meta.lg), controls: copy.controls };
            let span = 1usize << (depth - meta.depth);
            if depth == 0 {
                only = entry;
            } else {
                for j in pass.entry..pass.entry + span {
                    directory::store(m, directory.0.add(j), entry);
                    directory.1.add(j).write(meta);
                }
            }
            pass.next_table(span);
            // The only table of a map is not left to another call, which would not know it.
            left = if depth == 0 { 1 } else { left.saturating_sub(from.len()) };
        }
        (*dst).seed = (*src).seed;
        // With a directory only the note has a meaning there.
        (*dst).meta = if depth == 0 { (*src).meta } else { Meta { note: (*src).meta.note, ..Meta::default() } };
        m.store_pointer((&raw mut (*dst).metas).cast(), directory.1.cast());
        if depth == 0 {
            let controls = if (*src).meta.lg == 0 { null_mut() } else { only.controls.cast() };
            m.store_pointer((&raw mut (*dst).controls).cast(), controls);
            m.store_pointer(&raw mut (*dst).tables, only.groups.0);
        } else {
            m.store_pointer((&raw mut (*dst).controls).cast(), directory.0.cast());
            m.store_pointer(&raw mut (*dst).tables, directory.0.cast());
        }
        (*dst).depth = depth;
        Map::set_flags(dst, flags & OVERSIZE);
        (*dst).count = (*src).count;
        Ok(true)
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

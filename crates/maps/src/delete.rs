//! Deletion of one entry and of all.
use crate::access;
use crate::directory;
use crate::group::{self, DELETED, EMPTY};
use crate::header::{Map, WRITING, capacity};
use crate::pass::Pass;
use crate::release;
use crate::schema::Schema;
use crate::seam::{Error, Memory, Misuse};
use crate::table::{Slot, Table};
use core::ptr::null_mut;

/// Deletes the entry of `key`; says whether there was one. `map` may be null, which is an empty map.
///
/// Allocates nothing and uses little stack; calls nothing of `m` but `clear_key`, `clear_elem`, `store_pointer` and `retire_*`. A large map that
/// is empty then gives up its tables, and iterations of it end.
///
/// # Errors
/// [`Error::Misuse`] if another use of the map meets this one, [`Error::Key`] if the key cannot be hashed or compared.
///
/// # Safety
/// `map` is null or points to a map of schema `s` whose memory is `m`'s; `key` is valid.
#[inline(always)]
pub unsafe fn delete<S: Schema, M: Memory>(s: &S, m: &M, map: *mut Map, key: S::Key) -> Result<bool, Error<S::Error>> {
    // SAFETY: null, or a map of schema `s` with memory of `m`'s; the key is valid (the caller's promises).
    unsafe {
        if map.is_null() || (*map).count == 0 {
            if s.hash_may_fail() {
                s.hash(key, 0).map_err(Error::Key)?;
            }
            return Ok(false);
        }
        let state = Map::state(map);
        if Map::is_written(state) {
            return Err(Misuse::ConcurrentWrites.into());
        }
        // A small map may be searched without the hash, but keys that cannot be hashed, or are not there, are found out in any case.
        let scan = S::SCAN_SMALL && access::is_small(map);
        if scan {
            s.probe(key);
        }
        let hash = if scan { 0 } else { s.hash(key, (*map).seed as u64).map_err(Error::Key)? };
        Map::set_state(map, state | WRITING as u32);
        let i = directory::index(hash, Map::state_depth(state));
        let table = directory::table(map, state as u8, i);
        if Map::state_depth(state) >= access::LARGE {
            table.prefetch(s, hash);
        }
        let found = if scan { table.scan(s, key) } else { table.find(s, hash, key) };
        if let Ok(slot) = found
            && !slot.is_none()
        {
            remove(s, m, map, table, i, slot);
        }
        let state = Map::state(map);
        if !Map::is_written(state) {
            return Err(Misuse::ConcurrentWrites.into());
        }
        Map::set_state(map, state & !(WRITING as u32));
        match found {
            Ok(slot) => Ok(!slot.is_none()),
            Err(e) => Err(Error::Key(e)),
        }
    }
}

/// Empties a full slot of the table at directory entry `i`.
///
/// # Safety
/// `slot` is a full slot of `table`, which is that of directory entry `i` of `map`, a map of schema `s` with memory of
/// `m`'s that this thread writes.
#[inline(always)]
unsafe fn remove<S: Schema, M: Memory>(s: &S, m: &M, map: *mut Map, table: Table, i: usize, slot: Slot) {
    // SAFETY: `slot` is a full slot of a table of the schema, of directory entry `i` (this function's contract), so its key
    // and element are there, and boxes are `m`'s. Nothing leads to the boxes any more when they are given back.
    unsafe {
        let (key, elem) = (slot.key_slot(s), slot.elem_slot(s));
        if s.indirect_key() || s.indirect_elem() {
            let mut boxes = [null_mut(); 2];
            if s.indirect_key() {
                boxes[0] = slot.key(s);
                m.store_pointer(key.cast(), null_mut());
            } else {
                m.clear_key(key);
            }
            if s.indirect_elem() {
                boxes[1] = slot.elem(s);
                m.store_pointer(elem.cast(), null_mut());
            } else {
                m.clear_elem(elem);
            }
            m.retire_boxes(boxes[0], boxes[1]);
        } else {
            m.clear_key(key);
            m.clear_elem(elem);
        }
        // A group with an empty slot was never full since the table was made, so no probe ever passed it.
        if table.mask == 0 {
            slot.set_ctrl(EMPTY);
        } else if group::empties(group::word(slot.control)) != 0 {
            slot.set_ctrl(EMPTY);
            (*directory::canonical_meta(map, i)).growth_left += 1;
        } else {
            slot.set_ctrl(DELETED);
        }
        (*map).count -= 1;
        if (*map).count == 0 && (*map).depth >= release::LARGE {
            release::release(m, map);
        }
    }
}

/// Deletes the entries of which `keep`, given key and element, says no; `gone` is called when one was deleted. A large map that is empty then gives
/// up its tables, and iterations of it end.
///
/// # Errors
/// [`Error::Misuse`] if another use of the map meets this one.
///
/// # Safety
/// `map` is null or points to a map of schema `s` whose memory is `m`'s; neither function makes use of the map.
#[cfg(feature = "std")]
pub(crate) unsafe fn retain<S: Schema, M: Memory>(
    s: &S,
    m: &M,
    map: *mut Map,
    mut keep: impl FnMut(*mut u8, *mut u8) -> bool,
    mut gone: impl FnMut(),
) -> Result<(), Error<S::Error>> {
    // SAFETY: null, or a map of schema `s` with memory of `m`'s (the caller's promises). As long as there are entries its tables stay where they
    // are; what is full holds an entry.
    unsafe {
        if map.is_null() || (*map).count == 0 {
            return Ok(());
        }
        let flags = Map::flags(map);
        if flags & WRITING != 0 {
            return Err(Misuse::ConcurrentWrites.into());
        }
        Map::set_flags(map, flags | WRITING);
        let (depth, mut i) = ((*map).depth, 0);
        'all: while i < 1 << depth {
            let table = directory::table(map, flags, i);
            let own = (*directory::meta(map, i)).depth;
            for at in 0..table.len() {
                let mut left = group::fulls(group::word(table.control(at)));
                while left != 0 {
                    let slot = table.slot(s, at, group::first(left));
                    left &= left - 1;
                    if keep(slot.key(s), slot.elem(s)) {
                        continue;
                    }
                    remove(s, m, map, table, i, slot);
                    gone();
                    if (*map).count == 0 {
                        break 'all;
                    }
                }
            }
            i += 1 << (depth - own);
        }
        let flags = Map::flags(map);
        if flags & WRITING == 0 {
            return Err(Misuse::ConcurrentWrites.into());
        }
        Map::set_flags(map, flags & !WRITING);
        Ok(())
    }
}

/// Deletes all entries, those whose keys do not equal themselves too; ends iterations that are under way. A map keeps its
/// tables, to be filled again, but for a large one that had become sparse. `map` may be null.
///
/// Boxes of indirect keys and elements are not retired one by one.
///
/// # Errors
/// [`Error::Misuse`] if a writer is at work on the map.
///
/// # Safety
/// `map` is null or points to a map of schema `s` whose memory is `m`'s.
pub unsafe fn clear<S: Schema, M: Memory>(s: &S, m: &M, map: *mut Map) -> Result<(), Error<S::Error>> {
    // SAFETY: null, or a map of schema `s` with memory of `m`'s (the caller's promise); nobody else writes it in between.
    unsafe {
        if let Some(mut pass) = clear_begin(s, m, map)? {
            clear_some(s, m, map, &mut pass, usize::MAX)?;
        }
        Ok(())
    }
}

/// Begins to delete all entries as [`clear`] does: `None` if there are none, or none are left. Until [`clear_some`] has done all of it the map is being
/// written, so that any other use of it is a misuse.
///
/// # Errors
/// [`Error::Misuse`] if a writer is at work on the map.
///
/// # Safety
/// As for [`clear`].
pub unsafe fn clear_begin<S: Schema, M: Memory>(s: &S, m: &M, map: *mut Map) -> Result<Option<Pass>, Error<S::Error>> {
    _ = s;
    // SAFETY: null, or a map with memory of `m`'s (this function's contract). A large one is as if empty once its tables are given up: no slot
    // is left.
    unsafe {
        if map.is_null() || (*map).count == 0 {
            return Ok(None);
        }
        let flags = Map::flags(map);
        if flags & WRITING != 0 {
            return Err(Misuse::ConcurrentWrites.into());
        }
        if (*map).depth >= release::LARGE && release::is_sparse(map) {
            (*map).count = 0;
            (*map).seed = m.hash_seed() as u32;
            release::release(m, map);
            return Ok(None);
        }
        Map::set_flags(map, flags | WRITING);
        Ok(Some(Pass::of(map)))
    }
}

/// Clears up to `groups` groups more, at least one; whether that was the last.
///
/// # Errors
/// [`Error::Misuse`] if another writer has met this one.
///
/// # Safety
/// As for [`clear`]; `pass` is what [`clear_begin`] gave for the map, and went through this alone since.
pub unsafe fn clear_some<S: Schema, M: Memory>(
    s: &S,
    m: &M,
    map: *mut Map,
    pass: &mut Pass,
    groups: usize,
) -> Result<bool, Error<S::Error>> {
    // SAFETY: a map of schema `s` with memory of `m`'s that is being written; each table has the groups that are cleared.
    unsafe {
        let flags = Map::flags(map);
        let mut left = groups.max(1);
        while pass.entry < 1 << (*map).depth {
            let table = directory::table(map, flags, pass.entry);
            let n = table.len().saturating_sub(pass.group).min(left);
            m.clear_groups(table.groups.add(pass.group * s.group_size()), n);
            table.controls.add(pass.group).write_bytes(0, n);
            pass.group += n;
            left -= n;
            if pass.group < table.len() {
                return Ok(false);
            }
            let meta = directory::meta(map, pass.entry);
            if table.mask != 0 {
                (*meta).growth_left = capacity((*meta).lg);
            }
            pass.next_table(1 << ((*map).depth - (*meta).depth));
            if left == 0 && pass.entry < 1 << (*map).depth {
                return Ok(false);
            }
        }
        (*map).count = 0;
        (*map).epoch = (*map).epoch.wrapping_add(1);
        (*map).seed = m.hash_seed() as u32;
        let flags = Map::flags(map);
        if flags & WRITING == 0 {
            return Err(Misuse::ConcurrentWrites.into());
        }
        Map::set_flags(map, flags & !WRITING);
        Ok(true)
    }
}

//! Assignment: finding or making the element of a key. Growth itself is in `grow`.
use crate::access;
use crate::directory;
use crate::group::{self, EMPTY};
use crate::grow;
use crate::header::{Map, WRITING};
use crate::schema::Schema;
use crate::seam::{Error, Memory, Misuse};
use crate::table::{Found, Slot, Table};
use core::ptr::null_mut;

/// The element of `key`, which is made (zeroed) if there is none; null if memory would be needed for that: then nothing
/// was done, and [`assign`] must be called.
///
/// Uses little stack and calls nothing of `m` but `store_pointer` and `copy_key`.
///
/// # Errors
/// [`Error::Misuse`] if another use of the map meets this one, [`Error::Key`] if the key cannot be hashed or compared.
///
/// # Safety
/// `map` points to a map of schema `s` whose memory is `m`'s; `key` is valid.
#[inline(always)]
pub unsafe fn try_assign<S: Schema, M: Memory>(
    s: &S,
    m: &M,
    map: *mut Map,
    key: S::Key,
) -> Result<*mut u8, Error<S::Error>> {
    // SAFETY: `map` points to a map of schema `s` whose memory is `m`'s; `key` is valid (this function's contract).
    unsafe { assign_with::<S, M, false>(s, m, map, key) }
}

/// The element of `key`, which is made (zeroed) if there is none. May allocate and rebuild one table.
///
/// # Errors
/// [`Error::Misuse`] if another use of the map meets this one, [`Error::Key`] if the key cannot be hashed or compared,
/// [`Error::OutOfMemory`].
///
/// # Safety
/// As [`try_assign`].
pub unsafe fn assign<S: Schema, M: Memory>(s: &S, m: &M, map: *mut Map, key: S::Key) -> Result<*mut u8, Error<S::Error>> {
    // SAFETY: `map` points to a map of schema `s` whose memory is `m`'s; `key` is valid (this function's contract).
    unsafe { assign_with::<S, M, true>(s, m, map, key) }
}

/// # Safety
/// As [`try_assign`].
#[inline(always)]
unsafe fn assign_with<S: Schema, M: Memory, const SLOW: bool>(
    s: &S,
    m: &M,
    map: *mut Map,
    key: S::Key,
) -> Result<*mut u8, Error<S::Error>> {
    // SAFETY: a map of schema `s` whose memory is `m`'s, and a valid key (`try_assign`'s promises); what the map says of
    // its tables holds.
    unsafe {
        let state = Map::state(map);
        if Map::is_written(state) {
            return Err(Misuse::ConcurrentWrites.into());
        }
        // Before the flag is set, as it may fail.
        let hash = s.hash(key, (*map).seed as u64).map_err(Error::Key)?;
        Map::set_state(map, state | WRITING as u32);
        let result = place::<S, M, SLOW>(s, m, map, key, hash);
        let state = Map::state(map);
        if !Map::is_written(state) {
            return Err(Misuse::ConcurrentWrites.into());
        }
        Map::set_state(map, state & !(WRITING as u32));
        result
    }
}

/// # Safety
/// As [`try_assign`]; this thread has set the map's flag [`WRITING`], and `hash` is the key's.
#[inline(always)]
unsafe fn place<S: Schema, M: Memory, const SLOW: bool>(
    s: &S,
    m: &M,
    map: *mut Map,
    key: S::Key,
    hash: u64,
) -> Result<*mut u8, Error<S::Error>> {
    // SAFETY: a map of this schema that this thread writes, and a valid key; what `grow` leaves is a map again.
    unsafe {
        loop {
            if !(*map).tables.is_null() {
                let i = directory::index(hash, (*map).depth);
                let table = directory::table(map, Map::flags(map), i);
                if (*map).depth >= access::LARGE {
                    table.prefetch(s, hash);
                }
                match table.find_or_room(s, hash, key).map_err(Error::Key)? {
                    Found::Entry(slot) => {
                        if s.need_key_update() {
                            s.store(m, slot.key(s), key);
                        }
                        return Ok(slot.elem(s));
                    }
                    Found::Room(slot) => {
                        if !slot.is_none() && take_room(map, table, i, slot) {
                            if !s.indirect_key() && !s.indirect_elem() {
                                fill(s, m, map, slot, key, hash);
                                return Ok(slot.elem_slot(s));
                            }
                            if SLOW {
                                return fill_indirect(s, m, map, (table, i), slot, key, hash);
                            }
                            give_room(map, table, i, slot);
                            return Ok(null_mut());
                        }
                    }
                }
            }
            if !SLOW {
                return Ok(null_mut());
            }
            grow::grow(s, m, map, hash)?;
        }
    }
}

/// Whether an entry may be put into the free `slot`; if so, that is accounted for.
///
/// # Safety
/// `slot` is a free slot of `table`, which is that of directory entry `i` of `map`.
#[inline(always)]
unsafe fn take_room(map: *mut Map, table: Table, i: usize, slot: Slot) -> bool {
    // SAFETY: `slot` is a free slot of `table`, which is entry `i` of the directory.
    unsafe {
        if table.mask != 0 && slot.ctrl() == EMPTY {
            let meta = directory::canonical_meta(map, i);
            if (*meta).growth_left == 0 {
                return false;
            }
            (*meta).growth_left -= 1;
        }
        true
    }
}

/// Takes back what `take_room` did.
///
/// # Safety
/// As [`take_room`], which said yes; the slot is as it was.
#[inline(always)]
unsafe fn give_room(map: *mut Map, table: Table, i: usize, slot: Slot) {
    // SAFETY: `slot` is one of `table`, which is entry `i` of the directory, and unchanged since room was taken for it: what is undone here is
    // what was done then.
    unsafe {
        if table.mask != 0 && slot.ctrl() == EMPTY {
            (*directory::canonical_meta(map, i)).growth_left += 1;
        }
    }
}

/// Makes an entry whose key lies in the slot.
///
/// # Safety
/// `slot` is a free slot of `map`, of schema `s`, for which [`take_room`] said yes; `key` is valid, and `hash` is its hash.
#[inline(always)]
unsafe fn fill<S: Schema, M: Memory>(s: &S, m: &M, map: *mut Map, slot: Slot, key: S::Key, hash: u64) {
    // SAFETY: `slot` is free, so its element is zeroed and it may be overwritten.
    unsafe {
        s.store(m, slot.key_slot(s), key);
        slot.set_ctrl(group::h2(hash));
        (*map).count += 1;
    }
}

/// Makes an entry whose key or element is boxed.
///
/// # Safety
/// As [`fill`]; `table` is the slot's, that of directory entry `i`.
#[cold]
#[inline(never)]
unsafe fn fill_indirect<S: Schema, M: Memory>(
    s: &S,
    m: &M,
    map: *mut Map,
    (table, i): (Table, usize),
    slot: Slot,
    key: S::Key,
    hash: u64,
) -> Result<*mut u8, Error<S::Error>> {
    // SAFETY: `slot` is free and one of `map`'s, of schema `s`, so that it may be overwritten, and room was taken for it in `table`, entry `i` of
    // the directory; boxes are new, and of the size of a key or an element.
    unsafe {
        let kbox = if s.indirect_key() { m.alloc_key() } else { slot.key_slot(s) };
        let ebox = if s.indirect_elem() { m.alloc_elem() } else { slot.elem_slot(s) };
        if kbox.is_null() || ebox.is_null() {
            give_room(map, table, i, slot);
            let unused = |indirect, p| if indirect { p } else { null_mut() };
            m.retire_boxes(unused(s.indirect_key(), kbox), unused(s.indirect_elem(), ebox));
            return Err(Error::OutOfMemory);
        }
        s.store(m, kbox, key);
        if s.indirect_key() {
            m.store_pointer(slot.key_slot(s).cast(), kbox);
        }
        if s.indirect_elem() {
            m.store_pointer(slot.elem_slot(s).cast(), ebox);
        }
        slot.set_ctrl(group::h2(hash));
        (*map).count += 1;
        Ok(ebox)
    }
}

//! Look-ups. They allocate nothing and use little stack.
use crate::directory;
use crate::hash::cold;
use crate::header::{Map, OVERSIZE, WRITING};
use crate::schema::Schema;
use crate::seam::{Error, Misuse};
use crate::table::{Slot, Table};
use core::ptr::null_mut;

/// The depth from which on a look-up waits for memory rather than for the processor: the groups do not stay in its caches.
pub(crate) const LARGE: u8 = 6;

/// The flags for which a look-up takes longer: one test for both.
const ODD: u32 = (WRITING | OVERSIZE) as u32;

/// The slot of `key`, or none. Does not look at the flags for writers.
///
/// # Safety
/// `map` points to a map of schema `s` with entries; `key` is valid.
#[inline(always)]
pub(crate) unsafe fn find<S: Schema>(s: &S, map: *const Map, key: S::Key) -> Result<Slot, S::Error> {
    // SAFETY: a map of this schema and a valid key (this function's contract); a map with entries has tables.
    unsafe {
        if S::SCAN_SMALL && is_small(map) {
            return Table::small((*map).tables).scan(s, key);
        }
        let hash = s.hash(key, (*map).seed as u64)?;
        let state = Map::state(map);
        let table = directory::table(map, state as u8, directory::index(hash, Map::state_depth(state)));
        table.find(s, hash, key)
    }
}

/// [`find`] in a map whose state is known and not [`ODD`].
///
/// # Safety
/// As for [`find`]; `state` is the map's, without [`OVERSIZE`].
#[inline(always)]
unsafe fn find_in<S: Schema>(s: &S, map: *const Map, state: u32, key: S::Key) -> Result<Slot, S::Error> {
    // SAFETY: a map of this schema without oversize tables, its state, and a valid key (this function's contract); a map with entries has tables.
    unsafe {
        if S::SCAN_SMALL && is_small(map) {
            return Table::small((*map).tables).scan(s, key);
        }
        let hash = s.hash(key, (*map).seed as u64)?;
        let table = directory::lookup(map, state, hash);
        if Map::state_depth(state) >= LARGE {
            table.prefetch(s, hash);
        }
        table.find(s, hash, key)
    }
}

/// What a look-up in a map of an [`ODD`] state comes to.
///
/// # Safety
/// As for [`find`]; `state` is the map's.
#[cold]
#[inline(never)]
unsafe fn odd<S: Schema>(s: &S, map: *const Map, state: u32, key: S::Key) -> Result<Slot, Error<S::Error>> {
    if Map::is_written(state) {
        return Err(Misuse::ConcurrentReadWrite.into());
    }
    // SAFETY: as for this function.
    unsafe { find(s, map, key).map_err(Error::Key) }
}

/// Whether the map is a single group.
///
/// # Safety
/// `map` points to a map.
#[inline(always)]
pub(crate) unsafe fn is_small(map: *const Map) -> bool {
    // SAFETY: `map` points to a map (the caller's promise), whose fields can be read.
    unsafe { (*map).depth == 0 && (*map).tables.addr() & 7 == 0 }
}

/// The stored key and the element of `key`; nulls if there is none. `map` may be null, which is an empty map.
///
/// # Errors
/// [`Error::Misuse`] if another use of the map meets this one, [`Error::Key`] if the key cannot be hashed or compared.
///
/// # Safety
/// `map` is null or points to a map of schema `s`; `key` is valid.
#[inline(always)]
pub unsafe fn access_entry<S: Schema>(s: &S, map: *const Map, key: S::Key) -> Result<(*mut u8, *mut u8), Error<S::Error>> {
    // SAFETY: null, or a map of schema `s`, whose fields say where its tables are; the key is valid (the caller's
    // promises).
    unsafe {
        if map.is_null() || (*map).count == 0 {
            if s.hash_may_fail() {
                s.hash(key, 0).map_err(Error::Key)?;
            }
            return Ok((null_mut(), null_mut()));
        }
        let state = Map::state(map);
        let slot =
            if state & ODD != 0 { odd(s, map, state, key)? } else { find_in(s, map, state, key).map_err(Error::Key)? };
        if slot.is_none() {
            return Ok((null_mut(), null_mut()));
        }
        Ok((slot.key(s), slot.elem(s)))
    }
}

/// [`access`] for callers that make something of the element: `then` is given it, or none, at each of the places where that turns out; or an
/// error, if there is one or the map is an odd one, which [`access`] sees to.
///
/// # Safety
/// As [`access_entry`].
#[inline(always)]
pub unsafe fn access_then<S: Schema, R>(
    s: &S,
    map: *const Map,
    key: S::Key,
    then: impl Fn(Result<Option<*mut u8>, ()>) -> R,
) -> R {
    // SAFETY: null, or a map of schema `s`; the key is valid (this function's contract). What is found is a full slot of the map.
    unsafe {
        if map.is_null() || (*map).count == 0 {
            if s.hash_may_fail() && s.hash(key, 0).is_err() {
                return then(Err(()));
            }
            return then(Ok(None));
        }
        let state = Map::state(map);
        if state & ODD != 0 {
            return then(Err(()));
        }
        match find_in(s, map, state, key) {
            Ok(slot) if slot.is_none() => then(Ok(None)),
            Ok(slot) => then(Ok(Some(slot.elem(s)))),
            Err(_) => then(Err(())),
        }
    }
}

/// [`access_then`] in pieces: what lies behind the first group is a function that this one ends with, so that a search needs no more than the
/// registers that need not be saved.
///
/// # Safety
/// As [`access_entry`].
#[inline(always)]
pub unsafe fn access_in_pieces<S: Schema + Copy, R>(
    s: &S,
    map: *const Map,
    key: S::Key,
    then: impl Fn(Result<Option<*mut u8>, ()>) -> R,
) -> R {
    // SAFETY: null, or a map of schema `s`; the key is valid (this function's contract). What is found is a full slot of the map.
    unsafe {
        if map.is_null() || (*map).count == 0 {
            if s.hash_may_fail() && s.hash(key, 0).is_err() {
                return then(Err(()));
            }
            return then(Ok(None));
        }
        let state = Map::state(map);
        if state & ODD != 0 {
            cold();
            return then(Err(()));
        }
        let depth = Map::state_depth(state);
        if depth != 0 {
            let Ok(hash) = s.hash(key, (*map).seed as u64) else { return then(Err(())) };
            let table = directory::lookup(map, state, hash);
            if depth >= LARGE {
                cold();
                table.prefetch(s, hash);
            }
            return match table.find_near(s, hash, key) {
                Ok(Some(slot)) if slot.is_none() => then(Ok(None)),
                Ok(Some(slot)) => then(Ok(Some(slot.elem(s)))),
                Ok(None) => far(*s, map, hash, key, then),
                Err(_) => then(Err(())),
            };
        }
        if S::SCAN_SMALL && is_small(map) {
            return match Table::small((*map).tables).scan(s, key) {
                Ok(slot) if slot.is_none() => then(Ok(None)),
                Ok(slot) => then(Ok(Some(slot.elem(s)))),
                Err(_) => then(Err(())),
            };
        }
        let Ok(hash) = s.hash(key, (*map).seed as u64) else { return then(Err(())) };
        match directory::lookup(map, state, hash).find_near(s, hash, key) {
            Ok(Some(slot)) if slot.is_none() => then(Ok(None)),
            Ok(Some(slot)) => then(Ok(Some(slot.elem(s)))),
            Ok(None) => far(*s, map, hash, key, then),
            Err(_) => then(Err(())),
        }
    }
}

/// A search of all groups of a table, which finds that anew: what leads to it takes registers.
///
/// # Safety
/// As [`access_entry`]; the map has tables, and is not an [`ODD`] one; `hash` is that of the key.
#[cold]
#[inline(never)]
unsafe fn far<S: Schema, R>(
    s: S,
    map: *const Map,
    hash: u64,
    key: S::Key,
    then: impl Fn(Result<Option<*mut u8>, ()>) -> R,
) -> R {
    // SAFETY: a map of schema `s` with tables, none of them oversize, and the hash of a valid key (this function's contract). What is found
    // is a full slot of the table.
    unsafe {
        let state = Map::state(map);
        match directory::lookup(map, state, hash).find_far(&s, hash, key) {
            Ok(slot) if slot.is_none() => then(Ok(None)),
            Ok(slot) => then(Ok(Some(slot.elem(&s)))),
            Err(_) => then(Err(())),
        }
    }
}

/// The element of `key`; null if there is none. `map` may be null, which is an empty map.
///
/// # Errors
/// [`Error::Misuse`] if another use of the map meets this one, [`Error::Key`] if the key cannot be hashed or compared.
///
/// # Safety
/// As [`access_entry`].
#[inline(always)]
pub unsafe fn access<S: Schema>(s: &S, map: *const Map, key: S::Key) -> Result<*mut u8, Error<S::Error>> {
    // SAFETY: `map` is null or points to a map of schema `s`; `key` is valid (this function's contract).
    unsafe { access_entry(s, map, key).map(|(_, elem)| elem) }
}

//! Operations on whole maps, in pieces: making, clearing and copying a map of many tables, and going past many empty groups to an
//! iteration's next entry. What a piece does is goxide-maps'.

use super::schema::{Any, GoMaps, done};
use goxide_gotypes::types::MapType;
use goxide_maps::{self as maps, Directory, Iter, Map, Pass};
use goxide_rt::bulk::PIECE;
use goxide_rt::pieces::{self, DST, SRC, Work};
use goxide_rt::records::Held;

/// Groups that an iteration looks at in a piece: some tens of microseconds.
const LOOKED_AT: usize = 8 << 10;

/// Groups of a piece that touches them: fewer where each of their words is recorded for the collector.
unsafe fn groups(t: *const MapType) -> usize {
    let most = if goxide_rt::barrier::is_on() { PIECE / 8 } else { PIECE };
    // SAFETY: the caller's descriptor.
    (most / unsafe { (*t).bucket_size as usize }).max(1)
}

// No key is hashed for the first time here, and none compared with a program's: `done` finds no bad key, and raises nothing.

/// The map, empty and nobody else's, is at `DST`.
#[derive(Clone, Copy)]
struct Making {
    typ: *const MapType,
    pass: Pass,
}

// SAFETY: the map is held, and what it has so far is in it.
unsafe impl Work for Making {
    unsafe fn piece(&mut self, held: &mut Held) -> Option<[usize; 4]> {
        let (t, map) = (self.typ, held[DST] as *mut Map);
        // SAFETY: an empty map of the type; the pass is its own.
        unsafe {
            done(maps::init_some(&Any(t), &GoMaps(t), map, &mut self.pass, groups(t))).then_some([map as usize, 0, 0, 0])
        }
    }
}

/// Makes the tables of an empty map for `hint` entries: the entry answers the map.
///
/// # Safety
/// As for [`pieces::run`], if there are many; `h` is an empty map of the type.
pub unsafe fn make(t: *const MapType, h: *mut Map, hint: usize) -> *mut Map {
    // SAFETY: passed on.
    unsafe {
        match done(maps::init_begin(&Any(t), &GoMaps(t), h, hint)) {
            None => h,
            Some(pass) => pieces::run([0, h as usize, 0, 0], Making { typ: t, pass })[0] as *mut Map,
        }
    }
}

/// The map is at `DST`.
#[derive(Clone, Copy)]
struct Clearing {
    typ: *const MapType,
    pass: Pass,
}

// SAFETY: the map is held; for other goroutines it is being written.
unsafe impl Work for Clearing {
    unsafe fn piece(&mut self, held: &mut Held) -> Option<[usize; 4]> {
        let (t, map) = (self.typ, held[DST] as *mut Map);
        // SAFETY: a map of the type; the pass is its own.
        unsafe { done(maps::clear_some(&Any(t), &GoMaps(t), map, &mut self.pass, groups(t))).then_some([0; 4]) }
    }
}

/// Deletes all entries.
///
/// # Safety
/// As for [`pieces::run`]; `h` is null or a map of the type.
pub unsafe fn clear(t: *const MapType, h: *mut Map) {
    // SAFETY: passed on.
    unsafe {
        if let Some(pass) = done(maps::clear_begin(&Any(t), h)) {
            pieces::run([0, h as usize, 0, 0], Clearing { typ: t, pass });
        }
    }
}

/// The places of the directory of a copy that is being made, and of its bookkeeping.
const ENTRIES: usize = 0;
const METAS: usize = 3;

/// The map is at `SRC`, its copy at `DST`.
#[derive(Clone, Copy)]
struct Cloning {
    typ: *const MapType,
    pass: Pass,
}

// SAFETY: both maps and the new directory are held. Others may read the map; that they write it is noticed.
unsafe impl Work for Cloning {
    unsafe fn piece(&mut self, held: &mut Held) -> Option<[usize; 4]> {
        let (t, src, dst) = (self.typ, held[SRC] as *mut Map, held[DST] as *mut Map);
        let directory: Directory = (held[ENTRIES] as *mut _, held[METAS] as *mut _);
        // SAFETY: two maps of the type; pass and directory are theirs.
        unsafe {
            let all = done(maps::clone_some(&Any(t), &GoMaps(t), src, dst, directory, &mut self.pass, groups(t)));
            all.then_some([t as usize, dst as usize, 0, 0])
        }
    }
}

/// Makes the empty map `dst` a copy of `src`: the entry answers the type and `dst`.
///
/// # Safety
/// As for [`pieces::run`]; `src` is null or a map of the type, `dst` an empty one that nobody else has.
pub unsafe fn clone(t: *const MapType, src: *mut Map, dst: *mut Map) {
    // SAFETY: passed on. No collection begins or ends before the directory is held.
    unsafe {
        if let Some((pass, (entries, metas))) = done(maps::clone_begin(&Any(t), &GoMaps(t), src)) {
            pieces::run([entries as usize, dst as usize, src as usize, metas as usize], Cloning { typ: t, pass });
        }
    }
}

/// The iterator is at `DST`.
#[derive(Clone, Copy)]
struct Iterating {
    typ: *const MapType,
}

// SAFETY: the iterator is held, and holds the map and what it looks at.
unsafe impl Work for Iterating {
    unsafe fn piece(&mut self, held: &mut Held) -> Option<[usize; 4]> {
        // SAFETY: an iterator of a map of the type.
        unsafe { some(self.typ, held[DST] as *mut Iter).then_some([0; 4]) }
    }
}

unsafe fn some(t: *const MapType, it: *mut Iter) -> bool {
    // SAFETY: the caller's.
    unsafe { done(maps::iter_some(&Any(t), &GoMaps(t), it, LOOKED_AT)) }
}

/// Goes to the next entry.
///
/// # Safety
/// As for [`pieces::run`]; `it` is an iterator that was begun on a map of the type.
pub unsafe fn next(t: *const MapType, it: *mut Iter) {
    // SAFETY: passed on.
    unsafe {
        if !some(t, it) {
            pieces::run([0, it as usize, 0, 0], Iterating { typ: t });
        }
    }
}

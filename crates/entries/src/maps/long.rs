//! Operations on whole maps, in pieces: making, clearing and copying a map of many tables, and going past many empty groups to an
//! iteration's next entry. What a piece does is goxide-maps'.

use super::schema::{done, parts};
use goxide_gotypes::types::MapType;
use goxide_maps::{self as maps, Directory, Iter, Map, Pass};
use goxide_rt::bulk::PIECE;
use goxide_rt::pieces::{self, DST, SRC, Work};
use goxide_rt::token::System;

/// Groups that an iteration looks at in a piece: some tens of microseconds.
const LOOKED_AT: usize = 8 << 10;

/// Groups of a piece that touches them: fewer where each of their words is recorded for the collector.
///
/// # Safety
/// `t` is the descriptor of a map type.
unsafe fn groups(t: *const MapType) -> usize {
    let most = if goxide_rt::barrier::is_on() { PIECE / 8 } else { PIECE };
    // SAFETY: `t` is a descriptor (this function's contract).
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
    unsafe fn piece(&mut self, mut sys: System<'_>) -> Option<[usize; 4]> {
        let (t, map) = (self.typ, sys.held()[DST] as *mut Map);
        // SAFETY: an empty map of the type; the pass is its own. No frame owns what must be dropped, and no region is open.
        unsafe {
            let (schema, memory) = parts(&mut sys, t, map);
            let all = maps::init_some(&schema, &memory, map, &mut self.pass, groups(t));
            done(all, sys).then_some([map as usize, 0, 0, 0])
        }
    }
}

/// Makes the tables of an empty map for `hint` entries: the entry answers the map.
///
/// # Safety
/// In a system entry, which answers the map next. `h` is an empty map of the type.
pub unsafe fn make(mut sys: System<'_>, t: *const MapType, h: *mut Map, hint: usize) -> *mut Map {
    // SAFETY: in a system entry that answers the map next, which is empty, of the type (this function's contract), and held while the work
    // goes on. No frame owns what must be dropped, and no region is open.
    unsafe {
        let (schema, memory) = parts(&mut sys, t, h);
        let pass = maps::init_begin(&schema, &memory, h, hint);
        match done(pass, sys.lend()) {
            None => h,
            Some(pass) => pieces::run(sys, [0, h as usize, 0, 0], Making { typ: t, pass })[0] as *mut Map,
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
    unsafe fn piece(&mut self, mut sys: System<'_>) -> Option<[usize; 4]> {
        let (t, map) = (self.typ, sys.held()[DST] as *mut Map);
        // SAFETY: a map of the type; the pass is its own. No frame owns what must be dropped, and no region is open.
        unsafe {
            let (schema, memory) = parts(&mut sys, t, map);
            let all = maps::clear_some(&schema, &memory, map, &mut self.pass, groups(t));
            done(all, sys).then_some([0; 4])
        }
    }
}

/// Deletes all entries.
///
/// # Safety
/// In a system entry, which answers nothing and returns next. `h` is null or a map of the type.
pub unsafe fn clear(mut sys: System<'_>, t: *const MapType, h: *mut Map) {
    // SAFETY: in a system entry that returns next; `h` is null or a map of the type (this function's contract), and held while the work goes
    // on. No frame owns what must be dropped, and no region is open.
    unsafe {
        let (schema, memory) = parts(&mut sys, t, h);
        let pass = maps::clear_begin(&schema, &memory, h);
        if let Some(pass) = done(pass, sys.lend()) {
            pieces::run(sys, [0, h as usize, 0, 0], Clearing { typ: t, pass });
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
    unsafe fn piece(&mut self, mut sys: System<'_>) -> Option<[usize; 4]> {
        let (t, src, dst) = (self.typ, sys.held()[SRC] as *mut Map, sys.held()[DST] as *mut Map);
        let directory: Directory = (sys.held()[ENTRIES] as *mut _, sys.held()[METAS] as *mut _);
        // SAFETY: two maps of the type; pass and directory are theirs. No frame owns what must be dropped, and no region is open.
        unsafe {
            let (schema, memory) = parts(&mut sys, t, src);
            let all = maps::clone_some(&schema, &memory, src, dst, directory, &mut self.pass, groups(t));
            done(all, sys).then_some([t as usize, dst as usize, 0, 0])
        }
    }
}

/// Makes the empty map `dst` a copy of `src`: the entry answers the type and `dst`.
///
/// # Safety
/// In a system entry, which answers these two next. `src` is null or a map of the type, `dst` an empty one that nobody else has.
pub unsafe fn clone(mut sys: System<'_>, t: *const MapType, src: *mut Map, dst: *mut Map) {
    // SAFETY: in a system entry that answers type and copy next; `src` is null or a map of the type and `dst` an empty one (this function's
    // contract), both held while the work goes on. No collection begins or ends before the directory is held. No frame owns what must
    // be dropped, and no region is open.
    unsafe {
        let (schema, memory) = parts(&mut sys, t, src);
        let begun = maps::clone_begin(&schema, &memory, src);
        if let Some((pass, (entries, metas))) = done(begun, sys.lend()) {
            pieces::run(sys, [entries as usize, dst as usize, src as usize, metas as usize], Cloning { typ: t, pass });
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
    unsafe fn piece(&mut self, mut sys: System<'_>) -> Option<[usize; 4]> {
        let it = sys.held()[DST] as *mut Iter;
        // SAFETY: an iterator of a map of the type.
        unsafe { some(sys, self.typ, it).then_some([0; 4]) }
    }
}

/// Looks at some groups; whether the next entry was among them, or there is none.
///
/// # Safety
/// In a system entry; `it` is an iterator that was begun on a map of the type.
unsafe fn some(mut sys: System<'_>, t: *const MapType, it: *mut Iter) -> bool {
    // SAFETY: an iterator that was begun on a map of the type (this function's contract). No frame owns what must be dropped, and no region
    // is open.
    unsafe {
        let (schema, memory) = parts(&mut sys, t, (*it).map());
        let found = maps::iter_some(&schema, &memory, it, LOOKED_AT);
        done(found, sys)
    }
}

/// Goes to the next entry.
///
/// # Safety
/// In a system entry, which answers nothing and returns next. `it` is an iterator that was begun on a map of the type.
pub unsafe fn next(mut sys: System<'_>, t: *const MapType, it: *mut Iter) {
    // SAFETY: in a system entry that returns next; an iterator that was begun on a map of the type (this function's contract), and is held
    // while the work goes on.
    unsafe {
        if !some(sys.lend(), t, it) {
            pieces::run(sys, [0, it as usize, 0, 0], Iterating { typ: t });
        }
    }
}

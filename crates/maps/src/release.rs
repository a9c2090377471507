//! What a large map that has become empty does with its tables: it gives them up, so that it is as if new, unless it was cleared while it was well
//! filled. Deletion itself is in `delete`.
use crate::ahead;
use crate::directory;
use crate::header::{GROUP_SLOTS, MAX_GROUPS, Map, Meta, OVERSIZE};
use crate::seam::Memory;
use core::ptr::null_mut;

/// The depth from which on a map is large: some ten thousand entries. So many had to be added since it was small, which pays for adding them
/// anew; smaller maps are often emptied to be filled again.
pub(crate) const LARGE: u8 = 6;

/// Whether a map with a directory holds less than an eighth of what it has slots for. What is cleared while it is fuller will be filled
/// as far again, as a rule: programs clear maps to use them anew.
///
/// # Safety
/// `map` points to a map that this thread writes.
pub(crate) unsafe fn is_sparse(map: *const Map) -> bool {
    // SAFETY: a map that this thread writes (this function's contract).
    unsafe { (*map).count >> (*map).depth < MAX_GROUPS * GROUP_SLOTS / 8 }
}

/// Takes all tables and the directory out of a map, and answers them as a map of their own, which only says where they are. Iterations that are
/// under way end.
///
/// # Safety
/// `map` points to a map with memory of `m`'s that this thread writes.
pub(crate) unsafe fn take<M: Memory>(m: &M, map: *mut Map) -> Map {
    // SAFETY: a map that this thread writes (this function's contract).
    unsafe {
        let old = Map { flags: Map::flags(map).into(), ..map.read() };
        m.store_pointer(&raw mut (*map).tables, null_mut());
        m.store_pointer((&raw mut (*map).controls).cast(), null_mut());
        m.store_pointer((&raw mut (*map).metas).cast(), null_mut());
        (*map).count = 0;
        (*map).meta = Meta { note: old.meta.note, ..Meta::default() };
        (*map).depth = 0;
        (*map).epoch = old.epoch.wrapping_add(1);
        Map::set_flags(map, Map::flags(map) & !OVERSIZE);
        old
    }
}

/// Gives up all tables and the directory of an empty map. Iterations that are under way end.
///
/// # Safety
/// `map` points to a map with a directory and memory of `m`'s that this thread writes, and whose entries are of no use any more.
#[cold]
#[inline(never)]
pub(crate) unsafe fn release<M: Memory>(m: &M, map: *mut Map) {
    // SAFETY: a map with a directory that this thread writes (this function's contract). What is retired was the map's, as large as it says,
    // and the map does not name it any more.
    unsafe {
        let old = take(m, map);
        let depth = old.depth;
        let mut i = 0;
        while i < 1 << depth {
            let table = directory::table(&raw const old, Map::flags(&raw const old), i);
            i += 1 << (depth - (*old.metas.add(i)).depth);
            m.retire_table(table.groups, table.controls, table.len());
        }
        ahead::retire(m, &raw const old);
        m.retire_directory(old.tables.cast(), old.metas, 1 << depth);
    }
}

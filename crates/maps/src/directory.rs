//! From a hash to its table and the table's bookkeeping. Growth of the directory is in `grow`.
use crate::header::{Entry, Map, Meta, OVERSIZE, Tagged};
use crate::table::Table;

/// Index of a hash's directory entry.
#[inline(always)]
pub(crate) fn index(hash: u64, depth: u8) -> usize {
    // Two shifts, so that depth 0 gives 0.
    (hash >> 1 >> (63 - depth as u32)) as usize
}

/// The first of the directory entries that share a table of depth `own` with entry `i`.
#[inline(always)]
pub(crate) fn canonical(i: usize, depth: u8, own: u8) -> usize {
    i & (usize::MAX << (depth - own))
}

/// Directory entry `i` (without a directory, what entry 0 would be; a small map's control word is in its group).
///
/// # Safety
/// `map` points to a map with tables, `i` is below `1 << depth`.
#[inline(always)]
pub(crate) unsafe fn entry(map: *const Map, i: usize) -> Entry {
    // SAFETY: see the header's shapes.
    unsafe {
        if (*map).depth != 0 {
            return (*map).tables.cast::<Entry>().add(i).read();
        }
        let (groups, controls) = (Tagged((*map).tables), (*map).controls);
        Entry { groups, controls: if controls.is_null() { groups.0.cast() } else { controls } }
    }
}

/// The bookkeeping of directory entry `i` (without a directory, of the map).
///
/// # Safety
/// As `entry`.
#[inline(always)]
pub(crate) unsafe fn meta(map: *mut Map, i: usize) -> *mut Meta {
    // SAFETY: see the header's shapes.
    unsafe { if (*map).depth == 0 { &raw mut (*map).meta } else { (*map).metas.add(i) } }
}

/// The canonical bookkeeping of the table at directory entry `i`.
///
/// # Safety
/// As `entry`.
#[inline(always)]
pub(crate) unsafe fn canonical_meta(map: *mut Map, i: usize) -> *mut Meta {
    // SAFETY: the canonical index is not above `i`.
    unsafe {
        let m = meta(map, i);
        let depth = (*map).depth;
        if (*m).depth == depth { m } else { (*map).metas.add(canonical(i, depth, (*m).depth)) }
    }
}

/// The table at directory entry `i`.
///
/// # Safety
/// As `entry`; `flags` are the map's.
#[inline(always)]
pub(crate) unsafe fn table(map: *const Map, flags: u8, i: usize) -> Table {
    // SAFETY: the map has entry `i` (`entry`'s promise) and its bookkeeping, and the flags are its own.
    unsafe {
        let e = entry(map, i);
        let lg = if flags & OVERSIZE != 0 { (*meta(map.cast_mut(), i)).lg } else { e.groups.lg() };
        Table { groups: e.groups.groups(), controls: e.controls, mask: (1usize << lg) - 1 }
    }
}

/// The table to which a hash belongs.
///
/// # Safety
/// `map` points to a map with tables; `state` is its state.
#[inline(always)]
pub(crate) unsafe fn lookup(map: *const Map, state: u32, hash: u64) -> Table {
    // SAFETY: the index is below `1 << depth`.
    unsafe { table(map, state as u8, index(hash, Map::state_depth(state))) }
}

//! From a hash to its table and the table's bookkeeping. Growth of the directory is in `grow`.
use crate::header::{Entry, MAX_GROUPS, MAX_LG, Map, Meta, OVERSIZE, Tagged};
use crate::seam::{Error, Memory};
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
        if flags & OVERSIZE != 0 {
            let lg = (*meta(map.cast_mut(), i)).lg;
            let e = entry(map, i);
            return Table { groups: e.groups.groups(), controls: e.controls, mask: (1usize << lg) - 1 };
        }
        ordinary(map, (*map).depth, || i)
    }
}

/// The table to which a hash belongs.
///
/// # Safety
/// `map` points to a map with tables, none of which is oversize; `state` is its state.
#[inline(always)]
pub(crate) unsafe fn lookup(map: *const Map, state: u32, hash: u64) -> Table {
    let depth = Map::state_depth(state);
    // SAFETY: the index is below `1 << depth`, which is not 0 where it is asked for.
    unsafe { ordinary(map, depth, || (hash >> (depth.wrapping_neg() & 63)) as usize) }
}

/// The table at a directory entry, if there is a directory; else the only one.
///
/// # Safety
/// As `entry`, for what `i` gives; `depth` is the map's, and no table is oversize.
#[inline(always)]
unsafe fn ordinary(map: *const Map, depth: u8, i: impl FnOnce() -> usize) -> Table {
    // SAFETY: see the header's shapes; the map has the entry.
    unsafe {
        if depth != 0 {
            let e = (*map).tables.cast::<Entry>().add(i()).read();
            // Only tables of full size are split, so that below a directory there are no others.
            debug_assert!(e.groups.lg() == MAX_LG);
            return Table { groups: e.groups.0.wrapping_sub(MAX_LG as usize), controls: e.controls, mask: MAX_GROUPS - 1 };
        }
        let (groups, controls) = (Tagged((*map).tables), (*map).controls);
        if controls.is_null() {
            return Table::small(groups.0);
        }
        Table { groups: groups.groups(), controls, mask: (1usize << groups.lg()) - 1 }
    }
}

/// A new directory.
pub(crate) fn alloc<M: Memory, E>(m: &M, n: usize) -> Result<(*mut Entry, *mut Meta), Error<E>> {
    let (directory, metas) = (m.alloc_directory(n), m.alloc_metas(n));
    if directory.is_null() || metas.is_null() {
        // SAFETY: they are what was just allocated, or null.
        unsafe { m.retire_directory(directory, metas, n) };
        return Err(Error::OutOfMemory);
    }
    Ok((directory, metas))
}

/// Writes a directory entry.
///
/// # Safety
/// `to` points to one.
#[inline(always)]
pub(crate) unsafe fn store<M: Memory>(m: &M, to: *mut Entry, entry: Entry) {
    // SAFETY: `to` points to an entry, whose words may be written.
    unsafe {
        m.store_pointer((&raw mut (*to).groups).cast(), entry.groups.0);
        m.store_pointer((&raw mut (*to).controls).cast(), entry.controls.cast());
    }
}

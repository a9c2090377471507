//! The directory that a large map will have next, which is made while tables are split: doubling a long one all at once would stall a single
//! insertion. Only the bookkeeping, which changes with each entry, is copied when it is needed.
//!
//! It lies where the map's header has its control words as long as there is no directory; the last of its entries keeps its bookkeeping until
//! then.
use crate::directory;
use crate::header::{Entry, Map, Meta};
use crate::seam::Memory;
use core::ptr::null_mut;

/// The depth from which on the next directory is made ahead: below, doubling takes few microseconds.
const LONG: u8 = 8;
/// Entries that are doubled with each split. From one doubling to the next there are half as many splits as entries.
const STEP: usize = 16;

/// The next directory, as far as it is made; null if there is none.
///
/// # Safety
/// `map` points to a map.
unsafe fn next(map: *const Map) -> *mut Entry {
    // SAFETY: a map (this function's contract).
    unsafe {
        let next: *mut Entry = (*map).controls.cast();
        if (*map).depth == 0 || next.addr() == (*map).tables.addr() { null_mut() } else { next }
    }
}

/// Makes some more of the next directory of a map whose table was split, or begins with it. That there is no memory for it does not matter.
///
/// # Safety
/// `map` points to a map with a directory and memory of `m`'s, which this thread writes.
pub(crate) unsafe fn go_on<M: Memory>(m: &M, map: *mut Map) {
    // SAFETY: a map with a directory (this function's contract); the next one has two entries for each of its, and its bookkeeping as many.
    unsafe {
        let depth = (*map).depth;
        if depth < LONG {
            return;
        }
        if !next(map).is_null() {
            some(m, map, STEP);
        } else if let Ok((next, metas)) = directory::alloc::<M, ()>(m, 2 << depth) {
            m.store_pointer((&raw mut (*next.add((2 << depth) - 1)).controls).cast(), metas.cast());
            m.store_pointer((&raw mut (*map).controls).cast(), next.cast());
            (*map).meta.growth_left = 0;
        }
    }
}

/// Doubles up to `n` entries more, but for the last.
///
/// # Safety
/// As for [`go_on`]; there is a next directory.
unsafe fn some<M: Memory>(m: &M, map: *mut Map, n: usize) {
    // SAFETY: as there: each of the entries, but the last, has two in the next directory.
    unsafe {
        let (next, last) = (next(map), (1usize << (*map).depth) - 1);
        let metas: *mut Meta = (*next.add(2 * last + 1)).controls.cast();
        let begin = (*map).meta.growth_left as usize;
        let end = last.min(begin + n);
        for j in begin..end {
            let entry = directory::entry(map, j);
            for k in [2 * j, 2 * j + 1] {
                directory::store(m, next.add(k), entry);
                // So that its memory is there when it is needed.
                metas.add(k).write(Meta::default());
            }
        }
        (*map).meta.growth_left = end as u32;
    }
}

/// Writes what is now the table of directory entries `begin..end` to the next directory too, as far as that is made.
///
/// # Safety
/// `map` points to a map with these directory entries and memory of `m`'s, which this thread writes.
pub(crate) unsafe fn publish<M: Memory>(m: &M, map: *mut Map, begin: usize, end: usize, entry: Entry) {
    // SAFETY: as for `go_on`; what is made has two entries for each of those that were doubled.
    unsafe {
        let next = next(map);
        if next.is_null() {
            return;
        }
        for k in 2 * begin..2 * end.min((*map).meta.growth_left as usize) {
            directory::store(m, next.add(k), entry);
        }
    }
}

/// Takes the next directory, with its bookkeeping, which is to be filled; `None` if there is none.
///
/// # Safety
/// As for [`go_on`].
pub(crate) unsafe fn take<M: Memory>(m: &M, map: *mut Map) -> Option<(*mut Entry, *mut Meta)> {
    // SAFETY: as for `go_on`; behind `some`, only the last entry is left.
    unsafe {
        let next = next(map);
        if next.is_null() {
            return None;
        }
        some(m, map, usize::MAX >> 1);
        let last = (1usize << (*map).depth) - 1;
        let metas = (*next.add(2 * last + 1)).controls.cast();
        for k in [2 * last, 2 * last + 1] {
            directory::store(m, next.add(k), directory::entry(map, last));
        }
        (*map).meta.growth_left = 0;
        Some((next, metas))
    }
}

/// Gives back the next directory of a map that will not have it.
///
/// # Safety
/// `map` points to a map with memory of `m`'s, or to what was one, which nothing else uses and which is not used any more.
pub(crate) unsafe fn retire<M: Memory>(m: &M, map: *const Map) {
    // SAFETY: what was allocated for a directory twice as long as the map's; the last entry was not made.
    unsafe {
        let (next, n) = (next(map), 2usize << (*map).depth);
        if !next.is_null() {
            m.retire_directory(next, (*next.add(n - 1)).controls.cast(), n);
        }
    }
}

/// Checks that what is made of the next directory is what the map's says; says whether there is one.
///
/// # Safety
/// `map` points to a map with tables.
#[cfg(test)]
pub(crate) unsafe fn check(map: *mut Map) -> bool {
    // SAFETY: a map (this function's contract); what is made has two entries for each of those that were doubled.
    unsafe {
        let next = next(map);
        if next.is_null() {
            return false;
        }
        let made = (*map).meta.growth_left as usize;
        assert!((*map).depth >= LONG && made < 1 << (*map).depth);
        for k in 0..2 * made {
            assert_eq!(*next.add(k), directory::entry(map, k / 2));
        }
        assert!(!(*next.add((2 << (*map).depth) - 1)).controls.is_null());
        true
    }
}

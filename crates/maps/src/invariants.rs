//! Tests of what must hold of every map at any time, whatever was done to it: accounting, directory, reachability.
use crate::directory;
use crate::group::{DELETED, EMPTY};
use crate::header::{Entry, MAX_LG, Map, Meta, OVERSIZE, capacity};
use crate::schema::{Fast64, Schema, Shape};
use crate::seam::Memory;
use crate::{assign, clear, clone_into, delete, init};
use core::convert::Infallible;
use std::alloc::{Layout, alloc_zeroed};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// How often a next directory was seen.
static AHEAD: AtomicUsize = AtomicUsize::new(0);

/// Memory that is not freed.
struct Leak;

fn leak(words: usize) -> *mut u8 {
    // SAFETY: the size is not zero.
    unsafe { alloc_zeroed(Layout::array::<u64>(words).unwrap()) }
}

const GROUP: usize = 8 + 64 + 64 + 8;

// SAFETY: memory is zeroed and lives forever.
unsafe impl Memory for Leak {
    fn alloc_groups(&self, n: usize) -> *mut u8 {
        leak(n * GROUP / 8)
    }
    fn alloc_controls(&self, n: usize) -> *mut u64 {
        leak(n).cast()
    }
    fn alloc_directory(&self, n: usize) -> *mut Entry {
        leak(2 * n).cast()
    }
    fn alloc_metas(&self, n: usize) -> *mut Meta {
        leak(n).cast()
    }
    fn alloc_key(&self) -> *mut u8 {
        unreachable!("no boxes")
    }
    fn alloc_elem(&self) -> *mut u8 {
        unreachable!("no boxes")
    }
    unsafe fn copy_key(&self, dst: *mut u8, src: *const u8) {
        // SAFETY: keys of eight bytes.
        unsafe { dst.copy_from_nonoverlapping(src, 8) }
    }
    unsafe fn copy_elem(&self, dst: *mut u8, src: *const u8) {
        // SAFETY: elements of eight bytes.
        unsafe { dst.copy_from_nonoverlapping(src, 8) }
    }
    unsafe fn clear_key(&self, _: *mut u8) {}
    unsafe fn clear_elem(&self, slot: *mut u8) {
        // SAFETY: elements of eight bytes.
        unsafe { slot.write_bytes(0, 8) }
    }
    unsafe fn clear_groups(&self, groups: *mut u8, n: usize) {
        // SAFETY: `n` groups of this map.
        unsafe { groups.write_bytes(0, n * GROUP) }
    }
    unsafe fn store_pointer(&self, slot: *mut *mut u8, value: *mut u8) {
        // SAFETY: the slot may be written.
        unsafe { slot.write(value) }
    }
    fn plain_copies(&self) -> bool {
        true
    }
    fn random(&self) -> u64 {
        0x9e37_79b9_7f4a_7c15
    }
}

/// Keys of eight bytes of which `self.0` bits, at most, reach the hash: few bits make tables that cannot be split apart.
struct Skewed(u64);

// SAFETY: a key slot is the eight bytes that `store` writes and the others read.
unsafe impl Schema for Skewed {
    type Key = u64;
    type Error = Infallible;
    fn group_size(&self) -> usize {
        GROUP
    }
    fn key_slot(&self) -> usize {
        8
    }
    fn elem_slot(&self) -> usize {
        8
    }
    unsafe fn hash(&self, key: u64, seed: u64) -> Result<u64, Infallible> {
        Ok(crate::hash::hash64(key & self.0, seed))
    }
    unsafe fn equal(&self, key: u64, stored: *const u8) -> Result<bool, Infallible> {
        // SAFETY: a key of eight bytes.
        Ok(unsafe { *stored.cast::<u64>() } == key)
    }
    unsafe fn load(&self, stored: *const u8) -> u64 {
        // SAFETY: a key of eight bytes.
        unsafe { *stored.cast() }
    }
    unsafe fn store<M: Memory>(&self, _: &M, to: *mut u8, key: u64) {
        // SAFETY: a key of eight bytes.
        unsafe { *to.cast() = key }
    }
}

/// Checks all invariants; says how many deleted slots there are.
///
/// # Safety
/// `map` points to a map of schema `s`, which nothing writes.
unsafe fn check<S: Schema<Key = u64, Error = Infallible>>(s: &S, map: *mut Map) -> usize {
    // SAFETY: `map` points to a map of the schema (this function's contract), whose depth says how many entries it has;
    // `table` is that of an entry, `meta` one of its records.
    unsafe {
        if (*map).tables.is_null() {
            assert!((*map).count == 0 && (*map).depth == 0);
            return 0;
        }
        let (depth, flags) = ((*map).depth, Map::flags(map));
        if crate::ahead::check(map) {
            AHEAD.fetch_add(1, Relaxed);
        }
        let (mut count, mut tombs, mut i) = (0, 0, 0);
        while i < 1usize << depth {
            let meta = *directory::meta(map, i);
            let table = directory::table(map, flags, i);
            assert_eq!(table.len(), 1 << meta.lg);
            assert!(meta.depth <= depth && i == directory::canonical(i, depth, meta.depth));
            assert!(meta.lg <= MAX_LG || flags & OVERSIZE != 0);
            assert!(meta.depth == 0 || meta.lg >= MAX_LG, "only full-size tables are split");
            let span = 1usize << (depth - meta.depth);
            for j in i..i + span {
                assert_eq!(directory::entry(map, j), directory::entry(map, i));
                let other = *directory::meta(map, j);
                assert!(other.depth == meta.depth && other.lg == meta.lg);
            }
            let mut used = 0;
            for g in 0..table.len() {
                for index in 0..8 {
                    let slot = table.slot(s, g, index);
                    match slot.ctrl() {
                        EMPTY => {
                            assert_eq!(*slot.elem_slot(s).cast::<u64>(), 0, "a free slot's element is zero");
                            continue;
                        }
                        DELETED => {
                            assert!(meta.lg > 0, "a single group needs none");
                            assert_eq!(*slot.elem_slot(s).cast::<u64>(), 0, "a free slot's element is zero");
                            tombs += 1;
                        }
                        ctrl => {
                            count += 1;
                            let key = s.load(slot.key(s));
                            let Ok(hash) = s.hash(key, (*map).seed as u64);
                            assert_eq!(ctrl, crate::group::h2(hash));
                            assert!((i..i + span).contains(&directory::index(hash, depth)), "in a foreign table");
                            let Ok(found) = crate::access::find(s, map, key);
                            assert!(found.group == slot.group && found.index == index, "not where a search ends");
                        }
                    }
                    used += 1;
                }
            }
            if meta.lg > 0 {
                assert_eq!(meta.growth_left, capacity(meta.lg) - used, "table {i} of depth {}", meta.depth);
            }
            i += span;
        }
        assert_eq!(count, (*map).count);
        tombs
    }
}

fn random_walk<S: Schema<Key = u64, Error = Infallible>>(s: &S, keys: u64, rounds: u64, hint: usize) -> usize {
    let mut map = Map::new(42);
    let map = &raw mut map;
    let mut state = keys ^ 0x5555;
    let mut most_tombs = 0;
    // SAFETY: a map of the schema; elements have eight bytes.
    unsafe {
        init(s, &Leak, map, hint).ok().unwrap();
        check(s, map);
        for round in 0..rounds {
            // Phases of growth and of shrinkage.
            let grow = if (round / (keys * 2)).is_multiple_of(2) { 7 } else { 4 };
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            let (dice, key) = ((state >> 33) % 10, (state >> 40) % keys);
            if dice < grow {
                let Ok(p) = assign(s, &Leak, map, key) else { unreachable!() };
                *p.cast::<u64>() = key + 1;
            } else {
                delete(s, &Leak, map, key).ok().unwrap();
            }
            if round.is_multiple_of(rounds / 60) {
                most_tombs = most_tombs.max(check(s, map));
            }
        }
        let mut copy = Map::new(1);
        clone_into(s, &Leak, map, &mut copy).ok().unwrap();
        check(s, &mut copy);
        clear(s, &Leak, map).ok().unwrap();
        assert_eq!(check(s, map), 0);
        for key in 0..keys {
            let Ok(p) = assign(s, &Leak, map, key) else { unreachable!() };
            *p.cast::<u64>() = 1;
        }
        check(s, map);
        // The copy did not change with the original.
        check(s, &mut copy);
    }
    most_tombs
}

#[test]
fn hold_for_small_and_single_maps() {
    for keys in [5, 8, 9, 14, 15, 29, 100, 700] {
        if cfg!(miri) && keys > 15 {
            break;
        }
        random_walk(&Fast64(Shape::new(8, 8)), keys, keys * 20 + 60, 0);
    }
}

#[test]
#[cfg(not(miri))]
fn hold_for_directories() {
    let s = Fast64(Shape::new(8, 8));
    random_walk(&s, 5_000, 60_000, 0);
    random_walk(&s, 12_000, 60_000, 3_000);
    // Near the full load, so that groups are full and leave deleted slots.
    assert!(random_walk(&s, 1_100, 30_000, 0) > 0);
}

#[test]
#[cfg(not(miri))]
fn hold_under_bad_hashes() {
    // Seven hashes at most, then one: tables beyond the ordinary size.
    random_walk(&Skewed(7), 5_000, 20_000, 0);
    random_walk(&Skewed(0), 2_500, 6_000, 0);
    // Some tables may be split, others are heavy.
    random_walk(&Skewed(0xf0f), 6_000, 30_000, 0);
}

#[test]
#[cfg(not(miri))]
fn hold_for_long_directories() {
    // Some keys more often than others, so that tables are split at different times; then with few different hashes.
    random_walk(&Skewed(u64::MAX), 260_000, 420_000, 0);
    random_walk(&Skewed(0x1_ffff), 200_000, 300_000, 0);
    assert!(AHEAD.load(Relaxed) > 10);
}

#[test]
#[cfg(not(miri))]
fn hold_when_a_large_map_is_emptied() {
    const MANY: u64 = 60_000;
    for s in [Skewed(u64::MAX), Skewed(0xffff)] {
        let mut map = Map::new(42);
        map.meta.note = 7;
        let map = &raw mut map;
        // SAFETY: a map of the schema; elements have eight bytes.
        unsafe {
            for cleared in [false, true, false] {
                for key in 0..MANY {
                    let Ok(p) = assign(&s, &Leak, map, key << 3 | key & 1) else { unreachable!() };
                    *p.cast::<u64>() = 1;
                }
                assert!((*map).depth >= crate::release::LARGE);
                check(&s, map);
                let epoch = (*map).epoch;
                if cleared {
                    // What is cleared while it is fuller keeps its tables.
                    for key in MANY / 100..MANY {
                        assert!(matches!(delete(&s, &Leak, map, key << 3 | key & 1), Ok(true)));
                    }
                    clear(&s, &Leak, map).ok().unwrap();
                } else {
                    for key in 0..MANY {
                        assert!(matches!(delete(&s, &Leak, map, key << 3 | key & 1), Ok(true)));
                    }
                }
                check(&s, map);
                assert!((*map).tables.is_null() && (*map).controls.is_null() && (*map).metas.is_null());
                assert!((*map).epoch != epoch && (*map).meta.note == 7 && Map::flags(map) == 0);
            }
        }
    }
}

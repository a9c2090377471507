//! A large map that was emptied is as if new: what was taken out is whole, cursors end, and memory is given back.
#![cfg(not(miri))] // A large map takes too long there.
use goxide_maps::CursorMap;
use std::alloc::{GlobalAlloc, Layout, System};
use std::collections::HashSet;
use std::rc::Rc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// The system allocator, which counts.
struct Counting;

static BYTES: AtomicUsize = AtomicUsize::new(0);
/// The tests count the process's bytes, so one runs at a time.
static ALONE: Mutex<()> = Mutex::new(());

// SAFETY: the system's allocator does all of it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        BYTES.fetch_add(layout.size(), Relaxed);
        // SAFETY: the layout is not empty (the trait's contract).
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, p: *mut u8, layout: Layout) {
        BYTES.fetch_sub(layout.size(), Relaxed);
        // SAFETY: allocated above with this layout (the trait's contract).
        unsafe { System.dealloc(p, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

const MANY: u64 = 60_000;
/// Of the two megabytes of a full map; the harness allocates besides, and gives back.
const LITTLE: usize = 64 << 10;

fn filled() -> CursorMap<u64, Rc<u64>> {
    let mut map = CursorMap::new();
    (0..MANY).for_each(|k| _ = map.insert(k, Rc::new(k)));
    map
}

#[test]
fn removing_all_gives_memory_back() {
    let _alone = ALONE.lock();
    let before = BYTES.load(Relaxed);
    let mut map = filled();
    for round in 0..2 {
        for k in 0..MANY {
            // The last one's value lies in a table that is given up.
            let value = map.remove(&k).unwrap();
            assert!(*value == k && Rc::strong_count(&value) == 1);
        }
        assert!(map.is_empty() && map.iter().next().is_none() && map.get(&1).is_none());
        assert!(map.remove(&1).is_none());
        assert!(BYTES.load(Relaxed).saturating_sub(before) < LITTLE, "{} bytes are kept", BYTES.load(Relaxed) - before);
        (0..MANY).for_each(|k| _ = map.insert(k, Rc::new(k + round)));
        assert!((0..MANY).all(|k| **map.get(&k).unwrap() == k + round));
        (0..MANY).for_each(|k| *map.get_mut(&k).unwrap() = Rc::new(k));
    }
    // What is cleared while it is full keeps its tables.
    map.clear();
    let kept = BYTES.load(Relaxed);
    assert!(kept.saturating_sub(before) > LITTLE);
    (0..MANY).for_each(|k| _ = map.insert(k, Rc::new(k)));
    (1000..MANY).for_each(|k| _ = map.remove(&k));
    // Another seed splits a table here and there.
    assert!(BYTES.load(Relaxed).saturating_sub(kept) < (kept - before) / 4, "room was made anew");
    map.clear();
    assert!(BYTES.load(Relaxed).saturating_sub(before) < LITTLE);
    map.insert(1, Rc::new(1));
    assert_eq!(map.len(), 1);
}

#[test]
fn cursors_end_with_what_they_walked() {
    let _alone = ALONE.lock();
    let before = BYTES.load(Relaxed);
    {
        let mut map = filled();
        let (mut a, mut b) = (map.cursor(), map.cursor());
        let mut met = HashSet::new();
        for _ in 0..MANY / 2 {
            assert!(met.insert(*a.next(&map).unwrap().0));
        }
        // By the other cursor, to the last one.
        while let Some((&k, _)) = b.next(&map) {
            assert_eq!(map.remove(&k).map(|v| *v), Some(k));
        }
        assert!(map.is_empty());
        (0..MANY).for_each(|k| _ = map.insert(k, Rc::new(k)));
        assert!(a.next(&map).is_none() && b.next(&map).is_none());
        let mut c = map.cursor();
        let mut n = 0;
        while c.next(&map).is_some() {
            n += 1;
        }
        assert_eq!(n, MANY);
        map.clear();
        assert!(c.next(&map).is_none());
    }
    assert!(BYTES.load(Relaxed).saturating_sub(before) < LITTLE);
}

#[test]
fn a_map_shrinks_when_it_is_told_to() {
    let _alone = ALONE.lock();
    let before = BYTES.load(Relaxed);
    let mut map = filled();
    let full = BYTES.load(Relaxed) - before;
    map.retain(|k, _| k % 64 == 0);
    let (mut cursor, mut fresh) = (map.cursor(), map.cursor());
    assert!(cursor.next(&map).is_some());
    map.shrink_to_fit();
    assert!(cursor.next(&map).is_none());
    let mut met = HashSet::new();
    while let Some((&k, v)) = fresh.next(&map) {
        assert!(met.insert(k) && k % 64 == 0 && **v == k);
    }
    assert_eq!((met.len(), map.len()), ((MANY as usize).div_ceil(64), met.len()));
    drop((cursor, fresh));
    map.insert(1, Rc::new(1));
    assert!(BYTES.load(Relaxed) - before < full / 16, "{} of {full} bytes", BYTES.load(Relaxed) - before);
    map.clear();
    map.shrink_to_fit();
    assert!(BYTES.load(Relaxed).saturating_sub(before) < LITTLE);
}

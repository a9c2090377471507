//! The core over the seam, as an embedder with a collector sees it: zeroed headers, typed pointer writes, keys that cannot
//! be hashed, boxed slots, misuse, failing memory.
use goxide_maps::*;
use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::ptr::null_mut;
use std::sync::atomic::Ordering;

/// Memory that is freed at the end, counts, refuses, and knows which pointer words were written plainly.
struct Arena {
    group_size: usize,
    sizes: (usize, usize),
    blocks: RefCell<Vec<(*mut u8, Layout)>>,
    /// Allocations that may still be made.
    budget: Cell<usize>,
    plain: Cell<bool>,
    copies: Cell<usize>,
    stores: Cell<usize>,
    live_groups: Cell<isize>,
    random: Cell<u64>,
}

impl Arena {
    fn new(group_size: usize, sizes: (usize, usize)) -> Self {
        Arena {
            group_size,
            sizes,
            blocks: RefCell::default(),
            budget: Cell::new(usize::MAX),
            plain: Cell::new(true),
            copies: Cell::new(0),
            stores: Cell::new(0),
            live_groups: Cell::new(0),
            random: Cell::new(1),
        }
    }

    fn take(&self, bytes: usize) -> *mut u8 {
        if self.budget.get() == 0 {
            return null_mut();
        }
        self.budget.set(self.budget.get() - 1);
        let layout = Layout::from_size_align(bytes.max(8), 8).unwrap();
        // SAFETY: the size is not zero.
        let p = unsafe { alloc_zeroed(layout) };
        self.blocks.borrow_mut().push((p, layout));
        p
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        for &(p, layout) in self.blocks.borrow().iter() {
            // SAFETY: allocated with this layout.
            unsafe { dealloc(p, layout) }
        }
    }
}

// SAFETY: memory is zeroed and lives as long as the arena.
unsafe impl Memory for Arena {
    fn alloc_groups(&self, n: usize) -> *mut u8 {
        let p = self.take(n * self.group_size);
        if !p.is_null() {
            self.live_groups.set(self.live_groups.get() + n as isize);
        }
        p
    }
    fn alloc_controls(&self, n: usize) -> *mut u64 {
        self.take(n * 8).cast()
    }
    fn alloc_directory(&self, n: usize) -> *mut Entry {
        self.take(n * 16).cast()
    }
    fn alloc_metas(&self, n: usize) -> *mut Meta {
        self.take(n * 8).cast()
    }
    fn alloc_key(&self) -> *mut u8 {
        self.take(self.sizes.0)
    }
    fn alloc_elem(&self) -> *mut u8 {
        self.take(self.sizes.1)
    }
    unsafe fn retire_table(&self, groups: *mut u8, _: *mut u64, n: usize) {
        if !groups.is_null() {
            self.live_groups.set(self.live_groups.get() - n as isize);
        }
    }
    unsafe fn copy_key(&self, dst: *mut u8, src: *const u8) {
        self.copies.set(self.copies.get() + 1);
        // SAFETY: memory for a key each, apart.
        unsafe { dst.copy_from_nonoverlapping(src, self.sizes.0) }
    }
    unsafe fn copy_elem(&self, dst: *mut u8, src: *const u8) {
        self.copies.set(self.copies.get() + 1);
        // SAFETY: memory for an element each, apart.
        unsafe { dst.copy_from_nonoverlapping(src, self.sizes.1) }
    }
    unsafe fn clear_key(&self, slot: *mut u8) {
        // SAFETY: a key.
        unsafe { slot.write_bytes(0, self.sizes.0) }
    }
    unsafe fn clear_elem(&self, slot: *mut u8) {
        // SAFETY: an element.
        unsafe { slot.write_bytes(0, self.sizes.1) }
    }
    unsafe fn clear_groups(&self, groups: *mut u8, n: usize) {
        // SAFETY: `n` groups.
        unsafe { groups.write_bytes(0, n * self.group_size) }
    }
    unsafe fn store_pointer(&self, slot: *mut *mut u8, value: *mut u8) {
        self.stores.set(self.stores.get() + 1);
        // SAFETY: the slot may be written.
        unsafe { slot.write(value) }
    }
    fn plain_copies(&self) -> bool {
        self.plain.get()
    }
    fn random(&self) -> u64 {
        let x = self.random.get().wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        self.random.set(x);
        x ^ x >> 29
    }
}

/// What an embedder would mark iterators with.
const KIND: *mut u8 = std::ptr::without_provenance_mut(8);
const S64: Fast64 = Fast64(Shape::new(8, 8));
const GROUP64: usize = 8 + 64 + 64 + 8;

fn arena64() -> Arena {
    Arena::new(GROUP64, (8, 8))
}

/// # Safety
/// `map` is a map of `S64` over `m`.
unsafe fn put(m: &Arena, map: *mut Map, k: u64, v: u64) {
    // SAFETY: a map of `S64` over `m`, whose elements are words.
    unsafe { *assign(&S64, m, map, k).unwrap().cast::<u64>() = v }
}

/// # Safety
/// As `put`.
unsafe fn get(map: *mut Map, k: u64) -> Option<u64> {
    // SAFETY: a map of `S64`, whose elements are words.
    unsafe { access(&S64, map, k).unwrap().cast::<u64>().as_ref().copied() }
}

/// # Safety
/// As `put`.
unsafe fn keys(m: &Arena, map: *mut Map) -> Vec<u64> {
    let mut it = Iter::new();
    let mut v = vec![];
    // SAFETY: a map of `S64` over `m`, which stays as it is; its keys are words.
    unsafe {
        iter_init(&S64, m, map, &mut it, KIND).unwrap();
        while !it.key.is_null() {
            v.push(*it.key.cast());
            iter_next(&S64, m, &mut it).unwrap();
        }
    }
    v
}

/// Goes on as leaves do: a step, or to another group, or (with `turns`) to another table; whether that was possible.
///
/// # Safety
/// As `put`, with an iterator of the map.
unsafe fn step(m: &Arena, it: &mut Iter, turns: bool) -> bool {
    // SAFETY: an iterator of a map of `S64` over `m`; groups are asked for behind a step that came to one's end.
    unsafe {
        match iter_step(&S64, m, it) {
            Step::Entry => true,
            Step::Group => iter_group(&S64, m, it) || turns && iter_turn(&S64, m, it),
            Step::Other => turns && iter_turn(&S64, m, it),
        }
    }
}

#[test]
fn a_step_is_the_next_entry_or_changes_nothing() {
    for turns in [false, true] {
        let m = arena64();
        let mut map = Map::new(5);
        let map = &raw mut map;
        // SAFETY: a map of this schema and memory; both iterators start equal, as copies.
        unsafe {
            for k in 0..3000 {
                put(&m, map, k, k);
            }
            let mut whole = Iter::new();
            iter_begin(&S64, &m, map, &mut whole, KIND);
            let mut stepped = std::ptr::read(&whole);
            let (mut steps, mut met) = (0, 0);
            loop {
                iter_next(&S64, &m, &mut whole).unwrap();
                if step(&m, &mut stepped, turns) {
                    steps += 1;
                } else {
                    assert!(!turns || met != 0, "the first entry takes a turn");
                    iter_next(&S64, &m, &mut stepped).unwrap();
                }
                assert_eq!((stepped.key, stepped.elem), (whole.key, whole.elem));
                if whole.key.is_null() {
                    break;
                }
                met += 1;
                if met % 500 == 0 {
                    // The tables move: what is left of the walked ones is no longer current.
                    (0..1500).for_each(|k| put(&m, map, 100_000 * met + k, k));
                }
            }
            assert!(steps > 300 && steps < met, "{steps} of {met}");
            assert!(!step(&m, &mut stepped, turns), "at the end there is no step");
        }
    }
}

#[test]
fn turns_alone_go_through_a_map_that_stays() {
    for n in [1, 8, 9, 1000, 5000] {
        let m = arena64();
        let mut map = Map::new(5);
        let map = &raw mut map;
        // SAFETY: a map of this schema and memory.
        unsafe {
            (0..n).for_each(|k| put(&m, map, k, k));
            let mut it = Iter::new();
            iter_begin(&S64, &m, map, &mut it, KIND);
            let mut met = vec![];
            while iter_turn(&S64, &m, &mut it) && !it.key.is_null() {
                met.push(*it.key.cast::<u64>());
            }
            met.sort_unstable();
            assert!(met.into_iter().eq(0..n));
        }
    }
}

#[test]
fn a_turn_looks_at_few_tables_and_comes_on() {
    let m = arena64();
    let mut map = Map::new(5);
    let map = &raw mut map;
    // SAFETY: a map of this schema and memory; the iterator is of the map.
    unsafe {
        init(&S64, &m, map, 20_000).unwrap();
        (0..20_000).for_each(|k| put(&m, map, k, k));
        (1..20_000).for_each(|k| assert!(delete(&S64, &m, map, k).unwrap()));
        let mut it = Iter::new();
        iter_begin(&S64, &m, map, &mut it, KIND);
        let mut turns = 1;
        while !iter_turn(&S64, &m, &mut it) {
            turns += 1;
        }
        assert_eq!(*it.key.cast::<u64>(), 0);
        while !it.key.is_null() {
            turns += usize::from(!iter_turn(&S64, &m, &mut it));
        }
        assert!(turns > 4, "{turns}");
        iter_begin(&S64, &m, map, &mut it, KIND);
        clear(&S64, &m, map).unwrap();
        assert!(!iter_turn(&S64, &m, &mut it), "a cleared map is no turn");
        iter_next(&S64, &m, &mut it).unwrap();
        assert!(it.key.is_null());
    }
}

#[test]
fn a_zeroed_header_with_a_zeroed_group_holds_eight_without_memory() {
    let m = arena64();
    m.budget.set(0);
    let mut group = [0u64; GROUP64 / 8];
    let mut map = Map::new(77);
    map.tables = (&raw mut group).cast();
    let map = &raw mut map;
    // SAFETY: a map of this schema and memory.
    unsafe {
        for round in 0..3 {
            for k in 0..8 {
                assert_eq!(*try_assign(&S64, &m, map, k).unwrap().cast::<u64>(), 0, "new elements are zero");
                put(&m, map, k, k * 10 + round);
            }
            assert!((0..8).all(|k| get(map, k) == Some(k * 10 + round)) && get(map, 8).is_none());
            assert!(try_assign(&S64, &m, map, 8).unwrap().is_null(), "the ninth needs memory");
            assert_eq!(assign(&S64, &m, map, 8), Err(Error::OutOfMemory));
            assert_eq!((*map).count, 8);
            let mut all = keys(&m, map);
            all.sort();
            assert_eq!(all, (0..8).collect::<Vec<_>>());
            if round == 1 {
                clear(&S64, &m, map).unwrap();
            } else {
                assert!((0..8).all(|k| delete(&S64, &m, map, k).unwrap()));
            }
            assert_eq!((*map).count, 0);
            assert!(group[..GROUP64 / 8].iter().all(|&w| w == 0), "deleted slots are cleared");
        }
        // With memory it grows out of the group, and an iterator that was in it goes on.
        m.budget.set(usize::MAX);
        (0..8).for_each(|k| put(&m, map, k, k));
        let mut it = Iter::new();
        iter_init(&S64, &m, map, &mut it, KIND).unwrap();
        let mut met = vec![*it.key.cast::<u64>()];
        (8..40).for_each(|k| put(&m, map, k, k));
        (0..8).filter(|k| *k != met[0]).for_each(|k| put(&m, map, k, k + 1000));
        let gone = (met[0] + 1) % 8;
        assert!(delete(&S64, &m, map, gone).unwrap());
        loop {
            iter_next(&S64, &m, &mut it).unwrap();
            if it.key.is_null() {
                break;
            }
            let k = *it.key.cast::<u64>();
            assert_eq!(*it.elem.cast::<u64>(), k + 1000, "the current element is met, not the snapshot's");
            met.push(k);
        }
        met.sort();
        assert_eq!(met, (0..8).filter(|&k| k != gone).collect::<Vec<_>>());
    }
}

/// A step of one of these operations goes at most so far, so that a whole map takes many.
fn steps<E: std::fmt::Debug>(mut step: impl FnMut() -> Result<bool, Error<E>>) -> usize {
    let mut n = 1;
    while !step().unwrap() {
        n += 1;
    }
    n
}

#[test]
fn whole_maps_in_pieces() {
    const N: u64 = 5000;
    let m = arena64();
    let (mut map, mut copy) = (Map::new(1), Map::new(2));
    let (map, copy) = (&raw mut map, &raw mut copy);
    // SAFETY: maps of this schema and memory.
    unsafe {
        let mut pass = init_begin(&S64, &m, map, N as usize).unwrap().expect("more than one table");
        let tables = 1usize << (*map).depth;
        assert_eq!(steps(|| init_some(&S64, &m, map, &mut pass, 1)), tables);
        let allocated = m.blocks.borrow().len();
        (0..N / 2).for_each(|k| put(&m, map, k, k + 1));
        assert_eq!(m.blocks.borrow().len(), allocated, "there is room");
        (0..N).for_each(|k| put(&m, map, k, k + 1));

        let (mut pass, directory) = clone_begin(&S64, &m, map).unwrap().expect("entries");
        let taken = steps(|| {
            assert_eq!((*copy).count, 0, "empty until it is whole");
            clone_some(&S64, &m, map, copy, directory, &mut pass, 1)
        });
        assert!(taken >= tables / 2);
        assert!((0..N).all(|k| get(copy, k) == Some(k + 1)) && (*copy).count == N as usize);

        // Looked at a table at a time, every entry is met once.
        let mut it = Iter::new();
        iter_begin(&S64, &m, copy, &mut it, KIND);
        let mut met = HashSet::new();
        loop {
            while !iter_some(&S64, &m, &mut it, 1).unwrap() {}
            if it.key.is_null() {
                break;
            }
            assert!(met.insert(*it.key.cast::<u64>()));
        }
        assert_eq!(met.len(), N as usize);

        let mut pass = clear_begin(&S64, &m, map).unwrap().expect("entries");
        assert!(!clear_some(&S64, &m, map, &mut pass, 1).unwrap());
        assert_eq!(delete(&S64, &m, map, 1), Err(Misuse::ConcurrentWrites.into()), "it is being written");
        let taken = steps(|| clear_some(&S64, &m, map, &mut pass, 3));
        assert!(taken > tables);
        assert!((*map).count == 0 && (0..N).all(|k| get(map, k).is_none()));
        (0..N).for_each(|k| put(&m, map, k, k + 2));
        assert!((0..N).all(|k| get(map, k) == Some(k + 2)));

        // A copy notices what it must not meet.
        let (mut pass, directory) = clone_begin(&S64, &m, map).unwrap().expect("entries");
        let mut third = Map::new(3);
        assert!(!clone_some(&S64, &m, map, &mut third, directory, &mut pass, 1).unwrap());
        clear(&S64, &m, map).unwrap();
        let noticed = clone_some(&S64, &m, map, &mut third, directory, &mut pass, 1);
        assert_eq!(noticed, Err(Misuse::ConcurrentCloneWrite.into()));
        assert_eq!(third.count, 0);
    }
}

#[test]
fn null_and_empty_maps() {
    let m = arena64();
    let mut map = Map::new(1);
    // SAFETY: null or a map of this schema and memory.
    unsafe {
        for map in [null_mut(), &raw mut map] {
            assert_eq!(get(map, 1), None);
            assert_eq!(delete(&S64, &m, map, 1), Ok(false));
            clear(&S64, &m, map).unwrap();
            let mut it = Iter::new();
            iter_init(&S64, &m, map, &mut it, KIND).unwrap();
            assert!(it.key.is_null() && it.elem.is_null() && it.kind.addr() == 8);
            iter_next(&S64, &m, &mut it).unwrap();
            assert!(it.key.is_null());
            let mut copy = Map::new(2);
            clone_into(&S64, &m, map, &mut copy).unwrap();
            assert_eq!(copy.count, 0);
        }
    }
    assert!(m.blocks.borrow().is_empty());
}

#[test]
fn misuse_is_reported() {
    let m = arena64();
    let mut map = Map::new(1);
    let map = &raw mut map;
    // SAFETY: a map of this schema and memory.
    unsafe {
        put(&m, map, 1, 1);
        let mut it = Iter::new();
        iter_init(&S64, &m, map, &mut it, KIND).unwrap();
        (*map).flags.fetch_or(WRITING, Ordering::Relaxed);
        let misuse = |e| Err::<(), _>(Error::Misuse(e));
        assert_eq!(access(&S64, map, 1).map(drop), misuse(Misuse::ConcurrentReadWrite));
        assert_eq!(assign(&S64, &m, map, 1).map(drop), misuse(Misuse::ConcurrentWrites));
        assert_eq!(try_assign(&S64, &m, map, 1).map(drop), misuse(Misuse::ConcurrentWrites));
        assert_eq!(delete(&S64, &m, map, 1).map(drop), misuse(Misuse::ConcurrentWrites));
        assert_eq!(clear(&S64, &m, map), misuse(Misuse::ConcurrentWrites));
        assert_eq!(iter_next(&S64, &m, &mut it), misuse(Misuse::ConcurrentIterWrite));
        assert_eq!(clone_into(&S64, &m, map, &mut Map::new(1)), misuse(Misuse::ConcurrentCloneWrite));
    }
}

#[test]
fn memory_may_fail_at_any_point() {
    let top = if cfg!(miri) { 40 } else { 3000 };
    let m = arena64();
    let mut map = Map::new(3);
    let map = &raw mut map;
    let mut failures = 0;
    // SAFETY: a map of this schema and memory.
    unsafe {
        for k in 0..top {
            // First with nothing, then with one allocation more, until it works.
            for budget in 0.. {
                m.budget.set(budget);
                match assign(&S64, &m, map, k) {
                    Ok(p) => {
                        *p.cast::<u64>() = !k;
                        break;
                    }
                    Err(e) => assert_eq!(e, Error::OutOfMemory),
                }
                failures += 1;
                assert!((*map).count == k as usize && get(map, k).is_none());
                assert!(k == 0 || get(map, k / 2) == Some(!(k / 2)));
                assert!((*map).flags.load(Ordering::Relaxed) & WRITING == 0);
            }
        }
        assert!((0..top).all(|k| get(map, k) == Some(!k)));
        assert!(failures > if cfg!(miri) { 4 } else { 20 });
        for hint in [9, 20, 2000] {
            for budget in 0..5 {
                m.budget.set(budget);
                let mut map = Map::new(1);
                if init(&S64, &m, &mut map, hint).is_err() {
                    assert!(map.tables.is_null() && map.depth == 0);
                }
                m.budget.set(usize::MAX);
                put(&m, &mut map, 1, 2);
                assert_eq!(get(&mut map, 1), Some(2));
            }
        }
        assert_eq!(init(&S64, &m, &mut Map::new(1), usize::MAX), Err(Error::OutOfMemory));
    }
}

#[test]
fn churn_at_constant_size_stays_bounded() {
    // 790: more than three quarters of a table; it must be cleaned, not split.
    for size in if cfg!(miri) { [12, 11] } else { [2000, 790] } {
        churn(size, if cfg!(miri) { 100 } else { 100_000 });
    }
}

fn churn(size: u64, rounds: u64) {
    let m = arena64();
    let mut map = Map::new(5);
    let map = &raw mut map;
    // SAFETY: a map of this schema and memory.
    unsafe {
        (0..size).for_each(|k| put(&m, map, k, k));
        let mut most = 0;
        for k in size..size + rounds {
            assert!(delete(&S64, &m, map, k - size).unwrap());
            put(&m, map, k, k);
            most = most.max(m.live_groups.get());
        }
        assert_eq!((*map).count, size as usize);
        assert!((rounds..size + rounds).all(|k| get(map, k) == Some(k)));
        if size == 790 {
            assert!(most <= 256, "more than the table and its successor: {most} groups");
        }
        // Four slots per entry at most, and the old table during a rebuild.
        assert!(most as u64 * 8 <= 4 * size.max(16) + 2048, "{most} groups");
        // Rebuilding costs less than one table per sixteenth of its size in operations.
        assert!((m.blocks.borrow().len() as u64) < 100 + rounds / 16, "{} allocations", m.blocks.borrow().len());
    }
}

#[test]
fn pointer_keys_are_stored_with_care() {
    let s = FastPointer(Shape::new(8, 8));
    let m = arena64();
    m.plain.set(false);
    let mut map = Map::new(9);
    let map = &raw mut map;
    let blocks = [0u64; 64];
    let key = |i: usize| (&raw const blocks[i]).cast_mut().cast::<u8>();
    // SAFETY: a map of this schema and memory.
    unsafe {
        for i in 0..64 {
            let before = m.stores.get();
            let old = (*map).tables;
            assign(&s, &m, map, key(i)).unwrap();
            assert!(m.stores.get() > before);
            if (*map).tables != old && i > 0 {
                assert!(m.copies.get() >= 2 * i, "growth must copy keys and elements by the seam");
            }
        }
        assert!((0..64).all(|i| !access(&s, map, key(i)).unwrap().is_null()));
    }
}

/// Boxed keys of 16 bytes `(kind, number)` and boxed elements: kind 0 cannot be hashed, kind 1 not be compared, keys with
/// number `NAN` do not equal themselves, keys 2 and 3 of the same number are equal.
struct Odd;
const NAN: u64 = u64::MAX;
thread_local!(static NONCE: Cell<u64> = const { Cell::new(0) });

// SAFETY: slots are pointers to boxes of 16 and 8 bytes.
unsafe impl Schema for Odd {
    type Key = *const [u64; 2];
    type Error = &'static str;
    fn group_size(&self) -> usize {
        GROUP64
    }
    fn key_slot(&self) -> usize {
        8
    }
    fn elem_slot(&self) -> usize {
        8
    }
    fn indirect_key(&self) -> bool {
        true
    }
    fn indirect_elem(&self) -> bool {
        true
    }
    fn reflexive_key(&self) -> bool {
        false
    }
    fn need_key_update(&self) -> bool {
        true
    }
    fn hash_may_fail(&self) -> bool {
        true
    }
    unsafe fn hash(&self, key: Self::Key, seed: u64) -> Result<u64, &'static str> {
        // SAFETY: the key is valid.
        match unsafe { *key } {
            [0, _] => Err("unhashable"),
            // Random, so that a rebuild cannot find out where the key was.
            [_, NAN] => Ok(hash::hash64(NONCE.replace(NONCE.get() + 1), seed)),
            [_, n] => Ok(hash::hash64(n, seed)),
        }
    }
    unsafe fn equal(&self, key: Self::Key, stored: *const u8) -> Result<bool, &'static str> {
        // SAFETY: both are valid.
        match unsafe { (*key, *self.load(stored)) } {
            ([1, _], _) => Err("incomparable"),
            ([_, a], [_, b]) => Ok(a == b && a != NAN),
        }
    }
    unsafe fn load(&self, stored: *const u8) -> Self::Key {
        stored.cast()
    }
    unsafe fn store<M: Memory>(&self, memory: &M, to: *mut u8, key: Self::Key) {
        // SAFETY: room for a key, and a key, apart.
        unsafe { memory.copy_key(to, key.cast()) }
    }
}

/// An iteration over the keys `[2, n]`, `n` below `many`, of which 7 has become `[3, 7]`, and as many NaNs, while everything doubles:
/// each is met once.
///
/// # Safety
/// `map` is a map of that schema, whose memory is `m`'s.
unsafe fn doubled_while_iterated(m: &Arena, map: *mut Map, many: u64) {
    // SAFETY: a map of this schema and memory (this function's contract).
    unsafe {
        let mut it = Iter::new();
        iter_init(&Odd, m, map, &mut it, KIND).unwrap();
        let mut met: HashMap<[u64; 2], HashSet<u64>> = HashMap::new();
        let mut more = 2 * many..4 * many;
        while !it.key.is_null() {
            let (key, elem) = (*it.key.cast::<[u64; 2]>(), *it.elem.cast::<u64>());
            assert!(met.entry(key).or_default().insert(elem), "met twice");
            for n in more.by_ref().take(3) {
                *assign(&Odd, m, map, &[2, n]).unwrap().cast::<u64>() = n;
                *assign(&Odd, m, map, &[2, NAN]).unwrap().cast::<u64>() = n + many;
            }
            iter_next(&Odd, m, &mut it).unwrap();
        }
        assert!((0..many).all(|n| met[&[2 + (n == 7) as u64, n]].len() == 1));
        assert!((many..2 * many).all(|n| met[&[2, NAN]].contains(&n)));
    }
}

#[test]
fn keys_may_be_odd() {
    let m = Arena::new(GROUP64, (16, 8));
    let mut map = Map::new(4);
    let map = &raw mut map;
    let many = if cfg!(miri) { 30 } else { 2500 };
    // SAFETY: a map of this schema and memory.
    unsafe {
        let unhashable = Err::<(), _>(Error::Key("unhashable"));
        let check = || {
            assert_eq!(access(&Odd, map, &[0, 1]).map(drop), unhashable);
            assert_eq!(assign(&Odd, &m, map, &[0, 1]).map(drop), unhashable);
            assert_eq!(delete(&Odd, &m, map, &[0, 1]).map(drop), unhashable);
            assert_eq!((*map).flags.load(Ordering::Relaxed) & WRITING, 0);
        };
        check();
        assert_eq!(access(&Odd, null_mut(), &[0, 1]).map(drop), unhashable);
        assert_eq!(delete(&Odd, &m, null_mut(), &[0, 1]).map(drop), unhashable);
        for n in 0..many {
            assert!(try_assign(&Odd, &m, map, &[2, n]).unwrap().is_null(), "boxes need memory");
            *assign(&Odd, &m, map, &[2, n]).unwrap().cast::<u64>() = n;
            *assign(&Odd, &m, map, &[2, NAN]).unwrap().cast::<u64>() = n + many;
        }
        assert_eq!((*map).count as u64, 2 * many);
        check();
        // Comparing fails: the map is not harmed.
        let incomparable = Err::<(), _>(Error::Key("incomparable"));
        assert_eq!(access(&Odd, map, &[1, 7]).map(drop), incomparable);
        assert_eq!(assign(&Odd, &m, map, &[1, 7]).map(drop), incomparable);
        assert_eq!(delete(&Odd, &m, map, &[1, 7]).map(drop), incomparable);
        check();
        // The key is overwritten by an equal one.
        *assign(&Odd, &m, map, &[3, 7]).unwrap().cast::<u64>() = 70;
        let (key, elem) = access_entry(&Odd, map, &[2, 7]).unwrap();
        assert_eq!((*key.cast::<[u64; 2]>(), *elem.cast::<u64>()), ([3, 7], 70));

        // The copy has boxes of its own.
        let mut copy = Map::new(0);
        let copy = &raw mut copy;
        clone_into(&Odd, &m, map, copy).unwrap();
        *access(&Odd, copy, &[2, 7]).unwrap().cast::<u64>() = 71;
        assert_eq!(*access(&Odd, map, &[2, 7]).unwrap().cast::<u64>(), 70);

        doubled_while_iterated(&m, copy, many);

        // Deleted slots hold no pointers: what is left in the first group's slots are boxes of entries.
        for n in 0..many {
            assert!(delete(&Odd, &m, map, &[2, n]).unwrap());
        }
        assert_eq!((*map).count as u64, many);
        clear(&Odd, &m, map).unwrap();
        assert_eq!((*map).count, 0);
        check();
    }
}

#[test]
fn strings() {
    let s = FastStr(Shape::new(16, 8));
    let m = Arena::new(8 + 128 + 64 + 8, (16, 8));
    let mut map = Map::new(6);
    let map = &raw mut map;
    let many = if cfg!(miri) { 30 } else { 3000 };
    // All lengths, and pairs that differ in one byte only.
    let text = |n: usize| {
        let mut t = vec![b'a'; n % 70];
        if let Some(b) = t.get_mut(n / 70 % 70) {
            *b = b'b';
        }
        t
    };
    let str_of = |t: &[u8]| Str { ptr: t.as_ptr(), len: t.len() };
    let texts: Vec<Vec<u8>> = (0..many).map(text).collect();
    let mut model = HashMap::new();
    // SAFETY: a map of this schema and memory; the texts outlive it.
    unsafe {
        for (i, t) in texts.iter().enumerate() {
            *assign(&s, &m, map, str_of(t)).unwrap().cast::<usize>() = i;
            model.insert(t, i);
            assert_eq!((*map).count, model.len());
            // The key is the last one assigned, whose bytes may be another's.
            let (key, _) = access_entry(&s, map, str_of(t)).unwrap();
            assert_eq!((*key.cast::<Str>()).ptr, t.as_ptr());
        }
        for (t, i) in &model {
            let other = (*t).clone();
            assert_eq!(*access(&s, map, str_of(&other)).unwrap().cast::<usize>(), *i);
        }
        assert!(access(&s, map, str_of(b"aaac")).unwrap().is_null());
        for t in model.keys() {
            assert!(delete(&s, &m, map, str_of(t)).unwrap());
        }
        assert_eq!((*map).count, 0);
    }
}

#[test]
fn short_keys_and_wide_elements() {
    let s = Fast32(Shape::new(4, 24));
    let m = Arena::new(8 + 32 + 192 + 8, (4, 24));
    let mut map = Map::new(6);
    let map = &raw mut map;
    let many = if cfg!(miri) { 40 } else { 2000 };
    // SAFETY: a map of this schema and memory.
    unsafe {
        for plain in [true, false] {
            m.plain.set(plain);
            for k in 0..many {
                assign(&s, &m, map, k).unwrap().cast::<[u64; 3]>().write([k as u64; 3]);
            }
            assert!((0..many).all(|k| *access(&s, map, k).unwrap().cast::<[u64; 3]>() == [k as u64; 3]));
            *map = Map::new(8);
        }
    }
}

//! Iteration that tolerates every change of the map.
//!
//! An iterator walks the directory from a random table on and, in each table, the slots from a random one on. It holds the
//! groups of the table it is in. If that table is rebuilt or split in the meantime, the old groups are its snapshot: for
//! each key there the current entry is looked up, and deleted ones are left out. After a table, the directory entries that
//! belonged to it when the iterator entered it are passed, however often they were split since; so every entry that is there
//! all the time is met exactly once. Keys that do not equal themselves cannot be looked up; nor can they be deleted but by
//! `clear`, which ends the iteration: they are taken from the snapshot.
use crate::access;
use crate::directory;
use crate::group::{FULL, first, word};
use crate::header::{Map, Tagged, WRITING};
use crate::schema::Schema;
use crate::seam::{Error, Memory, Misuse};
use crate::table::{Slot, Table};
use core::mem::{offset_of, size_of};
use core::ptr::null_mut;

/// An iterator's state. An all-zero one is exhausted.
#[repr(C)]
pub struct Iter {
    /// The key of the current entry; null at the end. Collected.
    pub key: *mut u8,
    /// Its element. Collected.
    pub elem: *mut u8,
    /// The embedder's: not null once the iterator was begun. Collected.
    pub kind: *mut u8,
    /// The map; null if there is nothing to iterate. Collected.
    map: *mut Map,
    /// The tagged groups of the table that is being walked; null before the first. Collected.
    groups: *mut u8,
    /// That table's control words. Collected.
    controls: *mut u64,
    /// Null. Collected.
    spare: [*mut u8; 2],
    /// The directory entry at which the walk began, of a directory of depth `depth`.
    origin: u32,
    /// Random number from which each table's first group is taken.
    rotation: u32,
    /// The first slot in each group.
    slot_rotation: u8,
    started: bool,
    /// The depth of the directory that `origin` and `passed` mean.
    depth: u8,
    /// Slots of the current group that were visited.
    slot: u8,
    /// Directory entries passed or being walked.
    passed: usize,
    /// Groups of the current table that were visited.
    group: u32,
    /// The map's epoch when the iterator was begun.
    epoch: u16,
    /// The current table's depth when it was entered.
    table_depth: u8,
    /// log2 of the current table's number of groups.
    table_lg: u8,
}

const _: () = {
    assert!(size_of::<Iter>() == 96);
    assert!(offset_of!(Iter, key) == 0 && offset_of!(Iter, elem) == 8 && offset_of!(Iter, kind) == 16);
    // What follows the eight pointers lies where the compiled layout has integers: a word, four bytes, (padding), two words.
    assert!(offset_of!(Iter, origin) == 64 && offset_of!(Iter, slot_rotation) == 72 && offset_of!(Iter, slot) == 75);
    assert!(offset_of!(Iter, passed) == 80 && offset_of!(Iter, group) == 88 && offset_of!(Iter, table_lg) == 95);
};

/// Bit `i` set: word `i` of [`Iter`] is a pointer to the collector.
pub const ITER_PTR_MASK: u64 = 0xff;

impl Iter {
    /// An exhausted iterator.
    pub const fn new() -> Iter {
        Iter {
            key: null_mut(),
            elem: null_mut(),
            kind: null_mut(),
            map: null_mut(),
            groups: null_mut(),
            controls: null_mut(),
            spare: [null_mut(); 2],
            origin: 0,
            rotation: 0,
            slot_rotation: 0,
            started: false,
            depth: 0,
            slot: 0,
            passed: 0,
            group: 0,
            epoch: 0,
            table_depth: 0,
            table_lg: 0,
        }
    }

    /// The map being iterated; null if it was null or empty.
    pub fn map(&self) -> *mut Map {
        self.map
    }
}

impl Default for Iter {
    fn default() -> Self {
        Self::new()
    }
}

/// What looking up an entry of a snapshot costs, in groups that are looked at.
const LOOKUP: usize = 16;

/// Begins an iteration of `map` (which may be null) and goes to its first entry.
///
/// `kind` is stored in the iterator; the collector sees it.
///
/// # Errors
/// [`Error::Misuse`] if a writer is at work on the map, [`Error::Key`] if a key of a table that was rebuilt cannot be
/// compared.
///
/// # Safety
/// `map` is null or points to a map of schema `s`, which is not freed during the iteration; `it` is all zero, or has the values of
/// an earlier iteration.
pub unsafe fn iter_init<S: Schema, M: Memory>(
    s: &S,
    m: &M,
    map: *mut Map,
    it: *mut Iter,
    kind: *mut u8,
) -> Result<(), Error<S::Error>> {
    // SAFETY: `map` is null or a map of schema `s`, and `it` may be begun (this function's contract); after `iter_begin` it is an
    // iterator over that map, or exhausted.
    unsafe {
        iter_begin(s, m, map, it, kind);
        iter_next(s, m, it)
    }
}

/// [`iter_init`] without going to the first entry: [`iter_next`] or [`iter_some`] does that.
///
/// # Safety
/// As for [`iter_init`].
#[inline]
pub unsafe fn iter_begin<S: Schema, M: Memory>(s: &S, m: &M, map: *mut Map, it: *mut Iter, kind: *mut u8) {
    _ = s;
    // SAFETY: `map` is null or a map of schema `s`; the iterator's words may be written, and hold pointers or zeros.
    unsafe {
        m.store_pointer(&raw mut (*it).kind, kind);
        if map.is_null() || (*map).count == 0 {
            m.store_pointer(&raw mut (*it).key, null_mut());
            m.store_pointer(&raw mut (*it).elem, null_mut());
            m.store_pointer((&raw mut (*it).map).cast(), null_mut());
            return;
        }
        m.store_pointer((&raw mut (*it).map).cast(), map.cast());
        m.store_pointer(&raw mut (*it).groups, null_mut());
        let random = m.random();
        let depth = (*map).depth;
        let origin = directory::index(random, depth);
        let own = (*directory::meta(map, origin)).depth;
        (*it).origin = directory::canonical(origin, depth, own) as u32;
        (*it).rotation = random as u32 >> 3;
        (*it).slot_rotation = random as u8 & 7;
        (*it).started = false;
        (*it).depth = depth;
        (*it).slot = 0;
        (*it).passed = 0;
        (*it).group = 0;
        (*it).epoch = (*map).epoch;
        (*it).table_depth = 0;
        (*it).table_lg = 0;
    }
}

/// The next full slot of the table being walked, which is then passed; `None` at the table's end.
///
/// # Safety
/// The iterator walks a table of a map of schema `s`.
#[inline(always)]
unsafe fn next_full<S: Schema>(s: &S, it: *mut Iter) -> Option<Slot> {
    // SAFETY: the iterator is of a map of this schema; the walked groups are kept alive by the iterator.
    unsafe {
        let mask = (1usize << (*it).table_lg) - 1;
        let table = Table { groups: Tagged((*it).groups).groups(), controls: (*it).controls, mask };
        let rotation = (*it).slot_rotation as u32;
        while (*it).group as usize <= mask {
            let at = ((*it).group as usize).wrapping_add((*it).rotation as usize) & mask;
            let visited = (*it).slot as u32;
            // Slots in the order of the visit: the first is the lowest byte; those visited are masked.
            let fulls = word(table.control(at)).rotate_right(8 * rotation) & (FULL << (8 * visited));
            if fulls == 0 {
                (*it).group += 1;
                (*it).slot = 0;
                continue;
            }
            let nth = first(fulls);
            if nth == 7 {
                (*it).group += 1;
                (*it).slot = 0;
            } else {
                (*it).slot = nth as u8 + 1;
            }
            return Some(table.slot(s, at, (nth + rotation as usize) & 7));
        }
        None
    }
}

/// [`iter_next`] for the usual case, the next entry of a table that is still the map's: false, with nothing changed that
/// matters to `iter_next`, in any other. Uses little stack, calls nothing of the schema's but offsets, and cannot fail.
///
/// # Safety
/// As [`iter_next`].
#[inline]
pub unsafe fn iter_step<S: Schema, M: Memory>(s: &S, m: &M, it: *mut Iter) -> bool {
    // SAFETY: an iterator begun on a map of schema `s` that is not freed, or exhausted (`iter_next`'s promise).
    unsafe {
        let map = (*it).map;
        if map.is_null()
            || Map::flags(map) & WRITING != 0
            || (*map).epoch != (*it).epoch
            || (*it).groups.is_null()
            || !is_current(it, map)
        {
            return false;
        }
        let Some(slot) = next_full(s, it) else { return false };
        m.store_pointer(&raw mut (*it).key, slot.key(s));
        m.store_pointer(&raw mut (*it).elem, slot.elem(s));
        true
    }
}

/// Goes to the next entry: sets the iterator's `key` and `elem`, which are null at the end.
///
/// Uses little stack (unless the schema's functions use more) and calls nothing of `m` but `store_pointer`.
///
/// # Errors
/// [`Error::Misuse`] if a writer is at work on the map, [`Error::Key`] if a key of a table that was rebuilt cannot be
/// compared.
///
/// # Safety
/// `it` points to an iterator begun on a map of schema `s`, which has not been freed; or to an exhausted one.
#[inline]
pub unsafe fn iter_next<S: Schema, M: Memory>(s: &S, m: &M, it: *mut Iter) -> Result<(), Error<S::Error>> {
    // SAFETY: `it` is an iterator over a map of schema `s`, which is not freed, or exhausted (this function's contract).
    unsafe { iter_some(s, m, it, usize::MAX).map(drop) }
}

/// [`iter_next`] that looks at about `groups` groups at most, at least one table: false if it has not come to an entry or the end yet.
///
/// # Errors
/// [`Error::Misuse`] if a writer is at work on the map, [`Error::Key`] if a key of a table that was rebuilt cannot be
/// compared.
///
/// # Safety
/// As for [`iter_next`].
#[inline(always)]
pub unsafe fn iter_some<S: Schema, M: Memory>(s: &S, m: &M, it: *mut Iter, groups: usize) -> Result<bool, Error<S::Error>> {
    let mut left = groups;
    // SAFETY: an iterator begun on a map of schema `s` that is not freed, or exhausted: then its map is null.
    unsafe {
        let map = (*it).map;
        if map.is_null() {
            m.store_pointer(&raw mut (*it).key, null_mut());
            m.store_pointer(&raw mut (*it).elem, null_mut());
            return Ok(true);
        }
        if Map::flags(map) & WRITING != 0 {
            return Err(Misuse::ConcurrentIterWrite.into());
        }
        if (*map).epoch != (*it).epoch || ((*it).groups.is_null() && !enter(m, it, map)) {
            finish(m, it);
            return Ok(true);
        }
        loop {
            while let Some(slot) = next_full(s, it) {
                if is_current(it, map) {
                    m.store_pointer(&raw mut (*it).key, slot.key(s));
                    m.store_pointer(&raw mut (*it).elem, slot.elem(s));
                    return Ok(true);
                }
                if stale(s, m, it, map, slot)? {
                    return Ok(true);
                }
                left = left.saturating_sub(LOOKUP);
                if left == 0 {
                    return Ok(false);
                }
            }
            left = left.saturating_sub(1 << (*it).table_lg);
            if !enter(m, it, map) {
                finish(m, it);
                return Ok(true);
            }
            // At another table than before, so that each call comes further.
            if left == 0 {
                return Ok(false);
            }
        }
    }
}

/// Whether the table being walked is still part of the map.
///
/// # Safety
/// `it` walks a table of the map that `map` points to.
#[inline(always)]
unsafe fn is_current(it: *mut Iter, map: *mut Map) -> bool {
    // SAFETY: the iterator walks a table of the map (this function's contract), which has tables then; `walked` is below `1
    // << (*it).depth`, and the map's depth only grows, so that the index is below `1 << depth`.
    unsafe {
        let depth = (*map).depth;
        if depth == 0 {
            return (*it).groups == (*map).tables;
        }
        let walked = ((*it).passed + (*it).origin as usize) & ((1 << (*it).depth) - 1);
        directory::entry(map, walked << (depth - (*it).depth)).groups.0 == (*it).groups
    }
}

/// Goes to the entry that corresponds to a slot of the snapshot, if there still is one.
///
/// # Safety
/// `it` is an iterator, with memory of `m`'s, over the map of schema `s` that `map` points to; `slot` is a full slot of the
/// table it walks.
#[cold]
#[inline(never)]
unsafe fn stale<S: Schema, M: Memory>(
    s: &S,
    m: &M,
    it: *mut Iter,
    map: *mut Map,
    slot: Slot,
) -> Result<bool, Error<S::Error>> {
    // SAFETY: the snapshot's slot is full, so its key is valid.
    unsafe {
        let stored = slot.key(s);
        let key = s.load(stored);
        let entry = if s.reflexive_key() || s.equal(key, stored).map_err(Error::Key)? {
            if (*map).count == 0 {
                return Ok(false);
            }
            access::find(s, map, key).map_err(Error::Key)?
        } else {
            slot
        };
        if entry.is_none() {
            return Ok(false);
        }
        m.store_pointer(&raw mut (*it).key, entry.key(s));
        m.store_pointer(&raw mut (*it).elem, entry.elem(s));
        Ok(true)
    }
}

/// Goes to the next table; says whether there is one.
///
/// # Safety
/// `it` is an iterator, with memory of `m`'s, over the map that `map` points to, which has tables.
#[inline(never)]
unsafe fn enter<M: Memory>(m: &M, it: *mut Iter, map: *mut Map) -> bool {
    // SAFETY: the iterator is one over the map, which has tables (this function's contract); `i` is masked to the number of
    // its entries.
    unsafe {
        // The directory only grows, each doubling making two entries of one.
        let depth = (*map).depth;
        let more = depth - (*it).depth;
        (*it).depth = depth;
        (*it).origin <<= more;
        (*it).passed <<= more;
        if (*it).started {
            (*it).passed += 1 << (depth - (*it).table_depth);
        }
        (*it).started = true;
        let entries = 1usize << depth;
        if (*it).passed >= entries {
            return false;
        }
        let i = ((*it).passed + (*it).origin as usize) & (entries - 1);
        let meta = directory::meta(map, i);
        let entry = directory::entry(map, i);
        m.store_pointer(&raw mut (*it).groups, entry.groups.0);
        m.store_pointer((&raw mut (*it).controls).cast(), entry.controls.cast());
        (*it).table_depth = (*meta).depth;
        (*it).table_lg = (*meta).lg;
        (*it).group = 0;
        (*it).slot = 0;
        true
    }
}

/// Ends the iteration.
///
/// # Safety
/// `it` is an iterator with memory of `m`'s.
#[cold]
unsafe fn finish<M: Memory>(m: &M, it: *mut Iter) {
    // SAFETY: `it` is an iterator (this function's contract), whose words may be written.
    unsafe {
        m.store_pointer(&raw mut (*it).key, null_mut());
        m.store_pointer(&raw mut (*it).elem, null_mut());
        m.store_pointer((&raw mut (*it).map).cast(), null_mut());
        m.store_pointer(&raw mut (*it).groups, null_mut());
        m.store_pointer((&raw mut (*it).controls).cast(), null_mut());
    }
}

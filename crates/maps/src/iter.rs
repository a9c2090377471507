//! Iteration that tolerates every change of the map.
//!
//! An iterator walks the directory from a random table on and, in each table, the slots from a random one on. It holds the
//! groups of the table it is in. If that table is rebuilt or split in the meantime, the old groups are its snapshot: for
//! each key there the current entry is looked up, and deleted ones are left out. After a table, the directory entries that
//! belonged to it when the iterator entered it are passed, however often they were split since; so every entry that is there
//! all the time is met exactly once. Keys that do not equal themselves cannot be looked up; nor can they be deleted but by
//! `clear`, which ends the iteration: they are taken from the snapshot.
//!
//! The usual step asks two things only: whether the map's state (flags, depth and epoch, one word) is what the iterator saw
//! last, and whether the place by which it found its table still names that table. The rest is asked when one of them is not so.
use crate::access;
use crate::directory;
use crate::group::{FULL, fulls, word};
use crate::header::{Entry, MAX_LG, Map, Tagged};
use crate::schema::Schema;
use crate::seam::{Error, Memory, Misuse};
use crate::table::{Slot, prefetch};
#[cfg(target_pointer_width = "64")]
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
    /// The control word of the group that is being walked. Collected.
    control: *mut u64,
    /// That group. Collected.
    group: *mut u8,
    /// Where the map of depth `depth()` names the table: there is `groups`, as long as the table is the map's. Collected.
    place: *mut *mut u8,
    /// The directory entry at which the walk began, of a directory of depth `depth()`.
    origin: u32,
    /// Directory entries of it that were passed.
    passed: u32,
    /// The first slot in each group, in bits of a control word.
    slot_rotation: u8,
    /// Random number from which each table's first group is taken.
    rotation: u8,
    /// The current table's depth when it was entered.
    table_depth: u8,
    /// log2 of the current table's number of groups.
    table_lg: u8,
    /// The slots of the current group that were not visited, as a control word's full ones; the lowest byte is the first slot.
    left: u64,
    /// Groups of the current table that were left behind.
    walked: u32,
    /// [`Map::state`] as of the last look at all of it; with [`UNMET`] before the first table.
    state: u32,
}

/// The bit of [`Iter::state`] that no map's state has.
const UNMET: u32 = 1;

#[cfg(target_pointer_width = "64")]
const _: () = {
    assert!(size_of::<Iter>() == 96);
    assert!(offset_of!(Iter, key) == 0 && offset_of!(Iter, elem) == 8 && offset_of!(Iter, kind) == 16);
    // What follows the eight pointers lies where the compiled layout has integers: a word, four bytes, (padding), two words.
    assert!(offset_of!(Iter, origin) == 64 && offset_of!(Iter, slot_rotation) == 72 && offset_of!(Iter, table_lg) == 75);
    assert!(offset_of!(Iter, left) == 80 && offset_of!(Iter, walked) == 88 && offset_of!(Iter, state) == 92);
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
            control: null_mut(),
            group: null_mut(),
            place: null_mut(),
            origin: 0,
            passed: 0,
            slot_rotation: 0,
            rotation: 0,
            table_depth: 0,
            table_lg: 0,
            left: 0,
            walked: 0,
            state: 0,
        }
    }

    /// The map being iterated; null if it was null or empty.
    pub fn map(&self) -> *mut Map {
        self.map
    }

    /// The depth of the directory that `origin` and `passed` mean.
    fn depth(&self) -> u8 {
        Map::state_depth(self.state)
    }

    /// The directory entry of the table being walked, in a directory of depth `depth()`.
    fn entry(&self) -> usize {
        (self.origin as usize + self.passed as usize) & ((1 << self.depth()) - 1)
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

/// [`iter_init`] without going to the first entry: [`iter_next`], [`iter_some`] or [`iter_turn`] does that.
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
        let state = Map::state(map);
        let depth = Map::state_depth(state);
        let origin = directory::index(random, depth);
        let own = (*directory::meta(map, origin)).depth;
        (*it).origin = directory::canonical(origin, depth, own) as u32;
        (*it).passed = 0;
        (*it).slot_rotation = random as u8 & 7 << 3;
        (*it).rotation = (random >> 6) as u8;
        (*it).state = state | UNMET;
    }
}

/// The full slots of the current group that were not visited, as [`Iter::left`] has them, and how far they are rotated.
///
/// # Safety
/// The iterator walks a table.
#[inline(always)]
unsafe fn here(it: *mut Iter) -> (u64, u32) {
    // SAFETY: the walked table's control words are kept alive by the iterator.
    unsafe {
        let rotation = (*it).slot_rotation as u32;
        // Those that were emptied since are not full any more.
        (word((*it).control).rotate_right(rotation) & (*it).left, rotation)
    }
}

/// The first of the current group's slots that are left, which is then passed.
///
/// # Safety
/// The iterator walks a table; `fulls` is not zero, and what [`here`] gave.
#[inline(always)]
unsafe fn take(it: *mut Iter, fulls: u64, rotation: u32) -> Slot {
    // SAFETY: an iterator that walks a table (this function's contract).
    unsafe {
        (*it).left = fulls & (fulls - 1);
        let index = (fulls.trailing_zeros() + rotation) as usize >> 3 & 7;
        Slot { group: (*it).group, control: (*it).control, index }
    }
}

/// Goes to the next group of the table being walked that has full slots; false if there is none.
///
/// # Safety
/// The iterator, with memory of `m`'s, walks a table of a map of schema `s`.
#[inline(always)]
unsafe fn next_group<S: Schema, M: Memory>(s: &S, m: &M, it: *mut Iter) -> bool {
    // SAFETY: the iterator is of a map of this schema; the walked groups are kept alive by the iterator. The groups lie one behind the
    // other, as their control words do, and after the last one of them follows the first.
    unsafe {
        let mask = (1u32 << (*it).table_lg) - 1;
        let (mut control, mut group, mut walked) = ((*it).control, (*it).group, (*it).walked);
        (*it).left = FULL;
        let found = loop {
            if walked == mask {
                (*it).left = 0;
                break false;
            }
            walked += 1;
            if walked.wrapping_add((*it).rotation as u32) & mask == 0 {
                control = control.sub(mask as usize);
                group = Tagged((*it).groups).groups();
            } else {
                control = control.add(1);
                group = group.add(s.group_size());
            }
            if fulls(word(control)) != 0 {
                break true;
            }
        };
        (*it).walked = walked;
        m.store_pointer((&raw mut (*it).control).cast(), control.cast());
        m.store_pointer(&raw mut (*it).group, group);
        if (*it).depth() >= access::LARGE {
            ask_ahead(s, group);
        }
        found
    }
}

/// How many groups before a walk comes to a group its lines are asked for.
const AHEAD: usize = 3;

/// Asks for lines of a group that the walk comes to soon: the first of its keys and those of its elements, as which of them the embedder looks
/// at is not known. They lie too far from each other for the processor to see that they will be needed.
#[inline(always)]
fn ask_ahead<S: Schema>(s: &S, group: *mut u8) {
    const LINE: usize = 64;
    let group = group.wrapping_add(AHEAD * s.group_size());
    let elems = group.wrapping_add(8 + 8 * s.key_slot());
    for p in [group, group.wrapping_add(LINE), elems, elems.wrapping_add(LINE)] {
        prefetch(p);
    }
}

/// The next full slot of the table being walked, which is then passed; `None` at the table's end.
///
/// # Safety
/// The iterator, with memory of `m`'s, walks a table of a map of schema `s`.
#[inline(always)]
unsafe fn next_full<S: Schema, M: Memory>(s: &S, m: &M, it: *mut Iter) -> Option<Slot> {
    // SAFETY: as for this function; what `here` gives is not zero in a group that has full slots of which none was visited.
    unsafe {
        let (mut fulls, mut rotation) = here(it);
        if fulls == 0 {
            if !next_group(s, m, it) {
                return None;
            }
            (fulls, rotation) = here(it);
        }
        Some(take(it, fulls, rotation))
    }
}

/// Makes a slot's entry the current one.
///
/// # Safety
/// `slot` is a full slot of the map of schema `s` which the iterator, with memory of `m`'s, is of.
#[inline(always)]
unsafe fn show<S: Schema, M: Memory>(s: &S, m: &M, it: *mut Iter, slot: Slot) {
    // SAFETY: a full slot has a key and an element; the iterator's words may be written (this function's contract).
    unsafe {
        m.store_pointer(&raw mut (*it).key, slot.key(s));
        m.store_pointer(&raw mut (*it).elem, slot.elem(s));
    }
}

/// What [`iter_step`] came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The next entry.
    Entry,
    /// The end of a group: [`iter_group`] may go on.
    Group,
    /// Anything else: [`iter_turn`] or [`iter_next`] may go on.
    Other,
}

/// [`iter_next`] for the usual case, the next entry of a group whose table is still the map's. Otherwise nothing was done. Uses little
/// stack, calls nothing of the schema's but offsets, and cannot fail; so do [`iter_group`] and [`iter_turn`].
///
/// # Safety
/// As [`iter_next`].
#[inline(always)]
pub unsafe fn iter_step<S: Schema, M: Memory>(s: &S, m: &M, it: *mut Iter) -> Step {
    // SAFETY: an iterator begun on a map of schema `s` that is not freed, or exhausted (`iter_next`'s promise). While the state is the
    // iterator's, a table was entered, and the map has the place by which that was found.
    unsafe {
        let map = (*it).map;
        if map.is_null() || Map::state(map) != (*it).state || *(*it).place != (*it).groups {
            return Step::Other;
        }
        let (fulls, rotation) = here(it);
        if fulls == 0 {
            return Step::Group;
        }
        let slot = take(it, fulls, rotation);
        show(s, m, it, slot);
        Step::Entry
    }
}

/// [`iter_next`] at the end of a group, for an entry of a later group of the table: false, with nothing changed that matters to `iter_next`, if
/// there is none.
///
/// # Safety
/// As [`iter_next`]; [`iter_step`] has just answered [`Step::Group`].
#[inline(always)]
pub unsafe fn iter_group<S: Schema, M: Memory>(s: &S, m: &M, it: *mut Iter) -> bool {
    // SAFETY: an iterator of a map of schema `s`, which walks a table of it (this function's contract).
    unsafe {
        if !next_group(s, m, it) {
            return false;
        }
        let (fulls, rotation) = here(it);
        let slot = take(it, fulls, rotation);
        show(s, m, it, slot);
        true
    }
}

/// [`iter_next`] for the usual cases in which there is no step: the first entry, and the way from a table's end to an entry of the next
/// table or the one after it, or to the end. False, with nothing changed that matters to `iter_next`, in any other.
///
/// # Safety
/// As [`iter_next`].
#[inline(always)]
pub unsafe fn iter_turn<S: Schema, M: Memory>(s: &S, m: &M, it: *mut Iter) -> bool {
    // SAFETY: an iterator begun on a map of schema `s` that is not freed, or exhausted (`iter_next`'s promise): then its map is null. Before
    // its first table it has none that could be another's.
    unsafe {
        let map = (*it).map;
        if map.is_null() {
            return false;
        }
        let state = Map::state(map);
        if (*it).state & !UNMET != state || Map::is_written(state) {
            return false;
        }
        if (*it).state & UNMET != 0 {
            enter(s, m, it, map);
        } else if *(*it).place != (*it).groups {
            return false;
        }
        for _ in 0..3 {
            if (*it).table_lg > MAX_LG {
                return false;
            }
            if let Some(slot) = next_full(s, m, it) {
                show(s, m, it, slot);
                return true;
            }
            if !pass(s, m, it, map) {
                finish(m, it);
                return true;
            }
        }
        false
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
    unsafe {
        match iter_step(s, m, it) {
            Step::Entry => return Ok(()),
            Step::Group if iter_group(s, m, it) => return Ok(()),
            _ => {}
        }
        iter_some(s, m, it, usize::MAX).map(drop)
    }
}

/// [`iter_next`] that looks at about `groups` groups at most, at least one table: false if it has not come to an entry or the end yet.
///
/// # Errors
/// [`Error::Misuse`] if a writer is at work on the map, [`Error::Key`] if a key of a table that was rebuilt cannot be
/// compared.
///
/// # Safety
/// As for [`iter_next`].
#[inline(never)]
pub unsafe fn iter_some<S: Schema, M: Memory>(s: &S, m: &M, it: *mut Iter, groups: usize) -> Result<bool, Error<S::Error>> {
    let mut left = groups;
    // SAFETY: an iterator begun on a map of schema `s` that is not freed, or exhausted: then its map is null. Behind `follow` its directory
    // entries are the map's.
    unsafe {
        let map = (*it).map;
        if map.is_null() {
            m.store_pointer(&raw mut (*it).key, null_mut());
            m.store_pointer(&raw mut (*it).elem, null_mut());
            return Ok(true);
        }
        let state = Map::state(map);
        if Map::is_written(state) {
            return Err(Misuse::ConcurrentIterWrite.into());
        }
        if Map::state_epoch(state) != Map::state_epoch((*it).state) {
            finish(m, it);
            return Ok(true);
        }
        if state != (*it).state {
            follow(s, m, it, map, state);
        }
        loop {
            while let Some(slot) = next_full(s, m, it) {
                if *(*it).place == (*it).groups {
                    show(s, m, it, slot);
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
            if !pass(s, m, it, map) {
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

/// Takes note of the map's state, which is not the iterator's, and of the directory that came with it; enters the first table, if that was
/// not done.
///
/// # Safety
/// `it` is an iterator, with memory of `m`'s, over the map of schema `s` that `map` points to, which has tables; `state` is the map's.
#[cold]
#[inline(never)]
unsafe fn follow<S: Schema, M: Memory>(s: &S, m: &M, it: *mut Iter, map: *mut Map, state: u32) {
    // SAFETY: the iterator is one over the map, which has tables (this function's contract). The directory only grows, each doubling making
    // two entries of one: the entry is below the number of those there are.
    unsafe {
        let more = Map::state_depth(state) - (*it).depth();
        (*it).origin <<= more;
        (*it).passed <<= more;
        let unmet = (*it).state & UNMET != 0;
        (*it).state = state;
        if unmet {
            enter(s, m, it, map);
        } else {
            m.store_pointer((&raw mut (*it).place).cast(), place(map, (*it).entry()).cast());
        }
    }
}

/// Where the map names the table of directory entry `i`.
///
/// # Safety
/// `map` points to a map with tables, `i` is below `1 << depth`.
#[inline(always)]
unsafe fn place(map: *mut Map, i: usize) -> *mut *mut u8 {
    // SAFETY: with a depth, the map has the entry (this function's contract).
    unsafe {
        if (*map).depth == 0 {
            return &raw mut (*map).tables;
        }
        (&raw mut (*(*map).tables.cast::<Entry>().add(i)).groups).cast()
    }
}

/// Passes the table that was walked, and goes to the next; says whether there is one.
///
/// # Safety
/// `it` is an iterator, with memory of `m`'s, over the map of schema `s` that `map` points to, and walks a table; its state is the map's.
#[inline(always)]
unsafe fn pass<S: Schema, M: Memory>(s: &S, m: &M, it: *mut Iter, map: *mut Map) -> bool {
    // SAFETY: the iterator is one over the map, which has tables (this function's contract).
    unsafe {
        let depth = (*it).depth();
        let passed = (*it).passed as usize + (1usize << (depth - (*it).table_depth));
        if passed >= 1 << depth {
            return false;
        }
        (*it).passed = passed as u32;
        enter(s, m, it, map);
        true
    }
}

/// Goes to the beginning of the table at the iterator's directory entry.
///
/// # Safety
/// `it` is an iterator, with memory of `m`'s, over the map of schema `s` that `map` points to, which has tables; but for [`UNMET`], its state
/// is the map's.
#[inline(never)]
unsafe fn enter<S: Schema, M: Memory>(s: &S, m: &M, it: *mut Iter, map: *mut Map) {
    // SAFETY: the iterator is one over the map, which has tables (this function's contract); the entry is masked to the number of
    // the map's. The table has the group, whose number is masked too.
    unsafe {
        (*it).state &= !UNMET;
        let i = (*it).entry();
        let meta = *directory::meta(map, i);
        let entry = directory::entry(map, i);
        let first = (*it).rotation as usize & ((1 << meta.lg) - 1);
        m.store_pointer(&raw mut (*it).groups, entry.groups.0);
        m.store_pointer((&raw mut (*it).place).cast(), place(map, i).cast());
        m.store_pointer((&raw mut (*it).control).cast(), entry.controls.add(first).cast());
        m.store_pointer(&raw mut (*it).group, entry.groups.groups().add(first * s.group_size()));
        (*it).table_depth = meta.depth;
        (*it).table_lg = meta.lg;
        (*it).left = FULL;
        (*it).walked = 0;
    }
}

/// Ends the iteration.
///
/// # Safety
/// `it` is an iterator with memory of `m`'s.
#[inline(always)]
unsafe fn finish<M: Memory>(m: &M, it: *mut Iter) {
    // SAFETY: `it` is an iterator (this function's contract), whose words may be written.
    unsafe {
        m.store_pointer(&raw mut (*it).key, null_mut());
        m.store_pointer(&raw mut (*it).elem, null_mut());
        m.store_pointer((&raw mut (*it).map).cast(), null_mut());
        m.store_pointer(&raw mut (*it).groups, null_mut());
        m.store_pointer((&raw mut (*it).control).cast(), null_mut());
        m.store_pointer(&raw mut (*it).group, null_mut());
        m.store_pointer((&raw mut (*it).place).cast(), null_mut());
    }
}

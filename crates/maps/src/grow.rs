//! Growth: a map's first group, rebuilding one table larger or without deleted slots, splitting a full table in two.
//!
//! A table is never changed in place when its entries move: iterators keep the old groups as their snapshot. The work of one
//! growth is bounded by one table (at most 1024 slots, unless the hash function is bad), and, rarely, by copying the
//! directory, or the bookkeeping of a long one (`ahead`).
use crate::ahead;
use crate::directory;
use crate::group::{self, first, fulls, word};
use crate::header::{Entry, MAX_DEPTH, MAX_LG, Map, Meta, OVERSIZE, Tagged, capacity};
use crate::pass::Pass;
use crate::schema::Schema;
use crate::seam::{Error, Memory};
use crate::table::{Slot, Table};
use core::mem::MaybeUninit;

/// Makes room for a key with this hash. Growing once may not be enough.
///
/// # Safety
/// `map` points to a map of schema `s` that is being written, whose memory is `m`'s.
#[cold]
#[inline(never)]
pub(crate) unsafe fn grow<S: Schema, M: Memory>(s: &S, m: &M, map: *mut Map, hash: u64) -> Result<(), Error<S::Error>> {
    // SAFETY: a map of schema `s` that is being written, so that nobody else changes it; its memory is `m`'s.
    unsafe {
        if (*map).tables.is_null() {
            let table = alloc_table(m, 0)?;
            m.store_pointer(&raw mut (*map).tables, table.groups);
            return Ok(());
        }
        let i = directory::index(hash, (*map).depth);
        let table = directory::table(map, Map::flags(map), i);
        let lg = table.len().trailing_zeros() as u8;
        // With deleted slots in plenty, the same size will do.
        if lg > 0 && table.live() * 32 <= table.len() * 8 * 25 {
            return rebuild(s, m, map, i, table, lg);
        }
        if lg < MAX_LG || (*directory::meta(map, i)).depth >= depth_limit((*map).count) {
            return rebuild(s, m, map, i, table, lg + 1);
        }
        split(s, m, map, i, table, lg)
    }
}

/// The depth that no table exceeds in a map of `count` entries: sixteen times as many tables as are needed. A table that
/// is full at this depth holds keys whose hashes are not random, and is made larger instead.
fn depth_limit(count: usize) -> u8 {
    ((count / capacity(MAX_LG) as usize + 1).ilog2() as u8 + 4).min(MAX_DEPTH)
}

/// A new table of `1 << lg` groups.
pub(crate) fn alloc_table<M: Memory, E>(m: &M, lg: u8) -> Result<Table, Error<E>> {
    let n = 1usize << lg;
    let groups = m.alloc_groups(n);
    if groups.is_null() {
        return Err(Error::OutOfMemory);
    }
    if n == 1 {
        return Ok(Table::small(groups));
    }
    let controls = m.alloc_controls(n);
    if controls.is_null() {
        // SAFETY: the groups were just allocated.
        unsafe { m.retire_table(groups, controls, n) };
        return Err(Error::OutOfMemory);
    }
    Ok(Table { groups, controls, mask: n - 1 })
}

/// Gives up a table.
///
/// # Safety
/// It is no longer part of a map.
unsafe fn retire<M: Memory>(m: &M, table: Table) {
    let n = table.len();
    let controls = if n == 1 { core::ptr::null_mut() } else { table.controls };
    // SAFETY: no part of a map any more; its arrays came from `m`, with as many groups.
    unsafe { m.retire_table(table.groups, controls, n) }
}

/// Replaces the table at directory entry `i` by one of `1 << lg` groups.
///
/// # Safety
/// `map` points to a map of schema `s` with memory of `m`'s, which this thread writes; `table` is that of its directory
/// entry `i`, and has room in `1 << lg` groups.
unsafe fn rebuild<S: Schema, M: Memory>(
    s: &S,
    m: &M,
    map: *mut Map,
    i: usize,
    table: Table,
    lg: u8,
) -> Result<(), Error<S::Error>> {
    // SAFETY: a map of this schema that this thread writes; the new table has room for all entries of the old one.
    unsafe {
        let new = alloc_table(m, lg)?;
        match redistribute(s, m, (*map).seed, table, [new, new], 0) {
            Ok([low, high]) => {
                let depth = (*directory::meta(map, i)).depth;
                let meta = Meta { growth_left: capacity(lg) - low - high, depth, lg, note: 0 };
                publish(m, map, i, new, meta);
                retire(m, table);
                Ok(())
            }
            Err(e) => {
                retire(m, new);
                Err(Error::Key(e))
            }
        }
    }
}

/// Replaces the table at directory entry `i`, of `1 << lg` groups, by two that tell one more bit of the hash apart.
///
/// # Safety
/// `map` points to a map of schema `s` with memory of `m`'s, which this thread writes; `table` is that of its directory
/// entry `i`, and has `1 << lg` groups.
unsafe fn split<S: Schema, M: Memory>(
    s: &S,
    m: &M,
    map: *mut Map,
    mut i: usize,
    table: Table,
    lg: u8,
) -> Result<(), Error<S::Error>> {
    // SAFETY: a map of this schema that this thread writes; each new table has room for all entries of the old one.
    unsafe {
        let (own, before) = ((*directory::meta(map, i)).depth, (*map).depth);
        let low = alloc_table(m, lg)?;
        let high = match alloc_table(m, lg) {
            Ok(t) => t,
            Err(e) => {
                retire(m, low);
                return Err(e);
            }
        };
        let moved = redistribute(s, m, (*map).seed, table, [low, high], 63 - own as u32).map_err(Error::Key);
        let moved = match moved {
            Ok(moved) if own == before => double(m, map).map(|()| {
                i <<= 1;
                moved
            }),
            other => other,
        };
        let [nlow, nhigh] = match moved {
            Ok(moved) => moved,
            Err(e) => {
                retire(m, low);
                retire(m, high);
                return Err(e);
            }
        };
        let depth = (*map).depth;
        let begin = directory::canonical(i, depth, own);
        let meta = |n: u32| Meta { growth_left: capacity(lg) - n, depth: own + 1, lg, note: 0 };
        publish(m, map, begin, low, meta(nlow));
        publish(m, map, begin + (1 << (depth - own - 1)), high, meta(nhigh));
        retire(m, table);
        // Not on top of a doubling.
        if (*map).depth == before {
            ahead::go_on(m, map);
        }
        Ok(())
    }
}

/// Makes `table` the table of all directory entries that share `meta.depth` leading bits with entry `i`.
///
/// # Safety
/// `map` points to a map with memory of `m`'s, which this thread writes, and which has directory entry `i` (or, of depth 0,
/// gets its only table). `table` has `1 << meta.lg` groups, and `meta.depth` is not above the map's.
unsafe fn publish<M: Memory>(m: &M, map: *mut Map, i: usize, table: Table, meta: Meta) {
    // SAFETY: `map` points to a map that this thread writes (this function's contract). With a depth, the entries that
    // share `meta.depth` bits with `i` are entries of its directory, and their number is that of the bits in which they
    // differ.
    unsafe {
        if meta.lg > MAX_LG {
            Map::set_flags(map, Map::flags(map) | OVERSIZE);
        }
        let tagged = Tagged::new(table.groups, meta.lg).0;
        let depth = (*map).depth;
        if depth == 0 {
            m.store_pointer((&raw mut (*map).controls).cast(), table.controls.cast());
            m.store_pointer(&raw mut (*map).tables, tagged);
            (*map).meta = Meta { note: (*map).meta.note, ..meta };
            return;
        }
        let begin = directory::canonical(i, depth, meta.depth);
        let end = begin + (1 << (depth - meta.depth));
        let entry = Entry { groups: Tagged(tagged), controls: table.controls };
        for j in begin..end {
            directory::store(m, (*map).tables.cast::<Entry>().add(j), entry);
            (*map).metas.add(j).write(meta);
        }
        ahead::publish(m, map, begin, end, entry);
    }
}

/// Doubles the directory, or makes the first one.
///
/// # Safety
/// `map` points to a map with tables and memory of `m`'s, which this thread writes.
unsafe fn double<M: Memory, E>(m: &M, map: *mut Map) -> Result<(), Error<E>> {
    // SAFETY: `map` points to a map with tables that this thread writes (this function's contract), so it has `n` entries;
    // the new arrays have two for each of them. A directory that is given back was the map's, which names the new one by
    // then.
    unsafe {
        let n = 1usize << (*map).depth;
        let ahead = ahead::take(m, map);
        let (directory, metas) = match ahead {
            Some(next) => next,
            None => directory::alloc(m, 2 * n)?,
        };
        for j in 0..n {
            let entry = directory::entry(map, j);
            let meta = *directory::meta(map, j);
            for k in [2 * j, 2 * j + 1] {
                if ahead.is_none() {
                    directory::store(m, directory.add(k), entry);
                }
                metas.add(k).write(meta);
            }
        }
        let old = ((*map).tables, (*map).metas);
        m.store_pointer((&raw mut (*map).metas).cast(), metas.cast());
        m.store_pointer(&raw mut (*map).tables, directory.cast());
        m.store_pointer((&raw mut (*map).controls).cast(), directory.cast());
        (*map).depth += 1;
        if n > 1 {
            m.retire_directory(old.0.cast(), old.1, n);
        }
        Ok(())
    }
}

/// Moves the entries of `from` to the new tables `to`, chosen by one bit of the hash; says how many went where.
///
/// # Safety
/// `from` and both of `to` are tables of schema `s`, the latter new ones that together hold all entries of `from`,
/// whichever way the bit divides them.
unsafe fn redistribute<S: Schema, M: Memory>(
    s: &S,
    m: &M,
    seed: u32,
    from: Table,
    to: [Table; 2],
    bit: u32,
) -> Result<[u32; 2], S::Error> {
    let plain = m.plain_copies();
    let mut counts = [0, 0];
    // SAFETY: full slots hold entries; the new tables have room for all of them.
    unsafe {
        for i in 0..from.len() {
            let mut left = fulls(word(from.control(i)));
            while left != 0 {
                let old = from.slot(s, i, first(left));
                left &= left - 1;
                let hash = s.hash(s.load(old.key(s)), seed as u64)?;
                let side = (hash >> bit) as usize & 1;
                let new = to[side].room(s, hash);
                new.set_ctrl(group::h2(hash));
                counts[side] += 1;
                if plain {
                    copy_small(new.key_slot(s), old.key_slot(s), s.key_slot());
                    copy_small(new.elem_slot(s), old.elem_slot(s), s.elem_slot());
                } else {
                    copy_slots(s, m, new, old);
                }
            }
        }
    }
    Ok(counts)
}

/// Copies the slots' contents as the collector wants it; boxes are shared.
///
/// # Safety
/// Both are slots of groups of schema `s`; `old` is full, and no key or element was written to `new`.
unsafe fn copy_slots<S: Schema, M: Memory>(s: &S, m: &M, new: Slot, old: Slot) {
    // SAFETY: both are slots of the schema; `old` is full, so its key and element (or boxes) are there, and `new` is
    // another (this function's contract), so nothing overlaps.
    unsafe {
        if s.indirect_key() {
            m.store_pointer(new.key_slot(s).cast(), old.key(s));
        } else {
            m.copy_key(new.key_slot(s), old.key_slot(s));
        }
        if s.indirect_elem() {
            m.store_pointer(new.elem_slot(s).cast(), old.elem(s));
        } else {
            m.copy_elem(new.elem_slot(s), old.elem_slot(s));
        }
    }
}

/// Copies `n` bytes; the usual sizes without a call.
///
/// # Safety
/// `n` bytes may be read at `src` and written at `dst`, which do not overlap.
#[inline(always)]
unsafe fn copy_small(dst: *mut u8, src: *const u8, n: usize) {
    // SAFETY: both are `n` bytes that do not overlap (this function's contract), aligned as their type, so for 8 and 16
    // bytes maybe less than eight; what is not initialised stays so.
    unsafe {
        match n {
            8 => dst.cast::<MaybeUninit<u64>>().write_unaligned(src.cast::<MaybeUninit<u64>>().read_unaligned()),
            16 => dst.cast::<[MaybeUninit<u64>; 2]>().write_unaligned(src.cast::<[MaybeUninit<u64>; 2]>().read_unaligned()),
            4 => dst.cast::<MaybeUninit<u32>>().write_unaligned(src.cast::<MaybeUninit<u32>>().read_unaligned()),
            0 => {}
            _ => dst.copy_from_nonoverlapping(src, n),
        }
    }
}

/// Bytes of groups and control words that [`init`] allocates for `hint` entries; `None` if no `usize` holds that.
pub fn bytes_for(hint: usize, group_size: usize) -> Option<usize> {
    let slots = hint.checked_mul(8)?.div_ceil(7).checked_next_power_of_two()?;
    (slots / group::SLOTS).checked_mul(group_size.checked_add(size_of::<u64>())?)
}

/// Prepares an empty map for `hint` entries, so that adding them will hardly need growth. Does nothing for up to eight.
///
/// On failure the map is still empty and usable.
///
/// # Errors
/// [`Error::OutOfMemory`].
///
/// # Safety
/// `map` points to an empty map that has no tables, or one group; its memory is `m`'s and its groups are of schema `s`.
pub unsafe fn init<S: Schema, M: Memory>(s: &S, m: &M, map: *mut Map, hint: usize) -> Result<(), Error<S::Error>> {
    // SAFETY: `map` is empty and has no tables or one group, its memory is `m`'s and its groups are of schema `s` (this function's
    // contract); the pass is the one that was just begun for it.
    unsafe {
        if let Some(mut pass) = init_begin(s, m, map, hint)? {
            init_some(s, m, map, &mut pass, usize::MAX)?;
        }
        Ok(())
    }
}

/// Begins to prepare a map as [`init`] does: `None` if nothing is left to do. Until [`init_some`] has done all of it, the map is for nobody
/// else.
///
/// # Errors
/// [`Error::OutOfMemory`].
///
/// # Safety
/// As for [`init`].
pub unsafe fn init_begin<S: Schema, M: Memory>(
    s: &S,
    m: &M,
    map: *mut Map,
    hint: usize,
) -> Result<Option<Pass>, Error<S::Error>> {
    if hint <= group::SLOTS {
        return Ok(None);
    }
    let slots = match hint.checked_mul(8) {
        Some(n) => n.div_ceil(7).next_power_of_two(),
        None => return Err(Error::OutOfMemory),
    };
    let lg = (slots.trailing_zeros() as u8 - 3).min(MAX_LG);
    let depth = slots.trailing_zeros() as u8 - 3 - lg;
    if depth > MAX_DEPTH || slots.checked_mul(s.group_size() / 8).is_none() {
        return Err(Error::OutOfMemory);
    }
    // SAFETY: a map of this schema that this thread writes; the arrays have `1 << depth` entries.
    unsafe {
        if depth == 0 {
            let table = alloc_table(m, lg)?;
            publish(m, map, 0, table, Meta { growth_left: capacity(lg), depth, lg, note: 0 });
            return Ok(None);
        }
        // In the header from the beginning, where the collector finds it: its entries are null until they have tables.
        let (directory, metas) = directory::alloc(m, 1usize << depth)?;
        m.store_pointer((&raw mut (*map).metas).cast(), metas.cast());
        m.store_pointer(&raw mut (*map).tables, directory.cast());
        m.store_pointer((&raw mut (*map).controls).cast(), directory.cast());
        (*map).depth = depth;
        Ok(Some(Pass::of(map)))
    }
}

/// Makes tables of up to `groups` groups more, at least one table; whether that was the last.
///
/// # Errors
/// [`Error::OutOfMemory`].
///
/// # Safety
/// As for [`init`]; `pass` is what [`init_begin`] gave for the map, and went through this alone since.
pub unsafe fn init_some<S: Schema, M: Memory>(
    s: &S,
    m: &M,
    map: *mut Map,
    pass: &mut Pass,
    groups: usize,
) -> Result<bool, Error<S::Error>> {
    _ = s;
    // SAFETY: a map of this schema that is nobody else's yet; its arrays have `n` entries, those below `pass.entry` with tables.
    unsafe {
        let (depth, lg) = ((*map).depth, MAX_LG);
        let n = 1usize << depth;
        let (directory, metas) = ((*map).tables.cast::<Entry>(), (*map).metas);
        let end = n.min(pass.entry.saturating_add((groups >> lg).max(1)));
        while pass.entry < end {
            match alloc_table(m, lg) {
                Ok(table) => {
                    let entry = Entry { groups: Tagged::new(table.groups, lg), controls: table.controls };
                    directory::store(m, directory.add(pass.entry), entry);
                    metas.add(pass.entry).write(Meta { growth_left: capacity(lg), depth, lg, note: 0 });
                    pass.next_table(1);
                }
                Err(e) => {
                    m.store_pointer((&raw mut (*map).metas).cast(), core::ptr::null_mut());
                    m.store_pointer(&raw mut (*map).tables, core::ptr::null_mut());
                    m.store_pointer((&raw mut (*map).controls).cast(), core::ptr::null_mut());
                    (*map).depth = 0;
                    for j in 0..pass.entry {
                        let entry = *directory.add(j);
                        m.retire_table(entry.groups.groups(), entry.controls, 1 << lg);
                    }
                    m.retire_directory(directory, metas, n);
                    return Err(e);
                }
            }
        }
        Ok(pass.entry == n)
    }
}

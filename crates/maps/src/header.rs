//! The map's header, the per-table bookkeeping word and the tagged table pointer: layouts that compiled code and the
//! collector rely on. No operation lives here.
//!
//! A map is in one of three shapes:
//!
//! | shape     | `depth` | `tables`                         | `controls`                | bookkeeping                    |
//! |-----------|---------|----------------------------------|---------------------------|--------------------------------|
//! | small     | 0       | null, or one group (tag 0)       | null                      | none: `meta` is zero but for the note |
//! | single    | 0       | the only table's groups (tagged) | its control words         | `meta`                         |
//! | directory | 1..     | array of `1 << depth` [`Entry`]  | the same as `tables`, or the next directory (`ahead`) | `metas`, array of `1 << depth` |
//!
//! So `controls` is null for small maps alone: by that, readers from outside (debuggers) know them.
//!
//! A small map's control word is the first word of its group. The control words of a table are an array of their own, so
//! that a search touches a group only where it will find its key.
//!
//! The directory is indexed by the top `depth` bits of a hash. A table whose own depth `d` is smaller than the
//! directory's owns `1 << (depth - d)` neighbouring entries; all of them hold its pointers and its depth, but only the
//! first, the *canonical* one, counts its room.
#[cfg(target_pointer_width = "64")]
use core::mem::{align_of, offset_of, size_of};
use core::sync::atomic::{AtomicU8, AtomicU32, Ordering};

/// A writer is at work (best effort detection of concurrent misuse).
pub const WRITING: u8 = 4;
/// Some table has more than [`MAX_GROUPS`] groups: sizes must be taken from the bookkeeping, not from the tags.
pub const OVERSIZE: u8 = 8;

/// No directory is deeper.
pub(crate) const MAX_DEPTH: u8 = 32;

/// Slots per group.
pub const GROUP_SLOTS: usize = 8;
/// log2 of the number of groups that an ordinary table does not exceed (1024 slots).
pub const MAX_LG: u8 = 7;
/// The number of groups that an ordinary table does not exceed.
pub const MAX_GROUPS: usize = 1 << MAX_LG;

/// Bookkeeping of one table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Meta {
    /// Empty slots that may still be filled before the table must grow (maintained in the canonical entry only).
    pub growth_left: u32,
    /// How many leading hash bits all keys of the table share.
    pub depth: u8,
    /// log2 of the number of groups.
    pub lg: u8,
    /// In a map's header the embedder's: zero at first, and kept as it is from then on, in copies of the map too. Elsewhere without meaning.
    pub note: u16,
}

/// A map. An all-zero header (with any `seed`) is a valid empty map; so is one whose `tables` points to one all-zero group.
#[repr(C)]
pub struct Map {
    /// Number of entries.
    pub count: usize,
    /// [`WRITING`], [`OVERSIZE`].
    pub flags: AtomicU8,
    /// log2 of the directory's length; 0 if there is no directory.
    pub depth: u8,
    /// Changes whenever the map is cleared; iterators that began before end there.
    pub epoch: u16,
    /// Seed given to the hash function.
    pub seed: u32,
    /// See the module's table. Collected.
    pub tables: *mut u8,
    /// See the module's table. Collected.
    pub controls: *mut u64,
    /// Bookkeeping of the single table.
    pub meta: Meta,
    /// See the module's table. Collected.
    pub metas: *mut Meta,
}

#[cfg(target_pointer_width = "64")]
const _: () = {
    assert!(size_of::<Meta>() == 8 && align_of::<Map>() == 8);
    assert!(size_of::<Map>() == 48);
    assert!(offset_of!(Map, count) == 0);
    assert!(offset_of!(Map, flags) == 8);
    assert!(offset_of!(Map, depth) == 9);
    assert!(offset_of!(Map, epoch) == 10);
    assert!(offset_of!(Map, seed) == 12);
    assert!(offset_of!(Map, tables) == 16);
    assert!(offset_of!(Map, controls) == 24);
    assert!(offset_of!(Map, meta) == 32);
    assert!(offset_of!(Map, metas) == 40);
    assert!(size_of::<Entry>() == 16);
};

/// Bit `i` set: word `i` of [`Map`] is a pointer to the collector.
pub const MAP_PTR_MASK: u64 = 0b10_1100;

impl Map {
    /// An empty map that owns no memory.
    pub const fn new(seed: u32) -> Map {
        Map {
            count: 0,
            flags: AtomicU8::new(0),
            depth: 0,
            epoch: 0,
            seed,
            tables: core::ptr::null_mut(),
            controls: core::ptr::null_mut(),
            meta: Meta { growth_left: 0, depth: 0, lg: 0, note: 0 },
            metas: core::ptr::null_mut(),
        }
    }

    /// The flags of `map`.
    ///
    /// # Safety
    /// `map` points to a map.
    #[inline(always)]
    pub(crate) unsafe fn flags(map: *const Map) -> u8 {
        // SAFETY: `map` points to a map (this function's contract). Relaxed: misuse is detected with best effort only,
        // nothing is ordered by it.
        unsafe { (*map).flags.load(Ordering::Relaxed) }
    }

    /// Flags, depth and epoch of `map` in one word: as long as it stays the same there is no writer, the directory is where it was, and no
    /// entry was removed by `clear`.
    ///
    /// # Safety
    /// `map` points to a map.
    #[inline(always)]
    pub(crate) unsafe fn state(map: *const Map) -> u32 {
        // SAFETY: `map` points to a map (this function's contract), in which the three lie side by side, aligned to four bytes (asserted).
        // Relaxed as for the flags: a writer that changes the others at the same time is misuse.
        u32::from_le(unsafe { (*(&raw const (*map).flags).cast::<AtomicU32>()).load(Ordering::Relaxed) })
    }

    /// Replaces the state of `map`: a store as wide as the loads of [`Map::state`], which so need not wait until it has left the processor.
    ///
    /// # Safety
    /// `map` points to a map that this thread writes; but for the flags it is the map's state.
    #[inline(always)]
    pub(crate) unsafe fn set_state(map: *mut Map, state: u32) {
        // SAFETY: a map that may be written (this function's contract), in which what the state consists of lies side by side. Relaxed: nothing
        // is ordered by it.
        unsafe { (*(&raw mut (*map).flags).cast::<AtomicU32>()).store(state.to_le(), Ordering::Relaxed) }
    }

    /// Whether a writer was at work when the map had this state.
    #[inline(always)]
    pub(crate) fn is_written(state: u32) -> bool {
        state & WRITING as u32 != 0
    }

    /// The directory's depth in a state.
    #[inline(always)]
    pub(crate) fn state_depth(state: u32) -> u8 {
        (state >> 8) as u8
    }

    /// The epoch in a state.
    #[inline(always)]
    pub(crate) fn state_epoch(state: u32) -> u16 {
        (state >> 16) as u16
    }

    /// Replaces the flags of `map`.
    ///
    /// # Safety
    /// `map` points to a map.
    #[inline(always)]
    pub(crate) unsafe fn set_flags(map: *const Map, flags: u8) {
        // SAFETY: `map` points to a map (this function's contract). Relaxed: nothing is ordered by it.
        unsafe { (*map).flags.store(flags, Ordering::Relaxed) }
    }
}

/// A directory entry. Both words are collected.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C)]
pub struct Entry {
    /// The table's groups.
    pub groups: Tagged,
    /// The table's control words, one per group.
    pub controls: *mut u64,
}

/// A pointer to a table's groups whose three low bits hold log2 of their number (groups are aligned to eight bytes).
///
/// To the collector it is an interior pointer into the groups.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(transparent)]
pub struct Tagged(pub *mut u8);

impl Tagged {
    /// Tags `groups`, of which there are `1 << lg`. For an oversize table the tag is [`MAX_LG`].
    #[inline]
    pub fn new(groups: *mut u8, lg: u8) -> Tagged {
        debug_assert!(groups.addr() & 7 == 0);
        let lg = if lg > MAX_LG { MAX_LG } else { lg };
        Tagged(groups.wrapping_add(lg as usize))
    }

    /// log2 of the number of groups (a lower bound, for an oversize table).
    #[inline(always)]
    pub fn lg(self) -> u8 {
        (self.0.addr() & 7) as u8
    }

    /// The first group.
    #[inline(always)]
    pub fn groups(self) -> *mut u8 {
        self.0.map_addr(|a| a & !7)
    }
}

/// How many entries a table of `1 << lg` groups takes: seven eighths of its slots.
#[inline]
pub(crate) const fn capacity(lg: u8) -> u32 {
    7 << lg
}

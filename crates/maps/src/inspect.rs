//! What a debugger or a picture of a map is made from (feature `inspect`): its tables, their control words, their room. Everything here
//! only reads, and nothing of it is compiled without the feature. Which keys lie in a slot is for the schema's owner to read.

use crate::directory;
use crate::header::{GROUP_SLOTS, Map};
use crate::table::Table;
use core::marker::PhantomData;

/// One table of a map.
#[derive(Clone, Copy)]
pub struct TableView<'m> {
    table: Table,
    _map: PhantomData<&'m Map>,
    /// The first directory entry that names it; 0 without a directory.
    pub first: usize,
    /// How many entries of the directory name it.
    pub entries: usize,
    /// How many leading bits of a hash all its keys share.
    pub depth: u8,
    /// Empty slots that may be filled before the table must grow. None in a map of one group, which grows when it is full.
    pub growth_left: Option<u32>,
}

impl TableView<'_> {
    /// Number of groups.
    pub fn groups(&self) -> usize {
        self.table.len()
    }

    /// The control word of a group, a byte a slot, slot 0 first.
    ///
    /// # Panics
    /// If there is no such group.
    pub fn control(&self, group: usize) -> [u8; GROUP_SLOTS] {
        assert!(group < self.groups(), "the table has no such group");
        // SAFETY: the table has the group; the map stays as it is as long as the view lives (the contract of `tables`).
        unsafe { self.table.control(group).cast::<[u8; GROUP_SLOTS]>().read() }
    }

    /// The address of the first group.
    pub fn address(&self) -> usize {
        self.table.groups.addr()
    }

    /// The group at which the search for a hash begins.
    pub fn home(&self, hash: u64) -> usize {
        self.table.home(hash)
    }

    /// The table itself, for those that know its keys.
    #[cfg(feature = "std")]
    pub(crate) fn table(&self) -> Table {
        self.table
    }
}

impl core::fmt::Debug for TableView<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let mut s = f.debug_struct("TableView");
        s.field("first", &self.first).field("entries", &self.entries).field("depth", &self.depth);
        s.field("groups", &self.groups()).field("growth_left", &self.growth_left).finish_non_exhaustive()
    }
}

/// The tables of a map, in the order of the directory. Made by [`tables`].
#[derive(Debug)]
pub struct Tables<'m> {
    map: *const Map,
    _map: PhantomData<&'m Map>,
    at: usize,
}

/// The tables of `map`; an empty map that owns no memory has none.
///
/// # Safety
/// `map` points to a map, which is not changed or freed during `'m`.
pub unsafe fn tables<'m>(map: *const Map) -> Tables<'m> {
    Tables { map, _map: PhantomData, at: 0 }
}

impl<'m> Iterator for Tables<'m> {
    type Item = TableView<'m>;

    fn next(&mut self) -> Option<TableView<'m>> {
        // SAFETY: `map` points to a map that stays as it is (the contract of `tables`); it has memory, as is seen first, so it has
        // `1 << depth` entries and their bookkeeping.
        unsafe {
            let (map, first) = (self.map, self.at);
            let depth = (*map).depth;
            if (*map).tables.is_null() || first >= 1 << depth {
                return None;
            }
            let meta = *directory::meta(map.cast_mut(), first);
            let entries = 1 << (depth - meta.depth);
            self.at += entries;
            let table = directory::table(map, Map::flags(map), first);
            let growth_left = (!(*map).controls.is_null()).then_some(meta.growth_left);
            Some(TableView { table, _map: PhantomData, first, entries, depth: meta.depth, growth_left })
        }
    }
}

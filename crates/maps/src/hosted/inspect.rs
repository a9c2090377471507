//! The tables of a `CursorMap` and what lies in their groups (feature `inspect`). Only reads.

use super::key::{places, value};
use super::{CursorMap, Key};
use crate::group;
use crate::header::GROUP_SLOTS;
use crate::inspect::{TableView, Tables, tables};
use crate::schema::Schema;
use core::hash::BuildHasher;

/// A group of a table: its control bytes, and the entries in its full slots.
#[derive(Debug)]
pub struct GroupView<'m, K, V> {
    /// The control bytes, slot 0 first.
    pub control: [u8; GROUP_SLOTS],
    /// The entries; none in slots that are not full.
    pub entries: [Option<(&'m K, &'m V)>; GROUP_SLOTS],
}

impl<K: Key, V, S: BuildHasher> CursorMap<K, V, S> {
    /// The map's tables, in the order of the directory; none before the first insertion.
    pub fn table_views(&self) -> Tables<'_> {
        // SAFETY: the map's own header, which is borrowed as long as the views live.
        unsafe { tables(self.header()) }
    }

    /// The groups of the table that directory entry `first` names, as a [`TableView`] says; none if there is no such table.
    pub fn group_views(&self, first: usize) -> impl Iterator<Item = GroupView<'_, K, V>> {
        let view = self.table_views().find(|t| t.first == first);
        view.into_iter().flat_map(move |view| (0..view.groups()).map(move |i| self.group_of(&view, i)))
    }

    fn group_of<'m>(&'m self, view: &TableView<'m>, i: usize) -> GroupView<'m, K, V> {
        let control = view.control(i);
        let mut entries = [None; GROUP_SLOTS];
        for (slot, entry) in entries.iter_mut().enumerate().filter(|(slot, _)| control[*slot] >= 0x80) {
            // SAFETY: a slot of a table of this map and schema, which is full: its key and value are there as long as the map is borrowed.
            *entry = unsafe {
                let slot = view.table().slot(&places::<K, V>(), i, slot);
                let value = value::<K, V>(slot.elem(&places::<K, V>())).as_ref();
                value.map(|value| (&*slot.key(&places::<K, V>()).cast::<K>(), value))
            };
        }
        GroupView { control, entries }
    }

    /// The hash of a key in this map, as [`TableView::home`] takes it.
    pub fn hash_of(&self, key: &K) -> u64 {
        // SAFETY: the key is valid.
        let Ok(hash) = unsafe { self.schema().hash(key, 0) };
        hash
    }

    /// The control byte of a key with this hash.
    pub fn control_byte(hash: u64) -> u8 {
        group::h2(hash)
    }
}

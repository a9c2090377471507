//! Iteration of a map that nothing changes meanwhile: straight through its tables, with a mask of what is full for each group and nothing
//! to ask of the map in between. Iteration that tolerates changes is in `iter`.
use crate::directory;
use crate::group::{first, fulls, word};
use crate::header::Map;
use crate::schema::Schema;
use crate::table::{Slot, Table, prefetch};
use core::ptr::{null, null_mut};

/// Bytes of a line of the processor's caches.
const LINE: usize = 64;
/// Lines that are asked for ahead.
const AHEAD: usize = 8;
/// How far ahead groups are asked for, in bytes.
const DISTANCE: usize = 1024;
/// The depth from which on they are.
const LARGE: u8 = 6;

/// A place in a map that nothing changes. Entries are met in the order in which they lie in the tables.
#[derive(Clone, Debug)]
pub struct Walk {
    /// The full slots of the current group that were not visited, as a control word has them.
    left: u64,
    /// The current group; before the first of a table, where one would be that lies in front of it.
    group: *mut u8,
    /// The control word of the group after it.
    control: *const u64,
    /// The end of the current table's control words.
    end: *const u64,
    /// The map, as long as it has tables that were not met; else null.
    map: *const Map,
    /// The directory entry of the next table.
    entry: usize,
}

impl Walk {
    /// A walk that is at its end.
    pub const fn new() -> Walk {
        Walk { left: 0, group: null_mut(), control: null(), end: null(), map: null(), entry: 0 }
    }

    /// Before the first entry of a map, which may be null.
    ///
    /// # Safety
    /// `map` is null or points to a map of schema `s` that is neither written nor freed as long as the walk is used.
    #[inline(always)]
    pub unsafe fn of<S: Schema>(s: &S, map: *const Map) -> Walk {
        let mut walk = Walk::new();
        // SAFETY: null, or a map of schema `s` (this function's contract); without a directory it has at most one table, that of entry 0.
        unsafe {
            if map.is_null() || (*map).tables.is_null() {
                return walk;
            }
            if (*map).depth == 0 {
                walk.at(s, directory::table(map, Map::flags(map), 0));
            } else {
                (walk.map, walk.entry) = (map, 0);
            }
        }
        walk
    }

    /// Goes to the beginning of a table.
    ///
    /// # Safety
    /// As for [`Walk::next`]; `table` is one of the map.
    #[inline(always)]
    unsafe fn at<S: Schema>(&mut self, s: &S, table: Table) {
        self.group = table.groups.wrapping_sub(s.group_size());
        self.control = table.controls;
        // SAFETY: the end of the table's control words.
        self.end = unsafe { table.controls.add(table.len()) };
    }

    /// Goes to the next table; false if there is none.
    ///
    /// # Safety
    /// As for [`Walk::next`].
    #[inline(always)]
    unsafe fn turn<S: Schema>(&mut self, s: &S) -> bool {
        // SAFETY: as for this function.
        !self.map.is_null() && unsafe { self.next_table(s) }
    }

    /// [`Walk::turn`] in a map with a directory.
    ///
    /// # Safety
    /// As for [`Walk::next`]; there is a map.
    #[inline(never)]
    unsafe fn next_table<S: Schema>(&mut self, s: &S) -> bool {
        // SAFETY: a map of schema `s` with a directory that nobody writes (this function's contract); the entries are below its length.
        unsafe {
            let (map, i) = (self.map, self.entry);
            let (n, flags) = (1 << (*map).depth, Map::flags(map));
            if i >= n {
                self.map = null();
                return false;
            }
            self.at(s, directory::table(map, flags, i));
            self.entry += 1 << ((*map).depth - (*directory::meta(map.cast_mut(), i)).depth);
            if self.entry < n {
                let next = directory::table(map, flags, self.entry);
                for line in 0..AHEAD {
                    prefetch(next.controls.cast::<u8>().wrapping_add(line * LINE));
                    prefetch(next.groups.wrapping_add(line * LINE));
                }
            }
            true
        }
    }

    /// The key and the element of the next entry; `None` at the end.
    ///
    /// # Safety
    /// The walk was made by [`Walk::of`], of a map of schema `s`, and may be used still.
    #[inline(always)]
    pub unsafe fn next<S: Schema>(&mut self, s: &S) -> Option<(*mut u8, *mut u8)> {
        // SAFETY: a walk of a map of schema `s` (this function's contract). Between the two ends lie the table's control words, each with a
        // group; full slots hold entries.
        unsafe {
            while self.left == 0 {
                if self.control == self.end && !self.turn(s) {
                    return None;
                }
                self.left = fulls(word(self.control));
                self.control = self.control.add(1);
                self.group = self.group.wrapping_add(s.group_size());
            }
            let slot = Slot { group: self.group, control: null_mut(), index: first(self.left) };
            self.left &= self.left - 1;
            Some((slot.key(s), slot.elem(s)))
        }
    }

    /// Calls `f` with what is left, as if by [`Walk::next`], but faster: all that is needed stays in registers.
    ///
    /// # Safety
    /// As for [`Walk::next`].
    #[inline(always)]
    pub unsafe fn fold<S: Schema, B>(mut self, s: &S, mut b: B, mut f: impl FnMut(B, *mut u8, *mut u8) -> B) -> B {
        // SAFETY: as there. A table has as many groups as control words.
        unsafe {
            // The groups of a map with many tables are not in the processor's caches, and lie in many pages.
            let large = !self.map.is_null() && (*self.map).depth >= LARGE;
            let (mut left, mut group, mut control, mut end) = (self.left, self.group, self.control, self.end);
            loop {
                while left != 0 {
                    let slot = Slot { group, control: null_mut(), index: first(left) };
                    left &= left - 1;
                    b = f(b, slot.key(s), slot.elem(s));
                }
                if control == end {
                    if !self.turn(s) {
                        return b;
                    }
                    (group, control, end) = (self.group, self.control, self.end);
                }
                left = fulls(word(control));
                control = control.add(1);
                group = group.wrapping_add(s.group_size());
                if large {
                    let mut at = 0;
                    while at < s.group_size() {
                        prefetch(group.wrapping_add(DISTANCE + at));
                        at += LINE;
                    }
                }
            }
        }
    }
}

impl Default for Walk {
    fn default() -> Self {
        Self::new()
    }
}

//! Iteration of a map that nothing changes meanwhile: straight through its tables, with a mask of what is full for each group and nothing
//! to ask of the map in between. Iteration that tolerates changes is in `iter`.
use crate::directory;
use crate::group::{first, fulls, word};
use crate::header::Map;
use crate::schema::Schema;
use crate::table::{Slot, Table};
use core::ptr::{null, null_mut};

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
    map: *const Map,
    /// The directory entry of the next table; the directory's length at the end.
    entry: usize,
}

impl Walk {
    /// A walk that is at its end.
    pub const fn new() -> Walk {
        Walk { left: 0, group: null_mut(), control: null(), end: null(), map: null(), entry: 1 }
    }

    /// Before the first entry of a map, which may be null.
    ///
    /// # Safety
    /// `map` is null or points to a map that is neither written nor freed as long as the walk is used.
    #[inline]
    pub unsafe fn of(map: *const Map) -> Walk {
        // SAFETY: null, or a map (this function's contract).
        if map.is_null() || unsafe { (*map).tables.is_null() } {
            return Walk::new();
        }
        Walk { map, entry: 0, ..Walk::new() }
    }

    /// The next table; `None` behind the last.
    ///
    /// # Safety
    /// The walk was made by [`Walk::of`] and may be used still.
    #[inline]
    unsafe fn table(&mut self) -> Option<Table> {
        if self.map.is_null() {
            return None;
        }
        // SAFETY: a map with tables that nobody writes (this function's contract); the entry is below the directory's length.
        unsafe {
            let depth = (*self.map).depth;
            if self.entry >> depth != 0 {
                return None;
            }
            let table = directory::table(self.map, Map::flags(self.map), self.entry);
            let own = if depth == 0 { 0 } else { (*directory::meta(self.map.cast_mut(), self.entry)).depth };
            self.entry += 1 << (depth - own);
            Some(table)
        }
    }

    /// Goes to the next table; false if there is none.
    ///
    /// # Safety
    /// As for [`Walk::next`].
    #[inline(never)]
    unsafe fn turn<S: Schema>(&mut self, s: &S) -> bool {
        // SAFETY: a walk of a map of schema `s` (this function's contract).
        unsafe {
            let Some(table) = self.table() else { return false };
            self.group = table.groups.wrapping_sub(s.group_size());
            self.control = table.controls;
            self.end = table.controls.add(table.len());
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
            }
        }
    }
}

impl Default for Walk {
    fn default() -> Self {
        Self::new()
    }
}

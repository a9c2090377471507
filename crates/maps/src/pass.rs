//! How far an operation on a whole map has come, for embedders that do it in pieces: [`crate::init_some`], [`crate::clear_some`],
//! [`crate::clone_some`]. Iterators know it themselves ([`crate::iter_some`]). What a piece does is with the operations.
use crate::header::Map;

/// The next directory entry to be worked on, and the next group of its table.
#[derive(Clone, Copy, Debug)]
pub struct Pass {
    pub(crate) entry: usize,
    pub(crate) group: usize,
    /// The map's epoch and depth when it began.
    epoch: u16,
    depth: u8,
}

impl Pass {
    /// The beginning of a pass over a map.
    ///
    /// # Safety
    /// `map` points to a map.
    pub(crate) unsafe fn of(map: *const Map) -> Pass {
        // SAFETY: the caller gives a map.
        unsafe { Pass { entry: 0, group: 0, epoch: (*map).epoch, depth: (*map).depth } }
    }

    /// Goes on behind a table that owns `span` directory entries.
    pub(crate) fn next_table(&mut self, span: usize) {
        self.entry += span;
        self.group = 0;
    }

    /// Whether the map has neither been cleared nor got another directory since.
    ///
    /// # Safety
    /// As for [`Pass::of`], with the same map.
    pub(crate) unsafe fn still_fits(&self, map: *const Map) -> bool {
        // SAFETY: the caller gives a map.
        unsafe { (*map).epoch == self.epoch && (*map).depth == self.depth }
    }
}

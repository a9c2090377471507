//! The memory profile: for each call stack and object size, how many sampled objects were allocated and freed.
//!
//! Allocations are seen as they happen, frees only when a collection sweeps. A profile that counted both at once would show
//! garbage as live. So what is shown is a picture of the end of the last marking whose sweep is over, and events are kept
//! apart until they belong to such a picture:
//!
//! ```text
//!     marking ends          marking ends
//!    ──────┬────────────┬─────────┬─────────────▶
//!          │ sweep      │         │
//!  allocations: recent  │         │    recent becomes settling when marking ends
//!  frees:    settling ──┘         │    settling is added to what is shown when the sweep is over
//! ```
//!
//! Records are never freed (`stacks`).

use super::stacks::{Entry, Stacks};
use crate::mem::Persistent;

/// Sums over sampled objects.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Counts {
    /// Objects allocated.
    pub allocs: u64,
    /// Objects freed.
    pub frees: u64,
    /// Bytes allocated.
    pub alloc_bytes: u64,
    /// Bytes freed.
    pub free_bytes: u64,
}

impl Counts {
    fn add(&mut self, other: &mut Counts) {
        let o = core::mem::take(other);
        self.allocs += o.allocs;
        self.frees += o.frees;
        self.alloc_bytes += o.alloc_bytes;
        self.free_bytes += o.free_bytes;
    }
}

/// What is known of the objects of one size that one call stack allocates.
#[derive(Clone, Copy, Default)]
pub struct Sums {
    shown: Counts,
    /// By parity: settling and recent, or the other way round.
    later: [Counts; 2],
}

/// The same with its call stack.
pub type Record = Entry<Sums>;

impl Record {
    /// Bytes of an object.
    pub fn size(&self) -> usize {
        self.key()
    }

    /// What the profile shows.
    pub fn counts(&self) -> Counts {
        self.value.shown
    }

    /// All objects that were seen are gone again, as far as the profile shows.
    pub fn is_unused(&self) -> bool {
        self.counts().alloc_bytes == self.counts().free_bytes
    }
}

/// All records. All zero bytes: none.
pub struct Table {
    stacks: Stacks<Sums>,
    /// Index of the recent counts in each record.
    recent: usize,
}

impl Table {
    /// No records.
    pub const fn new() -> Table {
        Table { stacks: Stacks::new(), recent: 0 }
    }

    /// Counts the allocation of an object of `size` bytes by `stack`; answers its record, for [`Table::freed`].
    pub fn allocated(&mut self, memory: &impl Persistent, stack: &[usize], size: usize) -> *const Record {
        let record = self.stacks.find(memory, stack, size, Sums::default());
        // SAFETY: records stay, and are the table's alone.
        let recent = unsafe { &mut (*record).value.later[self.recent] };
        recent.allocs += 1;
        recent.alloc_bytes += size as u64;
        record
    }

    /// Counts the end of an object, found by the sweep after the last [`Table::marked`].
    ///
    /// # Safety
    /// The record is one of this table's.
    pub unsafe fn freed(&mut self, record: *const Record) {
        // SAFETY: the record is one of this table's (this function's contract), all of which are never
        // freed, and are reached through the table alone, which is borrowed.
        let record = unsafe { &mut *record.cast_mut() };
        let size = record.size() as u64;
        let settling = &mut record.value.later[1 - self.recent];
        settling.frees += 1;
        settling.free_bytes += size;
    }

    /// A marking has ended: what was allocated before belongs to the picture that the coming sweep completes. What the
    /// sweep before freed was [`swept`](Self::swept).
    pub fn marked(&mut self) {
        self.recent = 1 - self.recent;
    }

    /// The sweep is over: the picture is complete.
    pub fn swept(&mut self) {
        let settling = 1 - self.recent;
        self.stacks.each_mut(|r| r.shown.add(&mut r.later[settling]));
    }

    /// Before the first collection there is no picture: shows everything there is then.
    pub fn show_something(&mut self) {
        if self.iter().all(|r| r.counts() == Counts::default()) {
            self.stacks.each_mut(|r| {
                let [a, b] = &mut r.later;
                r.shown.add(a);
                r.shown.add(b);
            });
        }
    }

    /// All records, newest first.
    pub fn iter(&self) -> impl Iterator<Item = &Record> {
        self.stacks.iter()
    }
}

impl Default for Table {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::super::stacks::tests::Leaked;
    use super::*;

    fn shown(t: &Table) -> Vec<(usize, usize, u64, u64)> {
        t.iter().map(|r| (r.stack()[0], r.size(), r.counts().allocs, r.counts().frees)).collect()
    }

    #[test]
    fn a_picture_of_the_last_swept_marking() {
        let mut t = Table::new();
        let a = t.allocated(&Leaked, &[1, 2, 3], 48);
        t.allocated(&Leaked, &[1, 2, 3], 48);
        t.allocated(&Leaked, &[7], 16);
        assert_eq!(shown(&t), [(7, 16, 0, 0), (1, 48, 0, 0)]);
        t.marked();
        // After the marking, before its sweep is over: not in the picture.
        t.allocated(&Leaked, &[1, 2, 3], 48);
        // SAFETY: a record of `t`.
        unsafe { t.freed(a) };
        t.swept();
        assert_eq!(shown(&t), [(7, 16, 1, 0), (1, 48, 2, 1)]);
        t.show_something();
        assert_eq!(shown(&t), [(7, 16, 1, 0), (1, 48, 2, 1)]);
        t.marked();
        // SAFETY: a record of `t`.
        unsafe { t.freed(a) };
        assert_eq!(shown(&t), [(7, 16, 1, 0), (1, 48, 2, 1)]);
        t.swept();
        assert_eq!(shown(&t), [(7, 16, 1, 0), (1, 48, 3, 2)]);
        let r = t.iter().nth(1).unwrap();
        assert_eq!((r.counts().alloc_bytes, r.counts().free_bytes, r.is_unused()), (144, 96, false));
    }

    #[test]
    fn without_a_collection_everything_shows() {
        let mut t = Table::new();
        t.allocated(&Leaked, &[5], 8);
        t.show_something();
        assert_eq!(shown(&t), [(5, 8, 1, 0)]);
        t.allocated(&Leaked, &[5], 8);
        t.show_something();
        assert_eq!(shown(&t), [(5, 8, 1, 0)]);
    }
}

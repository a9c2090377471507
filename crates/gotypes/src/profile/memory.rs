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
//! Records are never freed. They live in memory of the caller's, chained in a table that doubles as it fills.

use crate::mem::Persistent;
use core::ptr::null_mut;

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

/// What is known of one call stack that allocates objects of one size. Its pcs follow it in memory.
#[repr(C)]
pub struct Record {
    next: *mut Record,
    older: *mut Record,
    hash: u64,
    size: usize,
    depth: usize,
    shown: Counts,
    /// By parity: settling and recent, or the other way round.
    later: [Counts; 2],
}

impl Record {
    /// The stack, innermost call first, as return addresses.
    pub fn stack(&self) -> &[usize] {
        // SAFETY: `find` made room for `depth` words behind the record, and filled them in.
        unsafe { core::slice::from_raw_parts((&raw const *self).add(1).cast(), self.depth) }
    }

    /// Bytes of an object.
    pub fn size(&self) -> usize {
        self.size
    }

    /// What the profile shows.
    pub fn counts(&self) -> Counts {
        self.shown
    }

    /// All objects that were seen are gone again, as far as the profile shows.
    pub fn is_unused(&self) -> bool {
        self.shown.alloc_bytes == self.shown.free_bytes
    }
}

/// All records. All zero bytes: none.
pub struct Table {
    heads: *mut *mut Record,
    n_heads: usize,
    count: usize,
    newest: *mut Record,
    /// Index of the recent counts in each record.
    recent: usize,
}

// SAFETY: the table owns what its pointers lead to.
unsafe impl Send for Table {}

/// Chains to begin with.
const FIRST_HEADS: usize = 256;

impl Table {
    /// No records.
    pub const fn new() -> Table {
        Table { heads: null_mut(), n_heads: 0, count: 0, newest: null_mut(), recent: 0 }
    }

    /// Counts the allocation of an object of `size` bytes by `stack`; answers its record, for [`Table::freed`].
    pub fn allocated(&mut self, memory: &impl Persistent, stack: &[usize], size: usize) -> *const Record {
        let record = self.find(memory, stack, size);
        // SAFETY: records stay, and are the table's alone.
        let recent = unsafe { &mut (*record).later[self.recent] };
        recent.allocs += 1;
        recent.alloc_bytes += size as u64;
        record
    }

    /// Counts the end of an object, found by the sweep after the last [`Table::marked`].
    ///
    /// # Safety
    /// The record is one of this table's.
    pub unsafe fn freed(&mut self, record: *const Record) {
        // SAFETY: the record is one of this table's (this function's contract), all of which were made by `find`, are never
        // freed, and are reached through the table alone, which is borrowed.
        let record = unsafe { &mut *record.cast_mut() };
        let settling = &mut record.later[1 - self.recent];
        settling.frees += 1;
        settling.free_bytes += record.size as u64;
    }

    /// A marking has ended: what was allocated before belongs to the picture that the coming sweep completes. What the
    /// sweep before freed was [`swept`](Self::swept).
    pub fn marked(&mut self) {
        self.recent = 1 - self.recent;
    }

    /// The sweep is over: the picture is complete.
    pub fn swept(&mut self) {
        let settling = 1 - self.recent;
        self.each_mut(|r| r.shown.add(&mut r.later[settling]));
    }

    /// Before the first collection there is no picture: shows everything there is then.
    pub fn show_something(&mut self) {
        if self.iter().all(|r| r.shown == Counts::default()) {
            self.each_mut(|r| {
                let [a, b] = &mut r.later;
                r.shown.add(a);
                r.shown.add(b);
            });
        }
    }

    /// All records, newest first.
    pub fn iter(&self) -> impl Iterator<Item = &Record> {
        let mut at: *const Record = self.newest;
        core::iter::from_fn(move || {
            // SAFETY: null or a record of ours; no one changes it while `self` is borrowed.
            let record = unsafe { at.as_ref() }?;
            at = record.older;
            Some(record)
        })
    }

    fn each_mut(&mut self, mut f: impl FnMut(&mut Record)) {
        let mut at = self.newest;
        // SAFETY: null or a record of ours, borrowed with `self`.
        while let Some(record) = unsafe { at.as_mut() } {
            at = record.older;
            f(record);
        }
    }

    fn find(&mut self, memory: &impl Persistent, stack: &[usize], size: usize) -> *mut Record {
        let hash = hash(stack, size);
        if self.count >= self.n_heads {
            self.grow(memory);
        }
        // SAFETY: the table has `n_heads` chains, a power of two; records are ours. A new one has room for its stack.
        unsafe {
            let head = self.heads.add(hash as usize & (self.n_heads - 1));
            let mut at = *head;
            while let Some(r) = at.as_ref() {
                if (r.hash, r.size) == (hash, size) && r.stack() == stack {
                    return at;
                }
                at = r.next;
            }
            let new: *mut Record = memory.persistent(size_of::<Record>() + size_of_val(stack), align_of::<Record>()).cast();
            new.write(Record {
                next: *head,
                older: self.newest,
                hash,
                size,
                depth: stack.len(),
                shown: Counts::default(),
                later: [Counts::default(); 2],
            });
            new.add(1).cast::<usize>().copy_from_nonoverlapping(stack.as_ptr(), stack.len());
            *head = new;
            self.newest = new;
            self.count += 1;
            new
        }
    }

    /// Twice as many chains. The old ones' memory, at most as much again, is not used any more.
    fn grow(&mut self, memory: &impl Persistent) {
        let n = (self.n_heads * 2).max(FIRST_HEADS);
        let heads: *mut *mut Record = memory.persistent(n * size_of::<*mut Record>(), align_of::<*mut Record>()).cast();
        let mut at = self.newest;
        // SAFETY: zeroed room for n chains; records are ours.
        unsafe {
            while let Some(r) = at.as_mut() {
                let head = heads.add(r.hash as usize & (n - 1));
                r.next = *head;
                *head = r;
                at = r.older;
            }
        }
        (self.heads, self.n_heads) = (heads, n);
    }
}

impl Default for Table {
    fn default() -> Self {
        Self::new()
    }
}

const _: () = assert!(size_of::<Record>().is_multiple_of(align_of::<usize>()) && size_of::<*const ()>() == 8);

fn hash(stack: &[usize], size: usize) -> u64 {
    let mut h = size as u64 ^ 0x9e37_79b9_7f4a_7c15;
    for &pc in stack {
        h = (h.rotate_left(5) ^ pc as u64).wrapping_mul(0x517c_c1b7_2722_0a95);
    }
    h ^ h >> 32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy)]
    struct Leaked;
    // SAFETY: zeroed memory of the asked alignment that nothing else has.
    unsafe impl Persistent for Leaked {
        fn persistent(&self, size: usize, align: usize) -> *mut u8 {
            // SAFETY: not empty.
            unsafe { std::alloc::alloc_zeroed(std::alloc::Layout::from_size_align(size, align).unwrap()) }
        }
    }

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

    #[test]
    fn many_stacks() {
        let mut t = Table::new();
        for round in 0..3 {
            for i in 0..5000 {
                let stack: Vec<usize> = (0..i % DEPTH_OF_TEST).map(|k| k * i).chain([i]).collect();
                let r = t.allocated(&Leaked, &stack, 32);
                // SAFETY: a record of `t`.
                assert_eq!(unsafe { (*r).stack() }, stack);
                assert_eq!(t.count, if round == 0 { i + 1 } else { 5000 });
            }
        }
        t.marked();
        t.swept();
        assert!(t.iter().count() == 5000 && t.iter().all(|r| r.counts().allocs == 3));
    }

    const DEPTH_OF_TEST: usize = super::super::DEPTH - 1;
}

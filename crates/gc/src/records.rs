//! Special records: what they are, where they are kept, and which lock guards them ([`Specials`]). What becomes of them is in
//! `special`, which tells of it all.

use core::ptr::null_mut;
use goxide_alloc::Span;
use goxide_sys::Mutex;

/// Locks that records are divided among. Each that is used costs a slab.
const SHARDS: usize = 32;
/// Records of a slab: of which a lock may be held while they are visited, some microseconds.
pub(crate) const SLAB: usize = 16;
/// Slabs of a root job: markers look whether to stop between jobs.
pub(crate) const JOB: usize = 32;
/// Slabs of the table's first segment. Each of the others has twice as many as the one before.
pub(crate) const FIRST: usize = 64;
/// Segments: room for more slabs than memory has.
const SEGMENTS: usize = 30;

/// What a record is for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[repr(u8)]
pub enum Kind {
    /// Keeps its object alive once more, and is handed to the embedder then.
    Finalizer = 0,
    /// Notifies the embedder that its object is gone.
    Note = 1,
    /// Notifies the embedder, as a note, that its object was found unreachable, whether or not a finalizer keeps it once more.
    Weak = 2,
}

/// Words of the embedder in a record.
pub type Payload = [usize; 4];

/// Where a record is.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum State {
    /// In its shard's list of free ones.
    Free = 0,
    /// In its span's list.
    Listed = 1,
    /// With the embedder.
    Handed = 2,
}

/// A record. The embedder may link those that it was given through [`Special::next`].
#[repr(C)]
pub struct Special {
    /// The next in whatever list holds it.
    pub next: *mut Special,
    /// The address it was made for: an object's, or inside of one.
    pub object: usize,
    /// The embedder's words; the first is a pointer of the heap, or null.
    pub payload: Payload,
    pub(crate) kind: Kind,
    pub(crate) state: State,
    pub(crate) shard: u8,
}

#[repr(C)]
pub(crate) struct Slab {
    pub(crate) records: [Special; SLAB],
}

/// What a shard's lock guards besides the records: those that are free.
pub(crate) struct Shard {
    pub(crate) free: *mut Special,
}

/// All slabs, by number.
pub(crate) struct Table {
    segments: [*mut *mut Slab; SEGMENTS],
    pub(crate) len: usize,
}

// SAFETY: records belong to the holder of the lock.
unsafe impl Send for Shard {}
// SAFETY: the segments are written under the lock alone.
unsafe impl Send for Table {}

/// In which segment slab `i` is, and where in it.
pub(crate) fn place(i: usize) -> (usize, usize) {
    let k = (i / FIRST + 1).ilog2() as usize;
    (k, i - FIRST * ((1 << k) - 1))
}

impl Table {
    /// The slab of that number.
    ///
    /// # Safety
    /// It is below `len`.
    pub unsafe fn get(&self, i: usize) -> *mut Slab {
        let (k, at) = place(i);
        // SAFETY: `i` is below `len` (this function's contract), so that its segment is there, and the slab in it.
        unsafe { *self.segments[k].add(at) }
    }

    /// Adds a slab; false without memory for the segment, which `alloc` gives zeroed.
    pub fn push(&mut self, slab: *mut Slab, alloc: impl FnOnce(usize) -> *mut u8) -> bool {
        let (k, at) = place(self.len);
        if at == 0 {
            self.segments[k] = alloc((FIRST << k) * size_of::<*mut Slab>()).cast();
        }
        if self.segments[k].is_null() {
            return false;
        }
        // SAFETY: the segment has `FIRST << k` places.
        unsafe { self.segments[k].add(at).write(slab) };
        self.len += 1;
        true
    }
}

/// All records of a heap. All zero bytes are none.
pub struct Specials {
    pub(crate) shards: [Mutex<Shard>; SHARDS],
    pub(crate) table: Mutex<Table>,
}

impl Specials {
    pub(crate) const fn new() -> Specials {
        Specials {
            shards: [const { Mutex::new(Shard { free: null_mut() }) }; SHARDS],
            table: Mutex::new(Table { segments: [null_mut(); SEGMENTS], len: 0 }),
        }
    }

    /// The shard of a span's records.
    pub(crate) fn shard(span: &Span) -> usize {
        (((&raw const *span) as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - SHARDS.ilog2())) as usize
    }
}

impl Shard {
    /// A record is free, which is in no list.
    pub fn put(&mut self, s: &mut Special) {
        s.state = State::Free;
        s.next = self.free;
        self.free = s;
    }
}

const _: () = {
    // The span's word is used as the head of the list.
    assert!(size_of::<*mut Special>() == size_of::<usize>());
    // A record's shard is a byte; a shard comes from the top bits of a product.
    assert!(SHARDS.is_power_of_two() && SHARDS <= 256);
};

//! What is left to scan: a ring per marker that others may steal from ([`Ring`]), and blocks that all share ([`Blocks`]).
//!
//! Entries are words that mean something to `mark` alone; 0 is none of them.

use crate::loom::{AtomicU32, AtomicUsize, Ordering::*};

/// Entries of a ring.
#[cfg(not(loom))]
pub const RING: usize = 512;
/// Entries of a ring; few, so that the model checker sees it full.
#[cfg(loom)]
pub const RING: usize = 4;

/// A first-in first-out ring with one owner, who pushes and pops, and any number of thieves.
///
/// `head` and `tail` grow forever and are taken modulo the size; `head <= tail <= head + RING`. The owner alone moves
/// `tail` and writes entries, behind `tail`. The thread that moves `head` over entries, by compare-exchange, owns them; it has read
/// them before, and if the owner has written over them in the meantime, `head` has moved and the exchange fails.
#[repr(C)]
pub struct Ring {
    head: AtomicU32,
    tail: AtomicU32,
    entries: [AtomicUsize; RING],
}

impl Ring {
    /// An empty ring. All its bytes are zero.
    #[cfg(not(loom))]
    pub const fn new() -> Ring {
        Ring { head: AtomicU32::new(0), tail: AtomicU32::new(0), entries: [const { AtomicUsize::new(0) }; RING] }
    }

    /// An empty ring.
    #[cfg(loom)]
    pub fn new() -> Ring {
        Ring { head: AtomicU32::new(0), tail: AtomicU32::new(0), entries: core::array::from_fn(|_| AtomicUsize::new(0)) }
    }

    fn at(&self, i: u32) -> &AtomicUsize {
        &self.entries[i as usize % RING]
    }

    /// How many entries there are; for others than the owner, about so many.
    #[inline]
    pub fn len(&self) -> usize {
        let head = self.head.load(Acquire);
        self.tail.load(Acquire).wrapping_sub(head) as usize
    }

    /// Whether there is none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Owner: appends an entry. False if the ring is full.
    #[inline]
    pub fn push(&self, item: usize) -> bool {
        let tail = self.tail.load(Relaxed);
        // Acquire pairs with the exchanges of `head`: entries in front of it have been read.
        if tail.wrapping_sub(self.head.load(Acquire)) as usize >= RING {
            return false;
        }
        self.at(tail).store(item, Relaxed);
        // Release pairs with the Acquire of thieves: who sees the tail sees the entry.
        self.tail.store(tail.wrapping_add(1), Release);
        true
    }

    /// Owner: takes the oldest entry; 0 if there is none.
    #[inline]
    pub fn pop(&self) -> usize {
        let mut head = self.head.load(Acquire);
        loop {
            if head == self.tail.load(Relaxed) {
                return 0;
            }
            let item = self.at(head).load(Relaxed);
            match self.head.compare_exchange_weak(head, head.wrapping_add(1), AcqRel, Acquire) {
                Ok(_) => return item,
                Err(seen) => head = seen,
            }
        }
    }

    /// Any thread: takes the older half of the entries, at most as many as `out` holds. Returns how many.
    pub fn take_half(&self, out: &mut [usize]) -> usize {
        loop {
            let head = self.head.load(Acquire);
            let len = self.tail.load(Acquire).wrapping_sub(head) as usize;
            let n = len.div_ceil(2).min(out.len());
            if n == 0 {
                return 0;
            }
            if len > RING {
                // The two loads were apart; look again.
                core::hint::spin_loop();
                continue;
            }
            for (i, to) in out[..n].iter_mut().enumerate() {
                *to = self.at(head.wrapping_add(i as u32)).load(Relaxed);
            }
            if self.head.compare_exchange(head, head.wrapping_add(n as u32), AcqRel, Relaxed).is_ok() {
                return n;
            }
        }
    }
}

impl Default for Ring {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(not(loom))]
pub use blocks::{BLOCK, Block, Blocks};

#[cfg(not(loom))]
mod blocks {
    use core::ptr::null_mut;
    use core::sync::atomic::{AtomicUsize, Ordering::*};
    use goxide_sys::Mutex;

    /// Entries of a block.
    pub const BLOCK: usize = 254;

    /// A block of entries: two kilobytes.
    #[repr(C)]
    pub struct Block {
        next: *mut Block,
        len: usize,
        items: [usize; BLOCK],
    }

    struct Lists {
        full: *mut Block,
        free: *mut Block,
    }

    // SAFETY: blocks in the lists belong to the holder of the lock.
    unsafe impl Send for Lists {}

    /// Blocks with entries that any marker may take, and empty ones.
    pub struct Blocks {
        lists: Mutex<Lists>,
        full: AtomicUsize,
    }

    impl Blocks {
        /// No blocks. All bytes are zero.
        pub const fn new() -> Blocks {
            Blocks { lists: Mutex::new(Lists { full: null_mut(), free: null_mut() }), full: AtomicUsize::new(0) }
        }

        /// Whether there are no entries.
        #[inline]
        pub fn is_empty(&self) -> bool {
            self.full.load(Acquire) == 0
        }

        /// Shares entries, at most [`BLOCK`] of them: in the block that was shared last, if they have room there, since many roots (stacks)
        /// bring few entries each. `memory` gives room for a new block if need be, zeroed and forever.
        ///
        /// # Panics
        /// If there are more than [`BLOCK`] items.
        ///
        /// # Safety
        /// What `memory` gives is not null, aligned, has room for a [`Block`], and is used by nothing else, forever.
        pub unsafe fn put(&self, items: &[usize], memory: impl FnOnce() -> *mut Block) {
            if items.is_empty() {
                return;
            }
            assert!(items.len() <= BLOCK);
            let mut lists = self.lists.lock();
            // SAFETY: the block, if there is one, is ours under the lock, and has room behind its `len` entries.
            unsafe {
                let last = lists.full;
                if !last.is_null() && items.len() <= BLOCK - (*last).len {
                    let end = (&raw mut (*last).items).cast::<usize>().add((*last).len);
                    end.copy_from_nonoverlapping(items.as_ptr(), items.len());
                    (*last).len += items.len();
                    return;
                }
            }
            let mut b = lists.free;
            if b.is_null() {
                drop(lists);
                b = memory();
                lists = self.lists.lock();
            } else {
                // SAFETY: blocks in the list are ours under the lock.
                lists.free = unsafe { (*b).next };
            }
            // SAFETY: the block is in no list; `items` is not longer than its room.
            unsafe {
                (&raw mut (*b).items).cast::<usize>().copy_from_nonoverlapping(items.as_ptr(), items.len());
                (*b).len = items.len();
                (*b).next = lists.full;
            }
            lists.full = b;
            self.full.fetch_add(1, Release);
        }

        /// Takes a block's entries; how many there were.
        pub fn take(&self, out: &mut [usize; BLOCK]) -> usize {
            if self.is_empty() {
                return 0;
            }
            let mut lists = self.lists.lock();
            let b = lists.full;
            if b.is_null() {
                return 0;
            }
            // SAFETY: blocks in the list are ours under the lock; `len` entries were written.
            unsafe {
                lists.full = (*b).next;
                let n = (*b).len;
                out.as_mut_ptr().copy_from_nonoverlapping((&raw const (*b).items).cast(), n);
                (*b).next = lists.free;
                lists.free = b;
                self.full.fetch_sub(1, Release);
                n
            }
        }
    }

    impl Default for Blocks {
        fn default() -> Self {
            Self::new()
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::{BLOCK, Block, Blocks};

    /// Shares `0..n` in pieces of so many entries; how many blocks that took.
    fn share(blocks: &Blocks, n: usize, piece: usize) -> usize {
        let mut made = 0;
        let entries: Vec<usize> = (1..=n).collect();
        for items in entries.chunks(piece) {
            let memory = || {
                made += 1;
                // SAFETY: the layout is a block's, of which zero bytes are one.
                unsafe { std::alloc::alloc_zeroed(std::alloc::Layout::new::<Block>()).cast() }
            };
            // SAFETY: fresh memory for a block, which is never freed.
            unsafe { blocks.put(items, memory) };
        }
        made
    }

    #[test]
    fn few_entries_at_a_time_share_blocks() {
        for piece in [1, 3, 100, BLOCK / 2, BLOCK / 2 + 1, BLOCK] {
            let blocks = Blocks::new();
            let n = 10 * BLOCK;
            let made = share(&blocks, n, piece);
            assert!(made <= 2 * n / BLOCK, "{made} blocks for {n} entries in pieces of {piece}");
            let (mut out, mut seen) = ([0; BLOCK], Vec::new());
            loop {
                let k = blocks.take(&mut out);
                if k == 0 {
                    break;
                }
                seen.extend_from_slice(&out[..k]);
            }
            assert!(blocks.is_empty());
            seen.sort_unstable();
            assert!(seen.iter().copied().eq(1..=n), "pieces of {piece}");
            assert_eq!(share(&blocks, n, piece), 0, "blocks are used again");
        }
    }
}

//! Memory for metadata: a bump allocator that never frees, and typed free lists on top of it.
//!
//! Nothing here is ever given back to the operating system, so a stale pointer to metadata is at worst stale, never
//! unmapped. Objects of the heap do not live here.

use crate::counter::Counter;
use crate::loom::Lock;
use crate::os::PageSource;
use core::marker::PhantomData;
use core::ptr::null_mut;

/// Bytes taken from the page source at a time.
pub const CHUNK: usize = 256 << 10;
/// Requests from this size on get a mapping of their own.
const LARGE: usize = 64 << 10;

struct Bump {
    next: usize,
    end: usize,
}

/// A bump allocator over a [`PageSource`]. Memory comes zeroed and stays forever.
pub struct Persistent {
    bump: Lock<Bump>,
    sys: Counter,
}

impl Default for Persistent {
    fn default() -> Self {
        Self::new()
    }
}

impl Persistent {
    /// An allocator that has not asked for anything yet.
    pub const fn new() -> Self {
        Persistent { bump: Lock::new(Bump { next: 0, end: 0 }), sys: Counter::new() }
    }

    /// Memory to hand out before the source is asked. What is left of an earlier chunk is given up.
    ///
    /// # Safety
    /// `chunk` leads to `size` bytes, all zero, that stay for good and are for nothing else.
    pub unsafe fn begin_with(&self, chunk: *mut u8, size: usize) {
        self.sys.add(size);
        self.bump.with(|b| *b = Bump { next: chunk as usize, end: chunk as usize + size });
    }

    /// `size` zero bytes at a multiple of `align` (a power of two, at most 4096), counted in `stat`. Null when the
    /// source has no more.
    ///
    /// # Panics
    /// If `align` is something else.
    pub fn alloc<S: PageSource>(&self, source: &S, size: usize, align: usize, stat: &Counter) -> *mut u8 {
        assert!(align.is_power_of_two() && align <= 4096, "metadata is aligned to a power of two, up to 4096");
        if size >= LARGE {
            let Some(rounded) = size.checked_next_multiple_of(LARGE) else { return null_mut() };
            let p = source.map(rounded);
            if !p.is_null() {
                self.sys.add(rounded);
                stat.add(rounded);
            }
            return p;
        }
        let p = self.bump.with(|b| {
            let mut at = (b.next + align - 1) & !(align - 1);
            if b.next == 0 || at + size > b.end {
                let chunk = source.map(CHUNK);
                if chunk.is_null() {
                    return null_mut();
                }
                self.sys.add(CHUNK);
                at = chunk as usize;
                b.end = at + CHUNK;
            }
            b.next = at + size;
            at as *mut u8
        });
        if !p.is_null() {
            stat.add(size);
        }
        p
    }

    /// Bytes obtained from the source.
    pub fn sys(&self) -> usize {
        self.sys.get()
    }
}

struct FreeNode {
    next: *mut FreeNode,
}

/// Fixed-size blocks for values of type `T`, recycled through a free list.
///
/// It has no lock: its owner has. Blocks come zeroed when fresh and with old contents (except the first word) when
/// recycled.
pub struct FixAlloc<T> {
    free: *mut FreeNode,
    inuse: usize,
    of: PhantomData<*mut T>,
}

// SAFETY: the free list is only reachable through &mut self, and free blocks belong to nothing else.
unsafe impl<T> Send for FixAlloc<T> {}

impl<T> Default for FixAlloc<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> FixAlloc<T> {
    const SIZE: usize = {
        assert!(size_of::<T>() >= size_of::<FreeNode>() && align_of::<T>() >= align_of::<FreeNode>());
        size_of::<T>()
    };

    /// An allocator without blocks.
    pub const fn new() -> Self {
        FixAlloc { free: null_mut(), inuse: 0, of: PhantomData }
    }

    /// A block for one `T`, uninitialised as far as the caller is concerned. Null when out of memory.
    pub fn alloc<S: PageSource>(&mut self, persistent: &Persistent, source: &S, sys: &Counter) -> *mut T {
        let p: *mut T = if self.free.is_null() {
            persistent.alloc(source, Self::SIZE, align_of::<T>(), sys).cast()
        } else {
            let p = self.free;
            // SAFETY: a block on the free list has a FreeNode in its first word.
            self.free = unsafe { (*p).next };
            p.cast()
        };
        if !p.is_null() {
            self.inuse += Self::SIZE;
        }
        p
    }

    /// Takes a block back.
    ///
    /// # Safety
    /// `p` came from `alloc` of this allocator, and nothing uses it any more (except reads that tolerate garbage).
    pub unsafe fn free(&mut self, p: *mut T) {
        let node: *mut FreeNode = p.cast();
        // SAFETY: the block is ours again, and large and aligned enough for a node.
        unsafe { (*node).next = self.free };
        self.free = node;
        self.inuse -= Self::SIZE;
    }

    /// Bytes in blocks handed out.
    pub fn inuse(&self) -> usize {
        self.inuse
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::os::OsPages;

    #[test]
    fn blocks_are_zero_aligned_and_disjoint() {
        let (p, stat) = (Persistent::new(), Counter::new());
        let mut seen: Vec<(usize, usize)> = Vec::new();
        for i in 0..3000usize {
            let (size, align) = (1 + i * 37 % 900, 1 << (i % 8));
            let a = p.alloc(&OsPages, size, align, &stat) as usize;
            assert!(a != 0 && a.is_multiple_of(align));
            // SAFETY: size bytes at a are ours.
            let bytes = unsafe { core::slice::from_raw_parts_mut(a as *mut u8, size) };
            assert!(bytes.iter().all(|&b| b == 0));
            bytes.fill(0xff);
            seen.push((a, a + size));
        }
        seen.sort();
        assert!(seen.windows(2).all(|w| w[0].1 <= w[1].0));
        assert_eq!(stat.get(), seen.iter().map(|s| s.1 - s.0).sum::<usize>());
        assert!(p.sys() >= stat.get() && p.sys().is_multiple_of(CHUNK));
    }

    #[test]
    fn fixed_blocks_are_recycled() {
        let (p, stat) = (Persistent::new(), Counter::new());
        let mut fix: FixAlloc<[u64; 5]> = FixAlloc::new();
        let a = fix.alloc(&p, &OsPages, &stat);
        let b = fix.alloc(&p, &OsPages, &stat);
        assert_ne!(a, b);
        assert_eq!(fix.inuse(), 80);
        // SAFETY: a came from fix and is not used any more.
        unsafe { fix.free(a) };
        assert_eq!((fix.alloc(&p, &OsPages, &stat), stat.get()), (a, 80));
    }
}

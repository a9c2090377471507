//! Offsets for the types, names and functions that `reflect` makes while the program runs.
//!
//! Such objects lie on the heap, too far for a 32-bit offset into a module, so each gets a negative number. Numbers
//! are given out in order (-1, -2, ...) and never taken back; reading takes no lock.
//!
//! **For the collector**: what is registered here lives forever; [`ReflectOffsets::roots`] lists it.

use core::cell::UnsafeCell;
use core::mem::size_of;
use core::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

use goxide_sys::RawMutex;

use crate::mem::seam::Persistent;

/// Entries of the first chunk; chunk `k` has `FIRST << k`.
const FIRST: usize = 64;
const CHUNKS: usize = 26;

/// Registry from number to pointer and back.
pub struct ReflectOffsets {
    lock: RawMutex,
    /// Number of entries. Stored with Release after the entry; readers load with Acquire.
    len: AtomicUsize,
    chunks: [AtomicPtr<*const u8>; CHUNKS],
    /// Only touched under `lock`.
    reverse: UnsafeCell<Reverse>,
}

// SAFETY: `reverse` is guarded by `lock`, the rest is atomic.
unsafe impl Sync for ReflectOffsets {}
// SAFETY: nothing belongs to a thread.
unsafe impl Send for ReflectOffsets {}

/// Open-addressed table from pointer to entry number plus one.
struct Reverse {
    slots: *mut u32,
    /// Size less one; sizes are powers of two. 0: no table yet.
    mask: usize,
}

/// Chunk and place in it of entry `i`.
#[inline]
fn place(i: usize) -> (usize, usize) {
    let n = i / FIRST + 1;
    let k = n.ilog2() as usize;
    (k, i - FIRST * ((1 << k) - 1))
}

#[inline]
fn spread(p: *const u8) -> usize {
    (p as usize >> 3).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20
}

impl ReflectOffsets {
    /// Nothing registered.
    pub const fn new() -> Self {
        ReflectOffsets {
            lock: RawMutex::new(),
            len: AtomicUsize::new(0),
            chunks: [const { AtomicPtr::new(core::ptr::null_mut()) }; CHUNKS],
            reverse: UnsafeCell::new(Reverse { slots: core::ptr::null_mut(), mask: 0 }),
        }
    }

    /// What was registered under `off`, or null.
    pub fn get(&self, off: i32) -> *const u8 {
        if off >= 0 {
            return core::ptr::null();
        }
        let i = !off as usize;
        // Pairs with the Release store in `add`.
        if i >= self.len.load(Ordering::Acquire) {
            return core::ptr::null();
        }
        let (k, j) = place(i);
        // SAFETY: `i < len`, so the chunk is there and the entry written.
        unsafe { *self.chunks[k].load(Ordering::Relaxed).add(j) }
    }

    /// The number of `p`; registers it first if need be. Takes a lock: system stack.
    ///
    /// While the collector marks, the caller shades `p` (it is now reachable from here).
    pub fn add(&self, mem: &impl Persistent, p: *const u8) -> i32 {
        self.lock.lock();
        // SAFETY: the lock is held, so nothing else touches it.
        let reverse = unsafe { &mut *self.reverse.get() };
        let off = self.add_locked(mem, reverse, p);
        // SAFETY: taken above.
        unsafe { self.lock.unlock() };
        off
    }

    /// The caller holds the lock, which is why it has `reverse`.
    fn add_locked(&self, mem: &impl Persistent, reverse: &mut Reverse, p: *const u8) -> i32 {
        let n = self.len.load(Ordering::Relaxed);
        if (n + 1) * 2 > reverse.mask {
            self.grow(mem, reverse, n);
        }
        let mut h = spread(p) & reverse.mask;
        loop {
            // SAFETY: `h` is masked; the table is never full.
            let slot = unsafe { reverse.slots.add(h) };
            // SAFETY: `slot` is one of the table's slots, and `reverse` is borrowed alone.
            let v = unsafe { *slot } as usize;
            if v == 0 {
                let (k, j) = place(n);
                if self.chunks[k].load(Ordering::Relaxed).is_null() {
                    let bytes = (FIRST << k) * size_of::<*const u8>();
                    self.chunks[k].store(mem.persistent(bytes, 8).cast(), Ordering::Relaxed);
                }
                // SAFETY: the chunk has room for entry `j`; nothing reads it before `len` covers it.
                unsafe {
                    *self.chunks[k].load(Ordering::Relaxed).add(j) = p;
                    *slot = (n + 1) as u32;
                }
                // Pairs with the Acquire load in `get`.
                self.len.store(n + 1, Ordering::Release);
                return !(n as i32);
            }
            if self.get(!((v - 1) as i32)) == p {
                return !((v - 1) as i32);
            }
            h = (h + 1) & reverse.mask;
        }
    }

    /// Doubles the reverse table. The old one is left behind: together they are as large as the new one.
    fn grow(&self, mem: &impl Persistent, reverse: &mut Reverse, n: usize) {
        let size = if reverse.mask == 0 { 4 * FIRST } else { (reverse.mask + 1) * 2 };
        reverse.slots = mem.persistent(size * size_of::<u32>(), 4).cast();
        reverse.mask = size - 1;
        for i in 0..n {
            let mut h = spread(self.get(!(i as i32))) & reverse.mask;
            // SAFETY: the index is masked; the table is at most half full.
            unsafe {
                while *reverse.slots.add(h) != 0 {
                    h = (h + 1) & reverse.mask;
                }
                *reverse.slots.add(h) = (i + 1) as u32;
            }
        }
    }

    /// Calls `f` with each registered pointer. May run beside `add`: it then sees a prefix.
    pub fn roots(&self, mut f: impl FnMut(*const u8)) {
        for i in 0..self.len.load(Ordering::Acquire) {
            f(self.get(!(i as i32)));
        }
    }
}

impl Default for ReflectOffsets {
    fn default() -> Self {
        Self::new()
    }
}

//! Stacks that neither grow nor move, each with a guard page below: for threads and for code whose frames nobody can
//! walk. Growing stacks are in `pool` and `grow`.

use goxide_sys::{Lock, mem};

use crate::Bounds;

/// A stack of its own mapping. Running past its end faults. Freed when dropped.
#[derive(Debug)]
pub struct FixedStack {
    bounds: Bounds,
}

impl FixedStack {
    /// A stack with at least `size` usable bytes; `None` if there is no memory.
    pub fn new(size: usize) -> Option<FixedStack> {
        let size = size.checked_next_multiple_of(mem::PAGE)?.max(mem::PAGE);
        let total = size.checked_add(mem::PAGE)?;
        let start = mem::reserve(total, mem::PAGE);
        if start.is_null() {
            return None;
        }
        // SAFETY: the mapping is ours; all but its first page becomes usable.
        unsafe {
            if !mem::map(start.add(mem::PAGE), size) {
                mem::unmap(start, total);
                return None;
            }
        }
        let lo = start.expose_provenance() + mem::PAGE;
        Some(FixedStack { bounds: Bounds { lo, hi: lo + size } })
    }

    /// The usable part.
    #[inline]
    pub fn bounds(&self) -> Bounds {
        self.bounds
    }
}

impl Drop for FixedStack {
    fn drop(&mut self) {
        let start = (self.bounds.lo - mem::PAGE) as *mut u8;
        // SAFETY: the mapping made in `new`, and its owner says that nothing runs on it.
        unsafe { mem::unmap(start, self.bounds.size() + mem::PAGE) }
    }
}

/// Fixed stacks of one size, kept for reuse.
#[derive(Debug)]
pub struct FixedPool {
    size: usize,
    /// The address of the topmost word of the last stack freed, which holds that of the one before; 0 at the end.
    free: Lock<usize>,
}

impl FixedPool {
    /// A pool of stacks with `size` usable bytes, rounded up to pages.
    pub const fn new(size: usize) -> FixedPool {
        let size = if size == 0 { 1 } else { size };
        FixedPool { size: size.next_multiple_of(mem::PAGE), free: Lock::new(0) }
    }

    /// A stack; `None` if there is no memory.
    pub fn alloc(&self) -> Option<FixedStack> {
        let mut free = self.free.lock();
        if *free == 0 {
            drop(free);
            return FixedStack::new(self.size);
        }
        let hi = *free + size_of::<usize>();
        // SAFETY: the topmost word of a free stack, written by `free`.
        *free = unsafe { *(*free as *const usize) };
        Some(FixedStack { bounds: Bounds { lo: hi - self.size, hi } })
    }

    /// Keeps `stack` for the next `alloc`; one of another size is given back to the system.
    pub fn free(&self, stack: FixedStack) {
        if stack.bounds.size() != self.size {
            return;
        }
        let word = stack.bounds.hi - size_of::<usize>();
        core::mem::forget(stack);
        let mut free = self.free.lock();
        // SAFETY: the stack is ours now, and this is its topmost word.
        unsafe { *(word as *mut usize) = *free };
        *free = word;
    }
}

impl Drop for FixedPool {
    fn drop(&mut self) {
        while *self.free.get_mut() != 0 {
            drop(self.alloc());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usable_to_both_ends() {
        let s = FixedStack::new(10_000).unwrap();
        let b = s.bounds();
        assert_eq!(b.size(), 12_288);
        // SAFETY: both words are in the stack.
        unsafe {
            *(b.lo as *mut usize) = 1;
            *((b.hi - 8) as *mut usize) = 2;
        }
        assert!(FixedStack::new(usize::MAX).is_none());
        assert!(FixedStack::new(1 << 60).is_none());
    }

    #[test]
    fn the_pool_reuses_last_first() {
        let pool = FixedPool::new(8192);
        let (a, b) = (pool.alloc().unwrap(), pool.alloc().unwrap());
        let (at, bt) = (a.bounds(), b.bounds());
        assert!(at.hi <= bt.lo || bt.hi <= at.lo);
        pool.free(a);
        pool.free(b);
        pool.free(FixedStack::new(4096).unwrap());
        assert_eq!(pool.alloc().unwrap().bounds(), bt);
        assert_eq!(pool.alloc().unwrap().bounds(), at);
    }
}

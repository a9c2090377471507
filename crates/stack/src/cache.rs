//! One processor's stacks at hand: allocation and freeing without a lock or an atomic. Shared state is in `pool`.

use crate::pages::Pages;
use crate::pool::{ORDERS, Pool, is_small, order_of, size_of_order};
use crate::{Bounds, MIN_STACK};

/// Bytes that a cache holds of each order at most. It is filled and emptied by halves.
const CAPACITY: usize = 32 << 10;
/// Stacks that the smallest order holds at most.
const SLOTS: usize = CAPACITY / MIN_STACK;

/// Stacks of one order that a cache may hold.
const fn slots(order: usize) -> usize {
    CAPACITY / size_of_order(order)
}

/// A processor's stacks. Not shared: the owner of the processor owns it. A cache works with one pool; that it is always
/// the same is what its functions, which compare nothing, ask of their callers.
#[derive(Debug)]
pub struct Cache {
    count: [u8; ORDERS],
    stacks: [[usize; SLOTS]; ORDERS],
}

impl Cache {
    /// No stacks at hand. All bytes zero, so zeroed memory is one too.
    pub const fn new() -> Cache {
        Cache { count: [0; ORDERS], stacks: [[0; SLOTS]; ORDERS] }
    }

    /// A stack of `size` bytes; [`Bounds::NONE`] if there is no memory. What is in it is undefined.
    ///
    /// # Safety
    /// - Every stack in the cache came from `pool`: since it was last empty, no call had another one.
    /// - `size` is a power of two of at least [`MIN_STACK`].
    #[inline]
    pub unsafe fn alloc<P: Pages>(&mut self, pool: &Pool<P>, size: usize) -> Bounds {
        debug_assert!(size.is_power_of_two() && size >= MIN_STACK);
        if !is_small(size) {
            return pool.alloc(size);
        }
        let order = order_of(size);
        let n = self.count[order] as usize;
        if n == 0 {
            return self.refill(pool, order);
        }
        self.count[order] = (n - 1) as u8;
        let lo = self.stacks[order][n - 1];
        Bounds { lo, hi: lo + size }
    }

    /// Takes a stack back.
    ///
    /// # Safety
    /// - `stack` came from `pool`, itself or through a cache, and is not used any more.
    /// - Every stack in the cache came from `pool`: since it was last empty, no call had another one.
    #[inline]
    pub unsafe fn free<P: Pages>(&mut self, pool: &Pool<P>, stack: Bounds) {
        let size = stack.size();
        if !is_small(size) {
            // SAFETY: from the pool, as it must be for any cache (the caller's first point), and not used any more.
            return unsafe { pool.free(stack) };
        }
        let order = order_of(size);
        if self.count[order] as usize == slots(order) {
            // SAFETY: what is in the cache came from the pool (the caller's second point).
            unsafe { self.spill(pool, order, slots(order) / 2) };
        }
        let n = self.count[order] as usize;
        self.stacks[order][n] = stack.lo;
        self.count[order] = (n + 1) as u8;
    }

    /// Gives all stacks back to `pool`.
    ///
    /// # Safety
    /// Every stack in the cache came from `pool`: since it was last empty, no call had another one.
    pub unsafe fn clear<P: Pages>(&mut self, pool: &Pool<P>) {
        for order in 0..ORDERS {
            // SAFETY: what is in the cache came from the pool (the caller's promise).
            unsafe { self.spill(pool, order, 0) };
        }
    }

    /// Bytes at hand.
    pub fn bytes(&self) -> usize {
        (0..ORDERS).map(|order| self.count[order] as usize * size_of_order(order)).sum()
    }

    #[cold]
    fn refill<P: Pages>(&mut self, pool: &Pool<P>, order: usize) -> Bounds {
        let n = pool.take(order, &mut self.stacks[order][..slots(order) / 2]);
        if n == 0 {
            return Bounds::NONE;
        }
        self.count[order] = (n - 1) as u8;
        let lo = self.stacks[order][n - 1];
        Bounds { lo, hi: lo + size_of_order(order) }
    }

    /// Keeps `keep` stacks of `order`.
    ///
    /// # Safety
    /// The stacks came from `pool`.
    #[cold]
    unsafe fn spill<P: Pages>(&mut self, pool: &Pool<P>, order: usize, keep: usize) {
        let n = self.count[order] as usize;
        if n > keep {
            // SAFETY: what is in the cache is the pool's, and free. The lower half goes: what was freed last is warm.
            unsafe { pool.put(order, &self.stacks[order][..n - keep]) };
            self.stacks[order].copy_within(n - keep..n, 0);
            self.count[order] = keep as u8;
        }
    }
}

impl Default for Cache {
    fn default() -> Cache {
        Cache::new()
    }
}

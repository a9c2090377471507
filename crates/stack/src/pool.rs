//! The stacks that are not in use, shared by all processors. Per-processor caches are in `cache`.
//!
//! Small stacks (2, 4, 8, 16 KiB: order 0 to 3) are cut from runs of 32 KiB. Each run's free stacks are bits in its
//! slot, so a free stack is not touched. Runs with a free stack are in a list per order, each order under a lock of its
//! own. Larger stacks are runs of their own, a power of two pages; those that are free while empty runs are held
//! back (`hold`) are in lists by that power.

use core::ptr::null_mut;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

use goxide_sys::Mutex;

use crate::pages::{PAGE, Pages, SMALL_PAGES, SPAN, SpanSlot};
use crate::{Bounds, MIN_STACK};

/// Number of small sizes.
pub(crate) const ORDERS: usize = 4;
/// Lists of large stacks: by log2 of the pages.
const LARGE: usize = 32;

/// The order of a small stack of `size` bytes, which is a power of two.
#[inline]
pub(crate) const fn order_of(size: usize) -> usize {
    (size / MIN_STACK).trailing_zeros() as usize
}

/// Bytes of a stack of `order`.
#[inline]
pub(crate) const fn size_of_order(order: usize) -> usize {
    MIN_STACK << order
}

/// Whether a stack of `size` is cut from a run with others.
#[inline]
pub(crate) const fn is_small(size: usize) -> bool {
    size < MIN_STACK << ORDERS
}

/// Free runs that each order keeps until [`Pool::release_free`], so that stacks allocated and freed in turn do not
/// cost a run each time.
const KEEP: usize = 8;

/// A slot's state word: the run's page number above, a bit for each free stack below.
const BITS: usize = 16;

/// All bits of a run whose stacks are all free.
const fn full(order: usize) -> usize {
    (1 << (SPAN / size_of_order(order))) - 1
}

/// A list of runs, linked through their slots.
struct List(*mut SpanSlot);

impl List {
    const EMPTY: List = List(null_mut());

    /// # Safety
    /// `slot` is valid and in no list; the list's lock is held.
    unsafe fn push(&mut self, slot: *mut SpanSlot) {
        // SAFETY: list members are valid under the lock.
        unsafe {
            (*slot).prev = null_mut();
            (*slot).next = self.0;
            if !self.0.is_null() {
                (*self.0).prev = slot;
            }
        }
        self.0 = slot;
    }

    /// # Safety
    /// `slot` is in this list; the list's lock is held.
    unsafe fn remove(&mut self, slot: *mut SpanSlot) {
        // SAFETY: list members are valid under the lock.
        unsafe {
            let (next, prev) = ((*slot).next, (*slot).prev);
            if prev.is_null() {
                self.0 = next
            } else {
                (*prev).next = next
            }
            if !next.is_null() {
                (*next).prev = prev;
            }
        }
    }
}

/// One order's runs that have a free stack, how many of those are entirely free, and how many free stacks there are in all.
struct Order {
    partial: List,
    empty: usize,
    free: usize,
}

// SAFETY: the pointers lead to slots that belong to the pool, and go with the lock.
unsafe impl Send for Order {}

struct Large([List; LARGE]);

// SAFETY: the pointers lead to runs that belong to the pool, and go with the lock.
unsafe impl Send for Large {}

/// The shared pool. `alloc` and `free` here are for code without a [`crate::Cache`].
pub struct Pool<P: Pages> {
    pages: P,
    orders: [Mutex<Order>; ORDERS],
    large: Mutex<Large>,
    /// Bytes of runs that we have from `pages`.
    bytes: AtomicUsize,
    /// Whether free runs are kept.
    hold: AtomicBool,
}

impl<P: Pages> Pool<P> {
    /// An empty pool over `pages`.
    pub const fn new(pages: P) -> Pool<P> {
        Pool {
            pages,
            orders: [const { Mutex::new(Order { partial: List::EMPTY, empty: 0, free: 0 }) }; ORDERS],
            large: Mutex::new(Large([const { List::EMPTY }; LARGE])),
            bytes: AtomicUsize::new(0),
            hold: AtomicBool::new(false),
        }
    }

    /// Where the memory comes from.
    pub fn pages(&self) -> &P {
        &self.pages
    }

    /// Bytes that the pool has from its pages: stacks in use, in caches, and free.
    #[inline]
    pub fn bytes(&self) -> usize {
        self.bytes.load(Relaxed)
    }

    /// Bytes of small stacks that are free, here and not in caches. Exact if nothing else uses the pool in the meantime.
    pub fn free_bytes(&self) -> usize {
        (0..ORDERS).map(|order| self.orders[order].lock().free * size_of_order(order)).sum()
    }

    /// Whether free runs are held back from their owner. For a collector that could find stale pointers into a stack:
    /// while it marks, what was a stack must not become something else. After turning it off, call
    /// [`Pool::release_free`].
    pub fn hold(&self, on: bool) {
        self.hold.store(on, Relaxed);
    }

    /// A stack of `size` bytes, a power of two of at least [`MIN_STACK`]; [`Bounds::NONE`] if there is no memory.
    ///
    /// # Panics
    /// If `size` is something else: what was given would reach into another stack.
    pub fn alloc(&self, size: usize) -> Bounds {
        assert!(size.is_power_of_two() && size >= MIN_STACK, "stacks have a power of two of bytes");
        if !is_small(size) {
            return self.alloc_large(size);
        }
        let mut one = [0];
        if self.take(order_of(size), &mut one) == 0 { Bounds::NONE } else { Bounds { lo: one[0], hi: one[0] + size } }
    }

    /// Takes a stack back.
    ///
    /// # Safety
    /// `stack` came from this pool, or a cache of it, and is not used any more.
    pub unsafe fn free(&self, stack: Bounds) {
        // SAFETY: from this pool, through a cache or not, and not used any more, as both want it of each stack.
        unsafe {
            if is_small(stack.size()) {
                self.put(order_of(stack.size()), &[stack.lo]);
            } else {
                self.free_large(stack);
            }
        }
    }

    /// Fills `out` with stacks of `order`; how many there were.
    pub(crate) fn take(&self, order: usize, out: &mut [usize]) -> usize {
        let mut state = self.orders[order].lock();
        let shift = size_of_order(order).trailing_zeros();
        let mut n = 0;
        while n < out.len() {
            let mut slot = state.partial.0;
            if slot.is_null() {
                slot = self.new_run(order);
                if slot.is_null() {
                    break;
                }
                state.empty += 1;
                state.free += SPAN / size_of_order(order);
                // SAFETY: fresh, and we hold the lock.
                unsafe { state.partial.push(slot) };
            }
            // SAFETY: a member of our list, whose lock we hold.
            unsafe {
                let word = &mut (*slot).state;
                if *word & full(order) == full(order) {
                    state.empty -= 1;
                }
                let base = (*word >> BITS) * PAGE;
                while n < out.len() && *word & full(order) != 0 {
                    out[n] = base + ((word.trailing_zeros() as usize) << shift);
                    *word &= *word - 1;
                    n += 1;
                }
                if *word & full(order) == 0 {
                    state.partial.remove(slot);
                }
            }
        }
        state.free -= n;
        n
    }

    /// Takes stacks of `order` back.
    ///
    /// # Safety
    /// As for [`Pool::free`], for each.
    pub(crate) unsafe fn put(&self, order: usize, stacks: &[usize]) {
        let mut state = self.orders[order].lock();
        let shift = size_of_order(order).trailing_zeros();
        state.free += stacks.len();
        for &lo in stacks {
            // SAFETY: the stack is ours, so its run is allocated, and its slot is ours under the lock.
            unsafe {
                let slot = self.pages.slot(lo as *mut u8);
                let word = (*slot).state;
                let base = (word >> BITS) * PAGE;
                let bit = 1 << ((lo - base) >> shift);
                debug_assert!(word & bit == 0, "a stack was freed twice");
                (*slot).state = word | bit;
                if word & full(order) == 0 {
                    state.partial.push(slot);
                }
                if (word | bit) & full(order) == full(order) {
                    if state.empty < KEEP || self.hold.load(Relaxed) {
                        state.empty += 1;
                    } else {
                        state.partial.remove(slot);
                        state.free -= SPAN / size_of_order(order);
                        self.free_run(base, SMALL_PAGES);
                    }
                }
            }
        }
    }

    fn alloc_large(&self, size: usize) -> Bounds {
        let npages = size / PAGE;
        let log = npages.trailing_zeros() as usize;
        if log >= LARGE {
            return Bounds::NONE;
        }
        let lo = {
            let mut large = self.large.lock();
            let list = &mut large.0[log];
            let slot = list.0;
            if slot.is_null() {
                0
            } else {
                // SAFETY: a member of the list, whose lock we hold.
                unsafe {
                    list.remove(slot);
                    ((*slot).state >> BITS) * PAGE
                }
            }
        };
        let lo = if lo != 0 { lo } else { self.alloc_run(npages) };
        if lo == 0 { Bounds::NONE } else { Bounds { lo, hi: lo + size } }
    }

    /// # Safety
    /// As for [`Pool::free`].
    unsafe fn free_large(&self, stack: Bounds) {
        let npages = stack.size() / PAGE;
        // SAFETY: the run is ours, and so is its slot.
        unsafe {
            if !self.hold.load(Relaxed) {
                return self.free_run(stack.lo, npages);
            }
            let slot = self.pages.slot(stack.lo as *mut u8);
            (*slot).state = (stack.lo / PAGE) << BITS;
            self.large.lock().0[npages.trailing_zeros() as usize].push(slot);
        }
    }

    /// Gives every free run back to its owner.
    pub fn release_free(&self) {
        for order in 0..ORDERS {
            let mut state = self.orders[order].lock();
            let mut slot = state.partial.0;
            while !slot.is_null() {
                // SAFETY: a member of our list, whose lock we hold; the next is read before the run goes.
                unsafe {
                    let (next, word) = ((*slot).next, (*slot).state);
                    if word & full(order) == full(order) {
                        state.partial.remove(slot);
                        state.empty -= 1;
                        state.free -= SPAN / size_of_order(order);
                        self.free_run((word >> BITS) * PAGE, SMALL_PAGES);
                    }
                    slot = next;
                }
            }
        }
        let mut large = self.large.lock();
        for (log, list) in large.0.iter_mut().enumerate() {
            while !list.0.is_null() {
                let slot = list.0;
                // SAFETY: a member of the list, whose lock we hold.
                unsafe {
                    list.remove(slot);
                    self.free_run(((*slot).state >> BITS) * PAGE, 1 << log);
                }
            }
        }
    }

    /// A run cut into free stacks of `order`, in no list yet; null if there is no memory.
    fn new_run(&self, order: usize) -> *mut SpanSlot {
        let base = self.alloc_run(SMALL_PAGES);
        if base == 0 {
            return null_mut();
        }
        // SAFETY: the run was just allocated.
        unsafe {
            let slot = self.pages.slot(base as *mut u8);
            (*slot).state = (base / PAGE) << BITS | full(order);
            slot
        }
    }

    fn alloc_run(&self, npages: usize) -> usize {
        let lo = self.pages.alloc_pages(npages).expose_provenance();
        if lo != 0 {
            self.bytes.fetch_add(npages * PAGE, Relaxed);
        }
        lo
    }

    /// # Safety
    /// A whole run of ours that is in no list and not used.
    unsafe fn free_run(&self, base: usize, npages: usize) {
        self.bytes.fetch_sub(npages * PAGE, Relaxed);
        // SAFETY: a whole run from `alloc_pages`, in no list and not used (the caller's promise).
        unsafe { self.pages.free_pages(base as *mut u8, npages) }
    }
}

impl<P: Pages> core::fmt::Debug for Pool<P> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Pool").field("bytes", &self.bytes()).finish_non_exhaustive()
    }
}

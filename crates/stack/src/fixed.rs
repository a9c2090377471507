//! Stacks that neither grow nor move, each with a guard below: for threads and for code whose frames cannot be walked.
//! Growing stacks are in `pool` and `grow`.
//!
//! A stack's piece of address space, lowest address first: 64 KiB that fault when touched, slack (what the usable part,
//! whole pages of this kernel, leaves), and the usable part. Pieces are multiples of 64 KiB, the largest page size of the
//! kernels that this runs on, so a guard never shares a page with a stack. A pool cuts many pieces out of one mapping. From Linux 6.13 on guards do not
//! cut it in two, so a process may have as many stacks as memory allows; older kernels count two mappings per stack
//! against `vm.max_map_count` (65,530 unless changed: some 32,000 stacks), after which there are no more.

use goxide_sys::{Mutex, mem};

use crate::Bounds;

/// Bytes below a stack that fault: no frame of code that probes its stack, and few others, can leap over them.
const GUARD: usize = 64 << 10;
/// Pieces that a pool maps at a time.
const CHUNK: usize = 32;
/// Free stacks of a pool that keep their memory; that of further ones goes back to the kernel, except one page each.
const WARM: usize = 256;

/// The size of a piece with `size` usable bytes, a multiple of pages.
fn piece(size: usize) -> Option<usize> {
    size.checked_add(GUARD)?.checked_next_multiple_of(GUARD)
}

/// The usable size for a wish of `size` bytes: whole pages of this kernel.
fn usable(size: usize) -> Option<usize> {
    size.max(1).checked_next_multiple_of(mem::page_size())
}

/// A readable and writable mapping of `total` bytes; null if there is none.
fn mapping(total: usize) -> *mut u8 {
    let start = mem::reserve(total, GUARD);
    // SAFETY: the mapping is ours.
    unsafe {
        if !start.is_null() && !mem::map(start, total) {
            mem::unmap(start, total);
            return core::ptr::null_mut();
        }
    }
    start
}

/// A stack in its own piece of address space. Running past its end faults. Freed when dropped.
#[derive(Debug)]
pub struct FixedStack {
    bounds: Bounds,
}

impl FixedStack {
    /// A stack with at least `size` usable bytes, rounded up to pages; `None` if there is no memory, or the process has
    /// as many mappings as the kernel allows.
    pub fn new(size: usize) -> Option<FixedStack> {
        let size = usable(size)?;
        let total = piece(size)?;
        let start = mapping(total);
        if start.is_null() {
            return None;
        }
        // SAFETY: the piece is ours, fresh and whole.
        let stack = unsafe { FixedStack::at(start, size) };
        if stack.is_none() {
            // SAFETY: ours, and unused.
            unsafe { mem::unmap(start, total) };
        }
        stack
    }

    /// The stack in the piece at `start`; `None` if its guard cannot be made.
    ///
    /// # Safety
    /// `start` begins a piece for `size` bytes that is the caller's to give away and was never touched.
    unsafe fn at(start: *mut u8, size: usize) -> Option<FixedStack> {
        // SAFETY: the guard is the piece's; nothing touches it but overflows.
        let guarded = unsafe { mem::guard(start, GUARD) || mem::protect(start, GUARD) };
        let hi = start.expose_provenance() + piece(size)?;
        guarded.then_some(FixedStack { bounds: Bounds { lo: hi - size, hi } })
    }

    /// The usable part.
    #[inline]
    pub fn bounds(&self) -> Bounds {
        self.bounds
    }
}

impl Drop for FixedStack {
    fn drop(&mut self) {
        let Some(total) = piece(self.bounds.size()) else { return };
        let start = (self.bounds.hi - total) as *mut u8;
        // SAFETY: the piece made in `new` or `FixedPool::alloc`, and its owner says that nothing runs on it.
        unsafe { mem::unmap(start, total) }
    }
}

/// Fixed stacks of one size, kept for reuse.
#[derive(Debug)]
pub struct FixedPool {
    /// The size asked for: pools are made in constants, and the size of a page is known later.
    size: usize,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// The address of the topmost word of the last stack freed, which holds that of the one before; 0 at the end.
    free: usize,
    /// How many are free.
    n_free: usize,
    /// What is left of the last mapping: whole pieces, never touched.
    rest: (usize, usize),
}

impl FixedPool {
    /// A pool of stacks with `size` usable bytes, rounded up to pages.
    pub const fn new(size: usize) -> FixedPool {
        let state = State { free: 0, n_free: 0, rest: (0, 0) };
        FixedPool { size, state: Mutex::new(state) }
    }

    /// A stack; `None` if there is no memory, or the process has as many mappings as the kernel allows.
    pub fn alloc(&self) -> Option<FixedStack> {
        let size = usable(self.size)?;
        let total = piece(size)?;
        let mut state = self.state.lock();
        if state.free != 0 {
            let hi = state.free + size_of::<usize>();
            // SAFETY: the topmost word of a free stack, written by `free`.
            state.free = unsafe { *(state.free as *const usize) };
            state.n_free -= 1;
            return Some(FixedStack { bounds: Bounds { lo: hi - size, hi } });
        }
        if state.rest.0 == state.rest.1 {
            // Where so much at once is not to be had, one may be.
            let (start, bytes) = [CHUNK, 1]
                .into_iter()
                .filter_map(|n| total.checked_mul(n))
                .map(|bytes| (mapping(bytes), bytes))
                .find(|(start, _)| !start.is_null())?;
            state.rest = (start.expose_provenance(), start.addr() + bytes);
        }
        let start = state.rest.0;
        // SAFETY: a piece of the rest, which is ours. If it fails the rest stays as it is, for the next attempt.
        let stack = unsafe { FixedStack::at(start as *mut u8, size) }?;
        state.rest.0 = start + total;
        Some(stack)
    }

    /// Keeps `stack` for the next `alloc`; one of another size is given back to the system.
    pub fn free(&self, stack: FixedStack) {
        let bounds = stack.bounds;
        if usable(self.size) != Some(bounds.size()) {
            return;
        }
        let word = bounds.hi - size_of::<usize>();
        core::mem::forget(stack);
        let mut state = self.state.lock();
        if state.n_free >= WARM && bounds.size() > mem::page_size() {
            // SAFETY: the stack is ours now, and nothing is on it.
            let _ = unsafe { mem::unused(bounds.lo as *mut u8, bounds.size() - mem::page_size()) };
        }
        // SAFETY: this is the stack's topmost word.
        unsafe { *(word as *mut usize) = state.free };
        state.free = word;
        state.n_free += 1;
    }
}

impl Drop for FixedPool {
    fn drop(&mut self) {
        while self.state.get_mut().free != 0 {
            drop(self.alloc());
        }
        let (start, end) = self.state.get_mut().rest;
        if start != end {
            // SAFETY: mapped by `alloc`, and no stack was made there.
            unsafe { mem::unmap(start as *mut u8, end - start) };
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
        assert_eq!(b.size(), 10_000_usize.next_multiple_of(mem::page_size()));
        // SAFETY: both words are in the stack.
        unsafe {
            *(b.lo as *mut usize) = 1;
            *((b.hi - 8) as *mut usize) = 2;
        }
    }

    #[test]
    fn sizes_that_cannot_be_had_are_none() {
        for size in [usize::MAX, usize::MAX - 4095, isize::MAX as usize, isize::MAX as usize + 1, 1 << 60] {
            assert!(FixedStack::new(size).is_none());
            assert!(FixedPool::new(size).alloc().is_none());
        }
        assert_eq!(FixedStack::new(0).unwrap().bounds().size(), mem::page_size());
        assert_eq!(FixedPool::new(0).alloc().unwrap().bounds().size(), mem::page_size());
    }

    #[test]
    fn the_pool_reuses_last_first() {
        let pool = FixedPool::new(2 * mem::page_size());
        let (a, b) = (pool.alloc().unwrap(), pool.alloc().unwrap());
        let (at, bt) = (a.bounds(), b.bounds());
        assert!(at.hi <= bt.lo || bt.hi <= at.lo);
        pool.free(a);
        pool.free(b);
        pool.free(FixedStack::new(1).unwrap());
        assert_eq!(pool.alloc().unwrap().bounds(), bt);
        assert_eq!(pool.alloc().unwrap().bounds(), at);
    }

    /// Each stack's guard faults, whichever way it was made, and stays when the memory of a free stack is given back.
    #[test]
    fn stacks_of_a_mapping_are_guarded_from_each_other() {
        let faults = |at: usize| {
            let nr = goxide_sys::syscall::nr::RT_SIGPROCMASK;
            // SAFETY: asks to block the signals in eight bytes that are zero, if they can be read.
            unsafe { goxide_sys::syscall::raw(nr, 0, at, 0, 8, 0, 0) == -14 }
        };
        let pool = FixedPool::new(64 << 10);
        let all: Vec<_> = (0..3 * CHUNK + WARM).map(|_| pool.alloc().unwrap()).collect();
        let bounds: Vec<_> = all.iter().map(FixedStack::bounds).collect();
        let check = || {
            for b in &bounds {
                assert!(!faults(b.lo) && faults(b.lo - 8) && faults(b.lo - GUARD));
            }
        };
        check();
        all.into_iter().for_each(|s| pool.free(s));
        check();
    }

    /// More stacks than the kernel's limit on mappings would allow with a mapping for each guard.
    #[test]
    fn a_hundred_thousand_stacks() {
        let probe = mapping(GUARD);
        // SAFETY: fresh, and ours.
        let cheap = unsafe { mem::guard(probe, GUARD) };
        let pool = FixedPool::new(16 << 10);
        let mut all = Vec::new();
        while all.len() < 100_000
            && let Some(stack) = pool.alloc()
        {
            all.push(stack);
        }
        // Older kernels: an end, not a crash, and not before half the limit.
        let want = if cheap { 100_000 } else { 30_000 };
        assert!(all.len() >= want, "{} stacks", all.len());
        all.into_iter().for_each(|s| pool.free(s));
        // SAFETY: ours.
        unsafe { mem::unmap(probe, GUARD) };
    }
}

//! A second opinion after marking: with the world stopped, everything that can be reached is walked
//! again, without the marks' help, and whatever is reached must be marked.
//!
//! The walk keeps a set of its own of the objects it has seen, and a stack of those it has not scanned, in memory of the page
//! source that is not given back, but serves the next check.

use goxide_alloc::PageSource;

const FIRST: usize = 1 << 12;

/// What the walk has seen: an open-addressed set of addresses, and a stack.
pub(crate) struct Check {
    set: *mut usize,
    /// Size less one; sizes are powers of two.
    mask: usize,
    len: usize,
    stack: *mut usize,
    cap: usize,
    depth: usize,
    parent: usize,
    map: fn(usize) -> *mut usize,
}

/// The memory of a check that is over.
pub(crate) struct Spare {
    set: *mut usize,
    mask: usize,
    stack: *mut usize,
    cap: usize,
}

// SAFETY: the memory belongs to the owner of the value.
unsafe impl Send for Spare {}

impl Spare {
    /// None yet.
    pub const NONE: Spare = Spare { set: core::ptr::null_mut(), mask: 0, stack: core::ptr::null_mut(), cap: 0 };
}

impl Check {
    /// Its memory, for the next one.
    pub fn into_spare(self) -> Spare {
        Spare { set: self.set, mask: self.mask, stack: self.stack, cap: self.cap }
    }

    /// An empty one, in the memory of an earlier one if there is; `map` gives so many zero words, or null.
    pub fn new(spare: Spare, map: fn(usize) -> *mut usize) -> Option<Check> {
        if !spare.set.is_null() {
            // SAFETY: a set of this size that nothing uses any more.
            unsafe { core::ptr::write_bytes(spare.set, 0, spare.mask + 1) };
            let Spare { set, mask, stack, cap } = spare;
            return Some(Check { set, mask, len: 0, stack, cap, depth: 0, parent: 0, map });
        }
        let (set, stack) = (map(FIRST), map(FIRST));
        if set.is_null() || stack.is_null() {
            return None;
        }
        Some(Check { set, mask: FIRST - 1, len: 0, stack, cap: FIRST, depth: 0, parent: 0, map })
    }

    /// The object whose pointers are being visited; 0 for roots.
    pub fn parent(&self) -> usize {
        self.parent
    }

    /// Notes an object; true the first time.
    pub fn visit(&mut self, object: usize) -> bool {
        if !self.insert(object) {
            return false;
        }
        if self.depth == self.cap {
            let new = self.room(self.cap * 2);
            // SAFETY: the new room is larger, and used by nothing else.
            unsafe { new.copy_from_nonoverlapping(self.stack, self.depth) };
            self.stack = new;
            self.cap *= 2;
        }
        // SAFETY: below the capacity.
        unsafe { *self.stack.add(self.depth) = object };
        self.depth += 1;
        true
    }

    /// The next object to scan; 0 when there is none.
    pub fn next(&mut self) -> usize {
        if self.depth == 0 {
            return 0;
        }
        self.depth -= 1;
        // SAFETY: below what was pushed.
        self.parent = unsafe { *self.stack.add(self.depth) };
        self.parent
    }

    fn room(&self, words: usize) -> *mut usize {
        let p = (self.map)(words);
        assert!(!p.is_null(), "no memory for checking the marks");
        p
    }

    fn insert(&mut self, object: usize) -> bool {
        if (self.len + 1) * 2 > self.mask {
            let (old, n) = (self.set, self.mask + 1);
            self.set = self.room(n * 2);
            self.mask = n * 2 - 1;
            for i in 0..n {
                // SAFETY: below the old set's size.
                let o = unsafe { *old.add(i) };
                if o != 0 {
                    self.place(o);
                }
            }
        }
        let new = self.place(object);
        self.len += usize::from(new);
        new
    }

    fn place(&mut self, object: usize) -> bool {
        let mut h = (object >> 3).wrapping_mul(0x9e37_79b9_7f4a_7c15_u64 as usize) >> 16 & self.mask;
        loop {
            // SAFETY: masked; the set is never full.
            let slot = unsafe { &mut *self.set.add(h) };
            if *slot == object {
                return false;
            }
            if *slot == 0 {
                *slot = object;
                return true;
            }
            h = (h + 1) & self.mask;
        }
    }
}

/// Zero words from a page source that needs no instance.
pub(crate) fn map_words<S: PageSource + Default>(n: usize) -> *mut usize {
    S::default().map(n * 8).cast()
}

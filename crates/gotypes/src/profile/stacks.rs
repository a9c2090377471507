//! What is counted by call stack: a table of values, found by a stack and a number.
//!
//! Entries are never freed. They live in memory of the caller's, chained in a table that doubles as it fills. What the values mean
//! is not here.

use crate::mem::Persistent;
use core::ptr::null_mut;

/// What is known of one call stack and number. Its pcs follow it in memory.
#[repr(C)]
pub struct Entry<V> {
    next: *mut Entry<V>,
    older: *mut Entry<V>,
    hash: u64,
    key: usize,
    depth: usize,
    /// What was counted.
    pub value: V,
}

impl<V> Entry<V> {
    /// The stack, innermost call first, as return addresses.
    pub fn stack(&self) -> &[usize] {
        // SAFETY: `find` made room for `depth` words behind the entry, and filled them in.
        unsafe { core::slice::from_raw_parts((&raw const *self).add(1).cast(), self.depth) }
    }

    /// The one that was added before.
    pub fn older(&self) -> Option<&Entry<V>> {
        // SAFETY: null, or an entry, which stays as long as this one.
        unsafe { self.older.as_ref() }
    }

    /// The number that it was found by, beside the stack.
    pub fn key(&self) -> usize {
        self.key
    }
}

/// All entries. All zero bytes: none.
pub struct Stacks<V> {
    heads: *mut *mut Entry<V>,
    n_heads: usize,
    count: usize,
    newest: *mut Entry<V>,
}

// SAFETY: the table owns what its pointers lead to.
unsafe impl<V: Send> Send for Stacks<V> {}

/// Chains to begin with.
const FIRST_HEADS: usize = 256;

impl<V> Stacks<V> {
    /// No entries.
    pub const fn new() -> Self {
        const { assert!(size_of::<Entry<V>>().is_multiple_of(align_of::<usize>()) && align_of::<V>() <= align_of::<usize>()) };
        Stacks { heads: null_mut(), n_heads: 0, count: 0, newest: null_mut() }
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The entry of a stack and a number, which begins with `new` if it was not there.
    pub fn find(&mut self, memory: &impl Persistent, stack: &[usize], key: usize, new: V) -> *mut Entry<V> {
        let hash = hash(stack, key);
        if self.count >= self.n_heads {
            self.grow(memory);
        }
        // SAFETY: the table has `n_heads` chains, a power of two; entries are ours. A new one has room for its stack.
        unsafe {
            let head = self.heads.add(hash as usize & (self.n_heads - 1));
            let mut at = *head;
            while let Some(r) = at.as_ref() {
                if (r.hash, r.key) == (hash, key) && r.stack() == stack {
                    return at;
                }
                at = r.next;
            }
            let made: *mut Entry<V> =
                memory.persistent(size_of::<Entry<V>>() + size_of_val(stack), align_of::<Entry<V>>()).cast();
            made.write(Entry { next: *head, older: self.newest, hash, key, depth: stack.len(), value: new });
            made.add(1).cast::<usize>().copy_from_nonoverlapping(stack.as_ptr(), stack.len());
            *head = made;
            self.newest = made;
            self.count += 1;
            made
        }
    }

    /// The entry that was added last.
    pub fn newest(&self) -> Option<&Entry<V>> {
        // SAFETY: null or an entry of ours; nothing changes it while `self` is borrowed.
        unsafe { self.newest.as_ref() }
    }

    /// All entries, newest first.
    pub fn iter(&self) -> impl Iterator<Item = &Entry<V>> {
        core::iter::successors(self.newest(), |entry| entry.older())
    }

    /// Calls `f` with each value.
    pub fn each_mut(&mut self, mut f: impl FnMut(&mut V)) {
        let mut at = self.newest;
        // SAFETY: null or an entry of ours, borrowed with `self`.
        while let Some(entry) = unsafe { at.as_mut() } {
            at = entry.older;
            f(&mut entry.value);
        }
    }

    /// Twice as many chains. The old ones' memory, at most as much again, is not used any more.
    fn grow(&mut self, memory: &impl Persistent) {
        let n = (self.n_heads * 2).max(FIRST_HEADS);
        let heads: *mut *mut Entry<V> =
            memory.persistent(n * size_of::<*mut Entry<V>>(), align_of::<*mut Entry<V>>()).cast();
        let mut at = self.newest;
        // SAFETY: zeroed room for n chains; entries are ours.
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

impl<V> Default for Stacks<V> {
    fn default() -> Self {
        Self::new()
    }
}

fn hash(stack: &[usize], key: usize) -> u64 {
    let mut h = key as u64 ^ 0x9e37_79b9_7f4a_7c15;
    for &pc in stack {
        h = (h.rotate_left(5) ^ pc as u64).wrapping_mul(0x517c_c1b7_2722_0a95);
    }
    h ^ h >> 32
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    #[derive(Clone, Copy)]
    pub(crate) struct Leaked;
    // SAFETY: zeroed memory of the asked alignment that nothing else has.
    unsafe impl Persistent for Leaked {
        fn persistent(&self, size: usize, align: usize) -> *mut u8 {
            // SAFETY: not empty.
            unsafe { std::alloc::alloc_zeroed(std::alloc::Layout::from_size_align(size, align).unwrap()) }
        }
    }

    #[test]
    fn stacks_and_numbers_tell_entries_apart() {
        let mut t = Stacks::new();
        let a = t.find(&Leaked, &[1, 2], 0, 'a');
        let others = [t.find(&Leaked, &[1, 2], 1, 'b'), t.find(&Leaked, &[1], 0, 'c'), t.find(&Leaked, &[2, 1], 0, 'd')];
        assert!(!others.contains(&a) && t.len() == 4);
        assert_eq!(t.find(&Leaked, &[1, 2], 0, 'z'), a);
        assert_eq!(t.iter().map(|e| e.value).collect::<String>(), "dcba");
        t.each_mut(|v| *v = v.to_ascii_uppercase());
        // SAFETY: an entry of `t`.
        assert_eq!(unsafe { ((*a).value, (*a).key(), (*a).stack()) }, ('A', 0, &[1, 2][..]));
    }

    #[test]
    fn a_table_that_grows_keeps_its_entries() {
        let mut t = Stacks::new();
        for round in 0..3 {
            for i in 0..5000usize {
                let stack: Vec<usize> = (0..i % 31).map(|k| k * i).chain([i]).collect();
                let e = t.find(&Leaked, &stack, 32, 0u64);
                // SAFETY: an entry of `t`.
                unsafe {
                    assert_eq!((*e).stack(), stack);
                    (*e).value += 1;
                }
                assert_eq!(t.len(), if round == 0 { i + 1 } else { 5000 });
            }
        }
        assert!(t.iter().count() == 5000 && t.iter().all(|e| e.value == 3));
    }
}

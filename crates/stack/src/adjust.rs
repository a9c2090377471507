//! Words that point into a stack that was moved: telling them from others, and rewriting them. How a stack is moved is in
//! `grow`.

use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use crate::Bounds;

/// Rewrites words that point into the stack that was moved.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Adjuster {
    /// Where the stack was.
    pub old: Bounds,
    /// What to add to an old address, modulo 2^64, for the new one.
    pub delta: usize,
    /// Slots below this address (on the new stack) can be written by others in the meantime, and are changed atomically.
    /// 0 for none.
    pub shared_below: usize,
}

impl Adjuster {
    /// For a move from `old` to `new`: stacks are moved by their tops.
    #[inline]
    pub const fn new(old: Bounds, new: Bounds) -> Adjuster {
        Adjuster { old, delta: new.hi.wrapping_sub(old.hi), shared_below: 0 }
    }

    /// The new address of what is at `word` if that is an address in the old stack, else `word`.
    #[inline(always)]
    pub const fn moved(&self, word: usize) -> usize {
        if self.old.contains(word) { word.wrapping_add(self.delta) } else { word }
    }

    /// Rewrites one word.
    #[inline(always)]
    pub fn adjust(&self, slot: &mut usize) {
        *slot = self.moved(*slot);
    }

    /// Rewrites one word that others may write at the same time (a value received into this stack). Whatever they write
    /// does not point into the old stack, so losing the race is as good as winning it.
    #[inline]
    pub fn adjust_shared(&self, slot: &AtomicUsize) {
        let word = slot.load(Relaxed);
        let moved = self.moved(word);
        if moved != word {
            // Relaxed: stacks are moved under locks or stopped tasks, which order this with everything else.
            let _ = slot.compare_exchange(word, moved, Relaxed, Relaxed);
        }
    }

    /// Rewrites the word at `slot`.
    ///
    /// # Safety
    /// `slot` is aligned, readable and writable, and, from `shared_below` on, nothing else touches it.
    #[inline(always)]
    pub unsafe fn adjust_at(&self, slot: *mut usize) {
        // SAFETY: aligned, readable and writable; atomics below `shared_below`, and from there on nobody else touches it.
        unsafe {
            if slot.addr() < self.shared_below {
                self.adjust_shared(AtomicUsize::from_ptr(slot));
            } else {
                self.adjust(&mut *slot);
            }
        }
    }

    /// Rewrites those of `nwords` words from `base` on whose bit in `bits` is set, lowest bit of the first byte first.
    ///
    /// # Safety
    /// `bits` is readable for `nwords` bits, and the words with a set bit are as [`Adjuster::adjust_at`] wants them.
    pub unsafe fn adjust_bitmap(&self, base: *mut usize, bits: *const u8, nwords: usize) {
        let mut i = 0;
        while i < nwords {
            // SAFETY: bit `i` is below `nwords`.
            let mut byte = unsafe { *bits.add(i / 8) } as u32;
            if nwords - i < 8 {
                byte &= (1 << (nwords - i)) - 1;
            }
            while byte != 0 {
                // SAFETY: the bit is set and below `nwords`.
                unsafe { self.adjust_at(base.add(i + byte.trailing_zeros() as usize)) };
                byte &= byte - 1;
            }
            i += 8;
        }
    }
}

//! What a walk over nested values still has to do, without recursion: values nest as deeply as the program's data (a list of interfaces
//! in interfaces), and a system stack is small.
//!
//! The first entries lie in the walk itself. More go to blocks of the Go heap without pointers for the collector: no collection frees anything
//! that is reachable while an entry runs, and a walk that is abandoned by a fault leaves nothing behind that must be freed.

use super::seam::Mem;
use core::mem::MaybeUninit;
use core::ptr::null_mut;

/// Entries that a walk has room for in itself.
const INLINE: usize = 16;
/// Entries of the first block; each further one is twice as large, up to the limit.
const FIRST: usize = 128;
const LARGEST: usize = 1 << 15;

/// The head of a block; its entries follow.
struct Block {
    /// The one before, with its number of entries, all in use.
    below: *mut Block,
    entries: usize,
}

/// A stack of things to do.
pub struct WorkList<T: Copy> {
    inline: [MaybeUninit<T>; INLINE],
    /// Entries in use in the current place.
    used: usize,
    /// The current block; null while the entries are in the walk itself.
    block: *mut Block,
    /// An empty block that was used before, so that a walk at the edge of one does not ask again and again.
    spare: *mut Block,
}

/// The list has no room: [`WorkList::grow`] makes some.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

impl core::fmt::Display for Full {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("the list has no room")
    }
}

impl core::error::Error for Full {}

impl<T: Copy> WorkList<T> {
    /// Nothing to do.
    #[inline]
    pub const fn new() -> Self {
        const { assert!(align_of::<T>() <= align_of::<Block>()) };
        WorkList { inline: [const { MaybeUninit::uninit() }; INLINE], used: 0, block: null_mut(), spare: null_mut() }
    }

    #[inline]
    fn room(&self) -> usize {
        // SAFETY: a block that is not null was made by `grow`.
        if self.block.is_null() { INLINE } else { unsafe { (*self.block).entries } }
    }

    #[inline]
    fn slot(&mut self, i: usize) -> *mut T {
        if self.block.is_null() {
            return self.inline[i].as_mut_ptr();
        }
        // SAFETY: blocks have room for their entries behind the head.
        unsafe { self.block.add(1).cast::<T>().add(i) }
    }

    /// Adds an entry.
    ///
    /// # Errors
    /// [`Full`] if there is no room: after [`WorkList::grow`] there is.
    #[inline]
    pub fn push(&mut self, entry: T) -> Result<(), Full> {
        if self.used == self.room() {
            return Err(Full);
        }
        let at = self.used;
        // SAFETY: an entry of the current place, not in use.
        unsafe { self.slot(at).write(entry) };
        self.used += 1;
        Ok(())
    }

    /// Takes the newest entry off.
    #[inline]
    pub fn pop(&mut self) -> Option<T> {
        if self.used == 0 {
            if self.block.is_null() {
                return None;
            }
            // SAFETY: the current block is one of ours, and what is below it is full.
            unsafe {
                self.spare = self.block;
                self.block = (*self.block).below;
            }
            self.used = self.room();
        }
        self.used -= 1;
        let at = self.used;
        // SAFETY: it was in use.
        Some(unsafe { self.slot(at).read() })
    }

    /// Makes room for at least one more entry. Allocates: not to be called within [`Mem::touch`].
    #[cold]
    pub fn grow(&mut self, mem: &impl Mem) {
        let mut next = core::mem::replace(&mut self.spare, null_mut());
        if next.is_null() {
            let entries = if self.block.is_null() { FIRST } else { (self.room() * 2).min(LARGEST) };
            let size = size_of::<Block>() + entries * size_of::<T>();
            // SAFETY: memory without pointers, large enough for the head and the entries, aligned to 8.
            unsafe {
                next = mem.alloc(size.next_multiple_of(8), core::ptr::null(), false).cast();
                (*next).entries = entries;
            }
        }
        // SAFETY: a block of ours that holds nothing.
        unsafe { (*next).below = self.block };
        self.block = next;
        self.used = 0;
    }
}

impl<T: Copy> Default for WorkList<T> {
    fn default() -> Self {
        Self::new()
    }
}

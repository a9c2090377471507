//! The seam: what a map asks of its embedder for memory and pointer writes, and the errors that operations return. What a
//! map must know of its keys and elements is in `schema`.
//!
//! # The collector's view
//!
//! With a tracing collector every pointer that a map stores lies in a word that the collector knows as a pointer:
//!
//! | object | made by | words |
//! |---|---|---|
//! | header ([`crate::Map`], 48 bytes) | the embedder | pointers at [`crate::MAP_PTR_MASK`] |
//! | groups | [`Memory::alloc_groups`] | per group: one plain word, eight key slots, eight element slots, one unused word (always zero) |
//! | control words | [`Memory::alloc_controls`] | no pointers |
//! | directory | [`Memory::alloc_directory`] | all pointers |
//! | bookkeeping | [`Memory::alloc_metas`] | no pointers |
//! | key or element box | [`Memory::alloc_key`], [`Memory::alloc_elem`] | one key, one element |
//! | iterator ([`crate::Iter`], 96 bytes) | the embedder | pointers at [`crate::ITER_PTR_MASK`] |
//!
//! Pointers to groups carry three tag bits: the collector must treat pointers to the first eight bytes of an object as
//! pointers to the object.
use crate::header::{Entry, Meta};

/// Memory and pointer writes for one type of map.
///
/// Each method is called on the thread and stack of the operation that needs it. `alloc_*` and `clear_groups` are called only by operations
/// that may be slow ([`crate::assign()`], [`crate::init`], [`crate::clear`], [`crate::clone_into`]), `retire_table` and `retire_directory` by these
/// and [`crate::delete()`]; the rest by all that write. No method may call back into the map.
///
/// With a collector: from the first `alloc_*` to the operation's end, what the operation allocated is reachable from
/// nowhere but its stack frame. So `alloc_*` must not let a collection begin or finish (a collection that is under way may
/// go on: new objects must then be marked), or must keep what it gave out in this operation alive.
///
/// # Safety
/// What is allocated must have the size asked for, be zeroed, aligned to eight bytes, and live as long as the map or an iterator
/// refers to it. The copying methods must do what they say.
pub unsafe trait Memory {
    /// `n` groups in one zeroed array, or null if there is no memory.
    fn alloc_groups(&self, n: usize) -> *mut u8;
    /// Zeroed array of `n` pointer-free words, or null.
    fn alloc_controls(&self, n: usize) -> *mut u64;
    /// Zeroed array of `n` entries of two pointers each, or null.
    fn alloc_directory(&self, n: usize) -> *mut Entry;
    /// Zeroed array of `n` pointer-free bookkeeping words, or null.
    fn alloc_metas(&self, n: usize) -> *mut Meta;
    /// Zeroed memory for one key; only asked of schemas with indirect keys. Null if there is no memory.
    fn alloc_key(&self) -> *mut u8;
    /// Zeroed memory for one element; only asked of schemas with indirect elements. Null if there is no memory.
    fn alloc_elem(&self) -> *mut u8;

    /// The map no longer uses a table's `n` groups and control words (iterators may). With a collector there is nothing
    /// to do.
    ///
    /// # Safety
    /// They came from `alloc_groups(n)` and `alloc_controls(n)`, or are null. For `n` 1 there are no control words, and the
    /// group may be the one that the embedder gave the map.
    #[inline]
    unsafe fn retire_table(&self, groups: *mut u8, controls: *mut u64, n: usize) {
        _ = (groups, controls, n);
    }
    /// The map no longer uses this directory and its bookkeeping.
    ///
    /// # Safety
    /// They came from `alloc_directory(n)` and `alloc_metas(n)`, or are null.
    #[inline]
    unsafe fn retire_directory(&self, directory: *mut Entry, metas: *mut Meta, n: usize) {
        _ = (directory, metas, n);
    }
    /// An indirect key or element was replaced by none: its box is no longer the map's (iterators may use it).
    ///
    /// # Safety
    /// They came from `alloc_key` and `alloc_elem`; null for what is not indirect.
    #[inline]
    unsafe fn retire_boxes(&self, key: *mut u8, elem: *mut u8) {
        _ = (key, elem);
    }

    /// Copies a key, writing its pointers as the collector wants it.
    ///
    /// # Safety
    /// Both point to memory for a key that does not overlap.
    unsafe fn copy_key(&self, dst: *mut u8, src: *const u8);
    /// Copies an element, writing its pointers as the collector wants it.
    ///
    /// # Safety
    /// Both point to memory for an element that does not overlap.
    unsafe fn copy_elem(&self, dst: *mut u8, src: *const u8);
    /// Zeroes a key (if it holds pointers; else it may be left as it is).
    ///
    /// # Safety
    /// `slot` points to a key.
    unsafe fn clear_key(&self, slot: *mut u8);
    /// Zeroes an element.
    ///
    /// # Safety
    /// `slot` points to an element.
    unsafe fn clear_elem(&self, slot: *mut u8);
    /// Zeroes `n` groups.
    ///
    /// # Safety
    /// They are groups of this map (perhaps on a stack, if the embedder put a map's first group there).
    unsafe fn clear_groups(&self, groups: *mut u8, n: usize);
    /// Writes a pointer into collected memory, a header or an iterator (these perhaps on a stack).
    ///
    /// # Safety
    /// `slot` may be written.
    unsafe fn store_pointer(&self, slot: *mut *mut u8, value: *mut u8);
    /// Whether entries may be moved with plain copies until this operation ends: they hold no pointers, or pointer writes
    /// need nothing special now. Asked once per table that is rebuilt.
    fn plain_copies(&self) -> bool;
    /// Random bits, not necessarily good ones.
    fn random(&self) -> u64;
    /// Random bits for a map's seed. If the order of iteration can be seen, and with it what [`Memory::random`] gave, they had
    /// better come from elsewhere.
    fn hash_seed(&self) -> u64 {
        self.random()
    }
}

/// Forbidden simultaneous use that was noticed. Noticing is best effort; the map may be damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misuse {
    /// A look-up met a writer.
    ConcurrentReadWrite,
    /// Two writers met.
    ConcurrentWrites,
    /// An iterator met a writer.
    ConcurrentIterWrite,
    /// A clone met a writer.
    ConcurrentCloneWrite,
}

/// Why an operation failed. Except after `Misuse` the map is as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error<E> {
    /// Forbidden simultaneous use.
    Misuse(Misuse),
    /// A key could not be hashed or compared.
    Key(E),
    /// An allocation failed.
    OutOfMemory,
}

impl core::fmt::Display for Misuse {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Misuse::ConcurrentReadWrite => "the map is written while it is read",
            Misuse::ConcurrentWrites => "the map is written twice at a time",
            Misuse::ConcurrentIterWrite => "the map is written while it is iterated",
            Misuse::ConcurrentCloneWrite => "the map is written while it is cloned",
        })
    }
}

impl core::error::Error for Misuse {}

impl<E> core::fmt::Display for Error<E> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Error::Misuse(misuse) => misuse.fmt(f),
            Error::Key(_) => f.write_str("a key cannot be hashed or compared"),
            Error::OutOfMemory => f.write_str("no memory for the map"),
        }
    }
}

impl<E: core::fmt::Debug> core::error::Error for Error<E> {}

impl<E> From<Misuse> for Error<E> {
    fn from(m: Misuse) -> Self {
        Error::Misuse(m)
    }
}

//! What a marker keeps between pointers ([`Marker`]): pages and objects that it has found and not scanned. What it does with them
//! is in `mark`.

use crate::queue::{BLOCK, Ring};
use core::marker::PhantomPinned;
use core::sync::atomic::{AtomicBool, AtomicPtr};

/// Objects of the stack before half of them are shared.
pub(crate) const OBJECTS_MAX: usize = 512;

/// One marker's own state. All zero bytes are a marker that has nothing to do.
#[repr(C)]
pub struct Marker {
    pub(crate) ring: Ring,
    /// The next in the collector's list of all markers.
    pub(crate) link: AtomicPtr<Marker>,
    /// It is being used by a marking thread: its stack of objects may not be empty.
    pub(crate) busy: AtomicBool,
    pub(crate) n_objects: usize,
    pub(crate) objects: [usize; OBJECTS_MAX],
    /// Bytes of objects that it marked, not yet added to the collector's sum.
    pub(crate) marked_bytes: u64,
    /// Bytes that it scanned, likewise.
    pub(crate) scanned_bytes: u64,
    /// Others look at the ring and the link while the owner has `&mut`: the compiler is not to take that for exclusive access
    /// to them, which it does for types that are `Unpin`.
    shared: PhantomPinned,
}

impl Marker {
    /// Whether others could find something in it.
    pub(crate) fn has_visible_work(&self) -> bool {
        !self.ring.is_empty()
    }

    /// Takes about half of its pages.
    pub(crate) fn steal(&self, out: &mut [usize; BLOCK]) -> usize {
        self.ring.take_half(out)
    }
}

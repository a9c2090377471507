//! The buffer of a channel without a bound: it grows, and lets go of what a flood has left behind.
//!
//! To the core such a channel has room for `usize::MAX` elements, so that its indices never wrap: what is buffered lies in one
//! run of slots that wanders upwards. This module keeps **one free slot behind the run** at all times. It can, since elements of
//! these channels move through [`crate::Seam::copy_elem`], which the front ends' seam takes as the occasion: after an element has
//! come or gone, and under the channel's lock, the run is moved to the front of the buffer, or to a larger one. Each element is
//! moved a constant number of times on average. Elements without a size need no slot and are left alone.

use crate::chan::Chan;
use core::cell::Cell;
use core::ptr::{NonNull, copy, copy_nonoverlapping};
use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};

/// What the core is told of the capacity.
pub(crate) const CAP: usize = usize::MAX;

/// Slots of a fresh buffer.
const FIRST: usize = 16;
/// Bytes that an empty channel may keep.
const KEPT: usize = 32 << 10;

/// The shape of a growing buffer. Guarded by the channel's lock; a channel has it as its `elem_type`.
pub(crate) struct Growing {
    /// Bytes and alignment of an element.
    elem: Layout,
    /// Slots of the buffer.
    room: Cell<usize>,
}

impl Growing {
    /// A shape with its first buffer.
    pub(crate) fn new(elem: Layout) -> (NonNull<Growing>, *mut u8) {
        let this = Growing { elem, room: Cell::new(0) };
        let buf = if elem.size() == 0 { core::ptr::without_provenance_mut(elem.align()) } else { this.allocate(FIRST) };
        (NonNull::from(Box::leak(Box::new(this))), buf)
    }

    /// The shape of a channel's buffer, if that grows.
    ///
    /// # Safety
    /// The channel is one of [`crate::hosted`].
    #[inline]
    pub(crate) unsafe fn of(c: &Chan) -> Option<&Growing> {
        let at: *const Growing = core::ptr::with_exposed_provenance(c.elem_type());
        // SAFETY: a channel of this crate's front ends has there null, or the shape that it owns.
        unsafe { at.as_ref() }
    }

    /// Frees buffer and shape.
    ///
    /// # Safety
    /// They are those of `c`, which is not used any more, and holds nothing.
    pub(crate) unsafe fn free(this: NonNull<Growing>, c: &Chan) {
        // SAFETY: `new` leaked the box, and no other uses the channel, hence neither the buffer.
        unsafe {
            let this = Box::from_raw(this.as_ptr());
            this.release(c.buffer());
        }
    }

    fn layout(&self) -> Layout {
        let bytes = self.elem.size().checked_mul(self.room.get());
        let layout = bytes.and_then(|bytes| Layout::from_size_align(bytes, self.elem.align()).ok());
        // Half as much is in use already.
        layout.expect("a buffer exceeds the address space")
    }

    /// A buffer of so many slots, which becomes the shape. Aborts the process if there is no memory.
    fn allocate(&self, room: usize) -> *mut u8 {
        self.room.set(room);
        let layout = self.layout();
        // SAFETY: neither the element's size nor the number of slots is zero.
        let buf = unsafe { alloc(layout) };
        if buf.is_null() {
            handle_alloc_error(layout);
        }
        buf
    }

    /// # Safety
    /// `buf` is the buffer of this shape, and holds nothing.
    unsafe fn release(&self, buf: *mut u8) {
        if self.elem.size() != 0 {
            // SAFETY: `allocate` made it by the same layout.
            unsafe { dealloc(buf, self.layout()) };
        }
    }

    /// Sees to the free slot behind the run, after an element has come or gone.
    ///
    /// # Safety
    /// `c` is the channel that this belongs to, and its lock is held.
    #[inline]
    pub(crate) unsafe fn settle(&self, c: &Chan) {
        if self.elem.size() == 0 {
            return;
        }
        let (first, len) = (c.first_slot(), c.len());
        // SAFETY: as this function's contract.
        unsafe {
            if len == 0 {
                self.rewind(c);
            } else if first + len == self.room.get() {
                self.make_room(c, 0);
            }
        }
    }

    /// An empty channel begins at the front again, in a small buffer.
    ///
    /// # Safety
    /// As for [`Growing::settle`]; nothing is buffered.
    #[inline]
    unsafe fn rewind(&self, c: &Chan) {
        let mut buf = c.buffer();
        if self.room.get() > FIRST && self.room.get() * self.elem.size() > KEPT {
            // SAFETY: the buffer is this shape's and empty.
            unsafe { self.release(buf) };
            buf = self.allocate(FIRST);
        }
        // SAFETY: the lock is held; nothing is buffered, so that no slot needs to hold anything.
        unsafe { c.set_buffer(buf, 0) };
    }

    /// Sees to a free slot in front of the run, for an element that comes back.
    ///
    /// # Safety
    /// As for [`Growing::settle`].
    pub(crate) unsafe fn make_front(&self, c: &Chan) {
        if c.first_slot() == 0 {
            // SAFETY: as this function's contract.
            unsafe { self.make_room(c, 1) };
        }
    }

    /// Moves the run to the slot `at` and the following, so that at least one is free behind it: in place if half of the buffer is
    /// free, or else to a buffer of twice the size.
    ///
    /// # Safety
    /// As for [`Growing::settle`]; `at` is 0 or 1.
    #[cold]
    #[inline(never)]
    unsafe fn make_room(&self, c: &Chan, at: usize) {
        let size = self.elem.size();
        if size == 0 {
            return;
        }
        let (len, room, old) = (c.len(), self.room.get(), c.buffer());
        let from = old.wrapping_add(c.first_slot() * size);
        // SAFETY: the run lies in the old buffer, which has `room` slots. In place, `at + len` is at most half of them and one; a new
        // buffer has twice as many, of which `len + 1` are at most half and one, and overlaps nothing. The lock is held, so nothing else
        // looks at the slots.
        unsafe {
            if len <= room / 2 {
                copy(from, old.wrapping_add(at * size), len * size);
                c.set_buffer(old, at);
            } else {
                let layout = self.layout();
                let new = self.allocate(room * 2);
                copy_nonoverlapping(from, new.wrapping_add(at * size), len * size);
                c.set_buffer(new, at);
                dealloc(old, layout);
            }
        }
    }
}

#[cfg(all(test, not(shuttle)))]
mod tests {
    use super::*;
    use crate::hosted::unbounded_ends;

    /// A flood leaves a large buffer, and the last element that goes takes it along; a trickle moves and grows nothing.
    #[test]
    fn what_a_flood_leaves() {
        let (tx, rx) = unbounded_ends::<u64>();
        // SAFETY: a channel of the front ends.
        let room = || unsafe { Growing::of(&tx.inner.chan) }.expect("it grows").room.get();
        for i in 0..10 * FIRST as u64 {
            tx.try_send(i).unwrap();
            tx.try_send(i).unwrap();
            assert!(rx.try_recv().is_ok() && rx.try_recv().is_ok());
        }
        assert_eq!(room(), FIRST);
        (0..100_000).for_each(|i| tx.try_send(i).unwrap());
        assert!(room() > 100_000);
        assert!(rx.try_iter().eq(0..100_000));
        assert_eq!(room(), FIRST);
        // Two that are always there: the run wanders through a buffer that stays as it is.
        tx.try_send(0).unwrap();
        for i in 0..1000 {
            tx.try_send(i + 1).unwrap();
            assert_eq!(rx.try_recv(), Ok(i));
        }
        assert_eq!(room(), FIRST);
    }
}

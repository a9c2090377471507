//! Where descriptors come from ([`Pool`]). Their memory is never freed, since an event or a timer of an earlier life may still lead to
//! it, but used again, the last one first; so there are as many as were ever open at once, which the system's limit of open descriptors
//! bounds, rounded up to a whole block.
//!
//! Blocks double in size, and a table of fixed size leads from an index to its block: what the kernel hands back is looked up, never
//! followed.

use core::mem::{align_of, size_of};
use core::ptr::null_mut;
use core::sync::atomic::{AtomicPtr, Ordering};

use goxide_sys::Mutex;

use crate::desc::Desc;
use crate::seam::Host;

/// Descriptors in the first block; a power of two.
const FIRST: u32 = 32;
/// Blocks that there can be: together they hold all indices of 32 bits but the last few.
const BLOCKS: usize = 27;

struct Free<H: Host> {
    head: *mut Desc<H>,
    /// Blocks made.
    blocks: usize,
}
// SAFETY: the list goes with the lock around it, and descriptors can be used from any thread.
unsafe impl<H: Host> Send for Free<H> {}

/// See the module's header. All zero bytes: empty.
pub(crate) struct Pool<H: Host> {
    free: Mutex<Free<H>>,
    blocks: [AtomicPtr<Desc<H>>; BLOCKS],
}

/// The block of an index, and the place in it.
fn place(index: u32) -> (usize, usize) {
    let n = u64::from(index) + u64::from(FIRST);
    let block = n.ilog2() - FIRST.ilog2();
    (block as usize, (n - (u64::from(FIRST) << block)) as usize)
}

impl<H: Host> Pool<H> {
    pub(crate) const fn new() -> Self {
        Pool {
            free: Mutex::new(Free { head: null_mut(), blocks: 0 }),
            blocks: [const { AtomicPtr::new(null_mut()) }; BLOCKS],
        }
    }

    /// The descriptor of that index, if there is one.
    pub(crate) fn get(&self, index: u32) -> Option<&'static Desc<H>> {
        let (block, at) = place(index);
        // Acquire: pairs with the release in `grow`.
        let first = self.blocks.get(block)?.load(Ordering::Acquire);
        // SAFETY: a block has room for all indices of its number, and is never freed.
        (!first.is_null()).then(|| unsafe { &*first.add(at) })
    }

    /// A descriptor without a life; none if there is no memory.
    pub(crate) fn take(&self, host: &H) -> Option<&'static Desc<H>> {
        let mut free = self.free.lock();
        if free.head.is_null() {
            self.grow(host, &mut free)?;
        }
        // SAFETY: what is on the list is a descriptor of a block, and its link is the list's.
        unsafe {
            let desc = &*free.head;
            free.head = *desc.next_free.get();
            Some(desc)
        }
    }

    /// Takes `desc` back, which has no life any more.
    ///
    /// # Safety
    /// `desc` came from [`Pool::take`], and is given back once.
    pub(crate) unsafe fn give(&self, desc: &Desc<H>) {
        let mut free = self.free.lock();
        // SAFETY: the link is the list's, and `desc` gets onto it (this function's contract).
        unsafe { *desc.next_free.get() = free.head };
        free.head = core::ptr::from_ref(desc).cast_mut();
    }

    #[cold]
    fn grow(&self, host: &H, free: &mut Free<H>) -> Option<()> {
        let block = free.blocks;
        let slot = self.blocks.get(block)?;
        let n = (FIRST as usize) << block;
        // SAFETY: the alignment of a type, which divides its size.
        let first: *mut Desc<H> = unsafe { host.alloc(n * size_of::<Desc<H>>(), align_of::<Desc<H>>()) }.cast();
        if first.is_null() {
            return None;
        }
        let base = ((FIRST as u64) << block) - u64::from(FIRST);
        for at in (0..n).rev() {
            // SAFETY: in the block, which is all zero bytes, as a descriptor without a life is; nothing else knows it yet.
            unsafe {
                let desc = first.add(at);
                (&raw mut (*desc).index).write((base + at as u64) as u32);
                (*(*desc).next_free.get()) = free.head;
                free.head = desc;
            }
        }
        free.blocks += 1;
        slot.store(first, Ordering::Release);
        Some(())
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn blocks_follow_each_other() {
        let mut expected = (0, 0);
        for index in 0..5000 {
            assert_eq!(place(index), expected, "{index}");
            expected.1 += 1;
            if expected.1 == (FIRST as usize) << expected.0 {
                expected = (expected.0 + 1, 0);
            }
        }
    }

    proptest! {
        #[test]
        fn a_place_leads_back(index: u32) {
            let (block, at) = place(index);
            prop_assert!(at < (FIRST as usize) << block);
            prop_assert_eq!(((FIRST as u64) << block) - u64::from(FIRST) + at as u64, u64::from(index));
        }
    }
}

//! Where pages come from: the [`PageSource`] seam and its Linux answer [`OsPages`].
//!
//! The allocator above reserves address space in big aligned pieces, makes parts of it usable as the heap grows, and
//! gives memory (not address space) back. It never unmaps what it reserved.

use goxide_sys::mem;

/// A supplier of address space and of memory to fill it with.
///
/// The heap calls it from its slow paths only, mostly with its lock held, on whichever thread happened to need
/// memory. A method may do a system call; it must not use the heap it serves.
///
/// # Safety
/// What `reserve` and `map` return must not overlap anything else in use, must stay reserved for the life of the
/// source, and must behave as the methods say.
pub unsafe trait PageSource {
    /// Reserves `size` bytes of address space at a multiple of `align` (a power of two), at `hint` if that is free
    /// (0: anywhere). The range must not be touched before [`commit`](Self::commit). Null when there is none.
    fn reserve(&self, hint: usize, size: usize, align: usize) -> *mut u8;

    /// Gives back a range that `reserve` returned and that was never committed.
    ///
    /// # Safety
    /// Exactly a range that `reserve` returned, with nothing of it committed.
    unsafe fn unreserve(&self, ptr: *mut u8, size: usize);

    /// Makes part of a reservation readable, writable and zero. False when memory is refused.
    ///
    /// # Safety
    /// The range lies in a reservation and was not committed before; its bounds are multiples of 64 KiB.
    unsafe fn commit(&self, ptr: *mut u8, size: usize) -> bool;

    /// Gives the memory of a committed range back. The range stays usable and reads as zero afterwards, at the cost
    /// of new page faults.
    ///
    /// # Safety
    /// The range is committed, its contents are not needed any more, its bounds are multiples of
    /// [`granule`](Self::granule).
    unsafe fn decommit(&self, ptr: *mut u8, size: usize);

    /// The smallest size and alignment that `decommit` takes: the page size of the processor.
    fn granule(&self) -> usize {
        4096
    }

    /// New readable, writable, zero memory outside of any reservation, backed as it is touched. Null when refused.
    fn map(&self, size: usize) -> *mut u8;

    /// Advises that huge pages are welcome in a committed range.
    ///
    /// # Safety
    /// The range is committed or came from `map`.
    unsafe fn huge(&self, ptr: *mut u8, size: usize) {
        let _ = (ptr, size);
    }

    /// Advises against huge pages in a committed range.
    ///
    /// # Safety
    /// The range is committed or came from `map`.
    unsafe fn nohuge(&self, ptr: *mut u8, size: usize) {
        let _ = (ptr, size);
    }
}

/// Pages of the Linux process, by system calls without libc; for hosted and freestanding programs alike.
#[derive(Clone, Copy, Default, Debug)]
pub struct OsPages;

// SAFETY: fresh anonymous mappings overlap nothing, are never unmapped but by `unreserve`, and the kernel does the rest.
unsafe impl PageSource for OsPages {
    fn reserve(&self, hint: usize, size: usize, align: usize) -> *mut u8 {
        if hint != 0 {
            let p = mem::reserve_at(hint as *mut u8, size);
            if !p.is_null() {
                if (p as usize).is_multiple_of(align) {
                    return p;
                }
                // SAFETY: just reserved, not used by anyone.
                unsafe { mem::unmap(p, size) };
            }
        }
        mem::reserve(size, align)
    }

    unsafe fn unreserve(&self, ptr: *mut u8, size: usize) {
        // SAFETY: a whole reservation that nobody uses.
        unsafe { mem::unmap(ptr, size) };
    }

    unsafe fn commit(&self, ptr: *mut u8, size: usize) -> bool {
        // SAFETY: the range is reserved by us and not in use yet.
        unsafe { mem::map(ptr, size) }
    }

    unsafe fn decommit(&self, ptr: *mut u8, size: usize) {
        // SAFETY: the contents are not needed any more.
        unsafe { mem::unused(ptr, size) };
    }

    fn map(&self, size: usize) -> *mut u8 {
        mem::map_anywhere(size)
    }

    unsafe fn huge(&self, ptr: *mut u8, size: usize) {
        // SAFETY: a range of ours.
        unsafe { mem::huge(ptr, size) };
    }

    unsafe fn nohuge(&self, ptr: *mut u8, size: usize) {
        // SAFETY: a range of ours.
        unsafe { mem::nohuge(ptr, size) };
    }
}

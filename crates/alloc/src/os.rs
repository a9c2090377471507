//! Where pages come from: the [`PageSource`] seam and its Linux answer `OsPages`.
//!
//! The allocator above reserves address space in big aligned pieces, makes parts of it usable as the heap grows, and
//! gives memory (not address space) back. It never unmaps what it reserved.

#[cfg(target_os = "linux")]
use goxide_sys::mem;

/// Proof that every page of a range reads as zero until it is written to. It stands for the range of the call that gave it
/// and is used up with it: the books of free pages record zeros only in exchange for one.
#[derive(Debug)]
#[must_use = "pages without it must be cleared"]
pub struct Zeroed(());

impl Zeroed {
    /// The proof, for an implementation of [`PageSource`].
    ///
    /// # Safety
    /// All of the range that it is returned for reads as zero.
    pub const unsafe fn new() -> Zeroed {
        Zeroed(())
    }
}

/// The system did not do as it was asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Refused;

impl core::fmt::Display for Refused {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("the system did not give memory, or did not take it")
    }
}

impl core::error::Error for Refused {}

/// A supplier of address space and of memory to fill it with.
///
/// The heap calls it from its slow paths only, mostly with its lock held, on whichever thread happened to need
/// memory. A method may do a system call; it must not use the heap it serves.
///
/// # Safety
/// What `reserve`, `reserve_committed` and `map` return must not overlap anything else in use, must stay reserved for the life of the
/// source, and must behave as the methods say.
pub unsafe trait PageSource {
    /// Reserves `size` bytes of address space at a multiple of `align` (a power of two), at `hint` if that is free
    /// (0: anywhere). The range must not be touched before [`commit`](Self::commit). Null when there is none.
    fn reserve(&self, hint: usize, size: usize, align: usize) -> *mut u8;

    /// Reserves `size` bytes, a multiple of 64 KiB, at `hint` if that is free, and makes all of it readable, writable and zero, as
    /// [`commit`](Self::commit) does. A source that can do so in one call saves a heap two more when it begins.
    ///
    /// # Errors
    /// [`Refused`] if there is no memory, or always: [`reserve`](Self::reserve) is asked then.
    fn reserve_committed(&self, hint: usize, size: usize) -> Result<(*mut u8, Zeroed), Refused> {
        let _ = (hint, size);
        Err(Refused)
    }

    /// Gives back a range that `reserve` or `reserve_committed` returned.
    ///
    /// # Safety
    /// Exactly a range that one of them returned, with nothing of it in use.
    unsafe fn unreserve(&self, ptr: *mut u8, size: usize);

    /// Makes part of a reservation readable, writable and zero. When it is refused, nothing of the range is to be touched,
    /// and the same may be asked again.
    ///
    /// # Errors
    /// [`Refused`] if there is no memory.
    ///
    /// # Safety
    /// The range lies in a reservation, and nothing of it was in use before; its bounds are multiples of 64 KiB.
    unsafe fn commit(&self, ptr: *mut u8, size: usize) -> Result<Zeroed, Refused>;

    /// Gives the memory of a committed range back. The range stays usable and reads as zero afterwards, at the cost
    /// of new page faults. When it is refused, each page is as it was or zero, and which is not known.
    ///
    /// # Errors
    /// [`Refused`] if the system keeps the pages.
    ///
    /// # Safety
    /// The range is committed, its contents are not needed any more, its bounds are multiples of
    /// [`granule`](Self::granule).
    unsafe fn decommit(&self, ptr: *mut u8, size: usize) -> Result<Zeroed, Refused>;

    /// The smallest size and alignment that `decommit` takes, a power of two: the page size of the system.
    fn granule(&self) -> usize;

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
#[cfg(target_os = "linux")]
#[derive(Clone, Copy, Default, Debug)]
pub struct OsPages;

#[cfg(target_os = "linux")]
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

    fn reserve_committed(&self, hint: usize, size: usize) -> Result<(*mut u8, Zeroed), Refused> {
        let p = mem::map_at(hint as *mut u8, size);
        // SAFETY: a new mapping, which reads as zero.
        if p.is_null() { Err(Refused) } else { Ok((p, unsafe { Zeroed::new() })) }
    }

    unsafe fn unreserve(&self, ptr: *mut u8, size: usize) {
        // SAFETY: a whole reservation that nothing uses.
        unsafe { mem::unmap(ptr, size) };
    }

    unsafe fn commit(&self, ptr: *mut u8, size: usize) -> Result<Zeroed, Refused> {
        // SAFETY: the range is reserved by us and not in use yet; nothing ever wrote to it, so it reads as zero.
        unsafe { if mem::map(ptr, size) { Ok(Zeroed::new()) } else { Err(Refused) } }
    }

    unsafe fn decommit(&self, ptr: *mut u8, size: usize) -> Result<Zeroed, Refused> {
        // SAFETY: the contents are not needed any more, and whole pages of the system are given; private anonymous pages
        // that the kernel took back read as zero.
        unsafe {
            match mem::unused(ptr, size) {
                Ok(()) => Ok(Zeroed::new()),
                Err(_) => Err(Refused),
            }
        }
    }

    fn granule(&self) -> usize {
        mem::page_size()
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

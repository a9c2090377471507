//! Where the allocator gets its pages: WebAssembly's linear memory, which grows at its end and never shrinks. On the host, for tests, the system's
//! allocator. The heap does not know the difference.

use crate::arch::fresh;
use goxide_alloc::os::{PageSource, Refused, Zeroed};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Fresh memory, of which so much is used as a limit says. Address space is not counted: until it is committed nothing touches it.
#[derive(Debug)]
pub struct Linear {
    left: AtomicUsize,
}

impl Linear {
    /// A source that lets `limit` bytes be used in all.
    pub const fn new(limit: usize) -> Linear {
        Linear { left: AtomicUsize::new(limit) }
    }

    /// Counts `size` bytes; false if they are more than what is left.
    fn count(&self, size: usize) -> bool {
        self.left.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(size)).is_ok()
    }
}

// SAFETY: fresh memory overlaps nothing, stays for good, is readable, writable and zero from the beginning; and it is only given out once.
unsafe impl PageSource for Linear {
    fn reserve(&self, _hint: usize, size: usize, align: usize) -> *mut u8 {
        fresh(size, align)
    }

    unsafe fn unreserve(&self, _ptr: *mut u8, _size: usize) {
        // Linear memory takes nothing back.
    }

    unsafe fn commit(&self, _ptr: *mut u8, size: usize) -> Result<Zeroed, Refused> {
        if !self.count(size) {
            return Err(Refused);
        }
        // SAFETY: the range was not in use before, so it is as it was reserved: zero.
        Ok(unsafe { Zeroed::new() })
    }

    unsafe fn decommit(&self, _ptr: *mut u8, _size: usize) -> Result<Zeroed, Refused> {
        // Linear memory takes nothing back: the pages stay as they are.
        Err(Refused)
    }

    fn granule(&self) -> usize {
        64 << 10
    }

    fn map(&self, size: usize) -> *mut u8 {
        if self.count(size) { fresh(size, 4096) } else { std::ptr::null_mut() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_zero_aligned_and_ends() {
        let source = Linear::new(3 << 20);
        let p = source.reserve(0, 1 << 20, 1 << 20);
        assert!(!p.is_null() && (p as usize).is_multiple_of(1 << 20));
        // SAFETY: a megabyte that is ours.
        assert!(unsafe { std::slice::from_raw_parts(p, 1 << 20) }.iter().all(|&b| b == 0));
        assert!(!source.map(2 << 20).is_null());
        // SAFETY: the range is ours and not in use.
        assert!(unsafe { source.commit(p, 1 << 20) }.is_ok());
        assert!(source.map(1).is_null(), "the limit is reached");
    }
}

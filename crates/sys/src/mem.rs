//! Address space from the kernel, and the fastest ways to move, clear and compare bytes. No allocator lives here.
//!
//! The byte routines are assembly (`arch`): no stack beyond the return address, and they leave alone every register
//! that the C ABI preserves. On amd64 they also leave xmm15 alone, for callers that keep a constant there, and end
//! with `vzeroupper` if they used AVX.

use core::ffi::c_void;
use core::ptr::null_mut;

use rustix::mm::{self, Advice, MapFlags, MprotectFlags, ProtFlags};

use crate::arch;

/// The page size of both architectures as this crate supports them, in bytes. `auxv::AT_PAGESZ` has the kernel's word.
pub const PAGE: usize = 4096;

/// Address space without memory, `size` bytes at a multiple of `align` (a power of two). Null if there is none.
/// Touching it faults until [`map`].
pub fn reserve(size: usize, align: usize) -> *mut u8 {
    debug_assert!(align.is_power_of_two());
    let flags = MapFlags::PRIVATE | MapFlags::NORESERVE;
    let extra = align.saturating_sub(PAGE);
    let Some(total) = size.checked_add(extra) else { return null_mut() };
    // SAFETY: a fresh mapping where the kernel likes; nothing else is there.
    let Ok(start) = (unsafe { mm::mmap_anonymous(null_mut(), total, ProtFlags::empty(), flags) }) else {
        return null_mut();
    };
    let start = start.cast::<u8>();
    let skip = start.addr().wrapping_neg() & (align - 1);
    // SAFETY: both ends lie in the mapping just made, outside of what we return.
    unsafe {
        if skip > 0 {
            unmap(start, skip);
        }
        if extra > skip {
            unmap(start.add(skip + size), extra - skip);
        }
        start.add(skip)
    }
}

/// Address space as [`reserve`] gives it, at `hint` if that is free, else wherever the kernel likes.
pub fn reserve_at(hint: *mut u8, size: usize) -> *mut u8 {
    let flags = MapFlags::PRIVATE | MapFlags::NORESERVE;
    // SAFETY: without MAP_FIXED the hint never replaces a mapping.
    match unsafe { mm::mmap_anonymous(hint.cast(), size, ProtFlags::empty(), flags) } {
        Ok(p) => p.cast(),
        Err(_) => null_mut(),
    }
}

/// Makes reserved pages readable and writable; zero where they were never touched. `false` if the kernel refuses.
///
/// # Safety
/// The pages lie in a mapping that the caller owns.
pub unsafe fn map(ptr: *mut u8, size: usize) -> bool {
    // SAFETY: ownership is the caller's promise.
    unsafe { mm::mprotect(ptr.cast(), size, MprotectFlags::READ | MprotectFlags::WRITE) }.is_ok()
}

/// Makes pages fault when touched. `false` if the kernel refuses.
///
/// # Safety
/// The pages are the caller's, and nothing will touch them that does not mean to fault.
pub unsafe fn protect(ptr: *mut u8, size: usize) -> bool {
    // SAFETY: ownership is the caller's promise.
    unsafe { mm::mprotect(ptr.cast(), size, MprotectFlags::empty()) }.is_ok()
}

/// Fresh zeroed memory, at least page aligned. Null if there is none.
pub fn map_anywhere(size: usize) -> *mut u8 {
    // SAFETY: a fresh mapping where the kernel likes.
    match unsafe { mm::mmap_anonymous(null_mut(), size, ProtFlags::READ | ProtFlags::WRITE, MapFlags::PRIVATE) } {
        Ok(p) => p.cast(),
        Err(_) => null_mut(),
    }
}

/// Gives memory and address space back.
///
/// # Safety
/// The pages are the caller's, and nothing refers to them any more.
pub unsafe fn unmap(ptr: *mut u8, size: usize) {
    // The call fails only for bad arguments, or when splitting a mapping exceeds the limit on their number; then
    // the pages stay, which harms no one.
    // SAFETY: ownership is the caller's promise.
    let _ = unsafe { mm::munmap(ptr.cast(), size) };
}

/// Gives the memory back and keeps the address space; the pages read as zero when next touched.
///
/// # Safety
/// The pages are the caller's and private, and nothing needs what is in them.
pub unsafe fn unused(ptr: *mut u8, size: usize) {
    // SAFETY: the caller's contract.
    unsafe { advise(ptr, size, Advice::LinuxDontNeed) };
}

/// Asks for huge pages behind this range.
///
/// # Safety
/// The pages lie in a mapping that the caller owns.
pub unsafe fn huge(ptr: *mut u8, size: usize) {
    // SAFETY: the caller's contract.
    unsafe { advise(ptr, size, Advice::LinuxHugepage) };
}

/// Asks for no huge pages behind this range.
///
/// # Safety
/// The pages lie in a mapping that the caller owns.
pub unsafe fn nohuge(ptr: *mut u8, size: usize) {
    // SAFETY: the caller's contract.
    unsafe { advise(ptr, size, Advice::LinuxNoHugepage) };
}

/// # Safety
/// The advice does not discard bytes that someone needs.
unsafe fn advise(ptr: *mut u8, size: usize, advice: Advice) {
    // Advice may go unheard (no huge pages in this kernel): that changes cost, not meaning.
    // SAFETY: the caller's contract.
    let _ = unsafe { mm::madvise(ptr.cast::<c_void>(), size, advice) };
}

/// Copies `n` bytes; the ranges may overlap.
///
/// # Safety
/// `src` is readable and `dst` writable for `n` bytes.
#[inline(always)]
pub unsafe fn copy(dst: *mut u8, src: *const u8, n: usize) {
    // SAFETY: the caller's contract.
    unsafe { arch::copy(dst, src, n) };
}

/// The routine behind [`copy`], for assembly that knows which registers it changes: those of C's caller that the headers of
/// `arch/amd64/bytes.rs` and `arch/arm64/bytes.rs` name, and no others.
pub use crate::arch::copy as copy_routine;

/// Sets `n` bytes to zero.
///
/// # Safety
/// `dst` is writable for `n` bytes.
#[inline(always)]
pub unsafe fn clear(dst: *mut u8, n: usize) {
    // SAFETY: the caller's contract.
    unsafe { arch::clear(dst, n) };
}

/// Sets `n` bytes to `byte`.
///
/// # Safety
/// `dst` is writable for `n` bytes.
#[inline(always)]
pub unsafe fn fill(dst: *mut u8, byte: u8, n: usize) {
    // SAFETY: the caller's contract.
    unsafe { arch::fill(dst, byte as i32, n) };
}

/// Whether `n` bytes are the same at both places.
///
/// # Safety
/// Both are readable for `n` bytes.
#[inline(always)]
pub unsafe fn equal(a: *const u8, b: *const u8, n: usize) -> bool {
    // SAFETY: the caller's contract.
    unsafe { arch::equal(a, b, n) }
}

/// Which of two runs of `n` bytes comes first: negative, zero or positive.
///
/// # Safety
/// Both are readable for `n` bytes.
#[inline(always)]
pub unsafe fn compare(a: *const u8, b: *const u8, n: usize) -> i32 {
    // SAFETY: the caller's contract.
    unsafe { arch::compare(a, b, n) }
}

/// Bytes before the first zero one.
///
/// # Safety
/// `s` is readable up to and including a zero byte.
#[inline(always)]
pub unsafe fn strlen(s: *const u8) -> usize {
    // SAFETY: the caller's contract.
    unsafe { arch::strlen(s) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserve_aligns_and_map_makes_usable() {
        let align = 1 << 22;
        let p = reserve(3 << 20, align);
        assert!(!p.is_null() && p.addr().is_multiple_of(align));
        // SAFETY: the range is ours from `reserve` until `unmap`, and written only where mapped.
        unsafe {
            assert!(map(p.add(PAGE), 2 * PAGE));
            huge(p, 3 << 20);
            nohuge(p, 3 << 20);
            let q = p.add(PAGE);
            q.write_bytes(7, 2 * PAGE);
            assert_eq!(*q.add(PAGE), 7);
            unused(q, PAGE);
            assert_eq!((*q, *q.add(PAGE)), (0, 7));
            assert!(protect(q, PAGE));
            unmap(p, 3 << 20);
            // Gone: the kernel refuses to change what is not mapped.
            assert!(!map(p, PAGE));
        }
    }

    #[test]
    fn impossible_sizes_are_null() {
        assert!(reserve(usize::MAX - PAGE, 1 << 22).is_null());
        assert!(reserve(1 << 60, PAGE).is_null());
        assert!(map_anywhere(1 << 60).is_null());
        assert!(reserve_at(null_mut(), 1 << 60).is_null());
    }

    #[test]
    fn hint_is_taken_when_free() {
        let p = reserve(1 << 20, PAGE);
        // SAFETY: ours, and untouched.
        unsafe { unmap(p, 1 << 20) };
        let q = reserve_at(p, PAGE);
        assert!(!q.is_null());
        // SAFETY: ours, and untouched.
        unsafe { unmap(q, PAGE) };
    }
}

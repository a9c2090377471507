//! Address space from the kernel, and the fastest ways to move, clear and compare bytes. No allocator lives here.
//!
//! The byte routines are assembly (`arch`): no stack beyond the return address, and they leave alone every register
//! that the C ABI preserves. On amd64 they also leave xmm15 alone, for callers that keep a constant there, and end
//! with `vzeroupper` if they used AVX.

use core::ffi::c_void;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use rustix::mm::{self, Advice, MapFlags, MprotectFlags, MremapFlags, ProtFlags};

use crate::{Errno, arch, auxv, syscall};

/// The smallest page that a kernel of either architecture uses, in bytes. What this kernel uses says [`page_size`].
pub const PAGE: usize = 4096;
/// The largest that one uses.
const MAX_PAGE: usize = 64 << 10;

/// This kernel's page size in bytes, a power of two: 4096 on amd64; 4096, 16384 or 65536 on arm64. It is what bounds and
/// sizes given to [`map`], [`protect`] and [`unused`] are multiples of. Where it is not known (no `std`, and before
/// `auxv::init`), the largest, which is right for all of these.
#[inline]
pub fn page_size() -> usize {
    match SIZE.load(Relaxed) {
        0 => ask_page_size(),
        size => size,
    }
}

static SIZE: AtomicUsize = AtomicUsize::new(0);

#[cold]
fn ask_page_size() -> usize {
    let Some(size) = auxv::get(auxv::AT_PAGESZ).filter(|n| n.is_power_of_two() && *n >= PAGE) else { return MAX_PAGE };
    SIZE.store(size, Relaxed);
    size
}

/// Address space without memory, `size` bytes at a multiple of `align`, a power of two. Null if there is none, or `align` is
/// not one. Touching it faults until [`map`], and it does not count as memory that the process may use until then.
pub fn reserve(size: usize, align: usize) -> *mut u8 {
    if !align.is_power_of_two() {
        return null_mut();
    }
    let flags = MapFlags::PRIVATE;
    let extra = align.saturating_sub(page_size());
    // A whole number of pages, so that what is cut off behind begins with one.
    let Some(size) = size.checked_next_multiple_of(page_size()) else { return null_mut() };
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
    let flags = MapFlags::PRIVATE;
    // SAFETY: without MAP_FIXED the hint never replaces a mapping.
    match unsafe { mm::mmap_anonymous(hint.cast(), size, ProtFlags::empty(), flags) } {
        Ok(p) => p.cast(),
        Err(_) => null_mut(),
    }
}

/// Makes reserved pages readable and writable; zero where they were never touched. `false` if the kernel refuses: the
/// memory is then not to be touched (a part may have become usable), and may be asked for again. The kernel's accounting
/// sees the whole size at once, so what the machine can never provide is refused here rather than when it is touched.
///
/// # Safety
/// The pages lie in a mapping that the caller owns.
#[must_use = "what was refused faults"]
pub unsafe fn map(ptr: *mut u8, size: usize) -> bool {
    // SAFETY: the pages lie in a mapping of the caller's, to which more is allowed from now on.
    unsafe { mm::mprotect(ptr.cast(), size, MprotectFlags::READ | MprotectFlags::WRITE) }.is_ok()
}

/// Makes pages fault when touched. `false` if the kernel refuses, and then they may not.
///
/// # Safety
/// The pages are the caller's, and nothing will touch them that does not mean to fault.
#[must_use = "a guard that was refused guards nothing"]
pub unsafe fn protect(ptr: *mut u8, size: usize) -> bool {
    // SAFETY: the pages may be made so: what touches them means to fault (this function's contract).
    unsafe { mm::mprotect(ptr.cast(), size, MprotectFlags::empty()) }.is_ok()
}

/// Makes pages fault when touched without cutting the mapping in pieces (`MADV_GUARD_INSTALL`, Linux 6.13): a process
/// may have any number of them, where each [`protect`]ed piece counts twice against `vm.max_map_count`. `false` if the
/// kernel cannot; an emulator's claim that it can is checked.
///
/// # Safety
/// The pages are the caller's and private, and nothing will touch them that does not mean to fault.
pub unsafe fn guard(ptr: *mut u8, size: usize) -> bool {
    const GUARD_INSTALL: usize = 102;
    const EFAULT: isize = 14;
    // SAFETY: the pages' content is the caller's to give up.
    if unsafe { syscall::raw(syscall::nr::MADVISE, ptr.addr(), size, GUARD_INSTALL, 0, 0, 0) } != 0 {
        return false;
    }
    // An emulator may take advice it does not know for a hint and report success. So the kernel is asked to read there:
    // to block the signals in the eight bytes at `ptr`, which are zero if they can be read at all.
    // SAFETY: blocks no signal, or fails.
    unsafe { syscall::raw(syscall::nr::RT_SIGPROCMASK, 0, ptr.addr(), 0, 8, 0, 0) == -EFAULT }
}

/// Fresh zeroed memory, at least page aligned. Null if there is none.
pub fn map_anywhere(size: usize) -> *mut u8 {
    map_at(null_mut(), size)
}

/// Fresh zeroed memory, at `hint` if that is free, else wherever the kernel likes. Null if there is none.
pub fn map_at(hint: *mut u8, size: usize) -> *mut u8 {
    // SAFETY: without MAP_FIXED the hint never replaces a mapping.
    match unsafe { mm::mmap_anonymous(hint.cast(), size, ProtFlags::READ | ProtFlags::WRITE, MapFlags::PRIVATE) } {
        Ok(p) => p.cast(),
        Err(_) => null_mut(),
    }
}

/// Makes the mapping of `old` bytes at `ptr` one of `new` bytes, moving its pages to where there is room and copying nothing; what is new
/// is zero. Gives the place; null if that cannot be, and then all is as it was.
///
/// # Safety
/// The mapping is the caller's, made by one call and not cut up since, and nothing refers to it any more, nor to what is in it, under its
/// old address.
pub unsafe fn remap(ptr: *mut u8, old: usize, new: usize) -> *mut u8 {
    // SAFETY: the mapping may move, and its end may go (this function's contract).
    match unsafe { mm::mremap(ptr.cast(), old, new, MremapFlags::MAYMOVE) } {
        Ok(p) => p.cast(),
        Err(_) => null_mut(),
    }
}

/// Asks for a cache line ahead of its use; any address will do.
#[inline(always)]
pub fn prefetch(p: *const u8) {
    arch::prefetch(p);
}

/// Gives memory and address space back.
///
/// # Safety
/// The pages are the caller's, and nothing refers to them any more.
pub unsafe fn unmap(ptr: *mut u8, size: usize) {
    // The call fails only for bad arguments, or when splitting a mapping exceeds the limit on their number. Then the
    // address space stays taken, and nothing relies on it, and the memory behind it goes, if the kernel lets it.
    // SAFETY: the pages belong to this call, and nothing refers to them, nor to what is in them (this function's contract).
    unsafe {
        if mm::munmap(ptr.cast(), size).is_err() {
            let _ = mm::madvise(ptr.cast::<c_void>(), size, Advice::LinuxDontNeed);
        }
    }
}

/// Gives the memory back and keeps the address space; the pages then read as zero when next touched.
///
/// The kernel refuses for pages that are locked into memory (`mlock`, `mlockall`), and for a start that is no multiple of
/// [`page_size`]. After an error each page of the range is as it was or zero, and which is not known.
///
/// # Errors
/// That of the system call: `EINVAL` for locked pages or such a start, `ENOMEM` if some of the range is not mapped.
///
/// # Safety
/// The pages are the caller's and private, and nothing needs what is in them, up to the next multiple of `page_size`.
pub unsafe fn unused(ptr: *mut u8, size: usize) -> Result<(), Errno> {
    // SAFETY: private pages of the caller's: the bytes that are discarded are not needed, up to the end of the last page.
    Ok(unsafe { mm::madvise(ptr.cast::<c_void>(), size, Advice::LinuxDontNeed) }?)
}

/// Asks for huge pages behind this range.
///
/// # Safety
/// The pages lie in a mapping that the caller owns.
pub unsafe fn huge(ptr: *mut u8, size: usize) {
    // SAFETY: a mapping that the caller owns; how large pages are changes nothing of what is in them.
    unsafe { advise(ptr, size, Advice::LinuxHugepage) };
}

/// Asks for no huge pages behind this range.
///
/// # Safety
/// The pages lie in a mapping that the caller owns.
pub unsafe fn nohuge(ptr: *mut u8, size: usize) {
    // SAFETY: a mapping that the caller owns; how large pages are changes nothing of what is in them.
    unsafe { advise(ptr, size, Advice::LinuxNoHugepage) };
}

/// # Safety
/// The pages are the caller's, and the advice changes nothing of what is in them.
unsafe fn advise(ptr: *mut u8, size: usize, advice: Advice) {
    // Advice of this kind may go unheard (no huge pages in this kernel): that changes cost, not meaning.
    // SAFETY: pages of the caller's, whose content the advice leaves alone.
    let _ = unsafe { mm::madvise(ptr.cast::<c_void>(), size, advice) };
}

/// Copies `n` bytes; the ranges may overlap.
///
/// # Safety
/// `src` is readable and `dst` writable for `n` bytes.
#[inline(always)]
pub unsafe fn copy(dst: *mut u8, src: *const u8, n: usize) {
    // SAFETY: `src` is readable and `dst` writable for `n` bytes (the caller's promise).
    unsafe { arch::copy(dst, src, n) };
}

/// The routine behind [`copy`], for assembly that knows which registers it changes: those of C's caller that the headers of
/// `arch/amd64/bytes.rs` and `arch/arm64/bytes.rs` name, and no others.
pub use crate::arch::copy as copy_routine;

/// The routine behind [`clear`], likewise.
pub use crate::arch::clear as clear_routine;

/// Sets `n` bytes to zero.
///
/// # Safety
/// `dst` is writable for `n` bytes.
#[inline(always)]
pub unsafe fn clear(dst: *mut u8, n: usize) {
    // SAFETY: `dst` is writable for `n` bytes (the caller's promise).
    unsafe { arch::clear(dst, n) };
}

/// Sets `n` bytes to `byte`.
///
/// # Safety
/// `dst` is writable for `n` bytes.
#[inline(always)]
pub unsafe fn fill(dst: *mut u8, byte: u8, n: usize) {
    // SAFETY: `dst` is writable for `n` bytes (the caller's promise).
    unsafe { arch::fill(dst, byte as i32, n) };
}

/// Whether `n` bytes are the same at both places.
///
/// # Safety
/// Both are readable for `n` bytes.
#[inline(always)]
pub unsafe fn equal(a: *const u8, b: *const u8, n: usize) -> bool {
    // SAFETY: both are readable for `n` bytes (the caller's promise).
    unsafe { arch::equal(a, b, n) }
}

/// Which of two runs of `n` bytes comes first: negative, zero or positive.
///
/// # Safety
/// Both are readable for `n` bytes.
#[inline(always)]
pub unsafe fn compare(a: *const u8, b: *const u8, n: usize) -> i32 {
    // SAFETY: both are readable for `n` bytes (the caller's promise).
    unsafe { arch::compare(a, b, n) }
}

/// Bytes before the first zero one.
///
/// # Safety
/// `s` is readable up to and including a zero byte.
#[inline(always)]
pub unsafe fn strlen(s: *const u8) -> usize {
    // SAFETY: readable up to a zero byte (the caller's promise).
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
            assert_eq!(unused(q, PAGE), Ok(()));
            assert_eq!((*q, *q.add(PAGE)), (0, 7));
            assert!(protect(q, PAGE));
            unmap(p, 3 << 20);
            // Gone: the kernel refuses to change what is not mapped.
            assert!(!map(p, PAGE));
        }
    }

    #[test]
    fn a_mapping_grows_and_shrinks_with_what_is_in_it() {
        let (small, large) = (MAX_PAGE, 64 * MAX_PAGE);
        let p = map_anywhere(small);
        assert!(!p.is_null());
        prefetch(p);
        prefetch(core::ptr::null());
        // SAFETY: ours, under the address that the last call gave.
        unsafe {
            p.write_bytes(7, small);
            let q = remap(p, small, large);
            assert!(!q.is_null());
            assert_eq!((*q, *q.add(small - 1), *q.add(small), *q.add(large - 1)), (7, 7, 0, 0));
            q.add(large - 1).write(1);
            let r = remap(q, large, small);
            assert_eq!((*r, *r.add(small - 1)), (7, 7));
            // What was given back is gone.
            assert!(!map(r.add(small), large - small));
            // A size that no machine has.
            assert!(remap(r, small, usize::MAX / 2).is_null());
            assert_eq!(*r, 7);
            unmap(r, small);
        }
    }

    #[test]
    fn a_guard_faults_and_leaves_its_neighbours_alone() {
        let p = reserve(3 * PAGE, PAGE);
        // SAFETY: ours; only pages that are not guarded are touched.
        unsafe {
            assert!(map(p, 3 * PAGE));
            if guard(p.add(PAGE), PAGE) {
                let read = |at: *mut u8| syscall::raw(syscall::nr::RT_SIGPROCMASK, 0, at.addr(), 0, 8, 0, 0);
                assert_eq!((read(p), read(p.add(PAGE)), read(p.add(2 * PAGE))), (0, -14, 0));
            }
            (*p, *p.add(2 * PAGE)) = (1, 2);
            unmap(p, 3 * PAGE);
            assert!(!guard(p, PAGE), "nothing is mapped there");
        }
    }

    #[test]
    fn a_refused_release_is_told() {
        let p = map_anywhere(2 * page_size());
        // SAFETY: ours, and written only here.
        unsafe {
            p.write_bytes(7, 2 * page_size());
            mm::mlock(p.cast(), page_size()).unwrap();
            assert_eq!(unused(p, 2 * page_size()), Err(Errno::INVAL));
            assert_eq!(*p, 7);
            mm::munlock(p.cast(), page_size()).unwrap();
            assert_eq!(unused(p, 2 * page_size()), Ok(()));
            assert_eq!(*p, 0);
            assert_eq!(unused(p.add(1), page_size()), Err(Errno::INVAL));
            unmap(p, 2 * page_size());
        }
    }

    #[test]
    fn what_the_machine_can_never_give_is_refused_as_a_whole() {
        // Reserving a tebibyte is cheap; making it usable is refused, unless the system's policy is to refuse nothing.
        let mut policy = [0; 1];
        let policy = crate::io::read_file(c"/proc/sys/vm/overcommit_memory", &mut policy).unwrap();
        let p = reserve(1 << 40, PAGE);
        assert!(!p.is_null());
        // SAFETY: ours, and not touched.
        unsafe {
            assert_eq!(map(p, 1 << 40), policy == b"1");
            unmap(p, 1 << 40);
        }
    }

    #[test]
    fn impossible_sizes_are_null() {
        assert!(reserve(PAGE, 3).is_null());
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

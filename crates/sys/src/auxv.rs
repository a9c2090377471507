//! The auxiliary vector the kernel left above the environment. Arguments and environment do not live here.

use core::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

/// Address of the program headers.
pub const AT_PHDR: usize = 3;
/// Number of program headers.
pub const AT_PHNUM: usize = 5;
/// Size of a page.
pub const AT_PAGESZ: usize = 6;
/// Entry point of the program.
pub const AT_ENTRY: usize = 9;
/// Processor features, as the architecture defines them.
pub const AT_HWCAP: usize = 16;
/// Nonzero when the program gained privileges by being executed.
pub const AT_SECURE: usize = 23;
/// Address of sixteen random bytes.
pub const AT_RANDOM: usize = 25;
/// More processor features.
pub const AT_HWCAP2: usize = 26;
/// Address of the ELF image of the vDSO.
pub const AT_SYSINFO_EHDR: usize = 33;

static BASE: AtomicPtr<[usize; 2]> = AtomicPtr::new(core::ptr::null_mut());
static LEN: AtomicUsize = AtomicUsize::new(0);

/// Remembers the vector. Call it once, first thing, with the address of the word pair after the environment's null.
///
/// # Safety
/// `auxv` points at pairs ended by one whose tag is 0, which stay readable and unchanged for the life of the process.
pub unsafe fn init(auxv: *const [usize; 2]) {
    let mut len = 0;
    // SAFETY: the vector ends with tag 0, and we stop there.
    while unsafe { (*auxv.add(len))[0] } != 0 {
        len += 1;
    }
    LEN.store(len, Ordering::Relaxed);
    // Pairs with the Acquire in `all`: a thread that sees the base sees the length.
    BASE.store(auxv.cast_mut(), Ordering::Release);
}

/// All pairs, without the end mark. Empty before [`init`].
#[inline]
pub fn all() -> &'static [[usize; 2]] {
    let base = BASE.load(Ordering::Acquire);
    if base.is_null() {
        return &[];
    }
    // SAFETY: `init` was given a vector of this length that lives as long as the process.
    unsafe { core::slice::from_raw_parts(base, LEN.load(Ordering::Relaxed)) }
}

/// The value under `tag`. In a hosted process (`std`) that never called [`init`], the C library is asked.
pub fn get(tag: usize) -> Option<usize> {
    let all = all();
    if all.is_empty() {
        return hosted(tag);
    }
    all.iter().find(|pair| pair[0] == tag).map(|pair| pair[1])
}

#[cfg(feature = "std")]
fn hosted(tag: usize) -> Option<usize> {
    unsafe extern "C" {
        fn getauxval(tag: usize) -> usize;
    }
    // SAFETY: getauxval has no precondition; std links the library that defines it.
    match unsafe { getauxval(tag) } {
        0 => None,
        value => Some(value),
    }
}

#[cfg(not(feature = "std"))]
fn hosted(_tag: usize) -> Option<usize> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_c_library_knows_the_page_size() {
        assert!(hosted(AT_PAGESZ).is_some_and(|n| n.is_power_of_two() && n >= 4096));
        assert_eq!(hosted(9999), None);
    }
}

//! Plain copies, clears and comparisons of memory, and the leave to make them.
//!
//! Memory that a program names may not be there: a pointer is nil, a mapped file was cut. Code that touches it needs an
//! [`Access`], which says how such a fault finds its goroutine. There are three ways to get one, and no other way to the
//! functions here: from [`Mem::touch`](super::Mem::touch) in an entry that runs on the system stack, from [`Access::of_leaf`] on the goroutine's
//! own stack, where the fault is found by looking, and from [`Access::of_own`] for memory that the runtime itself made.
//!
//! All copies go to the routines of `goxide-sys` and not through the compiler's memory functions: a copy may overlap, and it
//! moves aligned words whole, which a collector that runs beside it relies on.

use core::marker::PhantomData;
use goxide_sys::mem;

/// Leave to touch memory, for as long as a fault in it is provided for.
#[derive(Clone, Copy)]
pub struct Access<'a>(PhantomData<&'a ()>);

impl Access<'_> {
    /// Within a region that says to the handler of faults that it is one.
    ///
    /// # Safety
    /// Until `'a` ends, a fault on this thread is dealt with, or nothing can fault.
    #[inline(always)]
    pub const unsafe fn new() -> Self {
        Access(PhantomData)
    }

    /// In a leaf entry: the handler finds the goroutine by the stack that the fault happened on.
    ///
    /// # Safety
    /// The code runs on a goroutine's stack in compiled code's place, with nothing locked and nothing half done.
    #[inline(always)]
    pub const unsafe fn of_leaf() -> Self {
        Access(PhantomData)
    }

    /// For memory that the runtime made, or has read before: it is there.
    ///
    /// # Safety
    /// The memory that is touched with it is there: the runtime made it, or has read it before.
    #[inline(always)]
    pub const unsafe fn of_own() -> Self {
        Access(PhantomData)
    }
}

/// Copies `n` bytes; the ranges may overlap.
///
/// # Safety
/// `src` is readable and `dst` writable for `n` bytes, if the program's pointer is right.
#[inline(always)]
pub unsafe fn copy(_: Access<'_>, dst: *mut u8, src: *const u8, n: usize) {
    // SAFETY: `src` is readable and `dst` writable for `n` bytes (this function's contract); should the program's pointer
    // be wrong, the access provides for the fault.
    unsafe { mem::copy(dst, src, n) }
}

/// [`copy`] for what is likely to be short: up to 32 bytes without a call. Everything is read before anything is written.
///
/// # Safety
/// As for [`copy`]; no collector looks at what is copied.
#[inline(always)]
pub unsafe fn copy_short(by: Access<'_>, dst: *mut u8, src: *const u8, n: usize) {
    // SAFETY: `src` is readable and `dst` writable for `n` bytes, if the program's pointer is right (this function's contract), and each
    // access lies within them, aligned or not: a pair may overlap where there are fewer bytes than two of its size.
    unsafe {
        macro_rules! pair {
            ($word:ty) => {{
                let last = n - size_of::<$word>();
                let (a, b) = (src.cast::<$word>().read_unaligned(), src.add(last).cast::<$word>().read_unaligned());
                dst.cast::<$word>().write_unaligned(a);
                dst.add(last).cast::<$word>().write_unaligned(b);
            }};
        }
        match n {
            16..=32 => pair!(u128),
            8..16 => pair!(u64),
            4..8 => pair!(u32),
            1..4 => {
                let (a, b, c) = (*src, *src.add(n / 2), *src.add(n - 1));
                *dst = a;
                *dst.add(n / 2) = b;
                *dst.add(n - 1) = c;
            }
            0 => {}
            _ => copy(by, dst, src, n),
        }
    }
}

/// Clears `n` bytes.
///
/// # Safety
/// `p` is writable for `n` bytes, if the program's pointer is right.
#[inline(always)]
pub unsafe fn clear(_: Access<'_>, p: *mut u8, n: usize) {
    // SAFETY: `p` is writable for `n` bytes (this function's contract); should the program's pointer be wrong, the access
    // provides for the fault.
    unsafe { mem::clear(p, n) }
}

/// Whether `n` bytes are the same.
///
/// # Safety
/// Both are readable for `n` bytes, if the program's pointer is right.
#[inline(always)]
pub unsafe fn equal(_: Access<'_>, a: *const u8, b: *const u8, n: usize) -> bool {
    // SAFETY: both are readable for `n` bytes (this function's contract); should the program's pointer be wrong, the access
    // provides for the fault.
    unsafe { a == b || mem::equal(a, b, n) }
}

/// Whether two values of `T`'s size are the same bytes; they need not be aligned.
///
/// # Safety
/// Both are readable for `size_of::<T>()` bytes, if the program's pointer is right.
#[inline(always)]
pub unsafe fn equal_as<T: Copy + PartialEq>(_: Access<'_>, a: *const u8, b: *const u8) -> bool {
    // SAFETY: both are readable for the size of `T` (this function's contract), aligned or not; should the program's
    // pointer be wrong, the access provides for the fault.
    unsafe { a.cast::<T>().read_unaligned() == b.cast::<T>().read_unaligned() }
}

/// [`equal`] for what is likely to be short: up to 32 bytes without a call.
///
/// # Safety
/// Both are readable for `n` bytes, if the program's pointer is right.
#[inline(always)]
pub unsafe fn equal_short(by: Access<'_>, a: *const u8, b: *const u8, n: usize) -> bool {
    // SAFETY: both are readable for `n` bytes, if the program's pointer is right (this function's contract), and each read lies within
    // them, aligned or not: a pair of words may overlap where there are fewer bytes than two of them.
    unsafe {
        if n >= 8 {
            let differ = |at: usize| a.add(at).cast::<u64>().read_unaligned() ^ b.add(at).cast::<u64>().read_unaligned();
            if differ(0) | differ(n - 8) != 0 {
                return false;
            }
            n <= 16 || if n <= 32 { differ(8) | differ(n - 16) == 0 } else { equal(by, a, b, n) }
        } else if n >= 4 {
            let differ = |at: usize| a.add(at).cast::<u32>().read_unaligned() ^ b.add(at).cast::<u32>().read_unaligned();
            differ(0) | differ(n - 4) == 0
        } else {
            n == 0 || (*a ^ *b) | (*a.add(n / 2) ^ *b.add(n / 2)) | (*a.add(n - 1) ^ *b.add(n - 1)) == 0
        }
    }
}

/// The bytes at `p`, to be looked at while the access lasts.
///
/// # Safety
/// `p` is readable for `n` bytes, if the program's pointer is right; nothing writes them while the access lasts.
#[inline(always)]
pub unsafe fn bytes<'a>(_: Access<'a>, p: *const u8, n: usize) -> &'a [u8] {
    // SAFETY: `p` is readable for `n` bytes, which nothing writes for `'a` (this function's contract); should the program's
    // pointer be wrong, the access, which lasts for `'a`, provides for the fault. Of no bytes the address does not matter.
    if n == 0 { &[] } else { unsafe { core::slice::from_raw_parts(p, n) } }
}

/// Looks at one byte of every page of a range: what is not there faults here rather than where it is used.
///
/// # Safety
/// `p` is readable for `n` bytes, if the program's pointer is right.
#[inline]
pub unsafe fn probe(_: Access<'_>, p: *const u8, n: usize) {
    const PAGE: usize = 4096;
    let mut at = 0;
    while at < n {
        // SAFETY: `p` is readable for `n` bytes, of which `at` is one (this function's contract); should the program's
        // pointer be wrong, the access provides for the fault. Volatile, since the value is not used.
        unsafe { core::ptr::read_volatile(p.add(at)) };
        at += PAGE - (p as usize + at) % PAGE;
    }
}

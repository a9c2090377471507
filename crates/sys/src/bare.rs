//! What there is without Linux: locks whose waiters spin, and the byte routines. So the crates above run where there is no kernel to
//! ask, as in a browser; memory, threads, clocks and signals are their embedder's there.

use core::ops::Deref;
use core::sync::atomic::AtomicU32;

/// A word to wait at. Nothing sleeps: a waiter is back at once and looks again, so it burns its processor until the word changes.
#[repr(transparent)]
#[derive(Debug)]
pub struct Futex(pub AtomicU32);

impl Futex {
    /// A word holding `value`.
    pub const fn new(value: u32) -> Futex {
        Futex(AtomicU32::new(value))
    }

    /// Pauses for a moment, for no reason.
    pub fn wait(&self, _expected: u32, _ns: i64) {
        core::hint::spin_loop();
    }

    /// Does nothing: waiters look by themselves.
    pub fn wake(&self, _n: u32) {}
}

impl Deref for Futex {
    type Target = AtomicU32;
    #[inline(always)]
    fn deref(&self) -> &AtomicU32 {
        &self.0
    }
}

/// What is known of processors: nothing.
pub mod cpu {
    /// Whether another processor can be about to unlock: it is taken for granted, since a waiter cannot sleep.
    pub const fn many() -> bool {
        true
    }
}

/// The byte routines, as the compiler has them.
pub mod mem {
    /// Copies `n` bytes; the ranges may overlap.
    ///
    /// # Safety
    /// `src` is readable and `dst` writable for `n` bytes.
    #[inline(always)]
    pub unsafe fn copy(dst: *mut u8, src: *const u8, n: usize) {
        // SAFETY: `src` is readable and `dst` writable for `n` bytes (this function's contract).
        unsafe { core::ptr::copy(src, dst, n) };
    }

    /// Sets `n` bytes to zero.
    ///
    /// # Safety
    /// `dst` is writable for `n` bytes.
    #[inline(always)]
    pub unsafe fn clear(dst: *mut u8, n: usize) {
        // SAFETY: `dst` is writable for `n` bytes (this function's contract).
        unsafe { core::ptr::write_bytes(dst, 0, n) };
    }
}

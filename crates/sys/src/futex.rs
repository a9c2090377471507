//! One word that threads can sleep on: the kernel's futex, or, under loom, its model. Protocols over it live in
//! `lock` and `note`.

#[cfg(not(loom))]
pub use real::Futex;

#[cfg(loom)]
pub use crate::loom::Futex;

#[cfg(not(loom))]
mod real {
    use core::sync::atomic::AtomicU32;

    use rustix::thread::futex;

    use crate::time::Timespec;

    /// An atomic word with `wait` and `wake`. Four bytes; private to the process.
    #[repr(transparent)]
    #[derive(Debug)]
    pub struct Futex(pub AtomicU32);

    impl Futex {
        /// A word holding `value`.
        pub const fn new(value: u32) -> Futex {
            Futex(AtomicU32::new(value))
        }

        /// Sleeps if the word is `expected`, until woken, `ns` nanoseconds have passed (forever if negative), a
        /// signal came, or for no reason.
        pub fn wait(&self, expected: u32, ns: i64) {
            let ts = Timespec::from_nanos(ns);
            let ts = futex::Timespec { tv_sec: ts.sec, tv_nsec: ts.nsec as _ };
            // Every outcome (woken, changed, timed out, interrupted) is answered alike: the caller looks again.
            let _ = futex::wait(&self.0, futex::Flags::PRIVATE, expected, (ns >= 0).then_some(&ts));
        }

        /// Wakes up to `n` sleepers.
        pub fn wake(&self, n: u32) {
            let _ = futex::wake(&self.0, futex::Flags::PRIVATE, n);
        }
    }

    impl core::ops::Deref for Futex {
        type Target = AtomicU32;
        #[inline(always)]
        fn deref(&self) -> &AtomicU32 {
            &self.0
        }
    }
}

//! What the processor can do and how many of them we may use. Limits set by cgroups do not live here.

use core::sync::atomic::{AtomicU32, Ordering};

use crate::arch::nr;
pub use crate::features::Features;

/// Set in the cached word once detection has run, so that a processor with no feature is not asked twice.
const KNOWN: u32 = 1 << 31;

static BITS: AtomicU32 = AtomicU32::new(0);

/// Asks the processor once. Needed only to pay the cost at a known moment; [`features()`] does it on demand.
#[cold]
pub fn init() -> Features {
    let bits = crate::arch::detect() | KNOWN;
    // Relaxed: every thread that races here computes and stores the same word.
    BITS.store(bits, Ordering::Relaxed);
    Features::from_bits(bits)
}

/// What this processor can do.
#[inline]
pub fn features() -> Features {
    let bits = BITS.load(Ordering::Relaxed);
    if bits & KNOWN == 0 { init() } else { Features::from_bits(bits) }
}

/// On how many processors this thread may run, at least 1. One system call: keep the answer.
pub fn count_from_affinity() -> usize {
    // Enough for most kernels. One that was built for more processors refuses, and is asked again.
    affinity::<16>().or_else(many_affinity).unwrap_or(1).max(1)
}

/// For as many processors as the kernel can be built for, 64 Ki; 8 KiB of stack.
#[cold]
#[inline(never)]
fn many_affinity() -> Option<usize> {
    affinity::<1024>()
}

/// Bits in the affinity mask, if `WORDS` words have room for it.
#[inline(always)]
fn affinity<const WORDS: usize>() -> Option<usize> {
    let mut mask = [0usize; WORDS];
    // SAFETY: the kernel writes at most the given number of bytes into `mask`.
    let ret =
        unsafe { crate::syscall::raw(nr::SCHED_GETAFFINITY, 0, size_of_val(&mask), mask.as_mut_ptr().addr(), 0, 0, 0) };
    let bytes = crate::Errno::check(ret).ok()?;
    let n: u32 = mask[..bytes / size_of::<usize>()].iter().map(|word| word.count_ones()).sum();
    Some(n as usize)
}

/// Whether spinning can help: more than one processor. Cached.
#[inline]
pub(crate) fn many() -> bool {
    static MANY: AtomicU32 = AtomicU32::new(0);
    match MANY.load(Ordering::Relaxed) {
        0 => {
            let many = count_from_affinity() > 1;
            MANY.store(1 + many as u32, Ordering::Relaxed);
            many
        }
        n => n == 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_what_std_counts() {
        let std = std::thread::available_parallelism().unwrap().get();
        // std also looks at cgroup quotas, so it may say less.
        assert!(count_from_affinity() >= std);
        assert_eq!(many(), count_from_affinity() > 1);
    }

    #[test]
    fn features_are_stable() {
        assert_eq!(features(), init());
        assert_eq!(features(), features());
    }
}

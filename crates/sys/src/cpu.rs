//! What the processor can do and how many of them we may use. Limits set by cgroups do not live here.

use core::sync::atomic::{AtomicU32, Ordering};

use crate::arch::nr;

macro_rules! features {
    ($($(#[$doc:meta])* $name:ident = $bit:literal,)*) => {
        /// Instruction sets that are present and that the kernel lets us use. A field of another architecture is `false`.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
        pub struct Features {
            $($(#[$doc])* pub $name: bool,)*
        }

        /// The bit that stands for each field of [`Features`] in the cached word.
        #[allow(dead_code, non_upper_case_globals, reason = "each architecture uses its own half")]
        pub(crate) mod bit {
            $(pub const $name: u32 = 1 << $bit;)*
        }

        impl Features {
            #[inline(always)]
            fn from_bits(bits: u32) -> Features {
                Features { $($name: bits & (1 << $bit) != 0,)* }
            }
        }
    };
}

features! {
    /// AES rounds (both architectures).
    aes = 0,
    /// SSSE3 (amd64).
    ssse3 = 1,
    /// SSE4.1 (amd64).
    sse41 = 2,
    /// SSE4.2 (amd64).
    sse42 = 3,
    /// POPCNT (amd64).
    popcnt = 4,
    /// Fused multiply-add (amd64).
    fma = 5,
    /// AVX, with its state saved by the kernel (amd64).
    avx = 6,
    /// AVX2, with its state saved by the kernel (amd64).
    avx2 = 7,
    /// BMI1 (amd64).
    bmi1 = 8,
    /// BMI2 (amd64).
    bmi2 = 9,
    /// Fast `rep movsb` (amd64).
    erms = 10,
    /// ADX (amd64).
    adx = 11,
    /// The kernel saves extended state (amd64).
    os_xsave = 12,
    /// Carry-less multiplication (both: PCLMULQDQ, PMULL).
    pclmulqdq = 13,
    /// RDTSCP (amd64).
    rdtscp = 14,
    /// SSE3 (amd64).
    sse3 = 15,
    /// AVX-512 foundation, with its state saved by the kernel (amd64).
    avx512f = 16,
    /// Single-instruction atomics, LSE (arm64).
    atomics = 17,
    /// SHA-1 instructions (both).
    sha1 = 18,
    /// SHA-256 instructions (both).
    sha2 = 19,
    /// SHA-512 instructions (arm64).
    sha512 = 20,
    /// CRC-32 instructions (arm64).
    crc32 = 21,
}

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
    let ret = unsafe {
        crate::syscall::raw(nr::SCHED_GETAFFINITY, 0, size_of_val(&mask), mask.as_mut_ptr().addr(), 0, 0, 0)
    };
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

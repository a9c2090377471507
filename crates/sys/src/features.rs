//! The names of what a processor can do, and the bit that stands for each. How it is found out is in `arch`, when in `cpu`.

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
            pub(crate) fn from_bits(bits: u32) -> Features {
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

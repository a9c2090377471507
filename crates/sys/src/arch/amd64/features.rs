//! amd64: what `cpuid` tells of the processor.

use core::arch::asm;
use core::arch::x86_64::{__cpuid_count, CpuidResult};

use crate::features::bit;

/// Bits of what `cpuid` reports, with the AVX family only if the kernel saves its state.
///
/// Under a hypervisor each `cpuid` takes microseconds, so no more are executed than needed: extended states (OSXSAVE)
/// come with leaf 13, so there is a leaf 7 too. Whether there is RDTSCP stands in a leaf of its own, and nothing uses that.
pub(super) fn found() -> u32 {
    let mut bits = 0;
    let mut put = |have: bool, bit: u32| bits |= if have { bit } else { 0 };
    let l1 = cpuid(1);
    let os_xsave = l1.ecx >> 27 & 1 == 1;
    let l7b = if os_xsave || cpuid(0).eax >= 7 { cpuid(7).ebx } else { 0 };
    let (c, d7) = (|n: u32| l1.ecx >> n & 1 == 1, |n: u32| l7b >> n & 1 == 1);
    let xcr0 = if os_xsave { xgetbv() } else { 0 };
    let ymm = xcr0 & 0b110 == 0b110;
    put(c(0), bit::sse3);
    put(c(1), bit::pclmulqdq);
    put(c(9), bit::ssse3);
    put(c(12) && ymm, bit::fma);
    put(c(19), bit::sse41);
    put(c(20), bit::sse42);
    put(c(23), bit::popcnt);
    put(c(25), bit::aes);
    put(os_xsave, bit::os_xsave);
    put(c(28) && ymm, bit::avx);
    put(d7(3), bit::bmi1);
    put(d7(5) && ymm, bit::avx2);
    put(d7(8), bit::bmi2);
    put(d7(9), bit::erms);
    put(d7(16) && xcr0 & 0b1110_0110 == 0b1110_0110, bit::avx512f);
    put(d7(19), bit::adx);
    put(d7(29), bit::sha1 | bit::sha2);
    bits
}

/// A leaf of `cpuid`, its part 0 where it has parts.
fn cpuid(leaf: u32) -> CpuidResult {
    // SAFETY: every x86-64 processor has the instruction; it only reads, and answers any leaf with something.
    // (A safe function since Rust 1.94; the crate's least is older.)
    #[allow(unused_unsafe, reason = "needed by older compilers")]
    unsafe {
        __cpuid_count(leaf, 0)
    }
}

/// Which extended states the kernel saves. Only where `cpuid` says OSXSAVE.
fn xgetbv() -> u64 {
    let (lo, hi): (u32, u32);
    // SAFETY: OSXSAVE is set, so the instruction is there; it only reads.
    unsafe { asm!("xgetbv", in("ecx") 0, out("eax") lo, out("edx") hi, options(nomem, nostack, preserves_flags)) };
    (hi as u64) << 32 | lo as u64
}

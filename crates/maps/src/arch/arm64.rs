//! NEON search of control bytes, rounds of the AES extension.
use crate::rounds::Block;
use core::arch::aarch64::*;

/// log2 of the mask bits per slot.
pub const SHIFT: u32 = 3;
/// The bits of a mask.
pub const MASK: u64 = crate::control::FULL;

/// The high bit of each control byte that equals the lowest byte of `byte`.
///
/// # Safety
/// `ctrl` points to a control word.
#[inline(always)]
pub unsafe fn match_byte(ctrl: *const u64, byte: u32) -> u64 {
    // SAFETY: eight bytes are readable; NEON is part of the architecture's baseline.
    unsafe {
        let equal = vceq_u8(vld1_u8(ctrl.cast()), vdup_n_u8(byte as u8));
        vget_lane_u64::<0>(vreinterpret_u64_u8(equal)) & MASK
    }
}

pub use crate::group::generic::has_zero;

/// Asks for a cache line ahead of its use; any address will do.
#[inline(always)]
pub fn prefetch(p: *const u8) {
    // SAFETY: a hint: it never faults.
    unsafe { core::arch::asm!("prfm pldl1keep, [{}]", in(reg) p, options(nostack, readonly, preserves_flags)) }
}

/// Sixteen bytes in a vector register.
#[derive(Clone, Copy)]
pub struct AesBlock(uint8x16_t);

// SAFETY: `round` is the AES encryption round of the trait's contract.
unsafe impl Block for AesBlock {
    #[inline(always)]
    unsafe fn load(p: *const u8) -> Self {
        // SAFETY: sixteen bytes at `p` are readable (the trait's contract), aligned or not.
        AesBlock(unsafe { vld1q_u8(p) })
    }
    #[inline(always)]
    fn words(lo: u64, hi: u64) -> Self {
        // SAFETY: NEON is part of the baseline.
        AesBlock(unsafe { vreinterpretq_u8_u64(vcombine_u64(vcreate_u64(lo), vcreate_u64(hi))) })
    }
    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        // SAFETY: NEON is part of the baseline.
        AesBlock(unsafe { veorq_u8(self.0, other.0) })
    }
    #[inline]
    #[target_feature(enable = "aes")]
    unsafe fn round(self, key: Self) -> Self {
        // AESE adds its key before the substitution, so it gets none, and the round key is added last.
        AesBlock(veorq_u8(vaesmcq_u8(vaeseq_u8(self.0, vdupq_n_u8(0))), key.0))
    }
    #[inline(always)]
    fn low(self) -> u64 {
        // SAFETY: NEON is part of the baseline.
        unsafe { vgetq_lane_u64::<0>(vreinterpretq_u64_u8(self.0)) }
    }
}

/// The long-input hash with AES instructions.
///
/// # Safety
/// As `rounds::blocks`, and the processor has the AES extension.
#[target_feature(enable = "neon,aes")]
pub unsafe fn hash_aes(p: *const u8, len: usize, seed: u64, keys: &[u64; crate::rounds::KEY_WORDS]) -> u64 {
    // SAFETY: `len` bytes at `p` are readable, more than 16, and the processor has the AES extension (this function's
    // contract), which is all that the block needs.
    unsafe { crate::rounds::blocks::<AesBlock>(p, len, seed, keys) }
}

/// Whether this processor has AES instructions.
#[cfg(test)]
pub fn aes_detected() -> bool {
    std::arch::is_aarch64_feature_detected!("aes")
}

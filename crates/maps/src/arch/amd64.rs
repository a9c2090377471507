//! SSE2 search of control bytes, AES-NI rounds.
use crate::rounds::Block;
use core::arch::x86_64::*;

/// log2 of the mask bits per slot.
pub const SHIFT: u32 = 0;
/// The bits of a mask; others mean nothing.
pub const MASK: u64 = 0xff;

/// One bit for each control byte that equals the lowest byte of `byte`, which must be a full one (`0x80` or above).
///
/// # Safety
/// `ctrl` points to a control word.
#[inline(always)]
pub unsafe fn match_byte(ctrl: *const u64, byte: u32) -> u64 {
    // SAFETY: eight bytes are readable; SSE2 is part of the architecture's baseline.
    unsafe {
        let byte = _mm_cvtsi32_si128(byte as i32);
        // The upper halves of both are zero: the bits for these are not of the mask.
        let bytes = _mm_shufflelo_epi16::<0>(_mm_unpacklo_epi8(byte, byte));
        _mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadl_epi64(ctrl.cast()), bytes)) as u32 as u64
    }
}

/// Whether one of the control bytes is zero.
///
/// # Safety
/// `ctrl` points to a control word.
#[inline(always)]
pub unsafe fn has_zero(ctrl: *const u64) -> bool {
    // SAFETY: eight bytes are readable; SSE2 is part of the architecture's baseline. The upper eight bytes are not asked for.
    unsafe { _mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadl_epi64(ctrl.cast()), _mm_setzero_si128())) as u8 != 0 }
}

/// Asks for a cache line ahead of its use; any address will do.
#[inline(always)]
pub fn prefetch(p: *const u8) {
    // SAFETY: a hint: it never faults.
    unsafe { _mm_prefetch::<_MM_HINT_T0>(p.cast()) }
}

/// Sixteen bytes in a vector register.
#[derive(Clone, Copy)]
pub struct AesBlock(__m128i);

// SAFETY: `round` is the AES encryption round of the trait's contract.
unsafe impl Block for AesBlock {
    #[inline(always)]
    unsafe fn load(p: *const u8) -> Self {
        // SAFETY: sixteen bytes at `p` are readable (the trait's contract), aligned or not.
        AesBlock(unsafe { _mm_loadu_si128(p.cast()) })
    }
    #[inline(always)]
    fn words(lo: u64, hi: u64) -> Self {
        // SAFETY: SSE2 is part of the baseline.
        AesBlock(unsafe { _mm_set_epi64x(hi as i64, lo as i64) })
    }
    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        // SAFETY: SSE2 is part of the baseline.
        AesBlock(unsafe { _mm_xor_si128(self.0, other.0) })
    }
    #[inline]
    #[target_feature(enable = "aes")]
    unsafe fn round(self, key: Self) -> Self {
        AesBlock(_mm_aesenc_si128(self.0, key.0))
    }
    #[inline(always)]
    fn low(self) -> u64 {
        // SAFETY: SSE2 is part of the baseline.
        unsafe { _mm_cvtsi128_si64(self.0) as u64 }
    }
}

/// The long-input hash with AES instructions.
///
/// # Safety
/// As `rounds::blocks`, and the processor has AES-NI.
#[target_feature(enable = "aes")]
pub unsafe fn hash_aes(p: *const u8, len: usize, seed: u64, keys: &[u64; crate::rounds::KEY_WORDS]) -> u64 {
    // SAFETY: `len` bytes at `p` are readable, more than 16, and the processor has AES-NI (this function's contract), which
    // is all that the block needs.
    unsafe { crate::rounds::blocks::<AesBlock>(p, len, seed, keys) }
}

/// Whether this processor has AES instructions.
#[cfg(test)]
pub fn aes_detected() -> bool {
    std::is_x86_feature_detected!("aes")
}

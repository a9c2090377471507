//! Random numbers from the thread's two generators.

use crate::state::m;

/// 64 random bits from the thread's generator.
#[inline]
pub fn fastrand64() -> u64 {
    // SAFETY: this thread's descriptor.
    unsafe { u64::from((*m()).random()) << 32 | u64::from((*m()).random()) }
}

/// A random number below `n`.
#[inline]
pub fn random_below(n: u32) -> u32 {
    // SAFETY: this thread's descriptor.
    ((u64::from(unsafe { (*m()).random() }) * u64::from(n)) >> 32) as u32
}

/// 64 random bits for a hash's seed, from a generator whose numbers are never seen.
#[inline]
pub fn hash_seed() -> u64 {
    // SAFETY: this thread's descriptor.
    unsafe { u64::from((*m()).random_hidden()) << 32 | u64::from((*m()).random_hidden()) }
}

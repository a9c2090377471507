//! Heap-profile sampling that costs the fast path nothing.
//!
//! A profile wants one object per so many bytes on average, each byte with the same chance: a Poisson process. That has no
//! memory, so it may be drawn anew at any time and for each size class by itself. A cache draws *in advance*: whenever it
//! fills a slot with the free objects of a word, it decides which of them is the next sample, and shows the fast path those
//! in front of it only. The sample itself is handed out by the slow path, which says so
//! ([`Slow::sample`](crate::cache::Slow::sample)). With a mean of one byte every object is a sample, and the fast path sees none.
//!
//! The mean is the embedder's, who may have a variable watched ([`Cache::watch_mean`](crate::Cache::watch_mean)): when it has
//! changed, the fast path finds nothing more once the word that it works on is used up.

use core::sync::atomic::{AtomicIsize, Ordering::Relaxed};

/// No sample among the next objects.
pub(crate) const NEVER: u32 = u32::MAX;

/// A cache's part in sampling. All bytes zero: off.
#[repr(C)]
pub(crate) struct Sampling {
    /// Mean bytes between samples; 0: no samples, 1: every object.
    mean: usize,
    random: u64,
    /// Where the embedder keeps the mean, or null.
    watched: *const AtomicIsize,
    /// Everything is to be drawn anew.
    pub(crate) stale: bool,
}

impl Sampling {
    pub(crate) const OFF: Sampling = Sampling { mean: 0, random: 0, watched: core::ptr::null(), stale: false };

    /// As `Cache::watch_mean`.
    ///
    /// # Safety
    /// As there.
    pub(crate) unsafe fn watch(&mut self, mean: *const AtomicIsize, seed: u64) {
        self.watched = mean;
        self.random = seed | 1;
        self.stale = true;
    }

    #[inline]
    pub(crate) fn is_watching(&self) -> bool {
        !self.watched.is_null()
    }

    /// Whether the embedder's mean is another than the one that was drawn with.
    #[inline]
    pub(crate) fn has_changed(&self) -> bool {
        // SAFETY: null, or valid forever (the promise of `watch`).
        self.stale || unsafe { self.watched.as_ref() }.is_some_and(|m| m.load(Relaxed).max(0) as usize != self.mean)
    }

    /// Takes the embedder's mean over.
    pub(crate) fn renew(&mut self) {
        // SAFETY: null, or valid forever (the promise of `watch`).
        self.mean = unsafe { self.watched.as_ref() }.map_or(0, |m| m.load(Relaxed).max(0) as usize);
        self.stale = false;
    }

    /// How many objects of `size` bytes come before the next sample.
    pub(crate) fn draw(&mut self, size: usize) -> u32 {
        match self.mean {
            0 => NEVER,
            1 => 0,
            mean => {
                let bytes = exponential(self.next()) * mean as f64;
                (bytes / size as f64).min(f64::from(NEVER)) as u32
            }
        }
    }

    fn next(&mut self) -> u64 {
        // xorshift64*: three shifts and a multiplication.
        self.random ^= self.random >> 12;
        self.random ^= self.random << 25;
        self.random ^= self.random >> 27;
        self.random.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }
}

/// Splits free objects: the first `n` of them, and the others.
#[inline]
pub(crate) fn split(free: u64, n: u32) -> (u64, u64) {
    let mut rest = free;
    for _ in 0..n.min(64) {
        rest &= rest.wrapping_sub(1);
    }
    (free & !rest, rest)
}

/// An exponentially distributed number of mean 1 from a uniformly distributed word: minus the logarithm of the word as a
/// fraction.
fn exponential(word: u64) -> f64 {
    let word = word | 1;
    let zeros = word.leading_zeros();
    // word = mantissa * 2^-(zeros+1), 1 <= mantissa < 2.
    let mantissa = (word << zeros) as f64 / (1u64 << 63) as f64;
    // ln m = 2 artanh((m-1)/(m+1)); the argument is at most a third, so that a few terms do.
    let t = (mantissa - 1.0) / (mantissa + 1.0);
    let t2 = t * t;
    let ln = 2.0 * t * (1.0 + t2 * (1.0 / 3.0 + t2 * (1.0 / 5.0 + t2 * (1.0 / 7.0 + t2 / 9.0))));
    f64::from(zeros + 1) * core::f64::consts::LN_2 - ln
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_logarithm_is_one() {
        for word in [1, 2, 3, u64::MAX, 1 << 63, (1 << 63) + 12345, 0x1234_5678_9abc_def0, u64::MAX / 3] {
            let expected = -((word | 1) as f64 / 2f64.powi(64)).ln();
            assert!((exponential(word) - expected).abs() < 1e-5, "{word:x}: {} {expected}", exponential(word));
            assert!(exponential(word) >= -1e-9);
        }
    }

    #[test]
    fn each_byte_has_the_same_chance() {
        let mut s = Sampling { mean: 4096, random: 88_172_645_463_325_252, ..Sampling::OFF };
        for size in [8, 64, 1024, 32768] {
            let (mut objects, draws) = (0u64, 200_000);
            for _ in 0..draws {
                objects += u64::from(s.draw(size)) + 1;
            }
            // An object is a sample if any of its bytes is.
            let chance = 1.0 - (-(size as f64) / 4096.0).exp();
            let seen = f64::from(draws) / objects as f64;
            assert!((seen / chance - 1.0).abs() < 0.02, "{size}: {seen} for {chance}");
        }
    }

    #[test]
    fn extremes() {
        let mut s = Sampling::OFF;
        assert_eq!(s.draw(8), NEVER);
        s.mean = 1;
        assert_eq!(s.draw(8), 0);
        (s.mean, s.random) = (usize::MAX, 1);
        assert!(s.draw(8) > 1 << 30);
    }

    #[test]
    fn splitting() {
        assert_eq!(split(0b1101_0110, 0), (0, 0b1101_0110));
        assert_eq!(split(0b1101_0110, 3), (0b1_0110, 0b1100_0000));
        assert_eq!(split(0b1101_0110, 5), (0b1101_0110, 0));
        assert_eq!(split(u64::MAX, 64), (u64::MAX, 0));
        assert_eq!(split(1 << 63, NEVER), (1 << 63, 0));
    }
}

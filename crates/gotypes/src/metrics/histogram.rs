//! Go's two histograms: of durations, and of objects by size class.
//!
//! A duration's bucket is found from its highest bit and the two bits below that, so that a bucket is at most a quarter of its
//! value wide. Durations below 256 ns share four buckets; there is one more for those below zero, and one for those of a day and
//! a half, about, and more.

use core::sync::atomic::{AtomicU64, Ordering::Relaxed};
use goxide_alloc::size_class::{CLASSES, SIZES};

/// Bits of the smallest duration that has buckets of its own power of two.
const MIN_BITS: u32 = 9;
/// Bits of the first duration that is too long.
const MAX_BITS: u32 = 48;
/// Buckets per power of two: the next two bits.
const PARTS: usize = 4;
const PART_BITS: u32 = 2;
const POWERS: usize = (MAX_BITS - MIN_BITS + 1) as usize;

/// Buckets of a histogram of durations.
pub const TIME_BUCKETS: usize = POWERS * PARTS + 2;
/// Buckets of a histogram of sizes: one per class, and one for large objects.
pub const SIZE_BUCKETS: usize = CLASSES;

/// Bounds of the buckets of durations, in seconds.
pub static TIME_BOUNDS: [f64; TIME_BUCKETS + 1] = {
    let mut b = [0.0; TIME_BUCKETS + 1];
    b[0] = f64::NEG_INFINITY;
    let mut power = 0;
    while power < POWERS {
        let mut part = 0;
        while part < PARTS {
            let shift = MIN_BITS - 1 - PART_BITS;
            let nanos = match power {
                0 => (part as u64) << shift,
                _ => ((PARTS + part) as u64) << (shift + power as u32 - 1),
            };
            b[power * PARTS + part + 1] = nanos as f64 / 1e9;
            part += 1;
        }
        power += 1;
    }
    b[TIME_BUCKETS - 1] = (1u64 << (MAX_BITS - 1)) as f64 / 1e9;
    b[TIME_BUCKETS] = f64::INFINITY;
    b
};

/// Bounds of the buckets of sizes, in bytes: a class has the sizes from one more than the class before.
pub static SIZE_BOUNDS: [f64; SIZE_BUCKETS + 1] = {
    let mut b = [1.0; SIZE_BUCKETS + 1];
    let mut class = 1;
    while class < CLASSES {
        b[class] = (SIZES[class] + 1) as f64;
        class += 1;
    }
    b[SIZE_BUCKETS] = f64::INFINITY;
    b
};

/// A histogram of durations that many threads add to.
pub struct Durations([AtomicU64; TIME_BUCKETS]);

impl Durations {
    /// Nothing yet. All its bytes are zero.
    pub const fn new() -> Durations {
        Durations([const { AtomicU64::new(0) }; TIME_BUCKETS])
    }

    /// Counts a duration.
    #[inline]
    pub fn record(&self, nanos: i64) {
        self.0[bucket(nanos)].fetch_add(1, Relaxed);
    }

    /// What has been counted.
    pub fn counts(&self) -> impl Iterator<Item = u64> {
        self.0.iter().map(|c| c.load(Relaxed))
    }
}

impl Default for Durations {
    fn default() -> Self {
        Self::new()
    }
}

fn bucket(nanos: i64) -> usize {
    let Ok(n) = u64::try_from(nanos) else { return 0 };
    let bits = (u64::BITS - n.leading_zeros()).max(MIN_BITS - 1);
    if bits >= MAX_BITS {
        return TIME_BUCKETS - 1;
    }
    let power = (bits + 1 - MIN_BITS) as usize;
    // Below the smallest power the two bits are those that would follow its bit.
    let shift = if power == 0 { MIN_BITS - 1 - PART_BITS } else { bits - 1 - PART_BITS };
    1 + power * PARTS + (n >> shift) as usize % PARTS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_ascend() {
        assert!(TIME_BOUNDS.windows(2).all(|w| w[0] < w[1]), "{TIME_BOUNDS:?}");
        assert!(SIZE_BOUNDS.windows(2).all(|w| w[0] < w[1]), "{SIZE_BOUNDS:?}");
        assert_eq!((SIZE_BOUNDS[0], SIZE_BOUNDS[1], SIZE_BOUNDS[SIZE_BUCKETS - 1]), (1.0, 9.0, 32769.0));
    }

    #[test]
    fn a_duration_lies_between_its_bounds() {
        let mut probes: Vec<i64> = (0..3000).collect();
        for bit in 8..48 {
            for near in -3..=3 {
                for part in 0..4 {
                    probes.push((1i64 << bit) + ((1i64 << bit) / 4 * part) + near);
                }
            }
        }
        for n in probes {
            let (i, s) = (bucket(n), n as f64 / 1e9);
            assert!(TIME_BOUNDS[i] <= s && s < TIME_BOUNDS[i + 1], "{n} in {i}: {} {}", TIME_BOUNDS[i], TIME_BOUNDS[i + 1]);
        }
        assert_eq!(bucket(-1), 0);
        assert_eq!(bucket(i64::MAX), TIME_BUCKETS - 1);
        assert_eq!(bucket((1 << 47) - 1), TIME_BUCKETS - 2);
        assert_eq!(bucket(1 << 47), TIME_BUCKETS - 1);
    }

    #[test]
    fn counting() {
        let d = Durations::new();
        for n in [-5, 0, 63, 64, 300, 300, 1 << 50] {
            d.record(n);
        }
        let counts: Vec<u64> = d.counts().collect();
        assert_eq!(counts.iter().sum::<u64>(), 7);
        assert_eq!((counts[0], counts[1], counts[2], counts[5], counts[TIME_BUCKETS - 1]), (1, 2, 1, 2, 1));
    }
}

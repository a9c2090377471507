//! The hash function of a `CursorMap` that was given no other: the crate's own, by a seed.
use crate::hash::{self, hash_memory};
use core::hash::{BuildHasher, Hasher};

/// Makes the crate's hash function, with a seed of its own.
///
/// ```
/// use goxide_maps::{CursorMap, Seeded};
///
/// let mut map = CursorMap::with_hasher(Seeded::from_seed(7));
/// map.insert("seven", 7);
/// assert_eq!(map["seven"], 7);
/// ```
#[derive(Clone, Debug)]
pub struct Seeded {
    seed: u64,
}

impl Seeded {
    /// By a random seed, from std's source of them.
    pub fn new() -> Seeded {
        Seeded { seed: std::hash::RandomState::new().hash_one(0u8) }
    }

    /// By this seed: the same one gives the same hashes in each run of a program. With it, keys can be chosen that collide.
    pub const fn from_seed(seed: u64) -> Seeded {
        Seeded { seed }
    }
}

impl Default for Seeded {
    fn default() -> Self {
        Self::new()
    }
}

impl BuildHasher for Seeded {
    type Hasher = SeededHasher;
    #[inline]
    fn build_hasher(&self) -> SeededHasher {
        SeededHasher(self.seed)
    }
}

/// What [`Seeded`] makes. Its results are to be spread, as a map does with those of any hasher.
#[derive(Clone, Debug)]
pub struct SeededHasher(u64);

impl Hasher for SeededHasher {
    #[inline]
    fn finish(&self) -> u64 {
        self.0
    }
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        // SAFETY: a slice's bytes are readable.
        self.0 = unsafe { hash_memory(bytes.as_ptr(), bytes.len(), self.0) };
    }
    #[inline]
    fn write_u8(&mut self, n: u8) {
        self.0 = hash::mix8(n, self.0);
    }
    #[inline]
    fn write_u16(&mut self, n: u16) {
        self.write_u64(n.into());
    }
    #[inline]
    fn write_u32(&mut self, n: u32) {
        self.write_u64(n.into());
    }
    #[inline]
    fn write_u64(&mut self, n: u64) {
        self.0 = hash::mix64(n, self.0);
    }
    #[inline]
    fn write_u128(&mut self, n: u128) {
        self.write_u64(n as u64);
        self.write_u64((n >> 64) as u64);
    }
    #[inline]
    fn write_usize(&mut self, n: usize) {
        self.write_u64(n as u64);
    }
}

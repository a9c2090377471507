//! Numbers that cannot be predicted from outside the process: SipHash-2-4 (Aumasson, Bernstein, 2012), a pseudo-random
//! function, of what a number is for and how many there were before it, under the key of sixteen random bytes that the
//! kernel gives every process that it executes (`AT_RANDOM`). The key itself is never handed out, and numbers for one
//! purpose say nothing about those for another. Not here: the generators that such numbers seed.

use core::hash::Hasher as _;
use core::sync::atomic::{AtomicU64, Ordering};

use crate::arch::nr;
use crate::{auxv, syscall};

/// What a number is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Purpose {
    /// Keys of a hash function.
    HashKeys = 0,
    /// Generators whose numbers stay inside: seeds of hash tables.
    HashSeeds = 1,
    /// Generators whose numbers may be seen.
    Generators = 2,
}

/// Set in the number of a seed, so that none is a number that [`number`] gives for small `n`.
const SEEDS: u64 = 1 << 63;

/// How many seeds were drawn, by purpose.
static DRAWN: [AtomicU64; 3] = [const { AtomicU64::new(0) }; 3];

/// Number `n` for a purpose: the same each time in one process, another in the next. About 20 ns.
pub fn number(purpose: Purpose, n: u64) -> u64 {
    prf(key(), purpose, n)
}

/// A seed that no other call gets, neither in this process nor, but by chance, in another; never 0.
pub fn seed(purpose: Purpose) -> u64 {
    loop {
        // Relaxed: only that the counts differ is asked for.
        let n = DRAWN[purpose as usize].fetch_add(1, Ordering::Relaxed);
        let seed = number(purpose, SEEDS | n);
        if seed != 0 {
            return seed;
        }
    }
}

fn prf(key: [u64; 2], purpose: Purpose, n: u64) -> u64 {
    #[expect(deprecated, reason = "in favour of a hasher that core does not have; the algorithm is fixed by its name")]
    let mut h = core::hash::SipHasher::new_with_keys(key[0], key[1]);
    h.write(&[purpose as u8]);
    h.write(&n.to_le_bytes());
    h.finish()
}

fn key() -> [u64; 2] {
    match auxv::get(auxv::AT_RANDOM) {
        // SAFETY: the kernel points to sixteen bytes, which stay.
        Some(at) => unsafe { (at as *const [u64; 2]).read_unaligned() },
        None => key_by_call(),
    }
}

/// Kernels before 2.6.29 and some emulators say nothing of random bytes.
#[cold]
fn key_by_call() -> [u64; 2] {
    let mut key = [0u64; 2];
    // SAFETY: the kernel writes as many bytes as the array has.
    let n = unsafe { syscall::raw(nr::GETRANDOM, key.as_mut_ptr().addr(), 16, 0, 0, 0, 0) };
    if n != 16 {
        panic!("the kernel has no random bytes for this process")
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn the_function_is_siphash() {
        // The authors' test: key 00 01 .. 0f, message 00 .. 08.
        let key = [0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908];
        assert_eq!(prf(key, Purpose::HashKeys, 0x0807_0605_0403_0201), 0x9e00_82df_0ba9_e4b0);
    }

    #[test]
    fn numbers_differ_by_purpose_and_place() {
        let all = [Purpose::HashKeys, Purpose::HashSeeds, Purpose::Generators];
        let set: HashSet<u64> = all.iter().flat_map(|&p| (0..1000).map(move |n| number(p, n))).collect();
        assert_eq!(set.len(), 3000);
        assert_eq!(number(Purpose::HashKeys, 7), number(Purpose::HashKeys, 7));
    }

    #[test]
    fn seeds_differ() {
        let set: HashSet<u64> = (0..1000).map(|_| seed(Purpose::Generators)).collect();
        assert_eq!(set.len(), 1000);
        assert!(!set.contains(&number(Purpose::Generators, 0)));
    }

    #[test]
    fn the_kernel_is_asked_where_the_vector_is_silent() {
        assert_ne!(key_by_call(), key_by_call());
    }
}

//! Tests of the hashes: the AES block against software, bounds of reads, avalanche, collisions, use of all bits.
use super::*;
use crate::rounds::blocks;

/// The AES round in software.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Soft([u8; 16]);

fn gf_mul(mut a: u8, mut b: u8) -> u8 {
    let mut p = 0;
    while b != 0 {
        p ^= a * (b & 1);
        a = (a << 1) ^ ((a >> 7) * 0x1b);
        b >>= 1;
    }
    p
}

fn sub_byte(x: u8) -> u8 {
    // The inverse is the 254th power.
    let mut inverse = 1;
    for _ in 0..254 {
        inverse = gf_mul(inverse, x);
    }
    (0..5).fold(0x63, |s, i| s ^ inverse.rotate_left(i))
}

// SAFETY: `round` is the AES encryption round, as the test against known values shows.
unsafe impl Block for Soft {
    unsafe fn load(p: *const u8) -> Self {
        // SAFETY: sixteen bytes at `p` are readable (the trait's contract).
        Soft(unsafe { p.cast::<[u8; 16]>().read() })
    }
    fn words(lo: u64, hi: u64) -> Self {
        Soft((lo as u128 | (hi as u128) << 64).to_le_bytes())
    }
    fn xor(self, other: Self) -> Self {
        Soft(core::array::from_fn(|i| self.0[i] ^ other.0[i]))
    }
    unsafe fn round(self, key: Self) -> Self {
        let mut out = [0; 16];
        for col in 0..4 {
            // ShiftRows takes row r of column c from column c + r.
            let c: [u8; 4] = core::array::from_fn(|r| sub_byte(self.0[(col + r) % 4 * 4 + r]));
            for r in 0..4 {
                out[col * 4 + r] = gf_mul(c[r], 2) ^ gf_mul(c[(r + 1) % 4], 3) ^ c[(r + 2) % 4] ^ c[(r + 3) % 4];
            }
        }
        Soft(out).xor(key)
    }
    fn low(self) -> u64 {
        u64::from_le_bytes(self.0[..8].try_into().unwrap())
    }
}

#[test]
fn the_software_round_is_that_of_the_standard() {
    // FIPS-197, appendix B, first round: state after the initial key addition, round key 1, state at the start of round 2.
    let state = 0x193de3bea0f4e22b9ac68d2ae9f84808u128.to_be_bytes();
    let key = 0xa0fafe1788542cb123a339392a6c7605u128.to_be_bytes();
    let next = 0xa49c7ff2689f352b6b5bea43026a5049u128.to_be_bytes();
    // SAFETY: software needs nothing.
    assert_eq!(unsafe { Soft(state).round(Soft(key)) }, Soft(next));
}

fn test_keys() -> [u64; KEY_WORDS] {
    core::array::from_fn(|i| key(i) | 1)
}

#[cfg(not(miri))]
use crate::arch::aes_detected as has_aes;

#[test]
#[cfg(not(miri))]
fn aes_instructions_agree_with_software() {
    if !has_aes() {
        return;
    }
    let keys = test_keys();
    let bytes: Vec<u8> = (0..400u32).map(|i| ((i * i) >> 3) as u8).collect();
    for len in (17..140).chain([192, 193, 255, 256, 257, 399]) {
        for seed in [0, 1, u64::MAX / 3] {
            // SAFETY: the bytes are there, and so is AES.
            let (hard, soft) = unsafe {
                (crate::arch::hash_aes(bytes.as_ptr(), len, seed, &keys), blocks::<Soft>(bytes.as_ptr(), len, seed, &keys))
            };
            assert_eq!(hard, soft, "length {len}");
        }
    }
}

type Function = fn(&[u8], u64) -> u64;

fn multiplied_bytes(b: &[u8], seed: u64) -> u64 {
    if b.len() <= 16 {
        // SAFETY: a slice.
        return unsafe { hash_memory(b.as_ptr(), b.len(), seed) };
    }
    // SAFETY: a slice of more than sixteen bytes.
    unsafe { multiplied(b.as_ptr(), b.len(), seed) }
}

#[cfg(not(miri))]
fn aes_bytes(b: &[u8], seed: u64) -> u64 {
    if b.len() <= 16 {
        return multiplied_bytes(b, seed);
    }
    // SAFETY: a slice of more than sixteen bytes; only used with AES.
    unsafe { crate::arch::hash_aes(b.as_ptr(), b.len(), seed, &test_keys()) }
}

/// The functions under test, with and without AES.
fn functions() -> Vec<(&'static str, Function)> {
    let mut v: Vec<(&'static str, Function)> = vec![("multiplied", multiplied_bytes)];
    #[cfg(not(miri))]
    if has_aes() {
        v.push(("aes", aes_bytes));
    }
    v
}

#[test]
fn nothing_beyond_the_input_is_read() {
    // Exact allocations, for Miri; and what lies around must not matter.
    for (name, f) in functions() {
        for len in 0..if cfg!(miri) { 70 } else { 200 } {
            let exact: Box<[u8]> = (0..len).map(|i| i as u8).collect();
            let mut padded = vec![0xee; len + 64];
            padded[32..32 + len].copy_from_slice(&exact);
            assert_eq!(f(&exact, 5), f(&padded[32..32 + len], 5), "{name} of {len}");
        }
    }
}

/// Each bit of the input changes each bit of the output about half of the time.
#[test]
#[cfg(not(miri))]
fn avalanche() {
    for (name, f) in functions() {
        for len in [4, 8, 16, 17, 32, 33, 64, 65, 200] {
            let rounds = 1500;
            let mut state = 88172645463325252u64;
            let mut random = || {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                state.wrapping_mul(0x2545_f491_4f6c_dd1d)
            };
            // A few input bits suffice for long inputs: the ends of each byte position class.
            for bit in (0..len * 8).step_by(if len > 16 { 29 } else { 5 }) {
                let mut flips = [0u32; 64];
                for _ in 0..rounds {
                    let mut b: Vec<u8> = (0..len).map(|_| (random() >> 40) as u8).collect();
                    let seed = random();
                    let before = f(&b, seed);
                    b[bit / 8] ^= 1 << (bit % 8);
                    let diff = before ^ f(&b, seed);
                    (0..64).for_each(|i| flips[i] += (diff >> i & 1) as u32);
                }
                for (i, n) in flips.iter().enumerate() {
                    let rate = *n as f64 / rounds as f64;
                    assert!((0.39..0.61).contains(&rate), "{name} of {len}: bit {bit} changes bit {i} at rate {rate}");
                }
            }
        }
    }
}

fn no_collisions(name: &str, set: &str, hashes: impl Iterator<Item = u64>) {
    let mut all: Vec<u64> = hashes.collect();
    let n = all.len();
    all.sort_unstable();
    all.dedup();
    // Of 64 bits none may collide in sets of this size.
    assert_eq!(all.len(), n, "{name} collides on {set}");
    // And of 32 bits, lower and upper, only about as many as chance has it.
    for shift in [0, 32] {
        let mut half: Vec<u32> = all.iter().map(|h| (h >> shift) as u32).collect();
        half.sort_unstable();
        half.dedup();
        let expected = n as f64 * n as f64 / 2f64.powi(33);
        assert!(((n - half.len()) as f64) < 3.0 * expected + 10.0, "{name} halves collide on {set}");
    }
}

#[test]
#[cfg(not(miri))]
fn simple_sets_do_not_collide() {
    for (name, f) in functions() {
        // Zeros of all lengths; few bits set; two bytes set; words that repeat; text with a number.
        no_collisions(name, "zeros", (0..5000).map(|n| f(&vec![0; n], 1)));
        for len in [8usize, 16, 20, 32, 40, 64, 96] {
            let bits = len * 8;
            let sparse = (0..bits).flat_map(|a| (0..a).map(move |b| (a, b)));
            no_collisions(
                name,
                "sparse",
                sparse.map(|(a, b)| {
                    let mut v = vec![0u8; len];
                    v[a / 8] ^= 1 << (a % 8);
                    v[b / 8] ^= 1 << (b % 8);
                    f(&v, 1)
                }),
            );
        }
        no_collisions(
            name,
            "permutations",
            (0..200_000u32).map(|n| {
                let words: Vec<u8> =
                    (0..8).flat_map(|i| (n / 4u32.pow(i) % 4).to_le_bytes()).chain(n.to_le_bytes()).collect();
                f(&words, 1)
            }),
        );
        no_collisions(name, "text", (0..200_000).map(|n| f(format!("/usr/share/doc/package-{n}/copyright").as_bytes(), 1)));
        no_collisions(name, "seeds", (0..100_000).map(|seed| f(b"the same text of some length", seed)));
        no_collisions(name, "seeds", (0..100_000).map(|seed| f(b"short", seed)));
    }
}

/// Integers as keys of tables: the seven control bits, the group and the directory bits must all be spread.
#[test]
#[cfg(not(miri))]
fn integers_spread_over_all_parts_of_the_hash() {
    type Set = (&'static str, fn(u64) -> u64);
    let sets: [Set; 7] = [
        ("counter", |n| n),
        ("multiples of 8", |n| n * 8),
        ("multiples of 4096", |n| n << 12),
        ("upper half", |n| n << 32),
        ("top bits", |n| n << 48),
        ("pointers", |n| 0xc000_0000_0000 + n * 144),
        ("floats", |n| (n as f64).to_bits()),
    ];
    for (name, _) in sets {
        for seed in [0, 1, 0x9e37_79b9] {
            let mut cells = [0u32; 1024];
            (0..1u32 << 16)
                .for_each(|n| cells[(hash32(n.rotate_left(name.len() as u32), seed) >> 32) as usize % 1024] += 1);
            assert!(cells.iter().all(|&c| (16..160).contains(&c)), "32-bit counter rotated by {}", name.len());
        }
    }
    let n = 1u64 << 16;
    for seed in [0, 1, 0x9e37_79b9, 0xdead_beef] {
        for (name, key) in sets {
            let spread = |what: &str, f: &dyn Fn(u64) -> u64, cells: usize| {
                let mut count = vec![0u32; cells];
                (0..n).for_each(|i| count[f(key(i)) as usize % cells] += 1);
                let mean = n as f64 / cells as f64;
                let chi: f64 = count.iter().map(|&c| (c as f64 - mean).powi(2) / mean).sum();
                // More even than chance is welcome; otherwise the shares' relative variance may exceed chance's by little.
                let excess = (chi - cells as f64) / n as f64;
                assert!(excess < 0.02, "{what} of {name}, seed {seed}: {excess}");
            };
            spread("control bits", &|k| hash64(k, seed) >> 32, 128);
            spread("group bits", &|k| hash64(k, seed) >> 39, 128);
            spread("control and group bits", &|k| hash64(k, seed) >> 32, 16384);
            spread("directory bits", &|k| hash64(k, seed) >> 58, 64);
            spread("directory and group bits", &|k| hash64(k, seed) >> 58 << 7 | hash64(k, seed) >> 39 & 127, 8192);
        }
    }
}

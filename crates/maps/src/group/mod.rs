//! Control words: what the eight control bytes of a group say, and how they are searched. Where groups lie in a table is
//! the business of `table`.
//!
//! A control byte is `EMPTY` (0: a zeroed group is an empty one), `DELETED` (1: empty, but a probe must go on), or
//! `0x80 | h2` where `h2` is seven bits of the key's hash. The control word is read as a little-endian number, so that the
//! lowest byte is slot 0.
pub mod generic;

#[cfg(not(miri))]
pub use crate::arch::{MASK, SHIFT, has_zero, match_byte};
#[cfg(miri)]
pub use generic::{MASK, SHIFT, has_zero, match_byte};

pub use crate::control::{DELETED, EMPTY, FULL, empties, first, frees, fulls, word};
pub use crate::header::GROUP_SLOTS as SLOTS;

/// Slots found by [`match_byte`], lowest first.
#[derive(Debug, Clone, Copy)]
pub struct Matches(u64);

impl Matches {
    /// Slots of the control word at `ctrl` whose control byte may be the lowest byte of `byte` (no match is missed; the generic twin may report a
    /// slot too many, which the key comparison sorts out).
    ///
    /// # Safety
    /// `ctrl` points to a control word.
    #[inline(always)]
    pub unsafe fn of(ctrl: *const u64, byte: u32) -> Matches {
        // SAFETY: `ctrl` points to a control word (this function's contract).
        Matches(unsafe { match_byte(ctrl, byte) })
    }
}

impl Iterator for Matches {
    type Item = usize;
    #[inline(always)]
    fn next(&mut self) -> Option<usize> {
        if self.0 & MASK == 0 {
            return None;
        }
        // SAFETY: a bit of the mask is set, as was just seen.
        unsafe { core::hint::assert_unchecked(self.0 != 0) };
        let slot = (self.0.trailing_zeros() >> SHIFT) as usize;
        self.0 &= self.0 - 1;
        Some(slot)
    }
}

/// The control byte of a key with this hash: seven bits from the middle of the hash, which multiplications mix best.
/// The next ones choose the group, the topmost ones the table.
#[inline(always)]
pub const fn h2(hash: u64) -> u8 {
    wide_h2(hash) as u8
}

/// [`h2`], below bits that mean nothing.
#[inline(always)]
pub const fn wide_h2(hash: u64) -> u32 {
    (hash >> 32) as u32 | 0x80
}

/// The bits of the hash by which a group is chosen.
#[inline(always)]
pub const fn h1(hash: u64) -> usize {
    (hash >> 39) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(seed: &mut u64) -> u64 {
        let mut w = [0u8; 8];
        for b in &mut w {
            *seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            *b = match (*seed >> 33) % 4 {
                0 => EMPTY,
                1 => DELETED,
                2 => 0x80 | (*seed >> 40) as u8 & 3,
                _ => 0x80 | (*seed >> 40) as u8,
            };
        }
        u64::from_le_bytes(w)
    }

    fn slots(mut mask: u64) -> Vec<usize> {
        let mut v = vec![];
        while mask != 0 {
            v.push(first(mask));
            mask &= mask - 1;
        }
        v
    }

    #[test]
    fn masks_against_bytes() {
        let mut seed = 1;
        for _ in 0..2000 {
            let w = kinds(&mut seed);
            let bytes = w.to_le_bytes();
            let want = |f: fn(u8) -> bool| (0..8).filter(|&i| f(bytes[i])).collect::<Vec<_>>();
            assert_eq!(slots(empties(w)), want(|b| b == EMPTY));
            assert_eq!(slots(frees(w)), want(|b| b < 0x80));
            assert_eq!(slots(fulls(w)), want(|b| b >= 0x80));
            let word = w.to_le();
            // SAFETY: `word` is a control word.
            let zero = unsafe { (has_zero(&raw const word), generic::has_zero(&raw const word)) };
            let any = bytes.contains(&EMPTY);
            assert_eq!(zero, (any, any));
        }
    }

    #[test]
    fn match_is_exact_here_and_a_superset_in_the_twin() {
        let mut seed = 7;
        for _ in 0..2000 {
            let w = kinds(&mut seed);
            let bytes = w.to_le_bytes();
            for byte in [0x80, 0x81, 0x82, 0x83, 0xff, bytes[3] | 0x80] {
                let want: Vec<usize> = (0..8).filter(|&i| bytes[i] == byte).collect();
                let word = w.to_le();
                let p = &raw const word;
                // SAFETY: `word` is a control word.
                let got: Vec<usize> = unsafe { Matches::of(p, u32::from(byte) | 0x5a00) }.collect();
                if cfg!(miri) {
                    assert!(want.iter().all(|s| got.contains(s)));
                } else {
                    assert_eq!(got, want);
                }
                // SAFETY: `word` is a control word.
                let twin = slots(unsafe { generic::match_byte(p, u32::from(byte) | 0x5a00) });
                assert!(want.iter().all(|s| twin.contains(s)));
                // What it reports too much lies above a true match.
                assert!(twin.is_empty() || twin.first() == want.first());
            }
        }
    }
}

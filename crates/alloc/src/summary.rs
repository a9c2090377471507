//! Summaries of runs of free pages: the packed word, and how the words of neighbours combine into their parent's.
//!
//! Only arithmetic lives here. The tree that the words form is `page_alloc`'s.

/// log2 of the pages described by a leaf (4 MiB of 8 KiB pages).
pub const CHUNK_PAGES_SHIFT: u32 = 9;
/// Pages described by a leaf.
pub const CHUNK_PAGES: usize = 1 << CHUNK_PAGES_SHIFT;
/// Words in a leaf's bitmap.
pub const CHUNK_WORDS: usize = CHUNK_PAGES / 64;
/// log2 of the children of an inner node below the root.
pub const FANOUT_SHIFT: u32 = 3;
/// Children of an inner node below the root.
pub const FANOUT: usize = 1 << FANOUT_SHIFT;
/// Levels of the tree, root first; the last holds one summary per leaf.
pub const LEVELS: usize = if usize::BITS == 64 { 5 } else { 3 };
/// log2 of the pages described by an entry of the root level: the longest run a summary can describe.
pub const MAX_SHIFT: u32 = CHUNK_PAGES_SHIFT + FANOUT_SHIFT * (LEVELS as u32 - 1);

const FIELD: u32 = MAX_SHIFT;
const MASK: u64 = (1 << FIELD) - 1;
/// Set when all 2^21 pages are free, a number that no longer fits into 21 bits.
const ALL: u64 = 1 << 63;

/// Lengths of the runs of free pages at the start, anywhere, and at the end of a piece of address space: three numbers
/// of 21 bits, lowest first. 0 means that nothing is free (or nothing is there).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[repr(transparent)]
pub struct Summary(pub u64);

impl Summary {
    /// Packs the three run lengths, each at most 2^21.
    #[inline]
    pub const fn new(start: usize, max: usize, end: usize) -> Self {
        if max == 1 << FIELD {
            return Summary(ALL);
        }
        Summary(start as u64 | (max as u64) << FIELD | (end as u64) << (2 * FIELD))
    }

    /// Free pages at the start.
    #[inline]
    pub const fn start(self) -> usize {
        if self.0 & ALL != 0 { 1 << FIELD } else { (self.0 & MASK) as usize }
    }

    /// The longest run of free pages.
    #[inline]
    pub const fn max(self) -> usize {
        if self.0 & ALL != 0 { 1 << FIELD } else { (self.0 >> FIELD & MASK) as usize }
    }

    /// Free pages at the end.
    #[inline]
    pub const fn end(self) -> usize {
        if self.0 & ALL != 0 { 1 << FIELD } else { (self.0 >> (2 * FIELD) & MASK) as usize }
    }

    /// The summary of consecutive pieces of `pages` pages each.
    pub fn merge(children: impl Iterator<Item = Summary>, pages: usize) -> Summary {
        let (mut start, mut max, mut end, mut seen) = (0, 0, 0, 0);
        for c in children {
            if start == seen {
                start += c.start();
            }
            max = max.max(end + c.start()).max(c.max());
            end = if c.end() == pages { end + pages } else { c.end() };
            seen += pages;
        }
        Summary::new(start, max, end)
    }

    /// The summary of a leaf's bitmap (1: allocated).
    pub fn of_bitmap(words: &[u64; CHUNK_WORDS]) -> Summary {
        let (mut start, mut max, mut run) = (0usize, 0usize, 0usize);
        let mut at_start = true;
        for &w in words {
            if w == 0 {
                run += 64;
                continue;
            }
            run += w.trailing_zeros() as usize;
            if at_start {
                start = run;
                at_start = false;
            }
            max = max.max(run);
            max = max.max(longest_zeros(w, max));
            run = w.leading_zeros() as usize;
        }
        if at_start {
            start = run;
        }
        Summary::new(start, max.max(run), run)
    }
}

/// The longest run of zero bits in `w`, if it is longer than `known`; else anything up to `known`.
#[inline]
fn longest_zeros(w: u64, known: usize) -> usize {
    let mut x = !w;
    // Shrink every run by `known` bits, in doubling steps; what is left belongs to longer runs.
    let (mut done, mut left) = (1usize, known);
    if known >= 64 {
        return known;
    }
    while left > 0 {
        let step = done.min(left);
        x &= x >> step;
        left -= step;
        done += step;
    }
    let mut n = known;
    while x != 0 {
        x &= x >> 1;
        n += 1;
    }
    n
}

/// The first `n` consecutive zero bits at or after `from`, as the index of the first of them.
#[inline]
pub fn find_zeros(words: &[u64; CHUNK_WORDS], n: usize, from: usize) -> Option<usize> {
    let mut at = next_bit(words, from, 0)?;
    loop {
        let end = next_bit(words, at, 1).unwrap_or(CHUNK_PAGES);
        if end - at >= n {
            return Some(at);
        }
        at = next_bit(words, end, 0)?;
    }
}

/// The first bit equal to `value` at or after `from`.
#[inline]
pub fn next_bit(words: &[u64; CHUNK_WORDS], from: usize, value: u64) -> Option<usize> {
    let flip = value.wrapping_sub(1);
    let mut i = from / 64;
    if i >= CHUNK_WORDS {
        return None;
    }
    let mut w = (words[i] ^ flip) & (!0 << (from % 64));
    while w == 0 {
        i += 1;
        if i == CHUNK_WORDS {
            return None;
        }
        w = words[i] ^ flip;
    }
    Some(i * 64 + w.trailing_zeros() as usize)
}

/// Calls `f(word, mask)` for each word of a bitmap that bits `at..at + n` touch.
#[inline]
pub fn for_range(at: usize, n: usize, mut f: impl FnMut(usize, u64)) {
    let (mut at, end) = (at, at + n);
    while at < end {
        let (w, lo) = (at / 64, at % 64);
        let hi = (end - w * 64).min(64);
        let mask = if hi - lo == 64 { !0 } else { ((1u64 << (hi - lo)) - 1) << lo };
        f(w, mask);
        at = (w + 1) * 64;
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn model(bits: impl Iterator<Item = bool>) -> (usize, usize, usize) {
        let (mut start, mut max, mut run, mut whole) = (0, 0, 0, true);
        for used in bits {
            if used {
                if whole {
                    start = run;
                    whole = false;
                }
                run = 0;
            } else {
                run += 1;
                max = max.max(run);
            }
        }
        (if whole { run } else { start }, max, run)
    }

    fn bits(words: &[u64]) -> impl Iterator<Item = bool> {
        words.iter().flat_map(|&w| (0..64).map(move |i| w >> i & 1 != 0))
    }

    fn sparse() -> impl Strategy<Value = u64> {
        prop_oneof![
            Just(0u64),
            Just(!0u64),
            any::<u64>(),
            (0u32..64).prop_map(|s| 1 << s),
            (0u32..64).prop_map(|s| !0 << s)
        ]
    }

    proptest! {
        #[test]
        fn leaf_summary_tells_the_runs(words in prop::array::uniform8(sparse())) {
            let s = Summary::of_bitmap(&words);
            prop_assert_eq!((s.start(), s.max(), s.end()), model(bits(&words)));
        }

        #[test]
        fn merging_is_as_good_as_counting(words in prop::array::uniform32(sparse())) {
            let leaves = words.chunks(8).map(|c| Summary::of_bitmap(c.try_into().unwrap()));
            let s = Summary::merge(leaves, CHUNK_PAGES);
            prop_assert_eq!((s.start(), s.max(), s.end()), model(bits(&words)));
        }

        #[test]
        fn find_is_first_fit(words in prop::array::uniform8(sparse()), n in 1usize..130, from in 0usize..512) {
            let b: Vec<bool> = bits(&words).collect();
            let want = (from..=512 - n).find(|&i| b[i..i + n].iter().all(|u| !u));
            prop_assert_eq!(find_zeros(&words, n, from), want);
        }
    }

    #[test]
    fn the_longest_run_fits() {
        let all = 1 << MAX_SHIFT;
        let s = Summary::new(all, all, all);
        assert_eq!((s.start(), s.max(), s.end()), (all, all, all));
        let s = Summary::new(all - 1, all - 1, 0);
        assert_eq!((s.start(), s.max(), s.end()), (all - 1, all - 1, 0));
    }
}

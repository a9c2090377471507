//! The byte routines against a portable model: every alignment to 64, sizes to 5000, ranges that overlap both ways.

use goxide_sys::mem;
use proptest::prelude::*;

/// What must stay around each buffer.
const MARGIN: usize = 64;

fn noise(n: usize, seed: u64) -> Vec<u8> {
    let mut x = seed | 1;
    (0..n)
        .map(|_| {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            (x >> 24) as u8
        })
        .collect()
}

/// Sizes with weight on the small ones and around the limits of each method.
fn size() -> impl Strategy<Value = usize> {
    prop_oneof![0..20usize, 15..300usize, 0..5000usize, 4000..5000usize]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn copy_within(n in size(), from in 0..64usize, shift in -5000isize..5000, near in -70isize..70, seed: u64) {
        for shift in [shift, near] {
            let base = from + 5000;
            let to = base.checked_add_signed(shift).unwrap();
            let mut got = noise(15_200 + MARGIN, seed);
            let mut want = got.clone();
            want.copy_within(base..base + n, to);
            // SAFETY: both ranges lie in the buffer.
            unsafe { mem::copy(got.as_mut_ptr().add(to), got.as_ptr().add(base), n) };
            prop_assert!(got == want, "copy of {} by {}", n, shift);
        }
    }

    #[test]
    fn copy_apart(n in size(), from in 0..64usize, to in 0..64usize, seed: u64) {
        let src = noise(5000 + 2 * MARGIN, seed);
        let mut got = vec![0xEE; 5000 + 2 * MARGIN];
        let mut want = got.clone();
        want[to..to + n].copy_from_slice(&src[from..from + n]);
        // SAFETY: both ranges lie in their buffers.
        unsafe { mem::copy(got.as_mut_ptr().add(to), src.as_ptr().add(from), n) };
        prop_assert!(got == want);
    }

    #[test]
    fn clear_and_fill(n in size(), at in 0..64usize, byte: u8, seed: u64) {
        let mut got = noise(5000 + 2 * MARGIN, seed);
        let mut want = got.clone();
        want[at..at + n].fill(byte);
        // SAFETY: the range lies in the buffer.
        unsafe { mem::fill(got.as_mut_ptr().add(at), byte, n) };
        prop_assert!(got == want);
        want[at..at + n].fill(0);
        // SAFETY: the range lies in the buffer.
        unsafe { mem::clear(got.as_mut_ptr().add(at), n) };
        prop_assert!(got == want);
    }

    /// Equal runs in unequal surroundings, then one with a difference of one bit or more somewhere.
    #[test]
    fn equal_and_compare(n in size(), i in 0..64usize, j in 0..64usize, at: prop::sample::Index, flip: u8, seed: u64) {
        let mut a = noise(5000 + 2 * MARGIN, seed);
        let mut b = noise(5000 + 2 * MARGIN, !seed);
        b[j..j + n].copy_from_slice(&a[i..i + n]);
        // SAFETY: the ranges lie in their buffers.
        let (eq, cmp) = unsafe {
            (mem::equal(a.as_ptr().add(i), b.as_ptr().add(j), n), mem::compare(a.as_ptr().add(i), b.as_ptr().add(j), n))
        };
        prop_assert!(eq && cmp == 0);
        if n > 0 {
            let k = at.index(n);
            a[i + k] ^= flip;
            // More differences behind the first must not matter.
            a[i + k + 1..i + n].fill(seed as u8);
            let (x, y) = (&a[i..i + n], &b[j..j + n]);
            // SAFETY: both slices have `n` bytes.
            let (eq, cmp) = unsafe { (mem::equal(x.as_ptr(), y.as_ptr(), n), mem::compare(x.as_ptr(), y.as_ptr(), n)) };
            prop_assert_eq!(eq, x == y);
            prop_assert_eq!(cmp.signum(), x.cmp(y) as i32);
        }
    }

    #[test]
    fn strlen_stops_at_the_first_zero(n in 0..300usize, at in 0..64usize, seed: u64) {
        let mut s = noise(600, seed);
        s[at..at + n].iter_mut().for_each(|b| *b = (*b).max(1));
        s[at + n] = 0;
        // SAFETY: there is a zero.
        prop_assert_eq!(unsafe { mem::strlen(s.as_ptr().add(at)) }, n);
    }
}

/// Nothing outside of the ranges is read: both end, or begin, at a page that faults.
#[test]
fn stays_within_the_pages() {
    // SAFETY: three pages, of which the middle one is mapped; every range lies in it.
    unsafe {
        let p = mem::reserve(3 * mem::PAGE, mem::PAGE).add(mem::PAGE);
        let q = mem::reserve(3 * mem::PAGE, mem::PAGE).add(mem::PAGE);
        assert!(mem::map(p, mem::PAGE) && mem::map(q, mem::PAGE));
        for n in (0..600).chain([1000, 2047, 4095, 4096]) {
            let end = mem::PAGE - n;
            for (a, b) in [(p, q), (p.add(end), q.add(end)), (p, q.add(end)), (p.add(end), q)] {
                mem::fill(a, n as u8 | 1, n);
                mem::copy(b, a, n);
                assert!(mem::equal(a, b, n));
                assert_eq!(mem::compare(a, b, n), 0);
                if n > 0 {
                    *b.add(n - 1) = 0;
                    assert_eq!(mem::strlen(b), n - 1);
                }
                mem::clear(b, n);
                mem::clear(a, n);
            }
        }
        mem::unmap(p.sub(mem::PAGE), 3 * mem::PAGE);
        mem::unmap(q.sub(mem::PAGE), 3 * mem::PAGE);
    }
}

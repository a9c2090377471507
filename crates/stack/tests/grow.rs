//! Moving stacks: the adjuster against a plain model, the sizes, and a whole task moved with its frames.

use std::sync::atomic::{AtomicUsize, Ordering};

use goxide_stack::grow::{Frames, Overflow, copy_stack, next_size, relocate, should_shrink};
use goxide_stack::{Adjuster, Bounds, Context, GUARD};
use proptest::prelude::*;

fn bounds(words: &mut [usize]) -> Bounds {
    let r = words.as_mut_ptr_range();
    Bounds { lo: r.start.expose_provenance(), hi: r.end.expose_provenance() }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Words are numbers, pointers into the stack, or one beyond its ends; bits choose which are looked at.
    #[test]
    fn bitmap_agrees_with_the_model(
        words in prop::collection::vec((0..4usize, any::<usize>()), 1..100),
        bits in prop::collection::vec(any::<u8>(), 13),
        shared in 0..100usize,
    ) {
        let n = words.len();
        let (mut from, mut to) = (vec![0usize; n], vec![0xAAusize; n + 50]);
        let (old, new) = (bounds(&mut from), bounds(&mut to));
        for (slot, (kind, v)) in from.iter_mut().zip(&words) {
            *slot = match kind {
                0 => *v,
                1 => old.lo + v % old.size(),
                2 => old.hi,
                _ => old.lo - 1,
            };
        }
        let before = from.clone();
        // SAFETY: both are ours.
        let mut adj = unsafe { copy_stack(old, n * 8, new) };
        adj.shared_below = new.hi - n * 8 + shared * 8;
        // SAFETY: `n` words from there, and nothing else looks.
        unsafe { adj.adjust_bitmap((new.hi - n * 8) as *mut usize, bits.as_ptr(), n) };
        prop_assert!(to[..50].iter().all(|w| *w == 0xAA), "nothing below the used part is touched");
        for i in 0..n {
            let inside = before[i] >= old.lo && before[i] < old.hi;
            let chosen = bits[i / 8] >> (i % 8) & 1 == 1;
            let want = if inside && chosen { before[i].wrapping_sub(old.hi).wrapping_add(new.hi) } else { before[i] };
            prop_assert_eq!(to[50 + i], want);
        }
    }

    #[test]
    fn next_size_is_the_least_that_fits(log in 11..20u32, used in 0..4096usize, frame in 0..2_000_000usize) {
        let old = Bounds { lo: 1 << 20, hi: (1 << 20) + (1 << log) };
        let used = used.min(old.size());
        let max = 1 << 30;
        let got = next_size(old, old.hi - used, frame, max).unwrap();
        let fits = |s: usize| s >= used + frame + GUARD;
        prop_assert!(got.is_power_of_two() && got >= 2 * old.size() && fits(got));
        prop_assert!(got == 2 * old.size() || !fits(got / 2));
    }
}

#[test]
fn growth_has_a_limit() {
    let old = Bounds { lo: 1 << 30, hi: (1 << 30) + (1 << 20) };
    assert_eq!(next_size(old, old.lo, 0, 1 << 21), Ok(1 << 21));
    assert_eq!(next_size(old, old.lo, 0, 1 << 20), Err(Overflow { size: 1 << 21 }));
    assert!(next_size(old, old.lo, usize::MAX, 1 << 40).is_err());
}

#[test]
fn shrinks_by_half_under_a_quarter() {
    let s = Bounds { lo: 1 << 20, hi: (1 << 20) + 8192 };
    assert_eq!(should_shrink(s, s.hi - 1000), Some(4096));
    assert_eq!(should_shrink(s, s.hi - (2048 - 800)), None);
    let least = Bounds { lo: 1 << 20, hi: (1 << 20) + 2048 };
    assert_eq!(should_shrink(least, least.hi), None);
}

#[test]
fn shared_words_are_adjusted_once() {
    let (old, new) = (Bounds { lo: 0x1000, hi: 0x2000 }, Bounds { lo: 0x8000, hi: 0xa000 });
    let adj = Adjuster::new(old, new);
    let word = AtomicUsize::new(0x1ff8);
    adj.adjust_shared(&word);
    adj.adjust_shared(&word);
    assert_eq!(word.load(Ordering::Relaxed), 0x9ff8);
}

/// Frames linked by their saved frame pointers, each with one pointer to a local.
struct Linked;

impl Frames for Linked {
    unsafe fn adjust_frames(&self, ctx: &Context, adj: &Adjuster) {
        let mut frame = ctx.bp as *mut usize;
        while !frame.is_null() {
            // SAFETY: the test built these frames: the saved frame pointer, then the pointer.
            unsafe {
                adj.adjust_at(frame);
                adj.adjust_at(frame.add(1));
                frame = *frame as *mut usize;
            }
        }
    }
}

#[test]
fn a_whole_task_moves() {
    let (mut from, mut to) = (vec![0usize; 64], vec![0usize; 128]);
    let (old, new) = (bounds(&mut from), bounds(&mut to));
    // Three frames at words 40, 48, 56: link to the next, pointer to the word after, that word.
    for (i, at) in [40, 48, 56].into_iter().enumerate() {
        from[at] = if at == 56 { 0 } else { old.lo + (at + 8) * 8 };
        from[at + 1] = old.lo + (at + 2) * 8;
        from[at + 2] = 100 + i;
    }
    let mut ctx = Context { sp: old.lo + 38 * 8, bp: old.lo + 40 * 8, ctxt: 7, ..Context::EMPTY };
    // SAFETY: both stacks are ours, and the frames are as `Linked` wants them.
    let adj = unsafe { relocate(&mut ctx, old, new, &Linked) };
    assert_eq!(adj, Adjuster::new(old, new));
    assert_eq!((ctx.sp, ctx.ctxt), (new.hi - (64 - 38) * 8, 7));
    from.fill(0);
    let mut frame = ctx.bp;
    for i in 0..3 {
        assert!(new.contains(frame));
        // SAFETY: in the new stack.
        let [next, local] = unsafe { *(frame as *const [usize; 2]) };
        // SAFETY: a frame's second word points into the new stack, as those of the old one did there.
        assert_eq!(unsafe { *(local as *const usize) }, 100 + i);
        frame = next;
    }
    assert_eq!(frame, 0);
}

//! The page allocator against a plain model: a vector of page states.

use super::*;
use crate::os::OsPages;
use proptest::prelude::*;

const BASE: usize = 0xc0_0000_0000;

#[derive(Clone, Debug)]
enum Op {
    Grow { gap: usize, chunks: usize },
    Alloc(usize),
    Free(usize),
    AllocAligned { n: usize, align: usize },
    Release { max: usize, granule: usize, refused: bool },
    ForgetKept,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        1 => (0usize..20, 1usize..6).prop_map(|(gap, chunks)| Op::Grow { gap, chunks }),
        8 => prop_oneof![1usize..4, 1usize..80, 400usize..3000].prop_map(Op::Alloc),
        6 => any::<usize>().prop_map(Op::Free),
        3 => (prop_oneof![1usize..4, 1usize..80, 400usize..1500], 0u32..12)
            .prop_map(|(n, log)| Op::AllocAligned { n, align: 1 << log }),
        2 => (1usize..200, prop_oneof![Just(1usize), Just(8)], any::<bool>())
            .prop_map(|(max, granule, refused)| Op::Release { max, granule, refused }),
        1 => Just(Op::ForgetKept),
    ]
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Page {
    Absent,
    Free(Behind),
    Used,
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Behind {
    Memory,
    Nothing,
    /// Memory that the system did not take.
    Kept,
}

/// A proof that the books believe; these pages exist on paper only.
fn zeroed() -> Zeroed {
    // SAFETY: nothing reads the pages.
    unsafe { Zeroed::new() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn agrees_with_a_plain_model(ops in prop::collection::vec(op(), 1..120)) {
        let mut books = Box::new(PageAlloc::new());
        let sys = Counter::new();
        let mut model: Vec<Page> = Vec::new();
        let mut live: Vec<(usize, usize)> = Vec::new();
        for op in ops {
            match op {
                Op::Grow { gap, chunks } => {
                    model.resize(model.len() + gap * CHUNK_PAGES, Page::Absent);
                    let addr = BASE + model.len() * PAGE;
                    prop_assert!(books.grow(&OsPages, addr, chunks * CHUNK_BYTES, zeroed(), &sys));
                    model.resize(model.len() + chunks * CHUNK_PAGES, Page::Free(Behind::Nothing));
                }
                Op::Alloc(_) | Op::AllocAligned { .. } => {
                    let (n, align) = match op {
                        Op::AllocAligned { n, align } => (n, align),
                        Op::Alloc(n) => (n, 1),
                        _ => unreachable!(),
                    };
                    // Page numbers and indices are equally aligned: the base is.
                    let want = (0..model.len().saturating_sub(n - 1))
                        .step_by(align)
                        .find(|&i| model[i..i + n].iter().all(|p| matches!(p, Page::Free(_))));
                    let want = want.map(|at| Run {
                        addr: BASE + at * PAGE,
                        released: model[at..at + n].iter().filter(|p| **p == Page::Free(Behind::Nothing)).count(),
                    });
                    prop_assert_eq!(if align == 1 { books.alloc(n) } else { books.alloc_aligned(n, align) }, want);
                    if let Some(run) = want {
                        let at = (run.addr - BASE) / PAGE;
                        model[at..at + n].fill(Page::Used);
                        live.push((run.addr, n));
                    }
                }
                Op::ForgetKept => {
                    books.forget_kept();
                    for p in model.iter_mut().filter(|p| **p == Page::Free(Behind::Kept)) {
                        *p = Page::Free(Behind::Memory);
                    }
                }
                Op::Free(pick) => {
                    if live.is_empty() {
                        continue;
                    }
                    let (addr, n) = live.swap_remove(pick % live.len());
                    books.free(addr, n);
                    let at = (addr - BASE) / PAGE;
                    model[at..at + n].fill(Page::Free(Behind::Memory));
                }
                Op::Release { max, granule, refused } => {
                    let mut below = usize::MAX;
                    let mut left = max;
                    while let Some((addr, n)) = books.take_unreleased(below, left, granule) {
                        prop_assert!(n <= left && n > 0 && n.is_multiple_of(granule) && (addr / PAGE).is_multiple_of(granule));
                        let at = (addr - BASE) / PAGE;
                        let backed = model[at..at + n].iter().all(|p| *p == Page::Free(Behind::Memory));
                        prop_assert!(backed);
                        if refused {
                            model[at..at + n].fill(Page::Free(Behind::Kept));
                            books.give_kept(addr, n);
                        } else {
                            model[at..at + n].fill(Page::Free(Behind::Nothing));
                            books.give_released(addr, n, zeroed());
                        }
                        left -= n;
                        below = addr;
                    }
                    if granule == 1 {
                        let unreleased = model.iter().filter(|p| **p == Page::Free(Behind::Memory)).count();
                        prop_assert!(left == 0 || unreleased == 0, "stopped early: {} left, {} there", left, unreleased);
                    }
                }
            }
            let kept = model.iter().filter(|p| **p == Page::Free(Behind::Kept)).count();
            prop_assert_eq!(books.kept_pages(), kept);
            let free = model.iter().filter(|p| matches!(p, Page::Free(_))).count();
            let released = model.iter().filter(|p| **p == Page::Free(Behind::Nothing)).count();
            prop_assert_eq!((books.free_pages(), books.released_pages()), (free, released));
        }
    }
}

#[test]
fn runs_cross_root_entries() {
    // Two chunks on either side of a 16 GiB border, found as one run.
    let border = 0x100_0000_0000;
    let mut books = Box::new(PageAlloc::new());
    let sys = Counter::new();
    assert!(books.grow(&OsPages, border - CHUNK_BYTES, 2 * CHUNK_BYTES, zeroed(), &sys));
    assert!(books.grow(&OsPages, BASE, CHUNK_BYTES, zeroed(), &sys));
    assert_eq!(books.alloc(600).map(|r| r.addr), Some(border - CHUNK_BYTES));
    assert_eq!(books.alloc(1).map(|r| r.addr), Some(BASE));
    assert_eq!(books.alloc(600), None);
    books.free(border - CHUNK_BYTES, 600);
    assert_eq!(books.alloc(1024).map(|r| r.addr), Some(border - CHUNK_BYTES));
}

#[test]
fn a_sixteen_gibibyte_run_is_one_allocation() {
    let mut books = Box::new(PageAlloc::new());
    let sys = Counter::new();
    let base = 16 << 34;
    assert!(books.grow(&OsPages, base, 3 << 34, zeroed(), &sys));
    let pages = (2 << 34) / PAGE;
    assert_eq!(books.alloc(1).map(|r| r.addr), Some(base));
    assert_eq!(books.alloc(pages).map(|r| r.addr), Some(base + PAGE));
    assert_eq!(books.alloc(pages), None);
}

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
    Release { max: usize, granule: usize },
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        1 => (0usize..20, 1usize..6).prop_map(|(gap, chunks)| Op::Grow { gap, chunks }),
        8 => prop_oneof![1usize..4, 1usize..80, 400usize..3000].prop_map(Op::Alloc),
        6 => any::<usize>().prop_map(Op::Free),
        2 => (1usize..200, prop_oneof![Just(1usize), Just(8)]).prop_map(|(max, granule)| Op::Release { max, granule }),
    ]
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Page {
    Absent,
    Free { released: bool },
    Used,
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
                    prop_assert!(books.grow(&OsPages, addr, chunks * CHUNK_BYTES, &sys));
                    model.resize(model.len() + chunks * CHUNK_PAGES, Page::Free { released: true });
                }
                Op::Alloc(n) => {
                    let free = |p: &Page| matches!(p, Page::Free { .. });
                    let mut run = 0;
                    let want = model.iter().enumerate().find_map(|(i, p)| {
                        run = if free(p) { run + 1 } else { 0 };
                        (run == n).then(|| i + 1 - n)
                    });
                    let want = want.map(|at| Run {
                        addr: BASE + at * PAGE,
                        released: model[at..at + n].iter().filter(|p| **p == Page::Free { released: true }).count(),
                    });
                    prop_assert_eq!(books.alloc(n), want);
                    if let Some(run) = want {
                        let at = (run.addr - BASE) / PAGE;
                        model[at..at + n].fill(Page::Used);
                        live.push((run.addr, n));
                    }
                }
                Op::Free(pick) => {
                    if live.is_empty() {
                        continue;
                    }
                    let (addr, n) = live.swap_remove(pick % live.len());
                    books.free(addr, n);
                    let at = (addr - BASE) / PAGE;
                    model[at..at + n].fill(Page::Free { released: false });
                }
                Op::Release { max, granule } => {
                    let mut below = usize::MAX;
                    let mut left = max;
                    while let Some((addr, n)) = books.take_unreleased(below, left, granule) {
                        prop_assert!(n <= left && n > 0 && n.is_multiple_of(granule) && (addr / PAGE).is_multiple_of(granule));
                        let at = (addr - BASE) / PAGE;
                        let backed = model[at..at + n].iter().all(|p| *p == Page::Free { released: false });
                        prop_assert!(backed);
                        model[at..at + n].fill(Page::Free { released: true });
                        books.give_released(addr, n);
                        left -= n;
                        below = addr;
                    }
                    if granule == 1 {
                        let unreleased = model.iter().filter(|p| **p == Page::Free { released: false }).count();
                        prop_assert!(left == 0 || unreleased == 0, "stopped early: {} left, {} there", left, unreleased);
                    }
                }
            }
            let free = model.iter().filter(|p| matches!(p, Page::Free { .. })).count();
            let released = model.iter().filter(|p| **p == Page::Free { released: true }).count();
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
    assert!(books.grow(&OsPages, border - CHUNK_BYTES, 2 * CHUNK_BYTES, &sys));
    assert!(books.grow(&OsPages, BASE, CHUNK_BYTES, &sys));
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
    assert!(books.grow(&OsPages, base, 3 << 34, &sys));
    let pages = (2 << 34) / PAGE;
    assert_eq!(books.alloc(1).map(|r| r.addr), Some(base));
    assert_eq!(books.alloc(pages).map(|r| r.addr), Some(base + PAGE));
    assert_eq!(books.alloc(pages), None);
}

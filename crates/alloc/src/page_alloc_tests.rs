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
    Empty { log: u32 },
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
        1 => (0u32..5).prop_map(|log| Op::Empty { log }),
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

/// The books, and a list of pages that they have to agree with.
struct Pair {
    books: Box<PageAlloc>,
    sys: Counter,
    model: Vec<Page>,
    /// Address and pages of each run in use.
    live: Vec<(usize, usize)>,
}

/// The number of a page in the model.
fn number(addr: usize) -> usize {
    (addr - BASE) / PAGE
}

impl Pair {
    fn new() -> Self {
        Pair { books: Box::new(PageAlloc::new()), sys: Counter::new(), model: Vec::new(), live: Vec::new() }
    }

    /// How many pages the model has of a kind.
    fn count(&self, page: Page) -> usize {
        self.model.iter().filter(|p| **p == page).count()
    }

    fn step(&mut self, op: Op) -> Result<(), TestCaseError> {
        match op {
            Op::Grow { gap, chunks } => self.grow(gap, chunks)?,
            Op::Alloc(n) => self.alloc(n, 1, PageAlloc::alloc)?,
            Op::AllocAligned { n, align } => self.alloc(n, align, |books, n| books.alloc_aligned(n, align))?,
            Op::Free(pick) => self.free(pick),
            Op::Release { max, granule, refused } => self.release(max, granule, refused)?,
            Op::Empty { log } => self.empty(CHUNK_BYTES << log)?,
            Op::ForgetKept => {
                self.books.forget_kept();
                for p in self.model.iter_mut().filter(|p| **p == Page::Free(Behind::Kept)) {
                    *p = Page::Free(Behind::Memory);
                }
            }
        }
        self.agree()
    }

    fn grow(&mut self, gap: usize, chunks: usize) -> Result<(), TestCaseError> {
        self.model.resize(self.model.len() + gap * CHUNK_PAGES, Page::Absent);
        let addr = BASE + self.model.len() * PAGE;
        prop_assert!(self.books.grow(&OsPages, addr, chunks * CHUNK_BYTES, zeroed(), &self.sys));
        self.model.resize(self.model.len() + chunks * CHUNK_PAGES, Page::Free(Behind::Nothing));
        Ok(())
    }

    /// The first run that fits is to be what `by` answers.
    fn alloc(
        &mut self,
        n: usize,
        align: usize,
        by: impl FnOnce(&mut PageAlloc, usize) -> Option<Run>,
    ) -> Result<(), TestCaseError> {
        // Page numbers and indices are equally aligned: the base is.
        let first = (0..self.model.len().saturating_sub(n - 1))
            .step_by(align)
            .find(|&i| self.model[i..i + n].iter().all(|p| matches!(p, Page::Free(_))));
        let want = first.map(|at| Run {
            addr: BASE + at * PAGE,
            released: self.model[at..at + n].iter().filter(|p| **p == Page::Free(Behind::Nothing)).count(),
        });
        prop_assert_eq!(by(&mut self.books, n), want);
        if let Some(at) = first {
            self.model[at..at + n].fill(Page::Used);
            self.live.push((BASE + at * PAGE, n));
        }
        Ok(())
    }

    fn free(&mut self, pick: usize) {
        if self.live.is_empty() {
            return;
        }
        let (addr, n) = self.live.swap_remove(pick % self.live.len());
        self.books.free(addr, n);
        self.model[number(addr)..][..n].fill(Page::Free(Behind::Memory));
    }

    /// Gives up to `max` pages back, which the system may have `refused`.
    fn release(&mut self, max: usize, granule: usize, refused: bool) -> Result<(), TestCaseError> {
        let (mut below, mut left) = (usize::MAX, max);
        while let Some((addr, n)) = self.books.take_unreleased(below, left, granule) {
            prop_assert!(n <= left && n > 0 && n.is_multiple_of(granule) && (addr / PAGE).is_multiple_of(granule));
            let run = &mut self.model[number(addr)..][..n];
            prop_assert!(run.iter().all(|p| *p == Page::Free(Behind::Memory)));
            if refused {
                run.fill(Page::Free(Behind::Kept));
                self.books.give_kept(addr, n);
            } else {
                run.fill(Page::Free(Behind::Nothing));
                self.books.give_released(addr, n, zeroed());
            }
            left -= n;
            below = addr;
        }
        if granule == 1 {
            let unreleased = self.count(Page::Free(Behind::Memory));
            prop_assert!(left == 0 || unreleased == 0, "stopped early: {} left, {} there", left, unreleased);
        }
        Ok(())
    }

    /// Takes every run of empty leaves and returns it: each such leaf once, the highest first, none across the border of a `unit`.
    fn empty(&mut self, unit: usize) -> Result<(), TestCaseError> {
        let is_empty = |leaf: &[Page]| leaf.iter().all(|p| *p == Page::Free(Behind::Nothing));
        let want: Vec<bool> = self.model.chunks(CHUNK_PAGES).map(is_empty).collect();
        let mut got = vec![false; want.len()];
        let mut below = usize::MAX;
        while let Some((addr, size)) = self.books.take_empty(below, unit) {
            prop_assert!(addr + size <= below && size > 0 && addr / unit == (addr + size - 1) / unit);
            prop_assert_eq!(self.books.free_pages(), self.count_free() - size / PAGE);
            got[number(addr) / CHUNK_PAGES..][..size / CHUNK_BYTES].fill(true);
            self.books.give_empty(addr, size);
            below = addr;
        }
        prop_assert_eq!(got, want);
        Ok(())
    }

    fn count_free(&self) -> usize {
        self.model.iter().filter(|p| matches!(p, Page::Free(_))).count()
    }

    fn agree(&self) -> Result<(), TestCaseError> {
        prop_assert_eq!(self.books.kept_pages(), self.count(Page::Free(Behind::Kept)));
        let free = self.count_free();
        let released = self.count(Page::Free(Behind::Nothing));
        prop_assert_eq!((self.books.free_pages(), self.books.released_pages()), (free, released));
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn agrees_with_a_plain_model(ops in prop::collection::vec(op(), 1..120)) {
        let mut pair = Pair::new();
        for op in ops {
            pair.step(op)?;
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

//! Memory of descriptors and tables: [`Records`], which lives as long as its runtime and is given back at once.

use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::sync::{Mutex, PoisonError};

/// Bytes of a piece that small records share.
const PIECE: usize = 16 << 10;
/// A record of so many bytes has a piece of its own: of a large one that is never used, the system then has nothing to give.
const LARGE: usize = PIECE / 4;

/// Zeroed memory that is freed with this.
pub(super) struct Records(Mutex<State>);

struct State {
    pieces: Vec<(*mut u8, Layout)>,
    /// What is left of the last shared piece, and how many bytes.
    rest: (*mut u8, usize),
}

// SAFETY: the pieces are the records' own, whichever thread frees them.
unsafe impl Send for State {}

impl Records {
    pub(super) const fn new() -> Self {
        Records(Mutex::new(State { pieces: Vec::new(), rest: (std::ptr::null_mut(), 0) }))
    }

    /// Memory of that layout, all zero bytes, until this is dropped.
    pub(super) fn alloc(&self, layout: Layout) -> *mut u8 {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if layout.size() >= LARGE || layout.align() > LARGE {
            return state.piece(layout);
        }
        let (at, left) = state.rest;
        let skip = at.align_offset(layout.align());
        if skip.checked_add(layout.size()).is_some_and(|n| n <= left) {
            let n = skip + layout.size();
            state.rest = (at.wrapping_add(n), left - n);
            return at.wrapping_add(skip);
        }
        let piece = Layout::from_size_align(PIECE, LARGE).expect("a constant layout");
        let at = state.piece(piece);
        state.rest = (at.wrapping_add(layout.size()), PIECE - layout.size());
        at
    }
}

impl State {
    fn piece(&mut self, layout: Layout) -> *mut u8 {
        // SAFETY: no record has size 0.
        let at = unsafe { alloc_zeroed(layout) };
        assert!(!at.is_null(), "no memory for a descriptor");
        self.pieces.push((at, layout));
        at
    }
}

impl Drop for State {
    fn drop(&mut self) {
        for (at, layout) in self.pieces.drain(..) {
            // SAFETY: `piece` allocated it with that layout, and the records in it end with this.
            unsafe { dealloc(at, layout) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_apart_aligned_and_zero() {
        let records = Records::new();
        let mut all: Vec<(usize, usize)> = Vec::new();
        for i in 1..400usize {
            let layout = Layout::from_size_align(i * 37 % 9000 + 1, 1 << (i % 13)).unwrap();
            let at = records.alloc(layout);
            assert_eq!(at.addr() % layout.align(), 0);
            // SAFETY: as much was just allocated, and is this test's.
            let bytes = unsafe { std::slice::from_raw_parts_mut(at, layout.size()) };
            assert!(bytes.iter().all(|b| *b == 0));
            bytes.fill(0xff);
            all.push((at.addr(), layout.size()));
        }
        all.sort_unstable();
        assert!(all.windows(2).all(|w| w[0].0 + w[0].1 <= w[1].0));
    }
}

//! Records of one kind in pages of their own: a page of which nothing is in use can go back to the heap. Where the pages come from, and when they
//! go, is the owner's affair (`waiters`).

use crate::size_class::PAGE;
use core::ptr::null_mut;

/// A kind of records, each with a word that links it to the next spare one.
///
/// # Safety
/// [`link`](Kind::link) points into the record, to the same word whatever the record holds, which has no meaning while it is spare.
pub unsafe trait Kind {
    /// Such a record.
    type Record;

    /// What one holds that was never used.
    const NEW: Self::Record;

    /// Where its link is.
    ///
    /// # Safety
    /// `this` points to a record.
    unsafe fn link(this: *mut Self::Record) -> *mut *mut Self::Record;
}

/// The head of a page; its records follow.
#[repr(C)]
struct Slab<T> {
    next: *mut Slab<T>,
    prev: *mut Slab<T>,
    /// The first of the spare records.
    free: *mut T,
    /// How many those are.
    count: usize,
}

/// The pages that have spare records. Those of which nothing is in use are the last.
pub struct Slabs<K: Kind> {
    first: *mut Slab<K::Record>,
    last: *mut Slab<K::Record>,
    /// Of all pages, those without spare records too.
    pages: usize,
}

// SAFETY: the pages are the value's own, and so are the spare records.
unsafe impl<K: Kind> Send for Slabs<K> {}

impl<K: Kind> core::fmt::Debug for Slabs<K> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Slabs").field("pages", &self.pages).finish_non_exhaustive()
    }
}

impl<K: Kind> Slabs<K> {
    /// Records in a page.
    pub const ROOM: usize = (PAGE - Self::HEAD) / size_of::<K::Record>();
    /// Bytes before them.
    const HEAD: usize = size_of::<Slab<K::Record>>().next_multiple_of(align_of::<K::Record>());

    /// None.
    pub const EMPTY: Self = Self { first: null_mut(), last: null_mut(), pages: 0 };

    /// How many pages there are.
    pub fn pages(&self) -> usize {
        self.pages
    }

    /// Takes a spare record, of a page that has others in use if there is one; null: there is none.
    pub fn take(&mut self) -> *mut K::Record {
        let slab = self.first;
        if slab.is_null() {
            return null_mut();
        }
        // SAFETY: a page on the list has spare records, which are its own.
        unsafe {
            let at = (*slab).free;
            (*slab).free = *K::link(at);
            (*slab).count -= 1;
            if (*slab).count == 0 {
                self.unlink(slab);
            }
            at
        }
    }

    /// Takes a record back.
    ///
    /// # Safety
    /// `take` gave it, and nothing uses it any more.
    pub unsafe fn give(&mut self, at: *mut K::Record) {
        // SAFETY: the record lies in a page of this value's, which begins where the multiple of its size below the record is, and is nothing
        // else's any more (this function's contract).
        unsafe {
            let slab: *mut Slab<K::Record> = at.cast::<u8>().wrapping_sub(at.addr() % PAGE).cast();
            K::link(at).write((*slab).free);
            (*slab).free = at;
            (*slab).count += 1;
            match (*slab).count {
                // Also if one is all that there is room for: whole pages are found at the end.
                n if n == Self::ROOM => {
                    if n > 1 {
                        self.unlink(slab);
                    }
                    self.put(slab, self.last);
                }
                1 => self.put(slab, null_mut()),
                _ => {}
            }
        }
    }

    /// Adds a page.
    ///
    /// # Safety
    /// `page` points to [`PAGE`] writable bytes at a multiple of that, which are the value's from now on.
    pub unsafe fn add(&mut self, page: *mut u8) {
        const { assert!(Self::ROOM > 0, "a page has room for a record") };
        // SAFETY: a page of the value's own (this function's contract), whose head and records have room in it.
        unsafe {
            let slab: *mut Slab<K::Record> = page.cast();
            slab.write(Slab { next: null_mut(), prev: null_mut(), free: null_mut(), count: Self::ROOM });
            let first: *mut K::Record = page.add(Self::HEAD).cast();
            for i in (0..Self::ROOM).rev() {
                let at = first.add(i);
                at.write(K::NEW);
                K::link(at).write((*slab).free);
                (*slab).free = at;
            }
            self.put(slab, self.last);
        }
        self.pages += 1;
    }

    /// Gives up a page of which nothing is in use; null: there is none.
    pub fn remove(&mut self) -> *mut u8 {
        let slab = self.last;
        // SAFETY: a page on the list.
        if slab.is_null() || unsafe { (*slab).count } < Self::ROOM {
            return null_mut();
        }
        // SAFETY: a page on the list (the last one).
        unsafe { self.unlink(slab) };
        self.pages -= 1;
        slab.cast()
    }

    /// Puts a page on the list behind another one, or at its head.
    ///
    /// # Safety
    /// `slab` is a page of the value's that is not on the list; `behind` is one that is, or null.
    unsafe fn put(&mut self, slab: *mut Slab<K::Record>, behind: *mut Slab<K::Record>) {
        // SAFETY: pages of the value's (this function's contract), and those that they name.
        unsafe {
            (*slab).prev = behind;
            let next = if behind.is_null() { &mut self.first } else { &mut (*behind).next };
            (*slab).next = core::mem::replace(next, slab);
            match (*slab).next.as_mut() {
                Some(next) => next.prev = slab,
                None => self.last = slab,
            }
        }
    }

    /// Takes a page off the list.
    ///
    /// # Safety
    /// It is on it.
    unsafe fn unlink(&mut self, slab: *mut Slab<K::Record>) {
        // SAFETY: pages of the value's (this function's contract), and those that they name.
        unsafe {
            let (next, prev) = ((*slab).next, (*slab).prev);
            match prev.as_mut() {
                Some(prev) => prev.next = next,
                None => self.first = next,
            }
            match next.as_mut() {
                Some(next) => next.prev = prev,
                None => self.last = prev,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::alloc::{Layout, alloc, dealloc};
    use std::collections::HashSet;

    struct Node {
        link: *mut Node,
        value: usize,
        _more: [usize; 6],
    }

    struct Nodes;

    // SAFETY: the link is a field, of no other use.
    unsafe impl Kind for Nodes {
        type Record = Node;
        const NEW: Node = Node { link: null_mut(), value: 0, _more: [0; 6] };
        unsafe fn link(this: *mut Node) -> *mut *mut Node {
            // SAFETY: a record (the method's contract).
            unsafe { &raw mut (*this).link }
        }
    }

    const PAGES: Layout = match Layout::from_size_align(PAGE, PAGE) {
        Ok(layout) => layout,
        Err(_) => panic!("a page has a layout"),
    };

    fn take(slabs: &mut Slabs<Nodes>) -> *mut Node {
        let mut at = slabs.take();
        if at.is_null() {
            // SAFETY: a page for it alone.
            unsafe { slabs.add(alloc(PAGES)) };
            at = slabs.take();
        }
        at
    }

    fn shrink(slabs: &mut Slabs<Nodes>) -> usize {
        let mut n = 0;
        loop {
            let page = slabs.remove();
            if page.is_null() {
                return n;
            }
            // SAFETY: allocated by `take`.
            unsafe { dealloc(page, PAGES) };
            n += 1;
        }
    }

    #[test]
    fn what_is_not_in_use_goes_back() {
        let mut slabs = Slabs::<Nodes>::EMPTY;
        let many = Slabs::<Nodes>::ROOM * 5 + 3;
        let all: Vec<_> = (0..many).map(|_| take(&mut slabs)).collect();
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), many);
        assert_eq!((slabs.pages(), shrink(&mut slabs)), (6, 0));
        for &at in &all[1..] {
            // SAFETY: taken, and of no use.
            unsafe { slabs.give(at) };
        }
        // One is in use, in the first page.
        assert_eq!((shrink(&mut slabs), slabs.pages()), (5, 1));
        // SAFETY: taken, and of no use any more.
        unsafe { slabs.give(all[0]) };
        assert_eq!((shrink(&mut slabs), slabs.pages()), (1, 0));
        assert!(slabs.take().is_null());
    }

    #[test]
    fn any_order() {
        let mut slabs = Slabs::<Nodes>::EMPTY;
        let mut held = Vec::new();
        let mut seed = 1u64;
        for step in 0..200_000usize {
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            let (draw, grows) = ((seed >> 33) as usize, step / 5000 % 2 == 0);
            if held.is_empty() || draw % 100 < if grows { 55 } else { 45 } {
                let at = take(&mut slabs);
                // SAFETY: taken, so that it is ours alone: what it held before was given back.
                unsafe {
                    assert_eq!((*at).value, 0, "in use");
                    (*at).value = step + 1;
                }
                held.push((at, step + 1));
            } else {
                let (at, value) = held.swap_remove(draw % held.len());
                // SAFETY: taken above; given back once.
                unsafe {
                    assert_eq!(core::mem::take(&mut (*at).value), value, "changed");
                    slabs.give(at);
                }
            }
            if draw % 1000 == 0 {
                let used: HashSet<_> = held.iter().map(|(at, _)| at.addr() / PAGE).collect();
                shrink(&mut slabs);
                assert_eq!(slabs.pages(), used.len(), "all pages without a record in use went back");
            }
        }
        for (at, _) in held {
            // SAFETY: taken above; given back once.
            unsafe { slabs.give(at) };
        }
        shrink(&mut slabs);
        assert_eq!(slabs.pages(), 0);
    }

    struct Large {
        link: *mut Large,
        _more: [usize; PAGE / 16],
    }

    struct OneAPage;

    // SAFETY: the link is a field, of no other use.
    unsafe impl Kind for OneAPage {
        type Record = Large;
        const NEW: Large = Large { link: null_mut(), _more: [0; PAGE / 16] };
        unsafe fn link(this: *mut Large) -> *mut *mut Large {
            // SAFETY: a record (the method's contract).
            unsafe { &raw mut (*this).link }
        }
    }

    #[test]
    fn one_a_page() {
        assert_eq!(Slabs::<OneAPage>::ROOM, 1);
        let mut slabs = Slabs::<OneAPage>::EMPTY;
        // SAFETY: a page for it alone; what is given was taken.
        unsafe {
            slabs.add(alloc(PAGES));
            let at = slabs.take();
            assert!(slabs.remove().is_null() && slabs.take().is_null());
            slabs.give(at);
            dealloc(slabs.remove(), PAGES);
        }
        assert_eq!(slabs.pages(), 0);
    }
}

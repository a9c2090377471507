//! A 4-ary heap of words by time, in one array, and the array's memory. Which words are still of use, and who locks, is the business of
//! `timer`.
//!
//! An entry has its time in it and nothing points back to it, so moving entries touches the array alone: four entries that have the same
//! parent are one cache line, and what they stand for is not read. The price is that an entry can be taken out only where it is come upon.
//!
//! An entry that was before all others when it was pushed need not be in the array: `front` is for some, each before the one under it. So what
//! is pushed to be the first and soon taken out again, as for a short sleep, moves nothing, however many entries there are; and of many that
//! are pushed one before the other not each goes through the array from its end to its beginning: all in front do so together.

use core::mem::size_of;

/// A word at a time.
#[derive(Clone, Copy)]
pub(crate) struct Entry {
    pub when: i64,
    pub word: usize,
}

const ENTRY: usize = size_of::<Entry>();
/// Children begin in the second of their four places otherwise: so many places before the first entry are left free, so that they are one
/// line of the cache.
const SKIPPED: usize = 3;
/// An array of so many places is a mapping of its own, halved when it is down to a quarter, and never smaller again.
pub(crate) const MAPPED: usize = 4096;
/// How many entries ahead of an entry it is known soon.
const AHEAD: usize = 12;
/// Places of the first array.
const FIRST: usize = 64;

/// Entries that there may be in front; a power of 2.
const FRONT: usize = if cfg!(test) { 4 } else { 32 };

/// See the module's header.
pub(crate) struct Heap {
    /// Entries that are not in the array, the last one first: the others follow, and no entry of the array is before it.
    front: [Entry; FRONT],
    /// How many are in front.
    fronts: usize,
    /// The first entry of the array.
    at: *mut Entry,
    /// Entries in the array. There is room for those in front too.
    len: usize,
    /// Places in the array, those that are skipped included.
    places: usize,
}

impl Heap {
    pub const fn new() -> Self {
        let front = [Entry { when: 0, word: 0 }; FRONT];
        Heap { front, fronts: 0, at: core::ptr::dangling_mut(), len: 0, places: 0 }
    }

    #[inline]
    pub fn len(&self) -> usize {
        self.len + self.fronts
    }

    /// The one in front that is before the others, if there is one.
    #[inline]
    fn top(&self) -> Option<Entry> {
        (self.fronts != 0).then(|| self.front[(self.fronts - 1) % FRONT])
    }

    /// The first entry, if there is one.
    #[inline]
    pub fn first(&self) -> Option<Entry> {
        match self.top() {
            // SAFETY: the array has an entry.
            None if self.len != 0 => Some(unsafe { self.read(0) }),
            top => top,
        }
    }

    /// Bytes mapped for it.
    pub fn mapped(&self) -> usize {
        if self.places >= MAPPED { self.places * ENTRY } else { 0 }
    }

    /// The entry `i`: 0 is the first; which of the others have which numbers changes with each change.
    #[inline]
    pub fn get(&self, i: usize) -> Entry {
        match i.checked_sub(self.fronts) {
            None => self.front[(self.fronts - 1 - i) % FRONT],
            Some(i) => {
                assert!(i < self.len);
                // SAFETY: `i` is below `len`.
                unsafe { self.read(i) }
            }
        }
    }

    /// The word of the entry `i` is `word` from now on.
    #[inline]
    pub fn set_word(&mut self, i: usize, word: usize) {
        match i.checked_sub(self.fronts) {
            None => self.front[(self.fronts - 1 - i) % FRONT].word = word,
            Some(i) => {
                assert!(i < self.len);
                // SAFETY: `i` is below `len`.
                unsafe { (*self.at.add(i)).word = word };
            }
        }
    }

    /// The time of the first entry, which there is, is `when` from now on: not after what it was.
    #[inline]
    pub fn advance_root(&mut self, when: i64) {
        debug_assert!(self.first().is_some_and(|e| e.when >= when));
        if self.fronts != 0 {
            self.front[(self.fronts - 1) % FRONT].when = when;
        } else {
            // SAFETY: the array has an entry.
            unsafe { (*self.at).when = when };
        }
    }

    /// `e` takes the place of the first entry, which there is, and is not before it.
    #[inline]
    pub fn replace_root(&mut self, e: Entry) {
        debug_assert!(self.first().is_some_and(|root| root.when <= e.when));
        // SAFETY: the array has an entry, whose place is the hole, or room for those in front.
        unsafe {
            if self.fronts == 0 {
                return self.down(0, e);
            }
            let under = self.fronts >= 2 && self.front[(self.fronts - 2) % FRONT].when < e.when;
            if under || (self.len != 0 && self.read(0).when < e.when) {
                self.fronts -= 1;
                self.keep_front();
                self.len += 1;
                self.up(self.len - 1, e);
            } else {
                self.front[(self.fronts - 1) % FRONT] = e;
            }
        }
    }

    /// What was first has gone: what is in front goes to the array unless it is before all that is there.
    #[inline]
    fn keep_front(&mut self) {
        // SAFETY: the array has an entry.
        if self.len != 0 && self.top().is_some_and(|top| unsafe { self.read(0) }.when < top.when) {
            self.empty_front();
        }
    }

    /// What is in front goes to the array.
    #[cold]
    #[inline(never)]
    fn empty_front(&mut self) {
        let mut from = self.len;
        // SAFETY: there is room for those in front; parents are before their children.
        unsafe {
            // In the order of their times, which is that of a heap.
            while let Some(top) = self.top() {
                self.fronts -= 1;
                self.len += 1;
                self.write(self.len - 1, top);
            }
            let mut to = self.len;
            // The parents of what is new or has changed, and theirs.
            while from != 0 {
                (from, to) = ((from - 1) / 4, (to - 2) / 4 + 1);
                for i in (from..to).rev() {
                    self.down(i, self.read(i));
                }
            }
        }
    }

    /// # Safety
    /// `i` is below `len`.
    #[inline]
    unsafe fn read(&self, i: usize) -> Entry {
        debug_assert!(i < self.len);
        // SAFETY: `i` is below `len`, and so in the array, and written.
        unsafe { *self.at.add(i) }
    }

    /// # Safety
    /// `i` is below `len`.
    #[inline]
    unsafe fn write(&mut self, i: usize, e: Entry) {
        debug_assert!(i < self.len);
        // SAFETY: `i` is below `len`, and so in the array.
        unsafe { self.at.add(i).write(e) };
    }

    /// Moves `e` from the hole `i` towards the root to its place, and gives that.
    ///
    /// # Safety
    /// `i` is below `len`.
    #[inline]
    unsafe fn up(&mut self, mut i: usize, e: Entry) -> usize {
        // SAFETY: indices only get smaller.
        unsafe {
            while i > 0 {
                let parent = (i - 1) / 4;
                let above = self.read(parent);
                if above.when <= e.when {
                    break;
                }
                self.write(i, above);
                i = parent;
            }
            self.write(i, e);
        }
        i
    }

    /// Moves `e` from the hole `i` towards the leaves to its place.
    ///
    /// # Safety
    /// `i` is below `len`.
    unsafe fn down(&mut self, mut i: usize, e: Entry) {
        // SAFETY: children are checked against `len`.
        unsafe {
            loop {
                let first = 4 * i + 1;
                let at = if first + 4 <= self.len {
                    // Asked for before it is known which of the four it will be: one wait for memory is for two levels.
                    let below = 4 * first + 1;
                    if below < self.len && self.places > MAPPED {
                        for line in 0..4 {
                            crate::os::prefetch(self.at.wrapping_add(below + 4 * line).cast());
                        }
                    }
                    let time = |c: usize| (*self.at.add(first + c)).when;
                    // Which is the least cannot be foreseen: no jumps.
                    let a = usize::from(time(1) < time(0));
                    let b = 2 + usize::from(time(3) < time(2));
                    first + core::hint::select_unpredictable(time(b) < time(a), b, a)
                } else {
                    let mut at = first;
                    for c in first + 1..self.len {
                        if self.read(c).when < self.read(at).when {
                            at = c;
                        }
                    }
                    at
                };
                if at >= self.len {
                    break;
                }
                let least = self.read(at);
                if least.when >= e.when {
                    break;
                }
                self.write(i, least);
                i = at;
            }
            self.write(i, e);
        }
    }

    /// Adds `e`. `memory` gives as many bytes as it is asked for, which nothing else uses, aligned to a line of the cache (or to an
    /// [`Entry`], which is slower).
    ///
    /// # Safety
    /// `memory` does.
    #[inline]
    pub unsafe fn push(&mut self, e: Entry, memory: impl FnOnce(usize) -> *mut u8) {
        // SAFETY: `memory` is as it should be (this function's contract); with it there is room for another, and one more.
        unsafe {
            if self.len() + SKIPPED >= self.places {
                self.grow(memory);
            }
            if self.first().is_some_and(|first| first.when <= e.when) {
                self.len += 1;
                self.up(self.len - 1, e);
                return;
            }
            if self.fronts == FRONT {
                self.empty_front();
            }
            self.front[self.fronts % FRONT] = e;
            self.fronts += 1;
        }
    }

    /// Takes the entry `i` out.
    #[inline]
    pub fn remove(&mut self, i: usize) -> Entry {
        let gone = self.get(i);
        let Some(i) = i.checked_sub(self.fronts) else {
            let from = self.fronts - i;
            if i != 0 {
                self.front.copy_within(from..self.fronts, from - 1);
            }
            self.fronts -= 1;
            self.keep_front();
            return gone;
        };
        // SAFETY: `i` is below `len`, so that there is a last one.
        unsafe {
            let last = self.read(self.len - 1);
            self.len -= 1;
            if i < self.len && self.up(i, last) == i {
                self.down(i, last);
            }
        }
        if self.places > MAPPED && self.len < self.places / 4 {
            self.shrink();
        }
        gone
    }

    /// Takes out what `keeps` refuses: it is asked of each entry, with one that it will be asked of soon.
    pub fn retain(&mut self, mut keeps: impl FnMut(Entry, Entry) -> bool) {
        let mut kept = 0;
        for i in 0..self.fronts {
            let e = self.front[i];
            self.front[kept] = e;
            kept += usize::from(keeps(e, e));
        }
        self.fronts = kept;
        kept = 0;
        // SAFETY: indices are below `len`, children are checked against it.
        unsafe {
            for i in 0..self.len {
                let e = self.read(i);
                // Written in any case: which is kept cannot be foreseen.
                self.write(kept, e);
                kept += usize::from(keeps(e, self.read((i + AHEAD).min(self.len - 1))));
            }
            self.len = kept;
            for i in (0..(kept + 2) / 4).rev() {
                self.down(i, self.read(i));
            }
        }
        self.keep_front();
        while self.places > MAPPED && self.len < self.places / 4 && self.shrink() {}
    }

    /// Takes all out.
    pub fn clear(&mut self) {
        self.fronts = 0;
        self.len = 0;
        while self.places > MAPPED && self.shrink() {}
    }

    /// Takes all out, and gives the array's memory back if it is a mapping; otherwise it is whose that gave it.
    #[cfg(feature = "std")]
    pub fn free(&mut self) {
        self.fronts = 0;
        self.len = 0;
        let (base, mapped) = (self.base(), self.mapped());
        self.at = core::ptr::dangling_mut();
        self.places = 0;
        if mapped != 0 {
            // SAFETY: the array was a mapping of this heap's, which has none any more.
            unsafe { crate::os::unmap(base, mapped) };
        }
    }

    /// # Safety
    /// As for [`Heap::push`].
    #[cold]
    #[inline(never)]
    unsafe fn grow(&mut self, memory: impl FnOnce(usize) -> *mut u8) {
        let places = (self.places * 2).max(FIRST);
        let bytes = places * ENTRY;
        let new = if self.places >= MAPPED {
            // SAFETY: the array is a mapping of this heap's, and no reference to it is kept.
            let at = unsafe { crate::os::remap(self.base(), self.places * ENTRY, bytes) };
            if !at.is_null() {
                self.be_at(at, places);
                return;
            }
            memory(bytes)
        } else {
            let mapped = if places < MAPPED { core::ptr::null_mut() } else { crate::os::map_anywhere(bytes) };
            if mapped.is_null() { memory(bytes) } else { mapped }
        };
        let (old, mapped) = (self.base(), self.mapped());
        let from = self.at;
        self.be_at(new, places);
        // SAFETY: the new array has room for the entries and is apart from the old one, which is the heap's and has no use now. One that
        // was not mapped stays: together they are smaller than the smallest that is.
        unsafe {
            core::ptr::copy_nonoverlapping(from, self.at, self.len);
            if mapped != 0 {
                crate::os::unmap(old, mapped);
            }
        }
    }

    /// Gives half of a mapped array back, which is at most half full; without success if the kernel refuses.
    #[cold]
    #[inline(never)]
    fn shrink(&mut self) -> bool {
        // SAFETY: the array is a mapping of this heap's, and no reference to it is kept; the entries are in the half that stays.
        let at = unsafe { crate::os::remap(self.base(), self.places * ENTRY, self.places / 2 * ENTRY) };
        if !at.is_null() {
            self.be_at(at, self.places / 2);
        }
        !at.is_null()
    }

    /// Fails unless no entry is before its parent.
    #[cfg(test)]
    pub fn check(&self) {
        for i in 0..self.len {
            // SAFETY: `i` is below `len`.
            unsafe {
                assert!(self.read(i.saturating_sub(1) / 4).when <= self.read(i).when);
                assert!(self.top().is_none_or(|top| top.when <= self.read(i).when));
            }
        }
        assert!(self.front[..self.fronts].is_sorted_by(|a, b| a.when >= b.when));
        assert!(self.len() == 0 || self.len() + SKIPPED <= self.places);
    }

    /// Where the array begins.
    fn base(&self) -> *mut u8 {
        self.at.wrapping_sub(SKIPPED).cast()
    }

    fn be_at(&mut self, base: *mut u8, places: usize) {
        self.at = base.cast::<Entry>().wrapping_add(SKIPPED);
        self.places = places;
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::alloc::{Layout, alloc};

    fn memory(bytes: usize) -> *mut u8 {
        // SAFETY: not of size 0. Leaked, as the heap wants it.
        unsafe { alloc(Layout::from_size_align(bytes, 64).unwrap()) }
    }

    fn check(heap: &Heap) {
        heap.check();
        assert_eq!(
            heap.first().map(|e| (e.when, e.word)),
            (heap.len() != 0).then(|| heap.get(0)).map(|e| (e.when, e.word))
        );
    }

    proptest! {
        /// Against a list: what is pushed, taken from anywhere, put off at the root or advanced there.
        #[test]
        fn holds_what_a_list_holds(ops in proptest::collection::vec((0..7u8, 0..1000i64, any::<prop::sample::Index>()), 1..400)) {
            let (mut heap, mut list) = (Heap::new(), Vec::new());
            for (word, (op, when, at)) in ops.into_iter().enumerate() {
                let gone = |list: &mut Vec<(i64, usize)>, e: Entry| {
                    let i = list.iter().position(|x| *x == (e.when, e.word)).expect("an entry that was pushed");
                    list.swap_remove(i);
                };
                if op < 3 || heap.len() == 0 {
                    // SAFETY: `memory` is as the heap wants it.
                    unsafe { heap.push(Entry { when, word }, memory) };
                    list.push((when, word));
                } else if op == 3 {
                    gone(&mut list, heap.remove(at.index(heap.len())));
                } else if op == 6 {
                    // All that is earlier, or later, or one in some: each asked for once.
                    let keeps = |e: Entry| match when % 3 {
                        0 => e.when < when,
                        1 => e.when > when,
                        _ => e.word.is_multiple_of(at.index(5) + 1),
                    };
                    let mut asked = Vec::new();
                    heap.retain(|e, _| {
                        asked.push((e.when, e.word));
                        keeps(e)
                    });
                    asked.sort_unstable();
                    list.sort_unstable();
                    prop_assert_eq!(&asked, &list);
                    list.retain(|&(when, word)| keeps(Entry { when, word }));
                } else {
                    let root = heap.get(0);
                    prop_assert_eq!(Some(root.when), list.iter().map(|x| x.0).min());
                    gone(&mut list, root);
                    if op == 4 {
                        heap.replace_root(Entry { when: root.when + when, word });
                        list.push((root.when + when, word));
                    } else {
                        heap.advance_root(root.when - when);
                        heap.set_word(0, word);
                        list.push((root.when - when, word));
                    }
                }
                prop_assert_eq!(heap.len(), list.len());
                check(&heap);
            }
            let mut left: Vec<_> = core::iter::from_fn(|| (heap.len() != 0).then(|| heap.remove(0))).map(|e| (e.when, e.word)).collect();
            prop_assert!(left.is_sorted_by_key(|x| x.0));
            left.sort_unstable();
            list.sort_unstable();
            prop_assert_eq!(left, list);
        }
    }

    #[test]
    fn a_large_one_grows_in_place_and_gives_memory_back() {
        let mut heap = Heap::new();
        for round in 0..3 {
            for i in 0..100_000 {
                // SAFETY: `memory` is as the heap wants it.
                unsafe { heap.push(Entry { when: (i as i64 * 7919) % 100_003, word: i }, memory) };
            }
            assert_eq!(heap.mapped(), (1 << 17) * ENTRY);
            check(&heap);
            let mut last = 0;
            for _ in 0..60_000 {
                let e = heap.remove(0);
                assert!(e.when >= last && e.when == (e.word as i64 * 7919) % 100_003);
                last = e.when;
            }
            check(&heap);
            if round == 1 {
                heap.clear();
            }
            while heap.len() != 0 {
                heap.remove(heap.len() / 2);
            }
            assert_eq!(heap.mapped(), MAPPED * ENTRY, "round {round}");
        }
    }

    #[test]
    fn four_with_the_same_parent_are_one_line() {
        let mut heap = Heap::new();
        for n in 0..2 * MAPPED {
            // SAFETY: `memory` is as the heap wants it.
            unsafe { heap.push(Entry { when: n as i64, word: 0 }, memory) };
            assert_eq!(heap.at.wrapping_add(1).addr() % 64, 0, "{n}");
        }
    }
}

//! One table: a power of two of groups, probed in triangular steps. Which table a key belongs to is the business of
//! `directory`; when a table grows, of `grow`.
#[cfg(not(miri))]
pub(crate) use crate::arch::prefetch;
#[cfg(miri)]
pub(crate) use crate::group::generic::prefetch;
use crate::group::{self, Matches};
use crate::schema::Schema;

/// A table.
#[derive(Clone, Copy)]
pub(crate) struct Table {
    /// The first group.
    pub groups: *mut u8,
    /// The control words; of a single group it is that group's first word.
    pub controls: *mut u64,
    /// Number of groups less one.
    pub mask: usize,
}

/// A slot of a group.
#[derive(Clone, Copy)]
pub(crate) struct Slot {
    /// The group; null for no slot.
    pub group: *mut u8,
    /// The group's control word.
    pub control: *mut u64,
    /// The slot's number in it.
    pub index: usize,
}

impl Slot {
    /// No slot.
    pub const NONE: Slot = Slot { group: core::ptr::null_mut(), control: core::ptr::null_mut(), index: 0 };

    #[inline(always)]
    pub fn is_none(self) -> bool {
        self.group.is_null()
    }

    /// The key slot.
    ///
    /// # Safety
    /// `self` is a slot of a group of schema `s` (for all methods).
    #[inline(always)]
    pub unsafe fn key_slot<S: Schema>(self, s: &S) -> *mut u8 {
        // SAFETY: keys follow the first word.
        unsafe { self.group.add(8 + self.index * s.key_slot()) }
    }

    /// The element slot.
    ///
    /// # Safety
    /// As `key_slot`.
    #[inline(always)]
    pub unsafe fn elem_slot<S: Schema>(self, s: &S) -> *mut u8 {
        // SAFETY: elements follow the keys; null is no address in a group.
        unsafe {
            let elem = self.group.add(8 + 8 * s.key_slot() + self.index * s.elem_slot());
            core::hint::assert_unchecked(!elem.is_null());
            elem
        }
    }

    /// The key itself.
    ///
    /// # Safety
    /// As `key_slot`; the slot is full.
    #[inline(always)]
    pub unsafe fn key<S: Schema>(self, s: &S) -> *mut u8 {
        // SAFETY: an indirect slot of an entry holds a pointer.
        unsafe {
            let slot = self.key_slot(s);
            if s.indirect_key() { slot.cast::<*mut u8>().read() } else { slot }
        }
    }

    /// The element itself.
    ///
    /// # Safety
    /// As `key`.
    #[inline(always)]
    pub unsafe fn elem<S: Schema>(self, s: &S) -> *mut u8 {
        // SAFETY: an indirect slot of an entry holds a pointer.
        unsafe {
            let slot = self.elem_slot(s);
            if s.indirect_elem() { slot.cast::<*mut u8>().read() } else { slot }
        }
    }

    /// The control byte.
    ///
    /// # Safety
    /// As `key_slot`.
    #[inline(always)]
    pub unsafe fn ctrl(self) -> u8 {
        // SAFETY: the control word has a byte for each slot.
        unsafe { *self.control.cast::<u8>().add(self.index) }
    }

    /// Sets the control byte, by a store of the whole word: the next search of the group loads the word, and would wait until a store of one
    /// byte has left the processor.
    ///
    /// # Safety
    /// As `key_slot`.
    #[inline(always)]
    pub unsafe fn set_ctrl(self, ctrl: u8) {
        // SAFETY: the control word has a byte for each slot.
        unsafe {
            let shift = 8 * self.index as u32;
            let word = group::word(self.control) & !(0xff << shift) | u64::from(ctrl) << shift;
            self.control.write(word.to_le());
        }
    }
}

/// The number of no slot.
const NOWHERE: usize = usize::MAX;

/// What a search for a key, or else for room, found.
pub(crate) enum Found {
    /// The key's slot.
    Entry(Slot),
    /// No such key; the slot to put it in (none, if all are taken).
    Room(Slot),
}

impl Table {
    /// The table that is one group.
    #[inline(always)]
    pub fn small(group: *mut u8) -> Table {
        Table { groups: group, controls: group.cast(), mask: 0 }
    }

    /// Number of groups.
    #[inline(always)]
    pub fn len(self) -> usize {
        self.mask + 1
    }

    /// Slot `index` of group `i`.
    ///
    /// # Safety
    /// `i` is at most `mask`, `index` below eight, and the table is of schema `s`.
    #[inline(always)]
    pub unsafe fn slot<S: Schema>(self, s: &S, i: usize, index: usize) -> Slot {
        // SAFETY: the table has the group, whose address is not null.
        unsafe {
            let group = self.groups.add(i * s.group_size());
            core::hint::assert_unchecked(!group.is_null());
            Slot { group, control: self.controls.add(i), index }
        }
    }

    /// The address of the control word of group `i`.
    ///
    /// # Safety
    /// `i` is at most `mask`.
    #[inline(always)]
    pub unsafe fn control(self, i: usize) -> *mut u64 {
        // SAFETY: the table has the group.
        unsafe { self.controls.add(i) }
    }

    /// The group at which the probing for a hash begins.
    #[inline(always)]
    pub fn home(self, hash: u64) -> usize {
        group::h1(hash) & self.mask
    }

    /// Asks for the first lines of the group at which the probing for a hash begins, so that they come together with its control word, not after
    /// it.
    ///
    /// # Safety
    /// The table is of schema `s`.
    #[inline(always)]
    pub unsafe fn prefetch<S: Schema>(self, s: &S, hash: u64) {
        const LINE: usize = 64;
        // SAFETY: the table has the group.
        let group = unsafe { self.groups.add(self.home(hash) * s.group_size()) };
        for line in 0..S::LINES_AHEAD {
            prefetch(group.wrapping_add(line * LINE));
        }
    }

    /// The slot of `key`.
    ///
    /// Here only what nearly always suffices: the first group, and the first slot in it that matches. Where nothing matches in a table of one
    /// group, which may be full, there is no other to look at.
    ///
    /// # Safety
    /// The table is of schema `s`; `hash` is the hash of the valid `key`.
    #[inline(always)]
    pub unsafe fn find<S: Schema>(self, s: &S, hash: u64, key: S::Key) -> Result<Slot, S::Error> {
        let at = self.home(hash);
        // SAFETY: `at` is masked; a matching slot may be compared, as in `search`; what is found is a slot of the table.
        unsafe {
            let control = self.control(at);
            if let Some(index) = Matches::of(control, group::wide_h2(hash)).next() {
                let slot = self.slot(s, at, index);
                if s.equal(key, slot.key(s))? {
                    return Ok(slot);
                }
            } else if group::has_zero(control) || self.mask == 0 {
                return Ok(Slot::NONE);
            }
            Ok(match search(s, self.groups, self.controls, self.mask, hash, key)? {
                NOWHERE => Slot::NONE,
                n => self.slot(s, n / group::SLOTS, n % group::SLOTS),
            })
        }
    }

    /// [`Table::find`] in the first group, by the first slot in it that matches; `None` if that does not suffice.
    ///
    /// # Safety
    /// As `find`.
    #[inline(always)]
    pub unsafe fn find_near<S: Schema>(self, s: &S, hash: u64, key: S::Key) -> Result<Option<Slot>, S::Error> {
        let at = self.home(hash);
        // SAFETY: `at` is masked; a matching slot may be compared, as in `search`.
        unsafe {
            let control = self.control(at);
            if let Some(index) = Matches::of(control, group::wide_h2(hash)).next() {
                let slot = self.slot(s, at, index);
                if s.equal(key, slot.key(s))? {
                    return Ok(Some(slot));
                }
            } else if group::has_zero(control) || self.mask == 0 {
                return Ok(Some(Slot::NONE));
            }
            Ok(None)
        }
    }

    /// [`Table::find`] by a search of all groups.
    ///
    /// # Safety
    /// As `find`.
    #[inline(always)]
    pub unsafe fn find_far<S: Schema>(self, s: &S, hash: u64, key: S::Key) -> Result<Slot, S::Error> {
        // SAFETY: as for this function; what is found is a slot of the table.
        unsafe {
            Ok(match search(s, self.groups, self.controls, self.mask, hash, key)? {
                NOWHERE => Slot::NONE,
                n => self.slot(s, n / group::SLOTS, n % group::SLOTS),
            })
        }
    }

    /// The slot of `key`, or the slot where it belongs. As `find`, with the usual case only in its caller's place.
    ///
    /// # Safety
    /// As `find`.
    #[inline(always)]
    pub unsafe fn find_or_room<S: Schema>(self, s: &S, hash: u64, key: S::Key) -> Result<Found, S::Error> {
        let at = self.home(hash);
        // SAFETY: `at` is masked; a matching slot may be compared, as in `search`; what that and `free` find are slots of the table.
        unsafe {
            let control = self.control(at);
            let word = group::word(control);
            if let Some(index) = Matches::of(control, group::wide_h2(hash)).next() {
                let slot = self.slot(s, at, index);
                if s.equal(key, slot.key(s))? {
                    return Ok(Found::Entry(slot));
                }
            } else if group::empties(word) != 0 {
                return Ok(Found::Room(self.slot(s, at, group::first(group::frees(word)))));
            }
            let slot = |n| self.slot(s, n / group::SLOTS, n % group::SLOTS);
            Ok(match search(s, self.groups, self.controls, self.mask, hash, key)? {
                NOWHERE => Found::Room(match free(self.controls, self.mask, hash) {
                    NOWHERE => Slot::NONE,
                    n => slot(n),
                }),
                n => Found::Entry(slot(n)),
            })
        }
    }

    /// The first empty slot for a hash in a table without deleted slots that has one.
    ///
    /// # Safety
    /// The table is of schema `s` and has an empty slot.
    #[inline(always)]
    pub unsafe fn room<S: Schema>(self, s: &S, hash: u64) -> Slot {
        let mut at = self.home(hash);
        let mut step = 0;
        loop {
            // SAFETY: `at` is masked.
            unsafe {
                let frees = group::frees(group::word(self.control(at)));
                if frees != 0 {
                    return self.slot(s, at, group::first(frees));
                }
            }
            step += 1;
            at = (at + step) & self.mask;
        }
    }

    /// Searches the only group of a small map by comparing keys.
    ///
    /// # Safety
    /// The table is of schema `s`; `key` is valid.
    #[inline(always)]
    pub unsafe fn scan<S: Schema>(self, s: &S, key: S::Key) -> Result<Slot, S::Error> {
        // SAFETY: only full slots are compared.
        unsafe {
            let mut fulls = group::fulls(group::word(self.controls));
            while fulls != 0 {
                let slot = self.slot(s, 0, group::first(fulls));
                if s.equal(key, slot.key(s))? {
                    return Ok(slot);
                }
                fulls &= fulls - 1;
            }
        }
        Ok(Slot::NONE)
    }

    /// Number of entries, counted.
    ///
    /// # Safety
    /// The table is one.
    pub unsafe fn live(self) -> usize {
        let mut n = 0;
        for i in 0..self.len() {
            // SAFETY: the table has the group.
            n += group::fulls(unsafe { group::word(self.control(i)) }).count_ones() as usize;
        }
        n
    }
}

/// The number of the slot of `key` in the table, or [`NOWHERE`].
///
/// # Safety
/// The table that the three make is one, of schema `s`; as [`Table::find`].
#[cold]
#[inline(never)]
unsafe fn search<S: Schema>(
    s: &S,
    groups: *mut u8,
    controls: *mut u64,
    mask: usize,
    hash: u64,
    key: S::Key,
) -> Result<usize, S::Error> {
    // In words, so that the caller need not have the table in memory.
    let table = Table { groups, controls, mask };
    let h2 = group::wide_h2(hash);
    let mut at = table.home(hash);
    let mut step = 0;
    loop {
        // SAFETY: `at` is masked; matching slots may be compared: their keys are valid (a slot that the portable twin
        // reports wrongly is a full one, too: it differs from a match in its lowest bit only).
        unsafe {
            let control = table.control(at);
            for index in Matches::of(control, h2) {
                if s.equal(key, table.slot(s, at, index).key(s))? {
                    return Ok(at * group::SLOTS + index);
                }
            }
            if group::has_zero(control) {
                return Ok(NOWHERE);
            }
        }
        step += 1;
        if step > table.mask {
            return Ok(NOWHERE);
        }
        at = (at + step) & table.mask;
    }
}

/// The number of the first slot for a hash that is not full, or [`NOWHERE`].
///
/// # Safety
/// They are of a table.
#[cold]
#[inline(never)]
unsafe fn free(controls: *mut u64, mask: usize, hash: u64) -> usize {
    let table = Table { groups: core::ptr::null_mut(), controls, mask };
    let mut at = table.home(hash);
    for step in 1..=table.len() {
        // SAFETY: `at` is masked.
        let frees = group::frees(unsafe { group::word(table.control(at)) });
        if frees != 0 {
            return at * group::SLOTS + group::first(frees);
        }
        at = (at + step) & table.mask;
    }
    NOWHERE
}

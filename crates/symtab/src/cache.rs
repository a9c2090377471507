//! The per-thread cache of what was read off the tables of (value, pc) deltas.

use super::functab::{Func, Symtab};
use super::ids::PcData;

/// What is remembered of one pc.
#[derive(Clone, Copy, Debug)]
pub(super) struct PcInfo<'m> {
    pc: usize,
    func: Option<Func<'m>>,
    sp_delta: i32,
    stack_map: i32,
    inline: i32,
}

/// Entries of a cache: a power of two.
const CACHE_SIZE: usize = 256;

/// No value was looked up yet.
const UNREAD: i32 = i32::MIN;
/// The table has no value for the pc.
const BAD: i32 = i32::MIN + 1;

impl<'m> PcInfo<'m> {
    /// Of no pc: zero bytes, so that a cache may begin as memory that was never touched.
    const EMPTY: Self = Self { pc: 0, func: None, sp_delta: 0, stack_map: 0, inline: 0 };

    fn new(func: Func<'m>, pc: usize) -> Self {
        Self { pc, func: Some(func), sp_delta: UNREAD, stack_map: UNREAD, inline: UNREAD }
    }
}

/// Remembers, for return addresses met before, the function, the size of its
/// frame, its stack map and its inline tree position. One per thread, kept for
/// the thread's life: the tables never change, so it never grows stale. Making
/// one takes longer than a walk of a few frames.
///
/// Two entries may hold a pc, so that two call sites of one stack do not keep
/// driving each other out. A hit costs a comparison or two, where Go decodes
/// anew for each walk of a stack.
#[derive(Debug)]
pub struct PcCache<'m> {
    entries: [PcInfo<'m>; CACHE_SIZE],
}

impl Default for PcCache<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'m> PcCache<'m> {
    /// An empty cache. All its bytes are zero.
    pub const fn new() -> Self {
        Self { entries: [PcInfo::EMPTY; CACHE_SIZE] }
    }

    /// Index of the first of the two entries that may hold `pc`.
    #[inline(always)]
    fn set(pc: usize) -> usize {
        // Fibonacci hashing: neighbouring call sites spread well.
        let h = (pc as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (h >> (64 - CACHE_SIZE.trailing_zeros())) as usize & !1
    }

    /// The entry that holds `pc`, or else the second of its two.
    #[inline(always)]
    fn entry(&mut self, pc: usize) -> &mut PcInfo<'m> {
        let set = Self::set(pc);
        // SAFETY: `set` keeps log2(CACHE_SIZE) bits and clears the lowest, so
        // both it and the next index are below CACHE_SIZE.
        unsafe {
            let first = self.entries.get_unchecked(set).pc == pc;
            self.entries.get_unchecked_mut(set + usize::from(!first))
        }
    }

    /// Makes an entry for `pc`, in place of the older of its two.
    #[cold]
    fn insert(&mut self, func: Func<'m>, pc: usize) -> &mut PcInfo<'m> {
        let set = Self::set(pc);
        self.entries[set + 1] = self.entries[set];
        self.entries[set] = PcInfo::new(func, pc);
        &mut self.entries[set]
    }

    /// The function of `pc`.
    #[inline(always)]
    pub fn func(&mut self, tab: Symtab<'m>, pc: usize) -> Option<Func<'m>> {
        let e = self.entry(pc);
        if e.pc == pc && e.func.is_some() {
            return e.func;
        }
        let func = tab.find_func(pc)?;
        self.insert(func, pc);
        Some(func)
    }

    /// The entry of `pc`, made if it is not there.
    #[inline(always)]
    fn claim(&mut self, func: Func<'m>, pc: usize) -> &mut PcInfo<'m> {
        let e = self.entry(pc);
        if e.pc == pc && e.func.is_some() {
            // Asked again, since a borrow that is returned is one to the end.
            return self.entry(pc);
        }
        self.insert(func, pc)
    }

    /// How far the stack pointer at `pc` is below where it was at the entry of
    /// `func`, which `pc` lies in.
    #[inline(always)]
    pub fn sp_delta(&mut self, func: Func<'m>, pc: usize) -> Option<i32> {
        let e = self.claim(func, pc);
        if e.sp_delta == UNREAD {
            e.sp_delta = func.sp_delta(pc).unwrap_or(BAD);
        }
        (e.sp_delta != BAD).then_some(e.sp_delta)
    }

    /// The stack map in force at the call that returns to `pc`; -1 when there
    /// is none. `None` when the table has a hole.
    #[inline]
    pub fn stack_map_before(&mut self, func: Func<'m>, pc: usize) -> Option<i32> {
        let e = self.claim(func, pc);
        if e.stack_map == UNREAD {
            e.stack_map = func.pcdata(PcData::STACK_MAP_INDEX, pc - 1).unwrap_or(BAD);
        }
        (e.stack_map != BAD).then_some(e.stack_map)
    }

    /// The inline tree position of the call that returns to `pc`; negative when
    /// it is not inlined, or when the table has a hole.
    #[inline]
    pub fn inline_before(&mut self, func: Func<'m>, pc: usize) -> i32 {
        let e = self.claim(func, pc);
        if e.inline == UNREAD {
            e.inline = func.pcdata(PcData::INL_TREE_INDEX, pc - 1).unwrap_or(-1);
        }
        e.inline
    }
}

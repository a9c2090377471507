//! Tables that map the pcs of one function to numbers.
//!
//! A table is a run of pairs of variable-length integers: how the value changes
//! (zig-zag, starting from -1), then for how many instruction units it holds.
//! A value change of zero that is not the first ends the table.

/// Reads one variable-length integer.
///
/// # Safety
/// `*p` is at a whole one.
#[inline(always)]
unsafe fn varint(p: &mut *const u8) -> u32 {
    // SAFETY: a varint has at least one byte.
    let first = unsafe { **p };
    // SAFETY: one past the byte that was just read is at most one past the end of what it lies in.
    *p = unsafe { p.add(1) };
    if first < 0x80 {
        return u32::from(first);
    }
    let mut value = u32::from(first & 0x7f);
    let mut shift = 7u32;
    loop {
        // SAFETY: the byte before had its continuation bit set.
        let byte = unsafe { **p };
        // SAFETY: one past the byte that was just read is at most one past the end of what it lies in.
        *p = unsafe { p.add(1) };
        value |= u32::from(byte & 0x7f).wrapping_shl(shift);
        if byte < 0x80 {
            return value;
        }
        shift += 7;
    }
}

/// A stretch of pcs that have one value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Run {
    /// The value.
    pub value: i32,
    /// First instruction unit (from the function's entry) that has it.
    pub from: usize,
    /// First one that does not.
    pub to: usize,
}

/// The runs of a table, in order of pc.
#[derive(Clone, Debug)]
pub struct Runs {
    p: *const u8,
    value: i32,
    unit: usize,
    first: bool,
}

impl Runs {
    /// The runs of the table at `table`.
    ///
    /// # Safety
    /// `table` is at a table with its end, which stays as it is while the
    /// iterator is used.
    #[inline(always)]
    pub unsafe fn new(table: *const u8) -> Self {
        Self { p: table, value: -1, unit: 0, first: true }
    }
}

impl Iterator for Runs {
    type Item = Run;

    #[inline(always)]
    fn next(&mut self) -> Option<Run> {
        // SAFETY: `new` was promised a whole table, and nothing is read past
        // its end: the end leaves `p` on its zero byte and `first` unset.
        unsafe {
            let mut p = self.p;
            let delta = varint(&mut p);
            if delta == 0 && !self.first {
                return None;
            }
            self.first = false;
            let change = (delta >> 1) ^ (delta & 1).wrapping_neg();
            self.value = self.value.wrapping_add(change as i32);
            let from = self.unit;
            self.unit += varint(&mut p) as usize;
            self.p = p;
            Some(Run { value: self.value, from, to: self.unit })
        }
    }
}

/// The run that instruction unit `unit` lies in.
///
/// # Safety
/// As [`Runs::new`], for the duration of the call.
#[inline]
pub unsafe fn find_run(table: *const u8, unit: usize) -> Option<Run> {
    // SAFETY: a table with its end is at `table` and stays as it is (this function's contract), for longer than the
    // iterator is used, which ends here.
    let mut runs = unsafe { Runs::new(table) };
    runs.find(|r| unit < r.to)
}

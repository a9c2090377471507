//! What a monitor remembers of one processor between two looks ([`Seen`]): when the present slice and the present call were first seen,
//! and when the task was last asked to yield. Ages, not deeds: what follows from them is in `monitor`.

use core::cell::Cell;

/// A processor, as it was last seen. 48 bytes, zero at first (`Seen::new()`, or zeroed memory); kept where the scheduler keeps the
/// processor, read and written by the monitor's thread alone.
#[derive(Debug, Default)]
#[repr(C)]
pub struct Seen {
    slice: Cell<u32>,
    call: Cell<u32>,
    /// When the slice was first seen; 0: none was.
    slice_at: Cell<i64>,
    /// When the call was first seen; 0: it was in none.
    call_at: Cell<i64>,
    /// When the task was last asked to yield in this slice; 0: it was not.
    asked_at: Cell<i64>,
    /// How long the monitor waits for an answer to that.
    patience: Cell<i64>,
}

/// Whether a task is to be asked to yield, which it should.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub(crate) enum Ask {
    /// It is, now, and again then if it has not yielded.
    Now { again: i64 },
    /// It was asked, and has time to answer until then.
    Wait(i64),
}

impl Seen {
    /// Nothing was seen yet.
    pub const fn new() -> Self {
        Seen {
            slice: Cell::new(0),
            call: Cell::new(0),
            slice_at: Cell::new(0),
            call_at: Cell::new(0),
            asked_at: Cell::new(0),
            patience: Cell::new(0),
        }
    }

    /// It is idle: what follows is another slice.
    pub(crate) fn is_idle(&self) {
        if self.slice_at.get() != 0 {
            self.slice_at.set(0);
            self.call_at.set(0);
            self.asked_at.set(0);
        }
    }

    /// It is in this slice at `now`; since when it was seen there.
    pub(crate) fn in_slice(&self, slice: u32, now: i64) -> i64 {
        if self.slice.get() != slice || self.slice_at.get() == 0 {
            self.slice.set(slice);
            self.slice_at.set(now);
            self.asked_at.set(0);
        }
        self.slice_at.get()
    }

    /// It is in no call.
    pub(crate) fn in_no_call(&self) {
        self.call_at.set(0);
    }

    /// It is in this call at `now`; since when it was seen there.
    pub(crate) fn in_call(&self, call: u32, now: i64) -> i64 {
        if self.call.get() != call || self.call_at.get() == 0 {
            self.call.set(call);
            self.call_at.set(now);
        }
        self.call_at.get()
    }

    /// Its task should yield. The first time in a slice it is asked; again when its time to answer is over, which is `first` and then each
    /// time twice as long, up to `longest`.
    pub(crate) fn ask(&self, now: i64, first: i64, longest: i64) -> Ask {
        let asked = self.asked_at.get();
        if asked != 0 && now - asked < self.patience.get() {
            return Ask::Wait(asked + self.patience.get());
        }
        let patience = if asked == 0 { first } else { (self.patience.get() * 2).min(longest) };
        self.asked_at.set(now);
        self.patience.set(patience);
        Ask::Now { again: now + patience }
    }
}

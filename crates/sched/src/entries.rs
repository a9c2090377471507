//! The entries of one processor's heap of timers, as they are under its lock: what counts of them, what is due, and what is cleared away. The
//! lock, and how a timer finds its heap, are in `timer_heap`; the array is in `heap`.
//!
//! What changes a timer does not look for its entry, which could be anywhere: with a million pending a timer and its entry are two waits for
//! memory, and where an entry is taken out others must move. So a stop marks the timer, and a timer that is put off keeps its entry, at a
//! time that is too early. A timer that is put forward is given another entry; the old one does not count any more. Of a timer's entries
//! counts the one with the time in `Timer::when`, in the heap that its place names; the time at which the timer is due is `due`, and
//!
//! > `when <= due`, and a pending timer has an entry with its `when`.
//!
//! There may be two entries with the same time; if one of them serves, the other does not count from then on, or does no harm: it is an entry
//! with the timer's time. An entry is brought in line with its timer when it is at the root and its time has come or is asked for, `SETTLED`
//! of them at most while the lock is held once, since others wait for it: the rest follows. So `next`, the root's time, which is readable
//! without the lock (0 if there is no entry), is a time before which nothing is due, and the heap's `earliest` mostly the exact one.
//!
//! **Entries that do not count** are bounded by those that do: once there are more of them, and more than `FEW`, what leaves another behind
//! looks for them and takes them out: through all entries if these are at most `WHOLE`, which is once in a while and soon done; else `STRIDE`
//! for each new one, `BATCH` at a time, from the end of the heap to its beginning and round again. So no operation is long. The last entry
//! goes at once with its timer's stop if there are more than a few (`FEWER`), as is the case for one that was just started. A collector that
//! visits the timers (`visit`) looks at all entries anyway, and leaves none that does not count. `pending`, by which all this
//! goes, is a number that overwritten timers make wrong; what is due and when rests on the entries alone.

use crate::os::prefetch;

use crate::heap::{Entry, Heap};
use crate::loom::Ordering;
use crate::timer::{FREE, STOPPED, Timer, TimerCall};

/// What a timer was set to.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub(crate) struct Set {
    /// Whether it was pending, or the copy of one that was.
    pub was_pending: bool,
    /// When it is due.
    pub when: i64,
    /// Whether something may sleep for longer than that.
    pub is_first: bool,
}

/// A bound under loom, in tests, whose heaps are small, and otherwise.
const fn pick(loom: usize, tests: usize, otherwise: usize) -> usize {
    if cfg!(loom) {
        loom
    } else if cfg!(test) {
        tests
    } else {
        otherwise
    }
}

/// How many entries are brought in line with their timers, at most, while the lock is held once.
pub(crate) const SETTLED: usize = 64;
/// How many entries that do not count are no matter.
pub(crate) const FEW: usize = pick(1, 8, 1024);
/// How many entries are looked at when none seems to count any more.
const LAST: usize = pick(2, 4, 16);
/// At most how many entries are looked at all at once.
pub(crate) const WHOLE: usize = pick(2, 40, 32768);
/// Of them, how many before the last entry is worth a look.
pub(crate) const FEWER: usize = pick(1, 4, 512);
/// How many entries are looked at, if there are too many that do not count, for each new one.
const STRIDE: usize = 4;
/// How many at once: looks at timers that follow closely wait for memory together.
const BATCH: usize = pick(1, 8, 64);
/// How many entries ahead of the look at it a timer is asked for.
const AHEAD: usize = 12;
/// How many entries that were visited are passed in the time that a visit takes.
const PASSED: usize = 16;

/// The lowest bit of an entry's word: whether the visit that has it as its colour has been there. The other bits are the timer's address.
pub(crate) const COLOUR: usize = 1;

/// What is guarded by the lock.
pub(crate) struct Entries {
    pub heap: Heap,
    /// Timers that are pending, unless some were overwritten.
    pub pending: usize,
    /// The next entry to be looked at is the one before this.
    cursor: usize,
    /// How many looks are due.
    owed: usize,
    /// Of entries that the last visit need not visit any more.
    pub colour: usize,
    /// How many it is to visit yet.
    pub unvisited: usize,
    /// The next entry that it looks at is the one before this.
    pub visitor: usize,
}

/// What is due in a heap.
pub(crate) enum Due {
    None,
    /// That is not known yet: many entries were out of date.
    Unsettled,
    Call(TimerCall),
}

/// What an entry is to its timer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Pending,
    Stopped,
    /// It does not count.
    Stale,
}

pub(crate) fn timer(e: Entry) -> *mut Timer {
    (e.word & !COLOUR) as *mut Timer
}

impl Entries {
    pub const fn new() -> Self {
        Entries { heap: Heap::new(), pending: 0, cursor: 0, owed: 0, colour: 0, unvisited: 0, visitor: 0 }
    }

    /// An entry as the last visit would leave it.
    pub fn entry(&self, t: *mut Timer, when: i64) -> Entry {
        Entry { when, word: t as usize | self.colour }
    }

    /// What `e`, an entry of the heap at `home`, is.
    ///
    /// # Safety
    /// The lock of `home` is held, and `e` is from there.
    #[inline]
    pub unsafe fn kind(e: Entry, home: usize) -> Kind {
        // SAFETY: a timer that has entries stays one; if it belongs to `home` it is guarded by the lock that is held.
        unsafe {
            let place = (*timer(e)).pp.load(Ordering::Relaxed);
            if place & !STOPPED != home {
                return Kind::Stale;
            }
            (*timer(e)).guarded.read();
            if (*timer(e)).when != e.when {
                Kind::Stale
            } else if place == home {
                Kind::Pending
            } else {
                Kind::Stopped
            }
        }
    }

    /// The timer `t`, which is stopped, loses its entry.
    ///
    /// # Safety
    /// `t` belongs to the heap whose lock is held.
    pub unsafe fn release(t: *mut Timer) {
        // Release: pairs with the exchange to `ADDING`.
        // SAFETY: a timer that has entries stays one.
        unsafe { (*t).pp.store(FREE, Ordering::Release) };
    }

    /// Takes the entry `i` out.
    fn remove(&mut self, i: usize) {
        let e = self.heap.remove(i);
        self.unvisited -= usize::from(e.word & COLOUR != self.colour);
    }

    /// As [`Entries::remove`], of one that is not that of a pending timer.
    fn remove_stale(&mut self, i: usize) {
        self.remove(i);
        // Unless timers were overwritten that is nothing new.
        self.pending = self.pending.min(self.heap.len());
    }

    /// A timer is not pending any more.
    ///
    /// # Safety
    /// As for [`Entries::tidy`].
    #[inline(always)]
    unsafe fn one_less(&mut self, home: usize) {
        self.pending = self.pending.saturating_sub(1);
        if self.pending == 0 && (1..=LAST).contains(&self.heap.len()) {
            // Then an idle processor has nothing to sleep for.
            // SAFETY: as this function's contract says.
            unsafe { self.look_at_all(home) };
        }
    }

    /// Stops `t`.
    ///
    /// # Safety
    /// `t` belongs to the heap at `home`, these are its entries, the lock is held. `t` is pending.
    #[inline]
    pub unsafe fn stop(&mut self, t: *mut Timer, home: usize) {
        let n = self.heap.len();
        // SAFETY: the timer is guarded by the lock that is held; an entry with its time is its own. There is an entry if there are more than
        // none.
        unsafe {
            if n >= self.pending + FEWER || n == 1 {
                (*t).guarded.read();
                let last = self.heap.get(n - 1);
                if timer(last) == t && last.when == (*t).when {
                    self.remove(n - 1);
                    Self::release(t);
                    return self.one_less(home);
                }
            }
            (*t).pp.store(home | STOPPED, Ordering::Release);
            self.one_less(home);
            self.tidy(home);
        }
    }

    /// The timer `t`, pending or stopped, is pending, and due at `when`. `added` is called if it is given a new entry.
    ///
    /// # Safety
    /// `t` belongs to the heap at `home`, these are its entries, the lock is held. `memory` is as for [`Heap::push`].
    #[inline(always)]
    pub unsafe fn set(
        &mut self,
        t: *mut Timer,
        when: i64,
        home: usize,
        memory: impl FnOnce(usize) -> *mut u8,
        added: impl FnOnce(),
    ) -> Set {
        // SAFETY: the timer is guarded by the lock that is held.
        unsafe {
            let was_pending = (*t).pp.load(Ordering::Relaxed) == home;
            let (mut is_first, mut pushed) = (false, false);
            (*t).guarded.write();
            (*t).due = when;
            if when < (*t).when {
                let root = self.heap.first();
                is_first = root.is_none_or(|root| when < root.when);
                if is_first && root.is_some_and(|root| timer(root) == t && root.when == (*t).when) {
                    self.heap.advance_root(when);
                } else {
                    added();
                    self.heap.push(self.entry(t, when), memory);
                    pushed = true;
                }
                (*t).when = when;
            }
            if !was_pending {
                self.pending += 1;
                (*t).pp.store(home, Ordering::Release);
            }
            if pushed {
                self.tidy(home);
            }
            Set { was_pending, when, is_first }
        }
    }

    /// An entry may have ceased to count: looks at some if there are too many that do not.
    ///
    /// # Safety
    /// These are the entries of the heap at `home`, whose lock is held.
    #[inline(always)]
    unsafe fn tidy(&mut self, home: usize) {
        let n = self.heap.len();
        if n > 2 * self.pending + FEW {
            self.owed += STRIDE;
            // SAFETY: as this function's contract says.
            unsafe {
                if n <= WHOLE {
                    self.look_at_all(home);
                } else if self.owed >= BATCH {
                    self.owed = 0;
                    self.look_at_some(home);
                }
            }
        }
    }

    /// # Safety
    /// As for [`Entries::tidy`].
    #[cold]
    #[inline(never)]
    unsafe fn look_at_all(&mut self, home: usize) {
        let Entries { heap, unvisited, colour, .. } = self;
        heap.retain(|e, ahead| {
            prefetch(timer(ahead).cast());
            // SAFETY: `e` is an entry of `home`, whose lock is held; a stopped timer of it is this thread's.
            let kind = unsafe { Self::kind(e, home) };
            if kind == Kind::Pending {
                return true;
            }
            if kind == Kind::Stopped {
                // SAFETY: a stopped timer of `home` belongs to the heap whose lock is held.
                unsafe { Self::release(timer(e)) };
            }
            *unvisited -= usize::from(e.word & COLOUR != *colour);
            false
        });
        let n = self.heap.len();
        // None was said to be, but timers were overwritten.
        self.pending = if self.pending == 0 { n } else { self.pending.min(n) };
    }

    /// # Safety
    /// As for [`Entries::tidy`].
    #[cold]
    #[inline(never)]
    unsafe fn look_at_some(&mut self, home: usize) {
        let n = self.heap.len();
        if self.cursor == 0 || self.cursor > n {
            self.cursor = n;
        }
        let end = self.cursor;
        self.cursor = end.saturating_sub(BATCH);
        // First is found what does not count, without jumps that cannot be foreseen, and with waits for memory that overlap; then it is
        // taken out. That moves others, some of them to places that were found: so it is looked again.
        let (mut found, mut many) = ([0; BATCH], 0);
        for i in (self.cursor..end).rev() {
            if let Some(ahead) = i.checked_sub(AHEAD) {
                prefetch(timer(self.heap.get(ahead)).cast());
            }
            found[many] = i;
            // SAFETY: as this function's contract says; `i` is below the length.
            many += usize::from(unsafe { Self::kind(self.heap.get(i), home) } != Kind::Pending);
        }
        for &i in &found[..many] {
            // SAFETY: every entry is a timer of `home` (this function's contract), and `i` is one still: what was taken out so far lay behind it.
            unsafe { self.keep_or_remove(i, home) };
        }
    }

    /// Takes the entry `i` out unless its timer is pending, and counts on it; whether it stays.
    ///
    /// # Safety
    /// As for [`Entries::tidy`]; there is an entry `i`.
    #[inline]
    unsafe fn keep_or_remove(&mut self, i: usize, home: usize) -> bool {
        let e = self.heap.get(i);
        // SAFETY: `e` is an entry of `home`, whose lock is held; a stopped timer of it is this thread's.
        unsafe {
            let kind = Self::kind(e, home);
            if kind == Kind::Pending {
                return true;
            }
            if kind == Kind::Stopped {
                Self::release(timer(e));
            }
        }
        self.remove_stale(i);
        false
    }

    /// Brings entries that have come to the root in line with their timers, so many at most; whether the root is a pending timer at the time
    /// at which it is due, or later than `until`, or there is none.
    ///
    /// # Safety
    /// As for [`Entries::tidy`].
    pub unsafe fn settle(&mut self, until: i64, home: usize) -> bool {
        for _ in 0..SETTLED {
            let Some(root) = self.heap.first().filter(|root| root.when <= until) else { return true };
            let t = timer(root);
            // SAFETY: `root` is an entry; the lock is held, so a timer that is pending here is this thread's.
            unsafe {
                if Self::kind(root, home) != Kind::Pending {
                    self.keep_or_remove(0, home);
                    continue;
                }
                if (*t).owner != t.addr() {
                    // Overwritten with a timer that has the same time.
                    self.remove_stale(0);
                    continue;
                }
                self.pending = self.pending.max(1);
                if root.when >= (*t).due {
                    return true;
                }
                (*t).guarded.write();
                (*t).when = (*t).due;
                self.heap.replace_root(Entry { when: (*t).due, word: root.word });
            }
        }
        false
    }

    /// Which timer is due at `now`, if it is known; it fires.
    ///
    /// # Safety
    /// As for [`Entries::tidy`].
    pub unsafe fn pop_due(&mut self, now: i64, home: usize) -> Due {
        // SAFETY: the lock is held; the root that is found is that of a pending timer.
        unsafe {
            if !self.settle(now, home) {
                return Due::Unsettled;
            }
            let Some(root) = self.heap.first().filter(|root| root.when <= now) else { return Due::None };
            let t = timer(root);
            (*t).guarded.write();
            let call = TimerCall { f: (*t).f, arg: (*t).arg, seq: (*t).seq };
            if (*t).period > 0 {
                let late = now - (*t).when;
                let skip = (late / (*t).period + 1).saturating_mul((*t).period);
                let when = (*t).when.saturating_add(skip);
                (*t).when = when;
                (*t).due = when;
                self.heap.replace_root(Entry { when, word: root.word });
            } else {
                self.remove(0);
                Self::release(t);
                self.one_less(home);
            }
            Due::Call(call)
        }
    }

    /// Visits `n` timers, or as many as are to be visited, for `TimerHeap::visit`; or fewer, if it first comes upon many that were.
    ///
    /// # Safety
    /// As for [`Entries::tidy`].
    pub unsafe fn visit(&mut self, n: usize, home: usize, f: &mut impl FnMut(*mut Timer)) {
        let mut left = n * PASSED;
        while left > 0 && self.unvisited != 0 {
            let len = self.heap.len();
            if self.visitor == 0 || self.visitor > len {
                self.visitor = len;
            }
            self.visitor -= 1;
            let i = self.visitor;
            if let Some(ahead) = i.checked_sub(AHEAD) {
                prefetch(timer(self.heap.get(ahead)).cast());
            }
            let e = self.heap.get(i);
            if e.word & COLOUR == self.colour {
                left -= 1;
                continue;
            }
            left = left.saturating_sub(PASSED);
            // SAFETY: as this function's contract says; `i` is below the length.
            if unsafe { self.keep_or_remove(i, home) } {
                self.heap.set_word(i, e.word ^ COLOUR);
                self.unvisited -= 1;
                f(timer(e));
            }
        }
    }
}

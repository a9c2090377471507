//! Timers: one heap per processor, of times at which timers may be due. Starting, stopping and running them is in `timing`; the array that a
//! heap is in `heap`.
//!
//! A [`Timer`] is the embedder's memory. It belongs to at most one heap at a time, and **everything about a timer that belongs to a heap is
//! guarded by that heap's lock**. `place` says which case it is:
//!
//! - `FREE`: to none. The thread that changes it to `ADDING` may fill it in and add it.
//! - `ADDING`: a thread does. Others wait: it takes a heap insertion, no more.
//! - a heap's address: it is pending there. To touch it, lock that heap and check that `place` still names it (a heap is emptied into
//!   another when its processor goes away, and a timer that fires leaves).
//! - a heap's address and `STOPPED`: as before, but it will not fire. Its entry is still there, and serves it when it is set again.
//!
//! What changes a timer does not look for its entry, which could be anywhere: with a million pending a timer and its entry are two waits for
//! memory, and where an entry is taken out others must move. So a stop marks the timer, and a timer that is put off keeps its entry, at a
//! time that is too early. A timer that is put forward is given another entry; the old one does not count any more. Of a timer's entries
//! counts the one with the time in `Timer::when`, in the heap that `place` names; the time at which the timer is due is `due`, and
//!
//! > `when <= due`, and a pending timer has an entry with its `when`.
//!
//! There may be two entries with the same time; if one of them serves, the other does not count from then on, or does no harm: it is an entry
//! with the timer's time. An entry is brought in line with its timer when it is at the root and its time has come or is asked for, `SETTLED`
//! of them at most while the lock is held once, since others wait for it: the rest follows. So `next`, the root's time, which is readable
//! without the lock (0 if nothing is pending), is a time before which nothing is due, and [`TimerHeap::earliest`] mostly the exact one.
//!
//! **Entries that do not count** are bounded by those that do: once there are more of them, and more than `FEW`, what leaves another behind
//! looks for them and takes them out: through all entries if these are at most `WHOLE`, which is once in a while and soon done; else `STRIDE`
//! for each new one, `BATCH` at a time, from the end of the heap to its beginning and round again. So no operation is long. The last entry
//! goes at once with its timer's stop if there are more than a few (`FEWER`), as is the case for one that was just started. A collector that
//! visits the timers ([`TimerHeap::visit`]) looks at all entries anyway, and leaves none that does not count.
//!
//! **A timer's memory stays a timer** while there may be entries for it: until it has fired, if it never was set again while it was pending
//! nor stopped; and else forever, or, in collected memory, until a visit that began after its last use has ended, as the collector that
//! frees it has done.

use core::cell::UnsafeCell;

use goxide_sys::mem::prefetch;

use crate::heap::{Entry, Heap};
use crate::loom::{AtomicI64, AtomicUsize, Guarded, Ordering, RawMutex};

const FREE: usize = 0;
const STOPPED: usize = 1;
const ADDING: usize = 2;

/// A timer. Set `when`, `period` (0: once), `f`, `arg`, `seq` before [`crate::Sched::timer_start`];
/// afterwards only through the scheduler. All zero is a valid, stopped timer. `f == 0` is reserved
/// for the scheduler's own sleeps.
#[repr(C)]
pub struct Timer {
    /// See the module's header. Beside `when`, so that both are mostly in one line of the cache: to stop a timer, or to look whether an
    /// entry counts, takes no more.
    pp: AtomicUsize,
    /// When it is due, on the host's clock, above 0; once it was started the time of its entry.
    pub when: i64,
    /// Due again every so many nanoseconds; 0 for once.
    pub period: i64,
    /// The function word.
    pub f: usize,
    /// The argument words.
    pub arg: [usize; 2],
    /// The sequence word.
    pub seq: usize,
    /// When it is due, once it was started.
    due: i64,
    status: u32,
    /// All but `pp`.
    guarded: Guarded,
}

#[cfg(not(loom))]
const _: () = {
    use core::mem::{offset_of, size_of};
    assert!(offset_of!(Timer, when) == 8);
    assert!(offset_of!(Timer, period) == 16);
    assert!(offset_of!(Timer, f) == 24);
    assert!(offset_of!(Timer, arg) == 32);
    assert!(offset_of!(Timer, seq) == 48);
    assert!(offset_of!(Timer, due) == 56);
    assert!(offset_of!(Timer, status) == 64);
    assert!(size_of::<Timer>() == 72);
};

/// What `Timer::new` gives, which cannot be `const` under loom.
macro_rules! timer {
    () => {
        Timer {
            pp: AtomicUsize::new(FREE),
            when: 0,
            period: 0,
            f: 0,
            arg: [0; 2],
            seq: 0,
            due: 0,
            status: 0,
            guarded: Guarded::new(),
        }
    };
}

impl Default for Timer {
    fn default() -> Self {
        Self::new()
    }
}

impl Timer {
    /// A stopped timer.
    #[cfg(not(loom))]
    pub const fn new() -> Self {
        timer!()
    }

    /// A stopped timer.
    #[cfg(loom)]
    pub fn new() -> Self {
        timer!()
    }
}

/// A timer that is due: what its creator stored in it.
#[derive(Clone, Copy, Debug)]
pub struct TimerCall {
    /// The function word.
    pub f: usize,
    /// The argument words.
    pub arg: [usize; 2],
    /// The sequence word.
    pub seq: usize,
}

/// What a timer was set to.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub(crate) struct Set {
    /// Whether it was pending.
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
const SETTLED: usize = 64;
/// How many entries that do not count are no matter.
const FEW: usize = pick(1, 8, 1024);
/// At most how many entries are looked at all at once.
const WHOLE: usize = pick(2, 40, 4096);
/// Of them, how many before the last entry is worth a look.
const FEWER: usize = pick(1, 4, 512);
/// How many entries are looked at, if there are too many that do not count, for each new one.
const STRIDE: usize = 4;
/// How many at once: looks at timers that follow closely wait for memory together.
const BATCH: usize = pick(1, 8, 64);
/// How many entries ahead of the look at it a timer is asked for.
const AHEAD: usize = 12;
/// How many entries that were visited are passed in the time that a visit takes.
const PASSED: usize = 16;

/// The lowest bit of an entry's word: whether the visit that has it as its colour has been there. The other bits are the timer's address.
const COLOUR: usize = 1;

/// What is guarded by the lock.
pub(crate) struct Entries {
    heap: Heap,
    /// Timers that are pending.
    pending: usize,
    /// The next entry to be looked at is the one before this.
    cursor: usize,
    /// How many looks are due.
    owed: usize,
    /// Of entries that the last visit need not visit any more.
    colour: usize,
    /// How many it is to visit yet.
    unvisited: usize,
    /// The next entry that it looks at is the one before this.
    visitor: usize,
}

/// What is due in a heap.
enum Due {
    None,
    /// That is not known yet: many entries were out of date.
    Unsettled,
    Call(TimerCall),
}

/// The timers of one processor.
pub struct TimerHeap {
    next: AtomicI64,
    lock: RawMutex,
    entries: UnsafeCell<Entries>,
}

// SAFETY: the entries are guarded by the lock.
unsafe impl Sync for TimerHeap {}
// SAFETY: the entries are guarded by the lock, which any thread may take.
unsafe impl Send for TimerHeap {}

impl Default for TimerHeap {
    fn default() -> Self {
        Self::new()
    }
}

/// What an entry is to its timer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Pending,
    Stopped,
    /// It does not count.
    Stale,
}

fn timer(e: Entry) -> *mut Timer {
    (e.word & !COLOUR) as *mut Timer
}

impl Entries {
    const fn new() -> Self {
        Entries { heap: Heap::new(), pending: 0, cursor: 0, owed: 0, colour: 0, unvisited: 0, visitor: 0 }
    }

    /// An entry as the last visit would leave it.
    fn entry(&self, t: *mut Timer, when: i64) -> Entry {
        Entry { when, word: t as usize | self.colour }
    }

    /// What `e`, an entry of the heap at `home`, is.
    ///
    /// # Safety
    /// The lock of `home` is held, and `e` is from there.
    #[inline]
    unsafe fn kind(e: Entry, home: usize) -> Kind {
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
    unsafe fn release(t: *mut Timer) {
        // Release: pairs with the exchange to `ADDING`.
        // SAFETY: a timer that has entries stays one.
        unsafe { (*t).pp.store(FREE, Ordering::Release) };
    }

    /// Takes the entry `i` out.
    fn remove(&mut self, i: usize) {
        let e = self.heap.remove(i);
        self.unvisited -= usize::from(e.word & COLOUR != self.colour);
    }

    /// Stops `t`.
    ///
    /// # Safety
    /// `t` belongs to the heap at `home`, these are its entries, the lock is held. `t` is pending.
    unsafe fn stop(&mut self, t: *mut Timer, home: usize) {
        self.pending -= 1;
        let n = self.heap.len();
        // SAFETY: the timer is guarded by the lock that is held; an entry with its time is its own.
        unsafe {
            if n > self.pending + FEWER {
                (*t).guarded.read();
                let last = self.heap.get(n - 1);
                if timer(last) == t && last.when == (*t).when {
                    self.remove(n - 1);
                    Self::release(t);
                    return;
                }
            }
            (*t).pp.store(home | STOPPED, Ordering::Release);
            self.tidy(home);
        }
    }

    /// The timer `t`, pending or stopped, is pending, and due at `when`. `added` is called if it is given a new entry.
    ///
    /// # Safety
    /// `t` belongs to the heap at `home`, these are its entries, the lock is held. `memory` is as for [`Heap::push`].
    unsafe fn set(
        &mut self,
        t: *mut Timer,
        when: i64,
        home: usize,
        memory: impl FnOnce(usize) -> *mut u8,
        added: impl FnOnce(),
    ) -> Set {
        // SAFETY: the timer is guarded by the lock that is held; it has an entry, so there is a root.
        unsafe {
            let was_pending = (*t).pp.load(Ordering::Relaxed) == home;
            let (mut is_first, mut pushed) = (false, false);
            (*t).guarded.write();
            (*t).due = when;
            if when < (*t).when {
                let root = self.heap.get(0);
                is_first = when < root.when;
                if is_first && timer(root) == t && root.when == (*t).when {
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
                is_first |= self.pending == 1;
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
    #[inline]
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
            // SAFETY: as above: what is taken out is from `i` on.
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
        self.remove(i);
        false
    }

    /// Brings entries that have come to the root in line with their timers, so many at most; whether the root is a pending timer at the time
    /// at which it is due, or later than `until`, or there is none.
    ///
    /// # Safety
    /// As for [`Entries::tidy`].
    unsafe fn settle(&mut self, until: i64, home: usize) -> bool {
        for _ in 0..SETTLED {
            let Some(root) = self.heap.first().filter(|root| root.when <= until) else { return true };
            let t = timer(root);
            // SAFETY: `root` is an entry; the lock is held, so a timer that is pending here is this thread's.
            unsafe {
                if Self::kind(root, home) != Kind::Pending {
                    self.keep_or_remove(0, home);
                    continue;
                }
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
    unsafe fn pop_due(&mut self, now: i64, home: usize) -> Due {
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
                self.pending -= 1;
                Self::release(t);
            }
            Due::Call(call)
        }
    }

    /// Visits `n` timers, or as many as are to be visited, for [`TimerHeap::visit`]; or fewer, if it first comes upon many that were.
    ///
    /// # Safety
    /// As for [`Entries::tidy`].
    unsafe fn visit(&mut self, n: usize, home: usize, f: &mut impl FnMut(*mut Timer)) {
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

impl TimerHeap {
    /// An empty heap.
    #[cfg(not(loom))]
    pub const fn new() -> Self {
        TimerHeap { next: AtomicI64::new(0), lock: RawMutex::new(), entries: UnsafeCell::new(Entries::new()) }
    }

    /// An empty heap.
    #[cfg(loom)]
    pub fn new() -> Self {
        TimerHeap { next: AtomicI64::new(0), lock: RawMutex::new(), entries: UnsafeCell::new(Entries::new()) }
    }

    /// No timer is due before this; 0 if none is pending.
    #[inline]
    pub fn next(&self) -> i64 {
        self.next.load(Ordering::SeqCst)
    }

    /// When the earliest timer is due, or, if many were put off or stopped, a time before that; 0 if none is pending.
    pub fn earliest(&self) -> i64 {
        if self.is_empty() {
            return 0;
        }
        self.locked(|h, home| {
            // SAFETY: the lock is held.
            unsafe { h.settle(i64::MAX, home) };
        });
        self.next()
    }

    /// Bytes mapped for it.
    pub(crate) fn mapped(&self) -> usize {
        self.locked(|h, _| h.heap.mapped())
    }

    /// How many are pending.
    pub fn len(&self) -> usize {
        self.locked(|h, _| h.pending)
    }

    /// Whether no timer is pending.
    pub fn is_empty(&self) -> bool {
        self.next() == 0
    }

    /// Whether there is no timer, not even a stopped one that would be pending here if it were set again.
    pub(crate) fn is_bare(&self) -> bool {
        self.is_empty() && self.locked(|h, _| h.heap.len() == 0)
    }

    #[inline]
    fn locked<R>(&self, f: impl FnOnce(&mut Entries, usize) -> R) -> R {
        self.lock.lock();
        // SAFETY: the lock is held.
        let h = unsafe { &mut *self.entries.get() };
        let r = f(h, core::ptr::from_ref(self).addr());
        let next = h.heap.first().filter(|_| h.pending != 0).map_or(0, |first| first.when);
        if next != self.next.load(Ordering::Relaxed) {
            // What looks whether there are timers must see one that was set before it was looked; that there are none may be seen late.
            self.next.store(next, if next == 0 { Ordering::Release } else { Ordering::SeqCst });
        }
        // SAFETY: the lock was taken above.
        unsafe { self.lock.unlock() };
        r
    }

    /// Adds a timer whose place is `ADDING`, for `when`; whether something may sleep for longer than that.
    ///
    /// # Safety
    /// `t` is a valid timer, and its memory stays one as the module's header says; this thread made it `ADDING`, and filled it in. `memory`
    /// is as for [`Heap::push`].
    unsafe fn add(&self, t: *mut Timer, when: i64, memory: impl FnOnce(usize) -> *mut u8) -> bool {
        self.locked(|h, home| {
            // SAFETY: `t` is valid, and this thread's by its place (this function's contract).
            unsafe {
                (*t).guarded.write();
                (*t).when = when;
                (*t).due = when;
                let is_first = h.pending == 0 || h.heap.first().is_none_or(|first| when < first.when);
                h.heap.push(h.entry(t, when), memory);
                h.pending += 1;
                // Release: pairs with the acquire of the thread that sees it in the heap.
                (*t).pp.store(home, Ordering::Release);
                is_first
            }
        })
    }

    /// Removes the timer that is due at `now`, or moves it to its next period.
    pub(crate) fn pop_due(&self, now: i64) -> Option<TimerCall> {
        loop {
            // SAFETY: the lock is held.
            match self.locked(|h, home| unsafe { h.pop_due(now, home) }) {
                Due::None => return None,
                Due::Unsettled => {}
                Due::Call(call) => return Some(call),
            }
        }
    }

    /// Moves everything to `to`; whether there was anything. The world is stopped.
    ///
    /// # Safety
    /// The world is stopped by this thread; `to` is another heap. `memory` is as for [`Heap::push`].
    pub(crate) unsafe fn move_to(&self, to: &TimerHeap, memory: impl Fn(usize) -> *mut u8) -> bool {
        self.locked(|h, home| {
            let any = h.pending != 0;
            to.locked(|other, new_home| {
                for i in 0..h.heap.len() {
                    let e = h.heap.get(i);
                    let t = timer(e);
                    // SAFETY: both locks are held, and no other thread holds two; `memory` is as it should be.
                    unsafe {
                        match Entries::kind(e, home) {
                            Kind::Pending => {
                                let unvisited = e.word & COLOUR != h.colour;
                                other.unvisited += usize::from(unvisited);
                                let mut moved = other.entry(t, e.when);
                                moved.word ^= usize::from(unvisited) * COLOUR;
                                other.heap.push(moved, &memory);
                                other.pending += 1;
                                (*t).pp.store(new_home, Ordering::Release);
                            }
                            Kind::Stopped => Entries::release(t),
                            Kind::Stale => {}
                        }
                    }
                }
            });
            h.heap.clear();
            (h.pending, h.unvisited) = (0, 0);
            any
        })
    }

    /// Begins a visit; how many entries there are to visit.
    pub(crate) fn begin_visit(&self) -> usize {
        self.locked(|h, _| {
            h.colour ^= COLOUR;
            h.unvisited = h.heap.len();
            h.visitor = 0;
            h.unvisited
        })
    }

    /// Goes on with a visit, under the lock, for `n` entries at most: calls `f` with the timer of each that was there when the visit began
    /// and still is, and counts. Whether that was all. Entries move meanwhile, past the visitor too, so it goes round until none is left.
    pub(crate) fn visit(&self, n: usize, f: &mut impl FnMut(*mut Timer)) -> bool {
        self.locked(|h, home| {
            // SAFETY: the lock is held.
            unsafe { h.visit(n, home, f) };
            h.unvisited == 0
        })
    }

    /// Calls `f` with each timer that is pending, at least once, under the lock.
    pub(crate) fn for_each(&self, mut f: impl FnMut(*mut Timer)) {
        self.locked(|h, home| {
            for i in 0..h.heap.len() {
                let e = h.heap.get(i);
                // SAFETY: `e` is an entry, and the lock is held.
                if unsafe { Entries::kind(e, home) } == Kind::Pending {
                    f(timer(e));
                }
            }
        });
    }
}

/// Runs `f` on the entries of the heap that `t` belongs to, which is at the address that it is given, under its lock. `None` if it belongs
/// to none, or, with `pending`, is stopped. Retries while the timer is on the move.
///
/// # Safety
/// `t` is a valid timer, and stays so during the call.
#[inline]
unsafe fn at_home<R>(t: *mut Timer, pending: bool, f: impl FnOnce(&mut Entries, usize) -> R) -> Option<R> {
    let mut f = Some(f);
    let mut turn = 0;
    loop {
        // Acquire: pairs with the release of the thread that added it, or made it free.
        // SAFETY: `t` is a valid timer.
        let place = unsafe { (*t).pp.load(Ordering::Acquire) };
        if place == FREE || (pending && place & STOPPED != 0) {
            return None;
        }
        if place != ADDING {
            // SAFETY: heaps are never freed.
            let heap = unsafe { &*((place & !STOPPED) as *const TimerHeap) };
            let done = heap.locked(|h, home| {
                // SAFETY: `t` is a valid timer; if it belongs to the heap it does so until the lock is given up.
                let now = unsafe { (*t).pp.load(Ordering::Relaxed) };
                let same = now & !STOPPED == home && !(pending && now & STOPPED != 0);
                same.then(|| f.take().map(|f| f(h, home))).flatten()
            });
            if done.is_some() {
                return done;
            }
        }
        crate::loom::relax(turn);
        turn += 1;
    }
}

/// Stops `t`; whether it was pending.
///
/// # Safety
/// `t` is a valid timer.
pub(crate) unsafe fn stop(t: *mut Timer) -> bool {
    // SAFETY: `t` is a valid timer, which is pending where its entries are passed on, and the lock is held there.
    unsafe { at_home(t, true, |h, home| h.stop(t, home)) }.is_some()
}

/// Sets `t` to be due when `update`, which may change its words, says, in the heap to which it belongs, or else in `heap`. `memory` is as for
/// [`Heap::push`]; `added` is called before the timer is given an entry.
///
/// # Safety
/// `t` is a valid timer, and its memory stays one as the module's header says. `memory` is as for [`Heap::push`].
pub(crate) unsafe fn set(
    t: *mut Timer,
    heap: &TimerHeap,
    update: impl Fn() -> i64,
    memory: impl Fn(usize) -> *mut u8,
    added: impl Fn(),
) -> Set {
    // Times below 1 would look like "none".
    let update = || update().max(1);
    // SAFETY: `t` is valid; it is this thread's by its place, or by the lock of the heap to which it belongs.
    unsafe {
        // The far end of it is needed too.
        prefetch((&raw const (*t).due).cast());
        loop {
            let there = at_home(t, false, |h, home| h.set(t, update(), home, &memory, &added));
            if let Some(set) = there {
                return set;
            }
            // Acquire: pairs with the release that made it free.
            if (*t).pp.compare_exchange(FREE, ADDING, Ordering::Acquire, Ordering::Relaxed).is_ok() {
                let when = update();
                added();
                return Set { was_pending: false, when, is_first: heap.add(t, when, &memory) };
            }
        }
    }
}

#[cfg(all(test, not(loom)))]
#[path = "timer_tests.rs"]
mod tests;

#[cfg(all(test, loom))]
#[path = "timer_models.rs"]
mod models;

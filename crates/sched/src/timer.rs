//! Timers: one 4-ary heap per processor. Starting, stopping and running them is in `timing`.
//!
//! A [`Timer`] is the embedder's memory. It is in at most one heap at a time, `pp` names it, and
//! **everything about a timer that is in a heap is guarded by that heap's lock**. `status` says
//! which case it is:
//!
//! - `Free`: in no heap. The thread that changes it to `Adding` may fill it in and add it.
//! - `Adding`: a thread does. Others wait: it takes a heap insertion, no more.
//! - `InHeap`: in the heap `pp`. To touch it, lock that heap and check that `pp` still names it (a
//!   heap is emptied into another when its processor goes away, and a timer that fires leaves).
//!
//! Compared with lazy deletion (mark here, sweep there, ten states): a stop is one lock of a heap
//! that is mostly the caller's own, plus the removal of an entry whose index is known (kept in
//! `nextwhen`, which is otherwise without use): replaced by the last one, which moves few levels.
//! The lazy way pays an exchange on the timer now and the removal later, and lets dead timers
//! lengthen every other operation and hold back the "next due" time until they surface. Adding
//! costs the same in both. So no operation is dearer, and there is one invariant to check.
//!
//! What is lazy is a timer that is put off: its entry stays where it is, at a time that is too early, and moves to its place when it is at the
//! root and the earliest time is needed. So `entry.when <= timer.when`, and a deadline that is moved on with each request costs a store under
//! the lock, however many timers there are: no entry is even read. Moving an entry on has been paid for by the call that put its timer off.
//!
//! `next` holds the time of a heap's root, readable without the lock, 0 for none: nothing is due before it. What a thread sleeps for is
//! [`TimerHeap::earliest`], which moves entries on from the root first; `SETTLED` of them at most, since others wait for the lock. In the
//! rare case that more were put off at once, the time is too early, and the look at the heap that it causes moves the others on.

use core::cell::UnsafeCell;
use core::mem::{offset_of, size_of};
use core::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use goxide_sys::RawMutex;

use crate::coded::{Code, Coded};

/// Where a timer is; see the module's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Free = 0,
    InHeap = 1,
    Adding = 2,
}

impl Code for Status {
    #[inline]
    fn number(self) -> u32 {
        self as u32
    }

    #[inline]
    fn of(number: u32) -> Self {
        match number {
            0 => Status::Free,
            1 => Status::InHeap,
            _ => Status::Adding,
        }
    }
}

/// A timer. Set `when`, `period` (0: once), `f`, `arg`, `seq` before [`crate::Sched::timer_start`];
/// afterwards only through the scheduler. All zero is a valid, stopped timer. `f == 0` is reserved
/// for the scheduler's own sleeps.
#[repr(C)]
pub struct Timer {
    pp: AtomicUsize,
    /// When it is due, on the host's clock; above 0.
    pub when: i64,
    /// Due again every so many nanoseconds; 0 for once.
    pub period: i64,
    /// The function word.
    pub f: usize,
    /// The argument words.
    pub arg: [usize; 2],
    /// The sequence word.
    pub seq: usize,
    pub(crate) index: i64,
    pub(crate) status: Coded<Status>,
}

const _: () = {
    assert!(offset_of!(Timer, when) == 8);
    assert!(offset_of!(Timer, period) == 16);
    assert!(offset_of!(Timer, f) == 24);
    assert!(offset_of!(Timer, arg) == 32);
    assert!(offset_of!(Timer, seq) == 48);
    assert!(offset_of!(Timer, index) == 56);
    assert!(offset_of!(Timer, status) == 64);
    assert!(size_of::<Timer>() == 72);
};

impl Default for Timer {
    fn default() -> Self {
        Self::new()
    }
}

impl Timer {
    /// A stopped timer.
    pub const fn new() -> Self {
        Timer { pp: AtomicUsize::new(0), when: 0, period: 0, f: 0, arg: [0; 2], seq: 0, index: 0, status: Coded::zero() }
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

/// A timer in a heap, at a time that is not after its own.
#[derive(Clone, Copy)]
struct Entry {
    when: i64,
    timer: *mut Timer,
}

/// A heap with room for so many timers is a mapping of its own, halved when it is down to a quarter, and never smaller
/// again.
const MAPPED: usize = 4096;

/// How many timers that were put off are moved to their places, at most, while the lock is held once.
const SETTLED: usize = 64;

pub(crate) struct Heap {
    at: *mut Entry,
    len: usize,
    cap: usize,
}

/// What is due in a heap.
enum Due {
    None,
    /// That is not known yet: many were put off.
    Unsettled,
    Call(TimerCall),
}

/// The timers of one processor.
pub struct TimerHeap {
    next: AtomicI64,
    lock: RawMutex,
    heap: UnsafeCell<Heap>,
}

// SAFETY: the heap is guarded by the lock.
unsafe impl Sync for TimerHeap {}
// SAFETY: the heap is guarded by the lock, which any thread may take.
unsafe impl Send for TimerHeap {}

impl Default for TimerHeap {
    fn default() -> Self {
        Self::new()
    }
}

impl Heap {
    /// # Safety
    /// `i` is below `len`, or the place just added; the timer of `e` is valid and stays so while it is in the heap. The
    /// heap's lock is held.
    #[inline]
    unsafe fn put(&mut self, i: usize, e: Entry) {
        // SAFETY: `i` is below `len`; timers in a heap are valid, and ours under the lock.
        unsafe {
            *self.at.add(i) = e;
            (*e.timer).index = i as i64;
        }
    }

    /// # Safety
    /// `i` is below `len`.
    #[inline]
    unsafe fn get(&self, i: usize) -> Entry {
        debug_assert!(i < self.len);
        // SAFETY: `i` is below `len`.
        unsafe { *self.at.add(i) }
    }

    /// Moves `e` from the hole `i` towards the root to its place.
    ///
    /// # Safety
    /// As for [`Heap::put`].
    unsafe fn up(&mut self, mut i: usize, e: Entry) -> usize {
        // SAFETY: indices stay below `i`.
        unsafe {
            while i > 0 {
                let parent = (i - 1) / 4;
                let above = self.get(parent);
                if above.when <= e.when {
                    break;
                }
                self.put(i, above);
                i = parent;
            }
            self.put(i, e);
        }
        i
    }

    /// Moves `e` from the hole `i` towards the leaves to its place.
    ///
    /// # Safety
    /// As for [`Heap::put`].
    unsafe fn down(&mut self, mut i: usize, e: Entry) {
        // SAFETY: children are checked against `len`.
        unsafe {
            loop {
                let first = 4 * i + 1;
                if first >= self.len {
                    break;
                }
                let mut least = self.get(first);
                let mut at = first;
                for c in first + 1..(first + 4).min(self.len) {
                    let child = self.get(c);
                    if child.when < least.when {
                        least = child;
                        at = c;
                    }
                }
                if least.when >= e.when {
                    break;
                }
                self.put(i, least);
                i = at;
            }
            self.put(i, e);
        }
    }

    /// # Safety
    /// As for [`Heap::put`].
    unsafe fn place(&mut self, i: usize, e: Entry) {
        // SAFETY: `i` is below `len`.
        unsafe {
            let at = self.up(i, e);
            if at == i {
                self.down(i, e);
            }
        }
    }

    /// The timer `t`, which is in the heap, was due at `was` until now, and is due at another time; whether it is the earliest as far as is
    /// known, and was put forward.
    ///
    /// # Safety
    /// `t` is in this heap; the heap's lock is held.
    #[inline]
    pub(crate) unsafe fn moved(&mut self, t: *mut Timer, was: i64) -> bool {
        // SAFETY: the timer is in the heap, so its index is that of its entry.
        unsafe {
            let when = (*t).when;
            // Put off: the entry's time was not after the old one.
            if when >= was {
                return false;
            }
            let i = (*t).index as usize;
            // Put forward, but not to before its entry, or else towards the root.
            when < self.get(i).when && self.up(i, Entry { when, timer: t }) == 0
        }
    }

    /// Moves timers that were put off and whose entries have come to the root to their places, so many at most; whether the root is at its own
    /// time, or there is none.
    ///
    /// # Safety
    /// The heap's lock is held.
    unsafe fn settle(&mut self) -> bool {
        // SAFETY: the root is there if the heap is not empty; timers in a heap are valid, and ours under the lock.
        unsafe {
            for _ in 0..SETTLED {
                if self.len == 0 {
                    return true;
                }
                let root = self.get(0);
                let when = (*root.timer).when;
                if root.when >= when {
                    return true;
                }
                self.down(0, Entry { when, timer: root.timer });
            }
            false
        }
    }

    /// # Safety
    /// `timer` is valid, stays so while it is in the heap, and is in none. `memory` gives null or as many bytes as it is
    /// asked for, aligned for an [`Entry`], that nothing else uses. The heap's lock is held.
    unsafe fn push(&mut self, timer: *mut Timer, memory: impl FnOnce(usize) -> *mut u8) {
        // SAFETY: the new array is larger than what is copied into it.
        unsafe {
            if self.len == self.cap {
                let cap = (self.cap * 2).max(64);
                let at = match Self::map(cap) {
                    Some(at) => at,
                    None => memory(cap * size_of::<Entry>()).cast(),
                };
                self.move_to(at, cap);
            }
            self.len += 1;
            self.up(self.len - 1, Entry { when: (*timer).when, timer });
        }
    }

    /// # Safety
    /// `i` is below `len`; the heap's lock is held.
    unsafe fn remove(&mut self, i: usize) {
        // SAFETY: `i` is below `len`.
        unsafe {
            let last = self.get(self.len - 1);
            self.len -= 1;
            if i < self.len {
                self.place(i, last);
            }
            if self.cap > MAPPED && self.len < self.cap / 4 {
                self.shrink();
            }
        }
    }

    /// Goes over to an array of half the size, which is at most half full.
    ///
    /// # Safety
    /// The array is at most half full; the heap's lock is held.
    #[cold]
    #[inline(never)]
    unsafe fn shrink(&mut self) {
        // SAFETY: the array has room for all entries. Without memory the old one serves on.
        unsafe {
            if let Some(at) = Self::map(self.cap / 2) {
                self.move_to(at, self.cap / 2);
            }
        }
    }

    /// An array with a mapping of its own, if it is to have one and there is memory.
    fn map(cap: usize) -> Option<*mut Entry> {
        if cap < MAPPED {
            return None;
        }
        let at = goxide_sys::mem::map_anywhere(cap * size_of::<Entry>());
        (!at.is_null()).then_some(at.cast())
    }

    /// Moves the entries to `at`, which has room for `cap`, and gives the old array back if it was mapped. Smaller ones are
    /// left: together they are smaller than the smallest that is mapped.
    ///
    /// # Safety
    /// `at` has room for `cap` entries, not fewer than there are, and is used by nothing else; the heap's lock is held.
    unsafe fn move_to(&mut self, at: *mut Entry, cap: usize) {
        // SAFETY: `at` has room for the entries and is apart from the old array, which is the heap's, and no reference to it
        // is kept.
        unsafe {
            core::ptr::copy_nonoverlapping(self.at, at, self.len);
            if self.cap >= MAPPED {
                goxide_sys::mem::unmap(self.at.cast(), self.cap * size_of::<Entry>());
            }
        }
        self.at = at;
        self.cap = cap;
    }
}

impl TimerHeap {
    /// An empty heap.
    pub const fn new() -> Self {
        TimerHeap {
            next: AtomicI64::new(0),
            lock: RawMutex::new(),
            heap: UnsafeCell::new(Heap { at: core::ptr::dangling_mut(), len: 0, cap: 0 }),
        }
    }

    /// No timer is due before this; 0 if there is none.
    #[inline]
    pub fn next(&self) -> i64 {
        self.next.load(Ordering::SeqCst)
    }

    /// When the earliest timer is due, or, if many were put off, a time before that; 0 if there is none.
    pub fn earliest(&self) -> i64 {
        if self.is_empty() {
            return 0;
        }
        self.locked(|h| {
            // SAFETY: the lock is held.
            unsafe { h.settle() };
        });
        self.next()
    }

    /// Bytes mapped for it.
    pub(crate) fn mapped(&self) -> usize {
        self.locked(|h| if h.cap >= MAPPED { h.cap * size_of::<Entry>() } else { 0 })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.locked(|h| h.len)
    }

    /// Whether there is no timer.
    pub fn is_empty(&self) -> bool {
        self.next() == 0
    }

    #[inline]
    fn locked<R>(&self, f: impl FnOnce(&mut Heap) -> R) -> R {
        self.lock.lock();
        // SAFETY: the lock is held.
        let heap = unsafe { &mut *self.heap.get() };
        let r = f(heap);
        // SAFETY: the root is there if the heap is not empty; the lock was taken above.
        unsafe {
            let next = if heap.len == 0 { 0 } else { heap.get(0).when };
            if next != self.next.load(Ordering::Relaxed) {
                self.next.store(next, Ordering::SeqCst);
            }
            self.lock.unlock();
        }
        r
    }

    /// Adds a timer in status `Adding`; whether it is now the earliest.
    ///
    /// # Safety
    /// `t` is valid, stays so while it is in the heap, is in status `Adding` by this thread, and is filled in. `memory` is as
    /// for [`Heap::push`].
    pub(crate) unsafe fn add(&self, t: *mut Timer, memory: impl FnOnce(usize) -> *mut u8) -> bool {
        self.locked(|h| {
            // SAFETY: `t` is valid and stays so, and is this thread's by its status (this function's contract); the lock is
            // held.
            unsafe {
                h.push(t, memory);
                (*t).pp.store(&raw const *self as usize, Ordering::Relaxed);
                // Release: pairs with the acquire of the thread that sees it in the heap.
                (*t).status.store(Status::InHeap, Ordering::Release);
                (*t).index == 0
            }
        })
    }

    /// Takes entry `i` out and its timer to `Free`.
    ///
    /// # Safety
    /// `i` is below `len`; the heap's lock is held.
    pub(crate) unsafe fn take(h: &mut Heap, i: usize) {
        // SAFETY: `i` is below `len`; the lock is held.
        unsafe {
            let t = h.get(i).timer;
            h.remove(i);
            (*t).pp.store(0, Ordering::Relaxed);
            // Release: pairs with the exchange to `Adding`.
            (*t).status.store(Status::Free, Ordering::Release);
        }
    }

    /// Removes the timer that is due at `now`, or moves it to its next period.
    pub(crate) fn pop_due(&self, now: i64) -> Option<TimerCall> {
        loop {
            let due = self.locked(|h| {
                // SAFETY: the root is there; timers in the heap are valid and ours under the lock.
                unsafe {
                    if !h.settle() {
                        return Due::Unsettled;
                    }
                    if h.len == 0 || h.get(0).when > now {
                        return Due::None;
                    }
                    let t = h.get(0).timer;
                    let call = TimerCall { f: (*t).f, arg: (*t).arg, seq: (*t).seq };
                    if (*t).period > 0 {
                        let late = now - (*t).when;
                        let skip = (late / (*t).period + 1).saturating_mul((*t).period);
                        (*t).when = (*t).when.saturating_add(skip);
                        h.down(0, Entry { when: (*t).when, timer: t });
                    } else {
                        Self::take(h, 0);
                    }
                    Due::Call(call)
                }
            });
            match due {
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
        self.locked(|h| {
            let any = h.len != 0;
            // SAFETY: both locks are held, and no other thread holds two.
            unsafe {
                to.locked(|other| {
                    for i in 0..h.len {
                        let t = h.get(i).timer;
                        other.push(t, &memory);
                        (*t).pp.store(&raw const *to as usize, Ordering::Release);
                    }
                });
            }
            h.len = 0;
            if h.cap > MAPPED
                && let Some(at) = Heap::map(MAPPED)
            {
                // SAFETY: room for what is there: nothing.
                unsafe { h.move_to(at, MAPPED) };
            }
            any
        })
    }

    /// Calls `f` with each timer, under the lock.
    pub(crate) fn for_each(&self, mut f: impl FnMut(*mut Timer)) {
        self.locked(|h| {
            for i in 0..h.len {
                // SAFETY: `i` is below `len`.
                f(unsafe { h.get(i).timer });
            }
        });
    }
}

/// Runs `f` on the heap that `t` is in, under its lock, if it is in one (`None`: it is `Free`), with the place of its entry.
/// Retries while the timer is on the move.
///
/// A program may have copied a timer that was in a heap (`t := *time.NewTimer(d)`): the copy has the other's words, but no entry leads to it.
/// `f` gets no place then, and the copy is `Free` from now on.
///
/// # Safety
/// `t` is a valid timer, and stays so during the call.
pub(crate) unsafe fn in_heap<R>(t: *mut Timer, f: impl FnOnce(&mut Heap, Option<usize>) -> R) -> Option<R> {
    let mut f = Some(f);
    // SAFETY: `t` is a valid timer; heaps are never freed.
    unsafe {
        let mut turn = 0;
        loop {
            match (*t).status.load(Ordering::Acquire) {
                Status::Free => return None,
                Status::InHeap => {
                    let pp = (*t).pp.load(Ordering::Acquire);
                    if pp != 0 {
                        let heap = &*(pp as *const TimerHeap);
                        let done = heap.locked(|h| {
                            if (*t).pp.load(Ordering::Relaxed) != pp {
                                return None;
                            }
                            let i = (*t).index as usize;
                            let own = i < h.len && h.get(i).timer == t;
                            if !own {
                                (*t).pp.store(0, Ordering::Relaxed);
                                (*t).status.store(Status::Free, Ordering::Release);
                            }
                            f.take().map(|f| f(h, own.then_some(i)))
                        });
                        if done.is_some() {
                            return done;
                        }
                    }
                }
                Status::Adding => {}
            }
            crate::loom::relax(turn);
            turn += 1;
        }
    }
}

#[cfg(test)]
#[path = "timer_tests.rs"]
mod tests;

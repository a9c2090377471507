//! Heaps of timers, one per processor: the lock, the time of the root, and the way from a timer to the heap that it belongs to. The protocol
//! is in `timer`, what is done under the lock in `entries`.

use core::cell::UnsafeCell;

use crate::os::prefetch;

use crate::entries::{COLOUR, Due, Entries, Kind, Set, timer};
use crate::loom::{AtomicI64, Ordering, RawMutex};
use crate::timer::{ADDING, FREE, STOPPED, Timer, TimerCall, adding};

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

    /// No timer is due before this; 0 if there is none, not even a stopped one.
    #[inline]
    pub fn next(&self) -> i64 {
        self.next.load(Ordering::SeqCst)
    }

    /// When the earliest timer is due, or, if many were put off or stopped, a time before that; 0 if none is pending.
    pub fn earliest(&self) -> i64 {
        let mut settled = self.is_empty();
        while !settled {
            settled = self.locked(|h, home| {
                // SAFETY: the lock is held.
                unsafe { h.settle(i64::MAX, home) || h.pending != 0 }
            });
        }
        self.next()
    }

    /// Bytes mapped for it.
    pub(crate) fn mapped(&self) -> usize {
        self.locked(|h, _| h.heap.mapped())
    }

    /// How many are pending, more or less.
    pub fn len(&self) -> usize {
        self.locked(|h, _| h.pending)
    }

    /// Whether there is no timer, not even a stopped one that would be pending here if it were set again.
    pub fn is_empty(&self) -> bool {
        self.next() == 0
    }

    /// Whether no timer seems to be pending. [`TimerHeap::earliest`] is sure.
    pub(crate) fn seems_done(&self) -> bool {
        self.is_empty() || self.locked(|h, _| h.pending == 0)
    }

    #[inline]
    fn locked<R>(&self, f: impl FnOnce(&mut Entries, usize) -> R) -> R {
        self.lock.lock();
        // SAFETY: the lock is held.
        let h = unsafe { &mut *self.entries.get() };
        let r = f(h, self.home());
        // SAFETY: the lock is held, and these are its entries.
        unsafe { self.unlock(h) };
        r
    }

    /// What the place of a timer of this heap is.
    fn home(&self) -> usize {
        core::ptr::from_ref(self).addr()
    }

    /// Gives up the lock after `h`, what it guards, may have changed.
    ///
    /// # Safety
    /// This thread holds the lock, and uses `h` no more.
    #[inline(always)]
    unsafe fn unlock(&self, h: &mut Entries) {
        let next = h.heap.first().map_or(0, |first| first.when);
        if next != self.next.load(Ordering::Relaxed) {
            // What looks whether there are timers must see one that was set before it was looked; that there are none may be seen late.
            self.next.store(next, if next == 0 { Ordering::Release } else { Ordering::SeqCst });
        }
        // SAFETY: this thread holds the lock.
        unsafe { self.lock.unlock() };
    }

    /// Adds a timer that this thread has made `ADDING`, for `when`; whether something may sleep for longer than that.
    ///
    /// # Safety
    /// `t` is a valid timer, and its memory stays one as the module's header says; this thread made it `ADDING`, and filled it in. `memory`
    /// is as for `heap::Heap::push`.
    unsafe fn add(&self, t: *mut Timer, when: i64, memory: impl FnOnce(usize) -> *mut u8) -> bool {
        self.locked(|h, home| {
            // SAFETY: `t` is valid, and this thread's by its place (this function's contract).
            unsafe {
                (*t).guarded.write();
                (*t).when = when;
                (*t).due = when;
                (*t).owner = t.addr();
                let is_first = h.heap.first().is_none_or(|first| when < first.when);
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
    /// The world is stopped by this thread; `to` is another heap. `memory` is as for `heap::Heap::push`.
    pub(crate) unsafe fn move_to(&self, to: &TimerHeap, memory: impl Fn(usize) -> *mut u8) -> bool {
        self.locked(|h, home| {
            let mut any = false;
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
                                any = true;
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

    /// The processor is about to be freed: nothing leads from a timer to this heap any more. What is pending is taken off and not run.
    #[cfg(feature = "std")]
    pub(crate) fn free(&self) {
        self.locked(|h, home| {
            for i in 0..h.heap.len() {
                let e = h.heap.get(i);
                // SAFETY: `e` is an entry, whose timer is still one, and the lock is held.
                unsafe {
                    if Entries::kind(e, home) != Kind::Stale {
                        Entries::release(timer(e));
                    }
                }
            }
            h.heap.free();
            (h.pending, h.unvisited) = (0, 0);
        });
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

/// Finds the heap that `t` says it belongs to, and locks it: the heap and the place. None if it belongs to none, or, with `pending`, is stopped.
/// Retries while the timer is on the move.
///
/// # Safety
/// `t` is a valid timer, and stays so during the call. What is given is for this thread to unlock.
#[inline(always)]
unsafe fn lock_home(t: *mut Timer, pending: bool) -> Option<(&'static TimerHeap, usize)> {
    let mut turn = 0;
    loop {
        // Acquire: pairs with the release of the thread that added it, or made it free.
        // SAFETY: `t` is a valid timer.
        let place = unsafe { (*t).pp.load(Ordering::Acquire) };
        if place == FREE || (pending && place & (STOPPED | ADDING) == STOPPED) {
            return None;
        }
        if place & ADDING == 0 {
            // SAFETY: heaps are never freed.
            let heap = unsafe { &*((place & !STOPPED) as *const TimerHeap) };
            heap.lock.lock();
            // SAFETY: `t` is a valid timer; if it belongs to the heap it does so until the lock is given up, which is held otherwise.
            unsafe {
                let now = (*t).pp.load(Ordering::Relaxed);
                if now & !STOPPED == heap.home() && !(pending && now & STOPPED != 0) {
                    return Some((heap, now));
                }
                heap.lock.unlock();
            }
        } else if place != adding(t) {
            // The copy of one that was being added. No thread adds this one.
            // SAFETY: `t` is a valid timer.
            let _ = unsafe { (*t).pp.compare_exchange(place, FREE, Ordering::Relaxed, Ordering::Relaxed) };
            continue;
        }
        crate::loom::relax(turn);
        turn += 1;
    }
}

/// Whether `t` is a timer of `heap`, as its place says, and no copy. With the words of one that was stopped or has fired since it may be its own
/// copy, put back.
///
/// # Safety
/// `t` is a valid timer, its place is `heap`, and the lock is held.
#[inline(always)]
unsafe fn is_own(t: *mut Timer, heap: &TimerHeap) -> bool {
    // SAFETY: `t` is a valid timer, and guarded by the lock that is held.
    unsafe {
        (*t).guarded.read();
        (*t).owner == t.addr() && heap.next.load(Ordering::Relaxed) != 0
    }
}

/// Stops `t`; whether it was pending, or the copy of one that was.
///
/// # Safety
/// `t` is a valid timer.
pub(crate) unsafe fn stop(t: *mut Timer) -> bool {
    // SAFETY: `t` is a valid timer, which is pending where it is found, and the lock is held there until it is given up.
    unsafe {
        // The far end of it is needed too.
        prefetch((&raw const (*t).owner).cast());
        let Some((heap, _)) = lock_home(t, true) else { return false };
        let h = &mut *heap.entries.get();
        if is_own(t, heap) {
            h.stop(t, heap.home());
        } else {
            (*t).pp.store(FREE, Ordering::Release);
        }
        heap.unlock(h);
    }
    true
}

/// Sets `t` to be due when `update`, which may change its words, says, in the heap to which it belongs, or else in `heap`. `memory` is as for
/// `heap::Heap::push`(crate::heap::Heap::push); `added` is called before the timer is given an entry: whether that is the only one, in `heap`.
///
/// # Safety
/// `t` is a valid timer, and its memory stays one as the header of `timer` says. `memory` is as for
/// `heap::Heap::push`(crate::heap::Heap::push).
#[inline]
pub(crate) unsafe fn set(
    t: *mut Timer,
    heap: &TimerHeap,
    update: impl Fn() -> i64,
    memory: impl Fn(usize) -> *mut u8,
    added: impl Fn(bool),
) -> Set {
    // Times below 1 would look like "none".
    let update = || update().max(1);
    // SAFETY: `t` is valid; it is this thread's by its place, or by the lock of the heap to which it belongs, which is held until it is given
    // up.
    unsafe {
        // The far end of it is needed too.
        prefetch((&raw const (*t).owner).cast());
        loop {
            let was_pending = if let Some((its, place)) = lock_home(t, false) {
                let h = &mut *its.entries.get();
                let was_pending = place & STOPPED == 0;
                if is_own(t, its) {
                    let when = update();
                    if was_pending && when >= (*t).when {
                        // The heap is as it was.
                        (*t).guarded.write();
                        (*t).due = when;
                        its.lock.unlock();
                        return Set { was_pending, when, is_first: false };
                    }
                    let set = h.set(t, when, its.home(), &memory, || added(false));
                    its.unlock(h);
                    return set;
                }
                (*t).pp.store(adding(t), Ordering::Release);
                its.lock.unlock();
                was_pending
            } else {
                // Acquire: pairs with the release that made it free.
                if (*t).pp.compare_exchange(FREE, adding(t), Ordering::Acquire, Ordering::Relaxed).is_err() {
                    continue;
                }
                false
            };
            let when = update();
            added(true);
            return Set { was_pending, when, is_first: heap.add(t, when, &memory) };
        }
    }
}

#[cfg(all(test, not(loom)))]
#[path = "timer_tests.rs"]
mod tests;

#[cfg(all(test, loom))]
#[path = "timer_models.rs"]
mod models;

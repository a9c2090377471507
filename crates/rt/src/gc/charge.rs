//! What who allocates owes to collection: a share of marking and sweeping where its cache takes a span, and making way for
//! others.
//!
//! Phases change with the world stopped only, so never within an entry. What an entry has allocated and holds in local
//! variables is safe until it ends or parks: nothing is swept meanwhile that was allocated in the meantime.

use crate::gc::marker::marker;
use crate::gc::pacing::{enabled, sweep_share};
use crate::gc::{assists, driver, events, scavenger, share, sweeping, worker};
use crate::records::{Making, Slice};
use crate::state::{GC, RT, g};
use crate::token::System;
use core::sync::atomic::Ordering::*;
use goxide_alloc::size_class::PAGE;
use goxide_alloc::sweep::{Swept, Work};
use goxide_gc::Paid;

/// An allocation took so many bytes from the heap: a span for its cache, or a large object. The allocating goroutine does its share of
/// collecting.
#[cold]
#[inline(never)]
pub fn took(mut sys: System<'_>, bytes: usize) {
    share_time(sys.lend());
    scavenger::make_tables();
    if GC.is_marking() {
        owe(sys.lend(), bytes);
        let paid = pay_at_once(sys.lend());
        worker::take_due(sys.lend());
        if paid != Paid::All && !sys.is_g0() {
            // The rest of a debt is paid, or waited for, where it yields.
            sys.ask_to_yield();
        }
    } else {
        sweep_share(sys.lend(), bytes);
        begin_if_due(sys);
    }
}

/// Pays some pieces of what the goroutine owes, unless something wants it to stop in between. To yield with a small debt would have it wait
/// for all that are ready first.
fn pay_at_once(mut sys: System<'_>) -> Paid {
    /// That is, 256 KiB of scanning.
    const PIECES: u32 = 4;
    let mut paid = pay(sys.lend());
    for _ in 1..PIECES {
        share_time(sys.lend());
        // SAFETY: the current goroutine is valid, and the word atomic.
        let asked = RT.sched.is_stopping() || unsafe { (*g()).preempt.load(Relaxed) };
        if paid != Paid::Piece || asked || sys.is_g0() {
            break;
        }
        paid = pay(sys.lend());
    }
    paid
}

/// The goroutine owes for so many bytes more.
fn owe(_: System<'_>, bytes: usize) {
    // SAFETY: the debt of the current goroutine, whose entry this is, is this thread's to change.
    GC.charge(unsafe { &mut (*g()).ext.debt }, bytes);
}

/// Pays a piece of what the goroutine owes. While a cycle marks, or nothing is owed.
pub fn pay(sys: System<'_>) -> Paid {
    let watcher = crate::trace::batches::watcher();
    if let Some(watcher) = watcher {
        // SAFETY: in an entry of the goroutine, or before it goes on (the token).
        unsafe { (watcher.assisting)(true) }
    }
    let assist = share::Assist::begin();
    // SAFETY: the debt of the current goroutine, whose entry this is, is this thread's to change. A cycle that marks does not end while
    // this thread has its processor, whose marker it is.
    let paid = unsafe { GC.pay(marker(sys.into_processor()), &mut (*g()).ext.debt) };
    share::update(assist.end());
    if let Some(watcher) = watcher {
        // SAFETY: in an entry of the goroutine, or before it goes on (the token).
        unsafe { (watcher.assisting)(false) }
    }
    // SAFETY: an entry or a finish half, with a processor and without locks (the token).
    unsafe { assists::serve() }
    paid
}

/// The goroutine has allocated while no cycle marks: if one is due, it begins where the goroutine yields.
fn begin_if_due(mut sys: System<'_>) {
    if !GC.is_due() || !enabled() {
        return;
    }
    if sys.is_g0() {
        return driver::notify(events::DUE);
    }
    // It begins where it yields, which is soon.
    RT.collection.driver.begin.store(true, Relaxed);
    sys.ask_to_yield();
}

/// Spans that are swept between two looks at anything else: some tens of microseconds.
const SPANS: usize = 128;

/// Sweeps until `pages` pages are free that were not, but not for long. Returns how many became free; 0: nothing is left.
pub fn sweep_for(mut sys: System<'_>, pages: usize) -> usize {
    let (since, mut work) = (sweeping::begins(sys.lend()), Work::ZERO);
    let mut freed = 0;
    for _ in 0..SPANS {
        match RT.heap.sweep_one_counted(&mut work) {
            Swept::Pages(n) => freed += n,
            Swept::Nothing => break,
        }
        if freed >= pages {
            break;
        }
    }
    sweeping::has_swept(sys, since, work);
    freed
}

/// A step of what comes before a large object, while its goroutine can still wait: as many pages are swept free as it needs, if
/// there are, and its share of marking is done. What is paid for afterwards makes the heap grow by the whole object first,
/// though marking may be over in a moment and leave room enough. False if there is more to be done after the next safepoint, to which
/// the goroutine should come next.
pub fn advance(mut sys: System<'_>, making: &mut Making) -> bool {
    let pages = making.size.div_ceil(PAGE);
    if making.swept < pages && RT.heap.unswept() != 0 {
        let left = RT.heap.unswept();
        making.swept += sweep_for(sys.lend(), pages - making.swept);
        if RT.heap.unswept() == left {
            // The rest is in other hands.
            making.swept = pages;
        }
        return false;
    }
    if !GC.is_marking() {
        if !GC.is_due() || !enabled() || !waits(&sys, making) {
            return true;
        }
        // It begins where the goroutine yields, unless another one does.
        RT.collection.driver.begin.store(true, Relaxed);
        sys.ask_to_yield();
        return false;
    }
    if !making.charged {
        making.charged = true;
        owe(sys.lend(), making.size);
    }
    match pay(sys.lend()) {
        Paid::All => true,
        Paid::Piece => false,
        paid @ (Paid::Elsewhere | Paid::Short) => {
            if !waits(&sys, making) {
                return true;
            }
            // What was forgiven is charged again if there is more to be found then.
            making.charged = paid == Paid::Short;
            sys.ask_to_yield();
            false
        }
    }
}

/// Whether a goroutine should wait before it makes a large object, for what is in other hands; but for the first time, it waits a
/// [`MOMENT`] here.
fn waits(_: &System<'_>, making: &mut Making) -> bool {
    let now = goxide_sys::time::nanotime();
    if making.waits_since == 0 {
        making.waits_since = now;
        return patience(making.size) > 0;
    }
    if now - making.waits_since >= patience(making.size) {
        return false;
    }
    // Where all that are ready wait for the same, to yield does nothing but keep processors from it.
    if RT.sched.proc_count() > 1 && !RT.sched.is_stopping() {
        goxide_sys::process::usleep(MOMENT);
    }
    true
}

/// How long a goroutine waits at most, in nanoseconds, before it makes an object of `size` bytes while marking is in other hands: what
/// marks may stand on threads that the kernel does not let run, and the heap would grow for as long. Twice as long for each time that
/// the heap outgrows its goal by the object; not forever, since marking may be held up by what this goroutine has locked.
fn patience(size: usize) -> i64 {
    const FIRST: i64 = 10_000_000;
    const LONGEST: i64 = 1_000_000_000;
    let (goal, then) = (RT.collection.account.goal.load(Relaxed), RT.heap.live() as u64 + size as u64);
    if then <= goal {
        return 0;
    }
    let times = (then / goal.max(1)).min(7) as u32;
    (FIRST << (times - 1)).min(LONGEST)
}

/// After the allocation of an object for which [`advance`] was done.
pub fn after_advance(mut sys: System<'_>) {
    share_time(sys.lend());
    if !GC.is_marking() {
        begin_if_due(sys);
    }
}

/// Allocating goroutines yield, after a part of a time slice, to goroutines that wait and to timers that are due: the scheduler's
/// monitor looks every ten milliseconds at most, and many goroutines want to be on time while others make garbage.
pub fn share_time(mut sys: System<'_>) {
    /// How long, in nanoseconds.
    const PART: i64 = 500_000;
    /// Who has taken fewer spans than this in its slice is not one of those that this is about.
    const SPANS: u32 = 16;
    let p = sys.as_ptr();
    // SAFETY: this thread's processor; these are atomic words.
    let (timer, tick) = unsafe { ((*p).timers.next(), (*p).sched_tick.load(Relaxed)) };
    if (timer == 0 && !sys.has_runnable()) || sys.is_g0() {
        return;
    }
    let now = goxide_sys::time::nanotime();
    let seen = &mut sys.part().slice;
    if seen.tick != tick {
        *seen = Slice { tick, times: 0, since: now };
    }
    seen.times += 1;
    if seen.times >= SPANS && now - seen.since >= PART && (sys.has_runnable() || timer <= now) {
        sys.ask_to_yield();
    }
}

/// How long an allocating goroutine waits at a time for what others have in hand, in microseconds.
const MOMENT: u32 = 50;

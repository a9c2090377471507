//! Time as a channel: [`after`], [`tick`], and [`never()`], which is what a disabled timer looks like.
//!
//! One thread of the process, started by the first of them, keeps all that are to come in a heap. A timer of which all receivers are
//! gone leaves when it would have fired, or when the heap is swept, which is whenever it has doubled: so at most about as many dead
//! timers are kept as live ones. How threads wait with a time limit of their own has nothing to do with this; see [`crate::thread`]. The channels are made for threads; those between futures
//! take them by `Receiver::from`.

use crate::hosted::{Tx, ends};
use crate::thread::{Receiver, from_now};
use core::cmp::Ordering;
use std::collections::BinaryHeap;
use std::sync::{Condvar, Mutex, MutexGuard, Once};
use std::time::{Duration, Instant};

/// A channel that delivers one element, the moment it was due, once so much time has passed. It is not closed afterwards, so that a select
/// in a loop chooses it once.
///
/// ```
/// use goxide_chan::thread::{Select, channel};
/// use goxide_chan::timer::after;
/// use std::time::Duration;
///
/// let (tx, rx) = channel::<u32>(0);
/// let limit = after(Duration::from_secs(5)); // for both rounds together
/// std::thread::spawn(move || tx.send(1));
/// let round = || Select::new().recv(&rx, |v| v).recv(&limit, |_| Some(99)).wait();
/// assert_eq!((round(), round()), (Some(1), None)); // received; closed
/// ```
///
/// # Panics
/// If the thread that keeps timers cannot be started.
#[must_use]
pub fn after(time: Duration) -> Receiver<Instant> {
    // What the clock cannot reach does not come.
    from_now(time).map_or_else(never, |at| start(at, None))
}

/// A channel that delivers the time again and again, first after one `period`. While the last element has not been received, there is no
/// other: a slow receiver misses some.
///
/// # Panics
/// If the period is zero, or the thread that keeps timers cannot be started.
#[must_use]
pub fn tick(period: Duration) -> Receiver<Instant> {
    assert!(!period.is_zero(), "a period of no length");
    from_now(period).map_or_else(never, |at| start(at, Some(period)))
}

/// A channel that delivers nothing, and is never closed: a case of a select that is switched off.
#[must_use]
pub fn never<T>() -> Receiver<T> {
    let (tx, rx) = ends(0);
    tx.keep_open();
    Receiver { rx }
}

/// A timer to come. The one due first is the greatest.
struct Timer {
    at: Instant,
    period: Option<Duration>,
    to: Tx<Instant>,
}

impl PartialEq for Timer {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at
    }
}

impl Eq for Timer {}

impl PartialOrd for Timer {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Timer {
    fn cmp(&self, other: &Self) -> Ordering {
        other.at.cmp(&self.at)
    }
}

/// Timers below this number are not swept.
const FEW: usize = 64;

struct Timers {
    heap: BinaryHeap<Timer>,
    /// The length of the heap at which it is swept.
    sweep_at: usize,
}

/// The timers of the process, and their thread.
struct Keeper {
    timers: Mutex<Timers>,
    /// There is a timer that is due before all others.
    sooner: Condvar,
    started: Once,
}

static KEEPER: Keeper = Keeper {
    timers: Mutex::new(Timers { heap: BinaryHeap::new(), sweep_at: FEW }),
    sooner: Condvar::new(),
    started: Once::new(),
};

impl Timers {
    /// Adds a timer, and says whether it is due first.
    fn add(&mut self, timer: Timer) -> bool {
        if self.heap.len() >= self.sweep_at {
            self.heap.retain(|t| !t.to.is_closed());
            self.sweep_at = FEW.max(2 * self.heap.len());
        }
        let first = self.heap.peek().is_none_or(|t| timer.at < t.at);
        self.heap.push(timer);
        first
    }
}

fn start(at: Instant, period: Option<Duration>) -> Receiver<Instant> {
    KEEPER.started.call_once(|| {
        let thread = std::thread::Builder::new().name("goxide-chan-timers".into());
        thread.spawn(|| KEEPER.keep()).expect("no thread for timers");
    });
    let (tx, rx) = ends(1);
    let first = KEEPER.timers().add(Timer { at, period, to: tx });
    if first {
        KEEPER.sooner.notify_one();
    }
    Receiver { rx }
}

impl Keeper {
    fn timers(&self) -> MutexGuard<'_, Timers> {
        self.timers.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// What the thread does: waits for the timer that is due first, and fires it.
    fn keep(&self) {
        let mut timers = self.timers();
        loop {
            let now = Instant::now();
            timers = match timers.heap.peek().map(|t| t.at) {
                None => self.sooner.wait(timers).unwrap_or_else(|e| e.into_inner()),
                Some(at) if at > now => self.sooner.wait_timeout(timers, at - now).unwrap_or_else(|e| e.into_inner()).0,
                Some(_) => {
                    let due = timers.heap.pop();
                    // A receiver is woken without the lock.
                    drop(timers);
                    let next = due.and_then(|timer| fire(timer, now));
                    let mut timers = self.timers();
                    if let Some(timer) = next {
                        timers.add(timer);
                    }
                    timers
                }
            };
        }
    }
}

/// Delivers, and says when a periodic timer is due again: not in the past.
fn fire(timer: Timer, now: Instant) -> Option<Timer> {
    let Timer { at, period, to } = timer;
    // Full: the receiver has not come for the last one. Closed: there is no receiver.
    let _ = to.try_send(at);
    let Some(period) = period.filter(|_| !to.is_closed()) else {
        to.keep_open();
        return None;
    };
    let next = at.checked_add(period)?;
    Some(Timer { at: if next > now { next } else { now.checked_add(period)? }, period: Some(period), to })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Timers without receivers leave when the heap has doubled.
    #[test]
    fn the_dead_are_swept() {
        let mut timers = Timers { heap: BinaryHeap::new(), sweep_at: FEW };
        let at = Instant::now() + Duration::from_secs(3600);
        let mut kept = Vec::new();
        for i in 0..10_000 {
            let (to, rx) = ends(1);
            timers.add(Timer { at: at + Duration::from_secs(i), period: None, to });
            if i % 100 == 0 {
                kept.push(rx);
            }
        }
        let live = timers.heap.iter().filter(|t| !t.to.is_closed()).count();
        assert_eq!(live, 100);
        assert!(timers.heap.len() <= 2 * live + FEW, "{} timers", timers.heap.len());
        assert!(timers.add(Timer { at: at - Duration::from_secs(1), period: None, to: ends(1).0 }));
        assert!(!timers.add(Timer { at, period: None, to: ends(1).0 }));
    }

    /// A ticker that comes late does not catch up, and one whose receiver has not come does not queue up.
    #[test]
    fn ticks_that_are_late() {
        let (to, rx) = ends(1);
        let at = Instant::now();
        let now = at + Duration::from_secs(10);
        let period = Some(Duration::from_secs(1));
        let next = fire(Timer { at, period, to }, now).expect("it goes on");
        assert_eq!(next.at, now + Duration::from_secs(1));
        let next = fire(next, now + Duration::from_secs(1)).expect("it goes on");
        assert_eq!(next.at, now + Duration::from_secs(2));
        assert_eq!(rx.try_recv(), Ok(at));
        assert!(rx.try_recv().is_err_and(|e| e.is_empty()));
        drop(rx);
        assert!(fire(next, now).is_none(), "until there is no receiver");
    }
}

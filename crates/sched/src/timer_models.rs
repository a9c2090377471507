//! Every interleaving of two or three threads (up to a number of preemptions) that use the same timers: the place word, and that what it
//! guards is written by one thread at a time. `RUSTFLAGS="--cfg loom" cargo test --release -p goxide-sched --lib`

use std::collections::BTreeSet;

use loom::sync::Arc;
use loom::thread;

use super::*;

/// Two heaps, two timers, and what was done with these.
struct World {
    heaps: [TimerHeap; 2],
    timers: [UnsafeCell<Timer>; 2],
    /// Of each timer: by how many was it started, less what was fired or stopped since.
    pending: std::sync::Mutex<[isize; 2]>,
    /// What a collector was shown, by its visit or when it was added.
    shown: std::sync::Mutex<BTreeSet<usize>>,
    memory: std::sync::Mutex<Vec<Vec<u128>>>,
}

// SAFETY: timers are used as their protocol allows, which is what is tested.
unsafe impl Sync for World {}
// SAFETY: timers may be used and dropped by any thread, as their protocol allows, which is what is tested.
unsafe impl Send for World {}

impl World {
    fn new() -> Arc<Self> {
        let timer = |seq| {
            let mut t = Timer::new();
            t.seq = seq;
            UnsafeCell::new(t)
        };
        Arc::new(World {
            heaps: [TimerHeap::new(), TimerHeap::new()],
            timers: [timer(0), timer(1)],
            pending: Default::default(),
            shown: Default::default(),
            memory: Default::default(),
        })
    }

    fn memory(&self, bytes: usize) -> *mut u8 {
        let mut all = self.memory.lock().unwrap();
        all.push(vec![0; bytes.div_ceil(16)]);
        all.last_mut().unwrap().as_mut_ptr().cast()
    }

    fn count(&self, i: usize, n: isize) {
        self.pending.lock().unwrap()[i] += n;
    }

    /// Sets timer `i`, from a processor whose heap is `heap`.
    fn set(&self, i: usize, heap: usize, when: i64) {
        let t = self.timers[i].get();
        let update = || {
            // SAFETY: it is this thread's now.
            unsafe {
                (*t).guarded.write();
                (*t).arg[0] += 1;
            }
            when
        };
        let added = |_| {
            self.shown.lock().unwrap().insert(t.addr());
        };
        // SAFETY: the timers live as long as the heaps.
        let set = unsafe { set(t, &self.heaps[heap], update, |n| self.memory(n), added) };
        self.count(i, 1 - isize::from(set.was_pending));
    }

    fn stop(&self, i: usize) {
        // SAFETY: the timer is valid.
        let stopped = unsafe { stop(self.timers[i].get()) };
        self.count(i, -isize::from(stopped));
    }

    /// The second timer becomes a copy of the first. If that is pending, one stop or set says so of the copy.
    fn copied(&self) {
        // SAFETY: no other thread is there yet. The timers live as long as this.
        unsafe {
            let (from, to) = (self.timers[0].get(), self.timers[1].get());
            let place = (*from).pp.load(Ordering::Relaxed);
            self.count(1, isize::from(place & STOPPED == 0 && place != FREE));
            (*to).pp.store(place, Ordering::Relaxed);
            ((*to).when, (*to).due, (*to).owner) = ((*from).when, (*from).due, (*from).owner);
        }
    }

    /// Fires at most one of `heap` that is due.
    fn fire(&self, heap: usize, now: i64) {
        if let Some(call) = self.heaps[heap].pop_due(now) {
            self.count(call.seq, -1);
        }
    }

    /// Goes through with a visit that has begun.
    fn visit(&self) {
        let mut shows = |t: *mut Timer| {
            // SAFETY: an entry's timer, under the lock.
            unsafe { (*t).guarded.read() };
            self.shown.lock().unwrap().insert(t.addr());
        };
        let mut turn = 0;
        // As `Sched::visit_timers` goes round.
        while self.heaps.each_ref().map(|h| h.visit(1, &mut shows)) != [true; 2] {
            crate::loom::relax(turn);
            turn += 1;
        }
        self.all_shown();
    }

    /// No entry leads to a timer that a collector was not shown.
    fn all_shown(&self) {
        for heap in &self.heaps {
            heap.locked(|h, _| {
                let shown = self.shown.lock().unwrap();
                (0..h.heap.len()).for_each(|i| assert!(shown.contains(&timer(h.heap.get(i)).addr())));
            });
        }
    }

    fn begin_visit(&self) {
        self.shown.lock().unwrap().clear();
        for heap in &self.heaps {
            heap.begin_visit();
        }
    }

    fn moved(&self) {
        // SAFETY: the memory is as it should be; that others may use timers meanwhile is more than is asked for.
        unsafe { self.heaps[0].move_to(&self.heaps[1], |n| self.memory(n)) };
    }

    /// All threads are done: what is pending fires, once, and nothing else does.
    fn finish(&self) {
        let pending = *self.pending.lock().unwrap();
        assert!(pending.iter().all(|n| (0..=1).contains(n)), "{pending:?}");
        let counted: usize = self.heaps.iter().map(TimerHeap::len).sum();
        assert_eq!(counted as isize, pending.iter().sum::<isize>());
        for heap in 0..2 {
            (0..2).for_each(|_| self.fire(heap, 1_000));
            assert!(self.heaps[heap].is_empty());
        }
        assert_eq!(*self.pending.lock().unwrap(), [0; 2]);
    }
}

/// More do not find more, and take long.
const BOUND: usize = 4;

type Step = fn(&World);

/// `begin`, and then the threads at once.
fn model(begin: Step, threads: &'static [Step]) {
    let mut b = loom::model::Builder::new();
    b.preemption_bound = Some(BOUND);
    b.check(move || {
        let world = World::new();
        begin(&world);
        let others: Vec<_> = threads[1..]
            .iter()
            .map(|step| {
                let world = world.clone();
                thread::spawn(move || step(&world))
            })
            .collect();
        threads[0](&world);
        others.into_iter().for_each(|t| t.join().unwrap());
        world.finish();
    });
}

fn one_pending(w: &World) {
    w.set(0, 0, 10);
}

fn two_pending(w: &World) {
    w.set(0, 0, 10);
    w.set(1, 0, 20);
}

/// The second is stopped, and has its entry.
fn one_stopped(w: &World) {
    two_pending(w);
    w.stop(1);
}

#[test]
fn two_that_start_one_timer() {
    model(|_| (), &[|w| w.set(0, 0, 10), |w| w.set(0, 1, 20)]);
}

/// The second start finds the timer free twice: before the other and after that has fired.
#[test]
fn a_start_against_one_that_starts_and_fires() {
    model(
        |_| (),
        &[
            |w| w.set(0, 0, 10),
            |w| {
                w.set(0, 1, 5);
                w.fire(1, 15);
            },
        ],
    );
}

#[test]
fn a_stop_against_two_that_fire() {
    model(one_pending, &[|w| w.stop(0), |w| w.fire(0, 15), |w| w.fire(0, 15)]);
}

#[test]
fn a_stop_against_a_stop_and_a_start() {
    model(one_pending, &[|w| w.stop(0), |w| w.stop(0), |w| w.set(0, 1, 5)]);
}

#[test]
fn one_that_fires_is_set_on_another_processor() {
    model(one_pending, &[|w| w.fire(0, 15), |w| w.set(0, 1, 5), |w| w.set(0, 0, 30)]);
}

#[test]
fn one_that_is_put_off_and_forward_while_it_is_due() {
    model(
        two_pending,
        &[
            |w| {
                w.set(1, 0, 30);
                w.set(1, 0, 5);
            },
            |w| {
                w.fire(0, 25);
                w.fire(0, 25);
            },
        ],
    );
}

#[test]
fn a_stopped_one_is_set_while_its_entry_is_met() {
    model(one_stopped, &[|w| w.set(1, 1, 15), |w| w.fire(0, 25), |w| w.stop(0)]);
}

#[test]
fn a_heap_moves_while_its_timers_change() {
    model(two_pending, &[World::moved, |w| w.stop(0), |w| w.set(1, 0, 5)]);
}

#[test]
fn a_heap_moves_while_its_timers_fire() {
    model(two_pending, &[World::moved, |w| w.fire(0, 15), |w| w.fire(1, 25)]);
}

#[test]
fn a_heap_with_a_stopped_one_moves() {
    model(one_stopped, &[World::moved, |w| w.set(1, 0, 5)]);
}

#[test]
fn a_visit_against_one_that_stops_and_starts() {
    model(
        |w| {
            two_pending(w);
            w.begin_visit();
        },
        &[World::visit, |w| {
            w.stop(0);
            w.set(0, 1, 5);
        }],
    );
}

#[test]
fn a_visit_against_a_start_of_a_stopped_one() {
    model(
        |w| {
            one_stopped(w);
            w.begin_visit();
        },
        &[World::visit, |w| w.set(1, 1, 15), |w| w.fire(0, 15)],
    );
}

#[test]
fn a_visit_against_one_that_is_put_forward_and_fires() {
    model(
        |w| {
            two_pending(w);
            w.begin_visit();
        },
        &[World::visit, |w| w.set(1, 0, 5), |w| w.fire(0, 15)],
    );
}

#[test]
fn a_visit_against_a_heap_that_moves() {
    model(
        |w| {
            two_pending(w);
            w.begin_visit();
        },
        &[World::visit, World::moved, |w| w.set(1, 0, 5)],
    );
}

/// The copy of a pending timer is stopped and set while the timer fires.
#[test]
fn the_copy_of_a_pending_one() {
    model(
        |w| {
            one_pending(w);
            w.copied();
        },
        &[|w| w.stop(1), |w| w.set(1, 1, 5), |w| w.fire(0, 15)],
    );
}

#[test]
fn the_copy_of_a_pending_one_is_set_twice() {
    model(
        |w| {
            one_pending(w);
            w.copied();
        },
        &[|w| w.set(1, 1, 5), |w| w.set(1, 0, 7), |w| w.stop(0)],
    );
}

#[test]
fn the_copy_of_a_stopped_one() {
    model(
        |w| {
            one_pending(w);
            w.stop(0);
            w.copied();
        },
        &[|w| w.set(1, 1, 5), |w| w.set(0, 0, 5), |w| w.stop(1)],
    );
}

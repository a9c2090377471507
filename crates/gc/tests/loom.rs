//! The lock-free parts under the model checker: a page's marks and its place in the queue, the ring and its thieves, the
//! count down to the end of marking, root jobs that are put off. `RUSTFLAGS="--cfg loom" cargo test --release -p goxide-gc --test loom`
#![cfg(loom)]

use goxide_gc::count::Counts;
use goxide_gc::page;
use goxide_gc::queue::{RING, Ring};
use goxide_gc::stops::Stops;
use loom::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering::*};
use loom::sync::{Arc, Mutex};
use loom::thread;

fn model(preemptions: usize, f: impl Fn() + Sync + Send + 'static) {
    let mut b = loom::model::Builder::new();
    b.preemption_bound = Some(preemptions);
    b.check(f);
}

/// A page, a queue that has room for it alone, and a note of what was scanned.
struct Page {
    marked: AtomicU64,
    scanned: AtomicU64,
    queued: AtomicU8,
    /// How often the page is in the queue.
    queue: AtomicUsize,
    done: AtomicU64,
}

impl Page {
    fn new() -> Arc<Page> {
        Arc::new(Page {
            marked: AtomicU64::new(0),
            scanned: AtomicU64::new(0),
            queued: AtomicU8::new(0),
            queue: AtomicUsize::new(0),
            done: AtomicU64::new(0),
        })
    }

    /// What a marker does with a pointer.
    fn mark(&self, bit: u64) {
        if page::mark(&self.marked, bit) && page::enqueue(&self.queued) {
            assert_eq!(self.queue.fetch_add(1, AcqRel), 0, "the page is in the queue twice");
        }
    }

    /// What a marker does with a pointer when it has nothing else.
    fn follow(&self, bit: u64) {
        if page::mark(&self.marked, bit) && page::claim_own(&self.scanned, bit) {
            assert_eq!(self.done.fetch_or(bit, AcqRel) & bit, 0, "an object was scanned twice");
        }
    }

    /// What a marker does when it takes the page off the queue. False if it is not in there.
    fn scan(&self) -> bool {
        let n = self.queue.load(Acquire);
        if n == 0 || self.queue.compare_exchange(n, n - 1, AcqRel, Relaxed).is_err() {
            return false;
        }
        page::dequeue(&self.queued);
        let grey = page::claim(&self.marked, &self.scanned);
        assert_eq!(self.done.fetch_or(grey, AcqRel) & grey, 0, "an object was scanned twice");
        true
    }

    /// What a cache does when it takes the span while marking: `Span::premark` of goxide-alloc.
    fn premark(&self, bits: u64) {
        self.scanned.fetch_or(bits, Relaxed);
        self.marked.fetch_or(bits, Release);
    }

    /// Scans the rest; `bits` and nothing else has been scanned then.
    fn finish(&self, bits: u64) {
        while self.scan() {}
        assert_eq!(self.done.load(Acquire), bits, "an object was marked and not scanned");
    }
}

#[test]
fn what_is_marked_while_the_page_is_scanned_is_scanned() {
    model(4, || {
        let p = Page::new();
        p.mark(1);
        let marker = {
            let p = p.clone();
            thread::spawn(move || {
                p.mark(2);
                p.mark(4);
            })
        };
        p.scan();
        marker.join().unwrap();
        p.finish(7);
    });
}

#[test]
fn what_is_scanned_without_its_page_is_scanned_once() {
    model(3, || {
        let p = Page::new();
        let other = {
            let p = p.clone();
            thread::spawn(move || {
                p.follow(1);
                p.follow(2);
            })
        };
        p.mark(2);
        p.mark(4);
        p.scan();
        p.follow(1);
        other.join().unwrap();
        p.finish(7);
    });
}

#[test]
fn two_markers_that_scan() {
    model(3, || {
        let p = Page::new();
        let other = {
            let p = p.clone();
            thread::spawn(move || {
                p.mark(1);
                p.mark(2);
                p.scan();
            })
        };
        p.mark(2);
        p.scan();
        p.mark(4);
        other.join().unwrap();
        p.finish(7);
    });
}

#[test]
fn two_scanners_share_a_page() {
    model(3, || {
        let p = Page::new();
        p.mark(1);
        let scanner = {
            let p = p.clone();
            thread::spawn(move || p.scan())
        };
        let marker = {
            let p = p.clone();
            thread::spawn(move || p.mark(2))
        };
        p.scan();
        scanner.join().unwrap();
        marker.join().unwrap();
        p.finish(3);
    });
}

#[test]
fn what_is_allocated_marked_is_not_scanned() {
    model(4, || {
        let p = Page::new();
        let cache = {
            let p = p.clone();
            thread::spawn(move || {
                p.premark(6);
                // The new object becomes known to another thread.
                p.mark(2);
            })
        };
        p.mark(1);
        p.scan();
        cache.join().unwrap();
        p.finish(1);
    });
}

fn drain(r: &Ring, seen: &mut Vec<usize>) {
    loop {
        match r.pop() {
            0 => return,
            n => seen.push(n),
        }
    }
}

fn steal(r: &Ring) -> Vec<usize> {
    let mut out = [0; RING];
    let n = r.take_half(&mut out);
    out[..n].to_vec()
}

fn all_once(mut seen: Vec<usize>, n: usize) {
    seen.sort();
    assert_eq!(seen, (1..=n).collect::<Vec<_>>());
}

#[test]
fn the_owner_pushes_and_pops_against_a_thief() {
    model(3, || {
        let r = Arc::new(Ring::new());
        let thief = {
            let r = r.clone();
            thread::spawn(move || steal(&r))
        };
        let mut seen = Vec::new();
        assert!(r.push(1) && r.push(2));
        seen.extend(Some(r.pop()).filter(|&n| n != 0));
        assert!(r.push(3));
        drain(&r, &mut seen);
        seen.extend(thief.join().unwrap());
        all_once(seen, 3);
    });
}

#[test]
fn two_thieves() {
    model(3, || {
        let r = Arc::new(Ring::new());
        assert!(r.push(1) && r.push(2) && r.push(3));
        let thieves: Vec<_> = (0..2)
            .map(|_| {
                let r = r.clone();
                thread::spawn(move || steal(&r))
            })
            .collect();
        let mut seen = Vec::new();
        seen.extend(Some(r.pop()).filter(|&n| n != 0));
        for t in thieves {
            seen.extend(t.join().unwrap());
        }
        drain(&r, &mut seen);
        all_once(seen, 3);
    });
}

#[test]
fn entries_that_are_written_over_while_a_thief_reads_them() {
    model(3, || {
        let r = Arc::new(Ring::new());
        for n in 1..=RING {
            assert!(r.push(n));
        }
        assert!(!r.push(99), "a full ring says so");
        let thief = {
            let r = r.clone();
            thread::spawn(move || steal(&r))
        };
        let mut seen = vec![r.pop(), r.pop()];
        let mut pushed = RING;
        // The places of those that were popped, or stolen, once more.
        while pushed < RING + 2 && r.push(pushed + 1) {
            pushed += 1;
        }
        drain(&r, &mut seen);
        seen.extend(thief.join().unwrap());
        seen.retain(|&n| n != 0);
        all_once(seen, pushed);
    });
}

/// Work that begets work: entry 1 makes 2 and 3, and 3 makes 4.
struct Marking {
    counts: Counts,
    rings: [Ring; 2],
    done: AtomicUsize,
    /// How many entries were done when a marker said that nothing was left.
    said: AtomicUsize,
}

const ENTRIES: usize = 4;

impl Marking {
    fn has_work(&self) -> bool {
        self.counts.has_roots() || self.rings.iter().any(|r| !r.is_empty())
    }

    fn push(&self, me: usize, entries: &[usize]) {
        for &n in entries {
            assert!(self.rings[me].push(n));
        }
    }

    /// `Tracer::drain`.
    fn drain(&self, me: usize) {
        self.counts.enter();
        loop {
            let mut n = self.rings[me].pop();
            if n == 0 && self.counts.take_root().is_some() {
                self.push(me, &[1]);
                self.counts.root_done();
                continue;
            }
            if n == 0 {
                let mut out = [0; RING];
                let got = self.rings[1 - me].take_half(&mut out);
                if let [first, rest @ ..] = &out[..got] {
                    self.push(me, rest);
                    n = *first;
                }
            }
            match n {
                0 => break,
                1 => self.push(me, &[2, 3]),
                3 => self.push(me, &[4]),
                _ => {}
            }
            self.done.fetch_add(1, AcqRel);
        }
        if self.counts.leave(|| self.has_work()) {
            self.said.fetch_max(self.done.load(Acquire), AcqRel);
        }
    }

    /// A marker's thread: it works as long as there is something to do.
    fn thread(&self, me: usize) {
        loop {
            self.drain(me);
            if !self.has_work() {
                return;
            }
            thread::yield_now();
        }
    }
}

#[test]
fn the_end_of_marking_is_noticed() {
    model(2, || {
        let m = Arc::new(Marking {
            counts: Counts::new(),
            rings: [Ring::new(), Ring::new()],
            done: AtomicUsize::new(0),
            said: AtomicUsize::new(0),
        });
        m.counts.begin(1);
        let other = {
            let m = m.clone();
            thread::spawn(move || m.thread(1))
        };
        m.thread(0);
        other.join().unwrap();
        assert_eq!(m.done.load(Acquire), ENTRIES, "work was lost, or done twice");
        assert!(m.counts.nobody_works() && m.counts.roots_are_done() && !m.has_work());
        assert_eq!(m.said.load(Acquire), ENTRIES, "nobody said that marking was over");
    });
}

/// One root job, about a task that runs on a processor of its own and stops there.
struct Root {
    stops: Stops,
    /// No marker has taken the job.
    fresh: AtomicBool,
    /// The list of jobs that were put off.
    list: Mutex<usize>,
    task_runs: AtomicBool,
    done: AtomicBool,
}

/// As many as there are processors: none finds a job that it has no place for, and looks until there is one.
const PLACES: usize = 3;

#[derive(PartialEq, Clone, Copy)]
enum Left {
    Nothing,
    Later,
    Work,
}

impl Root {
    fn new() -> Arc<Root> {
        Arc::new(Root {
            stops: Stops::new(),
            fresh: AtomicBool::new(true),
            list: Mutex::new(0),
            task_runs: AtomicBool::new(true),
            done: AtomicBool::new(false),
        })
    }

    /// `Gc::left`.
    fn left(&self) -> Left {
        match (self.fresh.load(Relaxed), self.stops.put_off()) {
            (true, _) => Left::Work,
            (false, 0) => Left::Nothing,
            (false, _) => Left::Later,
        }
    }

    /// `Roots::take`.
    fn take(&self) -> bool {
        if self.fresh.load(Relaxed) && self.stops.reserve(PLACES) {
            if self.fresh.swap(false, AcqRel) {
                self.stops.taken();
                return true;
            }
            self.stops.release();
        }
        if self.stops.put_off() == 0 {
            return false;
        }
        let mut list = self.list.lock().unwrap();
        if *list == 0 {
            return false;
        }
        *list = 0;
        self.stops.unput();
        drop(list);
        self.stops.taken();
        true
    }

    /// A worker's turn, which asks the job once: whether there is to be another.
    fn turn(&self, ran: bool) -> bool {
        let turn = self.stops.turn(ran);
        if self.take() {
            // Relaxed: what orders this is in `Stops`.
            if self.task_runs.load(Relaxed) {
                let mut list = self.list.lock().unwrap();
                *list = 1;
                self.stops.put();
            } else {
                assert!(!self.done.swap(true, AcqRel), "the job was done twice");
                self.stops.release();
            }
        }
        self.stops.missed(turn)
    }

    /// A processor, on which something has run if `ran`: its worker takes turns until it sees nothing to do, and it goes idle
    /// (`rt::gc::worker::pick_idle`).
    fn processor(&self, mut ran: bool) {
        let mut again = false;
        loop {
            let mut left = self.left();
            if left == Left::Nothing && ran && self.stops.stopped() {
                left = self.left();
            }
            match left {
                Left::Work => {}
                Left::Later if ran || again => {}
                _ => return,
            }
            again = self.turn(ran);
            ran = false;
        }
    }
}

/// All processors are idle: the job is done, or nothing would ask again.
#[test]
fn a_job_that_was_put_off_is_asked_for_again() {
    model(3, || {
        let root = Root::new();
        let marker = {
            let root = root.clone();
            thread::spawn(move || root.processor(false))
        };
        root.task_runs.store(false, Relaxed);
        root.processor(true);
        marker.join().unwrap();
        assert!(root.done.load(Acquire), "a job was put off, and nothing asks again");
    });
}

/// Two markers that take the job out of each other's hands meanwhile.
#[test]
fn a_job_that_two_markers_put_off_is_asked_for_again() {
    model(2, || {
        let root = Root::new();
        let markers: Vec<_> = (0..2)
            .map(|_| {
                let root = root.clone();
                thread::spawn(move || root.processor(false))
            })
            .collect();
        root.task_runs.store(false, Relaxed);
        root.processor(true);
        for m in markers {
            m.join().unwrap();
        }
        assert!(root.done.load(Acquire), "a job was put off, and nothing asks again");
    });
}

/// A weak reference's cell beside a sweeper: a thread that looks while its object's span is swept gets it if it is marked, and only
/// then, and both threads that look find the same.
mod weak {
    use super::*;
    use goxide_gc::weak::{Cell, Phase};

    /// A span with one object and its record; what the lock guards is whether the record was looked at.
    struct World {
        cell: Cell,
        looked_at: Mutex<bool>,
        mark: AtomicBool,
        unswept: AtomicUsize,
        freed: AtomicBool,
    }

    impl World {
        fn look(&self) -> bool {
            let phase = if self.unswept.load(Acquire) != 0 { Phase::Sweeping } else { Phase::Rest };
            let lives = |_| {
                let looked_at = self.looked_at.lock().unwrap();
                self.cell.object() != 0 && (*looked_at || self.mark.load(Relaxed))
            };
            let got = self.cell.get(2, phase, |_| unreachable!("nothing marks"), lives);
            if got.is_some() {
                assert_eq!(got, Some(8), "a cleared word was handed out");
                assert!(!self.freed.load(Relaxed), "a freed object was handed out");
            }
            got.is_some()
        }

        fn sweep(&self, marked: bool) {
            {
                let mut looked_at = self.looked_at.lock().unwrap();
                if !self.mark.load(Relaxed) {
                    self.cell.clear();
                }
                *looked_at = true;
            }
            // Marks are gone, and what was not marked is freed.
            self.mark.store(false, Relaxed);
            self.freed.store(!marked, Relaxed);
            self.unswept.store(0, Release);
        }
    }

    fn beside_a_sweeper(marked: bool) {
        model(3, move || {
            let w = Arc::new(World {
                cell: Cell::new(8, 1),
                looked_at: Mutex::new(false),
                mark: AtomicBool::new(marked),
                unswept: AtomicUsize::new(1),
                freed: AtomicBool::new(false),
            });
            let (a, b) = (w.clone(), w.clone());
            let sweeper = thread::spawn(move || a.sweep(marked));
            let looker = thread::spawn(move || b.look());
            assert_eq!(w.look(), marked);
            assert_eq!(looker.join().unwrap(), marked);
            sweeper.join().unwrap();
            assert_eq!(w.look(), marked);
        });
    }

    #[test]
    fn an_object_that_is_marked_is_found() {
        beside_a_sweeper(true);
    }

    #[test]
    fn an_object_that_is_not_is_never_found() {
        beside_a_sweeper(false);
    }
}

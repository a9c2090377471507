//! The root jobs of a cycle: which are left, and which were put off. Pure: no heap, no markers.
//!
//! A job that says [`Scan::Later`](crate::Scan) is put off and asked again. The places for those are few, so one is reserved
//! before a job is taken for the first time, and kept until the job is done: a job that is in a marker's hands always finds a
//! place to be put off, and the marker need not wait for one. When all places are taken no new job is begun; those that
//! have one are asked again.

use crate::count::Counts;
use crate::stops::Stops;
use goxide_sys::Mutex;

/// Jobs that may be put off or in the hands of markers at a time: as many as tasks run.
pub(crate) const PLACES: usize = 256;

struct Put {
    jobs: [usize; PLACES],
    len: usize,
}

/// All zero bytes: no cycle.
pub(crate) struct Roots {
    pub counts: Counts,
    /// Places that are taken: by jobs that were put off and by those in a marker's hands; and the length of the list, for looks without
    /// the lock.
    pub stops: Stops,
    put_off: Mutex<Put>,
}

impl Roots {
    pub(crate) const fn new() -> Roots {
        Roots { counts: Counts::new(), stops: Stops::new(), put_off: Mutex::new(Put { jobs: [0; PLACES], len: 0 }) }
    }

    /// A cycle of `jobs` begins; no marker is at work.
    pub(crate) fn begin(&self, jobs: usize) {
        self.counts.begin(jobs);
    }

    /// Jobs that were put off.
    pub(crate) fn put_off(&self) -> usize {
        self.stops.put_off()
    }

    /// Takes a job: one that no marker has taken, or the one that was put off first. To be given back by [`Roots::done`] or
    /// [`Roots::later`].
    pub(crate) fn take(&self) -> Option<usize> {
        let job = self.take_one()?;
        self.stops.taken();
        Some(job)
    }

    fn take_one(&self) -> Option<usize> {
        // When many wait, some of them may be ready.
        if self.put_off() < PLACES / 2 && self.counts.has_roots() && self.stops.reserve(PLACES) {
            match self.counts.take_root() {
                Some(job) => return Some(job),
                None => self.stops.release(),
            }
        }
        if self.put_off() == 0 {
            return None;
        }
        let mut p = self.put_off.lock();
        if p.len == 0 {
            return None;
        }
        // The oldest, so that all of them get their turn. Its place stays taken.
        let job = p.jobs[0];
        let n = p.len;
        p.jobs.copy_within(1..n, 0);
        p.len -= 1;
        self.stops.unput();
        Some(job)
    }

    /// A job that was taken is done.
    pub(crate) fn done(&self) {
        self.stops.release();
        self.counts.root_done();
    }

    /// A job that was taken is put off.
    pub(crate) fn later(&self, job: usize) {
        let mut p = self.put_off.lock();
        // There is room: list and hands together have no more jobs than there are places.
        let n = p.len;
        p.jobs[n] = job;
        p.len += 1;
        self.stops.put();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::sync::mpsc;
    use std::time::Duration;

    /// More markers than places, all with a job in hand: putting them off must not wait, since the one that makes room may be
    /// stopped.
    #[test]
    fn putting_off_never_waits() {
        let (told, done) = mpsc::channel();
        std::thread::spawn(move || {
            let roots = Roots::new();
            roots.begin(2 * PLACES);
            let mut hands = Vec::new();
            while let Some(job) = roots.take() {
                hands.push(job);
            }
            assert_eq!(hands.len(), PLACES);
            for &job in &hands {
                roots.later(job);
            }
            assert_eq!(roots.put_off(), PLACES);
            // Those that were put off come again, in their order, until they are done; then the rest.
            let again: Vec<_> = (0..PLACES).map_while(|_| roots.take()).collect();
            assert_eq!(again, hands);
            assert_eq!(roots.take(), None);
            again.iter().for_each(|_| roots.done());
            let rest: BTreeSet<_> = std::iter::from_fn(|| roots.take().inspect(|_| roots.done())).collect();
            assert_eq!(rest, (PLACES..2 * PLACES).collect());
            assert!(roots.counts.roots_are_done() && roots.put_off() == 0);
            told.send(()).unwrap();
        });
        done.recv_timeout(Duration::from_secs(10)).expect("a marker that puts a job off waits");
    }

    #[test]
    fn every_job_is_done_once_by_many_threads() {
        let roots = Roots::new();
        for round in 0..20 {
            roots.begin(2000);
            let all: Vec<usize> = std::thread::scope(|s| {
                let threads: Vec<_> = (0..8)
                    .map(|t| {
                        let roots = &roots;
                        s.spawn(move || {
                            let mut mine = Vec::new();
                            let mut asked = t + round;
                            while !roots.counts.roots_are_done() {
                                let Some(job) = roots.take() else { continue };
                                asked += 1;
                                // Some jobs are ready the first time, some later.
                                if asked % 3 == 0 {
                                    roots.later(job);
                                } else {
                                    mine.push(job);
                                    roots.done();
                                }
                            }
                            mine
                        })
                    })
                    .collect();
                threads.into_iter().flat_map(|t| t.join().unwrap()).collect()
            });
            assert_eq!((all.len(), all.into_iter().collect::<BTreeSet<_>>().len()), (2000, 2000));
        }
    }
}

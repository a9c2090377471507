//! A log of records of words that signal handlers write and one thread reads.
//!
//! Any number of writers, which never wait: a writer reserves room by one compare-and-swap, fills it in, and last stores the word in
//! front of it, which is 0 until then. So a handler may interrupt another writer, on its own thread or not. Without room a record
//! is lost, and counted. The reader takes records in the order of their reservations, and stops at one that is not complete
//! yet; what it has read it makes zero before it gives the room back.
//!
//! Not here: the memory (the caller's), and what a record says.

use core::sync::atomic::Ordering;

#[cfg(not(loom))]
use core::sync::atomic::{AtomicU64, AtomicUsize};
#[cfg(loom)]
use loom::sync::atomic::{AtomicU64, AtomicUsize};

/// The log: its two ends. All zero bytes: empty.
#[derive(Debug)]
pub struct Ring {
    /// Words ever reserved.
    head: AtomicUsize,
    /// Words ever given back.
    tail: AtomicUsize,
    /// Records lost since they were last asked for.
    lost: AtomicU64,
}

impl Default for Ring {
    fn default() -> Self {
        Self::new()
    }
}

impl Ring {
    /// An empty log.
    #[cfg(not(loom))]
    pub const fn new() -> Ring {
        Ring { head: AtomicUsize::new(0), tail: AtomicUsize::new(0), lost: AtomicU64::new(0) }
    }

    /// An empty log.
    #[cfg(loom)]
    pub fn new() -> Ring {
        Ring { head: AtomicUsize::new(0), tail: AtomicUsize::new(0), lost: AtomicU64::new(0) }
    }

    /// Adds a record of `parts`, one after the other; false if there is no room: then it counts as lost. `words` are the log's: always
    /// the same, zero to begin with, a power of two of them. Safe in a signal handler.
    pub fn write(&self, words: &[AtomicU64], parts: &[&[u64]]) -> bool {
        let len: usize = parts.iter().map(|p| p.len()).sum();
        let mask = words.len() - 1;
        // Relaxed: only the reservation's number is taken from it; room is what `tail` shows.
        let mut head = self.head.load(Ordering::Relaxed);
        loop {
            // Acquire: pairs with the release in `read`, so that the words given back are seen as zero, and written after that.
            let tail = self.tail.load(Ordering::Acquire);
            if head.wrapping_sub(tail) + len + 1 > words.len() {
                self.lost.fetch_add(1, Ordering::Relaxed);
                return false;
            }
            // Relaxed: a reservation publishes nothing.
            match self.head.compare_exchange_weak(head, head.wrapping_add(len + 1), Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => break,
                Err(seen) => head = seen,
            }
        }
        let mut at = head.wrapping_add(1);
        for &word in parts.iter().copied().flatten() {
            words[at & mask].store(word, Ordering::Relaxed);
            at = at.wrapping_add(1);
        }
        // Release: pairs with the acquire in `read`: who sees the word in front sees the record.
        words[head & mask].store(len as u64 + 1, Ordering::Release);
        true
    }

    /// Takes the next record into `out`, and says how many words it has; none if there is no complete one, or `out` is too small
    /// for it. For one thread at a time.
    pub fn read(&self, words: &[AtomicU64], out: &mut [u64]) -> Option<usize> {
        let mask = words.len() - 1;
        let tail = self.tail.load(Ordering::Relaxed);
        let len = words[tail & mask].load(Ordering::Acquire).checked_sub(1)? as usize;
        let out = out.get_mut(..len)?;
        for (i, to) in out.iter_mut().enumerate() {
            let word = &words[tail.wrapping_add(i + 1) & mask];
            *to = word.load(Ordering::Relaxed);
            word.store(0, Ordering::Relaxed);
        }
        words[tail & mask].store(0, Ordering::Relaxed);
        self.tail.store(tail.wrapping_add(len + 1), Ordering::Release);
        Some(len)
    }

    /// Calls `f` with each word that may belong to a record, while writers go on; a record that is completed later may be missed.
    pub fn each_word(&self, words: &[AtomicU64], mut f: impl FnMut(u64)) {
        let tail = self.tail.load(Ordering::Acquire);
        let len = self.head.load(Ordering::Relaxed).wrapping_sub(tail).min(words.len());
        for i in 0..len {
            f(words[tail.wrapping_add(i) & (words.len() - 1)].load(Ordering::Relaxed));
        }
    }

    /// How many words are in use: at most so many more can be read now.
    pub fn len(&self) -> usize {
        self.head.load(Ordering::Relaxed).wrapping_sub(self.tail.load(Ordering::Relaxed))
    }

    /// Whether nothing is written or being written.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many records were lost since this was asked last.
    pub fn take_lost(&self) -> u64 {
        self.lost.swap(0, Ordering::Relaxed)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn room<const N: usize>() -> [AtomicU64; N] {
        [const { AtomicU64::new(0) }; N]
    }

    #[test]
    fn records_come_out_as_they_went_in() {
        let (ring, words) = (Ring::new(), room::<16>());
        let mut out = [0; 16];
        for round in 0..100u64 {
            assert!(ring.write(&words, &[&[round, 0], &[7]]));
            assert!(ring.write(&words, &[&[], &[round; 5]]));
            assert_eq!(ring.len(), 10);
            let mut seen = Vec::new();
            ring.each_word(&words, |w| seen.push(w));
            assert_eq!(seen, [4, round, 0, 7, 6, round, round, round, round, round]);
            assert_eq!((ring.read(&words, &mut out), out[..3].to_vec()), (Some(3), vec![round, 0, 7]));
            assert_eq!(ring.read(&words, &mut out[..4]), None, "too little room");
            assert_eq!((ring.read(&words, &mut out), out[4]), (Some(5), round));
            assert_eq!(ring.read(&words, &mut out), None);
            assert!(ring.is_empty());
        }
    }

    #[test]
    fn what_finds_no_room_is_counted() {
        let (ring, words) = (Ring::new(), room::<8>());
        assert!(ring.write(&words, &[&[1, 2, 3]]) && ring.write(&words, &[&[4, 5, 6]]));
        assert!(!ring.write(&words, &[&[]]) && !ring.write(&words, &[&[7; 9]]));
        assert_eq!((ring.take_lost(), ring.take_lost()), (2, 0));
        let mut out = [0; 8];
        assert_eq!(ring.read(&words, &mut out), Some(3));
        assert!(ring.write(&words, &[&[7, 8, 9]]));
    }

    #[test]
    fn many_threads_write() {
        let (ring, words) = (Ring::new(), room::<1024>());
        std::thread::scope(|s| {
            for t in 0..4u64 {
                let (ring, words) = (&ring, &words);
                s.spawn(move || {
                    for i in 0..5_000 {
                        while !ring.write(words, &[&[t, i], &vec![t ^ i; (i % 9) as usize]]) {
                            std::thread::yield_now();
                        }
                    }
                });
            }
            let (mut out, mut next) = ([0; 16], [0u64; 4]);
            while next != [5_000; 4] {
                let Some(n) = ring.read(&words, &mut out) else { continue };
                let (t, i) = (out[0], out[1]);
                assert_eq!((next[t as usize], n), (i, 2 + (i % 9) as usize));
                assert!(out[2..n].iter().all(|&w| w == t ^ i));
                next[t as usize] += 1;
            }
        });
        assert!(ring.is_empty());
    }
}

#[cfg(all(test, loom))]
mod loom_tests {
    use super::*;
    use loom::sync::Arc;

    #[test]
    fn two_writers_and_a_reader() {
        loom::model(|| {
            let log = Arc::new((Ring::new(), [0; 4].map(AtomicU64::new)));
            let writers: Vec<_> = [3u64, 5]
                .map(|n| {
                    let log = log.clone();
                    loom::thread::spawn(move || log.0.write(&log.1, &[&[n]]))
                })
                .into_iter()
                .collect();
            let (mut seen, mut out) = (Vec::new(), [0; 4]);
            let mut take = |seen: &mut Vec<u64>| {
                while let Some(n) = log.0.read(&log.1, &mut out) {
                    assert_eq!(n, 1);
                    seen.push(out[0]);
                }
            };
            take(&mut seen);
            // Room for two at once: neither is ever lost.
            assert!(writers.into_iter().all(|w| w.join().unwrap()));
            take(&mut seen);
            seen.sort_unstable();
            assert_eq!(seen, [3, 5]);
        });
    }

    #[test]
    fn room_that_is_given_back_is_used_again() {
        loom::model(|| {
            let log = Arc::new((Ring::new(), [0; 2].map(AtomicU64::new)));
            assert!(log.0.write(&log.1, &[&[1]]));
            let writer = {
                let log = log.clone();
                loom::thread::spawn(move || log.0.write(&log.1, &[&[2]]))
            };
            let mut out = [0; 2];
            assert_eq!((log.0.read(&log.1, &mut out), out[0]), (Some(1), 1));
            let written = writer.join().unwrap();
            assert_eq!(log.0.take_lost(), u64::from(!written));
            assert_eq!(log.0.read(&log.1, &mut out), written.then_some(1));
            assert!(!written || out[0] == 2);
        });
    }
}

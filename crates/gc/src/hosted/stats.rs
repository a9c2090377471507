//! What happened: counts and times of a collector's cycles.

use crate::Ended;

/// Sums that the collector's thread keeps.
#[derive(Default)]
pub(crate) struct Times {
    pub cycles: u64,
    pub last: Option<Ended>,
    pauses: u64,
    pause_sum: i64,
    pause_max: i64,
}

impl Times {
    pub(crate) fn note_pause(&mut self, ns: i64) {
        self.pauses += 1;
        self.pause_sum += ns;
        self.pause_max = self.pause_max.max(ns);
    }

    pub(crate) fn stats(&self, live: usize) -> Stats {
        Stats {
            cycles: self.cycles,
            last: self.last,
            pauses: self.pauses,
            pause_total: core::time::Duration::from_nanos(self.pause_sum as u64),
            pause_max: core::time::Duration::from_nanos(self.pause_max as u64),
            live: live as u64,
        }
    }
}

/// A collector's statistics: [`Collector::stats`](super::Collector::stats).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Stats {
    /// Collections that are over, their sweep included.
    pub cycles: u64,
    /// What the last one found.
    pub last: Option<Ended>,
    /// How often the world was stopped: twice per cycle, or more if marking turned out not to be over.
    pub pauses: u64,
    /// Time from the wish to stop the world until it went on, in all. A mutator that is long in coming to a safepoint counts.
    pub pause_total: core::time::Duration,
    /// The longest of them.
    pub pause_max: core::time::Duration,
    /// Bytes of objects: found alive by the last collection, or allocated since.
    pub live: u64,
}

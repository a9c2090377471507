//! The files of a run that are open, the part of it that is seen, and the cursor in it.

use super::lines::Lines;
use super::trace::{Stretch, Trace};

/// Steps in which the cursor goes through what is seen.
pub(super) const STEPS: u64 = 120;
/// The shortest stretch that is shown, in nanoseconds.
pub(super) const SHORTEST: u64 = 1000;

/// The files of a run that are open.
#[derive(Debug, Default)]
pub struct Run {
    /// What they are called.
    pub(super) names: Vec<String>,
    pub(super) lines: Option<Lines>,
    pub(super) trace: Option<Trace>,
    /// The part of the trace that is shown.
    pub(super) seen: Stretch,
    /// The moment that is told about.
    pub(super) cursor: u64,
}

impl Run {
    /// The end of the trace, if there is one.
    pub(super) fn end(&self) -> Result<u64, String> {
        let trace = self
            .trace
            .as_ref()
            .ok_or("there is no execution trace to move through: open one, or run cargo xtask explore")?;
        Ok(trace.end)
    }

    /// Shows another part: as long as `length`, around `middle`, and within the trace. The cursor comes along.
    pub(super) fn see(&mut self, middle: u64, length: u64) -> Result<(), String> {
        let end = self.end()?;
        let length = length.clamp(SHORTEST.min(end), end);
        let from = middle.saturating_sub(length / 2).min(end - length);
        self.seen = Stretch { from, to: from + length };
        self.cursor = self.cursor.clamp(self.seen.from, self.seen.to);
        Ok(())
    }

    /// Goes to the next moment at which a processor's turn begins or ends.
    pub(super) fn next(&mut self) -> Result<(), String> {
        self.end()?;
        let turns = self.trace.iter().flat_map(|trace| trace.procs.values());
        let next = turns.filter_map(|turns| {
            let of = &turns[turns.partition_point(|turn| turn.when.to <= self.cursor)..];
            of.iter().take(2).flat_map(|turn| [turn.when.from, turn.when.to]).filter(|at| *at > self.cursor).min()
        });
        self.cursor = next.min().ok_or("nothing runs any more after this")?;
        if self.cursor > self.seen.to {
            self.see(self.cursor, self.seen.length())?;
        }
        Ok(())
    }
}

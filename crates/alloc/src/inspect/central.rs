//! How many spans of a class are in which list.

use super::Central;

/// The lengths of a class's lists.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Lengths {
    /// Spans with free objects.
    pub partial: usize,
    /// Spans without.
    pub full: usize,
    /// Spans that the collector has not swept yet.
    pub unswept: usize,
}

impl Central {
    /// How many spans are in which list.
    pub(crate) fn lengths(&self) -> Lengths {
        self.lists.with(|l| Lengths {
            partial: l.partial.len,
            full: l.full.len,
            unswept: l.unswept.iter().map(|u| u.len).sum(),
        })
    }
}

//! What a cache's slots say of the spans that it holds.

use super::{Cache, Slot};
use crate::loom::Ordering::Relaxed;
use crate::size_class::SpanClass;
use crate::span::Span;

/// A span in a cache, with the word of it that the cache works on.
#[derive(Clone, Copy)]
pub struct Held<'a> {
    slot: &'a Slot,
    span: &'a Span,
}

impl<'a> Held<'a> {
    /// The span.
    pub fn span(&self) -> &'a Span {
        self.span
    }

    /// The word of 64 objects that the cache allocates from; the number of the span's words when it has no free object left.
    pub fn word(&self) -> usize {
        self.slot.word as usize
    }

    /// Whether object `index` of the span is allocated. The span's own bits are behind in the word that the cache works on.
    pub fn is_allocated(&self, index: usize) -> bool {
        let (word, bit) = (index / 64, 1 << (index % 64));
        let taken = match word == self.word() {
            true => !(self.slot.bits | self.slot.held),
            false => self.span.alloc_bits().get(word).map_or(0, |w| w.load(Relaxed)),
        };
        taken & bit != 0
    }
}

impl core::fmt::Debug for Held<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Held").field("base", &self.span.base()).field("word", &self.word()).finish_non_exhaustive()
    }
}

impl Cache {
    /// The span of a class that the cache holds, if it holds one.
    pub fn held_of(&self, sc: SpanClass) -> Option<Held<'_>> {
        let slot = &self.slots[sc.index()];
        // SAFETY: null or held by this cache, which is borrowed: nothing puts it back meanwhile.
        let span = unsafe { slot.span.as_ref() }?;
        Some(Held { slot, span })
    }

    /// The block that small objects without pointers share, and how many of its bytes are taken. None before the first.
    pub fn tiny_block(&self) -> Option<(usize, usize)> {
        (self.tiny != 0).then_some((self.tiny, self.tiny_offset))
    }
}

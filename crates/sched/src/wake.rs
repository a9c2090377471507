//! The counters by which a pusher of work knows whether to wake a thread: [`Wake`]. The rules they
//! serve are told in the module `idle`; the lists that go with them are there too.
//!
//! Every access is SeqCst: the rules are about the order of operations on different words.

use crate::loom::{AtomicU32, Ordering::SeqCst, total_order};

/// See the module's header.
pub struct Wake {
    /// Processors on the idle list.
    idle: AtomicU32,
    /// Threads that search.
    spinning: AtomicU32,
    /// A thread had work to share, and there was neither a searcher nor an idle processor.
    wanted: AtomicU32,
}

impl Default for Wake {
    fn default() -> Self {
        Self::new()
    }
}

impl Wake {
    /// None idle, none searching.
    #[cfg(not(any(loom, shuttle)))]
    pub const fn new() -> Self {
        Wake { idle: AtomicU32::new(0), spinning: AtomicU32::new(0), wanted: AtomicU32::new(0) }
    }

    /// None idle, none searching.
    #[cfg(any(loom, shuttle))]
    pub fn new() -> Self {
        Wake { idle: AtomicU32::new(0), spinning: AtomicU32::new(0), wanted: AtomicU32::new(0) }
    }

    /// Idle processors.
    #[inline]
    pub fn idle(&self) -> u32 {
        total_order();
        self.idle.load(SeqCst)
    }

    /// Searching threads.
    #[inline]
    pub fn spinning(&self) -> u32 {
        total_order();
        self.spinning.load(SeqCst)
    }

    /// One processor more on the idle list.
    #[inline]
    pub fn idle_added(&self) {
        self.idle.fetch_add(1, SeqCst);
        total_order();
    }

    /// One processor less on the idle list.
    #[inline]
    pub fn idle_removed(&self) {
        self.idle.fetch_sub(1, SeqCst);
        total_order();
    }

    /// For a pusher, after the push: whether a searcher should be started. Loads only, when all
    /// processors are busy (except the first to find them so) or a thread searches.
    #[inline]
    #[must_use]
    pub fn should_wake(&self) -> bool {
        if self.idle() == 0 {
            if self.wanted.load(SeqCst) == 0 {
                self.wanted.store(1, SeqCst);
            }
            // Once more: a processor that went idle before `wanted` was set is seen now; one that
            // goes idle later sees `wanted`.
            if self.idle() == 0 {
                return false;
            }
        }
        self.spinning() == 0
    }

    /// Becomes the one searcher; false if there is one.
    #[inline]
    #[must_use]
    pub fn claim(&self) -> bool {
        let first = self.spinning.compare_exchange(0, 1, SeqCst, SeqCst).is_ok();
        if first {
            self.wanted.store(0, SeqCst);
            total_order();
        }
        first
    }

    /// The claimed searcher got no processor. Ask [`Wake::should_wake`] again: one may have gone
    /// idle since.
    pub fn unclaim(&self) {
        self.spinning.fetch_sub(1, SeqCst);
        total_order();
    }

    /// This thread searches, too.
    #[inline]
    pub fn start_spinning(&self) {
        self.spinning.fetch_add(1, SeqCst);
        self.wanted.store(0, SeqCst);
        total_order();
    }

    /// This thread does not search any more.
    #[inline]
    pub fn stop_spinning(&self) {
        self.spinning.fetch_sub(1, SeqCst);
        total_order();
    }

    /// For a thread that did not search, after its processor went on the idle list: whether it
    /// must take one back and search.
    #[inline]
    #[must_use]
    pub fn is_wanted(&self) -> bool {
        total_order();
        self.wanted.load(SeqCst) != 0
    }
}

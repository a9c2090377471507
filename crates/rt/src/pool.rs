//! What package sync asked to be called for its pools.

use core::sync::atomic::AtomicUsize;

/// sync.Pool's clean-up, to be called by a collection.
pub static CLEANUP: AtomicUsize = AtomicUsize::new(0);

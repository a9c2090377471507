//! The model checker's twin of the futex: the rest of the crate takes atomics from here under `cfg(loom)`.
//!
//! `wait` compares and sleeps in one step with respect to `wake`, as the kernel does. A wait with a time limit
//! returns at once, which is one of the outcomes that the kernel allows.

use loom::sync::atomic::AtomicU32;
use loom::sync::{Condvar, Mutex};

/// An atomic word with `wait` and `wake`.
#[derive(Debug)]
pub struct Futex {
    word: AtomicU32,
    gate: Mutex<()>,
    sleepers: Condvar,
}

impl Futex {
    /// A word holding `value`.
    pub fn new(value: u32) -> Futex {
        Futex { word: AtomicU32::new(value), gate: Mutex::new(()), sleepers: Condvar::new() }
    }

    /// Sleeps if the word is `expected`, until woken.
    pub fn wait(&self, expected: u32, ns: i64) {
        let gate = self.gate.lock().unwrap();
        if self.word.load(core::sync::atomic::Ordering::SeqCst) == expected && ns < 0 {
            drop(self.sleepers.wait(gate).unwrap());
        }
    }

    /// Wakes up to `n` sleepers.
    pub fn wake(&self, n: u32) {
        let _gate = self.gate.lock().unwrap();
        if n == 1 { self.sleepers.notify_one() } else { self.sleepers.notify_all() }
    }
}

impl core::ops::Deref for Futex {
    type Target = AtomicU32;
    fn deref(&self) -> &AtomicU32 {
        &self.word
    }
}

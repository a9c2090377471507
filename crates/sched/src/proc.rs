//! The processor descriptor ([`Proc`], the P of G/M/P): the right to run tasks, with everything
//! that is cheaper kept per processor; and the table of all processors. Changing how many there
//! are is in `stw`.

use core::sync::atomic::{AtomicU32, Ordering};

use crate::host::Host;
pub use crate::model::Proc;
pub(crate) use crate::model::Table;
pub(crate) use crate::status::Status;
use crate::timer_heap::TimerHeap;

impl<H: Host> Proc<H> {
    /// Makes the processor in its place. Its descriptor is some pages long, and most processors of a
    /// short program never run: only what is not zero is written, so that only the first page has
    /// memory behind it.
    ///
    /// # Safety
    /// `at` is room for a processor, all zero bytes, from `host`, used by nothing else.
    pub(crate) unsafe fn init(host: &H, at: *mut Self, id: u32) {
        // SAFETY: `at` is room for a processor, used by nothing else. What is not written is valid
        // as zero bytes: numbers, null pointers, a queue and a list without tasks.
        unsafe {
            (*at).id = id;
            (*at).status.store(Status::Stopped, Ordering::Relaxed);
            (&raw mut (*at).timers).write(TimerHeap::new());
            host.init_proc_ext(&raw mut (*at).ext);
        }
    }

    /// Adds to a word that only the owner writes.
    #[inline]
    pub(crate) fn bump(word: &AtomicU32) -> u32 {
        let n = word.load(Ordering::Relaxed).wrapping_add(1);
        word.store(n, Ordering::Relaxed);
        n
    }

    #[inline]
    pub(crate) fn count(&self, by: i64) {
        self.balance.store(self.balance.load(Ordering::Relaxed) + by, Ordering::Relaxed);
    }
}

impl<H: Host> Table<H> {
    #[inline]
    pub fn get(&self, i: u32) -> *mut Proc<H> {
        debug_assert!(i < self.cap);
        // SAFETY: `i` is below a processor count this table was made for.
        unsafe { *self.procs.add(i as usize) }
    }

    #[inline]
    fn bit(words: *mut AtomicU32, i: u32) -> (&'static AtomicU32, u32) {
        // SAFETY: the arrays have a bit for each processor and live forever.
        (unsafe { &*words.add(i as usize / 32) }, 1 << (i % 32))
    }

    #[inline]
    pub fn is_idle(&self, i: u32) -> bool {
        let (word, bit) = Self::bit(self.idle, i);
        word.load(Ordering::SeqCst) & bit != 0
    }

    pub fn set_idle(&self, i: u32, on: bool) {
        let (word, bit) = Self::bit(self.idle, i);
        if on {
            word.fetch_or(bit, Ordering::SeqCst)
        } else {
            word.fetch_and(!bit, Ordering::SeqCst)
        };
    }

    #[inline]
    pub fn has_timers(&self, i: u32) -> bool {
        let (word, bit) = Self::bit(self.timers, i);
        word.load(Ordering::SeqCst) & bit != 0
    }

    #[inline]
    pub fn note_timers(&self, i: u32) {
        let (word, bit) = Self::bit(self.timers, i);
        if word.load(Ordering::Relaxed) & bit == 0 {
            word.fetch_or(bit, Ordering::SeqCst);
        }
    }

    pub fn clear_timers(&self, i: u32) {
        let (word, bit) = Self::bit(self.timers, i);
        word.fetch_and(!bit, Ordering::SeqCst);
    }
}

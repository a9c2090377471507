//! Root jobs that were begun, and the promise that one that was put off is asked for again ([`Stops`]). Pure: no heap, no list of jobs
//! (that is in `roots`).
//!
//! A root job may be about a task that runs; then it is put off. Asking again is worth it once the task has stopped, and that is seen by the
//! processor on which it ran, before it goes idle: if a job was put off, it has a marker run. Between the marker's look at the task and
//! the moment when the job is in the list, though, there is nothing for that processor to see. If it went idle then, nothing would
//! ask again.
//!
//! ```text
//!   marker                                     processor on which the task ran
//!   turn: reads the count                      the task stops
//!   the job is in hand        ─┐ (1)           sees no job that was put off
//!   looks: the task runs      ─┘         (1) ┌─ stopped: is a job begun?
//!   the job is put off        ─┐ (2)         │  counts
//!   missed: has it changed?   ─┘         (2) └─ looks again for jobs that were put off
//! ```
//!
//! At (1) and at (2) each side writes, then reads what the other writes, with a fence in between: one of the two at least sees the other.
//! At (1), either the marker sees that the task has stopped, and the job is done, or the processor sees that a job is begun. At (2), either
//! the processor sees the job in the list, or the marker sees that the count has changed; it then asks once more.
//!
//! A marker's turn may take the place of that look: it asks all jobs in the list, but cannot ask those in other hands. So a turn on a
//! processor where a task may have stopped counts first ([`Stops::turn`]). One count is enough for a stop: jobs that are taken after
//! it are taken by markers that see the stop. A turn that only follows one that has missed something therefore does not count, and two
//! markers do not keep each other busy. The model checker runs all this (`tests/loom.rs`).

use crate::loom::{AtomicU32, AtomicU64, Ordering::*, fence};

/// Root jobs that are begun, and how often something was missed. All zero bytes: none.
#[derive(Debug)]
pub struct Stops {
    /// Jobs that were begun and are not done (low half), and how many of them were put off (high half); the others are in the hands of
    /// markers. One word, since two that are read one after the other may say that no job is in hand though one always is.
    jobs: AtomicU64,
    /// How often a task may have stopped while a job was in a marker's hands.
    count: AtomicU32,
}

/// One job in the high half of [`Stops::jobs`].
const PUT_OFF: u64 = 1 << 32;

/// [`Stops::jobs`], read at once.
#[derive(Clone, Copy)]
struct Jobs {
    begun: usize,
    put_off: usize,
}

impl Jobs {
    fn of(word: u64) -> Jobs {
        Jobs { begun: (word % PUT_OFF) as usize, put_off: (word / PUT_OFF) as usize }
    }
}

/// The count when a marker's turn began, see [`Stops::turn`].
#[derive(Clone, Copy, Debug)]
pub struct Turn(u32);

impl Stops {
    /// No job is begun.
    #[cfg(not(loom))]
    pub const fn new() -> Stops {
        Stops { jobs: AtomicU64::new(0), count: AtomicU32::new(0) }
    }

    /// No job is begun.
    #[cfg(loom)]
    pub fn new() -> Stops {
        Stops { jobs: AtomicU64::new(0), count: AtomicU32::new(0) }
    }

    /// Takes one of `places` for a job that is to be begun, if one is free.
    pub fn reserve(&self, places: usize) -> bool {
        self.jobs.fetch_update(AcqRel, Relaxed, |n| (Jobs::of(n).begun < places).then_some(n + 1)).is_ok()
    }

    /// Gives the place back: the job is done, or there was none.
    pub fn release(&self) {
        self.jobs.fetch_sub(1, Relaxed);
    }

    /// A job that was in hand is put off. By the thread that holds the list.
    pub fn put(&self) {
        self.jobs.fetch_add(PUT_OFF, Release);
    }

    /// A job that was put off is in hand again. By the thread that holds the list.
    pub fn unput(&self) {
        self.jobs.fetch_sub(PUT_OFF, Release);
    }

    /// Jobs that were put off.
    pub fn put_off(&self) -> usize {
        Jobs::of(self.jobs.load(Acquire)).put_off
    }

    /// A job has come into a marker's hands, which looks at its task next.
    pub fn taken(&self) {
        // Between the place (before this) and the look at the task (after): pairs with the fence in `after_stop`.
        fence(SeqCst);
    }

    /// A marker begins a turn, on a processor where a task may have stopped (`ran`) since its last one.
    pub fn turn(&self, ran: bool) -> Turn {
        if ran {
            let jobs = self.after_stop();
            if jobs.begun > jobs.put_off {
                self.count();
            }
        }
        // Acquire pairs with the Release of those that count: the turn sees each stop that was counted before.
        Turn(self.count.load(Acquire))
    }

    /// The turn is over, and has asked all jobs that it could: whether there should be another one. One of its jobs may have been put
    /// off just before its task stopped.
    pub fn missed(&self, turn: Turn) -> bool {
        // Between the list and the count: pairs with the fence in `count`.
        fence(SeqCst);
        self.count.load(Relaxed) != turn.0
    }

    /// A task may have stopped on this thread's processor, which has seen no job that was put off: whether it should look again, since one
    /// may have been put off that was in a marker's hands.
    #[must_use]
    pub fn stopped(&self) -> bool {
        if self.after_stop().begun == 0 {
            return false;
        }
        self.count();
        true
    }

    /// The jobs, after a task may have stopped.
    fn after_stop(&self) -> Jobs {
        // Between the stop and the look at the jobs: pairs with the fence in `taken`.
        fence(SeqCst);
        // Acquire: a job that is seen to be put off is in the list.
        Jobs::of(self.jobs.load(Acquire))
    }

    /// Markers that have a job in hand are to ask it again if they put it off.
    fn count(&self) {
        self.count.fetch_add(1, Release);
        // Between the count and the next look at the list: pairs with the fence in `missed`.
        fence(SeqCst);
    }
}

impl Default for Stops {
    fn default() -> Self {
        Self::new()
    }
}

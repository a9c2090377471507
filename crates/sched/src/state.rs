//! The life of a task as one word: [`State`], its values ([`Status`]) and its transitions.
//!
//! ```text
//!            spawn                execute               exit
//!   IDLE ──────────▶ RUNNABLE ──────────────▶ RUNNING ─────────▶ DEAD ──▶ (recycled: RUNNABLE)
//!                     ▲    ▲        yield       │ │ ▲
//!                     │    └────────────────────┤ │ └──────── exit_syscall
//!               ready │                    park │ └──────▶ SYSCALL
//!                     └──────── WAITING ◀───────┘
//! ```
//!
//! A collector that examines a stack that is not running first takes the SCAN bit with
//! [`State::lock_scan`]. A transition that meets the bit waits until it is given back, so a task
//! whose stack is looked at cannot start to run. What does not live here: who may cause which
//! transition (see [`crate::park`], and the modules `schedule` and `syscall`).

use crate::loom::{AtomicU32, Ordering, relax};

/// Set in a word beside its status: the stack is being examined.
const SCAN: u32 = 0x1000;

/// What a task's word says: one of the constants, and perhaps the SCAN bit beside it. Not an enum because of that bit; and the numbers
/// are also for readers from outside, and for what prints them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct Status(u32);

impl Status {
    /// Just allocated, never spawned.
    pub const IDLE: Status = Status(0);
    /// On a run queue (or on its way there). Its stack is not in use.
    pub const RUNNABLE: Status = Status(1);
    /// On a thread that holds a processor.
    pub const RUNNING: Status = Status(2);
    /// On a thread, inside a system call; the processor may be taken away.
    pub const SYSCALL: Status = Status(3);
    /// Parked. Some other party owns the duty to make it ready.
    pub const WAITING: Status = Status(4);
    /// Exited; on a free list.
    pub const DEAD: Status = Status(6);
    /// Stopped itself on request of a suspender, who must ready it.
    pub const PREEMPTED: Status = Status(9);

    /// With the SCAN bit: the stack is being examined.
    #[inline]
    #[must_use]
    pub const fn scanned(self) -> Status {
        Status(self.0 | SCAN)
    }

    /// Without the SCAN bit.
    #[inline]
    #[must_use]
    pub const fn plain(self) -> Status {
        Status(self.0 & !SCAN)
    }

    /// The word as a number.
    #[inline]
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }
}

/// The state word of a task.
#[derive(Debug)]
pub struct State(AtomicU32);

impl State {
    /// A word that says `value`.
    #[cfg(not(any(loom, shuttle)))]
    pub const fn new(value: Status) -> Self {
        State(AtomicU32::new(value.0))
    }

    /// A word that says `value`.
    #[cfg(any(loom, shuttle))]
    pub fn new(value: Status) -> Self {
        State(AtomicU32::new(value.0))
    }

    /// The word as it is, SCAN bit included.
    #[inline]
    pub fn get(&self) -> Status {
        Status(self.0.load(Ordering::Acquire))
    }

    /// Moves from `from` to `to`, waiting while the SCAN bit is held.
    ///
    /// Acquire pairs with [`State::unlock_scan`] and with the transition before; release with
    /// the thread that next reads the state before touching the task.
    ///
    /// # Panics
    /// If the word is neither `from` nor `from | SCAN`: the task's protocol is broken.
    #[inline]
    pub fn change(&self, from: Status, to: Status) {
        if self.0.compare_exchange(from.0, to.0, Ordering::AcqRel, Ordering::Acquire).is_err() {
            self.change_slow(from, to);
        }
    }

    #[cold]
    #[inline(never)]
    fn change_slow(&self, from: Status, to: Status) {
        for turn in 0.. {
            match self.0.compare_exchange(from.0, to.0, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return,
                Err(seen) if Status(seen).plain() == from => relax(turn),
                Err(seen) => panic!("task state is {seen:#x}, wanted {} to become {}", from.0, to.0),
            }
        }
    }

    /// Moves from `from` to `to` if the word is exactly `from`.
    #[inline]
    #[must_use]
    pub fn try_change(&self, from: Status, to: Status) -> bool {
        self.0.compare_exchange(from.0, to.0, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    /// Takes the SCAN bit if the word is exactly `from`.
    #[inline]
    #[must_use]
    pub fn lock_scan(&self, from: Status) -> bool {
        self.try_change(from, from.scanned())
    }

    /// Gives the SCAN bit back, leaving `to`.
    #[inline]
    pub fn unlock_scan(&self, to: Status) {
        debug_assert!(self.get() != self.get().plain());
        self.0.store(to.plain().0, Ordering::Release);
    }

    /// Overwrites the word. For a task that no other thread can reach.
    #[inline]
    pub fn reset(&self, to: Status) {
        self.0.store(to.0, Ordering::Release);
    }
}

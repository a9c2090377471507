//! The life of a task as one word: [`State`], its values and its transitions.
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
//! A collector that examines a stack that is not running first takes the [`SCAN`] bit with
//! [`State::lock_scan`]. A transition that meets the bit waits until it is given back, so a task
//! whose stack is looked at cannot start to run. What does not live here: who may cause which
//! transition (see [`crate::park`], and the modules `schedule` and `syscall`).

use crate::loom::{AtomicU32, Ordering, relax};

/// Just allocated, never spawned.
pub const IDLE: u32 = 0;
/// On a run queue (or on its way there). Its stack is not in use.
pub const RUNNABLE: u32 = 1;
/// On a thread that holds a processor.
pub const RUNNING: u32 = 2;
/// On a thread, inside a system call; the processor may be taken away.
pub const SYSCALL: u32 = 3;
/// Parked. Some other party owns the duty to make it ready.
pub const WAITING: u32 = 4;
/// Exited; on a free list.
pub const DEAD: u32 = 6;
/// Stopped itself on request of a suspender, who must ready it.
pub const PREEMPTED: u32 = 9;
/// Set beside one of the above: the stack is being examined.
pub const SCAN: u32 = 0x1000;

/// The state word of a task.
#[derive(Debug)]
pub struct State(AtomicU32);

impl State {
    /// A word in state `value`.
    #[cfg(not(any(loom, shuttle)))]
    pub const fn new(value: u32) -> Self {
        State(AtomicU32::new(value))
    }

    /// A word in state `value`.
    #[cfg(any(loom, shuttle))]
    pub fn new(value: u32) -> Self {
        State(AtomicU32::new(value))
    }

    /// The word as it is, [`SCAN`] bit included.
    #[inline]
    pub fn get(&self) -> u32 {
        self.0.load(Ordering::Acquire)
    }

    /// Moves from `from` to `to`, waiting while the [`SCAN`] bit is held.
    ///
    /// Acquire pairs with [`State::unlock_scan`] and with the transition before; release with
    /// the thread that next reads the state before touching the task.
    ///
    /// # Panics
    /// If the word is neither `from` nor `from | SCAN`: the task's protocol is broken.
    #[inline]
    pub fn change(&self, from: u32, to: u32) {
        if self.0.compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire).is_err() {
            self.change_slow(from, to);
        }
    }

    #[cold]
    #[inline(never)]
    fn change_slow(&self, from: u32, to: u32) {
        for turn in 0.. {
            match self.0.compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return,
                Err(seen) if seen == from | SCAN || seen == from => relax(turn),
                Err(seen) => panic!("task state is {seen:#x}, wanted {from} to become {to}"),
            }
        }
    }

    /// Moves from `from` to `to` if the word is exactly `from`.
    #[inline]
    #[must_use]
    pub fn try_change(&self, from: u32, to: u32) -> bool {
        self.0.compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    /// Takes the [`SCAN`] bit if the word is exactly `from`.
    #[inline]
    #[must_use]
    pub fn lock_scan(&self, from: u32) -> bool {
        self.try_change(from, from | SCAN)
    }

    /// Gives the [`SCAN`] bit back, leaving `to`.
    #[inline]
    pub fn unlock_scan(&self, to: u32) {
        debug_assert!(self.get() & SCAN != 0);
        self.0.store(to & !SCAN, Ordering::Release);
    }

    /// Overwrites the word. For a task that no other thread can reach.
    #[inline]
    pub fn reset(&self, to: u32) {
        self.0.store(to, Ordering::Release);
    }
}

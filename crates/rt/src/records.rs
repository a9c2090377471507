//! What the parts of the runtime keep in the descriptors of goroutines, threads and processors: the records alone, so that
//! the descriptors can hold them without naming those parts.

use crate::embedder::G;
use core::ops::Range;

/// The head of Go's `runtime.m`, as those who ask for an `m` read it.
#[repr(C)]
pub struct GoM {
    /// The thread's system goroutine.
    pub g0: *mut G,
    between: [usize; 23],
    /// The goroutine that runs.
    pub curg: *mut G,
}

const _: () = assert!(core::mem::offset_of!(GoM, curg) == 192);

impl GoM {
    /// Of a thread that has not been asked about.
    pub const NEW: GoM = GoM { g0: core::ptr::null_mut(), between: [0; 23], curg: core::ptr::null_mut() };
}

/// A processor's worker. All zero bytes: none yet.
#[repr(C)]
pub struct Worker {
    /// Its task.
    pub task: *mut G,
    /// What the task was started for.
    pub mode: u8,
    /// The last turn on this processor was not the worker's.
    pub other_turn: bool,
    /// The current cycle, and when the worker may have its next turn as a fraction of the processor's time.
    pub cycle: u32,
    /// See above.
    pub due: i64,
    /// The collection in which it has napped for a goroutine that ran elsewhere.
    pub napped: u32,
    /// A goroutine has run on the processor since the worker did .
    pub others_ran: bool,
}

/// What an entry answers when the work is done.
#[derive(Clone, Copy)]
pub enum Answer {
    /// These words.
    Words([usize; 4]),
    /// The address of what was written, and these.
    Object([usize; 3]),
}

/// What is known of pointers in what is cleared or copied.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Pointers {
    /// There are none.
    None,
    /// There may be some, and each word that is overwritten or copied is recorded while a collection marks.
    Record,
    /// There may be some. The caller has announced all of them to the write barrier, or has seen that no collection marks: what it did
    /// holds for the marking that is named, or for none. Should another begin between two pieces, the rest is recorded.
    Told(Option<u32>),
}

/// A large object that is still to be made, and what comes before that: see `charge`.
pub struct Making {
    /// Its bytes. 0: there is none, or it is made.
    pub size: usize,
    /// Pages that sweeping has freed for it.
    pub swept: usize,
    /// What it costs was charged.
    pub charged: bool,
    /// How often its goroutine has waited for marking that is in other hands.
    pub waits: u32,
}

/// The work that is left, in bytes from the beginning of what is written.
pub struct Bulk {
    /// What is written, if it is still to be made, of values with [`layout`](Self::layout).
    pub making: Making,
    /// To be cleared, before anything is copied there.
    pub clear: Range<usize>,
    /// The layout of a new object, once it is clear. 0: none.
    pub layout: usize,
    /// Copied.
    pub copied: usize,
    /// To be copied in all.
    pub copy: usize,
    /// From the end to the beginning: the ranges overlap so.
    pub backwards: bool,
    /// What the collector hears of pointers in it.
    pub pointers: Pointers,
    /// What the entry answers.
    pub answer: Answer,
    /// The next spare record.
    pub spare: *mut Bulk,
}

impl Bulk {
    /// No work.
    pub const NONE: Bulk = Bulk {
        making: Making { size: 0, swept: 0, charged: false, waits: 0 },
        clear: 0..0,
        layout: 0,
        copied: 0,
        copy: 0,
        backwards: false,
        pointers: Pointers::None,
        answer: Answer::Words([0; 4]),
        spare: core::ptr::null_mut(),
    };
}

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

/// What a worker was started for.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Mode {
    /// Its processor does nothing else.
    Dedicated = 0,
    /// A part of its processor's time.
    Fraction = 1,
    /// No goroutine wants the processor.
    Idle = 2,
}

/// The time slice in which a goroutine allocates. All zero bytes: none yet.
#[repr(C)]
pub struct Slice {
    /// The processor's number of it.
    pub tick: u32,
    /// How often it was seen.
    pub times: u32,
    /// When it was seen first.
    pub since: i64,
}

/// A processor's worker. All zero bytes: none yet.
#[repr(C)]
pub struct Worker {
    /// Its task.
    pub task: *mut G,
    /// What the task was started for.
    pub mode: Mode,
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

/// How an operation is completed for which a goroutine, or a task of the runtime's own, had stopped: its finish half, which `hooks` calls
/// on g0 before it goes on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Finish {
    /// It yielded at the end of an entry: what that answers is in registers from here on.
    Results,
    /// It yielded amid long work on memory.
    Bulk,
    /// A send.
    Send,
    /// A receive; the entry answers whether an element came.
    Recv,
    /// A receive; the entry answers that it was not in vain, and whether an element came.
    Selected,
    /// A select.
    Select,
    /// It waited for a mutex of package sync: the time counts.
    Mutex,
    /// The goroutine that calls finalizers looks for the next.
    Finalizer,
    /// A collection is over: memory that is free goes back to the system.
    Release,
    /// The task that leads through collections has a turn.
    Driver,
    /// It has the world's semaphore, and marking begins.
    BeginMarking,
    /// Likewise, and marking ends.
    EndMarking,
    /// A worker has a turn.
    Worker,
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

/// The work that is left, in bytes from the beginning of what is written.
pub struct Bulk {
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
}

impl Bulk {
    /// No work.
    pub const NONE: Bulk = Bulk {
        clear: 0..0,
        layout: 0,
        copied: 0,
        copy: 0,
        backwards: false,
        pointers: Pointers::None,
        answer: Answer::Words([0; 4]),
    };
}

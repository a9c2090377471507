//! What the parts of the runtime keep in the descriptors of goroutines, threads and processors: the records alone, so that
//! the descriptors can hold them without naming those parts.

use crate::embedder::G;
use crate::token::System;
use core::mem::MaybeUninit;

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
    /// A goroutine has run on the processor since the worker did, or one that runs elsewhere has scanned itself.
    pub others_ran: bool,
    /// The worker's last turn is to be followed by another one: it has not asked all jobs, or missed one.
    pub again: bool,
}

/// How an operation is completed for which a goroutine, or a task of the runtime's own, had stopped: its finish half, which `hooks` calls
/// on g0 before it goes on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Finish {
    /// It yielded at the end of an entry: what that answers is in registers from here on.
    Results,
    /// It yielded amid long work, which goes on as its record says: [`Progress::go_on`].
    Pieces,
    /// It owes marking for what it has allocated, and pays before it goes on.
    Pay,
    /// A send.
    Send,
    /// A receive; the entry answers whether an element came.
    Recv,
    /// A receive; the entry answers that it was not in vain, and whether an element came.
    Selected,
    /// A select.
    Select,
    /// The goroutine that calls finalizers looks for the next.
    Finalizer,
    /// A collection is over: memory that is free goes back to the system.
    Release,
    /// The task that leads through collections has a turn.
    Driver,
    /// A worker has a turn.
    Worker,
    /// A wait for a descriptor to be ready; the entry answers why it is over.
    Poll,
}

/// What is done with a unit of a semaphore by the goroutine, or the task of the runtime's own, that has got it: `hooks` does it on g0
/// before it goes on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Acquired {
    /// It has waited for a mutex of package sync since then, and its wait is one of those whose time counts.
    Mutex {
        /// When it began to wait.
        since: i64,
        /// How many calls above the entry's the profile of blocking is not to show.
        skip: u8,
    },
    /// It has waited for something of package sync whose time does not count, and a profile of waiting was on when it began to.
    Waited {
        /// When that was.
        since: i64,
        /// As above.
        skip: u8,
    },
    /// It has the world's semaphore, and marking begins.
    BeginMarking,
    /// Likewise, for a goroutine that goes on afterwards.
    BeginHere {
        /// With the work that it does in pieces ([`Finish::Pieces`]), or at the end of its entry.
        pieces: bool,
    },
    /// Likewise, and marking ends.
    EndMarking,
    /// Likewise, and the number of processors changes.
    Resize,
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

/// Go pointers that an entry holds while its goroutine may be stopped.
pub type Held = [usize; 5];

/// A large object that is still to be made, and what comes before that: see `charge`.
#[derive(Clone, Copy)]
pub struct Making {
    /// Its bytes. 0: there is none, or it is made.
    pub size: usize,
    /// Pages that sweeping has freed for it.
    pub swept: usize,
    /// What it costs was charged.
    pub charged: bool,
    /// Since when its goroutine waits for marking that is in other hands; 0: it does not.
    pub waits_since: i64,
}

impl Making {
    /// Nothing to be made.
    pub const NONE: Making = Making::of(0);

    /// An object of so many bytes, for which nothing was done yet.
    pub const fn of(size: usize) -> Making {
        Making { size, swept: 0, charged: false, waits_since: 0 }
    }
}

/// Words of a [`Progress`].
pub const PROGRESS: usize = 20;

/// How far the long work of an entry has come when its goroutine yields between two pieces: bytes that the kind of work explains
/// (`pieces::Work`). They are no roots, and stay as they are when the stack moves.
#[repr(C)]
pub struct Progress {
    /// The next spare record.
    pub spare: *mut Progress,
    /// The finish half, for the kind of work that the bytes are of.
    pub go_on: unsafe fn(System<'_>, *mut G),
    words: [MaybeUninit<usize>; PROGRESS],
}

impl Progress {
    /// Where a `W` lies in the record at `this`.
    ///
    /// # Safety
    /// `this` points to a record.
    pub const unsafe fn place<W: Copy>(this: *mut Progress) -> *mut W {
        const { assert!(size_of::<W>() <= PROGRESS * size_of::<usize>() && align_of::<W>() <= align_of::<usize>()) };
        // SAFETY: a field of the record (this function's contract).
        unsafe { (&raw mut (*this).words).cast() }
    }
}

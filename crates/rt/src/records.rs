//! What the parts of the runtime keep in the descriptors of goroutines, threads and processors: the records alone, so that
//! the descriptors can hold them without naming those parts.

use crate::embedder::G;
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
pub type Held = [usize; 4];

/// Words of a [`Progress`].
pub const PROGRESS: usize = 14;

/// How far the long work of an entry has come, between two pieces: bytes that the kind of work explains (`pieces::Work`).
/// They are no roots, and stay as they are when the stack moves.
#[repr(C)]
pub struct Progress([MaybeUninit<usize>; PROGRESS]);

impl Progress {
    /// Of no work.
    pub const NONE: Progress = Progress([MaybeUninit::uninit(); PROGRESS]);

    /// Where a `W` lies in it.
    pub const fn place<W: Copy>(&mut self) -> *mut W {
        const { assert!(size_of::<W>() <= size_of::<Progress>() && align_of::<W>() <= align_of::<Progress>()) };
        (&raw mut self.0).cast()
    }
}

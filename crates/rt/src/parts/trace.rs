//! What execution traces keep for the whole process (`trace`): batches, tables, and where a trace is.

use crate::embedder::{G, P};
use core::ptr::null_mut;
use core::sync::atomic::{AtomicBool, AtomicI32, AtomicPtr, AtomicU32, AtomicU64};
use goxide_gotypes::profile::stacks::{Entry, Stacks};
use goxide_sys::ring::Ring;
use goxide_sys::{Mutex, RawMutex};

/// What is called while a trace is taken, or latencies are counted (`trace`). A program that does neither has none of it.
pub struct Watcher {
    /// The scheduler's hook.
    pub happened: unsafe fn(goxide_sched::Event, *mut G),
    /// A goroutine goes on.
    pub resumed: unsafe fn(*mut G),
    /// This thread's goroutine has entered a system call.
    pub syscall_entered: unsafe fn(),
    /// A collection begins to mark (true), or has marked; the heap's bytes, and its goal.
    pub collecting: unsafe fn(bool, u64, u64),
    /// The number of processors is to change to this.
    pub resizing: unsafe fn(u32),
    /// The current goroutine begins to mark for what it has allocated (true), or has.
    pub assisting: unsafe fn(bool),
    /// The current goroutine has swept for what it allocates, from this time on.
    pub swept: unsafe fn(i64, goxide_alloc::sweep::Work),
}

/// What is kept of a goroutine that is watched. All zero bytes: nothing.
pub struct Observed {
    /// The trace that the rest is of.
    pub generation: u32,
    /// It has entered a system call, and was not seen to come back.
    pub in_syscall: bool,
    /// The goroutine's number.
    pub id: u64,
    /// Events that its order is known by.
    pub seq: u64,
    /// The processor that it held before the system call.
    pub proc: *mut P,
    /// Since when it has been ready to run; 0: it is not, or nothing asked.
    pub ready_at: i64,
}

/// The stacks that had numbers on a processor lately (`trace::seen`), each in the place that its key says. All zero bytes: none.
pub struct Seen(pub [SeenStack; Seen::STACKS]);

impl Seen {
    /// How many.
    pub const STACKS: usize = 256;
}

/// A stack that was numbered.
#[derive(Clone, Copy, Debug)]
pub struct SeenStack {
    /// What stands for it; 0: none.
    pub key: u64,
    /// Its number.
    pub number: u64,
}

/// The events of a processor. All zero bytes: none.
pub struct Local {
    /// Held by the writer.
    pub lock: RawMutex,
    /// The processor's number.
    pub id: AtomicI32,
    /// The goroutine that runs there as far as the events show; 0: none.
    pub running: AtomicU64,
    /// The number of the thread that holds the processor, as far as the events show, and one more; 0: none.
    pub thread: AtomicU64,
    /// The batch that is being written, or null.
    pub buffer: AtomicPtr<TraceBuffer>,
    /// The next of the list of all ([`Trace::locals`]).
    pub next: AtomicPtr<Local>,
}

impl Local {
    const fn new() -> Local {
        Local {
            lock: RawMutex::new(),
            id: AtomicI32::new(0),
            running: AtomicU64::new(0),
            thread: AtomicU64::new(0),
            buffer: AtomicPtr::new(null_mut()),
            next: AtomicPtr::new(null_mut()),
        }
    }
}

/// A batch of events.
pub struct TraceBuffer {
    /// The next on a list.
    pub next: *mut TraceBuffer,
    /// Bytes written.
    pub len: usize,
    /// The time of the last event.
    pub last: u64,
    /// The events.
    pub bytes: [u8; Self::ROOM],
}

impl TraceBuffer {
    /// Bytes of events.
    pub const ROOM: usize = (64 << 10) - 24;
}

/// Where a trace is.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Tracing {
    /// None is taken.
    Off = 0,
    /// One is.
    On,
    /// It is over, but for the tables at its end.
    Ending,
    /// Call stacks are being written.
    Stacks,
    /// Strings are.
    Strings,
    /// The tables are written.
    Told,
}

/// What has been written, and where the reader is.
pub struct TraceState {
    /// Where the trace is.
    pub phase: Tracing,
    /// The reader has the head.
    pub header_read: bool,
    /// The batches that the reader is to get, first and last.
    pub first: *mut TraceBuffer,
    /// See above.
    pub last: *mut TraceBuffer,
    /// Empty ones.
    pub spare: *mut TraceBuffer,
    /// The one that the reader has.
    pub reading: *mut TraceBuffer,
}
// SAFETY: the buffers on the lists belong to whatever holds the state.
unsafe impl Send for TraceState {}

/// Numbered strings and call stacks.
pub struct TraceTables {
    /// The memory that they are in.
    pub memory: AtomicPtr<u8>,
    /// Strings, as words; the key is the length.
    pub strings: Stacks<u64>,
    /// Call stacks.
    pub stacks: Stacks<u64>,
    /// The next one to be written of what is being written, null after the last.
    pub next: *const Entry<u64>,
}
// SAFETY: the entries are the tables' own.
unsafe impl Send for TraceTables {}

/// Execution traces (`trace`).
pub struct Trace {
    /// What has been written.
    pub state: Mutex<TraceState>,
    /// Numbered strings and call stacks.
    pub tables: Mutex<TraceTables>,
    /// The events of threads without a processor.
    pub outside: Local,
    /// Those of processors, of all that there ever were: one that is not in use any more may have events of this trace, and may be used
    /// again in the next.
    pub locals: AtomicPtr<Local>,
    /// How many traces there were.
    pub generation: AtomicU32,
    /// Collections that were reported to begin.
    pub collections: AtomicU64,
    /// One was, and not to end.
    pub collecting: AtomicBool,
    /// Why the world is stopped next, of Go's reasons: 0, not known; 1 and 2, to end marking and sweeping.
    pub stop_reason: AtomicU64,
    /// It was reported to stop, and not to run again.
    pub stopped: AtomicBool,
    /// The number of processors that was reported.
    pub procs: AtomicU32,
    /// Samples of the processor profile, for the trace.
    pub samples: Ring,
    /// The memory of that; null until the first trace.
    pub sample_words: AtomicPtr<AtomicU64>,
}

impl Trace {
    pub(crate) const fn new() -> Trace {
        Trace {
            state: Mutex::new(TraceState {
                phase: Tracing::Off,
                header_read: false,
                first: null_mut(),
                last: null_mut(),
                spare: null_mut(),
                reading: null_mut(),
            }),
            tables: Mutex::new(TraceTables {
                memory: AtomicPtr::new(null_mut()),
                strings: Stacks::new(),
                stacks: Stacks::new(),
                next: core::ptr::null(),
            }),
            outside: Local::new(),
            locals: AtomicPtr::new(null_mut()),
            generation: AtomicU32::new(0),
            collections: AtomicU64::new(0),
            collecting: AtomicBool::new(false),
            stop_reason: AtomicU64::new(0),
            stopped: AtomicBool::new(false),
            procs: AtomicU32::new(0),
            samples: Ring::new(),
            sample_words: AtomicPtr::new(null_mut()),
        }
    }
}

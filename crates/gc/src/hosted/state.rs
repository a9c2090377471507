//! What a hosted collector, its world and its mutators consist of. Types that lead to each other are together here; what is done
//! with each is in the file named after it.

use super::stats::Times;
use crate::{Debt, Gc, Marker, Special};
use core::cell::UnsafeCell;
use core::marker::PhantomData;
use core::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize};
use goxide_alloc::{Cache, Heap, OsPages};
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;

/// Pointers that the barrier keeps before it flushes them.
pub(super) const BUFFER: usize = 254;

pub(super) type Inner = Gc<Hosted>;

/// The embedder that this front end is.
pub(super) struct Hosted {
    pub(super) heap: Heap<OsPages>,
    pub(super) world: World,
    pub(super) globals: Globals,
    pub(super) finalizers: Finalizers,
    pub(super) driver: Driver,
    /// The collector's cycle, for who is called back without the collector.
    pub(super) cycle: AtomicU32,
}

pub(super) struct World {
    pub(super) registry: Mutex<Registry>,
    /// The last one that ran has stopped.
    pub(super) stopped: Condvar,
    /// The world goes on.
    pub(super) going: Condvar,
    /// A mutator has visited its roots.
    pub(super) scanned: Condvar,
    pub(super) stopping: AtomicBool,
}

pub(super) struct Registry {
    /// The mutators that there are.
    pub(super) locals: Vec<&'static Local>,
    /// States to be used again.
    pub(super) pool: Vec<&'static Local>,
    /// The mutators whose roots are jobs of the current cycle.
    pub(super) jobs: Vec<&'static Local>,
    pub(super) running: usize,
    pub(super) stop: bool,
}

/// Where a mutator stands. Changed under the world's lock.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// It belongs to no thread.
    Idle,
    /// It may touch the heap.
    Running,
    /// It touches neither the heap nor its own state, until it has asked the world.
    Safe,
}

/// The state of a mutator, which stays when the thread goes, to be used again.
pub(super) struct Local {
    pub(super) gc: &'static Inner,
    /// Something waits for the next safepoint.
    pub(super) attention: AtomicBool,
    /// The cycle in which its roots were last visited.
    pub(super) scanned: AtomicU32,
    pub(super) place: UnsafeCell<Place>,
    pub(super) own: UnsafeCell<Own>,
}

/// What belongs to the mutator's thread while it runs, and to the holder of the world's lock while it is safe.
pub(super) struct Own {
    pub(super) cache: *mut Cache,
    pub(super) marker: *mut Marker,
    /// For what was allocated while a cycle marks.
    pub(super) debt: Debt,
    /// The thread is in [`Mutator::blocked`].
    pub(super) safe: bool,
    /// Entries of the shadow stack: addresses of objects, or twice the index of the next free entry, plus 1.
    pub(super) roots: Vec<usize>,
    pub(super) free: usize,
    pub(super) live: usize,
    pub(super) buffered: usize,
    pub(super) buffer: [usize; BUFFER],
}

// SAFETY: `attention` and `scanned` are atomics; the rest has one user at a time, as said there.
unsafe impl Sync for Local {}

/// All globals of a collector.
pub(super) struct Globals {
    pub(super) slots: Mutex<Vec<Arc<AtomicUsize>>>,
}

pub(super) type Note = Box<dyn FnOnce() + Send>;

pub(super) struct Queue {
    pub(super) head: *mut Special,
    pub(super) tail: *mut Special,
    pub(super) notes: VecDeque<Note>,
}

// SAFETY: records in the queue belong to the holder of the lock.
unsafe impl Send for Queue {}

/// What waits to be called.
pub(super) struct Finalizers {
    pub(super) queue: Mutex<Queue>,
    pub(super) waiting: AtomicUsize,
}

#[derive(Default)]
pub(super) struct Wishes {
    /// Collections that have begun, and that are over.
    pub(super) begun: u64,
    pub(super) over: u64,
    /// The collection that a thread waits for.
    pub(super) asked: u64,
    /// The heap has reached its trigger.
    pub(super) due: bool,
    pub(super) end: bool,
    /// Helpers have something to do.
    pub(super) marking: bool,
}

pub(super) struct Driver {
    pub(super) wishes: Mutex<Wishes>,
    pub(super) wake: Condvar,
    pub(super) over: Condvar,
    pub(super) help: Condvar,
    pub(super) due: AtomicBool,
    /// Spans to sweep for each page that is allocated.
    pub(super) sweep_ratio: AtomicU32,
    pub(super) times: Mutex<Times>,
    pub(super) check: AtomicBool,
}

/// The threads of a collector; ends them.
pub(super) struct Threads {
    pub(super) gc: &'static Inner,
    pub(super) handles: Vec<JoinHandle<()>>,
}

/// A heap and the threads that collect it. Clones are handles to the same.
///
/// When the last handle, mutator and global is gone, its threads end, and the heap's memory goes back to the system; some
/// bookkeeping, and the reservation of addresses, stay until the process ends.
#[derive(Clone)]
pub struct Collector {
    pub(super) gc: &'static Inner,
    pub(super) _threads: Arc<Threads>,
}

/// A thread's access to the heap, made by [`Collector::register`]. It stays on its thread.
///
/// Methods that take `&mut self` are safepoints: the world may be stopped in them, and a [`Ref`](super::Ref) does not outlive them.
/// Between two of them a collection waits for this thread, so a thread that computes for long calls [`Mutator::poll`], and
/// one that sleeps or waits does it in [`Mutator::blocked`]. A mutator that is leaked stops collections forever, and with
/// them the thread that waits for one.
pub struct Mutator {
    pub(super) local: &'static Local,
    pub(super) collector: Collector,
    pub(super) not_send: PhantomData<*const ()>,
}

//! The collector for Rust programs and runtimes over OS threads: no unsafe code needed on the user's side.
//!
//! A [`Collector`] has a heap and a thread that collects it. Threads that use the heap [register](Collector::register) and get
//! a [`Mutator`], which allocates. What they hold is precise: a [`Root`] (of one thread) or a [`Global`] (of all). Between two
//! safepoints a plain [`Ref`] does: it borrows the mutator, and every safepoint borrows the mutator mutably, so that the
//! compiler refuses a reference that a collection could have made stale.
//!
//! ```
//! use goxide_gc::hosted::{Collector, Slot};
//!
//! #[repr(C)]
//! struct Cons {
//!     head: u64,
//!     tail: Slot<Cons>,
//! }
//! goxide_gc::object!(Cons { tail });
//!
//! let collector = Collector::new(Default::default());
//! let mut m = collector.register();
//! let list = m.alloc(Cons { head: 0, tail: Slot::null() });
//! for head in 1..1000 {
//!     let cell = m.alloc(Cons { head, tail: Slot::null() });
//!     cell.get(&m).set(&m, |c| &c.tail, Some(list.get(&m)));
//!     list.set(&m, cell.get(&m));
//! }
//! m.collect();
//!
//! let (mut sum, mut at) = (0, Some(list.get(&m)));
//! while let Some(cell) = at {
//!     sum += cell.head;
//!     at = cell.get(|c| &c.tail);
//! }
//! assert_eq!(sum, 999 * 1000 / 2);
//! ```
//!
//! A reference does not live across a safepoint:
//!
//! ```compile_fail,E0502
//! # use goxide_gc::hosted::{Collector, Slot};
//! # #[repr(C)] struct Cons { head: u64, tail: Slot<Cons> }
//! # goxide_gc::object!(Cons { tail });
//! # let collector = Collector::new(Default::default());
//! let mut m = collector.register();
//! let root = m.alloc(Cons { head: 0, tail: Slot::null() });
//! let cell = root.get(&m);
//! m.collect();
//! println!("{}", cell.head);
//! ```
//!
//! In here: what lives in the heap (`object`), roots (`root`), a thread's access (`mutator`), who runs and how the world is
//! stopped (`world`), the collector's thread (`driver`), finalizers (`finalize`), statistics (`stats`).

mod debug;
mod driver;
mod finalize;
mod mutator;
mod object;
mod root;
mod stats;
mod world;

pub use mutator::Mutator;
pub use object::{Any, Array, Bytes, Object, Ref, Slot};
pub use root::{Global, Root};
pub use stats::Stats;

use crate::cycle::Gc;
use crate::mark::Tracer;
use crate::seam::{Host, Scan};
use core::ops::Range;
use core::sync::atomic::Ordering::*;
use driver::Driver;
use finalize::Finalizers;
use goxide_alloc::{Heap, OsPages};
use mutator::Place;
use object::Shape;
use root::Globals;
use std::sync::{Arc, PoisonError};
use std::thread::JoinHandle;
use world::World;

/// How a collector is to behave. `Default` gives what is written at each field.
#[derive(Clone, Debug)]
pub struct Options {
    /// How much the heap may grow between collections, in percent of what was alive after the last: 100. Negative: only the
    /// limit, and [`Mutator::collect`], make collections happen.
    pub percent: i32,
    /// Bytes that the heap and its metadata should not exceed; none. What is alive is not freed for it.
    pub limit: Option<u64>,
    /// Threads that mark, besides mutators that assist: a quarter of the processors, at least one.
    pub markers: usize,
    /// Whether each collection's marks are checked by a second walk while the world is stopped, and the process aborted if
    /// an object was missed: no.
    pub check: bool,
}

impl Default for Options {
    fn default() -> Options {
        let processors = std::thread::available_parallelism().map_or(1, |n| n.get());
        Options { percent: 100, limit: None, markers: (processors / 4).max(1), check: false }
    }
}

pub(crate) type Inner = Gc<Hosted>;

/// The embedder that this front end is.
pub(crate) struct Hosted {
    pub heap: Heap<OsPages>,
    pub world: World,
    pub globals: Globals,
    pub finalizers: Finalizers,
    pub driver: Driver,
}

// SAFETY: the jobs tell the globals and every mutator's shadow stack; a shape tells all slots.
unsafe impl Host for Hosted {
    type Pages = OsPages;

    #[inline(always)]
    fn heap(&self) -> &Heap<OsPages> {
        &self.heap
    }

    fn root_jobs(&self) -> usize {
        1 + self.world.plan_jobs()
    }

    unsafe fn scan_root(&self, job: usize, t: &mut Tracer<'_, Self>) -> Scan {
        if job == 0 {
            self.globals.each(|p| t.visit(p));
            return Scan::Done;
        }
        let cycle = t.gc().cycle();
        let world = self.world.lock();
        let local = world.jobs[job - 1];
        // SAFETY: the lock is held.
        match unsafe { local.place() } {
            Place::Idle => return Scan::Done,
            // Acquire pairs with the Release of who told them.
            _ if local.scanned.load(Acquire) == cycle && !t.is_check() => return Scan::Done,
            // SAFETY: it cannot begin to run while the lock is held.
            Place::Safe => unsafe { local.tell_roots(t) },
            Place::Running if local.tell_own_roots(t) => {}
            Place::Running => {
                local.attention.store(true, Relaxed);
                return Scan::Later;
            }
        }
        local.scanned.store(cycle, Release);
        Scan::Done
    }

    unsafe fn scan_object(&self, opaque: usize, object: usize, _: usize, range: Range<usize>, t: &mut Tracer<'_, Self>) {
        // SAFETY: layouts name shapes, which are static.
        let shape = unsafe { &*core::ptr::with_exposed_provenance::<Shape>(opaque) };
        // SAFETY: inside of the object.
        shape.each(range, |offset, words| unsafe { t.visit_words(object + offset, words) });
    }

    fn nanotime(&self) -> i64 {
        goxide_sys::time::nanotime()
    }

    fn marking_done(&self) {
        // The collector's thread finds out by itself.
    }

    fn more_work(&self) {
        self.driver.call_helpers();
    }

    fn check_failed(&self, object: usize, parent: usize) -> ! {
        eprintln!("goxide-gc: the object at {object:#x}, reachable from {parent:#x}, is not marked");
        std::process::abort()
    }
}

/// The threads of a collector; ends them.
struct Threads {
    gc: &'static Inner,
    handles: Vec<JoinHandle<()>>,
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.gc.host.driver.end();
        for handle in self.handles.drain(..) {
            let _ = handle.join();
        }
    }
}

/// A heap and the threads that collect it. Clones are handles to the same.
///
/// When the last handle, mutator and global is gone, its threads end, and the heap's memory goes back to the system; some
/// bookkeeping, and the reservation of addresses, stay until the process ends.
#[derive(Clone)]
pub struct Collector {
    gc: &'static Inner,
    _threads: Arc<Threads>,
}

impl Collector {
    /// A new heap. Starts `options.markers` threads.
    ///
    /// # Panics
    /// When there is no memory, or no thread to be had.
    pub fn new(options: Options) -> Collector {
        let layout = core::alloc::Layout::new::<Inner>();
        // SAFETY: the size is not 0. Zero bytes are an empty heap and a collector, but for the fields that are written here;
        // nobody else knows the memory yet.
        let gc: &'static Inner = unsafe {
            let gc: *mut Inner = std::alloc::alloc_zeroed(layout).cast();
            assert!(!gc.is_null(), "out of memory");
            (&raw mut (*gc).host.world).write(World::new());
            (&raw mut (*gc).host.globals).write(Globals::new());
            (&raw mut (*gc).host.finalizers).write(Finalizers::new());
            (&raw mut (*gc).host.driver).write(Driver::new(options.check));
            Gc::init_zeroed(gc);
            &*gc
        };
        gc.pace(|p| {
            p.percent = options.percent;
            p.limit = options.limit.unwrap_or(crate::pacer::NO_LIMIT);
            p.retune();
        });
        gc.watch_specials();
        let handles = (0..options.markers.max(1)).map(|i| {
            // A marker as a number, since it goes to the thread that has it to itself.
            let marker = gc.new_marker().expose_provenance();
            assert!(marker != 0, "out of memory");
            let name = if i == 0 { "gc".to_string() } else { format!("gc mark {i}") };
            let body = move || {
                // SAFETY: a new marker, of this thread alone.
                let m = unsafe { &mut *core::ptr::with_exposed_provenance_mut(marker) };
                if i == 0 { gc.host.driver.run(gc, m) } else { gc.host.driver.help(gc, m) }
            };
            std::thread::Builder::new().name(name).spawn(abort_on_panic(body)).expect("a thread")
        });
        let handles = handles.collect();
        Collector { gc, _threads: Arc::new(Threads { gc, handles }) }
    }

    /// Gives this thread access to the heap. Waits while the world is stopped.
    ///
    /// # Panics
    /// If the thread has a mutator already, of this collector or another, or there is no memory.
    pub fn register(&self) -> Mutator {
        Mutator::new(self.clone())
    }

    /// Collects, from a thread that has no mutator: see [`Mutator::collect`].
    ///
    /// # Panics
    /// If the thread has a mutator: the collection would wait for it for ever.
    pub fn collect(&self) {
        assert!(!mutator::on_mutator_thread(), "a thread with a mutator collects through that");
        self.gc.host.driver.collect();
    }

    /// Closures that [`Mutator::run_finalizers`] would call.
    pub fn waiting_finalizers(&self) -> usize {
        self.gc.host.finalizers.waiting()
    }

    /// Counts and times, at this moment.
    pub fn stats(&self) -> Stats {
        let times = self.gc.host.driver.times.lock().unwrap_or_else(PoisonError::into_inner);
        times.stats(self.gc.host.heap.live())
    }

    /// What is in the heap, span by span. Takes time in proportion to them. What mutators' caches hold is in none of its counts
    /// until the next collection.
    ///
    /// The heap itself is the collector's alone: whoever could sweep it, or allocate from it, could free what is in use.
    ///
    /// ```compile_fail,E0599
    /// # use goxide_gc::hosted::Collector;
    /// let c = Collector::new(Default::default());
    /// c.heap().begin_sweep();
    /// ```
    pub fn heap_stats(&self) -> goxide_alloc::Stats {
        self.gc.host.heap.snapshot(std::iter::empty())
    }

    /// Has the bytes of objects overwritten when they are freed, from now on: for tests, whose programs then see it if
    /// something was freed that they hold.
    pub fn set_clobber(&self, on: bool) {
        self.gc.host.heap.set_clobber(on);
    }

    /// Changes [`Options::percent`] and [`Options::limit`].
    pub fn tune(&self, percent: i32, limit: Option<u64>) {
        self.gc.pace(|p| {
            p.percent = percent;
            p.limit = limit.unwrap_or(crate::pacer::NO_LIMIT);
            p.retune();
        });
    }
}

/// Without its collector's thread a program would wait for ever.
fn abort_on_panic(f: impl FnOnce()) -> impl FnOnce() {
    struct Abort;
    impl Drop for Abort {
        fn drop(&mut self) {
            if std::thread::panicking() {
                std::process::abort();
            }
        }
    }
    move || {
        let _abort = Abort;
        f()
    }
}

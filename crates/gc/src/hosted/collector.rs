//! A collector as a whole: made, asked, and ended.

use super::builder::Options;
use super::mutator;
pub use super::state::{Collector, Mutator};
use super::state::{Driver, Finalizers, Globals, Inner, Threads, World};
use super::stats::Stats;
use crate::Gc;
use std::sync::{Arc, PoisonError};

impl Drop for Threads {
    fn drop(&mut self) {
        self.gc.host.driver.end();
        for handle in self.handles.drain(..) {
            let _ = handle.join();
        }
    }
}

impl Collector {
    /// A new heap. Starts `options.markers` threads.
    ///
    /// # Panics
    /// When there is no memory, or no thread to be had.
    pub fn new(options: Options) -> Collector {
        let layout = core::alloc::Layout::new::<Inner>();
        // SAFETY: the size is not 0. Zero bytes are an empty heap and a collector, except the fields that are written here;
        // nothing else knows the memory yet.
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
    /// If the thread has a mutator: the collection would wait for it forever.
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
    /// The heap itself is the collector's alone: code that could sweep it, or allocate from it, could free what is in use.
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

/// Without its collector's thread a program would wait forever.
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

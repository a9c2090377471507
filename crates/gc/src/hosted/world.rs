//! Who runs: the mutators and the marker threads of a collector, and how they are made to stand still.
//!
//! One lock guards it all. A thread that may touch the heap is counted as *running*; to stop the world is to forbid anyone to
//! begin running and to wait until the count is 0. Mutators notice by their `attention` flag, at their next safepoint; marker
//! threads ask [`World::is_stopping`].

use super::state::{Inner, Local, Place, Registry, World};
use core::sync::atomic::{AtomicBool, Ordering::*};
use core::time::Duration;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

impl World {
    pub(crate) const fn new() -> World {
        World {
            registry: Mutex::new(Registry {
                locals: Vec::new(),
                pool: Vec::new(),
                jobs: Vec::new(),
                running: 0,
                stop: false,
            }),
            stopped: Condvar::new(),
            going: Condvar::new(),
            scanned: Condvar::new(),
            stopping: AtomicBool::new(false),
        }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Registry> {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin_running<'a>(&self, mut r: MutexGuard<'a, Registry>) -> MutexGuard<'a, Registry> {
        while r.stop {
            r = self.going.wait(r).unwrap_or_else(PoisonError::into_inner);
        }
        r.running += 1;
        r
    }

    fn end_running(&self, r: &mut Registry) {
        r.running -= 1;
        if r.running == 0 && r.stop {
            self.stopped.notify_all();
        }
    }

    // Mutators.

    /// A state for this thread, running.
    pub(crate) fn register(&self, gc: &'static Inner) -> &'static Local {
        let mut r = self.begin_running(self.lock());
        let local = match r.pool.pop() {
            Some(local) => local,
            None => match Local::make(gc) {
                Some(local) => local,
                None => {
                    self.end_running(&mut r);
                    panic!("out of memory");
                }
            },
        };
        // Its roots are none yet; what becomes one is in the heap, or recorded by the barrier.
        local.scanned.store(gc.cycle(), Relaxed);
        local.attention.store(false, Relaxed);
        // SAFETY: the lock is held.
        unsafe { local.set_place(Place::Running) };
        r.locals.push(local);
        local
    }

    /// The thread of `local`, which runs, has no use for it any more.
    pub(crate) fn unregister(&self, local: &'static Local, reuse: bool) {
        let mut r = self.lock();
        r.locals.retain(|l| !core::ptr::eq(*l, local));
        // SAFETY: the lock is held.
        unsafe { local.set_place(Place::Idle) };
        if reuse {
            r.pool.push(local);
        }
        self.end_running(&mut r);
    }

    /// A safepoint of the running `local`.
    pub(crate) fn give_way(&self, local: &'static Local) {
        let mut r = self.lock();
        if r.stop {
            // SAFETY: the lock is held.
            unsafe { local.set_place(Place::Safe) };
            self.end_running(&mut r);
            r = self.begin_running(r);
            // SAFETY: the lock is held.
            unsafe { local.set_place(Place::Running) };
        }
        local.attention.store(false, Relaxed);
        drop(r);
    }

    /// The running `local` touches nothing until [`World::leave_safe`].
    pub(crate) fn enter_safe(&self, local: &'static Local) {
        let mut r = self.lock();
        // SAFETY: the lock is held.
        unsafe { local.set_place(Place::Safe) };
        self.end_running(&mut r);
    }

    pub(crate) fn leave_safe(&self, local: &'static Local) {
        let _r = self.begin_running(self.lock());
        // SAFETY: the lock is held.
        unsafe { local.set_place(Place::Running) };
    }

    /// A mutator has visited its roots: the thread that waits for that may look again.
    pub(crate) fn note_scanned(&self) {
        self.scanned.notify_all();
    }

    /// Waits, not for long, for a mutator to visit its roots.
    pub(crate) fn wait_for_scan(&self) {
        let _ = self.scanned.wait_timeout(self.lock(), Duration::from_micros(500));
    }

    // Marker threads.

    /// A marker thread begins to touch the heap.
    pub(crate) fn marker_begins(&self) {
        drop(self.begin_running(self.lock()));
    }

    /// And stops.
    pub(crate) fn marker_ends(&self) {
        self.end_running(&mut self.lock());
    }

    /// Whether marker threads should stop.
    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(Relaxed)
    }

    // The collector's thread, which is not counted.

    /// Stops the world. Takes as long as the longest way to a safepoint.
    pub(crate) fn stop(&self) {
        let mut r = self.lock();
        debug_assert!(!r.stop);
        r.stop = true;
        self.stopping.store(true, Relaxed);
        r.locals.iter().for_each(|l| l.attention.store(true, Relaxed));
        while r.running != 0 {
            r = self.stopped.wait(r).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The world goes on.
    pub(crate) fn start(&self) {
        self.lock().stop = false;
        self.stopping.store(false, Relaxed);
        self.going.notify_all();
    }

    /// Calls `f` with each mutator. With the world stopped.
    pub(crate) fn each(&self, f: impl FnMut(&'static Local)) {
        self.lock().locals.iter().copied().for_each(f);
    }

    /// The mutators' roots are jobs now; how many. With the world stopped.
    pub(crate) fn plan_jobs(&self) -> usize {
        let mut r = self.lock();
        r.jobs = r.locals.clone();
        r.jobs.len()
    }
}

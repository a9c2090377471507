//! The thread that leads through collections, and those that help it mark.
//!
//! ```text
//!   waits ──due or asked──▶ (world stopped: begin) ──▶ marks ──nothing left──▶ (world stopped: finish) ──▶ sweeps ──▶ waits
//!                                                       ▲                                    │
//!                                                       └──────────────── not yet ◀──────────┘
//! ```

use super::state::{Driver, Inner, Wishes};
use super::stats::Times;
use crate::pacer::Shares;
use crate::{Marker, Tracer};
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering::*};
use core::time::Duration;
use goxide_alloc::size_class::PAGE;
use goxide_alloc::sweep::Swept;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

impl Driver {
    pub(crate) fn new(check: bool) -> Driver {
        Driver {
            wishes: Mutex::new(Wishes::default()),
            wake: Condvar::new(),
            over: Condvar::new(),
            help: Condvar::new(),
            due: AtomicBool::new(false),
            sweep_ratio: AtomicU32::new(0),
            times: Mutex::new(Times::default()),
            check: AtomicBool::new(check),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Wishes> {
        self.wishes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a collection that begins after this call.
    pub(crate) fn collect(&self) {
        let mut w = self.lock();
        let wanted = w.begun + 1;
        w.asked = w.asked.max(wanted);
        self.wake.notify_one();
        while w.over < wanted {
            w = self.over.wait(w).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The heap has reached its trigger.
    pub(crate) fn notify_due(&self) {
        if !self.due.swap(true, Relaxed) {
            self.lock().due = true;
            self.wake.notify_one();
        }
    }

    /// Wakes marker threads: a hint.
    pub(crate) fn call_helpers(&self) {
        self.help.notify_one();
    }

    /// The threads are to end.
    pub(crate) fn end(&self) {
        self.lock().end = true;
        self.wake.notify_all();
        self.help.notify_all();
    }

    /// The collector's thread, until [`Driver::end`].
    pub(crate) fn run(&self, gc: &'static Inner, m: &mut Marker) {
        loop {
            {
                let mut w = self.lock();
                while w.begun >= w.asked && !w.due && !w.end {
                    w = self.wake.wait(w).unwrap_or_else(PoisonError::into_inner);
                }
                if w.end {
                    break;
                }
                w.due = false;
                if w.begun >= w.asked && !gc.is_due() {
                    // A thread saw the trigger of the last cycle.
                    self.due.store(false, Relaxed);
                    continue;
                }
                w.begun += 1;
            }
            self.cycle(gc, m);
            let mut w = self.lock();
            w.over = w.begun;
            drop(w);
            self.over.notify_all();
        }
        // Nothing uses the heap any more: its memory goes back.
        self.cycle(gc, m);
        gc.host.heap.release_unused(usize::MAX);
    }

    fn cycle(&self, gc: &'static Inner, m: &mut Marker) {
        let host = &gc.host;
        let now = goxide_sys::time::nanotime;
        let began = now();
        host.world.stop();
        while host.heap.sweep_one() != Swept::Nothing {}
        host.globals.forget_dropped();
        // SAFETY: the world is stopped.
        host.world.each(|l| unsafe {
            l.flush_cache();
            l.tell_buffer(None);
        });
        // SAFETY: the world is stopped; all is swept; the caches were flushed above; the barriers look at `is_marking`, which
        // this sets.
        unsafe { gc.begin_mark() };
        // The world is stopped, and starting it passes this on.
        host.cycle.store(gc.cycle(), Relaxed);
        host.world.start();
        self.due.store(false, Relaxed);
        self.lock().marking = true;
        self.help.notify_all();
        self.note_pause(now() - began);
        loop {
            // SAFETY: this thread's marker of `gc`, which marks until this thread ends the cycle below.
            let _ = unsafe { Tracer::new(gc, m) }.drain(|| false);
            if !gc.looks_done() {
                if gc.only_deferred() {
                    host.world.wait_for_scan();
                } else {
                    // The rest is in other hands.
                    std::thread::yield_now();
                }
                continue;
            }
            let asked = now();
            host.world.stop();
            let finished = self.finish(gc, m);
            host.world.start();
            self.note_pause(now() - asked);
            if finished {
                break;
            }
        }
        self.lock().marking = false;
        self.sweep(gc);
        self.times.lock().unwrap_or_else(PoisonError::into_inner).cycles += 1;
    }

    /// Ends marking if it is over. With the world stopped.
    fn finish(&self, gc: &'static Inner, m: &mut Marker) -> bool {
        let host = &gc.host;
        // SAFETY: the world is stopped.
        host.world.each(|l| unsafe { l.tell_buffer(Some(m)) });
        // SAFETY: it marks, and the world is stopped; the buffers were flushed above; caches are flushed and the cycle ends
        // below.
        if !unsafe { gc.try_finish(m) } {
            return false;
        }
        let mut roots = 0;
        // SAFETY: the world is stopped.
        host.world.each(|l| unsafe {
            l.flush_cache();
            roots += l.root_bytes() as u64;
        });
        if self.check.load(Relaxed) {
            // SAFETY: marking is over, the world is stopped since, the caches are flushed.
            unsafe { gc.check(m) };
        }
        let (all, of_objects) = host.heap.footprint();
        // SAFETY: marking is over, which was said once; the world is stopped since; the caches are flushed.
        let ended = unsafe { gc.end_cycle(roots, all.saturating_sub(of_objects) as u64, Shares::BACKGROUND) };
        self.times.lock().unwrap_or_else(PoisonError::into_inner).last = Some(ended);
        let room = gc.pace(|p| p.trigger().saturating_sub(p.live())) / PAGE as u64;
        self.sweep_ratio.store((host.heap.unswept() as u64 / room.max(1) + 1).min(64) as u32, Relaxed);
        true
    }

    fn sweep(&self, gc: &'static Inner) {
        let heap = &gc.host.heap;
        while heap.sweep_one() != Swept::Nothing {}
        // Others may hold the last spans.
        while heap.unswept() != 0 {
            std::thread::yield_now();
        }
    }

    fn note_pause(&self, ns: i64) {
        self.times.lock().unwrap_or_else(PoisonError::into_inner).note_pause(ns);
    }

    /// A thread that helps to mark, until [`Driver::end`].
    pub(crate) fn help(&self, gc: &'static Inner, m: &mut Marker) {
        let world = &gc.host.world;
        loop {
            {
                let mut w = self.lock();
                while !w.marking && !w.end {
                    w = self.help.wait(w).unwrap_or_else(PoisonError::into_inner);
                }
                if w.end {
                    return;
                }
            }
            world.marker_begins();
            if gc.wants_marker() {
                // SAFETY: this thread's marker of `gc`, which marks; a cycle ends with the world stopped, which waits for
                // `marker_ends`.
                let _ = unsafe { Tracer::new(gc, m) }.drain(|| world.is_stopping());
            }
            world.marker_ends();
            let w = self.lock();
            if w.marking {
                let _ = self.help.wait_timeout(w, Duration::from_micros(200));
            }
        }
    }
}

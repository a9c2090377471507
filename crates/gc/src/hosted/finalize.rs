//! Closures that run when an object is found unreachable: finalizers, which get the object once more, and death notes,
//! which do not.
//!
//! Both are special records whose payload holds the closure. Sweeping queues them; [`Mutator::run_finalizers`] calls them.
//! A record that was handed over is a root until it is given back. In which order things happen to an object is said at the
//! front end's page ([`super`]).

use super::object::{Any, Ref};
use super::root::Root;
use super::state::{Finalizers, Hosted, Inner, Mutator, Note, Queue};
use super::weak;
use crate::Tracer;
use crate::special::{Dead, Kind, Payload, Special};
use core::ptr::null_mut;
use core::sync::atomic::{AtomicUsize, Ordering::*};
use goxide_alloc::Span;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

type Finalizer = Box<dyn FnOnce(&mut Mutator, Root<Any>) + Send>;

impl Finalizers {
    pub(crate) const fn new() -> Finalizers {
        let queue = Queue { head: null_mut(), tail: null_mut(), notes: VecDeque::new() };
        Finalizers { queue: Mutex::new(queue), waiting: AtomicUsize::new(0) }
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(Relaxed)
    }
}

fn payload<T>(closure: T) -> Payload {
    [0, Box::into_raw(Box::new(closure)).expose_provenance(), 0, 0]
}

/// # Safety
/// `p` came from [`payload`] with the same type, and is not used again.
unsafe fn closure<T>(p: &Payload) -> T {
    // SAFETY: from `payload`, where a box was leaked that is made one again here, once.
    unsafe { *Box::from_raw(core::ptr::with_exposed_provenance_mut(p[1])) }
}

impl Dead for Hosted {
    unsafe fn finalizer(&self, s: *mut Special) {
        let mut q = self.finalizers.lock();
        // SAFETY: the record is ours; those in the queue are under the lock.
        unsafe {
            (*s).next = null_mut();
            match q.tail.as_mut() {
                Some(tail) => tail.next = s,
                None => q.head = s,
            }
        }
        q.tail = s;
        self.finalizers.waiting.fetch_add(1, Relaxed);
    }

    fn note(&self, payload: &Payload) {
        // SAFETY: notes are made by `on_death` below; the record is gone.
        let note = unsafe { closure(payload) };
        self.finalizers.lock().notes.push_back(note);
        self.finalizers.waiting.fetch_add(1, Relaxed);
    }

    const WEAK: bool = true;

    fn weak(&self, payload: &Payload) {
        // SAFETY: the words of a weak record, which is gone; `weak` makes them all.
        unsafe { weak::clear(payload) }
    }

    fn looked_at(&self, span: &Span) {
        weak::note_looked_at(span, self.cycle.load(Relaxed));
    }
}

impl Mutator {
    /// Has `f` called with the object, by [`Mutator::run_finalizers`], when nothing but finalizers refers to it any more. The object,
    /// and all that it refers to, is kept until then, and lives on if `f` keeps it; it may be given a finalizer again. An object that
    /// refers to itself through others is never found unreachable. False if the object has a finalizer already: `f` is dropped then.
    /// Takes a lock; not a safepoint.
    pub fn set_finalizer<T: 'static>(
        &self,
        object: Ref<'_, T>,
        f: impl FnOnce(&mut Mutator, Root<T>) + Send + 'static,
    ) -> bool {
        let f: Finalizer = Box::new(move |m, root| {
            // SAFETY: the object is a `T`: it was when the finalizer was set.
            let typed = m.root(unsafe { root.get(m).cast::<T>() });
            drop(root);
            f(m, typed);
        });
        self.add_special(object.any(), Kind::Finalizer, payload(f), |p| {
            // SAFETY: not added, so nothing else uses it.
            drop(unsafe { closure::<Finalizer>(p) });
        })
    }

    /// A death note: has `f` called, by [`Mutator::run_finalizers`], when the object is gone: to give back what the program has
    /// for it elsewhere. Unlike a finalizer it keeps nothing alive, and objects in circles have theirs called. `f` cannot get at the object; a
    /// [`Root`] or [`Global`](super::Global) of it inside of `f` keeps it forever. False if the object has a note already: `f`
    /// is dropped then. Takes a lock; not a safepoint.
    pub fn on_death<T>(&self, object: Ref<'_, T>, f: impl FnOnce() + Send + 'static) -> bool {
        let f: Note = Box::new(f);
        self.add_special(object.any(), Kind::Note, payload(f), |p| {
            // SAFETY: not added, so nothing else uses it.
            drop(unsafe { closure::<Note>(p) });
        })
    }

    /// Takes the finalizer off an object, and drops it. False if there is none. Takes a lock; not a safepoint.
    pub fn clear_finalizer<T>(&self, object: Ref<'_, T>) -> bool {
        let gc: &'static Inner = self.local().gc;
        let Some((_, _, span)) = gc.host.heap.object_of(object.address()) else { return false };
        // SAFETY: a span of this collector's heap, which its object keeps in use; the reference keeps that.
        let Some(p) = (unsafe { gc.take_special(span, object.address(), Kind::Finalizer) }) else { return false };
        // SAFETY: the record's closure, which nothing else uses now.
        drop(unsafe { closure::<Finalizer>(&p) });
        true
    }

    pub(super) fn add_special(
        &self,
        object: Ref<'_, Any>,
        kind: Kind,
        payload: Payload,
        undo: impl FnOnce(&Payload),
    ) -> bool {
        let gc: &'static Inner = self.local().gc;
        let at = object.address();
        let added = gc.host.heap.object_of(at).is_some_and(|(_, _, span)| {
            if !gc.is_marking() {
                // SAFETY: `object` roots what `at` begins, in its span; the payload's first word is none of the heap's;
                // nothing marks, and cannot begin before the next safepoint; specials are watched from the runtime's start.
                return unsafe { gc.add_special(span, at, kind, payload, None) };
            }
            // SAFETY: this thread's marker of `gc`, which is not in use; it marks, and does not end before the next safepoint.
            let mut t = unsafe { Tracer::new(gc, &mut *self.marker()) };
            // SAFETY: `object` roots what `at` begins, in its span; the payload's first word is none of the heap's; it
            // marks, and the tracer is given; specials are watched from the runtime's start.
            let added = unsafe { gc.add_special(span, at, kind, payload, Some(&mut t)) };
            t.publish();
            added
        });
        if !added {
            undo(&payload);
        }
        added
    }

    /// Calls the closures that wait: finalizers in the order in which their objects were found unreachable, and while there are none,
    /// death notes in that of theirs. Returns how many. A safepoint, and whatever the closures are.
    ///
    /// Nothing else calls them: the collector owns no thread on which a program's code could run, and a closure that ran inside of an
    /// allocation would find the program's locks taken and its data half changed. So a program calls this where it holds
    /// nothing: between two requests, in its main loop, or on a thread of its own, which sleeps in [`Mutator::blocked`]
    /// while [`Collector::waiting_finalizers`](super::Collector::waiting_finalizers) is 0. Any mutator will do, and
    /// several may at once: each closure is called by one of them. What nothing calls waits, and a finalizer's object with it, until the collector
    /// ends, when closures are forgotten, not called.
    ///
    /// What closures allocate may begin a collection, but what that finds is swept while the loop goes on, so it may be called by
    /// this call or the next. If a closure panics, the others stay in the queue.
    pub fn run_finalizers(&mut self) -> usize {
        let gc: &'static Inner = self.local().gc;
        let queue = &gc.host.finalizers;
        let mut done = 0;
        while queue.waiting() != 0 {
            let (s, note) = {
                let mut q = queue.lock();
                let s = q.head;
                // SAFETY: records in the queue are ours under the lock.
                match unsafe { s.as_ref() } {
                    Some(r) => {
                        q.head = r.next;
                        if q.head.is_null() {
                            q.tail = null_mut();
                        }
                        (s, None)
                    }
                    None if q.notes.is_empty() => break,
                    None => (s, q.notes.pop_front()),
                }
            };
            queue.waiting.fetch_sub(1, Relaxed);
            done += 1;
            match note {
                Some(note) => note(),
                // SAFETY: the record was taken off the queue, and is ours; its object is kept by the queue until now, and by
                // the root from here on: this thread has passed no safepoint in between. From a root to a shadow stack that
                // may have been scanned: the barrier hears of it.
                None => unsafe {
                    let object = (*s).object;
                    self.record(object);
                    let root = Root::new(self.local(), object);
                    let f: Finalizer = closure(&(*s).payload);
                    gc.free_special(s);
                    f(self, root);
                },
            }
            self.poll();
        }
        done
    }
}

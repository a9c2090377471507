//! What keeps objects alive from outside of the heap: [`Root`], of one thread, cheap; [`Global`], of all threads.

use super::object::Ref;
use super::state::{Collector, Globals, Inner, Local, Mutator};
use core::marker::PhantomData;
use core::sync::atomic::{AtomicUsize, Ordering::*};
use std::sync::{Arc, Mutex, PoisonError};

/// A root of one thread: an entry of its mutator's shadow stack. It stays on its thread, and keeps its object alive until it
/// is dropped, or the mutator is. Making and dropping one costs a push and a pop.
pub struct Root<T> {
    local: &'static Local,
    index: u32,
    what: PhantomData<*const T>,
}

impl<T> Root<T> {
    /// # Safety
    /// `local` is this thread's, running, and `object` a live object of type `T`.
    #[inline]
    pub(super) unsafe fn new(local: &'static Local, object: usize) -> Root<T> {
        // SAFETY: this is the running thread of `local` (the caller's promise).
        let index = unsafe { local.push_root(object) };
        Root { local, index, what: PhantomData }
    }

    /// The object, until the next safepoint.
    ///
    /// # Panics
    /// If `m` is not the mutator that the root was made with.
    #[inline]
    pub fn get<'m>(&self, m: &'m Mutator) -> Ref<'m, T> {
        assert!(core::ptr::eq(self.local, m.local()), "a root of another mutator");
        // SAFETY: the root's own entry, which holds a live object; the mutator is borrowed, so this thread runs.
        unsafe { Ref::from_address(self.local.root(self.index)) }
    }

    /// Makes it the root of another object.
    ///
    /// # Panics
    /// If `m` is not the mutator that the root was made with.
    #[inline]
    pub fn set(&self, m: &Mutator, object: Ref<'_, T>) {
        assert!(core::ptr::eq(self.local, m.local()), "a root of another mutator");
        // SAFETY: `m` is the root's mutator and is this thread's, so the entry is this thread's to set.
        unsafe { self.local.set_root(self.index, object.address()) };
    }
}

impl<T> Drop for Root<T> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: the root's own entry, on its thread.
        unsafe { self.local.pop_root(self.index) };
    }
}

impl Globals {
    pub(crate) const fn new() -> Globals {
        Globals { slots: Mutex::new(Vec::new()) }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Arc<AtomicUsize>>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets those that were dropped. With the world stopped, before marking: while marking they count as roots still,
    /// since a thread may have read them before.
    pub(crate) fn forget_dropped(&self) {
        self.lock().retain(|slot| Arc::strong_count(slot) > 1);
    }

    pub(crate) fn each(&self, mut f: impl FnMut(usize)) {
        for slot in self.lock().iter() {
            f(slot.load(Acquire));
        }
    }
}

/// A root of all threads: a place for one object that any mutator of its collector reads and writes. Making one takes a
/// lock.
pub struct Global<T> {
    slot: Arc<AtomicUsize>,
    collector: Collector,
    what: PhantomData<fn() -> T>,
}

impl<T> Global<T> {
    /// A global that holds `object`.
    pub fn new(m: &Mutator, object: Ref<'_, T>) -> Global<T> {
        m.record(object.address());
        let slot = Arc::new(AtomicUsize::new(object.address()));
        m.collector().gc.host.globals.lock().push(slot.clone());
        Global { slot, collector: m.collector().clone(), what: PhantomData }
    }

    fn check(&self, m: &Mutator) {
        let (ours, theirs): (&Inner, &Inner) = (self.collector.gc, m.collector().gc);
        assert!(core::ptr::eq(ours, theirs), "a global of another collector");
    }

    /// Its object, until the next safepoint.
    ///
    /// # Panics
    /// If `m` belongs to another collector.
    pub fn get<'m>(&self, m: &'m Mutator) -> Ref<'m, T> {
        self.check(m);
        // SAFETY: globals hold live objects of their type. Acquire pairs with the Release of `Mutator::store`.
        unsafe { Ref::from_address(self.slot.load(Acquire)) }
    }

    /// Puts another object in, through the write barrier.
    ///
    /// # Panics
    /// If `m` belongs to another collector.
    pub fn set(&self, m: &Mutator, object: Ref<'_, T>) {
        self.check(m);
        m.store(&self.slot, object.address());
    }
}

impl<T> Clone for Global<T> {
    /// Another handle to the same place.
    fn clone(&self) -> Self {
        Global { slot: self.slot.clone(), collector: self.collector.clone(), what: PhantomData }
    }
}

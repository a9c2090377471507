//! Semaphores in plain words: tasks that wait for `*addr > 0` to take one.
//!
//! The word is the embedder's; the waiters are here, in a table of roots chosen by address. Each
//! root has a lock, a count of waiters that a releaser can read without it, and a treap (a search
//! tree by address, kept shallow by random priorities) with one node per address. The node is the
//! first waiter; the others hang off it in a list. The record (`SemaWaiter`) is the task's while it
//! waits; see the module `record`.
//!
//! Acquire: take one if there is one; else park, and then, under the lock, raise the count of waiters,
//! look once more, and queue up, or go on with what there is. Release: add one; if the count of waiters is not 0, wake the first. The
//! addition and the look at the count, and the raising of the count and the second look at the
//! word, are SeqCst: either the releaser sees the waiter, or the waiter sees the unit.
//!
//! A woken task does not own the unit: it tries again, and queues up again if another was faster.
//! With *handoff* the releaser takes the unit on the waiter's behalf, marks the record, and should
//! yield at once, since the waiter runs next on the same processor: this is what ends starvation
//! in a mutex built on top.

use core::ptr::{addr_of_mut, null_mut};
use core::sync::atomic::{AtomicU32, Ordering};

use goxide_sys::RawMutex;

use crate::ext::Ext;
use crate::host::Host;
pub(crate) use crate::model::SemaWaiter;
use crate::model::{ROOTS, Resume, Root, Sched, SemaTable, Task, Then, Treap};

/// The pauses before each look of [`Sched::look_out`], of some 30 ns each: for a task that comes first, and for one that has been woken and
/// came too late.
const LOOKS: [&[u8]; 2] = [&[32, 32], &[64; 6]];

impl<H: Ext> SemaWaiter<H> {
    pub(crate) const fn new() -> Self {
        SemaWaiter {
            task: null_mut(),
            addr: core::ptr::null(),
            lifo: false,
            handed: false,
            ticket: 0,
            parent: null_mut(),
            child: [null_mut(); 2],
            next: null_mut(),
            tail: null_mut(),
            then: Then::GoOn,
            since: 0,
        }
    }
}

/// What [`Sched::release_timed`] has found.
#[must_use = "the waiter is still to be woken"]
pub struct Released<H: Ext> {
    /// Off the list, and not ready yet; or null.
    pub(crate) waiter: Node<H>,
    /// For how long the unit's being taken has held up the waiter: since it began to wait, or since the release before this one, at
    /// which it was next in line, or the one whose place it took. 0 if there is none, or if it did not say since when it waits.
    pub waited: i64,
}

impl<H: Ext> SemaTable<H> {
    pub const fn new() -> Self {
        SemaTable {
            roots: [const {
                Root {
                    lock: RawMutex::new(),
                    waiters: AtomicU32::new(0),
                    tree: core::cell::UnsafeCell::new(Treap { root: null_mut() }),
                }
            }; ROOTS],
        }
    }

    #[inline]
    pub(crate) fn root(&self, addr: *const AtomicU32) -> &Root<H> {
        &self.roots[(addr as usize >> 3) % ROOTS]
    }
}

impl<H: Ext> Root<H> {
    /// A waiter less. Its lock is held, under which alone the count changes: two accesses do. A releaser that sees the old count takes the
    /// lock, and looks again.
    #[inline]
    fn one_less(&self) {
        self.waiters.store(self.waiters.load(Ordering::Relaxed) - 1, Ordering::Release);
    }

    /// Takes the first waiter off the list, for [`Sched::wake_released`]; `now` is the time, from which on the next in line is held up by
    /// another, or 0.
    ///
    /// # Safety
    /// This is the root of `addr`, which is a semaphore's.
    pub(crate) unsafe fn take_first(&self, addr: *const AtomicU32, now: i64) -> Released<H> {
        // SAFETY: the tree is ours under the lock; a waiter taken off it is ours.
        unsafe {
            let mut waited = 0;
            self.lock.lock();
            let mut w = null_mut();
            if self.waiters.load(Ordering::Relaxed) != 0 {
                w = (*self.tree.get()).remove(addr);
                if !w.is_null() {
                    self.one_less();
                    if now != 0 && (*w).since != 0 {
                        waited = now - (*w).since;
                        let (next, _) = (*self.tree.get()).find(addr);
                        if !next.is_null() {
                            (*next).since = now;
                        }
                    }
                }
            }
            self.lock.unlock();
            Released { waiter: w, waited }
        }
    }
}

type Node<H> = *mut SemaWaiter<H>;

// SAFETY (all of it): nodes are records of waiting tasks, linked in under the root's lock, which
// is held throughout; descriptors are never freed.
impl<H: Ext> Treap<H> {
    /// The link that leads to `n`.
    ///
    /// # Safety
    /// `n` is a node of this tree, whose root's lock is held.
    unsafe fn link(&mut self, n: Node<H>) -> *mut Node<H> {
        // SAFETY: `n` and its parent are nodes of the tree, whose records stay while they are in it and are ours under the
        // lock (this function's contract).
        unsafe {
            let parent = (*n).parent;
            if parent.is_null() {
                addr_of_mut!(self.root)
            } else if (*parent).child[0] == n {
                addr_of_mut!((*parent).child[0])
            } else {
                addr_of_mut!((*parent).child[1])
            }
        }
    }

    /// Moves `n` above its parent.
    ///
    /// # Safety
    /// `n` is a node of this tree other than its root node; the root's lock is held.
    unsafe fn rotate_up(&mut self, n: Node<H>) {
        // SAFETY: `n` is a node of the tree with a parent (this function's contract); nodes' links lead to nodes, which are
        // ours under the lock.
        unsafe {
            let parent = (*n).parent;
            let side = usize::from((*parent).child[1] == n);
            let link = self.link(parent);
            let inner = (*n).child[1 - side];
            (*parent).child[side] = inner;
            if !inner.is_null() {
                (*inner).parent = parent;
            }
            (*n).child[1 - side] = parent;
            (*n).parent = (*parent).parent;
            (*parent).parent = n;
            *link = n;
        }
    }

    /// Puts `new` in the place of `old`.
    ///
    /// # Safety
    /// `old` is a node of this tree, whose root's lock is held; `new` is a record that is no node, of a task that waits.
    unsafe fn replace(&mut self, old: Node<H>, new: Node<H>) {
        // SAFETY: `old` is a node of the tree and `new` the record of a waiting task (this function's contract); nodes'
        // links lead to nodes, which are ours under the lock.
        unsafe {
            *self.link(old) = new;
            (*new).parent = (*old).parent;
            (*new).child = (*old).child;
            (*new).ticket = (*old).ticket;
            for c in (*new).child {
                if !c.is_null() {
                    (*c).parent = new;
                }
            }
            (*old).parent = null_mut();
            (*old).child = [null_mut(); 2];
        }
    }

    /// # Safety
    /// The root's lock is held.
    unsafe fn find(&self, addr: *const AtomicU32) -> (Node<H>, Node<H>) {
        // SAFETY: nodes' links lead to nodes, which are ours under the lock (this function's contract).
        unsafe {
            let (mut parent, mut n) = (null_mut(), self.root);
            while !n.is_null() && (*n).addr != addr {
                parent = n;
                n = (*n).child[usize::from(addr > (*n).addr)];
            }
            (n, parent)
        }
    }

    /// # Safety
    /// The root's lock is held; `w` is the record of a task that waits, and in no tree: its links are null.
    unsafe fn insert(&mut self, w: Node<H>, random: u32) {
        // SAFETY: `w` is the record of a waiting task, in no tree, which is ours like the nodes under the lock (this
        // function's contract).
        unsafe {
            let (addr, lifo) = ((*w).addr, (*w).lifo);
            debug_assert!(!(*w).handed && (*w).next.is_null() && (*w).tail.is_null());
            debug_assert!((*w).parent.is_null() && (*w).child == [null_mut(); 2]);
            let (n, parent) = self.find(addr);
            if n.is_null() {
                (*w).ticket = random;
                (*w).parent = parent;
                if parent.is_null() {
                    self.root = w;
                } else {
                    (*parent).child[usize::from(addr > (*parent).addr)] = w;
                }
                while !(*w).parent.is_null() && (*(*w).parent).ticket > (*w).ticket {
                    self.rotate_up(w);
                }
            } else if lifo {
                // Who was next in line has been held up since then, and this one is next in its place: it came too late for a unit that was
                // taken in the meantime, which is part of the same delay.
                if (*w).since != 0 && (*n).since != 0 {
                    (*w).since = (*n).since;
                }
                self.replace(n, w);
                (*w).next = n;
                (*w).tail = if (*n).tail.is_null() { n } else { (*n).tail };
                (*n).tail = null_mut();
            } else {
                let last = if (*n).tail.is_null() { n } else { (*n).tail };
                (*last).next = w;
                (*n).tail = w;
            }
        }
    }

    /// # Safety
    /// The root's lock is held.
    unsafe fn remove(&mut self, addr: *const AtomicU32) -> Node<H> {
        // SAFETY: nodes' links and lines lead to records of waiting tasks, which are ours under the lock (this function's
        // contract).
        unsafe {
            let (n, _) = self.find(addr);
            if n.is_null() {
                return n;
            }
            let next = (*n).next;
            if !next.is_null() {
                self.replace(n, next);
                (*next).tail = if (*n).tail == next { null_mut() } else { (*n).tail };
            } else {
                // Down to a leaf, the lesser child going up each time.
                loop {
                    let [a, b] = (*n).child;
                    if a.is_null() && b.is_null() {
                        break;
                    }
                    let left = b.is_null() || (!a.is_null() && (*a).ticket <= (*b).ticket);
                    self.rotate_up(if left { a } else { b });
                }
                *self.link(n) = null_mut();
                (*n).parent = null_mut();
            }
            (*n).next = null_mut();
            (*n).tail = null_mut();
            n
        }
    }
}

impl<H: Host> Sched<H> {
    /// Takes one unit if there is one. A leaf.
    ///
    /// # Safety
    /// `addr` may be read and written as an atomic word.
    #[inline]
    #[must_use]
    pub unsafe fn try_acquire(&self, addr: *const AtomicU32) -> bool {
        // SAFETY: `addr` is a word that may be read and written (the caller's promise).
        let word = unsafe { &*addr };
        let mut n = word.load(Ordering::SeqCst);
        while n != 0 {
            match word.compare_exchange_weak(n, n - 1, Ordering::SeqCst, Ordering::SeqCst) {
                Ok(_) => return true,
                Err(seen) => n = seen,
            }
        }
        false
    }

    /// Keeps off the semaphore's cache line for a while and then looks for a unit, before an acquire: for a lock that is held briefly by
    /// tasks that take it again and again. To park at once means that the next task here joins the fight for the line, and that each
    /// operation of each waits for it. Left alone, the running task does some hundred in a row, and gives a unit at the first.
    ///
    /// It takes about 2 us, what parking and waking cost (the competitive bound). With `again`, for a task that was woken and
    /// found the lock taken by one that ran, the looks are fewer, for the fight is proved, and go on for 12 us if nothing else is queued
    /// here. Ends at once where nothing else runs. A unit that was seen may be gone when the acquire comes.
    ///
    /// Source: exponential backoff (Anderson 1990), and few active contenders (Dice, Malthusian Locks, 2017).
    ///
    /// # Safety
    /// - `t` is the running task of this thread.
    /// - `addr` may be read as an atomic word.
    pub unsafe fn look_out(&self, t: *mut Task<H>, addr: *const AtomicU32, again: bool) {
        if cfg!(loom) || self.running_procs() <= 1 {
            return;
        }
        for &pauses in LOOKS[usize::from(again)] {
            for _ in 0..pauses {
                core::hint::spin_loop();
            }
            // SAFETY: `addr` is an atomic word (second point); `t` runs on this thread, which so holds a processor (first point).
            unsafe {
                if (*addr).load(Ordering::Relaxed) != 0 || (again && !(*(*(*t).thread).proc).queue.is_empty()) {
                    return;
                }
            }
        }
    }

    /// Takes one unit, waiting for it if need be: behind the others, or with `lifo` before them.
    ///
    /// # Safety
    /// - `t` is the running task of this thread, its context is saved, and this is g0.
    /// - `addr` may be read and written as an atomic word until the task has the unit.
    pub unsafe fn acquire_on_g0(
        &'static self,
        t: *mut Task<H>,
        addr: *const AtomicU32,
        lifo: bool,
        reason: H::Reason,
    ) -> ! {
        // SAFETY: `t` is this thread's running task, saved, on g0 (first point); `addr` is good until it has the unit (second
        // point). The record is new and on no list.
        unsafe {
            if self.try_acquire(addr) {
                self.resume_on_g0(t)
            }
            let w: Node<H> = self.take_record(t).cast();
            w.write(SemaWaiter { task: t, addr, lifo, ..SemaWaiter::new() });
            self.queue_up(t, w, reason)
        }
    }

    /// As [`Sched::acquire_on_g0`]; `then` is given to [`Host::acquired`] on g0 when the unit is the task's, before it
    /// goes on: at once if there is a unit now. That may park the task again.
    ///
    /// # Safety
    /// - `t` is the running task of this thread, its context is saved, and this is g0.
    /// - `addr` may be read and written as an atomic word until the task has the unit.
    /// - `then` may be given to the host when the task has the unit, with `t` running on its thread and its context saved.
    pub unsafe fn acquire_then_on_g0(
        &'static self,
        t: *mut Task<H>,
        addr: *const AtomicU32,
        lifo: bool,
        reason: H::Reason,
        then: H::Acquired,
    ) -> ! {
        // SAFETY: `t` is this thread's running task, saved, on g0 (first point); `addr` is good until it has the unit (second
        // point); the host may be given `then` when it has (third point).
        unsafe { self.acquire(t, addr, lifo, reason, Then::Acquired(then)) }
    }

    /// As [`Sched::acquire_then_on_g0`], for [`Sched::release_timed`]: the task waits since then, if it must wait.
    ///
    /// # Safety
    /// As for [`Sched::acquire_then_on_g0`].
    pub unsafe fn acquire_timed_on_g0(
        &'static self,
        t: *mut Task<H>,
        addr: *const AtomicU32,
        lifo: bool,
        reason: H::Reason,
        then: H::Acquired,
        since: i64,
    ) -> ! {
        // SAFETY: this function's contract is that of `acquire_then_on_g0`.
        unsafe { self.acquire_since(t, addr, lifo, reason, Then::Acquired(then), since) }
    }

    /// # Safety
    /// - `t` is the running task of this thread, its context is saved, and this is g0.
    /// - `addr` may be read and written as an atomic word until the task has the unit.
    /// - What `then` says may be done when the task has the unit, with `t` running on its thread and its context saved.
    pub(crate) unsafe fn acquire(
        &'static self,
        t: *mut Task<H>,
        addr: *const AtomicU32,
        lifo: bool,
        reason: H::Reason,
        then: Then<H>,
    ) -> ! {
        // SAFETY: this function's contract is that of `acquire_since`.
        unsafe { self.acquire_since(t, addr, lifo, reason, then, 0) }
    }

    /// # Safety
    /// As for [`Sched::acquire`].
    unsafe fn acquire_since(
        &'static self,
        t: *mut Task<H>,
        addr: *const AtomicU32,
        lifo: bool,
        reason: H::Reason,
        then: Then<H>,
        since: i64,
    ) -> ! {
        // SAFETY: `t` runs on this thread, so that holds a processor, and is saved, and this is g0 (first point). The record is new
        // and on no list. `addr` is good (second point). `follow` is reached with
        // the unit in hand (third point).
        unsafe {
            let got = self.try_acquire(addr);
            if got && !self.shall_yield(t) {
                (*t).resume = Resume::AtOnce;
                self.follow(t, then);
                self.go((*t).thread, t)
            }
            let w: Node<H> = self.take_record(t).cast();
            w.write(SemaWaiter { task: t, addr, lifo, handed: got, then, since, ..SemaWaiter::new() });
            if got {
                // Before and not after what follows: what the task goes on with may be in its registers then. A loop over this would never
                // yield otherwise.
                (*t).resume = Resume::Acquire;
                self.preempt_on_g0(t)
            }
            self.queue_up(t, w, reason)
        }
    }

    /// Parks the task of `w`, which queues up for its semaphore, unless there is a unit after all: then it goes on at once.
    ///
    /// It queues up when it is WAITING and off its thread. So what a releaser may have to wait for, the time under the root's lock, is a
    /// look at the word and an insertion, and not also what a park does.
    ///
    /// # Safety
    /// - `t` is the running task of this thread, its context is saved, and this is g0.
    /// - `w` is the record of `t` and on no list; its word may be read and written as an atomic one until the task has the unit.
    unsafe fn queue_up(&'static self, t: *mut Task<H>, w: Node<H>, reason: H::Reason) -> ! {
        /// # Safety
        /// `t` is WAITING, this thread's alone, and its record is that of an acquire at a scheduler that lives forever, and on no list.
        unsafe fn enter<H: Host>(t: *mut Task<H>, sched: usize) -> bool {
            // SAFETY: the number is the address of a scheduler that lives forever; the record is this thread's until it is in the tree,
            // which is ours under the lock, and its word may be read and written (this function's contract).
            unsafe {
                let sched = &*(sched as *const Sched<H>);
                let w: Node<H> = (*t).record.cast();
                let addr = (*w).addr;
                let random = (*sched.thread()).random();
                let root = sched.semas.root(addr);
                root.lock.lock();
                root.waiters.fetch_add(1, Ordering::SeqCst);
                let waits = !sched.try_acquire(addr);
                if waits {
                    (*root.tree.get()).insert(w, random);
                } else {
                    root.one_less();
                    (*w).handed = true;
                }
                root.lock.unlock();
                waits
            }
        }
        // SAFETY: `t` runs on this thread, saved, on g0 (first point); `w` is its record, on no list, for a good word (second point), and
        // is finished by `Resume::Acquire`. Once it is in the tree, what readies the task finds it there.
        unsafe {
            debug_assert!((*t).record.cast() == w);
            (*t).resume = Resume::Acquire;
            self.park_on_g0(t, Some(enter::<H>), &raw const *self as usize, reason)
        }
    }

    /// The task was woken, and may or may not find a unit.
    ///
    /// # Safety
    /// On g0 with a processor; `t` runs on this thread, its context is saved, and its record is that of an acquire and on no
    /// list.
    pub(crate) unsafe fn finish_acquire(&'static self, t: *mut Task<H>) {
        // SAFETY: `t` is about to run on this thread and its record is on no list, so it is ours; the word is valid until it has
        // the unit.
        unsafe {
            let w: Node<H> = (*t).record.cast();
            if !(*w).handed && !self.try_acquire((*w).addr) {
                self.queue_up(t, w, (*t).wait_reason)
            }
            let then = (*w).then;
            self.give_record(t);
            if !matches!(then, Then::GoOn) {
                self.follow(t, then);
            }
        }
    }

    /// What follows when the unit is the task's.
    ///
    /// # Safety
    /// On g0 with a processor; `t` runs on this thread, its context is saved, and it has the unit that `then` belongs to.
    unsafe fn follow(&'static self, t: *mut Task<H>, then: Then<H>) {
        // SAFETY: what `then` says may be done now (the promise of the acquire, and this function's contract).
        unsafe {
            match then {
                Then::GoOn => {}
                Then::Acquired(what) => self.host.acquired(t, what),
                Then::Stopped(f) => self.stopped_for(t, f),
            }
        }
    }

    /// Gives one unit back, if no task waits. A leaf. If it returns false the unit has been given
    /// back all the same, but [`Sched::release_slow`] must be called.
    ///
    /// # Safety
    /// `addr` may be read and written as an atomic word.
    #[inline]
    #[must_use]
    pub unsafe fn release_fast(&self, addr: *const AtomicU32) -> bool {
        // SAFETY: `addr` is a word that may be read and written (the caller's promise).
        unsafe { (*addr).fetch_add(1, Ordering::SeqCst) };
        self.semas.root(addr).waiters.load(Ordering::SeqCst) == 0
    }

    /// The second half of a release: wakes the first waiter. True if the task should yield at
    /// once ([`Sched::yield_here_on_g0`]): the unit was handed to the waiter, who runs next here.
    ///
    /// # Safety
    /// On g0 of a thread with a processor, after `release_fast` returned false.
    pub unsafe fn release_slow(&'static self, addr: *const AtomicU32, handoff: bool) -> bool {
        // SAFETY: this function's contract is that of the two.
        unsafe { self.wake_released(addr, handoff, self.semas.root(addr).take_first(addr, 0)) }
    }

    /// The end of a release: wakes the waiter that was found, if there is one. Answers as [`Sched::release_slow`].
    ///
    /// # Safety
    /// On g0 of a thread with a processor; `addr` is what was released.
    pub unsafe fn wake_released(&'static self, addr: *const AtomicU32, handoff: bool, released: Released<H>) -> bool {
        let w = released.waiter;
        if w.is_null() {
            return false;
        }
        // SAFETY: the waiter is off the list, so it is ours to ready, and not touched afterwards.
        unsafe {
            let handed = handoff && self.try_acquire(addr);
            (*w).handed = handed;
            self.ready((*w).task, true);
            handed && (*self.thread()).locks == 0
        }
    }

    /// Gives one unit back, and says for how long the first waiter was held up, which [`Sched::wake_released`] then wakes: so what is
    /// counted in between, the waiter finds counted. `now` is the time, or 0: then nothing is said.
    ///
    /// # Safety
    /// As for [`Sched::release`].
    pub unsafe fn release_timed(&'static self, addr: *const AtomicU32, now: i64) -> Released<H> {
        // SAFETY: `addr` is a word that may be read and written; on g0 with a processor (the caller's promises).
        unsafe {
            match self.release_fast(addr) {
                true => Released { waiter: null_mut(), waited: 0 },
                false => self.semas.root(addr).take_first(addr, now),
            }
        }
    }

    /// Gives one unit back and wakes the first waiter; see [`Sched::release_slow`].
    ///
    /// # Safety
    /// On g0 of a thread with a processor; `addr` as for `release_fast`.
    pub unsafe fn release(&'static self, addr: *const AtomicU32, handoff: bool) -> bool {
        // SAFETY: `addr` is a word that may be read and written; on g0 with a processor (the caller's promises).
        unsafe { !self.release_fast(addr) && self.release_slow(addr, handoff) }
    }
}

#[cfg(all(test, feature = "std"))]
#[path = "sema_tests.rs"]
mod tests;

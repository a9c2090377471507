//! Notify lists: the waiting side of condition variables, with tickets.
//!
//! A task takes a ticket ([`NotifyList::add`]) *before* it gives up the lock that guards its
//! condition, and waits for that ticket afterwards. A notification is for the lowest ticket not yet
//! notified, whether its owner waits already or not: so a notification between the two steps is not
//! lost, and one task cannot take another's.
//!
//! Tickets wrap; their order is that of a signed difference.

use core::mem::size_of;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicU32, Ordering};

use goxide_sys::RawMutex;

use crate::Sched;
use crate::host::Host;
use crate::model::Then;
use crate::sema::SemaWaiter;
use crate::task::{Resume, Task};

/// The embedder's memory; all zero to begin with.
#[repr(C)]
pub struct NotifyList {
    /// The next ticket.
    wait: AtomicU32,
    /// The first ticket that is not notified. Written under the lock, read without.
    notify: AtomicU32,
    lock: RawMutex,
    _pad: u32,
    head: *mut u8,
    tail: *mut u8,
}

const _: () = assert!(size_of::<NotifyList>() == 32 || size_of::<usize>() != 8);

// SAFETY: the pointers are guarded by the lock.
unsafe impl Sync for NotifyList {}
// SAFETY: the pointers are guarded by the lock, which any thread may take.
unsafe impl Send for NotifyList {}

impl Default for NotifyList {
    fn default() -> Self {
        Self::new()
    }
}

/// Whether ticket `a` comes before `b`.
#[inline]
fn before(a: u32, b: u32) -> bool {
    (a.wrapping_sub(b) as i32) < 0
}

impl NotifyList {
    /// A list without waiters.
    pub const fn new() -> Self {
        NotifyList {
            wait: AtomicU32::new(0),
            notify: AtomicU32::new(0),
            lock: RawMutex::new(),
            _pad: 0,
            head: null_mut(),
            tail: null_mut(),
        }
    }

    /// Takes a ticket. A leaf.
    #[inline]
    pub fn add(&self) -> u32 {
        self.wait.fetch_add(1, Ordering::SeqCst)
    }

    /// Whether a notification would find no waiter, now and whatever comes before it. A leaf.
    #[inline]
    pub fn is_settled(&self) -> bool {
        self.wait.load(Ordering::SeqCst) == self.notify.load(Ordering::SeqCst)
    }
}

impl<H: Host> Sched<H> {
    /// Waits until `ticket` is notified.
    ///
    /// # Safety
    /// As for [`Sched::park_on_g0`]; `l` is valid and stays so until the task is notified, and only
    /// tasks of this scheduler wait on it; the ticket came from [`NotifyList::add`] and is waited for once.
    pub unsafe fn notify_wait_on_g0(
        &'static self,
        t: *mut Task<H>,
        l: *mut NotifyList,
        ticket: u32,
        reason: H::Reason,
    ) -> ! {
        // SAFETY: this function's contract is that of `notify_wait`; `Then::GoOn` does nothing.
        unsafe { self.notify_wait(t, l, ticket, reason, Then::GoOn) }
    }

    /// As [`Sched::notify_wait_on_g0`]; if the task has to wait, `then` is given to [`Host::acquired`] on g0 before it goes on.
    ///
    /// # Safety
    /// As there; and `then` may be given to the host when the task was notified, with `t` running on its thread and its context
    /// saved.
    pub unsafe fn notify_wait_then_on_g0(
        &'static self,
        t: *mut Task<H>,
        l: *mut NotifyList,
        ticket: u32,
        reason: H::Reason,
        then: H::Acquired,
    ) -> ! {
        // SAFETY: this function's contract is that of `notify_wait`.
        unsafe { self.notify_wait(t, l, ticket, reason, Then::Acquired(then)) }
    }

    /// # Safety
    /// As for [`Sched::notify_wait_on_g0`], and what `then` says may be done when the task was notified.
    unsafe fn notify_wait(
        &'static self,
        t: *mut Task<H>,
        l: *mut NotifyList,
        ticket: u32,
        reason: H::Reason,
        then: Then<H>,
    ) -> ! {
        /// # Safety
        /// As an [`Unlock`](crate::park::Unlock); `l` is the address of a list that stays, whose lock is held.
        unsafe fn unlock<H: Host>(_: *mut Task<H>, l: usize) -> bool {
            // SAFETY: the number is the address of the list, locked below.
            unsafe { (*(l as *const NotifyList)).lock.unlock() };
            true
        }
        // SAFETY: a valid list, which is ours under its lock; `t` is this thread's task on g0, with a processor, so its record is
        // ours.
        unsafe {
            (*l).lock.lock();
            if before(ticket, (*l).notify.load(Ordering::Relaxed)) {
                (*l).lock.unlock();
                self.resume_on_g0(t)
            }
            let w: *mut SemaWaiter<H> = self.take_record(t).cast();
            // What a notification gives is the task's, as a unit that a releaser has taken for it is.
            w.write(SemaWaiter { task: t, ticket, handed: true, then, ..SemaWaiter::new() });
            (*t).resume = if matches!(then, Then::GoOn) { Resume::Waited } else { Resume::Acquire };
            let last = (*l).tail.cast::<SemaWaiter<H>>();
            if last.is_null() {
                (*l).head = w.cast();
            } else {
                (*last).next = w;
            }
            (*l).tail = w.cast();
            self.park_on_g0(t, Some(unlock::<H>), l as usize, reason)
        }
    }

    /// Notifies every ticket taken so far.
    ///
    /// # Safety
    /// On g0 of a thread with a processor; `l` is valid, and only tasks of this scheduler wait on it.
    pub unsafe fn notify_all(&'static self, l: *mut NotifyList) {
        // SAFETY: a valid list; waiters taken off it are ours to ready.
        unsafe {
            let mut w = self.take_waiters(l);
            while !w.is_null() {
                let next = (*w).next;
                (*w).next = null_mut();
                self.ready((*w).task, true);
                w = next;
            }
        }
    }

    /// Notifies every ticket taken so far, but readies no task: the waiters, linked, which are the caller's to ready.
    ///
    /// # Safety
    /// `l` is valid, and only tasks of this scheduler wait on it.
    #[inline(always)]
    pub(crate) unsafe fn take_waiters(&self, l: *mut NotifyList) -> *mut SemaWaiter<H> {
        // SAFETY: a valid list; what is in it is ours under its lock.
        unsafe {
            if (*l).is_settled() {
                return null_mut();
            }
            (*l).lock.lock();
            let w = (*l).head.cast::<SemaWaiter<H>>();
            (*l).head = null_mut();
            (*l).tail = null_mut();
            // Tickets taken before this load are notified, also if their owners do not wait yet.
            let upto = (*l).wait.load(Ordering::SeqCst);
            (*l).notify.store(upto, Ordering::SeqCst);
            (*l).lock.unlock();
            w
        }
    }

    /// Notifies the lowest ticket that is not yet.
    ///
    /// # Safety
    /// As for [`Sched::notify_all`].
    pub unsafe fn notify_one(&'static self, l: *mut NotifyList) {
        // SAFETY: a valid list; what is in it is ours under its lock, and the waiter taken off the list is ours to ready.
        unsafe {
            if (*l).is_settled() {
                return;
            }
            (*l).lock.lock();
            let ticket = (*l).notify.load(Ordering::Relaxed);
            if ticket == (*l).wait.load(Ordering::SeqCst) {
                (*l).lock.unlock();
                return;
            }
            (*l).notify.store(ticket.wrapping_add(1), Ordering::SeqCst);
            // Owners may queue up in another order than that of their tickets, and this one may
            // not be here yet: it will see `notify` when it comes.
            let mut prev: *mut SemaWaiter<H> = null_mut();
            let mut w = (*l).head.cast::<SemaWaiter<H>>();
            while !w.is_null() && (*w).ticket != ticket {
                prev = w;
                w = (*w).next;
            }
            if !w.is_null() {
                let next = (*w).next;
                if prev.is_null() {
                    (*l).head = next.cast();
                } else {
                    (*prev).next = next;
                }
                if next.is_null() {
                    (*l).tail = prev.cast();
                }
                (*w).next = null_mut();
            }
            (*l).lock.unlock();
            if !w.is_null() {
                self.ready((*w).task, true);
            }
        }
    }
}

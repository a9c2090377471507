//! Records of waiting (`WaitRecord`): what a task that waits on a semaphore, on a notify list or for a time leaves where others
//! find it. It has one from the moment it is about to wait until it goes on, so descriptors, which are never freed, do not carry
//! it: there are as many as ever waited at once.
//!
//! A record is taken where a task begins to wait and given back where it goes on, which need not be the same processor. So
//! a processor keeps a few, and moves them to and from a shared list by the half.
//!
//! Records are never freed, but a stale pointer to one may lead to another task's: each way of waiting says
//! why no other thread touches a record once its task has been readied.

use core::ptr::null_mut;

use crate::ext::Ext;
use crate::host::Host;
use crate::model::{Proc, Sched, Spare, Task, WaitRecord};

/// A processor keeps fewer spare records than this, and gives half away when it reaches it.
const MOST: u32 = 64;

impl<H: Ext> Spare<H> {
    pub(crate) const fn new() -> Self {
        Spare { first: null_mut(), len: 0 }
    }

    /// # Safety
    /// `r` is a record that nothing uses, nor will until it is popped.
    #[inline]
    unsafe fn push(&mut self, r: *mut WaitRecord<H>) {
        // SAFETY: the record is ours (the caller's promise).
        unsafe { (*r).spare = self.first };
        self.first = r;
        self.len += 1;
    }

    /// One of them, or null.
    #[inline]
    fn pop(&mut self) -> *mut WaitRecord<H> {
        let r = self.first;
        if !r.is_null() {
            // SAFETY: records on the list are ours, and linked by `push`.
            self.first = unsafe { (*r).spare };
            self.len -= 1;
        }
        r
    }
}

impl<H: Host> Sched<H> {
    /// Gives `t`, which is about to wait, a record; its contents are whatever they were.
    ///
    /// # Safety
    /// `t` is this thread's task, without a record, and the thread holds a processor.
    #[inline]
    pub(crate) unsafe fn take_record(&self, t: *mut Task<H>) -> *mut WaitRecord<H> {
        // SAFETY: the processor is this thread's, and so are its records.
        unsafe {
            debug_assert!((*t).record.is_null());
            let p = (*(*t).thread).proc;
            let mut r = (*p).records.pop();
            if r.is_null() {
                r = self.more_records(p);
            }
            (*t).record = r;
            r
        }
    }

    /// Takes the record of `t` back.
    ///
    /// # Safety
    /// As for [`Sched::take_record`], but `t` has a record; nothing else refers to it.
    #[inline]
    pub(crate) unsafe fn give_record(&self, t: *mut Task<H>) {
        // SAFETY: the record is in no other hands (the caller's promise); the processor is this thread's.
        unsafe {
            let p = (*(*t).thread).proc;
            (*p).records.push((*t).record);
            (*t).record = null_mut();
            if (*p).records.len == MOST {
                self.share_records(p, MOST / 2);
            }
        }
    }

    /// A record for `p`, which has none: shared ones, else a new one.
    ///
    /// # Safety
    /// This thread holds `p`.
    #[cold]
    #[inline(never)]
    unsafe fn more_records(&self, p: *mut Proc<H>) -> *mut WaitRecord<H> {
        // SAFETY: this thread holds `p` (this function's contract), so its list is this thread's; what was popped off the shared
        // list is in no other hands and on no list.
        unsafe {
            let own = &mut (*p).records;
            self.shared_records(|shared| {
                while own.len < MOST / 2 {
                    let r = shared.pop();
                    if r.is_null() {
                        break;
                    }
                    own.push(r);
                }
            });
            match own.pop() {
                r if r.is_null() => self.record(WaitRecord { spare: null_mut() }),
                r => r,
            }
        }
    }

    /// Moves spare records of `p` to the shared list until it has at most `keep`.
    ///
    /// # Safety
    /// This thread holds `p`, or the world is stopped.
    #[cold]
    #[inline(never)]
    pub(crate) unsafe fn share_records(&self, p: *mut Proc<H>, keep: u32) {
        // SAFETY: the processor's records are ours (the caller's promise).
        let own = unsafe { &mut (*p).records };
        self.shared_records(|shared| {
            while own.len > keep {
                // SAFETY: it was spare.
                unsafe { shared.push(own.pop()) };
            }
        });
    }

    fn shared_records(&self, f: impl FnOnce(&mut Spare<H>)) {
        self.records_lock.lock();
        // SAFETY: the lock is held, and was taken above.
        unsafe {
            f(&mut *self.records.get());
            self.records_lock.unlock();
        }
    }
}

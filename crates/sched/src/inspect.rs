//! Read-only views of the scheduler, for debuggers and pictures: the feature `inspect`. Each is what it is while nothing else runs on the scheduler's
//! threads; else a glance at what changes meanwhile.

use crate::host::Host;
use crate::loom::Ordering;
use crate::proc::Proc;
use crate::queue::{CAPACITY, RunQueue};
use crate::task::Task;
use crate::thread::Thread;
use crate::{Sched, proc};

impl<T> RunQueue<T> {
    /// What is in the `next` slot, or null.
    pub fn next_slot(&self) -> *mut T {
        self.next.load(Ordering::Relaxed)
    }

    /// Calls `f` with what is in the ring, the head first.
    pub fn for_each(&self, mut f: impl FnMut(*mut T)) {
        let (head, tail) = (self.head.load(Ordering::Relaxed), self.tail.load(Ordering::Relaxed));
        for i in 0..tail.wrapping_sub(head).min(CAPACITY as u32) {
            f(self.slot(head.wrapping_add(i)).load(Ordering::Relaxed));
        }
    }
}

/// What a processor is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Use {
    /// It is on the list of idle ones.
    Idle,
    /// A thread holds it.
    Held,
    /// A thread in a system call has left it behind, and may find it there when it comes back.
    Left,
    /// The world is stopped, or it is one too many.
    Stopped,
}

impl<H: Host> Proc<H> {
    /// What it is about.
    pub fn in_use(&self) -> Use {
        match self.status.load(core::sync::atomic::Ordering::Relaxed) {
            proc::Status::Idle | proc::Status::Offered => Use::Idle,
            proc::Status::Running => Use::Held,
            proc::Status::Syscall => Use::Left,
            proc::Status::Stopped | proc::Status::Withheld | proc::Status::Dead => Use::Stopped,
        }
    }
}

impl<H: Host> Sched<H> {
    /// Calls `f` with each task of the global queue, the first first. The scheduler is locked: `f` must not enter it.
    pub fn for_each_global(&self, mut f: impl FnMut(*mut Task<H>)) {
        self.locked(|c| {
            let mut t = c.global.head;
            while !t.is_null() {
                f(t);
                // SAFETY: descriptors are never freed, and the list is ours under the lock.
                t = unsafe { (*t).link };
            }
        });
    }

    /// Calls `f` with each thread that sleeps for want of work, the one that is woken next first. The scheduler is locked: `f` must not enter it.
    pub fn for_each_idle_thread(&self, mut f: impl FnMut(*mut Thread<H>)) {
        self.locked(|c| {
            let mut m = c.idle_threads;
            while !m.is_null() {
                f(m);
                // SAFETY: descriptors are never freed, and the list is ours under the lock.
                m = unsafe { (*m).link };
            }
        });
    }
}

//! The maker: the thread that makes threads where others must not.
//!
//! A new thread inherits from the one that makes it what the kernel keeps for each: working directory and namespaces if these
//! were unshared, user, priority, processors. A task that locks itself to its thread may change all that, and no other task may
//! see it. So before the first task is locked to its thread ([`Sched::begin_maker`]) a thread is made that never runs any, and
//! from then on, where a thread is needed and the one that notices has a locked task, or had one, the maker makes it. No thread
//! waits for it: the descriptor, with its processor in it, is put on a list.

use core::ptr::null_mut;
use core::sync::atomic::Ordering;

use crate::Sched;
use crate::host::Host;
use crate::thread::Thread;

impl<H: Host> Sched<H> {
    /// To be called before a task is locked to its thread by [`Sched::lock_thread`], if the embedder's threads inherit what
    /// tasks may change. Costs a load, except for the first time: then it makes the maker. On g0.
    #[inline]
    pub fn begin_maker(&'static self) {
        if !self.maker.load(Ordering::Relaxed) {
            self.make_maker();
        }
    }

    #[cold]
    #[inline(never)]
    fn make_maker(&'static self) {
        if self.maker.swap(true, Ordering::SeqCst) {
            // Another task makes it. The maker finds requests on its list when it runs.
            return;
        }
        // SAFETY: the function takes a descriptor of this scheduler's on its thread, and loops forever.
        let m = unsafe { self.new_system_thread(Self::maker_main) };
        self.add_system_thread();
        self.make_here(m);
    }

    /// Makes the OS thread behind `m`, or has it made.
    pub(crate) fn make(&'static self, m: *mut Thread<H>) {
        if !self.is_clean() {
            self.locked(|c| {
                // SAFETY: the descriptor is new or recycled, and on no list.
                unsafe { (*m).link = c.to_make };
                c.to_make = m;
            });
            self.maker_note.wakeup();
            return;
        }
        self.make_here(m);
    }

    fn make_here(&'static self, m: *mut Thread<H>) {
        // SAFETY: no thread runs on the descriptor yet.
        if let Err(e) = unsafe { self.host.start_thread(m) } {
            self.host.thread_failed(self.thread_count(), e);
        }
    }

    /// Whether what this thread makes inherits nothing that a task changed.
    fn is_clean(&self) -> bool {
        if !self.maker.load(Ordering::SeqCst) {
            return true;
        }
        let t = self.host.current();
        // SAFETY: the per-thread word is null on threads that the scheduler does not know, else a task with its thread.
        t.is_null()
            || unsafe {
                let m = (*t).thread;
                // A thread whose locked task has ended hands its processor on before it ends too.
                (*m).locked_external == 0 && (*m).ending.load(Ordering::Relaxed) == 0
            }
    }

    /// What the maker does.
    ///
    /// # Safety
    /// `m` is this thread, the maker's own.
    unsafe fn maker_main(m: *mut Thread<H>) {
        // SAFETY: descriptors point to the scheduler they belong to, which lives forever.
        let sched: &'static Self = unsafe { &*(*m).sched };
        loop {
            // What was asked for before the maker ran has rung already.
            sched.maker_note.sleep();
            sched.maker_note.clear();
            let mut list = sched.locked(|c| core::mem::replace(&mut c.to_make, null_mut()));
            while !list.is_null() {
                let m = list;
                // SAFETY: it was on the list, which is ours.
                unsafe { list = core::mem::replace(&mut (*m).link, null_mut()) };
                sched.make_here(m);
            }
        }
    }
}

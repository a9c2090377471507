//! What a debugger or a picture of a channel is made from (feature `inspect`): who waits at it, in what order, and what is in its buffer.
//! Everything here only reads, and nothing of it is compiled without the feature.

use crate::chan::{Chan, Waiter};

/// One end of a channel, as a queue of tasks that wait there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// Those that wait to send.
    Senders,
    /// Those that wait to receive.
    Receivers,
}

impl Chan {
    /// Calls `f` with each task that waits at an end, first come first, under the channel's lock: `f` must not use the channel. One of a
    /// select that was won elsewhere may still be among them.
    pub fn for_each_waiter(&self, end: End, mut f: impl FnMut(&Waiter)) {
        self.lock();
        // SAFETY: the lock is held until after the last look; what is queued is valid and changed under the lock only. It is released once.
        unsafe {
            let queue = match end {
                End::Senders => &self.senders,
                End::Receivers => &self.receivers,
            };
            let mut w = queue.head();
            while !w.is_null() {
                f(&*w);
                w = (*w).next;
            }
            self.unlock();
        }
    }

    /// Calls `f` with the number of each slot of the buffer that holds an element ([`Chan::slot`]), the oldest first, under the channel's lock.
    pub fn for_each_buffered(&self, f: impl FnMut(usize)) {
        self.lock();
        let (first, n) = (self.recv_index.get(), self.len());
        (0..n).map(|i| (first + i) % self.cap().max(1)).for_each(f);
        // SAFETY: taken above.
        unsafe { self.unlock() };
    }
}

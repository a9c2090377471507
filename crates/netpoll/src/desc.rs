//! A descriptor that is watched ([`Desc`]): who waits for it to become readable or writable, until when, and whether it is being closed.
//!
//! What may happen at the same time, and how it is kept apart:
//!
//! - **A task that waits, and an event.** The task leaves its word in a `Side`, the event takes it from there, in one exchange each.
//! - **A task that waits, and a cause not to** (a deadline that has passed, a close). The task leaves its word, *then* looks at the
//!   flags; the cause publishes its flag, *then* looks for a word. Both are SeqCst, so one of them sees the other, and of two that take
//!   the word back one succeeds: a task is readied once, or goes on by itself.
//! - **Deadlines, changed and passing.** Under the lock. There is one timer a descriptor, for the earlier of its two deadlines; each
//!   time that it is started or stopped the sequence number goes up, and a timer that expires with another does nothing. A deadline
//!   that moves away lets the timer be: when that expires, it is started again for what is left. So to push a deadline on before each
//!   of many operations, as servers do, is a store, and does not touch the embedder's timers.
//! - **A descriptor that is closed, and an event of it that is still on its way.** Each life has a generation of 32 bits, which the kernel
//!   hands back with each event. The descriptor's memory is used again, and never freed.

use core::cell::UnsafeCell;
use core::sync::atomic::AtomicI32;
use core::sync::atomic::Ordering::Relaxed;

use goxide_sys::RawMutex;

use crate::info::{ERROR, Info, READS_LATE, SHUT, WRITES_LATE};
use crate::seam::{Host, Key, Task};
use crate::side::{Parked, Side};

/// What is waited for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Direction {
    /// To become readable.
    Read,
    /// To become writable.
    Write,
}

/// Which deadlines are meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Which {
    /// That for reading.
    Read,
    /// That for writing.
    Write,
    /// Both.
    Both,
}

/// Why there is no point in waiting.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cause {
    /// The descriptor is being closed.
    Closing,
    /// The deadline has passed.
    TimedOut,
    /// The last event was an error and nothing else; reported to readers (a writer learns more from its write).
    Failed,
}

/// What became of a task that was to be parked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Park {
    /// It waits, and may have been readied already: whoever parked it must not touch it any more.
    Waits,
    /// It need not wait, or must not: it is the caller's still, and [`Poller::wait_over`](crate::Poller::wait_over) says which.
    GoOn,
    /// Another task waits for the same. This one is the caller's still.
    Busy,
}

/// The descriptor is not in the state that the call needs. Nothing was changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Misuse {
    /// It is shut already.
    ShutTwice,
    /// It was not shut before it was closed.
    NotShut,
    /// A task waits for it in this direction.
    Waiting(Direction),
}

/// Tasks that are the caller's to ready.
pub(crate) struct Woken<T>(pub(crate) [Option<T>; 2]);

impl<T> Woken<T> {
    pub(crate) fn len(&self) -> u32 {
        self.0.iter().flatten().count() as u32
    }
}

/// Deadlines: 0 for none, negative for one that has passed, else the time on the host's clock.
pub(crate) struct Deadlines {
    read: i64,
    write: i64,
    /// For when the timer is started; 0 if it is not.
    armed: i64,
    /// Of the last start or stop of the timer, through all lives.
    seq: usize,
    shut: bool,
}

/// A descriptor that is watched; see the module's header. All zero bytes, but for the index: one without a life.
#[repr(C)]
pub struct Desc<H: Host> {
    read: Side,
    write: Side,
    info: Info,
    /// Where it is in the pool.
    pub(crate) index: u32,
    fd: AtomicI32,
    /// The next free one; the pool's.
    pub(crate) next_free: UnsafeCell<*mut Desc<H>>,
    lock: RawMutex,
    deadlines: UnsafeCell<Deadlines>,
    timer: UnsafeCell<H::Timer>,
}

// SAFETY: what is not atomic is guarded by `lock`, or by the pool's; the timer is the host's, which says how it is used.
unsafe impl<H: Host> Sync for Desc<H> {}
// SAFETY: nothing in it belongs to a thread: the host's timer is reached under the lock, from any.
unsafe impl<H: Host> Send for Desc<H> {}

impl<H: Host> Desc<H> {
    /// A descriptor outside of a pool, for models.
    ///
    /// # Safety
    /// All zero bytes are a value of the host's timer.
    #[cfg(any(test, loom))]
    pub unsafe fn alone() -> Desc<H> {
        Desc {
            read: Side::new(),
            write: Side::new(),
            info: Info::new(),
            index: 0,
            fd: AtomicI32::new(0),
            next_free: UnsafeCell::new(core::ptr::null_mut()),
            lock: RawMutex::new(),
            deadlines: UnsafeCell::new(Deadlines { read: 0, write: 0, armed: 0, seq: 0, shut: false }),
            // SAFETY: this function's contract.
            timer: UnsafeCell::new(unsafe { core::mem::zeroed() }),
        }
    }

    fn side(&self, d: Direction) -> &Side {
        match d {
            Direction::Read => &self.read,
            Direction::Write => &self.write,
        }
    }

    fn locked<R>(&self, f: impl FnOnce(&mut Deadlines) -> R) -> R {
        self.lock.lock();
        // SAFETY: the lock is held, and `f` gets no way to this descriptor but through the argument.
        let r = f(unsafe { &mut *self.deadlines.get() });
        // SAFETY: taken above.
        unsafe { self.lock.unlock() };
        r
    }

    /// The number of the descriptor that is watched.
    pub fn fd(&self) -> i32 {
        self.fd.load(Relaxed)
    }

    /// The generation of this life; events carry it.
    pub fn generation(&self) -> u32 {
        self.info.generation()
    }

    /// What the host is told of its timer.
    fn key(&self) -> Key<H> {
        // SAFETY: the word of a key is the address of its descriptor.
        unsafe { Key::from_word(core::ptr::from_ref(self) as usize) }
    }

    /// A life begins: that of generation `generation`, for `fd`.
    pub fn open(&self, fd: i32, generation: u32) {
        self.locked(|d| {
            self.fd.store(fd, Relaxed);
            *d = Deadlines { read: 0, write: 0, armed: 0, seq: d.seq, shut: false };
            self.info.open(generation);
            self.read.open(generation);
            self.write.open(generation);
        });
    }

    /// The life ends: its generation is over.
    ///
    /// # Errors
    /// If it was not shut, or a task waits.
    pub fn end(&self) -> Result<(), Misuse> {
        self.locked(|d| {
            if !d.shut {
                return Err(Misuse::NotShut);
            }
            for way in [Direction::Write, Direction::Read] {
                if self.side(way).is_awaited() {
                    return Err(Misuse::Waiting(way));
                }
            }
            let next = self.info.generation().wrapping_add(1);
            self.info.open(next);
            self.info.publish(SHUT);
            Ok(())
        })
    }

    /// Why not to wait, if there is a cause.
    ///
    /// # Errors
    /// The cause.
    #[inline]
    pub fn check(&self, d: Direction) -> Result<(), Cause> {
        let flags = self.info.flags();
        if flags == 0 {
            return Ok(());
        }
        let late = match d {
            Direction::Read => READS_LATE,
            Direction::Write => WRITES_LATE,
        };
        if flags & SHUT != 0 {
            Err(Cause::Closing)
        } else if flags & late != 0 {
            Err(Cause::TimedOut)
        } else if flags & ERROR != 0 && d == Direction::Read {
            Err(Cause::Failed)
        } else {
            Ok(())
        }
    }

    /// Takes readiness if it is there.
    #[inline]
    pub fn take(&self, d: Direction) -> bool {
        self.side(d).take()
    }

    /// Forgets readiness.
    #[inline]
    pub fn forget(&self, d: Direction) {
        self.side(d).reset();
    }

    /// Whether a task waits.
    pub fn is_awaited(&self, d: Direction) -> bool {
        self.side(d).is_awaited()
    }

    /// Parks `task`, which may be readied from then on.
    pub fn park(&self, d: Direction, task: H::Task) -> Park {
        let word = task.into_word() as u64;
        let side = self.side(d);
        match side.park(word) {
            Parked::Ready => Park::GoOn,
            Parked::Busy => Park::Busy,
            // A cause that was published before this look is seen; one that comes later sees the task.
            Parked::Waits if self.check(d).is_err() && side.unpark(word) => Park::GoOn,
            Parked::Waits => Park::Waits,
        }
    }

    /// An event of generation `generation`.
    pub(crate) fn signal(&self, generation: u32, read: bool, write: bool, error: bool) -> Woken<H::Task> {
        if !self.info.event(generation, error) {
            return Woken([None, None]);
        }
        Woken([
            if read { self.read.signal(generation) } else { None },
            if write { self.write.signal(generation) } else { None },
        ])
    }

    /// Takes the task that waits back, without a cause.
    #[cfg(not(loom))]
    pub(crate) fn cancel(&self, d: Direction) -> Option<H::Task> {
        self.side(d).interrupt()
    }

    /// Sets deadlines: 0 for none, negative for one that has passed, else the time on the host's clock. Nothing if it is shut.
    pub(crate) fn set_deadline(&self, host: &H, which: Which, at: i64) -> Woken<H::Task> {
        self.locked(|d| {
            if d.shut {
                return Woken([None, None]);
            }
            if which != Which::Write {
                d.read = at;
            }
            if which != Which::Read {
                d.write = at;
            }
            self.publish(d);
            self.arm(host, d);
            self.interrupt_late(d)
        })
    }

    /// The timer has expired that was started with `seq`.
    pub(crate) fn expire(&self, host: &H, seq: usize) -> Woken<H::Task> {
        self.locked(|d| {
            if d.seq != seq {
                return Woken([None, None]);
            }
            d.armed = 0;
            let now = host.now();
            for at in [&mut d.read, &mut d.write] {
                if *at > 0 && *at <= now {
                    *at = -1;
                }
            }
            self.publish(d);
            self.arm(host, d);
            self.interrupt_late(d)
        })
    }

    /// The descriptor is to be closed: the tasks that wait for it go on, and no other will wait.
    ///
    /// # Errors
    /// If that was called before.
    pub(crate) fn shut(&self, host: &H) -> Result<Woken<H::Task>, Misuse> {
        self.locked(|d| {
            if d.shut {
                return Err(Misuse::ShutTwice);
            }
            d.shut = true;
            (d.read, d.write) = (0, 0);
            self.publish(d);
            self.arm(host, d);
            Ok(Woken([self.read.interrupt(), self.write.interrupt()]))
        })
    }

    /// The flags as `d` has them.
    fn publish(&self, d: &Deadlines) {
        let mut flags = if d.shut { SHUT } else { 0 };
        if d.read < 0 {
            flags |= READS_LATE;
        }
        if d.write < 0 {
            flags |= WRITES_LATE;
        }
        self.info.publish(flags);
    }

    /// Takes the tasks whose deadline has passed, which has been published.
    fn interrupt_late(&self, d: &Deadlines) -> Woken<H::Task> {
        Woken([
            if d.read < 0 { self.read.interrupt() } else { None },
            if d.write < 0 { self.write.interrupt() } else { None },
        ])
    }

    /// Brings the timer in line with the deadlines.
    fn arm(&self, host: &H, d: &mut Deadlines) {
        let next = match (d.read.max(0), d.write.max(0)) {
            (0, at) | (at, 0) => at,
            (read, write) => read.min(write),
        };
        // SAFETY: the lock is held: one call at a time; descriptors are never freed.
        unsafe {
            if next == 0 {
                if d.armed != 0 {
                    d.armed = 0;
                    d.seq = d.seq.wrapping_add(1);
                    host.stop_timer(self.timer.get(), self.key());
                }
            } else if d.armed == 0 || next < d.armed {
                d.armed = next;
                d.seq = d.seq.wrapping_add(1);
                host.start_timer(self.timer.get(), self.key(), next, d.seq);
            }
        }
    }
}

/// The steps that belong to the poller, for models: each says by how much the number of waiting tasks has fallen.
#[cfg(loom)]
impl<H: Host> Desc<H> {
    fn ready_all(host: &H, woken: Woken<H::Task>) -> u32 {
        let n = woken.len();
        for task in woken.0.into_iter().flatten() {
            // SAFETY: taken from where it waited, so to ready it is this call's duty alone.
            unsafe { host.ready(task) };
        }
        n
    }

    /// An event.
    pub fn model_signal(&self, host: &H, generation: u32) -> u32 {
        Self::ready_all(host, self.signal(generation, true, true, false))
    }

    /// `Poller::set_deadline`.
    pub fn model_set_deadline(&self, host: &H, which: Which, at: i64) -> u32 {
        Self::ready_all(host, self.set_deadline(host, which, at))
    }

    /// `Poller::expire`.
    pub fn model_expire(&self, host: &H, seq: usize) -> u32 {
        Self::ready_all(host, self.expire(host, seq))
    }

    /// `Poller::shut`.
    pub fn model_shut(&self, host: &H) -> u32 {
        match self.shut(host) {
            Ok(woken) => Self::ready_all(host, woken),
            Err(misuse) => panic!("{misuse:?}"),
        }
    }
}

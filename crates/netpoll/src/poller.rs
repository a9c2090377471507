//! The poller ([`Poller`]): an epoll instance, the descriptors that it watches, and how a wait in it is interrupted.
//!
//! Descriptors are watched for everything, once, edge-triggered: each event is remembered in the descriptor until a task takes it.
//! A wait is interrupted by an event descriptor (a pipe, where those are refused), level-triggered: a wait for a time reads it, a mere
//! look lets it be, since it is meant for another. It is written to once until it is read.

use core::mem::MaybeUninit;
use core::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, Ordering};

use goxide_sys::epoll::{self, Event, EventFlags};
use goxide_sys::{Errno, RawMutex};

use crate::desc::{Cause, Desc, Direction, Misuse, Park, Which, Woken};
use crate::pool::Pool;
use crate::seam::{Host, Key};

/// Events that one call of [`Poller::poll`] takes from the kernel at most: 1.5 to 2 KiB of stack.
const BATCH: usize = 128;

/// The word of the event descriptor: an index that no descriptor has.
const BELL: u64 = u64::MAX;

/// See the module's header. All zero bytes (if the host's are): not started.
pub struct Poller<H: Host> {
    host: H,
    /// Tasks that wait.
    waiters: AtomicU32,
    /// The instance, and one more than it: 0 for none.
    epoll: AtomicI32,
    /// The event descriptor, in the same way; or the pipe's end that is read.
    bell: AtomicI32,
    /// The same, or the pipe's end that is written to.
    rope: AtomicI32,
    /// It was written to, and not read since.
    rung: AtomicBool,
    /// The kernel waits in milliseconds.
    coarse: AtomicBool,
    starting: RawMutex,
    pool: Pool<H>,
}

impl<H: Host> Poller<H> {
    /// A poller that is not started, and owns `host`.
    pub const fn new(host: H) -> Self {
        Poller {
            host,
            waiters: AtomicU32::new(0),
            epoll: AtomicI32::new(0),
            bell: AtomicI32::new(0),
            rope: AtomicI32::new(0),
            rung: AtomicBool::new(false),
            coarse: AtomicBool::new(false),
            starting: RawMutex::new(),
            pool: Pool::new(),
        }
    }

    /// The embedder.
    pub fn host(&self) -> &H {
        &self.host
    }

    /// Makes the epoll instance, unless it is there; whether this call did.
    ///
    /// # Errors
    /// Those of the system calls: there are too many descriptors, or no memory.
    pub fn start(&self) -> Result<bool, Errno> {
        if self.is_started() {
            return Ok(false);
        }
        self.starting.lock();
        let result = if self.is_started() { Ok(false) } else { self.make().map(|()| true) };
        // SAFETY: taken above.
        unsafe { self.starting.unlock() };
        result
    }

    fn make(&self) -> Result<(), Errno> {
        let ep = epoll::create()?;
        let bell = epoll::bell().inspect_err(|_| {
            // SAFETY: made above, and known to nothing else.
            unsafe { goxide_sys::io::close(ep) }
        })?;
        epoll::add(ep, bell.heard, BELL, EventFlags::IN).inspect_err(|_| {
            // SAFETY: made above, and known to nothing else.
            unsafe {
                bell.close();
                goxide_sys::io::close(ep);
            }
        })?;
        self.bell.store(bell.heard + 1, Ordering::Relaxed);
        self.rope.store(bell.rung + 1, Ordering::Relaxed);
        // Release: pairs with the acquire in `is_started`.
        self.epoll.store(ep + 1, Ordering::Release);
        Ok(())
    }

    /// Whether the poller was started.
    #[inline]
    pub fn is_started(&self) -> bool {
        self.epoll.load(Ordering::Acquire) != 0
    }

    /// Whether `fd` is one of the poller's own.
    pub fn owns(&self, fd: i32) -> bool {
        fd >= 0
            && self.is_started()
            && [&self.epoll, &self.bell, &self.rope].iter().any(|own| own.load(Ordering::Relaxed) - 1 == fd)
    }

    /// How many tasks wait.
    #[inline]
    pub fn waiters(&self) -> u32 {
        self.waiters.load(Ordering::SeqCst)
    }

    // ---- descriptors ----

    /// Watches `fd` from now on, in both directions.
    ///
    /// # Errors
    /// That of the system call: `EPERM` if `fd` is of a kind that is always ready, as files are; `ENOMEM`.
    pub fn open(&self, fd: i32) -> Result<&'static Desc<H>, Errno> {
        let desc = self.pool.take(&self.host).ok_or(Errno::NOMEM)?;
        let generation = desc.generation().wrapping_add(1);
        desc.open(fd, generation);
        let events = EventFlags::IN | EventFlags::OUT | EventFlags::RDHUP | EventFlags::ET;
        let word = u64::from(generation) << 32 | u64::from(desc.index);
        match epoll::add(self.epoll.load(Ordering::Acquire) - 1, fd, word, events) {
            Ok(()) => Ok(desc),
            Err(e) => {
                // SAFETY: taken from the pool above, and known to nothing else.
                unsafe { self.pool.give(desc) };
                Err(e)
            }
        }
    }

    /// The descriptor is to be closed: the tasks that wait for it go on, with [`Cause::Closing`], and no other will wait.
    ///
    /// # Errors
    /// If it is shut already.
    pub fn shut(&self, desc: &Desc<H>) -> Result<(), Misuse> {
        self.wake(desc.shut(&self.host)?);
        Ok(())
    }

    /// Watches a descriptor no more, that was [shut](Poller::shut). Call it before the descriptor itself is closed.
    ///
    /// # Errors
    /// If it was not shut, or a task waits.
    ///
    /// # Safety
    /// `desc` came from [`Poller::open`] of this poller, and is not used any more.
    pub unsafe fn close(&self, desc: &Desc<H>) -> Result<(), Misuse> {
        let fd = desc.fd();
        desc.end()?;
        // A failure means that the kernel does not watch it (any more): as it should be. Its events are of a life that is over.
        let _ = epoll::delete(self.epoll.load(Ordering::Acquire) - 1, fd);
        // SAFETY: given back once, as it is not used any more (this function's contract).
        unsafe { self.pool.give(desc) };
        Ok(())
    }

    /// A descriptor is to be used in direction `d`: forgets what has been said of it so far.
    ///
    /// # Errors
    /// If there is no point in using it.
    #[inline]
    pub fn reset(&self, desc: &Desc<H>, d: Direction) -> Result<(), Cause> {
        desc.check(d)?;
        desc.forget(d);
        Ok(())
    }

    // ---- waiting ----

    /// The first half of a wait: whether the descriptor is ready. If not, [park](Poller::park) the task.
    ///
    /// # Errors
    /// If there is no point in waiting.
    #[inline]
    pub fn wait(&self, desc: &Desc<H>, d: Direction) -> Result<bool, Cause> {
        desc.check(d)?;
        Ok(desc.take(d))
    }

    /// Leaves `task` to be readied when the descriptor is ready, or when there is a cause not to wait. Called when the task can be
    /// readied: with [`Park::Waits`] it may run already.
    pub fn park(&self, desc: &Desc<H>, d: Direction, task: H::Task) -> Park {
        // Before the task can be taken, so that the count is never below the truth.
        self.waiters.fetch_add(1, Ordering::SeqCst);
        let park = desc.park(d, task);
        if park != Park::Waits {
            self.waiters.fetch_sub(1, Ordering::SeqCst);
        }
        park
    }

    /// Takes back the task that waits, which is the caller's then; none if it was taken otherwise, or none waits.
    pub fn cancel(&self, desc: &Desc<H>, d: Direction) -> Option<H::Task> {
        let task = desc.cancel(d)?;
        self.waiters.fetch_sub(1, Ordering::SeqCst);
        Some(task)
    }

    /// The second half, when the task runs again: whether the descriptor is ready. If not, the wait begins anew (a deadline
    /// had passed, and was moved on before the task ran).
    ///
    /// # Errors
    /// If the descriptor is not ready, and there is no point in waiting.
    #[inline]
    pub fn wait_over(&self, desc: &Desc<H>, d: Direction) -> Result<bool, Cause> {
        if desc.take(d) {
            return Ok(true);
        }
        desc.check(d)?;
        Ok(false)
    }

    // ---- deadlines ----

    /// Sets deadlines: 0 for none, negative for one that has passed, else the time on the host's clock. Tasks that wait are
    /// bound by them. Nothing if the descriptor is shut.
    pub fn set_deadline(&self, desc: &Desc<H>, which: Which, at: i64) {
        self.wake(desc.set_deadline(&self.host, which, at));
    }

    /// A descriptor's timer has expired, which was started with `seq`.
    pub fn expire(&self, key: Key<H>, seq: usize) {
        // SAFETY: a key's word is the address of a descriptor of this host's, which is never freed.
        let desc = unsafe { &*(key.into_word() as *const Desc<H>) };
        self.wake(desc.expire(&self.host, seq));
    }

    fn wake(&self, woken: Woken<H::Task>) {
        let n = woken.len();
        if n != 0 {
            self.waiters.fetch_sub(n, Ordering::SeqCst);
        }
        for task in woken.0.into_iter().flatten() {
            // SAFETY: taken from where it waited, so to ready it is this call's duty alone.
            unsafe { self.host.ready(task) };
        }
    }

    // ---- polling ----

    /// Waits until a descriptor is ready, for `ns` nanoseconds at most (negative: for as long as it takes; 0: not at all), and gives
    /// the tasks that waited for those that are to `out`, which has the duty to ready each. Comes back early, perhaps without any, when
    /// [interrupted](Poller::interrupt), or for no reason. Any number of threads may call it, but an interruption ends the wait of one.
    ///
    /// # Errors
    /// That of the system call: the instance is not one any more, since the program has closed what was not its own.
    pub fn poll(&self, ns: i64, mut out: impl FnMut(H::Task)) -> Result<(), Errno> {
        let ep = self.epoll.load(Ordering::Acquire) - 1;
        let mut room = [const { MaybeUninit::<Event>::uninit() }; BATCH];
        let events = match epoll::wait(ep, &mut room, ns, &self.coarse) {
            Ok(events) => events,
            // A signal came. Who waits for a time finds out again for how long.
            Err(Errno::INTR) => return Ok(()),
            Err(e) => return Err(e),
        };
        let mut n = 0;
        for event in events {
            let (word, flags) = (event.data.u64(), event.flags);
            if word == BELL {
                if ns != 0 {
                    self.hush();
                }
                continue;
            }
            let hang_up = flags.intersects(EventFlags::HUP | EventFlags::ERR);
            let read = hang_up || flags.intersects(EventFlags::IN | EventFlags::RDHUP);
            let write = hang_up || flags.contains(EventFlags::OUT);
            let Some(desc) = self.pool.get(word as u32) else { continue };
            let woken = desc.signal((word >> 32) as u32, read, write, flags == EventFlags::ERR);
            for task in woken.0.into_iter().flatten() {
                n += 1;
                out(task);
            }
        }
        if n != 0 {
            self.waiters.fetch_sub(n, Ordering::SeqCst);
        }
        Ok(())
    }

    /// Makes a [`poll`](Poller::poll) that waits come back, or the next one that would.
    pub fn interrupt(&self) {
        // AcqRel: what the caller did before is seen by the one that comes back; pairs with `hush`.
        if !self.rung.swap(true, Ordering::AcqRel) {
            let rope = self.rope.load(Ordering::Relaxed) - 1;
            // EINTR is the only failure that leaves the descriptor as it was.
            while goxide_sys::io::write(rope, &1u64.to_ne_bytes()) == Err(Errno::INTR) {}
        }
    }

    /// Takes the interruption, which this thread has seen.
    fn hush(&self) {
        let bell = self.bell.load(Ordering::Relaxed) - 1;
        let mut count = [0; 8];
        // Read first: an interruption between the two is then coalesced into this one, whose thread has not looked at anything yet.
        while goxide_sys::io::read(bell, &mut count) == Err(Errno::INTR) {}
        // AcqRel: pairs with the exchange in `interrupt`, whose caller may have relied on this thread.
        self.rung.swap(false, Ordering::AcqRel);
    }
}

//! The poller for Rust programs: a [`Reactor`] over which OS threads wait ([`Watched::wait`], [`Watched::io`]) and futures do
//! ([`Watched::poll_ready`]), with deadlines. It answers the seam with `Waker`s for tasks and a tree for timers.
//!
//! No executor is here, and no type for sockets: what is watched is any descriptor that can be made non-blocking.

use std::alloc::Layout;
use std::collections::BTreeMap;
use std::io::{Error, ErrorKind, Result};
use std::os::fd::{AsFd, AsRawFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::{Duration, Instant};

use crate::desc::{Cause, Desc, Park};
pub use crate::desc::{Direction, Which};
use crate::poller::Poller;
use crate::seam::{Host, Key};

/// The answers to the seam.
struct Os {
    began: Instant,
    /// By time and the descriptor's key: the sequence number.
    timers: Mutex<BTreeMap<(i64, usize), usize>>,
    /// A timer was started that is earlier than what the thread that polls may know of.
    earlier: AtomicBool,
}

// SAFETY: memory is zeroed and leaked; a timer that was stopped is not in the tree any more.
unsafe impl Host for Os {
    type Task = *mut Waker;
    /// When it is due; 0: it does not run.
    type Timer = i64;

    fn now(&self) -> i64 {
        i64::try_from(self.began.elapsed().as_nanos()).unwrap_or(i64::MAX).max(1)
    }

    unsafe fn ready(&self, task: *mut Waker) {
        // SAFETY: `Watched::park` made it of a box, and to ready it is this call's duty alone (the method's contract).
        unsafe { Box::from_raw(task) }.wake();
    }

    unsafe fn start_timer(&self, timer: *mut i64, key: Key<Os>, when: i64, seq: usize) {
        let mut timers = lock(&self.timers);
        // SAFETY: one call at a time for a descriptor (the method's contract).
        let old = unsafe { timer.replace(when) };
        timers.remove(&(old, key.into_word()));
        let first = timers.first_key_value().is_none_or(|(&(t, _), _)| when < t);
        timers.insert((when, key.into_word()), seq);
        if first {
            self.earlier.store(true, Ordering::Release);
        }
    }

    unsafe fn stop_timer(&self, timer: *mut i64, key: Key<Os>) {
        let mut timers = lock(&self.timers);
        // SAFETY: one call at a time for a descriptor (the method's contract).
        let old = unsafe { timer.replace(0) };
        timers.remove(&(old, key.into_word()));
    }

    unsafe fn alloc(&self, bytes: usize, align: usize) -> *mut u8 {
        match Layout::from_size_align(bytes, align) {
            // SAFETY: a descriptor has a size.
            Ok(layout) => unsafe { std::alloc::alloc_zeroed(layout) },
            Err(_) => std::ptr::null_mut(),
        }
    }
}

/// The lock of a tree that no panic leaves in pieces.
fn lock<T>(m: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    m.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// A poller and its timers. It lives as long as the process, as do its descriptors: as many as were ever watched at once.
pub struct Reactor {
    poller: Poller<Os>,
}

impl std::fmt::Debug for Reactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reactor").finish_non_exhaustive()
    }
}

impl Reactor {
    /// A reactor that the caller [turns](Reactor::turn).
    ///
    /// # Errors
    /// There are too many descriptors, or no memory.
    pub fn new() -> Result<&'static Reactor> {
        let host = Os { began: Instant::now(), timers: Mutex::default(), earlier: AtomicBool::new(false) };
        let reactor: &'static Reactor = Box::leak(Box::new(Reactor { poller: Poller::new(host) }));
        reactor.poller.start().map_err(|e| Error::from_raw_os_error(e.0))?;
        Ok(reactor)
    }

    /// A reactor with a thread that turns it.
    ///
    /// # Errors
    /// As for [`Reactor::new`]; the thread cannot be made.
    pub fn start() -> Result<&'static Reactor> {
        let reactor = Reactor::new()?;
        std::thread::Builder::new().name("netpoll".into()).spawn(move || {
            loop {
                if let Err(e) = reactor.turn(None) {
                    eprintln!("goxide-netpoll: the descriptor of epoll was closed by something else: {e}");
                    std::process::abort();
                }
            }
        })?;
        Ok(reactor)
    }

    /// Waits until something is ready or due, at most for `most`, and wakes what waits for it. One thread at a time.
    ///
    /// # Errors
    /// The epoll instance was closed by something else.
    pub fn turn(&self, most: Option<Duration>) -> Result<()> {
        let host = self.poller.host();
        host.earlier.store(false, Ordering::Release);
        let next = lock(&host.timers).first_key_value().map(|(&(when, _), _)| when);
        let most = most.map_or(-1, |d| i64::try_from(d.as_nanos()).unwrap_or(i64::MAX));
        let until = next.map_or(-1, |when| (when - host.now()).max(0));
        let ns = if most < 0 || (until >= 0 && until < most) { until } else { most };
        let mut ready = Vec::new();
        self.poller.poll(ns, |task| ready.push(task)).map_err(|e| Error::from_raw_os_error(e.0))?;
        for task in ready {
            // SAFETY: the poller gives each task once, with the duty to ready it.
            unsafe { host.ready(task) };
        }
        loop {
            let now = host.now();
            let mut timers = lock(&host.timers);
            let Some((&(when, key), &seq)) = timers.first_key_value() else { return Ok(()) };
            if when > now {
                return Ok(());
            }
            timers.remove(&(when, key));
            drop(timers);
            // SAFETY: a key's word, as `start_timer` put it there.
            self.poller.expire(unsafe { Key::from_word(key) }, seq);
        }
    }

    /// Watches `io` from now on. It must be non-blocking.
    ///
    /// # Errors
    /// `PermissionDenied` if it is of a kind that is always ready, as files are; there is no memory.
    pub fn watch<T: AsFd>(&'static self, io: T) -> Result<Watched<T>> {
        match self.poller.open(io.as_fd().as_raw_fd()) {
            Ok(desc) => Ok(Watched { reactor: self, desc, io }),
            Err(e) => Err(Error::from_raw_os_error(e.0)),
        }
    }

    /// A timer may be due earlier than the thread that polls knows of.
    fn tell(&self) {
        if self.poller.host().earlier.swap(false, Ordering::AcqRel) {
            self.poller.interrupt();
        }
    }
}

/// Something with a descriptor, which a reactor watches until this is dropped.
#[derive(Debug)]
pub struct Watched<T: AsFd> {
    reactor: &'static Reactor,
    desc: &'static Desc<Os>,
    io: T,
}

/// Wakes a thread.
struct Unpark {
    thread: Thread,
    woken: AtomicBool,
}

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.woken.store(true, Ordering::Release);
        self.thread.unpark();
    }
}

impl From<Cause> for Error {
    fn from(cause: Cause) -> Error {
        match cause {
            Cause::Closing => Error::new(ErrorKind::NotConnected, "the descriptor is being closed"),
            Cause::TimedOut => ErrorKind::TimedOut.into(),
            Cause::Failed => Error::other("the descriptor cannot be polled"),
        }
    }
}

impl<T: AsFd> Watched<T> {
    /// What is watched.
    pub fn get_ref(&self) -> &T {
        &self.io
    }

    /// Blocks the thread until the descriptor is ready. Returns at once if it became so since the last wait: try to use it first.
    ///
    /// # Errors
    /// The deadline has passed; it is [shut](Watched::shut); another waits for the same.
    pub fn wait(&self, d: Direction) -> Result<()> {
        let mut ready = self.reactor.poller.wait(self.desc, d)?;
        while !ready {
            let me = Arc::new(Unpark { thread: std::thread::current(), woken: AtomicBool::new(false) });
            if self.park(d, Waker::from(me.clone()))? {
                while !me.woken.load(Ordering::Acquire) {
                    std::thread::park();
                }
            }
            ready = self.reactor.poller.wait_over(self.desc, d)?;
        }
        Ok(())
    }

    /// Whether `waker` waits now; if not, there is no need to, or a cause not to.
    fn park(&self, d: Direction, waker: Waker) -> Result<bool> {
        let task = Box::into_raw(Box::new(waker));
        let park = self.reactor.poller.park(self.desc, d, task);
        if park != Park::Waits {
            // SAFETY: made of a box above, and not taken by anything.
            drop(unsafe { Box::from_raw(task) });
        }
        match park {
            Park::Waits => Ok(true),
            Park::GoOn => Ok(false),
            Park::Busy => Err(Error::new(ErrorKind::ResourceBusy, "another waits for this descriptor")),
        }
    }

    /// For a future: whether the descriptor is ready, as for [`Watched::wait`]. If not, the context's waker is kept, in place of an
    /// earlier one.
    pub fn poll_ready(&self, cx: &mut Context<'_>, d: Direction) -> Poll<Result<()>> {
        self.cancel(d);
        match self.reactor.poller.wait_over(self.desc, d) {
            Ok(true) => return Poll::Ready(Ok(())),
            Ok(false) => {}
            Err(cause) => return Poll::Ready(Err(cause.into())),
        }
        match self.park(d, cx.waker().clone()) {
            Ok(true) => Poll::Pending,
            Ok(false) => {
                // Ready, or late, between the two.
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Err(e) => Poll::Ready(Err(e)),
        }
    }

    /// Whatever waits in that direction does so no more.
    fn cancel(&self, d: Direction) {
        if let Some(task) = self.reactor.poller.cancel(self.desc, d) {
            // SAFETY: `park` made it of a box, and it was taken from where it waited.
            drop(unsafe { Box::from_raw(task) });
        }
    }

    /// Calls `f` until it does not say `WouldBlock`, and waits in between.
    ///
    /// # Errors
    /// Those of `f`, and those of [`Watched::wait`].
    pub fn io<R>(&self, d: Direction, mut f: impl FnMut(&T) -> Result<R>) -> Result<R> {
        self.reactor.poller.reset(self.desc, d)?;
        loop {
            match f(&self.io) {
                Err(e) if e.kind() == ErrorKind::WouldBlock => self.wait(d)?,
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                result => return result,
            }
        }
    }

    /// Until when waits last; `None`: for as long as it takes. Waits that have begun are bound by it.
    pub fn set_deadline(&self, which: Which, until: Option<Instant>) {
        let host = self.reactor.poller.host();
        let at = until.map_or(0, |t| match t.checked_duration_since(Instant::now()) {
            Some(left) if !left.is_zero() => host.now().saturating_add(i64::try_from(left.as_nanos()).unwrap_or(i64::MAX)),
            _ => -1,
        });
        self.reactor.poller.set_deadline(self.desc, which, at);
        self.reactor.tell();
    }

    /// Ends all waits, and lets no more begin.
    pub fn shut(&self) {
        // It may be shut already, which is as well.
        let _ = self.reactor.poller.shut(self.desc);
    }
}

impl<T: AsFd> Drop for Watched<T> {
    fn drop(&mut self) {
        self.shut();
        // SAFETY: it is not used any more, and its number is still open.
        let closed = unsafe { self.reactor.poller.close(self.desc) };
        debug_assert_eq!(closed, Ok(()), "what waits has borrowed it, and was let go");
    }
}

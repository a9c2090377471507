//! What a collector consists of ([`Gc`]): queue, counts, roots, markers, records, pacing. What it does with them is in `cycle`,
//! `mark` and `special`.

use crate::check::Spare;
use crate::limiter::Limiter;
use crate::marker::Marker;
use crate::pacer::Pacer;
use crate::queue::Blocks;
use crate::records::Specials;
use crate::roots::Roots;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering::*};
use goxide_sys::Mutex;

/// A collector. It lives in a static; all its bytes are zero (if the host's are) except those of the pacer
/// and the limiter.
#[repr(C)]
pub struct Gc<H> {
    /// The embedder.
    pub host: H,
    pub(crate) marking: AtomicBool,
    pub(crate) cycle: AtomicU32,
    pub(crate) roots: Roots,
    /// The embedder's root jobs; those after them are finalizers.
    pub(crate) host_jobs: AtomicUsize,
    pub(crate) blocks: Blocks,
    pub(crate) markers: AtomicPtr<Marker>,
    pub(crate) marked_bytes: AtomicU64,
    pub(crate) scanned_bytes: AtomicU64,
    /// Of these, what tasks scanned that owed it.
    pub(crate) assisted_bytes: AtomicU64,
    /// What markers have to have scanned for the task that began to wait last (`debt`).
    pub(crate) promised_bytes: AtomicU64,
    pub(crate) live_at_start: AtomicUsize,
    pub(crate) trigger: AtomicU64,
    /// Special records of objects.
    pub specials: Specials,
    pub(crate) pacer: Mutex<Pacer>,
    pub(crate) limiter: Mutex<Limiter>,
    pub(crate) limited: AtomicBool,
    pub(crate) patience: AtomicU64,
    pub(crate) full: AtomicU64,
    pub(crate) spare_check: Mutex<Spare>,
}

/// What is left to mark, for a marker that is asked to begin.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Left {
    /// Nothing, or what is in the hands of others.
    Nothing,
    /// Root jobs that said [`Scan::Later`](crate::Scan) when they were last asked, and nothing else: a marker that asks them again and again
    /// takes a processor from those they wait for.
    Later,
    /// Something.
    Work,
}

impl<H> Gc<H> {
    /// A collector that has not collected yet.
    pub const fn new(host: H) -> Gc<H> {
        Gc {
            host,
            marking: AtomicBool::new(false),
            cycle: AtomicU32::new(0),
            roots: Roots::new(),
            host_jobs: AtomicUsize::new(0),
            blocks: Blocks::new(),
            markers: AtomicPtr::new(null_mut()),
            marked_bytes: AtomicU64::new(0),
            scanned_bytes: AtomicU64::new(0),
            assisted_bytes: AtomicU64::new(0),
            promised_bytes: AtomicU64::new(0),
            live_at_start: AtomicUsize::new(0),
            trigger: AtomicU64::new(0),
            specials: Specials::new(),
            pacer: Mutex::new(Pacer::new()),
            limiter: Mutex::new(Limiter::new(1)),
            limited: AtomicBool::new(false),
            patience: AtomicU64::new(0),
            full: AtomicU64::new(0),
            spare_check: Mutex::new(Spare::NONE),
        }
    }

    /// Makes a collector of zero bytes and a host: what [`Gc::new`] makes, where that would be moved and is too large for it.
    ///
    /// # Safety
    /// `this` is valid for writes; all its bytes are zero, except the host, which is in place.
    pub unsafe fn init_zeroed(this: *mut Gc<H>) {
        // SAFETY: valid for writes; what is not written is valid as zero bytes, and the host is in place.
        unsafe {
            (&raw mut (*this).pacer).write(Mutex::new(Pacer::new()));
            (&raw mut (*this).limiter).write(Mutex::new(Limiter::new(1)));
        }
    }

    /// Whether a cycle is marking: allocations are marked from birth, pointer stores go through the barrier.
    #[inline(always)]
    pub fn is_marking(&self) -> bool {
        self.marking.load(Relaxed)
    }

    /// Cycles that have begun.
    #[inline]
    pub fn cycle(&self) -> u32 {
        self.cycle.load(Acquire)
    }

    /// Runs `f` on the pacer, then publishes its trigger.
    pub fn pace<R>(&self, f: impl FnOnce(&mut Pacer) -> R) -> R {
        let mut p = self.pacer.lock();
        let r = f(&mut p);
        self.trigger.store(p.trigger(), Relaxed);
        self.patience.store(p.patience(), Relaxed);
        self.full.store(p.full(), Relaxed);
        r
    }

    /// Runs `f` on the limiter, then publishes whether it is on.
    pub fn limit<R>(&self, f: impl FnOnce(&mut Limiter) -> R) -> R {
        let mut l = self.limiter.lock();
        let r = f(&mut l);
        self.limited.store(l.is_on(), Relaxed);
        r
    }

    /// Whether collecting has had more than its share of the processors, and a heap of `heap` bytes can wait: allocating tasks are
    /// then not to be held up for it ([`Pacer::patience`]).
    #[inline]
    pub fn is_limited(&self, heap: u64) -> bool {
        self.limited.load(Relaxed) && heap < self.patience.load(Relaxed)
    }

    /// Whether a heap of `heap` bytes has no room for what nothing was scanned for ([`Pacer::full`]).
    #[inline]
    pub fn is_full(&self, heap: u64) -> bool {
        heap >= self.full.load(Relaxed)
    }
}

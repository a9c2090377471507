//! Go's collector: goxide-gc with Go's answers ([`GoGc`]).
//!
//! Here: the static, the seam, what allocation does for collection. In the submodules: root jobs ([`roots`]), a goroutine's
//! frames ([`stack`]), the goroutine that leads from phase to phase ([`driver`]), those that mark ([`worker`]), what share of the processors that takes ([`share`]), finalizers
//! ([`finalizers`]), what happened when ([`stats`]), giving memory back ([`scavenger`]).
//!
//! Phases change with the world stopped only, so never within an entry. What an entry has allocated and holds in local
//! variables is safe until it ends or parks: nothing is swept meanwhile that was allocated meanwhile.

pub mod driver;
pub mod finalizers;
pub mod roots;
pub mod scavenger;
pub mod share;
pub mod stack;
pub mod stats;
pub mod worker;

use super::{G, RT, g, m, pext};
use crate::types::Type;
use core::ops::Range;
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering::*};
use goxide_alloc::{Heap, OsPages};
use goxide_gc::{Dead, Gc, Host, Marker, Scan, Special, Tracer};

/// The embedder that Go is.
pub struct GoGc;

/// The collector.
pub static GC: Gc<GoGc> = Gc::new(GoGc);

/// Collections may begin: the runtime's own initialisation is over.
static ENABLED: AtomicBool = AtomicBool::new(false);

/// Spans to sweep for each span that a cache takes, so that sweeping is over before the next collection is due.
static SWEEP_RATIO: AtomicU32 = AtomicU32::new(0);

/// From now on collections begin by themselves.
pub fn enable() {
    ENABLED.store(true, Release);
}

/// Whether collections may begin.
pub fn enabled() -> bool {
    ENABLED.load(Acquire)
}

/// Sets up what the environment asked for. By the bootstrap.
pub fn init(percent: i32, limit: i64) {
    stats::start();
    let debug = &super::env::process().debug;
    if debug.clobberfree != 0 {
        RT.heap.set_clobber(true);
    }
    GC.pace(|p| {
        p.percent = percent;
        p.limit = limit as u64;
        p.retune();
    });
    stats::GOAL.store(GC.pace(|p| p.goal()), Relaxed);
}

// SAFETY: `roots` tells all roots, a descriptor's mask all pointers of a value.
unsafe impl Host for GoGc {
    type Pages = OsPages;

    #[inline(always)]
    fn heap(&self) -> &Heap<OsPages> {
        &RT.heap
    }

    fn root_jobs(&self) -> usize {
        roots::count()
    }

    unsafe fn scan_root(&self, job: usize, t: &mut Tracer<'_, GoGc>) -> Scan {
        // SAFETY: passed on.
        unsafe { roots::scan(job, t) }
    }

    unsafe fn scan_object(&self, opaque: usize, object: usize, _size: usize, range: Range<usize>, t: &mut Tracer<'_, GoGc>) {
        // SAFETY: what allocations are told as `opaque` is a descriptor.
        unsafe { scan_array(opaque as *const Type, object, range, t) }
    }

    fn nanotime(&self) -> i64 {
        goxide_sys::time::nanotime()
    }

    fn marking_done(&self) {
        driver::notify(driver::MARKED);
    }

    fn more_work(&self) {
        RT.sched.wake_proc();
    }

    fn check_failed(&self, object: usize, parent: usize) -> ! {
        use crate::symtab::Sink as _;
        let mut out = super::fatal::Stderr::new();
        out.put(b"runtime: object ");
        out.put_hex(object);
        out.put(b" is reachable from ");
        out.put_hex(parent);
        out.put(b" and not marked\n");
        drop(out);
        super::fatal::throw(b"checkmark found unmarked object")
    }
}

impl Dead for GoGc {
    unsafe fn finalizer(&self, s: *mut Special) {
        // SAFETY: passed on.
        unsafe { finalizers::queue(s) }
    }

    fn note(&self, payload: &goxide_gc::special::Payload) {
        super::profile::freed(payload);
    }
}

/// Tells the pointers in `range` of a row of values of type `ty` at `object`.
///
/// # Safety
/// `ty` is a descriptor, the row reaches to the range's end, and the range's bounds are multiples of 8.
unsafe fn scan_array(ty: *const Type, object: usize, range: Range<usize>, t: &mut Tracer<'_, GoGc>) {
    // SAFETY: the caller's.
    unsafe {
        let (size, ptr_bytes) = ((*ty).size, (*ty).ptr_bytes);
        if size == 0 || ptr_bytes == 0 {
            return;
        }
        if let Some(program) = crate::types::gcprog::program(ty) {
            return scan_program(program, (size, ptr_bytes), object, range, t);
        }
        let mask = (*ty).gc_data;
        if ptr_bytes == 8 && size == 8 {
            return t.visit_words(object + range.start, range.len() / 8);
        }
        let mut at = range.start / size * size;
        while at < range.end {
            let words = ptr_bytes.min(range.end - at) / 8;
            // The part of the value that lies in front of the range is another marker's.
            let skip = range.start.saturating_sub(at) / 8;
            if skip == 0 {
                t.visit_mask(object + at, mask, words);
            } else {
                for w in skip..words {
                    if *mask.add(w / 8) >> (w % 8) & 1 != 0 {
                        t.visit_words(object + at + w * 8, 1);
                    }
                }
            }
            at += size;
        }
    }
}

/// As [`scan_array`], for a type whose mask is a program. Runs those parts of it that the range needs.
///
/// # Safety
/// As for [`scan_array`]: `program` is the type's, whose size, and bytes up to its last pointer, are `(size, ptr_bytes)`.
unsafe fn scan_program(
    program: *const u8,
    (size, ptr_bytes): (usize, usize),
    object: usize,
    range: Range<usize>,
    t: &mut Tracer<'_, GoGc>,
) {
    let mut at = range.start / size * size;
    while at < range.end {
        let (from, to) = (range.start.saturating_sub(at), (range.end - at).min(ptr_bytes));
        if from < to {
            // SAFETY: the caller's: the program writes a bit for each word up to the last pointer, and the words of the range
            // are readable.
            let _ = unsafe {
                crate::gcprog::try_each(program, from / 8..to / 8, |w| {
                    t.visit_words(object + at + w * 8, 1);
                    Ok::<(), ()>(())
                })
            };
        }
        at += size;
    }
}

/// This processor's marker.
///
/// # Safety
/// The thread holds a processor, and no other reference to its marker is in use.
pub unsafe fn marker() -> &'static mut Marker {
    // SAFETY: the caller's; markers stay.
    unsafe {
        let ext = pext();
        if ext.marker.is_null() {
            ext.marker = GC.new_marker();
            if ext.marker.is_null() {
                super::memory::out_of_memory()
            }
        }
        &mut *ext.marker
    }
}

/// After an allocation for which the cache had to take a span or the heap made a large object: the allocating goroutine
/// does its share of collecting.
///
/// # Safety
/// On g0, with a processor.
#[cold]
#[inline(never)]
pub unsafe fn after_refill() {
    // SAFETY: the caller's.
    unsafe {
        let bytes = pext().cache.take_refilled();
        if bytes == 0 {
            // A sample: the cache had what it took.
            return;
        }
        let gp = g();
        share_time(gp);
        if GC.is_marking() {
            let begin = goxide_sys::time::nanotime();
            if !GC.assist(marker(), bytes) && gp != (*m()).g0 {
                (*gp).ask_to_yield();
                // A moment alone: its own processor may be the one that is to mark.
                brake(1);
            }
            let now = goxide_sys::time::nanotime();
            share::assisted(now - begin);
            share::update(now);
        } else {
            sweep_share(bytes);
            if GC.is_due() && enabled() {
                if gp == (*m()).g0 {
                    driver::notify(driver::DUE);
                } else {
                    // It begins where it gives way, which is soon.
                    BEGIN.store(true, Relaxed);
                    (*gp).ask_to_yield();
                    // With one processor nobody else has it in hand: giving way is all that helps.
                    if driver::is_busy() && RT.sched.proc_count() > 1 {
                        brake(bytes);
                    }
                }
            }
        }
    }
}

/// Who allocates makes way, after a part of a time slice, for goroutines that wait and for timers that are due: the scheduler's
/// watch looks every ten milliseconds at most, and many goroutines want to be on time while others make garbage.
unsafe fn share_time(gp: *mut G) {
    /// How long, in nanoseconds.
    const PART: i64 = 500_000;
    /// Who has taken fewer spans than this in its slice is not one of those that this is about.
    const SPANS: u32 = 16;
    // SAFETY: on g0, with a processor.
    unsafe {
        let p = super::p();
        let timer = (*p).timers.next();
        if (timer == 0 && !RT.sched.has_runnable(p)) || gp == (*m()).g0 {
            return;
        }
        let (now, tick) = (goxide_sys::time::nanotime(), (*p).sched_tick.load(Relaxed));
        let seen = &mut pext().slice;
        if seen.0 != tick {
            *seen = (tick, 0, now);
        }
        seen.1 += 1;
        if seen.1 >= SPANS && now - seen.2 >= PART && (RT.sched.has_runnable(p) || timer <= now) {
            (*gp).ask_to_yield();
        }
    }
}

/// A goroutine has found that a collection is due.
static BEGIN: AtomicBool = AtomicBool::new(false);

/// What collection asks of a goroutine that stands in a prologue, or at the end of an entry, and gives way: to scan its stack
/// while others mark, or to begin a collection that is due. In that case this does not come back: the goroutine goes on from
/// its context.
///
/// # Safety
/// On g0 of the goroutine's thread, with a processor, nothing locked; its context is saved, and what it holds besides is in
/// its descriptor.
#[inline]
pub unsafe fn at_safepoint(gp: *mut G) {
    // SAFETY: passed on.
    unsafe {
        if GC.is_marking() {
            scan_if_marking(gp);
        } else if BEGIN.load(Relaxed) && BEGIN.swap(false, Relaxed) {
            driver::begin_here(gp);
        }
    }
}

/// The part of [`at_safepoint`] that always comes back.
///
/// # Safety
/// As for [`at_safepoint`].
#[inline]
pub unsafe fn scan_if_marking(gp: *mut G) {
    // SAFETY: passed on.
    unsafe {
        if GC.is_marking() && !is_scanned(gp) {
            scan_here(gp);
            worker::scanned();
        }
    }
}

/// Holds up an allocating goroutine for a moment, if the heap has outgrown its goal and what is left to do (to mark, to sweep, to
/// begin the next collection) is in the hands of threads that the kernel does not let run: without this it would grow for as long
/// as they stand still. In proportion to the `bytes` that it took: a large object makes the heap grow as much as many spans do.
///
/// # Safety
/// On g0, with a processor.
unsafe fn brake(bytes: usize) {
    /// How long, in microseconds, for each [`PIECE`] taken.
    const MOMENT: u32 = 50;
    /// Bytes.
    const PIECE: usize = 64 << 10;
    /// No longer than this at a time, in moments.
    const LONGEST: usize = 20;
    for _ in 0..bytes.div_ceil(PIECE).clamp(1, LONGEST) {
        let (goal, live) = (stats::GOAL.load(Relaxed), RT.heap.live() as u64);
        // SAFETY: the caller's.
        if live <= goal.saturating_add(goal / 8) || !driver::is_busy() || unsafe { RT.sched.has_runnable(super::p()) } {
            return;
        }
        goxide_sys::process::usleep(MOMENT);
    }
}

/// Sweeps on in proportion to what was allocated.
fn sweep_share(bytes: usize) {
    if RT.heap.unswept() == 0 {
        return;
    }
    let spans = bytes.div_ceil(goxide_alloc::size_class::PAGE) * SWEEP_RATIO.load(Relaxed) as usize;
    // A large object must not make its goroutine sweep everything.
    for _ in 0..spans.min(512) {
        if RT.heap.sweep_one() == goxide_alloc::sweep::Swept::Nothing {
            break;
        }
    }
}

/// Works out how much is to be swept per allocation.
fn set_sweep_ratio() {
    let spans = RT.heap.unswept() as u64;
    let room = GC.pace(|p| p.trigger().saturating_sub(p.live())) / goxide_alloc::size_class::PAGE as u64;
    SWEEP_RATIO.store((spans / room.max(1) + 1).min(64) as u32, Relaxed);
}

/// Bytes of metadata, stacks and fragmentation: what the process holds besides objects.
fn overhead() -> u64 {
    let (sys, in_objects) = RT.heap.footprint();
    (sys.saturating_sub(in_objects)) as u64
}

/// Whether this goroutine's stack was scanned in the present cycle, or need not be.
///
/// # Safety
/// `gp` is a goroutine.
#[inline]
pub unsafe fn is_scanned(gp: *mut G) -> bool {
    // SAFETY: descriptors are always readable.
    unsafe { (*gp).ext.scanned_cycle.load(Acquire) == GC.cycle() }
}

/// A new goroutine holds nothing but what its maker tells here: it counts as scanned.
///
/// # Safety
/// `gp` does not run yet; the thread holds a processor.
#[inline]
pub unsafe fn begin_task(gp: *mut G, f: usize, labels: usize) {
    if !GC.is_marking() {
        return;
    }
    // SAFETY: the caller's.
    unsafe {
        super::barrier::shade(f);
        super::barrier::shade(labels);
        (*gp).ext.scanned_cycle.store(GC.cycle(), Release);
    }
}

/// This thread's goroutine, which stands in a prologue, scans its own stack.
///
/// # Safety
/// On g0 of the goroutine's thread, with a processor; its context is saved.
#[cold]
#[inline(never)]
pub unsafe fn scan_here(gp: *mut G) {
    // SAFETY: the caller's: nobody else scans a goroutine that runs.
    unsafe {
        let mut t = Tracer::new(&GC, marker());
        roots::stopped(gp, goxide_sched::state::RUNNING, &mut t);
    }
}

//! The processor profile: each thread has a timer over its own processor time, whose signal takes a sample of what it does.
//!
//! A sample is the calls at the interrupted instruction, innermost first: of Rust code by its frame pointers, then of the goroutine by the
//! linker's tables, from where its entry's stub saved its context, or from the stub that called a leaf. Where the two stacks meet is
//! a call with the name of Go's function for that ([`Joints`]). Handlers write samples to a log that needs no lock
//! (`goxide_sys::ring`), the program's reader takes them off. The labels in the log are roots of the collector (`each_label`):
//! whatever they are replaced by, the write barrier sees them ([`crate::profile::set_labels`]).
//!
//! Timers are set for all threads when a profile begins, and for those that are made while it runs; where the kernel does not have such
//! timers, that of the whole process is used instead. A program that never begins a profile has no handler and no timer.

use crate::native;
use crate::parts::{Joints, Name, Profiler, Reading};
use crate::profile::TableMemory;
use crate::signals::handler::own;
use crate::signals::install;
use crate::signals::stub;
use crate::signals::table::Own;
use crate::state::{G, M, RT, g, m, symtab};
use crate::stderr::Stderr;
use crate::trace::batches;
use crate::unwind;
use core::sync::atomic::{AtomicU64, Ordering};
use goxide_gotypes::mem::Persistent as _;
use goxide_symtab::frames::callers;
use goxide_symtab::unwind::{Limits, Start};
use goxide_symtab::{Native, PcCache, Sink as _};
use goxide_sys::signal::{SIGPROF, SigInfo, UContext};
use goxide_sys::timer::{ThreadTimer, profile_process};

/// The most calls in a sample.
const CALLS: usize = 64;
/// Words in the log.
const WORDS: usize = 1 << 17;
/// Words of a sample before its calls: the time, the labels.
const HEAD: usize = 2;
/// The most samples a second.
const MOST: isize = 1_000_000;

/// The log's memory; empty before the first profile.
fn words() -> &'static [AtomicU64] {
    // Acquire: pairs with the release in `set_rate`.
    let at = RT.cpu_profile.words.load(Ordering::Acquire);
    // SAFETY: so many zeroed words that stay, for the log alone.
    if at.is_null() { &[] } else { unsafe { core::slice::from_raw_parts(at, WORDS) } }
}

/// `runtime.SetCPUProfileRate`: begins a profile of so many samples a second, or ends it.
pub fn set_rate(hz: isize, joints: Joints) {
    let hz = hz.clamp(0, MOST) as u32;
    let profile = &RT.cpu_profile;
    let mut reading = profile.reading.lock();
    if hz == 0 {
        if profile.hz.swap(0, Ordering::SeqCst) == 0 {
            return;
        }
        profile_process(0);
        RT.sched.for_each_thread(stop_timer);
        return;
    }
    if profile.hz.load(Ordering::Relaxed) != 0 || *reading != Reading::Done {
        drop(reading);
        Stderr::new().put(b"runtime: cannot set cpu profile rate until previous profile has finished.\n");
        return;
    }
    if profile.words.load(Ordering::Relaxed).is_null() {
        let made = TableMemory.persistent(WORDS * size_of::<AtomicU64>(), align_of::<AtomicU64>());
        profile.words.store(made.cast(), Ordering::Release);
        install::all();
        own(Own::Profile, sample);
        profile.set_joints(joints);
        // A constant; nothing else refers to these functions.
        let profiler: &'static Profiler = &Profiler { made: begin_thread, name_of: native::name_of };
        profile.profiler.store(core::ptr::from_ref(profiler).cast_mut(), Ordering::Release);
    }
    // A handler of the last profile may have come late.
    let mut old = [0; CALLS + HEAD];
    while profile.samples.read(words(), &mut old).is_some() {}
    profile.samples.take_lost();
    *reading = Reading::Begun(hz);
    // SeqCst, here and in `made`: a thread that is being made sees the rate (and the profiler, stored before), or its number is seen here.
    profile.hz.store(hz, Ordering::SeqCst);
    let mut refused = false;
    RT.sched.for_each_thread(|m| {
        // SAFETY: descriptors of threads are never freed.
        let tid = match unsafe { ((*m).os_id.load(Ordering::SeqCst), (*m).id) } {
            // The process's first thread was not made by another, and its number is the process's.
            (0, 0) => goxide_sys::process::getpid(),
            (tid, _) => tid,
        };
        refused |= tid != 0 && !start_timer(m, tid, hz);
    });
    if refused && !has_timer(m()) {
        RT.sched.for_each_thread(stop_timer);
        profile_process(1_000_000_000 / u64::from(hz));
    }
}

fn has_timer(m: *mut M) -> bool {
    // SAFETY: descriptors of threads are never freed.
    unsafe { (*m).ext.profile_timer.load(Ordering::Relaxed) > 0 }
}

/// Thread `tid` has been made for `m`, whose number the kernel has written down.
///
/// # Safety
/// `m` is the descriptor of a thread.
pub unsafe fn made(m: *mut M, tid: i32) {
    // SAFETY: the descriptor of a thread (this function's contract), which is never freed.
    unsafe {
        // Null, or the static.
        if let Some(profiler) = RT.cpu_profile.profiler.load(Ordering::SeqCst).as_ref() {
            (profiler.made)(m, tid)
        }
    }
}

/// The name of the runtime's own function at `at`, for profiles: none in a program that has taken none.
pub fn name_of(at: usize) -> Option<Name> {
    // SAFETY: null, or the static.
    let profiler = unsafe { RT.cpu_profile.profiler.load(Ordering::Acquire).as_ref() }?;
    (profiler.name_of)(at)
}

/// Whether [`name_of`] knows any names.
pub fn has_names() -> bool {
    !RT.cpu_profile.profiler.load(Ordering::Acquire).is_null()
}

/// A thread has been made, after a profile was taken.
fn begin_thread(m: *mut M, tid: i32) {
    let hz = RT.cpu_profile.hz.load(Ordering::SeqCst);
    if hz != 0 {
        // Of an earlier thread that had the descriptor.
        stop_timer(m);
        start_timer(m, tid, hz);
    }
}

/// Gives thread `tid` a timer, unless it has one; false if the kernel refuses.
#[cold]
fn start_timer(m: *mut M, tid: i32, hz: u32) -> bool {
    /// Whoever changes it from 0 to this makes the timer.
    const BEING_MADE: i32 = -1;
    // SAFETY: descriptors of threads are never freed.
    let slot = unsafe { &(*m).ext.profile_timer };
    if slot.compare_exchange(0, BEING_MADE, Ordering::Relaxed, Ordering::Relaxed).is_err() {
        return true;
    }
    let period = 1_000_000_000 / u64::from(hz);
    // Not all threads at the same time, and none more often at its beginning than later.
    let first = 1 + crate::random::fastrand64() % period;
    let timer = ThreadTimer::start(tid, SIGPROF, first, period);
    slot.store(timer.map_or(0, |t| t.id() + 1), Ordering::Relaxed);
    timer.is_ok()
}

fn stop_timer(m: *mut M) {
    // SAFETY: descriptors of threads are never freed.
    let id = unsafe { (*m).ext.profile_timer.swap(0, Ordering::Relaxed) };
    if id > 0 {
        ThreadTimer::of(id - 1).delete();
    }
}

/// The handler of SIGPROF.
///
/// # Safety
/// In the handler of a signal, with the context that it interrupted.
unsafe fn sample(_: &SigInfo, uc: &mut UContext) {
    if RT.cpu_profile.hz.load(Ordering::Relaxed) == 0 {
        return;
    }
    let mut pcs = [0; CALLS];
    // SAFETY: the context is that of this thread, which is interrupted.
    let (n, labels) = unsafe {
        let gp = g();
        let labels = if gp.is_null() { 0 } else { (*gp).ext.labels };
        (interrupted(gp, uc, &mut pcs), labels)
    };
    let head = [goxide_sys::time::nanotime() as u64, labels as u64];
    // SAFETY: a word is a word.
    let calls = unsafe { core::slice::from_raw_parts(pcs.as_ptr().cast::<u64>(), n) };
    if batches::is_on() {
        // SAFETY: the current goroutine, g0, or null.
        unsafe { batches::sampled(g(), calls) }
    }
    // What finds no room is counted as lost, and reported.
    RT.cpu_profile.samples.write(words(), &[&head, calls]);
}

/// The calls at the interrupted instruction, as return addresses; how many.
///
/// # Safety
/// In a handler: `uc` is what it interrupted on this thread, `gp` the current goroutine, g0, or null.
unsafe fn interrupted(gp: *mut G, uc: &UContext, pcs: &mut [usize]) -> usize {
    let tab = symtab();
    let (pc, sp) = (uc.pc(), uc.sp());
    let mut cache = PcCache::new();
    // SAFETY: descriptors stay, and a goroutine that runs on this thread keeps its stack while this does not go on. What is read of stacks
    // lies within their bounds, at or above the stack pointer; frames that are being made or undone end the walk, as far as they look
    // wrong.
    unsafe {
        let g0 = if gp.is_null() { gp } else { (*(*gp).thread).g0 };
        let none = Limits { lo: 0, hi: 0 };
        let system = if g0.is_null() { none } else { unwind::limits(g0) };
        // The scheduler runs as g0, whose stack is no goroutine's: what looks like a stub's frame there is what its callers had in registers.
        let own = if gp == g0 { none } else { unwind::limits(gp) };
        let on_goroutine = own.holds(sp, 8);
        let here = if on_goroutine { own } else { system };
        if tab.find_func(pc).is_some() {
            return callers::<Native>(tab, &mut cache, Start::trapped(pc, sp, uc.lr()), here, 0, pcs);
        }
        // Rust, or the kernel's code for reading clocks, which has no name and counts for its caller. What follows takes one off each
        // address.
        pcs[0] = pc + 1;
        let mut n = usize::from(stub::is_program_text(pc));
        let mut fp = uc.fp();
        while n < pcs.len() && fp >= sp && here.holds(fp, 16) {
            let [next, pc] = *(fp as *const [usize; 2]);
            if pc == 0 || tab.find_func(pc).is_some() {
                break;
            }
            pcs[n] = pc;
            n += 1;
            if next <= fp {
                break;
            }
            fp = next;
        }
        let start = match () {
            () if on_goroutine => stub::faulting_call(gp, uc).map(|(pc, sp, _)| Start::saved(pc, sp, 0)),
            // On the system stack: for a goroutine, whose context its stub has saved, or for none.
            () if gp == g0 => None,
            () => Some(unwind::saved(gp)),
        };
        match start {
            Some(start) if own.holds(start.sp, 8) => {
                if !on_goroutine && n < pcs.len() {
                    // The assembly between the two stacks has no name that tools know, and none at all in a stripped program.
                    let joints = RT.cpu_profile.joints();
                    let grows = n > 0 && pcs[n - 1] == joints.growth_returns;
                    pcs[n] = 1 + if grows { joints.growth } else { joints.system };
                    n += 1;
                }
                n + callers::<Native>(tab, &mut cache, start, own, 0, pcs.get_mut(n..).unwrap_or_default())
            }
            _ => n.max(1),
        }
    }
}

/// Calls `f` with every word of the log: labels are among them.
pub fn each_label(mut f: impl FnMut(usize)) {
    let words = words();
    if !words.is_empty() {
        RT.cpu_profile.samples.each_word(words, |word| f(word as usize));
    }
}

/// The head of a profile, and a record of what was lost.
const MORE: usize = 3 + 4;

/// Words and records that [`read`] is to have room for: all that it would give now.
pub fn pending() -> (usize, usize) {
    /// The shortest record.
    const SHORTEST: usize = 3;
    let words = RT.cpu_profile.samples.len() + MORE;
    (words, words / SHORTEST)
}

/// Gives what was not read yet, `room` words at most ([`pending`]): words to `put`, record by record, with labels; whether that
/// was the end of the profile. A record is: its length in words, a time, how many samples, the calls. The first has the rate in place
/// of calls; one of zero samples says how many were lost.
pub fn read(room: usize, mut put: impl FnMut(&[u64], usize)) -> bool {
    let profile = &RT.cpu_profile;
    let mut reading = profile.reading.lock();
    let now = goxide_sys::time::nanotime() as u64;
    match *reading {
        Reading::Done => return true,
        Reading::Begun(hz) => {
            put(&[3, now, u64::from(hz)], 0);
            *reading = Reading::Going;
        }
        Reading::Going => {}
    }
    // Before the log is looked at: what is written later is no part of it.
    let over = profile.hz.load(Ordering::SeqCst) == 0;
    let mut left = room.saturating_sub(MORE);
    let mut record = [0; CALLS + HEAD];
    loop {
        // A record in the log becomes one word longer.
        let fits = left.saturating_sub(1).min(record.len());
        let Some(n) = profile.samples.read(words(), &mut record[..fits]) else { break };
        let mut out = [0; CALLS + 3];
        let len = n - HEAD + 3;
        out[..3].copy_from_slice(&[len as u64, record[0], 1]);
        out[3..len].copy_from_slice(&record[HEAD..n]);
        put(&out[..len], record[1] as usize);
        left -= len;
    }
    match profile.samples.take_lost() {
        0 => {}
        lost => put(&[4, now, 0, lost], 0),
    }
    let done = over && profile.samples.is_empty();
    if done {
        *reading = Reading::Done;
    }
    done
}

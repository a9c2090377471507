//! What entries and the bootstrap ask of the scheduler. The scheduler is generic over its embedder; here it is compiled for Go, once: a crate
//! above that called `RT.sched` itself would get a copy of its own.

use crate::call::return_pc;
use crate::embedder::GoHost;
use crate::gc::scanned::begin_task;
use crate::links::FuncVal;
use crate::random::random_below;
use crate::reason::Reason;
use crate::records::Acquired;
use crate::state::{G, M, RT, g};
use crate::token::System;
use crate::wait_profile;
use core::sync::atomic::{AtomicU32, Ordering};
use goxide_sched::Timer;
use goxide_sched::notify::NotifyList;
use goxide_sched::sema::Released;

macro_rules! compiled_here {
    ($(unsafe fn $name:ident(current $(, $arg:ident: $ty:ty)*) -> !;)*) => {
        $(
            #[doc = concat!("See `", stringify!($name), "` of goxide-sched, with the current goroutine.")]
            ///
            /// # Safety
            /// In an entry of a goroutine, not of g0. What it says there of the other arguments.
            pub unsafe fn $name(_: System<'_>, $($arg: $ty),*) -> ! {
                // SAFETY: on the system stack of the current goroutine's thread, its context saved, with a processor and nothing
                // locked (the token); the rest is this function's contract.
                unsafe { RT.sched.$name(g() $(, $arg)*) }
            }
        )*
    };
    ($(unsafe fn $name:ident(token $(, $arg:ident: $ty:ty)*) -> $ret:ty;)*) => {
        $(
            #[doc = concat!("See `", stringify!($name), "` of goxide-sched.")]
            ///
            /// # Safety
            /// What it says there of the arguments.
            pub unsafe fn $name(_: System<'_>, $($arg: $ty),*) -> $ret {
                // SAFETY: on the system stack of one of the scheduler's threads, with a processor and nothing locked (the token);
                // the rest is this function's contract.
                unsafe { RT.sched.$name($($arg),*) }
            }
        )*
    };
    ($(unsafe fn $name:ident($($arg:ident: $ty:ty),*) -> $ret:ty;)*) => {
        $(
            #[doc = concat!("See `", stringify!($name), "` of goxide-sched.")]
            ///
            /// # Safety
            /// As there.
            pub unsafe fn $name($($arg: $ty),*) -> $ret {
                // SAFETY: this function's contract is that of the scheduler's function of this name.
                unsafe { RT.sched.$name($($arg),*) }
            }
        )*
    };
    ($(fn $name:ident($($arg:ident: $ty:ty),*) -> $ret:ty;)*) => {
        $(
            #[doc = concat!("See `", stringify!($name), "` of goxide-sched.")]
            pub fn $name($($arg: $ty),*) -> $ret {
                RT.sched.$name($($arg),*)
            }
        )*
    };
}

compiled_here! {
    fn begin_maker() -> ();
    fn set_proc_count(n: u32) -> ();
    fn init_thread() -> *mut M;
    fn set_max_threads(n: u32) -> u32;
    fn thread_count() -> u32;
    fn need_monitor() -> ();
    fn start_running() -> ();
    fn wake_proc() -> ();
}

compiled_here! {
    unsafe fn exit_on_g0(current) -> !;
    unsafe fn notify_wait_on_g0(current, l: *mut NotifyList, ticket: u32, reason: Reason) -> !;
    unsafe fn park_on_g0(current, unlock: Option<unsafe fn(*mut G, usize) -> bool>, arg: usize, reason: Reason) -> !;
    unsafe fn sleep_on_g0(current, ns: i64, reason: Reason) -> !;
    unsafe fn yield_here_on_g0(current) -> !;
    unsafe fn yield_on_g0(current) -> !;
}

compiled_here! {
    unsafe fn enter_syscall_block(token, sp: usize, pc: usize, bp: usize) -> ();
    unsafe fn lock_thread(token) -> bool;
    unsafe fn notify_all(token, l: *mut NotifyList) -> ();
    unsafe fn notify_one(token, l: *mut NotifyList) -> ();
    unsafe fn ready(token, t: *mut G, next: bool) -> ();
    unsafe fn release_timed(token, addr: *const AtomicU32, now: i64) -> Released<GoHost>;
    unsafe fn timer_modify(token, t: *mut Timer, when: i64, period: i64, f: usize, arg: [usize; 2], seq: usize) -> bool;
    unsafe fn timer_reset(token, t: *mut Timer, when: i64) -> bool;
    unsafe fn timer_start(token, t: *mut Timer) -> ();
    unsafe fn timer_stop(token, t: *mut Timer) -> bool;
    unsafe fn unlock_thread(token) -> ();
    unsafe fn wake_released(token, addr: *const AtomicU32, handoff: bool, released: Released<GoHost>) -> bool;
}

compiled_here! {
    unsafe fn enter_syscall(sp: usize, pc: usize, bp: usize) -> bool;
    unsafe fn enter_syscall_stopping() -> ();
    unsafe fn exit_syscall_fast() -> bool;
    unsafe fn exit_syscall_slow_on_g0(t: *mut G) -> !;
    unsafe fn init_procs(n: u32) -> ();
    unsafe fn lock_thread_internal() -> ();
    unsafe fn schedule() -> !;
    unsafe fn spawn_raw(entry_pc: usize, ctxt: usize, return_pc: usize, go_pc: usize, parent: *mut G) -> *mut G;
    unsafe fn thread_main(m: *mut M) -> !;
    unsafe fn try_acquire(addr: *const AtomicU32) -> bool;
    unsafe fn unlock_thread_internal() -> ();
    unsafe fn with_world_stopped_on_g0(t: *mut G, reason: Reason, f: unsafe fn(*mut G)) -> !;
}

/// Runs `f`, which blocks in the kernel: the processor is handed over before, and the goroutine counts as one in a system call. Afterwards it
/// goes on behind its entry, which answers what `f` does.
///
/// # Safety
/// In an entry of a goroutine, not of g0. `f` touches nothing of a processor's or of Go's heap.
pub unsafe fn without_processor(sys: System<'_>, f: impl FnOnce() -> usize) -> ! {
    let gp = g();
    // SAFETY: in a system entry of the goroutine, whose stub saved where it is: its stack stays so until it goes on. Its answer's place is its
    // own, and no root as long as nothing says so.
    unsafe {
        enter_syscall_block(sys, (*gp).ctx.sp, (*gp).ctx.pc, (*gp).ctx.bp);
        (*gp).ctx.regs[0] = f();
        exit_syscall_slow_on_g0(gp)
    }
}

/// What is done while the world is stopped for a goroutine, which goes on behind its entry afterwards.
pub trait Stopped {
    /// Does it.
    ///
    /// # Safety
    /// As [`with_world_stopped`] calls it: `t` is the current goroutine, and for it the world is stopped.
    unsafe fn stopped(sys: System<'_>, t: *mut G);
}

/// Stops the world and has `S` done; the entry answers what that leaves in the context of the current goroutine.
///
/// # Safety
/// In an entry of a goroutine, not of g0. `S` finds what it needs in the goroutine's descriptor, and does not enter the scheduler.
pub unsafe fn with_world_stopped<S: Stopped>(_: System<'_>, reason: Reason) -> ! {
    /// # Safety
    /// As [`Stopped::stopped`].
    unsafe fn call<S: Stopped>(t: *mut G) {
        // SAFETY: the scheduler calls this on g0 of the thread of `t`, which holds a processor, of whose part the scheduler borrows
        // nothing, with no lock but the world's semaphore; the context of `t` is saved. The world is stopped for `t`.
        unsafe { S::stopped(System::assume(), t) }
    }
    // SAFETY: on g0 of the current goroutine's thread, its context saved (the token); `call` does what `S` does, which does not enter the
    // scheduler (this function's contract).
    unsafe { with_world_stopped_on_g0(g(), reason, call::<S>) }
}

/// A `go` statement of `parent`: starts `f`. `go_pc` is where it stands.
///
/// # Safety
/// In a system entry of `parent`; `f` is a function value, not null.
pub unsafe fn go(sys: System<'_>, f: FuncVal, go_pc: usize, parent: *mut G) {
    let proc = sys.into_processor();
    // SAFETY: in a system entry of `parent`, and `f` is a function value (this function's contract). The scheduler borrows nothing of what
    // the token gives; the new goroutine does not run before it is told what it holds.
    unsafe {
        let labels = (*parent).ext.labels;
        RT.sched.spawn_with(*f, f as usize, return_pc(), go_pc, parent, |t| {
            (*t).ext.labels = labels;
            begin_task(proc, t, f as usize, labels);
        });
    }
}

/// Of so many waits for mutexes one is measured, and counts for as many: else the clock, and the sum that all processors add to, would be
/// a good part of what a short wait costs.
const MEASURED: i64 = 8;

/// Takes a unit of a mutex's semaphore; the time that the goroutine waits for it is counted. `skip`: how many calls above the entry's
/// profiles do not show.
///
/// # Safety
/// In an entry of a goroutine, not of g0; `addr` may be read and written as an atomic word until the goroutine has the unit.
pub unsafe fn acquire_mutex_on_g0(_: System<'_>, addr: *const AtomicU32, lifo: bool, reason: Reason, skip: u8) -> ! {
    // SAFETY: on g0 of the current goroutine's thread, with its context saved (the token); the semaphore stays until the goroutine has it
    // (this function's contract). What is done then counts the time alone.
    unsafe {
        let held_up = wait_profile::mutex_rate() != 0;
        let measured = random_below(MEASURED as u32) == 0;
        let counted = measured || held_up || wait_profile::block_rate() != 0;
        let since = if counted { goxide_sys::time::nanotime() } else { 0 };
        if matches!(reason, Reason::MutexLock) {
            RT.sched.look_out(g(), addr, lifo);
        }
        if !counted {
            RT.sched.acquire_on_g0(g(), addr, lifo, reason)
        }
        let timed = if held_up { since } else { 0 };
        let then = if measured { Acquired::Mutex { since, skip } } else { Acquired::Waited { since, skip } };
        RT.sched.acquire_timed_on_g0(g(), addr, lifo, reason, then, timed)
    }
}

/// Takes a unit of another semaphore of package sync.
///
/// # Safety
/// In an entry of a goroutine, not of g0; `addr` may be read and written as an atomic word until the goroutine has the unit.
pub unsafe fn acquire_counted_on_g0(_: System<'_>, addr: *const AtomicU32, reason: Reason) -> ! {
    // SAFETY: on g0 of the current goroutine's thread, with its context saved (the token); the semaphore stays until the goroutine has it
    // (this function's contract).
    unsafe {
        match wait_profile::began() {
            0 => RT.sched.acquire_on_g0(g(), addr, false, reason),
            since => {
                let then = Acquired::Waited { since: since as i64, skip: 0 };
                RT.sched.acquire_then_on_g0(g(), addr, false, reason, then)
            }
        }
    }
}

/// Waits for a notification.
///
/// # Safety
/// As for [`notify_wait_on_g0`].
pub unsafe fn notify_wait_counted_on_g0(sys: System<'_>, l: *mut NotifyList, ticket: u32, reason: Reason) -> ! {
    // SAFETY: on g0 of the current goroutine's thread, with its context saved (the token); the rest is this function's contract.
    unsafe {
        match wait_profile::began() {
            0 => notify_wait_on_g0(sys, l, ticket, reason),
            since => {
                let then = Acquired::Waited { since: since as i64, skip: 0 };
                RT.sched.notify_wait_then_on_g0(g(), l, ticket, reason, then)
            }
        }
    }
}

/// A goroutine has got a mutex, for which it has waited since then, and its wait is one that counts; how long that was.
pub fn has_mutex(since: i64) -> i64 {
    let waited = goxide_sys::time::nanotime() - since;
    RT.collection.account.mutex_wait_ns.fetch_add(waited.saturating_mul(MEASURED), Ordering::Relaxed);
    waited
}

//! What entries and the bootstrap ask of the scheduler. The scheduler is generic over its embedder; here it is compiled for Go, once: a crate
//! above that called `RT.sched` itself would get a copy of its own.

use crate::call::return_pc;
use crate::gc::scanned::begin_task;
use crate::links::FuncVal;
use crate::reason::Reason;
use crate::records::Acquired;
use crate::state::{G, M, RT};
use core::sync::atomic::{AtomicU32, Ordering};
use goxide_sched::Timer;
use goxide_sched::notify::NotifyList;

macro_rules! compiled_here {
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
    fn start_running() -> ();
    fn wake_proc() -> ();
}

compiled_here! {
    unsafe fn acquire_on_g0(t: *mut G, addr: *const AtomicU32, lifo: bool, reason: Reason) -> !;
    unsafe fn enter_syscall(sp: usize, pc: usize, bp: usize) -> bool;
    unsafe fn enter_syscall_block(sp: usize, pc: usize, bp: usize) -> ();
    unsafe fn enter_syscall_stopping() -> ();
    unsafe fn exit_on_g0(t: *mut G) -> !;
    unsafe fn exit_syscall_fast() -> bool;
    unsafe fn exit_syscall_slow_on_g0(t: *mut G) -> !;
    unsafe fn yield_here_on_g0(t: *mut G) -> !;
    unsafe fn init_procs(n: u32) -> ();
    unsafe fn lock_thread() -> bool;
    unsafe fn lock_thread_internal() -> ();
    unsafe fn notify_all(l: *mut NotifyList) -> ();
    unsafe fn notify_one(l: *mut NotifyList) -> ();
    unsafe fn notify_wait_on_g0(t: *mut G, l: *mut NotifyList, ticket: u32, reason: Reason) -> !;
    unsafe fn park_on_g0(t: *mut G, unlock: Option<unsafe fn(*mut G, usize) -> bool>, arg: usize, reason: Reason) -> !;
    unsafe fn ready(t: *mut G, next: bool) -> ();
    unsafe fn release(addr: *const AtomicU32, handoff: bool) -> bool;
    unsafe fn schedule() -> !;
    unsafe fn sleep_on_g0(t: *mut G, ns: i64, reason: Reason) -> !;
    unsafe fn spawn_raw(entry_pc: usize, ctxt: usize, return_pc: usize, go_pc: usize, parent: *mut G) -> *mut G;
    unsafe fn thread_main(m: *mut M) -> !;
    unsafe fn timer_modify(t: *mut Timer, when: i64, period: i64, f: usize, arg: [usize; 2], seq: usize) -> bool;
    unsafe fn timer_reset(t: *mut Timer, when: i64) -> bool;
    unsafe fn timer_start(t: *mut Timer) -> ();
    unsafe fn timer_stop(t: *mut Timer) -> bool;
    unsafe fn try_acquire(addr: *const AtomicU32) -> bool;
    unsafe fn unlock_thread() -> ();
    unsafe fn unlock_thread_internal() -> ();
    unsafe fn with_world_stopped_on_g0(t: *mut G, reason: Reason, f: unsafe fn(*mut G)) -> !;
}

/// A `go` statement of `parent`: starts `f`. `go_pc` is where it stands.
///
/// # Safety
/// In a system entry of `parent`; `f` is a function value, not null.
pub unsafe fn go(f: FuncVal, go_pc: usize, parent: *mut G) {
    // SAFETY: on g0, with a processor; the new goroutine does not run before it is told what it holds.
    unsafe {
        let labels = (*parent).ext.labels;
        RT.sched.spawn_with(*f, f as usize, return_pc(), go_pc, parent, |t| {
            (*t).ext.labels = labels;
            begin_task(t, f as usize, labels);
        });
    }
}

/// Takes a unit of a mutex's semaphore; the time that the goroutine waits for it is counted.
///
/// # Safety
/// As for [`acquire_on_g0`], with the current goroutine.
pub unsafe fn acquire_mutex_on_g0(gp: *mut G, addr: *const AtomicU32, lifo: bool, reason: Reason) -> ! {
    // SAFETY: on g0 of the current goroutine's thread, with its context saved; the semaphore stays until the goroutine has it (this
    // function's contract). What is done then counts the time alone.
    unsafe {
        let since = goxide_sys::time::nanotime();
        RT.sched.acquire_then_on_g0(gp, addr, lifo, reason, Acquired::Mutex { since })
    }
}

/// A goroutine has got a mutex, for which it has waited since then.
pub fn has_mutex(since: i64) {
    let waited = goxide_sys::time::nanotime() - since;
    RT.collection.account.mutex_wait_ns.fetch_add(waited, Ordering::Relaxed);
}

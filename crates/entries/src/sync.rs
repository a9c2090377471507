//! What packages sync and internal/poll wait with: semaphores and notify lists of the scheduler.

use core::sync::atomic::{AtomicU32, Ordering};
use goxide_rt::fatal;
use goxide_rt::parts::CacheSlot;
use goxide_rt::reason::Reason;
use goxide_rt::sched;
use goxide_rt::state::RT;
use goxide_rt::token::{Processor, System};
use goxide_rt::wait_profile;
use goxide_rt::words::truth;
use goxide_sched::NotifyList;

macro_rules! acquire {
    ($($fast:ident $slow:ident $reason:ident;)*) => {
        $(
            #[unsafe(no_mangle)]
            unsafe extern "C" fn $fast(addr: *const AtomicU32, _lifo: usize, _skip: usize) -> usize {
                // SAFETY: Go's semaphore. A leaf.
                unsafe { usize::from(sched::try_acquire(addr)) }
            }

            #[unsafe(no_mangle)]
            unsafe extern "C" fn $slow(sys: System<'_>, addr: *const AtomicU32, lifo: usize, skip: usize) {
                // SAFETY: in an entry of a goroutine; the semaphore is in collected memory that its waiter's frame keeps alive.
                unsafe { sched::acquire_mutex_on_g0(sys, addr, truth(lifo), Reason::$reason, skip as u8) }
            }
        )*
    };
}

acquire! {
    gx_sync_runtime_SemacquireMutex_fast gx_sync_runtime_SemacquireMutex MutexLock;
    gx_sync_runtime_SemacquireRWMutex_fast gx_sync_runtime_SemacquireRWMutex RwMutexLock;
    gx_sync_runtime_SemacquireRWMutexR_fast gx_sync_runtime_SemacquireRWMutexR RwMutexRLock;
}

macro_rules! acquire_plain {
    ($($fast:ident $slow:ident;)*) => {
        $(
            #[unsafe(no_mangle)]
            unsafe extern "C" fn $fast(addr: *const AtomicU32) -> usize {
                // SAFETY: Go's semaphore. A leaf.
                unsafe { usize::from(sched::try_acquire(addr)) }
            }

            #[unsafe(no_mangle)]
            unsafe extern "C" fn $slow(sys: System<'_>, addr: *const AtomicU32) {
                // SAFETY: in an entry of a goroutine; Go's semaphore, which the waiter's frame keeps alive.
                unsafe { sched::acquire_counted_on_g0(sys, addr, Reason::Semacquire) }
            }
        )*
    };
}

acquire_plain! {
    gx_sync_runtime_Semacquire_fast gx_sync_runtime_Semacquire;
    gx_internal_poll_runtime_Semacquire_fast gx_internal_poll_runtime_Semacquire;
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_sync_runtime_Semrelease(mut sys: System<'_>, addr: *const AtomicU32, handoff: usize, skip: usize) {
    // SAFETY: Go's semaphore; in an entry of a goroutine, if something waited there for the goroutine's unit.
    unsafe {
        let now = if wait_profile::mutex_rate() != 0 { goxide_sys::time::nanotime() } else { 0 };
        let released = sched::release_timed(sys.lend(), addr, now);
        if released.waited > 0 {
            // Before the waiter goes on, which may look at the profile.
            wait_profile::held_up(sys.lend(), released.waited, skip as u8);
        }
        if sched::wake_released(sys.lend(), addr, truth(handoff), released) {
            sched::yield_here_on_g0(sys)
        }
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_internal_poll_runtime_Semrelease(sys: System<'_>, addr: *const AtomicU32) {
    // SAFETY: Go's semaphore, in a system entry.
    unsafe { gx_sync_runtime_Semrelease(sys, addr, 0, 0) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_sync_runtime_notifyListAdd(l: *const NotifyList) -> u32 {
    // SAFETY: sync.Cond's list.
    unsafe { (*l).add() }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_sync_runtime_notifyListWait(sys: System<'_>, l: *mut NotifyList, ticket: u32) {
    // SAFETY: sync.Cond's list, which the waiter's frame keeps alive, and a ticket that `notifyListAdd` gave; in a system
    // entry.
    unsafe { sched::notify_wait_counted_on_g0(sys, l, ticket, Reason::CondWait) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_sync_runtime_notifyListNotifyAll(sys: System<'_>, l: *mut NotifyList) {
    // SAFETY: sync.Cond's list, on which goroutines alone wait; in a system entry.
    unsafe {
        sched::notify_all(sys, l);
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_sync_runtime_notifyListNotifyOne(sys: System<'_>, l: *mut NotifyList) {
    // SAFETY: sync.Cond's list, on which goroutines alone wait; in a system entry.
    unsafe {
        sched::notify_one(sys, l);
    }
}

#[unsafe(no_mangle)]
extern "C" fn gx_sync_runtime_notifyListCheck(_: System<'_>, size: usize) {
    if size != size_of::<NotifyList>() {
        fatal::throw(b"bad notifyList size");
    }
}

/// Whether a mutex may spin: several processors, of which another runs a goroutine that may hold it, none queued here, only a few times.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_sync_runtime_canSpin(proc: Processor<'_>, i: isize) -> bool {
    const TIMES: isize = 4;
    if i >= TIMES || RT.cpus.load(Ordering::Relaxed) <= 1 || RT.sched.proc_count() <= 1 {
        return false;
    }
    // SAFETY: the thread's processor.
    RT.sched.running_procs() > 1 && unsafe { (*proc.as_ptr()).queue.is_empty() }
}

#[unsafe(no_mangle)]
extern "C" fn gx_sync_runtime_doSpin() {
    for _ in 0..30 {
        core::hint::spin_loop();
    }
}

#[unsafe(no_mangle)]
extern "C" fn gx_sync_runtime_registerPoolCleanup(_: System<'_>, f: usize) {
    RT.collection.driver.pool_cleanup.store(f, Ordering::Release);
}

/// Where Go has the list of words that collections empty: a variable, which stays.
#[unsafe(no_mangle)]
extern "C" fn gx_runtime_cacheSlotsAt(_: System<'_>, list: *mut *const CacheSlot) {
    RT.collection.driver.cache_slots.store(list, Ordering::Release);
}

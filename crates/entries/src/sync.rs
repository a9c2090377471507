//! What packages sync and internal/poll wait with: semaphores and notify lists of the scheduler.

use core::sync::atomic::{AtomicU32, Ordering};
use goxide_rt::fatal;
use goxide_rt::reason::Reason;
use goxide_rt::sched;
use goxide_rt::state::{RT, g, m};
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
            unsafe extern "C" fn $slow(addr: *const AtomicU32, lifo: usize, _skip: usize) {
                // SAFETY: in a system entry; the semaphore is in collected memory that its waiter's frame keeps alive.
                unsafe { sched::acquire_mutex_on_g0(g(), addr, truth(lifo), Reason::$reason) }
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
            unsafe extern "C" fn $slow(addr: *const AtomicU32) {
                // SAFETY: Go's semaphore, which the waiter's frame keeps alive; in a system entry.
                unsafe { sched::acquire_on_g0(g(), addr, false, Reason::Semacquire) }
            }
        )*
    };
}

acquire_plain! {
    gx_sync_runtime_Semacquire_fast gx_sync_runtime_Semacquire;
    gx_internal_poll_runtime_Semacquire_fast gx_internal_poll_runtime_Semacquire;
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_sync_runtime_Semrelease(addr: *const AtomicU32, handoff: usize, _skip: usize) {
    // SAFETY: in a system entry.
    unsafe {
        if sched::release(addr, truth(handoff)) {
            sched::yield_here_on_g0(g())
        }
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_internal_poll_runtime_Semrelease(addr: *const AtomicU32) {
    // SAFETY: Go's semaphore, in a system entry.
    unsafe { gx_sync_runtime_Semrelease(addr, 0, 0) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_sync_runtime_notifyListAdd(l: *const NotifyList) -> u32 {
    // SAFETY: sync.Cond's list.
    unsafe { (*l).add() }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_sync_runtime_notifyListWait(l: *mut NotifyList, ticket: u32) {
    // SAFETY: sync.Cond's list, which the waiter's frame keeps alive, and a ticket that `notifyListAdd` gave; in a system
    // entry.
    unsafe { sched::notify_wait_on_g0(g(), l, ticket, Reason::CondWait) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_sync_runtime_notifyListNotifyAll(l: *mut NotifyList) {
    // SAFETY: sync.Cond's list, on which goroutines alone wait; in a system entry.
    unsafe {
        sched::notify_all(l);
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_sync_runtime_notifyListNotifyOne(l: *mut NotifyList) {
    // SAFETY: sync.Cond's list, on which goroutines alone wait; in a system entry.
    unsafe {
        sched::notify_one(l);
    }
}

#[unsafe(no_mangle)]
extern "C" fn gx_sync_runtime_notifyListCheck(size: usize) {
    if size != size_of::<NotifyList>() {
        fatal::throw(b"bad notifyList size");
    }
}

/// Whether a mutex may spin: several processors, none queued here, only a few times.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_sync_runtime_canSpin(i: isize) -> bool {
    const TIMES: isize = 4;
    if i >= TIMES || RT.cpus.load(Ordering::Relaxed) <= 1 || RT.sched.proc_count() <= 1 {
        return false;
    }
    // SAFETY: the thread's processor.
    unsafe { (*goxide_rt::state::p()).queue.is_empty() }
}

#[unsafe(no_mangle)]
extern "C" fn gx_sync_runtime_doSpin() {
    for _ in 0..30 {
        core::hint::spin_loop();
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_sync_runtime_procPin() -> usize {
    // SAFETY: this thread's descriptor; pinned, the goroutine is not preempted.
    unsafe {
        let mp = m();
        (*mp).locks += 1;
        (*(*mp).proc).id as usize
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_sync_runtime_procUnpin() {
    // SAFETY: this thread's descriptor.
    unsafe { (*m()).locks -= 1 };
}

#[unsafe(no_mangle)]
extern "C" fn gx_sync_runtime_registerPoolCleanup(f: usize) {
    RT.collection.driver.pool_cleanup.store(f, Ordering::Release);
}

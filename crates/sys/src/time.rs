//! The clocks. Timers do not live here.

use core::sync::atomic::{AtomicPtr, Ordering};

use crate::arch::nr;

const CLOCK_REALTIME: i32 = 0;
const CLOCK_MONOTONIC: i32 = 1;
const CLOCK_PROCESS_CPUTIME_ID: i32 = 2;
const CLOCK_THREAD_CPUTIME_ID: i32 = 3;

/// Seconds and nanoseconds, as the kernel lays them out.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Timespec {
    pub sec: i64,
    pub nsec: i64,
}

impl Timespec {
    /// A span of `ns` nanoseconds, not negative.
    pub(crate) fn from_nanos(ns: i64) -> Timespec {
        let ns = ns.max(0);
        Timespec { sec: ns / 1_000_000_000, nsec: ns % 1_000_000_000 }
    }
}

type ClockGettime = unsafe extern "C" fn(i32, *mut Timespec) -> i32;

/// Points at the vDSO's function, at [`by_syscall`], or, before the first use, at [`first_use`].
static CLOCK_GETTIME: AtomicPtr<()> = AtomicPtr::new(first_use as ClockGettime as *mut ());

/// Looks the clock up in the vDSO now, so that no later call does, and returns what else was found there. Call it
/// after `auxv::init`.
pub fn init() -> crate::vdso::Symbols {
    let symbols = crate::vdso::symbols();
    let vdso = symbols.clock_gettime;
    let f = if vdso != 0 { vdso as *mut () } else { by_syscall as ClockGettime as *mut () };
    // Relaxed: the pointer is the whole message; what it points at was mapped before the process began.
    CLOCK_GETTIME.store(f, Ordering::Relaxed);
    symbols
}

/// # Safety
/// `ts` may be written.
unsafe extern "C" fn first_use(clock: i32, ts: *mut Timespec) -> i32 {
    init();
    // SAFETY: `ts` may be written, and the vDSO's function wants no more.
    unsafe { clock_gettime(clock, ts) }
}

/// # Safety
/// `ts` may be written.
unsafe extern "C" fn by_syscall(clock: i32, ts: *mut Timespec) -> i32 {
    // SAFETY: the kernel writes one timespec, which the caller owns.
    unsafe { crate::syscall::raw(nr::CLOCK_GETTIME, clock as usize, ts.addr(), 0, 0, 0, 0) as i32 }
}

/// # Safety
/// `ts` may be written.
#[inline(always)]
unsafe fn clock_gettime(clock: i32, ts: *mut Timespec) -> i32 {
    // SAFETY: only functions of this type are ever stored there.
    let f: ClockGettime = unsafe { core::mem::transmute(CLOCK_GETTIME.load(Ordering::Relaxed)) };
    // SAFETY: `ts` may be written (this function's contract).
    unsafe { f(clock, ts) }
}

#[inline(always)]
fn now(clock: i32) -> Timespec {
    let mut ts = Timespec::default();
    // SAFETY: `ts` is ours. Neither clock can fail.
    unsafe { clock_gettime(clock, &mut ts) };
    ts
}

/// Nanoseconds on the monotonic clock. Runs the vDSO's code on the caller's stack: some hundred bytes of it.
#[inline]
pub fn nanotime() -> i64 {
    let ts = now(CLOCK_MONOTONIC);
    ts.sec * 1_000_000_000 + ts.nsec
}

/// Nanoseconds of processor time that all threads of the process have used. A system call.
pub fn process_cputime() -> i64 {
    cputime(CLOCK_PROCESS_CPUTIME_ID)
}

/// Nanoseconds of processor time that this thread has used. A system call.
pub fn thread_cputime() -> i64 {
    cputime(CLOCK_THREAD_CPUTIME_ID)
}

fn cputime(clock: i32) -> i64 {
    let mut ts = Timespec::default();
    // SAFETY: `ts` is ours. The clocks of one's own process and thread cannot fail.
    unsafe { by_syscall(clock, &mut ts) };
    ts.sec * 1_000_000_000 + ts.nsec
}

/// Seconds since 1970 and nanoseconds of the current one.
#[inline]
pub fn walltime() -> (i64, i32) {
    let ts = now(CLOCK_REALTIME);
    (ts.sec, ts.nsec as i32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{SystemTime, UNIX_EPOCH};

    #[test]
    fn monotonic_moves_forward() {
        let a = nanotime();
        std::thread::sleep(std::time::Duration::from_millis(2));
        let b = nanotime();
        assert!(b - a >= 2_000_000 && b - a < 10_000_000_000, "{a} {b}");
    }

    #[test]
    fn wall_agrees_with_std() {
        let std = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let (sec, nsec) = walltime();
        assert!((sec - std.as_secs() as i64).abs() <= 2);
        assert!((0..1_000_000_000).contains(&nsec));
    }

    #[test]
    fn the_kernel_agrees_with_the_vdso() {
        let mut ts = Timespec::default();
        // SAFETY: `ts` is ours.
        assert_eq!(unsafe { by_syscall(CLOCK_MONOTONIC, &mut ts) }, 0);
        let kernel = ts.sec * 1_000_000_000 + ts.nsec;
        let vdso = nanotime();
        assert!(vdso >= kernel && vdso - kernel < 5_000_000_000);
    }
}

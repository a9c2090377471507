//! Clocks, sleeping, timers.

use goxide_rt::reason::Reason;
use goxide_rt::sched;
use goxide_rt::token::System;
use goxide_sched::Timer;

#[unsafe(no_mangle)]
extern "C" fn gx_runtime_nanotime(_: System<'_>) -> i64 {
    goxide_sys::time::nanotime()
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_time_now(_: System<'_>, out: *mut [usize; 4]) {
    let (sec, nsec) = goxide_sys::time::walltime();
    // SAFETY: the stub's four words.
    unsafe { *out = [sec as usize, nsec as usize, goxide_sys::time::nanotime() as usize, 0] };
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_time_Sleep(sys: System<'_>, ns: i64) {
    // SAFETY: in an entry of a goroutine.
    unsafe { sched::sleep_on_g0(sys, ns, Reason::Sleep) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_time_startTimer(sys: System<'_>, t: *mut Timer) {
    // SAFETY: package time's timer, in collected memory that the heap of timers keeps alive.
    unsafe { sched::timer_start(sys, t) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_time_stopTimer(sys: System<'_>, t: *mut Timer) -> bool {
    // SAFETY: package time's timer, in collected memory that the program keeps alive.
    unsafe { sched::timer_stop(sys, t) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_time_resetTimer(sys: System<'_>, t: *mut Timer, when: i64) -> bool {
    // SAFETY: package time's timer, in collected memory that the heap of timers keeps alive; in a system entry.
    unsafe { sched::timer_reset(sys, t, when) }
}

/// What `time.modTimer` changes: goroot/runtime/proc.go has the same struct.
#[repr(C)]
struct Changes {
    when: i64,
    period: i64,
    f: usize,
    arg: [usize; 2],
    seq: usize,
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_modTimer0(sys: System<'_>, t: *mut Timer, c: *const Changes) {
    // SAFETY: package time's timer, in collected memory that the heap of timers keeps alive; in a system entry. The changes
    // are in the frame of the Go function that called.
    unsafe {
        let c = &*c;
        sched::timer_modify(sys, t, c.when, c.period, c.f, c.arg, c.seq);
    }
}

/// Ticks per second of the clock that profiles count with: nanoseconds.
#[unsafe(no_mangle)]
extern "C" fn gx_runtime_pprof_runtime_cyclesPerSecond(_: System<'_>) -> i64 {
    1_000_000_000
}

//! What programs ask of the collector: GC, its knobs, its statistics.

use core::sync::atomic::Ordering;
use goxide_gotypes::types::GoSlice;
use goxide_rt::gc::{account, driver, finalizers, scavenger, stats};
use goxide_rt::records::Finish;
use goxide_rt::state::{GC, RT, g};
use goxide_rt::token::System;
use goxide_sched::Resume;

/// `runtime.GC`, and with `release` `debug.FreeOSMemory`.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_collect(sys: System<'_>, release: bool) {
    // SAFETY: in a system entry of the current goroutine, whose finish half is set if it needs one.
    unsafe {
        let gp = g();
        if release {
            RT.collection.scavenger.release.store(core::ptr::from_ref(scavenger::RELEASE).cast_mut(), Ordering::Release);
            (*gp).resume = Resume::Finish(Finish::Release);
        }
        driver::collect_and_wait(sys, gp)
    }
}

/// `debug.SetGCPercent`: when collections are turned off, one that marks is waited for.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_debug_setGCPercent(sys: System<'_>, percent: i32) -> i32 {
    let before = GC.pace(|p| {
        let before = core::mem::replace(&mut p.percent, percent.max(-1));
        p.retune();
        before
    });
    publish_goal();
    if percent < 0 {
        // SAFETY: in a system entry of the current goroutine, which returns that next.
        unsafe { driver::wait_for_marking(sys, g(), before as isize as usize) }
    }
    before
}

/// `debug.SetMemoryLimit`; negative only asks.
#[unsafe(no_mangle)]
extern "C" fn gx_runtime_debug_setMemoryLimit(_: System<'_>, limit: i64) -> i64 {
    let before = GC.pace(|p| {
        let before = p.limit;
        if limit >= 0 {
            p.limit = limit as u64;
            p.retune();
        }
        before as i64
    });
    publish_goal();
    scavenger::nudge();
    before
}

fn publish_goal() {
    RT.collection.account.goal.store(GC.pace(|p| p.goal()), Ordering::Relaxed);
}

/// `debug.readGCStats`: the recent pauses, newest first; when they ended; the last collection's end; how many there were;
/// their sum. Package debug gives a slice of the capacity that this needs.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_readGCStats0(_: System<'_>, out: *mut GoSlice) {
    // SAFETY: Go's slice of numbers.
    unsafe {
        let o = &mut *out;
        stats::with(|s| {
            let n = (s.num as usize).min(account::RECENT);
            if o.cap < 2 * n + 3 {
                goxide_rt::fatal::throw(b"short slice passed to readGCStats");
            }
            let to = core::slice::from_raw_parts_mut(o.ptr.cast::<u64>(), 2 * n + 3);
            for i in 0..n {
                let at = (s.num as usize - 1 - i) % account::RECENT;
                to[i] = s.pause_ns[at];
                to[n + i] = s.pause_end[at];
            }
            to[2 * n] = s.last_gc;
            to[2 * n + 1] = u64::from(s.num);
            to[2 * n + 2] = s.pause_total;
            o.len = 2 * n + 3;
        });
    }
    finalizers::wake();
}

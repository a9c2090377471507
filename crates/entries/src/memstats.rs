//! `runtime.ReadMemStats`.

use goxide_rt::memstats::MemStats;
use goxide_rt::reason::Reason;
use goxide_rt::sched;
use goxide_rt::state::{G, g};

/// # Safety
/// As a finish half of `t`, which has stopped the world; its in-flight array has the structure's address.
unsafe fn fill_stats(t: *mut G) {
    // SAFETY: the world is stopped; the structure's address waits in the in-flight array.
    unsafe {
        let out = core::mem::take(&mut (*t).ext.in_flight[0]);
        MemStats::fill(out as *mut MemStats);
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_readMemStats0(out: usize) {
    // SAFETY: in a system entry; if the structure is on the goroutine's stack, that does not move while it waits.
    unsafe {
        let gp = g();
        (*gp).ext.in_flight[0] = out;
        sched::with_world_stopped_on_g0(gp, Reason::Semacquire, fill_stats)
    }
}

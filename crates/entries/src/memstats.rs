//! `runtime.ReadMemStats`.

use crate::arguments::look_at;
use goxide_rt::memstats::MemStats;
use goxide_rt::reason::Reason;
use goxide_rt::sched::{self, Stopped};
use goxide_rt::state::G;
use goxide_rt::token::System;

struct FillStats;

impl Stopped for FillStats {
    unsafe fn stopped(mut sys: System<'_>, _: *mut G) {
        let [out, ..] = sys.take_held();
        // SAFETY: the world is stopped, and the structure's address was held.
        unsafe { MemStats::fill(out as *mut MemStats) }
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_readMemStats0(mut sys: System<'_>, out: usize) {
    // SAFETY: a structure of the program's, at the beginning of a system entry.
    unsafe { look_at(out as *const MemStats, 1) };
    sys.held()[0] = out;
    // SAFETY: the entry answers nothing; if the structure is on the goroutine's stack, that does not move while it waits.
    unsafe { sched::with_world_stopped::<FillStats>(sys, Reason::Semacquire) }
}

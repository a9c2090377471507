//! How many processors a program has that does not say how many it wants: GOMAXPROCS follows the CPU quota of the tightest control group,
//! and follows it when it changes. GOMAXPROCS in the environment, a call of `runtime.GOMAXPROCS` and `GODEBUG=containermaxprocs=0` fix it.
//!
//! To look costs some tens of microseconds, a fifth of what an empty program takes to start. So a program starts with as many processors as
//! the affinity mask has, and the quota is looked at by the monitor a moment after there is a second goroutine or a timer, and each second
//! while the program is active; or when the program asks how many there are.

use crate::gc::events;
use crate::state::{MAX_PROCS, RT, m};
use crate::{cgroup, env};
use core::sync::atomic::Ordering::Relaxed;
use goxide_gotypes::text::env::default_procs;

/// From now on the number of processors is what the program says.
pub fn fix() {
    RT.procs.fixed.store(true, Relaxed);
}

/// As the process starts: how many there are to be, before the quota is looked at.
pub fn at_start() -> u32 {
    let asked = goxide_gotypes::text::env::max_procs(env::get(b"GOMAXPROCS"));
    if asked.is_some() || env::process().debug.containermaxprocs == 0 {
        fix();
    }
    asked.map_or(RT.cpus.load(Relaxed), |n| n as u32).min(MAX_PROCS as u32)
}

/// How many there should be, if that is not what there are.
fn should_be() -> Option<u32> {
    if RT.procs.fixed.load(Relaxed) {
        return None;
    }
    RT.procs.known.store(true, Relaxed);
    let n = default_procs(goxide_sys::cpu::count_from_affinity() as u32, cgroup::quota()).clamp(1, MAX_PROCS as u32);
    (n != RT.sched.proc_count()).then_some(n)
}

/// The program asks how many there are. The first time, how many there should be, if that is another number: but not to a goroutine that
/// keeps its processor (`sync.Pool` asks so), which must not lose it, and which wants to know how many there are at this moment.
pub fn on_asking() -> Option<u32> {
    // SAFETY: this thread's own descriptor, of which only it uses the field.
    let pinned = unsafe { (*m()).locks != 0 };
    if pinned || RT.procs.known.load(Relaxed) { None } else { should_be() }
}

/// Looks whether the quota has changed, and has the number of processors changed then. By the monitor.
pub fn look() {
    if let Some(n) = should_be() {
        RT.procs.wanted.store(n, Relaxed);
        events::notify(events::PROCS);
    }
}

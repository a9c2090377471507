//! The policy of goxide-sysmon over a hosted runtime: how the two seams fit each other.

use goxide_sched::hosted::{Builder, Watched};
use goxide_sched::monitor::Doing;
use goxide_sysmon::{Activity, Monitor, Periods, Seen, World};

struct Hosted {
    runtime: Watched,
    /// As many as the test ever has processors.
    seen: Vec<Seen>,
}

impl World for Hosted {
    fn now(&self) -> i64 {
        self.runtime.now()
    }
    fn procs(&self) -> u32 {
        self.runtime.procs().min(self.seen.len() as u32)
    }
    fn activity(&self, proc: u32) -> Activity {
        match self.runtime.doing(proc) {
            (Doing::Nothing, ..) => Activity::Idle,
            (Doing::Running, slice, _) => Activity::Running { slice },
            (Doing::Call, slice, call) => Activity::Call { slice, call },
        }
    }
    fn seen(&self, proc: u32) -> &Seen {
        &self.seen[proc as usize]
    }
    fn has_work(&self, proc: u32, now: i64) -> bool {
        self.runtime.has_work(proc, now)
    }
    fn retake(&self, proc: u32) -> bool {
        self.runtime.retake(proc)
    }
    fn preempt(&self, _: u32) {
        // Tasks of this runtime cannot be asked.
    }
    fn all_idle(&self) -> bool {
        self.runtime.all_idle()
    }
    fn is_stopping(&self) -> bool {
        self.runtime.is_stopping()
    }
    fn nap(&self, until: i64) {
        self.runtime.nap(until);
    }
    fn rest(&self, until: Option<i64>) {
        self.runtime.rest(until.unwrap_or(0));
    }
}

/// With a monitor.
pub fn watched(builder: Builder) -> Builder {
    builder.monitor(|runtime| {
        Monitor::new(Periods::USUAL).run(&Hosted { runtime, seen: (0..64).map(|_| Seen::new()).collect() })
    })
}

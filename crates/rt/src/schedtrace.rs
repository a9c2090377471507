//! `GODEBUG=schedtrace=N`: what the scheduler does, every N milliseconds; with `scheddetail=1`, each processor, thread and goroutine. The
//! numbers are of no one moment: they change while they are read.

use crate::state::{G, M, P, RT};
use crate::stderr::Stderr;
use core::sync::atomic::Ordering::Relaxed;
use goxide_symtab::Sink as _;

/// A word of a descriptor whose owner may be writing it.
///
/// # Safety
/// `at` is a field of a descriptor, which are never freed, and of a type whose every value is one store, any of which is a valid value.
unsafe fn glance<T: Copy>(at: *const T) -> T {
    // SAFETY: valid memory of the type (this function's contract). The owner may write it meanwhile: the old value or the new one is read, as
    // both are one access of the machine, and volatile reads are neither torn nor repeated. Nothing but print depends on it.
    unsafe { at.read_volatile() }
}

/// What is written of one thing after the other: names with their values.
struct Line {
    out: Stderr,
}

impl Line {
    fn number(&mut self, name: &str, value: impl Into<i64>) -> &mut Line {
        self.text(name, "");
        self.out.put_int(value.into());
        self
    }

    fn flag(&mut self, name: &str, value: bool) -> &mut Line {
        self.text(name, if value { "true" } else { "false" })
    }

    /// A number, or that there is none.
    fn perhaps(&mut self, name: &str, value: Option<u64>) -> &mut Line {
        match value {
            Some(n) => self.number(name, n as i64),
            None => self.text(name, "nil"),
        }
    }

    fn text(&mut self, name: &str, value: &str) -> &mut Line {
        self.out.put(name.as_bytes());
        self.out.put(value.as_bytes());
        self
    }
}

/// The number of a thread.
fn thread(m: *mut M) -> Option<u64> {
    // SAFETY: null, or a descriptor, which is never freed.
    (!m.is_null()).then(|| unsafe { glance(&raw const (*m).id) })
}

/// The number of a goroutine.
fn goroutine(t: *mut G) -> Option<u64> {
    // SAFETY: null, or a descriptor, which is never freed.
    (!t.is_null()).then(|| unsafe { glance(&raw const (*t).id) })
}

/// Prints the scheduler's state. On the monitor's thread. Times count from the first call.
pub fn print(detailed: bool) {
    let now = goxide_sys::time::nanotime();
    let begun = match RT.trace_began.load(Relaxed) {
        0 => {
            RT.trace_began.store(now, Relaxed);
            now
        }
        begun => begun,
    };
    let c = RT.sched.counts();
    let mut line = Line { out: Stderr::new() };
    line.number("SCHED ", (now - begun) / 1_000_000)
        .number("ms: gomaxprocs=", c.procs)
        .number(" idleprocs=", c.idle_procs)
        .number(" threads=", c.threads)
        .number(" spinningthreads=", c.spinning)
        .number(" needspinning=", u32::from(c.wanted))
        .number(" idlethreads=", c.idle_threads)
        .number(" runqueue=", c.global);
    if !detailed {
        let mut separator = " [";
        RT.sched.for_each_proc(|p| {
            // SAFETY: processors are never freed.
            line.number(separator, unsafe { &*p }.queue.len() as i64);
            separator = " ";
        });
        line.text("]\n", "");
        return;
    }
    line.flag(" gcwaiting=", c.stopping)
        .number(" nmidlelocked=", c.idle_locked)
        .number(" stopwait=", c.stop_wait)
        .flag(" sysmonwait=", c.monitor_rests)
        .text("\n", "");
    RT.sched.for_each_proc(|p| processor(&mut line, p));
    RT.sched.for_each_thread(|m| machine(&mut line, m));
    RT.sched.for_each_task(|t| task(&mut line, t));
}

fn processor(line: &mut Line, p: *mut P) {
    // SAFETY: processors are never freed.
    unsafe {
        line.number("  P", (*p).id)
            .number(": status=", RT.sched.status_number(p))
            .number(" schedtick=", (*p).sched_tick.load(Relaxed))
            .number(" syscalltick=", (*p).syscall_tick.load(Relaxed))
            .perhaps(" m=", thread((*p).thread.load(Relaxed)))
            .number(" runqsize=", (*p).queue.len() as i64)
            .number(" gfreecnt=", RT.sched.spare_tasks(p))
            .number(" timerslen=", (*p).timers.len() as i64)
            .text("\n", "");
    }
}

fn machine(line: &mut Line, m: *mut M) {
    // SAFETY: descriptors of threads are never freed, nor are those that they lead to; the fields are words.
    unsafe {
        let p = glance(&raw const (*m).proc);
        line.perhaps("  M", thread(m))
            .perhaps(": p=", (!p.is_null()).then(|| u64::from((*p).id)))
            .perhaps(" curg=", goroutine((*m).curg.load(Relaxed)))
            // Of the words that official Go has here this runtime has no like: an entry that allocates is no state of its thread.
            .text(" mallocing=0", "")
            .number(" throwing=", u32::from(glance((&raw const (*m).ext.throwing).cast::<u8>())))
            .text(" preemptoff=", "")
            .number(" locks=", glance(&raw const (*m).locks))
            .text(" dying=0", "")
            .flag(" spinning=", glance((&raw const (*m).spinning).cast::<u8>()) != 0)
            .text(" blocked=false", "")
            .perhaps(" lockedg=", goroutine(glance(&raw const (*m).locked_task)))
            .text("\n", "");
    }
}

fn task(line: &mut Line, t: *mut G) {
    // SAFETY: descriptors of goroutines are never freed, nor are those that they lead to; the fields are words.
    unsafe {
        line.perhaps("  G", goroutine(t))
            .number(": status=", (*t).state.get().number())
            .text("(", glance(&raw const (*t).wait_reason).text())
            .perhaps(") m=", thread(glance(&raw const (*t).thread)))
            .perhaps(" lockedm=", thread(glance(&raw const (*t).locked_thread)))
            .text("\n", "");
    }
}

//! Goroutines: starting, yielding, counting, locking to threads, system calls; random numbers. The main goroutine's steps are
//! in `inits`.

use core::sync::atomic::Ordering;
use goxide_rt::fatal;
use goxide_rt::frames::caller_pc;
use goxide_rt::links::FuncVal;
use goxide_rt::random::{fastrand64, hash_seed, random_below};
use goxide_rt::reason::Reason;
use goxide_rt::sched::{self, Stopped};
use goxide_rt::state::{G, MAX_PROCS, RT, g, m};
use goxide_rt::token::{Processor, System};
use goxide_rt::trace;
use goxide_rt::words::truth;
use goxide_rt::{procs, profile};

/// A `go` statement: starts `f`.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_newproc(mut sys: System<'_>, f: FuncVal) {
    // SAFETY: in a system entry.
    unsafe {
        let gp = g();
        if f.is_null() {
            fatal::fatal(b"go of nil func value");
        }
        sys.holding(f, |sys| sched::go(sys, f, caller_pc(gp), gp));
    }
}

/// A goroutine's function has returned.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_goexit_done(sys: System<'_>) -> ! {
    // SAFETY: in a system entry; nothing of its stack is needed.
    unsafe { sched::exit_on_g0(sys) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_mstart() -> ! {
    // SAFETY: threads begin in `thread_entry`; this symbol exists for the linker.
    unsafe { sched::thread_main(m()) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_Gosched(sys: System<'_>) {
    // SAFETY: in a system entry.
    unsafe { sched::yield_on_g0(sys) }
}

/// A goroutine was interrupted (`goxide_rt::preempt`): it yields behind this entry, as behind any other.
#[unsafe(no_mangle)]
extern "C" fn gx_runtime_asyncPreempt2(_: System<'_>) {}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_goschedguarded(sys: System<'_>) {
    // SAFETY: in a system entry.
    unsafe {
        if (*m()).locks == 0 {
            sched::yield_on_g0(sys)
        }
    }
}

/// As many processors as are held. The entry answers how many there were, or, if that is held too, how many there are.
struct Resize;

impl Stopped for Resize {
    unsafe fn stopped(mut sys: System<'_>, _: *mut G) {
        let [procs, answers_new, ..] = sys.take_held();
        sys.answer()[0] = if answers_new != 0 { procs } else { RT.sched.proc_count() as usize };
        if let Some(watcher) = trace::batches::watcher() {
            // SAFETY: the world is stopped for the goroutine whose entry this is.
            unsafe { (watcher.resizing)(procs as u32) }
        }
        sched::set_proc_count(procs as u32);
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_gomaxprocs(mut sys: System<'_>, n: isize) -> usize {
    let now = RT.sched.proc_count() as usize;
    let asks = n <= 0;
    let wanted = if asks {
        procs::on_asking().map_or(now, |n| n as usize)
    } else {
        procs::fix();
        (n as usize).min(MAX_PROCS)
    };
    if wanted == now {
        return now;
    }
    // SAFETY: in a system entry.
    unsafe {
        // Numbers for once, which no pointer is.
        sys.held()[..2].copy_from_slice(&[wanted, usize::from(asks)]);
        sched::with_world_stopped::<Resize>(sys, Reason::Semacquire)
    }
}

#[unsafe(no_mangle)]
extern "C" fn gx_runtime_NumCPU(_: System<'_>) -> usize {
    RT.cpus.load(Ordering::Relaxed) as usize
}

#[unsafe(no_mangle)]
extern "C" fn gx_runtime_NumGoroutine(_: System<'_>) -> i64 {
    RT.sched.num_tasks()
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_LockOSThread(sys: System<'_>) {
    // SAFETY: in a system entry.
    unsafe {
        sched::begin_maker();
        if !sched::lock_thread(sys) {
            fatal::throw(b"LockOSThread nesting overflow");
        }
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_UnlockOSThread(sys: System<'_>) {
    // SAFETY: in a system entry.
    unsafe { sched::unlock_thread(sys) }
}

#[unsafe(no_mangle)]
extern "C" fn gx_runtime_debug_setMaxThreads(_: System<'_>, n: usize) -> usize {
    sched::set_max_threads(n.min(i32::MAX as usize) as u32) as usize
}

// System calls.

/// # Safety
/// On g0, after [`sched::enter_syscall`]; the second argument is what that answered.
unsafe extern "C" fn entered(_: usize, stopping: usize) -> usize {
    // SAFETY: on g0, after `enter_syscall`, which asked for the former or did not.
    unsafe {
        if truth(stopping) {
            sched::enter_syscall_stopping();
        }
        if let Some(watcher) = trace::batches::watcher() {
            (watcher.syscall_entered)();
        }
    }
    0
}

/// A leaf that is given its caller's return address, stack pointer and frame pointer.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_entersyscall(pc: usize, sp: usize, bp: usize) {
    // SAFETY: on the goroutine's stack, which does nothing but the system call until exitsyscall.
    unsafe {
        let stopping = sched::enter_syscall(sp, pc, bp);
        if stopping || trace::batches::is_on() {
            goxide_stack::switch_stack_call((*m()).g0_sp, entered, 0, usize::from(stopping));
        }
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_exitsyscall_fast() -> usize {
    // SAFETY: after entersyscall. A leaf.
    unsafe { usize::from(!trace::batches::is_on() && sched::exit_syscall_fast()) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_exitsyscall() {
    // SAFETY: in a system entry, after the fast half failed, or was left out for this goroutine to yield.
    unsafe {
        if !sched::exit_syscall_fast() {
            sched::exit_syscall_slow_on_g0(g())
        }
        if let Some(watcher) = trace::batches::watcher() {
            (watcher.resumed)(g());
        }
    }
}

// Random numbers.

#[unsafe(no_mangle)]
extern "C" fn gx_runtime_fastrand() -> u32 {
    // SAFETY: this thread's descriptor.
    unsafe { (*m()).random() }
}

/// For the packages whose numbers the program sees: math/rand, net, os.
#[unsafe(no_mangle)]
extern "C" fn gx_runtime_fastrandu() -> u64 {
    fastrand64()
}

/// What asks for it by this name is hash/maphash, for its seeds.
#[unsafe(no_mangle)]
extern "C" fn gx_runtime_fastrand64() -> u64 {
    hash_seed()
}

#[unsafe(no_mangle)]
extern "C" fn gx_sync_fastrandn(n: u32) -> u32 {
    random_below(n)
}

// Profiler labels.

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_pprof_runtime_getProfLabel() -> usize {
    // SAFETY: the current goroutine.
    unsafe { (*g()).ext.labels }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_pprof_runtime_setProfLabel(proc: Processor<'_>, labels: usize) {
    // SAFETY: the current goroutine.
    unsafe { profile::set_labels(proc, g(), labels) }
}

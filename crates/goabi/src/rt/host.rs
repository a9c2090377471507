//! Go's answers to the scheduler ([`GoHost`]): memory for descriptors and stacks, threads by `clone`, timers that call Go
//! functions on the system stack, deadlock; and Go's words for why a goroutine waits.

use super::{G, M, P, ProcExt, RT, TaskExt, ThreadExt, barrier, fatal, memory, pext, signals};
use crate::arch;
use crate::links::links;
use core::ptr::null_mut;
use goxide_chan::Waiter;
use goxide_sched::{Asleep, Ext, Host, TimerCall};
use goxide_stack::Bounds;
use goxide_sys::Lock;

/// The embedder that Go is.
pub struct GoHost;

/// Bytes of a thread's system stack; the entries and the scheduler run there.
pub const SYSTEM_STACK: usize = 128 << 10;
/// What is mapped for a thread in all: an inaccessible page, the system stack, another such page, the signal stack.
pub fn thread_mapping() -> usize {
    SYSTEM_STACK + signals::STACK + 2 * page_size()
}

/// Memory is made inaccessible in whole pages.
fn page_size() -> usize {
    goxide_sys::auxv::get(goxide_sys::auxv::AT_PAGESZ).unwrap_or(4096)
}
/// Room that Go code called on the system stack leaves free: the linker's figure for code without checks.
const G0_MARGIN: usize = 2048;

macro_rules! reasons {
    ($($name:ident = $number:literal $text:literal,)* ; $($other:literal $words:literal,)*) => {
        /// Why a goroutine waits, with the numbers that debuggers know from Go 1.21.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u8)]
        #[allow(missing_docs, reason = "the texts say it")]
        pub enum Reason { $($name = $number,)* }

        /// The words for a reason.
        pub fn reason_text(reason: u8) -> &'static str {
            match reason {
                $($number => $text,)*
                $($other => $words,)*
                _ => "unknown wait reason",
            }
        }
    };
}

reasons! {
    IoWait = 2 "IO wait",
    ChanReceiveNil = 3 "chan receive (nil chan)",
    ChanSendNil = 4 "chan send (nil chan)",
    Select = 9 "select",
    SelectNoCases = 10 "select (no cases)",
    ChanReceive = 14 "chan receive",
    ChanSend = 15 "chan send",
    FinalizerWait = 16 "finalizer wait",
    Semacquire = 18 "semacquire",
    Sleep = 19 "sleep",
    CondWait = 20 "sync.Cond.Wait",
    MutexLock = 21 "sync.Mutex.Lock",
    RwMutexRLock = 22 "sync.RWMutex.RLock",
    RwMutexLock = 23 "sync.RWMutex.Lock",
    GcCycle = 25 "wait for GC cycle",
    GcWorker = 26 "GC worker (idle)",
    ;
    // What only packages outside of std pass, to `gopark`.
    0 "",
    1 "GC assist marking",
    5 "dumping heap",
    6 "garbage collection",
    7 "garbage collection scan",
    8 "panicwait",
    11 "GC assist wait",
    12 "GC sweep wait",
    13 "GC scavenge wait",
    17 "force gc (idle)",
    24 "trace reader (blocked)",
    27 "GC worker (active)",
    28 "preempted",
    29 "debug call",
    30 "GC mark termination",
    31 "stopping the world",
}

impl Ext for GoHost {
    type TaskExt = TaskExt;
    type ThreadExt = ThreadExt;
    type ProcExt = ProcExt;
}

#[allow(clippy::not_unsafe_ptr_arg_deref, reason = "the seam promises valid descriptors")]
// SAFETY: each method does what the trait says, as argued where it is not plain.
unsafe impl Host for GoHost {
    fn new_task_ext(&self) -> TaskExt {
        TaskExt {
            sig: 0,
            sig_code: 0,
            sig_addr: 0,
            sig_pc: 0,
            touching: core::sync::atomic::AtomicBool::new(false),
            panic_on_fault: false,
            labels: 0,
            in_flight: [0; 4],
            result_pointers: 0,
            bulk: super::bulk::Bulk::NONE,
            raised: [0; 5],
            recovered_sp: 0,
            rust_task: false,
            lock_since: 0,
            scanned_cycle: core::sync::atomic::AtomicU32::new(0),
        }
    }

    fn new_thread_ext(&self) -> ThreadExt {
        ThreadExt {
            block: goxide_tls::ThreadBlock::new(),
            pins: 0,
            print_locks: 0,
            throwing: false,
            signal_stack: 0,
            fork_mask: 0,
            go_m: crate::entries::linknames::GoM::NEW,
        }
    }

    unsafe fn init_proc_ext(&self, at: *mut ProcExt) {
        // Caches without anything are zero bytes. So is a write barrier buffer without room: its first use comes by
        // `flush`, which gives it some.
        // SAFETY: the processor is being made.
        unsafe { super::profile::begin(at) }
    }

    #[inline(always)]
    fn current(&self) -> *mut G {
        super::g()
    }

    #[inline(always)]
    unsafe fn resume(&self, t: *mut G) -> ! {
        // SAFETY: a task goes on with a processor in hand; its context was saved when it left, or prepared when it was made.
        unsafe {
            super::gc::worker::ran_here();
            goxide_stack::gogo(&raw const (*t).ctx, t as usize)
        }
    }

    fn set_current(&self, t: *mut G) {
        // SAFETY: every thread has its block set.
        unsafe { goxide_tls::set_current(t.cast()) }
    }

    unsafe fn alloc_stack(&self, p: *mut P) -> Bounds {
        // SAFETY: the caller holds the processor.
        unsafe { (*p).ext.stacks.alloc(&RT.stacks, goxide_stack::MIN_STACK) }
    }

    unsafe fn free_stack(&self, p: *mut P, stack: Bounds) {
        // SAFETY: the caller's: nobody uses the stack; the processor, if any, is held.
        unsafe {
            if p.is_null() {
                RT.stacks.free(stack);
            } else {
                (*p).ext.stacks.free(&RT.stacks, stack);
            }
        }
    }

    fn keep_stack(&self, stack: Bounds) -> bool {
        stack.hi - stack.lo == goxide_stack::MIN_STACK
    }

    unsafe fn alloc_record(&self, size: usize, align: usize) -> *mut u8 {
        let at = RT.heap.persistent_alloc(size, align);
        if at.is_null() {
            memory::out_of_memory()
        }
        at
    }

    unsafe fn start_thread(&self, m: *mut M) -> Result<(), i32> {
        // SAFETY: the descriptor is nobody else's yet.
        unsafe {
            let mp = &mut *m;
            let g0 = mp.g0;
            if (*g0).stack.hi == 0 {
                map_stacks(m)?;
                signals::guard_first_stack();
            }
            mp.ext.block.prepare();
            mp.ext.block.preset(g0.cast(), m.cast());
            mp.tls = mp.ext.block.base();
            // No signal may come before the thread has its signal stack.
            let old = goxide_sys::signal::sigprocmask(goxide_sys::signal::How::Set, goxide_sys::signal::ALL);
            let made = goxide_sys::thread::retry(|| {
                crate::entries::os::EXEC.lock();
                let made = goxide_sys::thread::spawn(mp.g0_sp as *mut u8, mp.tls, thread_entry, m as usize);
                crate::entries::os::EXEC.unlock();
                made
            });
            goxide_sys::signal::sigprocmask(goxide_sys::signal::How::Set, old);
            made.map(|_| ()).map_err(|e| e.0)
        }
    }

    fn thread_failed(&self, threads: u32, error: i32) -> ! {
        use crate::symtab::Sink as _;
        let mut out = fatal::Stderr::new();
        out.put(b"runtime: failed to create new OS thread (have ");
        out.put_uint(u64::from(threads));
        out.put(b" already; errno=");
        out.put_int(i64::from(error));
        out.put(b")\n");
        if error == 11 {
            out.put(b"runtime: may need to increase max user processes (ulimit -u)\n");
        }
        drop(out);
        fatal::throw(b"newosproc")
    }

    fn thread_limit(&self, limit: u32) -> ! {
        use crate::symtab::Sink as _;
        let mut out = fatal::Stderr::new();
        out.put(b"runtime: program exceeds ");
        out.put_uint(u64::from(limit));
        out.put(b"-thread limit\n");
        drop(out);
        fatal::throw(b"thread exhaustion")
    }

    fn thread_begin(&self, m: *mut M) {
        // SAFETY: this thread's own descriptor.
        unsafe { signals::begin_thread(m) }
    }

    unsafe fn thread_exit(&self, m: *mut M) -> ! {
        // SAFETY: the thread leaves its stack for good; the word tells the scheduler when.
        unsafe { goxide_sys::thread::exit_thread((&raw mut (*m).ending).cast()) }
    }

    #[inline]
    fn nanotime(&self) -> i64 {
        goxide_sys::time::nanotime()
    }

    unsafe fn run_timer(&self, call: TimerCall) {
        let args = [call.f, call.arg[0], call.arg[1], call.seq, 0];
        // SAFETY: on g0, as the scheduler promises; runtime.runTimer takes these words, and timer functions do not block.
        unsafe { call_on_g0(links().run_timer, &args) };
    }

    unsafe fn store_timer_arg(&self, slot: *mut [usize; 2], arg: [usize; 2]) {
        // SAFETY: the caller's slot.
        unsafe {
            if barrier::is_on() {
                barrier::record(slot.cast(), arg[0]);
                barrier::record(slot.cast::<usize>().add(1), arg[1]);
            }
            slot.write(arg);
        }
    }

    fn proc_destroy(&self, p: *mut P) {
        // SAFETY: the world is stopped: the processor is nobody's.
        unsafe {
            barrier::tell(p, super::gc::marker());
            (*p).ext.cache.flush(&RT.heap);
            (*p).ext.stacks.clear(&RT.stacks);
            spill_waiters(&mut (*p).ext, 0);
        }
    }

    fn timer_added(&self, t: *mut goxide_sched::Timer) {
        if barrier::is_on() {
            // From now on only the scheduler may know of it, and the scheduler's timers may have been told already.
            // SAFETY: whoever starts a timer holds a processor.
            unsafe { barrier::shade(t as usize) }
        }
    }

    fn pick_task(&self, p: *mut P, now: i64) -> *mut G {
        // SAFETY: the scheduler asks for the processor of this thread.
        unsafe { super::gc::worker::pick(p, now) }
    }

    fn pick_idle_task(&self, p: *mut P) -> *mut G {
        // SAFETY: as above.
        unsafe { super::gc::worker::pick_idle(p) }
    }

    fn has_idle_task(&self) -> bool {
        super::gc::worker::wants_idle()
    }

    fn wants_watch(&self) -> bool {
        true
    }

    fn watch_tick(&self) -> bool {
        super::gc::worker::watch_tick()
    }

    fn all_asleep(&self, why: Asleep) -> ! {
        match why {
            Asleep::AllWaiting => fatal::fatal(b"all goroutines are asleep - deadlock!"),
            Asleep::NoTasks => fatal::fatal(b"no goroutines (main called runtime.Goexit) - deadlock!"),
        }
    }

    unsafe fn task_exit(&self, t: *mut G) {
        // SAFETY: the goroutine has ended; what it leaves behind is this thread's to clear.
        unsafe {
            let gp = &mut *t;
            gp.host0 = 0;
            gp.host1 = 0;
            gp.waiting = null_mut();
            gp.ext.labels = 0;
            gp.ext.in_flight = [0; 4];
            gp.ext.result_pointers = 0;
            gp.ext.sig = 0;
            gp.ext.recovered_sp = 0;
            gp.ext.panic_on_fault = false;
        }
    }
}

/// Maps a thread's stacks. Neither can grow into what lies below it without a fault.
///
/// # Safety
/// The descriptor is nobody else's and has no stack.
unsafe fn map_stacks(m: *mut M) -> Result<(), i32> {
    const ENOMEM: i32 = 12;
    let (size, guard) = (thread_mapping(), page_size());
    let base = goxide_sys::mem::map_anywhere(size);
    if base.is_null() {
        return Err(ENOMEM);
    }
    let system = base as usize + guard;
    let between = system + SYSTEM_STACK;
    // SAFETY: the mapping is fresh, and the two pages in it are for nothing else.
    unsafe {
        if !goxide_sys::mem::protect(base, guard) || !goxide_sys::mem::protect(between as *mut u8, guard) {
            goxide_sys::mem::unmap(base, size);
            return Err(ENOMEM);
        }
        (*m).ext.signal_stack = between + guard;
        set_system_stack(m, system, between);
    }
    Ok(())
}

/// Where a thread made by [`Host::start_thread`] begins.
unsafe extern "C" fn thread_entry(m: usize) -> ! {
    // SAFETY: `m` is the descriptor that the thread was made for; its word and stack are set.
    unsafe { RT.sched.thread_main(m as *mut M) }
}

/// Gives a thread the system stack `lo..hi`.
///
/// # Safety
/// The memory is the thread's alone.
pub unsafe fn set_system_stack(m: *mut M, lo: usize, hi: usize) {
    // SAFETY: the caller's.
    unsafe {
        let g0 = (*m).g0;
        (*g0).stack = Bounds { lo, hi };
        (*g0).thread = m;
        (*g0).guard0.store(lo + G0_MARGIN, core::sync::atomic::Ordering::Relaxed);
        (*g0).guard1 = lo + G0_MARGIN;
        (*m).g0_sp = hi & !15;
    }
}

/// Calls a Go function on this system stack, and answers its first result; without one, what a register held.
///
/// # Safety
/// On the system stack of this thread. The function takes the words, does not grow its stack far and does not block.
pub unsafe fn call_on_g0(f: crate::links::FuncVal, args: &[usize; 5]) -> usize {
    // SAFETY: the word is put back; `call_go` needs g0 to be current.
    unsafe {
        let mp = super::m();
        let before = super::g();
        goxide_tls::set_current((*mp).g0.cast());
        let result = arch::call_go(f, args, (*mp).g0 as usize);
        goxide_tls::set_current(before.cast());
        result
    }
}

/// Spare wait records that a processor has at most; half of them move to or from the shared ones at a time.
const WAITERS: u32 = 128;

/// Spare wait records of all processors: as many as ever waited at once, less those that wait. Records are taken where a goroutine
/// begins to wait and given back where it goes on, which need not be the same processor.
struct SpareWaiters(*mut Waiter);
// SAFETY: the records are nobody's, and go with the lock.
unsafe impl Send for SpareWaiters {}
static SPARE: Lock<SpareWaiters> = Lock::new(SpareWaiters(null_mut()));

/// A spare wait record for a channel operation.
///
/// # Safety
/// The thread holds a processor.
pub unsafe fn take_waiter() -> *mut Waiter {
    // SAFETY: the processor's list is this thread's; a new record is nobody else's.
    unsafe {
        let ext = pext();
        if ext.waiters.is_null() {
            return more_waiters();
        }
        let w = ext.waiters;
        ext.waiters = (*w).wait_link;
        ext.n_waiters -= 1;
        w
    }
}

/// This processor has none left.
#[cold]
#[inline(never)]
unsafe fn more_waiters() -> *mut Waiter {
    // SAFETY: as for `take_waiter`; what is on the shared list is nobody's.
    unsafe {
        let ext = pext();
        {
            let mut spare = SPARE.lock();
            while ext.n_waiters < WAITERS / 2 && !spare.0.is_null() {
                let w = spare.0;
                spare.0 = (*w).wait_link;
                (*w).wait_link = ext.waiters;
                ext.waiters = w;
                ext.n_waiters += 1;
            }
        }
        if !ext.waiters.is_null() {
            return take_waiter();
        }
        let at: *mut Waiter = RT.sched.host().alloc_record(size_of::<Waiter>(), 8).cast();
        at.write(Waiter::new());
        at
    }
}

/// Gives a wait record back.
///
/// # Safety
/// Nobody uses it any more; the thread holds a processor.
pub unsafe fn give_waiter(w: *mut Waiter) {
    // SAFETY: the caller's.
    unsafe {
        let ext = pext();
        (*w).wait_link = ext.waiters;
        ext.waiters = w;
        ext.n_waiters += 1;
        if ext.n_waiters == WAITERS {
            spill_waiters(ext, WAITERS / 2);
        }
    }
}

/// Keeps `keep` of a processor's spare wait records; the shared list gets the others.
#[cold]
#[inline(never)]
unsafe fn spill_waiters(ext: &mut ProcExt, keep: u32) {
    // SAFETY: the records are nobody's.
    unsafe {
        let mut spare = SPARE.lock();
        while ext.n_waiters > keep {
            let w = ext.waiters;
            ext.waiters = (*w).wait_link;
            (*w).wait_link = spare.0;
            spare.0 = w;
            ext.n_waiters -= 1;
        }
    }
}

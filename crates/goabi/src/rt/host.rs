//! Go's answers to the scheduler ([`GoHost`]): memory for descriptors and stacks, threads by `clone`, timers that call Go
//! functions on the system stack, deadlock; and Go's words for why a goroutine waits.

use super::{G, M, P, ProcExt, RT, TaskExt, ThreadExt, barrier, fatal, memory, pext, signals};
use crate::arch;
use crate::links::links;
use core::ptr::null_mut;
use goxide_sched::{Asleep, Host, TimerCall};
use goxide_stack::Bounds;

/// The embedder that Go is.
pub struct GoHost;

/// Bytes of a thread's system stack; the entries and the scheduler run there.
pub const SYSTEM_STACK: usize = 128 << 10;
/// Below it, inaccessible.
const SYSTEM_GUARD: usize = 4096;
/// What is mapped for a thread in all.
pub const THREAD_MAPPING: usize = SYSTEM_STACK + SYSTEM_GUARD + signals::STACK;
/// Room that Go code called on the system stack leaves free: the linker's figure for code without checks.
const G0_MARGIN: usize = 2048;

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// Why a goroutine waits.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u8)]
        #[allow(missing_docs, reason = "the texts say it")]
        pub enum Reason { $($(#[$doc])* $name,)* }

        const TEXTS: &[&str] = &[$($text,)*];
    };
}

reasons! {
    Waiting = "waiting",
    ChanReceive = "chan receive",
    ChanSend = "chan send",
    ChanReceiveNil = "chan receive (nil chan)",
    ChanSendNil = "chan send (nil chan)",
    Select = "select",
    SelectNoCases = "select (no cases)",
    Sleep = "sleep",
    Semacquire = "semacquire",
    MutexLock = "sync.Mutex.Lock",
    RwMutexRLock = "sync.RWMutex.RLock",
    RwMutexLock = "sync.RWMutex.Lock",
    CondWait = "sync.Cond.Wait",
    IoWait = "IO wait",
    GcWorker = "GC worker (idle)",
    GcCycle = "wait for GC cycle",
    FinalizerWait = "finalizer wait",
}

/// The words for a reason.
pub fn reason_text(reason: u8) -> &'static str {
    TEXTS.get(reason as usize).copied().unwrap_or("waiting")
}

#[allow(clippy::not_unsafe_ptr_arg_deref, reason = "the seam promises valid descriptors")]
impl Host for GoHost {
    type TaskExt = TaskExt;
    type ThreadExt = ThreadExt;
    type ProcExt = ProcExt;

    const GUARD: usize = goxide_stack::GUARD;

    fn new_task_ext(&self) -> TaskExt {
        TaskExt {
            sig: 0,
            sig_code: 0,
            sig_addr: 0,
            sig_pc: 0,
            panic_on_fault: false,
            labels: 0,
            in_flight: [0; 4],
            raised: [0; 5],
            recovered_sp: 0,
            printing: null_mut(),
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
            stack_base: 0,
            fork_mask: 0,
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
                let base = goxide_sys::mem::map_anywhere(THREAD_MAPPING);
                if base.is_null() {
                    return Err(12);
                }
                goxide_sys::mem::protect(base, SYSTEM_GUARD);
                mp.ext.stack_base = base as usize;
                set_system_stack(m, base as usize + SYSTEM_GUARD, base as usize + SYSTEM_GUARD + SYSTEM_STACK);
            }
            mp.ext.block.prepare();
            mp.ext.block.preset(g0.cast(), m.cast());
            mp.tls = mp.ext.block.base();
            // No signal may come before the thread has its signal stack.
            let old = goxide_sys::signal::sigprocmask(goxide_sys::signal::How::Set, goxide_sys::signal::ALL);
            crate::entries::os::EXEC.lock();
            let made = goxide_sys::thread::spawn(mp.g0_sp as *mut u8, mp.tls, thread_entry, m as usize);
            crate::entries::os::EXEC.unlock();
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
        unsafe { call_on_g0(links().run_timer, &args) }
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
            gp.ext.sig = 0;
            gp.ext.recovered_sp = 0;
            gp.ext.panic_on_fault = false;
        }
    }
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

/// Calls a Go function on this system stack.
///
/// # Safety
/// On the system stack of this thread. The function takes the words, does not grow its stack far and does not block.
pub unsafe fn call_on_g0(f: crate::links::FuncVal, args: &[usize; 5]) {
    // SAFETY: the word is put back; `call_go` needs g0 to be current.
    unsafe {
        let mp = super::m();
        let before = super::g();
        goxide_tls::set_current((*mp).g0.cast());
        arch::call_go(f, args, (*mp).g0 as usize);
        goxide_tls::set_current(before.cast());
    }
}

/// A spare wait record for a channel operation.
///
/// # Safety
/// The thread holds a processor.
pub unsafe fn take_waiter() -> *mut goxide_chan::Waiter {
    // SAFETY: the processor's list is this thread's; a new record is nobody else's.
    unsafe {
        let ext = pext();
        let w = ext.waiters;
        if w.is_null() {
            let at: *mut goxide_chan::Waiter =
                RT.sched.host().alloc_record(size_of::<goxide_chan::Waiter>(), 8).cast();
            at.write(goxide_chan::Waiter::new());
            return at;
        }
        ext.waiters = (*w).wait_link;
        w
    }
}

/// Gives a wait record back.
///
/// # Safety
/// Nobody uses it any more; the thread holds a processor.
pub unsafe fn give_waiter(w: *mut goxide_chan::Waiter) {
    // SAFETY: the caller's.
    unsafe {
        let ext = pext();
        (*w).wait_link = ext.waiters;
        ext.waiters = w;
    }
}

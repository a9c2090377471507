//! Go's answers to the subsystems: to the scheduler (memory for descriptors and stacks, threads by `clone`, timers that call Go
//! functions on the system stack, deadlock), to the collector (roots, layouts, what dies), to the pool of stacks (pages).
//!
//! Nothing names this module: the traits make the calls. So it may name all others.

use crate::gc::marker::marker;
use crate::gc::{driver, events, finalizers, object, roots, worker};
use crate::links::links;
use crate::panics::spare;
use crate::records::{Acquired, Finish, GoM};
use crate::refusal::{out_of_memory, refused};
use crate::state::{G, GoGc, GoHost, M, P, ProcExt, RT, StackPages, TaskExt, ThreadExt, g, results_are_loaded};
use crate::stderr::Stderr;
use crate::threads::map_stacks;
use crate::token::{Processor, System};
use crate::{
    barrier, call, chans, cpu_profile, fatal, next_finalizer, pieces, preempt, profile, safepoint, sched, signals, sysmon,
    trace, wait_profile, waiters,
};
use core::ops::Range;
use core::ptr::null_mut;
use goxide_alloc::{Heap, OsPages};
use goxide_gc::{Dead, Scan, Special, Tracer};
use goxide_gotypes::types::{GoSlice, Type};
use goxide_sched::{Asleep, Event, Host, TaskList, TimerCall};
use goxide_stack::{Bounds, Pages};
use goxide_symtab::Sink as _;

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
            in_flight: [0; 5],
            result_pointers: 0,
            progress: null_mut(),
            debt: goxide_gc::Debt::NONE,
            when_paid: None,
            recovered_sp: 0,
            rust_task: false,
            within: 0,
            waits_for: 0,
            scanned_cycle: core::sync::atomic::AtomicU32::new(0),
            observed: null_mut(),
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
            in_child: false,
            profile_timer: core::sync::atomic::AtomicI32::new(0),
            has_to_call: core::sync::atomic::AtomicBool::new(false),
            go_m: GoM::NEW,
        }
    }

    unsafe fn init_proc_ext(&self, at: *mut ProcExt) {
        // Caches without anything are zero bytes. So is a write barrier buffer without room: its first use comes by
        // `flush`, which gives it some.
        // SAFETY: the processor is being made.
        unsafe { profile::begin(at) }
    }

    #[inline(always)]
    fn current(&self) -> *mut G {
        g()
    }

    #[inline(always)]
    unsafe fn resume(&self, t: *mut G) -> ! {
        // SAFETY: on g0, a task goes on with a processor in hand (the method's contract); the scheduler borrows nothing
        // of Go's part of that. The task's context was saved when it left, or prepared when it was made.
        unsafe {
            worker::ran_here(Processor::assume());
            if let Some(watcher) = trace::batches::watcher() {
                (watcher.resumed)(t);
            }
            goxide_stack::gogo(&raw const (*t).ctx, t as usize)
        }
    }

    #[inline(always)]
    unsafe fn finish(&self, t: *mut G, half: Finish) {
        // SAFETY: on g0 of this thread, with a processor, nothing locked; `t` is about to run on it, and stopped where it asked for
        // this half (the method's contract). The scheduler borrows nothing of Go's part of the processor.
        unsafe {
            let mut sys = System::assume();
            // A marker that looks at the goroutine now puts off its root job: it runs. If it parks again without coming to its own code, its
            // processor is to ask for that job all the same.
            if !matches!(half, Finish::Driver | Finish::Worker) {
                worker::ran_here(sys.processor());
            }
            match half {
                Finish::Results => results_are_loaded(t),
                Finish::Pieces => pieces::go_on(sys, t),
                Finish::Pay => safepoint::pay(sys, t),
                Finish::Send => chans::sent(sys, t),
                Finish::Recv => chans::received(sys, t),
                Finish::Selected => chans::received_selected(sys, t),
                Finish::Select => chans::selected(sys, t),
                Finish::Finalizer => next_finalizer::look_again(sys, t),
                Finish::Release => RT.collection.scavenger.release_all(),
                Finish::Driver => driver::turn(t),
                Finish::Worker => worker::work(sys, t),
                Finish::Poll => match RT.net.hooks() {
                    Some(hooks) => (hooks.waited)(sys, t),
                    None => fatal::throw(b"goxide: a goroutine waits in a poller that was not started"),
                },
            }
        }
    }

    unsafe fn acquired(&self, t: *mut G, then: Acquired) {
        // SAFETY: on g0 of this thread, with a processor; `t` is about to run on it, and has the unit that it asked for with this
        // (the method's contract): the world's, if marking begins or ends, or the number of processors changes. Nothing is locked, and the
        // scheduler borrows nothing of Go's part of the processor.
        unsafe {
            match then {
                Acquired::Mutex { since, skip } => {
                    let waited = sched::has_mutex(since);
                    if wait_profile::block_rate() != 0 {
                        wait_profile::blocked(System::assume(), t, waited, skip);
                    }
                }
                Acquired::Waited { since, skip } => {
                    wait_profile::blocked(System::assume(), t, goxide_sys::time::nanotime() - since, skip)
                }
                Acquired::BeginMarking => driver::begin(System::assume(), t),
                Acquired::BeginHere { pieces } => {
                    let mut sys = System::assume();
                    driver::begun_here(sys.lend(), t);
                    // Last: until here what an entry answers is in the descriptor, where it is a root.
                    if pieces { pieces::go_on(sys, t) } else { results_are_loaded(t) }
                }
                Acquired::EndMarking => driver::finish(System::assume(), t),
                Acquired::Resize => driver::resize(System::assume(), t),
            }
        }
    }

    fn set_current(&self, t: *mut G) {
        // SAFETY: every thread has its block set.
        unsafe { goxide_tls::set_current(t.cast()) }
    }

    unsafe fn alloc_stack(&self, p: *mut P) -> Bounds {
        // SAFETY: this thread holds the processor (`Host::alloc_stack`'s contract).
        unsafe { (*p).ext.stacks.alloc(&RT.stacks, goxide_stack::MIN_STACK) }
    }

    unsafe fn free_stack(&self, p: *mut P, stack: Bounds) {
        // SAFETY: nothing uses the stack; the processor, if any, is held.
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
            out_of_memory()
        }
        at
    }

    unsafe fn start_thread(&self, m: *mut M) -> Result<(), i32> {
        // SAFETY: nothing else uses the descriptor yet.
        unsafe {
            let mp = &mut *m;
            let g0 = mp.g0;
            if (*g0).stack.hi == 0 {
                map_stacks(m)?;
                signals::install::second_thread();
            }
            mp.ext.block.prepare();
            mp.ext.block.preset(g0.cast(), m.cast());
            mp.tls = mp.ext.block.base();
            let made = goxide_sys::thread::retry(|| {
                // While a signal can still come: what has the lock may wait until this thread has made a call in a handler
                // (`every_thread::run`).
                RT.exec_lock.lock();
                // No signal may come before the new thread has its signal stack.
                let old = goxide_sys::signal::sigprocmask(goxide_sys::signal::How::Set, goxide_sys::signal::ALL);
                let made =
                    goxide_sys::thread::spawn(mp.g0_sp as *mut u8, mp.tls, thread_entry, m as usize, mp.os_id.as_ptr());
                goxide_sys::signal::sigprocmask(goxide_sys::signal::How::Set, old);
                RT.exec_lock.unlock();
                made
            });
            made.map(|tid| cpu_profile::made(m, tid)).map_err(|e| e.0)
        }
    }

    fn thread_failed(&self, threads: u32, error: i32) -> ! {
        let mut out = Stderr::new();
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
        let mut say = |out: &mut Stderr| {
            out.put(b"runtime: program exceeds ");
            out.put_uint(u64::from(limit));
            out.put(b"-thread limit\n");
        };
        fatal::throw_on_system_after(&mut say, b"thread exhaustion")
    }

    fn thread_begin(&self, m: *mut M) {
        // SAFETY: this thread's own descriptor.
        unsafe { signals::install::begin_thread(m) }
    }

    unsafe fn thread_exit(&self, m: *mut M) -> ! {
        // SAFETY: this thread's own descriptor. It leaves its stacks for good; the word shows the scheduler when.
        unsafe {
            signals::install::end_thread(m);
            goxide_sys::thread::exit_thread((&raw mut (*m).ending).cast())
        }
    }

    fn preempt_thread(&self, m: *mut M) {
        // SAFETY: the scheduler names a thread of its own.
        unsafe { preempt::send(m) }
    }

    #[inline]
    fn nanotime(&self) -> i64 {
        goxide_sys::time::nanotime()
    }

    unsafe fn run_timer(&self, call: TimerCall) {
        if call.f == crate::parts::DEADLINE {
            if let Some(hooks) = RT.net.hooks() {
                // SAFETY: on g0 of a thread with a processor, without locks (the method's contract), for a descriptor's timer.
                unsafe { (hooks.expired)(call) }
            }
            return;
        }
        if barrier::is_on() {
            // The timer may have been the only one that led to these when marking began, and leaves the scheduler before it was visited:
            // what led there is deleted, as by a store. Marking cannot end before: this thread keeps its processor. (Sleeps and deadlines
            // name tasks and descriptors, which are not the heap's; a periodic timer stays, and is visited.)
            // SAFETY: on g0 of a thread with a processor, of whose part the scheduler borrows nothing (the method's contract).
            let mut proc = unsafe { Processor::assume() };
            for word in [call.f, call.arg[0], call.arg[1]] {
                barrier::shade(proc.lend(), word);
            }
        }
        let args = [call.f, call.arg[0], call.arg[1], call.seq, 0];
        // SAFETY: on g0 of a thread with a processor, and no lock is held (the method's contract); the scheduler borrows nothing of
        // Go's part of that. runtime.runTimer takes these words, and timer functions do not block.
        unsafe { call::call_on_g0(System::assume(), links().run_timer, &args) };
    }

    unsafe fn store_timer_arg(&self, slot: *mut [usize; 2], arg: [usize; 2]) {
        // SAFETY: `slot` is the words of a valid timer (`Host::store_timer_arg`'s contract), which are readable; who
        // changes a timer holds a processor, and the scheduler borrows nothing of Go's part of that.
        unsafe {
            if barrier::is_on() {
                let mut proc = Processor::assume();
                barrier::record(proc.lend(), slot.cast(), arg[0]);
                barrier::record(proc, slot.cast::<usize>().add(1), arg[1]);
            }
            slot.write(arg);
        }
    }

    fn proc_destroy(&self, p: *mut P) {
        // SAFETY: the world is stopped: the processor has no holder. This thread keeps its own, which is another one, or the same if it is
        // to change it; the scheduler borrows nothing of its part.
        unsafe {
            barrier::tell(p, marker(Processor::assume()));
            (*p).ext.cache.flush(&RT.heap);
            (*p).ext.stacks.clear(&RT.stacks);
            waiters::spill_waiters(&mut (*p).ext, 0);
            spare::forget(&mut (*p).ext);
        }
    }

    #[inline]
    fn timer_added(&self, t: *mut goxide_sched::Timer) {
        if barrier::is_on() {
            // From now on only the scheduler may know of it, and the scheduler's timers may have been visited already.
            // SAFETY: the thread that starts a timer holds a processor, of whose part the scheduler borrows nothing.
            barrier::shade(unsafe { Processor::assume() }, t as usize)
        }
    }

    fn has_poller(&self) -> bool {
        RT.net.hooks().is_some()
    }

    fn poll_waiters(&self) -> u32 {
        RT.net.poller.waiters()
    }

    fn poll(&self, delay_ns: i64) -> TaskList<GoHost> {
        RT.net.hooks().map_or_else(TaskList::new, |hooks| (hooks.poll)(delay_ns))
    }

    fn poll_break(&self) {
        if let Some(hooks) = RT.net.hooks() {
            (hooks.interrupt)()
        }
    }

    fn pick_task(&self, p: *mut P, now: i64) -> *mut G {
        // SAFETY: the scheduler asks for the processor of this thread.
        unsafe { worker::pick(p, now) }
    }

    fn pick_idle_task(&self, p: *mut P) -> *mut G {
        // SAFETY: the scheduler asks for the processor of this thread.
        unsafe { worker::pick_idle(p) }
    }

    fn has_idle_task(&self, p: *mut P) -> bool {
        // SAFETY: the scheduler asks for a processor that this thread has just released, or for none.
        unsafe { worker::wants_idle(p) }
    }

    fn begin_monitor(&'static self) {
        sysmon::begin();
    }

    fn all_asleep(&self, why: Asleep) -> ! {
        match why {
            Asleep::NoTasks => fatal::fatal(b"no goroutines (main called runtime.Goexit) - deadlock!"),
            Asleep::AllWaiting => fatal::fatal(b"all goroutines are asleep - deadlock!"),
            _ => fatal::throw(b"all_asleep: a reason that is not known here"),
        }
    }

    #[inline(always)]
    fn trace(&self, event: Event, t: *mut G) {
        // The others are told by `resume`, and by the entries of system calls: they may come on a goroutine's own stack.
        if !matches!(event, Event::Start | Event::SyscallEnter | Event::SyscallExit)
            && let Some(watcher) = trace::batches::watcher()
        {
            // SAFETY: as the scheduler calls this: on the system stack of one of its threads, about a valid task or none.
            unsafe { (watcher.happened)(event, t) }
        }
    }

    fn tasks_are(&self, list: *mut *mut G, len: usize, cap: usize) {
        // SAFETY: Go's variables, which debuggers read and nothing else; the scheduler's lock is held.
        unsafe {
            links().all_gs.write(GoSlice { ptr: list.cast(), len, cap });
            links().all_gs_len.write(len);
        }
    }

    unsafe fn task_exit(&self, t: *mut G) {
        // SAFETY: the goroutine has ended; what it leaves behind is this thread's to clear.
        unsafe {
            let gp = &mut *t;
            gp.host0 = 0;
            gp.host1 = 0;
            gp.waiting = null_mut();
            profile::set_labels(Processor::assume(), t, 0);
            gp.ext.in_flight = [0; 5];
            gp.ext.result_pointers = 0;
            gp.ext.sig = 0;
            gp.ext.within = 0;
            gp.ext.recovered_sp = 0;
            gp.ext.panic_on_fault = false;
        }
    }
}

/// Where a thread made by [`Host::start_thread`] begins.
///
/// # Safety
/// A new thread begins here, once; `m` is the descriptor that it was made for.
unsafe extern "C" fn thread_entry(m: usize) -> ! {
    // SAFETY: `m` is the descriptor that the thread was made for; its word and stack are set.
    unsafe { RT.sched.thread_main(m as *mut M) }
}

// SAFETY: `roots` visits all roots, a descriptor's mask has all pointers of a value.
unsafe impl goxide_gc::Host for GoGc {
    type Pages = OsPages;

    #[inline(always)]
    fn heap(&self) -> &Heap<OsPages> {
        &RT.heap
    }

    fn root_jobs(&self) -> usize {
        roots::count()
    }

    unsafe fn scan_root(&self, job: usize, t: &mut Tracer<'_, GoGc>) -> Scan {
        // SAFETY: `job` is below what `root_jobs` gave; markers run on g0, with a processor (the method's contract). Whoever marks has its
        // marker in use, and nothing else that is reached by the processor; the marker is not asked for here.
        unsafe { roots::scan(Processor::assume(), job, t) }
    }

    unsafe fn scan_object(
        &self,
        opaque: usize,
        object: usize,
        _size: usize,
        range: Range<usize>,
        t: &mut Tracer<'_, GoGc>,
    ) {
        // SAFETY: what allocations are given as `opaque` is a descriptor.
        unsafe { object::scan_array(opaque as *const Type, object, range, t) }
    }

    fn nanotime(&self) -> i64 {
        goxide_sys::time::nanotime()
    }

    fn marking_done(&self) {
        events::notify(events::MARKED);
    }

    fn more_work(&self) {
        worker::call_idle();
    }

    fn check_failed(&self, object: usize, parent: usize) -> ! {
        let mut out = Stderr::new();
        out.put(b"runtime: object ");
        out.put_hex(object);
        out.put(b" is reachable from ");
        out.put_hex(parent);
        out.put(b" and not marked\n");
        drop(out);
        fatal::throw(b"checkmark found unmarked object")
    }
}

impl Dead for GoGc {
    unsafe fn finalizer(&self, s: *mut Special) {
        // SAFETY: the collector hands the record over (the method's contract).
        unsafe { finalizers::queue(s) }
    }

    fn note(&self, payload: &goxide_gc::special::Payload) {
        profile::freed(payload);
    }
}

const _: () = {
    use core::mem::offset_of;
    use goxide_alloc::Span;
    assert!(offset_of!(Span, gc) == offset_of!(Span, specials) + 8);
    assert!(size_of::<goxide_stack::SpanSlot>() == 24);
};

// SAFETY: manual spans are valid, page-aligned memory that nothing else uses until it is freed.
unsafe impl Pages for StackPages {
    fn alloc_pages(&self, npages: usize) -> *mut u8 {
        match RT.heap.alloc_manual(npages) {
            // SAFETY: just made.
            Ok(span) => unsafe { (*span).base() as *mut u8 },
            Err(why) => refused(why),
        }
    }

    unsafe fn slot(&self, ptr: *mut u8) -> *mut goxide_stack::SpanSlot {
        match RT.heap.span_of(ptr as usize) {
            // A manual span has no objects, so that the words for them are free: three in a row, as asserted above.
            Some(span) => span.specials.as_ptr().cast(),
            None => fatal::throw(b"goxide: a stack outside of the page heap"),
        }
    }

    unsafe fn free_pages(&self, ptr: *mut u8, _npages: usize) {
        if let Some(span) = RT.heap.span_of(ptr as usize) {
            // SAFETY: the pages came from `alloc_pages` and are not used any more (the caller's promise).
            unsafe { RT.heap.free_manual(core::ptr::from_ref(span).cast_mut()) }
        }
    }
}

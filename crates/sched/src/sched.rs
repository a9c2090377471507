//! The scheduler's state ([`Sched`]), its construction, and walks over all tasks, threads and
//! timers. What it does with the state is in the modules named after the doing.

use core::cell::UnsafeCell;
use core::mem::{align_of, size_of};
use core::ptr::null_mut;
use core::sync::atomic::{AtomicBool, AtomicI64, AtomicPtr, AtomicU32, AtomicU64, Ordering};

use goxide_sys::RawMutex;

use crate::coded::Coded;
use crate::host::Host;
pub use crate::model::Sched;
use crate::model::{Central, FreeTasks, Proc, SemaTable, Spare, Table, Task, TaskList, TaskTable, Thread};
use crate::os::Note;
use crate::timer::Timer;
use crate::wake::Wake;

/// How many threads may exist by default.
const MAX_THREADS: u32 = 10_000;

impl<H: Host> Sched<H> {
    /// A scheduler that owns `host` and has neither threads nor processors yet; see
    /// [`Sched::init_thread`] and [`Sched::init_procs`]. All its bytes are zero (if the host's are),
    /// so that a static one takes no room in a program file.
    pub const fn new(host: H) -> Self {
        Sched {
            host,
            lock: RawMutex::new(),
            central: UnsafeCell::new(Central {
                global: TaskList::new(),
                idle_procs: null_mut(),
                idle_threads: null_mut(),
                to_make: null_mut(),
                ended: null_mut(),
                n_threads: 0,
                n_idle_threads: 0,
                n_idle_locked: 0,
                n_system_threads: 0,
                next_thread_id: 0,
                max_threads: 0,
                stop_wait: 0,
                new_procs: 0,
            }),
            table: AtomicPtr::new(null_mut()),
            n_procs: AtomicU32::new(0),
            wake: Wake::new(),
            global_len: AtomicU32::new(0),
            stopping: AtomicU32::new(0),
            frozen: AtomicBool::new(false),
            stop_note: Note::new(),
            last_poll: AtomicI64::new(0),
            poll_until: AtomicI64::new(0),
            timer_note: Note::new(),
            next_id: AtomicU64::new(0),
            started: Coded::zero(),
            monitor_rests: AtomicBool::new(false),
            monitor_naps: AtomicI64::new(0),
            monitor_note: Note::new(),
            maker: AtomicBool::new(false),
            maker_note: Note::new(),
            count_correction: AtomicI64::new(0),
            world: AtomicU32::new(0),
            free_lock: RawMutex::new(),
            free_len: AtomicU32::new(0),
            dead_stacks: AtomicU32::new(0),
            free: UnsafeCell::new(FreeTasks { with_stack: TaskList::new(), bare: TaskList::new() }),
            tasks: TaskTable::new(),
            all_threads: AtomicPtr::new(null_mut()),
            main_thread: AtomicPtr::new(null_mut()),
            records_lock: RawMutex::new(),
            records: UnsafeCell::new(Spare::new()),
            semas: SemaTable::new(),
        }
    }

    /// The embedder.
    #[inline(always)]
    pub fn host(&self) -> &H {
        &self.host
    }

    /// Runs `f` under the central lock. `f` must not enter the scheduler.
    #[inline]
    pub(crate) fn locked<R>(&self, f: impl FnOnce(&mut Central<H>) -> R) -> R {
        self.lock.lock();
        // SAFETY: the lock is held, and `f` cannot come here again without dead-locking.
        let r = f(unsafe { &mut *self.central.get() });
        // SAFETY: taken above.
        unsafe { self.lock.unlock() };
        r
    }

    /// Runs `f` on the shared free lists, under their lock.
    pub(crate) fn free_lists<R>(&self, f: impl FnOnce(&mut FreeTasks<H>) -> R) -> R {
        self.free_lock.lock();
        // SAFETY: the lock is held.
        let lists = unsafe { &mut *self.free.get() };
        let r = f(lists);
        self.free_len.store(lists.with_stack.len() + lists.bare.len(), Ordering::Relaxed);
        self.dead_stacks.store(lists.with_stack.len(), Ordering::Relaxed);
        // SAFETY: taken above.
        unsafe { self.free_lock.unlock() };
        r
    }

    /// How many processors there are, and a table that has at least those: in this order, so that
    /// the table is never older than the number. None before [`Sched::init_procs`].
    #[inline]
    pub(crate) fn procs(&self) -> Option<(u32, &'static Table<H>)> {
        let n = self.proc_count();
        Some((n, self.try_table()?))
    }

    /// The table of processors; none before [`Sched::init_procs`].
    #[inline]
    pub(crate) fn try_table(&self) -> Option<&'static Table<H>> {
        // SAFETY: null, or a table, filled before it was stored (acquire pairs with that release) and never freed.
        unsafe { self.table.load(Ordering::Acquire).as_ref() }
    }

    /// The table of processors.
    ///
    /// # Safety
    /// There is one: [`Sched::init_procs`] was called, as it was if the caller has a processor, of whatever state.
    #[inline]
    pub(crate) unsafe fn table(&self) -> &'static Table<H> {
        let table = self.try_table();
        debug_assert!(table.is_some());
        // SAFETY: `init_procs` was called (this function's contract), which makes a table.
        unsafe { table.unwrap_unchecked() }
    }

    /// This thread's descriptor.
    ///
    /// # Safety
    /// The calling thread is one of this scheduler's, and its per-thread word is set: to its g0 or to the task it runs.
    #[inline(always)]
    pub unsafe fn thread(&self) -> *mut Thread<H> {
        // SAFETY: the word is set (the caller's promise), to a g0 or a running task; both have their thread set.
        unsafe { (*self.host.current()).thread }
    }

    /// The processor this thread holds, or null.
    ///
    /// # Safety
    /// As for [`Sched::thread`].
    #[inline(always)]
    pub unsafe fn proc(&self) -> *mut Proc<H> {
        // SAFETY: a thread of this scheduler whose word is set, as `thread` wants it; descriptors are never freed.
        unsafe { (*self.thread()).proc }
    }

    /// Memory for one `T`, holding `value`, forever.
    pub(crate) fn record<T>(&self, value: T) -> *mut T {
        // SAFETY: the host gives memory of that size and alignment, which nothing else uses.
        unsafe {
            let p = self.host.alloc_record(size_of::<T>(), align_of::<T>()).cast::<T>();
            p.write(value);
            p
        }
    }

    /// Makes the descriptor of the calling thread, the first of the process (thread 0). The
    /// caller then fills in `g0.stack`, `g0_sp` and `tls`, and sets the per-thread word to its g0.
    ///
    /// # Panics
    /// If it was called before.
    pub fn init_thread(&'static self) -> *mut Thread<H> {
        let first = self.locked(|c| core::mem::replace(&mut c.max_threads, MAX_THREADS) == 0);
        assert!(first, "a scheduler has one first thread");
        self.last_poll.store(1, Ordering::Relaxed);
        self.next_id.store(1, Ordering::Relaxed);
        self.world.store(1, Ordering::Relaxed);
        let m = self.new_thread_record();
        self.main_thread.store(m, Ordering::Release);
        m
    }

    /// Makes `n` processors, one at least, and gives the first to the calling thread.
    ///
    /// # Safety
    /// - The calling thread is that of [`Sched::init_thread`], and its per-thread word is set to its g0.
    /// - No call was made before.
    pub unsafe fn init_procs(&'static self, n: u32) {
        // SAFETY: there is no world to be stopped yet (second point); the word is set (first point); at least one.
        let rest = self.locked(|c| unsafe { self.resize_procs(c, n.max(1)) });
        debug_assert!(rest.is_null());
    }

    /// A fresh thread descriptor with its g0, on the list of all threads.
    pub(crate) fn new_thread_record(&'static self) -> *mut Thread<H> {
        let g0 = self.record(Task::new(self.host.new_task_ext()));
        let m = self.record(Thread::new(g0, self, self.host.new_thread_ext()));
        let id = self.locked(|c| {
            c.n_threads += 1;
            c.next_thread_id += 1;
            c.next_thread_id - 1
        });
        // SAFETY: both descriptors were just made and are known to nothing else.
        unsafe {
            (*g0).thread = m;
            (*g0).system.store(true, Ordering::Relaxed);
            (*m).id = id;
            let mut head = self.all_threads.load(Ordering::Relaxed);
            loop {
                (*m).all_link = head;
                // Release: pairs with the acquire in `for_each_thread`.
                match self.all_threads.compare_exchange(head, m, Ordering::Release, Ordering::Relaxed) {
                    Ok(_) => return m,
                    Err(seen) => head = seen,
                }
            }
        }
    }

    /// How many processors there are.
    #[inline]
    pub fn proc_count(&self) -> u32 {
        // Acquire: pairs with the release in `resize_procs`, which sets the table first.
        self.n_procs.load(Ordering::Acquire)
    }

    /// Processor `i`, below a [`Sched::proc_count`] once read. Beyond those ever made: null, or a panic.
    ///
    /// # Panics
    /// If there is no table yet, or none of its entries has that number.
    #[inline]
    pub fn proc_at(&self, i: u32) -> *mut Proc<H> {
        match self.try_table() {
            Some(table) if i < table.cap => table.get(i),
            _ => panic!("no processor has that number"),
        }
    }

    /// Sets how many threads may exist; more end in [`Host::thread_limit`]. Gives the old limit.
    pub fn set_max_threads(&self, n: u32) -> u32 {
        self.locked(|c| core::mem::replace(&mut c.max_threads, n))
    }

    /// Threads made and not ended.
    pub fn thread_count(&self) -> u32 {
        self.locked(|c| c.n_threads as u32)
    }

    /// The calling or another thread with a descriptor is no runner of tasks (a monitor): it does
    /// not count as a reason why the program might go on.
    pub fn add_system_thread(&'static self) {
        self.locked(|c| {
            c.n_system_threads += 1;
            self.check_dead(c);
        });
    }

    /// As [`Sched::add_system_thread`], of a thread that does not run yet and will call [`Sched::check_for_deadlock`]: the
    /// calling one may be no runner of tasks, and is not the one to be held in [`Host::all_asleep`].
    pub(crate) fn count_system_thread(&self) {
        self.locked(|c| c.n_system_threads += 1);
    }

    /// Whether every task waits is found out again: a thread that was thought to be able to go on is none of those.
    pub(crate) fn check_for_deadlock(&'static self) {
        self.locked(|c| self.check_dead(c));
    }

    /// Makes a descriptor for a thread that will run `f` on its own stack and never schedule.
    /// Starting it is [`Host::start_thread`]; it does not come back from `f`.
    ///
    /// # Safety
    /// `f` may be called with the descriptor, on the thread that is started with it, and never returns.
    pub unsafe fn new_system_thread(&'static self, f: unsafe fn(*mut Thread<H>)) -> *mut Thread<H> {
        let m = self.new_thread_record();
        // SAFETY: just made.
        unsafe { (*m).start_fn = Some(f) };
        m
    }

    /// All tasks ever made, dead ones included.
    pub fn tasks(&self) -> &TaskTable<H> {
        &self.tasks
    }

    /// Calls `f` with each task ever made; a task whose state is DEAD or IDLE is not alive.
    pub fn for_each_task(&self, mut f: impl FnMut(*mut Task<H>)) {
        for i in 0..self.tasks.len() {
            f(self.tasks.get(i));
        }
    }

    /// Calls `f` with each thread descriptor.
    pub fn for_each_thread(&self, mut f: impl FnMut(*mut Thread<H>)) {
        let mut m = self.all_threads.load(Ordering::Acquire);
        while !m.is_null() {
            f(m);
            // SAFETY: descriptors are never freed, and the link never changes once published.
            m = unsafe { (*m).all_link };
        }
    }

    /// Calls `f` with each processor in use.
    pub fn for_each_proc(&self, mut f: impl FnMut(*mut Proc<H>)) {
        let Some((n, table)) = self.procs() else { return };
        for i in 0..n {
            f(table.get(i));
        }
    }

    /// Begins a visit of the timers that are pending, for a collector in whose memory they are, with the world stopped or nothing else that
    /// could: how many there are to visit, more or less. What is set later, or put forward, [`Host::timer_added`] shows.
    pub fn begin_timer_visit(&self) -> usize {
        let mut n = 0;
        // SAFETY: processors are never freed.
        self.for_each_proc(|p| n += unsafe { (*p).timers.begin_visit() });
        n
    }

    /// Goes on with the visit for at least `n` timers: calls `f` with each, under the lock of its heap, so that `f` must not touch timers
    /// otherwise; some at a time, since timers may be due meanwhile. Whether that was all; then nothing in the scheduler leads any more to a
    /// timer that was stopped, or had fired, when the visit began.
    pub fn visit_timers(&self, n: usize, mut f: impl FnMut(*mut Timer)) -> bool {
        /// How many are looked at while a heap's lock is held once.
        const AT_ONCE: usize = 128;
        let mut left = n.div_ceil(AT_ONCE);
        let mut all = true;
        self.for_each_proc(|p| {
            let mut done = false;
            while !done && left > 0 {
                // SAFETY: processors are never freed.
                done = unsafe { (*p).timers.visit(AT_ONCE, &mut f) };
                left -= usize::from(!done);
            }
            all &= done;
        });
        all
    }

    /// Calls `f` with each timer that is pending, at least once, under the lock of its heap: `f` must not touch timers otherwise.
    pub fn for_each_timer(&self, mut f: impl FnMut(*mut Timer)) {
        self.for_each_proc(|p| {
            // SAFETY: processors are never freed.
            unsafe { (*p).timers.for_each(&mut f) }
        });
    }

    /// Bytes that the heaps of timers have mapped for themselves, besides the host's records.
    pub fn timer_bytes(&self) -> usize {
        let mut n = 0;
        // SAFETY: processors are never freed.
        self.for_each_proc(|p| n += unsafe { (*p).timers.mapped() });
        n
    }

    /// Tasks alive, system tasks apart. Exact when nothing is being spawned or ending.
    pub fn num_tasks(&self) -> i64 {
        let mut n = self.count_correction.load(Ordering::Relaxed);
        if let Some(table) = self.try_table() {
            for i in 0..table.cap {
                // SAFETY: null, or a processor, which is never freed.
                n += unsafe { table.get(i).as_ref() }.map_or(0, |p| p.balance.load(Ordering::Relaxed));
            }
        }
        n.max(0)
    }

    /// Takes `t` out of the count of user tasks (collector workers and the like).
    ///
    /// # Safety
    /// `t` is a task that the caller keeps from ending in the meantime.
    pub unsafe fn mark_system(&self, t: *mut Task<H>) {
        // SAFETY: descriptors are never freed, and the task, which does not end in the meantime, is not made another's.
        unsafe {
            if !(*t).system.swap(true, Ordering::Relaxed) {
                self.count_correction.fetch_sub(1, Ordering::Relaxed);
            }
        }
    }
}

//! The hosted world as the scheduler sees it, its [`Host`]: threads of std, stacks of goxide-stack, memory that lives as long as the runtime.

use std::alloc::Layout;
use std::convert::Infallible;
use std::ptr::null_mut;

use goxide_stack::FixedStack;

use super::alarm;
use super::deadlock;
use super::home;
use super::monitor;
use super::os::{STACKS, leave, run};
use super::state::{Home, Kind, Left, Os, TaskExt, current, set_current};
use crate::host::Bounds;
use crate::token::Token;
use crate::{Asleep, Host, Proc, Task, TaskList, Thread, TimerCall};

// SAFETY: the per-thread word is what was set; records come zeroed from the allocator and stay until the scheduler is used no more; tasks that `pick_task`
// and `give_up_own_tasks` hand over were WAITING on a list of ours, and are taken off it. (Throughout: pointers given by the
// scheduler are valid, and processors are held by the calling thread where it says so.)
unsafe impl Host for Os {
    fn new_task_ext(&self) -> TaskExt {
        TaskExt {
            job: None,
            stack: None,
            token: Token::new(),
            home: null_mut(),
            stays: false,
            left: Left::Here,
            name: None,
            locals: Vec::new(),
            kind: Kind::User,
            unwound: false,
            swept: false,
            condition: null_mut(),
        }
    }
    fn new_thread_ext(&self) -> Home {
        Home::new()
    }
    unsafe fn init_proc_ext(&self, at: *mut Vec<FixedStack>) {
        // SAFETY: `at` has room for the value (`Host::init_proc_ext`'s contract).
        unsafe { at.write(Vec::with_capacity(STACKS)) }
    }

    fn begin_monitor(&'static self) {
        monitor::begin(self.sched());
    }

    fn current(&self) -> *mut Task<Self> {
        current()
    }
    fn set_current(&self, t: *mut Task<Self>) {
        set_current(t);
    }

    unsafe fn finish(&self, _t: *mut Task<Self>, half: Infallible) {
        match half {}
    }

    unsafe fn acquired(&self, _t: *mut Task<Self>, then: Infallible) {
        match then {}
    }

    unsafe fn resume(&self, t: *mut Task<Self>) -> ! {
        // SAFETY: the task is ours to run, unless it has another home; the stack is fresh when it gets one.
        unsafe {
            let home = (*t).ext.home;
            if (*t).stack.is_none() {
                self.start(t);
            } else if !home.is_null() && home != (*t).thread {
                home::send(&*(*(*t).thread).sched, t)
            }
            goxide_stack::gogo(&raw const (*t).ctx, t as usize)
        }
    }

    fn pick_task(&self, p: *mut Proc<Self>, _: i64) -> *mut Task<Self> {
        // SAFETY: on g0 of the thread that holds `p`.
        unsafe { home::pick(self.sched(), p, false) }
    }
    fn pick_idle_task(&self, p: *mut Proc<Self>) -> *mut Task<Self> {
        // SAFETY: on g0 of the thread that holds `p`.
        unsafe { home::pick(self.sched(), p, true) }
    }
    fn has_own_task(&self) -> bool {
        home::has_tasks()
    }
    fn give_up_own_tasks(&self, m: *mut Thread<Self>) -> TaskList<Self> {
        // SAFETY: `m` is this thread, and the scheduler is locked.
        unsafe { home::empty(m) }
    }

    unsafe fn alloc_stack(&self, _: *mut Proc<Self>) -> Bounds {
        Bounds::NONE
    }
    unsafe fn free_stack(&self, _: *mut Proc<Self>, _: Bounds) {
        unreachable!("a dead task has no stack, see task_exit")
    }

    unsafe fn alloc_record(&self, size: usize, align: usize) -> *mut u8 {
        self.records.alloc(Layout::from_size_align(size, align).expect("a record's layout"))
    }

    unsafe fn start_thread(&self, m: *mut Thread<Self>) -> Result<(), i32> {
        let m = m as usize;
        std::thread::Builder::new()
            .name(self.thread_name.clone())
            // SAFETY: the descriptor is this thread's from now on, and stays until the thread was joined.
            .spawn(move || unsafe { run(m as *mut Thread<Os>) })
            .map(|thread| self.ending.add_thread(thread))
            .map_err(|e| e.raw_os_error().unwrap_or(-1))
    }

    unsafe fn sleep(&self, m: *mut Thread<Self>) {
        // SAFETY: this thread's own descriptor, on g0; nothing on this stack is needed if this does not come back (`Host::sleep`'s contract).
        unsafe {
            if self.ending.end.forbids_sleep() {
                leave(m)
            }
            (*m).park.sleep();
            if self.ending.end.has_come() {
                leave(m)
            }
        }
    }

    fn nanotime(&self) -> i64 {
        if self.ending.is_timeless() { i64::MAX } else { goxide_sys::time::nanotime() }
    }

    unsafe fn run_timer(&self, call: TimerCall) {
        // SAFETY: all timers but the scheduler's own sleeps are alarms.
        unsafe { alarm::go_off(call, !self.ending.is_timeless()) }
    }

    fn all_asleep(&self, why: Asleep) -> ! {
        let sched = self.sched();
        deadlock::report(sched, why);
        // SAFETY: a thread of this scheduler's, here on its g0.
        unsafe {
            let m = sched.thread();
            if (*m).start_fn.is_some() { monitor::watch(m) } else { sched.sleep_on() }
        }
    }
    fn detects_deadlock(&self) -> bool {
        self.deadlock.is_some() && !self.ending.is_closing() && self.sched.get().is_some_and(|s| s.num_tasks() != 0)
    }

    unsafe fn task_exit(&self, t: *mut Task<Self>) {
        // SAFETY: this is g0 of the thread that ran `t`; it holds a processor.
        unsafe {
            self.ending.one_less();
            (*t).stack = Bounds::NONE;
            (*t).ext.token.clear();
            (*t).ext.name = None;
            if !core::mem::replace(&mut (*t).ext.home, null_mut()).is_null() {
                (*(*t).thread).ext.residents -= 1;
            }
            if let Some(stack) = (*t).ext.stack.take() {
                let free = &mut (*(*(*t).thread).proc).ext;
                if free.len() < STACKS {
                    free.push(stack);
                } else {
                    self.pool.free(stack);
                }
            }
        }
    }

    fn proc_destroy(&self, p: *mut Proc<Self>) {
        // SAFETY: the world is stopped.
        for stack in unsafe { (*p).ext.drain(..) } {
            self.pool.free(stack);
        }
    }
}

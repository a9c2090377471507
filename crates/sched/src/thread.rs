//! The thread descriptor ([`Thread`], the M of G/M/P): an OS thread that runs tasks while it holds
//! a processor. Making threads and parking them is in the module `idle`.

use core::mem::offset_of;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicPtr, AtomicU32};

use goxide_sys::Note;
use goxide_sys::random::{self, Purpose};

use crate::Sched;
use crate::host::Host;
use crate::proc::Proc;
use crate::task::Task;

/// A thread. The first words have fixed offsets: assembly uses them.
#[repr(C)]
pub struct Thread<H: Host> {
    /// The pseudo task whose stack the scheduler runs on.
    pub g0: *mut Task<H>,
    /// The task that runs here, or null. Others read it to ask that task to yield.
    pub curg: AtomicPtr<Task<H>>,
    /// The processor it holds, or null.
    pub proc: *mut Proc<H>,
    /// Top of the system stack that entries switch to.
    pub g0_sp: usize,
    /// The embedder's per-thread block.
    pub tls: usize,
    /// Its number, from 0.
    pub id: u64,
    /// The scheduler it belongs to.
    pub sched: *const Sched<H>,
    /// The processor it shall take when it is woken.
    pub next_proc: *mut Proc<H>,
    /// The processor it held before the system call it is in.
    pub old_proc: *mut Proc<H>,
    /// Rung to wake it.
    pub park: Note,
    /// It holds no work and searches for some; counted in the scheduler.
    pub spinning: bool,
    /// A finish half runs: if it parks, the stack has to be reset.
    pub(crate) resuming: bool,
    /// Reasons why the running task must not be preempted.
    pub locks: i32,
    /// The task that is locked to it, or null.
    pub locked_task: *mut Task<H>,
    /// How often the user has locked them.
    pub locked_external: u32,
    /// How often the runtime has locked them.
    pub locked_internal: u32,
    /// Called on the new thread before it schedules.
    pub start_fn: Option<unsafe fn(*mut Thread<H>)>,
    /// `Proc::syscall_tick` at the last `enter_syscall`.
    pub syscall_tick: u32,
    /// State of the generator behind [`Thread::random`].
    rand: u64,
    /// State of the one behind [`Thread::random_hidden`].
    rand_hidden: u64,
    /// On the list of idle or of finished threads.
    pub link: *mut Thread<H>,
    /// On the list of all threads.
    pub all_link: *mut Thread<H>,
    /// 1 from the moment it decides to end; the embedder makes it 0 when the thread has left
    /// its stack, and the descriptor may then serve another thread.
    pub ending: AtomicU32,
    /// What the embedder keeps in it.
    pub ext: H::ThreadExt,
}

const fn check<H: Host>() {
    assert!(offset_of!(Thread<H>, g0) == 0);
    assert!(offset_of!(Thread<H>, curg) == 8);
    assert!(offset_of!(Thread<H>, proc) == 16);
    assert!(offset_of!(Thread<H>, g0_sp) == 24);
    assert!(offset_of!(Thread<H>, tls) == 32);
}

impl<H: Host> Thread<H> {
    pub(crate) fn new(g0: *mut Task<H>, sched: *const Sched<H>, ext: H::ThreadExt) -> Self {
        const { check::<H>() };
        Thread {
            g0,
            curg: AtomicPtr::new(null_mut()),
            proc: null_mut(),
            g0_sp: 0,
            tls: 0,
            id: 0,
            sched,
            next_proc: null_mut(),
            old_proc: null_mut(),
            park: Note::new(),
            spinning: false,
            resuming: false,
            locks: 0,
            locked_task: null_mut(),
            locked_external: 0,
            locked_internal: 0,
            start_fn: None,
            syscall_tick: 0,
            rand: random::seed(Purpose::Generators),
            rand_hidden: random::seed(Purpose::HashSeeds),
            link: null_mut(),
            all_link: null_mut(),
            ending: AtomicU32::new(0),
            ext,
        }
    }

    /// A cheap pseudo-random number: for fairness, and for whatever the embedder's programs may see.
    #[inline]
    pub fn random(&mut self) -> u32 {
        step(&mut self.rand)
    }

    /// As [`Thread::random`], from a generator of its own, for numbers that must stay unknown: seeds of hash tables. Give none
    /// of them away; from enough of one generator's numbers the next can be worked out.
    #[inline]
    pub fn random_hidden(&mut self) -> u32 {
        step(&mut self.rand_hidden)
    }
}

/// The next number of an xorshift generator with a multiplier (Vigna, 2014), the upper half; its state is never 0.
#[inline]
fn step(state: &mut u64) -> u32 {
    let mut x = *state;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    *state = x;
    (x.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32) as u32
}

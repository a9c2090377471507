//! The thread descriptor ([`Thread`], the M of G/M/P): an OS thread that runs tasks while it holds
//! a processor. Making threads and parking them is in the module `idle`.

use core::ptr::null_mut;
use core::sync::atomic::{AtomicI32, AtomicPtr, AtomicU32};

use crate::ext::Ext;
pub use crate::model::Thread;
use crate::model::{Sched, Task, check_thread};
use crate::os::{Note, Purpose, seed};

impl<H: Ext> Thread<H> {
    pub(crate) fn new(g0: *mut Task<H>, sched: *const Sched<H>, ext: H::ThreadExt) -> Self {
        const { check_thread::<H>() };
        Thread {
            g0,
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
            offered: false,
            locks: 0,
            locked_task: null_mut(),
            locked_external: 0,
            locked_internal: 0,
            start_fn: None,
            syscall_tick: 0,
            rand: seed(Purpose::Generators),
            rand_hidden: seed(Purpose::HashSeeds),
            link: null_mut(),
            all_link: null_mut(),
            ending: AtomicU32::new(0),
            os_id: AtomicI32::new(0),
            reserved: [0; 5],
            curg: AtomicPtr::new(null_mut()),
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

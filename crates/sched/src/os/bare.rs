//! Where there is neither kernel nor stack: threads that an embedder runs in turn, of which none can wait.

use core::sync::atomic::{AtomicU32, Ordering};

/// No pause: nothing else runs meanwhile.
pub fn usleep(_: u32) {}

/// As [`usleep`].
pub fn sched_yield() {}

/// No hint: there is nothing to be ahead of.
pub fn prefetch(_: *const u8) {}

/// No memory beyond that of records.
pub fn map_anywhere(_: usize) -> *mut u8 {
    core::ptr::null_mut()
}

/// As [`map_anywhere`].
///
/// # Safety
/// None.
pub unsafe fn remap(_: *mut u8, _: usize, _: usize) -> *mut u8 {
    core::ptr::null_mut()
}

/// Nothing was mapped.
///
/// # Safety
/// None.
pub unsafe fn unmap(_: *mut u8, _: usize) {}

/// What a seed is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Purpose {
    /// Generators of which nothing depends on their being unknown.
    Generators,
    /// Seeds of hash tables.
    HashSeeds,
}

/// A number that is not 0: the same in every run, since there is nothing here to take chance from.
pub fn seed(purpose: Purpose) -> u64 {
    match purpose {
        Purpose::Generators => 0x9e37_79b9_7f4a_7c15,
        Purpose::HashSeeds => 0xbf58_476d_1ce4_e5b9,
    }
}

/// A bell for one sleeper, of which none can sleep.
#[derive(Debug)]
pub struct Note(AtomicU32);

impl Note {
    /// It has not rung.
    pub const fn new() -> Note {
        Note(AtomicU32::new(0))
    }

    /// As at first.
    pub fn clear(&self) {
        self.0.store(0, Ordering::Relaxed);
    }

    /// Whether it has rung.
    pub fn is_rung(&self) -> bool {
        self.0.load(Ordering::Acquire) != 0
    }

    /// Comes back if it has rung.
    ///
    /// # Panics
    /// If it has not: it would sleep for good.
    pub fn sleep(&self) {
        assert!(self.is_rung(), "a thread cannot sleep here: Host::sleep is the embedder's");
    }

    /// Whether it has rung.
    pub fn sleep_timeout(&self, _: i64) -> bool {
        self.is_rung()
    }

    /// Rings.
    pub fn wakeup(&self) {
        self.0.store(1, Ordering::Release);
    }
}

/// A stack's memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Bounds {
    /// Lowest address.
    pub lo: usize,
    /// One beyond the highest address.
    pub hi: usize,
}

impl Bounds {
    /// No stack.
    pub const NONE: Bounds = Bounds { lo: 0, hi: 0 };

    /// Whether there is no stack.
    pub const fn is_none(self) -> bool {
        self.lo == 0
    }
}

/// Where a task goes on: its embedder knows.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Context {
    /// The address of the function at which it begins.
    pub pc: usize,
}

impl Context {
    /// No task.
    pub const EMPTY: Context = Context { pc: 0 };

    /// A task that has not run.
    ///
    /// # Safety
    /// None.
    pub unsafe fn prepare(_: usize, entry: usize, _: usize, _: usize) -> Context {
        Context { pc: entry }
    }
}

/// No distance is kept from the low end of a stack.
pub const GUARD: usize = 0;
/// A guard above every stack pointer.
pub const PREEMPT: usize = -1314_isize as usize;

/// Goes nowhere.
///
/// # Panics
/// Always: an embedder without stacks has a [`Host::resume`](crate::Host::resume) of its own.
///
/// # Safety
/// None.
pub unsafe fn gogo(_: *const Context, _: usize) -> ! {
    panic!("no task can be switched to here: Host::resume is the embedder's")
}

/// Calls `f(arg)` where it stands: the frames below are left with the next task.
///
/// # Safety
/// `f` may be called with `arg`.
pub unsafe fn mcall(_: *mut Context, _: usize, f: unsafe extern "C" fn(usize) -> !, arg: usize) -> usize {
    // SAFETY: it may be called (this function's contract).
    unsafe { f(arg) }
}

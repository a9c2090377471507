//! arm64: TPIDR_EL0 points at the block. The task is 16 bytes in, where the ABI for thread-local storage puts the
//! first variable of a static executable.

use core::arch::asm;
use core::mem::offset_of;
use core::ptr::null_mut;

/// What the thread register leads to. The owner embeds it in its structure for a thread, and never moves it.
#[repr(C, align(16))]
#[derive(Debug)]
pub struct ThreadBlock {
    /// `[base]`: this field's own address.
    itself: *mut (),
    /// `[base + 8]`: the owner's structure for the thread.
    thread: *mut (),
    /// `[base + 16]`: the running task.
    task: *mut (),
    /// `[base + 24]` on: for the owner's assembly.
    pub reserved: [usize; 5],
}

impl ThreadBlock {
    /// Where the task is, relative to the thread register.
    pub const TASK_OFFSET: isize = 16;
    /// Where the thread's structure is, relative to the thread register.
    pub const THREAD_OFFSET: isize = 8;

    /// A block with no task and no thread in it.
    pub const fn new() -> ThreadBlock {
        ThreadBlock { itself: null_mut(), thread: null_mut(), task: null_mut(), reserved: [0; 5] }
    }

    /// Fills in what depends on the address. To be called at the block's final place, before a thread runs on it.
    #[inline]
    pub fn prepare(&mut self) {
        self.itself = (&raw mut self.itself).cast();
    }

    /// What the thread register must hold: the `tls_base` of `goxide_sys::thread::spawn`.
    #[inline]
    pub fn base(&self) -> usize {
        (&raw const self.itself).addr()
    }

    /// Sets the task of a thread that has not started yet.
    #[inline]
    pub fn preset(&mut self, task: *mut (), thread: *mut ()) {
        self.task = task;
        self.thread = thread;
    }
}

impl Default for ThreadBlock {
    fn default() -> ThreadBlock {
        ThreadBlock::new()
    }
}

const _: () = {
    assert!(offset_of!(ThreadBlock, itself) == 0);
    assert!(offset_of!(ThreadBlock, task) as isize == ThreadBlock::TASK_OFFSET);
    assert!(offset_of!(ThreadBlock, thread) as isize == ThreadBlock::THREAD_OFFSET);
    assert!(size_of::<ThreadBlock>() == 64);
};

/// # Safety
/// See `set_base`.
pub(crate) unsafe fn set_register(base: usize) {
    // SAFETY: `base` is the address of a block, and nothing on this thread needs the old value (this function's contract).
    // The instruction changes that register alone.
    unsafe { asm!("msr tpidr_el0, {}", in(reg) base, options(nostack, preserves_flags)) };
}

/// # Safety
/// See `block`.
#[inline(always)]
pub(crate) unsafe fn block() -> *mut ThreadBlock {
    let base;
    // SAFETY: only reads the register. Not `pure`: a task may go on on another thread.
    unsafe { asm!("mrs {}, tpidr_el0", out(reg) base, options(nomem, nostack, preserves_flags)) };
    base
}

/// # Safety
/// See `block`.
#[inline(always)]
pub(crate) unsafe fn current() -> *mut () {
    // SAFETY: the thread has a block (`block`'s promise), which only it reads and writes.
    unsafe { (&raw const (*block()).task).read_volatile() }
}

/// # Safety
/// See `block`.
#[inline(always)]
pub(crate) unsafe fn set_current(task: *mut ()) {
    // SAFETY: the thread has a block (`block`'s promise), which only it reads and writes.
    unsafe { (&raw mut (*block()).task).write_volatile(task) }
}

/// # Safety
/// See `block`.
#[inline(always)]
pub(crate) unsafe fn thread() -> *mut () {
    // SAFETY: the thread has a block (`block`'s promise), which only it reads and writes.
    unsafe { (&raw const (*block()).thread).read_volatile() }
}

/// # Safety
/// See `block`.
#[inline(always)]
pub(crate) unsafe fn set_thread(thread: *mut ()) {
    // SAFETY: the thread has a block (`block`'s promise), which only it reads and writes.
    unsafe { (&raw mut (*block()).thread).write_volatile(thread) }
}

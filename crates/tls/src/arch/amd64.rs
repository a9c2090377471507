//! amd64: FS points 8 bytes into the block, so that the task is at `fs:-8`, where linkers put the first word of
//! a static executable's thread-local storage, and the word at `fs:0` is FS itself, as the processor's ABI for thread-local storage wants.

use core::arch::asm;
use core::mem::offset_of;
use core::ptr::null_mut;

use goxide_sys::{auxv, syscall};

/// What the thread register leads to. The owner embeds it in its structure for a thread, and never moves it.
#[repr(C, align(16))]
#[derive(Debug)]
pub struct ThreadBlock {
    /// `fs:-8`: the running task.
    task: *mut (),
    /// `fs:0`: this field's own address.
    itself: *mut (),
    /// `fs:8`: the owner's structure for the thread.
    thread: *mut (),
    /// `fs:16` to `fs:48`: for the owner's assembly; `fs:40` is where compiled C looks for its stack canary.
    pub reserved: [usize; 5],
}

impl ThreadBlock {
    /// Where the task is, relative to the thread register.
    pub const TASK_OFFSET: isize = -8;
    /// Where the thread's structure is, relative to the thread register.
    pub const THREAD_OFFSET: isize = 8;

    /// A block with no task and no thread in it.
    pub const fn new() -> ThreadBlock {
        ThreadBlock { task: null_mut(), itself: null_mut(), thread: null_mut(), reserved: [0; 5] }
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

const BASE: isize = offset_of!(ThreadBlock, itself) as isize;
const _: () = {
    assert!(offset_of!(ThreadBlock, task) as isize - BASE == ThreadBlock::TASK_OFFSET);
    assert!(offset_of!(ThreadBlock, thread) as isize - BASE == ThreadBlock::THREAD_OFFSET);
    assert!(size_of::<ThreadBlock>() == 64);
};

const ARCH_SET_FS: usize = 0x1002;
/// In AT_HWCAP2: programs may write FS's base themselves (Linux 5.9 and later, on processors since 2012).
const HWCAP2_FSGSBASE: usize = 2;

/// # Safety
/// See `set_base`.
pub(crate) unsafe fn set_register(base: usize) {
    if auxv::get(auxv::AT_HWCAP2).is_some_and(|bits| bits & HWCAP2_FSGSBASE != 0) {
        // SAFETY: the kernel says that the instruction is allowed. `base` is the address of a block, and nothing on this thread needs
        // the old value (this function's contract).
        unsafe { asm!("wrfsbase {}", in(reg) base, options(nostack, preserves_flags)) };
        return;
    }
    // SAFETY: `base` is the address of a block, and nothing on this thread needs the old value (this function's contract).
    // The call reads and writes no memory; it fails only for addresses that are not the user's.
    unsafe { syscall::raw(syscall::nr::ARCH_PRCTL, ARCH_SET_FS, base, 0, 0, 0, 0) };
}

/// # Safety
/// See `block`.
#[inline(always)]
pub(crate) unsafe fn block() -> *mut ThreadBlock {
    let base: *mut u8;
    // SAFETY: `fs:0` holds the address of `itself`, by `prepare`.
    unsafe {
        asm!("mov {}, fs:[0]", out(reg) base, options(readonly, nostack, preserves_flags));
        base.sub(BASE as usize).cast()
    }
}

/// # Safety
/// See `block`.
#[inline(always)]
pub(crate) unsafe fn current() -> *mut () {
    let task;
    // SAFETY: reads the block.
    unsafe { asm!("mov {}, fs:[-8]", out(reg) task, options(readonly, nostack, preserves_flags)) };
    task
}

/// # Safety
/// See `block`.
#[inline(always)]
pub(crate) unsafe fn set_current(task: *mut ()) {
    // SAFETY: writes the block.
    unsafe { asm!("mov fs:[-8], {}", in(reg) task, options(nostack, preserves_flags)) };
}

/// # Safety
/// See `block`.
#[inline(always)]
pub(crate) unsafe fn thread() -> *mut () {
    let thread;
    // SAFETY: reads the block.
    unsafe { asm!("mov {}, fs:[8]", out(reg) thread, options(readonly, nostack, preserves_flags)) };
    thread
}

/// # Safety
/// See `block`.
#[inline(always)]
pub(crate) unsafe fn set_thread(thread: *mut ()) {
    // SAFETY: writes the block.
    unsafe { asm!("mov fs:[8], {}", in(reg) thread, options(nostack, preserves_flags)) };
}

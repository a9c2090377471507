#![doc = include_str!("../README.md")]
#![cfg_attr(not(any(feature = "std", test)), no_std)]

mod arch;
#[cfg(feature = "std")]
pub mod hosted;

pub use arch::ThreadBlock;

/// Makes `block` the calling thread's block: from here on [`current`] and the others reach it.
///
/// A thread made by `goxide_sys::thread::spawn` does not need this: give [`ThreadBlock::base`] as its `tls_base`.
///
/// # Safety
/// - `block` stays where it is until the thread ends, and belongs to no other thread.
/// - No code on this thread expects the thread register to hold something else: the process has no libc, or this
///   thread never enters it.
#[inline]
pub unsafe fn set_base(block: *mut ThreadBlock) {
    // SAFETY: the block is this thread's and stays where it is (first point), so it can be written and its base stays good; nothing
    // here expects another thread register (second point).
    unsafe {
        (*block).prepare();
        arch::set_register((*block).base());
    }
}

/// The calling thread's block.
///
/// # Safety
/// [`set_base`] was called on this thread, or it was started with a block's base.
#[inline(always)]
pub unsafe fn block() -> *mut ThreadBlock {
    // SAFETY: the thread has a block: `set_base` was called on it, or it was started with one (the caller's promise).
    unsafe { arch::block() }
}

/// The task that runs on this thread.
///
/// # Safety
/// As for [`block`].
#[inline(always)]
pub unsafe fn current() -> *mut () {
    // SAFETY: the thread has a block: `set_base` was called on it, or it was started with one (the caller's promise).
    unsafe { arch::current() }
}

/// Makes `task` the one that runs on this thread.
///
/// # Safety
/// As for [`block`]; and the readers of [`current`] on this thread find in `task` what they expect.
#[inline(always)]
pub unsafe fn set_current(task: *mut ()) {
    // SAFETY: the thread has a block: `set_base` was called on it, or it was started with one (the caller's promise); readers
    // find what they expect.
    unsafe { arch::set_current(task) }
}

/// The structure of this thread, as [`set_thread`] left it.
///
/// # Safety
/// As for [`block`].
#[inline(always)]
pub unsafe fn thread() -> *mut () {
    // SAFETY: the thread has a block: `set_base` was called on it, or it was started with one (the caller's promise).
    unsafe { arch::thread() }
}

/// Remembers the structure of this thread.
///
/// # Safety
/// As for [`block`]; and the readers of [`thread`] find there what they expect.
#[inline(always)]
pub unsafe fn set_thread(thread: *mut ()) {
    // SAFETY: the thread has a block: `set_base` was called on it, or it was started with one (the caller's promise); readers
    // find what they expect.
    unsafe { arch::set_thread(thread) }
}

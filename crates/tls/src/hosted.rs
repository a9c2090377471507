//! The same words for a process whose thread register belongs to the C library, over `thread_local!`. There is no
//! block here, and so no `set_base`.

use core::cell::Cell;
use core::ptr::null_mut;

thread_local! {
    static CURRENT: Cell<*mut ()> = const { Cell::new(null_mut()) };
    static THREAD: Cell<*mut ()> = const { Cell::new(null_mut()) };
}

/// The task that runs on this thread; null before [`set_current`].
#[inline]
pub fn current() -> *mut () {
    CURRENT.get()
}

/// Makes `task` the one that runs on this thread.
#[inline]
pub fn set_current(task: *mut ()) {
    CURRENT.set(task);
}

/// The structure of this thread; null before [`set_thread`].
#[inline]
pub fn thread() -> *mut () {
    THREAD.get()
}

/// Remembers the structure of this thread.
#[inline]
pub fn set_thread(thread: *mut ()) {
    THREAD.set(thread);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_thread_has_its_own() {
        let mut task = 0u8;
        set_current((&raw mut task).cast());
        set_thread((&raw mut task).cast());
        std::thread::spawn(|| assert!(current().is_null() && thread().is_null())).join().unwrap();
        assert_eq!(current(), (&raw mut task).cast());
        assert_eq!(thread(), (&raw mut task).cast());
    }
}

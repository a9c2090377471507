//! The words on a thread of its own: started by the kernel on a block, never entering the C library.

use core::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use goxide_sys::{Note, thread};
use goxide_tls::ThreadBlock;

#[repr(C)]
struct Shared {
    first: ThreadBlock,
    second: ThreadBlock,
    seen: [AtomicUsize; 6],
    done: Note,
    free: AtomicU32,
}

unsafe extern "C" fn child(shared: usize) -> ! {
    // SAFETY: the test keeps `Shared` until the child is gone; this thread runs on `first`, then on `second`, and
    // calls nothing that wants the C library's thread register.
    unsafe {
        let s = &*(shared as *const Shared);
        let see = |i: usize, v: usize| s.seen[i].store(v, Ordering::Relaxed);
        see(0, goxide_tls::current().addr());
        see(1, goxide_tls::thread().addr());
        see(2, goxide_tls::block().addr());
        goxide_tls::set_current(0x30 as *mut ());
        see(3, goxide_tls::current().addr());
        goxide_tls::set_base((&raw const s.second).cast_mut());
        goxide_tls::set_thread(0x40 as *mut ());
        see(4, goxide_tls::thread().addr());
        see(5, goxide_tls::current().addr());
        s.done.wakeup();
        thread::exit_thread(s.free.as_ptr())
    }
}

#[test]
fn a_thread_on_its_own_block() {
    let mut s = Box::new(Shared {
        first: ThreadBlock::new(),
        second: ThreadBlock::new(),
        seen: [const { AtomicUsize::new(0) }; 6],
        done: Note::new(),
        free: AtomicU32::new(1),
    });
    s.first.prepare();
    s.first.preset(0x10 as *mut (), 0x20 as *mut ());
    let mut stack = vec![0u128; 4096];
    let top = stack.as_mut_ptr_range().end.cast();
    // SAFETY: stack and block outlive the child (awaited below), which stays out of the C library.
    unsafe { thread::spawn(top, s.first.base(), child, (&raw const *s).addr(), std::ptr::null_mut()) }.unwrap();
    assert!(s.done.sleep_timeout(10_000_000_000));
    while s.free.load(Ordering::Acquire) != 0 {
        std::thread::yield_now();
    }
    let seen = s.seen.each_ref().map(|v| v.load(Ordering::Relaxed));
    let first = (&raw const s.first).addr();
    assert_eq!(seen, [0x10, 0x20, first, 0x30, 0x40, 0]);
}

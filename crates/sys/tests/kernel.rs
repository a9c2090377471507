//! Threads and signals in a real process. Threads made here own no C library state, so they only make system calls.

use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use goxide_sys::signal::{self, How, SigInfo, UContext};
use goxide_sys::{Errno, Note, process, thread};

#[repr(C)]
struct Child {
    block: [usize; 8],
    tid: AtomicU32,
    stack_at: AtomicUsize,
    started: Note,
    free: AtomicU32,
}

unsafe extern "C" fn child(arg: usize) -> ! {
    // SAFETY: the test keeps the structure until `free` is 0.
    unsafe {
        let c = &*(arg as *const Child);
        c.tid.store(process::gettid() as u32, Ordering::Relaxed);
        c.stack_at.store((&raw const arg).addr(), Ordering::Relaxed);
        c.started.wakeup();
        thread::exit_thread(c.free.as_ptr())
    }
}

#[test]
fn a_thread_lives_and_dies() {
    let mut stack = vec![0u8; 64 << 10];
    let range = stack.as_mut_ptr_range();
    for _ in 0..200 {
        let mut c = Box::new(Child {
            block: [0; 8],
            tid: AtomicU32::new(0),
            stack_at: AtomicUsize::new(0),
            started: Note::new(),
            free: AtomicU32::new(1),
        });
        let base = (&raw mut c.block[4]).addr();
        c.block[4] = base;
        // The top need not be aligned.
        let mut known = 0;
        // SAFETY: the stack is the child's until `free` is 0, which we await; it makes system calls only. The number's place is here.
        let tid = unsafe { thread::spawn(range.end.sub(5), base, child, (&raw const *c).addr(), &raw mut known) }.unwrap();
        assert_eq!(known, tid);
        assert!(c.started.sleep_timeout(10_000_000_000));
        while c.free.load(Ordering::Acquire) != 0 {
            std::thread::yield_now();
        }
        assert_eq!(c.tid.load(Ordering::Relaxed), tid as u32);
        assert!(range.contains(&(c.stack_at.load(Ordering::Relaxed) as *mut u8)));
        // The kernel forgets it soon after.
        while process::tgkill(process::getpid(), tid, 0) != Err(Errno::SRCH) {
            std::thread::yield_now();
        }
    }
}

static SEEN: [AtomicUsize; 6] = [const { AtomicUsize::new(0) }; 6];

unsafe extern "C" fn on_usr1(sig: i32, info: *const SigInfo, context: *mut UContext) {
    // SAFETY: the kernel passes both.
    let (info, context) = unsafe { (&*info, &mut *context) };
    let local = 0u8;
    let here = (&raw const local).addr();
    let values = [sig as usize, info.code as usize, context.pc(), context.sp(), here, context.mask() as usize];
    for (seen, v) in SEEN.iter().zip(values) {
        seen.store(v, Ordering::Relaxed);
    }
}

/// One test, since handlers and masks belong to the process and its threads.
#[test]
fn signals_reach_their_handlers() {
    // SAFETY: the handler only stores to atomics.
    unsafe {
        // An alternate stack.
        let mut alt = vec![0u8; 64 << 10];
        let new = signal::Stack { sp: alt.as_mut_ptr().addr(), flags: 0, size: alt.len() };
        let before = signal::sigaltstack(Some(&new)).unwrap();
        assert_eq!(signal::sigaltstack(None).unwrap(), new);

        let flags = signal::SA_SIGINFO | signal::SA_ONSTACK | signal::SA_RESTART;
        let old = signal::sigaction(signal::SIGUSR1, on_usr1 as *const () as usize, flags, signal::ALL).unwrap();
        assert_eq!(old.handler, signal::SIG_DFL);
        let now = signal::action(signal::SIGUSR1).unwrap();
        assert_eq!((now.handler, now.flags & flags), (on_usr1 as *const () as usize, flags));

        let local = 0u8;
        process::raise(signal::SIGUSR1).unwrap();
        let seen = SEEN.each_ref().map(|v| v.load(Ordering::Relaxed));
        assert_eq!(seen[0], signal::SIGUSR1 as usize);
        assert_eq!(seen[1] as i32, signal::SI_TKILL);
        assert!(seen[3].abs_diff((&raw const local).addr()) < 64 << 10, "the interrupted stack is ours");
        assert!(alt.as_ptr_range().contains(&(seen[4] as *const u8)), "the handler's stack is the alternate one");

        // A blocked signal waits.
        let usr1 = 1u64 << (signal::SIGUSR1 - 1);
        let mask = signal::sigprocmask(How::Block, usr1);
        assert_eq!(mask & usr1, 0);
        SEEN[0].store(0, Ordering::Relaxed);
        process::raise(signal::SIGUSR1).unwrap();
        assert_eq!(SEEN[0].load(Ordering::Relaxed), 0);
        assert_eq!(signal::sigprocmask(How::Unblock, usr1) & usr1, usr1);
        assert_eq!(SEEN[0].load(Ordering::Relaxed), signal::SIGUSR1 as usize);
        assert_eq!(signal::sigprocmask(How::Set, mask), mask);

        signal::sigaction(signal::SIGUSR1, signal::SIG_DFL, 0, 0).unwrap();
        signal::sigaltstack(Some(&before)).unwrap();
        assert_eq!(signal::sigaction(signal::SIGKILL, signal::SIG_IGN, 0, 0), Err(Errno::INVAL));
    }
}

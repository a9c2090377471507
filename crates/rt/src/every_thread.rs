//! A system call that every thread makes, so that what the kernel keeps for each thread (user, group, capabilities) is the same in all:
//! `syscall.AllThreadsSyscall`, and with it `Setuid` and its like.
//!
//! The world is stopped, so that no goroutine sees the old state and then the new one, or both by turns. The lock that the making of a thread
//! takes is held: each thread either exists, and its number is known, or is made later, by a thread that has made the call, and
//! inherits the new state. The calling thread goes first; if it fails, no other is asked. The others are sent a signal, and make the call in its
//! handler, wherever they are; one that ends meanwhile, which is to be seen by its number, need not.

use crate::signals::table::{EVERY_THREAD, Own};
use crate::signals::{handler, install};
use crate::state::{G, M, RT};
use crate::stderr::Stderr;
use crate::token::System;
use crate::{arch, fatal};
use core::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use goxide_symtab::Sink as _;
use goxide_sys::signal::{SigInfo, UContext};
use goxide_sys::{process, syscall};

/// The call, as compiled code passes it: number, six arguments, then what comes of it (two results, an error number).
#[repr(C)]
pub struct Call {
    number: usize,
    args: [usize; 6],
    results: [usize; 2],
    error: usize,
}

/// What a call is for the threads that follow. Constant while any of them has to.
#[derive(Clone, Copy)]
pub struct Common {
    number: usize,
    args: [usize; 6],
    results: [usize; 2],
}

/// Makes the call here: two results and an error number, as package syscall has them.
///
/// # Safety
/// The program may make it.
unsafe fn make(number: usize, args: &[usize; 6]) -> ([usize; 2], usize) {
    let [a, b, c, d, e, f] = *args;
    // SAFETY: the program asked for it.
    let r = unsafe { syscall::raw(number, a, b, c, d, e, f) };
    match r {
        -4095..=-1 => ([usize::MAX, 0], r.unsigned_abs()),
        // The second result is a register that the kernel leaves as it was.
        _ => ([r as usize, args[arch::SECOND_RESULT]], 0),
    }
}

/// Has every thread make the call.
///
/// # Safety
/// The world is stopped for the goroutine whose `call` it is; the program may make the call. On a thread of the program.
pub unsafe fn run(_: System<'_>, t: *mut G, call: &mut Call) {
    // SAFETY: a running goroutine has a thread.
    let me = unsafe { (*t).thread };
    // Held by a thread that makes another, for as long as that takes.
    RT.exec_lock.lock();
    install::all();
    // SAFETY: the program asks for it (this function's contract).
    (call.results, call.error) = unsafe { make(call.number, &call.args) };
    if call.error == 0 {
        let common = Common { number: call.number, args: call.args, results: call.results };
        handler::own(Own::EveryThread, here);
        RT.signals.common.store((&raw const common).cast_mut().cast(), Release);
        let others = |f: &mut dyn FnMut(&M)| {
            RT.sched.for_each_thread(|m| {
                if m != me {
                    // SAFETY: descriptors are never freed.
                    f(unsafe { &*m })
                }
            });
        };
        others(&mut |m| {
            let tid = m.os_id.load(Acquire);
            if tid != 0 {
                m.ext.has_to_call.store(true, Release);
                // A thread that has ended in the meantime does not count any more: below.
                let _ = process::tgkill(process::getpid(), tid, EVERY_THREAD);
            }
        });
        others(&mut |m| {
            while m.ext.has_to_call.load(Acquire) && m.os_id.load(Acquire) != 0 {
                process::sched_yield();
            }
            // Of a thread that has ended.
            m.ext.has_to_call.store(false, Relaxed);
        });
    }
    // SAFETY: taken above, on this thread.
    unsafe { RT.exec_lock.unlock() };
}

/// A thread makes the call, if it has to: another process may send the signal as well.
///
/// # Safety
/// In the handler, on a thread of the program.
unsafe fn here(_: &SigInfo, _: &mut UContext) {
    // SAFETY: this thread's own descriptor. What is common stays as it is while a thread has to call; the program may make the call, as it did
    // on its first thread.
    unsafe {
        let m = goxide_tls::thread().cast::<M>();
        if !(*m).ext.has_to_call.load(Acquire) {
            return;
        }
        let common = *RT.signals.common.load(Acquire).cast::<Common>();
        let (results, error) = make(common.number, &common.args);
        if error != 0 || results != common.results {
            differ(&common, results, error);
        }
        (*m).ext.has_to_call.store(false, Release);
    }
}

/// The threads' state differs: nothing can put that right.
fn differ(common: &Common, results: [usize; 2], error: usize) -> ! {
    let mut out = Stderr::new();
    out.put(b"trap:");
    out.put_uint(common.number as u64);
    out.put(b", a123456=[");
    for (i, a) in common.args.iter().enumerate() {
        out.put(if i == 0 { b"" } else { b"," });
        out.put_uint(*a as u64);
    }
    out.put(b"]\nresults: got {r1=");
    out.put_uint(results[0] as u64);
    out.put(b",r2=");
    out.put_uint(results[1] as u64);
    out.put(b",errno=");
    out.put_uint(error as u64);
    out.put(b"}, want {r1=");
    out.put_uint(common.results[0] as u64);
    out.put(b",r2=");
    out.put_uint(common.results[1] as u64);
    out.put(b",errno=0}\n");
    drop(out);
    fatal::fatal_in_handler(b"AllThreadsSyscall6 results differ between threads; runtime corrupted")
}

/// What [`run`] is for: the goroutine holds its [`Call`].
pub struct EveryThread;

impl crate::sched::Stopped for EveryThread {
    unsafe fn stopped(mut sys: System<'_>, t: *mut G) {
        let [call, ..] = sys.take_held();
        // SAFETY: the goroutine's entry held its caller's record, which stays while the goroutine stands here.
        unsafe { run(sys, t, &mut *(call as *mut Call)) }
    }
}

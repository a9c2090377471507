//! The process: its end, its environment, forking.

use goxide_gotypes::types::{GoSlice, GoStr};
use goxide_rt::call::on_system_stack;
use goxide_rt::every_thread::EveryThread;
use goxide_rt::reason::Reason;
use goxide_rt::signals::{handler, install, kernel};
use goxide_rt::state::{RT, m};
use goxide_rt::token::System;
use goxide_rt::words::Two;
use goxide_rt::{env, fatal, sched};
use goxide_sys::signal::SIGPIPE;
use goxide_sys::syscall::raw;

#[unsafe(no_mangle)]
extern "C" fn gx_syscall_Exit(_: System<'_>, code: usize) {
    goxide_sys::process::exit_group(code as i32)
}

/// main.main has returned, and the exit hooks have run.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_mainDone(_: System<'_>) {
    // A goroutine that is dying of a panic gets to say so.
    fatal::wait_if_dying();
    goxide_sys::process::exit_group(0)
}

#[unsafe(no_mangle)]
extern "C" fn gx_syscall_Getpagesize() -> usize {
    goxide_sys::auxv::get(goxide_sys::auxv::AT_PAGESZ).unwrap_or(4096)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_envs0(_: System<'_>, out: *mut GoSlice) {
    // SAFETY: Go's variable.
    unsafe { *out = env::process().envs }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_args0(_: System<'_>, out: *mut GoSlice) {
    // SAFETY: Go's variable.
    unsafe { *out = env::process().args }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_getenv(_: System<'_>, ptr: *const u8, len: usize) -> Two {
    // SAFETY: Go's string.
    let key = if len == 0 { &[][..] } else { unsafe { core::slice::from_raw_parts(ptr, len) } };
    match env::get(key) {
        Some(v) => Two(v.as_ptr() as usize, v.len()),
        None => Two(0, 0),
    }
}

/// `os.Setenv` or `os.Unsetenv` of GODEBUG.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_godebugChanged(_: System<'_>, ptr: *const u8, len: usize) {
    // SAFETY: Go's strings: the argument, and what the linker wrote.
    unsafe {
        let value = GoStr { ptr, len };
        env::godebug_changed((*goxide_rt::links::links().godebug_default).as_bytes(), value.as_bytes());
    }
}

/// How often `panicnil=1` mattered.
#[unsafe(no_mangle)]
extern "C" fn gx_runtime_panicnilEvents(_: System<'_>) -> u64 {
    env::panicnil_events()
}

/// `[]uintptr`: the auxiliary vector in pairs.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_auxv0(_: System<'_>, out: *mut GoSlice) {
    let all = goxide_sys::auxv::all();
    let n = all.len() * 2;
    // SAFETY: Go's variable; the vector stays.
    unsafe { *out = GoSlice { ptr: all.as_ptr().cast_mut().cast(), len: n, cap: n } }
}

/// `fcntl(fd, cmd, arg)`: value and error number.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_fcntl(_: System<'_>, fd: i32, cmd: i32, arg: i32) -> Two {
    // SAFETY: no memory is passed for the commands that package syscall uses.
    let r = unsafe { raw(goxide_rt::arch::NR_FCNTL, fd as usize, cmd as usize, arg as usize, 0, 0, 0) };
    if r < 0 { Two(usize::MAX, (-r) as usize) } else { Two(r as usize, 0) }
}

/// Package os got EPIPE from descriptor 1 or 2.
#[unsafe(no_mangle)]
extern "C" fn gx_os_sigpipe(_: System<'_>) {
    if !handler::notified(SIGPIPE) {
        kernel::end_by(SIGPIPE)
    }
}

/// A package is about to make this system call, with this second argument, and not all handlers of signals are installed yet.
///
/// A leaf, but what it installs them by runs on the system stack.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_before_system_call(number: usize, second: usize) {
    if !install::shows_nothing(number, second) {
        // SAFETY: the function takes any argument.
        unsafe { on_system_stack(all_handlers, 0) }
    }
}

/// # Safety
/// None: it takes any argument.
#[inline(never)]
unsafe extern "C" fn all_handlers(_: usize, _: usize) -> usize {
    install::all();
    0
}

// Forking. Between fork and exec the child shares the address space and must not be interrupted by handlers.

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_syscall_runtime_BeforeFork(mut sys: System<'_>) {
    let mp = sys.pin();
    // SAFETY: this thread's descriptor.
    unsafe { install::before_fork(mp) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_syscall_runtime_AfterFork(mut sys: System<'_>) {
    // SAFETY: this thread's descriptor.
    unsafe { install::after_fork(m()) };
    sys.unpin();
}

/// In the child: a leaf, since it shares the parent's memory.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_syscall_runtime_AfterForkInChild() {
    // SAFETY: this thread's descriptor, which the parent's thread does not use before the child is gone.
    unsafe { install::in_child(m()) }
}

/// `syscall.runtime_doAllThreadsSyscall`.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_everyThread(mut sys: System<'_>, call: usize) {
    sys.held()[0] = call;
    // SAFETY: in a system entry of a goroutine, whose caller's record is held.
    unsafe { sched::with_world_stopped::<EveryThread>(sys, Reason::Semacquire) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_syscall_runtime_BeforeExec(mut sys: System<'_>) {
    // Package syscall makes no call between the two that gives the processor up.
    sys.pin();
    RT.exec_lock.lock();
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_syscall_runtime_AfterExec(mut sys: System<'_>) {
    // SAFETY: taken by BeforeExec, on this thread.
    unsafe { RT.exec_lock.unlock() };
    sys.unpin();
}

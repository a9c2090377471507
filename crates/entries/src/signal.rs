//! What package os/signal calls. The mechanism is in `goxide_rt::notify`.

use goxide_rt::notify;
use goxide_rt::token::System;

#[unsafe(no_mangle)]
extern "C" fn gx_os_signal_signal_enable(_: System<'_>, sig: u32) {
    notify::enable(sig);
}

#[unsafe(no_mangle)]
extern "C" fn gx_os_signal_signal_disable(_: System<'_>, sig: u32) {
    notify::disable(sig);
}

#[unsafe(no_mangle)]
extern "C" fn gx_os_signal_signal_ignore(_: System<'_>, sig: u32) {
    notify::ignore(sig);
}

#[unsafe(no_mangle)]
extern "C" fn gx_os_signal_signal_ignored(_: System<'_>, sig: u32) -> bool {
    notify::ignored(sig)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_os_signal_signal_recv(sys: System<'_>) -> usize {
    // SAFETY: in a system entry of the goroutine that package os/signal has for it.
    unsafe { notify::receive(sys) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_os_signal_signalWaitUntilIdle(sys: System<'_>) {
    // SAFETY: in a system entry of a goroutine that asked package os/signal for something.
    unsafe { notify::wait_until_idle(sys) }
}

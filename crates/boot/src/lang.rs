//! What the Rust language asks of a freestanding program: where a panic ends. Not here: Go's panics.

use core::fmt::Write as _;

/// Standard error, formatted through a buffer on the system stack.
struct Stderr;

impl core::fmt::Write for Stderr {
    fn write_str(&mut self, s: &str) -> core::fmt::Result {
        let _ = goxide_sys::io::write_all(2, s.as_bytes());
        Ok(())
    }
}

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    // A leaf entry panics on the goroutine's stack, where there is no room to format anything.
    // SAFETY: `report` takes the address of a `PanicInfo`, and ends the program.
    unsafe { goxide_rt::call::on_system_stack(report, &raw const *info as usize) };
    goxide_sys::process::exit_group(2)
}

/// Says what the panic said, and ends the program. `info` is the address of a `PanicInfo`. Never part of the handler, whose
/// frame may be on the goroutine's stack.
///
/// # Safety
/// `info` is the address of a `PanicInfo` that outlives the call.
#[inline(never)]
unsafe extern "C" fn report(info: usize, _: usize) -> usize {
    // SAFETY: the handler's argument, which outlives the call.
    let info = unsafe { &*(info as *const core::panic::PanicInfo<'_>) };
    let _ = writeln!(Stderr, "fatal error: goxide: the runtime itself failed: {info}");
    goxide_sys::process::exit_group(2)
}

/// The precompiled core library names it; nothing ever unwinds.
#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() {}

//! What a program without libc needs before `main`, and when it fails.

use goxide_sys::{auxv, io, process};

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    use core::fmt::Write;
    let _ = writeln!(Stderr, "{info}");
    process::exit_group(99)
}

/// Precompiled `core` names it in tables that nothing reads here.
#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() {}

struct Stderr;

impl core::fmt::Write for Stderr {
    fn write_str(&mut self, s: &str) -> core::fmt::Result {
        io::write_all(io::STDERR, s.as_bytes()).map_err(|_| core::fmt::Error)
    }
}

/// Ends the process with `number` if not `ok`.
pub fn check(number: i32, ok: bool) {
    if !ok {
        process::exit_group(number);
    }
}

/// Called by `arch` with the stack pointer that the kernel started the process with.
///
/// # Safety
/// As it says.
pub unsafe extern "C" fn start(sp: *const usize) -> ! {
    // SAFETY: argc, the arguments, a zero, the environment, a zero, then the vector.
    unsafe {
        let mut p = sp.add(1 + *sp + 1);
        while *p != 0 {
            p = p.add(1);
        }
        auxv::init(p.add(1).cast());
    }
    crate::main();
    check(98, io::write_all(io::STDOUT, b"ok\n").is_ok());
    process::exit_group(0)
}

//! What the report of a crash says of a signal, and of the state of the machine when it came.

use crate::arch;
use goxide_symtab::Sink;
use goxide_sys::signal::{self, SIGBUS, SIGFPE, SIGSEGV, UContext};

/// The kernel's words for the signals that a program dies of with a report.
fn description(sig: u32) -> Option<&'static str> {
    Some(match sig as i32 {
        SIGBUS => "SIGBUS: bus error",
        SIGFPE => "SIGFPE: floating-point exception",
        SIGSEGV => "SIGSEGV: segmentation violation",
        signal::SIGQUIT => "SIGQUIT: quit",
        signal::SIGABRT => "SIGABRT: abort",
        signal::SIGILL => "SIGILL: illegal instruction",
        signal::SIGTRAP => "SIGTRAP: trace trap",
        signal::SIGSTKFLT => "SIGSTKFLT: stack fault",
        signal::SIGSYS => "SIGSYS: bad system call",
        _ => return None,
    })
}

/// `[signal SIGSEGV: segmentation violation code=... addr=... pc=...]`
pub fn put_fault(out: &mut dyn Sink, sig: u32, code: usize, addr: usize, pc: usize) {
    out.put(b"[signal ");
    match description(sig) {
        Some(name) => out.put(name.as_bytes()),
        None => out.put_hex(sig as usize),
    }
    for (what, value) in [(" code=", code), (" addr=", addr), (" pc=", pc)] {
        out.put(what.as_bytes());
        out.put_hex(value);
    }
    out.put(b"]\n");
}

/// `SIGQUIT: quit`
pub fn put_name(out: &mut dyn Sink, sig: u32) {
    match description(sig) {
        Some(name) => out.put(name.as_bytes()),
        None => {
            out.put(b"Signal ");
            out.put_uint(u64::from(sig));
        }
    }
    out.put(b"\n");
}

/// `PC=... m=... sigcode=...`: where it came, to which thread, and how. Of signals that may mean the instruction, that too.
pub fn put_sent(out: &mut dyn Sink, sig: u32, code: i32, pc: usize, thread: u64) {
    out.put(b"PC=");
    out.put_hex(pc);
    out.put(b" m=");
    out.put_uint(thread);
    out.put(b" sigcode=");
    // As an unsigned number, which official Go makes of it.
    out.put_uint(i64::from(code) as u64);
    out.put(b"\n");
    if [SIGFPE, signal::SIGILL].contains(&(sig as i32)) {
        out.put(b"instruction bytes:");
        // As many as most instructions have, within a page: the next may not be there.
        for at in pc..pc + 16.min(0x1000 - pc % 0x1000) {
            out.put(b" ");
            // SAFETY: code that was being executed. If the page cannot be read, the fault that follows ends the process here.
            out.put_hex(usize::from(unsafe { *(at as *const u8) }));
        }
        out.put(b"\n");
    }
}

/// The registers, one a line.
pub fn put_registers(out: &mut dyn Sink, uc: &UContext) {
    for (name, value) in uc.registers() {
        out.put(name.as_bytes());
        out.put(&b"        "[..arch::REGISTER_COLUMN - name.len()]);
        out.put_hex(value);
        out.put(b"\n");
    }
}

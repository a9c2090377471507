//! Go's `print` and `println`: to standard error, under the print lock.

use goxide_gotypes::text::print;
use goxide_gotypes::types::{Eface, GoSlice, Iface};
use goxide_rt::stderr::{Stderr, print_lock, print_unlock};
use goxide_rt::token::System;
use goxide_rt::words::truth;

/// Runs a printer with the lock held.
fn out(f: impl FnOnce(&mut Stderr)) {
    let mut s = Stderr::new();
    print_lock();
    f(&mut s);
    s.flush();
    print_unlock();
}

#[unsafe(no_mangle)]
extern "C" fn gx_runtime_printlock(mut sys: System<'_>) {
    // The goroutine must not leave the thread that holds the lock.
    sys.pin();
    print_lock();
}

#[unsafe(no_mangle)]
extern "C" fn gx_runtime_printunlock(mut sys: System<'_>) {
    print_unlock();
    sys.unpin();
}

macro_rules! printers {
    ($($name:ident($($arg:ident: $ty:ty),*) = |$s:ident| $body:expr;)*) => {
        $(#[unsafe(no_mangle)] extern "C" fn $name(_: System<'_>, $($arg: $ty),*) { out(|$s| $body) })*
    };
}

printers! {
    gx_runtime_printbool(v: usize) = |s| print::bool(s, truth(v));
    gx_runtime_printfloat(v: f64) = |s| print::float(s, v);
    gx_runtime_printint(v: i64) = |s| print::int(s, v);
    gx_runtime_printhex(v: u64) = |s| print::hex(s, v);
    gx_runtime_printuint(v: u64) = |s| print::uint(s, v);
    gx_runtime_printcomplex(re: f64, im: f64) = |s| print::complex(s, re, im);
    gx_runtime_printpointer(v: *const u8) = |s| print::pointer(s, v);
    gx_runtime_printuintptr(v: u64) = |s| print::uint(s, v);
    gx_runtime_printiface(tab: *const goxide_gotypes::types::Itab, data: *mut u8) = |s| print::iface(s, Iface { tab, data });
    gx_runtime_printeface(typ: *const goxide_gotypes::types::Type, data: *mut u8) = |s| print::eface(s, Eface { typ, data });
    gx_runtime_printslice(ptr: *mut u8, len: usize, cap: usize) = |s| print::slice(s, GoSlice { ptr, len, cap });
    gx_runtime_printnl() = |s| print::newline(s);
    gx_runtime_printsp() = |s| print::space(s);
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_printstring(_: System<'_>, ptr: *const u8, len: usize) {
    // SAFETY: Go's string.
    let bytes = if len == 0 { &[][..] } else { unsafe { core::slice::from_raw_parts(ptr, len) } };
    out(|s| print::string(s, bytes));
}

/// `write(fd, p, n)`: what package syscall and others write with.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_write(_: System<'_>, fd: usize, p: *const u8, n: i32) -> i32 {
    // SAFETY: the program gives `n` bytes at `p`, more than none.
    let bytes = if n <= 0 { &[][..] } else { unsafe { core::slice::from_raw_parts(p, n as usize) } };
    match goxide_sys::io::write(fd as i32, bytes) {
        Ok(n) => n as i32,
        Err(e) => -e.0,
    }
}

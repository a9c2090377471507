//! Panics, recover and Goexit: see [`goxide_rt::panics`]. The frames that make the calls are `runtime.gopanic` and `runtime.Goexit`
//! in assembly. Deferring is in `defers`.

use goxide_gotypes::types::{Eface, Type};
use goxide_rt::links::FuncVal;
use goxide_rt::panics::run;
use goxide_rt::token::{Processor, System};

/// `panic(e)`: answers the first deferred call to make.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_gopanic(sys: System<'_>, typ: *const Type, data: *mut u8) -> FuncVal {
    // SAFETY: in the system entry of that name; compiled code gives a value.
    unsafe { run::begin_panic(sys, typ, data) }
}

/// `Goexit()`: as [`gx_gopanic`].
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_goexit(sys: System<'_>) -> FuncVal {
    // SAFETY: in the system entry of that name.
    unsafe { run::begin_goexit(sys) }
}

/// A deferred call that a panic or Goexit made has returned: answers the next one.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_panic_next(sys: System<'_>) -> FuncVal {
    // SAFETY: in the system entry of that name, called by the assembly frame of the innermost panic.
    unsafe { run::after_call(sys) }
}

/// As [`gx_panic_next`], asked first: null if that must be. A leaf.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_panic_next_fast(proc: Processor<'_>) -> FuncVal {
    // SAFETY: in the leaf of that name, called by the assembly frame of the innermost panic.
    unsafe { run::after_call_here(proc) }
}

/// `recover()` in a function called with `argp`. A leaf.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_gorecover(argp: usize) -> Eface {
    // SAFETY: in the entry of that name.
    unsafe { run::recover(argp) }
}

/// The end of a panic that was not recovered.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_fatalpanic(sys: System<'_>) {
    // SAFETY: in the entry that is called by the frame of the innermost panic, once nothing is left to be turned into text.
    unsafe { run::die_of_panic(sys) }
}

/// The value that is being turned into text.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_panicValue(_: System<'_>) -> Eface {
    // SAFETY: in the entry of that name, called by `runtime.printPanicValue` alone.
    unsafe { run::value_to_print() }
}

/// Its text.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_setPanicText(_: System<'_>, ptr: *const u8, len: usize) {
    // SAFETY: in the entry of that name, called by `runtime.printPanicValue` alone.
    unsafe { run::set_printed(ptr, len) }
}

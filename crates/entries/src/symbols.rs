//! Functions, frames, callers and stacks: what package runtime's exported API asks the linker's tables.

use crate::arguments::look_at;
use core::ptr::null;
use goxide_gotypes::text::fault::{Fault, msg};
use goxide_gotypes::types::{GoSlice, GoStr};
use goxide_rt::cpu_profile;
use goxide_rt::frames;
use goxide_rt::memory::allocate_bytes;
use goxide_rt::raise::or_raise;
use goxide_rt::reason::Reason;
use goxide_rt::sched::{self, Stopped};
use goxide_rt::signals;
use goxide_rt::state::{G, g, symtab};
use goxide_rt::token::System;
use goxide_rt::traceback;
use goxide_rt::words::{Two, truth};
use goxide_symtab::frames::{FuncForPc, FuncInl, FuncRef, expand, expand_last, func_for_pc, shown_name};
use goxide_symtab::functab::RawFunc;
use goxide_symtab::moduledata::ModuleData;

/// The name at an offset of a module's table of names.
///
/// # Safety
/// The offset is one of the linker's records of that module.
pub unsafe fn raw_name(module: *const ModuleData, off: i32) -> &'static [u8] {
    // SAFETY: names are terminated; modules live forever.
    unsafe {
        match off {
            0 => b"",
            _ => core::ffi::CStr::from_ptr((*module).funcnametab.ptr.add(off as usize).cast()).to_bytes(),
        }
    }
}

/// # Safety
/// In a system entry; `pcs` has room for `len` pcs.
unsafe fn fill(sys: System<'_>, skip: isize, pcs: *mut usize, len: usize) -> usize {
    if len == 0 {
        return 0;
    }
    // SAFETY: in a system entry; `pcs` has room for `len` pcs (this function's contract).
    unsafe {
        let gp = g();
        let out = core::slice::from_raw_parts_mut(pcs, len);
        frames::callers_of(sys, gp, skip.max(0) as usize, out)
    }
}

/// `runtime.Callers`: frame 0 is this entry's own stub.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_Callers(sys: System<'_>, skip: isize, pcs: *mut usize, len: usize, _cap: usize) -> usize {
    // SAFETY: in a system entry; the slice that the program passes has room for `len` pcs.
    unsafe { fill(sys, skip, pcs, len) }
}

/// `runtime.callers`: frame 0 is the caller.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_callers(sys: System<'_>, skip: isize, pcs: *mut usize, len: usize, _cap: usize) -> usize {
    // SAFETY: in a system entry; the slice that the program passes has room for `len` pcs.
    unsafe { fill(sys, skip.saturating_add(1), pcs, len) }
}

/// Go's `runtime.Frame`; goroot/runtime/symbols.go has the same fields.
#[repr(C)]
struct Frame {
    pc: usize,
    func: *const RawFunc,
    function: GoStr,
    file: GoStr,
    line: isize,
    start_line: isize,
    entry: usize,
    symbol: GoStr,
}

/// Go's `runtime.Frames`, as far as this uses it.
#[repr(C)]
struct Frames {
    callers: GoSlice,
}

fn str_of(s: &[u8]) -> GoStr {
    GoStr { ptr: s.as_ptr(), len: s.len() }
}

/// A function's name as it is shown: a copy only for generic ones.
pub(super) fn display(sys: System<'_>, name: &'static [u8]) -> GoStr {
    let parts = shown_name(name);
    if parts[1].is_empty() {
        return str_of(name);
    }
    let len = parts.iter().map(|p| p.len()).sum();
    let at = allocate_bytes(sys, len, false);
    // SAFETY: the memory is new and has room for the parts.
    unsafe {
        let mut to = at;
        for p in parts {
            goxide_sys::mem::copy(to, p.as_ptr(), p.len());
            to = to.add(p.len());
        }
        GoStr { ptr: at, len }
    }
}

/// The frame of the runtime's own code that a profile has met.
fn native_frame(mut sys: System<'_>, pc: usize) -> Frame {
    let mut text = |bytes: &[u8]| {
        let at = allocate_bytes(sys.lend(), bytes.len(), false);
        // SAFETY: the memory is new and has room.
        unsafe { goxide_sys::mem::copy(at, bytes.as_ptr(), bytes.len()) };
        GoStr { ptr: at, len: bytes.len() }
    };
    let pc = pc - 1;
    let empty = GoStr { ptr: null(), len: 0 };
    match cpu_profile::name_of(pc) {
        Some(name) => {
            let function = text(name.function());
            let (file, line) = (text(name.file()), name.line as isize);
            Frame { pc, func: null(), function, file, line, start_line: 0, entry: name.start, symbol: function }
        }
        None => Frame { pc, func: null(), function: empty, file: empty, line: 0, start_line: 0, entry: 0, symbol: empty },
    }
}

/// `Frames.Next`: fills `frame` in, and says whether another one follows.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_framesNext(sys: System<'_>, ci: *mut Frames, frame: *mut Frame) -> bool {
    let tab = symtab();
    // SAFETY: Go's two structures, at the beginning of a system entry; the slice holds what Callers gave.
    unsafe {
        look_at(ci, 1);
        look_at((*ci).callers.ptr.cast::<usize>(), (*ci).callers.len);
        // The next pc in a function: those are what `expand` knows of, and those that have another name.
        let next = |c: &mut GoSlice| -> Option<usize> {
            while c.len > 0 {
                let pc = *c.ptr.cast::<usize>();
                if tab.find_func(pc).is_some() || cpu_profile::has_names() && signals::stub::is_program_text(pc) {
                    return Some(pc);
                }
                *c = GoSlice { ptr: c.ptr.add(8), len: c.len - 1, cap: c.cap - 1 };
            }
            None
        };
        let Some(pc) = next(&mut (*ci).callers) else { return false };
        let c = &mut (*ci).callers;
        // The last element stays pointed at: one past it may be another object.
        c.len -= 1;
        c.cap -= 1;
        if c.len > 0 {
            c.ptr = c.ptr.add(8);
        }
        let Some(e) = expand(tab, pc) else {
            *frame = native_frame(sys, pc);
            return next(&mut (*ci).callers).is_some();
        };
        let (file, line) = e.file_line();
        let name = e.name();
        *frame = Frame {
            pc: e.pc,
            func: e.func().map_or(null(), |f| f.as_ptr()),
            function: display(sys, name),
            file: str_of(file),
            line: line as isize,
            start_line: e.start_line() as isize,
            entry: e.entry(),
            symbol: str_of(name),
        };
        next(&mut (*ci).callers).is_some()
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_expandFinal(
    _: System<'_>,
    pcs: *const usize,
    len: usize,
    _cap: usize,
    out: *mut [usize; 64],
) -> usize {
    if len == 0 {
        return 0;
    }
    let mut n = 0;
    // SAFETY: the slice has `len` pcs, not none, and the array is one in the frame of the Go function that called.
    unsafe {
        let changed = expand_last(symtab(), *pcs.add(len - 1), |pc| {
            if n < 64 {
                (*out)[n] = pc;
                n += 1;
            }
        });
        if changed { n } else { 0 }
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_funcForPC(sys: System<'_>, pc: usize) -> *const RawFunc {
    match func_for_pc(symtab(), pc) {
        None => null(),
        Some(FuncForPc::Physical(f)) => f.as_ptr(),
        // SAFETY: memory without pointers into the heap: names and files are the linker's.
        Some(FuncForPc::Inlined(f)) => unsafe {
            let at: *mut FuncInl = allocate_bytes(sys, size_of::<FuncInl>(), true).cast();
            at.write(f);
            at.cast()
        },
    }
}

/// The function that `p` is, or a nil pointer's panic.
///
/// # Safety
/// `p` is a `*runtime.Func` of the program's. At the beginning of a system entry.
unsafe fn func(sys: System<'_>, p: *const RawFunc) -> FuncRef<'static> {
    // SAFETY: one that FuncForPC gave, if the program's pointer is right, at the beginning of a system entry: no frame owns anything.
    unsafe {
        look_at(p.cast::<u32>(), 1);
        or_raise(FuncRef::new(symtab(), p).ok_or(Fault::Error(msg::MEMORY)), sys)
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_funcName(mut sys: System<'_>, p: *const RawFunc) -> Two {
    // SAFETY: a *runtime.Func of the program's, at the beginning of a system entry.
    let f = unsafe { func(sys.lend(), p) };
    let s = display(sys, f.name());
    Two(s.ptr as usize, s.len)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_funcEntry(sys: System<'_>, p: *const RawFunc) -> usize {
    // SAFETY: a *runtime.Func of the program's, at the beginning of a system entry.
    unsafe { func(sys, p).entry() }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_funcFileLine(sys: System<'_>, p: *const RawFunc, pc: usize, file: *mut GoStr) -> isize {
    // SAFETY: a *runtime.Func of the program's, at the beginning of a system entry; the string is in the caller's frame.
    unsafe {
        let (f, line) = func(sys, p).file_line(pc);
        *file = str_of(f);
        line as isize
    }
}

/// Writes to the buffer that is held.
struct AllStacks;

impl Stopped for AllStacks {
    unsafe fn stopped(mut sys: System<'_>, _: *mut G) {
        let [buf, len, ..] = sys.take_held();
        // SAFETY: the words are those of the buffer that the program passed, which followed the stack if it lies there. In a system entry, for
        // which the world is stopped.
        sys.answer()[0] = unsafe { traceback::write_stacks(core::slice::from_raw_parts_mut(buf as *mut u8, len), true) };
    }
}

/// `runtime.Stack`
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_stack0(mut sys: System<'_>, buf: *mut u8, len: usize, _cap: usize, all: usize) -> usize {
    if len == 0 {
        return 0;
    }
    // SAFETY: in a system entry; the buffer that the program passes has `len` bytes. If it is on the goroutine's stack, the
    // in-flight array moves with it.
    unsafe {
        if truth(all) {
            *sys.held() = [buf as usize, len, 0, 0, 0];
            sched::with_world_stopped::<AllStacks>(sys, Reason::Semacquire)
        }
        traceback::write_stacks(core::slice::from_raw_parts_mut(buf, len), false)
    }
}

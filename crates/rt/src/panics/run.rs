//! Panics, deferred calls, recover and Goexit of Go 1.21: which deferred call comes next, and where a goroutine goes on when
//! one of them recovers.
//!
//! The records: a `Defer` is laid out by the compiler (in a frame) or allocated (a `defer` in a loop), chained from
//! `g.host1`, newest first. Functions with open-coded defers keep none: their frame has a byte of bits and a slot per call,
//! described in the linker's tables. A [`Panic`] is off-heap, one per running `panic` or `Goexit`, chained from `g.host0`.
//!
//! One walk serves them all, in the way of Go 1.22 rather than 1.21 (no scan that makes records for open-coded frames): a
//! panic has a cursor at a frame; it takes the frame's deferred calls, chained or open-coded, newest first, each taken off
//! before it is made, and steps to the next frame when there is none. A nested panic starts at its own caller and so meets
//! what the outer one has left. The frames that make the calls are `runtime.gopanic` and `runtime.Goexit` in assembly;
//! they ask `next_call` what to call. On the way nothing is remembered about a frame but its stack pointer and pc, so that
//! the stack may move under a deferred call.

use crate::arch;
use crate::fatal;
use crate::links::{FuncVal, links};
use crate::panics::record::{Cursor, Panic};
use crate::panics::walk;
use crate::state::{G, RT, g};
use crate::stderr::Stderr;
use crate::token::{Processor, System};
use core::ptr::{null, null_mut};
use goxide_gotypes::text::panics as values;
use goxide_gotypes::types::{Eface, GoStr, Type};
use goxide_sched::Host as _;

/// A new record for what begins in the entry that `gp` is in.
///
/// # Safety
/// In a system entry of `gp`.
unsafe fn begin(gp: *mut G, arg: Eface, goexit: bool) -> *mut Panic {
    // SAFETY: nothing else has the record; the context is that of the entry's stub.
    unsafe {
        let taken = {
            let mut spare = RT.spare_panics.lock();
            let p = spare.head;
            if !p.is_null() {
                spare.head = (*p).link;
            }
            p
        };
        let p = if taken.is_null() { RT.sched.host().alloc_record(size_of::<Panic>(), 8).cast::<Panic>() } else { taken };
        let ctx = &(*gp).ctx;
        p.write(Panic {
            argp: ctx.sp + arch::ARGP_OFFSET,
            arg,
            link: (*gp).host0 as *mut Panic,
            recovered: false,
            goexit,
            frame_sp: ctx.sp,
            frame_pc: ctx.pc,
            frame_bp: ctx.bp,
            cursor: Cursor { pc: ctx.pc, sp: ctx.sp, found: None },
            text: None,
            printing: null_mut(),
        });
        (*gp).host0 = p as usize;
        p
    }
}

/// Takes the innermost record off and makes it spare; false if there is none.
///
/// # Safety
/// `gp` is the current goroutine, in a system entry.
unsafe fn drop_innermost(gp: *mut G) -> bool {
    // SAFETY: the chain is the goroutine's.
    unsafe {
        let p = (*gp).host0 as *mut Panic;
        if p.is_null() {
            return false;
        }
        (*gp).host0 = (*p).link as usize;
        let mut spare = RT.spare_panics.lock();
        (*p).link = spare.head;
        spare.head = p;
        true
    }
}

/// `panic(e)`: answers the first deferred call to make.
///
/// # Safety
/// In the entry of that name.
pub unsafe fn begin_panic(sys: System<'_>, typ: *const Type, data: *mut u8) -> FuncVal {
    let gp = g();
    let mut arg = Eface { typ, data };
    // SAFETY: in a system entry.
    unsafe {
        if sys.is_g0() {
            fatal::throw(b"panic on system stack");
        }
        if typ.is_null() && !crate::env::panic_may_be_nil() {
            // A PanicNilError takes no bytes, so that every one has the same address.
            arg = Eface { typ: links().panic_nil.typ, data: links().zero_base };
        }
        begin(gp, arg, false);
        next_call(sys, gp)
    }
}

/// `Goexit()`: as [`begin_panic`].
///
/// # Safety
/// In the entry of that name.
pub unsafe fn begin_goexit(sys: System<'_>) -> FuncVal {
    let gp = g();
    // SAFETY: in a system entry.
    unsafe {
        begin(gp, Eface::NIL, true);
        next_call(sys, gp)
    }
}

/// A deferred call that a panic or Goexit made has returned: answers the next one.
///
/// # Safety
/// In the entry of that name.
pub unsafe fn after_call(sys: System<'_>) -> FuncVal {
    let gp = g();
    // SAFETY: in a system entry of the assembly frame of the innermost panic.
    unsafe {
        let p = (*gp).host0 as *mut Panic;
        if !(*p).printing.is_null() {
            (*p).printing = (*(*p).printing).link;
            return next_text(gp, p);
        }
        if (*p).recovered {
            recovered(sys, gp, p)
        }
        next_call(sys, gp)
    }
}

/// [`after_call`] as far as a leaf goes: the next call of the same frame if that has a record; else null.
///
/// # Safety
/// In the entry of that name.
pub unsafe fn after_call_here(proc: Processor<'_>) -> FuncVal {
    let gp = g();
    // SAFETY: in a leaf that the assembly frame of the innermost panic has called. At its cursor, which has moved with the stack, is the frame
    // of which a call was made last.
    unsafe {
        let p = (*gp).host0 as *mut Panic;
        if (*p).recovered || !(*p).printing.is_null() {
            return null();
        }
        // A wrapper that was called has put its own there.
        (*p).argp = (*p).frame_sp + arch::ARGP_OFFSET;
        walk::next_here(proc, gp, &(*p).cursor).unwrap_or(null())
    }
}

/// What the innermost panic calls next; does not come back when there is nothing left.
///
/// # Safety
/// In a system entry of `gp`, whose innermost panic's assembly frame called it.
unsafe fn next_call(mut sys: System<'_>, gp: *mut G) -> FuncVal {
    // SAFETY: in a system entry of the assembly frame of the innermost panic.
    unsafe {
        let p = (*gp).host0 as *mut Panic;
        // The stack may have moved, and with it the frame.
        (*p).argp = (*gp).ctx.sp + arch::ARGP_OFFSET;
        (*p).frame_sp = (*gp).ctx.sp;
        (*p).frame_pc = (*gp).ctx.pc;
        (*p).frame_bp = (*gp).ctx.bp;
        if let Some(f) = walk::next(sys.lend(), gp, &mut (*p).cursor) {
            return f;
        }
        if (*p).goexit {
            finish_goexit(gp)
        }
        // Not recovered. During initialisation the main goroutine is locked to its thread, and no longer so now.
        if (*crate::state::m()).locked_internal != 0 {
            RT.sched.unlock_thread_internal();
        }
        // Values that have a text of their own are asked for it first, by Go code on this goroutine.
        (*p).printing = p;
        next_text(gp, p)
    }
}

/// The goroutine ends by Goexit.
///
/// # Safety
/// In a system entry of `gp`, all of whose deferred calls were made.
unsafe fn finish_goexit(gp: *mut G) -> ! {
    // SAFETY: all deferred calls were made; nothing refers to the stack.
    unsafe {
        while drop_innermost(gp) {}
        RT.sched.exit_on_g0(gp)
    }
}

/// `p`, the innermost, was recovered by the deferred call that just returned: the frame at its cursor returns to its
/// caller.
///
/// # Safety
/// In a system entry of `gp`; `p` is its innermost panic, whose cursor is at one of its frames.
unsafe fn recovered(sys: System<'_>, gp: *mut G, p: *mut Panic) -> ! {
    // SAFETY: the cursor is at a frame of this goroutine.
    unsafe {
        let to = (*p).cursor;
        let Some(frame) = to.found else { fatal::throw(b"recovery failed") };
        // What was interrupted further in is gone, panics with it; but a Goexit cannot be cancelled.
        while (*gp).host0 != 0 {
            let q = (*gp).host0 as *mut Panic;
            if (*q).frame_sp >= to.sp {
                break;
            }
            if (*q).goexit {
                let ctx = &mut (*gp).ctx;
                ctx.sp = (*q).frame_sp;
                ctx.pc = (*q).frame_pc;
                ctx.bp = (*q).frame_bp;
                forget_fault(gp, ctx.sp, ctx.pc);
                let f = next_call(sys, gp);
                (*gp).ctx.regs[0] = f as usize;
                goxide_stack::gogo(&raw const (*gp).ctx, gp as usize);
            }
            drop_innermost(gp);
        }
        forget_fault(gp, to.sp, to.pc);
        // Its other deferred calls are made by its own epilogue, which need not ask if none is open-coded.
        if walk::has_open_coded(&to) {
            (*gp).ext.recovered_sp = (*gp).ext.recovered_sp.max(to.sp);
        }
        let ctx = &mut (*gp).ctx;
        ctx.pc = frame.resume;
        ctx.sp = to.sp;
        ctx.bp = arch::frame_bp(to.sp, to.sp + frame.size);
        ctx.lr = 0;
        ctx.regs = [1, 0, 0, 0];
        goxide_stack::gogo(&raw const (*gp).ctx, gp as usize)
    }
}

/// A panic was recovered into the frame given by stack pointer and pc. A fault that became a panic is done with when no panic
/// is left. Until then Go's runtime still names its signal should the program die, with the two words of the frame where code and address
/// were.
///
/// # Safety
/// In a system entry of `gp`.
unsafe fn forget_fault(gp: *mut G, sp: usize, pc: usize) {
    // SAFETY: descriptors are always readable, and this one is the current goroutine's.
    unsafe {
        if (*gp).host0 == 0 {
            (*gp).ext.sig = 0;
        }
        (*gp).ext.sig_code = sp;
        (*gp).ext.sig_addr = pc;
    }
}

/// `recover()` in a function called with `argp`.
///
/// # Safety
/// In the entry of that name.
pub unsafe fn recover(argp: usize) -> Eface {
    // SAFETY: a leaf of the current goroutine.
    unsafe {
        let p = (*g()).host0 as *mut Panic;
        if !p.is_null() && !(*p).goexit && !(*p).recovered && (*p).argp == argp {
            (*p).recovered = true;
            return (*p).arg;
        }
    }
    Eface::NIL
}

/// Has the next value of the chain that `p` heads turned into text: answers the Go function that does it, or the one that ends the program.
///
/// # Safety
/// In a system entry of `gp`, whose innermost panic's assembly frame called it; `p` is in its chain.
unsafe fn next_text(gp: *mut G, p: *mut Panic) -> FuncVal {
    // SAFETY: the chain is the goroutine's.
    unsafe {
        // One that another panic's printing has asked before keeps the text that it gave then.
        while !(*p).printing.is_null() && (*(*p).printing).text.is_some() {
            (*p).printing = (*(*p).printing).link;
        }
        if (*p).printing.is_null() {
            // Nothing moves the stack until `die_of_panic` needs the frame.
            (*p).frame_sp = (*gp).ctx.sp;
            (*p).frame_pc = (*gp).ctx.pc;
            (*p).frame_bp = (*gp).ctx.bp;
            return links().fatal_panic;
        }
        (*(*p).printing).text = Some(GoStr::EMPTY);
        links().print_panic_value
    }
}

/// The record whose value is being turned into text by the Go function that is running.
///
/// # Safety
/// In a system entry, called by `runtime.printPanicValue`.
unsafe fn being_printed() -> *mut Panic {
    // SAFETY: called by `runtime.printPanicValue` alone, whose frame lies on that of the panic that prints. Panics of the method that
    // it calls are over when it asks, or will not come back to it.
    unsafe {
        let mut p = (*g()).host0 as *mut Panic;
        while !p.is_null() && (*p).printing.is_null() {
            p = (*p).link;
        }
        if p.is_null() {
            fatal::throw(b"goxide: a panic's text without a panic");
        }
        (*p).printing
    }
}

/// The value that is being turned into text.
///
/// # Safety
/// In the entry of that name.
pub unsafe fn value_to_print() -> Eface {
    // SAFETY: called by runtime.printPanicValue alone.
    unsafe { (*being_printed()).arg }
}

/// Its text.
///
/// # Safety
/// In the entry of that name.
pub unsafe fn set_printed(ptr: *const u8, len: usize) {
    // SAFETY: called by runtime.printPanicValue alone. An empty text is a text too.
    unsafe {
        let ptr = if len == 0 { core::ptr::dangling() } else { ptr };
        (*being_printed()).text = Some(GoStr { ptr, len });
    }
}

/// Prints the panics and ends the program.
///
/// # Safety
/// In the entry that `next_text` has had the frame of the innermost panic call.
pub unsafe fn die_of_panic(_: System<'_>) -> ! {
    fatal::begin_panic();
    let mut out = Stderr::new();
    let gp = g();
    // SAFETY: the chain is the goroutine's, which has a panic and does not run again (this function's contract). It is shown where the panic
    // stands, not in the entry, which is there for debuggers.
    unsafe {
        let p = (*gp).host0 as *mut Panic;
        (*gp).ctx.sp = (*p).frame_sp;
        (*gp).ctx.pc = (*p).frame_pc;
        (*gp).ctx.bp = (*p).frame_bp;
        print_chain(&mut out, (*gp).host0 as *mut Panic);
    }
    fatal::after_panic(&mut out)
}

/// Prints the panics from the outermost on, by turning the chain round: it may be as long as the program's data is deep, and
/// nothing needs it any more.
///
/// # Safety
/// `innermost` heads the chain of a goroutine that does not run again.
unsafe fn print_chain(out: &mut Stderr, innermost: *mut Panic) {
    use goxide_gotypes::text::print::Sink as _;
    // SAFETY: the chain is the goroutine's, which will not run again; values are whole.
    unsafe {
        let (mut outermost, mut rest) = (null_mut(), innermost);
        while !rest.is_null() {
            let link = core::mem::replace(&mut (*rest).link, outermost);
            (outermost, rest) = (rest, link);
        }
        let mut indent = false;
        let mut p = outermost;
        while !p.is_null() {
            if indent {
                out.put(b"\t");
            }
            indent = !(*p).goexit;
            if !(*p).goexit {
                out.put(b"panic: ");
                match (*p).text {
                    Some(t) if !t.ptr.is_null() => goxide_gotypes::text::print::string(out, t.as_bytes()),
                    _ => values::any(&RT.space, out, (*p).arg),
                }
                if (*p).recovered {
                    out.put(b" [recovered]");
                }
                out.put(b"\n");
            }
            p = (*p).link;
        }
    }
}

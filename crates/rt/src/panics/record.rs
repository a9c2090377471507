//! The records of deferred calls and of running panics: their layouts, their chains, and what the collector and a moving stack
//! want of them.

use crate::embedder::G;
use crate::links::FuncVal;
use core::mem::offset_of;
use goxide_gotypes::types::{Eface, GoStr};
use goxide_symtab::Relocate;

/// Go's `_defer`, which the compiler lays out in frames.
#[repr(C)]
pub struct Defer {
    /// Not used by this runtime, nor are `panic`, `fd`, `varp` and `framepc`.
    pub started: bool,
    /// Allocated, not in a frame.
    pub heap: bool,
    /// Not used: open-coded calls have no records here.
    pub open_coded: bool,
    /// Stack pointer of the frame that deferred the call.
    pub sp: usize,
    /// Where that frame goes on.
    pub pc: usize,
    /// The call.
    pub func: FuncVal,
    /// See above.
    pub panic: usize,
    /// The one deferred before.
    pub link: *mut Defer,
    /// See above.
    pub fd: usize,
    /// See above.
    pub varp: usize,
    /// See above.
    pub framepc: usize,
}

const _: () = {
    assert!(offset_of!(Defer, sp) == 8);
    assert!(offset_of!(Defer, func) == 24);
    assert!(offset_of!(Defer, link) == 40);
    assert!(size_of::<Defer>() == 72);
};

impl Defer {
    /// Calls `f` with each record of a chain and its address.
    ///
    /// # Safety
    /// `d` heads the chain of a goroutine that does not run.
    pub unsafe fn each(mut d: *const Defer, mut f: impl FnMut(*const Defer, &Defer)) {
        // SAFETY: null, or a record of the chain of a goroutine that does not run (this function's contract), so it stays
        // as it is.
        while let Some(record) = unsafe { d.as_ref() } {
            f(d, record);
            d = record.link;
        }
    }

    /// Whether the newest record belongs to the frame with this stack pointer.
    ///
    /// # Safety
    /// `gp` is the current goroutine.
    #[inline(always)]
    pub unsafe fn has(gp: *mut G, sp: usize) -> bool {
        // SAFETY: the chain is the goroutine's, which is the current one (this function's contract).
        unsafe {
            let d = (*gp).host1 as *mut Defer;
            !d.is_null() && (*d).sp == sp
        }
    }

    /// Takes the newest record off if it belongs to the frame with this stack pointer: the call, and the record.
    ///
    /// # Safety
    /// `gp` is the current goroutine.
    #[inline(always)]
    pub unsafe fn take(gp: *mut G, sp: usize) -> Option<(FuncVal, *mut Defer)> {
        // SAFETY: the chain is the goroutine's.
        unsafe {
            if !Self::has(gp, sp) {
                return None;
            }
            let d = (*gp).host1 as *mut Defer;
            (*gp).host1 = (*d).link as usize;
            let f = callable((*d).func);
            // A record in a frame must not keep the closure, or the next record, alive.
            (*d).func = core::ptr::null();
            (*d).link = core::ptr::null_mut();
            Some((f, d))
        }
    }

    /// Calls `f` with each pointer of the chain: records, calls.
    ///
    /// # Safety
    /// `d` heads the chain of a goroutine that does not run.
    pub unsafe fn roots(mut d: *mut Defer, mut f: impl FnMut(usize)) {
        // SAFETY: null, or a record of the chain of a goroutine that does not run (this function's contract), so it stays
        // as it is.
        while let Some(r) = unsafe { d.as_ref() } {
            f(d as usize);
            f(r.func as usize);
            d = r.link;
        }
    }

    /// Follows a stack that moved: the records in it, and what points to them.
    ///
    /// # Safety
    /// `head` is the goroutine's word for the chain; records in the stack have been copied.
    pub unsafe fn relocate_all(head: *mut usize, mv: &impl Relocate) {
        // SAFETY: `head` is the goroutine's word for the chain, whose records in the stack have been copied (this
        // function's contract): a relocated link leads to the copy, whose words may be written.
        unsafe {
            mv.relocate(head);
            let mut d = *head as *mut Defer;
            while !d.is_null() {
                mv.relocate(&raw mut (*d).sp);
                mv.relocate((&raw mut (*d).func).cast());
                mv.relocate((&raw mut (*d).link).cast());
                d = (*d).link;
            }
        }
    }
}

/// A nil function that was deferred faults when it is called, not before.
static NIL_FUNCTION: usize = 0;

/// A function value that differs from "there is none".
pub fn callable(f: FuncVal) -> FuncVal {
    if f.is_null() { &raw const NIL_FUNCTION } else { f }
}

/// A frame: where it goes on, and its stack pointer, which moves with the stack; nothing else here does.
#[derive(Clone, Copy)]
pub struct Cursor {
    /// The return address of the call it is in.
    pub pc: usize,
    /// Its stack pointer.
    pub sp: usize,
    /// What is known of it once a call that it has deferred was taken off.
    pub found: Option<Found>,
}

/// A frame that has deferred calls.
#[derive(Clone, Copy)]
pub struct Found {
    /// Where it goes on if one of them recovers.
    pub resume: usize,
    /// From its stack pointer to that of its caller.
    pub size: usize,
    /// From its stack pointer to the end of its variables.
    pub variables: usize,
    /// The compiler's description of its open-coded calls; null if it has none.
    pub open_coded: *const u8,
}

/// A running `panic` or `Goexit`.
#[repr(C)]
pub struct Panic {
    /// First argument word of the deferred call that it makes: `recover` works only in a function called with this. At
    /// offset 0, since compiled wrappers rewrite it.
    pub argp: usize,
    /// What was given to `panic`.
    pub arg: Eface,
    /// The panic that was running when this one began.
    pub link: *mut Panic,
    /// `recover` was called.
    pub recovered: bool,
    /// It is a `Goexit`.
    pub goexit: bool,
    /// Stack pointer and pc of the assembly frame that makes its calls.
    pub frame_sp: usize,
    /// See above.
    pub frame_pc: usize,
    /// See above.
    pub frame_bp: usize,
    /// The frame whose deferred calls are being made.
    pub cursor: Cursor,
    /// The value as text, once asked for; the pointer is Go memory.
    pub text: Option<GoStr>,
    /// The panic was not recovered, and the frame that made its deferred calls now has the values of the chain turned into
    /// text: the record whose turn it is. It is a state of this panic and not of the goroutine, for a method that is asked for
    /// a text may panic, recover and leave as any other code does, with records of its own.
    pub printing: *mut Panic,
}

const _: () = assert!(core::mem::offset_of!(Panic, argp) == 0);

impl Panic {
    /// Calls `f` with each pointer of the chain.
    ///
    /// # Safety
    /// `p` heads the chain of a goroutine that does not run.
    pub unsafe fn roots(mut p: *mut Panic, mut f: impl FnMut(usize)) {
        // SAFETY: null, or a record of the chain of a goroutine that does not run (this function's contract), so it stays
        // as it is.
        while let Some(r) = unsafe { p.as_ref() } {
            f(r.arg.typ as usize);
            f(r.arg.data as usize);
            if let Some(text) = &r.text {
                f(text.ptr as usize);
            }
            p = r.link;
        }
    }

    /// Follows a stack that moved.
    ///
    /// # Safety
    /// `p` heads the chain of the goroutine whose stack it is.
    pub unsafe fn relocate_all(mut p: *mut Panic, mv: &impl Relocate) {
        while !p.is_null() {
            // SAFETY: the chain is the goroutine's.
            unsafe {
                mv.relocate(&raw mut (*p).argp);
                mv.relocate((&raw mut (*p).arg.data).cast());
                mv.relocate(&raw mut (*p).frame_sp);
                mv.relocate(&raw mut (*p).frame_bp);
                mv.relocate(&raw mut (*p).cursor.sp);
                p = (*p).link;
            }
        }
    }
}

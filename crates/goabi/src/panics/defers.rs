//! The chain of deferred calls: records that compiled code makes, and running them at a normal return.

use crate::links::FuncVal;
use crate::rt::{G, fatal, g, memory, symtab};
use crate::symtab::Relocate;
use crate::symtab::unwind::{Limits, Mode, Start, Unwinder};
use crate::symtab::{Native, PcCache};
use crate::types::Type;
use core::mem::offset_of;

/// Go's `_defer`, which the compiler lays out in frames.
#[repr(C)]
pub struct Defer {
    started: bool,
    heap: bool,
    open_coded: bool,
    /// Stack pointer of the frame that deferred the call.
    pub sp: usize,
    /// Where that frame goes on.
    pub pc: usize,
    /// The call.
    pub func: FuncVal,
    panic: usize,
    /// The one deferred before.
    pub link: *mut Defer,
    fd: usize,
    varp: usize,
    framepc: usize,
}

const _: () = {
    assert!(offset_of!(Defer, sp) == 8);
    assert!(offset_of!(Defer, func) == 24);
    assert!(offset_of!(Defer, link) == 40);
    assert!(size_of::<Defer>() == 72);
};

/// Heap records: `func` and `link` are pointers to the collector.
static MASK: [u8; 2] = [1 << 3 | 1 << 5, 0];
static TYPE: Type = Type {
    size: size_of::<Defer>(),
    ptr_bytes: offset_of!(Defer, link) + 8,
    hash: 0,
    tflag: 0,
    align: 8,
    field_align: 8,
    kind_bits: crate::types::kind::STRUCT,
    equal: core::ptr::null(),
    gc_data: (&raw const MASK).cast(),
    str: crate::types::NameOff(0),
    ptr_to_this: crate::types::TypeOff(0),
};

impl Defer {
    /// Calls `f` with each record of a chain and its address.
    ///
    /// # Safety
    /// `d` heads the chain of a goroutine that does not run.
    pub unsafe fn each(mut d: *const Defer, mut f: impl FnMut(*const Defer, &Defer)) {
        // SAFETY: the caller's.
        while let Some(record) = unsafe { d.as_ref() } {
            f(d, record);
            d = record.link;
        }
    }

    /// Takes the newest record off if it belongs to the frame with this stack pointer.
    ///
    /// # Safety
    /// `gp` is the present goroutine.
    #[inline]
    pub unsafe fn take(gp: *mut G, sp: usize) -> Option<FuncVal> {
        // SAFETY: the chain is the goroutine's.
        unsafe {
            let d = (*gp).host1 as *mut Defer;
            if d.is_null() || (*d).sp != sp {
                return None;
            }
            (*gp).host1 = (*d).link as usize;
            let f = callable((*d).func);
            // A record in a frame must not keep the closure, or the next record, alive.
            (*d).func = core::ptr::null();
            (*d).link = core::ptr::null_mut();
            Some(f)
        }
    }

    /// Calls `f` with each pointer of the chain: records, calls.
    ///
    /// # Safety
    /// `d` heads the chain of a goroutine that does not run.
    pub unsafe fn roots(mut d: *mut Defer, mut f: impl FnMut(usize)) {
        // SAFETY: the caller's.
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
        // SAFETY: the caller's; a relocated link leads to the copy.
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

/// A function value that can be told from "there is none".
pub fn callable(f: FuncVal) -> FuncVal {
    if f.is_null() { &raw const NIL_FUNCTION } else { f }
}

/// Decodes the compiler's variable-length numbers.
///
/// # Safety
/// `*at` points to one.
pub unsafe fn uvarint(at: &mut *const u8) -> usize {
    let (mut v, mut shift) = (0, 0);
    loop {
        // SAFETY: the caller's.
        let b = unsafe { **at };
        // SAFETY: as above.
        *at = unsafe { at.add(1) };
        v |= usize::from(b & 0x7f) << shift;
        if b & 0x80 == 0 {
            return v;
        }
        shift += 7;
    }
}

/// `defer` in a loop: the record is allocated.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_deferproc(func: FuncVal, sp: usize, pc: usize) {
    let gp = g();
    // SAFETY: in a system entry; the record is nobody else's.
    unsafe {
        (*gp).ext.in_flight[0] = func as usize;
        let d: *mut Defer = memory::allocate_here(size_of::<Defer>(), &raw const TYPE, true).cast();
        (*gp).ext.in_flight[0] = 0;
        (*d).heap = true;
        (*d).func = func;
        (*d).sp = sp;
        (*d).pc = pc;
        (*d).link = (*gp).host1 as *mut Defer;
        (*gp).host1 = d as usize;
    }
}

/// `defer` with a record in the caller's frame, of which compiled code has filled in the call. A leaf.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_deferproc_stack(d: *mut Defer, sp: usize, pc: usize) {
    // SAFETY: compiled code gives a record with room for all fields.
    unsafe {
        let gp = g();
        (*d).started = false;
        (*d).heap = false;
        (*d).open_coded = false;
        (*d).sp = sp;
        (*d).pc = pc;
        (*d).panic = 0;
        (*d).fd = 0;
        (*d).link = (*gp).host1 as *mut Defer;
        (*gp).host1 = d as usize;
    }
}

/// The epilogue of the frame with stack pointer `sp` asks for its next deferred call; null when there is none, 1 when
/// [`gx_deferreturn_recovered`] must be asked. A leaf.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_deferreturn_next(sp: usize) -> FuncVal {
    // SAFETY: the present goroutine's chain.
    unsafe {
        let gp = g();
        match Defer::take(gp, sp) {
            Some(f) => f,
            None if sp <= (*gp).ext.recovered_sp => core::ptr::without_provenance(1),
            None => core::ptr::null(),
        }
    }
}

/// As [`gx_deferreturn_next`], for a frame at or below one that a panic was recovered into: such a frame's open-coded calls
/// are not made by its own code any more. `pc` is where the frame goes on.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_deferreturn_recovered(sp: usize, pc: usize) -> FuncVal {
    // SAFETY: in a system entry, called by that frame's epilogue.
    unsafe {
        let gp = g();
        let mut cache = PcCache::new();
        let limits = Limits { lo: (*gp).stack.lo, hi: (*gp).stack.hi };
        match Unwinder::<Native>::new(symtab(), &mut cache, Start::saved(pc, sp, 0), limits, Mode::Precise) {
            Ok(u) => {
                if let Some(f) = super::walk::take_open_coded(u.frame()) {
                    return f;
                }
            }
            Err(f) => fatal::bad_stack(gp, &f),
        }
        if (*gp).ext.recovered_sp == sp {
            (*gp).ext.recovered_sp = 0;
        }
        core::ptr::null()
    }
}

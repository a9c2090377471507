//! `defer`: records that compiled code makes, and taking them off at a normal return. What a panic takes off is in
//! [`goxide_rt::panics`].

use core::mem::offset_of;
use goxide_gotypes::types::{Type, kind, layout};
use goxide_rt::links::FuncVal;
use goxide_rt::memory;
use goxide_rt::panics::record::Defer;
use goxide_rt::panics::spare;
use goxide_rt::panics::walk::take_open_coded_at;
use goxide_rt::state::g;
use goxide_rt::token::{Processor, System};

/// Heap records: `func` and `link` are pointers to the collector.
static TYPE: Type = layout::block(size_of::<Defer>(), offset_of!(Defer, link) + 8, kind::STRUCT, &[1 << 3 | 1 << 5, 0]);

/// `defer` in a loop: the record is a spare one, or allocated from the cache. A leaf that answers 1, and 0 for [`gx_deferproc`].
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_deferproc_fast(mut proc: Processor<'_>, func: FuncVal, sp: usize, pc: usize) -> usize {
    // SAFETY: the type is a descriptor; compiled code's call and frame.
    unsafe {
        let mut d = spare::get(proc.lend());
        if d.is_null() {
            d = memory::quick(proc, size_of::<Defer>(), &raw const TYPE, true).cast();
            if d.is_null() {
                return 0;
            }
        }
        push(d, func, sp, pc);
        1
    }
}

/// Chains a record up that is not in a frame.
///
/// # Safety
/// In an entry. The record is no one's, and clear but for its link; `func` is what the frame defers that `sp` and `pc` are of.
#[inline(always)]
unsafe fn push(d: *mut Defer, func: FuncVal, sp: usize, pc: usize) {
    let gp = g();
    // SAFETY: the record is no one's (this function's contract), and the goroutine's chain is this entry's to change.
    unsafe {
        (*d).heap = true;
        (*d).func = func;
        (*d).sp = sp;
        (*d).pc = pc;
        (*d).link = (*gp).host1 as *mut Defer;
        (*gp).host1 = d as usize;
    }
}

/// [`gx_deferproc_fast`] has none.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_deferproc(mut sys: System<'_>, func: FuncVal, sp: usize, pc: usize) {
    // SAFETY: the type is a descriptor; compiled code's call and frame.
    unsafe {
        let d = sys.holding(func, |sys| memory::allocate_here(sys, size_of::<Defer>(), &raw const TYPE, true));
        push(d.cast(), func, sp, pc);
    }
}

/// `defer` with a record in the caller's frame, of which compiled code has filled in the call. A leaf.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_deferproc_stack(d: *mut Defer, sp: usize, pc: usize) {
    // SAFETY: compiled code gives a record with room for all fields. Those that nothing uses stay as they are.
    unsafe {
        let gp = g();
        (*d).heap = false;
        (*d).sp = sp;
        (*d).pc = pc;
        (*d).link = (*gp).host1 as *mut Defer;
        (*gp).host1 = d as usize;
    }
}

/// The epilogue of the frame with stack pointer `sp` asks for its next deferred call; null when there is none, 1 when
/// [`gx_deferreturn_recovered`] must be asked. A leaf.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_deferreturn_next(proc: Processor<'_>, sp: usize) -> FuncVal {
    // SAFETY: the current goroutine's chain.
    unsafe {
        let gp = g();
        match spare::take_call(proc, gp, sp) {
            Some(f) => f,
            None if sp <= (*gp).ext.recovered_sp => core::ptr::without_provenance(1),
            None => core::ptr::null(),
        }
    }
}

/// As [`gx_deferreturn_next`], for a frame at or below one that a panic was recovered into: such a frame's open-coded calls
/// are not made by its own code any more. `pc` is where the frame goes on.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_deferreturn_recovered(sys: System<'_>, sp: usize, pc: usize) -> FuncVal {
    // SAFETY: in a system entry, called by that frame's epilogue.
    unsafe {
        let gp = g();
        if let Some(f) = take_open_coded_at(sys, gp, pc, sp) {
            return f;
        }
        if (*gp).ext.recovered_sp == sp {
            (*gp).ext.recovered_sp = 0;
        }
        core::ptr::null()
    }
}

//! Threads' memory: the system stack and the signal stack.
//!
//! Not here: what the thread does (goxide-sched), what runs on its signal stack (`signals`).

use crate::state::{M, RT};
use core::sync::atomic::Ordering;
use goxide_stack::Bounds;

/// Bytes of a thread's system stack; the entries and the scheduler run there.
pub const SYSTEM_STACK: usize = 128 << 10;

/// Bytes of a thread's signal stack.
pub const SIGNAL_STACK: usize = 32 << 10;

/// What is mapped for a thread in all: an inaccessible page, the system stack, another such page, the signal stack.
pub fn thread_mapping() -> usize {
    SYSTEM_STACK + SIGNAL_STACK + 2 * page_size()
}

/// How many threads run: those that have begun and not ended.
pub fn live() -> u32 {
    if !RT.signals.stack_guarded.load(Ordering::Relaxed) {
        // There was never a second one, and the first may not have its number yet.
        return 1;
    }
    let mut n = 0;
    // SAFETY: descriptors are never freed.
    RT.sched.for_each_thread(|m| n += u32::from(unsafe { (*m).os_id.load(Ordering::Relaxed) } != 0));
    n
}

/// Memory is made inaccessible in whole pages.
fn page_size() -> usize {
    goxide_sys::auxv::get(goxide_sys::auxv::AT_PAGESZ).unwrap_or(4096)
}

/// Room that Go code called on the system stack leaves free: the linker's figure for code without checks.
const G0_MARGIN: usize = 2048;

/// Maps a thread's stacks. Neither can grow into what lies below it without a fault.
///
/// # Errors
/// `ENOMEM`, if there is no memory or no room in the table of mappings.
///
/// # Safety
/// Nothing else uses the descriptor, and it has no stack.
pub unsafe fn map_stacks(m: *mut M) -> Result<(), i32> {
    const ENOMEM: i32 = 12;
    let (size, guard) = (thread_mapping(), page_size());
    let base = goxide_sys::mem::map_anywhere(size);
    if base.is_null() {
        return Err(ENOMEM);
    }
    let system = base as usize + guard;
    let between = system + SYSTEM_STACK;
    // SAFETY: the mapping is fresh, and the two pages in it are for nothing else.
    unsafe {
        if !goxide_sys::mem::protect(base, guard) || !goxide_sys::mem::protect(between as *mut u8, guard) {
            goxide_sys::mem::unmap(base, size);
            return Err(ENOMEM);
        }
        (*m).ext.signal_stack = between + guard;
        set_system_stack(m, system, between);
    }
    Ok(())
}

/// Gives a thread the system stack `lo..hi`.
///
/// # Safety
/// The thread of `m` has not begun, or is this one before a goroutine runs on it; `lo..hi` is memory for its stack that
/// nothing else uses.
pub unsafe fn set_system_stack(m: *mut M, lo: usize, hi: usize) {
    // SAFETY: no thread runs on `m` yet, so nothing else uses it or its g0, and `lo..hi` is the thread's alone (this
    // function's contract).
    unsafe {
        let g0 = (*m).g0;
        (*g0).stack = Bounds { lo, hi };
        (*g0).thread = m;
        (*g0).guard0.store(lo + G0_MARGIN, Ordering::Relaxed);
        (*g0).guard1 = lo + G0_MARGIN;
        (*m).g0_sp = hi & !15;
    }
}

//! The program's global variables that may hold pointers: where they lie, and which words of them are pointers.

use crate::links::first_module;
use crate::state::RT;
use crate::{fatal, refusal};
use core::sync::atomic::{AtomicPtr, Ordering::*};
use goxide_gotypes::types::gcprog;

/// Mask of data, one bit per word, made for the first cycle.
pub static DATA_MASK: AtomicPtr<u8> = AtomicPtr::new(core::ptr::null_mut());

/// The same of bss.
pub static BSS_MASK: AtomicPtr<u8> = AtomicPtr::new(core::ptr::null_mut());

/// Data: address and size.
pub fn data() -> (usize, usize) {
    let md = first_module();
    (md.data, md.edata - md.data)
}

/// The same of bss.
pub fn bss() -> (usize, usize) {
    let md = first_module();
    (md.bss, md.ebss - md.bss)
}

/// Bytes of global variables that may hold pointers.
pub fn bytes() -> usize {
    data().1 + bss().1
}

fn expand(mask: &AtomicPtr<u8>, program: *const u8, bytes: usize) {
    if !mask.load(Relaxed).is_null() || bytes == 0 {
        return;
    }
    let n = gcprog::mask_size(bytes).next_multiple_of(8) + 8;
    let at = RT.heap.persistent_alloc_gc(n, 8);
    if at.is_null() {
        refusal::out_of_memory()
    }
    // SAFETY: room for the mask; the linker wrote a whole program.
    unsafe {
        let room = core::slice::from_raw_parts_mut(at, n);
        if gcprog::expand(program, room).is_err() {
            fatal::throw(b"goxide: the mask of the global variables is longer than they are");
        }
    }
    mask.store(at, Release);
}

/// The global variables that may hold pointers, data and bss: address, size, mask. With the world stopped.
pub fn masked() -> [(usize, usize, *const u8); 2] {
    let md = first_module();
    expand(&DATA_MASK, md.gcdata, data().1);
    expand(&BSS_MASK, md.gcbss, bss().1);
    [(data(), &DATA_MASK), (bss(), &BSS_MASK)].map(|((at, size), mask)| (at, size, mask.load(Acquire).cast_const()))
}

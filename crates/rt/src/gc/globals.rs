//! The program's global variables that may hold pointers: where they lie, and which words of them are pointers.

use crate::links::first_module;
use crate::state::RT;
use crate::{fatal, refusal};
use core::sync::atomic::{AtomicPtr, Ordering::*};
use goxide_gotypes::types::gcprog;

/// Where some of them lie.
#[derive(Clone, Copy)]
pub struct Room {
    /// Address.
    pub at: usize,
    /// Bytes.
    pub size: usize,
}

/// Data.
pub fn data() -> Room {
    let md = first_module();
    Room { at: md.data, size: md.edata - md.data }
}

/// Bss.
pub fn bss() -> Room {
    let md = first_module();
    Room { at: md.bss, size: md.ebss - md.bss }
}

/// Bytes of global variables that may hold pointers.
pub fn bytes() -> usize {
    data().size + bss().size
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
    let driver = &RT.collection.driver;
    expand(&driver.data_mask, md.gcdata, data().size);
    expand(&driver.bss_mask, md.gcbss, bss().size);
    [(data(), &driver.data_mask), (bss(), &driver.bss_mask)]
        .map(|(Room { at, size }, mask)| (at, size, mask.load(Acquire).cast_const()))
}

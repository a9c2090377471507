//! Memory that is never freed, for the runtime's own records.

use crate::refusal::out_of_memory;
use crate::state::RT;
use goxide_gotypes::mem::Persistent;

/// Never-freed memory.
#[derive(Clone, Copy)]
pub struct GoPersistent;

// SAFETY: the heap's persistent allocator gives zeroed memory that nobody else has, forever.
unsafe impl Persistent for GoPersistent {
    fn persistent(&self, size: usize, align: usize) -> *mut u8 {
        let at = RT.heap.persistent_alloc(size, align);
        if at.is_null() {
            out_of_memory()
        }
        at
    }
}

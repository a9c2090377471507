//! Memory that is never freed, for the runtime's own records.

use crate::refusal::out_of_memory;
use crate::state::{RT, pext};
use goxide_gotypes::mem::Persistent;
use goxide_symtab::PcCache;

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

/// What was read off the linker's tables on this thread's processor, for a walk of a stack.
///
/// # Safety
/// As [`pext`]; and no other reference to it is in use: neither what walks nor what it calls meanwhile asks for it again, nor allocates
/// for the program, which may note a stack for the heap profile.
pub unsafe fn pc_cache() -> &'static mut PcCache<'static> {
    // SAFETY: the caller's processor. Zero bytes are an empty cache.
    unsafe {
        let ext = pext();
        if ext.pcs.is_null() {
            ext.pcs = GoPersistent.persistent(size_of::<PcCache<'_>>(), align_of::<PcCache<'_>>()).cast();
        }
        &mut *ext.pcs
    }
}

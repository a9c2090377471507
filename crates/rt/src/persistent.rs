//! Memory that is never freed, for the runtime's own records.

use crate::refusal::out_of_memory;
use crate::state::RT;
use crate::token::Processor;
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
pub fn pc_cache(proc: Processor<'_>) -> &mut PcCache<'static> {
    let ext = proc.into_part();
    if ext.pcs.is_null() {
        ext.pcs = GoPersistent.persistent(size_of::<PcCache<'_>>(), align_of::<PcCache<'_>>()).cast();
    }
    // SAFETY: the processor's own cache, of which zero bytes are an empty one. It is reached by tokens of the processor alone, and this
    // one is used up.
    unsafe { &mut *ext.pcs }
}

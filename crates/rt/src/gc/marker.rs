//! Each processor's marker.

use crate::refusal::out_of_memory;
use crate::state::{GC, pext};
use goxide_gc::Marker;

/// This processor's marker.
///
/// # Safety
/// The thread holds a processor, and no other reference to its marker is in use.
pub unsafe fn marker() -> &'static mut Marker {
    // SAFETY: the thread holds a processor, and no other reference to its marker is in use (this function's contract);
    // markers stay.
    unsafe {
        let ext = pext();
        if ext.marker.is_null() {
            ext.marker = GC.new_marker();
            if ext.marker.is_null() {
                out_of_memory()
            }
        }
        &mut *ext.marker
    }
}

//! Each processor's marker.

use crate::refusal::out_of_memory;
use crate::state::GC;
use crate::token::Processor;
use goxide_gc::Marker;

/// This processor's marker, and the token for all that is asked of the processor meanwhile.
///
/// # Safety
/// The token is not asked for the marker while that is in use.
pub unsafe fn marker_and(proc: Processor<'_>) -> (&mut Marker, Processor<'_>) {
    let both = proc.share();
    // SAFETY: the marker lies beside the processor's part, of which it borrows nothing, and is not asked for again (this function's
    // contract).
    unsafe { (marker(both.processor()), both.processor()) }
}

/// This processor's marker.
pub fn marker(proc: Processor<'_>) -> &mut Marker {
    let ext = proc.into_part();
    if ext.marker.is_null() {
        ext.marker = GC.new_marker();
        if ext.marker.is_null() {
            out_of_memory()
        }
    }
    // SAFETY: the processor's own marker, which stays. It is reached by tokens of the processor alone, and this one is used up.
    unsafe { &mut *ext.marker }
}

//! The pointers of an object, by its type's descriptor.

use crate::state::GoGc;
use core::ops::Range;
use goxide_gc::Tracer;
use goxide_gotypes::types::Type;

/// Visits the pointers in `range` of a row of values of type `ty` at `object`.
///
/// # Safety
/// `ty` is a descriptor; `object` is that of an allocated row of its values, which reaches to the range's end and is
/// readable; the range's bounds are multiples of 8.
pub unsafe fn scan_array(ty: *const Type, object: usize, range: Range<usize>, t: &mut Tracer<'_, GoGc>) {
    // SAFETY: `ty` is a descriptor with a mask of a bit for each word up to `ptr_bytes`, or with such a program; the range,
    // in whole words, lies in the row of its values at `object`, which is readable (this function's contract). So words
    // between its bounds are, and each value's mask is asked for words below `ptr_bytes`.
    unsafe {
        let (size, ptr_bytes) = ((*ty).size, (*ty).ptr_bytes);
        if size == 0 || ptr_bytes == 0 {
            return;
        }
        if let Some(program) = goxide_gotypes::types::gcprog::program(ty) {
            return scan_program(program, (size, ptr_bytes), object, range, t);
        }
        let mask = (*ty).gc_data;
        if ptr_bytes == 8 && size == 8 {
            return t.visit_words(object + range.start, range.len() / 8);
        }
        let mut at = range.start / size * size;
        while at < range.end {
            let words = ptr_bytes.min(range.end - at) / 8;
            // The part of the value that lies in front of the range is another marker's.
            let skip = range.start.saturating_sub(at) / 8;
            if skip == 0 {
                t.visit_mask(object + at, mask, words);
            } else {
                for w in skip..words {
                    if *mask.add(w / 8) >> (w % 8) & 1 != 0 {
                        t.visit_words(object + at + w * 8, 1);
                    }
                }
            }
            at += size;
        }
    }
}

/// As [`scan_array`], for a type whose mask is a program. Runs those parts of it that the range needs.
///
/// # Safety
/// As for [`scan_array`]: `program` is the type's, whose size, and bytes up to its last pointer, are `(size, ptr_bytes)`.
unsafe fn scan_program(
    program: *const u8,
    (size, ptr_bytes): (usize, usize),
    object: usize,
    range: Range<usize>,
    t: &mut Tracer<'_, GoGc>,
) {
    let mut at = range.start / size * size;
    while at < range.end {
        let (from, to) = (range.start.saturating_sub(at), (range.end - at).min(ptr_bytes));
        if from < to {
            // SAFETY: a whole program is at `program`, which writes a bit for each word up to the last pointer, and the
            // words of the range are readable (this function's contract).
            let _ = unsafe {
                goxide_symtab::gcprog::try_each(program, from / 8..to / 8, |w| {
                    t.visit_words(object + at + w * 8, 1);
                    Ok::<(), ()>(())
                })
            };
        }
        at += size;
    }
}

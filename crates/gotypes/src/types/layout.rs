//! Descriptors that say only how a block is laid out, for boxes that the runtime itself makes.
//!
//! They have no name and no method: a collector may read them, `reflect` never sees them.

use super::desc::{Type, TypeOff, kind};
use super::name::NameOff;

static FIRST_WORD: u8 = 1;

const fn one_pointer_of(size: usize, kind: u8) -> Type {
    Type {
        size,
        ptr_bytes: 8,
        hash: 0,
        tflag: 0,
        align: 8,
        field_align: 8,
        kind_bits: kind,
        equal: core::ptr::null(),
        gc_data: &raw const FIRST_WORD,
        str: NameOff(0),
        ptr_to_this: TypeOff(0),
    }
}

/// Two words, the first a pointer: a boxed string.
pub static STRING: Type = one_pointer_of(16, kind::STRING);
/// Three words, the first a pointer: a boxed slice.
pub static SLICE: Type = one_pointer_of(24, kind::SLICE);
/// One pointer.
pub static POINTER: Type = one_pointer_of(8, kind::UNSAFE_POINTER);

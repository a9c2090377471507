//! Descriptors that say only how a block is laid out, for boxes that the runtime itself makes.
//!
//! They have no name and no method: a collector may read them, `reflect` never sees them.

use super::desc::{Type, TypeOff, kind};
use super::name::NameOff;

/// The descriptor of a block of `size` bytes whose pointers lie in the first `ptr_bytes`, where `mask` has a bit for each word, the
/// first in bit 0.
///
/// # Panics
/// If `ptr_bytes` is above `size`, or `mask` has too few bits for it.
pub const fn block(size: usize, ptr_bytes: usize, kind: u8, mask: &'static [u8]) -> Type {
    assert!(ptr_bytes <= size && mask.len() * 64 >= ptr_bytes, "a bit for each word");
    Type {
        size,
        ptr_bytes,
        hash: 0,
        tflag: 0,
        align: 8,
        field_align: 8,
        kind_bits: kind,
        equal: core::ptr::null(),
        gc_data: mask.as_ptr(),
        str: NameOff(0),
        ptr_to_this: TypeOff(0),
    }
}

/// Two words, the first a pointer: a boxed string.
pub static STRING: Type = block(16, 8, kind::STRING, &[1]);
/// Three words, the first a pointer: a boxed slice.
pub static SLICE: Type = block(24, 8, kind::SLICE, &[1]);
/// One pointer.
pub static POINTER: Type = block(8, 8, kind::UNSAFE_POINTER, &[1]);

//! Values in memory, by type: equality, hashing, moving and clearing with the collector's barriers.
//!
//! Here too are the seams through which all of this part of the runtime asks for memory ([`seam`]).
//!
//! Not here: how hashing of plain bytes works (the map crate supplies it through [`hash::Hasher`]), the allocator, the
//! barriers themselves.

pub mod equal;
pub mod hash;
pub mod mixed;
pub mod moves;
pub mod raw;
pub mod seam;
pub mod shape;
pub mod worklist;

pub use equal::{Equality, Uncomparable, eface_equal, equal_by_type, equal_in_place, equal_parts, iface_equal};
pub use hash::{Hasher, Hashing, Unhashable, hash_by_type, hash_in_place, hash_parts};
pub use raw::Access;
pub use seam::{Mem, Persistent};
pub use shape::Shape;

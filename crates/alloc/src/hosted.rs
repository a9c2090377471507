//! The allocator as a Rust program's global allocator.
/// x
pub struct GoxideAlloc;

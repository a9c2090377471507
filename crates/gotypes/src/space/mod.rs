//! Where descriptors lie, and what takes more than one of them to say.
//!
//! Here: offsets into the sections of a module and those that `reflect` makes at run time ([`types`], [`offsets`]), a type's
//! printed name and package ([`spelling`]), structural identity ([`same`]).

pub mod offsets;
pub mod same;
pub mod spelling;
pub mod types;

pub use offsets::ReflectOffsets;
pub use types::{Module, TextSection, TypeSpace};

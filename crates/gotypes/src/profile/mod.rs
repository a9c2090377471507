//! The pure half of profiling: call stacks with what was counted for them ([`memory`]), how heap dumps are written ([`dump`]).
//!
//! Who takes a stack, and when, is the running half's business (`rt::profile`).

pub mod dump;
pub mod memory;

/// The most calls that a record holds.
pub const DEPTH: usize = 32;

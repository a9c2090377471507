//! The pure half of profiling: call stacks with what was counted for them ([`stacks`]): objects ([`memory`]), waits ([`waits`]); how
//! heap dumps are written ([`dump`]).
//!
//! Who takes a stack, and when, is the running half's business (`rt::profile`, `rt::wait_profile`, `rt::cpu_profile`).

pub mod dump;
pub mod memory;
pub mod stacks;
pub mod waits;

/// The most calls that a record holds.
pub const DEPTH: usize = 32;

#![cfg_attr(not(any(feature = "std", test)), no_std)]
#![doc = include_str!("../README.md")]

mod access;
mod ahead;
mod arch;
mod assign;
mod clone;
mod control;
mod debug;
mod delete;
mod directory;
pub mod group;
mod grow;
pub mod hash;
mod header;
#[cfg(feature = "std")]
pub mod hosted;
#[cfg(feature = "inspect")]
pub mod inspect;
#[cfg(test)]
mod invariants;
mod iter;
mod pass;
mod release;
mod rounds;
pub mod schema;
pub mod seam;
mod table;
mod walk;

pub use access::{access, access_entry, access_in_pieces, access_then};
pub use assign::{assign, try_assign};
pub use clone::{Directory, clone_begin, clone_into, clone_some};
pub use delete::{clear, clear_begin, clear_some, delete};
pub use grow::{bytes_for, init, init_begin, init_some};
pub use header::{Entry, GROUP_SLOTS, MAP_PTR_MASK, MAX_GROUPS, MAX_LG, Map, Meta, OVERSIZE, Tagged, WRITING};
#[cfg(feature = "std")]
pub use hosted::{CapacityError, Cursor, CursorMap, Seeded};
pub use iter::{ITER_PTR_MASK, Iter, Step, iter_begin, iter_group, iter_init, iter_next, iter_some, iter_step, iter_turn};
pub use pass::Pass;
pub use schema::{Fast32, Fast64, FastPointer, FastStr, Schema, Shape, ShortStr, Sizes, Str};
pub use seam::{Error, Memory, Misuse};
pub use walk::Walk;

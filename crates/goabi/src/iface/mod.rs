//! Interfaces: method tables, the assertions and conversions that need them, and boxing of values.
//!
//! Here: the table of method tables ([`table`]), how one is filled ([`methods`]), assertions between interface types
//! ([`mod@assert`]), and the data word of an interface ([`boxing`]).
//!
//! Not here: equality and hashing of interface values (see [`crate::mem`]), the text of a failed assertion (see
//! [`crate::text::fault`]).

pub mod assert;
pub mod boxing;
pub mod methods;
pub mod table;

pub use assert::Ifaces;
pub use methods::{Itab, missing_method};
pub use table::ItabTable;

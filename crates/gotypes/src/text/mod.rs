//! Text: strings and their conversions, what `print` writes, the words of runtime errors, and the settings that come
//! from the environment and from control groups.
//!
//! Not here: who holds the print lock, where printed bytes go, how a fault becomes a Go panic.

pub mod cgroup;
pub mod env;
pub mod fault;
pub mod number;
pub mod panics;
pub mod print;
pub mod strings;
pub mod utf8;

pub use fault::{AssertionError, BoundsCode, Fault};
pub use print::{ByteSink, Sink};

#![doc = include_str!("../README.md")]
#![cfg_attr(not(any(feature = "std", test)), no_std)]
#![forbid(unsafe_code)]

#[cfg(feature = "std")]
pub mod hosted;
mod monitor;
mod seen;
mod world;

pub use monitor::{Monitor, Pause, Periods};
pub use seen::Seen;
pub use world::{Activity, World};

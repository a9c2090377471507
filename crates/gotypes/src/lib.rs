//! Go 1.21's types and values, as the compiler lays them out, and what its programs ask of them at run time.
//!
//! From the bottom up: layouts ([`types`]); memory that a program names, equality, hashing and moving by type, and the seams through
//! which all of this asks for memory ([`mem`]); where descriptors lie, and their names ([`space`]); numbers, strings and
//! errors as text ([`text`]); method tables and assertions ([`iface`]); slices ([`slices`]). [`profile`] and [`metrics`]
//! count.
#![doc = include_str!("../README.md")]
#![cfg_attr(not(test), no_std)]
// Most types are what the Go compiler and linker lay out, or the running system itself.
#![allow(missing_debug_implementations)]

#[cfg(feature = "std")]
extern crate std;

pub mod iface;
pub mod mem;
pub mod metrics;
pub mod profile;
pub mod slices;
pub mod space;
pub mod text;
pub mod trace;
pub mod types;

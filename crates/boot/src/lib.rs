//! The composition: entry point and bootstrap sequence. With `freestanding` it builds the static library that Go programs are
//! linked with. Mechanisms live in the crates below.
#![doc = include_str!("../README.md")]
#![no_std]
// Most types are what the Go compiler and linker lay out, or the running system itself.
#![allow(missing_debug_implementations)]

// The entries: nothing here names them, compiled code does.
extern crate goxide_entries as _;
// A static library says where a panic ends.
#[cfg(not(feature = "freestanding"))]
extern crate std;

#[cfg(feature = "freestanding")]
mod lang;
mod start;
mod steps;
mod trace;

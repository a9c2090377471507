//! Go 1.21's binary interface: types, frames, panics, and every symbol that compiled Go code calls.
//!
//! Two halves. The pure one can be used and tested on any machine: [`types`], [`gcprog`], [`iface`], [`mem`], [`slices`],
//! [`text`] and [`symtab`] read what the Go compiler and linker lay out, [`profile`] and [`metrics`] count, [`native`] reads the
//! program's file for names of the runtime's own functions. The other half exists in a freestanding build alone, since it
//! needs a Go program around it: the running system put together from the crates below (`rt`), panics and defers
//! (`panics`), and one thin `extern "C"` function per entry of goroot/boundary.txt (`entries`).
#![doc = include_str!("../README.md")]
// Most types are what the Go compiler lays out; their `Debug` comes with the split of this crate.
#![allow(missing_debug_implementations)]
#![cfg_attr(not(any(feature = "std", test)), no_std)]

pub mod gcprog;
pub mod iface;
pub mod mem;
pub mod metrics;
pub mod native;
pub mod profile;
pub mod slices;
pub mod symtab;
pub mod text;
pub mod types;

#[cfg(not(any(feature = "std", test)))]
pub mod arch;
#[cfg(not(any(feature = "std", test)))]
pub mod entries;
#[cfg(not(any(feature = "std", test)))]
pub mod links;
#[cfg(not(any(feature = "std", test)))]
pub mod panics;
#[cfg(not(any(feature = "std", test)))]
pub mod rt;

//! Go 1.21's binary interface: types, frames, panics, and every symbol that compiled Go code calls.
//!
//! Two halves. The pure one can be used and tested on any machine: [`types`], [`iface`], [`mem`], [`space`], [`slices`]
//! and [`text`] read what the Go compiler lays out, [`profile`] and [`metrics`] count. The other half exists in a freestanding build alone, since it
//! needs a Go program around it: the running system put together from the crates below (`rt`), and one thin `extern "C"` function per entry of goroot/boundary.txt (`entries`).
#![doc = include_str!("../README.md")]
#![cfg_attr(not(any(feature = "std", test)), no_std)]


#[cfg(not(any(feature = "std", test)))]
pub mod arch;
#[cfg(not(any(feature = "std", test)))]
pub mod entries;
#[cfg(not(any(feature = "std", test)))]
pub mod links;
#[cfg(not(any(feature = "std", test)))]
pub mod rt;
